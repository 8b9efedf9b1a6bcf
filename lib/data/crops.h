/* crops.h: small pictures of one thing each, with its class: what a backbone learns to see from
 * before it becomes part of a detector, as others learn from ImageNet.
 *
 * A crop is a piece of a procedural scene (scenes.h), by the same painter: the same ground,
 * colours, textures and noise, perhaps a distractor, and on top, near the middle, one thing. Its
 * class is one of 13:
 *
 *     0 to 9   a whole shape: rn_shape_name. All of them are here, whichever are classes of the set
 *              to detect and whichever its distractors: what is learnt is to tell shapes apart
 *     10       a blot: a soft disk without an edge
 *     11       a stroke
 *     12       cut: one of the set's classes of which a half-plane is kept; the hard one, since it
 *              has the texture and most of the outline of its shape
 *
 * Things are as large as the set's, as far as they fit whole into the crop.
 *
 * Crop i of a split comes from streams named "pretrain/SPLIT/PART" at i: the same on any thread and
 * in any order, and of no picture that a detector is trained or tested on. */
#ifndef RN_DATA_CROPS_H
#define RN_DATA_CROPS_H

#include "base/real.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RN_CROP_SIDE = 64, RN_CROP_VALUES = 3 * RN_CROP_SIDE * RN_CROP_SIDE, RN_CROP_CLASSES = 13 };

/** "disk", ..., "blot", "stroke", "cut"; static text. */
const char *rn_crop_class_name(int label);

/** Paints crop `index` and returns its class. rgb: RN_CROP_VALUES bytes as rn_image has them.
 * split: "train", "val", at most 32 characters. */
int rn_crop_render(uint8_t *rgb, uint64_t seed, const char *split, size_t index);

/** Many of them; free with rn_crops_free, a zeroed one may be freed too. */
typedef struct rn_crops {
    size_t count;
    uint8_t *rgb; /**< (count, RN_CROP_SIDE, RN_CROP_SIDE, 3) */
    int *label;   /**< (count), 0 to RN_CROP_CLASSES - 1 */
} rn_crops;

/** Room for that many. */
rn_crops rn_crops_new(size_t count);

/** Paints the crops first .. last - 1 on all threads. */
void rn_crops_render(rn_crops *crops, uint64_t seed, const char *split, size_t first, size_t last);

/** One crop, perhaps mirrored, normalised as the loader normalises pictures. pixel: RN_CROP_VALUES
 * numbers. */
void rn_crops_pixels(rn_float *pixel, const rn_crops *crops, size_t index, bool flip);

void rn_crops_free(rn_crops *crops);

#endif
