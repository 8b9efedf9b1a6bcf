/* Answers to the exercises of notebook 6. */
#include <math.h>

/* CE / FL = (1 - p_t)^-gamma = times. */
double cheap_from(double times, double gamma) {
    return 1 - pow(times, -1 / gamma);
}

/* With s = x_t: p = sigmoid(s), q = sigmoid(-s), and -log p without a sum that
 * rounds to 1. x = x_t for a positive, -x_t for a negative: the sign. */
double focal_gradient(double x, int y, double gamma, double alpha) {
    double s = y ? x : -x, weight = y ? alpha : 1 - alpha;
    double p = 1 / (1 + exp(-s)), q = 1 / (1 + exp(s));
    double minus_log_p = fmax(-s, 0) + log1p(exp(-fabs(s)));
    double slope = -pow(q, gamma) * (q + gamma * p * minus_log_p);
    return weight * (y ? slope : -slope);
}

/* d log sigmoid(z) / dz = sigmoid(-z), and the inner derivative gamma cancels
 * with 1 / gamma: the slope is p* - 1. */
double fl_star_slope(double x_t, double gamma, double beta) {
    return -1 / (1 + exp(gamma * x_t + beta));
}
