#include "model/plan.h"
#include "base/parallel.h"

/* Work space of the kernels: a matrix of 2 MB for each thread and partial sums of weight gradients,
 * see conv2d.c; targets of the loss: two ints, four codes and an IoU an anchor. */
static size_t work_space(const rn_retinanet *net, size_t anchors, int images, bool training) {
    size_t threads = (size_t)rn_parallel_threads(), matrix = ((size_t)1 << 19) * sizeof(rn_float);
    size_t targets = (size_t)images * anchors * (2 * sizeof(int) + 5 * sizeof(rn_float));
    size_t largest = 0;
    for (size_t i = 0; i < net->params.count; i++)
        if (net->params.list[i]->count > largest) largest = net->params.list[i]->count;
    return threads * matrix + (training ? targets + 4 * largest * sizeof(rn_float) : 0) +
           anchors * sizeof(rn_box);
}

rn_need rn_retinanet_plan(const rn_retinanet *net, int n, int h, int w, bool training,
                          void (*visit)(void *, const char *, const rn_tensor *, const rn_tensor *,
                                        double),
                          void *user) {
    rn_arena arena = {0};
    rn_plan plan = {.memory = {.counting = true}, .visit = visit, .user = user};
    rn_tape tape = {.arena = &arena, .plan = &plan, .recording = training, .training = training};
    rn_outputs out;
    rn_retinanet_forward(&out, &tape, net, rn_tape_tensor(&tape, n, h, w, 3, false));
    rn_need need = {.parameters = net->params.total,
                    .trainable = net->params.trainable,
                    .multiply_adds = plan.multiply_adds,
                    .anchors = out.first[out.levels]};
    need.bytes = plan.memory.peak + arena.peak + work_space(net, need.anchors, n, training) +
                 (need.parameters + (training ? 2 * need.trainable : 0)) * sizeof(rn_float);
    rn_arena_free(&arena);
    return need;
}
