/* The whole detector against torchvision's: tests/golden/make_network.py. Weights and images are
 * made from names on both sides; outputs, losses, gradients, three steps of training and detections
 * are compared. */
#include "base/parallel.h"
#include "base/text.h"
#include "data/transform.h"
#include "model/detection_loss.h"
#include "support/golden.h"
#include "support/rule.h"
#include "train/config.h"
#include "train/sgd.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The reference is exact but for being stored in single precision, so in double precision all must
 * agree to that. In single precision rounding moves a few of the millions of ReLUs across zero,
 * which hardly changes the outputs but may change the gradient of one small tensor by a percent:
 * hence a limit for all gradients and one for the median. PyTorch's own are off by up to 5e-5. */
enum { IMAGES = 2, STEPS = 3, PARAMS_MOST = 400, IS_DOUBLE = sizeof(rn_float) == 8 };
static const double output_tolerance = IS_DOUBLE ? 5e-7 : 1e-4;
static const double loss_tolerance = IS_DOUBLE ? 5e-7 : 1e-5;
static const double later_loss_tolerance = IS_DOUBLE ? 5e-7 : 1e-3; /* after such gradients */
static const double gradient_tolerance = IS_DOUBLE ? 5e-7 : 3e-2;
static const double median_tolerance = IS_DOUBLE ? 1e-7 : 1e-4;

typedef struct subject {
    rn_safetensors file;
    const char *name;
    rn_config config;
    rn_retinanet net;
    rn_arena arena, step; /* for the whole test; for one pass */
    int size[IMAGES][2];  /* height and width */
    rn_tensor *image;
    rn_targets targets;
} subject;

/* ---- setting up ---------------------------------------------------------------------------------
 */

/* The metadata are settings on top of the preset. */
static void configure(subject *s) {
    const cJSON *entry;
    rn_err err = {{0}};
    s->config = rn_config_paper();
    cr_assert(rn_config_preset(&s->config, "torchvision", &err) == RN_OK, "%s", err.text);
    cJSON_ArrayForEach(entry, s->file.metadata) {
        const rn_option *option = rn_option_find(rn_config_options(), entry->string);
        if (option)
            cr_assert(rn_option_set(&s->config, option, entry->valuestring, &err) == RN_OK, "%s",
                      err.text);
    }
}

static void make_images(subject *s) {
    int side[2] = {0, 0};
    const rn_float *size =
        rn_golden_values(&s->arena, rn_golden_find(&s->file, "sizes"), RN_GOLDEN_AS_IS);
    for (int i = 0; i < 2 * IMAGES; i++) {
        s->size[i / 2][i % 2] = (int)size[i];
        side[i % 2] = side[i % 2] > (int)size[i] ? side[i % 2] : (int)size[i];
    }
    for (int i = 0; i < 2; i++)
        side[i] = (side[i] + RN_IMAGE_MULTIPLE - 1) / RN_IMAGE_MULTIPLE * RN_IMAGE_MULTIPLE;
    rn_tape tape = {.arena = &s->arena};
    s->image = rn_tape_tensor(&tape, IMAGES, side[0], side[1], 3, false);
    for (int i = 0; i < IMAGES; i++) {
        char name[24];
        int height = s->size[i][0], width = s->size[i][1];
        snprintf(name, sizeof name, "image%d", i);
        rn_image image = rn_rule_image(height, width, name);
        rn_transform transform = rn_transform_resize(height, width, fmin(height, width), 1e4);
        cr_assert(transform.height == height && transform.width == width);
        rn_transform_apply(s->image->value + (size_t)i * (size_t)side[0] * (size_t)side[1] * 3,
                           side[0], side[1], &image, &transform);
        rn_image_free(&image);
    }
}

/* All objects are in the first image; the second has none. */
static void make_targets(subject *s) {
    const rn_safetensor *objects = rn_golden_find(&s->file, "objects");
    const rn_float *row = rn_golden_values(&s->arena, objects, RN_GOLDEN_AS_IS);
    size_t count = (size_t)objects->shape[0];
    rn_box *box = rn_arena_alloc(&s->arena, count * sizeof *box);
    int *label = rn_arena_alloc(&s->arena, count * sizeof *label);
    int *first = rn_arena_zeros(&s->arena, IMAGES + 1, sizeof *first);
    for (size_t i = 0; i < count; i++, row += 5) {
        box[i] = (rn_box){(float)row[0], (float)row[1], (float)row[2], (float)row[3]};
        label[i] = (int)row[4];
    }
    first[1] = first[2] = (int)count;
    s->targets = (rn_targets){.box = box, .label = label, .first = first, .images = IMAGES};
}

