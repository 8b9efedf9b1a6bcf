#include "train/checkpoint.h"
#include "base/check.h"
#include "base/text.h"
#include "base/vec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char MOMENTUM[] = "optimizer.momentum.";
enum { NAME_SIZE = RN_PARAM_NAME_SIZE + sizeof MOMENTUM };

/* ---- axis order ------------------------------------------------------------------------------
 *
 * With p = r * S + s, element (p, c, k) of a weight stands in memory (HWIO) at (p * C + c) * K + k
 * and in a file (OIHW) at (k * C + c) * P + p. Both directions go through OUTPUTS values of k at a
 * time: what lies together in memory is touched together. */

enum { OUTPUTS = 16 };

static size_t output_size(const rn_param *param) {
    return param->count / (size_t)param->shape[param->dims - 1];
}

/* out: (count, C, P), the outputs first .. first + count - 1 of `value`. */
static void to_file_order(rn_float *out, const rn_param *param, const rn_float *value, size_t first,
                          size_t count) {
    size_t c_count = (size_t)param->shape[2], k_count = (size_t)param->shape[3];
    size_t size = output_size(param), p_count = size / c_count;
    for (size_t p = 0; p < p_count; p++)
        for (size_t c = 0; c < c_count; c++)
            for (size_t k = 0; k < count; k++)
                out[k * size + c * p_count + p] = value[(p * c_count + c) * k_count + first + k];
}

static void from_file_order(rn_float *value, const rn_param *param, const rn_float *in) {
    size_t c_count = (size_t)param->shape[2], k_count = (size_t)param->shape[3];
    size_t size = output_size(param), p_count = size / c_count;
    for (size_t first = 0; first < k_count; first += OUTPUTS)
        for (size_t p = 0; p < p_count; p++)
            for (size_t c = 0; c < c_count; c++)
                for (size_t k = first; k < k_count && k < first + OUTPUTS; k++)
                    value[(p * c_count + c) * k_count + k] = in[k * size + c * p_count + p];
}

/* What the file says about a parameter; the name is not copied. */
static rn_safetensor describe(const rn_param *param, const char *name) {
    static const int from_hwio[] = {3, 2, 0, 1};
    rn_safetensor tensor = {.name = name, .dtype = rn_dtype_real(), .dims = param->dims};
    for (int d = 0; d < param->dims; d++)
        tensor.shape[d] = param->shape[param->kind == RN_PARAM_CONV ? from_hwio[d] : d];
    tensor.size = param->count * sizeof(rn_float);
    return tensor;
}

/* ---- save ---------------------------------------------------------------------------------- */

/* A parameter or its momentum, beside its description in the list of tensors. */
typedef struct item {
    const rn_param *param;
    const rn_float *data;
    char name[NAME_SIZE];
} item;

typedef struct saving {
    rn_safetensor *list;
    item *item; /* as many as list */
    size_t count;
    rn_float *block; /* OUTPUTS outputs of the largest weight */
} saving;

static void add_item(saving *s, const rn_param *param, const rn_float *data, const char *prefix) {
    item *new = &s->item[s->count];
    *new = (item){.param = param, .data = data};
    snprintf(new->name, sizeof new->name, "%s%s", prefix, param->name);
    s->list[s->count++] = describe(param, new->name);
}

static void write_item(rn_file *out, const rn_safetensor *tensor, void *context) {
    const saving *s = context;
    const item *from = &s->item[tensor - s->list];
    if (from->param->kind != RN_PARAM_CONV) {
        rn_file_write(out, from->data, tensor->size);
        return;
    }
    size_t k_count = (size_t)from->param->shape[3], size = output_size(from->param);
    for (size_t k = 0; k < k_count; k += OUTPUTS) {
        size_t n = k_count - k < OUTPUTS ? k_count - k : OUTPUTS;
        to_file_order(s->block, from->param, from->data, k, n);
        rn_file_write(out, s->block, n * size * sizeof *s->block);
    }
}

rn_status rn_checkpoint_save(const char *path, const rn_params *params, bool momentum,
                             const cJSON *metadata, rn_err *err) {
    RN_CHECK(params->value, "the parameters are not committed");
    RN_CHECK(!momentum || params->momentum, "the parameters have no momentum");
    saving s = {.list = rn_vec_zeros(2 * params->count, sizeof *s.list),
                .item = rn_vec_zeros(2 * params->count, sizeof *s.item)};
    size_t largest = 0;
    for (size_t i = 0; i < params->count; i++) {
        const rn_param *param = params->list[i];
        add_item(&s, param, param->value, "");
        if (output_size(param) > largest) largest = output_size(param);
    }
    for (size_t i = 0; i < params->count; i++)
        if (momentum && params->list[i]->momentum)
            add_item(&s, params->list[i], params->list[i]->momentum, MOMENTUM);
    s.block = rn_vec_zeros(OUTPUTS * largest, sizeof *s.block);
    rn_status status = rn_safetensors_stream(path, s.list, s.count, metadata, write_item, &s, err);
    free(s.block);
    free(s.item);
    free(s.list);
    return status;
}

/* ---- take ---------------------------------------------------------------------------------- */

/* The name in older versions of torchvision (its _v1_to_v2_weights): a convolution stood alone
 * where now a sequence stands, and in the heads a ReLU followed each, so that conv.1.0.weight was
 * conv.2.weight. False when the name has not changed. */
