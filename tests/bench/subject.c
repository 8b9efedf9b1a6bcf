#include "bench/subject.h"

#include <stdlib.h>
#include <string.h>

/* ---- the network ----------------------------------------------------------------------------- */

static rn_status set(rn_config *config, const char *name, const char *text, rn_err *err) {
    return rn_option_set(config, rn_option_find(rn_config_options(), name), text, err);
}

rn_status subject_config(rn_config *config, const char *model, int h, int w, rn_err *err) {
    *config = rn_config_paper();
    if (strcmp(model, "tiny") == 0) {
        if (rn_config_preset(config, "scenes", err) != RN_OK) return RN_ERROR;
        config->model.num_classes = 4;
        config->model.score_threshold = .05;
    } else {
        if (set(config, "model", model, err) != RN_OK ||
            set(config, "freeze", "none", err) != RN_OK)
            return RN_ERROR;
        config->model.num_classes = 91;
    }
    config->train.size = h < w ? h : w;
    config->train.max_size = h < w ? w : h;
    return RN_OK;
}

/* The last norm of a residual branch: bn3 of a bottleneck, bn2 of a basic block. */
static void weaken_branches(rn_resnet *body) {
    for (rn_block *block = body->block; block < body->block + RN_BLOCKS_MOST && block->convs;
         block++) {
        rn_param *scale = block->norm[block->convs - 1].scale;
        for (size_t i = 0; i < scale->count; i++) scale->value[i] = (rn_float).25;
    }
}

static double deviation(rn_tensor *const *level, int levels) {
    double sum = 0, square = 0, n = 0;
    for (int l = 0; l < levels; l++)
        for (size_t i = 0; i < rn_tensor_count(level[l]); i++) {
            double v = (double)level[l]->value[i];
            sum += v, square += v * v, n++;
        }
    return sqrt(fmax(square / n - sum / n * (sum / n), 1e-30));
}

static int descending(const void *a, const void *b) {
    rn_float x = *(const rn_float *)a, y = *(const rn_float *)b;
    return x < y ? 1 : x > y ? -1 : 0;
}

/* The logit below which all but the best `count` lie. */
static double quantile(const rn_outputs *out, size_t count, rn_arena *arena) {
    size_t n = 0;
    for (int l = 0; l < out->levels; l++) n += rn_tensor_count(out->logit[l]);
    rn_float *all = rn_arena_alloc(arena, n * sizeof *all), *to = all;
    for (int l = 0; l < out->levels; l++) {
        size_t here = rn_tensor_count(out->logit[l]);
        memcpy(to, out->logit[l]->value, here * sizeof *to);
        to += here;
    }
    qsort(all, n, sizeof *all, descending);
    return (double)all[count < n ? count : n - 1];
}

static void scale_values(rn_param *param, double factor) {
    for (size_t i = 0; i < param->count; i++) param->value[i] *= (rn_float)factor;
}

static void calibrate(subject *s) {
    rn_retinanet *net = &s->detector.net;
    rn_conv *logits = &net->class_head.last, *codes = &net->box_head.last;
    rn_batch *b = &s->batch;
    rn_tensor input = {.n = b->n, .h = b->h, .w = b->w, .c = 3, .value = b->pixel};
    rn_tape tape = {.arena = &s->arena};
    rn_outputs out;
    for (size_t i = 0; i < logits->bias->count; i++) logits->bias->value[i] = 0;
    rn_retinanet_forward(&out, &tape, net, &input);
    double spread = deviation(out.logit, out.levels);
    double threshold = s->detector.config.model.score_threshold;
    double best = quantile(&out, (size_t)b->n * SUBJECT_CANDIDATES, &s->arena) / spread;
    scale_values(logits->weight, 1 / spread);
    scale_values(codes->weight, .2 / deviation(out.code, out.levels));
    for (size_t i = 0; i < logits->bias->count; i++)
        logits->bias->value[i] = (rn_float)(log(threshold / (1 - threshold)) - best);
    rn_arena_reset(&s->arena);
}

/* ---- pictures and objects -------------------------------------------------------------------- */

enum { OBJECTS = 8 };