static void set_up(subject *s, const char *model, const char *shape) {
    char name[64];
    rn_err err = {{0}};
    *s = (subject){.name = shape};
    rn_parallel_set_threads(1); /* both tests run at the same time */
    snprintf(name, sizeof name, "network_%s_%s.safetensors", model, shape);
    rn_golden_open(&s->file, name);
    configure(s);
    cr_assert(rn_retinanet_create(&s->net, &s->config.model, "", true, &err) == RN_OK, "%s",
              err.text);
    rn_rule_fill_params(&s->net.params);
    make_images(s);
    make_targets(s);
}

static void tear_down(subject *s) {
    rn_retinanet_free(&s->net);
    rn_arena_free(&s->step);
    rn_arena_free(&s->arena);
    rn_safetensors_free(&s->file);
}

/* ---- comparing ----------------------------------------------------------------------------------
 */

static double excess(double got, double want, double slack) {
    double d = fabs(got - want) - slack;
    return d > 0 ? d : d <= 0 ? 0 : INFINITY; /* NaN is infinitely wrong */
}

/* Numbers of the library, and where PyTorch would have them. */
typedef struct view {
    const rn_float *value;
    size_t count;
    const int *shape;
    rn_golden_order order;
} view;

/* Row `row` of `want`: norm, largest value, values at drawn places. Returns the relative error,
 * after each value is allowed to be off by `slack`. */
static double summary_error(view got, const rn_safetensor *want, size_t row, double slack) {
    rn_float table[256];
    size_t columns = (size_t)want->shape[want->dims - 1];
    cr_assert(rn_safetensor_count(want) <= RN_COUNT(table) && rn_safetensor_to_real(table, want));
    const rn_float *value = table + row * columns;
    double squares = 0, largest = 0, off = 0, norm = (double)value[0], most = (double)value[1];
    for (size_t i = 0; i < got.count; i++) {
        double size = fabs((double)got.value[i]);
        squares += size * size;
        largest = size > largest ? size : largest;
    }
    for (size_t i = 2; i < columns; i++) {
        size_t place = rn_rule_index(want->name, i - 2, got.count);
        rn_float here = got.value[rn_golden_place(place, got.shape, got.order)];
        off = fmax(off, excess((double)here, (double)value[i], slack));
    }
    cr_assert(most > 0, "%s is all 0", want->name);
    return fmax(excess(sqrt(squares), norm, slack * sqrt((double)got.count)) / norm,
                fmax(excess(largest, most, slack), off) / most);
}

/* One level of one output; the file has the levels one after the other. */
static void expect_level(subject *s, const rn_outputs *out, int level, const rn_tensor *got,
                         const char *name) {
    const rn_safetensor *tensor = rn_golden_find(&s->file, "%s", name);
    size_t total = out->first[out->levels], columns = (size_t)tensor->shape[2];
    size_t count = (out->first[level + 1] - out->first[level]) * columns;
    rn_arena_mark mark = rn_arena_get_mark(&s->arena);
    const rn_float *want = rn_golden_values(&s->arena, tensor, RN_GOLDEN_AS_IS);
    cr_assert((size_t)tensor->shape[1] == total && rn_tensor_count(got) == IMAGES * count);
    for (size_t i = 0; i < IMAGES; i++) {
        double distance = rn_golden_distance(
            got->value + i * count, want + (i * total + out->first[level]) * columns, count);
        cr_expect(distance <= output_tolerance, "%s: %s of P%d, image %zu, off by %.2g", s->name,
                  name, level + RN_FPN_FIRST, i, distance);
    }
    rn_arena_release(&s->arena, mark);
}

static void expect_outputs(subject *s, const rn_outputs *out) {
    for (int l = 0; l < out->levels; l++) {
        expect_level(s, out, l, out->logit[l], "cls_logits");
        expect_level(s, out, l, out->code[l], "bbox_regression");
    }
}

