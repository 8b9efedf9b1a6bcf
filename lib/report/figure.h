/* figure.h: a picture of a table, drawn by gnuplot.
 *
 * The scripts of plots/ are part of the library (plot_scripts.h). A script finds the table in a
 * data block, whose name is in `data`: one line of headings, one line a row, cells apart by tabs.
 * The caller's texts are in variables, of which every script knows `title` (also the title of an
 * SVG). gnuplot is started without a shell, reads nothing but its standard input, and writes the
 * picture to its standard output: no text of a caller can become a command or the name of a file.
 */
#ifndef RN_REPORT_FIGURE_H
#define RN_REPORT_FIGURE_H

#include "base/err.h"
#include "report/table.h"

#include <stddef.h>

typedef struct rn_figure_variable {
    const char *name;  /**< letters, digits and _; not a digit first */
    const char *value; /**< a text for gnuplot; its int() and real() make numbers of it */
} rn_figure_variable;

/** Draws `data` with plots/SCRIPT.gp to `path`, which ends in .png or .svg, and leaves the numbers
 * beside it in a .csv of the same name. An SVG is the same bytes from the same table, and may stand
 * with others in one HTML page (svg.h). Fails, with the .csv in place, where gnuplot is missing
 * ("gnuplot: not found ...") or complains (its last line is the message); where it only warns, the
 * picture is in place too. An unknown script aborts (RN_CHECK). */
rn_status rn_figure_save(const char *path, const char *script, const rn_table *data,
                         const rn_figure_variable *variable, size_t num_variables, rn_err *err);

/** The same picture as STEM.svg and STEM.png, and its numbers as STEM.csv. */
rn_status rn_figure_save_both(const char *stem, const char *script, const rn_table *data,
                              const rn_figure_variable *variable, size_t num_variables,
                              rn_err *err);

#endif
