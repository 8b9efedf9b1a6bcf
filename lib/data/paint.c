/* A figure's colours are drawn relative to what lies below it. */
#include "data/paint.h"
#include "base/real.h"

#include <string.h>

static const double pi = 3.14159265358979323846;

double rn_paint_draw_span(rn_rng *rng, rn_span span) {
    return rn_rng_range(rng, span.low, span.high);
}

int rn_paint_draw_count(rn_rng *rng, rn_span span) {
    return (int)span.low + (int)rn_rng_below(rng, (uint32_t)(span.high - span.low) + 1);
}

int rn_paint_draw_row(rn_rng *rng, const double *probability, int rows) {
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

void rn_paint_draw_size(int *width, int *height, const rn_scenes *scenes, rn_rng *rng) {
    rn_span logs = {log(scenes->size.low), log(scenes->size.high)};
    double size = exp(rn_paint_draw_span(rng, logs));
    double stretch = exp(rn_rng_range(rng, -scenes->aspect, scenes->aspect) / 2.0);
    *width = (int)lround(size * stretch);
    *height = (int)lround(size / stretch);
}

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
    double length = rn_paint_draw_span(rng, contrast), vector[3];
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
    rn_fill fill = {.texture = (rn_texture)rn_paint_draw_row(rng, share, RN_COUNT(share))};
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

void rn_paint_figure(rn_canvas *canvas, const rn_figure *figure, const rn_scenes *scenes,
                     rn_rng *rng) {
    double mean[3];
    rn_canvas_mean(mean, canvas, figure);
    rn_fill fill = draw_fill(mean, scenes, rng);
    rn_canvas_paint(canvas, figure, &fill);
}

void rn_paint_stroke_at(rn_canvas *canvas, double x, double y, const rn_scenes *scenes,
                        rn_rng *rng) {
    double length = rn_rng_range(rng, 15.0, 70.0), width = rn_rng_range(rng, 1.0, 3.0), mean[3];
    rn_figure figure = rn_figure_stroke(x, y, length, width, rn_rng_range(rng, 0.0, pi));
    rn_canvas_mean(mean, canvas, &figure);
    rn_fill fill = {.texture = RN_TEXTURE_PLAIN};
    draw_colour(fill.colour[0], mean, scenes->contrast, rng);
    rn_canvas_paint(canvas, &figure, &fill);
}

void rn_paint_stroke(rn_canvas *canvas, const rn_scenes *scenes, rn_rng *rng) {
    double x = rn_rng_range(rng, 0.0, scenes->side), y = rn_rng_range(rng, 0.0, scenes->side);
    rn_paint_stroke_at(canvas, x, y, scenes, rng);
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

void rn_paint_draw_cut(double cut[3], rn_shape shape, rn_rng *rng) {
    do {
        double angle = rn_rng_range(rng, 0.0, 2.0 * pi);
        cut[0] = cos(angle);
        cut[1] = sin(angle);
    } while (leaves_the_shape(shape, cut));
    cut[2] = rn_rng_range(rng, -.25, .15);
}

void rn_paint_distractor(rn_canvas *canvas, const rn_scenes *scenes, rn_rng *rng) {
    static const double share[DISTRACTORS] = {.40, .35, .13, .12};
    distractor kind = (distractor)rn_paint_draw_row(rng, share, DISTRACTORS);
    if (kind == DISTRACTOR_STROKE) {
        rn_paint_stroke(canvas, scenes, rng);
        return;
    }
    int width, height, classes = scenes->num_classes;
    rn_paint_draw_size(&width, &height, scenes, rng);
    double x = rn_rng_range(rng, 0.0, scenes->side) - width / 2.0;
    double y = rn_rng_range(rng, 0.0, scenes->side) - height / 2.0;
    rn_figure figure = rn_figure_in_box(RN_SHAPE_DISK, x, y, x + width, y + height);
    figure.soft = kind == DISTRACTOR_SOFT;
    if (kind == DISTRACTOR_CUT) {
        figure.shape = (rn_shape)rn_rng_below(rng, (uint32_t)classes);
        rn_paint_draw_cut(figure.cut, figure.shape, rng);
    } else if (kind == DISTRACTOR_WRONG) {
        figure.shape =
            (rn_shape)(classes + (int)rn_rng_below(rng, (uint32_t)(RN_SHAPES - classes)));
    }
    rn_paint_figure(canvas, &figure, scenes, rng);
}
