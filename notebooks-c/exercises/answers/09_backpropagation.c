/* Answers to the exercises of notebook 9. */
#include <math.h>

/* Every large pixel adds to the small one that it was made from. */
void upsample_backward(double *dtop, const double *dy, int h, int w) {
    for (int i = 0; i < 2 * h; i++)
        for (int j = 0; j < 2 * w; j++)
            dtop[i / 2 * w + j / 2] += dy[i * 2 * w + j];
}

/* Forward all states are kept. Backward g is the gradient of x_(k + 1), then of
 * u = w x_k + 1, then of x_k, and w takes its share at every step. */
double recurrent_gradient(double w, double x, int n) {
    double state[101] = {x}, dw = 0, g = 1;
    for (int k = 0; k < n; k++) state[k + 1] = tanh(w * state[k] + 1);
    for (int k = n - 1; k >= 0; k--) {
        double du = g * (1 - state[k + 1] * state[k + 1]);
        dw += du * state[k];
        g = du * w;
    }
    return dw;
}

int wrong_part(double (*f)(const double *x), double *x, const double *gradient,
               int count) {
    const double h = 1e-5;
    for (int i = 0; i < count; i++) {
        double here = x[i], rise;
        x[i] = here + h;
        rise = f(x);
        x[i] = here - h;
        rise -= f(x);
        x[i] = here;
        double slope = rise / (2 * h);
        if (fabs(slope - gradient[i]) > 1e-6 * fmax(1, fabs(slope))) return i;
    }
    return -1;
}
