#include "nn/conv.h"
#include "nn/norm.h"
#include "nn/norm_kernel.h"
#include "support/layer.h"

#include <criterion/criterion.h>
#include <math.h>
#include <signal.h>
#include <string.h>

typedef struct operation {
    rn_norm norm;
    rn_tensor *x;
    bool relu;
} operation;

static rn_tensor *run(rn_tape *tape, const void *with) {
    const operation *o = with;
    return rn_norm_forward(tape, &o->norm, o->x, o->relu);
}

/* Channels far from 0 and of different widths, scales of both signs. */
static const struct row {
    const char *name;
    rn_norm_kind kind;
    int groups, n, h, w, c;
    bool relu;
    double offset; /* of the values */
} rows[] = {
    {"batch", RN_NORM_BATCH, 1, 2, 5, 7, 6, false, 0},
    {"batch of two values", RN_NORM_BATCH, 1, 2, 1, 1, 3, false, 0},
    {"batch, several ranges of pixels", RN_NORM_BATCH, 1, 2, 19, 37, 5, true, 3},
    {"batch far from 0", RN_NORM_BATCH, 1, 3, 4, 4, 17, false, 50},
    {"group", RN_NORM_GROUP, 3, 2, 5, 7, 6, false, 0},
    {"group of one channel", RN_NORM_GROUP, 5, 3, 4, 5, 5, true, 0},
    {"one group", RN_NORM_GROUP, 1, 2, 3, 3, 8, false, 1},
    {"group of a single pixel", RN_NORM_GROUP, 2, 2, 1, 1, 8, false, 0},
    {"group, several ranges of pixels", RN_NORM_GROUP, 2, 2, 23, 29, 6, true, -2},
};

static operation make(layer_step *step, const struct row *row) {
    operation o = {.relu = row->relu};
    o.norm = rn_norm_declare(&step->params, row->kind, row->c, row->groups, "norm");
    rn_params_commit(&step->params, true);
    for (size_t i = 0; i < step->params.count; i++) layer_stir(step, step->params.list[i], .5);
    for (size_t j = 0; o.norm.variance && j < o.norm.variance->count; j++)
        o.norm.variance->value[j] = (rn_float)rn_rng_range(&step->rng, .5, 2);
    o.x = layer_input(step, row->n, row->h, row->w, row->c);
    for (size_t i = 0; i < rn_tensor_count(o.x); i++) {
        size_t c = i % (size_t)row->c;
        o.x->value[i] = (rn_float)(row->offset + (double)c) + o.x->value[i] * (rn_float)(1 + c % 3);
    }
    return o;
}

static layer_case case_of(const struct row *row, const operation *o) {
    layer_case c = {.name = row->name, .run = run, .with = o};
    c.leaf[0] = layer_leaf_tensor("x", o->x);
    c.leaf[1] = layer_leaf_param(o->norm.scale);
    c.leaf[2] = layer_leaf_param(o->norm.shift);
    if (o->norm.mean) {
        c.leaf[3] = layer_leaf_param(o->norm.mean);
        c.leaf[4] = layer_leaf_param(o->norm.variance);
    }
    return c;
}

typedef struct moments {
    double mean, variance; /* of the population */
    double count;
} moments;

/* Are values i and k normalised together? */
static bool same_set(const operation *o, size_t i, size_t k) {
    size_t c = (size_t)o->x->c, image = c * (size_t)(o->x->h * o->x->w);
    if (o->norm.kind == RN_NORM_BATCH) return i % c == k % c;
    size_t width = c / (size_t)o->norm.groups;
    return i / image == k / image && i % c / width == k % c / width;
}

static moments moments_of_set(const operation *o, size_t i) {
    moments m = {0};
    for (size_t k = 0; k < rn_tensor_count(o->x); k++)
        if (same_set(o, i, k)) m.mean += (double)o->x->value[k], m.count++;
    m.mean /= m.count;
    for (size_t k = 0; k < rn_tensor_count(o->x); k++)
        if (same_set(o, i, k)) m.variance += pow((double)o->x->value[k] - m.mean, 2);
    m.variance /= m.count;
    return m;
}

