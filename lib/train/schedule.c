#include "train/schedule.h"

double rn_schedule_rate(const rn_schedule *s, long step) {
    double rate = s->rate;
    for (int i = 0; i < s->num_steps; i++)
        if (step >= s->step[i]) rate *= s->factor;
    if (step < s->warm_up) {
        double done = (double)step / (double)s->warm_up;
        rate *= s->warm_up_factor * (1 - done) + done;
    }
    return rate;
}
