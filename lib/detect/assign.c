/* Anchors are taken in blocks, objects in batches. Neighbouring anchors sit close together, so most
 * blocks lie wholly beside an object and are passed over after one look at their common bounds;
 * what is left runs eight or sixteen anchors at a time. A first pass finds the object of each
 * anchor and the best IoU of each object; a second marks the anchors that reach that best. Both
 * compute an IoU by the same function, so that equal means equal. */
#include "detect/assign.h"
#include "base/check.h"

#include <math.h>
#include <stdbool.h>

/* LANES is more than one vector of any machine: compilers unroll shorter loops into single steps.
 */
enum { BLOCK = 256, LANES = 32, BATCH = 64, BACKGROUND = -1, IGNORED = -2 };

/* Up to BLOCK anchors, coordinate by coordinate, and the smallest box around them. What is left of
 * a block is NaN, whose IoU is 0. */
typedef struct rn_anchor_block {
    size_t first;
    int count;
    float x1[BLOCK], y1[BLOCK], x2[BLOCK], y2[BLOCK], area[BLOCK];
    rn_box bounds;
} rn_anchor_block;

/* Up to BATCH objects. */
typedef struct rn_object_batch {
    const rn_box *box;
    int first, count;
} rn_object_batch;

typedef struct rn_assignment {
    int *label, *match;
    float *iou;
    const rn_box *anchor;
    size_t anchors;
    float plus_one;
} rn_assignment;

/* Least and most of BLOCK numbers, in lanes, since a compiler may not reorder a minimum of floats
 * by itself; NaN counts for nothing. */
static void extremes(float *restrict least, float *restrict most, const float *restrict x) {
    float low[LANES], high[LANES];
    for (int k = 0; k < LANES; k++) low[k] = INFINITY, high[k] = -INFINITY;
    for (int i = 0; i < BLOCK; i += LANES)
        for (int k = 0; k < LANES; k++) {
            low[k] = x[i + k] < low[k] ? x[i + k] : low[k];
            high[k] = x[i + k] > high[k] ? x[i + k] : high[k];
        }
    *least = INFINITY, *most = -INFINITY;
    for (int k = 0; k < LANES; k++) {
        *least = low[k] < *least ? low[k] : *least;
        *most = high[k] > *most ? high[k] : *most;
    }
}

static void load_block(rn_anchor_block *restrict block, const rn_assignment *all, size_t index) {
    size_t first = index * BLOCK, left = all->anchors - first;
    const rn_box *restrict anchor = all->anchor + first;
    float plus_one = all->plus_one, unused;
    block->first = first;
    block->count = left < BLOCK ? (int)left : BLOCK;
    for (int i = 0; i < block->count; i++) {
        block->x1[i] = anchor[i].x1, block->y1[i] = anchor[i].y1;
        block->x2[i] = anchor[i].x2, block->y2[i] = anchor[i].y2;
    }
    for (int i = block->count; i < BLOCK; i++)
        block->x1[i] = block->y1[i] = block->x2[i] = block->y2[i] = NAN;
    for (int i = 0; i < BLOCK; i++) { /* rn_box_area_plus */
        float w = block->x2[i] - block->x1[i] + plus_one;
        float h = block->y2[i] - block->y1[i] + plus_one;
        block->area[i] = (w < 0 ? 0 : w) * (h < 0 ? 0 : h);
    }
    extremes(&block->bounds.x1, &unused, block->x1);
    extremes(&block->bounds.y1, &unused, block->y1);
    extremes(&unused, &block->bounds.x2, block->x2);
    extremes(&unused, &block->bounds.y2, block->y2);
}

/* Can the object have an IoU above 0 with an anchor of the block? */
static bool touches(const rn_anchor_block *block, rn_box object, float plus_one) {
    rn_box b = block->bounds;
    return object.x1 < b.x2 + plus_one && object.x2 + plus_one > b.x1 &&
           object.y1 < b.y2 + plus_one && object.y2 + plus_one > b.y1;
}

