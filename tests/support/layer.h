/* layer.h: what the tests of nn/ share: a tape with its memory, random tensors, and the checks that
 * every operation must pass, whatever it computes. */
#ifndef RN_TESTS_SUPPORT_LAYER_H
#define RN_TESTS_SUPPORT_LAYER_H

#include "base/rng.h"
#include "nn/param.h"
#include "nn/tape.h"

/** Relative and absolute error of a sum of a few hundred terms of size 1. */
#define LAYER_TOLERANCE (sizeof(rn_float) == 8 ? 1e-12 : 1e-5)

/** One step of training: what it runs on. Open once, not to be copied. */
typedef struct layer_step {
    rn_arena arena;
    rn_params params;
    rn_tape tape; /**< recording and training */
    rn_rng rng;
} layer_step;

/** `seed` picks the random numbers. */
void layer_open(layer_step *step, uint64_t seed);
void layer_close(layer_step *step);

/** A tensor of normal numbers, with zeros for its gradient. */
rn_tensor *layer_input(layer_step *step, int n, int h, int w, int c);

/** From here on it is a tensor that wants no gradient. */
void layer_stop_gradient(rn_tensor *x);

/** Adds normal numbers times `size` to the values of a parameter. */
void layer_stir(layer_step *step, const rn_param *param, double size);

/** A copy, owned by the step. */
rn_float *layer_copy(layer_step *step, const rn_float *from, size_t count);

/** Fails the test unless all are near, element by element. */
void layer_expect_near(const char *what, const rn_float *got, const double *want, size_t count);

/** An operation and the arrays that its result depends on. */
typedef struct layer_leaf {
    const char *name;
    rn_float *value, *grad; /**< grad NULL: a state that the operation may change */
    size_t count;
    bool is_tensor;
} layer_leaf;

enum { LAYER_LEAVES = 8 };

typedef struct layer_case {
    const char *name;
    rn_tensor *(*run)(rn_tape *tape, const void *with); /**< y, a function of the leaves */
    const void *with;
    layer_leaf leaf[LAYER_LEAVES]; /**< the rest without names */
} layer_case;

layer_leaf layer_leaf_tensor(const char *name, const rn_tensor *tensor);
layer_leaf layer_leaf_param(const rn_param *param);

/** For a random r, the gradient of sum r y that backward ADDS to each leaf is, along random
 * directions of signs, the central difference. A kink that is crossed on the way is forgiven in
 * single precision. */
void layer_expect_derivative(layer_step *step, const layer_case *c);

/** Values, gradients and states have the same bits on 1, 2 and 5 threads, and without recording. */
void layer_expect_same_bits(layer_step *step, const layer_case *c);

/** Of an operation of one node: its backward pass stores to gradients that are new (see tape.h)
 * what it adds to zeros, whatever was there. */
void layer_expect_stored(layer_step *step, const layer_case *c);

/** A rehearsal calls for what a step takes and touches no value. */
void layer_expect_rehearsal(layer_step *step, const layer_case *c);

#endif
