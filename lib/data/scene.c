/* A picture is painted from back to front: ground, distractors, objects, strokes, noise. Each layer
 * draws from a stream of its own, "scenes/SPLIT/LAYER" at the picture's index. */
#include "data/scene.h"
#include "base/check.h"
#include "base/real.h"
#include "data/canvas.h"

#include <stdio.h>
#include <string.h>

static const double pi = 3.14159265358979323846;

static rn_rng scene_stream(const rn_scenes *scenes, const char *split, const char *layer,
                           size_t index) {
    char name[64];
    int n = snprintf(name, sizeof name, "scenes/%s/%s", split, layer);
    RN_CHECK(n > 0 && (size_t)n < sizeof name, "split %s", split);
    return rn_rng_stream(scenes->seed, name, index);
}

static double draw_span(rn_rng *rng, rn_span span) {
    return rn_rng_range(rng, span.low, span.high);
}

/* A whole number from low to high, both included. */
static int draw_count(rn_rng *rng, rn_span span) {
    return (int)span.low + (int)rn_rng_below(rng, (uint32_t)(span.high - span.low) + 1);
}

/* The row of a table of probabilities that a uniform number falls into; never one of probability 0,
 * even where rounding leaves their sum below 1. */
static int draw_row(rn_rng *rng, const double *probability, int rows) {
    double rest = rn_rng_uniform(rng);
    int last = 0;
    for (int i = 0; i < rows; i++) {
        if (!(probability[i] > 0.0)) continue;
        if (rest < probability[i]) return i;
        rest -= probability[i];
        last = i;
    }
    return last;
}

/* ---- where the objects are ------------------------------------------------------------------- */

static void draw_size(int *width, int *height, const rn_scenes *scenes, rn_rng *rng) {
    rn_span logs = {log(scenes->size.low), log(scenes->size.high)};
    double size = exp(draw_span(rng, logs));
    double stretch = exp(rn_rng_range(rng, -scenes->aspect, scenes->aspect) / 2.0);
    *width = (int)lround(size * stretch);
    *height = (int)lround(size / stretch);
}

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
        if (attempt % 100 == 0) draw_size(&width, &height, scenes, rng);
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
    int wanted = draw_row(&rng, scenes->objects, RN_SCENES_OBJECTS_MOST + 1), count = 0;
    for (int i = 0; i < wanted; i++) {
        object[count].shape = (rn_shape)rn_rng_below(&rng, (uint32_t)scenes->num_classes);
        if (place_object(object, count, scenes, &rng)) count++;
    }
    return count;
}

/* ---- paint ----------------------------------------------------------------------------------- */

static double clamped(double value) { return value < 0.0 ? 0.0 : value > 1.0 ? 1.0 : value; }

/* A vector of random direction and of the given length. */
static void draw_vector(double vector[3], double length, rn_rng *rng) {
    double square = 0.0;
    for (int c = 0; c < 3; c++) {
        vector[c] = rn_rng_normal(rng);
        square += vector[c] * vector[c];
    }
    for (int c = 0; c < 3; c++) vector[c] *= length / sqrt(square > 0.0 ? square : 1.0);
}

/* colour = mean + a random vector as long as the set's contrast. Directions out of the colour cube
 * are drawn anew: cut off, they could leave an object that nobody sees. */
static void draw_colour(double colour[3], const double mean[3], rn_span contrast, rn_rng *rng) {
    double length = draw_span(rng, contrast), vector[3];
    bool inside = false;
    for (int attempt = 0; attempt < 64 && !inside; attempt++) {
        draw_vector(vector, length, rng);
        inside = true;
        for (int c = 0; c < 3; c++) {
            double value = clamped(mean[c]) + vector[c];
            colour[c] = clamped(value);
            inside = inside && colour[c] == value;
        }
    }
}

static rn_fill draw_fill(const double mean[3], const rn_scenes *scenes, rn_rng *rng) {
    static const double share[] = {.25, .5, .25}; /* plain, stripes, checker */
    rn_fill fill = {.texture = (rn_texture)draw_row(rng, share, RN_COUNT(share))};
    draw_colour(fill.colour[0], mean, scenes->contrast, rng);
    for (int c = 0; c < 3; c++)
        fill.colour[1][c] = clamped(fill.colour[0][c] + .12 * rn_rng_normal(rng));
    double field = rn_rng_range(rng, 4.0, 9.0) / 2.0, angle = rn_rng_range(rng, 0.0, pi);
    double c = cos(angle) / field, s = sin(angle) / field;
    double along[3] = {c, s, rn_rng_range(rng, 0.0, 2.0)};
    double across[3] = {-s, c, rn_rng_range(rng, 0.0, 2.0)};
    memcpy(fill.along, along, sizeof along);
    memcpy(fill.across, across, sizeof across);
    return fill;
}

static void paint_figure(rn_canvas *canvas, const rn_figure *figure, const rn_scenes *scenes,
                         rn_rng *rng) {
    double mean[3];
    rn_canvas_mean(mean, canvas, figure);
    rn_fill fill = draw_fill(mean, scenes, rng);
    rn_canvas_paint(canvas, figure, &fill);
}

