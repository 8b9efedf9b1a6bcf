/* curve.h: how a run went, as a picture. */
#ifndef RN_TRAIN_CURVE_H
#define RN_TRAIN_CURVE_H

#include "base/err.h"

/** Draws FOLDER/log.jsonl to FOLDER/training.png, as rn_training_figure_save does. Of steps that
 * were logged twice (a run that was killed and resumed) the last counts; lines that are broken or
 * of another kind are passed over. Fails when the log has no step. `title` is put over the picture.
 */
rn_status rn_train_curve(const char *folder, const char *title, rn_err *err);

#endif
