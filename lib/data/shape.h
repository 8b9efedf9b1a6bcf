/* shape.h: the shapes of the procedural scenes, as point sets in local coordinates.
 *
 * A shape lives in [-1, 1] x [-1, 1], v pointing down, and touches all four sides of that square:
 * the square mapped onto the picture is the object's box, exactly. */
#ifndef RN_DATA_SHAPE_H
#define RN_DATA_SHAPE_H

#include <stdbool.h>

/** The first `num_classes` are the classes of a set, the others its distractors of wrong shape. */
typedef enum rn_shape {
    RN_SHAPE_DISK,
    RN_SHAPE_BOX,
    RN_SHAPE_TRIANGLE, /**< upright: apex in the middle of the upper side */
    RN_SHAPE_PLUS,
    RN_SHAPE_DIAMOND,
    RN_SHAPE_WEDGE, /**< the triangle upside down */
    RN_SHAPE_CROSS, /**< two diagonal bars */
    RN_SHAPE_FRAME, /**< a hollow box */
    RN_SHAPE_CORNER,
    RN_SHAPE_CRESCENT,
    RN_SHAPES /**< how many there are */
} rn_shape;

/** "disk", "box", ...; static text. */
const char *rn_shape_name(rn_shape shape);

/** Does the open set contain (u, v)? */
bool rn_shape_contains(rn_shape shape, double u, double v);

#endif
