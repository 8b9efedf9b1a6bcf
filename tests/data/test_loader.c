#include "data/loader.h"
#include "support/folder.h"
#include "support/toy_data.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum { IMAGES = 7, BATCH = 3, BATCHES = 6 };

static rn_loader_options options(int threads) {
    return (rn_loader_options){.batch = BATCH,
                               .size = 64,
                               .max_size = 96,
                               .multiple = 32,
                               .flip = true,
                               .scale_jitter = 1.5,
                               .color_jitter = .3,
                               .seed = 9,
                               .threads = threads,
                               .ahead = 3};
}

/* A fingerprint of everything in a batch. */
static uint64_t fingerprint(const rn_batch *b) {
    uint64_t hash = 14695981039346656037u;
    size_t pixels = (size_t)b->n * (size_t)b->h * (size_t)b->w * 3;
    const struct {
        const void *bytes;
        size_t size;
    } parts[] = {{b->pixel, pixels * sizeof *b->pixel},
                 {b->box, (size_t)b->first[b->n] * sizeof *b->box},
                 {b->label, (size_t)b->first[b->n] * sizeof *b->label},
                 {b->first, ((size_t)b->n + 1) * sizeof *b->first},
                 {b->image, (size_t)b->n * sizeof *b->image}};
    for (size_t p = 0; p < RN_COUNT(parts); p++)
        for (size_t i = 0; i < parts[p].size; i++)
            hash = (hash ^ ((const unsigned char *)parts[p].bytes)[i]) * 1099511628211u;
    return hash;
}

/* Batches first .. BATCHES - 1 into hash[], their image indices into image[]. */
static void load(uint64_t *hash, size_t (*image)[BATCH], int threads, long first) {
    rn_dataset data;
    rn_loader *loader;
    rn_err err;
    rn_loader_options o = options(threads);
    toy_data(&data, IMAGES, 96, 64);
    cr_assert(rn_loader_start(&loader, &data, &o, first, &err) == RN_OK, "%s", err.text);
    for (long i = first; i < BATCHES; i++) {
        const rn_batch *batch;
        cr_assert(rn_loader_next(&batch, loader, &err) == RN_OK, "%s", err.text);
        cr_expect(batch->h % 32 == 0 && batch->w % 32 == 0);
        hash[i] = fingerprint(batch);
        if (image) memcpy(image[i], batch->image, sizeof *image);
    }
    rn_loader_stop(loader);
    rn_dataset_free(&data);
}

Test(loader, a_batch_depends_on_its_number_alone) {
    uint64_t one[BATCHES], four[BATCHES], late[BATCHES];
    load(one, NULL, 1, 0);
    load(four, NULL, 4, 0);
    load(late, NULL, 2, 4);
    for (int i = 0; i < BATCHES; i++) cr_expect(one[i] == four[i], "batch %d on 4 threads", i);
    for (int i = 4; i < BATCHES; i++) cr_expect(one[i] == late[i], "batch %d of a resumed run", i);
    cr_expect(one[0] != one[1]);
}

Test(loader, an_epoch_visits_every_image_once_and_each_has_its_own_order) {
    uint64_t hash[BATCHES];
    size_t image[BATCHES][BATCH];
    load(hash, image, 2, 0);
    const size_t *sample = &image[0][0];
    for (int epoch = 0; epoch < 2; epoch++) {
        int seen[IMAGES] = {0};
        for (int i = 0; i < IMAGES; i++) seen[sample[epoch * IMAGES + i]]++;
        for (int i = 0; i < IMAGES; i++)
            cr_expect(seen[i] == 1, "epoch %d, image %d: %d times", epoch, i, seen[i]);
    }
    cr_expect(memcmp(sample, sample + IMAGES, IMAGES * sizeof *sample) != 0);
}

/* In order and without augmentation each object lies where the annotation says. */
Test(loader, boxes_follow_the_picture) {
    rn_dataset data;
    rn_loader *loader;
    const rn_batch *batch;
    rn_err err;
    int flips = 0;
    rn_loader_options o = options(1);
    o.scale_jitter = 1, o.color_jitter = 0;
    toy_data(&data, IMAGES, 96, 64);
    cr_assert(rn_loader_start(&loader, &data, &o, 0, &err) == RN_OK);
    for (int b = 0; b < BATCHES; b++) {
        cr_assert(rn_loader_next(&batch, loader, &err) == RN_OK);
        for (int i = 0; i < BATCH; i++) {
            flips += batch->transform[i].flip;
            for (int k = batch->first[i]; k < batch->first[i + 1]; k++) {
                const rn_box *box = &batch->box[k]; /* its middle has the colour of its class */
                size_t y = (size_t)((box->y1 + box->y2) / 2), x = (size_t)((box->x1 + box->x2) / 2);
                const rn_float *p =
                    batch->pixel + (((size_t)i * (size_t)batch->h + y) * (size_t)batch->w + x) * 3;
                cr_expect(p[0] > 2 || p[2] > 2, "image %zu: (%g %g %g)", batch->image[i],
                          (double)p[0], (double)p[1], (double)p[2]);
            }
        }
    }
    cr_expect(flips > 0 && flips < BATCHES * BATCH);
    rn_loader_stop(loader);
    rn_dataset_free(&data);
}

static void expect_failure(rn_dataset *data, const char *a, const char *b) {
    rn_loader *loader;
    const rn_batch *batch;
    rn_err err = {""};
    rn_loader_options o = options(3);
    rn_status status = rn_loader_start(&loader, data, &o, 0, &err);
    for (int i = 0; i < BATCHES && status == RN_OK; i++)
        status = rn_loader_next(&batch, loader, &err);
    cr_expect(status == RN_ERROR && strstr(err.text, a) && strstr(err.text, b), "%s", err.text);
    if (loader) rn_loader_stop(loader);
}

