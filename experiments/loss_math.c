/* The losses without any training: cross entropy, focal loss and FL* and their derivatives (figures
 * 1, 5 and 6), by how much the focal loss makes easy examples cheaper (sec. 3.2), and how exactly
 * this library computes all of them. */
#include "common/cli.h"
#include "common/loss_formulas.h"
#include "common/paper.h"
#include "common/sources.h"
#include "common/verdicts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct math_options {
    rn_option_text out;
} math_options;

static const rn_option own_options[] = {
    {.name = "out",
     .kind = RN_OPTION_TEXT,
     .offset = offsetof(math_options, out),
     .choices = "DIR",
     .initial = "out",
     .help = "folder of results; this program's are in DIR/loss_math/",
     .group = "options"},
};

static const char *const name = "loss_math";

/* "FOLDER/FILE.ENDING". */
static char *result_path(char path[RN_PATH_SIZE], const char *folder, const char *file,
                         const char *ending) {
    char whole[256];
    snprintf(whole, sizeof whole, "%s%s", file, ending);
    return rn_text_path(path, RN_PATH_SIZE, folder, whole);
}

/* ---- tables ---------------------------------------------------------------------------------- */

/* Prints a table and writes it in every format; as JSON only where that name is free. */
static rn_status save_table(const rn_table *table, const char *folder, const char *file,
                            rn_err *err) {
    static const char *const endings[] = {".txt", ".md", ".csv", ".json"};
    static const rn_table_format formats[] = {RN_TABLE_TEXT, RN_TABLE_MARKDOWN, RN_TABLE_CSV,
                                              RN_TABLE_JSON};
    size_t count = RN_COUNT(formats) - (strcmp(file, name) == 0);
    char path[RN_PATH_SIZE];
    for (size_t i = 0; i < count; i++)
        if (rn_table_save(table, result_path(path, folder, file, endings[i]), formats[i], err) !=
            RN_OK)
            return RN_ERROR;
    printf("\n");
    rn_table_print(table, stdout, RN_TABLE_TEXT);
    return RN_OK;
}

static void add_row(rn_table *table, const char *what, double ours, double exact, double paper) {
    rn_table_row(table);
    rn_table_add_text(table, what);
    rn_table_add_number(table, ours);
    rn_table_add_number(table, exact);
    rn_table_add_number(table, paper);
}

static void add_ratios(rn_table *table, const outcome *o) {
    static const struct {
        const char *what, *fact;
        double p_t;
        const char *paper;
    } rows[] = {
        {"CE / FL at p_t = .9", "ratio at .9", .9, "c15.ratio_at_0_9"},
        {"CE / FL at p_t = .968", "ratio at .968", .968, "c15.ratio_at_0_968"},
        {"CE / FL at p_t = .9683772", "ratio at .9683772", .9683772, NULL},
        {"largest CE / FL for p_t <= .5", "largest ratio to .5", .5, "c15.max_ratio_up_to_0_5"},
    };
    for (size_t i = 0; i < RN_COUNT(rows); i++)
        add_row(table, rows[i].what, outcome_fact(o, "%s", rows[i].fact),
                1 / ((1 - rows[i].p_t) * (1 - rows[i].p_t)),
                rows[i].paper ? paper_number(rows[i].paper) : NAN);
}

static void add_slopes(rn_table *table) {
    static const struct {
        const char *what;
        int curve;
        const char *paper;
    } rows[] = {
        {"dCE/dx_t at x_t = 1", FORMULA_CE, "c25.at_x_t_1.ce"},
        {"dFL/dx_t at x_t = 1", FORMULA_FL_2, "c25.at_x_t_1.fl_2"},
        {"dFL*/dx_t (2, 1) at x_t = 1", FORMULA_FL_STAR_2_1, "c25.at_x_t_1.fl_star_2_1"},
        {"dFL*/dx_t (4, 0) at x_t = 1", FORMULA_FL_STAR_4_0, "c25.at_x_t_1.fl_star_4_0"},
    };
    double slope, at = 0;
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        formula_value(&slope, &formula_curves[rows[i].curve], 1);
        add_row(table, rows[i].what, slope, NAN, paper_number(rows[i].paper));
    }
    slope = formula_steepest(&at, &formula_curves[FORMULA_FL_2]);
    add_row(table, "lowest dFL/dx_t", slope, NAN, paper_number("c25.steepest_fl_2"));
    add_row(table, "its x_t", at, NAN, NAN);
}

