#include "nn/eltwise.h"
#include "base/check.h"

/* y = relu?(a + b); b is NULL for a plain relu. */
typedef struct rn_add_node {
    rn_node node;
    rn_tensor *a, *b, *y;
    bool relu;
} rn_add_node;

static void add_backward(rn_node *base, rn_arena *scratch) {
    rn_add_node *node = (rn_add_node *)base;
    rn_float *da = node->a->grad, *db = node->b ? node->b->grad : NULL;
    const rn_float *y = node->y->value, *dy = node->y->grad;
    size_t count = rn_tensor_count(node->y);
    (void)scratch;
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < count; i++) {
        rn_float g = node->relu && !(y[i] > 0) ? 0 : dy[i];
        if (da) da[i] += g;
        if (db) db[i] += g;
    }
}

static rn_tensor *forward(rn_tape *tape, rn_tensor *a, rn_tensor *b, bool relu) {
    rn_tensor *y = rn_tape_tensor(tape, a->n, a->h, a->w, a->c, a->grad || (b && b->grad));
    size_t count = tape->plan ? 0 : rn_tensor_count(y);
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < count; i++) {
        rn_float sum = b ? a->value[i] + b->value[i] : a->value[i];
        y->value[i] = relu && sum < 0 ? 0 : sum;
    }
    if (y->grad) {
        rn_add_node *node = rn_tape_node(tape, sizeof *node, add_backward);
        node->a = a, node->b = b, node->y = y, node->relu = relu;
    }
    return y;
}

rn_tensor *rn_relu_forward(rn_tape *tape, rn_tensor *x) { return forward(tape, x, NULL, true); }

rn_tensor *rn_add_forward(rn_tape *tape, rn_tensor *a, rn_tensor *b, bool relu) {
    RN_CHECK(a->n == b->n && a->h == b->h && a->w == b->w && a->c == b->c,
             "(%d, %d, %d, %d) + (%d, %d, %d, %d)", a->n, a->h, a->w, a->c, b->n, b->h, b->w, b->c);
    return forward(tape, a, b, relu);
}
