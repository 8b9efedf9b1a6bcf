#include "data/scene.h"
#include "base/parallel.h"
#include "base/real.h"
#include "support/scenes.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static void no_cache(void) { setenv("RN_CACHE", "off", 1); }
TestSuite(scene, .init = no_cache);

/* ---- shapes ---------------------------------------------------------------------------------- */

/* Every shape touches all four sides of [-1, 1] x [-1, 1] and does not leave it. */
Test(scene, shapes_fill_their_square) {
    const double step = 1.0 / 512;
    for (int shape = 0; shape < RN_SHAPES; shape++) {
        double least_u = 2, most_u = -2, least_v = 2, most_v = -2;
        for (double v = -1.25 + step / 2; v < 1.25; v += step)
            for (double u = -1.25 + step / 2; u < 1.25; u += step)
                if (rn_shape_contains((rn_shape)shape, u, v)) {
                    least_u = fmin(least_u, u), most_u = fmax(most_u, u);
                    least_v = fmin(least_v, v), most_v = fmax(most_v, v);
                }
        double off = fmax(fmax(fabs(least_u + 1), fabs(most_u - 1)),
                          fmax(fabs(least_v + 1), fabs(most_v - 1)));
        cr_expect(off <= 2 * step, "%s: %g", rn_shape_name((rn_shape)shape), off);
        cr_expect(least_u > -1 && most_u < 1 && least_v > -1 && most_v < 1);
    }
}

/* Areas of the classes, over that of the square. */
Test(scene, shapes_cover_what_geometry_says) {
    const double want[] = {[RN_SHAPE_DISK] = 3.14159265 / 4, [RN_SHAPE_BOX] = 1,
                           [RN_SHAPE_TRIANGLE] = .5,         [RN_SHAPE_PLUS] = 1 - .64 * .64,
                           [RN_SHAPE_DIAMOND] = .5,          [RN_SHAPE_WEDGE] = .5,
                           [RN_SHAPE_CROSS] = 1 - .6 * .6,   [RN_SHAPE_FRAME] = 1 - .56 * .56,
                           [RN_SHAPE_CORNER] = 1 - .68 * .68};
    enum { POINTS = 500 };
    for (size_t shape = 0; shape < RN_COUNT(want); shape++) {
        int count = 0;
        for (int i = 0; i < POINTS * POINTS; i++)
            count += rn_shape_contains((rn_shape)shape, (2 * (i % POINTS) + 1.0) / POINTS - 1,
                                       (2 * (i / POINTS) + 1.0) / POINTS - 1);
        double share = (double)count / (POINTS * POINTS);
        cr_expect(fabs(share - want[shape]) <= .005, "%s: %g, want %g",
                  rn_shape_name((rn_shape)shape), share, want[shape]);
    }
}

/* ---- boxes ----------------------------------------------------------------------------------- */

/* The bounding box of the pixels in which two pictures differ. */
static rn_scene_object difference(const rn_image *a, const rn_image *b) {
    rn_scene_object d = {.x1 = a->width, .y1 = a->height};
    for (int y = 0; y < a->height; y++)
        for (int x = 0; x < a->width; x++) {
            size_t at = 3 * (size_t)(y * a->width + x);
            if (memcmp(a->rgb + at, b->rgb + at, 3) == 0) continue;
            if (x < d.x1) d.x1 = x;
            if (y < d.y1) d.y1 = y;
            if (x >= d.x2) d.x2 = x + 1;
            if (y >= d.y2) d.y2 = y + 1;
        }
    return d;
}

/* With its object or without, a picture has the same ground; what differs is the object. The apex
 * of a narrow triangle may fall between the points at which coverage is looked at. */
