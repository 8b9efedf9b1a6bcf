#include "model/resnet.h"
#include "base/check.h"
#include "nn/pool.h"

#include <stdio.h>

const char rn_resnet_choices[] = "tiny|tiny18|r18|r34|r50|r101|r152";

const rn_resnet_spec *rn_resnet_table(int *count) {
    static const rn_resnet_spec table[] = {
        {"tiny", false, 3, 16, {16, 32, 64, 96}, {1, 1, 1, 1}},
        {"tiny18", false, 3, 16, {16, 32, 64, 96}, {2, 2, 2, 2}},
        {"r18", false, 7, 64, {64, 128, 256, 512}, {2, 2, 2, 2}},
        {"r34", false, 7, 64, {64, 128, 256, 512}, {3, 4, 6, 3}},
        {"r50", true, 7, 64, {64, 128, 256, 512}, {3, 4, 6, 3}},
        {"r101", true, 7, 64, {64, 128, 256, 512}, {3, 4, 23, 3}},
        {"r152", true, 7, 64, {64, 128, 256, 512}, {3, 8, 36, 3}},
    };
    *count = RN_COUNT(table);
    return table;
}

static void declare_layer(rn_block *block, int i, rn_params *params, int in, int out, int kernel,
                          int stride, rn_norm_kind norm, int groups, const char *prefix) {
    block->conv[i] = rn_conv_declare(params, in, out, kernel, stride, norm == RN_NORM_NONE,
                                     "%s.conv%d", prefix, i + 1);
    block->norm[i] = rn_norm_declare(params, norm, out, groups, "%s.bn%d", prefix, i + 1);
}

/* Returns the channels that leave the block. */
static int declare_block(rn_block *block, rn_params *params, bool bottleneck, int in, int width,
                         int stride, rn_norm_kind norm, int groups, const char *prefix) {
    int out = bottleneck ? 4 * width : width;
    block->convs = bottleneck ? 3 : 2;
    if (bottleneck) {
        declare_layer(block, 0, params, in, width, 1, 1, norm, groups, prefix);
        declare_layer(block, 1, params, width, width, 3, stride, norm, groups, prefix);
        declare_layer(block, 2, params, width, out, 1, 1, norm, groups, prefix);
    } else {
        declare_layer(block, 0, params, in, width, 3, stride, norm, groups, prefix);
        declare_layer(block, 1, params, width, width, 3, 1, norm, groups, prefix);
    }
    if (in != out || stride != 1) {
        block->shortcut = rn_conv_declare(params, in, out, 1, stride, norm == RN_NORM_NONE,
                                          "%s.downsample.0", prefix);
        block->shortcut_norm =
            rn_norm_declare(params, norm, out, groups, "%s.downsample.1", prefix);
    }
    return out;
}

void rn_resnet_declare(rn_resnet *net, rn_params *params, const rn_resnet_spec *spec,
                       rn_norm_kind norm, int groups, const char *prefix) {
    char name[RN_PARAM_NAME_SIZE];
    *net = (rn_resnet){.spec = spec};
    net->stem = rn_conv_declare(params, 3, spec->stem_channels, spec->stem_kernel, 2,
                                norm == RN_NORM_NONE, "%sconv1", prefix);
    net->stem_norm = rn_norm_declare(params, norm, spec->stem_channels, groups, "%sbn1", prefix);
    int channels = spec->stem_channels;
    rn_block *block = net->block;
    for (int stage = 0; stage < 4; stage++) {
        for (int i = 0; i < spec->blocks[stage]; i++, block++) {
            RN_CHECK(block < net->block + RN_BLOCKS_MOST, "%s has too many blocks", spec->name);
            snprintf(name, sizeof name, "%slayer%d.%d", prefix, stage + 1, i);
            channels =
                declare_block(block, params, spec->bottleneck, channels, spec->channels[stage],
                              stage > 0 && i == 0 ? 2 : 1, norm, groups, name);
        }
        net->channels[stage] = channels;
    }
}

static rn_tensor *block_forward(rn_tape *tape, const rn_block *block, rn_tensor *x) {
    rn_tensor *y = x;
    int last = block->convs - 1;
    for (int i = 0; i < last; i++)
        y = rn_conv_forward(tape, &block->conv[i], &block->norm[i], true, y);
    if (block->shortcut.weight)
        x = rn_conv_forward(tape, &block->shortcut, &block->shortcut_norm, false, x);
    return rn_conv_add_forward(tape, &block->conv[last], &block->norm[last], x, y);
}

void rn_resnet_forward(rn_tensor *c[4], rn_tape *tape, const rn_resnet *net, rn_tensor *image) {
    rn_tape_mark mark = rn_tape_get_mark(tape);
    rn_tensor *x = rn_conv_forward(tape, &net->stem, &net->stem_norm, true, image);
    x = rn_max_pool_forward(tape, x);
    rn_tape_keep(tape, mark, &x, 1);
    const rn_block *block = net->block;
    for (int stage = 0; stage < 4; stage++) {
        mark = rn_tape_get_mark(tape);
        for (int i = 0; i < net->spec->blocks[stage]; i++) {
            x = block_forward(tape, block++, x);
            rn_tape_keep(tape, mark, &x, 1);
        }
        c[stage] = x;
    }
}
