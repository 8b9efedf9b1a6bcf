/* Answers to the exercises of notebook 8. */

/* m^2 outputs of r^2 products each, against (m + r - 1)^2. For r = 5 a factor of
 * 4 is passed at m = 3: 225 / 49 = 4.6. */
double fewer_by(int m, int r) {
    double before = (double)m * m * r * r, t = m + r - 1;
    return before / (t * t);
}

void window(float *row, const float *x, int h, int w, int c, int p, int q) {
    for (int i = p - 1; i <= p + 1; i++)
        for (int j = q - 1; j <= q + 1; j++)
            for (int k = 0; k < c; k++) {
                int inside = i >= 0 && i < h && j >= 0 && j < w;
                *row++ = inside ? x[(i * w + j) * c + k] : 0;
            }
}

static int multiplications;
double times(double of_d, double of_g) {
    multiplications++;
    return of_d * of_g;
}

/* The places are those of F(2, 3), so the sums of d are too; g(a) now has two
 * terms, and there are three powers a^0, a^1, a^2 for the three outputs. */
void f32(double y[3], const double d[4], const double g[2]) {
    double at_0 = times(d[0] - d[2], g[0]);
    double at_1 = times(d[1] + d[2], (g[0] + g[1]) / 2);
    double at_minus_1 = times(d[2] - d[1], (g[0] - g[1]) / 2);
    double at_infinity = times(d[3] - d[1], g[1]);
    y[0] = at_0 + at_1 + at_minus_1;
    y[1] = at_1 - at_minus_1;
    y[2] = at_1 + at_minus_1 + at_infinity;
}
