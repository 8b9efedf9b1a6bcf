#include "support/naive_loss.h"

#include <math.h>
#include <string.h>

/* A loss of p, the probability of the truth, and q = 1 - p: value and d value / d p. */
typedef struct naive_term {
    long double value, by_p;
} naive_term;

typedef naive_term naive_function(long double p, long double q, const rn_loss_options *o);

static naive_term cross_entropy(long double p, long double q, const rn_loss_options *o) {
    (void)q, (void)o;
    return (naive_term){-logl(p), -1 / p};
}

/* log p by way of q where p is nearly 1 and cannot tell. */
static long double log_of(long double p, long double q) { return q < .5L ? log1pl(-q) : logl(p); }

static naive_term focal(long double p, long double q, const rn_loss_options *o) {
    long double gamma = (long double)o->gamma;
    return (naive_term){-powl(q, gamma) * log_of(p, q),
                        gamma * powl(q, gamma - 1) * log_of(p, q) - powl(q, gamma) / p};
}

static naive_term hinge(long double p, long double q, const rn_loss_options *o) {
    long double margin = (long double)o->margin;
    (void)q;
    return p < margin ? (naive_term){margin - p, -1} : (naive_term){0, 0};
}

/* -log p* / gamma, where p* / (1 - p*) = exp(beta) (p / q)^gamma, that is sigmoid(gamma x + beta).
 */
static naive_term fl_star(long double p, long double q, const rn_loss_options *o) {
    long double gamma = (long double)o->gamma;
    long double odds = expl((long double)o->beta) * powl(p / q, gamma);
    return (naive_term){log1pl(1 / odds) / gamma, -1 / (1 + odds) / (p * q)};
}

static const struct {
    const char *name;
    naive_function *term;
} twins[] = {
    {"ce", cross_entropy},
    {"alpha-ce", cross_entropy},
    {"fl", focal},
    {"focal", focal},
    {"fl-star", fl_star},
    {"hinge", hinge},
    {"softmax-ce", cross_entropy},
    {"softmax-focal", focal},
};

static naive_function *find(const char *name) {
    for (size_t i = 0; i < RN_COUNT(twins); i++)
        if (strcmp(twins[i].name, name) == 0) return twins[i].term;
    return NULL;
}

bool naive_loss_knows(const char *name) { return find(name) != NULL; }

/* One logit against 0 or 1. */
static long double sigmoid_logit(double *grad, naive_function *term, const loss_case *c, size_t k,
                                 bool positive) {
    long double x = (long double)c->logit[k], p = 1 / (1 + expl(-x)), q = 1 / (1 + expl(x));
    naive_term t = positive ? term(p, q, &c->options) : term(q, p, &c->options);
    long double alpha = c->loss->uses_alpha ? (long double)c->options.alpha : -1;
    long double weight = alpha < 0 ? 1 : positive ? alpha : 1 - alpha;
    *grad = (double)(weight * t.by_p * p * q * (positive ? 1 : -1));
    return weight * t.value;
}

static long double softmax_row(double *grad, naive_function *term, const loss_case *c, size_t row) {
    size_t columns = (size_t)c->columns;
    const rn_float *x = c->logit + row * columns;
    size_t truth = c->label[row] == RN_BACKGROUND ? columns - 1 : (size_t)c->label[row];
    long double all = 0, others = 0;
    for (size_t k = 0; k < columns; k++) {
        long double e = expl((long double)x[k]);
        all += e;
        if (k != truth) others += e;
    }
    long double p = expl((long double)x[truth]) / all, q = others / all;
    naive_term t = term(p, q, &c->options);
    long double weight = c->options.class_alpha ? (long double)c->options.class_alpha[truth] : 1;
    for (size_t k = 0; k < columns; k++)
        grad[k] = (double)(weight * t.by_p * p * (k == truth ? q : -expl((long double)x[k]) / all));
    return weight * t.value;
}

double naive_loss(double *grad, const loss_case *c) {
    naive_function *term = find(c->loss->name);
    size_t columns = (size_t)c->columns;
    long double sum = 0;
    memset(grad, 0, c->logits * sizeof *grad);
    for (size_t i = 0; i < c->n; i++) {
        if (c->label[i] == RN_IGNORE) continue;
        if (c->loss->softmax) sum += softmax_row(grad + i * columns, term, c, i);
        for (size_t j = 0; !c->loss->softmax && j < columns; j++)
            sum += sigmoid_logit(&grad[i * columns + j], term, c, i * columns + j,
                                 c->label[i] == (int)j);
    }
    return (double)sum;
}
