#include "bench/ladder.h"
#include "bench/layers.h"

#include <stdlib.h>

typedef struct step {
    const char *what, *file, *algorithm, *gemm; /* RN_CONV and RN_GEMM */
} step;

static const step steps[] = {
    {"the definition, seven loops", "conv_direct.c", "direct", "plain"},
    {"a matrix, three loops", "conv_im2col.c", "im2col", "plain"},
    {"OpenBLAS", "gemm.c", "im2col", "openblas"},
    {"own product", "gemm_kernel.c", "im2col", "kernel"},
    {"without the matrix", "conv_implicit.c", "implicit", "kernel"},
    {"F(2x2, 3x3)", "winograd.c", "winograd2", "kernel"},
    {"F(4x4, 3x3)", "winograd.c", "winograd4", "kernel"},
};

static double best_of(layers_buffers *b, rn_conv_phase phase, double at_least) {
    double best = layers_run(b, phase), spent = best;
    while (spent < at_least) {
        double seconds = layers_run(b, phase);
        best = fmin(best, seconds);
        spent += seconds;
    }
    return best;
}

void ladder_print(FILE *stream) {
    static const rn_column columns[] = {{"step", RN_COLUMN_TEXT, 0},
                                        {"lib/tensor/", RN_COLUMN_TEXT, 0},
                                        {"forward", RN_COLUMN_NUMBER, 0},
                                        {"backward data", RN_COLUMN_NUMBER, 0},
                                        {"backward weights", RN_COLUMN_NUMBER, 0},
                                        {"forward, times the first", RN_COLUMN_NUMBER, 1}};
    layers_row row = {.dims = {{1, 64, 64, 256, 256, 3, 3, 1, 1}}, .maps = 1};
    double flops = 2. * 64 * 64 * 9 * 256 * 256, first = 0;
    rn_table table =
        rn_table_start("One convolution, effective GFLOP/s", columns, RN_COUNT(columns));
    rn_parallel_set_threads(1);
    for (size_t i = 0; i < RN_COUNT(steps); i++) {
        layers_buffers buffers;
        setenv("RN_CONV", steps[i].algorithm, 1);
        setenv("RN_GEMM", steps[i].gemm, 1);
        layers_make(&buffers, &row);
        rn_table_row(&table);
        rn_table_add_text(&table, steps[i].what);
        rn_table_add_text(&table, steps[i].file);
        double forward = best_of(&buffers, RN_CONV_INFERENCE, .3);
        if (i == 0) first = forward;
        rn_table_add_number(&table, 1e-9 * flops / forward);
        rn_table_add_number(&table, 1e-9 * flops / best_of(&buffers, RN_CONV_BACKWARD_DATA, .3));
        rn_table_add_number(&table, 1e-9 * flops / best_of(&buffers, RN_CONV_BACKWARD_WEIGHTS, .3));
        rn_table_add_number(&table, first / forward);
        layers_free(&buffers);
    }
    rn_table_print(&table, stream, RN_TABLE_TEXT);
    rn_table_free(&table);
}
