#include "loss/ohem.h"
#include "base/real.h"
#include "base/rng.h"
#include "loss/classification.h"

#include <criterion/criterion.h>
#include <limits.h>
#include <signal.h>
#include <string.h>

enum { B = RN_BACKGROUND, X = RN_IGNORE, MOST = 16 };

typedef struct hand_row {
    const char *what;
    rn_ohem ohem;
    int survivor[MOST], count, label[MOST], n, want[MOST], kept;
} hand_row;

static const hand_row rows[] = {
    {"the two hardest", {2, false}, {3, 0, 2}, 3, {B, 1, B, 0}, 4, {B, X, X, 0}, 2},
    {"fewer survivors than the batch", {9, false}, {1, 2}, 2, {0, B, 2, B}, 4, {X, B, 2, X}, 2},
    {"no survivors", {9, false}, {0}, 0, {0, B}, 2, {X, X}, 0},
    {"ignored anchors stay so and fill no place",
     {2, false},
     {0, 1, 2},
     3,
     {X, B, 4},
     3,
     {X, B, 4},
     2},
    {"one named twice counts once", {2, false}, {1, 1, 0}, 3, {B, 7, B}, 3, {B, 7, X}, 2},
    {"1:3 keeps two of five positives and six negatives",
     {8, true},
     {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11},
     12,
     {0, 1, 2, 0, 1, B, B, B, B, B, B, B},
     12,
     {0, 1, X, X, X, B, B, B, B, B, B, X},
     8},
    {"1:3 with one positive takes three negatives",
     {8, true},
     {5, 4, 3, 2, 1, 0},
     6,
     {B, B, 3, B, B, B},
     6,
     {X, X, 3, B, B, B},
     4},
    {"1:3 without positives takes three negatives",
     {128, true},
     {4, 3, 2, 1, 0},
     5,
     {B, B, B, B, B},
     5,
     {X, X, B, B, B},
     3},
    {"1:3 without negatives", {8, true}, {2, 1, 0}, 3, {0, 1, 2}, 3, {X, 1, 2}, 2},
    {"1:3 of a batch of one", {1, true}, {1, 0, 2}, 3, {0, B, B}, 3, {0, X, X}, 1},
    {"1:3 of a batch of one without positives",
     {1, true},
     {1, 2, 0},
     3,
     {B, B, B},
     3,
     {X, B, X},
     1},
    {"1:3 of a batch of five: two positives, three negatives",
     {5, true},
     {0, 1, 2, 3, 4, 5, 6},
     7,
     {B, B, B, B, 1, 1, 1},
     7,
     {B, B, B, X, 1, 1, X},
     5},
    {"1:3 passes over ignored ones",
     {4, true},
     {0, 1, 2, 3, 4, 5},
     6,
     {X, B, X, B, 2, B},
     6,
     {X, B, X, B, 2, B},
     4},
};

Test(ohem, by_hand) {
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        int label[MOST];
        memcpy(label, rows[i].label, sizeof label);
        size_t kept = rn_ohem_select(label, (size_t)rows[i].n, rows[i].survivor,
                                     (size_t)rows[i].count, rows[i].ohem);
        cr_expect(kept == (size_t)rows[i].kept, "%s: kept %zu", rows[i].what, kept);
        for (int k = 0; k < rows[i].n; k++)
            cr_expect(label[k] == rows[i].want[k], "%s: label %d is %d, want %d", rows[i].what, k,
                      label[k], rows[i].want[k]);
    }
}

/* Whatever comes in: no label changes but to RN_IGNORE, the number is right, 1:3 holds, and no
 * ignored survivor is harder than a kept one of its side. */
Test(ohem, keeps_the_hardest_and_no_more) {
    enum { N = 200 };
    for (uint64_t trial = 0; trial < 500; trial++) {
        rn_rng rng = rn_rng_stream(1, "test/ohem", trial);
        int label[N], before[N], survivor[N], side[2] = {0};
        size_t count = rn_rng_below(&rng, N + 1), kept = 0;
        rn_ohem ohem = {1 + (int)rn_rng_below(&rng, 150), trial % 2 == 0};
        uint32_t rarity = 1 + rn_rng_below(&rng, 40);
        for (int i = 0; i < N; i++)
            before[i] = label[i] = rn_rng_below(&rng, rarity) ? B : (int)rn_rng_below(&rng, 5) + X;
        rn_rng_permutation(&rng, survivor, N);
        size_t got = rn_ohem_select(label, N, survivor, count, ohem);
        bool over[2] = {false}; /* an anchor of that side has been turned down */
        for (size_t i = 0; i < count; i++) {
            int a = survivor[i], s = before[a] >= 0;
            if (before[a] == X) continue;
            if (label[a] == X)
                over[s] = true, over[!s] |= !ohem.one_to_three;
            else
                cr_assert(!over[s], "trial %d: a harder one was ignored", (int)trial);
        }
        for (int i = 0; i < N; i++) {
            cr_assert(label[i] == before[i] || label[i] == X);
            if (label[i] != X) side[label[i] >= 0]++, kept++;
        }
        cr_assert(kept == got && got <= (size_t)ohem.batch, "trial %d: %zu", (int)trial, got);
        if (ohem.one_to_three) cr_assert(side[0] <= 3 * (side[1] > 0 ? side[1] : 1));
    }
}

Test(ohem, a_large_class_number_survives) {
    int label[] = {INT_MAX - 5, B};
    cr_expect(rn_ohem_select(label, 2, (int[]){0}, 1, (rn_ohem){1, false}) == 1);
    cr_expect(label[0] == INT_MAX - 5 && label[1] == X);
}

Test(ohem, a_survivor_that_is_no_anchor_is_misuse, .signal = SIGABRT) {
    int label[] = {0, B};
    rn_ohem_select(label, 2, (int[]){2}, 1, (rn_ohem){1, false});
}

Test(ohem, an_empty_batch_is_misuse, .signal = SIGABRT) {
    int label[] = {0, B};
    rn_ohem_select(label, 2, (int[]){1}, 1, (rn_ohem){0, false});
}
