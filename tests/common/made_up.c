#include "common/made_up.h"
#include "common/paper.h"
#include "base/real.h"
#include "base/rng.h"
#include "base/vec.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In [-1, 1], the same for the same row and seed. */
static double wobble(const char *label, int seed) {
    uint32_t state = 2166136261u ^ (uint32_t)seed * 2654435761u;
    for (; *label; label++) state = (state ^ (uint8_t)*label) * 16777619u;
    for (int i = 0; i < 3; i++) state = (state ^ state >> 15) * 2246822519u;
    return (double)(state >> 8) / (1 << 23) - 1;
}

static void set_ap(row_outcome *row, double mean, double noise) {
    for (size_t i = 0; i < row->num_runs; i++) {
        run_outcome *run = &row->run[i];
        double off = noise * wobble(row->label, run->seed);
        run->state = RUN_DONE;
        run->val[METRIC_AP] = fmin(fmax(mean + off, 0), 100);
        run->test[METRIC_AP] = run->val[METRIC_AP];
    }
}

/* ---- the paper ----------------------------------------------------------------------------- */

typedef struct maker {
    outcome *o;
    int seeds;
    double noise;
} maker;

static row_outcome *put(const maker *m, double ap, const char *settings, const char *label, ...) {
    char text[64];
    va_list arguments;
    va_start(arguments, label);
    vsnprintf(text, sizeof text, label, arguments);
    va_end(arguments);
    row_outcome *row = outcome_add_row(m->o, text, settings, NAN);
    for (int seed = 0; seed < m->seeds; seed++) outcome_add_run(row, seed);
    set_ap(row, ap, m->noise);
    return row;
}

static void put_fact(const maker *m, double value, const char *name) {
    for (int seed = 0; seed < m->seeds; seed++)
        outcome_set_fact(m->o, value * (1 + .001 * wobble(name, seed)), "%s/%d", name, seed);
}

static void put_loss_math(const maker *m) {
    outcome_set_fact(m->o, 100, "ratio at .9");
    outcome_set_fact(m->o, 976.5625, "ratio at .968");
    outcome_set_fact(m->o, 1000.0001, "ratio at .9683772");
    outcome_set_fact(m->o, 4, "largest ratio to .5");
    outcome_set_fact(m->o, 1e-8, "largest derivative error");
    outcome_set_fact(m->o, 3e-6, "largest reference error");
}

static void put_prior_init(const maker *m) {
    static const char *const pi[] = {".1", ".03", ".01", ".003", ".001"};
    for (int l = 0; l < 2; l++) {
        const char *loss = l == 0 ? "ce" : "fl";
        double ap = l == 0 ? paper_number("c01.ap_pi_0_01") : paper_number("c09.ap_fl");
        put(m, 0, "", "%s pi .5", loss);
        for (size_t i = 0; i < RN_COUNT(pi); i++) put(m, ap, "", "%s pi %s", loss, pi[i]);
        put(m, 0, "", "%s pi .5, no warm-up", loss);
        put(m, ap, "", "%s pi .01, no warm-up", loss);
    }
    put_fact(m, 6.9, "first negative loss/ce pi .5");
    put_fact(m, .1, "first negative loss/ce pi .01");
    put_fact(m, 9, "peak over mark/fl pi .5");
    put_fact(m, 2, "peak over mark/fl pi .01");
}

static void put_table_1a(const maker *m) {
    static const char *const alpha[] = {".1", ".25", ".5", ".75", ".9", ".99", ".999"};
    put(m, paper_number("c06.ap_alpha_0_5"), "", "CE");
    for (size_t i = 0; i < RN_COUNT(alpha); i++)
        put(m, paper_value(PAPER_TABLE_1A, i, "ap"), "", "alpha %s", alpha[i]);
    put(m, 20, "", "alpha auto");
}

