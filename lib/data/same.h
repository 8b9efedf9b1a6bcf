/* same.h: objects that occur twice in a data set. */
#ifndef RN_DATA_SAME_H
#define RN_DATA_SAME_H

#include "data/dataset.h"

#include <stddef.h>

#define RN_SAME_NONE ((size_t)-1)

/** earlier: (num_objects). The first object of the same image with the same class, crowd flag and
 * box, or RN_SAME_NONE for the first itself and for boxes that are not finite. */
void rn_same_boxes(size_t *earlier, const rn_dataset *dataset);

/** earlier: (num_objects). The first object with the same id, or RN_SAME_NONE. Only COCO's ids can
 * be given twice: elsewhere they are counted. */
void rn_same_ids(size_t *earlier, const rn_dataset *dataset);

#endif