/* What the paper says in numbers, FL being that of gamma 2. */
static rn_status main_table(const outcome *o, const char *folder, rn_err *err) {
    static const rn_column columns[] = {{"what (FL: γ = 2)", RN_COLUMN_TEXT, 0},
                                        {"ours", RN_COLUMN_NUMBER, 5},
                                        {"exact", RN_COLUMN_NUMBER, 5},
                                        {"paper", RN_COLUMN_NUMBER, 4}};
    rn_table table = rn_table_start(o->title, columns, RN_COUNT(columns));
    add_ratios(&table, o);
    add_slopes(&table);
    rn_status status = save_table(&table, folder, name, err);
    rn_table_free(&table);
    return status;
}

static rn_status error_table(const outcome *o, const char *folder, rn_err *err) {
    static const rn_column columns[] = {{"largest error", RN_COLUMN_TEXT, 0},
                                        {"ours", RN_COLUMN_NUMBER, 12}};
    static const struct {
        const char *what, *fact;
    } rows[] = {{"derivatives, against central differences", "largest derivative error"},
                {"losses, against the printed formulas, relative", "largest value error"},
                {"both, against references of six digits, relative", "largest reference error"}};
    rn_table table = rn_table_start("x_t from -10 to 10, all losses", columns, RN_COUNT(columns));
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        rn_table_row(&table);
        rn_table_add_text(&table, rows[i].what);
        rn_table_add_number(&table, outcome_fact(o, "%s", rows[i].fact));
    }
    rn_status status = save_table(&table, folder, "errors", err);
    rn_table_free(&table);
    return status;
}

/* A table whose first column is x (x_t, p_t), the others are curves. */
static rn_table start_curves(rn_column columns[1 + FORMULA_CURVES], const char *title,
                             const char *x, int x_digits, const int *curve, size_t count) {
    columns[0] = (rn_column){x, RN_COLUMN_NUMBER, x_digits};
    for (size_t k = 0; k < count; k++)
        columns[1 + k] = (rn_column){formula_curves[curve[k]].label, RN_COLUMN_NUMBER, 6};
    return rn_table_start(title, columns, 1 + count);
}

/* A row of values or slopes at x_t; the first column shows x. */
static void add_point(rn_table *table, double x, double x_t, bool slopes, const int *curve,
                      size_t count) {
    rn_table_row(table);
    rn_table_add_number(table, x);
    for (size_t k = 0; k < count; k++) {
        double slope, value = formula_value(&slope, &formula_curves[curve[k]], x_t);
        rn_table_add_number(table, slopes ? slope : value);
    }
}

static const int all_curves[FORMULA_CURVES] = {
    FORMULA_CE,   FORMULA_FL_05,       FORMULA_FL_1,       FORMULA_FL_2,
    FORMULA_FL_5, FORMULA_FL_STAR_2_1, FORMULA_FL_STAR_4_0};

static rn_status curve_table(const char *folder, bool slopes, rn_err *err) {
    rn_column columns[1 + FORMULA_CURVES];
    rn_table table = start_curves(columns, slopes ? "Derivatives d/dx_t" : "Losses", "x_t", 0,
                                  all_curves, FORMULA_CURVES);
    for (int x = -5; x <= 5; x++) add_point(&table, x, x, slopes, all_curves, FORMULA_CURVES);
    rn_status status = save_table(&table, folder, slopes ? "derivatives" : "losses", err);
    rn_table_free(&table);
    return status;
}

/* ---- figures --------------------------------------------------------------------------------- */

static rn_status figure_1(const char *folder, rn_err *err) {
    enum { STEPS = 500 };
    static const int curve[] = {FORMULA_CE, FORMULA_FL_05, FORMULA_FL_1, FORMULA_FL_2,
                                FORMULA_FL_5};
    static const rn_figure_variable texts[] = {
        {"title", "Figure 1: the focal loss makes well-classified examples cheap"},
        {"ratio", "4"},
        {"at", "0.9 0.968"}};
    rn_column columns[1 + FORMULA_CURVES];
    char stem[RN_PATH_SIZE];
    rn_table table = start_curves(columns, "Figure 1", "p_t", 3, curve, RN_COUNT(curve));
    for (int i = 1; i < STEPS; i++) {
        double p_t = (double)i / STEPS;
        add_point(&table, p_t, formula_logit(p_t), false, curve, RN_COUNT(curve));
    }
    rn_status status = rn_figure_save_both(result_path(stem, folder, "figure_1", ""), "loss_p",
                                           &table, texts, RN_COUNT(texts), err);
    rn_table_free(&table);
    return status;
}

