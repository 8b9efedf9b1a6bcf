/* A ring of batches. Workers take (batch, image) tasks in order; the last image of a batch to
 * finish marks it ready. The consumer waits for its batch and, when it asks for the next one, hands
 * the old place back. All shared state is behind one mutex; pictures are decoded outside it. */
#include "data/loader.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/rng.h"
#include "base/vec.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { AHEAD_MOST = 8, THREADS_MOST = 64 };

typedef struct rn_slot {
    rn_batch batch;
    size_t pixels, boxes; /* capacities */
    long number;          /* which batch is or will be here */
    int taken, done;      /* images given to workers, and finished */
} rn_slot;

struct rn_loader {
    const rn_dataset *dataset;
    rn_loader_options options;
    int *order; /* of the epoch that batches are laid out for */
    long epoch;
    int (*size)[2]; /* (num_images) height and width */
    rn_slot slot[AHEAD_MOST];
    pthread_t thread[THREADS_MOST];
    int threads;
    pthread_mutex_t mutex;
    pthread_cond_t work, ready;
    long next; /* batch that the consumer gets next */
    bool held, stop;
    rn_err err; /* of the first failure */
    bool failed;
    double waited;
};

/* ---- laying out a batch: which images, how they are changed, how large it becomes
 * ---------------- */

static size_t image_of_sample(rn_loader *loader, long sample) {
    long n = (long)loader->dataset->num_images, epoch = sample / n;
    if (loader->options.in_order) return (size_t)(sample % n);
    if (epoch != loader->epoch) {
        rn_rng rng = rn_rng_stream(loader->options.seed, "order", (uint64_t)epoch);
        rn_rng_permutation(&rng, loader->order, (int)n);
        loader->epoch = epoch;
    }
    return (size_t)loader->order[sample % n];
}

static rn_transform draw_transform(const rn_loader_options *o, const int size[2], long sample) {
    rn_rng rng = rn_rng_stream(o->seed, "augment", (uint64_t)sample);
    double jitter = log(o->scale_jitter), j = o->color_jitter;
    double factor = exp(rn_rng_range(&rng, -jitter, jitter));
    bool flip = rn_rng_uniform(&rng) < .5 && o->flip;
    rn_transform t = rn_transform_resize(size[0], size[1], factor * o->size, factor * o->max_size);
    t.flip = flip;
    t.brightness = rn_rng_range(&rng, 1 - j, 1 + j);
    t.contrast = rn_rng_range(&rng, 1 - j, 1 + j);
    t.saturation = rn_rng_range(&rng, 1 - j, 1 + j);
    return t;
}

static void lay_out_boxes(rn_slot *slot, int i, const rn_dataset *dataset) {
    rn_batch *batch = &slot->batch;
    const rn_record *record = &dataset->image[batch->image[i]];
    int count = batch->first[i];
    size_t need = (size_t)count + record->count;
    if (need > slot->boxes) {
        size_t labels = slot->boxes;
        batch->box = rn_vec_reserve(batch->box, need, &slot->boxes, sizeof *batch->box);
        batch->label = rn_vec_reserve(batch->label, need, &labels, sizeof *batch->label);
    }
    for (size_t k = record->first; k < record->first + record->count; k++) {
        const rn_object *object = &dataset->object[k];
        if (object->crowd || object->ignore) continue;
        rn_box box = {(float)object->x1, (float)object->y1, (float)object->x2, (float)object->y2};
        batch->box[count] = rn_transform_box(&slot->batch.transform[i], box);
        batch->label[count++] = object->label;
    }
    batch->first[i + 1] = count;
}

static int round_up(int value, int multiple) {
    return (value + multiple - 1) / multiple * multiple;
}

