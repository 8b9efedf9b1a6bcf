/* figures.h: rows of an outcome as the tables that the scripts of plots/ draw. */
#ifndef RN_COMMON_FIGURES_H
#define RN_COMMON_FIGURES_H

#include "common/experiment.h"

/** The interval that holds the mean test AP with 95% confidence (Student's t); NAN with one seed. A
 * run that diverged counts as 0. */
rn_stats_interval row_interval(const row_outcome *row);

/** Standard deviation of a test metric over the seeds; NAN below two. */
double row_spread(const row_outcome *row, metric m);

/** AP of one row less that of another over the seeds that both have, with the interval of the
 * paired differences: these columns of a table, and their cells. Either row may be NULL. */
#define DIFFERENCE_COLUMNS                                                                         \
    {"difference", RN_COLUMN_NUMBER, 1}, {"low", RN_COLUMN_NUMBER, 1},                             \
        {"high", RN_COLUMN_NUMBER, 1}, {                                                           \
        "seeds in common", RN_COLUMN_NUMBER, 0                                                     \
    }
void difference_add(rn_table *table, const row_outcome *a, const row_outcome *b);

/** For plots/arms.gp: a row for each way to train. Free with rn_table_free. */
rn_table arms_start(void);
void arms_add(rn_table *table, const char *group, const char *label, const row_outcome *row);

/** For plots/lines.gp: AP over a number x; x is NAN for a horizontal line. */
rn_table lines_start(void);
void lines_add(rn_table *table, const char *curve, double x, const row_outcome *row);

/** For plots/multiples.gp: the same in a panel for each arm; `best` marks the chosen x. */
rn_table multiples_start(void);
void multiples_add(rn_table *table, const char *arm, double x, const row_outcome *row, bool best);

/** For plots/heat_map.gp; best: 0, 1 (of its row), 2 (of all). */
rn_table map_start(void);
void map_add(rn_table *table, const char *y, const char *x, const row_outcome *row, int best);

/** A picture of the study with a title, a note on seeds and budget, and more texts: pairs of name
 * and value, NULL at the end. See study_figure. */
rn_status study_draw(const study *s, const char *figure, const char *script, const rn_table *data,
                     const char *title, rn_err *err, ...) __attribute__((sentinel));

#endif
