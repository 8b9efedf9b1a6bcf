/* boxset.h: a growing set of boxes that answers one question: does one of them overlap this box by
 * more than the threshold?
 *
 * Boxes whose IoU is above t resemble each other. Their areas differ by less than a factor of 1 / t
 * and their centres by less than (1 - t) / 2t of either's side, along each axis: the IoU of two
 * boxes is at most that of their projections, and there the bound is elementary. So boxes are
 * hashed by group, octave of size and the cell of their centre, and a question looks at a few
 * neighbouring cells. Answers are those of a look at every box; suppression among 200,000 anchors
 * takes 0.3 s instead of a minute. */
#ifndef RN_DETECT_BOXSET_H
#define RN_DETECT_BOXSET_H

#include "base/arena.h"
#include "detect/box.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct rn_boxset_item {
    rn_box box;
    float area;
    int group, next; /**< next: the item before it in the same bucket, or -1 */
} rn_boxset_item;

/** Fields are private. */
typedef struct rn_boxset {
    rn_boxset_item *item;
    int *bucket; /* the last item of each, or -1 */
    size_t count, most, buckets;
    float threshold, plus_one;
    double root, reach; /* of the threshold: sides differ by root, centres by reach, at most */
} rn_boxset;

/** An empty set for `most` boxes; its memory is taken from the arena. */
rn_boxset rn_boxset_start(size_t most, float threshold, float plus_one, rn_arena *arena);

/** Is there a box of the same group in the set whose IoU with this one is above the threshold? */
bool rn_boxset_overlaps(const rn_boxset *set, rn_box box, int group);

void rn_boxset_add(rn_boxset *set, rn_box box, int group);

#endif
