#include "data/scenes.h"
#include "base/real.h"
#include "support/scenes.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void no_cache(void) { setenv("RN_CACHE", "off", 1); }
TestSuite(scenes, .init = no_cache);

/* ---- records --------------------------------------------------------------------------------- */

Test(scenes, records_describe_the_default_set) {
    const char *const splits[] = {"train", "val", "test"};
    const size_t sizes[] = {1300, 1000, 1000};
    for (int k = 0; k < 3; k++) {
        rn_dataset d;
        rn_err err;
        cr_assert(rn_scenes_load(&d, splits[k], &err) == RN_OK, "%s", err.text);
        cr_expect(d.num_images == sizes[k] && d.num_classes == 4);
        size_t next = 0;
        for (size_t i = 0; i < d.num_images; i++) {
            const rn_record *r = &d.image[i];
            cr_assert(r->path == NULL && r->width == 256 && r->height == 256);
            cr_assert(r->id == (int64_t)i + 1 && r->first == next);
            next += r->count;
        }
        cr_expect(next == d.num_objects);
        char name[32];
        snprintf(name, sizeof name, "scenes/%s/000012.png", splits[k]);
        cr_expect_str_eq(d.image[11].file_name, name);
        rn_dataset_free(&d);
    }
}

Test(scenes, classes_are_named_after_their_shapes) {
    const char *const want[] = {"disk", "box", "triangle", "plus", "diamond"};
    rn_scenes s = scenes_small();
    s.num_classes = 5;
    rn_dataset d = scenes_open(&s, NULL);
    for (int i = 0; i < 5; i++) {
        cr_expect_str_eq(d.category[i].name, want[i]);
        cr_expect(d.category[i].id == i + 1);
    }
    rn_dataset_free(&d);
}

Test(scenes, joined_splits_keep_the_pictures_of_each) {
    rn_scenes s = scenes_small();
    s.val = 5;
    rn_dataset joined = scenes_open(&s, "val+train"), val = scenes_open(&s, "val"),
               train = scenes_open(&s, NULL);
    cr_assert(joined.num_images == 17);
    cr_expect_str_eq(joined.image[5].file_name, "scenes/train/000001.png");
    for (size_t i = 0; i < 17; i++) {
        const rn_dataset *from = i < 5 ? &val : &train;
        size_t k = i < 5 ? i : i - 5;
        rn_image a = scenes_picture(&joined, i), b = scenes_picture(from, k);
        cr_expect(scenes_same(&a, &b), "picture %zu", i);
        cr_expect(joined.image[i].id == (int64_t)i + 1);
        cr_assert(joined.image[i].count == from->image[k].count);
        for (size_t o = 0; o < from->image[k].count; o++)
            cr_expect(joined.object[joined.image[i].first + o].x1 ==
                      from->object[from->image[k].first + o].x1);
        rn_image_free(&a), rn_image_free(&b);
    }
    rn_dataset_free(&joined), rn_dataset_free(&val), rn_dataset_free(&train);
}

