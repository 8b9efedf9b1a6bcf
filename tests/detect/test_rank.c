#include "detect/rank.h"
#include "base/real.h"
#include "base/rng.h"

#include <criterion/criterion.h>
#include <stdlib.h>

typedef struct pair {
    float score;
    size_t index;
} pair;

static int by_rank(const void *a, const void *b) {
    const pair *p = a, *q = b;
    if (p->index == q->index) return 0;
    return rn_rank_before(p->score, p->index, q->score, q->index) ? -1 : 1;
}

Test(rank, before_is_a_total_order) {
    const float scores[] = {-INFINITY, -1, -0.f, 0, 1, INFINITY, NAN};
    enum { COUNT = RN_COUNT(scores) };
    for (size_t a = 0; a < COUNT; a++)
        for (size_t b = 0; b < COUNT; b++) {
            bool ab = rn_rank_before(scores[a], a, scores[b], b);
            bool ba = rn_rank_before(scores[b], b, scores[a], a);
            cr_expect(a == b ? !ab && !ba : ab != ba, "%zu %zu", a, b);
            if (b == COUNT - 1 && a != b) cr_expect(ab, "NaN comes last");
            for (size_t c = 0; c < COUNT; c++)
                if (ab && rn_rank_before(scores[b], b, scores[c], c))
                    cr_expect(rn_rank_before(scores[a], a, scores[c], c), "%zu %zu %zu", a, b, c);
        }
}

Test(rank, one_number_holds_score_and_index_and_their_order) {
    const pair pairs[] = {{1e-45f, 0},         {1e-45f, UINT32_MAX}, {.05f, 7},
                          {.05f, UINT32_MAX},  {.050000004f, 8},     {.99999994f, 0},
                          {1, UINT32_MAX - 1}, {1, UINT32_MAX},      {INFINITY, 3}};
    enum { COUNT = RN_COUNT(pairs) };
    for (size_t a = 0; a < COUNT; a++) {
        rn_ranked one = rn_ranked_of(pairs[a].score, pairs[a].index);
        cr_expect(rn_ranked_score(one) == pairs[a].score, "%zu", a);
        cr_expect(rn_ranked_index(one) == pairs[a].index, "%zu", a);
        for (size_t b = 0; b < COUNT; b++)
            cr_expect(
                (one > rn_ranked_of(pairs[b].score, pairs[b].index)) ==
                    rn_rank_before(pairs[a].score, pairs[a].index, pairs[b].score, pairs[b].index),
                "%zu %zu", a, b);
    }
}

/* Few different scores, so that ties are many; every capacity from none to more than enough. */
Test(rank, keeps_what_sorting_all_would_put_first) {
    enum { COUNT = 200 };
    for (uint64_t round = 0; round < 40; round++) {
        rn_rng rng = rn_rng_stream(round, "test/rank", 0);
        pair all[COUNT];
        rn_ranked item[COUNT + 10];
        uint32_t values = 1 + rn_rng_below(&rng, 100);
        size_t most = round < 3 ? round : round == 3 ? COUNT : rn_rng_below(&rng, COUNT + 10);
        rn_rank rank = {item, 0, most};
        for (size_t i = 0; i < COUNT; i++) {
            all[i] = (pair){(float)(1 + rn_rng_below(&rng, values)), i};
            rn_rank_offer(&rank, all[i].score, i);
        }
        rn_rank_sort(&rank);
        qsort(all, COUNT, sizeof *all, by_rank);
        cr_assert(rank.count == (most < COUNT ? most : COUNT), "round %d", (int)round);
        for (size_t i = 0; i < rank.count; i++)
            cr_assert(rn_ranked_index(item[i]) == all[i].index, "round %d: place %zu", (int)round,
                      i);
    }
}
