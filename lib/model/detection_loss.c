#include "model/detection_loss.h"
#include "base/check.h"
#include "base/parallel.h"
#include "base/rng.h"
#include "detect/nms.h"
#include "loss/ohem.h"
#include "loss/smooth_l1.h"

#include <math.h>

/* Everything about one image of the batch. */
typedef struct rn_image_targets {
    int *label, *match; /* (anchors) */
    float *iou;         /* (anchors) */
    rn_float *code;     /* (anchors, 4), set where label >= 0 */
    size_t positive, thinned, counted;
} rn_image_targets;

typedef struct rn_loss_context {
    const rn_retinanet *net;
    const rn_outputs *out;
    const rn_box *anchor;
    rn_loss_options options;
    size_t anchors;
    rn_arena *arena;
} rn_loss_context;

static rn_loss_options loss_options(const rn_model_config *config, rn_arena *arena) {
    rn_loss_options options = {.gamma = (rn_float)config->gamma,
                               .alpha = (rn_float)config->alpha,
                               .beta = (rn_float)config->beta,
                               .margin = (rn_float)config->margin};
    int count = config->class_alpha.count;
    if (count > 0) {
        rn_float *alpha = rn_arena_alloc(arena, (size_t)count * sizeof *alpha);
        for (int i = 0; i < count; i++) alpha[i] = (rn_float)config->class_alpha.value[i];
        options.class_alpha = alpha;
    }
    return options;
}

rn_assign rn_retinanet_assign(const rn_model_config *config) {
    return (rn_assign){.positive = config->positive_iou,
                       .negative = config->negative_iou,
                       .best_anchor = isnan(config->best_anchor) ? -1 : config->best_anchor,
                       .plus_one = config->box_plus_one};
}

static rn_image_targets *new_targets(const rn_loss_context *context, int images) {
    rn_arena *arena = context->arena;
    rn_image_targets *all = rn_arena_zeros(arena, (size_t)images, sizeof *all);
    size_t n = context->anchors;
    for (rn_image_targets *image = all; image < all + images; image++) {
        image->label = rn_arena_alloc(arena, n * sizeof *image->label);
        image->match = rn_arena_alloc(arena, n * sizeof *image->match);
        image->iou = rn_arena_alloc(arena, n * sizeof *image->iou);
        image->code = rn_arena_alloc(arena, 4 * n * sizeof *image->code);
    }
    return all;
}

/* Ignores background anchors but for a share of them; returns how many. Every anchor has a number
 * of its own, background or not, so that a smaller share is a part of a larger one. */
static size_t thin_negatives(int *label, size_t anchors, double share, rn_rng rng) {
    size_t thinned = 0;
    if (share >= 1) return 0;
    uint64_t below = (uint64_t)(share * 0x1p32);
    for (size_t a = 0; a < anchors; a++) {
        bool kept = rn_rng_u32(&rng) < below;
        if (kept || label[a] != RN_BACKGROUND) continue;
        label[a] = RN_IGNORE;
        thinned++;
    }
    return thinned;
}

static void assign_image(rn_image_targets *image, const rn_loss_context *context,
                         const rn_box *object, const int *object_class, int objects, rn_rng rng) {
    rn_assign assign = rn_retinanet_assign(&context->net->config);
    size_t n = context->anchors;
    image->positive = rn_assign_anchors(image->label, image->match, image->iou, context->anchor, n,
                                        object, object_class, objects, &assign);
    image->thinned = thin_negatives(image->label, n, context->net->config.keep_negatives, rng);
    for (size_t a = 0; a < n; a++) {
        image->counted += image->label[a] != RN_IGNORE;
        if (image->label[a] >= 0)
            rn_coder_encode(image->code + 4 * a, &context->net->coder, object[image->match[a]],
                            context->anchor[a]);
    }
}

/* ---- OHEM --------------------------------------------------------------------------------------
 */

