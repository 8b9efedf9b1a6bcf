/* loader.h: batches for training, decoded and augmented by threads of their own while the network
 * computes.
 *
 * Sample k of a run is image order(k / n)[k % n] of the set, where every epoch has its own random
 * order, and its augmentation is drawn from stream (seed, "augment", k): what a batch holds depends
 * on its number alone, so a resumed run sees what an uninterrupted one would have. */
#ifndef RN_DATA_LOADER_H
#define RN_DATA_LOADER_H

#include "base/real.h"
#include "data/dataset.h"
#include "data/transform.h"
#include "detect/box.h"

#include <stdbool.h>
#include <stdint.h>

/** Usual number of batches in memory. */
enum { RN_LOADER_AHEAD = 3 };

typedef struct rn_loader_options {
    int batch;          /**< images */
    int size, max_size; /**< shorter and longer side after resizing */
    int multiple;       /**< the padded sides are multiples of this */
    bool in_order;      /**< image k is sample k: for evaluation */
    bool flip;
    double scale_jitter, color_jitter;
    uint64_t seed;
    int threads; /**< that decode; of more than 64, 64 */
    int ahead;   /**< batches in memory, those in use included: 1 to 64 */
    int keep;    /**< batches that stay valid beside the newest, less than `ahead` */
} rn_loader_options;

/** One batch, owned by the loader. */
typedef struct rn_batch {
    int n, h, w;
    rn_float *pixel; /**< (n, h, w, 3), normalised, padded with zeros right and below */
    rn_box *box;     /**< objects of all images in pixels of the resized image; no crowds */
    int *label;
    int *first;              /**< (n + 1): objects of image i are first[i] .. first[i + 1] - 1 */
    size_t *image;           /**< (n) index in the data set */
    int *height, *width;     /**< (n) size within the padding */
    rn_transform *transform; /**< (n) how each picture became what it is */
} rn_batch;

typedef struct rn_loader rn_loader;

/** Starts the threads; `first` is the number of the first batch wanted. The data set must outlive
 * the loader. Fails when an image's size cannot be found, or no thread be started; then *loader is
 * NULL. */
rn_status rn_loader_start(rn_loader **loader, const rn_dataset *dataset,
                          const rn_loader_options *options, long first, rn_err *err);

/** Waits for the next batch; it stays valid until the next call, or `keep` calls longer. Fails when
 * one of its pictures cannot be read, or has another size than annotated, with the message of the
 * first of them: at the same batch on any number of threads. */
rn_status rn_loader_next(const rn_batch **batch, rn_loader *loader, rn_err *err);

/** The objects of an image that are learnt from (neither crowds nor to be ignored), in pixels of
 * the resized image. box, label: room for the record's count. Returns how many. */
int rn_loader_objects(rn_box *box, int *label, const rn_dataset *dataset, size_t image,
                      const rn_transform *transform);

/** Seconds that rn_loader_next has waited so far. */
double rn_loader_waited(const rn_loader *loader);

/** Stops the threads; NULL is fine. */
void rn_loader_stop(rn_loader *loader);

#endif
