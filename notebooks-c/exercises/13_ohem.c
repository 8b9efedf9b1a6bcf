/* Exercises of notebook 13. Fill in the functions, then: make check-exercises ONLY=13 */
#include <math.h>

/* 1. The smallest loss among the `batch` largest of `count` losses, batch >= 1
 * and count >= 1. */
double bar(const double *loss, int count, int batch) {
    (void)loss, (void)count, (void)batch;
    return -99; /* TODO */
}

/* 2. Sets kept[i] to 1 or 0 and returns how many are kept: at most a quarter of
 * the batch (rounded up) of positives (y[i] = 1), the hardest; at most three
 * negatives for each of these, the hardest; 3 when no positive is kept; and
 * never more than `batch` in all. */
int one_to_three(const double *loss, const int *y, int *kept, int count,
                 int batch) {
    (void)loss, (void)y, (void)kept, (void)count, (void)batch;
    return -99; /* TODO */
}

/* 3. The p_t at which dFL/dx_t is half of dCE/dx_t, gamma 2. */
double half_weight(void) { return -99; /* TODO */ }
