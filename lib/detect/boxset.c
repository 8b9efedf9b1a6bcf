#include "detect/boxset.h"
#include "base/check.h"

#include <limits.h>
#include <math.h>
#include <stdint.h>

/* Cells further out than this are not asked for by number, and share one. */
static const double FARTHEST_CELL = 1e15;

/* Where a box stands: its centre, its sides and the side of a square of its area. */
typedef struct rn_place {
    double x, y, w, h, size;
} rn_place;

/* A range of cells, both ends included. */
typedef struct rn_cells {
    double x1, y1, x2, y2;
} rn_cells;

static rn_place place_of(rn_box box, float plus_one) {
    double w = (double)box.x2 - (double)box.x1 + (double)plus_one;
    double h = (double)box.y2 - (double)box.y1 + (double)plus_one;
    return (rn_place){(double)box.x1 + w / 2, (double)box.y1 + h / 2, w, h, sqrt(w * h)};
}

/* The octave of a size: 2^(octave - 1) <= size < 2^octave. */
static int octave(double size) {
    int exponent;
    (void)frexp(size, &exponent);
    return exponent;
}

/* Boxes that are no boxes have an IoU of 0 with all. */
static bool has_area(float area) { return area > 0 && area < INFINITY; }

rn_boxset rn_boxset_start(size_t most, float threshold, float plus_one, rn_arena *arena) {
    RN_CHECK(most <= INT_MAX, "%zu boxes", most);
    RN_CHECK(!isnan(threshold), "threshold is NaN");
    rn_boxset set = {.most = most, .buckets = 16, .threshold = threshold, .plus_one = plus_one};
    while (set.buckets < most) set.buckets *= 2;
    set.item = rn_arena_alloc(arena, most * sizeof *set.item);
    set.bucket = rn_arena_alloc(arena, set.buckets * sizeof *set.bucket);
    for (size_t i = 0; i < set.buckets; i++) set.bucket[i] = -1;
    double t = (double)threshold * (1 - 1e-5); /* room for the rounding of an IoU */
    set.root = t > 0 ? sqrt(t) : 0;
    set.reach = t > 0 ? fmax(1e-6, (1 - t) / (2 * t)) : INFINITY;
    return set;
}

/* Two cells in one bucket cost time and nothing else: what is found there is compared anyway. */
static size_t bucket_of(const rn_boxset *set, int64_t x, int64_t y, int layer, int group) {
    uint64_t h = (uint64_t)x * 0x9e3779b97f4a7c15u;
    h = (h ^ (uint64_t)y) * 0xc2b2ae3d27d4eb4fu;
    h = (h ^ (h >> 29) ^ (uint64_t)(int64_t)layer) * 0x165667b19e3779f9u;
    h = (h ^ (h >> 32) ^ (uint64_t)(int64_t)group) * 0x9e3779b97f4a7c15u;
    return (size_t)(h >> 32) & (set->buckets - 1);
}

static bool suppresses(const rn_boxset *set, const rn_boxset_item *item, rn_box box, float area,
                       int group) {
    return item->group == group &&
           rn_box_iou_known(item->box, item->area, box, area, set->plus_one) > set->threshold;
}

static bool any_of_all(const rn_boxset *set, rn_box box, float area, int group) {
    for (size_t i = 0; i < set->count; i++)
        if (suppresses(set, &set->item[i], box, area, group)) return true;
    return false;
}

static bool any_of_bucket(const rn_boxset *set, size_t bucket, rn_box box, float area, int group) {
    for (int i = set->bucket[bucket]; i >= 0; i = set->item[i].next)
        if (suppresses(set, &set->item[i], box, area, group)) return true;
    return false;
}

/* Where the centres of boxes lie that are no further away than `reach` times the sides. A
 * cell is as large as the threshold's reach for a square of 2^layer. */
static rn_cells cells_around(const rn_boxset *set, rn_place p, double reach, int layer) {
    double cell = ldexp(set->reach, layer), dx = p.w * reach, dy = p.h * reach;
    return (rn_cells){floor((p.x - dx) / cell), floor((p.y - dy) / cell), floor((p.x + dx) / cell),
                      floor((p.y + dy) / cell)};
}

/* How many cells a question would visit; infinite for cells too far out. */
static double cells_to_visit(const rn_boxset *set, rn_place p, int low, int high) {
    double sum = 0;
    for (int layer = low; layer <= high; layer++) {
        rn_cells c = cells_around(set, p, set->reach, layer);
        if (!(c.x1 > -FARTHEST_CELL && c.x2 < FARTHEST_CELL && c.y1 > -FARTHEST_CELL &&
              c.y2 < FARTHEST_CELL))
            return INFINITY;
        sum += (c.x2 - c.x1 + 1) * (c.y2 - c.y1 + 1);
    }
    return sum;
}

bool rn_boxset_overlaps(const rn_boxset *set, rn_box box, int group) {
    float area = rn_box_area_plus(box, set->plus_one);
    if (!has_area(area)) return set->threshold < 0 && any_of_all(set, box, area, group);
    if (!(set->root > 0)) return any_of_all(set, box, area, group);
    rn_place p = place_of(box, set->plus_one);
    int low = octave(p.size * set->root), high = octave(p.size / set->root);
    if (cells_to_visit(set, p, low, high) > (double)set->count)
        return any_of_all(set, box, area, group);
    for (int layer = low; layer <= high; layer++) {
        rn_cells c = cells_around(set, p, set->reach, layer);
        for (int64_t y = (int64_t)c.y1; y <= (int64_t)c.y2; y++)
            for (int64_t x = (int64_t)c.x1; x <= (int64_t)c.x2; x++)
                if (any_of_bucket(set, bucket_of(set, x, y, layer, group), box, area, group))
                    return true;
    }
    return false;
}

static int64_t cell_number(double x) { return fabs(x) < FARTHEST_CELL ? (int64_t)x : 0; }

void rn_boxset_add(rn_boxset *set, rn_box box, int group) {
    RN_CHECK(set->count < set->most, "more than %zu boxes", set->most);
    float area = rn_box_area_plus(box, set->plus_one);
    rn_boxset_item *item = &set->item[set->count];
    *item = (rn_boxset_item){box, area, group, -1};
    if (has_area(area)) {
        rn_place p = place_of(box, set->plus_one);
        int layer = octave(p.size);
        rn_cells c = cells_around(set, p, 0, layer);
        size_t bucket = bucket_of(set, cell_number(c.x1), cell_number(c.y1), layer, group);
        item->next = set->bucket[bucket];
        set->bucket[bucket] = (int)set->count;
    }
    set->count++;
}
