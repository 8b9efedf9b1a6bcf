#include "common/figures.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ---- numbers --------------------------------------------------------------------------------- */

/* The finished runs' numbers; the caller frees. */
static double *collect(size_t *count, const row_outcome *row, metric m) {
    double *value = rn_vec_zeros(row->num_runs + 1, sizeof *value);
    *count = 0;
    for (size_t i = 0; i < row->num_runs; i++)
        if (row->run[i].state != RUN_MISSING)
            value[(*count)++] = row->run[i].state == RUN_DIVERGED ? 0 : row->run[i].test[m];
    return value;
}

double row_spread(const row_outcome *row, metric m) {
    size_t n;
    double *value = collect(&n, row, m), sd = rn_stats_sd(value, n);
    free(value);
    return sd;
}

rn_stats_interval row_interval(const row_outcome *row) {
    size_t n;
    double *value = collect(&n, row, METRIC_AP), *zero = rn_vec_zeros(n + 1, sizeof *zero);
    rn_stats_interval interval = rn_stats_paired(value, zero, n, .95);
    free(value);
    free(zero);
    return interval;
}

void difference_add(rn_table *table, const row_outcome *a, const row_outcome *b) {
    size_t most = a ? a->num_runs : 0, n = 0;
    double *x = rn_vec_zeros(most + 1, sizeof *x), *y = rn_vec_zeros(most + 1, sizeof *y);
    for (size_t i = 0; b && i < most; i++) {
        const run_outcome *other = row_run(b, a->run[i].seed);
        if (!other) continue;
        x[n] = run_metric(&a->run[i], METRIC_AP, false);
        y[n] = run_metric(other, METRIC_AP, false);
        if (!isnan(x[n] - y[n])) n++;
    }
    rn_stats_interval interval = rn_stats_paired(x, y, n, .95);
    rn_table_add_number(table, n ? interval.mean : NAN);
    rn_table_add_number(table, interval.low);
    rn_table_add_number(table, interval.high);
    rn_table_add_number(table, (double)n);
    free(x);
    free(y);
}

/* "ours", "low", "high". */
static void add_interval(rn_table *table, const row_outcome *row) {
    size_t finished = row_finished(row);
    if (finished && row_diverged(row) == finished) {
        rn_table_add_diverged(table, row->run[0].diverged_at);
        rn_table_add_missing(table);
        rn_table_add_missing(table);
        return;
    }
    rn_stats_interval interval = row_interval(row);
    rn_table_add_number(table, interval.mean);
    rn_table_add_number(table, interval.low);
    rn_table_add_number(table, interval.high);
}

#define NUMBER(name)                                                                               \
    { name, RN_COLUMN_NUMBER, 2 }
#define WORDS(name)                                                                                \
    { name, RN_COLUMN_TEXT, 0 }

/* ---- tables ---------------------------------------------------------------------------------- */

rn_table arms_start(void) {
    static const rn_column columns[] = {WORDS("group"), WORDS("label"), NUMBER("ours"),
                                        NUMBER("low"),  NUMBER("high"), NUMBER("paper")};
    return rn_table_start(NULL, columns, RN_COUNT(columns));
}

void arms_add(rn_table *table, const char *group, const char *label, const row_outcome *row) {
    rn_table_row(table);
    rn_table_add_text(table, group);
    rn_table_add_text(table, label);
    add_interval(table, row);
    rn_table_add_number(table, row->paper[METRIC_AP]);
}

rn_table lines_start(void) {
    static const rn_column columns[] = {WORDS("curve"), NUMBER("x"),    NUMBER("ours"),
                                        NUMBER("low"),  NUMBER("high"), NUMBER("paper")};
    return rn_table_start(NULL, columns, RN_COUNT(columns));
}

void lines_add(rn_table *table, const char *curve, double x, const row_outcome *row) {
    rn_table_row(table);
    rn_table_add_text(table, curve);
    rn_table_add_number(table, x);
    add_interval(table, row);
    rn_table_add_number(table, row->paper[METRIC_AP]);
}

rn_table multiples_start(void) {
    static const rn_column columns[] = {WORDS("arm"),  NUMBER("x"),    NUMBER("ours"),
                                        NUMBER("low"), NUMBER("high"), NUMBER("best")};
    return rn_table_start(NULL, columns, RN_COUNT(columns));
}

void multiples_add(rn_table *table, const char *arm, double x, const row_outcome *row, bool best) {
    rn_table_row(table);
    rn_table_add_text(table, arm);
    rn_table_add_number(table, x);
    add_interval(table, row);
    rn_table_add_number(table, best);
}

rn_table map_start(void) {
    static const rn_column columns[] = {WORDS("y"), WORDS("x"), NUMBER("ours"), NUMBER("spread"),
                                        NUMBER("best")};
    return rn_table_start(NULL, columns, RN_COUNT(columns));
}

void map_add(rn_table *table, const char *y, const char *x, const row_outcome *row, int best) {
    size_t finished = row_finished(row);
    rn_table_row(table);
    rn_table_add_text(table, y);
    rn_table_add_text(table, x);
    if (finished && row_diverged(row) == finished)
        rn_table_add_diverged(table, row->run[0].diverged_at);
    else
        rn_table_add_number(table, row_mean(row, METRIC_AP, false));
    rn_table_add_number(table, row_spread(row, METRIC_AP));
    rn_table_add_number(table, best);
}

/* ---- pictures -------------------------------------------------------------------------------- */

static bool has_column(const rn_table *table, const char *name) {
    for (size_t i = 0; i < table->num_columns; i++)
        if (strcmp(table->column[i].name, name) == 0) return true;
    return false;
}

/* "3 seeds, 95% intervals; 900 iterations of 4 images; scenes": the intervals if there are any. */
static void describe(char *out, size_t size, const study *s, const rn_table *data) {
    const char *spread = has_column(data, "low")      ? ", 95% intervals"
                         : has_column(data, "spread") ? ", \xC2\xB1 standard deviation"
                                                      : "";
    size_t least = 0, most = 0;
    for (size_t i = 0; i < s->outcome.num_rows; i++) {
        size_t n = row_finished(&s->outcome.row[i]);
        if (n && (n < least || !least)) least = n;
        if (n > most) most = n;
    }
    int used = least == most ? snprintf(out, size, "%zu seed%s", most, most == 1 ? "" : "s")
                             : snprintf(out, size, "%zu to %zu seeds", least, most);
    snprintf(out + used, size - (size_t)used, "%s; %d iterations of %d images; %.200s",
             most > 1 ? spread : "", s->base.train.iterations, s->base.train.batch,
             s->outcome.data);
}

rn_status study_draw(const study *s, const char *figure, const char *script, const rn_table *data,
                     const char *title, rn_err *err, ...) {
    enum { MOST = 16 };
    char note[512];
    describe(note, sizeof note, s, data);
    rn_figure_variable variable[MOST] = {{"title", title}, {"note", note}};
    size_t count = 2;
    va_list args;
    va_start(args, err);
    for (const char *name; (name = va_arg(args, const char *)); count++) {
        RN_CHECK(count < MOST, "more than %d texts", MOST);
        variable[count] = (rn_figure_variable){name, va_arg(args, const char *)};
    }
    va_end(args);
    return study_figure(s, figure, script, data, variable, count, err);
}
