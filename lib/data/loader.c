/* A ring of batches. Workers take (batch, image) tasks in order; the last image of a batch to
 * finish marks it ready. The consumer waits for its batch and, when it asks for the next one, hands
 * the old place back. All shared state is behind one mutex; pictures are decoded outside it. */
#include "data/loader.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/rng.h"
#include "base/vec.h"

#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { AHEAD_MOST = 64, THREADS_MOST = 64 };

typedef struct rn_slot {
    rn_batch batch;
    size_t pixels, boxes; /* capacities */
    long number;          /* which batch is or will be here */
    int taken, done;      /* images given to workers, and finished */
    int failed;           /* the first image that cannot be read; n when all can */
    rn_err err;           /* of that image */
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
    long next; /* the oldest batch that the consumer has, or the one that it gets next */
    int held;  /* how many it has */
    bool stop;
    double waited;
};

/* ---- laying out: which images, how they are changed, how large a batch becomes -------------- */

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

int rn_loader_objects(rn_box *box, int *label, const rn_dataset *dataset, size_t image,
                      const rn_transform *transform) {
    const rn_record *record = &dataset->image[image];
    int count = 0;
    for (size_t k = record->first; k < record->first + record->count; k++) {
        const rn_object *o = &dataset->object[k];
        if (o->crowd || o->ignore) continue;
        box[count] = rn_transform_box(
            transform, (rn_box){(float)o->x1, (float)o->y1, (float)o->x2, (float)o->y2});
        label[count++] = o->label;
    }
    return count;
}

static void lay_out_boxes(rn_slot *slot, int i, const rn_dataset *dataset) {
    rn_batch *batch = &slot->batch;
    int first = batch->first[i];
    size_t need = (size_t)first + dataset->image[batch->image[i]].count;
    if (need > slot->boxes) {
        size_t labels = slot->boxes;
        batch->box = rn_vec_reserve(batch->box, need, &slot->boxes, sizeof *batch->box);
        batch->label = rn_vec_reserve(batch->label, need, &labels, sizeof *batch->label);
    }
    if (need > 0) /* else there may be no arrays yet */
        first += rn_loader_objects(batch->box + first, batch->label + first, dataset,
                                   batch->image[i], &batch->transform[i]);
    batch->first[i + 1] = first;
}

static int round_up(int value, int multiple) {
    return (value + multiple - 1) / multiple * multiple;
}

/* Called with the mutex held. */
static void lay_out(rn_loader *loader, rn_slot *slot, long number) {
    rn_batch *batch = &slot->batch;
    int n = loader->options.batch;
    slot->number = number, slot->taken = slot->done = 0, slot->failed = n;
    batch->n = n, batch->h = batch->w = 0, batch->first[0] = 0;
    for (int i = 0; i < n; i++) {
        long sample = number * n + i;
        batch->image[i] = image_of_sample(loader, sample);
        batch->transform[i] =
            draw_transform(&loader->options, loader->size[batch->image[i]], sample);
        batch->height[i] = batch->transform[i].height;
        batch->width[i] = batch->transform[i].width;
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

/* ---- workers -------------------------------------------------------------------------------- */

static rn_status fill_image(rn_loader *loader, const rn_slot *slot, int i, rn_err *err) {
    const rn_batch *batch = &slot->batch;
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
                           &batch->transform[i]);
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
        if (status != RN_OK && image < slot->failed) {
            slot->failed = image;
            slot->err = err;
        }
        if (++slot->done == slot->batch.n) pthread_cond_signal(&loader->ready);
    }
    pthread_mutex_unlock(&loader->mutex);
    return NULL;
}

/* ---- the consumer's side -------------------------------------------------------------------- */

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

static void make_arrays(rn_batch *batch, size_t n) {
    batch->transform = rn_vec_zeros(n, sizeof *batch->transform);
    batch->first = rn_vec_zeros(n + 1, sizeof *batch->first);
    batch->image = rn_vec_zeros(n, sizeof *batch->image);
    batch->height = rn_vec_zeros(n, sizeof *batch->height);
    batch->width = rn_vec_zeros(n, sizeof *batch->width);
}

static void free_arrays(rn_batch *batch) {
    free(batch->pixel), free(batch->box), free(batch->label);
    free(batch->transform), free(batch->first), free(batch->image);
    free(batch->height), free(batch->width);
}

/* Where the system gives fewer threads than asked for, those do. */
static rn_status start_threads(rn_loader *loader, rn_err *err) {
    int wanted = loader->options.threads;
    while (loader->threads < wanted && loader->threads < THREADS_MOST) {
        int error = pthread_create(&loader->thread[loader->threads], NULL, work, loader);
        if (error && loader->threads == 0)
            return rn_fail(err, "cannot start a thread that loads pictures: %s", strerror(error));
        if (error) break;
        loader->threads++;
    }
    return RN_OK;
}

rn_status rn_loader_start(rn_loader **out, const rn_dataset *dataset,
                          const rn_loader_options *options, long first, rn_err *err) {
    RN_CHECK(options->batch > 0 && options->ahead > 0 && options->ahead <= AHEAD_MOST &&
                 options->keep >= 0 && options->keep < options->ahead && options->threads > 0 &&
                 dataset->num_images > 0 && dataset->num_images <= INT_MAX,
             "batch %d, ahead %d, keep %d, threads %d, %zu images", options->batch, options->ahead,
             options->keep, options->threads, dataset->num_images);
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
    for (int i = 0; i < options->ahead; i++) {
        rn_slot *slot = &loader->slot[(first + i) % options->ahead];
        make_arrays(&slot->batch, (size_t)options->batch);
        lay_out(loader, slot, first + i);
    }
    if (start_threads(loader, err) == RN_OK) return RN_OK;
    rn_loader_stop(loader);
    *out = NULL;
    return RN_ERROR;
}

rn_status rn_loader_next(const rn_batch **batch, rn_loader *loader, rn_err *err) {
    pthread_mutex_lock(&loader->mutex);
    if (loader->held > loader->options.keep) { /* the oldest one's place is a new one's */
        rn_slot *old = &loader->slot[loader->next % loader->options.ahead];
        lay_out(loader, old, loader->next + loader->options.ahead);
        loader->next++, loader->held--;
        pthread_cond_broadcast(&loader->work);
    }
    rn_slot *slot = &loader->slot[(loader->next + loader->held) % loader->options.ahead];
    double start = rn_clock_seconds();
    while (slot->done < slot->batch.n) pthread_cond_wait(&loader->ready, &loader->mutex);
    loader->waited += rn_clock_seconds() - start;
    loader->held++;
    pthread_mutex_unlock(&loader->mutex);
    bool good = slot->failed == slot->batch.n; /* nobody writes to the slot any more */
    *batch = good ? &slot->batch : NULL;
    if (!good) *err = slot->err;
    return good ? RN_OK : RN_ERROR;
}

double rn_loader_waited(const rn_loader *loader) { return loader->waited; }

void rn_loader_stop(rn_loader *loader) {
    if (!loader) return;
    pthread_mutex_lock(&loader->mutex);
    loader->stop = true;
    pthread_cond_broadcast(&loader->work);
    pthread_mutex_unlock(&loader->mutex);
    for (int i = 0; i < loader->threads; i++) pthread_join(loader->thread[i], NULL);
    for (int i = 0; i < loader->options.ahead; i++) free_arrays(&loader->slot[i].batch);
    pthread_mutex_destroy(&loader->mutex);
    pthread_cond_destroy(&loader->work);
    pthread_cond_destroy(&loader->ready);
    free(loader->order), free(loader->size);
    free(loader);
}
