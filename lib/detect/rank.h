/* rank.h: the best few of many scores, without sorting all.
 *
 * Order is total: score descending, NaN after all numbers, then index ascending. */
#ifndef RN_DETECT_RANK_H
#define RN_DETECT_RANK_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

/** Does a come before b? */
static inline bool rn_rank_before(float score_a, size_t index_a, float score_b, size_t index_b) {
    if (score_a > score_b) return true;
    if (score_a < score_b) return false;
    if (isnan(score_a) != isnan(score_b)) return !isnan(score_a);
    return index_a < index_b;
}

typedef struct rn_ranked {
    float score;
    size_t index;
} rn_ranked;

/** A heap whose root is the worst of the best so far. `item` is borrowed, room for `most`; start
 * with count 0. */
typedef struct rn_rank {
    rn_ranked *item;
    size_t count, most;
} rn_rank;

/** Keeps the pair if it is among the best `most` that were offered. */
void rn_rank_offer(rn_rank *rank, float score, size_t index);

/** Sorts what was kept, best first. No more offers afterwards. */
void rn_rank_sort(rn_rank *rank);

#endif
