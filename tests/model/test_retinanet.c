#include "model/retinanet.h"
#include "base/parallel.h"
#include "base/rng.h"
#include "support/poison.h"
#include "support/toy_data.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>

static void make_net(rn_retinanet *net, const rn_config *config, const char *frozen) {
    rn_err err = {""};
    rn_model_config model = config->model;
    model.num_classes = 2;
    cr_assert(rn_retinanet_create(net, &model, frozen, true, &err) == RN_OK, "%s", err.text);
    rn_retinanet_init(net, 1);
}

static rn_tensor *random_images(rn_tape *tape, int n, int h, int w) {
    rn_tensor *image = rn_tape_tensor(tape, n, h, w, 3, false);
    rn_rng rng = rn_rng_stream(3, "image", 0);
    for (size_t i = 0; i < rn_tensor_count(image); i++)
        image->value[i] = (rn_float)rn_rng_normal(&rng);
    return image;
}

/* ---- geometry -----------------------------------------------------------------------------------
 */

static const struct {
    int h, w, cells[RN_FPN_LEVELS_MOST][2]; /* of P3 to P7 */
} sizes[] = {
    {32, 32, {{4, 4}, {2, 2}, {1, 1}, {1, 1}, {1, 1}}},
    {64, 96, {{8, 12}, {4, 6}, {2, 3}, {1, 2}, {1, 1}}},
    {32, 288, {{4, 36}, {2, 18}, {1, 9}, {1, 5}, {1, 3}}},
    {224, 160, {{28, 20}, {14, 10}, {7, 5}, {4, 3}, {2, 2}}},
};

/* Level l has stride 2^l, rounded up where the side is no multiple (sec. 4, footnote 2). */
static void expect_strides(int from) {
    rn_config config = toy_config(1);
    rn_retinanet net;
    int skip = from - RN_FPN_FIRST, levels = 5 - skip;
    config.model.first_level = from;
    toy_set(&config, "top-level", "7");
    make_net(&net, &config, "none");
    for (size_t i = 0; i < RN_COUNT(sizes); i++) {
        rn_arena arena = {0};
        rn_tape tape = {.arena = &arena};
        rn_outputs out, planned;
        int h = sizes[i].h, w = sizes[i].w;
        size_t first = 0;
        rn_retinanet_forward(&out, &tape, &net, random_images(&tape, 2, h, w));
        rn_retinanet_layout(&planned, &net, h, w);
        cr_assert(out.levels == levels && out.image_h == h && out.image_w == w);
        for (int l = 0; l < levels; l++) {
            const rn_tensor *logit = out.logit[l], *code = out.code[l];
            int rows = sizes[i].cells[l + skip][0], columns = sizes[i].cells[l + skip][1];
            cr_expect(logit->n == 2 && logit->h == rows && logit->w == columns && logit->c == 9 * 2,
                      "%d x %d, P%d: %d x %d", h, w, l + from, logit->h, logit->w);
            cr_expect(code->n == 2 && code->h == rows && code->w == columns && code->c == 9 * 4);
            cr_expect(out.grid[l].h == rows && out.grid[l].w == columns && out.first[l] == first);
            first += (size_t)(9 * rows * columns);
        }
        cr_expect(out.first[levels] == first);
        cr_expect(memcmp(planned.first, out.first, sizeof out.first) == 0);
        cr_expect(memcmp(planned.grid, out.grid, sizeof out.grid) == 0);
        rn_arena_free(&arena);
    }
    rn_retinanet_free(&net);
}

Test(retinanet, levels_have_their_strides_on_any_size) {
    for (int from = 3; from <= 5; from++) expect_strides(from);
}

Test(retinanet, sides_are_padded_to_multiples_of_32) {
    static const int rows[][2] = {{1, 32}, {32, 32}, {33, 64}, {600, 608}, {1333, 1344}};
    for (size_t i = 0; i < RN_COUNT(rows); i++)
        cr_expect(rn_retinanet_padded(rows[i][0]) == rows[i][1], "%d", rows[i][0]);
}

