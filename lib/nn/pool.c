#include "nn/pool.h"

#include <stdint.h>

typedef struct rn_pool_node {
    rn_node node;
    rn_tensor *x, *y;
    uint8_t *winner; /* shape of y: 3 * row + column of the largest value in its window */
} rn_pool_node;

/* Window of output (y, x): input rows 2y - 1 .. 2y + 1 and the same for columns. */
static void pool_pixel(rn_float *best, uint8_t *winner, const rn_tensor *x, int n, int out_y,
                       int out_x) {
    size_t c = (size_t)x->c;
    bool first = true;
    for (int tap = 0; tap < 9; tap++) {
        int row = 2 * out_y - 1 + tap / 3, column = 2 * out_x - 1 + tap % 3;
        if (row < 0 || row >= x->h || column < 0 || column >= x->w) continue;
        const rn_float *value =
            x->value +
            (((size_t)n * (size_t)x->h + (size_t)row) * (size_t)x->w + (size_t)column) * c;
        for (size_t j = 0; j < c; j++)
            if (first || value[j] > best[j] || isnan(value[j])) {
                best[j] = value[j];
                winner[j] = (uint8_t)tap;
            }
        first = false;
    }
}

/* Gathers: input pixel (row, column) looks at the up to four windows that it lies in. */
static void gather_pixel(rn_float *dx, const rn_pool_node *node, int n, int row, int column) {
    const rn_tensor *y = node->y;
    size_t c = (size_t)y->c;
    for (int out_y = row / 2; out_y <= (row + 1) / 2 && out_y < y->h; out_y++)
        for (int out_x = column / 2; out_x <= (column + 1) / 2 && out_x < y->w; out_x++) {
            int tap = 3 * (row - 2 * out_y + 1) + column - 2 * out_x + 1;
            size_t at =
                (((size_t)n * (size_t)y->h + (size_t)out_y) * (size_t)y->w + (size_t)out_x) * c;
            for (size_t j = 0; j < c; j++)
                if (node->winner[at + j] == tap) dx[j] += y->grad[at + j];
        }
}

static void pool_backward(rn_node *base, rn_arena *scratch) {
    rn_pool_node *node = (rn_pool_node *)base;
    rn_tensor *x = node->x;
    (void)scratch;
#pragma omp parallel for schedule(static)
    for (int i = 0; i < x->n * x->h; i++)
        for (int column = 0; column < x->w; column++)
            gather_pixel(x->grad + ((size_t)i * (size_t)x->w + (size_t)column) * (size_t)x->c, node,
                         i / x->h, i % x->h, column);
}

rn_tensor *rn_max_pool_forward(rn_tape *tape, rn_tensor *x) {
    rn_tensor *y =
        rn_tape_tensor(tape, x->n, (x->h + 1) / 2, (x->w + 1) / 2, x->c, x->grad != NULL);
    uint8_t *winner = rn_tape_alloc(tape, rn_tensor_count(y));
    int rows = tape->plan ? 0 : y->n * y->h;
#pragma omp parallel for schedule(static)
    for (int i = 0; i < rows; i++)
        for (int column = 0; column < y->w; column++) {
            size_t at = ((size_t)i * (size_t)y->w + (size_t)column) * (size_t)y->c;
            pool_pixel(y->value + at, winner + at, x, i / y->h, i % y->h, column);
        }
    if (y->grad) {
        rn_pool_node *node = rn_tape_node(tape, sizeof *node, pool_backward);
        node->x = x, node->y = y, node->winner = winner;
    }
    return y;
}
