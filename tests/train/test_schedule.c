#include "train/schedule.h"

#include <criterion/criterion.h>
#include <math.h>

/* Section 4.1 with Detectron's warm-up: 90000 iterations, a tenth from 60000 and from 80000 on. */
static const rn_schedule PAPER = {.rate = .01,
                                  .warm_up = 500,
                                  .warm_up_factor = 1. / 3,
                                  .step = {60000, 80000},
                                  .num_steps = 2,
                                  .factor = .1};
static const rn_schedule PLAIN = {.rate = .5};
static const rn_schedule DROP_IN_WARM_UP = {
    .rate = 8, .warm_up = 4, .warm_up_factor = 0, .step = {2}, .num_steps = 1, .factor = .5};
static const rn_schedule FROM_THE_START = {
    .rate = 1, .step = {0, 5, 5}, .num_steps = 3, .factor = .5};

static const struct {
    const rn_schedule *schedule;
    long step;
    double rate;
} rows[] = {
    {&PAPER, 0, .01 / 3},
    {&PAPER, 1, .01 * (1. / 3 + 2. / 3 / 500)},
    {&PAPER, 250, .01 * 2 / 3},
    {&PAPER, 499, .01 * (1. / 3 + 2. / 3 * 499 / 500)},
    {&PAPER, 500, .01},
    {&PAPER, 59999, .01},
    {&PAPER, 60000, .001},
    {&PAPER, 79999, .001},
    {&PAPER, 80000, .0001},
    {&PAPER, 89999, .0001},
    {&PLAIN, 0, .5},
    {&PLAIN, 1000000000, .5},
    {&DROP_IN_WARM_UP, 0, 0},
    {&DROP_IN_WARM_UP, 1, 2},
    {&DROP_IN_WARM_UP, 2, 2},
    {&DROP_IN_WARM_UP, 3, 3},
    {&DROP_IN_WARM_UP, 4, 4},
    {&FROM_THE_START, 0, .5},
    {&FROM_THE_START, 4, .5},
    {&FROM_THE_START, 5, .125},
};

Test(schedule, rates_at_single_steps) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double got = rn_schedule_rate(rows[i].schedule, rows[i].step);
        cr_expect(fabs(got - rows[i].rate) <= 1e-15, "row %zu, step %ld: %.17g, want %.17g", i,
                  rows[i].step, got, rows[i].rate);
    }
}

Test(schedule, warm_up_rises_evenly_and_only_drops_follow) {
    double before = rn_schedule_rate(&PAPER, 0);
    for (long step = 1; step < 90000; step++) {
        double rate = rn_schedule_rate(&PAPER, step), rise = rate - before;
        if (step <= 500)
            cr_assert(fabs(rise - .01 * 2 / 3 / 500) <= 1e-15, "step %ld rises by %g", step, rise);
        else
            cr_assert(rise <= 0, "step %ld rises by %g", step, rise);
        before = rate;
    }
}
