#include "data/canvas.h"
#include "base/real.h"
#include "base/vec.h"

#include <stdlib.h>
#include <string.h>

rn_canvas rn_canvas_new(int side, int scale) {
    size_t pixels = (size_t)(side * scale) * (size_t)(side * scale);
    return (rn_canvas){side, scale, rn_vec_zeros(3 * pixels, sizeof(double))};
}

void rn_canvas_free(rn_canvas *canvas) {
    free(canvas->rgb);
    *canvas = (rn_canvas){0};
}

/* ---- figures --------------------------------------------------------------------------------- */

rn_figure rn_figure_in_box(rn_shape shape, double x1, double y1, double x2, double y2) {
    double half_width = (x2 - x1) / 2.0, half_height = (y2 - y1) / 2.0;
    return (rn_figure){.shape = shape,
                       .x = (x1 + x2) / 2.0,
                       .y = (y1 + y2) / 2.0,
                       .map = {1.0 / half_width, 0.0, 0.0, 1.0 / half_height},
                       .reach_x = half_width,
                       .reach_y = half_height,
                       .cut = {0.0, 0.0, 1.0}};
}

rn_figure rn_figure_stroke(double x, double y, double length, double width, double angle) {
    double c = cos(angle), s = sin(angle), half_length = length / 2.0, half_width = width / 2.0;
    return (rn_figure){.shape = RN_SHAPE_BOX,
                       .x = x,
                       .y = y,
                       .map = {c / half_length, s / half_length, -s / half_width, c / half_width},
                       .reach_x = fabs(c) * half_length + fabs(s) * half_width,
                       .reach_y = fabs(s) * half_length + fabs(c) * half_width,
                       .cut = {0.0, 0.0, 1.0}};
}

/* How much of the paint sticks at (x, y), in [0, 1]. */
static double figure_weight(const rn_figure *f, double x, double y) {
    double dx = x - f->x, dy = y - f->y;
    double u = f->map[0] * dx + f->map[1] * dy, v = f->map[2] * dx + f->map[3] * dy;
    if (!rn_shape_contains(f->shape, u, v)) return 0.0;
    if (!(u * f->cut[0] + v * f->cut[1] < f->cut[2])) return 0.0;
    double rest = 1.0 - u * u - v * v;
    return f->soft ? rest * rest : 1.0;
}

/* Which of its two colours a fill has at (x, y). */
static int fill_colour(const rn_fill *fill, double x, double y) {
    if (fill->texture == RN_TEXTURE_PLAIN) return 0;
    const double *a = fill->along, *b = fill->across;
    bool odd = fmod(floor(x * a[0] + y * a[1] + a[2]), 2.0) != 0.0;
    if (fill->texture == RN_TEXTURE_CHECKER)
        odd ^= fmod(floor(x * b[0] + y * b[1] + b[2]), 2.0) != 0.0;
    return odd;
}

/* The pixels [x1, x2) x [y1, y2) that the figure's bounding box touches. */
typedef struct window {
    int x1, y1, x2, y2;
} window;

static int limited(double value, int most) {
    return value < 0.0 ? 0 : value > most ? most : (int)value;
}

static window figure_window(const rn_canvas *canvas, const rn_figure *f) {
    int most = canvas->side * canvas->scale;
    double scale = canvas->scale;
    return (window){limited(floor((f->x - f->reach_x) * scale), most),
                    limited(floor((f->y - f->reach_y) * scale), most),
                    limited(ceil((f->x + f->reach_x) * scale), most),
                    limited(ceil((f->y + f->reach_y) * scale), most)};
}

static double *canvas_pixel(const rn_canvas *canvas, int x, int y) {
    return canvas->rgb + 3 * ((size_t)y * (size_t)(canvas->side * canvas->scale) + (size_t)x);
}

void rn_canvas_mean(double mean[3], const rn_canvas *canvas, const rn_figure *figure) {
    window w = figure_window(canvas, figure);
    double sum[3] = {0}, count = (double)(w.x2 - w.x1) * (w.y2 - w.y1);
    for (int y = w.y1; y < w.y2; y++)
        for (int x = w.x1; x < w.x2; x++)
            for (int c = 0; c < 3; c++) sum[c] += canvas_pixel(canvas, x, y)[c];
    for (int c = 0; c < 3; c++) mean[c] = count > 0.0 ? sum[c] / count : 0.5;
}

