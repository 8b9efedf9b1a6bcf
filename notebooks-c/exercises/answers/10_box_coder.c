/* Answers to the exercises of notebook 10. */
#include <math.h>

typedef struct code {
    double x, y, w, h;
} code;

/* Both centres are reflected, so their difference changes its sign; sides stay. */
code mirror(code t) { return (code){-t.x, t.y, t.w, t.h}; }

/* The anchor is 1 x 1, the box a x b with the same centre: along each axis the
 * smaller side is shared. */
double iou_of_sizes(double tw, double th) {
    double a = exp(tw), b = exp(th), both = fmin(a, 1) * fmin(b, 1);
    return both / (1 + a * b - both);
}

static double slope_of_sum(double x, const double *target, int count,
                           double beta) {
    double sum = 0;
    for (int i = 0; i < count; i++)
        sum += fmin(fmax((x - target[i]) / beta, -1), 1);
    return sum;
}

/* Below all targets the slope is negative, above all it is positive. */
double best_constant(const double *target, int count, double beta) {
    double low = target[0], high = target[0];
    for (int i = 1; i < count; i++) {
        low = fmin(low, target[i]);
        high = fmax(high, target[i]);
    }
    for (int halving = 0; halving < 100; halving++) {
        double middle = low + (high - low) / 2;
        if (slope_of_sum(middle, target, count, beta) < 0)
            low = middle;
        else
            high = middle;
    }
    return high;
}
