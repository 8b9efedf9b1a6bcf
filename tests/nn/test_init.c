#include "nn/init.h"
#include "support/near.h"

#include <criterion/criterion.h>
#include <string.h>

typedef struct moments {
    double mean, deviation, least, most;
} moments;

static moments moments_of(const rn_param *p) {
    moments m = {.least = INFINITY, .most = -INFINITY};
    double squares = 0;
    for (size_t i = 0; i < p->count; i++) {
        double x = (double)p->value[i];
        m.mean += x / (double)p->count, squares += x * x / (double)p->count;
        m.least = fmin(m.least, x), m.most = fmax(m.most, x);
    }
    m.deviation = sqrt(squares - m.mean * m.mean);
    return m;
}

Test(init, distributions_have_their_moments_and_fans_their_sizes) {
    rn_params params = {0};
    const int shape[] = {3, 5, 40, 60};
    rn_param *w = rn_params_declare(&params, RN_PARAM_CONV, shape, "w");
    rn_param *other = rn_params_declare(&params, RN_PARAM_CONV, shape, "other");
    rn_params_commit(&params, false);
    rn_init_normal(w, .25, 1);
    moments m = moments_of(w); /* 36000 numbers: errors of .0013 and .0009 */
    cr_expect(rn_test_near(m.mean, 0, 0, .007) && rn_test_near(m.deviation, .25, 0, .005), "%g %g",
              m.mean, m.deviation);
    cr_expect(m.most > .75, "%g", m.most);
    rn_init_normal(other, .25, 1);
    cr_expect(memcmp(w->value, other->value, w->count * sizeof *w->value) != 0);
    rn_init_uniform(w, .5, 1);
    m = moments_of(w);
    cr_expect(rn_test_near(m.mean, 0, 0, .01) && rn_test_near(m.deviation, .5 / sqrt(3.), 0, .005),
              "%g %g", m.mean, m.deviation);
    cr_expect(m.least >= -.5 && m.most <= .5 && m.least < -.49 && m.most > .49);
    cr_expect(rn_init_fan_in(w) == 600 && rn_init_fan_out(w) == 900);
    rn_params_free(&params);
}
