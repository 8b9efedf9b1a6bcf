#include "bench/busy.h"
#include "base/clock.h"

#include <math.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

static double seconds(struct timeval t) { return (double)t.tv_sec + 1e-6 * (double)t.tv_usec; }

static double used_by(int who) {
    struct rusage usage;
    if (getrusage(who, &usage) != 0) return 0;
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/* Of all processors, without idling and waiting for disks; "steal" is what other guests took. */
static double used_by_all(void) {
    unsigned long long user, nice, system, idle, wait, irq, soft, steal;
    FILE *file = fopen("/proc/stat", "r");
    int got = file ? fscanf(file, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &user, &nice,
                            &system, &idle, &wait, &irq, &soft, &steal)
                   : 0;
    if (file) fclose(file);
    if (got != 8) return NAN;
    return (double)(user + nice + system + irq + soft + steal) / (double)sysconf(_SC_CLK_TCK);
}

busy busy_now(void) {
    return (busy){used_by_all(), used_by(RUSAGE_SELF) + used_by(RUSAGE_CHILDREN),
                  rn_clock_seconds()};
}

double busy_others_since(busy then) {
    busy now = busy_now();
    double others = (now.all - then.all) - (now.own - then.own);
    return fmax(others, 0) / (now.clock - then.clock);
}
