/* Exercises of notebook 5. Fill in the functions, then: make check-exercises ONLY=05 */

/* 1. The p of each easy negative at which `negatives` of them push as hard
 * under cross entropy as `positives` positives that are each given p. */
double break_even(double negatives, double positives, double p) {
    (void)negatives, (void)positives, (void)p;
    return -99; /* TODO */
}

/* 2. The part, 0 to 1, of the sum of |p - y| over all guesses that belongs to
 * negatives (y[i] = 0) with p_t > above; x[i] is a logit. */
double easy_share(const double *x, const int *y, int count, double above) {
    (void)x, (void)y, (void)count, (void)above;
    return -99; /* TODO */
}

/* 3. The b at which cross entropy rests when all guesses have the logit b. */
double blind_bias(double negatives, double positives) {
    (void)negatives, (void)positives;
    return -99; /* TODO */
}
