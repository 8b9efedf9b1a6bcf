/* subset.h: a part of a data set. */
#ifndef RN_DATA_SUBSET_H
#define RN_DATA_SUBSET_H

#include "data/dataset.h"

#include <stdbool.h>

/** Removes the images i with !keep[i], and their objects; the others keep their order, classes
 * stay. Only for sets from files: a rendered one numbers its pictures (RN_CHECK). */
void rn_dataset_keep(rn_dataset *dataset, const bool *keep);

#endif
