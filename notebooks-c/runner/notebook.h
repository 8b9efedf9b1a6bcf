/* notebook.h: what a notebook can do beside C.
 *
 * A notebook is a C program of which the cells are pieces, apart by lines "// %%". At the top level
 * of a cell stand includes, types, variables and functions, as in any C file, and every later cell
 * sees them. What a cell does stands in
 *
 *     RUN {
 *         printf("%g\n", loss);
 *     }
 *
 * which runs when the program comes to that place. Printed text and figures belong to the cell
 * whose RUN made them. A figure that cannot be drawn ends the program with one line. */
#ifndef NOTEBOOK_H
#define NOTEBOOK_H

#include "data/image.h"
#include "detect/box.h"
#include "report/figure.h"
#include "report/table.h"

#include <stdbool.h>
#include <stddef.h>

/** The statements of a cell; any number in a cell, each on a line of its own. */
#define RUN NB_RUN(__LINE__)

/* ---- charts ---------------------------------------------------------------------------------- */

/** Curves and points over two axes.
 *
 *     nb_chart chart = nb_chart_start("Cross entropy", "probability of the truth", "loss");
 *     nb_curve(&chart, "CE", cross_entropy, 0.01, 1);
 *     nb_chart_show(&chart); */
typedef struct nb_chart {
    bool log_x, log_y;                   /**< logarithmic axes */
    double x_low, x_high, y_low, y_high; /**< NAN: as the numbers want it */
    const char *title, *xlabel, *ylabel;
    rn_table table;
} nb_chart;

/** The texts are borrowed until nb_chart_show. */
nb_chart nb_chart_start(const char *title, const char *xlabel,
                        const char *ylabel);

/** y = f(x) between two x, at 200 places that are even on the axis (set log_x before). */
void nb_curve(nb_chart *chart, const char *label, double (*f)(double),
              double from, double to);

/** A line through, or dots at, (x[i], y[i]); an empty label stays out of the legend. A line breaks
 * where a number is not finite. */
void nb_line(nb_chart *chart, const char *label, size_t count, const double *x,
             const double *y);
void nb_dots(nb_chart *chart, const char *label, size_t count, const double *x,
             const double *y);

/** Bars of the given heights around x[i]. */
void nb_bars(nb_chart *chart, const char *label, size_t count, const double *x,
             const double *y);

/** A line between two points to compare with, thin, grey and dashed; the label stands at its end. */
void nb_mark(nb_chart *chart, const char *label, double from_x, double from_y,
             double to_x, double to_y);

/** Draws it and frees it. */
void nb_chart_show(nb_chart *chart);

/** A figure of the experiments: plots/SCRIPT.gp over a table, as rn_figure_save. */
void nb_figure(const char *script, const rn_table *data,
               const rn_figure_variable *variable, size_t num_variables);

/* ---- pictures -------------------------------------------------------------------------------- */

/** Boxes on a photograph or on squared paper, with sharp lines at any size.
 *
 *     nb_picture picture = nb_picture_start(160, 120, NULL);
 *     nb_box(&picture, (rn_box){10, 20, 90, 80}, 0, "truth");
 *     nb_picture_show(&picture); */
typedef struct nb_picture {
    int width, height; /**< pixels, which are the units of the boxes */
    double letter; /**< size of labels; at first what suits one photograph */
    char *svg;
    size_t used, capacity;
} nb_picture;

/** `image` (width x height) may be NULL: squared paper; it is copied. */
nb_picture nb_picture_start(int width, int height, const rn_image *image);

/** The same on plain white paper, as for a graph of boxes and arrows. */
nb_picture nb_drawing_start(int width, int height);

/** Colours beside 0, 1, 2, ...: dark, for words on paper; white, for thin lines on photographs. */
enum { NB_INK = -2, NB_WHITE = -3 };

/** The outline of a box in colour 0, 1, 2, ... (negative: thin; -1 is grey), with a label above it
 * unless `text` is NULL. */
void nb_box(nb_picture *picture, rn_box box, int colour, const char *text);

/** The same filled, so that what lies below shines through. */
void nb_fill(nb_picture *picture, rn_box box, int colour, const char *text);

/** A dot, as for the centre of an anchor. */
void nb_dot(nb_picture *picture, double x, double y, int colour);

/** A line with a head at its end, as between the nodes of a graph. */
void nb_arrow(nb_picture *picture, double from_x, double from_y, double to_x,
              double to_y, int colour);

/** Words that begin at (x, y), the left end of the line they stand on. */
void nb_text(nb_picture *picture, double x, double y, int colour,
             const char *text);

/** Draws it and frees it. */
void nb_picture_show(nb_picture *picture);

/** Shows an image as it is. */
void nb_image(const rn_image *image);

/** Numbers (height, width) as colours from low (dark) to high (bright), over `below`, which may be
 * of another size or NULL. The caller frees the image. */
rn_image nb_heat(const float *value, int height, int width, double low,
                 double high, const rn_image *below);

/* ---- how RUN works --------------------------------------------------------------------------- */

#define NB_RUN(line) NB_RUN_(line)
#define NB_RUN_(line)                                                          \
    static void nb_run_##line(void);                                           \
    __attribute__((constructor)) static void nb_add_##line(void) {             \
        nb_add(nb_run_##line, line);                                           \
    }                                                                          \
    static void nb_run_##line(void)

/** Takes up a RUN before main begins. */
void nb_add(void (*run)(void), int line);

#endif
