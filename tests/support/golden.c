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

size_t rn_golden_place(size_t i, const int shape[4], rn_golden_order order) {
    if (order == RN_GOLDEN_AS_IS) return i;
    bool image = order == RN_GOLDEN_IMAGE;
    size_t outer = (size_t)(image ? shape[0] : shape[3]);
    size_t inner = (size_t)(image ? shape[3] : shape[2]);
    size_t pixels = (size_t)(image ? shape[1] : shape[0]) * (size_t)(image ? shape[2] : shape[1]);
    size_t pixel = i % pixels, in = i / pixels % inner, out = i / pixels / inner;
    return image ? (out * pixels + pixel) * inner + in : (pixel * inner + in) * outer + out;
}

rn_float *rn_golden_values(rn_arena *arena, const rn_safetensor *tensor, rn_golden_order order) {
    size_t count = rn_safetensor_count(tensor);
    rn_float *in = rn_arena_alloc(arena, count * sizeof *in);
    cr_assert(rn_safetensor_to_real(in, tensor));
    if (order == RN_GOLDEN_AS_IS) return in;
    cr_assert(tensor->dims == 4, "%s has %d dimensions", tensor->name, tensor->dims);
    const int d[4] = {(int)tensor->shape[0], (int)tensor->shape[1], (int)tensor->shape[2],
                      (int)tensor->shape[3]};
    const int image[4] = {d[0], d[2], d[3], d[1]}, weight[4] = {d[2], d[3], d[1], d[0]};
    rn_float *out = rn_arena_alloc(arena, count * sizeof *out);
    for (size_t i = 0; i < count; i++)
        out[rn_golden_place(i, order == RN_GOLDEN_IMAGE ? image : weight, order)] = in[i];
    return out;
}

double rn_golden_distance(const rn_float *got, const rn_float *want, size_t count) {
    double difference = 0, largest = 0;
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(got[i]) || !isfinite(want[i])) return INFINITY;
        double d = fabs((double)got[i] - (double)want[i]), size = fabs((double)want[i]);
        difference = d > difference ? d : difference;
        largest = size > largest ? size : largest;
    }
    return largest > 0 ? difference / largest : INFINITY;
}