/* Figures 5 (values) and 6 (slopes). */
static rn_status figure_5_6(const char *folder, bool slopes, rn_err *err) {
    static const int curve[] = {FORMULA_CE, FORMULA_FL_2, FORMULA_FL_STAR_2_1, FORMULA_FL_STAR_4_0};
    const rn_figure_variable texts[] = {
        {"title", slopes ? "Figure 6: derivatives of CE, FL and FL*"
                         : "Figure 5: CE, FL and FL* over x_t = yx"},
        {"ylabel", slopes ? "derivative of the loss by x_t" : "loss"},
        {"derivative", slopes ? "1" : "0"}};
    rn_column columns[1 + FORMULA_CURVES];
    char stem[RN_PATH_SIZE];
    int end = slopes ? 10 : 5;
    rn_table table =
        start_curves(columns, slopes ? "Figure 6" : "Figure 5", "x_t", 2, curve, RN_COUNT(curve));
    for (int i = -20 * end; i <= 20 * end; i++)
        add_point(&table, i / 20., i / 20., slopes, curve, RN_COUNT(curve));
    rn_status status =
        rn_figure_save_both(result_path(stem, folder, slopes ? "figure_6" : "figure_5", ""),
                            "loss_x", &table, texts, RN_COUNT(texts), err);
    rn_table_free(&table);
    return status;
}

/* ---- the program ----------------------------------------------------------------------------- */

static rn_status write_numbers(const outcome *o, const char *folder, rn_err *err) {
    char path[RN_PATH_SIZE];
    if (rn_file_make_folder(folder, err) != RN_OK || curve_table(folder, false, err) != RN_OK ||
        curve_table(folder, true, err) != RN_OK || main_table(o, folder, err) != RN_OK ||
        error_table(o, folder, err) != RN_OK)
        return RN_ERROR;
    return outcome_save(o, result_path(path, folder, name, ".json"), err);
}

static rn_status draw(const char *folder, rn_err *err) {
    if (figure_1(folder, err) != RN_OK || figure_5_6(folder, false, err) != RN_OK) return RN_ERROR;
    return figure_5_6(folder, true, err);
}

/* Figures last: without gnuplot there are still the numbers and the verdicts. */
static rn_status show(const char *out, rn_err *err) {
    char folder[RN_PATH_SIZE];
    outcome o = {.name = rn_vec_text(name),
                 .title = rn_vec_text("Losses and derivatives against the paper"),
                 .version = rn_vec_text(sources_version),
                 .budget = rn_vec_text(""),
                 .data = rn_vec_text("")};
    formula_facts(&o);
    rn_status status = write_numbers(&o, rn_text_path(folder, sizeof folder, out, name), err);
    if (status == RN_OK) verdicts_print("c15 c25", &o, out);
    if (status == RN_OK) status = draw(folder, err);
    outcome_free(&o);
    return status;
}

int main(int argc, char **argv) {
    math_options options = {0};
    rn_err err = {""};
    cli c = {.usage = "loss_math [options]",
             .about =
                 "Cross entropy, focal loss and FL* with their derivatives: figures 1, 5 and 6,\n"
                 "the factors of section 3.2, and the errors of this library. Trains nothing.",
             .own = {own_options, RN_COUNT(own_options)},
             .settings = &options};
    cli_wait_politely(argv);
    cli_set_program(name);
    cli_stop_on_interrupts();
    int code = cli_parse(&c, argc, argv);
    if (code == CLI_GO_ON && !*options.out.value)
        code = cli_fail(CLI_USAGE, "--out: expected a folder, got nothing");
    if (code == CLI_GO_ON) code = cli_status(show(options.out.value, &err), CLI_FAILED, &err);
    return cli_finish(code);
}
