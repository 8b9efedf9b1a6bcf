#include "base/rng.h"

#include <criterion/criterion.h>
#include <math.h>
#include <signal.h>
#include <string.h>

/* kat_vectors of Random123, the authors' library. */
static const struct {
    uint32_t counter[4], key[2], out[4];
} known[] = {
    {{0}, {0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
    {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
     {0xffffffff, 0xffffffff},
     {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
    {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
     {0xa4093822, 0x299f31d0},
     {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
};

Test(rng, philox_gives_the_known_answers) {
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        uint32_t out[4];
        rn_rng_philox(out, known[i].counter, known[i].key);
        cr_expect(memcmp(out, known[i].out, sizeof out) == 0, "%08x %08x %08x %08x", out[0], out[1],
                  out[2], out[3]);
    }
}

/* A change here would change every procedural image and every initialisation. */
Test(rng, streams_stay_what_they_are) {
    static const uint32_t want[6] = {0x160ca5bf, 0xb83b1639, 0x5182b149,
                                     0x363f1bf7, 0xd03b637e, 0xb49e8b2e};
    rn_rng rng = rn_rng_stream(2017, "scenes/train", 17);
    for (int i = 0; i < 6; i++) {
        uint32_t got = rn_rng_u32(&rng);
        cr_expect(got == want[i], "number %d is %#x", i, got);
    }
}

Test(rng, a_stream_is_named_by_all_of_its_arguments) {
    static const struct {
        uint64_t seed;
        const char *name;
        uint64_t index;
    } names[] = {{0, "a", 0},          {1, "a", 0},          {(uint64_t)1 << 32, "a", 0},
                 {0, "b", 0},          {0, "", 0},           {0, "a", 1},
                 {0, "a", 1ull << 32}, {0, "a", 1ull << 63}, {0, "aa", 0}};
    enum { COUNT = sizeof names / sizeof *names };
    for (int i = 0; i < COUNT; i++)
        for (int k = 0; k < COUNT; k++) {
            rn_rng x = rn_rng_stream(names[i].seed, names[i].name, names[i].index);
            rn_rng y = rn_rng_stream(names[k].seed, names[k].name, names[k].index);
            int same = 0;
            for (int n = 0; n < 100; n++) same += rn_rng_u32(&x) == rn_rng_u32(&y);
            cr_expect(i == k ? same == 100 : same <= 1, "%d and %d: %d are the same", i, k, same);
        }
}

Test(rng, blocks_of_a_stream_differ) {
    rn_rng rng = rn_rng_stream(1, "x", 0);
    uint32_t first[4], later[4];
    for (int i = 0; i < 4; i++) first[i] = rn_rng_u32(&rng);
    for (int block = 1; block < 1000; block++) {
        for (int i = 0; i < 4; i++) later[i] = rn_rng_u32(&rng);
        cr_assert(memcmp(first, later, sizeof first) != 0, "block %d", block);
    }
}

/* Mean, variance and the share of each of ten intervals; 5 standard errors of a fixed seed. */
Test(rng, uniform_is_uniform) {
    enum { N = 200000 };
    rn_rng rng = rn_rng_stream(3, "uniform", 0);
    double sum = 0, square = 0;
    int share[10] = {0};
    for (int i = 0; i < N; i++) {
        double u = rn_rng_uniform(&rng);
        cr_assert(u >= 0 && u < 1);
        sum += u;
        square += (u - .5) * (u - .5);
        share[(int)(u * 10)]++;
    }
    cr_expect(fabs(sum / N - .5) < 5 * sqrt(1. / 12 / N), "mean %g", sum / N);
    cr_expect(fabs(square / N - 1. / 12) < 5 * sqrt(1. / 180 / N), "variance %g", square / N);
    for (int i = 0; i < 10; i++)
        cr_expect(fabs(share[i] - N * .1) < 5 * sqrt(N * .09), "tenth %d: %d", i, share[i]);
}

Test(rng, normal_has_the_moments_of_a_normal) {
    enum { N = 200000 };
    static const double want[5] = {1, 0, 1, 0, 3}, variance[5] = {1, 1, 2, 15, 96};
    rn_rng rng = rn_rng_stream(4, "normal", 0);
    double moment[5] = {0};
    for (int i = 0; i < N; i++) {
        double x = rn_rng_normal(&rng);
        cr_assert(isfinite(x));
        for (int k = 1; k < 5; k++) moment[k] += pow(x, k) / N;
    }
    for (int k = 1; k < 5; k++)
        cr_expect(fabs(moment[k] - want[k]) < 5 * sqrt(variance[k] / N), "moment %d: %g", k,
                  moment[k]);
}

Test(rng, below_has_no_bias) {
    static const uint32_t limits[] = {1, 2, 3, 7, 10};
    enum { N = 70000 };
    for (size_t l = 0; l < sizeof limits / sizeof *limits; l++) {
        rn_rng rng = rn_rng_stream(5, "below", l);
        uint32_t n = limits[l];
        int share[10] = {0};
        for (int i = 0; i < N; i++) {
            uint32_t value = rn_rng_below(&rng, n);
            cr_assert(value < n);
            share[value]++;
        }
        for (uint32_t i = 0; i < n; i++)
            cr_expect(fabs(share[i] - (double)N / n) <= 5 * sqrt((double)N / n), "%u of %u: %d", i,
                      n, share[i]);
    }
    /* 3 * 2^30: by a plain remainder the lower third would come twice as often. */
    rn_rng rng = rn_rng_stream(5, "large", 0);
    int low = 0;
    for (int i = 0; i < N; i++) low += rn_rng_below(&rng, 3u << 30) < 1u << 30;
    cr_expect(fabs(low - N / 3.) < 5 * sqrt(N * 2. / 9), "%d of %d", low, N);
}

Test(rng, range_stays_below_its_end) {
    static const struct {
        double low, high;
    } rows[] = {{-2, 3}, {1e16, 1e16 + 2}, {1, 1 + 0x1p-52}, {0, 5e-324}, {-1, -1}};
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        rn_rng rng = rn_rng_stream(6, "range", r);
        for (int i = 0; i < 1000; i++) {
            double x = rn_rng_range(&rng, rows[r].low, rows[r].high);
            cr_assert(x >= rows[r].low && (x < rows[r].high || x == rows[r].low), "row %zu: %.17g",
                      r, x);
        }
    }
}

Test(rng, permutations_hold_every_number_and_all_are_likely) {
    enum { N = 24000 };
    int count[4][4] = {{0}}, order[1000];
    char seen[1000] = {0};
    rn_rng rng = rn_rng_stream(7, "permutation", 0);
    rn_rng_permutation(&rng, order, 1000);
    for (int i = 0; i < 1000; i++) {
        cr_assert(order[i] >= 0 && order[i] < 1000 && !seen[order[i]]);
        seen[order[i]] = 1;
    }
    for (int i = 0; i < N; i++) {
        rn_rng_permutation(&rng, order, 4);
        for (int k = 0; k < 4; k++) count[k][order[k]]++;
    }
    for (int i = 0; i < 16; i++)
        cr_expect(fabs(count[i / 4][i % 4] - N / 4.) < 5 * sqrt(N * 3. / 16), "%d at %d: %d", i % 4,
                  i / 4, count[i / 4][i % 4]);
    rn_rng_permutation(&rng, order, 0);
    rn_rng_permutation(&rng, order, 1);
    cr_expect_eq(order[0], 0);
}

Test(rng, below_zero_aborts, .signal = SIGABRT) {
    rn_rng rng = rn_rng_stream(0, "", 0);
    rn_rng_below(&rng, 0);
}
