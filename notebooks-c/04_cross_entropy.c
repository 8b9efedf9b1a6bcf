// %% [markdown]
// # 4. Cross entropy, logits and numerical stability
//
// A detector asks one question a hundred thousand times per picture: *is there
// an object of this class at this place?* Before we can say why training on so
// many questions fails, and what the focal loss does about it, we need the
// price of a single answer. It is called **cross entropy**.
//
// In this notebook
//
// - a score becomes a probability, and a probability a loss;
// - the gradient turns out to be the simplest formula of the whole subject;
// - the textbook formula, typed into C, returns `inf` and `nan` for numbers
//   that every network produces;
// - one line of algebra repairs it, and the repaired version is what the
//   library computes.
//
// You need C and the derivative of $\log x$. Reading takes about 20 minutes.

// %%
#include "loss/classification.h"
#include "notebook.h"

#include <math.h>
#include <stdio.h>

// %% [markdown]
// ## From a score to a probability
//
// The last layer of a network computes a sum, which can be any real number $x$
// from $-\infty$ to $\infty$. We call it the **logit**. To read it as a
// probability we squeeze it into $(0, 1)$ with the **sigmoid**
//
// $$p = \sigma(x) = \frac{1}{1 + e^{-x}}.$$
//
// A logit of 0 means "I do not know", $p = \frac12$. Every step of
// $\log 10 \approx 2.3$ multiplies the odds $p : (1 - p)$ by ten, since
//
// $$\log \frac{p}{1-p} = x,$$
//
// and so the logit is the *logarithm of the odds*.

// %%
double sigmoid(double x) { return 1 / (1 + exp(-x)); }

RUN {
    printf("logit     p        odds\n");
    for (int k = -3; k <= 3; k++) {
        double x = k * log(10);
        printf("%5.2f   %6.4f   %g : 1\n", x, sigmoid(x),
               sigmoid(x) / (1 - sigmoid(x)));
    }
}

// %% [markdown]
// ## From a probability to a loss
//
// The truth is $y = 1$ (an object of this class) or $y = 0$ (none). What
// matters is the probability that the network gives to *what is true*:
//
// $$p_t = \begin{cases} p & \text{if } y = 1 \\ 1 - p & \text{if } y = 0. \end{cases}$$
//
// Keep this letter: the focal loss is written with it. Suppose the network
// judges $n$ places independently. The probability that it is right everywhere
// is the product of all $p_t$, a number too small for any computer. Its
// logarithm is a sum of moderate numbers, and with the sign turned it becomes
// something to make small:
//
// $$\mathrm{CE}(p_t) = -\log p_t, \qquad
// L = \sum_{i=1}^{n} \mathrm{CE}(p_{t,i}).$$
//
// Certain and right costs 0. Undecided costs $\log 2 \approx 0.69$. Certain
// and wrong costs without limit.

// %%
double cross_entropy(double p_t) { return -log(p_t); }

RUN {
    nb_chart chart = nb_chart_start("What an answer costs",
                                    "probability of the truth", "CE");
    nb_curve(&chart, "CE", cross_entropy, 0.005, 1);
    double x[] = {.01, .5, .9, .99}, y[4];
    for (int i = 0; i < 4; i++) y[i] = cross_entropy(x[i]);
    nb_dots(&chart, "", 4, x, y);
    nb_chart_show(&chart);
    for (int i = 0; i < 4; i++) printf("p_t %.2f   CE %.4f\n", x[i], y[i]);
}

// %% [markdown]
// Look at the right end: the curve reaches 0 only at $p_t = 1$, and it gets
// there with slope $-1$, it does not flatten out. An answer with $p_t = 0.99$,
// as good as anyone could wish, still costs $0.01$. That is nothing; but
// notebook 5 adds up a hundred thousand such nothings, and they come to more
// than all the mistakes together. This is the flaw that the focal loss was made
// for.
//
// ## The gradient
//
// Training moves the logit, so we want the derivative with respect to $x$, not
// $p$. The sigmoid's own derivative is
//
// $$\frac{dp}{dx} = \frac{e^{-x}}{(1 + e^{-x})^2} = p\,(1 - p),$$
//
// and for $y = 1$ the chain rule gives
// $-\frac{1}{p} \cdot p\,(1-p) = p - 1$; for $y = 0$ it gives
// $\frac{1}{1-p} \cdot p\,(1-p) = p$. Both are
//
// $$\frac{d\,\mathrm{CE}}{dx} = p - y.$$
//
// *Answer minus truth.* The factor $p\,(1-p)$, which would have put a wrong but
// certain network to sleep, has cancelled: that is why the sigmoid goes with a
// logarithm, and not with, say, the squared error, where the factor stays.

