#include "common/outcome.h"
#include "base/check.h"
#include "base/text.h"
#include "base/vec.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const metric_names[METRICS] = {"AP", "AP50", "AP75", "APS", "APM", "APL"};

static void no_numbers(double number[METRICS]) {
    for (int m = 0; m < METRICS; m++) number[m] = NAN;
}

/* One more at the end: the capacity is taken to be the count, so that nothing but the count need be
 * kept, and an array is copied now and then more often than it must. */
static void *grow(void *items, size_t count, size_t item_size) {
    size_t capacity = count;
    return rn_vec_reserve(items, count + 1, &capacity, item_size);
}

row_outcome *outcome_add_row(outcome *o, const char *label, const char *settings, double paper_ap) {
    RN_CHECK(!outcome_row(o, label), "%s: a second row \"%s\"", o->name ? o->name : "?", label);
    o->row = grow(o->row, o->num_rows, sizeof *o->row);
    row_outcome *row = &o->row[o->num_rows++];
    *row = (row_outcome){.label = rn_vec_text(label), .settings = rn_vec_text(settings)};
    no_numbers(row->paper);
    row->paper[METRIC_AP] = paper_ap;
    return row;
}

run_outcome *outcome_add_run(row_outcome *row, int seed) {
    RN_CHECK(!row_run(row, seed), "%s: a second run with seed %d", row->label, seed);
    RN_CHECK(row->num_runs < OUTCOME_RUNS_MOST, "%s: %zu runs", row->label, row->num_runs);
    row->run = grow(row->run, row->num_runs, sizeof *row->run);
    size_t at = row->num_runs++;
    for (; at > 0 && row->run[at - 1].seed > seed; at--) row->run[at] = row->run[at - 1];
    run_outcome *run = &row->run[at];
    *run = (run_outcome){.seed = seed, .state = RUN_MISSING, .detect_ms = NAN};
    no_numbers(run->val);
    no_numbers(run->test);
    return run;
}

static void fact_name(char name[OUTCOME_FACT_NAME], const char *format, va_list arguments) {
    int length = vsnprintf(name, OUTCOME_FACT_NAME, format, arguments);
    RN_CHECK(length >= 0 && length < OUTCOME_FACT_NAME, "the name of a fact has %d bytes", length);
}

static fact *find_fact(const outcome *o, const char *name) {
    for (size_t i = 0; i < o->num_facts; i++)
        if (strcmp(o->fact[i].name, name) == 0) return &o->fact[i];
    return NULL;
}

void outcome_set_fact(outcome *o, double value, const char *name, ...) {
    char text[OUTCOME_FACT_NAME];
    va_list arguments;
    va_start(arguments, name);
    fact_name(text, name, arguments);
    va_end(arguments);
    fact *known = find_fact(o, text);
    if (!known) {
        o->fact = grow(o->fact, o->num_facts, sizeof *o->fact);
        known = &o->fact[o->num_facts++];
        known->name = rn_vec_text(text);
    }
    known->value = value;
}

double outcome_fact(const outcome *o, const char *name, ...) {
    char text[OUTCOME_FACT_NAME];
    va_list arguments;
    va_start(arguments, name);
    fact_name(text, name, arguments);
    va_end(arguments);
    const fact *known = find_fact(o, text);
    return known ? known->value : NAN;
}

const row_outcome *outcome_row(const outcome *o, const char *label) {
    for (size_t i = 0; i < o->num_rows; i++)
        if (strcmp(o->row[i].label, label) == 0) return &o->row[i];
    return NULL;
}

double row_setting(const row_outcome *row, const char *name) {
    size_t length = strlen(name);
    for (const char *at = row->settings; *at; at += strcspn(at, " ")) {
        at += strspn(at, " ");
        if (strncmp(at, name, length) != 0 || at[length] != '=') continue;
        const char *text = at + length + 1;
        char number[64];
        size_t size = strcspn(text, " ");
        if (size >= sizeof number) return NAN;
        memcpy(number, text, size);
        number[size] = '\0';
        double value;
        return rn_text_to_double(&value, number) ? value : NAN;
    }
    return NAN;
}

