/* The innermost part of a matrix product.
 *
 *     for each part of k
 *         for each panel of B                   its rows stay in the first-level cache
 *             for each few rows of A            their sums stay in registers
 *                 for each row of the panel
 *                     sums += one number of each row of A, times the panel's row
 *
 * after K. Goto, R. van de Geijn, "Anatomy of high-performance matrix multiplication" (2008), but
 * for A, which is not packed: a number of A is spread over a vector by the multiplication itself,
 * so it makes no difference where the next one lies. */
#include "tensor/gemm.h"

/* A tile is as many rows as fill the registers with sums and leave some for a row of the panel: 6 x
 * 4 vectors, 8 x 3 or 12 x 2 of 32 registers, 6 x 2 of 16, and 12 x 1. */
#if RN_VECTOR_REGISTERS == 32
enum { SUMS = 24, PANEL_VECTORS = 4, ROWS_MOST = 12 };
#else
enum { SUMS = 12, PANEL_VECTORS = 2, ROWS_MOST = 12 };
#endif

/* Part of the sums over k at a time: a panel of that many rows is a part of the first-level cache,
 * and short sums round less. */
enum { K_BLOCK = 256 };

enum { PANEL = PANEL_VECTORS * RN_LANES };

/* Numbers in a line of the cache. */
enum { LINE = 64 / (int)sizeof(rn_float) };

/* Products with longer sums than this ask ahead; what shorter ones read is near anyway. */
enum { K_FAR = 4 * LINE };

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

/* index: of the number in c. */
static rn_float finish_one(rn_float sum, const rn_epilogue *e, size_t column, size_t index) {
    if (e->scale) sum *= e->scale[column];
    if (e->shift) sum += e->shift[column];
    if (e->residual) sum += e->residual[index];
    return e->relu && sum < 0 ? 0 : sum; /* NaN stays NaN */
}

/* A tile at the right edge, `width` columns wide, number by number. */
static void store_some(rn_float *c, const rn_product *p, const rn_vector *sum, size_t rows,
                       size_t vectors, size_t j, size_t width) {
    for (size_t r = 0; r < rows; r++, c += p->c_row) {
        rn_float line[PANEL] = {0};
        for (size_t v = 0; v < vectors; v++) rn_store(line + v * RN_LANES, sum[r * vectors + v]);
        for (size_t o = 0; o < width; o++) {
            rn_float s = line[o] + (p->add ? c[o] : 0);
            c[o] = p->epilogue ? finish_one(s, p->epilogue, j + o, (size_t)(c + o - p->c)) : s;
        }
    }
}

/* The tile at row i and column j, `width` columns wide. */
RN_INLINE void store_tile(const rn_product *p, rn_vector *sum, size_t rows, size_t vectors,
                          size_t i, size_t j, size_t width) {
    const size_t stride = p->c_row;
    rn_float *c = p->c + i * stride + j;
    if (width < vectors * RN_LANES) {
        store_some(c, p, sum, rows, vectors, j, width);
        return;
    }
    if (p->add) {
#pragma GCC unroll 24
        for (size_t s = 0; s < rows * vectors; s++)
            sum[s] += rn_load(c + s / vectors * stride + s % vectors * RN_LANES);
    }
    if (p->epilogue) {
        const rn_epilogue e = *p->epilogue;
#pragma GCC unroll 4
        for (size_t v = 0; v < vectors; v++) {
            rn_vector scale = e.scale ? rn_load(e.scale + j + v * RN_LANES) : rn_fill(1);
            rn_vector shift = e.shift ? rn_load(e.shift + j + v * RN_LANES) : rn_fill(0);
            rn_vector least = rn_fill(e.relu ? 0 : -(rn_float)INFINITY);
#pragma GCC unroll 24
            for (size_t r = 0; r < rows; r++) {
                rn_vector y = sum[r * vectors + v] * scale + shift;
                if (e.residual) y += rn_load(e.residual + (i + r) * stride + j + v * RN_LANES);
                sum[r * vectors + v] = rn_select(y < least, least, y); /* NaN stays NaN */
            }
        }
    }
#pragma GCC unroll 24
    for (size_t s = 0; s < rows * vectors; s++)
        rn_store(c + s / vectors * stride + s % vectors * RN_LANES, sum[s]);
}

/* What a tile asks for while its sums grow, so that it is there when it is needed: its own part of
 * C and of the residual; for the first panel the rows of A that come next, which then stay; and a
 * piece of the panel that comes next. On layers of ResNet-50 that takes a tenth to a fifth off
 * those whose maps lie in memory, and nothing off the others. */
typedef struct asking {
    bool rows;             /* for A: the rows after the tile's */
    const rn_float *panel; /* NULL: no panel */
} asking;

/* Asks for a part, at step l of k. */
RN_INLINE void ask(const rn_product *p, const asking *next, size_t rows, size_t vectors, size_t i,
                   size_t j, size_t l) {
    const rn_float *residual = p->epilogue ? p->epilogue->residual : NULL;
    for (size_t r = 2 * (l / LINE); r < 2 * (l / LINE) + 2 && r < rows; r++)
#pragma GCC unroll 4
        for (size_t v = 0; v < vectors; v++) {
            size_t at = (i + r) * p->c_row + j + v * RN_LANES;
            __builtin_prefetch(p->c + at, 1, 3);
            if (residual) __builtin_prefetch(residual + at, 0, 3);
        }
    if (next->rows)
#pragma GCC unroll 12
        for (size_t r = 0; r < rows; r++)
            __builtin_prefetch(p->a + (i + rows + r) * p->a_row + l, 0, 3);
    if (next->panel)
#pragma GCC unroll 16
        for (size_t r = 0; r < LINE; r++) __builtin_prefetch(next->panel + (l + r) * LINE, 0, 2);
}

