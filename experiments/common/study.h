/* study.h: the rows of an experiment and their runs: planned, made, read. */
#ifndef RN_COMMON_STUDY_H
#define RN_COMMON_STUDY_H

#include "common/experiment.h"

/** Beside each row of the outcome. */
typedef struct study_row {
    bool core, headline;
    char data[RN_PATH_SIZE], data_key[32];
    rn_config config; /**< but for the seed */
} study_row;

/** Preset, budget and command line make the base; then the experiment adds its rows. */
rn_status study_start(study *s, const cli *given, rn_err *err);

/** Makes the runs that are wanted and not there: of all rows with the budget's seeds, or with
 * `headline` of the marked ones with more. Seeds come one after the other, so that a study that is
 * stopped has whole rows of few seeds. */
rn_status study_make(study *s, bool headline, rn_err *err);

/** Reads every run that is there, whatever budget made it, into the outcome. A broken result is
 * left out, and said so. */
void study_read(study *s);

/** What --list prints. */
void study_list(const study *s);

void study_free(study *s);

#endif
