/* outcome.h: what an experiment found, row by row and seed by seed, in memory and as a file.
 *
 * An experiment writes OUT/NAME/NAME.json when its runs are done; claims, the report and other
 * experiments read it. Nothing here knows how a run is made. */
#ifndef RN_COMMON_OUTCOME_H
#define RN_COMMON_OUTCOME_H

#include "base/json.h"

#include <stdbool.h>
#include <stddef.h>

/** What is measured of a trained detector, in points (0 to 100): AP as COCO defines it. Small,
 * medium and large are thirds of the test objects on `scenes`, COCO's elsewhere. */
typedef enum metric {
    METRIC_AP,
    METRIC_AP50,
    METRIC_AP75,
    METRIC_APS,
    METRIC_APM,
    METRIC_APL,
    METRICS
} metric;

/** "AP", "AP50", ... */
extern const char *const metric_names[METRICS];

typedef enum run_state { RUN_MISSING, RUN_DONE, RUN_DIVERGED } run_state;

enum { RUN_KEY_SIZE = 20, OUTCOME_RUNS_MOST = 1000 /**< of a row */ };

/** One run: a row's settings with one seed. */
typedef struct run_outcome {
    int seed;
    run_state state;
    char key[RUN_KEY_SIZE]; /**< its folder is OUT/runs/KEY */
    long diverged_at;       /**< the step whose loss was not finite; with RUN_DIVERGED */
    double val[METRICS];    /**< on the validation images: what choices are made by; NAN: none */
    double test[METRICS];   /**< on the test images: what is reported; NAN: none */
    double seconds;         /**< that training took */
    double detect_ms;       /**< an image, read, resized, detected on, of several at once
                                 on several threads; NAN: not measured */
} run_outcome;

/** A row of a table: one way to train. */
typedef struct row_outcome {
    char *label;           /**< "alpha .75" */
    char *settings;        /**< what differs from the base: "gamma=0 alpha=0.75" */
    double paper[METRICS]; /**< the paper's numbers in points; NAN: none */
    run_outcome *run;      /**< by rising seed; without two of one seed */
    size_t num_runs;
} row_outcome;

/** The name of a fact fits, with its '\0'. */
enum { OUTCOME_FACT_NAME = 256 };

/** A number beside the rows: "first negative loss/ce pi .5/0". */
typedef struct fact {
    char *name;
    double value;
} fact;

/** Zero-initialise; free with outcome_free. */
typedef struct outcome {
    char *name;    /**< of the program: "table_1a_ce_alpha" */
    char *title;   /**< "Table 1a: weighted cross entropy" */
    char *version; /**< of the sources that affect results, as in the runs' keys */
    char *budget;  /**< "standard" */
    char *data;    /**< "scenes" */
    row_outcome *row;
    size_t num_rows;
    fact *fact;
    size_t num_facts;
} outcome;

/** Appends a row; `paper_ap` is METRIC_AP, the paper's other numbers are NAN and may be set
 * afterwards. Texts are copied. The pointer is valid until the next row. */
row_outcome *outcome_add_row(outcome *o, const char *label, const char *settings, double paper_ap);

/** Adds a run, in the order of the seeds (from 0 on), with the numbers NAN and the state
 * RUN_MISSING. Valid until the next run. */
run_outcome *outcome_add_run(row_outcome *row, int seed);

/** Sets a fact, or replaces it. */
void outcome_set_fact(outcome *o, double value, const char *name, ...)
    __attribute__((format(printf, 3, 4)));

/** NAN when there is none of that name. */
double outcome_fact(const outcome *o, const char *name, ...) __attribute__((format(printf, 2, 3)));

/** The row of that label, or NULL. */
const row_outcome *outcome_row(const outcome *o, const char *label);

/** The number behind NAME= in the row's settings; NAN when it is not there or no number. */
double row_setting(const row_outcome *row, const char *name);

/** The run of that seed, or NULL. */
const run_outcome *row_run(const row_outcome *row, int seed);

/** A metric of one run: NAN where the run is missing or has no such number, 0 where it diverged. */
double run_metric(const run_outcome *run, metric m, bool val);

/** Mean of a metric over the row's runs. A run that diverged counts as 0 points: it detects
 * nothing. A missing one does not count; NAN where none is left. */
double row_mean(const row_outcome *row, metric m, bool val);

/** Runs that are done or diverged, and those that diverged. */
size_t row_finished(const row_outcome *row);
size_t row_diverged(const row_outcome *row);

/** The row with the highest mean validation AP: what "best alpha" means. The mean is over the seeds
 * that all of these rows have, so that more seeds of the best do not change which it is (over all
 * seeds of each where none is common). Rows that are NULL or have not ended take no part; of equal
 * ones the first; NULL where none is left. */
const row_outcome *row_choose(const row_outcome *const *row, size_t count);

/** The same among the rows that `wanted` accepts (NULL: all). */
const row_outcome *outcome_best(const outcome *o, bool (*wanted)(const row_outcome *));

/** The same of `count` rows one after the other. */
const row_outcome *row_best(const row_outcome *row, size_t count);

/** Through a temporary file; NAN is null. */
rn_status outcome_save(const outcome *o, const char *path, rn_err *err);

/** Fails on what outcome_save would not write (unknown members and points outside 0 to 100
 * included), naming file and place; then *o is zero. */
rn_status outcome_load(outcome *o, const char *path, rn_err *err);

void outcome_free(outcome *o);

/** The numbers as a member of an object, and back: points from 0 to 100, null for NAN. */
void metrics_to_json(cJSON *object, const char *key, const double number[METRICS]);
rn_status metrics_from_json(double number[METRICS], const cJSON *object, const char *key,
                            rn_json_place place, rn_err *err);

#endif
