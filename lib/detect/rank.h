/* rank.h: the best few of many scores, without sorting all.
 *
 * Order is total: score descending, then index ascending. */
#ifndef RN_DETECT_RANK_H
#define RN_DETECT_RANK_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** Does a come before b? NaN comes after all numbers. */
static inline bool rn_rank_before(float score_a, size_t index_a, float score_b, size_t index_b) {
    if (score_a > score_b) return true;
    if (score_a < score_b) return false;
    if (isnan(score_a) != isnan(score_b)) return !isnan(score_a);
    return index_a < index_b;
}

/** A positive score and an index below 2^32 as one number, of which the larger comes first: the
 * bits of positive floats are ordered as they are themselves. */
typedef uint64_t rn_ranked;

static inline rn_ranked rn_ranked_of(float score, size_t index) {
    uint32_t bits;
    memcpy(&bits, &score, sizeof bits);
    return (uint64_t)bits << 32 | (UINT32_MAX - (uint32_t)index);
}

static inline float rn_ranked_score(rn_ranked ranked) {
    uint32_t bits = (uint32_t)(ranked >> 32);
    float score;
    memcpy(&score, &bits, sizeof score);
    return score;
}

static inline size_t rn_ranked_index(rn_ranked ranked) { return UINT32_MAX - (uint32_t)ranked; }

/** The best so far, and once there are `most`, a heap whose root is the worst of them. `item` is
 * borrowed, room for `most`; start with count 0. */
typedef struct rn_rank {
    rn_ranked *item;
    size_t count, most;
} rn_rank;

/** Keeps the pair if it is among the best `most` that were offered. score: above 0, not NaN. */
void rn_rank_offer(rn_rank *rank, float score, size_t index);

/** Sorts what was kept, best first. No more offers afterwards. */
void rn_rank_sort(rn_rank *rank);

#endif