// %%
double loss_naive(double x, int y) {
    double p = sigmoid(x);
    return -(y * log(p) + (1 - y) * log(1 - p));
}

double gradient(double x, int y) { return sigmoid(x) - y; }

RUN {
    double h = 1e-5;
    printf("    x   y   p - y      measured\n");
    for (int y = 0; y <= 1; y++)
        for (double x = -4; x <= 4; x += 4) {
            double rise = loss_naive(x + h, y) - loss_naive(x - h, y);
            printf("%5.0f   %d  %8.5f   %8.5f\n", x, y, gradient(x, y),
                   rise / (2 * h));
        }
}

// %% [markdown]
// ## The textbook formula breaks
//
// `loss_naive` is the formula as every book prints it. Networks compute in
// single precision, so let us do the same, and ask for the loss of logits
// between $-200$ and $200$. The left half is where a detector lives: the
// background of a picture is easy, and after some training its logits are around
// $-8$ (notebook 5), many far below. At $-8$ half of the digits are gone already.

// %%
float naive_in_float(float x, int y) {
    float p = 1 / (1 + expf(-x));
    return -((float)y * logf(p) + (float)(1 - y) * logf(1 - p));
}

RUN {
    printf("     x   y = 1         y = 0\n");
    for (int i = 0; i < 7; i++) {
        float x = (float[]){-200, -100, -20, 0, 10, 20, 200}[i];
        printf("%6.0f   %-12g  %-12g\n", x, naive_in_float(x, 1),
               naive_in_float(x, 0));
    }
}

// %% [markdown]
// Three different accidents:
//
// 1. **Overflow.** `expf(100)` is larger than any float, so $p$ becomes
//    $1/\infty = 0$ and its logarithm $-\infty$. The true loss is simply 100.
// 2. **Zero times infinity.** The term that should not count is multiplied
//    by 0; where it is infinite, $0 \cdot \infty$ is `nan`. One such number in a
//    sum of a hundred thousand, and the whole training step is lost.
// 3. **Cancellation**, the quiet one. At $x = -20$ with $y = 0$ the loss should
//    be $e^{-20} \approx 2 \cdot 10^{-9}$. The table says $-0$, since a float has 24
//    bits and $1 - p$ rounds to 1. No alarm is raised; the easy background has
//    just disappeared. On the other side, at $x = 20$, $p$ rounds to 1, and a
//    loss of 20 becomes infinite.
//
// ## One line of algebra
//
// Write the loss in $x$ instead of $p$. With $y = 1$,
//
// $$-\log \sigma(x) = \log(1 + e^{-x}),$$
//
// which is harmless for $x \ge 0$, where $e^{-x} \le 1$. For $x < 0$ pull out
// what overflows:
//
// $$\begin{aligned}
// \log(1 + e^{-x}) &= \log\left(e^{-x}(e^{x} + 1)\right)
// \\ &= -x + \log(1 + e^{x}).
// \end{aligned}$$
//
// Both cases, and $y = 0$, which is $y = 1$ with the sign of $x$ turned, fit into
//
// $$\mathrm{CE}(x, y) = \max(x, 0) - x\,y + \log\left(1 + e^{-|x|}\right).$$
//
// The exponential never exceeds 1. And $\log(1 + \varepsilon)$ for a tiny
// $\varepsilon$, the quiet accident, has a function of its own in every C
// library: `log1p`, which never forms the sum $1 + \varepsilon$.

// %%
float loss_stable(float x, int y) {
    return fmaxf(x, 0) - x * (float)y + log1pf(expf(-fabsf(x)));
}

RUN {
    printf("     x   y = 1         y = 0\n");
    for (int i = 0; i < 7; i++) {
        float x = (float[]){-200, -100, -20, 0, 10, 20, 200}[i];
        printf("%6.0f   %-12.6g  %-12.6g\n", x, loss_stable(x, 1),
               loss_stable(x, 0));
    }
}

// %% [markdown]
// How bad was it in between, where nothing is infinite? We take the background,
// $y = 0$, since a detector sees little else, and measure the relative error of
// both versions against the same formula in double precision. Each power of ten
// down the vertical axis is a digit gained.

// %%
double exact(double x) { return fmax(x, 0) + log1p(exp(-fabs(x))); }

// The 1e-9 is a floor: 0 has no place on a logarithmic axis.
double naive_error(double x) {
    return fabs(naive_in_float((float)x, 0) / exact((float)x) - 1) + 1e-9;
}

double stable_error(double x) {
    return fabs(loss_stable((float)x, 0) / exact((float)x) - 1) + 1e-9;
}

