#include "common/judge.h"
#include "base/check.h"
#include "base/text.h"
#include "report/stats.h"

#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

hearing judge_open(judgement *out, const evidence *e) {
    *out = (judgement){.verdict = VERDICT_INCONCLUSIVE};
    return (hearing){.out = out, .evidence = e, .seeds = SIZE_MAX, .holds = true, .sure = true};
}

static void add_text(hearing *h, const char *format, va_list arguments) {
    int length =
        vsnprintf(h->out->text + h->used, sizeof h->out->text - h->used, format, arguments);
    RN_CHECK(length >= 0, "cannot format \"%s\"", format);
    h->used += (size_t)length;
    if (h->used >= sizeof h->out->text) h->used = sizeof h->out->text - 1;
}

void judge_say(hearing *h, const char *format, ...) {
    if (h->missing) return;
    va_list arguments;
    va_start(arguments, format);
    add_text(h, format, arguments);
    va_end(arguments);
}

void judge_missing(hearing *h, const char *format, ...) {
    if (h->missing) return;
    h->missing = true;
    h->used = 0;
    va_list arguments;
    va_start(arguments, format);
    add_text(h, format, arguments);
    va_end(arguments);
}

static verdict decide(const hearing *h) {
    if (h->missing) return VERDICT_MISSING;
    if (h->idle) return VERDICT_INCONCLUSIVE;
    if (!h->exact && h->seeds < 2) return h->holds ? VERDICT_LEANS_TO : VERDICT_LEANS_AGAINST;
    if (h->holds && h->sure) return VERDICT_CONFIRMED;
    return h->refuted ? VERDICT_REFUTED : VERDICT_INCONCLUSIVE;
}

void judge_close(hearing *h) {
    h->out->verdict = decide(h);
    if (!h->exact && !h->said_seeds)
        judge_say(h, h->seeds == 1 ? "; one seed" : "; %zu seeds", h->seeds);
    if (h->out->verdict == VERDICT_LEANS_AGAINST) judge_say(h, "; not met: %s", h->unmet);
    if (h->fewer) judge_say(h, "; not every arm was run");
    if (h->out->verdict != VERDICT_INCONCLUSIVE) return;
    if (h->why)
        judge_say(h, "; %s", h->why);
    else if (h->holds)
        judge_say(h, "; noise: the interval leaves open: %s", h->unsure);
    else if (h->against)
        judge_say(h, "; noise: what would refute it holds for the means, not for the interval");
    else
        judge_say(h, "; not met: %s; but nothing refutes the claim", h->unmet);
}

void judge_say_imbalance(hearing *h) {
    const outcome *o = evidence_of(h->evidence, "fig_4_loss_cdf");
    double negatives = o ? outcome_fact(o, "negatives a positive") : NAN;
    if (negatives < 100)
        judge_say(h, "; only %.0f negatives a positive here, less than the paper's setting needs",
                  negatives);
}

/* ---- looking up --------------------------------------------------------------------------- */

static const row_outcome *ended_row(const outcome *o, const char *label) {
    const row_outcome *row = o ? outcome_row(o, label) : NULL;
    return row && row->num_runs && row_finished(row) == row->num_runs ? row : NULL;
}

static void row_is_missing(hearing *h, const char *experiment, const char *label) {
    const outcome *o = evidence_of(h->evidence, experiment);
    const row_outcome *row = o ? outcome_row(o, label) : NULL;
    if (!o)
        judge_missing(h, "%s has not been run", experiment);
    else if (!row || !row->num_runs)
        judge_missing(h, "%s: row \"%s\" has not been run", experiment, label);
    else
        judge_missing(h, "%s: row \"%s\": %zu of %zu runs are missing", experiment, label,
                      row->num_runs - row_finished(row), row->num_runs);
}

const row_outcome *judge_row(hearing *h, const char *experiment, const char *label, ...) {
    char text[128];
    va_list arguments;
    va_start(arguments, label);
    vsnprintf(text, sizeof text, label, arguments);
    va_end(arguments);
    const row_outcome *row = ended_row(evidence_of(h->evidence, experiment), text);
    if (!row) row_is_missing(h, experiment, text);
    return row;
}