Test(loader, a_picture_that_cannot_be_read_is_named) {
    rn_dataset data;
    folder f = folder_make();
    toy_data(&data, IMAGES, 96, 64);
    data.render = NULL;
    for (int i = 0; i < IMAGES; i++) {
        const char *path = folder_put(&f, "broken.png", "no picture", 10);
        data.image[i].path = strcpy(calloc(strlen(path) + 1, 1), path);
    }
    expect_failure(&data, "broken.png", "expected");
    rn_dataset_free(&data);
    folder_remove(&f);
}

static rn_status render_smaller(rn_image *image, const rn_dataset *dataset, size_t index,
                                rn_err *err) {
    (void)dataset, (void)index, (void)err;
    *image = rn_image_new(80, 64);
    return RN_OK;
}

Test(loader, a_picture_of_another_size_is_named) {
    rn_dataset data;
    toy_data(&data, IMAGES, 96, 64);
    data.render = render_smaller;
    expect_failure(&data, "toy/", "got 80 x 64");
    rn_dataset_free(&data);
}

static rn_status render_but_4_and_5(rn_image *image, const rn_dataset *dataset, size_t index,
                                    rn_err *err) {
    const rn_record *record = &dataset->image[index];
    if (index == 4 || index == 5) return rn_fail(err, "picture %zu is broken", index);
    *image = rn_image_new(record->width, record->height);
    return RN_OK;
}

/* However far ahead the threads are: the batches before are given out, and the first is blamed. */
Test(loader, fails_at_the_batch_that_has_the_bad_picture) {
    rn_dataset data;
    rn_err err = {""};
    toy_data(&data, IMAGES, 96, 64);
    data.render = render_but_4_and_5;
    for (int threads = 1; threads <= 100; threads += 33) {
        rn_loader *loader;
        const rn_batch *batch;
        rn_loader_options o = options(threads); /* more than 64 are not started */
        o.in_order = true;
        cr_assert(rn_loader_start(&loader, &data, &o, 0, &err) == RN_OK, "%s", err.text);
        cr_expect(rn_loader_next(&batch, loader, &err) == RN_OK && batch->image[2] == 2);
        cr_expect(rn_loader_next(&batch, loader, &err) == RN_ERROR && batch == NULL);
        cr_expect_str_eq(err.text, "picture 4 is broken");
        cr_expect(rn_loader_next(&batch, loader, &err) == RN_OK && batch->image[0] == 6);
        rn_loader_stop(loader);
    }
    rn_dataset_free(&data);
}

/* Crowds and what is to be ignored teach nothing; an image may have nothing else, or nothing. */
Test(loader, leaves_out_crowds_and_what_is_ignored) {
    rn_dataset data;
    rn_loader *loader;
    const rn_batch *batch;
    rn_err err = {""};
    rn_loader_options o = options(1);
    o.in_order = true;
    toy_data(&data, IMAGES, 96, 64);
    const rn_record *zero = &data.image[0], *two = &data.image[2];
    cr_assert(zero->count >= 1 && data.image[1].count == 0 && two->count >= 1);
    data.object[zero->first].crowd = true;
    data.object[two->first].ignore = true;
    cr_assert(rn_loader_start(&loader, &data, &o, 0, &err) == RN_OK, "%s", err.text);
    cr_assert(rn_loader_next(&batch, loader, &err) == RN_OK, "%s", err.text);
    cr_expect(batch->first[1] == (int)zero->count - 1);
    cr_expect(batch->first[2] == batch->first[1]);
    cr_expect(batch->first[3] == batch->first[2] + (int)two->count - 1);
    rn_loader_stop(loader);
    rn_dataset_free(&data);
}

/* The newest batch and two before it are what they were when they came. */
Test(loader, keeps_batches) {
    enum { KEEP = 2 };
    uint64_t want[BATCHES];
    const rn_batch *batch[BATCHES];
    rn_dataset data;
    rn_loader *loader;
    rn_err err;
    load(want, NULL, 2, 0);
    for (int ahead = KEEP + 1; ahead < KEEP + 4; ahead++) {
        rn_loader_options o = options(4);
        o.keep = KEEP, o.ahead = ahead;
        toy_data(&data, IMAGES, 96, 64);
        cr_assert(rn_loader_start(&loader, &data, &o, 0, &err) == RN_OK);
        for (int i = 0; i < BATCHES; i++) {
            cr_assert(rn_loader_next(&batch[i], loader, &err) == RN_OK);
            for (int k = i < KEEP ? 0 : i - KEEP; k <= i; k++)
                cr_expect(fingerprint(batch[k]) == want[k], "batch %d at %d", k, i);
        }
        rn_loader_stop(loader);
        rn_dataset_free(&data);
    }
}

Test(loader, stops_at_any_moment) {
    rn_dataset data;
    rn_err err;
    toy_data(&data, IMAGES, 96, 64);
    for (int taken = 0; taken < 4; taken++) {
        rn_loader *loader;
        const rn_batch *batch;
        rn_loader_options o = options(4);
        cr_assert(rn_loader_start(&loader, &data, &o, 0, &err) == RN_OK);
        for (int i = 0; i < taken; i++) cr_assert(rn_loader_next(&batch, loader, &err) == RN_OK);
        rn_loader_stop(loader);
    }
    rn_loader_stop(NULL);
    rn_dataset_free(&data);
}
