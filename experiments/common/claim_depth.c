/* claim_depth.c: depth and image scale, table 1e. The models are taken in the order of the table,
 * the shallow one first; the scale is the setting "size". */
#include "common/claim_list.h"
#include "common/judge.h"
#include "common/paper.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char TABLE_1E[] = "table_1e_depth_scale";

enum { MODELS_MOST = 4, SIZES_MOST = 16 };

/* Rows by model and rising size: "tiny 128" is of the model "tiny". */
typedef struct depth_grid {
    const row_outcome *row[MODELS_MOST][SIZES_MOST];
    size_t sizes[MODELS_MOST], models;
} depth_grid;

static size_t model_length(const row_outcome *row) {
    const char *space = strrchr(row->label, ' ');
    return space ? (size_t)(space - row->label) : strlen(row->label);
}

static bool same_model(const row_outcome *a, const row_outcome *b) {
    size_t length = model_length(a);
    return length == model_length(b) && strncmp(a->label, b->label, length) == 0;
}

static double size_of(const row_outcome *row) { return row_setting(row, "size"); }

static void add_to_grid(depth_grid *grid, const row_outcome *row) {
    size_t m = 0;
    while (m < grid->models && !same_model(grid->row[m][0], row)) m++;
    if (m == MODELS_MOST || grid->sizes[m] == SIZES_MOST) return;
    if (m == grid->models) grid->models++;
    size_t at = grid->sizes[m]++;
    for (; at > 0 && size_of(grid->row[m][at - 1]) > size_of(row); at--)
        grid->row[m][at] = grid->row[m][at - 1];
    grid->row[m][at] = row;
}

static size_t most_runs(const outcome *o) {
    size_t most = 0;
    for (size_t i = 0; i < o->num_rows; i++)
        if (o->row[i].num_runs > most) most = o->row[i].num_runs;
    return most;
}

/* Rows that were not run are left out while there is one seed and so no verdict; else they are
 * missing. */
static depth_grid find_grid(hearing *h) {
    depth_grid grid = {0};
    const outcome *o = evidence_of(h->evidence, TABLE_1E);
    if (!o) judge_missing(h, "%s has not been run", TABLE_1E);
    for (size_t i = 0; o && i < o->num_rows; i++) {
        hearing lookup = judge_open(&(judgement){0}, h->evidence);
        const row_outcome *row =
            judge_row(most_runs(o) > 1 ? h : &lookup, TABLE_1E, "%s", o->row[i].label);
        if (!row)
            h->fewer = true;
        else if (isnan(size_of(row)))
            judge_missing(h, "%s: row \"%s\" has no setting \"size\"", TABLE_1E, row->label);
        else
            add_to_grid(&grid, row);
    }
    bool scales = true;
    for (size_t m = 0; m < grid.models; m++) scales = scales && grid.sizes[m] > 1;
    if (grid.models < 2 || !scales)
        judge_missing(h, "%s: two depths with two image scales each are needed", TABLE_1E);
    return grid;
}

/* A step to the next size or to the next depth. */
typedef struct step {
    const row_outcome *from, *to;
} step;

enum { STEPS_MOST = 2 * MODELS_MOST * SIZES_MOST };

static size_t find_steps(step s[STEPS_MOST], const depth_grid *grid) {
    size_t count = 0;
    for (size_t m = 0; m < grid->models; m++)
        for (size_t i = 0; i < grid->sizes[m]; i++) {
            const row_outcome *from = grid->row[m][i];
            if (i + 1 < grid->sizes[m]) s[count++] = (step){from, grid->row[m][i + 1]};
            size_t k = 0, others = m + 1 < grid->models ? grid->sizes[m + 1] : 0;
            while (k < others && size_of(grid->row[m + 1][k]) != size_of(from)) k++;
            if (k < others) s[count++] = (step){from, grid->row[m + 1][k]};
        }
    return count;
}

/* Milliseconds an image, the mean over the runs that are done. */
static double time_of(hearing *h, const row_outcome *row) {
    double sum = 0;
    size_t count = 0;
    for (size_t r = 0; r < row->num_runs; r++) {
        if (row->run[r].state != RUN_DONE || isnan(row->run[r].detect_ms)) continue;
        sum += row->run[r].detect_ms;
        count++;
    }
    if (count == 0) judge_missing(h, "%s: no time an image of \"%s\"", TABLE_1E, row->label);
    return sum / (double)count;
}

