#include "data/canvas.h"
#include "base/real.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 64 };
static const rn_fill white = {RN_TEXTURE_PLAIN, {{1, 1, 1}, {0, 0, 0}}, {0}, {0}};

static double value(const rn_canvas *c, int x, int y) {
    return c->rgb[3 * (size_t)(y * c->side * c->scale + x)];
}

/* Painted area in square units on black ground. */
static double painted(const rn_figure *figure, const rn_fill *fill, int scale) {
    rn_canvas canvas = rn_canvas_new(SIDE, scale);
    rn_canvas_paint(&canvas, figure, fill);
    double sum = 0;
    for (int i = 0; i < SIDE * scale * SIDE * scale; i++) sum += canvas.rgb[3 * i];
    rn_canvas_free(&canvas);
    return sum / (scale * scale);
}

Test(canvas, a_box_on_whole_pixels_covers_exactly_them) {
    rn_canvas canvas = rn_canvas_new(SIDE, 1);
    rn_figure box = rn_figure_in_box(RN_SHAPE_BOX, 10, 20, 13, 22);
    rn_canvas_paint(&canvas, &box, &white);
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++)
            cr_assert(value(&canvas, x, y) == (x >= 10 && x < 13 && y >= 20 && y < 22));
    rn_canvas_free(&canvas);
}

/* Coverage comes from 2 x 2 points: quarters. */
Test(canvas, edges_between_pixels_cover_them_in_part) {
    rn_canvas canvas = rn_canvas_new(SIDE, 1);
    rn_figure box = rn_figure_in_box(RN_SHAPE_BOX, 10.5, 20.5, 12, 22);
    rn_canvas_paint(&canvas, &box, &white);
    cr_expect(value(&canvas, 10, 20) == .25 && value(&canvas, 11, 20) == .5);
    cr_expect(value(&canvas, 10, 21) == .5 && value(&canvas, 11, 21) == 1);
    rn_canvas_free(&canvas);
}

Test(canvas, paint_covers_the_area_of_the_figure) {
    const double pi = 3.14159265358979;
    rn_figure disk = rn_figure_in_box(RN_SHAPE_DISK, 8, 8, 56, 40), half = disk, soft = disk;
    rn_figure stroke = rn_figure_stroke(32, 32, 40, 3, .7);
    half.cut[0] = .6, half.cut[1] = .8, half.cut[2] = 0;
    soft.soft = true;
    const double whole = pi * 24 * 16;
    const struct {
        const char *what;
        const rn_figure *figure;
        double want;
    } rows[] = {{"disk", &disk, whole},
                {"half of it", &half, whole / 2},
                {"soft disk", &soft, whole / 3}, /* the integral of (1 - r^2)^2 */
                {"stroke", &stroke, 120}};
    for (size_t i = 0; i < RN_COUNT(rows); i++)
        for (int scale = 1; scale <= 3; scale += 2) {
            double got = painted(rows[i].figure, &white, scale);
            cr_expect(fabs(got - rows[i].want) <= .02 * rows[i].want, "%s at %d: %g, want %g",
                      rows[i].what, scale, got, rows[i].want);
        }
}

Test(canvas, a_cut_keeps_the_side_below_its_limit) {
    rn_canvas canvas = rn_canvas_new(SIDE, 1);
    rn_figure box = rn_figure_in_box(RN_SHAPE_BOX, 0, 0, 64, 64);
    box.cut[0] = 1, box.cut[2] = -.5; /* u < -.5: the left quarter */
    rn_canvas_paint(&canvas, &box, &white);
    cr_expect(value(&canvas, 15, 30) == 1 && value(&canvas, 16, 30) == 0);
    rn_canvas_free(&canvas);
}

