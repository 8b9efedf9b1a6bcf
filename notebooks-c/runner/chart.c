#include "notebook.h"
#include "runtime.h"
#include "base/file.h"
#include "base/check.h"

#include <math.h>
#include <stdio.h>

enum { CURVE_POINTS = 200 };

static const rn_column columns[] = {{"curve", RN_COLUMN_TEXT, 0},
                                    {"x", RN_COLUMN_NUMBER, 6},
                                    {"y", RN_COLUMN_NUMBER, 6},
                                    {"kind", RN_COLUMN_TEXT, 0}};

nb_chart nb_chart_start(const char *title, const char *xlabel,
                        const char *ylabel) {
    return (nb_chart){.x_low = NAN,
                      .x_high = NAN,
                      .y_low = NAN,
                      .y_high = NAN,
                      .title = title,
                      .xlabel = xlabel,
                      .ylabel = ylabel,
                      .table = rn_table_start(
                          NULL, columns, sizeof columns / sizeof *columns)};
}

static void add(nb_chart *chart, const char *label, const char *kind, double x,
                double y) {
    rn_table_row(&chart->table);
    rn_table_add_text(&chart->table, label);
    rn_table_add_number(&chart->table, x);
    rn_table_add_number(&chart->table, y);
    rn_table_add_text(&chart->table, kind);
}

static void add_all(nb_chart *chart, const char *label, const char *kind,
                    size_t count, const double *x, const double *y) {
    for (size_t i = 0; i < count; i++) add(chart, label, kind, x[i], y[i]);
}

void nb_line(nb_chart *chart, const char *label, size_t count, const double *x,
             const double *y) {
    add_all(chart, label, "line", count, x, y);
}

void nb_dots(nb_chart *chart, const char *label, size_t count, const double *x,
             const double *y) {
    add_all(chart, label, "dots", count, x, y);
}

void nb_bars(nb_chart *chart, const char *label, size_t count, const double *x,
             const double *y) {
    add_all(chart, label, "bars", count, x, y);
}

void nb_mark(nb_chart *chart, const char *label, double from_x, double from_y,
             double to_x, double to_y) {
    add(chart, label, "mark", from_x, from_y);
    add(chart, label, "mark", to_x, to_y);
    add(chart, label, "mark", NAN, NAN); // the next one begins anew
}

void nb_curve(nb_chart *chart, const char *label, double (*f)(double),
              double from, double to) {
    RN_CHECK(from < to && (!chart->log_x || from > 0), "from %g to %g", from,
             to);
    for (int i = 0; i < CURVE_POINTS; i++) {
        double part = (double)i / (CURVE_POINTS - 1);
        double x = chart->log_x ? from * pow(to / from, part)
                                : from + part * (to - from);
        add(chart, label, "line", x, f(x));
    }
}

/* "[low:high]" for gnuplot, with * for an end that is left to it. */
static const char *range(char text[64], double low, double high) {
    char end[2][24] = {"*", "*"};
    if (isfinite(low)) snprintf(end[0], sizeof end[0], "%.9g", low);
    if (isfinite(high)) snprintf(end[1], sizeof end[1], "%.9g", high);
    snprintf(text, 64, "[%s:%s]", end[0], end[1]);
    return text;
}

void nb_chart_show(nb_chart *chart) {
    char xrange[64], yrange[64];
    const rn_figure_variable texts[] = {
        {"title", chart->title},
        {"xlabel", chart->xlabel},
        {"ylabel", chart->ylabel},
        {"log_axes", chart->log_x   ? chart->log_y ? "xy" : "x"
                     : chart->log_y ? "y"
                                    : ""},
        {"x_range", range(xrange, chart->x_low, chart->x_high)},
        {"y_range", range(yrange, chart->y_low, chart->y_high)}};
    nb_figure("curves", &chart->table, texts, sizeof texts / sizeof *texts);
    rn_table_free(&chart->table);
}

void nb_figure(const char *script, const rn_table *data,
               const rn_figure_variable *variable, size_t num_variables) {
    char path[RN_PATH_SIZE];
    rn_err err;
    nb_new_picture(path, sizeof path, ".svg");
    if (rn_figure_save(path, script, data, variable, num_variables, &err) !=
        RN_OK)
        nb_fail("%s", err.text);
    nb_show(path);
}
