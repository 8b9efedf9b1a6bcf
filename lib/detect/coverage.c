/* Along one axis, the overlap of a box with an anchor of given side grows until the anchor's centre
 * reaches a certain interval, is constant there, and falls. Of all cells, only those of the
 * interval and one on each side can have the best anchor of a shape. A shape is passed over
 * altogether when even its anchor put at the best of all places fits worse than some anchor that is
 * known. */
#include "detect/coverage.h"

#include <math.h>

typedef struct rn_coverage {
    rn_anchor_level level[RN_LEVELS_MOST];
    int levels;
    float plus_one;
} rn_coverage;

/* A box that is asked about. */
typedef struct rn_target {
    rn_box box;
    float area;
    double w, h; /* plus_one included, as in the area */
} rn_target;

/* First and last cell along one axis. */
typedef struct rn_span {
    int first, last;
} rn_span;

static int cell(double x, int cells) { return (int)fmax(0, fmin(cells - 1, x)); }

static rn_span span(double low, double high, double half, double stride, double offset, int cells) {
    double a = high - half, b = low + half;
    return (rn_span){cell(floor(fmin(a, b) / stride - offset), cells),
                     cell(ceil(fmax(a, b) / stride - offset), cells)};
}

static float iou_at(const rn_coverage *all, const rn_anchor_level *level, const rn_target *target,
                    int y, int x, int shape) {
    rn_box anchor = rn_anchor_at(level, y, x, shape);
    return rn_box_iou_known(anchor, rn_box_area_plus(anchor, all->plus_one), target->box,
                            target->area, all->plus_one);
}

/* The largest IoU of anchors of every shape in the cell next to the box's centre: nearly the best.
 */
static float iou_nearby(const rn_coverage *all, const rn_target *target) {
    rn_box b = target->box;
    float best = 0;
    for (int l = 0; l < all->levels; l++) {
        const rn_anchor_level *level = &all->level[l];
        if (level->grid.h == 0 || level->grid.w == 0) continue;
        double centre_y = ((double)b.y1 + (double)b.y2) / 2;
        double centre_x = ((double)b.x1 + (double)b.x2) / 2;
        int y = cell(nearbyint(centre_y / level->stride_y - level->offset), level->grid.h);
        int x = cell(nearbyint(centre_x / level->stride_x - level->offset), level->grid.w);
        for (int s = 0; s < level->shapes; s++) {
            float iou = iou_at(all, level, target, y, x, s);
            best = iou > best ? iou : best;
        }
    }
    return best;
}

/* The IoU of an anchor with the same centre, and a little more for the rounding of anchors. */
static double iou_at_most(const rn_coverage *all, const rn_target *target, double half_h,
                          double half_w) {
    double h = 2 * half_h + (double)all->plus_one, w = 2 * half_w + (double)all->plus_one;
    double both = fmin(h, target->h) * fmin(w, target->w);
    return 1.01 * both / (h * w + target->h * target->w - both);
}

static float best_of_shape(const rn_coverage *all, const rn_anchor_level *level,
                           const rn_target *target, int shape) {
    rn_box b = target->box;
    rn_span rows = span((double)b.y1, (double)b.y2, level->half_h[shape], level->stride_y,
                        level->offset, level->grid.h);
    rn_span columns = span((double)b.x1, (double)b.x2, level->half_w[shape], level->stride_x,
                           level->offset, level->grid.w);
    float best = 0;
    for (int y = rows.first; y <= rows.last; y++)
        for (int x = columns.first; x <= columns.last; x++) {
            float iou = iou_at(all, level, target, y, x, shape);
            best = iou > best ? iou : best;
        }
    return best;
}

static void cover(float *iou, int *best_level, const rn_coverage *all, rn_box box) {
    double plus_one = (double)all->plus_one;
    rn_target target = {box, rn_box_area_plus(box, all->plus_one),
                        (double)box.x2 - (double)box.x1 + plus_one,
                        (double)box.y2 - (double)box.y1 + plus_one};
    *iou = 0, *best_level = -1;
    if (!(target.area > 0 && target.area < INFINITY)) return;
    double known = (double)iou_nearby(all, &target);
    for (int l = 0; l < all->levels; l++) {
        const rn_anchor_level *level = &all->level[l];
        if (level->grid.h == 0 || level->grid.w == 0) continue;
        for (int s = 0; s < level->shapes; s++) {
            if (iou_at_most(all, &target, level->half_h[s], level->half_w[s]) < known) continue;
            float best = best_of_shape(all, level, &target, s);
            if (best > *iou) *iou = best, *best_level = l;
        }
    }
}

void rn_coverage_of(float *iou, int *level, const rn_box *box, size_t n, const rn_anchor_spec *spec,
                    const rn_grid *grid, int image_h, int image_w, float plus_one) {
    rn_coverage all = {.levels = spec->levels, .plus_one = plus_one};
    for (int l = 0; l < spec->levels; l++)
        all.level[l] = rn_anchor_level_of(spec, l, grid[l], image_h, image_w);
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < n; i++) cover(&iou[i], &level[i], &all, box[i]);
}
