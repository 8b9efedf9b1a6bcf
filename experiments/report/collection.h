/* collection.h: a folder of results as the report sees it: outcomes in the order of the paper, the
 * claims judged on them, and every run with what its folder says about it. */
#ifndef RN_REPORT_COLLECTION_H
#define RN_REPORT_COLLECTION_H

#include "common/claim.h"
#include "common/outcome.h"
#include "retinanet.h"

/** A program of experiments/, and the question that it answers. */
typedef struct program {
    const char *name, *question;
    bool one_seed; /**< is enough for a row, unless it is chosen for more */
} program;

/** In the order of the report. Results of other programs follow them, by name. */
extern const program program_table[];
extern const size_t program_count;

/** The program of that name; NULL: another one. */
const program *program_find(const char *name);

/** A run, once, whichever experiments show it. */
typedef struct run_record {
    char *labels;            /**< "table_1a_ce_alpha: CE; fig_4_loss_cdf: CE" */
    const char *settings;    /**< of its row; borrowed */
    const run_outcome *run;  /**< borrowed */
    cJSON *result, *request; /**< result.json and run.json of its folder; NULL: not there */
} run_record;

typedef struct collection {
    const char *path;
    evidence evidence;
    const outcome **outcome; /**< of the evidence, in order */
    size_t count;
    const claim *claim; /**< claim_table() */
    judgement *judgement;
    size_t num_claims;
    run_record *run;
    size_t num_runs, runs_capacity;
} collection;

/** Fails where there is nothing, where a file is broken, and on outcomes of different versions, or
 * claims that would rest on different data or settings: the message says which programs to run
 * again. */
rn_status collection_load(collection *c, const char *path, rn_err *err);

void collection_free(collection *c);

/** Adds to the message what makes the broken file of program NAME whole; returns RN_ERROR. */
rn_status collection_fail(rn_err *err, const char *name);

/** For qsort of a list of names. */
int collection_compare_names(const void *a, const void *b);

/** What a run's files say of `name`, as text: a member of result.json, of run.json, or a setting of
 * its config. "" where nothing is said. Returns `out`. */
enum { RUN_VALUE_SIZE = 256 };
char *run_value(char out[RUN_VALUE_SIZE], const run_record *run, const char *name);

/** The different values that the runs have for `name`, the most frequent first: "900 (210 runs),
 * 1800 (12 runs)", or "900" where all agree; "" where no run has one. Returns `out`. */
char *collection_values(char *out, size_t size, const collection *c, const char *name);

/** Seconds of training, over all runs. */
double collection_seconds(const collection *c);

#endif