static void block_iou(float *restrict iou, const rn_anchor_block *restrict block, rn_box object,
                      float plus_one) {
    float area = rn_box_area_plus(object, plus_one);
    for (int i = 0; i < BLOCK; i++)
        iou[i] = rn_box_iou_known((rn_box){block->x1[i], block->y1[i], block->x2[i], block->y2[i]},
                                  block->area[i], object, area, plus_one);
}

static void take_better(float *restrict best, int *restrict match, const float *restrict iou,
                        int count, int object) {
    for (int i = 0; i < count; i++) {
        match[i] = iou[i] > best[i] ? object : match[i];
        best[i] = iou[i] > best[i] ? iou[i] : best[i];
    }
}

static float largest(const float *iou) {
    float least, most;
    extremes(&least, &most, iou);
    return most > 0 ? most : 0;
}

static size_t block_count(const rn_assignment *all) { return (all->anchors + BLOCK - 1) / BLOCK; }

/* First pass: match and iou of every anchor; best[k] is the best IoU of object k of the batch. */
static void match_batch(float best[BATCH], const rn_assignment *all, rn_object_batch batch) {
    for (int k = 0; k < BATCH; k++) best[k] = 0;
#pragma omp parallel for schedule(static) reduction(max : best[:BATCH])
    for (size_t b = 0; b < block_count(all); b++) {
        rn_anchor_block block;
        float iou[BLOCK];
        load_block(&block, all, b);
        for (int k = 0; k < batch.count; k++) {
            if (!touches(&block, batch.box[k], all->plus_one)) continue;
            block_iou(iou, &block, batch.box[k], all->plus_one);
            take_better(all->iou + block.first, all->match + block.first, iou, block.count,
                        batch.first + k);
            float here = largest(iou);
            best[k] = here > best[k] ? here : best[k];
        }
    }
}

/* Second pass: label is 1 where an anchor is the best for an object, with at least that IoU. */
static void mark_best(const rn_assignment *all, rn_object_batch batch, const float best[BATCH],
                      float least) {
#pragma omp parallel for schedule(static)
    for (size_t b = 0; b < block_count(all); b++) {
        rn_anchor_block block;
        float iou[BLOCK];
        load_block(&block, all, b);
        for (int k = 0; k < batch.count; k++) {
            if (!(best[k] > 0 && best[k] >= least)) continue;
            if (!touches(&block, batch.box[k], all->plus_one)) continue;
            block_iou(iou, &block, batch.box[k], all->plus_one);
            for (int i = 0; i < block.count; i++)
                if (iou[i] == best[k]) all->label[block.first + (size_t)i] = 1;
        }
    }
}

static size_t write_labels(const rn_assignment *all, const int *object_class,
                           const rn_assign *assign) {
    float positive = (float)assign->positive, negative = (float)assign->negative;
    size_t positives = 0;
#pragma omp parallel for schedule(static) reduction(+ : positives)
    for (size_t a = 0; a < all->anchors; a++) {
        bool is_positive = all->label[a] == 1 || all->iou[a] >= positive;
        all->label[a] = is_positive              ? object_class[all->match[a]]
                        : all->iou[a] < negative ? BACKGROUND
                                                 : IGNORED;
        positives += is_positive;
    }
    return positives;
}

size_t rn_assign_anchors(int *label, int *match, float *iou, const rn_box *anchor,
                         size_t num_anchors, const rn_box *object, const int *object_class,
                         int num_objects, const rn_assign *assign) {
    RN_CHECK((float)assign->positive > 0 && assign->negative <= assign->positive,
             "positive from %g, negative below %g", assign->positive, assign->negative);
    RN_CHECK(num_objects >= 0, "%d objects", num_objects);
    rn_assignment all = {label, match, iou, anchor, num_anchors, (float)assign->plus_one};
    for (size_t a = 0; a < num_anchors; a++) label[a] = 0, match[a] = -1, iou[a] = 0;
    for (int first = 0; first < num_objects; first += BATCH) {
        int left = num_objects - first;
        rn_object_batch batch = {object + first, first, left < BATCH ? left : BATCH};
        float best[BATCH];
        match_batch(best, &all, batch);
        if (assign->best_anchor >= 0) mark_best(&all, batch, best, (float)assign->best_anchor);
    }
    return write_labels(&all, object_class, assign);
}
