#include "detect/decode.h"
#include "base/check.h"
#include "detect/nms.h"

/* Boxes of all levels, on their way to the suppression. */
typedef struct rn_candidates {
    rn_box *box;
    float *score;
    int *label;
    size_t count;
} rn_candidates;

/* What lies this far below the threshold, as a logit, is below it as a rounded probability too. */
static const double MARGIN = 1e-3;

/* Logits that are looked at together: where none is above, as in nearly all, that is all it takes,
 * and in a block with some that are, most are not. */
enum { BLOCK = 512, FEW = 32 };

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
        if (rank->count == rank->most)
            *least = clearly_below((double)rn_ranked_score(rank->item[0]));
    }
}

static void rank_sigmoid(rn_rank *rank, const rn_decode_level *level, size_t classes,
                         double threshold) {
    size_t pairs = level->anchors * classes;
    rn_float least = clearly_below(threshold);
    if (rank->most == 0) return;
    for (size_t first = 0, end; first < pairs; first = end) {
        end = pairs - first < BLOCK ? pairs : first + BLOCK;
        if (!any_above(level->logit + first, end - first, least)) continue;
        for (size_t i = first; i < end; i += FEW) {
            size_t count = end - i < FEW ? end - i : FEW;
            if (any_above(level->logit + i, count, least))
                rank_few(rank, &least, level->logit, i, count, (float)threshold);
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

/* The boxes of a level's candidates. */
static void add_level(rn_candidates *found, const rn_coder *coder, const rn_decode_level *level,
                      const rn_rank *best, size_t classes, float height, float width) {
    for (const rn_ranked *pair = best->item; pair < best->item + best->count; pair++) {
        size_t anchor = rn_ranked_index(*pair) / classes;
        rn_box box = rn_coder_decode(coder, level->code + 4 * anchor, level->anchor[anchor]);
        box = rn_box_clip(box, width, height);
        if (!has_area(box)) continue;
        found->box[found->count] = box;
        found->score[found->count] = rn_ranked_score(*pair);
        found->label[found->count++] = (int)(rn_ranked_index(*pair) % classes);
    }
}

size_t rn_decode_most(const rn_decode *decode, size_t anchors, int columns) {
    check_settings(decode, columns);
    size_t pairs = anchors * ((size_t)columns - decode->softmax);
    return pairs < (size_t)decode->top_per_level ? pairs : (size_t)decode->top_per_level;
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
    check_settings(decode, columns);
    size_t classes = (size_t)columns - decode->softmax, total = 0, largest = 0;
    for (int l = 0; l < levels; l++) {
        size_t most = rn_decode_most(decode, level[l].anchors, columns);
        total += most;
        largest = most > largest ? most : largest;
    }
    rn_arena_mark mark = rn_arena_get_mark(scratch);
    rn_candidates found = {rn_arena_alloc(scratch, total * sizeof *found.box),
                           rn_arena_alloc(scratch, total * sizeof *found.score),
                           rn_arena_alloc(scratch, total * sizeof *found.label), 0};
    rn_ranked *room = rn_arena_alloc(scratch, largest * sizeof *room);
    for (int l = 0; l < levels; l++) {
        rn_rank own = {room, 0, rn_decode_most(decode, level[l].anchors, columns)};
        const rn_rank *best = level[l].best ? level[l].best : &own;
        if (best == &own) rn_decode_rank(&own, decode, &level[l], columns);
        RN_CHECK(best->count <= own.most, "%zu candidates of at most %zu", best->count, own.most);
        add_level(&found, coder, &level[l], best, classes, height, width);
    }
    size_t kept = suppress(out, decode, &found, (float)coder->plus_one, scratch);
    rn_arena_release(scratch, mark);
    return kept;
}
