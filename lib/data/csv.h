/* csv.h: a CSV file with a row per object: image,x1,y1,x2,y2,class
 *
 * Corners are in pixels, half-open, not rounded. An image without objects has a row with the other
 * five fields empty. A first row whose corners are no numbers is a heading. Fields may be "quoted",
 * with "" for a quote; lines may end in CR LF; a byte order mark and empty lines are passed over;
 * back-slashes in paths become slashes. Rows of an image need not be together. */
#ifndef RN_DATA_CSV_H
#define RN_DATA_CSV_H

#include "data/dataset.h"

#include <stdbool.h>

/** Is it a file whose name ends in .csv or .txt? */
bool rn_csv_is(const char *data);

/** Paths are relative to request->images, else to the folder of the file, or to a folder images/ in
 * or beside it if the first picture is there. Classes are sorted by name, their ids counted from 1.
 * Sizes of images are not known: see rn_dataset_measure. */
rn_status rn_csv_load(rn_dataset *dataset, const rn_dataset_request *request, rn_err *err);

/** NULL: a file has no splits. */
const char *rn_csv_find_split(const char *data, const char *role);

#endif
