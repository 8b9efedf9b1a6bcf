#include "eval/loss_examples.h"
#include "base/check.h"
#include "base/vec.h"
#include "loss/classification.h"

#include <stdlib.h>

rn_loss_examples rn_loss_examples_start(size_t most_negatives, uint64_t seed) {
    return (rn_loss_examples){.most_negatives = most_negatives,
                              .rng = rn_rng_stream(seed, "negatives", 0)};
}

static void append(rn_loss_side *side, rn_float x_t) {
    side->x_t = rn_vec_reserve(side->x_t, side->kept + 1, &side->capacity, sizeof *side->x_t);
    side->x_t[side->kept++] = x_t;
    side->seen++;
}

/* The example of number k (from 1) takes a place with probability most / k. */
static void add_negative(rn_loss_examples *examples, rn_float x_t) {
    rn_loss_side *side = &examples->negative;
    if (!examples->most_negatives || side->kept < examples->most_negatives) {
        append(side, x_t);
        return;
    }
    double place = rn_rng_uniform(&examples->rng) * (double)++side->seen;
    if (place < (double)side->kept) side->x_t[(size_t)place] = x_t;
}

void rn_loss_examples_add(rn_loss_examples *examples, const rn_float *logit, const int *label,
                          size_t n, int columns) {
    RN_CHECK(columns >= 1, "%d columns", columns);
    for (size_t a = 0; a < n; a++) {
        const rn_float *x = logit + a * (size_t)columns;
        if (label[a] == RN_IGNORE) continue;
        RN_CHECK(label[a] == RN_BACKGROUND || (label[a] >= 0 && label[a] < columns),
                 "label %d of %d classes", label[a], columns);
        if (label[a] >= 0) append(&examples->positive, x[label[a]]);
        for (int c = 0; c < columns; c++)
            if (c != label[a]) add_negative(examples, -x[c]);
        examples->positive_anchors += label[a] >= 0;
        examples->background_anchors += label[a] == RN_BACKGROUND;
    }
}

void rn_loss_examples_free(rn_loss_examples *examples) {
    free(examples->positive.x_t);
    free(examples->negative.x_t);
    *examples = (rn_loss_examples){0};
}