/* Boxes that the suppression among hard examples compares: the anchors or what they predict. */
static const rn_box *ohem_boxes(const rn_loss_context *context, int index) {
    const rn_outputs *out = context->out;
    if (context->net->config.ohem_boxes == RN_OHEM_ANCHORS) return context->anchor;
    rn_box *box = rn_arena_alloc(context->arena, context->anchors * sizeof *box);
    for (int l = 0; l < out->levels; l++) {
        size_t n = out->first[l + 1] - out->first[l];
        const rn_float *code = out->code[l]->value + (size_t)index * n * 4;
        for (size_t a = 0; a < n; a++)
            box[out->first[l] + a] = rn_coder_decode(&context->net->coder, code + 4 * a,
                                                     context->anchor[out->first[l] + a]);
    }
    return box;
}

/* Ignores all anchors of the image but the hard ones; `label` is changed. */
static void mine_hard_examples(int *label, const rn_loss_context *context, int index) {
    const rn_model_config *config = &context->net->config;
    const rn_outputs *out = context->out;
    rn_arena *arena = context->arena;
    rn_arena_mark mark = rn_arena_get_mark(arena);
    size_t n = context->anchors, count = 0, columns = (size_t)context->net->columns;
    double *value = rn_arena_alloc(arena, n * sizeof *value);
    for (int l = 0; l < out->levels; l++) {
        size_t first = out->first[l], here = out->first[l + 1] - first;
        rn_loss_of_rows(value + first, out->logit[l]->value + (size_t)index * here * columns,
                        label + first, here, context->net->columns, context->net->loss,
                        &context->options);
    }
    const rn_box *box = ohem_boxes(context, index);
    rn_box *candidate = rn_arena_alloc(arena, n * sizeof *candidate);
    float *hardness = rn_arena_alloc(arena, n * sizeof *hardness);
    int *anchor = rn_arena_alloc(arena, n * sizeof *anchor);
    int *survivor = rn_arena_alloc(arena, n * sizeof *survivor);
    for (size_t a = 0; a < n; a++) {
        if (label[a] == RN_IGNORE) continue;
        anchor[count] = (int)a, candidate[count] = box[a], hardness[count++] = (float)value[a];
    }
    size_t most = config->ohem_one_to_three ? count : (size_t)config->ohem_batch;
    size_t kept = rn_nms(survivor, candidate, hardness, NULL, count, (float)config->ohem_nms,
                         config->box_plus_one, most, arena);
    for (size_t i = 0; i < kept; i++) survivor[i] = anchor[survivor[i]];
    rn_ohem_select(label, n, survivor, kept,
                   (rn_ohem){config->ohem_batch, config->ohem_one_to_three});
    rn_arena_release(arena, mark);
}

/* ---- the two terms ------------------------------------------------------------------------------
 */

static void note_bad(rn_loss_report *report, const char *term, int image, int level, double value) {
    if (isfinite(value) || report->bad_term) return;
    report->bad_term = term;
    report->bad_image = image;
    report->bad_level = level;
}

static void add_classification(rn_loss_report *report, const rn_loss_context *context,
                               const int *label, int index, double scale, double weight) {
    const rn_outputs *out = context->out;
    size_t columns = (size_t)context->net->columns;
    for (int l = 0; l < out->levels; l++) {
        size_t n = out->first[l + 1] - out->first[l], at = (size_t)index * n * columns;
        const rn_tensor *logit = out->logit[l];
        double sum = context->net->loss->compute(
            logit->grad ? logit->grad + at : NULL, logit->value + at, label + out->first[l], n,
            context->net->columns, &context->options, (rn_float)(scale * weight));
        note_bad(report, "classification loss", index, context->net->fpn.first + l, sum);
        report->classification += sum * scale;
        if (logit->grad) report->class_gradient += rn_loss_square(logit->grad + at, n * columns);
    }
}

static void add_box(rn_loss_report *report, const rn_loss_context *context,
                    const rn_image_targets *image, int index, double scale, double weight) {
    const rn_outputs *out = context->out;
    for (int l = 0; l < out->levels; l++) {
        size_t n = out->first[l + 1] - out->first[l], at = (size_t)index * n * 4;
        const rn_tensor *code = out->code[l];
        double sum = rn_smooth_l1_loss(
            code->grad ? code->grad + at : NULL, code->value + at, image->code + 4 * out->first[l],
            image->label + out->first[l], n, (rn_float)context->net->config.smooth_l1_beta,
            (rn_float)(scale * weight));
        note_bad(report, "box loss", index, context->net->fpn.first + l, sum);
        report->box += sum * scale;
    }
}

