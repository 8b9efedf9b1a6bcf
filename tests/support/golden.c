#include "support/golden.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>

void rn_golden_open(rn_safetensors *file, const char *name) {
    char path[256];
    rn_err err = {{0}};
    snprintf(path, sizeof path, "tests/golden/%s", name);
    cr_assert(rn_safetensors_load(file, path, &err) == RN_OK, "%s", err.text);
}

const rn_safetensor *rn_golden_find(const rn_safetensors *file, const char *name, ...) {
    char text[256];
    va_list args;
    va_start(args, name);
    vsnprintf(text, sizeof text, name, args);
    va_end(args);
    const rn_safetensor *tensor = rn_safetensors_find(file, text);
    cr_assert(tensor && tensor->dtype == RN_DTYPE_F32, "no F32 tensor %s", text);
    return tensor;
}

/* out[h][w][c] of each image from in[c][h][w], or out[h][w][i][o] from in[o][i][h][w]. */
static void permute(rn_float *out, const rn_float *in, const int64_t shape[4],
                    rn_golden_order order) {
    size_t a = (size_t)shape[0], b = (size_t)shape[1], pixels = (size_t)(shape[2] * shape[3]);
    for (size_t i = 0; i < a; i++)
        for (size_t j = 0; j < b; j++)
            for (size_t p = 0; p < pixels; p++) {
                size_t at =
                    order == RN_GOLDEN_IMAGE ? (i * pixels + p) * b + j : (p * b + j) * a + i;
                out[at] = in[(i * b + j) * pixels + p];
            }
}

rn_float *rn_golden_values(rn_arena *arena, const rn_safetensor *tensor, rn_golden_order order) {
    size_t count = rn_safetensor_count(tensor);
    rn_float *in = rn_arena_alloc(arena, count * sizeof *in);
    cr_assert(rn_safetensor_to_real(in, tensor));
    if (order == RN_GOLDEN_AS_IS) return in;
    cr_assert(tensor->dims == 4, "%s has %d dimensions", tensor->name, tensor->dims);
    rn_float *out = rn_arena_alloc(arena, count * sizeof *out);
    permute(out, in, tensor->shape, order);
    return out;
}

double rn_golden_distance(const rn_float *got, const rn_float *want, size_t count) {
    double difference = 0, largest = 0;
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(got[i]) || !isfinite(want[i])) return INFINITY;
        difference = fmax(difference, fabs((double)got[i] - (double)want[i]));
        largest = fmax(largest, fabs((double)want[i]));
    }
    return largest > 0 ? difference / largest : INFINITY;
}
