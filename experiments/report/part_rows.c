#include "parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char dash[] = "\xE2\x80\x93", plus_minus[] = "\xC2\xB1", minus[] = "\xE2\x88\x92";

/* ---- numbers --------------------------------------------------------------------------------- */

/* Mean and standard deviation of a test metric; a run that diverged counts as 0, as in row_mean. */
static void measure(double *mean, double *sd, const row_outcome *row, metric m) {
    double *value = rn_vec_zeros(row->num_runs + 1, sizeof *value);
    size_t n = 0;
    for (size_t i = 0; i < row->num_runs; i++) {
        double x = run_metric(&row->run[i], m, false);
        if (isfinite(x)) value[n++] = x;
    }
    *mean = rn_stats_mean(value, n);
    *sd = rn_stats_sd(value, n);
    free(value);
}

static double mean_ms(const row_outcome *row) {
    double sum = 0;
    size_t n = 0;
    for (size_t i = 0; i < row->num_runs; i++)
        if (isfinite(row->run[i].detect_ms)) sum += row->run[i].detect_ms, n++;
    return n ? sum / (double)n : NAN;
}

/* Over the rows that have an AP on both sides; *count of them. */
static double correlation_with_paper(size_t *count, const outcome *o) {
    double *ours = rn_vec_zeros(o->num_rows + 1, sizeof *ours), sd;
    double *theirs = rn_vec_zeros(o->num_rows + 1, sizeof *theirs);
    *count = 0;
    for (size_t i = 0; i < o->num_rows; i++) {
        measure(&ours[*count], &sd, &o->row[i], METRIC_AP);
        theirs[*count] = o->row[i].paper[METRIC_AP];
        *count += isfinite(ours[*count]) && isfinite(theirs[*count]);
    }
    double correlation = *count >= 3 ? rn_stats_rank_correlation(ours, theirs, *count) : NAN;
    free(ours);
    free(theirs);
    return correlation;
}

/* ---- columns --------------------------------------------------------------------------------- */

enum { SHOWN = 3, COLUMNS_MOST = 2 * SHOWN + 4 };
static const metric shown[SHOWN] = {METRIC_AP, METRIC_AP50, METRIC_AP75};

typedef struct layout {
    bool paper[SHOWN], time;
    page_column column[COLUMNS_MOST];
    size_t count;
} layout;

static void add_column(layout *l, const char *name, page_cells cells) {
    l->column[l->count++] = (page_column){name, cells};
}

static layout layout_of(const outcome *o) {
    static const char *const names[SHOWN] = {"paper's AP", "paper's AP50", "paper's AP75"};
    layout l = {.count = 0};
    for (size_t i = 0; i < o->num_rows; i++) {
        for (int k = 0; k < SHOWN; k++) l.paper[k] |= isfinite(o->row[i].paper[shown[k]]);
        bool scale = isfinite(row_setting(&o->row[i], "size"));
        l.time |= scale && isfinite(mean_ms(&o->row[i]));
    }
    add_column(&l, "row", PAGE_WORDS);
    for (int k = 0; k < SHOWN; k++) add_column(&l, metric_names[shown[k]], PAGE_NUMBER);
    for (int k = 0; k < SHOWN; k++)
        if (l.paper[k]) add_column(&l, names[k], PAGE_NUMBER);
    if (l.paper[0]) add_column(&l, "difference", PAGE_NUMBER);
    if (l.time) add_column(&l, "ms an image", PAGE_NUMBER);
    add_column(&l, "runs", PAGE_WORDS);
    return l;
}

/* ---- cells ----------------------------------------------------------------------------------- */

static bool all_diverged(const row_outcome *row) {
    return row_finished(row) > 0 && row_diverged(row) == row_finished(row);
}

enum { STEPS_SIZE = 128 };

