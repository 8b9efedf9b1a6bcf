#include "retinanet/eval_plot.h"

#include <stdio.h>
#include <stdlib.h>

enum { CLASSES_SHOWN = 8, PANELS = 3, HEADING_SIZE = 64 };
enum { IOU_MEAN = -1, IOU_50 = 0, IOU_75 = 5 };
static const int panel_iou[PANELS] = {IOU_50, IOU_75, IOU_MEAN};
static const char *const panel_name[PANELS] = {"IoU .50", "IoU .75", "mean of IoU .50 to .95"};

/* The table behind the picture, column by column. */
typedef struct curves {
    int count, panels;
    double (*precision)[RN_EVAL_RECALLS]; /* (count) */
    char (*heading)[HEADING_SIZE];
} curves;

/* A class name, cut to 18 characters of UTF-8, as a heading that gnuplot can read. */
static void cut_name(char out[HEADING_SIZE], const char *name) {
    size_t bytes = 0, characters = 0;
    for (; bytes < HEADING_SIZE - 4 && name[bytes]; bytes++) {
        bool starts = ((unsigned char)name[bytes] & 0xC0) != 0x80;
        if (starts && characters++ == 18) break;
    }
    while (name[bytes] && ((unsigned char)name[bytes] & 0xC0) == 0x80) bytes--;
    snprintf(out, HEADING_SIZE, "%.*s", (int)bytes, name);
    for (; *out; out++)
        if ((unsigned char)*out < ' ' || *out == '"' || *out == ',') *out = ' ';
}

static bool add_curve(curves *c, const rn_eval *eval, int label, int iou) {
    if (!rn_curves_precision(c->precision[c->count], eval, label, iou, 0)) return false;
    c->count++;
    return true;
}

/* A panel for each IoU with a curve for each class that has objects. */
static void add_classes(curves *c, const rn_eval *eval, const rn_category *category) {
    c->panels = PANELS;
    for (int p = 0; p < PANELS; p++)
        for (int label = 0; label < eval->num_classes; label++)
            if (add_curve(c, eval, label, panel_iou[p]))
                cut_name(c->heading[c->count - 1], category[label].name);
}

/* One panel with a curve for each IoU. */
static void add_means(curves *c, const rn_eval *eval) {
    c->panels = 1;
    for (int p = 0; p < PANELS; p++)
        if (add_curve(c, eval, -1, panel_iou[p]))
            snprintf(c->heading[c->count - 1], HEADING_SIZE, "%s (AP %.1f)", panel_name[p],
                     100 * rn_eval_ap(eval, -1, panel_iou[p], 0));
}

static rn_table curve_table(const curves *c) {
    rn_column *column = rn_vec_zeros((size_t)c->count + 1, sizeof *column);
    column[0] = (rn_column){"recall", RN_COLUMN_NUMBER, 2};
    for (int i = 0; i < c->count; i++)
        column[i + 1] = (rn_column){c->heading[i], RN_COLUMN_NUMBER, 4};
    rn_table table = rn_table_start(NULL, column, (size_t)c->count + 1);
    for (int r = 0; r < RN_EVAL_RECALLS; r++) {
        rn_table_row(&table);
        rn_table_add_number(&table, rn_eval_recall_at(r));
        for (int i = 0; i < c->count; i++) rn_table_add_number(&table, c->precision[i][r]);
    }
    free(column);
    return table;
}

static rn_status draw_curves(const char *path, const curves *c, const rn_eval *eval, rn_err *err) {
    char title[96], panels[16], each[16], above[PANELS][HEADING_SIZE];
    size_t objects = 0;
    for (int label = 0; label < eval->num_classes; label++) objects += eval->truths[label];
    snprintf(title, sizeof title, "Precision over recall: %zu objects of %d classes", objects,
             eval->num_classes);
    snprintf(panels, sizeof panels, "%d", c->panels);
    snprintf(each, sizeof each, "%d", c->count / c->panels);
    for (int p = 0; p < PANELS; p++)
        snprintf(above[p], HEADING_SIZE, "%s (mean AP %.1f)", panel_name[p],
                 100 * rn_eval_ap(eval, -1, panel_iou[p], 0));
    if (c->panels == 1) snprintf(above[0], HEADING_SIZE, "mean of the classes");
    const rn_figure_variable variables[] = {{"title", title},     {"panels", panels},
                                            {"curves", each},     {"title1", above[0]},
                                            {"title2", above[1]}, {"title3", above[2]}};
    rn_table table = curve_table(c);
    rn_status status = rn_figure_save(path, "pr_curve", &table, variables, 6, err);
    rn_table_free(&table);
    return status;
}

rn_status eval_plot(const rn_eval *eval, const rn_category *category, const char *path,
                    rn_err *err) {
    curves c = {0};
    int with_objects = 0;
    for (int label = 0; label < eval->num_classes; label++)
        with_objects += *rn_eval_precision(eval, 0, 0, label, 0) >= 0;
    if (with_objects == 0) return rn_fail(err, "%s: there are no objects to draw curves of", path);
    c.precision = rn_vec_zeros(PANELS * CLASSES_SHOWN, sizeof *c.precision);
    c.heading = rn_vec_zeros(PANELS * CLASSES_SHOWN, sizeof *c.heading);
    if (with_objects >= 2 && with_objects <= CLASSES_SHOWN)
        add_classes(&c, eval, category);
    else
        add_means(&c, eval);
    rn_status status = draw_curves(path, &c, eval, err);
    free(c.precision);
    free(c.heading);
    return status;
}

bool eval_plot_name_is_fine(const char *path) {
    if (!*path || rn_text_ends_with(path, ".png")) return true;
    cli_fail(CLI_USAGE, "--plot: expected the name of a picture, ending in .png, got \"%s\"", path);
    return false;
}