/* Called with the mutex held. */
static void lay_out(rn_loader *loader, rn_slot *slot, long number) {
    rn_batch *batch = &slot->batch;
    int n = loader->options.batch;
    slot->number = number, slot->taken = slot->done = 0;
    batch->n = n, batch->h = batch->w = 0, batch->first[0] = 0;
    for (int i = 0; i < n; i++) {
        long sample = number * n + i;
        batch->image[i] = image_of_sample(loader, sample);
        slot->batch.transform[i] =
            draw_transform(&loader->options, loader->size[batch->image[i]], sample);
        batch->height[i] = slot->batch.transform[i].height;
        batch->width[i] = slot->batch.transform[i].width;
        if (batch->height[i] > batch->h) batch->h = batch->height[i];
        if (batch->width[i] > batch->w) batch->w = batch->width[i];
        lay_out_boxes(slot, i, loader->dataset);
    }
    batch->h = round_up(batch->h, loader->options.multiple);
    batch->w = round_up(batch->w, loader->options.multiple);
    size_t pixels = (size_t)n * (size_t)batch->h * (size_t)batch->w * 3;
    if (pixels > slot->pixels) {
        free(batch->pixel);
        batch->pixel = rn_vec_zeros(pixels, sizeof *batch->pixel);
        slot->pixels = pixels;
    }
}

/* ---- workers
 * ------------------------------------------------------------------------------------- */

static rn_status fill_image(rn_loader *loader, const rn_slot *slot, int i, rn_err *err) {
    const rn_batch *batch = &slot->batch;
    const rn_transform *transform = &slot->batch.transform[i];
    size_t index = batch->image[i], stride = (size_t)batch->h * (size_t)batch->w * 3;
    rn_image image = {0};
    if (rn_dataset_image(&image, loader->dataset, index, err) != RN_OK) return RN_ERROR;
    const int *size = loader->size[index];
    rn_status status = RN_OK;
    if (image.height != size[0] || image.width != size[1])
        status = rn_fail(err, "%s: expected %d x %d pixels as annotated, got %d x %d",
                         loader->dataset->image[index].file_name, size[1], size[0], image.width,
                         image.height);
    else
        rn_transform_apply(batch->pixel + (size_t)i * stride, batch->h, batch->w, &image,
                           transform);
    rn_image_free(&image);
    return status;
}

/* The first image that nobody works on, in the order of the batches. */
static rn_slot *find_task(rn_loader *loader, int *image) {
    for (long b = loader->next; b < loader->next + loader->options.ahead; b++) {
        rn_slot *slot = &loader->slot[b % loader->options.ahead];
        if (slot->number != b || slot->taken == slot->batch.n) continue;
        *image = slot->taken++;
        return slot;
    }
    return NULL;
}

static void *work(void *argument) {
    rn_loader *loader = argument;
    pthread_mutex_lock(&loader->mutex);
    while (!loader->stop) {
        int image = 0;
        rn_slot *slot = find_task(loader, &image);
        if (!slot) {
            pthread_cond_wait(&loader->work, &loader->mutex);
            continue;
        }
        pthread_mutex_unlock(&loader->mutex);
        rn_err err = {""};
        rn_status status = fill_image(loader, slot, image, &err);
        pthread_mutex_lock(&loader->mutex);
        if (status != RN_OK && !loader->failed) {
            loader->failed = true;
            loader->err = err;
        }
        if (++slot->done == slot->batch.n) pthread_cond_signal(&loader->ready);
    }
    pthread_mutex_unlock(&loader->mutex);
    return NULL;
}

/* ---- the consumer's side
 * --------------------------------------------------------------------------- */

static rn_status find_sizes(rn_loader *loader, rn_err *err) {
    const rn_dataset *dataset = loader->dataset;
    for (size_t i = 0; i < dataset->num_images; i++) {
        const rn_record *record = &dataset->image[i];
        int *size = loader->size[i];
        size[0] = record->height, size[1] = record->width;
        if (size[0] > 0 && size[1] > 0) continue;
        if (rn_image_size(&size[1], &size[0], record->path, err) != RN_OK) return RN_ERROR;
    }
    return RN_OK;
}

