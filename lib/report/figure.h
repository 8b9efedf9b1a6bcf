/* figure.h: a picture of a table, drawn by gnuplot.
 *
 * The scripts of plots/ are part of the library (plot_scripts.h). A script finds the table as a CSV
 * file, whose name is in `data`, and the caller's texts in variables. gnuplot is started without a
 * shell, reads nothing but the script and the data, and writes the picture to its standard output:
 * no text of a caller can become a command or the name of a file. */
#ifndef RN_REPORT_FIGURE_H
#define RN_REPORT_FIGURE_H

#include "base/err.h"
#include "report/table.h"

#include <stddef.h>

typedef struct rn_figure_variable {
    const char *name;  /**< letters, digits and _; not a digit first */
    const char *value; /**< a text for gnuplot; its int() and real() make numbers of it */
} rn_figure_variable;

/** Draws `data` with plots/SCRIPT.gp to `path`, which ends in .png, and leaves the numbers beside
 * it in a .csv of the same name. Fails, with the .csv in place, where gnuplot is missing ("gnuplot:
 * not found ...") or complains (its first line is the message). An unknown script aborts
 * (RN_CHECK). */
rn_status rn_figure_save(const char *path, const char *script, const rn_table *data,
                         const rn_figure_variable *variable, size_t num_variables, rn_err *err);

#endif