/* How a product is computed: one copy of the loops for each. */
typedef enum method { NEAR, FAR, IN_RUNS } method;

/* `how`, `rows` and `vectors` are constants where this is inlined. b: the panel's rows; in_run:
 * columns of A before the first run ends; next: what to ask for where it is far. */
RN_INLINE void tile(method how, const rn_product *p, const rn_float *b, size_t in_run,
                    const asking *next, size_t rows, size_t vectors, size_t i, size_t j,
                    size_t width) {
    rn_vector sum[SUMS];
    const rn_float *a = p->a + i * p->a_row;
    size_t row = p->a_row, step = p->a_step;
#pragma GCC unroll 24
    for (size_t s = 0; s < rows * vectors; s++) sum[s] = rn_fill(0);
    for (size_t l = 0, end; l < p->k; l = end) {
        end = how == FAR ? smaller(l + LINE, p->k) : p->k;
        if (how == FAR) ask(p, next, rows, vectors, i, j, l);
        if (how == IN_RUNS) {
            if (l > 0) a += p->run_step - p->run * step, in_run = p->run;
            end = smaller(l + in_run, p->k);
        }
        for (size_t m = l; m < end; m++, a += step, b += vectors * RN_LANES) {
            rn_vector line[PANEL_VECTORS];
#pragma GCC unroll 4
            for (size_t v = 0; v < vectors; v++) line[v] = rn_load(b + v * RN_LANES);
#pragma GCC unroll 24
            for (size_t r = 0; r < rows; r++)
#pragma GCC unroll 4
                for (size_t v = 0; v < vectors; v++) sum[r * vectors + v] += a[r * row] * line[v];
        }
    }
    store_tile(p, sum, rows, vectors, i, j, width);
}

/* A whole panel; its first row of interest is at b, that of the next panel at after, or NULL. */
RN_INLINE void panel(method how, const rn_product *p, const rn_float *b, size_t in_run,
                     const rn_float *after, size_t vectors, size_t j, size_t width) {
    size_t i = 0, rows = smaller(ROWS_MOST, SUMS / vectors);
    asking next = {.rows = j == 0 && p->a_step == 1, .panel = after};
    for (; i + rows <= p->m; i += rows) {
        tile(how, p, b, in_run, &next, rows, vectors, i, j, width);
        if (!after) continue; /* a line for each step: a few tiles ask for all */
        size_t asked_for = (i / rows + 1) * LINE;
        next.panel = asked_for < PANEL ? after + asked_for * p->k : NULL;
    }
    next = (asking){0};
    for (; i + 4 <= p->m; i += 4) tile(how, p, b, in_run, &next, 4, vectors, i, j, width);
    for (; i + 2 <= p->m; i += 2) tile(how, p, b, in_run, &next, 2, vectors, i, j, width);
    for (; i < p->m; i++) tile(how, p, b, in_run, &next, 1, vectors, i, j, width);
}

/* p: rows first .. first + p->k - 1 of panels of k rows. */
RN_INLINE void multiply_part(method how, const rn_product *p, size_t in_run, size_t first,
                             size_t k) {
    const rn_float *b = p->b;
    for (size_t j = 0; j < p->n; j += PANEL) {
        size_t width = smaller(p->n - j, PANEL), left = smaller(p->n - j - width, PANEL);
        size_t after_width = (left + RN_LANES - 1) / RN_LANES * RN_LANES;
        const rn_float *after = left ? b + k * PANEL + first * after_width : NULL;
        switch ((width + RN_LANES - 1) / RN_LANES) {
        case 1: panel(how, p, b + first * RN_LANES, in_run, after, 1, j, width); break;
        case 2: panel(how, p, b + first * 2 * RN_LANES, in_run, after, 2, j, width); break;
#if RN_VECTOR_REGISTERS == 32
        case 3: panel(how, p, b + first * 3 * RN_LANES, in_run, after, 3, j, width); break;
        case 4: panel(how, p, b + first * 4 * RN_LANES, in_run, after, 4, j, width); break;
#endif
        }
        b += k * PANEL;
    }
}

static void multiply_near(const rn_product *p, size_t first, size_t k) {
    multiply_part(NEAR, p, 0, first, k);
}

static void multiply_far(const rn_product *p, size_t first, size_t k) {
    multiply_part(FAR, p, 0, first, k);
}

static void multiply_in_runs(const rn_product *p, size_t in_run, size_t first, size_t k) {
    multiply_part(IN_RUNS, p, in_run, first, k);
}

/* Part by part of k. */
static void multiply_parts(const rn_product *product, size_t rows) {
    rn_product part = *product;
    const size_t run = product->run ? product->run : product->k;
    for (size_t l = 0; l < product->k; l += part.k) {
        part.k = smaller(K_BLOCK, product->k - l);
        part.a = product->a + l / run * product->run_step + l % run * product->a_step;
        part.add = product->add || l > 0;
        part.epilogue = l + part.k < product->k ? NULL : product->epilogue;
        if (product->run)
            multiply_in_runs(&part, run - l % run, product->b_first + l, rows);
        else
            multiply_far(&part, product->b_first + l, rows);
    }
}

static void multiply(const rn_product *product) {
    const size_t rows = product->b_rows ? product->b_rows : product->k;
    if (product->k > K_BLOCK || (product->run && product->k > 0))
        multiply_parts(product, rows);
    else if (product->k < K_FAR)
        multiply_near(product, product->b_first, rows); /* of a sum of nothing, zeros */
    else
        multiply_far(product, product->b_first, rows);
}

const rn_gemm RN_KERNEL(rn_gemm_kernel) = {
    .name = "kernel", .panel = PANEL, .lanes = RN_LANES, .multiply = multiply};
