/* scenes.h: the procedural data set: simple shapes on a noisy ground, told apart by shape alone.
 *
 * Objects are few among many places where an object could be, they vary fourfold in size, their
 * colour and texture say nothing about their class, and the ground holds distractors: classes that
 * are cut, shapes that are no class, blots and strokes. Boxes are exact and lie on whole pixels.
 *
 * Nothing is stored: picture i of a split comes from random streams named after the split, the part
 * of the picture and i, so it is the same on any thread and in any order, and a set with other
 * distractors has the same objects on the same ground. */
#ifndef RN_DATA_SCENES_H
#define RN_DATA_SCENES_H

#include "data/dataset.h"
#include "data/shape.h"

#include <stdbool.h>
#include <stdint.h>

enum { RN_SCENES_OBJECTS_MOST = 8, RN_SCENES_CLASSES_MOST = RN_SHAPES - 1 };

typedef struct rn_span {
    double low, high;
} rn_span;

/** What a set is made of. Lengths are in units; a unit is `scale` pixels. */
typedef struct rn_scenes {
    uint64_t seed;
    int train, val, test; /**< pictures per split */
    int side;             /**< of the square picture */
    int scale;            /**< pixels a unit: the same scenes at a higher resolution */
    int num_classes;      /**< the first so many of rn_shape; the others are distractors */
    double objects[RN_SCENES_OBJECTS_MOST + 1]; /**< probability of 0, 1, 2, ... objects */
    rn_span size;        /**< of sqrt(width * height) of a box, log-uniform, before rounding */
    double aspect;       /**< |log(width / height)| is at most this, uniform */
    double overlap;      /**< two objects share less than this part of the smaller box */
    rn_span distractors; /**< how many, whole numbers, both included */
    rn_span strokes;     /**< the same of strokes over everything */
    rn_span contrast;    /**< distance in RGB from what lies below */
    rn_span noise;       /**< standard deviation of the pixel noise */
    bool cache;          /**< keep the rendered pictures on disk (see rn_scenes_load_with) */
} rn_scenes;

/** 256 x 256, 4 classes, 0 to 2 objects of 21 to 84 pixels; 1300, 1000 and 1000 pictures. */
rn_scenes rn_scenes_default(void);

/** Fails, naming the field, unless every value is within bounds and the largest object fits. */
rn_status rn_scenes_check(const rn_scenes *scenes, rn_err *err);

/** The default set; see below. */
rn_status rn_scenes_load(rn_dataset *dataset, const char *split, rn_err *err);

/** Fills `dataset`: "train" (also for NULL), "val", "test", or several joined by '+'. Objects are
 * there at once.
 *
 * With `scenes->cache` all pictures are rendered by the first load, on all threads, and kept in
 * $XDG_CACHE_HOME or ~/.cache, folder retinanet/; later loads map that file. Without it, with
 * RN_CACHE=off in the environment, or when the folder cannot be written, each picture is rendered
 * when it is asked for, some milliseconds each. Either way the pictures are the same. */
rn_status rn_scenes_load_with(rn_dataset *dataset, const rn_scenes *scenes, const char *split,
                              rn_err *err);

#endif