static double affine(const operation *o, size_t i, double mean, double variance) {
    size_t j = i % (size_t)o->x->c;
    double y = ((double)o->x->value[i] - mean) / sqrt(variance + 1e-5);
    y = y * (double)o->norm.scale->value[j] + (double)o->norm.shift->value[j];
    return o->relu ? fmax(y, 0) : y;
}

Test(norm, agrees_with_its_definition) {
    for (size_t r = 0; r < RN_COUNT(rows); r++) {
        layer_step step;
        layer_open(&step, r);
        operation o = make(&step, &rows[r]);
        size_t count = rn_tensor_count(o.x);
        double *want = rn_arena_alloc(&step.arena, count * sizeof *want);
        for (size_t i = 0; i < count; i++) {
            moments m = moments_of_set(&o, i);
            want[i] = affine(&o, i, m.mean, m.variance);
        }
        layer_expect_near(rows[r].name, run(&step.tape, &o)->value, want, count);
        layer_close(&step);
    }
}

/* A tenth of the way from where they were to the mean and the unbiased variance of the batch. */
Test(norm, running_statistics_follow_the_batch) {
    for (size_t r = 0; r < RN_COUNT(rows); r++) {
        layer_step step;
        if (rows[r].kind != RN_NORM_BATCH) continue;
        layer_open(&step, r);
        operation o = make(&step, &rows[r]);
        double mean[32], variance[32];
        for (size_t j = 0; j < o.norm.mean->count; j++) {
            moments m = moments_of_set(&o, j);
            mean[j] = .9 * (double)o.norm.mean->value[j] + .1 * m.mean;
            variance[j] =
                .9 * (double)o.norm.variance->value[j] + .1 * m.variance * m.count / (m.count - 1);
        }
        run(&step.tape, &o);
        layer_expect_near("mean", o.norm.mean->value, mean, o.norm.mean->count);
        layer_expect_near("variance", o.norm.variance->value, variance, o.norm.mean->count);
        layer_close(&step);
    }
}

Test(norm, passes_what_every_operation_must) {
    for (size_t r = 0; r < RN_COUNT(rows); r++) {
        layer_step step;
        if (rows[r].n * rows[r].h * rows[r].w == 2 && rows[r].kind == RN_NORM_BATCH)
            continue; /* two values become -1 and 1 whatever they are: no slope to speak of */
        layer_open(&step, r);
        operation o = make(&step, &rows[r]);
        layer_case c = case_of(&rows[r], &o);
        layer_expect_derivative(&step, &c);
        layer_expect_same_bits(&step, &c);
        layer_expect_rehearsal(&step, &c);
        layer_expect_stored(&step, &c);
        layer_close(&step);
    }
}

/* Frozen, and batch after training, is an affine map of the running statistics, which stay. */
Test(norm, uses_the_running_statistics_when_they_are_constants) {
    for (rn_norm_kind kind = RN_NORM_FROZEN; kind <= RN_NORM_BATCH; kind++) {
        layer_step step;
        layer_open(&step, 7);
        struct row row = {"affine", kind, 1, 2, 5, 7, 6, kind == RN_NORM_BATCH, 1};
        operation o = make(&step, &row);
        size_t count = rn_tensor_count(o.x), channels = o.norm.mean->count;
        double want[2 * 5 * 7 * 6];
        for (size_t i = 0; i < count; i++)
            want[i] = affine(&o, i, (double)o.norm.mean->value[i % channels],
                             (double)o.norm.variance->value[i % channels]);
        rn_float *before = layer_copy(&step, step.params.value, step.params.total);
        rn_tape tape = {.arena = &step.arena};
        cr_expect(rn_norm_is_affine(&o.norm, &tape, 70));
        layer_expect_near(row.name, run(&tape, &o)->value, want, count);
        cr_expect(memcmp(before, step.params.value, step.params.total * sizeof *before) == 0);
        layer_close(&step);
    }
}