Test(retinanet, a_side_that_is_no_multiple_aborts, .signal = SIGABRT) {
    rn_config config = toy_config(1);
    rn_retinanet net;
    rn_arena arena = {0};
    rn_tape tape = {.arena = &arena};
    rn_outputs out;
    make_net(&net, &config, "none");
    rn_retinanet_forward(&out, &tape, &net, random_images(&tape, 1, 64, 90));
}

/* The stem of every network halves twice, each stage but the first once. */
Test(retinanet, stages_have_strides_4_to_32) {
    int count;
    const rn_resnet_spec *table = rn_resnet_table(&count);
    for (int m = 0; m < count; m++) {
        rn_params params = {0};
        rn_resnet body;
        rn_arena arena = {0};
        rn_plan plan = {.memory = {.counting = true}};
        rn_tape tape = {.arena = &arena, .plan = &plan};
        rn_tensor *c[4];
        rn_resnet_declare(&body, &params, &table[m], RN_NORM_FROZEN, 32, "");
        rn_resnet_forward(c, &tape, &body, rn_tape_tensor(&tape, 1, 96, 160, 3, false));
        for (int stage = 0; stage < 4; stage++) {
            int wide = table[m].channels[stage] * (table[m].bottleneck ? 4 : 1);
            cr_expect(c[stage]->h == 96 / (4 << stage) && c[stage]->w == 160 / (4 << stage) &&
                          c[stage]->c == wide && body.channels[stage] == wide,
                      "%s, C%d: %d x %d x %d", table[m].name, stage + 2, c[stage]->h, c[stage]->w,
                      c[stage]->c);
        }
        rn_arena_free(&arena);
        rn_params_free(&params);
    }
}

/* ---- pyramids that begin later ------------------------------------------------------------------
 */

/* The last stage alone with the anchors of all levels: the opposite of a pyramid. */
Test(retinanet, the_last_stage_alone_can_have_all_anchor_sizes) {
    rn_config config = rn_config_paper();
    rn_retinanet net;
    rn_err err = {""};
    cr_assert(rn_config_preset(&config, "scenes", &err) == RN_OK);
    toy_set(&config, "first-level", "5");
    toy_set(&config, "anchor-octaves", "3");
    toy_set(&config, "anchor-size", "0.75");
    make_net(&net, &config, "none");
    const rn_anchor_spec *spec = &net.anchors;
    cr_assert(spec->levels == 1 && spec->num_scales == 9 && rn_anchor_per_cell(spec) == 27);
    for (int s = 0; s < 9; s++)
        cr_expect(fabs(spec->size[0] * spec->scale[s] - 24 * pow(2, s / 3.)) <= 1e-9, "%d", s);
    for (size_t i = 0; i < net.params.count; i++) {
        const char *name = net.params.list[i]->name;
        if (!strstr(name, ".fpn.")) continue;
        cr_expect(strstr(name, "inner_blocks.2.") || strstr(name, "layer_blocks.2."), "%s", name);
    }
    rn_retinanet_free(&net);
}

/* A pyramid that begins later is the upper part of the whole one: what is below only goes down. */
Test(retinanet, levels_do_not_depend_on_where_the_pyramid_begins) {
    rn_outputs all, part;
    rn_retinanet whole, later;
    rn_arena arena = {0};
    for (int from = 4; from <= 5; from++)
        for (int p6 = RN_P6_FROM_C5; p6 <= RN_P6_FROM_P5; p6++) {
            rn_tape tape = {.arena = &arena, .recording = true, .training = true};
            rn_config config = toy_config(1);
            toy_set(&config, "top-level", "7");
            toy_set(&config, "fpn-norm", "batch");
            toy_set(&config, "head-norm", "batch");
            config.model.p6_from = p6;
            make_net(&whole, &config, "none");
            config.model.first_level = from;
            make_net(&later, &config, "none");
            cr_expect(later.params.total < whole.params.total);
            rn_retinanet_forward(&all, &tape, &whole, random_images(&tape, 2, 64, 96));
            rn_retinanet_forward(&part, &tape, &later, random_images(&tape, 2, 64, 96));
            for (int l = 0; l < part.levels; l++) {
                const rn_tensor *a = all.logit[l + from - 3], *b = part.logit[l];
                cr_assert(rn_tensor_count(a) == rn_tensor_count(b));
                for (size_t i = 0; i < rn_tensor_count(a); i++)
                    cr_assert(fabs((double)(a->value[i] - b->value[i])) <= 1e-6, "P%d", l + from);
            }
            rn_arena_reset(&arena);
            rn_retinanet_free(&whole), rn_retinanet_free(&later);
        }
    rn_arena_free(&arena);
}

