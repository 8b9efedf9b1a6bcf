/* ohem.h: online hard example mining for a one-stage detector (sec. 5.1; Shrivastava et al. 2016).
 *
 * Score every anchor by its loss, drop those that a harder neighbour suppresses (the caller runs
 * non-maximum suppression and passes the survivors), keep the `batch` hardest and ignore the rest.
 * The paper leaves open whether a batch is per image or per minibatch: here it is per image.
 *
 * With one_to_three, positives and negatives are chosen apart: the hardest positives up to a
 * quarter of the batch (rounded up), then the hardest negatives up to three times as many, or 3
 * when there is no positive. A batch that lacks positives is therefore smaller, not filled with
 * negatives. */
#ifndef RN_LOSS_OHEM_H
#define RN_LOSS_OHEM_H

#include <stdbool.h>
#include <stddef.h>

typedef struct rn_ohem {
    int batch;         /**< anchors kept in an image, at most; >= 1 */
    bool one_to_three; /**< at most three negatives a positive (at most 3 when there is none) */
} rn_ohem;

/** Labels of anchors that are not kept become RN_IGNORE. survivor: (count) anchor indices, hardest
 * first, each in [0, n); those already ignored are passed over, repetitions count once. label: (n),
 * read and written. Returns the number kept. */
size_t rn_ohem_select(int *label, size_t n, const int *survivor, size_t count, rn_ohem ohem);

#endif