/* At gamma 0 table 1a; elsewhere the farther from the best alpha, the lower. */
static double grid_ap(double gamma, double alpha) {
    double best = 0, ap = 0;
    if (gamma == 0) return paper_find(PAPER_TABLE_1A, NULL, alpha, NAN, "ap");
    for (size_t i = 0; i < paper_table_of(PAPER_TABLE_1B)->num_rows; i++) {
        if (paper_value(PAPER_TABLE_1B, i, "gamma") != gamma) continue;
        best = paper_value(PAPER_TABLE_1B, i, "alpha");
        ap = paper_value(PAPER_TABLE_1B, i, "ap");
    }
    return ap - fabs(log(alpha / best)) * paper_number("c13.difference") / log(2);
}

static void put_table_1b(const maker *m) {
    static const char *const gamma[] = {"0", ".1", ".2", ".5", "1", "2", "5"};
    static const char *const alpha[] = {".1", ".25", ".5", ".75", ".9"};
    for (size_t g = 0; g < RN_COUNT(gamma); g++)
        for (size_t a = 0; a < RN_COUNT(alpha); a++)
            put(m, grid_ap(atof(gamma[g]), atof(alpha[a])), "", "gamma %s alpha %s", gamma[g],
                alpha[a]);
}

static void put_figure_4(const maker *m) {
    static const char *const gamma[] = {"0", ".5", "1", "2"};
    static const char *const column[] = {"gamma_0", "gamma_0_5", "gamma_1", "gamma_2"};
    static const char *const percent[] = {"25", "50", "100"};
    char name[64];
    outcome_set_fact(m->o, 1000, "negatives a positive");
    for (int i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "easy negatives' loss/%s", percent[i]);
        put_fact(m, .7, name);
        snprintf(name, sizeof name, "easy negatives' gradient/%s", percent[i]);
        put_fact(m, .8, name);
    }
    for (int g = 0; g < 4; g++) {
        snprintf(name, sizeof name, "positive top 20/%s", gamma[g]);
        put_fact(m, paper_value(PAPER_FIGURE_4_POSITIVES_TOP, 6, column[g]), name);
        snprintf(name, sizeof name, "negative top 1/%s", gamma[g]);
        put_fact(m, paper_value(PAPER_FIGURE_4_NEGATIVES_TOP, 2, column[g]), name);
        snprintf(name, sizeof name, "negative top 20/%s", gamma[g]);
        put_fact(m, paper_value(PAPER_FIGURE_4_NEGATIVES_TOP, 6, column[g]), name);
    }
    put_fact(m, paper_number("c18.max_gap_gamma_0_to_2_positives"), "gap positives");
    put_fact(m, paper_number("c18.max_gap_gamma_0_to_2_negatives"), "gap negatives");
    put_fact(m, paper_number("c18.max_gap_positives_negatives_gamma_0"), "gap gamma 0");
}

static void put_table_1d(const maker *m) {
    const paper_table *table = paper_table_of(PAPER_TABLE_1D);
    for (size_t i = 0; i < table->num_rows; i++) {
        const paper_row *row = &table->row[i];
        if (strcmp(row->text[0], "fl") == 0)
            put(m, row->number[2], "", "FL");
        else
            put(m, row->number[2], "", "%sbatch %g nms .%g",
                strcmp(row->text[0], "ohem") == 0 ? "" : "1:3 ", row->number[0],
                10 * row->number[1]);
    }
    put(m, 30, "", "batch 16 nms .5");
    put(m, 29, "", "1:3 batch 16 nms .5");
}

static void put_hinge(const maker *m) {
    put(m, 1, "", "margin .5");
    put(m, 2, "", "margin .7");
    put(m, 3, "", "margin .9");
}

static void put_table_3(const maker *m) {
    const paper_table *figure = paper_table_of(PAPER_FIGURE_7);
    put(m, paper_number("c23.fl"), "gamma=2", "FL");
    for (size_t i = 0; i < figure->num_rows; i++) {
        const double *pair = figure->row[i].number;
        double ap = paper_find(PAPER_TABLE_3, "fl_star", pair[0], pair[1], "ap");
        char settings[64];
        snprintf(settings, sizeof settings, "gamma=%g beta=%g", pair[0], pair[1]);
        put(m, isnan(ap) ? pair[2] > 0 ? 33.8 : 30 : ap, settings, "FL* (%g, %g)", pair[0],
            pair[1]);
    }
}

