/* clock.h: elapsed time. */
#ifndef RN_BASE_CLOCK_H
#define RN_BASE_CLOCK_H

/** Seconds since some fixed moment, never going back. */
double rn_clock_seconds(void);

#endif
