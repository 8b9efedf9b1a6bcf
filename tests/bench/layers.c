#include "bench/layers.h"

#include <stdio.h>
#include <string.h>

const char *const layers_phase_names[LAYERS_PHASES] = {"inference", "forward", "backward data",
                                                       "backward weights"};

/* ---- which there are ------------------------------------------------------------------------- */

typedef struct visitor {
    layers_list *list; /* every convolution, not yet the distinct ones */
    const rn_retinanet *net;
} visitor;

/* The maps of one convolution come one after the other. */
static void visit(void *user, const char *weight, const rn_tensor *x, const rn_tensor *y,
                  double multiply_adds) {
    layers_list *list = ((visitor *)user)->list;
    const int *shape = rn_params_find(&((visitor *)user)->net->params, weight)->shape;
    rn_conv_dims dims = {.n = x->n, .h = x->h, .w = x->w, .c = x->c, .k = y->c};
    dims.r = shape[0], dims.s = shape[1], dims.pad = shape[0] / 2;
    dims.stride = y->h == x->h ? 1 : 2;
    layers_row *row = list->count ? &list->row[list->count - 1] : NULL;
    if (!row || strcmp(row->weight, weight) != 0) {
        RN_CHECK(list->count < LAYERS_MOST, "more than %d convolutions", LAYERS_MOST);
        row = &list->row[list->count++];
        *row = (layers_row){.times = 1};
        snprintf(row->weight, sizeof row->weight, "%s", weight);
    }
    row->dims[row->maps++] = dims;
    row->flops += 2 * multiply_adds;
}

static bool same_work(const layers_row *a, const layers_row *b) {
    return a->maps == b->maps && memcmp(a->dims, b->dims, a->maps * sizeof *a->dims) == 0;
}

/* Keeps the first of equal ones, and counts. */
static void merge(layers_list *list) {
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++) {
        size_t k = 0;
        while (k < count && !same_work(&list->row[k], &list->row[i])) k++;
        if (k < count)
            list->row[k].times++;
        else
            list->row[count++] = list->row[i];
    }
    list->count = count;
}

rn_status layers_of(layers_list *list, const char *model, rn_err *err) {
    rn_config config = rn_config_paper();
    rn_retinanet net;
    bool tiny = strcmp(model, "tiny") == 0;
    *list = (layers_list){.count = 0};
    if (!tiny && strcmp(model, "r50") != 0)
        return rn_fail(err, "--layers: expected r50 or tiny, got \"%s\"", model);
    if (tiny && rn_config_preset(&config, "scenes", err) != RN_OK) return RN_ERROR;
    config.model.num_classes = tiny ? 4 : 91;
    if (rn_retinanet_create(&net, &config.model, "none", false, err) != RN_OK) return RN_ERROR;
    visitor user = {list, &net};
    rn_retinanet_plan(&net, tiny ? 4 : 1, tiny ? 256 : 608, tiny ? 256 : 800, false, visit, &user);
    rn_retinanet_free(&net);
    merge(list);
    return RN_OK;
}

char *layers_shape(char out[96], const layers_row *row) {
    const rn_conv_dims *d = row->dims;
    int used = snprintf(out, 96, "%d,%d,%d %dx%d %dx%d/%d", d->n, d->c, d->k, d->h, d->w, d->r,
                        d->s, d->stride);
    if (row->maps > 1) snprintf(out + used, 96 - (size_t)used, " %zu maps", row->maps);
    return out;
}

/* ---- the kernels: all that is known here of lib/tensor -----------------------------------------
 */

const char *layers_algorithm(const layers_buffers *b, rn_conv_phase phase) {
    return rn_conv_algorithm_name(rn_conv2d_choose(b->map, b->maps, phase));
}

static rn_float *random_numbers(rn_arena *arena, size_t count, const char *name) {
    rn_float *value = rn_arena_alloc(arena, count * sizeof *value);
    rn_rng rng = rn_rng_stream(0, name, 0);
    for (size_t i = 0; i < count; i++) value[i] = (rn_float)rn_rng_range(&rng, -1, 1);
    return value;
}

void layers_make(layers_buffers *b, const layers_row *row) {
    rn_arena *arena = &b->numbers;
    const rn_conv_dims *d = row->dims;
    size_t weights = rn_im2col_columns(d) * (size_t)d->k;
    *b = (layers_buffers){.maps = row->maps};
    b->w = random_numbers(arena, weights, "w");
    b->dw = rn_arena_zeros(arena, weights, sizeof *b->dw);
    for (size_t i = 0; i < row->maps; i++, d++) {
        size_t in = (size_t)d->n * (size_t)d->h * (size_t)d->w * (size_t)d->c;
        size_t out = rn_im2col_rows(d) * (size_t)d->k;
        b->map[i] = (rn_conv_map){.d = *d,
                                  .x = random_numbers(arena, in, "x"),
                                  .y = rn_arena_zeros(arena, out, sizeof(rn_float)),
                                  .dsum = random_numbers(arena, out, "dsum"),
                                  .dx = rn_arena_zeros(arena, in, sizeof(rn_float))};
    }
    rn_conv_algorithm algorithm = rn_conv2d_choose(b->map, b->maps, RN_CONV_INFERENCE);
    b->filter = rn_conv2d_filter(b->w, row->dims, algorithm, arena);
}

void layers_free(layers_buffers *b) {
    rn_arena_free(&b->numbers);
    rn_arena_free(&b->scratch);
    *b = (layers_buffers){.maps = 0};
}

double layers_run(layers_buffers *b, rn_conv_phase phase) {
    double start = rn_clock_seconds();
    switch (phase) {
    case RN_CONV_INFERENCE:
        rn_conv2d_forward(b->map, b->maps, b->w, &b->filter, &b->scratch);
        break;
    case RN_CONV_FORWARD: rn_conv2d_forward(b->map, b->maps, b->w, NULL, &b->scratch); break;
    case RN_CONV_BACKWARD_DATA: rn_conv2d_backward_data(b->map, b->maps, b->w, &b->scratch); break;
    case RN_CONV_BACKWARD_WEIGHTS:
        rn_conv2d_backward_weights(b->dw, b->map, b->maps, &b->scratch);
        break;
    }
    double end = rn_clock_seconds();
    rn_arena_reset(&b->scratch);
    return end - start;
}
