/* resnet.h: residual networks (He, Zhang, Ren, Sun, CVPR 2016), with the stride of a bottleneck on
 * its 3x3 convolution, as torchvision has them, and the small ones of the benchmark. */
#ifndef RN_MODEL_RESNET_H
#define RN_MODEL_RESNET_H

#include "nn/conv.h"

typedef struct rn_resnet_spec {
    const char *name; /**< "r50" */
    bool bottleneck;  /**< 1x1, 3x3, 1x1 with four times the channels; else 3x3, 3x3 */
    int stem_kernel, stem_channels;
    int channels[4]; /**< of the 3x3 convolutions of each stage */
    int blocks[4];
} rn_resnet_spec;

/** The rows in the order of `rn_resnet_choices`. */
const rn_resnet_spec *rn_resnet_table(int *count);

/** "tiny|tiny18|r18|r34|r50|r101|r152". */
extern const char rn_resnet_choices[];

enum { RN_BLOCKS_MOST = 50 };

typedef struct rn_block {
    int convs;
    rn_conv conv[3], shortcut; /**< shortcut.weight is NULL for the identity */
    rn_norm norm[3], shortcut_norm;
} rn_block;

typedef struct rn_resnet {
    const rn_resnet_spec *spec;
    rn_conv stem;
    rn_norm stem_norm;
    rn_block block[RN_BLOCKS_MOST];
    int channels[4]; /**< of C2 to C5 */
} rn_resnet;

/** Declares PREFIXconv1.weight, PREFIXlayer1.0.conv1.weight, ... */
void rn_resnet_declare(rn_resnet *net, rn_params *params, const rn_resnet_spec *spec,
                       rn_norm_kind norm, int groups, const char *prefix);

/** c[0 .. 3]: C2 to C5, at strides 4 to 32. image: (N, H, W, 3). */
void rn_resnet_forward(rn_tensor *c[4], rn_tape *tape, const rn_resnet *net, rn_tensor *image);

#endif
