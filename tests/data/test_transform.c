#include "data/transform.h"
#include "base/rng.h"
#include "base/vec.h"
#include "golden/transform.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* The transformed picture in a slot of its own size plus some padding; the caller frees. */
static rn_float *apply(const rn_image *image, const rn_transform *t, int more_h, int more_w) {
    size_t count = 3 * (size_t)(t->height + more_h) * (size_t)(t->width + more_w);
    rn_float *slot = rn_vec_zeros(count, sizeof *slot);
    for (size_t i = 0; i < count; i++) slot[i] = (rn_float)NAN;
    rn_transform_apply(slot, t->height + more_h, t->width + more_w, image, t);
    return slot;
}

static rn_image random_image(rn_rng *rng, int height, int width) {
    rn_image image = rn_image_new(width, height);
    for (int i = 0; i < 3 * width * height; i++) image.rgb[i] = (uint8_t)rn_rng_below(rng, 256);
    return image;
}

/* Largest difference; infinite for NaN. */
static double distance(const rn_float *got, const rn_float *want, size_t count) {
    double most = 0;
    for (size_t i = 0; i < count; i++) {
        double d = fabs((double)(got[i] - want[i]));
        if (!(d <= most)) most = d;
        if (!isfinite(d)) return INFINITY;
    }
    return most;
}

static rn_transform case_transform(const struct transform_case *c) {
    rn_transform t = rn_transform_resize(c->h, c->w, c->size, c->most);
    t.flip = c->flip != 0;
    t.brightness = c->brightness, t.contrast = c->contrast, t.saturation = c->saturation;
    return t;
}

Test(transform, makes_the_pictures_of_torchvision) {
    for (size_t i = 0; i < RN_COUNT(transform_cases); i++) {
        const struct transform_case *c = &transform_cases[i];
        rn_transform t = case_transform(c);
        rn_image image = rn_image_new(c->w, c->h);
        memcpy(image.rgb, transform_source + c->source, 3 * (size_t)(c->w * c->h));
        cr_assert(t.height == c->out_h && t.width == c->out_w, "case %zu: %d x %d", i, t.height,
                  t.width);
        size_t count = 3 * (size_t)t.height * (size_t)t.width;
        rn_float *got = apply(&image, &t, 0, 0), *want = rn_vec_zeros(count, sizeof *want);
        for (size_t k = 0; k < count; k++)
            want[k] = (rn_float)transform_result[(size_t)c->result + k];
        double d = distance(got, want, count);
        cr_expect(d <= 3e-6, "case %zu: off by %g", i, d);
        free(got);
        free(want);
        rn_image_free(&image);
    }
}

Test(transform, moves_boxes_as_torchvision) {
    for (size_t i = 0; i < RN_COUNT(transform_cases); i++) {
        const struct transform_case *c = &transform_cases[i];
        const float *b = transform_box;
        const double *want = c->box;
        rn_transform t = case_transform(c);
        rn_box box = rn_transform_box(&t, (rn_box){b[0], b[1], b[2], b[3]});
        double off = fmax(fmax(fabs(box.x1 - want[0]), fabs(box.y1 - want[1])),
                          fmax(fabs(box.x2 - want[2]), fabs(box.y2 - want[3])));
        cr_expect(off <= 2e-6, "case %zu: off by %g", i, off);
        rn_box back = rn_transform_box_back(&t, box);
        off = fmax(fmax(fabs(back.x1 - b[0]), fabs(back.y1 - b[1])),
                   fmax(fabs(back.x2 - b[2]), fabs(back.y2 - b[3])));
        cr_expect(off <= 2e-6, "case %zu: back is off by %g", i, off);
    }
}

Test(transform, chooses_the_sizes_of_torchvision) {
    for (size_t i = 0; i < RN_COUNT(transform_sizes); i += 6) {
        const int *row = transform_sizes + i;
        rn_transform t = rn_transform_resize(row[0], row[1], row[2], row[3]);
        cr_expect(t.height == row[4] && t.width == row[5],
                  "%d x %d at %d, %d: %d x %d, want %d x %d", row[0], row[1], row[2], row[3],
                  t.height, t.width, row[4], row[5]);
    }
}

/* torchvision shrinks some of these by a pixel. */
Test(transform, leaves_a_picture_alone_that_has_the_size) {
    for (int side = 1; side <= 3000; side++) {
        rn_transform t = rn_transform_resize(side, 2 * side, side, 2 * side);
        cr_assert(t.height == side && t.width == 2 * side, "%d: %d x %d", side, t.height, t.width);
    }
    rn_transform thin = rn_transform_resize(3, 5000, 800, 1333);
    cr_expect(thin.height == 1 && thin.width == 1332, "%d x %d", thin.height, thin.width);
}

