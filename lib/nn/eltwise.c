#include "nn/eltwise.h"
#include "base/check.h"
#include "base/parallel.h"

/* y = relu?(a + b), or of one input alone. */
typedef struct rn_add_node {
    rn_node node;
    rn_tensor *y;
    bool relu;
} rn_add_node;

/* d = g or d += g, where y > 0 under a relu. */
static void add_range(rn_float *restrict d, bool store, const rn_float *restrict g,
                      const rn_float *restrict y, bool relu, size_t count) {
    for (size_t i = 0; i < count; i++) {
        rn_float more = g[i]; /* read in any case: a branch would keep SSE2 from using lanes */
        if (relu) more = y[i] > 0 ? more : 0;
        d[i] = store ? more : d[i] + more;
    }
}

static void add_backward(rn_node *base, rn_arena *scratch) {
    rn_add_node *node = (rn_add_node *)base;
    const rn_float *y = node->y->value, *dy = node->y->grad;
    size_t count = rn_tensor_count(node->y), blocks = rn_parallel_blocks(count);
    (void)scratch;
#pragma omp parallel for schedule(static) if (blocks > 1)
    for (size_t i = 0; i < blocks; i++) {
        size_t first = i * RN_PARALLEL_BLOCK, here = rn_parallel_block(i, count);
        for (int k = 0; k < 2 && base->input[k]; k++) {
            const rn_tensor *x = base->input[k];
            if (x->grad)
                add_range(x->grad + first, x->grad_is_new, dy + first, y + first, node->relu, here);
        }
    }
}

static void add_values(rn_float *restrict y, const rn_float *a, const rn_float *b, bool relu,
                       size_t count) {
    for (size_t i = 0; i < count; i++) {
        rn_float sum = b ? a[i] + b[i] : a[i];
        y[i] = relu && sum < 0 ? 0 : sum;
    }
}

static rn_tensor *forward(rn_tape *tape, rn_tensor *a, rn_tensor *b, bool relu) {
    rn_tensor *y =
        rn_tape_tensor(tape, a->n, a->h, a->w, a->c, a->wants_grad || (b && b->wants_grad));
    size_t count = tape->plan ? 0 : rn_tensor_count(y), blocks = rn_parallel_blocks(count);
#pragma omp parallel for schedule(static) if (blocks > 1)
    for (size_t i = 0; i < blocks; i++) {
        size_t first = i * RN_PARALLEL_BLOCK;
        add_values(y->value + first, a->value + first, b ? b->value + first : NULL, relu,
                   rn_parallel_block(i, count));
    }
    if (y->wants_grad) {
        rn_add_node *node = rn_tape_node(tape, sizeof *node, add_backward);
        rn_node_input(&node->node, a);
        if (b) rn_node_input(&node->node, b);
        rn_node_output(&node->node, y);
        node->node.stores = true;
        node->y = y, node->relu = relu;
    }
    return y;
}

rn_tensor *rn_relu_forward(rn_tape *tape, rn_tensor *x) { return forward(tape, x, NULL, true); }

rn_tensor *rn_add_forward(rn_tape *tape, rn_tensor *a, rn_tensor *b, bool relu) {
    RN_CHECK(a->n == b->n && a->h == b->h && a->w == b->w && a->c == b->c,
             "(%d, %d, %d, %d) + (%d, %d, %d, %d)", a->n, a->h, a->w, a->c, b->n, b->h, b->w, b->c);
    return forward(tape, a, b, relu);
}