const run_outcome *row_run(const row_outcome *row, int seed) {
    for (size_t i = 0; i < row->num_runs; i++)
        if (row->run[i].seed == seed) return &row->run[i];
    return NULL;
}

double run_metric(const run_outcome *run, metric m, bool val) {
    if (run->state == RUN_MISSING) return NAN;
    if (run->state == RUN_DIVERGED) return 0;
    return val ? run->val[m] : run->test[m];
}

double row_mean(const row_outcome *row, metric m, bool val) {
    double sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < row->num_runs; i++) {
        double value = run_metric(&row->run[i], m, val);
        if (isnan(value)) continue;
        sum += value;
        count++;
    }
    return count ? sum / (double)count : NAN;
}

size_t row_finished(const row_outcome *row) {
    size_t count = 0;
    for (size_t i = 0; i < row->num_runs; i++) count += row->run[i].state != RUN_MISSING;
    return count;
}

size_t row_diverged(const row_outcome *row) {
    size_t count = 0;
    for (size_t i = 0; i < row->num_runs; i++) count += row->run[i].state == RUN_DIVERGED;
    return count;
}

static bool has_validation(const row_outcome *row) {
    return row && !isnan(row_mean(row, METRIC_AP, true));
}

static double validation_of(const row_outcome *row, int seed) {
    const run_outcome *run = row_run(row, seed);
    return run ? run_metric(run, METRIC_AP, true) : NAN;
}

/* The seeds that all rows have that take part; returns how many. */
static size_t shared_seeds(int seed[OUTCOME_RUNS_MOST], const row_outcome *const *row,
                           size_t count) {
    size_t shared = 0, first = 0;
    while (first < count && !has_validation(row[first])) first++;
    for (size_t r = 0; first < count && r < row[first]->num_runs; r++) {
        int candidate = row[first]->run[r].seed;
        bool all = true;
        for (size_t i = first; i < count && all; i++)
            all = !has_validation(row[i]) || !isnan(validation_of(row[i], candidate));
        if (all) seed[shared++] = candidate;
    }
    return shared;
}

const row_outcome *row_choose(const row_outcome *const *row, size_t count) {
    const row_outcome *best = NULL;
    double highest = NAN;
    int seed[OUTCOME_RUNS_MOST];
    size_t shared = shared_seeds(seed, row, count);
    for (size_t i = 0; i < count; i++) {
        if (!has_validation(row[i])) continue;
        double mean = shared ? 0 : row_mean(row[i], METRIC_AP, true);
        for (size_t k = 0; k < shared; k++) mean += validation_of(row[i], seed[k]) / (double)shared;
        if (best && mean <= highest) continue;
        best = row[i];
        highest = mean;
    }
    return best;
}

static const row_outcome *best_of(const row_outcome *row, size_t count,
                                  bool (*wanted)(const row_outcome *)) {
    const row_outcome **list = rn_vec_zeros(count + 1, sizeof *list);
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        if (!wanted || wanted(&row[i])) list[n++] = &row[i];
    const row_outcome *best = row_choose(list, n);
    free(list);
    return best;
}

const row_outcome *outcome_best(const outcome *o, bool (*wanted)(const row_outcome *)) {
    return best_of(o->row, o->num_rows, wanted);
}

const row_outcome *row_best(const row_outcome *row, size_t count) {
    return best_of(row, count, NULL);
}

void outcome_free(outcome *o) {
    for (size_t i = 0; i < o->num_rows; i++) {
        free(o->row[i].label);
        free(o->row[i].settings);
        free(o->row[i].run);
    }
    for (size_t i = 0; i < o->num_facts; i++) free(o->fact[i].name);
    free(o->row);
    free(o->fact);
    free(o->name);
    free(o->title);
    free(o->version);
    free(o->budget);
    free(o->data);
    *o = (outcome){0};
}
