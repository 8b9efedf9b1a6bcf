#include "loss/ohem.h"
#include "base/check.h"
#include "loss/classification.h"
#include "loss/rows.h"

#include <limits.h>

/* A kept label is marked in place: classes and RN_BACKGROUND map to below RN_IGNORE, and back. */
static int flip(int label) { return 2 * RN_IGNORE - label; }

/* Marks the first `most` survivors that are positive, negative, or either; returns how many. */
static size_t keep_hardest(int *label, const int *survivor, size_t count, size_t most,
                           bool positives, bool negatives) {
    size_t kept = 0;
    for (size_t i = 0; i < count && kept < most; i++) {
        int *here = &label[survivor[i]];
        if ((positives && *here >= 0) || (negatives && *here == RN_BACKGROUND)) {
            *here = flip(*here);
            kept++;
        }
    }
    return kept;
}

static size_t keep_one_to_three(int *label, const int *survivor, size_t count, size_t batch) {
    size_t positive = keep_hardest(label, survivor, count, (batch + 3) / 4, true, false);
    size_t room = batch - positive, negative = positive > 0 ? 3 * positive : 3;
    return positive +
           keep_hardest(label, survivor, count, negative < room ? negative : room, false, true);
}

size_t rn_ohem_select(int *label, size_t n, const int *survivor, size_t count, rn_ohem ohem) {
    RN_CHECK(ohem.batch >= 1, "a batch of %d anchors", ohem.batch);
    rn_rows_check_labels(label, n, INT_MAX + 2 * RN_IGNORE);
    size_t bad = 0, batch = (size_t)ohem.batch;
    while (bad < count && survivor[bad] >= 0 && (size_t)survivor[bad] < n) bad++;
    RN_CHECK(bad == count, "survivor[%zu] is %d, want one of %zu anchors", bad, survivor[bad], n);
    size_t kept = ohem.one_to_three ? keep_one_to_three(label, survivor, count, batch)
                                    : keep_hardest(label, survivor, count, batch, true, true);
    for (size_t i = 0; i < n; i++) label[i] = label[i] < RN_IGNORE ? flip(label[i]) : RN_IGNORE;
    return kept;
}
