/* param.h: the registry of everything a network learns or carries along.
 *
 * Declare all, then commit: one slab holds the values, one the gradients and one the momentum, so
 * that SGD, clipping and zeroing are loops over arrays. The slabs are ordered
 *
 *     decayed (convolution weights) | other trainable (biases, norms) | not trained (buffers,
 * frozen)
 *
 * and gradients and momentum cover only the first two parts. Names and, on disk, axis order are
 * torchvision's. */
#ifndef RN_NN_PARAM_H
#define RN_NN_PARAM_H

#include "base/arena.h"
#include "base/real.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum rn_param_kind {
    RN_PARAM_CONV,  /**< convolution weight, shape (R, S, C, K): HWIO; files have OIHW */
    RN_PARAM_BIAS,  /**< (K) */
    RN_PARAM_NORM,  /**< scale or shift of a norm that is trained, (K) */
    RN_PARAM_BUFFER /**< running statistics, all of a frozen norm: never trained, (K) */
} rn_param_kind;

enum { RN_PARAM_NAME_SIZE = 96 };

typedef struct rn_param {
    char name[RN_PARAM_NAME_SIZE]; /**< "backbone.body.layer1.0.conv1.weight" */
    rn_param_kind kind;
    int dims, shape[4]; /**< conv: R S C K; else K */
    size_t count;
    rn_float initial; /**< every value right after the commit; 0 unless set */
    bool frozen;      /**< set before the commit: no gradient, no update */
    rn_float *value;  /**< set by the commit */
    rn_float *grad;   /**< NULL when it is not trained */
    rn_float *momentum;
} rn_param;

/** Zero-initialise; free with rn_params_free. */
typedef struct rn_params {
    rn_param **list; /**< in the order of declaration; pointers stay valid */
    size_t count, capacity;
    rn_arena arena;
    rn_float *value, *grad, *momentum;
    size_t decayed, trainable, total; /**< elements; decayed <= trainable <= total */
} rn_params;

/** Formats a name; one that does not fit aborts. */
void rn_param_name(char out[RN_PARAM_NAME_SIZE], const char *format, va_list args);

/** Registers a parameter; values are set after the commit. shape: R S C K for RN_PARAM_CONV, else
 * K. The name is formatted; it must be new. */
rn_param *rn_params_declare(rn_params *params, rn_param_kind kind, const int shape[],
                            const char *name, ...) __attribute__((format(printf, 4, 5)));

/** Freezes every parameter whose name starts with the prefix; returns how many. Before the commit.
 */
int rn_params_freeze(rn_params *params, const char *prefix);

/** Takes the slabs; values are `initial`, the rest 0. Without `training` there are no gradients and
 * no momentum. */
void rn_params_commit(rn_params *params, bool training);

/** Sets every value to its parameter's `initial`. */
void rn_params_reset(rn_params *params);

/** NULL when there is none of that name. */
rn_param *rn_params_find(const rn_params *params, const char *name);

void rn_params_zero_grad(rn_params *params);

/** Are all values and, where there is one, all of the momentum finite? */
bool rn_params_are_finite(const rn_params *params);

/** A fingerprint of all values, bit for bit (FNV-1a, 64 bits): equal runs have equal ones. */
uint64_t rn_params_hash(const rn_params *params);

void rn_params_free(rn_params *params);

#endif
