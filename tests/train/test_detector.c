#include "train/detector.h"
#include "base/parallel.h"
#include "support/folder.h"
#include "support/toy_data.h"
#include "train/checkpoint.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum { DETECTIONS = 40 };

typedef struct subject {
    rn_dataset data;
    rn_detector detector;
    rn_arena arena;
} subject;

/* A detector with random weights that is sure enough to find many things. */
static void set_up(subject *s, int images, int width, int height, const char *loss) {
    rn_config config = toy_config(1);
    *s = (subject){0};
    toy_set(&config, "detections", "40");
    toy_set(&config, "score-threshold", "0.2");
    toy_set(&config, "prior", "0.3");
    toy_set(&config, "head-std", "0.05");
    toy_set(&config, "loss", loss);
    toy_data(&s->data, images, width, height);
    toy_detector(&s->detector, &config, &s->data);
}

static void tear_down(subject *s) {
    rn_detector_free(&s->detector);
    rn_dataset_free(&s->data);
    rn_arena_free(&s->arena);
}

static size_t detect(rn_detection found[DETECTIONS], subject *s, size_t image) {
    rn_image picture;
    rn_err err = {""};
    cr_assert(rn_dataset_image(&picture, &s->data, image, &err) == RN_OK, "%s", err.text);
    size_t count = rn_detector_detect(found, &s->detector, &picture, NULL, &s->arena);
    rn_image_free(&picture);
    return count;
}

static bool same(rn_detection a, rn_detection b) {
    return a.box.x1 == b.box.x1 && a.box.y1 == b.box.y1 && a.box.x2 == b.box.x2 &&
           a.box.y2 == b.box.y2 && a.score == b.score && a.label == b.label;
}

/* ---- detecting ----------------------------------------------------------------------------------
 */

Test(detector, finds_boxes_within_the_picture_best_first) {
    subject s;
    rn_detection found[DETECTIONS];
    set_up(&s, 2, 150, 70, "focal"); /* resized to 137 x 64, and padded */
    size_t count = detect(found, &s, 0);
    cr_assert(count > 5 && count <= DETECTIONS, "%zu", count);
    for (size_t i = 0; i < count; i++) {
        rn_box b = found[i].box;
        cr_expect(b.x1 >= 0 && b.y1 >= 0 && b.x1 < b.x2 && b.y1 < b.y2);
        cr_expect(b.x2 <= 150 * (1 + 1e-6f) && b.y2 <= 70 * (1 + 1e-6f), "%g %g", (double)b.x2,
                  (double)b.y2);
        cr_expect(found[i].score > .2f && (i == 0 || found[i].score <= found[i - 1].score));
        cr_expect(found[i].label == 0 || found[i].label == 1);
    }
    cr_expect(s.arena.in_use == 0);
    tear_down(&s);
}

Test(detector, a_set_gives_what_its_pictures_give_one_by_one) {
    enum { IMAGES = 7 }; /* no multiple of the batches that the loader holds */
    subject s;
    rn_eval_detection *list;
    size_t count, at = 0;
    rn_err err = {""};
    set_up(&s, IMAGES, 120, 70, "focal");
    for (int i = 0; i < IMAGES; i++) /* neighbours of other sizes change nothing */
        s.data.image[i].width += 30 * (i % 2);
    rn_parallel_set_threads(3); /* three pictures at once, and at last one */
    cr_assert(rn_detector_run(&list, &count, &s.detector, &s.data, NULL, NULL, &err) == RN_OK, "%s",
              err.text);
    for (size_t i = 0; i < IMAGES; i++) {
        rn_detection found[DETECTIONS];
        size_t n = detect(found, &s, i);
        cr_assert(n > 0 && at + n <= count);
        for (size_t k = 0; k < n; k++, at++) {
            rn_box b = found[k].box;
            const rn_eval_detection *d = &list[at];
            cr_expect(d->image == (int)i && d->label == found[k].label &&
                      d->score == (double)found[k].score && d->x == (double)b.x1 &&
                      d->y == (double)b.y1 && d->w == (double)b.x2 - (double)b.x1 &&
                      d->h == (double)b.y2 - (double)b.y1);
        }
    }
    cr_expect(at == count);
    free(list);
    tear_down(&s);
}

