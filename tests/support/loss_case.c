#include "support/loss_case.h"
#include "base/rng.h"
#include "base/vec.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct option_row {
    double gamma, alpha, beta, margin;
    bool class_alpha;
} option_row;

static const option_row rows[LOSS_CASE_OPTIONS] = {
    {2, .25, 1, .7, true},    {1, .25, 0, 1, false},     {.5, .5, 1, .9, true},
    {.1, .75, -1, .5, false}, {5, 0, -2, .25, true},     {4, 1, 0, .125, false},
    {1.5, .999, 2, .7, true}, {.001, .1, .5, .6, false}, {0, .25, 0, .5, true},
};

bool loss_case_allows(const rn_loss *loss, int o) {
    return !(loss->divides_by_gamma && rows[o].gamma <= 0);
}

/* Both sigmoid(x) and sigmoid(-x) stay a little away from the margin. */
static double logit_off_the_corner(rn_rng *rng, double spread, double margin) {
    for (;;) {
        double x = rn_rng_range(rng, -spread, spread), p = 1 / (1 + exp(-x));
        if (fabs(p - margin) > .003 && fabs(1 - p - margin) > .003) return x;
    }
}

loss_case loss_case_make(const rn_loss *loss, int o, size_t n, int num_classes, double spread) {
    int columns = rn_loss_columns(loss, num_classes);
    option_row row = rows[o];
    loss_case c = {.loss = loss, .n = n, .logits = n * (size_t)columns, .columns = columns};
    c.logit = rn_vec_zeros(c.logits + 1, sizeof *c.logit);
    c.grad = rn_vec_zeros(c.logits + 1, sizeof *c.grad);
    c.class_alpha = rn_vec_zeros((size_t)columns, sizeof *c.class_alpha);
    c.label = rn_vec_zeros(n + 1, sizeof *c.label);
    c.options = (rn_loss_options){(rn_float)row.gamma, (rn_float)row.alpha, (rn_float)row.beta,
                                  (rn_float)row.margin, row.class_alpha ? c.class_alpha : NULL};
    rn_rng rng = rn_rng_stream((uint64_t)o, "test/loss", n * 10000 + (uint64_t)columns);
    for (size_t k = 0; k < c.logits; k++) {
        c.logit[k] = (rn_float)logit_off_the_corner(&rng, spread, row.margin);
        c.grad[k] = 7;
    }
    for (int k = 0; k < columns; k++) c.class_alpha[k] = (rn_float)rn_rng_range(&rng, .1, 3);
    for (size_t i = 0; i < n; i++) {
        uint32_t side = rn_rng_below(&rng, 6);
        c.label[i] = side < 2    ? (int)rn_rng_below(&rng, (uint32_t)num_classes)
                     : side == 2 ? RN_IGNORE
                                 : RN_BACKGROUND;
    }
    return c;
}

void loss_case_free(loss_case *c) {
    free(c->logit);
    free(c->grad);
    free(c->class_alpha);
    free(c->label);
    *c = (loss_case){0};
}

double loss_case_compute(const loss_case *c, rn_float *grad, double scale) {
    return c->loss->compute(grad, c->logit, c->label, c->n, c->columns, &c->options,
                            (rn_float)scale);
}

const char *loss_case_name(char out[128], const loss_case *c) {
    snprintf(out, 128, "%.24s, gamma %g alpha %g beta %g margin %g, %zu rows, %d columns",
             c->loss->name, (double)c->options.gamma, (double)c->options.alpha,
             (double)c->options.beta, (double)c->options.margin, c->n, c->columns);
    return out;
}
