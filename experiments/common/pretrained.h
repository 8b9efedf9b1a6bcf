/* pretrained.h: the weights that the runs of a study start from.
 *
 * As --init says: a backbone pretrained on crops of the procedural set, the stand-in for ImageNet,
 * one for all runs of a network; random weights; or a file. A pretrained backbone lives in
 * OUT/pretrained/KEY, KEY a fingerprint of everything that it depends on, and is made once. */
#ifndef RN_COMMON_PRETRAINED_H
#define RN_COMMON_PRETRAINED_H

#include "common/experiment.h"

/** Finds the fingerprint of an --init file. Fails when it cannot be read. */
rn_status pretrained_check(study *s, rn_err *err);

/** Sets the first weights of a request and their key. */
void pretrained_choose(run_request *request, const study *s);

/** Makes the backbones that are needed for these requests and not there. */
rn_status pretrained_make(const study *s, const run_request *list, size_t count, rn_err *err);

/** Makes one from its folder's pretrain.json: in the process that pretrained_make has started. Two
 * that want the same one take turns, and the second finds it there. */
rn_status pretrained_make_one(const char *folder, const volatile int *stop, rn_err *err);

#endif