/* ---- the same numbers on both ways --------------------------------------------------------------
 */

/* Inference gives memory back block by block; training keeps everything. Batch norm is left out: it
 * means to differ. */
Test(retinanet, inference_gives_what_a_recorded_pass_gives) {
    static const char *const norms[] = {"frozen", "group", "none"};
    for (size_t k = 0; k < RN_COUNT(norms); k++) {
        rn_config config = toy_config(1);
        rn_retinanet net;
        rn_arena kept = {0}, released = {0};
        rn_tape recording = {.arena = &kept, .recording = true, .training = true};
        rn_tape inference = {.arena = &released};
        rn_outputs a, b;
        toy_set(&config, "norm", norms[k]);
        toy_set(&config, "top-level", "7");
        toy_set(&config, "head-std", "0.1");
        make_net(&net, &config, "none");
        rn_retinanet_forward(&a, &recording, &net, random_images(&recording, 2, 64, 160));
        rn_retinanet_forward(&b, &inference, &net, random_images(&inference, 2, 64, 160));
        for (int l = 0; l < a.levels; l++) {
            cr_expect(memcmp(a.logit[l]->value, b.logit[l]->value,
                             rn_tensor_count(a.logit[l]) * sizeof(rn_float)) == 0,
                      "%s: logits of P%d", norms[k], l + 3);
            cr_expect(memcmp(a.code[l]->value, b.code[l]->value,
                             rn_tensor_count(a.code[l]) * sizeof(rn_float)) == 0,
                      "%s: codes of P%d", norms[k], l + 3);
            cr_expect(a.logit[l]->grad && !b.logit[l]->grad);
        }
        cr_expect(inference.last == NULL && recording.last != NULL);
        cr_expect(released.peak < kept.peak * 2 / 3, "%zu and %zu bytes", released.peak, kept.peak);
        rn_arena_free(&kept);
        rn_arena_free(&released);
        rn_retinanet_free(&net);
    }
}

/* An image of a batch gets what it gets alone (but for batch norm while training). */
Test(retinanet, images_of_a_batch_do_not_touch_each_other) {
    rn_config config = toy_config(1);
    rn_retinanet net;
    rn_arena arena = {0};
    rn_tape tape = {.arena = &arena};
    rn_outputs both, alone;
    make_net(&net, &config, "none");
    rn_tensor *image = random_images(&tape, 2, 64, 64), second = *image;
    second.n = 1, second.value += rn_tensor_count(image) / 2;
    rn_retinanet_forward(&both, &tape, &net, image);
    rn_retinanet_forward(&alone, &tape, &net, &second);
    for (int l = 0; l < both.levels; l++) {
        size_t half = rn_tensor_count(alone.logit[l]);
        double largest = 0, off = 0;
        for (size_t i = 0; i < half; i++) {
            double want = (double)alone.logit[l]->value[i];
            largest = fmax(largest, fabs(want));
            off = fmax(off, fabs((double)both.logit[l]->value[half + i] - want));
        }
        cr_expect(off <= 1e-5 * largest && largest > 0, "P%d is off by %g", l + 3, off);
    }
    rn_arena_free(&arena);
    rn_retinanet_free(&net);
}

