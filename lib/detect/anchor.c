#include "detect/anchor.h"
#include "base/check.h"

#include <math.h>

static bool all_positive(const double *x, int count) {
    for (int i = 0; i < count; i++)
        if (!(x[i] > 0 && isfinite(x[i]))) return false;
    return true;
}

static void check_level(const rn_anchor_spec *spec, int level) {
    RN_CHECK(level >= 0 && level < spec->levels, "level %d of %d", level, spec->levels);
}

static void check_spec(const rn_anchor_spec *spec) {
    RN_CHECK(spec->levels >= 1 && spec->levels <= RN_LEVELS_MOST, "%d levels", spec->levels);
    RN_CHECK(spec->num_scales >= 1 && spec->num_scales <= RN_SCALES_MOST, "%d scales",
             spec->num_scales);
    RN_CHECK(spec->num_ratios >= 1 && spec->num_ratios <= RN_RATIOS_MOST, "%d ratios",
             spec->num_ratios);
    RN_CHECK(all_positive(spec->stride, spec->levels) && all_positive(spec->size, spec->levels),
             "strides and sizes must be positive");
    RN_CHECK(all_positive(spec->scale, spec->num_scales) &&
                 all_positive(spec->ratio, spec->num_ratios),
             "scales and ratios must be positive");
    RN_CHECK(isfinite(spec->offset), "offset %g", spec->offset);
}

rn_anchor_spec rn_anchor_spec_octave(int levels, int first_level, double base, int scales,
                                     int ratios) {
    RN_CHECK(levels >= 1 && levels <= RN_LEVELS_MOST && first_level >= 0 && first_level < 16,
             "%d levels from %d", levels, first_level);
    RN_CHECK(scales >= 1 && scales <= RN_SCALES_MOST && ratios >= 1 && ratios <= RN_RATIOS_MOST,
             "%d scales x %d ratios", scales, ratios);
    rn_anchor_spec spec = {
        .levels = levels, .num_scales = scales, .num_ratios = ratios, .offset = .5};
    for (int l = 0; l < levels; l++) {
        spec.stride[l] = ldexp(1, first_level + l);
        spec.size[l] = base * spec.stride[l];
    }
    for (int i = 0; i < scales; i++) spec.scale[i] = exp2((double)i / scales);
    for (int i = 0; i < ratios; i++) spec.ratio[i] = exp2(i - .5 * (ratios - 1));
    check_spec(&spec);
    return spec;
}

int rn_anchor_per_cell(const rn_anchor_spec *spec) {
    check_spec(spec);
    return spec->num_scales * spec->num_ratios;
}

void rn_anchor_grid(rn_grid *grid, const rn_anchor_spec *spec, int image_h, int image_w) {
    check_spec(spec);
    RN_CHECK(image_h >= 0 && image_w >= 0, "image of %d x %d", image_h, image_w);
    for (int l = 0; l < spec->levels; l++)
        grid[l] =
            (rn_grid){(int)ceil(image_h / spec->stride[l]), (int)ceil(image_w / spec->stride[l])};
}

static size_t cells(rn_grid grid) {
    RN_CHECK(grid.h >= 0 && grid.w >= 0, "grid of %d x %d", grid.h, grid.w);
    return (size_t)grid.h * (size_t)grid.w;
}

size_t rn_anchor_count(const rn_anchor_spec *spec, const rn_grid *grid) {
    size_t count = 0, shapes = (size_t)rn_anchor_per_cell(spec);
    for (int l = 0; l < spec->levels; l++) count += cells(grid[l]);
    return count * shapes;
}

/* torchvision's anchors in its own single precision: an integer side, halves rounded to even. */
static void whole_shape(double *half_h, double *half_w, double side, double ratio) {
    float h = sqrtf((float)ratio), w = 1.0f / h, whole = (float)trunc(side);
    *half_h = rintf(h * whole / 2);
    *half_w = rintf(w * whole / 2);
}

rn_anchor_level rn_anchor_level_of(const rn_anchor_spec *spec, int level, rn_grid grid, int image_h,
                                   int image_w) {
    check_spec(spec);
    check_level(spec, level);
    rn_anchor_level l = {.grid = grid, .offset = spec->offset};
    l.stride_y = l.stride_x = spec->stride[level];
    if (spec->stride_from_grid && cells(grid) > 0) {
        l.stride_y = floor((double)image_h / grid.h);
        l.stride_x = floor((double)image_w / grid.w);
    }
    for (int r = 0; r < spec->num_ratios; r++)
        for (int s = 0; s < spec->num_scales; s++) {
            double side = spec->size[level] * spec->scale[s], root = sqrt(spec->ratio[r]);
            l.half_h[l.shapes] = side * root / 2;
            l.half_w[l.shapes] = side / root / 2;
            if (spec->whole_sizes)
                whole_shape(&l.half_h[l.shapes], &l.half_w[l.shapes], side, spec->ratio[r]);
            l.shapes++;
        }
    return l;
}

rn_box rn_anchor_at(const rn_anchor_level *level, int y, int x, int shape) {
    double centre_y = (y + level->offset) * level->stride_y;
    double centre_x = (x + level->offset) * level->stride_x;
    double half_h = level->half_h[shape], half_w = level->half_w[shape];
    return (rn_box){(float)(centre_x - half_w), (float)(centre_y - half_h),
                    (float)(centre_x + half_w), (float)(centre_y + half_h)};
}

void rn_anchor_generate(rn_box *out, const rn_anchor_spec *spec, const rn_grid *grid, int image_h,
                        int image_w) {
    for (int i = 0; i < spec->levels; i++) {
        rn_anchor_level level = rn_anchor_level_of(spec, i, grid[i], image_h, image_w);
        for (int y = 0; y < grid[i].h; y++)
            for (int x = 0; x < grid[i].w; x++)
                for (int s = 0; s < level.shapes; s++) *out++ = rn_anchor_at(&level, y, x, s);
    }
}
