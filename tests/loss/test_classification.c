/* What holds for every loss of the table, so that a new row is tested without a new test. */
#include "loss/classification.h"
#include "base/parallel.h"
#include "base/rng.h"
#include "base/vec.h"
#include "support/loss_case.h"
#include "support/naive_loss.h"
#include "support/near.h"

#include <criterion/criterion.h>
#include <float.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static const bool is_double = sizeof(rn_float) == sizeof(double);

typedef void check_function(loss_case *c, const char *name);

/* Calls `check` for every loss and all options it allows, with n rows and num_classes classes. */
static void for_every_loss(check_function *check, size_t n, int num_classes, double spread) {
    size_t losses;
    const rn_loss *table = rn_loss_table(&losses);
    for (size_t i = 0; i < losses; i++)
        for (int o = 0; o < LOSS_CASE_OPTIONS; o++) {
            if (!loss_case_allows(&table[i], o)) continue;
            loss_case c = loss_case_make(&table[i], o, n, num_classes, spread);
            char name[128];
            check(&c, loss_case_name(name, &c));
            loss_case_free(&c);
        }
}

/* ---- the table ------------------------------------------------------------------------------ */

static const char *const promised[] = {"ce",      "alpha-ce", "fl",         "focal",
                                       "fl-star", "hinge",    "softmax-ce", "softmax-focal"};

Test(classification, table_has_the_losses_that_were_promised_and_finds_them) {
    size_t losses;
    const rn_loss *table = rn_loss_table(&losses);
    for (size_t i = 0; i < RN_COUNT(promised); i++) {
        cr_expect(rn_loss_find(promised[i]) != NULL, "no loss %s", promised[i]);
        cr_expect(naive_loss_knows(promised[i]), "no twin of %s", promised[i]);
    }
    for (size_t i = 0; i < losses; i++) {
        cr_expect(rn_loss_find(table[i].name) == &table[i], "%s is there twice", table[i].name);
        cr_expect(table[i].compute && table[i].formula && strlen(table[i].formula) < 80);
        cr_expect(rn_loss_columns(&table[i], 80) == (table[i].softmax ? 81 : 80));
    }
    cr_expect(rn_loss_find("Focal") == NULL && rn_loss_find("") == NULL);
}

Test(classification, alpha_from_frequencies_gives_both_sides_the_same_weight) {
    const struct {
        size_t positives, negatives;
        double alpha;
    } rows[] = {{1, 999, .999}, {25, 75, .75}, {1, 0, 0}, {0, 5, 1}, {0, 0, .5}, {7, 7, .5}};
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        double alpha = (double)rn_loss_alpha_auto(rows[i].positives, rows[i].negatives);
        cr_expect(rn_test_near(alpha, rows[i].alpha, 1e-6, 0), "row %zu: %g, want %g", i, alpha,
                  rows[i].alpha);
    }
}

/* ---- agreement with the definition ---------------------------------------------------------- */

static void check_twin(loss_case *c, const char *name) {
    if (!naive_loss_knows(c->loss->name)) return;
    double *want = rn_vec_zeros(c->logits + 1, sizeof *want), scale = .375;
    double sum = naive_loss(want, c), got = loss_case_compute(c, c->grad, scale);
    double relative = is_double ? 2e-13 : 3e-5;
    /* The hinge is a difference of numbers near 1 and keeps their rounding. */
    double absolute = c->loss->uses_margin ? is_double ? 1e-15 : 4e-7 : 1e-37;
    cr_assert(rn_test_near(got, sum, relative, absolute * (double)c->logits), "%s: %.9g, want %.9g",
              name, got, sum);
    for (size_t k = 0; k < c->logits; k++)
        cr_assert(rn_test_near((double)c->grad[k], scale * want[k], relative, absolute),
                  "%s: x[%zu] %g, gradient %.9g, want %.9g", name, k, (double)c->logit[k],
                  (double)c->grad[k], scale * want[k]);
    free(want);
}

Test(classification, agrees_with_a_naive_twin_over_many_shapes) {
    const struct {
        size_t n;
        int num_classes;
    } rows[] = {{0, 4}, {1, 1}, {2, 3}, {7, 80}, {3, 513}, {2, 1300}, {600, 5}, {520, 1}, {9, 512}};
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        for_every_loss(check_twin, rows[i].n, rows[i].num_classes, 6);
        for_every_loss(check_twin, rows[i].n, rows[i].num_classes, .5);
    }
    for_every_loss(check_twin, 50, 4, 16);
}

/* ---- derivative ----------------------------------------------------------------------------- */

