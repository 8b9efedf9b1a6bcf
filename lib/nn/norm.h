/* norm.h: normalisation of activations, with an optional ReLU fused behind it.
 *
 *     y = scale (x - mean) / sqrt(variance + eps) + shift
 *
 *   frozen   all four come from a pretrained file and none is trained: how detectors use ImageNet
 *            backbones at small batch sizes
 *   batch    mean and variance of the batch while training, running averages of them afterwards
 *            (Ioffe and Szegedy 2015)
 *   group    mean and variance of each image over groups of channels (Wu and He 2018) */
#ifndef RN_NN_NORM_H
#define RN_NN_NORM_H

#include "nn/param.h"
#include "nn/tape.h"

typedef enum rn_norm_kind {
    RN_NORM_NONE,
    RN_NORM_FROZEN,
    RN_NORM_BATCH,
    RN_NORM_GROUP
} rn_norm_kind;

/** "none|frozen|batch|group", in the order of the enum. */
extern const char rn_norm_choices[];

typedef struct rn_norm {
    rn_norm_kind kind;
    rn_param *scale, *shift;   /**< (C); NULL for RN_NORM_NONE */
    rn_param *mean, *variance; /**< (C) running statistics; NULL for RN_NORM_GROUP */
    double eps;
    double momentum; /**< running = (1 - momentum) running + momentum batch; .1 as in PyTorch */
    int groups;
} rn_norm;

/** Declares NAME.weight, NAME.bias and, but for groups, NAME.running_mean and NAME.running_var.
 * Groups are `groups`, or the largest smaller number that divides the channels. */
rn_norm rn_norm_declare(rn_params *params, rn_norm_kind kind, int channels, int groups,
                        const char *name, ...) __attribute__((format(printf, 5, 6)));

/** Is it, on a map of so many pixels over the batch, y = a[c] x + b[c] with constants? Then a
 * convolution can absorb it. Frozen norms are; batch norms after training, and while training on a
 * single pixel, which has no variance: the running statistics stand in for it there. Scale and
 * shift of a batch norm get no gradient from where it is such a map. */
bool rn_norm_is_affine(const rn_norm *norm, const rn_tape *tape, size_t pixels);

/** Those constants: a and b, (C) each. */
void rn_norm_affine(rn_float *a, rn_float *b, const rn_norm *norm);

/** y = norm(x), and relu of it if asked. */
rn_tensor *rn_norm_forward(rn_tape *tape, const rn_norm *norm, rn_tensor *x, bool relu);

#endif