/* ---- inference ----------------------------------------------------------------------------------
 */

static void expect_features(subject *s) {
    rn_tape tape = {.arena = &s->step};
    rn_tensor *c[4], *p[RN_FPN_LEVELS_MOST];
    rn_resnet_forward(c, &tape, &s->net.body, s->image);
    rn_fpn_forward(p, &tape, &s->net.fpn, c + 1);
    for (int l = 0; l < s->net.fpn.levels; l++) {
        const int shape[4] = {p[l]->n, p[l]->h, p[l]->w, p[l]->c};
        view got = {p[l]->value, rn_tensor_count(p[l]), shape, RN_GOLDEN_IMAGE};
        double error =
            summary_error(got, rn_golden_find(&s->file, "feature.p%d", l + RN_FPN_FIRST), 0, 0);
        cr_expect(error <= output_tolerance, "%s: P%d is off by %.2g", s->name, l + RN_FPN_FIRST,
                  error);
    }
    rn_arena_reset(&s->step);
}

/* Is there one with the row's label, score and, to a hundredth of a pixel, box? */
static bool is_found(const rn_float *row, const rn_detection *found, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const float box[4] = {found[i].box.x1, found[i].box.y1, found[i].box.x2, found[i].box.y2};
        bool same =
            found[i].label == (int)row[5] && fabs((double)found[i].score - (double)row[4]) <= 1e-4;
        for (int k = 0; k < 4; k++) same = same && fabs((double)box[k] - (double)row[k]) <= 1e-2;
        if (same) return true;
    }
    return false;
}

static void expect_detections(subject *s, const rn_outputs *out) {
    const rn_box *anchor = rn_retinanet_anchors(&s->net, out, &s->step);
    rn_detection found[128];
    cr_assert(s->config.model.detections <= (int)RN_COUNT(found));
    for (int i = 0; i < IMAGES; i++) {
        const rn_safetensor *tensor = rn_golden_find(&s->file, "detections.%d", i);
        const rn_float *row = rn_golden_values(&s->step, tensor, RN_GOLDEN_AS_IS);
        size_t want = (size_t)tensor->shape[0], missing = 0;
        size_t count = rn_retinanet_detect(found, &s->net, out, anchor, i, s->size[i][0],
                                           s->size[i][1], &s->step);
        for (size_t k = 0; k < want; k++) missing += !is_found(row + 6 * k, found, count);
        cr_expect(count == want && missing == 0,
                  "%s: image %d has %zu detections, want %zu; %zu of those are missing", s->name, i,
                  count, want, missing);
    }
}

static void expect_inference(subject *s) {
    rn_tape tape = {.arena = &s->step};
    rn_outputs out;
    expect_features(s);
    rn_retinanet_forward(&out, &tape, &s->net, s->image);
    expect_outputs(s, &out);
    if (rn_safetensors_find(&s->file, "detections.0")) expect_detections(s, &out);
    rn_arena_reset(&s->step);
}

/* ---- training -----------------------------------------------------------------------------------
 */