/* "diverged at step 212, 230": each step once, the first few of them. */
static char *steps_of(char out[STEPS_SIZE], const row_outcome *row) {
    enum { SHOWN_STEPS = 3 };
    size_t n = 0, used = (size_t)snprintf(out, STEPS_SIZE, "diverged at step");
    for (size_t i = 0; i < row->num_runs && n <= SHOWN_STEPS; i++) {
        bool seen = row->run[i].state != RUN_DIVERGED;
        for (size_t k = 0; k < i; k++)
            seen |= row->run[k].state == RUN_DIVERGED &&
                    row->run[k].diverged_at == row->run[i].diverged_at;
        if (seen) continue;
        if (n++ == SHOWN_STEPS)
            snprintf(out + used, STEPS_SIZE - used, ", \xE2\x80\xA6");
        else
            used += (size_t)snprintf(out + used, STEPS_SIZE - used, "%s %ld", n > 1 ? "," : "",
                                     row->run[i].diverged_at);
    }
    return out;
}

static void put_measured(page *p, const row_outcome *row) {
    char steps[STEPS_SIZE];
    for (int k = 0; k < SHOWN; k++) {
        double mean, sd;
        measure(&mean, &sd, row, shown[k]);
        page_cell(p);
        if (all_diverged(row) && k == 0)
            page_badge(p, "diverged", "", steps_of(steps, row));
        else if (all_diverged(row) || !isfinite(mean))
            page_put(p, "%s", dash);
        else if (isfinite(sd))
            page_put(p, "%.1f %s %.1f", mean, plus_minus, sd);
        else
            page_put(p, "%.1f", mean);
    }
}

static void put_difference(page *p, const row_outcome *row) {
    double difference = row_mean(row, METRIC_AP, false) - row->paper[METRIC_AP];
    page_cell(p);
    if (!isfinite(difference) || all_diverged(row))
        page_put(p, "%s", dash);
    else
        page_put(p, "%s%.1f", difference < 0 ? minus : "+", fabs(difference));
}

static void put_runs(page *p, const row_outcome *row) {
    char steps[STEPS_SIZE];
    size_t finished = row_finished(row), diverged = row_diverged(row);
    page_cell_text(p, "%zu", finished);
    if (finished < row->num_runs) page_put(p, " of %zu", row->num_runs);
    if (all_diverged(row)) {
        page_put(p, ", %s diverged", diverged == 1 ? "which" : "all");
    } else if (diverged) {
        page_put(p, ", of these %zu %s", diverged, steps_of(steps, row));
    }
}

static void put_row(page *p, const layout *l, const row_outcome *row, bool best) {
    page_row_begin(p, NULL);
    page_cell(p);
    if (best)
        page_strong(p, row->label);
    else
        page_put(p, "%s", row->label);
    put_measured(p, row);
    for (int k = 0; k < SHOWN; k++)
        if (l->paper[k]) page_cell_number(p, row->paper[shown[k]], 1);
    if (l->paper[0]) put_difference(p, row);
    if (l->time) page_cell_number(p, mean_ms(row), 1);
    put_runs(p, row);
    page_row_end(p);
}

void part_rows(page *p, const outcome *o) {
    if (o->num_rows == 0) return;
    layout l = layout_of(o);
    const row_outcome *chosen = outcome_best(o, NULL);
    size_t best = chosen && o->num_rows > 1 ? (size_t)(chosen - o->row) : o->num_rows;
    size_t count, diverged = 0;
    page_table_begin(p, PAGE_SCROLLS, l.column, l.count);
    for (size_t i = 0; i < o->num_rows; i++) {
        put_row(p, &l, &o->row[i], i == best);
        diverged += row_diverged(&o->row[i]);
    }
    page_table_end(p);
    double correlation = correlation_with_paper(&count, o);
    page_paragraph_begin(p);
    page_put(p, "Points on the test images, mean %s standard deviation over seeds.", plus_minus);
    if (best < o->num_rows) page_put(p, " Bold: best on the validation images.");
    if (diverged) page_put(p, " A run that diverged counts as 0 points.");
    if (isfinite(correlation))
        page_put(p, " Rank correlation with the paper's AP: %s%.2f (%zu rows).",
                 correlation < 0 ? minus : "", fabs(correlation), count);
    page_paragraph_end(p);
}