/* Straight from the definition, in double precision. */
static double twin(const rn_image *image, const rn_transform *t, int y, int x, int c) {
    double sum = 0, in_y = fmax((y + .5) * image->height / t->height - .5, 0);
    if (t->flip) x = t->width - 1 - x;
    double in_x = fmax((x + .5) * image->width / t->width - .5, 0);
    for (int v = 0; v < image->height; v++)
        for (int u = 0; u < image->width; u++) {
            double near_y = v == image->height - 1 && in_y > v ? 1 : fmax(0, 1 - fabs(in_y - v));
            double near_x = u == image->width - 1 && in_x > u ? 1 : fmax(0, 1 - fabs(in_x - u));
            sum += near_y * near_x * image->rgb[3 * (v * image->width + u) + c] / 255.0;
        }
    return (sum - rn_transform_mean[c]) / rn_transform_std[c];
}

Test(transform, agrees_with_its_slow_twin) {
    rn_rng rng = rn_rng_stream(1, "transform", 0);
    for (int round = 0; round < 60; round++) {
        int h = 1 + (int)rn_rng_below(&rng, 12), w = 1 + (int)rn_rng_below(&rng, 12);
        rn_image image = random_image(&rng, h, w);
        int to_h = 1 + (int)rn_rng_below(&rng, 25), to_w = 1 + (int)rn_rng_below(&rng, 25);
        if (round % 5 == 0) to_h = h, to_w = w; /* which takes a path of its own */
        rn_transform t = {h, w, to_h, to_w, round % 2, 1, 1, 1};
        rn_float *got = apply(&image, &t, 0, 0), *at = got;
        for (int y = 0; y < t.height; y++)
            for (int x = 0; x < t.width; x++)
                for (int c = 0; c < 3; c++, at++) {
                    double want = twin(&image, &t, y, x, c);
                    cr_assert(fabs((double)*at - want) <= 3e-6, "%d x %d to %d x %d at %d %d %d", h,
                              w, t.height, t.width, y, x, c);
                }
        free(got);
        rn_image_free(&image);
    }
}

Test(transform, flips_to_the_exact_mirror_image) {
    rn_rng rng = rn_rng_stream(2, "transform", 0);
    rn_image image = random_image(&rng, 11, 17);
    rn_transform t = rn_transform_resize(11, 17, 23, 100), mirrored = t;
    mirrored.flip = true;
    rn_float *plain = apply(&image, &t, 0, 0), *flipped = apply(&image, &mirrored, 0, 0);
    for (int y = 0; y < t.height; y++)
        for (int x = 0; x < t.width; x++)
            cr_assert(memcmp(plain + 3 * (y * t.width + x),
                             flipped + 3 * (y * t.width + t.width - 1 - x), 3 * sizeof *plain) == 0,
                      "at %d %d", y, x);
    free(plain);
    free(flipped);
    rn_image_free(&image);
}

Test(transform, pads_with_zeros_right_and_below) {
    rn_rng rng = rn_rng_stream(3, "transform", 0);
    rn_image image = random_image(&rng, 6, 9);
    rn_transform t = rn_transform_resize(6, 9, 8, 100);
    rn_float *tight = apply(&image, &t, 0, 0), *padded = apply(&image, &t, 3, 5), *at = padded;
    for (int y = 0; y < t.height + 3; y++)
        for (int i = 0; i < 3 * (t.width + 5); i++, at++) {
            bool inside = y < t.height && i < 3 * t.width;
            cr_assert(*at == (inside ? tight[y * 3 * t.width + i] : 0), "row %d, value %d", y, i);
        }
    free(tight);
    free(padded);
    rn_image_free(&image);
}

static double byte_of(const rn_float *pixel, int c) {
    return 255 * ((double)pixel[c] * rn_transform_std[c] + rn_transform_mean[c]);
}

Test(transform, colour_factors_of_zero_leave_black_or_grey) {
    rn_rng rng = rn_rng_stream(4, "transform", 0);
    rn_image image = random_image(&rng, 8, 8);
    rn_transform black = rn_transform_resize(8, 8, 8, 8), even = black, grey = black;
    black.brightness = even.contrast = grey.saturation = 0;
    rn_float *b = apply(&image, &black, 0, 0), *e = apply(&image, &even, 0, 0);
    rn_float *g = apply(&image, &grey, 0, 0);
    for (int i = 0; i < 64; i++) {
        for (int c = 0; c < 3; c++) {
            cr_assert(fabs(byte_of(b + 3 * i, c)) <= 1e-4);
            cr_assert(fabs(byte_of(e + 3 * i, c) - byte_of(e, 0)) <= 1e-4);
            cr_assert(fabs(byte_of(g + 3 * i, c) - byte_of(g + 3 * i, 0)) <= 1e-4);
        }
    }
    cr_assert(fabs(byte_of(g, 0) - byte_of(g + 3, 0)) > 1e-3, "grey, but not even");
    free(b), free(e), free(g);
    rn_image_free(&image);
}