static double largest_of(const rn_float *value, size_t count) {
    double largest = 0;
    for (size_t i = 0; i < count; i++) largest = fmax(largest, fabs((double)value[i]));
    return largest;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Each parameter's gradient (row 0) or change (row 1), `values` in the order of the slabs. New
 * weights are rounded: their change may be off by `rounding` of the largest weight. */
static void expect_parameters(subject *s, size_t row, const rn_float *values, double rounding) {
    const rn_params *params = &s->net.params;
    double error[PARAMS_MOST] = {0};
    size_t count = 0;
    for (size_t i = 0; i < params->count; i++) {
        const rn_param *param = params->list[i];
        if (!param->grad) continue;
        view got = {values + (param->value - params->value), param->count, param->shape,
                    param->dims == 4 ? RN_GOLDEN_WEIGHT : RN_GOLDEN_AS_IS};
        error[count] = summary_error(got, rn_golden_find(&s->file, "%s", param->name), row,
                                     rounding * largest_of(param->value, param->count));
        cr_expect(error[count] <= gradient_tolerance, "%s: %s of %s is off by %.2g", s->name,
                  row ? "change" : "gradient", param->name, error[count]);
        cr_assert(++count < PARAMS_MOST);
    }
    qsort(error, count, sizeof *error, by_size);
    cr_expect(error[count / 2] <= median_tolerance, "%s: half of the %s are off by %.2g or more",
              s->name, row ? "changes" : "gradients", error[count / 2]);
}

static void descend(subject *s) {
    rn_params *p = &s->net.params;
    const rn_train_config *train = &s->config.train;
    size_t decayed = train->decay_all ? p->trainable : p->decayed;
    rn_sgd sgd = {train->momentum, train->weight_decay}, plain = {train->momentum, 0};
    rn_sgd_step(p->value, p->momentum, p->grad, decayed, &sgd, train->learning_rate);
    rn_sgd_step(p->value + decayed, p->momentum + decayed, p->grad + decayed,
                p->trainable - decayed, &plain, train->learning_rate);
}

/* The first step in all detail: outputs while recording, gradients, change of the weights. */
static void expect_first_step(subject *s, const rn_outputs *out, const rn_float *before) {
    rn_params *params = &s->net.params;
    expect_outputs(s, out);
    expect_parameters(s, 0, params->grad, 0);
    descend(s);
    rn_float *change = rn_arena_alloc(&s->step, params->trainable * sizeof *change);
    for (size_t i = 0; i < params->trainable; i++) change[i] = params->value[i] - before[i];
    expect_parameters(s, 1, change, IS_DOUBLE ? 0 : 0x1p-24);
}

static void expect_training(subject *s) {
    rn_params *params = &s->net.params;
    const rn_float *want =
        rn_golden_values(&s->arena, rn_golden_find(&s->file, "losses"), RN_GOLDEN_AS_IS);
    rn_float *before = rn_arena_alloc(&s->arena, params->trainable * sizeof *before);
    memcpy(before, params->value, params->trainable * sizeof *before);
    rn_normaliser normaliser = {.kind = (rn_normaliser_kind)s->config.model.normaliser};
    for (int step = 0; step < STEPS; step++) {
        rn_tape tape = {.arena = &s->step, .recording = true, .training = true};
        rn_outputs out;
        rn_loss_report loss;
        rn_params_zero_grad(params);
        rn_retinanet_forward(&out, &tape, &s->net, s->image);
        rn_detection_loss(&loss, &s->net, &out, &s->targets, &normaliser, 1, &s->step);
        rn_tape_backward(&tape);
        const double got[2] = {loss.classification, loss.box};
        for (int i = 0; i < 2; i++) {
            double value = (double)want[2 * step + i], off = fabs(got[i] - value) / value;
            cr_expect(off <= (step ? later_loss_tolerance : loss_tolerance),
                      "%s: step %d, %s loss %.9g, want %.9g: off by %.2g", s->name, step,
                      i ? "box" : "classification", got[i], value, off);
        }
        if (step == 0)
            expect_first_step(s, &out, before);
        else
            descend(s);
        rn_arena_reset(&s->step);
    }
}

/* ---- the tests ----------------------------------------------------------------------------------
 */

/* Every trained parameter is torchvision's and none of its is missing. */
static void expect_names(const subject *s) {
    const rn_params *params = &s->net.params;
    size_t trained = 0, stored = 0;
    for (size_t i = 0; i < params->count; i++)
        if (params->list[i]->grad) {
            trained++;
            rn_golden_find(&s->file, "%s", params->list[i]->name);
        }
    for (size_t i = 0; i < s->file.count; i++)
        stored += rn_text_ends_with(s->file.tensor[i].name, ".weight") ||
                  rn_text_ends_with(s->file.tensor[i].name, ".bias");
    cr_expect(trained == stored && trained > 0, "%zu parameters, want %zu", trained, stored);
}

static void compare(const char *model) {
    const char *shapes[] = {"64x96", "128x128", "75x93"};
    for (size_t i = 0; i < RN_COUNT(shapes); i++) {
        subject s;
        set_up(&s, model, shapes[i]);
        expect_names(&s);
        expect_inference(&s);
        expect_training(&s);
        tear_down(&s);
    }
}

Test(network_golden, resnet18_with_p6_from_c5) { compare("r18"); }
Test(network_golden, resnet50_with_p6_from_p5) { compare("r50"); }