rn_status rn_loader_start(rn_loader **out, const rn_dataset *dataset,
                          const rn_loader_options *options, long first, rn_err *err) {
    RN_CHECK(options->batch > 0 && options->ahead > 0 && options->ahead <= AHEAD_MOST &&
                 options->threads > 0 && options->threads <= THREADS_MOST &&
                 dataset->num_images > 0,
             "batch %d, ahead %d, threads %d, %zu images", options->batch, options->ahead,
             options->threads, dataset->num_images);
    rn_loader *loader = rn_vec_zeros(1, sizeof *loader);
    loader->dataset = dataset, loader->options = *options;
    loader->epoch = -1, loader->next = first;
    loader->order = rn_vec_zeros(dataset->num_images, sizeof *loader->order);
    loader->size = rn_vec_zeros(dataset->num_images, sizeof *loader->size);
    pthread_mutex_init(&loader->mutex, NULL);
    pthread_cond_init(&loader->work, NULL);
    pthread_cond_init(&loader->ready, NULL);
    *out = loader;
    if (find_sizes(loader, err) != RN_OK) {
        rn_loader_stop(loader);
        *out = NULL;
        return RN_ERROR;
    }
    size_t n = (size_t)options->batch;
    for (int i = 0; i < options->ahead; i++) {
        rn_slot *slot = &loader->slot[(first + i) % options->ahead];
        slot->batch.transform = rn_vec_zeros(n, sizeof *slot->batch.transform);
        slot->batch.first = rn_vec_zeros(n + 1, sizeof(int));
        slot->batch.image = rn_vec_zeros(n, sizeof(size_t));
        slot->batch.height = rn_vec_zeros(n, sizeof(int));
        slot->batch.width = rn_vec_zeros(n, sizeof(int));
        lay_out(loader, slot, first + i);
    }
    for (; loader->threads < options->threads; loader->threads++)
        RN_CHECK(pthread_create(&loader->thread[loader->threads], NULL, work, loader) == 0,
                 "cannot start thread %d", loader->threads);
    return RN_OK;
}

rn_status rn_loader_next(const rn_batch **batch, rn_loader *loader, rn_err *err) {
    pthread_mutex_lock(&loader->mutex);
    if (loader->held) { /* the place of the batch before becomes that of a new one */
        rn_slot *old = &loader->slot[loader->next % loader->options.ahead];
        lay_out(loader, old, loader->next + loader->options.ahead);
        loader->next++;
        pthread_cond_broadcast(&loader->work);
    }
    rn_slot *slot = &loader->slot[loader->next % loader->options.ahead];
    double start = rn_clock_seconds();
    while (slot->done < slot->batch.n && !loader->failed)
        pthread_cond_wait(&loader->ready, &loader->mutex);
    loader->waited += rn_clock_seconds() - start;
    loader->held = true;
    rn_status status = RN_OK;
    if (loader->failed) {
        *err = loader->err;
        status = RN_ERROR;
    }
    pthread_mutex_unlock(&loader->mutex);
    *batch = &slot->batch;
    return status;
}

double rn_loader_waited(const rn_loader *loader) { return loader->waited; }

void rn_loader_stop(rn_loader *loader) {
    if (!loader) return;
    pthread_mutex_lock(&loader->mutex);
    loader->stop = true;
    pthread_cond_broadcast(&loader->work);
    pthread_mutex_unlock(&loader->mutex);
    for (int i = 0; i < loader->threads; i++) pthread_join(loader->thread[i], NULL);
    for (int i = 0; i < loader->options.ahead; i++) {
        rn_slot *slot = &loader->slot[i];
        free(slot->batch.transform), free(slot->batch.pixel), free(slot->batch.box);
        free(slot->batch.label), free(slot->batch.first), free(slot->batch.image);
        free(slot->batch.height), free(slot->batch.width);
    }
    pthread_mutex_destroy(&loader->mutex);
    pthread_cond_destroy(&loader->work);
    pthread_cond_destroy(&loader->ready);
    free(loader->order), free(loader->size);
    free(loader);
}