static void make_batch(subject *s, int n, int h, int w) {
    size_t image = (size_t)h * (size_t)w * 3, objects = (size_t)n * OBJECTS;
    rn_batch *b = &s->batch;
    *b = (rn_batch){.n = n, .h = h, .w = w};
    b->pixel = rn_vec_zeros((size_t)n * image, sizeof *b->pixel);
    b->box = rn_vec_zeros(objects, sizeof *b->box);
    b->label = rn_vec_zeros(objects, sizeof *b->label);
    b->first = rn_vec_zeros((size_t)n + 1, sizeof *b->first);
    s->image = rn_vec_zeros((size_t)n, sizeof *s->image);
    for (int i = 0; i < n; i++) {
        rn_rng rng = rn_rng_stream(0, "bench/image", (uint64_t)i);
        s->image[i] = rn_image_new(w, h);
        for (size_t k = 0; k < image; k++) s->image[i].rgb[k] = (uint8_t)rn_rng_below(&rng, 256);
        rn_transform same = rn_transform_resize(h, w, h < w ? h : w, h < w ? w : h);
        rn_transform_apply(b->pixel + (size_t)i * image, h, w, &s->image[i], &same);
        for (int k = i * OBJECTS; k < (i + 1) * OBJECTS; k++) {
            double bw = w * exp(rn_rng_range(&rng, log(.05), log(.5)));
            double bh = h * exp(rn_rng_range(&rng, log(.05), log(.5)));
            float x = (float)rn_rng_range(&rng, 0, w - bw),
                  y = (float)rn_rng_range(&rng, 0, h - bh);
            b->box[k] = (rn_box){x, y, x + (float)bw, y + (float)bh};
            b->label[k] = (int)rn_rng_below(&rng, (uint32_t)s->detector.config.model.num_classes);
        }
        b->first[i + 1] = (i + 1) * OBJECTS;
    }
}

rn_status subject_make_for(subject *s, const char *model, const rn_category *category, int classes,
                           rn_err *err) {
    rn_config config;
    *s = (subject){0};
    if (subject_config(&config, model, 608, 800, err) != RN_OK) return RN_ERROR;
    if (strcmp(model, "tiny") == 0)
        config.train.size = config.train.max_size = 256;
    else
        config.train.batch = 1;
    if (rn_detector_create(&s->detector, &config, category, classes, true, err) != RN_OK)
        return RN_ERROR;
    rn_retinanet_init(&s->detector.net, 0);
    weaken_branches(&s->detector.net.body);
    return RN_OK;
}

rn_status subject_make(subject *s, const char *model, int n, int h, int w, bool training,
                       rn_err *err) {
    rn_config config;
    *s = (subject){0};
    if (subject_config(&config, model, h, w, err) != RN_OK) return RN_ERROR;
    int classes = config.model.num_classes;
    rn_category *category = rn_vec_zeros((size_t)classes, sizeof *category);
    char name[] = "class";
    for (int c = 0; c < classes; c++) category[c] = (rn_category){c + 1, name};
    rn_status status = rn_detector_create(&s->detector, &config, category, classes, training, err);
    free(category);
    if (status != RN_OK) return status;
    rn_retinanet_init(&s->detector.net, 0);
    weaken_branches(&s->detector.net.body);
    make_batch(s, n, h, w);
    calibrate(s);
    s->found = rn_vec_zeros((size_t)n * (size_t)config.model.detections, sizeof *s->found);
    s->count = rn_vec_zeros((size_t)n, sizeof *s->count);
    return RN_OK;
}

void subject_free(subject *s) {
    for (int i = 0; s->image && i < s->batch.n; i++) rn_image_free(&s->image[i]);
    for (int i = 0; i < SUBJECT_THREADS; i++) rn_arena_free(&s->each[i]);
    free(s->image);
    free(s->batch.pixel);
    free(s->batch.box);
    free(s->batch.label);
    free(s->batch.first);
    free(s->found);
    free(s->count);
    rn_arena_free(&s->arena);
    rn_filters_free(&s->filters);
    rn_detector_free(&s->detector);
    *s = (subject){0};
}

/* ---- what is timed --------------------------------------------------------------------------- */

/* Small enough that a thousand steps change nothing that matters for time. */
static const double RATE = 1e-7;

static void apply_gradient(subject *s) {
    rn_params *params = &s->detector.net.params;
    const rn_train_config *train = &s->detector.config.train;
    rn_sgd decayed = {.momentum = train->momentum, .weight_decay = train->weight_decay};
    rn_sgd other = {.momentum = train->momentum};
    size_t d = params->decayed;
    rn_sgd_gradient_norm(params->grad, params->trainable, &s->arena);
    rn_sgd_step(params->value, params->momentum, params->grad, d, &decayed, RATE);
    rn_sgd_step(params->value + d, params->momentum + d, params->grad + d, params->trainable - d,
                &other, RATE);
}

