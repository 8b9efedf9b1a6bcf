/* vec.h: room for one more at the end of an array.
 *
 *     rn_box *box = NULL; size_t count = 0, capacity = 0;
 *     box = rn_vec_reserve(box, count + 1, &capacity, sizeof *box);
 *     box[count++] = b;                       the caller frees `box` with free() */
#ifndef RN_BASE_VEC_H
#define RN_BASE_VEC_H

#include <stddef.h>

/** Returns `items`, moved if need be, with room for at least `count` of `item_size` bytes; doubles
 * the capacity. New bytes are not zeroed. Aborts when out of memory. */
void *rn_vec_reserve(void *items, size_t count, size_t *capacity, size_t item_size);

/** calloc that aborts instead of returning NULL; the caller frees. */
void *rn_vec_zeros(size_t count, size_t item_size);

/** strdup that aborts instead of returning NULL; the caller frees. */
char *rn_vec_text(const char *text);

#endif
