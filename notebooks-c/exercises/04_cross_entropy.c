/* Exercises of notebook 4. Fill in the functions, then: make check-exercises ONLY=04 */

/* 1. The logit x of which the sigmoid is p, to 12 digits for p as small as
 * 1e-300 and for p near 1/2 as well. */
double logit_of(double p) {
    (void)p;
    return -99; /* TODO */
}

/* 2. The cross entropy of a softmax over `count` logits when class `truth` is
 * true; logits may be as large as 1e4 in both directions. */
double softmax_cross_entropy(const double *logit, int count, int truth) {
    (void)logit, (void)count, (void)truth;
    return -99; /* TODO */
}

/* 3. (1 - p_t)^gamma for a logit x and the truth y (0 or 1), without computing
 * 1 - p_t by a subtraction; to 12 digits for x between -300 and 300. */
double modulating_factor(double x, int y, double gamma) {
    (void)x, (void)y, (void)gamma;
    return -99; /* TODO */
}
