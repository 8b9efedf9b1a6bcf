/* coco.h: COCO's JSON, https://cocodataset.org/#format-data: images, annotations, categories.
 *
 * bbox is x, y, width, height; a missing `area` is the box's, a missing `iscrowd` or `ignore` is 0,
 * a missing annotation id is the place in the list, counted from 1. Outlines (`segmentation`) are
 * not looked at, nor even parsed. */
#ifndef RN_DATA_COCO_H
#define RN_DATA_COCO_H

#include "data/dataset.h"

#include <stdbool.h>

/** Is it a file whose name ends in .json, or a folder with annotations/instances_*.json? */
bool rn_coco_is(const char *data);

/** Reads the classes of the file, not request->category. Pictures of FOLDER/FILE.json are looked
 * for in FOLDER/images, FOLDER, and for a file named instances_SPLIT.json in SPLIT and images/SPLIT
 * of FOLDER and of the folder around it: the first place that has the first picture. */
rn_status rn_coco_load(rn_dataset *dataset, const rn_dataset_request *request, rn_err *err);

/** As rn_dataset_find_split. */
const char *rn_coco_find_split(const char *data, const char *role);

#endif
