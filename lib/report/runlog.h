/* runlog.h: what happened, as JSON lines: one object a line, so that a log that breaks off is still
 * readable up to there, and a resumed run appends. Numbers have a decimal point in every locale. */
#ifndef RN_REPORT_RUNLOG_H
#define RN_REPORT_RUNLOG_H

#include "base/err.h"
#include "base/json.h"

/** Zero-initialise. */
typedef struct rn_runlog {
    int descriptor;
    bool open;
    bool cut; /**< the last line has no end: a full disk took it */
} rn_runlog;

/** Opens for appending; creates the file. A last line that broke off is closed first. */
rn_status rn_runlog_open(rn_runlog *log, const char *path, rn_err *err);

/** Appends one line with one write. A full disk loses the line, not the run, nor the next line.
 * Does nothing where no log is open. */
void rn_runlog_write(rn_runlog *log, const cJSON *line);

void rn_runlog_close(rn_runlog *log);

#endif