/* Box codes for candidates alone give the same detections, bit by bit. */
Test(retinanet, inference_for_candidates_detects_the_same) {
    static const struct {
        const char *option, *value, *threshold;
        bool skips; /* is there anything to be left out? */
    } rows[] = {
        {"head-norm", "none", "0.001", true},         {"head-norm", "batch", "0.001", true},
        {"head-norm", "frozen", "0.001", true},       {"head-norm", "group", "0.001", false},
        {"loss", "softmax-focal", "0.001", true},     {"head-convs", "0", "0.001", true},
        {"top-per-level", "1000000", "0", false},     {"top-per-level", "1000000", "0.01", false},
        {"top-per-level", "1000000", "0.9999", true},
    };
    for (size_t k = 0; k < RN_COUNT(rows); k++) {
        enum { N = 2, H = 160, W = 224, MOST = 1000 };
        rn_config config = toy_config(1);
        rn_retinanet net;
        rn_arena arena = {0};
        rn_tape tape = {.arena = &arena};
        rn_outputs dense, sparse;
        rn_detection want[MOST], got[MOST];
        toy_set(&config, "top-level", "7");
        toy_set(&config, "head-std", "0.1");
        toy_set(&config, "detections", "1000");
        toy_set(&config, "top-per-level", "5"); /* few, as objects are */
        toy_set(&config, "head-norm", "none");
        toy_set(&config, rows[k].option, rows[k].value);
        toy_set(&config, "score-threshold", rows[k].threshold);
        make_net(&net, &config, "none");
        rn_tensor *image = random_images(&tape, N, H, W);
        rn_retinanet_forward(&dense, &tape, &net, image);
        poison(&arena);
        rn_retinanet_infer(&sparse, &tape, &net, image);
        const rn_box *anchor = rn_retinanet_anchors(&net, &sparse, &arena);
        for (int i = 0; i < N; i++) {
            size_t wanted = rn_retinanet_detect(want, &net, &dense, anchor, i, H, W, &arena);
            size_t found = rn_retinanet_detect(got, &net, &sparse, anchor, i, H, W, &arena);
            cr_expect(found == wanted && memcmp(got, want, found * sizeof *got) == 0,
                      "row %zu, image %d: %zu and %zu detections", k, i, found, wanted);
            cr_expect(found > 0 || config.model.score_threshold > .9, "row %zu", k);
        }
        size_t left_out = 0;
        for (size_t j = 0; j < rn_tensor_count(sparse.code[0]); j++)
            left_out += !(sparse.code[0]->value[j] == dense.code[0]->value[j]);
        cr_expect((left_out > 0) == rows[k].skips, "row %zu: %zu", k, left_out);
        rn_arena_free(&arena);
        rn_retinanet_free(&net);
    }
}

Test(retinanet, images_decoded_at_once_give_what_one_after_the_other_does) {
    enum { N = 6, H = 96, W = 128, MOST = 100 };
    rn_config config = toy_config(1);
    rn_retinanet net;
    rn_arena arena = {0}, scratch[N] = {{0}};
    rn_tape tape = {.arena = &arena};
    rn_outputs out;
    static rn_detection want[N][MOST], got[N][MOST];
    size_t wanted[N], found[N];
    toy_set(&config, "head-std", "0.1");
    toy_set(&config, "score-threshold", "0.001");
    toy_set(&config, "detections", "100");
    make_net(&net, &config, "none");
    for (int threads = 1; threads <= 3; threads += 2) {
        rn_parallel_set_threads(threads);
        rn_retinanet_infer(&out, &tape, &net, random_images(&tape, N, H, W));
        const rn_box *anchor = rn_retinanet_anchors(&net, &out, &arena);
        if (threads == 1)
            for (int i = 0; i < N; i++)
                wanted[i] =
                    rn_retinanet_detect(want[i], &net, &out, anchor, i, H, W - i, &scratch[0]);
#pragma omp parallel for schedule(dynamic)
        for (int i = 0; i < N; i++)
            found[i] = rn_retinanet_detect(got[i], &net, &out, anchor, i, H, W - i, &scratch[i]);
        for (int i = 0; i < N; i++)
            cr_expect(found[i] > 0 && found[i] == wanted[i] &&
                          memcmp(got[i], want[i], found[i] * sizeof *got[i]) == 0,
                      "%d threads, image %d: %zu and %zu detections", threads, i, found[i],
                      wanted[i]);
    }
    for (int i = 0; i < N; i++) rn_arena_free(&scratch[i]);
    rn_arena_free(&arena);
    rn_retinanet_free(&net);
}

