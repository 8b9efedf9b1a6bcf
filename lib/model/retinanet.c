#include "model/retinanet.h"
#include "base/check.h"
#include "base/parallel.h"
#include "nn/init.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static rn_coder make_coder(const rn_model_config *config) {
    rn_coder coder = {.log_most = log(1000. / 16), .plus_one = config->box_plus_one};
    for (int i = 0; i < 4; i++) {
        coder.mean[i] = config->box_mean.value[i];
        coder.std[i] = config->box_std.value[i];
    }
    return coder;
}

static rn_anchor_spec make_anchors(const rn_model_config *config, const rn_fpn *fpn) {
    rn_anchor_spec spec = {.levels = fpn->levels,
                           .num_scales = config->anchor_octaves * config->anchor_scales,
                           .num_ratios = config->anchor_ratios.count,
                           .offset = config->anchor_offset,
                           .whole_sizes = config->anchor_whole,
                           .stride_from_grid = config->anchor_grid_stride};
    for (int l = 0; l < spec.levels; l++) {
        spec.stride[l] = (double)(1 << (fpn->first + l));
        spec.size[l] = config->anchor_size * spec.stride[l];
    }
    for (int s = 0; s < spec.num_scales; s++)
        spec.scale[s] = pow(2, (double)s / config->anchor_scales);
    for (int r = 0; r < spec.num_ratios; r++) spec.ratio[r] = config->anchor_ratios.value[r];
    return spec;
}

/* The authors' code trains neither stem nor first stage of its pretrained backbones (FREEZE_AT 2).
 * A frozen norm means such a backbone; anything else may start from random weights. */
static const char *freeze_list(const char *frozen, int norm) {
    if (strcmp(frozen, "none") == 0) return "";
    if (strcmp(frozen, "auto") == 0) return norm == RN_NORM_FROZEN ? "stem,layer1" : "";
    return frozen;
}

/* "stem,layer1" freezes the parameters below those names. */
static rn_status freeze(rn_params *params, const char *list, rn_err *err) {
    static const struct {
        const char *word, *prefix[2];
    } names[] = {{"stem", {"backbone.body.conv1.", "backbone.body.bn1."}},
                 {"layer1", {"backbone.body.layer1."}},
                 {"layer2", {"backbone.body.layer2."}},
                 {"layer3", {"backbone.body.layer3."}},
                 {"layer4", {"backbone.body.layer4."}},
                 {"body", {"backbone.body."}}};
    size_t length;
    for (bool more = *list; more; more = list[length], list += length + more) {
        bool known = false;
        length = strcspn(list, ",");
        for (size_t i = 0; i < RN_COUNT(names); i++) {
            if (strlen(names[i].word) != length || strncmp(names[i].word, list, length) != 0)
                continue;
            for (int p = 0; p < 2 && names[i].prefix[p]; p++)
                rn_params_freeze(params, names[i].prefix[p]);
            known = true;
        }
        if (!known)
            return rn_fail(err,
                           "--freeze: expected auto, none, or some of stem, layer1, layer2, "
                           "layer3, layer4, body, got \"%.*s\"",
                           (int)length, list);
    }
    return RN_OK;
}

/* A config may come from a file: one that asks for too much is an error, not an abort. */
static rn_status check_memory(const rn_params *params, bool training, rn_err *err) {
    double machine = (double)rn_parallel_machine_memory(), elements = 0;
    for (size_t i = 0; i < params->count; i++) elements += (double)params->list[i]->count;
    double bytes = elements * (training ? 3 : 1) * sizeof(rn_float);
    if (machine == 0 || bytes <= machine) return RN_OK;
    return rn_fail(err, "the network's %.4g parameters need %.1f GB, the machine has %.1f GB",
                   elements, bytes / 1e9, machine / 1e9);
}

rn_status rn_retinanet_create(rn_retinanet *net, const rn_model_config *config, const char *frozen,
                              bool training, rn_err *err) {
    int specs;
    *net = (rn_retinanet){.config = *config};
    if (rn_model_config_check(config, err) != RN_OK) return RN_ERROR;
    const rn_resnet_spec *table = rn_resnet_table(&specs);
    RN_CHECK(config->num_classes > 0, "%d classes", config->num_classes);
    RN_CHECK(config->backbone >= 0 && config->backbone < specs, "backbone %d", config->backbone);
    net->loss = rn_model_loss(config);
    net->columns = rn_loss_columns(net->loss, config->num_classes);
    rn_resnet_declare(&net->body, &net->params, &table[config->backbone],
                      (rn_norm_kind)config->norm, config->norm_groups, "backbone.body.");
    rn_fpn_declare(&net->fpn, &net->params, config, net->body.channels + 1, "backbone.fpn.");
    net->anchors = make_anchors(config, &net->fpn);
    net->coder = make_coder(config);
    int per_cell = rn_anchor_per_cell(&net->anchors);
    rn_head_declare(&net->class_head, &net->params, config, net->fpn.levels,
                    per_cell * net->columns, "head.classification_head.", "cls_logits");
    rn_head_declare(&net->box_head, &net->params, config, net->fpn.levels, per_cell * 4,
                    "head.regression_head.", "bbox_reg");
    if (freeze(&net->params, freeze_list(frozen, config->norm), err) != RN_OK ||
        check_memory(&net->params, training, err) != RN_OK) {
        rn_retinanet_free(net);
        return RN_ERROR;
    }
    rn_params_commit(&net->params, training);
    return RN_OK;
}

