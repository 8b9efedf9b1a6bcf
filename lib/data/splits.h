/* splits.h: the splits of a data set in a folder: one file PREFIX + SPLIT + SUFFIX each. */
#ifndef RN_DATA_SPLITS_H
#define RN_DATA_SPLITS_H

#include "base/err.h"

#include <stddef.h>

/** Names of files without prefix and suffix, sorted. Free with rn_splits_free. */
typedef struct rn_splits {
    char **name;
    size_t count, capacity;
} rn_splits;

/** Lists a folder; empty where there is none. */
rn_splits rn_splits_list(const char *folder, const char *prefix, const char *suffix);

/** The split that plays the role "train", "val" or "test": the first of the role's usual spellings
 * (for train: train, train2017, train2014, trainval) that is there, or NULL. Static text. */
const char *rn_splits_find_role(const rn_splits *splits, const char *role);

/** What a request means. "a+b" is two splits; each part is the name of one or, where no split has
 * that name, a role. NULL is the split for training, or the only one. Fails when one is named
 * twice, and with a list of what is there when one is not there; `data` stands in front of the
 * message. */
rn_status rn_splits_choose(rn_splits *chosen, const rn_splits *splits, const char *request,
                           const char *data, rn_err *err);

void rn_splits_free(rn_splits *splits);

#endif
