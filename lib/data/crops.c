#include "data/crops.h"
#include "base/check.h"
#include "base/vec.h"
#include "data/paint.h"
#include "data/transform.h"

#include <stdio.h>
#include <stdlib.h>

enum { BLOT = RN_SHAPES, STROKE, CUT };

const char *rn_crop_class_name(int label) {
    static const char *const other[] = {"blot", "stroke", "cut"};
    RN_CHECK(label >= 0 && label < RN_CROP_CLASSES, "class %d", label);
    return label < RN_SHAPES ? rn_shape_name((rn_shape)label) : other[label - RN_SHAPES];
}

/* The default set, in a window: sqrt(area) may be so large that the longest box fits. */
static rn_scenes crop_scenes(void) {
    rn_scenes scenes = rn_scenes_default();
    scenes.side = RN_CROP_SIDE;
    scenes.size.high = fmin(scenes.size.high, RN_CROP_SIDE / exp(scenes.aspect / 2) - 1);
    scenes.distractors = (rn_span){0, 1}; /* 3 to 10 on an area 16 times as large */
    return scenes;
}

static rn_rng crop_stream(uint64_t seed, const char *split, const char *part, size_t index) {
    char name[64];
    int n = snprintf(name, sizeof name, "pretrain/%s/%s", split, part);
    RN_CHECK(n > 0 && (size_t)n < sizeof name, "split %s", split);
    return rn_rng_stream(seed, name, index);
}

/* A box of `length` units whose middle is at most 8 units from that of the crop, and which is whole
 * on it; returns where it begins. */
static double place(int length, rn_rng *rng) {
    double room = RN_CROP_SIDE - length, middle = room / 2.0, off = fmin(8.0, middle);
    return floor(rn_rng_range(rng, middle - off, middle + off) + .5);
}

static void paint_thing(rn_canvas *canvas, int label, const rn_scenes *scenes, rn_rng *rng) {
    int width, height;
    rn_paint_draw_size(&width, &height, scenes, rng);
    double x = place(width, rng), y = place(height, rng);
    if (label == STROKE) {
        rn_paint_stroke_at(canvas, x + width / 2.0, y + height / 2.0, scenes, rng);
        return;
    }
    rn_shape shape = label < RN_SHAPES ? (rn_shape)label : RN_SHAPE_DISK;
    if (label == CUT) shape = (rn_shape)rn_rng_below(rng, (uint32_t)scenes->num_classes);
    rn_figure figure = rn_figure_in_box(shape, x, y, x + width, y + height);
    figure.soft = label == BLOT;
    if (label == CUT) rn_paint_draw_cut(figure.cut, shape, rng);
    rn_paint_figure(canvas, &figure, scenes, rng);
}

int rn_crop_render(uint8_t *rgb, uint64_t seed, const char *split, size_t index) {
    const rn_scenes scenes = crop_scenes();
    rn_canvas canvas = rn_canvas_new(RN_CROP_SIDE, 1);
    rn_rng rng = crop_stream(seed, split, "ground", index);
    rn_canvas_paint_background(&canvas, &rng);

    rng = crop_stream(seed, split, "distractors", index);
    for (int i = rn_paint_draw_count(&rng, scenes.distractors); i > 0; i--)
        rn_paint_distractor(&canvas, &scenes, &rng);

    rng = crop_stream(seed, split, "thing", index);
    int label = (int)rn_rng_below(&rng, RN_CROP_CLASSES);
    paint_thing(&canvas, label, &scenes, &rng);

    rng = crop_stream(seed, split, "noise", index);
    rn_canvas_finish(rgb, &canvas, rn_paint_draw_span(&rng, scenes.noise), &rng);
    rn_canvas_free(&canvas);
    return label;
}

rn_crops rn_crops_new(size_t count) {
    return (rn_crops){count, rn_vec_zeros(count, RN_CROP_VALUES), rn_vec_zeros(count, sizeof(int))};
}

void rn_crops_render(rn_crops *crops, uint64_t seed, const char *split, size_t first, size_t last) {
    RN_CHECK(first <= last && last <= crops->count, "crops %zu to %zu of %zu", first, last,
             crops->count);
#pragma omp parallel for schedule(dynamic, 16)
    for (size_t i = first; i < last; i++)
        crops->label[i] = rn_crop_render(crops->rgb + i * RN_CROP_VALUES, seed, split, i);
}

void rn_crops_pixels(rn_float *pixel, const rn_crops *crops, size_t index, bool flip) {
    RN_CHECK(index < crops->count, "crop %zu of %zu", index, crops->count);
    rn_image image = {RN_CROP_SIDE, RN_CROP_SIDE, crops->rgb + index * RN_CROP_VALUES};
    rn_transform transform =
        rn_transform_resize(RN_CROP_SIDE, RN_CROP_SIDE, RN_CROP_SIDE, RN_CROP_SIDE);
    transform.flip = flip;
    rn_transform_apply(pixel, RN_CROP_SIDE, RN_CROP_SIDE, &image, &transform);
}

void rn_crops_free(rn_crops *crops) {
    free(crops->rgb), free(crops->label);
    *crops = (rn_crops){0};
}