void rn_retinanet_free(rn_retinanet *net) {
    rn_params_free(&net->params);
    *net = (rn_retinanet){0};
}

/* ---- initialisation ---------------------------------------------------------------------------
 */

static void init_weight(rn_param *w, const rn_model_config *config, uint64_t seed) {
    bool last = strstr(w->name, ".cls_logits.") || strstr(w->name, ".bbox_reg.");
    if (strncmp(w->name, "backbone.body.", 14) == 0)
        rn_init_normal(w, sqrt(2 / rn_init_fan_out(w)), seed);
    else if (strncmp(w->name, "backbone.fpn.", 13) == 0)
        rn_init_uniform(w, sqrt(3 / rn_init_fan_in(w)),
                        seed); /* kaiming_uniform(a=1), as torchvision */
    else
        rn_init_normal(w, config->head_he && !last ? sqrt(2 / rn_init_fan_in(w)) : config->head_std,
                       seed);
}

/* Eq. of sec. 4.1: sigmoid(bias) = pi. With a softmax the classes share pi against a background
 * logit of 0. */
static void init_prior(const rn_retinanet *net) {
    rn_float *bias = net->class_head.last.bias->value;
    double pi = net->config.prior, odds = pi / (1 - pi);
    int classes = net->config.num_classes;
    if (net->loss->softmax) odds /= classes;
    for (size_t i = 0; i < net->class_head.last.bias->count; i++)
        bias[i] = i % (size_t)net->columns < (size_t)classes ? (rn_float)log(odds) : 0;
}

void rn_retinanet_init(rn_retinanet *net, uint64_t seed) {
    rn_params_reset(&net->params);
    for (size_t i = 0; i < net->params.count; i++)
        if (net->params.list[i]->kind == RN_PARAM_CONV)
            init_weight(net->params.list[i], &net->config, seed);
    init_prior(net);
}

/* ---- running ----------------------------------------------------------------------------------
 */

int rn_retinanet_padded(int side) {
    return (side + RN_IMAGE_MULTIPLE - 1) / RN_IMAGE_MULTIPLE * RN_IMAGE_MULTIPLE;
}

void rn_retinanet_layout(rn_outputs *out, const rn_retinanet *net, int h, int w) {
    size_t per_cell = (size_t)rn_anchor_per_cell(&net->anchors);
    *out = (rn_outputs){.levels = net->fpn.levels, .image_h = h, .image_w = w};
    for (int l = 0; l < out->levels; l++) {
        int stride = 1 << (net->fpn.first + l); /* each convolution of stride 2 rounds up */
        out->grid[l] = (rn_grid){(h + stride - 1) / stride, (w + stride - 1) / stride};
        out->first[l + 1] =
            out->first[l] + per_cell * (size_t)out->grid[l].h * (size_t)out->grid[l].w;
    }
}

/* Layout, pyramid and logits. */
static void forward_classes(rn_tensor *p[RN_FPN_LEVELS_MOST], rn_outputs *out, rn_tape *tape,
                            const rn_retinanet *net, rn_tensor *image) {
    rn_tensor *c[4];
    RN_CHECK(image->c == 3 && image->h % RN_IMAGE_MULTIPLE == 0 &&
                 image->w % RN_IMAGE_MULTIPLE == 0,
             "image (%d, %d, %d, %d)", image->n, image->h, image->w, image->c);
    rn_retinanet_layout(out, net, image->h, image->w);
    rn_resnet_forward(c, tape, &net->body, image);
    rn_fpn_forward(p, tape, &net->fpn, c + 1);
    for (int l = 0; l < out->levels; l++)
        RN_CHECK(p[l]->h == out->grid[l].h && p[l]->w == out->grid[l].w, "P%d is %d x %d",
                 net->fpn.first + l, p[l]->h, p[l]->w);
    rn_head_forward(out->logit, tape, &net->class_head, p, out->levels, NULL);
}