/* (L(x + h d) - L(x - h d)) / 2h against <gradient, d> for random signs d. */
static void check_derivative(loss_case *c, const char *name) {
    double h = is_double ? 1e-5 : 1. / 256, scale = -1.75, along = 0, size = 0;
    rn_rng rng = rn_rng_stream(3, name, 0);
    rn_float *x = c->logit, *moved = rn_vec_zeros(c->logits, sizeof *moved);
    signed char *sign = rn_vec_zeros(c->logits, sizeof *sign);
    double value = loss_case_compute(c, c->grad, scale);
    for (size_t k = 0; k < c->logits; k++) {
        sign[k] = rn_rng_below(&rng, 2) ? 1 : -1;
        along += sign[k] * (double)c->grad[k];
        size += fabs((double)c->grad[k]);
    }
    double difference = 0;
    c->logit = moved;
    for (int side = -1; side <= 1; side += 2) {
        for (size_t k = 0; k < c->logits; k++) moved[k] = x[k] + (rn_float)(side * sign[k] * h);
        difference += side * loss_case_compute(c, NULL, 1);
    }
    c->logit = x;
    /* Both sums are rounded at the size of the value: 14000 in FL* at gamma .001. */
    double rounding = fabs(scale) * value * 2 * DBL_EPSILON / (2 * h);
    double want = scale * difference / (2 * h), slack = (is_double ? 1e-8 : 3e-3) * size;
    cr_assert(rn_test_near(along, want, 0, slack + rounding + 1e-30),
              "%s: %.12g along d, differences %.12g", name, along, want);
    free(moved);
    free(sign);
}

Test(classification, gradient_is_the_derivative_of_the_value) {
    for_every_loss(check_derivative, 1, 1, 5);
    for_every_loss(check_derivative, 9, 4, 5);
    for_every_loss(check_derivative, 3, 19, 5);
}

/* ---- far out -------------------------------------------------------------------------------- */

static void check_extremes(loss_case *c, const char *name) {
    static const double far[] = {-1e4, -1e3,  -104, -89, -17.5, -1,  -1e-30, -0.0,
                                 0,    1e-30, 1,    18,  88.5,  103, 1e3,    1e4};
    static const double gammas[] = {1e-3, .1, .5, .999, 1, 2, 5, 1e3};
    rn_rng rng = rn_rng_stream(4, name, 0);
    for (size_t k = 0; k < c->logits; k++)
        c->logit[k] = (rn_float)far[rn_rng_below(&rng, RN_COUNT(far))];
    for (size_t g = 0; g <= RN_COUNT(gammas); g++) { /* first with the gamma of the case */
        if (g > 0) c->options.gamma = (rn_float)gammas[g - 1];
        double value = loss_case_compute(c, c->grad, 1), gamma = (double)c->options.gamma;
        cr_assert(isfinite(value) && value >= 0, "%s, gamma %g: %g", name, gamma, value);
        for (size_t k = 0; k < c->logits; k++)
            cr_assert(isfinite(c->grad[k]), "%s, gamma %g: gradient %g at x %g", name, gamma,
                      (double)c->grad[k], (double)c->logit[k]);
    }
}

Test(classification, is_finite_far_out_at_any_gamma) {
    for_every_loss(check_extremes, 300, 1, 1);
    for_every_loss(check_extremes, 300, 3, 1);
}

/* A push towards the truth never raises the loss; a softmax feels no push on all columns at once.
 */
static void check_signs(loss_case *c, const char *name) {
    loss_case_compute(c, c->grad, 1);
    for (size_t i = 0; i < c->n; i++) {
        int truth = c->label[i] == RN_BACKGROUND && c->loss->softmax ? c->columns - 1 : c->label[i];
        double sum = 0, size = 0;
        for (int j = 0; j < c->columns; j++) {
            double g = (double)c->grad[i * (size_t)c->columns + (size_t)j];
            cr_assert(j == truth ? g <= 0 : g >= 0, "%s: gradient %g, label %d, column %d", name, g,
                      c->label[i], j);
            sum += g, size += fabs(g);
        }
        cr_assert(!c->loss->softmax || fabs(sum) <= 1e-6 * size, "%s: row %zu adds up to %g", name,
                  i, sum);
    }
}

Test(classification, gradient_points_away_from_the_truth) {
    for_every_loss(check_signs, 100, 6, 30);
}

/* ---- rows ----------------------------------------------------------------------------------- */

