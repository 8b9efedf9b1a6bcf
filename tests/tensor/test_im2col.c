/* The matrix against its definition, whole and in pieces, and its adjoint. */
#include "tensor/im2col.h"
#include "support/naive_conv.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* n h w c k r s stride pad */
static const rn_conv_dims cases[] = {
    {1, 1, 1, 1, 1, 1, 1, 1, 0}, {1, 1, 1, 3, 1, 3, 3, 1, 1}, {3, 6, 5, 4, 1, 1, 1, 1, 0},
    {3, 5, 7, 3, 1, 3, 3, 1, 1}, {2, 9, 8, 5, 1, 3, 3, 2, 1}, {2, 7, 5, 4, 1, 1, 1, 2, 0},
    {2, 4, 6, 2, 1, 1, 1, 3, 2}, {1, 2, 3, 2, 1, 7, 7, 2, 3}, {2, 11, 4, 2, 1, 5, 5, 3, 2},
    {1, 6, 9, 3, 1, 3, 1, 1, 0}, {1, 6, 9, 3, 1, 1, 5, 2, 3}, {2, 2, 2, 1, 1, 3, 3, 1, 3},
};

/* Where entry (row, column) comes from in x; -1: over the edge. */
static long source(const rn_conv_dims *d, size_t row, size_t column) {
    int out_w = rn_conv_out_w(d), out_h = rn_conv_out_h(d), i = (int)row, j = (int)column;
    int y = i / out_w % out_h * d->stride - d->pad + j / (d->s * d->c);
    int x = i % out_w * d->stride - d->pad + j / d->c % d->s, n = i / (out_w * out_h);
    if (y < 0 || y >= d->h || x < 0 || x >= d->w) return -1;
    return ((n * d->h + y) * d->w + x) * d->c + j % d->c;
}

Test(im2col, rows_are_what_the_output_pixels_see) {
    for (size_t i = 0; i < RN_COUNT(cases); i++) {
        const rn_conv_dims *d = &cases[i];
        size_t rows = rn_im2col_rows(d), columns = rn_im2col_columns(d), wrong = 0;
        cr_assert(rows * (size_t)d->k == naive_conv_size_of(d).y, "case %zu: %zu rows", i, rows);
        rn_float *x = naive_random(naive_conv_size_of(d).x, "x");
        rn_float *matrix = malloc(rows * columns * sizeof *matrix);
        memset(matrix, 0xff, rows * columns * sizeof *matrix); /* NaN */
        rn_im2col(matrix, columns, x, d, 0, rows);
        for (size_t j = 0; j < rows * columns; j++) {
            long from = source(d, j / columns, j % columns);
            wrong += !(matrix[j] == (from < 0 ? 0 : x[from]));
        }
        cr_expect(wrong == 0, "case %zu: %zu of %zu", i, wrong, rows * columns);
        free(x), free(matrix);
    }
}

Test(im2col, pieces_are_parts_of_the_whole_and_stay_in_bounds) {
    for (size_t i = 0; i < RN_COUNT(cases); i++) {
        const rn_conv_dims *d = &cases[i];
        size_t rows = rn_im2col_rows(d), columns = rn_im2col_columns(d);
        rn_float *x = naive_random(naive_conv_size_of(d).x, "x");
        rn_float *whole = malloc(rows * columns * sizeof *whole);
        rn_float *piece = malloc((rows * columns + 1) * sizeof *piece);
        rn_im2col(whole, columns, x, d, 0, rows);
        for (size_t first = 0; first <= rows; first++)
            for (size_t count = 0; count <= rows - first; count += 3) {
                piece[count * columns] = 7;
                rn_im2col(piece, columns, x, d, first, count);
                bool same =
                    memcmp(piece, whole + first * columns, count * columns * sizeof *piece) == 0;
                cr_expect(same && piece[count * columns] == 7, "case %zu: %zu rows from %zu", i,
                          count, first);
            }
        free(x), free(whole), free(piece);
    }
}

Test(im2col, col2im_adds_each_entry_to_its_pixel) {
    for (size_t i = 0; i < RN_COUNT(cases); i++) {
        const rn_conv_dims *d = &cases[i];
        size_t rows = rn_im2col_rows(d), columns = rn_im2col_columns(d);
        size_t size = naive_conv_size_of(d).x, first = rows / 3, count = rows - first;
        rn_float *x = naive_random(size, "x"), *matrix = naive_random(count * columns, "matrix");
        double *want = malloc(size * sizeof *want);
        for (size_t j = 0; j < size; j++) want[j] = (double)x[j];
        for (size_t j = 0; j < count * columns; j++) {
            long to = source(d, first + j / columns, j % columns);
            if (to >= 0) want[to] += (double)matrix[j];
        }
        rn_col2im_add(x, matrix, columns, d, first, count);
        double distance = naive_distance(x, want, size);
        cr_expect(distance <= (sizeof(rn_float) == 8 ? 1e-15 : 1e-6), "case %zu: %g", i, distance);
        free(x), free(matrix), free(want);
    }
}

/* <r, im2col(x)> = <col2im(r), x> */
Test(im2col, col2im_is_the_adjoint) {
    for (size_t i = 0; i < RN_COUNT(cases); i++) {
        const rn_conv_dims *d = &cases[i];
        size_t rows = rn_im2col_rows(d), count = rows * rn_im2col_columns(d);
        size_t size = naive_conv_size_of(d).x;
        rn_float *x = naive_random(size, "x"), *r = naive_random(count, "r");
        rn_float *matrix = malloc(count * sizeof *matrix), *back = calloc(size, sizeof *back);
        rn_im2col(matrix, rn_im2col_columns(d), x, d, 0, rows);
        rn_col2im_add(back, r, rn_im2col_columns(d), d, 0, rows);
        double left = naive_dot(r, matrix, count), right = naive_dot(back, x, size);
        double bound = (sizeof(rn_float) == 8 ? 1e-15 : 1e-7) * (double)count;
        cr_expect(fabs(left - right) <= bound, "case %zu: %.17g and %.17g", i, left, right);
        free(x), free(r), free(matrix), free(back);
    }
}

Test(im2col, only_a_plain_pointwise_convolution_needs_no_matrix) {
    for (size_t i = 0; i < RN_COUNT(cases); i++) {
        const rn_conv_dims *d = &cases[i];
        bool same = rn_im2col_rows(d) * rn_im2col_columns(d) == naive_conv_size_of(d).x;
        for (size_t j = 0; same && j < naive_conv_size_of(d).x; j++)
            same = source(d, j / (size_t)d->c, j % (size_t)d->c) == (long)j;
        cr_expect(rn_im2col_is_identity(d) == same, "case %zu", i);
    }
}