static void put_table_1c(const maker *m) {
    const paper_table *table = paper_table_of(PAPER_TABLE_1C);
    for (size_t i = 0; i < table->num_rows; i++) {
        const double *number = table->row[i].number;
        put(m, number[2], "", "%g x %g", number[0], number[1]);
    }
}

static void put_table_1e(const maker *m) {
    for (size_t i = 0; i < paper_table_of(PAPER_TABLE_1E)->num_rows; i++) {
        double size = paper_value(PAPER_TABLE_1E, i, "scale_px");
        char settings[32];
        snprintf(settings, sizeof settings, "size=%g", size);
        row_outcome *row = put(m, paper_value(PAPER_TABLE_1E, i, "ap"), settings, "r%g %g",
                               paper_value(PAPER_TABLE_1E, i, "depth"), size);
        for (int s = 0; s < m->seeds; s++) {
            double off = m->noise * wobble(row->label, s + 100);
            row->run[s].test[METRIC_APS] = fmax(paper_value(PAPER_TABLE_1E, i, "ap_s") + off, 0);
            row->run[s].test[METRIC_APL] = fmax(paper_value(PAPER_TABLE_1E, i, "ap_l") - off, 0);
            row->run[s].detect_ms = paper_value(PAPER_TABLE_1E, i, "time_ms");
        }
    }
}

static void put_pyramid(const maker *m) {
    put(m, 34, "", "pyramid");
    put(m, 20, "", "last stage");
}

evidence made_up_paper(int seeds, double noise) {
    static const struct {
        const char *name;
        void (*put)(const maker *);
    } all[] = {{"loss_math", put_loss_math},
               {"prior_init", put_prior_init},
               {"table_1a_ce_alpha", put_table_1a},
               {"table_1b_fl_gamma", put_table_1b},
               {"fig_4_loss_cdf", put_figure_4},
               {"table_1d_ohem", put_table_1d},
               {"hinge", put_hinge},
               {"table_3_fl_star", put_table_3},
               {"table_1c_anchor_density", put_table_1c},
               {"table_1e_depth_scale", put_table_1e},
               {"pyramid", put_pyramid}};
    evidence e = {.outcome = rn_vec_zeros(RN_COUNT(all), sizeof *e.outcome),
                  .count = RN_COUNT(all)};
    for (size_t i = 0; i < RN_COUNT(all); i++) {
        e.outcome[i].name = rn_vec_text(all[i].name);
        all[i].put(&(maker){&e.outcome[i], seeds, noise});
    }
    return e;
}

/* ---- changes ------------------------------------------------------------------------------- */

static bool fits(const char *name, const char *pattern) {
    size_t length = strlen(pattern), whole = strlen(name);
    if (length > 1 && *pattern == '*')
        return whole >= length - 1 && strcmp(name + whole - (length - 1), pattern + 1) == 0;
    if (length && pattern[length - 1] == '*') return strncmp(name, pattern, length - 1) == 0;
    return strcmp(name, pattern) == 0;
}

static void remove_row(outcome *o, size_t at) {
    free(o->row[at].label);
    free(o->row[at].settings);
    free(o->row[at].run);
    o->num_rows--;
    memmove(&o->row[at], &o->row[at + 1], (o->num_rows - at) * sizeof *o->row);
}

static void set_metric(row_outcome *row, metric m, bool val, double value) {
    for (size_t r = 0; r < row->num_runs; r++)
        (val ? row->run[r].val : row->run[r].test)[m] = value;
}

static void set_test(row_outcome *row, double noise) {
    double mean = row_mean(row, METRIC_AP, false);
    for (size_t r = 0; r < row->num_runs; r++)
        row->run[r].test[METRIC_AP] =
            fmin(fmax(mean + noise * wobble(row->label, row->run[r].seed), 0), 100);
}