Test(scenes, wrong_parameters_fail_with_one_clear_line) {
    const rn_scenes good = scenes_small();
    struct {
        rn_scenes scenes;
        const char *split, *want;
    } rows[] = {
        {good, "trains", "scenes: split: expected train, val or test, got \"trains\""},
        {good, "", "scenes: split: expected train, val or test, got \"\""},
        {good, "train+", "scenes: split: expected train, val or test, got \"\""},
        {good, "val+val", "scenes: split val: expected once, got twice"},
        {good, NULL, "scenes: side: expected a whole number from 16 to 4096, got 8"},
        {good, NULL, "scenes: size.high: expected a number from 4 to 38.3288, got 40"},
        {good, NULL, "scenes: size.low: expected a number from 4 to 16, got 17"},
        {good, NULL, "scenes: num_classes: expected a whole number from 1 to 9, got 10"},
        {good, NULL, "scenes: distractors.low: expected a whole number from 0 to 10, got 2.5"},
        {good, NULL, "scenes: objects: expected probabilities with sum 1, got 0.9"},
        {good, NULL, "scenes: objects[3]: expected a probability, got -0.1"},
        {good, NULL, "scenes: noise.high: expected a number from 0 to 1, got nan"},
        {good, NULL, "scenes: side * scale: expected at most 4096 pixels, got 65536"},
        {good, NULL, "scenes: train: expected a whole number from 1 to 999999, got 0"},
    };
    rows[4].scenes.side = 8;
    rows[5].scenes.size.high = 40;
    rows[6].scenes.size.low = 17;
    rows[7].scenes.num_classes = 10;
    rows[8].scenes.distractors.low = 2.5;
    rows[9].scenes.objects[1] = .5;
    rows[10].scenes.objects[3] = -.1;
    rows[11].scenes.noise.high = (double)NAN;
    rows[12].scenes.side = 4096, rows[12].scenes.scale = 16;
    rows[13].scenes.train = 0;
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        rn_dataset d;
        rn_err err = {""};
        cr_expect(rn_scenes_load_with(&d, &rows[i].scenes, rows[i].split, &err) == RN_ERROR);
        cr_expect_str_eq(err.text, rows[i].want);
        rn_dataset_free(&d);
    }
}

/* ---- what the set is like -------------------------------------------------------------------- */

static double overlap(const rn_object *a, const rn_object *b) {
    double width = fmin(a->x2, b->x2) - fmax(a->x1, b->x1);
    double height = fmin(a->y2, b->y2) - fmax(a->y1, b->y1);
    return fmax(width, 0) * fmax(height, 0) / fmin(a->area, b->area);
}

Test(scenes, objects_lie_inside_and_hardly_overlap) {
    rn_scenes s = rn_scenes_default();
    scenes_only(&s, RN_SCENES_OBJECTS_MOST);
    rn_dataset d = scenes_open(&s, "val");
    cr_assert(d.num_objects == 8000, "%zu objects: all find a place", d.num_objects);
    double most = 0;
    for (size_t i = 0; i < d.num_images; i++)
        for (size_t k = 0; k < d.image[i].count; k++) {
            const rn_object *o = &d.object[d.image[i].first + k];
            cr_assert(o->x1 >= 0 && o->y1 >= 0 && o->x2 <= 256 && o->y2 <= 256);
            cr_assert(o->x1 < o->x2 && o->y1 < o->y2);
            for (size_t j = 0; j < k; j++)
                most = fmax(most, overlap(o, &d.object[d.image[i].first + j]));
        }
    cr_expect(most < .1 && most > .08, "%g", most);
    rn_dataset_free(&d);
}

Test(scenes, a_full_picture_gets_fewer_objects) {
    rn_scenes s = scenes_small();
    s.size = (rn_span){30, 32};
    s.aspect = 0;
    scenes_only(&s, 8);
    rn_dataset d = scenes_open(&s, NULL);
    cr_expect(d.num_objects >= d.num_images && d.num_objects < 3 * d.num_images);
    rn_dataset_free(&d);
}

