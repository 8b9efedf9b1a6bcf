/* Answers to the exercises of notebook 7. */
#include <math.h>

/* log1p keeps the digits of 1 - pi when pi is tiny. */
double prior_bias(double pi) { return log(pi) - log1p(-pi); }

double first_loss(double negatives, double positives, double pi, double gamma,
                  double alpha) {
    double positive = -alpha * pow(1 - pi, gamma) * log(pi);
    double negative = -(1 - alpha) * pow(pi, gamma) * log1p(-pi);
    return positive + negatives / positives * negative;
}

double bias_after(int steps, double pi, double ratio, double rate,
                  double momentum) {
    double b = prior_bias(pi), velocity = 0;
    for (int t = 0; t < steps; t++) {
        double p = 1 / (1 + exp(-b));
        velocity = momentum * velocity + ratio * p - (1 - p);
        b -= rate * velocity;
    }
    return b;
}
