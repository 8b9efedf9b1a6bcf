/* exp and log1p of vectors against libm in double precision. */
#include "base/vector_math.h"
#include "base/rng.h"

#include <criterion/criterion.h>

static const double relative = sizeof(rn_float) == sizeof(double) ? 1e-15 : 2.4e-7;

/* A vector of random numbers between 2^exponent and twice that. */
static rn_vector random_vector(rn_rng *rng, int exponent) {
    rn_vector x;
    for (int i = 0; i < RN_LANES; i++) x[i] = (rn_float)ldexp(rn_rng_range(rng, 1, 2), exponent);
    return x;
}

typedef rn_vector vector_function(rn_vector x);

static rn_vector exp_of(rn_vector x) { return rn_vector_exp(x); }
static rn_vector log1p_of(rn_vector x) { return rn_vector_log1p(x); }

/* f at numbers of a sign and of all exponents up to `high`, down to the numbers without full
 * precision, against libm in double precision. */
static void check(const char *name, vector_function *f, double (*libm)(double), int sign,
                  int high) {
    rn_rng rng = rn_rng_stream(1, name, 0);
    for (int exponent = -149; exponent <= high; exponent++)
        for (int round = 0; round < 3000; round++) {
            rn_vector x = (rn_float)sign * random_vector(&rng, exponent), y = f(x);
            for (int i = 0; i < RN_LANES; i++) {
                double want = libm((double)x[i]);
                if (fabs(want) < 1.2e-38 && sign < 0) /* exp may give 0 there */
                    cr_assert(y[i] >= 0 && y[i] <= (rn_float)1.2e-38, "%s(%g) is %g", name,
                              (double)x[i], (double)y[i]);
                else
                    cr_assert(fabs((double)y[i] - want) <= relative * fabs(want) + 1.5e-45,
                              "%s(%g) is %.9g, want %.9g", name, (double)x[i], (double)y[i], want);
            }
        }
}

static double exp_double(double x) { return exp(x); }
static double log1p_double(double x) { return log1p(x); }

Test(vector_math, exp_is_libms_to_the_last_places_at_every_exponent) {
    check("exp", exp_of, exp_double, -1, 127);
}

Test(vector_math, log1p_is_libms_to_the_last_places_at_every_exponent) {
    check("log1p", log1p_of, log1p_double, 1, -1);
    cr_expect(fabs((double)rn_vector_log1p(rn_fill(1))[0] - log(2.)) <= relative);
}

/* An exponent that is rounded to float would cost 2e-6; what remains are three roundings of a c. */
Test(vector_math, exp_of_a_product_is_as_precise) {
    rn_rng rng = rn_rng_stream(1, "product", 0);
    for (int round = 0; round < 200000; round++) {
        rn_float a = (rn_float)-rn_rng_range(&rng, 0, 6), b = (rn_float)rn_rng_range(&rng, 0, 30);
        rn_float c = (rn_float)exp(-(double)b);
        double exponent = (double)a * ((double)b + (double)c), want = exp(exponent);
        double got = (double)rn_vector_exp_product(rn_fill(a), rn_fill(b), rn_fill(c))[0];
        double bound =
            sizeof(rn_float) == sizeof(double) ? 1e-13 : relative - 1.8e-7 * (double)a * (double)c;
        cr_assert(exponent < -87 ? got < 1.7e-38 : fabs(got - want) <= bound * want,
                  "exp(%g (%g + %g)) is %.9g, want %.9g", (double)a, (double)b, (double)c, got,
                  want);
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
    cr_expect(rn_vector_exp_product(rn_fill((rn_float)-1.5), rn_fill((rn_float)INFINITY),
                                    rn_fill(0))[0] == 0);
    cr_expect(rn_vector_exp_product(rn_fill((rn_float)-1e38), rn_fill(1000), rn_fill(0))[0] == 0);
    cr_expect(isnan(rn_vector_exp(rn_fill((rn_float)NAN))[0]));
    cr_expect(isnan(rn_vector_log1p(rn_fill((rn_float)NAN))[0]));
}
