#include "detect/decode.h"
#include "base/check.h"
#include "detect/nms.h"
#include "detect/rank.h"

/* Boxes of all levels, on their way to the suppression. */
typedef struct rn_candidates {
    rn_box *box;
    float *score;
    int *label;
    size_t count;
} rn_candidates;

/* What lies this far below the threshold, as a logit, is below it as a rounded probability too. */
static const double MARGIN = 1e-3;

/* Logits that are looked at together: where none is above, as in nearly all, that is all it takes.
 */
enum { BLOCK = 512, BLOCKS_LEAST = 256 };

static bool any_above(const rn_float *logit, size_t count, rn_float least) {
    int any = 0;
#pragma omp simd reduction(| : any)
    for (size_t i = 0; i < count; i++) any |= logit[i] > least;
    return any;
}

static rn_float clearly_below(double score) {
    return (rn_float)(log(score / (1 - score)) - MARGIN);
}

/* Offers what is above `least`, and once there are enough raises it to the worst of them: what
 * comes later has to be better. */
static void rank_few(rn_rank *rank, rn_float *least, const rn_float *logit, size_t first,
                     size_t count, float threshold) {
    for (size_t i = first; i < first + count; i++) {
        if (!(logit[i] > *least)) continue;
        float score = (float)(1 / (1 + exp(-(double)logit[i])));
        if (!(score > threshold)) continue;
        rn_rank_offer(rank, score, i);
        if (rank->count == rank->most) *least = clearly_below((double)rank->item[0].score);
    }
}

/* Also in a block with some that are above, most are not. */
static void rank_block(rn_rank *rank, rn_float *least, const rn_float *logit, size_t first,
                       size_t count, float threshold) {
    enum { FEW = 32 };
    for (size_t i = 0; i < count; i += FEW) {
        size_t here = count - i < FEW ? count - i : FEW;
        if (any_above(logit + first + i, here, *least))
            rank_few(rank, least, logit, first + i, here, threshold);
    }
}

static void rank_sigmoid(rn_rank *rank, const rn_decode_level *level, size_t classes,
                         double threshold, rn_arena *scratch) {
    size_t pairs = level->anchors * classes, blocks = (pairs + BLOCK - 1) / BLOCK;
    if (rank->most == 0) return;
    rn_arena_mark mark = rn_arena_get_mark(scratch);
    bool *busy = rn_arena_alloc(scratch, blocks * sizeof *busy);
    rn_float least = clearly_below(threshold);
#pragma omp parallel for schedule(static) if (blocks >= BLOCKS_LEAST)
    for (size_t b = 0; b < blocks; b++) {
        size_t first = b * BLOCK, count = pairs - first < BLOCK ? pairs - first : BLOCK;
        busy[b] = any_above(level->logit + first, count, least);
    }
    for (size_t b = 0; b < blocks; b++) {
        size_t first = b * BLOCK, count = pairs - first < BLOCK ? pairs - first : BLOCK;
        if (busy[b]) rank_block(rank, &least, level->logit, first, count, (float)threshold);
    }
    rn_arena_release(scratch, mark);
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

/* Adds the best of one level; `room` is for `most` of them. */
static void add_level(rn_candidates *found, const rn_decode *decode, const rn_coder *coder,
                      const rn_decode_level *level, size_t classes, float height, float width,
                      rn_ranked *room, size_t most, rn_arena *scratch) {
    rn_rank rank = {room, 0, most};
    if (decode->softmax)
        rank_softmax(&rank, level, classes, decode->score_threshold);
    else
        rank_sigmoid(&rank, level, classes, decode->score_threshold, scratch);
    rn_rank_sort(&rank);
    for (size_t i = 0; i < rank.count; i++) {
        size_t anchor = room[i].index / classes;
        rn_box box = rn_coder_decode(coder, level->code + 4 * anchor, level->anchor[anchor]);
        box = rn_box_clip(box, width, height);
        if (!has_area(box)) continue;
        found->box[found->count] = box;
        found->score[found->count] = room[i].score;
        found->label[found->count++] = (int)(room[i].index % classes);
    }
}

/* Candidates that a level can give: at most its (anchor, class) pairs. */
static size_t most_of(const rn_decode_level *level, size_t classes, int top_per_level) {
    size_t pairs = level->anchors * classes;
    return pairs < (size_t)top_per_level ? pairs : (size_t)top_per_level;
}

static size_t suppress(rn_detection *out, const rn_decode *decode, const rn_candidates *found,
                       float plus_one, rn_arena *scratch) {
    size_t most = (size_t)decode->most < found->count ? (size_t)decode->most : found->count;
    int *keep = rn_arena_alloc(scratch, most * sizeof *keep);
    size_t kept = rn_nms(keep, found->box, found->score, found->label, found->count,
                         (float)decode->nms_threshold, plus_one, most, scratch);
    for (size_t i = 0; i < kept; i++)
        out[i] = (rn_detection){found->box[keep[i]], found->score[keep[i]], found->label[keep[i]]};
    return kept;
}

size_t rn_decode_image(rn_detection *out, const rn_decode *decode, const rn_coder *coder,
                       const rn_decode_level *level, int levels, int columns, float height,
                       float width, rn_arena *scratch) {
    RN_CHECK(columns > decode->softmax, "%d columns", columns);
    RN_CHECK(decode->top_per_level >= 0 && decode->most >= 0, "top %d, most %d",
             decode->top_per_level, decode->most);
    RN_CHECK(decode->score_threshold >= 0 && decode->score_threshold <= 1, "threshold %g",
             decode->score_threshold);
    size_t classes = (size_t)columns - decode->softmax, total = 0, largest = 0;
    for (int l = 0; l < levels; l++) {
        size_t most = most_of(&level[l], classes, decode->top_per_level);
        total += most;
        largest = most > largest ? most : largest;
    }
    rn_arena_mark mark = rn_arena_get_mark(scratch);
    rn_candidates found = {rn_arena_alloc(scratch, total * sizeof *found.box),
                           rn_arena_alloc(scratch, total * sizeof *found.score),
                           rn_arena_alloc(scratch, total * sizeof *found.label), 0};
    rn_ranked *room = rn_arena_alloc(scratch, largest * sizeof *room);
    for (int l = 0; l < levels; l++)
        add_level(&found, decode, coder, &level[l], classes, height, width, room,
                  most_of(&level[l], classes, decode->top_per_level), scratch);
    size_t kept = suppress(out, decode, &found, (float)coder->plus_one, scratch);
    rn_arena_release(scratch, mark);
    return kept;
}
