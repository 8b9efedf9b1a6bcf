/* A picture is painted from back to front: ground, distractors, objects, strokes, noise. Each layer
 * draws from a stream of its own, "scenes/SPLIT/LAYER" at the picture's index. */
#include "data/scene.h"
#include "base/check.h"
#include "base/real.h"
#include "data/paint.h"

#include <stdio.h>
#include <string.h>

static rn_rng scene_stream(const rn_scenes *scenes, const char *split, const char *layer,
                           size_t index) {
    char name[64];
    int n = snprintf(name, sizeof name, "scenes/%s/%s", split, layer);
    RN_CHECK(n > 0 && (size_t)n < sizeof name, "split %s", split);
    return rn_rng_stream(scenes->seed, name, index);
}

/* ---- where the objects are ------------------------------------------------------------------- */

static int least(int a, int b) { return a < b ? a : b; }
static int largest(int a, int b) { return a > b ? a : b; }

static bool overlaps(const rn_scene_object *a, const rn_scene_object *b, double limit) {
    int width = least(a->x2, b->x2) - largest(a->x1, b->x1);
    int height = least(a->y2, b->y2) - largest(a->y1, b->y1);
    int smaller = least((a->x2 - a->x1) * (a->y2 - a->y1), (b->x2 - b->x1) * (b->y2 - b->y1));
    return width > 0 && height > 0 && !(width * height < limit * smaller);
}

/* Looks for a place for object[count] beside the others: the same box at 100 places, then another
 * box. False when the picture is too full. */
static bool place_object(rn_scene_object *object, int count, const rn_scenes *scenes, rn_rng *rng) {
    rn_scene_object *o = &object[count];
    int width = 0, height = 0;
    for (int attempt = 0; attempt < 2000; attempt++) {
        if (attempt % 100 == 0) rn_paint_draw_size(&width, &height, scenes, rng);
        o->x1 = (int)rn_rng_below(rng, (uint32_t)(scenes->side - width) + 1);
        o->y1 = (int)rn_rng_below(rng, (uint32_t)(scenes->side - height) + 1);
        o->x2 = o->x1 + width;
        o->y2 = o->y1 + height;
        bool free = true;
        for (int i = 0; i < count && free; i++) free = !overlaps(o, &object[i], scenes->overlap);
        if (free) return true;
    }
    return false;
}

int rn_scene_objects(rn_scene_object object[RN_SCENES_OBJECTS_MOST], const rn_scenes *scenes,
                     const char *split, size_t index) {
    rn_rng rng = scene_stream(scenes, split, "objects", index);
    int wanted = rn_paint_draw_row(&rng, scenes->objects, RN_SCENES_OBJECTS_MOST + 1), count = 0;
    for (int i = 0; i < wanted; i++) {
        object[count].shape = (rn_shape)rn_rng_below(&rng, (uint32_t)scenes->num_classes);
        if (place_object(object, count, scenes, &rng)) count++;
    }
    return count;
}

/* ---- paint ----------------------------------------------------------------------------------- */

void rn_scene_render(uint8_t *rgb, const rn_scenes *scenes, const char *split, size_t index) {
    rn_canvas canvas = rn_canvas_new(scenes->side, scenes->scale);
    rn_rng rng = scene_stream(scenes, split, "ground", index);
    rn_canvas_paint_background(&canvas, &rng);

    rng = scene_stream(scenes, split, "distractors", index);
    for (int i = rn_paint_draw_count(&rng, scenes->distractors); i > 0; i--)
        rn_paint_distractor(&canvas, scenes, &rng);

    rn_scene_object object[RN_SCENES_OBJECTS_MOST];
    int count = rn_scene_objects(object, scenes, split, index);
    rng = scene_stream(scenes, split, "fills", index);
    for (int i = 0; i < count; i++) {
        const rn_scene_object *o = &object[i];
        rn_figure figure = rn_figure_in_box(o->shape, o->x1, o->y1, o->x2, o->y2);
        rn_paint_figure(&canvas, &figure, scenes, &rng);
    }

    rng = scene_stream(scenes, split, "strokes", index);
    for (int i = rn_paint_draw_count(&rng, scenes->strokes); i > 0; i--)
        rn_paint_stroke(&canvas, scenes, &rng);

    rng = scene_stream(scenes, split, "noise", index);
    double sigma = rn_paint_draw_span(&rng, scenes->noise);
    rn_canvas_finish(rgb, &canvas, sigma, &rng);
    rn_canvas_free(&canvas);
}
