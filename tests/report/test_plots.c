/* Every script of plots/ draws its golden table, whole and with holes, to a sound PNG and SVG and
 * without a warning, from another working directory. With FIGURES=FOLDER the pictures stay there.
 */
#include "base/file.h"
#include "base/real.h"
#include "base/text.h"
#include "base/vec.h"
#include "data/image.h"
#include "report/figure.h"
#include "report/plot_scripts.h"
#include "support/csv_table.h"
#include "support/folder.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <expat.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VARIABLES(...)                                                                             \
    (const rn_figure_variable[]) {                                                                 \
        __VA_ARGS__, { NULL, NULL }                                                                \
    }

static const struct plot {
    const char *data, *script;
    const rn_figure_variable *variable;
} plots[] = {
    {"loss_p", "loss_p",
     VARIABLES({"title", "Figure 1: focal loss"}, {"ratio", "4"}, {"at", "0.9 0.968"})},
    {"loss_x", "loss_x",
     VARIABLES({"title", "Figure 5: CE, FL and FL*"}, {"ylabel", "loss"}, {"derivative", "0"})},
    {"loss_derivative", "loss_x",
     VARIABLES({"title", "Figure 6: their derivatives"}, {"ylabel", "dL/dx (y = 1)"},
               {"derivative", "1"})},
    {"losses", "losses",
     VARIABLES({"title", "Loss of the first steps, with and without the prior"},
               {"note", "scenes, 3 seeds; rate .01 without warm-up"},
               {"ylabel", "classification loss (log scale)"}, {"pairs", "1"}, {"log_x", "1"})},
    {"prior_pi", "lines",
     VARIABLES({"title", "AP over the prior π"}, {"note", "scenes, 3 seeds; bars: 95% intervals"},
               {"xlabel", "π, the probability of an object at the start"},
               {"ylabel", "AP (points)"}, {"x_axis", "log"})},
    {"table_1a_ce_alpha", "lines",
     VARIABLES({"title", "Table 1a: cross entropy with weight α"},
               {"note", "scenes, 3 seeds; bars: 95% intervals"},
               {"xlabel", "α, the weight of positives"}, {"ylabel", "AP (points)"},
               {"x_axis", "logit"})},
    {"table_1b_best", "lines",
     VARIABLES({"title", "Table 1b: AP over γ"}, {"note", "scenes, 3 seeds; bars: 95% intervals"},
               {"xlabel", "γ"}, {"ylabel", "AP (points)"}, {"x_axis", "even"})},
    {"table_1d_ohem", "lines",
     VARIABLES({"title", "Table 1d: OHEM and focal loss"},
               {"note", "scenes, 3 seeds; bars: 95% intervals"},
               {"xlabel", "examples kept per batch"}, {"ylabel", "AP (points)"},
               {"x_axis", "log"})},
    {"table_1c_anchor_density", "lines",
     VARIABLES(
         {"title", "Table 1c: anchor density"}, {"note", "scenes, 3 seeds; bars: 95% intervals"},
         {"xlabel", "anchor scales per octave"}, {"ylabel", "AP (points)"}, {"x_axis", "even"})},
    {"imbalance", "lines",
     VARIABLES({"title", "AP while only the imbalance varies"},
               {"note", "scenes, 3 seeds; bars: 95% intervals"},
               {"xlabel", "negative anchors per positive"}, {"ylabel", "AP (points)"},
               {"x_axis", "log"})},
    {"rescaled_ce", "lines",
     VARIABLES({"title", "Control: cross entropy with a rescaled loss"}, {"note", "scenes"},
               {"xlabel", "weight of the classification loss"}, {"ylabel", "AP (points)"},
               {"x_axis", "log"})},
    {"rescaled_ce", "lines",
     VARIABLES({"title", "The same on a linear axis"}, {"note", ""},
               {"xlabel", "weight of the classification loss"}, {"ylabel", "AP (points)"},
               {"x_axis", "linear"})},
    {"table_1d_rows", "arms",
     VARIABLES({"title", "Table 1d: OHEM and focal loss"},
               {"note", "scenes, 3 seeds; bars: 95% intervals"}, {"xlabel", "AP (points)"},
               {"reference", "FL (2, .25)"})},
    {"table_3_rows", "arms",
     VARIABLES({"title", "Table 3: FL and FL* against CE"}, {"note", "scenes, 3 seeds"},
               {"xlabel", "AP (points)"}, {"reference", "CE, best α"})},
    {"hinge", "arms",
     VARIABLES({"title", "Hinge loss on p_t"}, {"note", "scenes, 3 seeds"},
               {"xlabel", "AP (points)"}, {"reference", "CE"})},
    {"pyramid", "arms",
     VARIABLES({"title", "With and without the feature pyramid"}, {"note", ""},
               {"xlabel", "AP (points)"}, {"reference", ""})},
    {"table_1b_grid", "heat_map",
     VARIABLES({"title", "AP over γ and α"}, {"note", "scenes, 3 seeds; small: standard deviation"},
               {"xlabel", "α"}, {"ylabel", "γ"}, {"zlabel", "AP (points)"})},
    {"table_3_fl_star", "fl_star_plane",
     VARIABLES({"title", "Figure 7: settings of FL*"}, {"note", "scenes, 3 seeds"},
               {"threshold", "AP above 35.5"})},
    {"fig_4_loss_cdf", "loss_cdf",
     VARIABLES({"title", "Figure 4: the loss of an FL model, summed from the easiest example"},
               {"note", "FL (2, .25) on scenes, loss recomputed for each γ; dashed: the paper"})},
    {"quadrants", "quadrants",
     VARIABLES({"title", "Who holds the loss"}, {"note", "easy: p_t > .6"})},
    {"table_1e_depth_scale", "speed_accuracy",
     VARIABLES({"title", "Figure 2: accuracy against time"}, {"note", "labels: side in pixels"},
               {"ours_note", "scenes, 2 cores"}, {"paper_note", "COCO test-dev, Nvidia M40"})},
    {"curves", "curves",
     VARIABLES({"title", "The focal loss"}, {"xlabel", "p_t"}, {"ylabel", "loss"},
               {"log_axes", "y"}, {"x_range", "[0:1]"}, {"y_range", "[*:*]"})},
    {"curves", "curves",
     VARIABLES({"title", ""}, {"xlabel", "p_t"}, {"ylabel", "loss"}, {"log_axes", ""},
               {"x_range", "[*:*]"}, {"y_range", "[*:*]"})},
    {"learning_rate", "multiples",
     VARIABLES({"title", "AP over the learning rate"}, {"note", "scenes, validation, 3 seeds"},
               {"xlabel", "learning rate"}, {"ylabel", "AP (points)"}, {"log_x", "1"})},
};