void rn_retinanet_forward(rn_outputs *out, rn_tape *tape, const rn_retinanet *net,
                          rn_tensor *image) {
    rn_tensor *p[RN_FPN_LEVELS_MOST];
    forward_classes(p, out, tape, net, image);
    rn_head_forward(out->code, tape, &net->box_head, p, out->levels, NULL);
    for (int l = 0; l < out->levels; l++) {
        if (out->logit[l]->wants_grad) rn_tape_gradient(tape, out->logit[l]);
        if (out->code[l]->wants_grad) rn_tape_gradient(tape, out->code[l]);
    }
}

static rn_decode decode_settings(const rn_retinanet *net) {
    return (rn_decode){.score_threshold = net->config.score_threshold,
                       .top_per_level = net->config.top_per_level,
                       .nms_threshold = net->config.nms_iou,
                       .most = net->config.detections,
                       .softmax = net->loss->softmax};
}

/* Level l of an image, but for codes and anchors. */
static rn_decode_level logits_of(const rn_retinanet *net, const rn_outputs *out, int index, int l) {
    size_t anchors = out->first[l + 1] - out->first[l];
    size_t before = (size_t)index * anchors * (size_t)net->columns;
    return (rn_decode_level){.logit = out->logit[l]->value + before, .anchors = anchors};
}

void rn_retinanet_rank(rn_outputs *out, rn_tape *tape, const rn_retinanet *net) {
    const rn_decode decode = decode_settings(net);
    const int images = out->logit[0]->n, levels = out->levels;
    out->best = rn_tape_alloc(tape, (size_t)(images * levels) * sizeof *out->best);
    for (int l = 0; l < levels; l++) {
        size_t most = rn_decode_most(&decode, out->first[l + 1] - out->first[l], net->columns);
        rn_ranked *room = rn_tape_alloc(tape, (size_t)images * most * sizeof *room);
        for (int i = 0; i < images && !tape->plan; i++)
            out->best[i * levels + l] = (rn_rank){room + (size_t)i * most, 0, most};
    }
    if (tape->plan) return;
#pragma omp parallel for schedule(dynamic)
    for (int i = 0; i < images * levels; i++) {
        const rn_decode_level level = logits_of(net, out, i / levels, i % levels);
        rn_decode_rank(&out->best[i], &decode, &level, net->columns);
    }
}

/* cell: for each level (N, h, w), is there a candidate? */
static void mark_cells(uint8_t *cell[RN_FPN_LEVELS_MOST], const rn_outputs *out, rn_tape *tape,
                       const rn_retinanet *net) {
    const size_t classes = (size_t)net->columns - net->loss->softmax;
    const size_t pairs = classes * (size_t)rn_anchor_per_cell(&net->anchors);
    const int images = out->logit[0]->n;
    for (int l = 0; l < out->levels; l++) {
        const size_t cells = (size_t)out->grid[l].h * (size_t)out->grid[l].w;
        cell[l] = rn_tape_alloc(tape, (size_t)images * cells);
        if (tape->plan) continue;
        memset(cell[l], 0, (size_t)images * cells);
        for (int i = 0; i < images; i++) {
            const rn_rank *best = &out->best[i * out->levels + l];
            for (size_t k = 0; k < best->count; k++)
                cell[l][(size_t)i * cells + rn_ranked_index(best->item[k]) / pairs] = 1;
        }
    }
}

void rn_retinanet_infer(rn_outputs *out, rn_tape *tape, const rn_retinanet *net, rn_tensor *image) {
    rn_tensor *p[RN_FPN_LEVELS_MOST];
    uint8_t *cell[RN_FPN_LEVELS_MOST];
    RN_CHECK(!tape->recording, "a gradient of what is left out");
    forward_classes(p, out, tape, net, image);
    rn_retinanet_rank(out, tape, net);
    mark_cells(cell, out, tape, net);
    rn_head_forward(out->code, tape, &net->box_head, p, out->levels, cell);
}

rn_box *rn_retinanet_anchors(const rn_retinanet *net, const rn_outputs *out, rn_arena *arena) {
    rn_box *anchor = rn_arena_alloc(arena, out->first[out->levels] * sizeof *anchor);
    rn_anchor_generate(anchor, &net->anchors, out->grid, out->image_h, out->image_w);
    return anchor;
}

size_t rn_retinanet_detect(rn_detection *found, const rn_retinanet *net, const rn_outputs *out,
                           const rn_box *anchor, int index, int height, int width,
                           rn_arena *scratch) {
    const rn_decode decode = decode_settings(net);
    rn_decode_level level[RN_FPN_LEVELS_MOST];
    for (int l = 0; l < out->levels; l++) {
        level[l] = logits_of(net, out, index, l);
        level[l].code = out->code[l]->value + (size_t)index * level[l].anchors * 4;
        level[l].anchor = anchor + out->first[l];
        level[l].best = out->best ? &out->best[index * out->levels + l] : NULL;
    }
    return rn_decode_image(found, &decode, &net->coder, level, out->levels, net->columns,
                           (float)height, (float)width, scratch);
}
