/* Which gamma and alpha for my data? Any grid of settings, on any data set. */
#include "common/figures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { AXES_MOST = 4, VALUES_MOST = 32, CELLS_MOST = 1000 };
enum { LABEL_SIZE = RN_OPTION_TEXT_SIZE + AXES_MOST }; /* as long as the grid, and commas */

typedef struct axis {
    const rn_option *option;
    char *value[VALUES_MOST];
    size_t count;
} axis;

typedef struct sweep_options {
    rn_option_text grid;
} sweep_options;

typedef struct sweep_state {
    sweep_options options;
    char text[RN_OPTION_TEXT_SIZE]; /* cut into the axes' names and values */
    axis axis[AXES_MOST];
    size_t axes;
} sweep_state;

static sweep_state sweep; /* what the program is told, and its grid */

/* A value in the one form that equal ones share: 1.0 is 1. */
static rn_status plain_value(char out[RN_OPTION_TEXT_SIZE], const rn_option *option,
                             const char *text, rn_err *err) {
    rn_config scratch = rn_config_paper();
    if (rn_option_set(&scratch, option, text, err) != RN_OK) return RN_ERROR;
    rn_option_get(out, RN_OPTION_TEXT_SIZE, &scratch, option);
    return RN_OK;
}

static rn_status add_value(axis *a, char *text, rn_err *err) {
    char value[RN_OPTION_TEXT_SIZE], other[RN_OPTION_TEXT_SIZE];
    if (a->count == VALUES_MOST)
        return rn_fail(err, "--grid: %s: expected at most %d values", a->option->name, VALUES_MOST);
    if (plain_value(value, a->option, text, err) != RN_OK) return RN_ERROR;
    for (size_t i = 0; i < a->count; i++)
        if (plain_value(other, a->option, a->value[i], err) != RN_OK || strcmp(value, other) == 0)
            return rn_fail(err, "--grid: %s: given twice, \"%s\" and \"%s\"", a->option->name,
                           a->value[i], text);
    a->value[a->count++] = text;
    return RN_OK;
}

/* "gamma=0,1,2". */
static rn_status add_axis(char *word, rn_err *err) {
    char *equals = strchr(word, '='), *rest = equals ? equals + 1 : word;
    if (sweep.axes == AXES_MOST)
        return rn_fail(err, "--grid: expected at most %d settings", AXES_MOST);
    if (!equals || !*rest)
        return rn_fail(err, "--grid: expected NAME=VALUE,VALUE..., got \"%s\"", word);
    *equals = '\0';
    axis *a = &sweep.axis[sweep.axes++];
    a->option = rn_option_find(rn_config_options(), word);
    for (const axis *b = sweep.axis; b < a; b++)
        if (b->option == a->option) return rn_fail(err, "--grid: %s: given twice", word);
    if (strcmp(word, "seed") == 0)
        return rn_fail(err, "--grid: seed: every cell has the same seeds, see --seeds");
    if (!a->option || a->option->kind == RN_OPTION_LIST)
        return rn_fail(err, "--grid: expected a setting of one value (see --help), got \"%s\"",
                       word);
    for (char *value; (value = strtok_r(rest, ",", &rest));)
        if (add_value(a, value, err) != RN_OK) return RN_ERROR;
    if (a->count == 0) return rn_fail(err, "--grid: %s: expected a value, got nothing", word);
    return RN_OK;
}

static size_t cells(void) {
    size_t n = 1;
    for (size_t i = 0; i < sweep.axes; i++) n *= sweep.axis[i].count;
    return n;
}

/* Value of axis i in a cell; the last axis runs fastest. */
static const char *value_of(size_t cell, size_t i) {
    for (size_t k = sweep.axes - 1; k > i; k--) cell /= sweep.axis[k].count;
    return sweep.axis[i].value[cell % sweep.axis[i].count];
}

static rn_status add_rows(study *s, rn_err *err) {
    char *rest = sweep.text;
    snprintf(sweep.text, sizeof sweep.text, "%s", sweep.options.grid.value);
    for (char *word; (word = strtok_r(rest, " ", &rest));)
        if (add_axis(word, err) != RN_OK) return RN_ERROR;
    if (sweep.axes == 0) return rn_fail(err, "--grid: expected a setting, got nothing");
    if (cells() > CELLS_MOST)
        return rn_fail(err, "--grid: expected at most %d cells, got %zu", CELLS_MOST, cells());
    for (size_t cell = 0; cell < cells(); cell++) {
        char label[LABEL_SIZE] = "", settings[LABEL_SIZE] = "";
        for (size_t i = 0; i < sweep.axes; i++) {
            size_t n = strlen(label), m = strlen(settings);
            const char *name = sweep.axis[i].option->name, *value = value_of(cell, i);
            snprintf(label + n, sizeof label - n, "%s%s %s", i ? ", " : "", name, value);
            snprintf(settings + m, sizeof settings - m, "%s%s=%s", i ? " " : "", name, value);
        }
        study_add(s, label, true, "%s", settings);
    }
    return RN_OK;
}

