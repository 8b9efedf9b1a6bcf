#include "bench/work.h"

#include <string.h>

const work_task *work_tasks(size_t *count) {
    static const work_task table[] = {
        {.name = "r50-detect",
         .what = "ResNet-50, 91 classes, 608x800, batch 1: bytes to boxes",
         .kind = WORK_DETECT,
         .model = "r50",
         .n = 1,
         .h = 608,
         .w = 800,
         .weight = 1},
        {.name = "r50-train",
         .what = "the same, a training step (frozen norms, all else trained)",
         .kind = WORK_TRAIN,
         .model = "r50",
         .n = 1,
         .h = 608,
         .w = 800,
         .weight = 4},
        {.name = "tiny-detect",
         .what = "`tiny`, 4 classes, 256x256, batch 8: bytes to boxes",
         .kind = WORK_DETECT,
         .model = "tiny",
         .n = 8,
         .h = 256,
         .w = 256,
         .weight = .05},
        {.name = "tiny-train",
         .what = "`tiny`, 4 classes, 256x256, batch 4: a training step",
         .kind = WORK_TRAIN,
         .model = "tiny",
         .n = 4,
         .h = 256,
         .w = 256,
         .weight = .07},
        {.name = "focal",
         .what = "focal loss, value and gradient, 8e6 logits",
         .kind = WORK_FOCAL,
         .weight = .2,
         .one_thread = true},
        {.name = "cocoeval",
         .what = "COCO evaluation, 5,000 images, 500,000 detections: files to numbers",
         .kind = WORK_COCOEVAL,
         .weight = 5,
         .one_thread = true},
        {.name = "r101-train",
         .what = "ResNet-101, 91 classes, 800x1344, batch 1: a training step",
         .kind = WORK_TRAIN,
         .model = "r101",
         .n = 1,
         .h = 800,
         .w = 1344,
         .weight = 14,
         .on_request = true},
    };
    *count = RN_COUNT(table);
    return table;
}

const work_task *work_find(const char *name) {
    size_t count;
    const work_task *table = work_tasks(&count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(table[i].name, name) == 0) return &table[i];
    return NULL;
}

/* The first convolution visited is the stem, whose input, the picture, gets no gradient. */
static void note_stem(void *stem, const char *weight, const rn_tensor *x, const rn_tensor *y,
                      double multiply_adds) {
    (void)weight, (void)x, (void)y;
    if (*(double *)stem == 0) *(double *)stem = multiply_adds;
}

static void plan(work *w, const rn_retinanet *net) {
    const work_task *task = w->task;
    bool training = task->kind == WORK_TRAIN;
    double stem = 0;
    rn_need need = rn_retinanet_plan(net, task->n, task->h, task->w, training, note_stem, &stem);
    w->flops = 2 * need.multiply_adds * (training ? 3 : 1) - (training ? 2 * stem : 0);
    w->planned_bytes = need.bytes;
}

rn_status work_plan(work *w, const work_task *task, rn_err *err) {
    rn_config config;
    rn_retinanet net;
    *w = (work){.task = task};
    if (subject_config(&config, task->model, task->h, task->w, err) != RN_OK ||
        rn_retinanet_create(&net, &config.model, "none", task->kind == WORK_TRAIN, err) != RN_OK)
        return RN_ERROR;
    plan(w, &net);
    rn_retinanet_free(&net);
    return RN_OK;
}

rn_status work_open(work *w, const work_task *task, rn_err *err) {
    *w = (work){.task = task};
    if (task->kind == WORK_COCOEVAL)
        return rn_fail(err, "%s: runs in a process of its own", task->name);
    if (task->kind == WORK_FOCAL) {
        focal_make(&w->focal);
        return RN_OK;
    }
    if (subject_make(&w->subject, task->model, task->n, task->h, task->w, task->kind == WORK_TRAIN,
                     err) != RN_OK)
        return RN_ERROR;
    plan(w, &w->subject.detector.net);
    return RN_OK;
}

static void add_stage(work_times *times, const char *name, double seconds) {
    times->stage[times->stages] = name;
    times->part[times->stages++] = seconds;
}

work_times work_run(work *w, int threads) {
    subject *s = &w->subject;
    work_times times = {.seconds = 0};
    rn_parallel_set_threads(threads);
    if (w->task->kind == WORK_FOCAL) {
        times.seconds = focal_run(&w->focal);
    } else if (w->task->kind == WORK_DETECT) {
        times.seconds = subject_detect(s);
        add_stage(&times, "pixels", s->seconds.pixels);
        add_stage(&times, "network", s->seconds.network);
        add_stage(&times, "boxes", s->seconds.boxes);
    } else {
        s->stages = (rn_stage_times){0};
        times.seconds = subject_train(s);
        add_stage(&times, "forward", s->stages.forward);
        add_stage(&times, "loss", s->stages.loss);
        add_stage(&times, "(assignment)", subject_assign(s));
        add_stage(&times, "backward", s->stages.backward);
        add_stage(&times, "SGD", s->stages.step);
    }
    return times;
}

rn_status work_dump(work *w, const char *folder, rn_err *err) {
    return w->task->kind == WORK_FOCAL ? focal_dump(&w->focal, folder, err)
                                       : subject_dump(&w->subject, folder, err);
}

void work_close(work *w) {
    subject_free(&w->subject);
    focal_free(&w->focal);
    *w = (work){0};
}