RUN {
    nb_chart chart = nb_chart_start("Relative error in single precision, y = 0",
                                    "logit", "relative error");
    chart.log_y = true;
    chart.y_low = 1e-9;
    chart.y_high = 10;
    nb_curve(&chart, "textbook", naive_error, -30, 30);
    nb_curve(&chart, "stable", stable_error, -30, 30);
    nb_chart_show(&chart);
}

// %% [markdown]
// Read it from the middle to the left, where answers get better. The textbook
// formula loses a digit for every $2.3$ by which the logit falls, and below
// about $-17$ it has lost all: error 1 means "the answer is 0". To the right its
// line ends where the result is infinite. The stable one keeps its seven digits
// on the whole chart. (Below $-87$ the loss itself is smaller than a normal
// float: 3.78e-44 in the table should be 3.72e-44. That harms nobody.)
//
// ## The library says the same
//
// The library's loss takes a whole array of logits and labels, runs on vectors
// of 8 or 16 numbers at a time, and returns value and gradient in one pass. It
// must still be the formula above, and a test of the project holds it to that.
// Here is the comparison for one place: a label is a class, counted from 0, or
// `RN_BACKGROUND`.

// %%
RUN {
    const rn_loss *ce = rn_loss_find("ce");
    rn_loss_options options = {0};
    double worst = 0, worst_gradient = 0;
    int values = 0, gradients = 0;
    for (float x = -200; x <= 200; x += .25f)
        for (int y = 0; y <= 1; y++) {
            int label = y ? 0 : RN_BACKGROUND;
            rn_float logit = x, grad;
            double value =
                ce->compute(&grad, &logit, &label, 1, 1, &options, 1);
            double mine = loss_stable(x, y);
            if (mine > 1e-30) {
                worst = fmax(worst, fabs(value / mine - 1));
                values++;
            }
            worst_gradient = fmax(worst_gradient, fabs(grad - gradient(x, y)));
            gradients++;
        }
    printf("%s: %s\n", ce->name, ce->formula);
    printf("%d values above 1e-30 agree: %s\n", values,
           worst < 1e-6 ? "yes" : "no");
    printf("%d gradients agree: %s\n", gradients,
           worst_gradient < 1e-6 ? "yes" : "no");
}

// %% [markdown]
// ## Change this cell
//
// A network calls 1000 places background and is right about all but one. Which
// part of the loss is that one mistake? Change `certainty`, how far below 0
// every logit is, and run the cell again.
//
// **Expect:** at 2 the mistake is a mere 1.6 % of the loss. At 7 the right
// answers are so cheap that it is 88 %, and at 10 nearly everything. With 30
// mistakes among 100,000 the two sides of the *gradient* balance at about 8
// (notebook 5).

// %%
double certainty = 2;

RUN {
    double right = 999 * exact(-certainty), wrong = exact(certainty);
    printf("999 right answers cost %.3f\n", right);
    printf("one wrong answer costs %.3f\n", wrong);
    printf("the mistake is %.1f %% of the loss\n",
           100 * wrong / (right + wrong));
}

// %% [markdown]
// ## What to keep
//
// - The network's number is a logit; $p_t$ is the probability it gives to the
//   truth; the loss is $-\log p_t$ and its gradient $p - y$.
// - Compute losses **from logits**, never from probabilities. Information that
//   has been rounded away in $p$ does not come back in $\log p$.
// - $\max(x, 0) - x\,y + \log(1 + e^{-|x|})$, with `log1p`.
//
// ## Exercises
//
// Write them into `notebooks-c/exercises/04_cross_entropy.c` and run
// `make check-exercises ONLY=04`.
//
// 1. **Back from probabilities.** Write `logit_of(p)`, the inverse of the
//    sigmoid. $\log\frac{p}{1-p}$ is easily typed. But near $p = \frac12$ the
//    quotient is near 1, where a `double` has room for 16 digits *behind the 1*,
//    and those of the logit stand at the end of them. Mend it there with
//    `log1p`, so that $p = \frac12 + 10^{-9}$ too gives twelve correct digits,
//    and keep the plain formula for small $p$, down to $10^{-300}$.
// 2. **Many classes.** With $K$ classes of which exactly one is true, the loss
//    is $-\log \frac{e^{x_t}}{\sum_k e^{x_k}}$. Write
//    `softmax_cross_entropy(logit, count, truth)` so that logits of
//    $\pm 10{,}000$ do no harm. Hint: subtracting the same number from all
//    logits changes nothing; and take the logarithm of the quotient apart
//    *before* computing it, for a computer's $e^{-2000}$ is 0.
// 3. **A look ahead.** The focal loss multiplies CE by $(1 - p_t)^\gamma$.
//    Write `modulating_factor(x, y, gamma)` from the logit without ever
//    computing $1 - p_t$ by a subtraction.
