#include "nn/param.h"
#include "base/check.h"
#include "base/parallel.h"
#include "base/vec.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

rn_param *rn_params_find(const rn_params *params, const char *name) {
    for (size_t i = 0; i < params->count; i++)
        if (strcmp(params->list[i]->name, name) == 0) return params->list[i];
    return NULL;
}

void rn_param_name(char out[RN_PARAM_NAME_SIZE], const char *format, va_list args) {
    int length = vsnprintf(out, RN_PARAM_NAME_SIZE, format, args);
    RN_CHECK(length > 0 && length < RN_PARAM_NAME_SIZE, "name of %d characters", length);
}

rn_param *rn_params_declare(rn_params *params, rn_param_kind kind, const int shape[],
                            const char *name, ...) {
    rn_param *param = rn_arena_zeros(&params->arena, 1, sizeof *param);
    va_list args;
    va_start(args, name);
    rn_param_name(param->name, name, args);
    va_end(args);
    RN_CHECK(!params->value, "%s is declared after the commit", param->name);
    RN_CHECK(!rn_params_find(params, param->name), "%s is declared twice", param->name);
    param->kind = kind;
    param->dims = kind == RN_PARAM_CONV ? 4 : 1;
    param->count = 1;
    for (int d = 0; d < param->dims; d++) {
        RN_CHECK(shape[d] > 0 && param->count <= SIZE_MAX / (size_t)shape[d],
                 "%s: dimension %d is %d", param->name, d, shape[d]);
        param->shape[d] = shape[d];
        param->count *= (size_t)shape[d];
    }
    params->list =
        rn_vec_reserve(params->list, params->count + 1, &params->capacity, sizeof *params->list);
    return params->list[params->count++] = param;
}

int rn_params_freeze(rn_params *params, const char *prefix) {
    int frozen = 0;
    RN_CHECK(!params->value, "%s is frozen after the commit", prefix);
    for (size_t i = 0; i < params->count; i++) {
        if (strncmp(params->list[i]->name, prefix, strlen(prefix)) != 0) continue;
        params->list[i]->frozen = true;
        frozen++;
    }
    return frozen;
}

/* 0 decayed, 1 other trainable, 2 not trained: the parts of the slab in their order. */
static int part_of(const rn_param *param) {
    if (param->frozen || param->kind == RN_PARAM_BUFFER) return 2;
    return param->kind == RN_PARAM_CONV ? 0 : 1;
}

void rn_params_commit(rn_params *params, bool training) {
    size_t end[3] = {0};
    RN_CHECK(!params->value, "committed twice");
    for (int part = 0; part < 3; part++) {
        end[part] = part ? end[part - 1] : 0;
        for (size_t i = 0; i < params->count; i++)
            if (part_of(params->list[i]) == part) end[part] += params->list[i]->count;
    }
    params->decayed = end[0], params->trainable = end[1], params->total = end[2];
    params->value = rn_arena_zeros(&params->arena, params->total, sizeof(rn_float));
    if (training) {
        params->grad = rn_arena_zeros(&params->arena, params->trainable, sizeof(rn_float));
        params->momentum = rn_arena_zeros(&params->arena, params->trainable, sizeof(rn_float));
    }
    size_t next[3] = {0, end[0], end[1]};
    for (size_t i = 0; i < params->count; i++) {
        rn_param *param = params->list[i];
        int part = part_of(param);
        param->value = params->value + next[part];
        if (training && part < 2) {
            param->grad = params->grad + next[part];
            param->momentum = params->momentum + next[part];
        }
        next[part] += param->count;
    }
    rn_params_reset(params);
}

void rn_params_reset(rn_params *params) {
    for (size_t i = 0; i < params->count; i++)
        for (size_t j = 0; j < params->list[i]->count; j++)
            params->list[i]->value[j] = params->list[i]->initial;
}

void rn_params_zero_grad(rn_params *params) {
    if (params->grad) rn_parallel_zero(params->grad, params->trainable * sizeof *params->grad);
}

static bool all_finite(const rn_float *value, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (!isfinite(value[i])) return false;
    return true;
}

bool rn_params_are_finite(const rn_params *params) {
    return all_finite(params->value, params->total) &&
           (!params->momentum || all_finite(params->momentum, params->trainable));
}

uint64_t rn_params_hash(const rn_params *params) {
    uint64_t hash = 14695981039346656037u;
    const unsigned char *byte = (const unsigned char *)params->value;
    for (size_t i = 0; i < params->total * sizeof *params->value; i++)
        hash = (hash ^ byte[i]) * 1099511628211u;
    return hash;
}

void rn_params_free(rn_params *params) {
    rn_arena_free(&params->arena);
    free(params->list);
    *params = (rn_params){0};
}
