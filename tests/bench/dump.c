/* What the other side is given, and what came out here. */
#include "bench/subject.h"
#include "bench/tensors.h"

#include <string.h>

/* (images, anchors, columns) of all levels, level after level. */
static rn_float *joined(const rn_outputs *out, rn_tensor *const *level, int images, int columns,
                        rn_arena *arena) {
    size_t width = (size_t)columns, all = out->first[out->levels] * width;
    rn_float *to = rn_arena_alloc(arena, (size_t)images * all * sizeof *to);
    for (int i = 0; i < images; i++)
        for (int l = 0; l < out->levels; l++) {
            size_t first = out->first[l] * width, size = out->first[l + 1] * width - first;
            memcpy(to + (size_t)i * all + first, level[l]->value + (size_t)i * size,
                   size * sizeof *to);
        }
    return to;
}

static rn_status save_input(const subject *s, const char *path, rn_err *err) {
    const rn_batch *b = &s->batch;
    int n = b->n, h = b->h, w = b->w, objects = b->first[n];
    size_t image = (size_t)h * (size_t)w * 3;
    tensors list = {.count = 0};
    rn_arena arena = {0};
    rn_outputs out;
    uint8_t *bytes = rn_arena_alloc(&arena, (size_t)n * image);
    for (int i = 0; i < b->n; i++) memcpy(bytes + (size_t)i * image, s->image[i].rgb, image);
    rn_retinanet_layout(&out, &s->detector.net, b->h, b->w);
    rn_box *anchor = rn_retinanet_anchors(&s->detector.net, &out, &arena);
    tensors_add(&list, "pixels", rn_dtype_real(), b->pixel, 4, n, h, w, 3);
    tensors_add(&list, "bytes", RN_DTYPE_U8, bytes, 4, n, h, w, 3);
    tensors_add(&list, "boxes", RN_DTYPE_F32, b->box, 2, objects, 4);
    tensors_add(&list, "labels", RN_DTYPE_I32, b->label, 1, objects);
    tensors_add(&list, "first", RN_DTYPE_I32, b->first, 1, n + 1);
    tensors_add(&list, "anchors", RN_DTYPE_F32, anchor, 2, (int)out.first[out.levels], 4);
    rn_status status = tensors_save(&list, path, err);
    rn_arena_free(&arena);
    return status;
}

static rn_status save_outputs(subject *s, const char *path, rn_err *err) {
    const rn_config *config = &s->detector.config;
    int columns = s->detector.net.columns, n = s->batch.n;
    tensors list = {.count = 0};
    rn_tape tape = {.arena = &s->arena, .filters = &s->filters};
    rn_tensor input = {.n = n, .h = s->batch.h, .w = s->batch.w, .c = 3, .value = s->batch.pixel};
    rn_outputs out;
    subject_detect(s);
    rn_retinanet_forward(&out, &tape, &s->detector.net, &input); /* all codes */
    int anchors = (int)out.first[out.levels];
    tensors_add(&list, "logits", rn_dtype_real(), joined(&out, out.logit, n, columns, &s->arena), 3,
                n, anchors, columns);
    tensors_add(&list, "codes", rn_dtype_real(), joined(&out, out.code, n, 4, &s->arena), 3, n,
                anchors, 4);
    size_t most = (size_t)config->model.detections;
    float *found = rn_arena_zeros(&s->arena, (size_t)n * most * 6, sizeof *found);
    for (size_t i = 0; i < (size_t)n; i++)
        for (size_t k = 0; k < s->count[i]; k++) {
            const rn_detection *d = &s->found[i * most + k];
            const float row[] = {d->box.x1, d->box.y1, d->box.x2,
                                 d->box.y2, d->score,  (float)d->label};
            memcpy(found + (i * most + k) * 6, row, sizeof row);
        }
    tensors_add(&list, "detections", RN_DTYPE_F32, found, 3, n, (int)most, 6);
    rn_status status = tensors_save(&list, path, err);
    rn_arena_reset(&s->arena);
    return status;
}

static rn_status save_step(subject *s, const char *folder, rn_err *err) {
    char path[RN_PATH_SIZE];
    tensors list = {.count = 0};
    subject_train(s);
    const double losses[] = {s->report.classification, s->report.box};
    tensors_add(&list, "losses", RN_DTYPE_F64, losses, 1, 2);
    rn_text_path(path, sizeof path, folder, "output.safetensors");
    if (tensors_save(&list, path, err) != RN_OK) return RN_ERROR;
    rn_text_path(path, sizeof path, folder, "step.safetensors");
    return rn_detector_save(&s->detector, path, true, err);
}

rn_status subject_dump(subject *s, const char *folder, rn_err *err) {
    char path[RN_PATH_SIZE];
    rn_text_path(path, sizeof path, folder, "weights.safetensors");
    if (rn_detector_save(&s->detector, path, false, err) != RN_OK) return RN_ERROR;
    rn_text_path(path, sizeof path, folder, "input.safetensors");
    if (save_input(s, path, err) != RN_OK) return RN_ERROR;
    if (s->detector.net.params.grad) return save_step(s, folder, err);
    rn_text_path(path, sizeof path, folder, "output.safetensors");
    return save_outputs(s, path, err);
}
