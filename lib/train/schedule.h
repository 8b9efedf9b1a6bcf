/* schedule.h: the learning rate at each step: linear warm-up, then steps down (sec. 4.1). */
#ifndef RN_TRAIN_SCHEDULE_H
#define RN_TRAIN_SCHEDULE_H

enum { RN_SCHEDULE_STEPS_MOST = 128 };

typedef struct rn_schedule {
    double rate;                       /**< after warm-up, before the first step */
    long warm_up;                      /**< steps over which the rate grows ... */
    double warm_up_factor;             /**< ... from rate * this */
    long step[RN_SCHEDULE_STEPS_MOST]; /**< from this step on the rate is multiplied by factor */
    int num_steps;
    double factor;
} rn_schedule;

/** Rate of step 0, 1, ...: a pure function, as Detectron computes it. */
double rn_schedule_rate(const rn_schedule *schedule, long step);

#endif