static void paint_stroke(rn_canvas *canvas, const rn_scenes *scenes, rn_rng *rng) {
    double x = rn_rng_range(rng, 0.0, scenes->side), y = rn_rng_range(rng, 0.0, scenes->side);
    double length = rn_rng_range(rng, 15.0, 70.0), width = rn_rng_range(rng, 1.0, 3.0), mean[3];
    rn_figure figure = rn_figure_stroke(x, y, length, width, rn_rng_range(rng, 0.0, pi));
    rn_canvas_mean(mean, canvas, &figure);
    rn_fill fill = {.texture = RN_TEXTURE_PLAIN};
    draw_colour(fill.colour[0], mean, scenes->contrast, rng);
    rn_canvas_paint(canvas, &figure, &fill);
}

typedef enum distractor {
    DISTRACTOR_CUT,   /* a class, of which a half-plane is kept */
    DISTRACTOR_WRONG, /* a shape that is no class */
    DISTRACTOR_SOFT,  /* a blot */
    DISTRACTOR_STROKE,
    DISTRACTORS
} distractor;

/* Would a cut with this normal leave a smaller box of a box, a smaller triangle of a triangle? It
 * does when it is parallel to a side; 20 degrees are kept from that. The sides of the triangle have
 * the normals (0, 1) and (+-2, -1) / sqrt(5). */
static bool leaves_the_shape(rn_shape shape, const double normal[2]) {
    const double limit = cos(pi / 9.0), c = fabs(normal[0]), s = normal[1];
    switch (shape) {
    case RN_SHAPE_BOX: return fmax(c, fabs(s)) > limit;
    case RN_SHAPE_TRIANGLE: return fmax(s, (2.0 * c - s) / sqrt(5.0)) > limit;
    case RN_SHAPE_WEDGE: return fmax(-s, (2.0 * c + s) / sqrt(5.0)) > limit;
    default: return false;
    }
}

static void draw_cut(double cut[3], rn_shape shape, rn_rng *rng) {
    do {
        double angle = rn_rng_range(rng, 0.0, 2.0 * pi);
        cut[0] = cos(angle);
        cut[1] = sin(angle);
    } while (leaves_the_shape(shape, cut));
    cut[2] = rn_rng_range(rng, -.25, .15);
}

static void paint_distractor(rn_canvas *canvas, const rn_scenes *scenes, rn_rng *rng) {
    static const double share[DISTRACTORS] = {.40, .35, .13, .12};
    distractor kind = (distractor)draw_row(rng, share, DISTRACTORS);
    if (kind == DISTRACTOR_STROKE) {
        paint_stroke(canvas, scenes, rng);
        return;
    }
    int width, height, classes = scenes->num_classes;
    draw_size(&width, &height, scenes, rng);
    double x = rn_rng_range(rng, 0.0, scenes->side) - width / 2.0;
    double y = rn_rng_range(rng, 0.0, scenes->side) - height / 2.0;
    rn_figure figure = rn_figure_in_box(RN_SHAPE_DISK, x, y, x + width, y + height);
    figure.soft = kind == DISTRACTOR_SOFT;
    if (kind == DISTRACTOR_CUT) {
        figure.shape = (rn_shape)rn_rng_below(rng, (uint32_t)classes);
        draw_cut(figure.cut, figure.shape, rng);
    } else if (kind == DISTRACTOR_WRONG) {
        figure.shape =
            (rn_shape)(classes + (int)rn_rng_below(rng, (uint32_t)(RN_SHAPES - classes)));
    }
    paint_figure(canvas, &figure, scenes, rng);
}

void rn_scene_render(uint8_t *rgb, const rn_scenes *scenes, const char *split, size_t index) {
    rn_canvas canvas = rn_canvas_new(scenes->side, scenes->scale);
    rn_rng rng = scene_stream(scenes, split, "ground", index);
    rn_canvas_paint_background(&canvas, &rng);

    rng = scene_stream(scenes, split, "distractors", index);
    for (int i = draw_count(&rng, scenes->distractors); i > 0; i--)
        paint_distractor(&canvas, scenes, &rng);

    rn_scene_object object[RN_SCENES_OBJECTS_MOST];
    int count = rn_scene_objects(object, scenes, split, index);
    rng = scene_stream(scenes, split, "fills", index);
    for (int i = 0; i < count; i++) {
        const rn_scene_object *o = &object[i];
        rn_figure figure = rn_figure_in_box(o->shape, o->x1, o->y1, o->x2, o->y2);
        paint_figure(&canvas, &figure, scenes, &rng);
    }

    rng = scene_stream(scenes, split, "strokes", index);
    for (int i = draw_count(&rng, scenes->strokes); i > 0; i--) paint_stroke(&canvas, scenes, &rng);

    rng = scene_stream(scenes, split, "noise", index);
    double sigma = draw_span(&rng, scenes->noise);
    rn_canvas_finish(rgb, &canvas, sigma, &rng);
    rn_canvas_free(&canvas);
}