void rn_canvas_paint(rn_canvas *canvas, const rn_figure *figure, const rn_fill *fill) {
    window w = figure_window(canvas, figure);
    double scale = canvas->scale;
    for (int py = w.y1; py < w.y2; py++) {
        for (int px = w.x1; px < w.x2; px++) {
            double share[2] = {0.0, 0.0}; /* of the pixel, a colour */
            for (int point = 0; point < 4; point++) {
                double x = (px + (point % 2 ? .75 : .25)) / scale;
                double y = (py + (point / 2 ? .75 : .25)) / scale;
                double weight = figure_weight(figure, x, y);
                if (weight > 0.0) share[fill_colour(fill, x, y)] += weight / 4.0;
            }
            if (share[0] + share[1] <= 0.0) continue;
            double *pixel = canvas_pixel(canvas, px, py), rest = 1.0 - share[0] - share[1];
            for (int c = 0; c < 3; c++)
                pixel[c] =
                    pixel[c] * rest + fill->colour[0][c] * share[0] + fill->colour[1][c] * share[1];
        }
    }
}

/* ---- background ------------------------------------------------------------------------------ */

/* One layer: random values on a square grid with a node every `spacing` units. */
typedef struct layer {
    double spacing;
    int nodes;     /* a side */
    double *value; /* (nodes, nodes, 3) */
} layer;

static layer layer_new(int side, double spacing, double amplitude, rn_rng *rng) {
    int nodes = (int)ceil(side / spacing) + 1;
    size_t count = 3 * (size_t)nodes * (size_t)nodes;
    layer l = {spacing, nodes, rn_vec_zeros(count, sizeof(double))};
    for (size_t i = 0; i < count; i++) l.value[i] = amplitude * rn_rng_range(rng, -1.0, 1.0);
    return l;
}

/* Adds the layer to one row of pixels; `line` has room for 3 * nodes values. */
static void layer_add(double *row, const layer *l, int pixels, double scale, int y, double *line) {
    double at = (y + .5) / scale / l->spacing, t = at - floor(at);
    const double *above = l->value + 3 * (size_t)at * (size_t)l->nodes,
                 *below = above + 3 * (size_t)l->nodes;
    for (int i = 0; i < 3 * l->nodes; i++) line[i] = above[i] + t * (below[i] - above[i]);
    for (int x = 0; x < pixels; x++) {
        double place = (x + .5) / scale / l->spacing;
        const double *left = line + 3 * (size_t)place;
        double s = place - floor(place);
        for (int c = 0; c < 3; c++) row[3 * x + c] += left[c] + s * (left[c + 3] - left[c]);
    }
}

void rn_canvas_paint_background(rn_canvas *canvas, rn_rng *rng) {
    static const struct {
        double spacing, amplitude;
    } octave[] = {{256 / 3.0, .25}, {256 / 8.0, .18}, {256 / 20.0, .12}, {256 / 40.0, .08}};
    int pixels = canvas->side * canvas->scale;
    double base[3];
    for (int c = 0; c < 3; c++) base[c] = rn_rng_range(rng, .25, .75);
    for (int y = 0; y < pixels; y++)
        for (int x = 0; x < pixels; x++) memcpy(canvas_pixel(canvas, x, y), base, sizeof base);
    for (size_t i = 0; i < RN_COUNT(octave); i++) {
        double amplitude = octave[i].amplitude * rn_rng_range(rng, .3, 1.0);
        layer l = layer_new(canvas->side, octave[i].spacing, amplitude, rng);
        double *line = rn_vec_zeros(3 * (size_t)l.nodes, sizeof *line);
        for (int y = 0; y < pixels; y++)
            layer_add(canvas_pixel(canvas, 0, y), &l, pixels, canvas->scale, y, line);
        free(line);
        free(l.value);
    }
}

/* ---- to bytes -------------------------------------------------------------------------------- */

void rn_canvas_finish(uint8_t *rgb, const rn_canvas *canvas, double sigma, rn_rng *rng) {
    size_t pixels = (size_t)canvas->side * (size_t)canvas->scale, count = 3 * pixels * pixels;
    double step = sigma / sqrt(4.0 * (256.0 * 256.0 - 1.0) / 12.0); /* variance of four bytes */
    for (size_t i = 0; i < count; i++) {
        uint32_t bits = rn_rng_u32(rng);
        int sum = (int)((bits & 255) + (bits >> 8 & 255) + (bits >> 16 & 255) + (bits >> 24));
        double value = (canvas->rgb[i] + step * (sum - 510)) * 255.0 + .5;
        rgb[i] = (uint8_t)limited(value, 255);
    }
}