Test(detector, the_number_of_threads_changes_no_bit) {
    subject s;
    rn_detection one[DETECTIONS], many[DETECTIONS];
    set_up(&s, 1, 150, 70, "softmax-focal");
    rn_parallel_set_threads(1);
    size_t n = detect(one, &s, 0);
    rn_parallel_set_threads(5);
    size_t m = detect(many, &s, 0);
    cr_assert(n == m && n > 0);
    for (size_t i = 0; i < n; i++) cr_expect(same(one[i], many[i]));
    tear_down(&s);
}

Test(detector, stops_when_asked) {
    subject s;
    rn_eval_detection *list;
    size_t count;
    rn_err err = {""};
    volatile int stop = 1;
    set_up(&s, 4, 96, 64, "focal");
    cr_expect(rn_detector_run(&list, &count, &s.detector, &s.data, NULL, &stop, &err) ==
              RN_INTERRUPTED);
    cr_expect(list == NULL && count == 0 && strstr(err.text, "after 0 of 4 images"), "%s",
              err.text);
    tear_down(&s);
}

static rn_status no_picture(rn_image *image, const rn_dataset *dataset, size_t index, rn_err *err) {
    (void)image, (void)dataset;
    return rn_fail(err, "picture %zu is broken", index);
}

static rn_status (*every_picture)(rn_image *, const rn_dataset *, size_t, rn_err *);

static rn_status not_the_fifth(rn_image *image, const rn_dataset *dataset, size_t index,
                               rn_err *err) {
    return (index == 4 ? no_picture : every_picture)(image, dataset, index, err);
}

/* Of a set whose pictures `render` makes, three at once. */
static void expect_broken(int images, const char *message,
                          rn_status (*render)(rn_image *, const rn_dataset *, size_t, rn_err *)) {
    subject s;
    rn_eval_detection *list;
    size_t count;
    rn_err err = {""};
    set_up(&s, images, 96, 64, "focal");
    every_picture = s.data.render, s.data.render = render;
    rn_parallel_set_threads(3);
    cr_expect(rn_detector_run(&list, &count, &s.detector, &s.data, NULL, NULL, &err) == RN_ERROR);
    cr_expect(list == NULL && strstr(err.text, message), "%s", err.text);
    tear_down(&s);
}

Test(detector, a_picture_that_cannot_be_read_is_an_error) {
    expect_broken(4, "picture 0 is broken", no_picture);
}

/* The second of the second three. */
Test(detector, a_broken_picture_among_good_ones_is_an_error) {
    expect_broken(7, "picture 4 is broken", not_the_fifth);
}

/* ---- checkpoints --------------------------------------------------------------------------------
 */

Test(detector, a_saved_and_loaded_detector_finds_the_same_bits) {
    static const char *const losses[] = {"focal", "softmax-focal", "ohem"};
    for (size_t l = 0; l < RN_COUNT(losses); l++) {
        subject s;
        rn_detection before[DETECTIONS], after[DETECTIONS];
        rn_err err = {""};
        folder f = folder_make();
        const char *path = folder_file(&f, "a.safetensors");
        set_up(&s, 1, 110, 75, losses[l]);
        s.detector.step = 17, s.detector.normaliser = 12.5;
        size_t n = detect(before, &s, 0);
        cr_assert(rn_detector_save(&s.detector, path, false, &err) == RN_OK, "%s", err.text);
        rn_detector_free(&s.detector);
        cr_assert(rn_detector_load(&s.detector, path, false, &err) == RN_OK, "%s", err.text);
        size_t m = detect(after, &s, 0);
        cr_assert(n == m && n > 0, "%s: %zu and %zu", losses[l], n, m);
        for (size_t i = 0; i < n; i++) cr_expect(same(before[i], after[i]));
        cr_expect(s.detector.step == 17 && s.detector.normaliser == 12.5);
        cr_expect(s.detector.config.model.num_classes == 2);
        cr_expect_str_eq(s.detector.category[1].name, "blue");
        cr_expect(s.detector.category[1].id == 7);
        folder_remove(&f);
        tear_down(&s);
    }
}

Test(detector, a_file_without_momentum_cannot_go_on_training) {
    subject s;
    rn_detector other;
    rn_err err = {""};
    folder f = folder_make();
    const char *path = folder_file(&f, "a.safetensors");
    set_up(&s, 1, 96, 64, "focal");
    cr_assert(rn_detector_save(&s.detector, path, false, &err) == RN_OK, "%s", err.text);
    cr_expect(rn_detector_load(&other, path, true, &err) == RN_ERROR);
    cr_expect(strstr(err.text, "optimizer.momentum.") != NULL, "%s", err.text);
    cr_expect(other.category == NULL && other.net.params.list == NULL);
    cr_assert(rn_detector_save(&s.detector, path, true, &err) == RN_OK, "%s", err.text);
    cr_expect(rn_detector_load(&other, path, true, &err) == RN_OK, "%s", err.text);
    rn_detector_free(&other);
    folder_remove(&f);
    tear_down(&s);
}

