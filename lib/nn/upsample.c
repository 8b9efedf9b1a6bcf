#include "nn/upsample.h"
#include "base/check.h"
#include "base/parallel.h"

typedef struct rn_upsample_node {
    rn_node node;
    rn_tensor *lateral, *top, *y;
} rn_upsample_node;

/* First large index that maps to small index i: the smallest I with floor(I small / large) = i. */
static int first_of(int i, int small, int large) {
    return (int)(((long)i * large + small - 1) / small);
}

/* Sums the pixels of dy that the top pixel (row, column) was added to; each has at least one. */
static void add_block(rn_float *restrict dtop, bool store, const rn_upsample_node *node, int n,
                      int row, int column) {
    const rn_tensor *y = node->y, *top = node->top;
    size_t c = (size_t)y->c;
    for (int i = first_of(row, top->h, y->h); i < first_of(row + 1, top->h, y->h); i++)
        for (int j = first_of(column, top->w, y->w); j < first_of(column + 1, top->w, y->w); j++) {
            const rn_float *restrict dy =
                y->grad + (((size_t)n * (size_t)y->h + (size_t)i) * (size_t)y->w + (size_t)j) * c;
            for (size_t k = 0; k < c; k++) dtop[k] = store ? dy[k] : dtop[k] + dy[k];
            store = false;
        }
}

static void add_lateral(const rn_upsample_node *node) {
    rn_float *restrict d = node->lateral->grad;
    const rn_float *restrict dy = node->y->grad;
    bool store = node->lateral->grad_is_new;
    size_t count = rn_tensor_count(node->lateral);
#pragma omp parallel for simd schedule(static) if (count > RN_PARALLEL_BLOCK)
    for (size_t i = 0; i < count; i++) d[i] = store ? dy[i] : d[i] + dy[i];
}

static void upsample_backward(rn_node *base, rn_arena *scratch) {
    rn_upsample_node *node = (rn_upsample_node *)base;
    rn_tensor *top = node->top;
    size_t c = (size_t)top->c;
    (void)scratch;
    if (node->lateral->grad) add_lateral(node);
    if (!top->grad) return;
#pragma omp parallel for schedule(static) if (rn_tensor_count(node->y) > RN_PARALLEL_BLOCK)
    for (int i = 0; i < top->n * top->h; i++)
        for (int column = 0; column < top->w; column++)
            add_block(top->grad + ((size_t)i * (size_t)top->w + (size_t)column) * c,
                      top->grad_is_new, node, i / top->h, i % top->h, column);
}

rn_tensor *rn_upsample_add_forward(rn_tape *tape, rn_tensor *lateral, rn_tensor *top) {
    RN_CHECK(lateral->n == top->n && lateral->c == top->c && lateral->h >= top->h &&
                 lateral->w >= top->w,
             "(%d, %d, %d, %d) onto (%d, %d, %d, %d)", top->n, top->h, top->w, top->c, lateral->n,
             lateral->h, lateral->w, lateral->c);
    rn_tensor *y = rn_tape_tensor(tape, lateral->n, lateral->h, lateral->w, lateral->c,
                                  lateral->wants_grad || top->wants_grad);
    size_t c = (size_t)y->c;
    int rows = tape->plan ? 0 : y->n * y->h;
#pragma omp parallel for schedule(static) if ((size_t)(rows * y->w) * c > RN_PARALLEL_BLOCK)
    for (int i = 0; i < rows; i++) {
        int row = (int)((long)(i % y->h) * top->h / y->h);
        const rn_float *from =
            top->value + ((size_t)(i / y->h) * (size_t)top->h + (size_t)row) * (size_t)top->w * c;
        for (int column = 0; column < y->w; column++) {
            size_t at = ((size_t)i * (size_t)y->w + (size_t)column) * c;
            const rn_float *restrict add = from + (size_t)((long)column * top->w / y->w) * c;
            const rn_float *restrict side = lateral->value + at;
            rn_float *restrict sum = y->value + at;
            for (size_t k = 0; k < c; k++) sum[k] = side[k] + add[k];
        }
    }
    if (y->wants_grad) {
        rn_upsample_node *node = rn_tape_node(tape, sizeof *node, upsample_backward);
        rn_node_input(&node->node, lateral);
        rn_node_input(&node->node, top);
        rn_node_output(&node->node, y);
        node->node.stores = true;
        node->lateral = lateral, node->top = top, node->y = y;
    }
    return y;
}
