/* Answers to the exercises of notebook 13. */
#include <math.h>

/* loss[i] is kept when fewer than `batch` come before it. */
double bar(const double *loss, int count, int batch) {
    double lowest = INFINITY;
    for (int i = 0; i < count; i++) {
        int before = 0;
        for (int k = 0; k < count; k++)
            before += loss[k] > loss[i] || (loss[k] == loss[i] && k < i);
        if (before < batch) lowest = fmin(lowest, loss[i]);
    }
    return lowest;
}

/* Keeps the `most` hardest of one kind. */
static int keep(const double *loss, const int *y, int *kept, int count,
                int kind, int most) {
    int chosen = 0;
    for (; chosen < most; chosen++) {
        int hardest = -1;
        for (int i = 0; i < count; i++)
            if (y[i] == kind && !kept[i] &&
                (hardest < 0 || loss[i] > loss[hardest]))
                hardest = i;
        if (hardest < 0) break;
        kept[hardest] = 1;
    }
    return chosen;
}

int one_to_three(const double *loss, const int *y, int *kept, int count,
                 int batch) {
    for (int i = 0; i < count; i++) kept[i] = 0;
    int positives = keep(loss, y, kept, count, 1, (batch + 3) / 4);
    int most = positives ? 3 * positives : 3;
    if (most > batch - positives) most = batch - positives;
    return positives + keep(loss, y, kept, count, 0, most);
}

/* The weight rises up to 1.22 for small p_t and falls from there to 0, so
 * the half is passed once. */
double half_weight(void) {
    double low = .1, high = 1;
    while (high - low > 1e-13) {
        double p = (low + high) / 2, q = 1 - p;
        *(q * q * (1 - 2 * p * log(p) / q) > .5 ? &low : &high) = p;
    }
    return low;
}
