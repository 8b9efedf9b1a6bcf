/* trainer_log.h: the lines of log.jsonl (private to lib/train): one when a run starts or is
 * resumed, one a step, one an evaluation, one at the end. */
#ifndef RN_TRAIN_TRAINER_LOG_H
#define RN_TRAIN_TRAINER_LOG_H

#include "eval/coco_eval.h"
#include "model/detection_loss.h"
#include "report/runlog.h"
#include "train/detector.h"

/** What a step's line has besides the detector. */
typedef struct rn_trainer_line {
    const rn_loss_report *report;
    double rate, gradient_norm, images_per_second;
    double idle; /**< seconds that a step has waited for pictures, on average */
} rn_trainer_line;

/** What a result needs to be reproduced: version, settings (the seed among them), data. */
void rn_trainer_log_start(rn_runlog *log, const rn_detector *detector, const rn_dataset *dataset);

void rn_trainer_log_step(rn_runlog *log, const rn_detector *detector, const rn_trainer_line *step);

void rn_trainer_log_evaluation(rn_runlog *log, const rn_detector *detector, const rn_eval *eval);

/** The weights' fingerprint: two runs that should be equal are, or are not. */
void rn_trainer_log_end(rn_runlog *log, const rn_detector *detector);

#endif
