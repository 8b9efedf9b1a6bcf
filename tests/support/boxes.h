/* boxes.h: random boxes and slow, obvious twins for the tests of detect/. */
#ifndef RN_TESTS_SUPPORT_BOXES_H
#define RN_TESTS_SUPPORT_BOXES_H

#include "base/rng.h"
#include "detect/box.h"

/** A box inside [0, width] x [0, height] with sides of `least` to `most` pixels and corners on
 * multiples of `unit` (a power of two): coarse units make ties. */
rn_box rn_test_box(rn_rng *rng, double width, double height, double least, double most,
                   double unit);

/** Intersection over union in double precision, straight from its definition. */
double rn_test_iou(rn_box a, rn_box b, double plus_one);

#endif