/* 4000 pictures: a share p deviates by 4 sqrt(p (1 - p) / n) less than once in 10000 times. */
Test(scenes, shares_and_sizes_are_those_of_the_design) {
    enum { IMAGES = 4000 };
    rn_scenes s = rn_scenes_default();
    s.train = IMAGES;
    rn_dataset d = scenes_open(&s, NULL);
    int holds[3] = {0}, of_class[4] = {0}, lower = 0, wide = 0;
    double objects = (double)d.num_objects, least = 1e9, most = 0;
    for (size_t i = 0; i < IMAGES; i++) {
        cr_assert(d.image[i].count <= 2);
        holds[d.image[i].count]++;
    }
    for (size_t k = 0; k < d.num_objects; k++) {
        const rn_object *o = &d.object[k];
        double size = sqrt(o->area), ratio = (o->x2 - o->x1) / (o->y2 - o->y1);
        of_class[o->label]++;
        lower += size < 42; /* the geometric mean of 21 and 84 */
        wide += ratio > 1;
        least = fmin(least, size), most = fmax(most, size);
        cr_assert(ratio > exp(-.45) * .93 && ratio < exp(.45) * 1.07, "aspect %g", ratio);
    }
    const double want[3] = {.2, .6, .2};
    for (int k = 0; k < 3; k++)
        cr_expect(fabs(holds[k] / (double)IMAGES - want[k]) <= 4 * .49 / sqrt(IMAGES),
                  "%d objects: %d pictures", k, holds[k]);
    for (int k = 0; k < 4; k++)
        cr_expect(fabs(of_class[k] / objects - .25) <= 4 * .433 / sqrt(objects), "class %d: %d", k,
                  of_class[k]);
    cr_expect(fabs(lower / objects - .5) <= 2.5 / sqrt(objects), "%d of %g", lower, objects);
    cr_expect(fabs(wide / objects - .5) <= 3 / sqrt(objects) + .02, "%d of %g", wide, objects);
    cr_expect(least >= 20.3 && least < 21.5 && most <= 84.7 && most > 83, "%g %g", least, most);
    rn_dataset_free(&d);
}

/* ---- the same, always ------------------------------------------------------------------------ */

Test(scenes, splits_seeds_and_indices_give_different_pictures) {
    rn_scenes s = scenes_small(), other = s;
    other.seed = 2;
    rn_dataset sets[] = {scenes_open(&s, "train"), scenes_open(&s, "val"), scenes_open(&s, "test"),
                         scenes_open(&other, NULL)};
    rn_image image[8];
    for (size_t i = 0; i < 8; i++) image[i] = scenes_picture(&sets[i / 2], i % 2);
    for (int a = 0; a < 8; a++)
        for (int b = 0; b < a; b++)
            cr_expect(!scenes_same(&image[a], &image[b]), "%d and %d", a, b);
    for (int i = 0; i < 8; i++) rn_image_free(&image[i]);
    for (int i = 0; i < 4; i++) rn_dataset_free(&sets[i]);
}

/* Distractors, strokes and noise come from streams of their own. */
Test(scenes, other_distractors_leave_the_objects_alone) {
    rn_scenes s = scenes_small(), crowded = s;
    crowded.distractors = (rn_span){30, 40};
    rn_dataset a = scenes_open(&s, NULL), b = scenes_open(&crowded, NULL);
    cr_assert(a.num_objects == b.num_objects && a.num_objects > 0);
    for (size_t i = 0; i < a.num_objects; i++) {
        const rn_object *p = &a.object[i], *q = &b.object[i];
        cr_expect(p->x1 == q->x1 && p->y1 == q->y1 && p->x2 == q->x2 && p->label == q->label);
    }
    rn_dataset_free(&a), rn_dataset_free(&b);
}

static uint64_t fingerprint(const rn_image *image) {
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    for (int i = 0; i < 3 * image->width * image->height; i++)
        hash = (hash ^ image->rgb[i]) * 1099511628211u;
    return hash;
}

/* Published numbers refer to exactly these pictures: whoever changes them on purpose also raises
 * the version in scenes.c. */
Test(scenes, default_pictures_are_the_published_ones) {
    const struct {
        const char *split;
        size_t index;
        uint64_t want;
    } rows[] = {
        {"train", 0, 0x1f20a4b011548de1},
        {"train", 1299, 0xe74eb90178333bb6},
        {"val", 0, 0x390416e59c499986},
        {"test", 999, 0x8c489b29d9f9475b},
    };
    rn_scenes s = rn_scenes_default();
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        rn_dataset d = scenes_open(&s, rows[i].split);
        rn_image image = scenes_picture(&d, rows[i].index);
        uint64_t got = fingerprint(&image);
        cr_expect(got == rows[i].want, "%s %zu: 0x%016llx", rows[i].split, rows[i].index,
                  (unsigned long long)got);
        rn_image_free(&image);
        rn_dataset_free(&d);
    }
}