const row_outcome *judge_best(hearing *h, const char *experiment, const char *const *label,
                              size_t count) {
    const outcome *o = evidence_of(h->evidence, experiment);
    const row_outcome *list[JUDGE_ARMS_MOST], *best;
    const char *absent = NULL;
    size_t seeds = 0;
    RN_CHECK(count <= JUDGE_ARMS_MOST, "%zu arms", count);
    for (size_t i = 0; i < count; i++) {
        const row_outcome *row = list[i] = ended_row(o, label[i]);
        if (!row || isnan(row_mean(row, METRIC_AP, true))) {
            if (!absent) absent = label[i];
            continue;
        }
        if (row->num_runs > seeds) seeds = row->num_runs;
    }
    best = row_choose(list, count);
    if (absent && seeds == 1) h->fewer = true;
    if (!absent || seeds == 1) return best;
    if (ended_row(o, absent))
        judge_missing(h, "%s: row \"%s\" has no validation AP", experiment, absent);
    row_is_missing(h, experiment, absent);
    return NULL;
}

const row_outcome *judge_best_ce(hearing *h) {
    static const char *const alphas[] = {"alpha .1", "alpha .25", "alpha .5",  "alpha .75",
                                         "alpha .9", "alpha .99", "alpha .999"};
    return judge_best(h, "table_1a_ce_alpha", alphas, sizeof alphas / sizeof *alphas);
}

/* ---- numbers ------------------------------------------------------------------------------ */

measured judge_values(hearing *h, const double *value, size_t count) {
    static const double zero[OUTCOME_RUNS_MOST];
    rn_stats_interval i = rn_stats_paired(value, zero, count, .95);
    if (count < h->seeds) h->seeds = count;
    return (measured){i.mean, i.low, i.high, count};
}

static const measured nothing = {NAN, NAN, NAN, 0};

measured judge_sum(hearing *h, const term *t, size_t count) {
    double value[OUTCOME_RUNS_MOST];
    size_t seeds = 0;
    for (size_t i = 0; i < count; i++)
        if (!t[i].row) return nothing;
    for (size_t s = 0; s < t[0].row->num_runs; s++) {
        double sum = 0;
        for (size_t i = 0; i < count; i++) {
            const run_outcome *run = row_run(t[i].row, t[0].row->run[s].seed);
            sum += run ? t[i].weight * run_metric(run, t[i].metric, false) : NAN;
        }
        if (!isnan(sum)) value[seeds++] = sum;
    }
    if (seeds == 0) {
        judge_missing(h, "rows \"%s\" and \"%s\" have no seed with %s in common", t[0].row->label,
                      t[count - 1].row->label, metric_names[t[0].metric]);
        return nothing;
    }
    return judge_values(h, value, seeds);
}

measured judge_difference(hearing *h, const row_outcome *a, const row_outcome *b, double share) {
    return judge_sum(h, (term[]){{a, 1, METRIC_AP}, {b, -share, METRIC_AP}}, 2);
}

double judge_mean(const row_outcome *row) { return row ? row_mean(row, METRIC_AP, false) : NAN; }

void judge_extremes(const row_outcome **highest, const row_outcome **lowest,
                    const row_outcome *const *row, size_t count) {
    *highest = *lowest = row[0];
    for (size_t i = 1; i < count && *highest; i++) {
        if (judge_mean(row[i]) > judge_mean(*highest)) *highest = row[i];
        if (judge_mean(row[i]) < judge_mean(*lowest)) *lowest = row[i];
        if (!row[i]) *highest = *lowest = NULL;
    }
}

measured judge_range(hearing *h, const row_outcome *const *row, size_t count) {
    const row_outcome *highest, *lowest;
    judge_extremes(&highest, &lowest, row, count);
    return judge_difference(h, highest, lowest, 1);
}

double judge_tolerance(double least, double times, const row_outcome *const *row, size_t count) {
    double squares = 0, degrees = 0;
    for (size_t i = 0; i < count; i++) {
        double value[OUTCOME_RUNS_MOST];
        size_t runs = 0;
        for (size_t r = 0; row[i] && r < row[i]->num_runs; r++)
            if (row[i]->run[r].state == RUN_DONE && !isnan(row[i]->run[r].test[METRIC_AP]))
                value[runs++] = row[i]->run[r].test[METRIC_AP];
        if (runs < 2) continue;
        double sd = rn_stats_sd(value, runs);
        squares += (double)(runs - 1) * sd * sd;
        degrees += (double)(runs - 1);
    }
    return degrees > 0 ? fmax(least, times * sqrt(squares / degrees)) : least;
}