Test(canvas, what_lies_outside_is_cut_off) {
    const double boxes[][4] = {
        {-30, -30, -10, -10}, {70, 10, 90, 30}, {1e12, 0, 2e12, 9}, {-1e12, 0, -9e11, 9}};
    for (size_t i = 0; i < RN_COUNT(boxes); i++) {
        const double *b = boxes[i];
        rn_figure box = rn_figure_in_box(RN_SHAPE_BOX, b[0], b[1], b[2], b[3]);
        double mean[3];
        rn_canvas canvas = rn_canvas_new(SIDE, 1);
        cr_expect(painted(&box, &white, 1) == 0, "box %zu", i);
        rn_canvas_mean(mean, &canvas, &box);
        cr_expect(mean[0] == .5 && mean[2] == .5, "box %zu", i);
        rn_canvas_free(&canvas);
    }
    rn_figure corner = rn_figure_in_box(RN_SHAPE_BOX, -10, -10, 5, 3);
    cr_expect(painted(&corner, &white, 1) == 15);
}

Test(canvas, stripes_and_checkers_share_their_area_between_two_colours) {
    rn_figure box = rn_figure_in_box(RN_SHAPE_BOX, 0, 0, 64, 64);
    for (int texture = RN_TEXTURE_STRIPES; texture <= (int)RN_TEXTURE_CHECKER; texture++) {
        rn_fill fill = white;
        fill.texture = (rn_texture)texture;
        fill.along[0] = .25, fill.across[1] = .25; /* fields of 4 units */
        cr_expect(painted(&box, &fill, 2) == 64 * 32);
        rn_canvas canvas = rn_canvas_new(SIDE, 1);
        rn_canvas_paint(&canvas, &box, &fill);
        bool checker = texture == RN_TEXTURE_CHECKER;
        for (int y = 0; y < SIDE; y++)
            for (int x = 0; x < SIDE; x++)
                cr_assert(value(&canvas, x, y) == ((x / 4 + (checker ? y / 4 : 0)) % 2 == 0));
        rn_canvas_free(&canvas);
    }
}

Test(canvas, mean_is_that_of_the_bounding_box) {
    rn_canvas canvas = rn_canvas_new(SIDE, 2);
    rn_figure left = rn_figure_in_box(RN_SHAPE_BOX, 0, 0, 32, 64);
    rn_figure middle = rn_figure_in_box(RN_SHAPE_PLUS, 24, 10, 40, 30);
    double mean[3];
    rn_canvas_paint(&canvas, &left, &white);
    rn_canvas_mean(mean, &canvas, &middle);
    for (int c = 0; c < 3; c++) cr_expect(fabs(mean[c] - .5) <= 1e-12, "%g", mean[c]);
    rn_canvas_free(&canvas);
}

/* Amplitudes add up to .63, all channels start within [.25, .75]. */
Test(canvas, ground_is_noise_around_a_colour) {
    rn_canvas canvas = rn_canvas_new(SIDE, 1);
    rn_rng rng = rn_rng_stream(1, "canvas", 0);
    rn_canvas_paint_background(&canvas, &rng);
    double least = 9, most = -9, step = 0;
    for (int i = 0; i < 3 * SIDE * SIDE; i++) {
        least = fmin(least, canvas.rgb[i]), most = fmax(most, canvas.rgb[i]);
        if (i % (3 * SIDE) >= 3) step = fmax(step, fabs(canvas.rgb[i] - canvas.rgb[i - 3]));
    }
    cr_expect(least > .25 - .63 && most < .75 + .63 && most - least > .2, "%g %g", least, most);
    cr_expect(step > 0 && step < .08, "it is continuous: steps up to %g", step);
    rn_canvas_free(&canvas);
}

Test(canvas, bytes_are_rounded_and_cut_off) {
    rn_canvas canvas = rn_canvas_new(2, 1);
    const double in[4] = {-3, 127.4 / 255, 127.6 / 255, 3};
    const uint8_t want[4] = {0, 127, 128, 255};
    uint8_t bytes[12];
    rn_rng rng = rn_rng_stream(1, "canvas", 0);
    for (int i = 0; i < 12; i++) canvas.rgb[i] = in[i / 3];
    rn_canvas_finish(bytes, &canvas, 0, &rng);
    for (int i = 0; i < 12; i++) cr_expect(bytes[i] == want[i / 3], "%d: %d", i, bytes[i]);
    rn_canvas_free(&canvas);
}
