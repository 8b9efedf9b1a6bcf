#include "common/loss_formulas.h"

#include <math.h>

const formula_curve formula_curves[FORMULA_CURVES] = {
    {"CE", "ce", 0, 0},
    {"FL, γ = 0.5", "fl", .5, 0},
    {"FL, γ = 1", "fl", 1, 0},
    {"FL, γ = 2", "fl", 2, 0},
    {"FL, γ = 5", "fl", 5, 0},
    {"FL*, γ = 2, β = 1", "fl-star", 2, 1},
    {"FL*, γ = 4, β = 0", "fl-star", 4, 0},
};

/* clang-format off */
const formula_reference formula_references[FORMULA_REFERENCES] = {
    {-5, {5.00672, 4.98993, 4.97321, 4.93992, 4.8414, 4.50006, 5.0},
     {-0.993307, -1.00668, -1.01994, -1.04618, -1.12252, -0.999877, -1.0}},
    {-4, {4.01815, 3.98185, 3.94588, 3.87491, 3.66956, 3.50046, 4.0},
     {-0.982014, -1.00895, -1.03532, -1.0864, -1.22683, -0.999089, -1.0}},
    {-3, {3.04859, 2.97542, 2.90401, 2.76628, 2.39107, 2.50336, 3.0},
     {-0.952574, -1.00027, -1.04512, -1.12675, -1.31412, -0.993307, -0.999994}},
    {-2, {2.12693, 1.99614, 1.87339, 1.65008, 1.12754, 1.52429, 2.00008},
     {-0.880797, -0.945608, -0.999117, -1.07671, -1.13896, -0.952574, -0.999665}},
    {-1, {1.31326, 1.12286, 0.960071, 0.701868, 0.274228, 0.656631, 1.00454},
     {-0.731059, -0.776062, -0.79265, -0.768235, -0.521412, -0.731059, -0.982014}},
    {0, {0.693147, 0.490129, 0.346574, 0.173287, 0.0216608, 0.156631, 0.173287},
     {-0.5, -0.476086, -0.423287, -0.298287, -0.0697771, -0.268941, -0.5}},
    {1, {0.313262, 0.162456, 0.084249, 0.0226581, 0.000440753, 0.0242937, 0.00453748},
     {-0.268941, -0.198854, -0.13392, -0.0525811, -0.00198948, -0.0474259, -0.0179862}},
    {2, {0.126928, 0.0438229, 0.0151302, 0.00180356, 3.05486e-06, 0.00335767, 8.38516e-05},
     {-0.119203, -0.0604553, -0.027536, -0.00487094, -1.63225e-05, -0.00669285, -0.00033535}},
    {3, {0.0485874, 0.0105811, 0.0023043, 0.000109283, 1.16574e-08, 0.000455733, 1.53605e-06},
     {-0.0474259, -0.0153678, -0.00444423, -0.000314872, -6.69011e-08, -0.000911051, -6.14417e-06}},
    {4, {0.0181499, 0.00243414, 0.000326448, 5.87157e-06, 3.41644e-11, 6.17011e-05, 2.81338e-08},
     {-0.0179862, -0.00360736, -0.000644081, -1.73505e-05, -2.01606e-10, -0.000123395, -1.12535e-07}},
    {5, {0.00671535, 0.000549382, 4.49448e-05, 3.00809e-07, 9.01829e-14, 8.35078e-06, 5.15288e-10},
     {-0.00669285, -0.000820393, -8.94383e-05, -8.97393e-07, -5.37778e-13, -1.67014e-05, -2.06115e-09}},
};
/* clang-format on */

double formula_value(double *slope, const formula_curve *curve, double x_t) {
    rn_loss_options options = {
        .gamma = (rn_float)curve->gamma, .alpha = 1, .beta = (rn_float)curve->beta};
    rn_float x = (rn_float)x_t, grad;
    int label = 0;
    double value = rn_loss_find(curve->loss)->compute(&grad, &x, &label, 1, 1, &options, 1);
    if (slope) *slope = (double)grad;
    return value;
}

double formula_logit(double p_t) { return log(p_t) - log1p(-p_t); }

