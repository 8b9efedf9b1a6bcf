#include "model/plan.h"
#include "detect/boxset.h"

/* Arrays are rounded up to cache lines. */
enum { ROUNDING = 1 << 13 };

/* A set of boxes, see boxset.c. */
static size_t set_bytes(size_t most) { return most * (sizeof(rn_boxset_item) + 2 * sizeof(int)); }

/* A suppression of boxes of which all may be kept, see nms.c. */
static size_t nms_bytes(size_t boxes) { return boxes * 2 * sizeof(int) + set_bytes(boxes); }

/* What the loss takes on top of the outputs, see detection_loss.c: label, match, IoU and code of
 * every anchor; under OHEM, the losses of an image and the boxes that suppress each other. */
static size_t loss_bytes(const rn_retinanet *net, size_t anchors, int images) {
    size_t kept = anchors * (2 * sizeof(int) + sizeof(float) + 4 * sizeof(rn_float)) + ROUNDING;
    size_t once = 0;
    if (rn_model_uses_ohem(&net->config))
        once = anchors * (sizeof(double) + 2 * sizeof(rn_box) + sizeof(float) + sizeof(int)) +
               nms_bytes(anchors);
    return (size_t)images * kept + once + ROUNDING;
}

/* What decoding takes for one image after the ranking, see decode.c: the boxes that are kept. */
static size_t decode_bytes(const rn_retinanet *net) {
    return set_bytes((size_t)net->config.detections) + ROUNDING;
}

rn_need rn_retinanet_plan(const rn_retinanet *net, int n, int h, int w, bool training,
                          void (*visit)(void *, const char *, const rn_tensor *, const rn_tensor *,
                                        double),
                          void *user) {
    rn_arena arena = {0};
    rn_plan plan = {.memory = {.counting = true}, .visit = visit, .user = user};
    rn_filters filters = {.arena = {.counting = true}};
    rn_tape tape = {.arena = &arena,
                    .plan = &plan,
                    .filters = training ? NULL : &filters,
                    .recording = training,
                    .training = training};
    rn_outputs out;
    rn_tensor *image = rn_tape_tensor(&tape, n, h, w, 3, false);
    if (training)
        rn_retinanet_forward(&out, &tape, net, image);
    else
        rn_retinanet_infer(&out, &tape, net, image);
    rn_need need = {.parameters = net->params.total,
                    .trainable = net->params.trainable,
                    .multiply_adds = plan.multiply_adds,
                    .anchors = out.first[out.levels]};
    size_t values = need.parameters + (training ? 2 * need.trainable : 0);
    size_t after = need.anchors * sizeof(rn_box) +
                   (training ? loss_bytes(net, need.anchors, n) : decode_bytes(net));
    rn_tape_note_scratch(&tape, after);
    rn_tape_backward(&tape);
    need.step_bytes = arena.peak + ROUNDING + plan.memory.peak;
    need.bytes = values * sizeof(rn_float) + filters.arena.in_use + need.step_bytes;
    rn_arena_free(&arena);
    rn_filters_free(&filters);
    return need;
}
