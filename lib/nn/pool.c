/* Max pooling. Forward, the windows of a row of output pixels are walked tap by tap; backward, an
 * input pixel looks at the up to four windows that it lies in: no pixel is written by two threads.
 */
#include "nn/pool.h"
#include "base/check.h"
#include "nn/pool_kernel.h"

typedef struct rn_pool_node {
    rn_node node;
    rn_tensor *x, *y;
    uint8_t *winner; /* shape of y: the tap of the largest value in its window */
} rn_pool_node;

static size_t pixel(const rn_tensor *t, int n, int y, int x) {
    return (((size_t)n * (size_t)t->h + (size_t)y) * (size_t)t->w + (size_t)x) * (size_t)t->c;
}

/* Of output row y: input rows 2y - 1 .. 2y + 1. */
static rn_pool_lines lines_of(const rn_tensor *x, int out_width, int n, int out_y) {
    rn_pool_lines lines = {.width = x->w, .out_width = out_width};
    for (int i = 0; i < 3; i++) {
        int row = 2 * out_y - 1 + i;
        if (row < 0 || row >= x->h) continue;
        lines.value[lines.count] = x->value + pixel(x, n, row, 0);
        lines.tap[lines.count++] = 3 * i;
    }
    return lines;
}

/* Rows of windows row / 2 and, where `row` is odd, the next one too. */
static rn_pool_rows rows_around(const rn_pool_node *node, int n, int row) {
    const rn_tensor *y = node->y;
    rn_pool_rows rows = {.width = node->x->w, .out_width = y->w};
    for (int out_y = row / 2; out_y <= (row + 1) / 2 && out_y < y->h; out_y++) {
        size_t at = pixel(y, n, out_y, 0);
        rows.dy[rows.count] = y->grad + at;
        rows.winner[rows.count] = node->winner + at;
        rows.tap[rows.count++] = 3 * (row - 2 * out_y + 1);
    }
    return rows;
}

static void pool_backward(rn_node *base, rn_arena *scratch) {
    rn_pool_node *node = (rn_pool_node *)base;
    const rn_pool_kernels *kernels = rn_pool_kernels_in_force();
    rn_tensor *x = node->x;
    (void)scratch;
#pragma omp parallel for schedule(static)
    for (int i = 0; i < x->n * x->h; i++) {
        rn_pool_rows rows = rows_around(node, i / x->h, i % x->h);
        kernels->backward(x->grad + pixel(x, i / x->h, i % x->h, 0), &rows, (size_t)x->c,
                          x->grad_is_new);
    }
}

rn_tensor *rn_max_pool_forward(rn_tape *tape, rn_tensor *x) {
    rn_tensor *y = rn_tape_tensor(tape, x->n, (x->h + 1) / 2, (x->w + 1) / 2, x->c, x->wants_grad);
    const rn_pool_kernels *kernels = rn_pool_kernels_in_force();
    uint8_t *winner = y->wants_grad ? rn_tape_alloc(tape, rn_tensor_count(y)) : NULL;
    int rows = tape->plan ? 0 : y->n * y->h;
#pragma omp parallel for schedule(static)
    for (int i = 0; i < rows; i++) {
        rn_pool_lines lines = lines_of(x, y->w, i / y->h, i % y->h);
        size_t at = pixel(y, i / y->h, i % y->h, 0);
        kernels->forward(y->value + at, winner ? winner + at : NULL, &lines, (size_t)x->c);
    }
    if (y->wants_grad) {
        rn_pool_node *node = rn_tape_node(tape, sizeof *node, pool_backward);
        rn_node_input(&node->node, x);
        rn_node_output(&node->node, y);
        node->node.stores = true;
        node->x = x, node->y = y, node->winner = winner;
    }
    return y;
}

/* ---- the mean over a map --------------------------------------------------------------------- */

typedef struct rn_mean_node {
    rn_node node;
    rn_tensor *x, *y;
} rn_mean_node;

static void mean_values(rn_float *restrict y, const rn_float *restrict x, size_t pixels,
                        size_t channels) {
    rn_float share = 1 / (rn_float)pixels;
    for (size_t c = 0; c < channels; c++) y[c] = 0;
    for (size_t i = 0; i < pixels; i++)
        for (size_t c = 0; c < channels; c++) y[c] += x[i * channels + c];
    for (size_t c = 0; c < channels; c++) y[c] *= share;
}

static void mean_gradient(rn_float *restrict dx, bool store, const rn_float *restrict dy,
                          size_t pixels, size_t channels) {
    rn_float share = 1 / (rn_float)pixels;
    for (size_t i = 0; i < pixels; i++)
        for (size_t c = 0; c < channels; c++) {
            rn_float more = share * dy[c];
            dx[i * channels + c] = store ? more : dx[i * channels + c] + more;
        }
}

static void mean_backward(rn_node *base, rn_arena *scratch) {
    const rn_mean_node *node = (const rn_mean_node *)base;
    const rn_tensor *x = node->x, *y = node->y;
    size_t pixels = (size_t)x->h * (size_t)x->w;
    (void)scratch;
#pragma omp parallel for schedule(static)
    for (int n = 0; n < x->n; n++)
        mean_gradient(x->grad + pixel(x, n, 0, 0), x->grad_is_new, y->grad + pixel(y, n, 0, 0),
                      pixels, (size_t)x->c);
}

rn_tensor *rn_mean_pool_forward(rn_tape *tape, rn_tensor *x) {
    RN_CHECK(x->h > 0 && x->w > 0, "(%d, %d, %d, %d)", x->n, x->h, x->w, x->c);
    rn_tensor *y = rn_tape_tensor(tape, x->n, 1, 1, x->c, x->wants_grad);
    size_t pixels = (size_t)x->h * (size_t)x->w;
    int images = tape->plan ? 0 : x->n;
#pragma omp parallel for schedule(static)
    for (int n = 0; n < images; n++)
        mean_values(y->value + pixel(y, n, 0, 0), x->value + pixel(x, n, 0, 0), pixels,
                    (size_t)x->c);
    if (y->wants_grad) {
        rn_mean_node *node = rn_tape_node(tape, sizeof *node, mean_backward);
        rn_node_input(&node->node, x);
        rn_node_output(&node->node, y);
        node->node.stores = true;
        node->x = x, node->y = y;
    }
    return y;
}