/* Absorbed by a convolution: the same values as behind it, while training (frozen) and after. */
Test(norm, absorbed_by_a_convolution_is_the_norm_behind_it) {
    for (rn_norm_kind kind = RN_NORM_FROZEN; kind <= RN_NORM_BATCH; kind++)
        for (int relu = 0; relu < 2; relu++) {
            layer_step step;
            layer_open(&step, 8);
            rn_conv conv = rn_conv_declare(&step.params, 5, 6, 3, 2, false, "conv");
            struct row row = {"absorbed", kind, 1, 2, 9, 7, 6, false, 0};
            operation o = make(&step, &row);
            rn_tensor *x = layer_input(&step, 2, 9, 7, 5);
            rn_tape tape = {.arena = &step.arena};
            const rn_tensor *fused = rn_conv_forward(&tape, &conv, &o.norm, relu, x);
            const rn_tensor *apart = rn_norm_forward(
                &tape, &o.norm, rn_conv_forward(&tape, &conv, NULL, false, x), relu);
            double want[2 * 5 * 4 * 6];
            cr_assert(rn_tensor_count(fused) == RN_COUNT(want));
            for (size_t i = 0; i < RN_COUNT(want); i++) want[i] = (double)apart->value[i];
            layer_expect_near("absorbed", fused->value, want, RN_COUNT(want));
            layer_close(&step);
        }
}

/* P7 of one small picture is a single pixel, which has no variance. */
Test(norm, a_single_pixel_uses_the_running_statistics_and_leaves_them) {
    layer_step step;
    layer_open(&step, 9);
    struct row row = {"pixel", RN_NORM_BATCH, 1, 1, 1, 1, 6, false, 0};
    operation o = make(&step, &row);
    double want[6];
    for (size_t i = 0; i < 6; i++)
        want[i] = affine(&o, i, (double)o.norm.mean->value[i], (double)o.norm.variance->value[i]);
    rn_float *before = layer_copy(&step, step.params.value, step.params.total);
    layer_stop_gradient(o.x);
    layer_expect_near("pixel", run(&step.tape, &o)->value, want, 6);
    cr_expect(memcmp(before, step.params.value, step.params.total * sizeof *before) == 0);
    layer_close(&step);
}

/* Equal values have no spread: eps keeps the division finite. */
Test(norm, a_constant_channel_becomes_its_shift) {
    for (rn_norm_kind kind = RN_NORM_BATCH; kind <= RN_NORM_GROUP; kind++) {
        layer_step step;
        layer_open(&step, 10);
        struct row row = {"constant", kind, 6, 2, 3, 3, 6, false, 0};
        operation o = make(&step, &row);
        for (size_t i = 0; i < rn_tensor_count(o.x); i++) o.x->value[i] = (rn_float)-12.375;
        const rn_tensor *y = run(&step.tape, &o);
        for (size_t i = 0; i < rn_tensor_count(y); i++)
            cr_assert(y->value[i] == o.norm.shift->value[i % 6]);
        layer_close(&step);
    }
}

Test(norm, nan_reaches_its_whole_set) {
    layer_step step;
    layer_open(&step, 11);
    operation o = make(&step, &rows[2]); /* batch, relu */
    o.x->value[1] = NAN;
    const rn_tensor *y = run(&step.tape, &o);
    for (size_t i = 0; i < rn_tensor_count(y); i++)
        cr_assert(!isnan(y->value[i]) == (i % (size_t)y->c != 1), "value %zu", i);
    layer_close(&step);
}

/* More channels than any vector has, and a rest; more pixels than are summed at a time. They differ
 * in how they round: not all have fused multiplications. */