/* The first to come makes each filter ready; the others may be there at the same moment. */
Test(retinanet, passes_at_once_share_new_filters) {
    enum { N = 3, H = 64, W = 96, ROUNDS = 30 };
    rn_config config = toy_config(1);
    rn_retinanet net;
    rn_arena arena = {0}, own[N] = {{0}};
    rn_filters alone = {0};
    rn_tape tape = {.arena = &arena, .filters = &alone};
    rn_outputs want;
    toy_set(&config, "head-std", "0.1");
    make_net(&net, &config, "none");
    rn_tensor *image = random_images(&tape, 1, H, W);
    rn_retinanet_infer(&want, &tape, &net, image);
    rn_parallel_set_threads(N);
    for (int round = 0; round < ROUNDS; round++) {
        rn_filters shared = {0};
        size_t wrong = 0;
#pragma omp parallel for schedule(static) reduction(+ : wrong)
        for (int i = 0; i < N; i++) {
            rn_tape mine = {.arena = &own[i], .filters = &shared};
            rn_tensor input = *image;
            rn_outputs got;
            rn_retinanet_infer(&got, &mine, &net, &input);
            for (int l = 0; l < got.levels; l++)
                wrong += memcmp(got.logit[l]->value, want.logit[l]->value,
                                rn_tensor_count(got.logit[l]) * sizeof(rn_float)) != 0;
            rn_arena_reset(&own[i]);
        }
        cr_assert(wrong == 0, "round %d: %zu levels", round, wrong);
        rn_filters_free(&shared);
    }
    for (int i = 0; i < N; i++) rn_arena_free(&own[i]);
    rn_arena_free(&arena);
    rn_filters_free(&alone);
    rn_retinanet_free(&net);
}

/* ---- parameters ---------------------------------------------------------------------------------
 */

static const struct {
    const char *frozen, *trained, *not_trained; /* parameters of the toy network */
} parts[] = {
    {"none", "backbone.body.conv1.weight", NULL},
    {"", "backbone.body.conv1.weight", NULL},
    {"auto", "backbone.body.conv1.weight", NULL}, /* its norm is trained, so it may be random */
    {"stem", "backbone.body.layer1.0.conv1.weight", "backbone.body.conv1.weight"},
    {"stem", "backbone.body.layer1.0.bn1.weight", "backbone.body.bn1.bias"},
    {"layer1", "backbone.body.conv1.weight", "backbone.body.layer1.0.conv2.weight"},
    {"stem,layer2", "backbone.body.layer1.0.conv1.weight", "backbone.body.layer2.0.bn2.weight"},
    {"layer4,layer3", "backbone.body.layer2.0.conv1.weight",
     "backbone.body.layer4.0.downsample.0.weight"},
    {"body", "backbone.fpn.inner_blocks.0.0.weight", "backbone.body.layer4.0.conv2.weight"},
};

Test(retinanet, freezes_the_parts_that_are_named) {
    rn_config config = toy_config(1);
    for (size_t i = 0; i < RN_COUNT(parts); i++) {
        rn_retinanet net;
        make_net(&net, &config, parts[i].frozen);
        const rn_param *trained = rn_params_find(&net.params, parts[i].trained);
        cr_expect(trained && trained->grad && !trained->frozen, "\"%s\"", parts[i].frozen);
        const rn_param *not_trained =
            parts[i].not_trained ? rn_params_find(&net.params, parts[i].not_trained) : NULL;
        cr_expect(!parts[i].not_trained ||
                      (not_trained && !not_trained->grad && not_trained->frozen),
                  "\"%s\"", parts[i].frozen);
        rn_retinanet_free(&net);
    }
}

