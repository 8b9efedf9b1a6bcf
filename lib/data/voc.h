/* voc.h: Pascal VOC folders, http://host.robots.ox.ac.uk/pascal/VOC/voc2012/htmldoc/:
 * Annotations/ID.xml, JPEGImages/ID.jpg and ImageSets/Main/SPLIT.txt with one ID a line.
 *
 * Corners are counted from 1 and belong to the box: x1 = xmin - 1, x2 = xmax. A box whose corners
 * have the same x or y would be one pixel wide; no object is, but a click without a drag leaves
 * such a box, so it is read as one without area (x2 = xmax - 1). `difficult` objects are ignored
 * ones. */
#ifndef RN_DATA_VOC_H
#define RN_DATA_VOC_H

#include "data/dataset.h"

#include <stdbool.h>

/** Is it a folder with Annotations/? */
bool rn_voc_is(const char *data);

/** Without ImageSets/Main every annotated image is read. Class ids are counted from 1. Of the class
 * names in `request` only this is used: when they are given, files of other splits are not read. */
rn_status rn_voc_load(rn_dataset *dataset, const rn_dataset_request *request, rn_err *err);

/** As rn_dataset_find_split. */
const char *rn_voc_find_split(const char *data, const char *role);

#endif