static void check_ignored(loss_case *c, const char *name) {
    size_t columns = (size_t)c->columns;
    double before = loss_case_compute(c, c->grad, 1), rest = 0;
    for (size_t i = 0; i < c->n; i++) {
        if (c->label[i] != RN_IGNORE) {
            rest += c->loss->compute(NULL, c->logit + i * columns, c->label + i, 1, c->columns,
                                     &c->options, 1);
            continue;
        }
        for (size_t j = 0; j < columns; j++) {
            cr_assert(c->grad[i * columns + j] == 0, "%s: an ignored row has a gradient", name);
            c->logit[i * columns + j] = (rn_float)NAN;
        }
    }
    double after = loss_case_compute(c, c->grad, 1);
    cr_assert(before == after, "%s: %.17g became %.17g", name, before, after);
    cr_assert(rn_test_near(after, rest, 1e-12, 0), "%s: %.17g, its rows %.17g", name, after, rest);
    for (size_t k = 0; k < c->logits; k++) cr_assert(isfinite(c->grad[k]), "%s", name);
    for (size_t i = 0; i < c->n; i++) c->label[i] = RN_IGNORE;
    cr_assert(loss_case_compute(c, c->grad, 1) == 0);
    for (size_t k = 0; k < c->logits; k++) cr_assert(c->grad[k] == 0, "%s", name);
}

Test(classification, ignored_rows_count_nowhere_whatever_their_logits) {
    for_every_loss(check_ignored, 40, 3, 4);
    for_every_loss(check_ignored, 5, 700, 4);
}

static void check_nan(loss_case *c, const char *name) {
    for (size_t i = 0; i < c->n; i++) {
        size_t k = i * (size_t)c->columns + i % (size_t)c->columns;
        rn_float was = c->logit[k];
        c->logit[k] = (rn_float)NAN;
        bool lost = !isnan(loss_case_compute(c, c->grad, 1)) && !isnan(c->grad[k]);
        bool through = isnan(loss_case_compute(c, NULL, 1)) && isnan(c->grad[k]);
        cr_assert(c->label[i] == RN_IGNORE ? lost : through, "%s: NaN in a row with label %d", name,
                  c->label[i]);
        c->logit[k] = was;
    }
}

Test(classification, nan_comes_through_unless_ignored) { for_every_loss(check_nan, 12, 3, 4); }

static void check_rows(loss_case *c, const char *name) {
    double *value = rn_vec_zeros(c->n, sizeof *value), sum = 0;
    rn_loss_of_rows(value, c->logit, c->label, c->n, c->columns, c->loss, &c->options);
    for (size_t i = 0; i < c->n; i++) {
        cr_assert(value[i] >= 0 && (c->label[i] != RN_IGNORE || value[i] == 0), "%s", name);
        sum += value[i];
    }
    double whole = loss_case_compute(c, NULL, 1);
    cr_assert(rn_test_near(sum, whole, 1e-12, 0), "%s: %.17g, rows %.17g", name, whole, sum);
    free(value);
}

Test(classification, the_losses_of_the_rows_add_up) { for_every_loss(check_rows, 700, 3, 4); }

/* ---- arguments ------------------------------------------------------------------------------ */

static void check_scale_and_null(loss_case *c, const char *name) {
    rn_float *twice = rn_vec_zeros(c->logits, sizeof *twice);
    double alone = loss_case_compute(c, NULL, 1), with = loss_case_compute(c, c->grad, 1);
    double scaled = loss_case_compute(c, twice, -2);
    cr_assert(alone == with && alone == scaled && alone > 0, "%s: %.17g %.17g %.17g", name, alone,
              with, scaled);
    for (size_t k = 0; k < c->logits; k++)
        cr_assert(twice[k] == -2 * c->grad[k], "%s: scale is no factor", name);
    free(twice);
}

Test(classification, scale_is_a_factor_of_the_gradient_alone_which_may_be_left_out) {
    for_every_loss(check_scale_and_null, 23, 5, 3);
}

static void check_threads(loss_case *c, const char *name) {
    rn_float *other = rn_vec_zeros(c->logits, sizeof *other);
    double *value = rn_vec_zeros(2 * c->n, sizeof *value), sum = 0;
    for (int threads = 1; threads <= 3; threads++) {
        rn_parallel_set_threads(threads);
        double now = loss_case_compute(c, threads == 1 ? c->grad : other, .1);
        rn_loss_of_rows(value + (threads > 1 ? c->n : 0), c->logit, c->label, c->n, c->columns,
                        c->loss, &c->options);
        if (threads == 1) sum = now;
        cr_assert(memcmp(&now, &sum, sizeof now) == 0, "%s: %.17g, %.17g on %d threads", name, sum,
                  now, threads);
        if (threads == 1) continue;
        cr_assert(memcmp(c->grad, other, c->logits * sizeof *other) == 0, "%s", name);
        cr_assert(memcmp(value, value + c->n, c->n * sizeof *value) == 0, "%s", name);
    }
    free(other);
    free(value);
}

