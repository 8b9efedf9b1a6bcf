#include "detect/decode.h"
#include "base/check.h"
#include "detect/boxset.h"

#include <stdint.h>

/* What lies this far below the threshold, as a logit, is below it as a rounded probability too. */
static const double MARGIN = 1e-3;

/* Logits that are looked at together: one number tells which of them are above. */
enum { BLOCK = 32 };

#define FOUR_BITS(i) 1u << (i), 1u << ((i) + 1), 1u << ((i) + 2), 1u << ((i) + 3)

/* Bit i is set where logit i is above `least`. From a table, as not every processor can shift each
 * lane of a vector by a number of its own. */
static inline uint32_t which_above(const rn_float *logit, size_t count, rn_float least) {
    static const uint32_t bit[BLOCK] = {FOUR_BITS(0),  FOUR_BITS(4),  FOUR_BITS(8),  FOUR_BITS(12),
                                        FOUR_BITS(16), FOUR_BITS(20), FOUR_BITS(24), FOUR_BITS(28)};
    uint32_t which = 0;
#pragma omp simd reduction(| : which)
    for (size_t i = 0; i < count; i++) which |= logit[i] > least ? bit[i] : 0;
    return which;
}

static rn_float clearly_below(double score) {
    return (rn_float)(log(score / (1 - score)) - MARGIN);
}

/* Once there are enough, `least` rises with the worst of them: what comes later has to be better.
 */
static void rank_sigmoid(rn_rank *rank, const rn_decode_level *level, size_t classes,
                         double threshold) {
    size_t pairs = level->anchors * classes;
    rn_float least = clearly_below(threshold);
    if (rank->most == 0) return;
    for (size_t first = 0; first < pairs; first += BLOCK) {
        size_t count = pairs - first < BLOCK ? pairs - first : BLOCK;
        const rn_float *logit = level->logit + first;
        uint32_t which = count == BLOCK ? which_above(logit, BLOCK, least) /* without a loop */
                                        : which_above(logit, count, least);
        for (; which; which &= which - 1) {
            size_t i = first + (size_t)__builtin_ctz(which);
            float score = (float)(1 / (1 + exp(-(double)level->logit[i])));
            if (!(score > (float)threshold)) continue;
            rn_rank_offer(rank, score, i);
            if (rank->count == rank->most)
                least = clearly_below((double)rn_ranked_score(rank->item[0]));
        }
    }
}

/* A probability is at most exp(logit - largest logit): the many rows where the background leads by
 * far take no exponential. */
static void rank_softmax(rn_rank *rank, const rn_decode_level *level, size_t classes,
                         double threshold) {
    double least = log(threshold) - MARGIN;
    for (size_t a = 0; a < level->anchors; a++) {
        const rn_float *logit = level->logit + a * (classes + 1);
        rn_float object = logit[0], largest = logit[classes];
        for (size_t c = 1; c < classes; c++) object = logit[c] > object ? logit[c] : object;
        if (object > largest) largest = object;
        if (!((double)object - (double)largest > least)) continue;
        double sum = 0;
        for (size_t c = 0; c <= classes; c++) sum += exp((double)logit[c] - (double)largest);
        for (size_t c = 0; c < classes; c++) {
            float score = (float)(exp((double)logit[c] - (double)largest) / sum);
            if (score > (float)threshold) rn_rank_offer(rank, score, a * classes + c);
        }
    }
}

static bool has_area(rn_box box) { return box.x2 > box.x1 && box.y2 > box.y1; }

static void check_settings(const rn_decode *decode, int columns) {
    RN_CHECK(columns > decode->softmax, "%d columns", columns);
    RN_CHECK(decode->top_per_level >= 0 && decode->most >= 0, "top %d, most %d",
             decode->top_per_level, decode->most);
    RN_CHECK(decode->score_threshold >= 0 && decode->score_threshold <= 1, "threshold %g",
             decode->score_threshold);
}