/* What may stand in the metadata of a file that somebody sends. */
static const struct {
    const char *key, *value, *message;
} spoilt[] = {
    {"config", NULL, "config: expected"},
    {"config", "{", "metadata config"},
    {"config", "[]", "config: expected an object"},
    {"config", "{\"loss\":{\"gamma\":-1}}", "--gamma: expected"},
    {"config", "{\"loss\":{\"gama\":1}}", "gama: expected a known option"},
    {"config", "{\"loss\":{\"loss\":\"none\"}}", "--loss: expected"},
    {"config", "{\"network\":{\"model\":\"r1\"}}", "--model: expected"},
    {"config", "{\"training\":{\"freeze\":\"neck\"}}", "--freeze: expected"},
    {"config", "{\"training\":{\"batch\":5,\"accumulate\":2}}", "--accumulate: expected"},
    {"classes", NULL, "classes: expected"},
    {"classes", "[]", "classes: expected a list"},
    {"classes", "{\"id\":1}", "classes: expected a list"},
    {"classes", "[{\"id\":1,\"name\":\"a\"},{\"id\":2}]", "classes[1]: name: expected"},
    {"classes", "[{\"id\":1.5,\"name\":\"a\"}]", "classes[0]: id: expected"},
    {"classes", "[{\"id\":1,\"name\":\"a\"}]", "expected"},
    {"step", NULL, "step: expected"},
    {"step", "-1", "step: expected a whole number, got \"-1\""},
    {"step", "1e3", "step: expected a whole number"},
    {"normaliser", NULL, "normaliser: expected"},
    {"normaliser", "nan", "normaliser: expected a number"},
    {"normaliser", "-3", "normaliser: expected 0 or more, got -3"},
};

Test(detector, a_file_with_bad_metadata_gives_one_clear_line) {
    subject s;
    rn_safetensors file;
    rn_err err = {""};
    folder f = folder_make();
    const char *good = folder_file(&f, "good.safetensors"), *bad = folder_file(&f, "bad.st");
    set_up(&s, 1, 96, 64, "focal");
    cr_assert(rn_detector_save(&s.detector, good, false, &err) == RN_OK, "%s", err.text);
    for (size_t i = 0; i < RN_COUNT(spoilt); i++) {
        rn_detector other;
        cr_assert(rn_safetensors_load(&file, good, &err) == RN_OK, "%s", err.text);
        cJSON *metadata = cJSON_Duplicate(file.metadata, true);
        cJSON_DeleteItemFromObjectCaseSensitive(metadata, spoilt[i].key);
        if (spoilt[i].value) cJSON_AddStringToObject(metadata, spoilt[i].key, spoilt[i].value);
        cr_assert(rn_checkpoint_save(bad, &s.detector.net.params, false, metadata, &err) == RN_OK,
                  "%s", err.text);
        cJSON_Delete(metadata);
        err.text[0] = '\0';
        cr_expect(rn_detector_load(&other, bad, false, &err) == RN_ERROR, "row %zu", i);
        cr_expect(strstr(err.text, "bad.st") && strstr(err.text, spoilt[i].message), "row %zu: %s",
                  i, err.text);
        cr_expect(other.category == NULL && other.net.params.list == NULL && !other.data);
        rn_safetensors_free(&file);
    }
    folder_remove(&f);
    tear_down(&s);
}

Test(detector, bare_weights_are_no_checkpoint) {
    subject s;
    rn_detector other;
    rn_err err = {""};
    folder f = folder_make();
    const char *path = folder_file(&f, "a.safetensors");
    set_up(&s, 1, 96, 64, "focal");
    cr_assert(rn_checkpoint_save(path, &s.detector.net.params, false, NULL, &err) == RN_OK, "%s",
              err.text);
    cr_expect(rn_detector_load(&other, path, false, &err) == RN_ERROR);
    cr_expect(strstr(err.text, "expected a checkpoint of this program") != NULL, "%s", err.text);
    folder_remove(&f);
    tear_down(&s);
}