/* ---- holes in a table ------------------------------------------------------------------------ */

typedef enum hole { WHOLE, ONE_SEED, MISSING, DIVERGED, FIRST_ROW, NOTHING, HOLES } hole;

static const char *const hole_name[HOLES] = {"whole",    "one seed",  "missing cells",
                                             "diverged", "first row", "nothing"};

static bool is_one_of(const char *heading, const char *const *names) {
    while (*names && strcmp(heading, *names) != 0) names++;
    return *names;
}

static const char *cell_with(const csv_table *golden, size_t row, size_t column, hole h) {
    static const char *const results[] = {"ours", "AP", "share", NULL}, *const spreads[] = {
                                                                            "low", "high", "spread",
                                                                            NULL};
    const char *heading = golden->cell[column],
               *cell = golden->cell[row * golden->num_columns + column];
    bool result = is_one_of(heading, results), spread = is_one_of(heading, spreads);
    if (!result && !spread) return cell;
    if (h == NOTHING || (h == ONE_SEED && spread) || (h == MISSING && row % 3 == 2)) return "n/a";
    if (h == DIVERGED && row % 2) return result ? "diverged at step 12" : "n/a";
    return cell;
}

static bool is_number_column(const csv_table *golden, size_t column) {
    for (size_t row = 1; row < golden->num_rows; row++) {
        const char *cell = golden->cell[row * golden->num_columns + column];
        double number;
        if (!rn_text_to_double(&number, cell) && strcmp(cell, "n/a") != 0 &&
            strncmp(cell, "diverged", 8) != 0)
            return false;
    }
    return true;
}

static void add_cell(rn_table *table, const char *cell, bool number) {
    double value;
    if (!number)
        rn_table_add_text(table, cell);
    else if (rn_text_to_double(&value, cell))
        rn_table_add_number(table, value);
    else if (*cell == 'd')
        rn_table_add_diverged(table, atol(cell + strlen("diverged at step ")));
    else
        rn_table_add_missing(table);
}

