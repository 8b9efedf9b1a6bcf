#include "support/rule.h"
#include "support/golden.h"

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

rn_image rn_rule_image(int height, int width, const char *name) {
    rn_image image = rn_image_new(width, height);
    size_t pixels = (size_t)height * (size_t)width;
    uint64_t hash = rn_rule_hash(name);
    for (size_t i = 0; i < 3 * pixels; i++)
        image.rgb[i % pixels * 3 + i / pixels] = (uint8_t)(rn_rule_bits(hash, i) >> 56);
    return image;
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
    double gain = starts_with(param->name, "backbone.body.")                   ? 4
                  : starts_with(param->name, "backbone.fpn.")                  ? 3
                  : starts_with(param->name, "head.regression_head.bbox_reg.") ? 6. / 64
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

void rn_rule_fill_params(rn_params *params) {
    for (size_t p = 0; p < params->count; p++) {
        rn_param *param = params->list[p];
        rn_rule_span span = rn_rule_span_of(param);
        uint64_t hash = rn_rule_hash(param->name);
        rn_golden_order order = param->dims == 4 ? RN_GOLDEN_WEIGHT : RN_GOLDEN_AS_IS;
        for (size_t i = 0; i < param->count; i++)
            param->value[rn_golden_place(i, param->shape, order)] =
                value_of(rn_rule_bits(hash, i), span);
    }
}