/* A frozen part of the network changes neither by gradients nor by their absence below it. */
Test(retinanet, what_is_frozen_gets_no_gradient_and_the_rest_gets_the_same) {
    rn_config config = toy_config(1);
    rn_retinanet whole, part;
    make_net(&whole, &config, "none");
    make_net(&part, &config, "stem,layer1,layer2");
    rn_retinanet *nets[] = {&whole, &part};
    for (int k = 0; k < 2; k++) {
        rn_arena arena = {0};
        rn_tape tape = {.arena = &arena, .recording = true, .training = true};
        rn_outputs out;
        rn_retinanet_forward(&out, &tape, nets[k], random_images(&tape, 1, 64, 64));
        for (int l = 0; l < out.levels; l++)
            for (size_t i = 0; i < rn_tensor_count(out.logit[l]); i++) out.logit[l]->grad[i] = 1;
        rn_tape_backward(&tape);
        rn_arena_free(&arena);
    }
    size_t compared = 0;
    for (size_t i = 0; i < part.params.count; i++) {
        const rn_param *a = whole.params.list[i], *b = part.params.list[i];
        if (!b->grad) continue;
        cr_expect(memcmp(a->grad, b->grad, a->count * sizeof *a->grad) == 0, "%s", a->name);
        compared++;
    }
    cr_expect(compared > 10 && part.params.trainable < whole.params.trainable);
    rn_retinanet_free(&whole);
    rn_retinanet_free(&part);
}

static double deviation(const rn_param *w) {
    double square = 0;
    for (size_t i = 0; i < w->count; i++) square += (double)w->value[i] * (double)w->value[i];
    return sqrt(square / (double)w->count);
}

/* Sec. 4.1: N(0, .01) in the heads; torchvision's initialisation of backbone and pyramid. */
Test(retinanet, weights_are_drawn_as_the_sources_say) {
    static const struct {
        const char *name;
        double std;
    } rows[] = {
        {"backbone.body.layer2.0.conv1.weight", 1 / 12.},  /* sqrt(2 / (9 * 32)) */
        {"backbone.fpn.inner_blocks.1.0.weight", 1 / 8.},  /* sqrt(1 / 64) */
        {"backbone.fpn.layer_blocks.1.0.weight", 1 / 48.}, /* sqrt(1 / (9 * 256)) */
        {"head.classification_head.conv.3.0.weight", .01},
        {"head.classification_head.cls_logits.weight", .01},
        {"head.regression_head.bbox_reg.weight", .01},
    };
    rn_config config = rn_config_paper();
    rn_retinanet net;
    toy_set(&config, "model", "tiny");
    make_net(&net, &config, "none");
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        const rn_param *w = rn_params_find(&net.params, rows[i].name);
        double got = deviation(w), slack = 5 / sqrt(2. * (double)w->count); /* five sigma */
        cr_expect(fabs(got / rows[i].std - 1) <= slack, "%s: %g, want %g", w->name, got,
                  rows[i].std);
    }
    rn_retinanet_free(&net);
    toy_set(&config, "head-he", "on");
    make_net(&net, &config, "none");
    double tower = deviation(rn_params_find(&net.params, rows[3].name));
    cr_expect(fabs(tower * sqrt(9 * 256 / 2.) - 1) < .01, "%g", tower);
    cr_expect(deviation(rn_params_find(&net.params, rows[4].name)) < .011);
    rn_retinanet_free(&net);
}

/* Every parameter has a stream of its own: one layer more changes no other. */
Test(retinanet, adding_a_layer_changes_no_other_weight) {
    rn_config config = toy_config(1);
    rn_retinanet one, two;
    make_net(&one, &config, "none");
    toy_set(&config, "head-convs", "2");
    make_net(&two, &config, "none");
    for (size_t i = 0; i < one.params.count; i++) {
        const rn_param *a = one.params.list[i], *b = rn_params_find(&two.params, a->name);
        cr_expect(b && memcmp(a->value, b->value, a->count * sizeof *a->value) == 0, "%s", a->name);
    }
    rn_retinanet_init(&two, 2);
    const char *name = "backbone.body.conv1.weight";
    const rn_param *a = rn_params_find(&one.params, name), *b = rn_params_find(&two.params, name);
    cr_expect(memcmp(a->value, b->value, a->count * sizeof *a->value) != 0);
    rn_retinanet_free(&one);
    rn_retinanet_free(&two);
}
