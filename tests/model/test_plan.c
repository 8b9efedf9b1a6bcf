#include "model/plan.h"
#include "base/parallel.h"
#include "base/rng.h"
#include "model/detection_loss.h"
#include "support/toy_data.h"

#include <criterion/criterion.h>
#include <string.h>

static rn_box boxes[] = {{8, 8, 44, 40}, {40, 20, 90, 60}};
static int labels[] = {0, 1}, first[] = {0, 2, 2};

static rn_tensor *random_images(rn_tape *tape, int n, int h, int w) {
    rn_tensor *image = rn_tape_tensor(tape, n, h, w, 3, false);
    rn_rng rng = rn_rng_stream(3, "image", 0);
    for (size_t i = 0; i < rn_tensor_count(image); i++)
        image->value[i] = (rn_float)rn_rng_normal(&rng);
    return image;
}

/* Bytes that one step, or one pass of inference and decoding, really takes. */
static size_t used_by(const rn_retinanet *net, int n, int h, int w, bool training) {
    rn_arena arena = {0};
    rn_filters filters = {0};
    rn_tape tape = {.arena = &arena,
                    .filters = training ? NULL : &filters,
                    .recording = training,
                    .training = training};
    rn_outputs out;
    rn_tensor *image = random_images(&tape, n, h, w);
    if (training)
        rn_retinanet_forward(&out, &tape, net, image);
    else
        rn_retinanet_infer(&out, &tape, net, image);
    if (training) {
        rn_loss_report report;
        rn_targets targets = {.box = boxes, .label = labels, .first = first, .images = n};
        rn_normaliser normaliser = {.kind = RN_NORMALISER_IMAGE_POSITIVES};
        rn_detection_loss(&report, net, &out, &targets, &normaliser, 1, &arena);
        rn_tape_backward(&tape);
    } else {
        rn_detection *found =
            rn_arena_alloc(&arena, (size_t)net->config.detections * sizeof *found);
        rn_box *anchor = rn_retinanet_anchors(net, &out, &arena);
        rn_retinanet_detect(found, net, &out, anchor, 0, h, w, &arena);
    }
    size_t peak = arena.peak + filters.arena.in_use;
    rn_arena_free(&arena);
    rn_filters_free(&filters);
    return peak +
           (net->params.total + (training ? 2 * net->params.trainable : 0)) * sizeof(rn_float);
}

static const struct {
    const char *model, *option, *value;
    int n, h, w, classes;
} rows[] = {
    {"tiny", "norm", "batch", 2, 128, 128, 2},
    {"tiny", "norm", "group", 1, 64, 608, 2},
    {"tiny", "loss", "softmax-focal", 2, 64, 96, 80},
    {"tiny", "ohem-boxes", "anchors", 2, 128, 128, 2},
    {"tiny", "ohem-boxes", "decoded", 2, 64, 96, 2},
    {"tiny", "head-norm", "group", 2, 64, 128, 2},
    {"tiny", "fpn-norm", "batch", 1, 64, 64, 2},
    {"tiny", "score-threshold", "0", 1, 128, 128, 20},
    {"tiny", "fpn-channels", "8", 2, 256, 256, 2},
    {"tiny", "p6-from", "p5", 2, 32, 32, 2},
    {"tiny", "first-level", "4", 2, 128, 96, 2},
    {"tiny", "first-level", "5", 2, 96, 96, 2},
    {"tiny", "anchor-octaves", "8", 1, 64, 64, 2},
    {"tiny18", "norm", "batch", 2, 64, 96, 2},
    {"r18", "norm", "frozen", 2, 64, 96, 2},
    {"r50", "norm", "frozen", 1, 32, 64, 2},
};

static void expect_bound(const rn_retinanet *net, size_t row, bool training) {
    int n = rows[row].n, h = rows[row].h, w = rows[row].w;
    size_t used = used_by(net, n, h, w, training);
    size_t planned = rn_retinanet_plan(net, n, h, w, training, NULL, NULL).bytes;
    cr_expect(used <= planned && (double)planned <= 1.05 * (double)used + 65536,
              "%s --%s %s, %d x %d x %d, %s: used %zu, planned %zu", rows[row].model,
              rows[row].option, rows[row].value, n, h, w, training ? "training" : "inference", used,
              planned);
}

Test(plan, bounds_the_memory_of_training_and_of_inference_and_not_by_much) {
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        rn_config config = rn_config_paper();
        rn_retinanet net;
        rn_err err = {""};
        config.model.num_classes = rows[i].classes;
        toy_set(&config, "model", rows[i].model);
        toy_set(&config, "fpn-channels", "32");
        toy_set(&config, "head-convs", "2");
        if (strcmp(rows[i].option, "ohem-boxes") == 0) toy_set(&config, "loss", "ohem");
        toy_set(&config, rows[i].option, rows[i].value);
        cr_assert(rn_retinanet_create(&net, &config.model, "none", true, &err) == RN_OK, "%s",
                  err.text);
        rn_retinanet_init(&net, 1);
        for (int threads = 1; threads <= 4; threads += 3) {
            rn_parallel_set_threads(threads);
            expect_bound(&net, i, false);
            expect_bound(&net, i, true);
        }
        rn_retinanet_free(&net);
    }
}

/* 3x3 convolutions of 16 to 32 channels: the arithmetic of one layer, by hand. */
typedef struct visited {
    int count;
    double sum, one;
} visited;

static void visit(void *user, const char *weight, const rn_tensor *x, const rn_tensor *y,
                  double multiply_adds) {
    visited *v = user;
    v->count++;
    v->sum += multiply_adds;
    if (strcmp(weight, "backbone.body.layer2.0.conv1.weight") != 0) return;
    cr_expect(x->n == 2 && x->h == 16 && x->w == 24 && x->c == 16);
    cr_expect(y->n == 2 && y->h == 8 && y->w == 12 && y->c == 32);
    v->one = multiply_adds;
}

Test(plan, counts_parameters_anchors_and_arithmetic_without_computing) {
    rn_config config = toy_config(1);
    rn_retinanet net;
    rn_err err = {""};
    visited v = {0};
    config.model.num_classes = 2;
    cr_assert(rn_retinanet_create(&net, &config.model, "stem", false, &err) == RN_OK, "%s",
              err.text);
    rn_need need = rn_retinanet_plan(&net, 2, 64, 96, false, visit, &v);
    cr_expect(v.one == 2. * 8 * 12 * 3 * 3 * 16 * 32, "%g", v.one);
    cr_expect(v.sum == need.multiply_adds && v.sum > v.one);
    /* stem, 8 of the blocks, 3 shortcuts, 6 of the pyramid, 2 of each head on 3 levels */
    cr_expect(v.count == 1 + 8 + 3 + 6 + 2 * 2 * 3, "%d", v.count);
    cr_expect(need.anchors == 9 * (8 * 12 + 4 * 6 + 2 * 3));
    cr_expect(need.parameters == net.params.total && need.trainable == net.params.trainable);
    cr_expect(need.trainable + 3 * 3 * 3 * 16 + 2 * 16 == need.parameters);
    for (size_t i = 0; i < net.params.count; i++) /* nothing ran: the values are still those set */
        cr_expect(net.params.list[i]->value[0] == net.params.list[i]->initial);
    rn_retinanet_free(&net);
}
