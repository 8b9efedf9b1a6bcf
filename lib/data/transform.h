/* transform.h: from a picture to what the network sees, and back for boxes.
 *
 * Perhaps change colours, normalise by ImageNet's mean and standard deviation, resize by bilinear
 * interpolation (torch.nn.functional.interpolate, mode bilinear, align_corners false, no
 * antialiasing), perhaps flip, and lay into the left upper corner of a padded slot: one pass,
 * without rounding to bytes in between, as torchvision's GeneralizedRCNNTransform does. */
#ifndef RN_DATA_TRANSFORM_H
#define RN_DATA_TRANSFORM_H

#include "base/real.h"
#include "data/image.h"
#include "detect/box.h"

#include <stdbool.h>

/** Of one picture; made by rn_transform_resize, then changed at will. */
typedef struct rn_transform {
    int from_height, from_width;             /**< of the picture */
    int height, width;                       /**< after resizing */
    bool flip;                               /**< left and right, after resizing */
    double brightness, contrast, saturation; /**< factors >= 0; 1 leaves as is */
} rn_transform;

/** ImageNet's mean and standard deviation of RGB in [0, 1], as torchvision normalises. */
extern const double rn_transform_mean[3], rn_transform_std[3];

/** The size rule: the shorter side becomes `size`, unless the longer one would exceed `max_size`;
 * both are rounded down, to what torchvision 0.14 gives, and at least 1. Scale jitter is a `size`
 * drawn at random. */
rn_transform rn_transform_resize(int height, int width, double size, double max_size);

/** slot: (slot_h, slot_w, 3) is overwritten; what the picture does not cover becomes 0. */
void rn_transform_apply(rn_float *slot, int slot_h, int slot_w, const rn_image *image,
                        const rn_transform *transform);

/** A box of the picture in pixels of the slot, and the other way. */
rn_box rn_transform_box(const rn_transform *transform, rn_box box);
rn_box rn_transform_box_back(const rn_transform *transform, rn_box box);

#endif