static bool older_name(char out[NAME_SIZE], const char *name) {
    const char *tail = strrchr(name, '.');
    int stem = tail ? (int)(tail - name) - 2 : 0, number = stem;
    if (stem <= 0 || strncmp(name + stem, ".0.", 3) != 0) return false;
    while (number > 0 && name[number - 1] >= '0' && name[number - 1] <= '9') number--;
    if (strstr(name, ".inner_blocks.") || strstr(name, ".layer_blocks."))
        snprintf(out, NAME_SIZE, "%.*s%s", stem, name, tail);
    else if (strstr(name, "_head.conv."))
        snprintf(out, NAME_SIZE, "%.*s%d%s", number, name, 2 * atoi(name + number), tail);
    else
        return false;
    return true;
}

/* The tensor for a parameter, or NULL. */
static const rn_safetensor *find(const rn_safetensors *file, const char *name, bool strict) {
    static const char body[] = "backbone.body.";
    char older[NAME_SIZE];
    const rn_safetensor *tensor = rn_safetensors_find(file, name);
    if (!tensor && !strict && older_name(older, name)) tensor = rn_safetensors_find(file, older);
    if (!tensor && !strict && strncmp(name, body, sizeof body - 1) == 0)
        tensor = rn_safetensors_find(file, name + sizeof body - 1);
    return tensor;
}

static bool fits(const rn_safetensor *tensor, const rn_safetensor *wanted) {
    return rn_dtype_is_real(tensor->dtype) && tensor->dims == wanted->dims &&
           memcmp(tensor->shape, wanted->shape, (size_t)wanted->dims * sizeof *wanted->shape) == 0;
}

static char *shape_text(char *out, size_t size, const rn_safetensor *tensor) {
    size_t used = (size_t)snprintf(out, size, "(");
    for (int d = 0; d < tensor->dims && used < size; d++)
        used += (size_t)snprintf(out + used, size - used, "%s%lld", d ? ", " : "",
                                 (long long)tensor->shape[d]);
    if (used < size) snprintf(out + used, size - used, ")");
    return out;
}

/* `got` (may be NULL) if it fits; else notes the problem, if it is the first, and returns NULL. */
static const rn_safetensor *accept(rn_checkpoint_match *match, const rn_safetensor *wanted,
                                   const rn_safetensor *got) {
    char expected[96], found[96];
    if (got && fits(got, wanted)) return got;
    if (!match->first_problem[0])
        snprintf(match->first_problem, sizeof match->first_problem,
                 "%.110s: expected %s, got %s%s%.60s", wanted->name,
                 shape_text(expected, sizeof expected, wanted),
                 got ? rn_dtype_name(got->dtype) : "nothing", got ? " " : "",
                 got ? shape_text(found, sizeof found, got) : "");
    return NULL;
}

/* What goes into a parameter; NULL: nothing. */
typedef struct source {
    const rn_safetensor *value, *momentum;
} source;

static source match_param(rn_checkpoint_match *match, bool *used, const rn_param *param,
                          const rn_safetensors *file, bool strict, bool momentum) {
    rn_safetensor wanted = describe(param, param->name);
    const rn_safetensor *found = find(file, param->name, strict);
    source from = {.value = accept(match, &wanted, found)};
    match->taken += from.value != NULL;
    match->missing += !found;
    match->other_shape += found && !from.value;
    if (!from.value) return from;
    used[from.value - file->tensor] = true;
    if (momentum && param->momentum) {
        char name[NAME_SIZE];
        snprintf(name, sizeof name, "%s%s", MOMENTUM, param->name);
        wanted.name = name;
        from.momentum = accept(match, &wanted, rn_safetensors_find(file, name));
    }
    return from;
}

/* Tensors that a detector without them does not miss. */
static bool is_expected_to_be_left(const char *name) {
    return strncmp(name, "optimizer.", 10) == 0 || strncmp(name, "fc.", 3) == 0 ||
           rn_text_ends_with(name, ".num_batches_tracked");
}

static void copy(rn_float *value, const rn_param *param, const rn_safetensor *tensor,
                 rn_float *scratch) {
    bool conv = param->kind == RN_PARAM_CONV;
    rn_safetensor_to_real(conv ? scratch : value, tensor);
    if (conv) from_file_order(value, param, scratch);
}

static void copy_all(rn_params *params, const source *from) {
    size_t largest = 0;
    for (size_t i = 0; i < params->count; i++)
        if (params->list[i]->count > largest) largest = params->list[i]->count;
    rn_float *scratch = rn_vec_zeros(largest, sizeof *scratch);
    for (size_t i = 0; i < params->count; i++) {
        const rn_param *param = params->list[i];
        if (from[i].value) copy(param->value, param, from[i].value, scratch);
        if (from[i].momentum) copy(param->momentum, param, from[i].momentum, scratch);
    }
    free(scratch);
}

rn_status rn_checkpoint_take(rn_params *params, rn_checkpoint_match *match,
                             const rn_safetensors *file, bool strict, bool momentum,
                             const char *path, rn_err *err) {
    RN_CHECK(params->value, "the parameters are not committed");
    RN_CHECK(!momentum || params->momentum, "the parameters have no momentum");
    source *from = rn_vec_zeros(params->count, sizeof *from);
    bool *used = rn_vec_zeros(file->count, sizeof *used);
    rn_status status = RN_OK;
    *match = (rn_checkpoint_match){0};
    for (size_t i = 0; i < params->count; i++)
        from[i] = match_param(match, used, params->list[i], file, strict, momentum);
    for (size_t i = 0; i < file->count; i++)
        match->unused += !used[i] && !is_expected_to_be_left(file->tensor[i].name);
    if (strict && match->first_problem[0])
        status = rn_fail(err, "%s: %s", path, match->first_problem);
    else
        copy_all(params, from);
    free(used);
    free(from);
    return status;
}
