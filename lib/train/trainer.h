/* trainer.h: the training loop: batches, loss, backward, SGD, log, checkpoints (sec. 4.1). */
#ifndef RN_TRAIN_TRAINER_H
#define RN_TRAIN_TRAINER_H

#include "data/loader.h"
#include "model/detection_loss.h"
#include "train/detector.h"

/** What a run is given; nothing is owned. */
typedef struct rn_trainer_options {
    const rn_dataset *train;    /**< measured and repaired: no bad boxes */
    const rn_dataset *validate; /**< NULL: no evaluations */
    const char *folder;         /**< gets last.safetensors and log.jsonl; exists */
    FILE *progress;             /**< NULL: silent */
    const volatile int *stop;   /**< set to end the run after the current step; may be NULL */
    /** Fractions of the iterations, 0 to 1, after which the weights (without the optimiser's state)
     * are kept as FOLDER/step-000225.safetensors, see rn_trainer_kept. */
    const double *keep;
    size_t num_keep;
} rn_trainer_options;

/** Mean seconds a step, by stage. */
typedef struct rn_stage_times {
    double data, forward, loss, backward, step;
} rn_stage_times;

typedef struct rn_trainer_result {
    long steps; /**< done in this call */
    double seconds, images_per_second;
    rn_stage_times stages;
    bool diverged;    /**< a term of the loss was not finite: err says which, where, when */
    long diverged_at; /**< the step, counted from 1; 0: it did not */
} rn_trainer_result;

/** The step of a fraction of the iterations, to the nearest. */
long rn_trainer_keep_step(double fraction, int iterations);

/** "FOLDER/step-000225.safetensors", where the weights of that step are kept. Returns `out`. */
char *rn_trainer_kept(char *out, size_t size, const char *folder, long step);

/** Trains from detector->step to config.train.iterations and saves; a new run saves its first
 * weights too, so that there is always a checkpoint. Fails with RN_ERROR on a loss that is not
 * finite (the last good checkpoint stays), an unreadable image, a data set of other classes than
 * the detector's, or an alpha that is still NaN; with RN_INTERRUPTED when stopped, after saving.
 * Weights to be kept are written before a checkpoint of their step, and by a run that is resumed at
 * their step if they are not there: a run that was killed lacks none.
 *
 * With config.train.accumulate a batch goes through in parts, and the mean of their losses counts:
 * batch norm and the normalisers of a batch then see one part at a time. */
rn_status rn_train(rn_trainer_result *result, rn_detector *detector,
                   const rn_trainer_options *options, rn_err *err);

/** How a run loads its batches: batch k is a function of these and the data alone. */
rn_loader_options rn_train_loader_options(const rn_train_config *train);

/** Parts of a step, for benchmarks and tests: one batch through forward, loss, backward (adding to
 * the gradients; weight as in rn_detection_loss). The arena is reset. Times are added to `times`.
 */
void rn_train_batch(rn_loss_report *report, rn_detector *detector, const rn_batch *batch, int first,
                    int count, double weight, rn_arena *arena, rn_stage_times *times);

#endif