double subject_step(subject *s, const rn_batch *batch) {
    double start = rn_clock_seconds();
    rn_params_zero_grad(&s->detector.net.params);
    rn_train_batch(&s->report, &s->detector, batch, 0, batch->n, 1, &s->arena, &s->stages);
    double step = rn_clock_seconds();
    apply_gradient(s);
    double end = rn_clock_seconds();
    s->stages.step += end - step;
    return end - start;
}

double subject_train(subject *s) { return subject_step(s, &s->batch); }

double subject_assign(subject *s) {
    const rn_batch *b = &s->batch;
    const rn_assign assign = rn_retinanet_assign(&s->detector.config.model);
    rn_outputs out;
    rn_retinanet_layout(&out, &s->detector.net, b->h, b->w);
    const rn_box *anchor = rn_retinanet_anchors(&s->detector.net, &out, &s->arena);
    size_t n = out.first[out.levels];
    int *label = rn_arena_alloc(&s->arena, n * sizeof *label);
    int *match = rn_arena_alloc(&s->arena, n * sizeof *match);
    float *iou = rn_arena_alloc(&s->arena, n * sizeof *iou);
    double start = rn_clock_seconds();
    for (int i = 0; i < b->n; i++)
        rn_assign_anchors(label, match, iou, anchor, n, b->box + b->first[i],
                          b->label + b->first[i], b->first[i + 1] - b->first[i], &assign);
    double end = rn_clock_seconds();
    rn_arena_reset(&s->arena);
    return end - start;
}

/* From bytes to boxes: picture i. out: in the arena. */
static void detect_picture(subject *s, rn_outputs *out, subject_seconds *seconds, int i,
                           rn_arena *arena) {
    const rn_retinanet *net = &s->detector.net;
    const rn_train_config *train = &s->detector.config.train;
    rn_transform same = rn_transform_resize(s->batch.h, s->batch.w, train->size, train->max_size);
    rn_tape tape = {.arena = arena, .filters = &s->filters};
    double start = rn_clock_seconds();
    rn_tensor *input = rn_tape_tensor(&tape, 1, s->batch.h, s->batch.w, 3, false);
    rn_transform_apply(input->value, s->batch.h, s->batch.w, &s->image[i], &same);
    double pixels = rn_clock_seconds();
    rn_retinanet_infer(out, &tape, net, input);
    double network = rn_clock_seconds();
    const rn_box *anchor = rn_retinanet_anchors(net, out, arena);
    s->count[i] = rn_retinanet_detect(s->found + i * net->config.detections, net, out, anchor, 0,
                                      s->batch.h, s->batch.w, arena);
    seconds->pixels += pixels - start, seconds->network += network - pixels;
    seconds->boxes += rn_clock_seconds() - network;
}

/* Seconds of the ranking, which takes place between the heads, where it cannot be told from the
 * network: here it is once more. */
static double rank_again(subject *s, const rn_outputs *out, rn_arena *arena) {
    rn_tape tape = {.arena = arena};
    rn_outputs again = *out;
    double start = rn_clock_seconds();
    rn_retinanet_rank(&again, &tape, &s->detector.net);
    return rn_clock_seconds() - start;
}

/* Like rn_detector_run: pictures each on a thread of its own, if there are enough of them. */
double subject_detect(subject *s) {
    const int n = s->batch.n, threads = rn_parallel_threads();
    const int at_once = n < threads || threads > SUBJECT_THREADS ? 1 : threads;
    rn_outputs out[SUBJECT_THREADS];
    subject_seconds seconds[SUBJECT_THREADS] = {{0}};
    double start = rn_clock_seconds();
#pragma omp parallel for schedule(static) if (at_once > 1)
    for (int i = 0; i < n; i++) {
        int id = rn_parallel_id();
        if (at_once > 1) rn_parallel_set_threads(1);
        rn_arena_reset(&s->each[id]);
        detect_picture(s, &out[id], &seconds[id], i, &s->each[id]);
    }
    double end = rn_clock_seconds(), ranking = n * rank_again(s, &out[0], &s->each[0]);
    s->seconds = (subject_seconds){.network = -ranking / at_once, .boxes = ranking / at_once};
    for (int i = 0; i < at_once; i++) {
        s->seconds.pixels += seconds[i].pixels / at_once;
        s->seconds.network += seconds[i].network / at_once;
        s->seconds.boxes += seconds[i].boxes / at_once;
    }
    return end - start;
}