static rn_table with_holes(const csv_table *golden, hole h) {
    rn_column column[16];
    cr_assert(golden->num_columns <= RN_COUNT(column));
    for (size_t c = 0; c < golden->num_columns; c++) {
        bool number = is_number_column(golden, c);
        column[c] = (rn_column){golden->cell[c], number ? RN_COLUMN_NUMBER : RN_COLUMN_TEXT, 2};
    }
    rn_table table = rn_table_start(NULL, column, golden->num_columns);
    for (size_t row = 1; row < (h == FIRST_ROW ? 2 : golden->num_rows); row++) {
        rn_table_row(&table);
        for (size_t c = 0; c < golden->num_columns; c++)
            add_cell(&table, cell_with(golden, row, c, h), column[c].kind == RN_COLUMN_NUMBER);
    }
    return table;
}

/* ---- sound pictures -------------------------------------------------------------------------- */

static void check_png(const char *path) {
    rn_image image = {0};
    rn_err err = {""};
    cr_assert_eq(rn_image_load(&image, path, &err), RN_OK, "%s", err.text);
    cr_expect(image.width >= 400 && image.height >= 150, "%s: %d x %d", path, image.width,
              image.height);
    rn_image_free(&image);
}

static void check_svg(const char *path) {
    char *svg;
    size_t size;
    rn_err err = {""};
    cr_assert_eq(rn_file_read(&svg, &size, path, 1 << 24, &err), RN_OK, "%s", err.text);
    cr_expect(size < 300000, "%s: %zu bytes", path, size);
    XML_Parser parser = XML_ParserCreate(NULL);
    cr_expect_eq(XML_Parse(parser, svg, (int)size, 1), XML_STATUS_OK, "%s: line %lu: %s", path,
                 XML_GetCurrentLineNumber(parser), XML_ErrorString(XML_GetErrorCode(parser)));
    XML_ParserFree(parser);
    free(svg);
}

/* The whole table in both formats, by one call; a table with holes in one of them. */
static void draw_and_check(const struct plot *p, const csv_table *golden, hole h,
                           const char *stem) {
    static const char *const ending[] = {".png", ".svg"};
    size_t variables = 0;
    while (p->variable[variables].name) variables++;
    rn_table table = with_holes(golden, h);
    for (int format = 0; format < 2; format++) {
        char path[RN_PATH_SIZE];
        rn_err err = {""};
        snprintf(path, sizeof path, "%s%s", stem, ending[format]);
        rn_status status = RN_OK;
        if (h != WHOLE && (int)h % 2 != format) continue;
        if (h != WHOLE)
            status = rn_figure_save(path, p->script, &table, p->variable, variables, &err);
        else if (format == 0)
            status = rn_figure_save_both(stem, p->script, &table, p->variable, variables, &err);
        cr_expect_eq(status, RN_OK, "%s, %s: %s", p->data, hole_name[h], err.text);
        if (status == RN_OK) format == 0 ? check_png(path) : check_svg(path);
    }
    rn_table_free(&table);
}

ParameterizedTestParameters(plots, every_table_is_drawn) {
    static int index[RN_COUNT(plots)];
    for (size_t i = 0; i < RN_COUNT(plots); i++) index[i] = (int)i;
    return cr_make_param_array(int, index, RN_COUNT(plots));
}

ParameterizedTest(const int *index, plots, every_table_is_drawn, .timeout = 120) {
    if (system("gnuplot --version >/dev/null 2>&1") != 0) cr_skip_test("skipped: no gnuplot");
    const struct plot *p = &plots[*index];
    const char *kept = getenv("FIGURES");
    char name[64], stem[RN_PATH_SIZE];
    folder f = folder_make();
    snprintf(stem, sizeof stem, "tests/golden/plots/%s.csv", p->data);
    csv_table golden = csv_table_read(stem);
    cr_assert_eq(chdir(f.path), 0);
    for (hole h = WHOLE; h < HOLES; h++) {
        snprintf(name, sizeof name, "%02d-%s-%d", *index, p->data, (int)h);
        draw_and_check(p, &golden, h, rn_text_path(stem, sizeof stem, kept ? kept : "", name));
    }
    csv_table_free(&golden);
    folder_remove(&f);
}

/* Scripts that have tests of their own elsewhere, and the style, which is no script. */
Test(plots, no_script_is_forgotten) {
    static const char *const elsewhere[] = {"bench", "pr_curve", "training", "style", NULL};
    for (const rn_plot_script *s = rn_plot_scripts; s->name; s++) {
        bool found = is_one_of(s->name, elsewhere);
        for (size_t i = 0; i < RN_COUNT(plots); i++) found |= strcmp(plots[i].script, s->name) == 0;
        cr_expect(found, "plots/%s.gp: nobody draws it", s->name);
    }
}
