/* Exercises of notebook 8. Fill in the functions, then: make check-exercises ONLY=08 */

/* 1. How many times fewer multiplications F(m x m, r x r) needs than the
 * definition, for the same outputs. */
double fewer_by(int m, int r) {
    (void)m, (void)r;
    return -1; /* TODO */
}

/* 2. The row of the im2col matrix of output pixel (p, q): 9 * c numbers, window
 * row by window row, pixel by pixel, channel by channel. x: (h, w, c); the window
 * is 3 x 3 with (p, q) in its middle; x is 0 outside. */
void window(float *row, const float *x, int h, int w, int c, int p, int q) {
    (void)row, (void)x, (void)h, (void)w, (void)c, (void)p, (void)q; /* TODO */
}

/* The only way in which exercise 3 may multiply something of d by something of
 * g. It counts. */
static int multiplications;
double times(double of_d, double of_g) {
    multiplications++;
    return of_d * of_g;
}

/* 3. y[i] = d[i] g[0] + d[i + 1] g[1] for i = 0, 1, 2, in four times(). Sums,
 * differences and halves are free. */
void f32(double y[3], const double d[4], const double g[2]) {
    (void)d, (void)g;
    y[0] = y[1] = y[2] = times(0, 0); /* TODO */
}