Test(scene, boxes_are_tight_around_what_is_painted) {
    rn_scenes with = scenes_bare(rn_scenes_default()), without;
    with.num_classes = RN_SCENES_CLASSES_MOST;
    with.train = 250;
    without = with;
    scenes_only(&with, 1), scenes_only(&without, 0);
    rn_dataset full = scenes_open(&with, NULL), empty = scenes_open(&without, NULL);
    cr_assert(full.num_objects == 250 && empty.num_objects == 0);
    int seen[RN_SHAPES] = {0};
    for (size_t i = 0; i < 250; i++) {
        rn_image a = scenes_picture(&full, i), b = scenes_picture(&empty, i);
        const rn_object *o = &full.object[i];
        rn_scene_object d = difference(&a, &b);
        int apex = o->label == RN_SHAPE_TRIANGLE, foot = o->label == RN_SHAPE_WEDGE;
        cr_expect(d.x1 == o->x1 && d.x2 == o->x2 && d.y1 >= o->y1 && d.y1 <= o->y1 + apex &&
                      d.y2 <= o->y2 && d.y2 >= o->y2 - foot,
                  "%s %zu: box %g %g %g %g, painted %d %d %d %d", rn_shape_name((rn_shape)o->label),
                  i, o->x1, o->y1, o->x2, o->y2, d.x1, d.y1, d.x2, d.y2);
        cr_expect(o->area == (o->x2 - o->x1) * (o->y2 - o->y1));
        seen[o->label]++;
        rn_image_free(&a), rn_image_free(&b);
    }
    for (int k = 0; k < RN_SCENES_CLASSES_MOST; k++) cr_expect(seen[k] >= 12, "class %d", k);
    rn_dataset_free(&full), rn_dataset_free(&empty);
}

/* A box that is cut along a side would be a box again, without being annotated. A distractor covers
 * at most .79 of its bounding box (half a disk; a box cut at 20 degrees .76); thin ones are
 * strokes. */
Test(scene, no_distractor_is_a_box) {
    rn_scenes none = scenes_bare(rn_scenes_default()), one;
    none.train = 250, none.num_classes = 2;
    scenes_only(&none, 0);
    one = none;
    one.distractors = (rn_span){1, 1};
    rn_dataset full = scenes_open(&one, NULL), empty = scenes_open(&none, NULL);
    int whole = 0;
    for (size_t i = 0; i < 250; i++) {
        rn_image a = scenes_picture(&full, i), b = scenes_picture(&empty, i);
        rn_scene_object d = difference(&a, &b);
        int width = d.x2 - d.x1, height = d.y2 - d.y1, changed = 0;
        for (int k = 0; k < 256 * 256; k++) changed += memcmp(a.rgb + 3 * k, b.rgb + 3 * k, 3) != 0;
        rn_image_free(&a), rn_image_free(&b);
        if (d.x1 == 0 || d.y1 == 0 || d.x2 == 256 || d.y2 == 256) continue;
        if (width <= 8 || height <= 8) continue;
        double share = changed / ((double)width * height);
        cr_expect(share < .9, "picture %zu: %g of %d x %d", i, share, width, height);
        whole++;
    }
    cr_expect(whole > 120, "%d", whole);
    rn_dataset_free(&full), rn_dataset_free(&empty);
}

/* ---- paint ----------------------------------------------------------------------------------- */

/* A constant canvas under noise alone shows its standard deviation. */
Test(scene, noise_has_the_standard_deviation_asked_for) {
    rn_scenes s = scenes_bare(scenes_small()), noisy;
    scenes_only(&s, 0);
    noisy = s;
    noisy.noise = (rn_span){.05, .05};
    rn_dataset clean = scenes_open(&s, NULL), dirty = scenes_open(&noisy, NULL);
    double sum = 0, square = 0;
    int count = 0;
    for (size_t i = 0; i < 12; i++) {
        rn_image a = scenes_picture(&clean, i), b = scenes_picture(&dirty, i);
        for (int k = 0; k < 3 * 48 * 48; k++) {
            if (a.rgb[k] < 60 || a.rgb[k] > 195) continue; /* 4 sigma from being cut off */
            double d = (b.rgb[k] - a.rgb[k]) / 255.0;
            sum += d, square += d * d, count++;
        }
        rn_image_free(&a), rn_image_free(&b);
    }
    cr_assert(count > 20000, "%d values", count);
    cr_expect(fabs(sum / count) <= .002, "mean %g", sum / count);
    cr_expect(fabs(sqrt(square / count) - .05) <= .001, "deviation %g", sqrt(square / count));
    rn_dataset_free(&clean), rn_dataset_free(&dirty);
}

