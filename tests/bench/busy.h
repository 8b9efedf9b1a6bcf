/* busy.h: was the machine ours while we measured? */
#ifndef RN_BENCH_BUSY_H
#define RN_BENCH_BUSY_H

typedef struct busy {
    double all, own, clock; /**< seconds of processors: everybody's, this process's; elapsed time */
} busy;

/** Processor time so far; all is NaN where /proc/stat cannot be read. */
busy busy_now(void);

/** Processors that others (and neither this process nor the children it has waited for) kept busy
 * since then, on average: 0.5 is half a core. */
double busy_others_since(busy then);

#endif
