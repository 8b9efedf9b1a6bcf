/* exp and log1p of vectors against libm in double precision. */
#include "base/vector_math.h"
#include "base/rng.h"

#include <criterion/criterion.h>

static const double relative = sizeof(rn_float) == sizeof(double) ? 1e-15 : 2.4e-7;

/* Random numbers of every size between 2^low and 2^high. */
static rn_vector random_vector(rn_rng *rng, double low, double high) {
    rn_vector x;
    for (int i = 0; i < RN_LANES; i++) x[i] = (rn_float)exp2(rn_rng_range(rng, low, high));
    return x;
}

Test(vector_math, exp_is_libms_to_the_last_places) {
    rn_rng rng = rn_rng_stream(1, "exp", 0);
    for (int round = 0; round < 100000; round++) {
        rn_vector x = -random_vector(&rng, -40, 6.44), y = rn_vector_exp(x); /* to -86.8 */
        for (int i = 0; i < RN_LANES; i++) {
            double want = exp((double)x[i]);
            cr_assert(fabs((double)y[i] - want) <= relative * want, "exp(%g) is %.9g, want %.9g",
                      (double)x[i], (double)y[i], want);
        }
    }
}

Test(vector_math, log1p_is_libms_to_the_last_places) {
    rn_rng rng = rn_rng_stream(1, "log1p", 0);
    for (int round = 0; round < 100000; round++) {
        rn_vector e = random_vector(&rng, -120, 0), y = rn_vector_log1p(e);
        for (int i = 0; i < RN_LANES; i++) {
            double want = log1p((double)e[i]);
            cr_assert(fabs((double)y[i] - want) <= relative * want, "log1p(%g) is %.9g, want %.9g",
                      (double)e[i], (double)y[i], want);
        }
    }
}

Test(vector_math, the_ends) {
    static const rn_float far[] = {(rn_float)-87.4, -104, -1000, (rn_float)-1e30,
                                   (rn_float)-INFINITY};
    for (size_t i = 0; i < RN_COUNT(far); i++)
        cr_expect(rn_vector_exp(rn_fill(far[i]))[0] <= (rn_float)1.2e-38, "exp(%g)",
                  (double)far[i]);
    cr_expect(rn_vector_exp(rn_fill((rn_float)-INFINITY))[0] == 0);
    cr_expect(rn_vector_exp(rn_fill(0))[0] == 1 && rn_vector_exp(rn_fill((rn_float)-0.))[0] == 1);
    cr_expect(rn_vector_log1p(rn_fill(0))[0] == 0);
    cr_expect(isnan(rn_vector_exp(rn_fill((rn_float)NAN))[0]));
    cr_expect(isnan(rn_vector_log1p(rn_fill((rn_float)NAN))[0]));
}