/* Is this the fact NAME/SEED? */
static bool is_of_seed(const char *text, const char *name, int *seed) {
    size_t length = strlen(name);
    if (strncmp(text, name, length) != 0 || text[length] != '/') return false;
    int64_t number;
    if (!rn_text_to_int(&number, text + length + 1, 0, INT32_MAX)) return false;
    *seed = (int)number;
    return true;
}

measured judge_facts(hearing *h, const char *experiment, const fact_term *t, size_t count) {
    const outcome *o = evidence_of(h->evidence, experiment);
    if (!o) {
        judge_missing(h, "%s has not been run", experiment);
        return nothing;
    }
    double value[OUTCOME_RUNS_MOST];
    size_t seeds = 0;
    for (size_t f = 0; f < o->num_facts && seeds < OUTCOME_RUNS_MOST; f++) {
        int seed;
        if (!is_of_seed(o->fact[f].name, t[0].name, &seed)) continue;
        double sum = 0;
        for (size_t i = 0; i < count; i++)
            sum += t[i].weight * outcome_fact(o, "%s/%d", t[i].name, seed);
        if (!isnan(sum)) value[seeds++] = sum;
    }
    if (seeds) return judge_values(h, value, seeds);
    judge_missing(h, "%s: no seed has \"%s\"%s", experiment, t[0].name,
                  count > 1 ? " and what it is compared with" : "");
    return nothing;
}

double judge_fact(hearing *h, const char *experiment, const char *name) {
    const outcome *o = evidence_of(h->evidence, experiment);
    double value = o ? outcome_fact(o, "%s", name) : NAN;
    if (!o)
        judge_missing(h, "%s has not been run", experiment);
    else if (isnan(value))
        judge_missing(h, "%s: \"%s\" is not there", experiment, name);
    return value;
}

void judge_say_measured(hearing *h, measured m, int decimals) {
    judge_say(h, "%+.*f", decimals, m.mean);
    if (m.seeds > 1) judge_say(h, " [%+.*f, %+.*f]", decimals, m.low, decimals, m.high);
}

measured judge_say_difference(hearing *h, const row_outcome *a, const row_outcome *b) {
    measured difference = judge_difference(h, a, b, 1);
    double mean[2] = {0, 0};
    for (size_t s = 0; !h->missing && s < a->num_runs; s++) {
        const run_outcome *run = row_run(b, a->run[s].seed);
        double x = run_metric(&a->run[s], METRIC_AP, false);
        double y = run ? run_metric(run, METRIC_AP, false) : NAN;
        if (isnan(x) || isnan(y)) continue;
        mean[0] += x / (double)difference.seeds;
        mean[1] += y / (double)difference.seeds;
    }
    judge_say(h, "%.1f - %.1f = ", mean[0], mean[1]);
    judge_say_measured(h, difference, 1);
    judge_say(h, difference.seeds == 1 ? ", one seed" : ", %zu seeds", difference.seeds);
    h->said_seeds = true;
    return difference;
}

/* ---- parts -------------------------------------------------------------------------------- */

static void part(hearing *h, bool holds, bool sure, const char *name) {
    if (!holds && h->holds) h->unmet = name;
    if (holds && !sure && h->sure) h->unsure = name;
    h->holds = h->holds && holds;
    h->sure = h->sure && sure;
}

void judge_above(hearing *h, measured m, double bound, const char *name) {
    part(h, m.mean > bound, m.low > bound, name);
}

void judge_at_least(hearing *h, measured m, double bound, const char *name) {
    part(h, m.mean >= bound, m.low >= bound, name);
}

void judge_at_most(hearing *h, measured m, double bound, const char *name) {
    part(h, m.mean <= bound, m.high <= bound, name);
}

void judge_within(hearing *h, measured m, double low, double high, const char *name) {
    part(h, m.mean >= low && m.mean <= high, m.low >= low && m.high <= high, name);
}

void judge_holds(hearing *h, bool holds, const char *name) { part(h, holds, true, name); }

void judge_trains(hearing *h, const row_outcome *row) {
    if (!row || judge_mean(row) > 0) return;
    h->idle = true;
    h->why = "the arm to compare with did not train";
}

void judge_refute(hearing *h, bool by_means, bool by_interval) {
    h->against = h->against || by_means;
    h->refuted = h->refuted || (by_means && by_interval);
}