double formula_ratio(double p_t) {
    double x_t = formula_logit(p_t);
    return formula_value(NULL, &formula_curves[FORMULA_CE], x_t) /
           formula_value(NULL, &formula_curves[FORMULA_FL_2], x_t);
}

double formula_largest_ratio(void) {
    enum { STEPS = 5000 };
    double largest = 0;
    for (int i = 1; i <= STEPS; i++) largest = fmax(largest, formula_ratio(.5 * i / STEPS));
    return largest;
}

/* ---- the formulas as the paper prints them --------------------------------------------------- */

/* log p_t by way of 1 - p_t where p_t is nearly 1 and cannot tell. */
static long double printed_value(const formula_curve *curve, long double x_t) {
    bool star = curve->loss == formula_curves[FORMULA_FL_STAR_2_1].loss;
    long double gamma = (long double)curve->gamma;
    if (star) x_t = gamma * x_t + (long double)curve->beta;
    long double p_t = 1 / (1 + expl(-x_t)), q_t = 1 / (1 + expl(x_t));
    long double log_p_t = q_t < .5L ? log1pl(-q_t) : logl(p_t);
    return star ? -log_p_t / gamma : -powl(q_t, gamma) * log_p_t;
}

/* Truncation is about h^2 / 6, rounding 1e-19 / h. */
static long double printed_slope(const formula_curve *curve, long double x_t) {
    const long double h = 1e-6L;
    return (printed_value(curve, x_t + h) - printed_value(curve, x_t - h)) / (2 * h);
}

/* ---- errors ---------------------------------------------------------------------------------- */

enum { CHECKED_STEPS = 640 }; /* of x_t from -10 to 10, each a number that a float holds */

static double checked_at(int i) { return i / 32. - 10; }

/* The larger error; NaN is the largest. */
static double worse(double error, double than) {
    return isnan(than) || error <= than ? than : error;
}

double formula_derivative_error(void) {
    double largest = 0;
    for (int k = 0; k < FORMULA_CURVES; k++)
        for (int i = 0; i <= CHECKED_STEPS; i++) {
            double slope, want = (double)printed_slope(&formula_curves[k], checked_at(i));
            formula_value(&slope, &formula_curves[k], checked_at(i));
            largest = worse(fabs(slope - want), largest);
        }
    return largest;
}

double formula_value_error(void) {
    double largest = 0;
    for (int k = 0; k < FORMULA_CURVES; k++)
        for (int i = 0; i <= CHECKED_STEPS; i++) {
            double want = (double)printed_value(&formula_curves[k], checked_at(i));
            double got = formula_value(NULL, &formula_curves[k], checked_at(i));
            largest = worse(fabs(got - want) / want, largest);
        }
    return largest;
}

double formula_reference_error(void) {
    double largest = 0;
    for (int i = 0; i < FORMULA_REFERENCES; i++)
        for (int k = 0; k < FORMULA_CURVES; k++) {
            const formula_reference *want = &formula_references[i];
            double slope, value = formula_value(&slope, &formula_curves[k], want->x_t);
            largest = worse(fabs(value / want->value[k] - 1), largest);
            largest = worse(fabs(slope / want->slope[k] - 1), largest);
        }
    return largest;
}

double formula_steepest(double *at, const formula_curve *curve) {
    double least = 0;
    for (int i = -10000; i <= 10000; i++) {
        double slope, x_t = i / 1000.;
        formula_value(&slope, curve, x_t);
        if (slope < least) least = slope, *at = x_t;
    }
    return least;
}

void formula_facts(outcome *o) {
    outcome_set_fact(o, formula_ratio(.9), "ratio at .9");
    outcome_set_fact(o, formula_ratio(.968), "ratio at .968");
    outcome_set_fact(o, formula_ratio(.9683772), "ratio at .9683772");
    outcome_set_fact(o, formula_largest_ratio(), "largest ratio to .5");
    outcome_set_fact(o, formula_derivative_error(), "largest derivative error");
    outcome_set_fact(o, formula_value_error(), "largest value error");
    outcome_set_fact(o, formula_reference_error(), "largest reference error");
}
