#include "support/rule.h"

#include <stdlib.h>
#include <string.h>

uint64_t rn_rule_hash(const char *name) {
    uint64_t hash = 0xCBF29CE484222325u;
    for (; *name; name++) hash = (hash ^ (unsigned char)*name) * 0x100000001B3u;
    return hash;
}

uint64_t rn_rule_bits(uint64_t hash, size_t i) {
    uint64_t z = hash + i + 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static rn_float value_of(uint64_t bits, rn_rule_span span) {
    double u = (double)(bits >> 48) / 65536;
    return (rn_float)(span.centre + (2 * u - 1) * span.radius);
}

void rn_rule_fill(rn_float *value, size_t count, const char *name, rn_rule_span span) {
    uint64_t hash = rn_rule_hash(name);
    for (size_t i = 0; i < count; i++) value[i] = value_of(rn_rule_bits(hash, i), span);
}

size_t rn_rule_index(const char *name, size_t i, size_t size) {
    return (size_t)(rn_rule_bits(rn_rule_hash(name), i) % size);
}

static int ends_with(const char *text, const char *end) {
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}

static int starts_with(const char *text, const char *start) {
    return strncmp(text, start, strlen(start)) == 0;
}

/* The largest of 1, 3/4, 1/2, 3/8, ... with radius^2 fan_in <= gain. */
static double conv_radius(const rn_param *param) {
    double fan_in = (double)param->shape[0] * param->shape[1] * param->shape[2], radius = 1;
    double gain = starts_with(param->name, "backbone.body.")  ? 4
                  : starts_with(param->name, "backbone.fpn.") ? 3
                                                              : 6;
    while (radius * radius * fan_in > gain) {
        double three_quarters = .75 * radius;
        if (three_quarters * three_quarters * fan_in <= gain) return three_quarters;
        radius /= 2;
    }
    return radius;
}

rn_rule_span rn_rule_span_of(const rn_param *param) {
    if (param->kind == RN_PARAM_CONV) return (rn_rule_span){0, conv_radius(param)};
    if (ends_with(param->name, "cls_logits.bias")) return (rn_rule_span){-2, .0625};
    if (ends_with(param->name, ".running_var") || ends_with(param->name, ".weight"))
        return (rn_rule_span){1, .25};
    return (rn_rule_span){0, .0625};
}

size_t rn_rule_place(const rn_param *param, size_t i) {
    if (param->dims != 4) return i;
    size_t r = (size_t)param->shape[0], s = (size_t)param->shape[1];
    size_t c = (size_t)param->shape[2], k = (size_t)param->shape[3];
    size_t column = i % s, row = i / s % r, in = i / (s * r) % c, out = i / (s * r * c);
    return ((row * s + column) * c + in) * k + out;
}

void rn_rule_fill_params(rn_params *params) {
    for (size_t p = 0; p < params->count; p++) {
        rn_param *param = params->list[p];
        rn_rule_span span = rn_rule_span_of(param);
        uint64_t hash = rn_rule_hash(param->name);
        for (size_t i = 0; i < param->count; i++)
            param->value[rn_rule_place(param, i)] = value_of(rn_rule_bits(hash, i), span);
    }
}
