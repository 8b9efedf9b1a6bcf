/* progress.h: one line that says how far a long job is and how long it will take.
 *
 * Written to the caller's stream: redrawn in place on a terminal, a line every ten seconds
 * elsewhere. Nothing appears in the first two seconds. NULL as stream makes it silent. */
#ifndef RN_BASE_PROGRESS_H
#define RN_BASE_PROGRESS_H

#include <stdbool.h>
#include <stdio.h>

typedef struct rn_progress {
    FILE *stream;
    const char *what; /**< "evaluating", not owned */
    long done, total, first;
    double started, shown;
    bool terminal, drawn;
} rn_progress;

/** `first` steps are already done (a resumed job): they do not count for the speed. */
rn_progress rn_progress_start(FILE *stream, const char *what, long first, long total);

/** `done` of the total are finished; `detail` (may be NULL) is put behind the time left. What does
 * not fit the terminal's width is left out. */
void rn_progress_update(rn_progress *progress, long done, const char *detail);

/** Is a line due now? Lets the caller skip making the detail. */
bool rn_progress_due(const rn_progress *progress);

/** Clears the line on a terminal. */
void rn_progress_end(rn_progress *progress);

#endif