Test(classification, same_bits_on_any_number_of_threads) {
    cr_assert(rn_parallel_ranges(1999) > 1, "too few rows for threads to matter");
    for_every_loss(check_threads, 1999, 3, 4);
}

/* An option is read by the losses that say so, and by no other. */
static void check_option_use(loss_case *c, const char *name) {
    const struct {
        const char *what;
        rn_float *option;
        bool used;
    } rows[] = {{"gamma", &c->options.gamma, c->loss->uses_gamma},
                {"alpha", &c->options.alpha, c->loss->uses_alpha},
                {"beta", &c->options.beta, c->loss->uses_beta},
                {"margin", &c->options.margin, c->loss->uses_margin}};
    double before = loss_case_compute(c, NULL, 1);
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        rn_float was = *rows[i].option;
        *rows[i].option = rows[i].used ? was * (rn_float).75 + (rn_float).01 : (rn_float)NAN;
        double after = loss_case_compute(c, NULL, 1);
        cr_assert(rows[i].used == (after != before), "%s: %s %s", name, rows[i].what,
                  rows[i].used ? "is not read" : "is read");
        *rows[i].option = was;
    }
    const rn_float *was = c->options.class_alpha;
    c->options.class_alpha = was ? NULL : c->class_alpha;
    cr_assert(c->loss->uses_class_alpha == (loss_case_compute(c, NULL, 1) != before), "%s", name);
    c->options.class_alpha = was;
}

Test(classification, each_loss_reads_the_options_it_names_and_no_other) {
    for_every_loss(check_option_use, 60, 3, 3);
}

static void check_alpha(loss_case *c, const char *name) {
    if (!c->loss->uses_alpha) return;
    for (int one = 0; one <= 1; one++) {
        c->options.alpha = (rn_float)one;
        cr_assert(loss_case_compute(c, c->grad, 1) > 0, "%s: alpha %d leaves nothing", name, one);
        for (size_t k = 0; k < c->logits; k++) {
            bool positive = c->label[k / (size_t)c->columns] == (int)(k % (size_t)c->columns);
            cr_assert(positive == (one == 1) || c->grad[k] == 0, "%s: alpha %d", name, one);
        }
    }
}

Test(classification, alpha_is_the_weight_of_the_positives) {
    for_every_loss(check_alpha, 60, 3, 3);
}

/* ---- misuse --------------------------------------------------------------------------------- */

static void compute(const char *name, int label, int columns, rn_loss_options options) {
    const rn_float x[4] = {0};
    rn_loss_find(name)->compute(NULL, x, &label, 1, columns, &options, 1);
}

static const rn_loss_options fine = {.gamma = 2, .alpha = .25f, .margin = .5f};

Test(classification, a_negative_gamma_is_misuse, .signal = SIGABRT) {
    compute("fl", 0, 1, (rn_loss_options){.gamma = -1});
}
Test(classification, a_gamma_that_is_no_number_is_misuse, .signal = SIGABRT) {
    compute("softmax-focal", 0, 2, (rn_loss_options){.gamma = (rn_float)NAN});
}
Test(classification, fl_star_without_gamma_is_misuse, .signal = SIGABRT) {
    compute("fl-star", 0, 1, (rn_loss_options){.alpha = .5f});
}
Test(classification, an_alpha_above_1_is_misuse, .signal = SIGABRT) {
    compute("alpha-ce", 0, 1, (rn_loss_options){.alpha = 1.001f});
}
Test(classification, a_negative_alpha_is_misuse, .signal = SIGABRT) {
    compute("focal", 0, 1, (rn_loss_options){.gamma = 2, .alpha = -1});
}
Test(classification, a_margin_of_0_is_misuse, .signal = SIGABRT) {
    compute("hinge", 0, 1, (rn_loss_options){.gamma = 2, .alpha = .5f});
}
Test(classification, a_label_that_is_no_class_is_misuse, .signal = SIGABRT) {
    compute("focal", 3, 3, fine);
}
Test(classification, a_label_below_ignore_is_misuse, .signal = SIGABRT) {
    compute("focal", -3, 3, fine);
}
Test(classification, the_background_column_is_no_class, .signal = SIGABRT) {
    compute("softmax-ce", 2, 3, fine);
}
Test(classification, a_softmax_needs_two_columns, .signal = SIGABRT) {
    compute("softmax-ce", -1, 1, fine);
}
Test(classification, no_columns_are_misuse, .signal = SIGABRT) { compute("ce", -1, 0, fine); }
Test(classification, a_negative_class_weight_is_misuse, .signal = SIGABRT) {
    compute("softmax-ce", 0, 2, (rn_loss_options){.class_alpha = (rn_float[]){1, -1}});
}