/* Per object, contrast of the mean colour lies above what the texture and the ground can undo. */
Test(scene, every_object_stands_out) {
    rn_scenes with = scenes_bare(rn_scenes_default()), without;
    with.train = 100;
    without = with;
    scenes_only(&with, 1), scenes_only(&without, 0);
    rn_dataset full = scenes_open(&with, NULL), empty = scenes_open(&without, NULL);
    for (size_t i = 0; i < 100; i++) {
        rn_image a = scenes_picture(&full, i), b = scenes_picture(&empty, i);
        double square = 0;
        int changed = 0;
        for (int k = 0; k < 3 * 256 * 256; k++) {
            double d = (a.rgb[k] - b.rgb[k]) / 255.0;
            square += d * d;
            changed += k % 3 == 0 && memcmp(a.rgb + k, b.rgb + k, 3) != 0;
        }
        double distance = sqrt(square / changed);
        cr_expect(distance > .12 && distance < .9, "picture %zu: %g", i, distance);
        rn_image_free(&a), rn_image_free(&b);
    }
    rn_dataset_free(&full), rn_dataset_free(&empty);
}

/* ---- the same picture, always ---------------------------------------------------------------- */

Test(scene, pictures_do_not_depend_on_threads_or_order) {
    enum { COUNT = 12 };
    rn_scenes s = scenes_small();
    rn_dataset d = scenes_open(&s, "test");
    rn_image once[COUNT], again[COUNT] = {{0}};
    for (int i = COUNT - 1; i >= 0; i--) once[i] = scenes_picture(&d, (size_t)i);
    rn_parallel_set_threads(4);
#pragma omp parallel for schedule(dynamic, 1)
    for (int i = 0; i < COUNT; i++) {
        rn_err err;
        (void)rn_dataset_image(&again[i], &d, (size_t)i, &err);
    }
    for (int i = 0; i < COUNT; i++) {
        cr_expect(again[i].rgb && scenes_same(&once[i], &again[i]), "picture %d", i);
        rn_image_free(&once[i]), rn_image_free(&again[i]);
    }
    rn_dataset_free(&d);
}

Test(scene, scale_paints_the_same_scene_larger) {
    rn_scenes s = scenes_bare(scenes_small()), large;
    s.objects[0] = 0, s.objects[2] = .4; /* .6 + .4 */
    large = s;
    large.scale = 3;
    rn_dataset a = scenes_open(&s, NULL), b = scenes_open(&large, NULL);
    for (size_t i = 0; i < a.num_objects; i++)
        cr_expect(b.object[i].x1 == 3 * a.object[i].x1 && b.object[i].y2 == 3 * a.object[i].y2);
    for (size_t i = 0; i < a.num_images; i++) {
        rn_image p = scenes_picture(&a, i), q = scenes_picture(&b, i);
        cr_assert(q.width == 3 * p.width);
        double off = 0;
        for (int y = 0; y < 48; y++)
            for (int x = 0; x < 48; x++)
                off += abs(p.rgb[3 * (48 * y + x)] - q.rgb[3 * (144 * (3 * y + 1) + 3 * x + 1)]);
        cr_expect(off / (48 * 48) < 6, "picture %zu: %g on average", i, off / (48 * 48));
        rn_image_free(&p), rn_image_free(&q);
    }
    rn_dataset_free(&a), rn_dataset_free(&b);
}
