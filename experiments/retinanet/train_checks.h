/* train_checks.h: settings of a run that contradict each other, its weights or its checkpoint. */
#ifndef RN_RETINANET_TRAIN_CHECKS_H
#define RN_RETINANET_TRAIN_CHECKS_H

#include "common/cli.h"

/** An option that the others leave without effect would be ignored in silence: fails on the first
 * that was given. */
rn_status train_check_used(const cli *given, const rn_config *config, rn_err *err);

/** A resumed run keeps its config: fails where `preset` (may be NULL) or a given option asks for
 * another value. */
rn_status train_check_resumed(const rn_config *config, const char *preset, const cli *given,
                              rn_err *err);

#endif