/* The share of rising pairs is taken of the means; the interval is that of the mean step. */
static void judge_c28(judgement *j, const evidence *e) {
    hearing h = judge_open(j, e);
    depth_grid grid = find_grid(&h);
    step s[STEPS_MOST];
    term t[2 * STEPS_MOST];
    size_t steps = h.missing ? 0 : find_steps(s, &grid), slower = 0, better = 0, worse = 0;
    for (size_t i = 0; i < steps; i++) {
        slower += time_of(&h, s[i].to) > time_of(&h, s[i].from);
        better += judge_mean(s[i].to) > judge_mean(s[i].from);
        worse += judge_mean(s[i].to) < judge_mean(s[i].from);
        t[2 * i] = (term){s[i].to, 1 / (double)steps, METRIC_AP};
        t[2 * i + 1] = (term){s[i].from, -1 / (double)steps, METRIC_AP};
    }
    measured rise = {NAN, NAN, NAN, 0};
    if (steps) rise = judge_sum(&h, t, 2 * steps);
    judge_say(&h, "of %zu neighbouring pairs %zu rise in time and %zu in AP, on average by ", steps,
              slower, better);
    judge_say_measured(&h, rise, 1);
    judge_say(&h, "; paper from 400 to 800 px %+.1f and %+.1f", paper_number("c28.r50_400_to_800"),
              paper_number("c28.r101_400_to_800"));
    judge_holds(&h, slower == steps, "time rises along both axes");
    judge_holds(&h, 5 * better >= 4 * steps, "AP rises in 80% of the pairs");
    judge_above(&h, rise, 0, "AP rises on average");
    judge_refute(&h, 2 * worse > steps, rise.high < 0);
    judge_close(&h);
}

const claim claim_c28 = {.id = "c28",
                         .experiment = "table_1e_depth_scale",
                         .statement =
                             "Deeper networks and larger images have a higher AP and take longer.",
                         .source = "sec. 5.2, table 1e",
                         .paper = "from 400 to 800 px +5.2 (depth 50) and +5.9 (101); depth +1.4 "
                                  "to +2.1; 64 to 153 and 81 to "
                                  "198 ms",
                         .criterion = "Time rises strictly along both axes, and AP rises in at "
                                      "least 80% of the neighbouring pairs.",
                         .refute_if = "AP falls in more than half of the pairs.",
                         .judge = judge_c28};

/* The mean over the depths. */
static void judge_c29(judgement *j, const evidence *e) {
    hearing h = judge_open(j, e);
    depth_grid grid = find_grid(&h);
    term small[2 * MODELS_MOST], large[2 * MODELS_MOST], both[4 * MODELS_MOST];
    measured gain[3] = {{NAN, NAN, NAN, 0}, {NAN, NAN, NAN, 0}, {NAN, NAN, NAN, 0}};
    size_t terms = 2 * grid.models;
    for (size_t m = 0; m < grid.models && !h.missing; m++) {
        const row_outcome *end[2] = {grid.row[m][grid.sizes[m] - 1], grid.row[m][0]};
        for (size_t i = 0; i < 2; i++) {
            double weight = (i == 0 ? 1 : -1) / (double)grid.models;
            small[2 * m + i] = (term){end[i], weight, METRIC_APS};
            large[2 * m + i] = (term){end[i], weight, METRIC_APL};
            both[2 * m + i] = small[2 * m + i];
            both[terms + 2 * m + i] = (term){end[i], -weight, METRIC_APL};
        }
    }
    if (!h.missing) {
        gain[0] = judge_sum(&h, small, terms);
        gain[1] = judge_sum(&h, large, terms);
        gain[2] = judge_sum(&h, both, 2 * terms);
    }
    judge_say(&h, "smallest to largest scale: small objects %+.1f, large ones %+.1f, difference ",
              gain[0].mean, gain[1].mean);
    judge_say_measured(&h, gain[2], 1);
    judge_say(&h, "; paper %+.1f and %+.1f (depth 50)", paper_number("c29.r50_400_to_800.ap_s"),
              paper_number("c29.r50_400_to_800.ap_l"));
    judge_above(&h, gain[2], 0, "small objects gain more than large ones");
    judge_refute(&h, gain[2].mean < 0, gain[2].high < 0);
    judge_close(&h);
}

const claim claim_c29 = {.id = "c29",
                         .experiment = "table_1e_depth_scale",
                         .statement = "What larger images gain, they gain mostly on small objects.",
                         .source = "table 1e",
                         .paper =
                             "AP_S +7.7, AP_M +5.1, AP_L +0.2 (depth 50); +8.6, +5.3, +0.7 (101)",
                         .criterion = "From the smallest to the largest scale AP of small objects "
                                      "gains more than AP of large ones.",
                         .refute_if = "It gains less, with the interval.",
                         .judge = judge_c29};
