/* decode.h: from logits to detections (sec. 4.1, "Inference").
 *
 * Per level the best (anchor, class) pairs above the threshold are candidates. From the best of all
 * levels on, their boxes are decoded, cut to the image and, unless nothing is left of them or a
 * better one of their class suppresses them, kept, until there are enough.
 *
 * A score is a probability, computed in double precision and rounded to float; it is what the
 * threshold (rounded likewise) and the order go by. Logits serve only to pass over, without an
 * exponential, what is clearly below the threshold. */
#ifndef RN_DETECT_DECODE_H
#define RN_DETECT_DECODE_H

#include "base/arena.h"
#include "base/real.h"
#include "detect/box.h"
#include "detect/coder.h"
#include "detect/rank.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct rn_decode {
    double score_threshold; /**< strictly above: .05; in [0, 1] */
    int top_per_level;      /**< 1000, before boxes are decoded */
    double nms_threshold;   /**< .5, class by class */
    int most;               /**< detections an image: 100 */
    bool softmax;           /**< scores are a softmax over columns, the last being background */
} rn_decode;

/** What the network says about one level of one image; arrays are borrowed. */
typedef struct rn_decode_level {
    const rn_float *logit; /**< (anchors, columns) */
    const rn_float *code;  /**< (anchors, 4) */
    const rn_box *anchor;  /**< (anchors) */
    size_t anchors;
    const rn_rank *best; /**< what rn_decode_rank found, by the same settings; NULL: not ranked */
} rn_decode_level;

/** How many candidates a level can give at most. */
size_t rn_decode_most(const rn_decode *decode, size_t anchors, int columns);

/** The candidates of a level, best first; pair i of anchor i / classes and class i % classes. Only
 * logits are read, so that boxes need to be known for candidates alone. best: as rn_rank starts,
 * for rn_decode_most of them. */
void rn_decode_rank(rn_rank *best, const rn_decode *decode, const rn_decode_level *level,
                    int columns);

/** out: room for decode->most, best first; boxes in pixels of the network's input, clipped to
 * height x width. Candidates are (anchor, class) pairs, the best first, ties by (level, anchor,
 * class). NaN logits, and boxes that are NaN or have no area, are dropped. Scratch memory is taken
 * from the arena and released. Returns the number of detections. */
size_t rn_decode_image(rn_detection *out, const rn_decode *decode, const rn_coder *coder,
                       const rn_decode_level *level, int levels, int columns, float height,
                       float width, rn_arena *scratch);

#endif
