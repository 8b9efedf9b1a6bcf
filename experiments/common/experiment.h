/* experiment.h: the shape of every ablation: a table of rows, each a way to train, run with several
 * seeds, and set beside the paper's numbers.
 *
 * A program fills in an `experiment` and calls experiment_main. What it gets for that: the command
 * line, runs side by side, cached and resumable, validation and test numbers, a table as text,
 * Markdown, CSV and JSON, the verdicts on its claims. */
#ifndef RN_COMMON_EXPERIMENT_H
#define RN_COMMON_EXPERIMENT_H

#include "common/budget.h"
#include "common/cli.h"
#include "common/outcome.h"
#include "common/paper.h"
#include "common/run.h"

typedef struct study study;

typedef struct experiment {
    const char *name;   /**< of program, folder and files */
    const char *title;  /**< "Table 1a: weighted cross entropy" */
    const char *about;  /**< a few lines for --help */
    const char *claims; /**< "c06 c07 c08"; NULL: none */
    bool choose_first;  /**< one seed of every row, then all seeds of the marked ones */
    rn_status (*add_rows)(study *s, rn_err *err); /**< calls study_add for each */
    void (*mark_headline)(study *s);              /**< calls study_mark; may be NULL */
    rn_status (*conclude)(study *s, rn_err *err); /**< facts, figures, more tables; may be NULL */
    rn_options own;                               /**< options of its own ... */
    void *settings;                               /**< ... set in this struct ... */
    size_t settings_size;                         /**< ... of so many bytes */
} experiment;

/** What the command line has decided. */
typedef struct study_options {
    rn_option_text data, images, preset, init, out, only;
    int budget, seeds, threads, jobs;
    bool redo, list;
} study_options;

struct study {
    const experiment *experiment;
    study_options options;
    const budget *budget;
    rn_config base;          /**< of every row: preset, budget, then the command line */
    char data[RN_PATH_SIZE]; /**< --data with the budget's parameters */
    char init_key[32];       /**< fingerprint of an --init file */
    outcome outcome;
    struct study_row *row; /* beside outcome.row */
    size_t capacity;
    bool bad_row;   /**< a row does not go with the command line ... */
    rn_err row_err; /**< ... and why, of the first one */
    int code;       /**< the exit code of a failure */
};

/** The program. */
int experiment_main(int argc, char **argv, const experiment *e);

/** Adds a row. `core`: run under small budgets too. The settings, formatted, are "name=value ..."
 * of rn_config_options(), and data=... for a set of its own ("data=scenes:side=416"; a row that
 * needs the procedural set is left out where --data is another). Returns the row, valid until the
 * next; NULL when left out. Settings that contradict those of the command line end the study with
 * one line; a name that is none is an error of the program (RN_CHECK). */
row_outcome *study_add(study *s, const char *label, bool core, const char *settings, ...)
    __attribute__((format(printf, 4, 5)));

/** Gives the row the numbers of a row of one of the paper's tables. A row that was left out (NULL)
 * is left alone. */
void study_paper(row_outcome *row, paper_table_id table, size_t index);

/** A number as labels have it: ".25", "2", ".999". Returns `out`. */
char *study_number(char out[16], double value);

/** This row gets as many seeds as the budget has for headline claims. */
void study_mark(study *s, const row_outcome *row);

/** The folder of a run: OUT/runs/KEY. Returns `path`. */
char *study_run_folder(char path[RN_PATH_SIZE], const study *s, const run_outcome *run);

/** Negative anchors a positive, as the row assigns and counts them, over up to 200 of the training
 * images. */
rn_status study_negatives(double *per_positive, const study *s, const row_outcome *row,
                          rn_err *err);

/** Draws OUT/NAME/FIGURE.svg and .png with plots/SCRIPT.gp, its numbers beside them as .csv.
 * Where gnuplot is missing or complains, a line says so and the study goes on. */
rn_status study_figure(const study *s, const char *figure, const char *script, const rn_table *data,
                       const rn_figure_variable *variable, size_t num_variables, rn_err *err);

/** Prints a table, and writes OUT/NAME/FILE.txt, .md, .csv and .json. */
rn_status study_table(const study *s, const char *file, const rn_table *table, rn_err *err);

#endif
