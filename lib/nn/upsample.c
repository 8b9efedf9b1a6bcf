#include "nn/upsample.h"
#include "base/check.h"

typedef struct rn_upsample_node {
    rn_node node;
    rn_tensor *lateral, *top, *y;
} rn_upsample_node;

/* First large index that maps to small index i: the smallest I with floor(I small / large) = i. */
static int first_of(int i, int small, int large) {
    return (int)(((long)i * large + small - 1) / small);
}

static void add_block(rn_float *dtop, const rn_upsample_node *node, int n, int row, int column) {
    const rn_tensor *y = node->y, *top = node->top;
    size_t c = (size_t)y->c;
    for (int i = first_of(row, top->h, y->h); i < first_of(row + 1, top->h, y->h); i++)
        for (int j = first_of(column, top->w, y->w); j < first_of(column + 1, top->w, y->w); j++) {
            const rn_float *dy =
                y->grad + (((size_t)n * (size_t)y->h + (size_t)i) * (size_t)y->w + (size_t)j) * c;
            for (size_t k = 0; k < c; k++) dtop[k] += dy[k];
        }
}

static void upsample_backward(rn_node *base, rn_arena *scratch) {
    rn_upsample_node *node = (rn_upsample_node *)base;
    rn_tensor *top = node->top, *lateral = node->lateral;
    size_t count = rn_tensor_count(lateral);
    (void)scratch;
    if (lateral->grad)
#pragma omp parallel for schedule(static)
        for (size_t i = 0; i < count; i++) lateral->grad[i] += node->y->grad[i];
    if (top->grad)
#pragma omp parallel for schedule(static)
        for (int i = 0; i < top->n * top->h; i++)
            for (int column = 0; column < top->w; column++)
                add_block(top->grad +
                              ((size_t)i * (size_t)top->w + (size_t)column) * (size_t)top->c,
                          node, i / top->h, i % top->h, column);
}

rn_tensor *rn_upsample_add_forward(rn_tape *tape, rn_tensor *lateral, rn_tensor *top) {
    RN_CHECK(lateral->n == top->n && lateral->c == top->c && lateral->h >= top->h &&
                 lateral->w >= top->w,
             "(%d, %d, %d, %d) onto (%d, %d, %d, %d)", top->n, top->h, top->w, top->c, lateral->n,
             lateral->h, lateral->w, lateral->c);
    rn_tensor *y = rn_tape_tensor(tape, lateral->n, lateral->h, lateral->w, lateral->c,
                                  lateral->grad || top->grad);
    size_t c = (size_t)y->c;
    int rows = tape->plan ? 0 : y->n * y->h;
#pragma omp parallel for schedule(static)
    for (int i = 0; i < rows; i++) {
        int row = (int)((long)(i % y->h) * top->h / y->h);
        const rn_float *from =
            top->value + ((size_t)(i / y->h) * (size_t)top->h + (size_t)row) * (size_t)top->w * c;
        for (int column = 0; column < y->w; column++) {
            size_t at = ((size_t)i * (size_t)y->w + (size_t)column) * c;
            const rn_float *add = from + (size_t)((long)column * top->w / y->w) * c;
            for (size_t k = 0; k < c; k++) y->value[at + k] = lateral->value[at + k] + add[k];
        }
    }
    if (y->grad) {
        rn_upsample_node *node = rn_tape_node(tape, sizeof *node, upsample_backward);
        node->lateral = lateral, node->top = top, node->y = y;
    }
    return y;
}