Test(norm, every_instruction_set_computes_the_same) {
    enum { ROWS = 71, C = 37, SUMS = 2 * C, MAP = ROWS * C, ALL = 2 * SUMS + 2 * MAP };
    static rn_float x[MAP], dy[MAP], channel[6 * C];
    static double want[ALL], got[ALL];
    rn_rng rng = rn_rng_stream(5, "norm", 0);
    for (size_t i = 0; i < MAP; i++)
        x[i] = (rn_float)rn_rng_normal(&rng), dy[i] = (rn_float)rn_rng_normal(&rng);
    for (size_t i = 0; i < 6 * C; i++) channel[i] = (rn_float)rn_rng_normal(&rng);
    const rn_norm_map map = {channel, channel + C, channel + 2 * C, true};
    const rn_norm_slope slope = {channel + 3 * C, channel + 4 * C, channel + 5 * C};
    for (rn_isa isa = RN_ISA_BASELINE; isa < RN_ISA_COUNT; isa++) {
        if (!rn_isa_runs(isa)) continue;
        static rn_float y[MAP], dx[MAP];
        const rn_norm_kernels *kernels = rn_norm_kernels_for(isa);
        double *all = isa == RN_ISA_BASELINE ? want : got;
        for (size_t i = 0; i < 2 * SUMS; i++) all[i] = (double)i; /* something to add to */
        kernels->moments(all, x, channel, ROWS, C);
        kernels->slopes(all + SUMS, dy, x, &map, ROWS, C);
        kernels->forward(y, x, &map, ROWS, C);
        for (size_t i = 0; i < MAP; i++) dx[i] = 1;
        kernels->backward(dx, false, dy, x, &map, &slope, ROWS, C);
        for (size_t i = 0; i < MAP; i++)
            all[2 * SUMS + i] = (double)y[i], all[2 * SUMS + MAP + i] = (double)dx[i];
        for (size_t i = 0; i < ALL && all == got; i++)
            cr_assert(fabs(got[i] - want[i]) <= 1e-5 * (1 + fabs(want[i])), "%s, number %zu",
                      rn_isa_name(isa), i);
    }
}

Test(norm, declares_what_its_kind_needs) {
    static const struct {
        rn_norm_kind kind;
        size_t params;
        bool learnt;
    } kinds[] = {{RN_NORM_NONE, 0, false},
                 {RN_NORM_FROZEN, 4, false},
                 {RN_NORM_BATCH, 4, true},
                 {RN_NORM_GROUP, 2, true}};
    static const char *const names[] = {"n.weight", "n.bias", "n.running_mean", "n.running_var"};
    for (size_t i = 0; i < RN_COUNT(kinds); i++) {
        layer_step step;
        layer_open(&step, 0);
        rn_norm norm = rn_norm_declare(&step.params, kinds[i].kind, 6, 32, "n");
        rn_params_commit(&step.params, true);
        cr_expect(step.params.count == kinds[i].params);
        for (size_t k = 0; k < step.params.count; k++) {
            const rn_param *param = step.params.list[k];
            cr_expect_str_eq(param->name, names[k]);
            cr_expect((param->grad != NULL) == (kinds[i].learnt && k < 2), "%s", param->name);
            cr_expect(param->value[5] == (rn_float)(k == 0 || k == 3), "%s", param->name);
        }
        if (norm.kind == RN_NORM_GROUP) cr_expect(norm.groups == 6);
        layer_close(&step);
    }
}

Test(norm, groups_are_as_many_as_asked_for_or_divide_the_channels) {
    static const int cases[][3] = {{64, 32, 32}, {48, 32, 24}, {7, 4, 1}, {6, 6, 6}, {5, 9, 5}};
    layer_step step;
    layer_open(&step, 0);
    for (size_t i = 0; i < RN_COUNT(cases); i++) {
        rn_norm norm =
            rn_norm_declare(&step.params, RN_NORM_GROUP, cases[i][0], cases[i][1], "norm%zu", i);
        cr_expect(norm.groups == cases[i][2], "%d channels", cases[i][0]);
    }
    layer_close(&step);
}

Test(norm, zero_groups_abort, .signal = SIGABRT) {
    rn_params params = {0};
    rn_norm_declare(&params, RN_NORM_GROUP, 6, 0, "norm");
}

Test(norm, another_number_of_channels_aborts, .signal = SIGABRT) {
    layer_step step;
    layer_open(&step, 0);
    operation o = make(&step, &rows[0]);
    o.x->c = 3;
    run(&step.tape, &o);
}
