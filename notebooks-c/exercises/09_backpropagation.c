/* Exercises of notebook 9. Fill in the functions, then: make check-exercises ONLY=09 */
#include <math.h>

/* 1. A map of h x w pixels was enlarged to 2 h x 2 w: each pixel became 2 x 2
 * equal ones. dy is the gradient of the large map; send it back to dtop, the
 * gradient of the small one, in which other readers have left something. */
void upsample_backward(double *dtop, const double *dy, int h, int w) {
    (void)dtop, (void)dy, (void)h, (void)w; /* TODO */
}

/* 2. The derivative with respect to w of x_n, where x_0 = x and
 * x_(k + 1) = tanh(w x_k + 1); n is at most 100. */
double recurrent_gradient(double w, double x, int n) {
    (void)w, (void)x, (void)n;
    return -99; /* TODO */
}

/* 3. Somebody claims that the gradient of f at x is `gradient`. Which of its
 * `count` components is wrong? -1 if none is; at most one is. x may be changed
 * meanwhile, but comes back as it was. */
int wrong_part(double (*f)(const double *x), double *x, const double *gradient,
               int count) {
    (void)f, (void)x, (void)gradient, (void)count;
    return -2; /* TODO */
}