static void edit_row(row_outcome *row, const edit *change) {
    switch (change->kind) {
    case EDIT_AP: set_ap(row, change->value, .1); break;
    case EDIT_VAL: set_metric(row, METRIC_AP, true, change->value); break;
    case EDIT_APS: set_metric(row, METRIC_APS, false, change->value); break;
    case EDIT_NOISE: set_test(row, change->value); break;
    case EDIT_UNFINISHED: row->run[row->num_runs - 1].state = RUN_MISSING; break;
    case EDIT_MS:
        for (size_t r = 0; r < row->num_runs; r++) row->run[r].detect_ms = change->value;
        break;
    case EDIT_DIVERGE:
        for (size_t r = 0; r < row->num_runs && r < (size_t)change->value; r++)
            row->run[r].state = RUN_DIVERGED;
        break;
    default: cr_assert(false, "not an edit of a row");
    }
}

static size_t edit_rows(outcome *o, const edit *change) {
    size_t changed = 0;
    for (size_t i = o->num_rows; i-- > 0;) {
        if (!fits(o->row[i].label, change->label)) continue;
        if (change->kind == EDIT_REMOVE)
            remove_row(o, i);
        else
            edit_row(&o->row[i], change);
        changed++;
    }
    return changed;
}

static size_t edit_facts(outcome *o, const edit *change) {
    size_t changed = 0;
    char of_seeds[OUTCOME_FACT_NAME];
    snprintf(of_seeds, sizeof of_seeds, "%s/*", change->label);
    for (size_t i = 0; i < o->num_facts; i++) {
        if (!fits(o->fact[i].name, change->label) && !fits(o->fact[i].name, of_seeds)) continue;
        double off = 1 + .001 * wobble(change->label, (int)i);
        o->fact[i].value = change->kind == EDIT_FACT ? change->value * off : NAN;
        changed++;
    }
    return changed;
}

void made_up_edit(evidence *e, const edit *change) {
    bool of_facts = change->kind == EDIT_FACT || change->kind == EDIT_NO_FACT;
    size_t changed = 0;
    for (size_t i = 0; i < e->count; i++)
        if (!*change->experiment || strcmp(e->outcome[i].name, change->experiment) == 0)
            changed +=
                of_facts ? edit_facts(&e->outcome[i], change) : edit_rows(&e->outcome[i], change);
    cr_assert(changed, "%s has no %s", change->experiment, change->label);
}

static void shake_row(row_outcome *row, double most, rn_rng *rng) {
    for (int m = 0; m < METRICS; m++) {
        double by = rn_rng_range(rng, -most, most);
        for (size_t r = 0; r < row->num_runs; r++) {
            double *val = &row->run[r].val[m], *test = &row->run[r].test[m];
            *val = isnan(*val) ? NAN : fmin(fmax(*val + by, 0), 100);
            *test = isnan(*test) ? NAN : fmin(fmax(*test + by, 0), 100);
        }
    }
    if (rn_rng_below(rng, 40) == 0) row->run[0].state = RUN_DIVERGED;
}

/* The facts of one name by the same factor. */
static void shake_facts(outcome *o, double most, rn_rng *rng) {
    double factor = 1;
    for (size_t i = 0; i < o->num_facts; i++) {
        const char *slash = strrchr(o->fact[i].name, '/');
        if (!slash || strcmp(slash, "/0") == 0)
            factor = rn_rng_below(rng, 2) ? exp2(rn_rng_range(rng, -most, most)) : 1;
        o->fact[i].value *= factor;
    }
}

void made_up_shake(evidence *e, double by, uint64_t seed) {
    for (size_t i = 0; i < e->count; i++) {
        rn_rng rng = rn_rng_stream(seed, e->outcome[i].name, 0);
        for (size_t r = 0; r < e->outcome[i].num_rows; r++)
            if (rn_rng_below(&rng, 2)) shake_row(&e->outcome[i].row[r], by, &rng);
        shake_facts(&e->outcome[i], by / 6, &rng);
    }
}