void rn_decode_rank(rn_rank *best, const rn_decode *decode, const rn_decode_level *level,
                    int columns) {
    check_settings(decode, columns);
    size_t classes = (size_t)columns - decode->softmax;
    RN_CHECK(level->anchors <= UINT32_MAX / classes, "%zu anchors of %zu classes", level->anchors,
             classes);
    if (decode->softmax)
        rank_softmax(best, level, classes, decode->score_threshold);
    else
        rank_sigmoid(best, level, classes, decode->score_threshold);
    rn_rank_sort(best);
}

size_t rn_decode_most(const rn_decode *decode, size_t anchors, int columns) {
    check_settings(decode, columns);
    size_t pairs = anchors * ((size_t)columns - decode->softmax);
    return pairs < (size_t)decode->top_per_level ? pairs : (size_t)decode->top_per_level;
}

/* The candidates of each level, of which none has been taken yet. */
static rn_rank *rank_levels(const rn_decode *decode, const rn_decode_level *level, int levels,
                            int columns, rn_arena *scratch) {
    rn_rank *left = rn_arena_alloc(scratch, (size_t)levels * sizeof *left);
    for (int l = 0; l < levels; l++) {
        size_t most = rn_decode_most(decode, level[l].anchors, columns);
        if (level[l].best) {
            left[l] = *level[l].best;
            RN_CHECK(left[l].count <= most, "%zu candidates of at most %zu", left[l].count, most);
        } else {
            left[l] = (rn_rank){rn_arena_alloc(scratch, most * sizeof *left[l].item), 0, most};
            rn_decode_rank(&left[l], decode, &level[l], columns);
        }
    }
    return left;
}

/* The level whose next candidate is the best, the first among equals; -1 when none is left. */
static int best_level(const rn_rank *left, int levels) {
    int best = -1;
    for (int l = 0; l < levels; l++)
        if (left[l].count > 0 &&
            (best < 0 || rn_ranked_score(*left[l].item) > rn_ranked_score(*left[best].item)))
            best = l;
    return best;
}

/* Takes the next candidate of a level. Their codes lie all over the level, out of the cache: the
 * one of a later candidate is sent for. */
static rn_ranked take(rn_rank *left, const rn_decode_level *level, size_t classes) {
    enum { AHEAD = 8 };
    if (left->count > AHEAD)
        __builtin_prefetch(level->code + 4 * (rn_ranked_index(left->item[AHEAD]) / classes));
    left->count--;
    return *left->item++;
}

static size_t most_detections(const rn_decode *decode, const rn_rank *left, int levels) {
    size_t candidates = 0, most = (size_t)decode->most;
    for (int l = 0; l < levels; l++) candidates += left[l].count;
    return candidates < most ? candidates : most;
}

/* Often the first few candidates are all that is wanted: each is decoded when its turn comes. */
size_t rn_decode_image(rn_detection *out, const rn_decode *decode, const rn_coder *coder,
                       const rn_decode_level *level, int levels, int columns, float height,
                       float width, rn_arena *scratch) {
    check_settings(decode, columns);
    const size_t classes = (size_t)columns - decode->softmax;
    rn_arena_mark mark = rn_arena_get_mark(scratch);
    rn_rank *left = rank_levels(decode, level, levels, columns, scratch);
    rn_boxset kept = rn_boxset_start(most_detections(decode, left, levels),
                                     (float)decode->nms_threshold, (float)coder->plus_one, scratch);
    for (int l; kept.count < kept.most && (l = best_level(left, levels)) >= 0;) {
        rn_ranked pair = take(&left[l], &level[l], classes);
        size_t anchor = rn_ranked_index(pair) / classes;
        int label = (int)(rn_ranked_index(pair) % classes);
        rn_box box = rn_coder_decode(coder, level[l].code + 4 * anchor, level[l].anchor[anchor]);
        box = rn_box_clip(box, width, height);
        if (!has_area(box) || rn_boxset_overlaps(&kept, box, label)) continue;
        out[kept.count] = (rn_detection){box, rn_ranked_score(pair), label};
        rn_boxset_add(&kept, box, label);
    }
    rn_arena_release(scratch, mark);
    return kept.count;
}
