/* jobs.h: runs made side by side, each by a process of its own: this program again, told which
 * folder to fill. A process that dies takes no other run with it. */
#ifndef RN_COMMON_JOBS_H
#define RN_COMMON_JOBS_H

#include "base/err.h"
#include "base/file.h"

#include <stddef.h>
#include <stdio.h>

typedef struct job {
    char folder[RN_PATH_SIZE]; /**< argument of the process; exists; gets its messages.txt */
    char what[256];            /**< for people: "alpha .75, seed 2" */
    double cost;               /**< relative to other jobs */
} job;

/** How the processes are started and watched. */
typedef struct jobs_options {
    const char *flag;     /**< "--make-run": argv is PROGRAM FLAG FOLDER N PARENT */
    int at_once, threads; /**< N is threads */
    double (*progress)(const char *folder); /**< 0 to 1, of a running job */
    const char *title;                      /**< "table_1a_ce_alpha", for the progress line */
    FILE *stream;                           /**< of the progress; NULL: silent */
} jobs_options;

/** Runs all. A job that fails does not stop the others; the first one's message and how many
 * failed are reported at the end. RN_INTERRUPTED when cli_interrupted was set: the running ones are
 * asked to stop, and waited for. */
rn_status jobs_run(const job *list, size_t count, const jobs_options *options, rn_err *err);

/** First thing in such a process: it stops, as cli_interrupted says, when its parent (as argv names
 * it) asks for it or is gone. Ctrl-C is the parent's to pass on. */
void jobs_child(const char *parent);

#endif