static bool is_number(const axis *a) {
    double ignored;
    for (size_t i = 0; i < a->count; i++)
        if (!rn_text_to_double(&ignored, a->value[i])) return false;
    return true;
}

static rn_status draw(study *s, rn_err *err) {
    const row_outcome *best = outcome_best(&s->outcome, NULL);
    const char *x = sweep.axis[sweep.axes - 1].option->name, *y = sweep.axis[0].option->name;
    bool line = sweep.axes == 1 && is_number(&sweep.axis[0]);
    rn_table table = sweep.axes == 2 ? map_start() : line ? lines_start() : arms_start();
    for (size_t cell = 0; cell < cells(); cell++) {
        const row_outcome *row = &s->outcome.row[cell];
        if (sweep.axes == 2)
            map_add(&table, value_of(cell, 0), value_of(cell, 1), row, row == best ? 2 : 0);
        else if (line)
            lines_add(&table, "AP", atof(value_of(cell, 0)), row);
        else
            arms_add(&table, "", row->label, row);
    }
    const char *script = sweep.axes == 2 ? "heat_map" : line ? "lines" : "arms";
    bool arms = strcmp(script, "arms") == 0;
    rn_status status =
        study_draw(s, "ap", script, &table, s->outcome.title, err, "xlabel",
                   arms ? "AP (points)" : x, "ylabel", line ? "AP (points)" : y, "zlabel",
                   "AP (points)", "x_axis", "even", "reference", "", (char *)NULL);
    rn_table_free(&table);
    return status;
}

/* Of validation AP, by which cells are compared, pooled over the cells with two seeds or more; NAN
 * without any. */
static double noise(const study *s) {
    double sum = 0, degrees = 0;
    for (size_t i = 0; i < s->outcome.num_rows; i++) {
        const row_outcome *row = &s->outcome.row[i];
        double mean = row_mean(row, METRIC_AP, true), seeds = 0;
        for (size_t k = 0; k < row->num_runs; k++) {
            double off = run_metric(&row->run[k], METRIC_AP, true) - mean;
            if (isfinite(off)) sum += off * off, seeds++;
        }
        if (seeds > 1) degrees += seeds - 1;
    }
    return degrees > 0 ? sqrt(sum / degrees) : NAN;
}

static rn_status conclude(study *s, rn_err *err) {
    const row_outcome *best = outcome_best(&s->outcome, NULL);
    double sd = noise(s);
    if (!best) {
        printf("\nno cell has a validation AP\n");
        return RN_OK;
    }
    printf("\nbest on the validation images: %s, test AP %.1f\n", best->label,
           row_mean(best, METRIC_AP, false));
    if (isnan(sd)) {
        printf("one seed: how much is noise is unknown, try --seeds 3\n");
    } else {
        double level = row_mean(best, METRIC_AP, true) - 2 * sd;
        size_t others = 0;
        printf("noise: %.1f validation AP between seeds; as good within two of that:", sd);
        for (size_t i = 0; i < s->outcome.num_rows; i++) {
            const row_outcome *row = &s->outcome.row[i];
            if (row == best || !(row_mean(row, METRIC_AP, true) > level)) continue;
            printf(" (%s)", row->label);
            others++;
        }
        printf("%s\n", others ? "" : " none");
    }
    outcome_set_fact(&s->outcome, sd, "noise");
    return draw(s, err);
}

static const rn_option own_options[] = {
    {.name = "grid",
     .kind = RN_OPTION_TEXT,
     .offset = offsetof(sweep_options, grid),
     .choices = "GRID",
     .initial = "gamma=0.5,1,2,5 alpha=0.25,0.5,0.75",
     .help = "settings and their values, any of those below",
     .group = "grid"},
};

int main(int argc, char **argv) {
    const experiment e = {
        .name = "sweep",
        .title = "A sweep over settings",
        .about =
            "Trains every cell of a grid, shows the best by validation AP, and how much of the\n"
            "difference is noise:\n"
            "    sweep --data DIR --grid \"gamma=1,2 alpha=0.25,0.5\" --seeds 3",
        .add_rows = add_rows,
        .conclude = conclude,
        .own = {own_options, RN_COUNT(own_options)},
        .settings = &sweep.options,
        .settings_size = sizeof sweep.options,
    };
    return experiment_main(argc, argv, &e);
}