static void count_image(rn_loss_report *report, const rn_loss_context *context,
                        const rn_image_targets *image) {
    const rn_outputs *out = context->out;
    for (int l = 0; l < out->levels; l++)
        for (size_t a = out->first[l]; a < out->first[l + 1]; a++)
            report->positives[l] += image->label[a] >= 0;
    report->positive += image->positive;
    report->ignored += context->anchors - image->counted - image->thinned;
    report->thinned += image->thinned;
    report->anchors += context->anchors;
}

/* Both terms of one image. Where there is one for each thread images are shared out, else what is
 * within them; OHEM takes memory of the arena. */
static void add_terms(rn_loss_report *part, const rn_loss_context *context,
                      const rn_image_targets *image, int index, double divisor, double weight) {
    const rn_model_config *config = &context->net->config;
    double box_weight = config->box_weight / (config->box_mean_of_four ? 4 : 1);
    add_box(part, context, image, index, box_weight / divisor, weight);
    if (rn_model_uses_ohem(config)) mine_hard_examples(image->label, context, index);
    for (size_t a = 0; a < context->anchors; a++) part->sampled += image->label[a] != RN_IGNORE;
    add_classification(part, context, image->label, index, config->class_weight / divisor, weight);
}

static void add_part(rn_loss_report *report, const rn_loss_report *part) {
    report->classification += part->classification;
    report->box += part->box;
    report->class_gradient += part->class_gradient; /* still squares */
    report->sampled += part->sampled;
    if (report->bad_term) return;
    report->bad_term = part->bad_term;
    report->bad_image = part->bad_image, report->bad_level = part->bad_level;
}

void rn_detection_loss(rn_loss_report *report, const rn_retinanet *net, const rn_outputs *out,
                       const rn_targets *targets, rn_normaliser *normaliser, double weight,
                       rn_arena *arena) {
    const rn_model_config *config = &net->config;
    int images = targets->images;
    RN_CHECK(out->logit[0]->n == images, "%d images in the outputs, %d in the targets",
             out->logit[0]->n, images);
    rn_arena_mark mark = rn_arena_get_mark(arena);
    rn_loss_context context = {.net = net,
                               .out = out,
                               .arena = arena,
                               .anchors = out->first[out->levels],
                               .anchor = rn_retinanet_anchors(net, out, arena),
                               .options = loss_options(config, arena)};
    rn_image_targets *image = new_targets(&context, images);
    size_t *positive = rn_arena_zeros(arena, (size_t)images, sizeof *positive);
    size_t *counted = rn_arena_zeros(arena, (size_t)images, sizeof *counted);
    double *divisor = rn_arena_zeros(arena, (size_t)images, sizeof *divisor);
    *report = (rn_loss_report){0};
#pragma omp parallel for schedule(dynamic) if (images > 1)
    for (int i = 0; i < images; i++) {
        int first = targets->first[i];
        assign_image(&image[i], &context, targets->box + first, targets->label + first,
                     targets->first[i + 1] - first,
                     rn_rng_stream(targets->seed, "keep-negatives", targets->sample + (uint64_t)i));
    }
    for (int i = 0; i < images; i++) {
        count_image(report, &context, &image[i]);
        positive[i] = image[i].positive, counted[i] = image[i].counted;
    }
    rn_normaliser_divide(divisor, normaliser, positive, counted, images);
    rn_loss_report *part = rn_arena_zeros(arena, (size_t)images, sizeof *part);
    bool share_out = images % rn_parallel_threads() == 0 && !rn_model_uses_ohem(config);
#pragma omp parallel for schedule(static) if (share_out)
    for (int i = 0; i < images; i++)
        add_terms(&part[i], &context, &image[i], i, divisor[i], weight);
    for (int i = 0; i < images; i++) add_part(report, &part[i]);
    report->class_gradient = weight > 0 ? sqrt(report->class_gradient) / weight : 0;
    rn_arena_release(arena, mark);
}
