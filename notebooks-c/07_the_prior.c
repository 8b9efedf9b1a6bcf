// %% [markdown]
// # 7. The prior: the first iterations with and without it
//
// A network that has learnt nothing should say nothing: 0 for every logit, $p = 0.5$ for every
// guess. It sounds modest, and it is a very expensive opinion. "Every second guess is an object" is
// wrong by a factor of a thousand, and the very first step of training makes the detector pay for
// it, with consequences that last for thousands of steps.
//
// The remedy is a single number (sec. 3.3 of the paper): the last layer's bias is set so that
// training begins at a small probability $\pi$.
//
// In this notebook
//
// - the bias is derived from $\pi$, and the first loss from both, so that you can predict it before
//   you look;
// - a detector with *one* weight shows what the first step does, and why the way back is so long;
// - a real detector is trained for its first iterations, with and without the prior, by cross
//   entropy and by the focal loss.
//
// You need notebooks 5 and 6. Reading takes about 15 minutes.

// %%
#include "data/loader.h"
#include "data/scenes.h"
#include "detect/assign.h"
#include "model/detection_loss.h"
#include "notebook.h"
#include "train/initial.h"
#include "train/schedule.h"
#include "train/sgd.h"
#include "train/trainer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

// %% [markdown]
// ## From a probability to a bias
//
// The last layer computes $x = \langle w, f \rangle + b$ for every guess. Its weights $w$ begin as
// small random numbers, so that at first $x \approx b$, and we want $\sigma(b) = \pi$. Solved for
// $b$,
//
// $$\frac{1}{1 + e^{-b}} = \pi \quad\Longrightarrow\quad
// e^{-b} = \frac{1 - \pi}{\pi} \quad\Longrightarrow\quad
// b = -\log \frac{1 - \pi}{\pi}.$$
//
// With the paper's $\pi = 0.01$ this is $-\log 99 = -4.595$. With $\pi = 0.5$ it is 0, what everybody
// would take without a thought.

// %%
double sigmoid(double x) { return 1 / (1 + exp(-x)); }

double bias_of(double pi) { return log(pi / (1 - pi)); } // the same

RUN {
    double pis[] = {.5, .1, .01, .001};
    printf("pi       b        sigmoid(b)\n");
    for (int i = 0; i < 4; i++)
        printf("%-6g   %6.3f   %g\n", pis[i], bias_of(pis[i]),
               sigmoid(bias_of(pis[i])));
}

// %% [markdown]
// ## The first loss
//
// When all guesses have the same $p = \pi$, the loss of a picture is a sum of two terms. Divided by
// the number of positives, as in RetinaNet,
//
// $$L_0(\pi) = -\log \pi - \frac{n_-}{n_+} \log (1 - \pi).$$
//
// With 100,000 negatives and 30 positives and $\pi = 0.5$, this is $0.69 + 3333 \cdot 0.69 = 2311$.
// With $\pi = 0.01$ it is $4.6 + 33.5 = 38$: the positives cost seven times more than before, and
// the sum is sixty times smaller.

// %%
enum { NEGATIVES = 100000, POSITIVES = 30 };

double first_ce(double pi) {
    return -log(pi) - (double)NEGATIVES / POSITIVES * log1p(-pi);
}

double first_focal(double pi) { // gamma 2, alpha 0.25
    return -.25 * pow(1 - pi, 2) * log(pi) -
           .75 * NEGATIVES / POSITIVES * pi * pi * log1p(-pi);
}

RUN {
    nb_chart chart = nb_chart_start("The loss before the first step",
                                    "π, the probability at the start",
                                    "loss over positives");
    chart.log_x = chart.log_y = true;
    nb_curve(&chart, "CE", first_ce, 1e-5, .9);
    nb_curve(&chart, "FL, γ = 2, α = 0.25", first_focal, 1e-5, .9);
    nb_chart_show(&chart);
    printf("pi 0.5:  CE %7.1f   FL %7.2f\n", first_ce(.5), first_focal(.5));
    printf("pi 0.01: CE %7.1f   FL %7.2f\n", first_ce(.01), first_focal(.01));
}

// %% [markdown]
// Where is the bottom of the blue curve? Set the derivative to 0:
//
// $$-\frac{1}{\pi} + \frac{n_-}{n_+} \cdot \frac{1}{1 - \pi} = 0
// \quad\Longrightarrow\quad \pi = \frac{n_+}{n_+ + n_-} = 0.0003,$$
//
// which is the frequency of objects. It is the best a detector without eyes can say. The paper
// starts at 0.01 and reports that the exact value does not matter: what matters is to be off the
// slope on the right, where the loss is in the hundreds. (Why not exactly at the bottom? The
// gradient of $b$ is 0 there, but the positives begin at $x = -8$ and have farther to go.)
//
// ## A habit worth having
//
// We now can predict the first loss of any detector *before* we look. Let us do it for the
// library's network, with random weights, on a real batch of four pictures.

// %%
rn_err err; // what went wrong, if something did
rn_arena arena;
rn_dataset train_set;

void must(rn_status status) {
    if (status == RN_OK) return;
    printf("%s\n", err.text);
    exit(1);
}

// A detector with random weights; the caller frees it.
rn_detector make_detector(double pi, const char *loss, int warm_up) {
    rn_detector detector = {.step = 0};
    rn_config config = rn_config_paper();
    rn_checkpoint_match match;
    must(rn_config_preset(&config, "scenes", &err));
    must(rn_option_set(&config, rn_option_find(rn_config_options(), "loss"),
                       loss, &err));
    config.model.prior = pi;
    config.train.learning_rate = .01; // the paper's
    config.train.warm_up = warm_up;
    must(rn_detector_create(&detector, &config, train_set.category,
                            train_set.num_classes, true, &err));
    must(rn_initial_weights(&detector, &match, NULL, &err));
    return detector;
}

rn_loader *start_loader(const rn_detector *detector) {
    rn_loader *loader;
    rn_loader_options options =
        rn_train_loader_options(&detector->config.train);
    must(rn_loader_start(&loader, &train_set, &options, 0, &err));
    return loader;
}

// %% [markdown]
// A step of training, written out (notebook 11 takes it apart). On the way we note the mean $p$
// that anchors with an object give to its class.

// %%
typedef struct moment {
    double loss;                 // of classification, over positives
    double positives, negatives; // mean p of the questions of each kind
    size_t num_positives, num_negatives;
} moment;

// Adds the questions of picture `i` of the batch.
void note_answers(moment *m, const rn_detector *detector, const rn_outputs *out,
                  const rn_batch *batch, int i) {
    size_t n = out->first[out->levels], classes = (size_t)detector->net.columns;
    rn_assign assign = rn_retinanet_assign(&detector->config.model);
    int *label = rn_arena_alloc(&arena, n * sizeof *label);
    int *match = rn_arena_alloc(&arena, n * sizeof *match);
    float *iou = rn_arena_alloc(&arena, n * sizeof *iou);
    rn_box *anchor = rn_retinanet_anchors(&detector->net, out, &arena);
    int first = batch->first[i];
    rn_assign_anchors(label, match, iou, anchor, n, batch->box + first,
                      batch->label + first, batch->first[i + 1] - first,
                      &assign);
    for (int l = 0; l < out->levels; l++) {
        size_t here = out->first[l + 1] - out->first[l];
        const rn_float *x = out->logit[l]->value + (size_t)i * here * classes;
        for (size_t k = 0; k < here * classes; k++) {
            int object = label[out->first[l] + k / classes];
            if (object == RN_IGNORE) continue;
            bool positive = object == (int)(k % classes);
            *(positive ? &m->positives : &m->negatives) += sigmoid(x[k]);
            ++*(positive ? &m->num_positives : &m->num_negatives);
        }
    }
}

// %%
rn_loss_report judge(rn_detector *detector, const rn_outputs *out,
                     const rn_batch *batch) {
    rn_loss_report report;
    rn_targets truth = {.box = batch->box,
                        .label = batch->label,
                        .first = batch->first,
                        .images = batch->n};
    rn_normaliser divisor = {.kind = RN_NORMALISER_BATCH_POSITIVES};
    rn_detection_loss(&report, &detector->net, out, &truth, &divisor, 1,
                      &arena);
    return report;
}

void update(rn_detector *detector) {
    rn_params *p = &detector->net.params;
    const rn_train_config *train = &detector->config.train;
    rn_schedule schedule = {.rate = train->learning_rate,
                            .warm_up = train->warm_up,
                            .warm_up_factor = train->warm_up_factor,
                            .factor = 1};
    rn_sgd sgd = {.momentum = train->momentum};
    rn_sgd_step(p->value, p->momentum, p->grad, p->trainable, &sgd,
                rn_schedule_rate(&schedule, detector->step++));
}

moment train_step(rn_detector *detector, const rn_batch *batch) {
    rn_tape tape = {.arena = &arena, .recording = true, .training = true};
    rn_tensor input = {.n = batch->n, .h = batch->h, .w = batch->w, .c = 3};
    rn_outputs out;
    moment m = {.loss = 0};
    input.value = batch->pixel;
    rn_params_zero_grad(&detector->net.params);
    rn_retinanet_forward(&out, &tape, &detector->net, &input);
    m.loss = judge(detector, &out, batch).classification;
    for (int i = 0; i < batch->n; i++)
        note_answers(&m, detector, &out, batch, i);
    m.positives /= (double)m.num_positives;
    m.negatives /= (double)m.num_negatives;
    rn_tape_backward(&tape);
    update(detector);
    rn_arena_reset(&arena);
    return m;
}

// %%
RUN {
    rn_scenes scenes = rn_scenes_default();
    scenes.cache = false; // paint each picture when it is asked for
    must(rn_scenes_load_with(&train_set, &scenes, "train", &err));
    for (int k = 0; k < 2; k++) {
        double pi = k ? .01 : .5;
        const rn_batch *batch;
        rn_detector detector = make_detector(pi, "ce", 0);
        rn_loader *loader = start_loader(&detector);
        must(rn_loader_next(&batch, loader, &err));
        moment m = train_step(&detector, batch);
        double n_minus = (double)m.num_negatives;
        double n_plus = (double)m.num_positives;
        double guess = -log(pi) - n_minus / n_plus * log1p(-pi);
        printf("pi %-4g  %.0f questions, %.0f positive\n", pi, n_minus + n_plus,
               n_plus);
        printf("         predicted %7.1f   measured %7.1f\n", guess, m.loss);
        rn_loader_stop(loader);
        rn_detector_free(&detector);
    }
}

// %% [markdown]
// Prediction and measurement agree within a few percent; the rest is what the random weights add to
// $b$. Were they apart by a factor, then something would be wrong, and it is cheaper to find it now
// than after a night of training.
//
// ## The first step
//
// A large loss is no harm by itself; numbers on a screen hurt nobody. What hurts is the step. Take
// the smallest detector possible, one that has only the bias. By notebook 5 its gradient is
//
// $$\frac{\partial L}{\partial b} = \frac{1}{n_+} \sum_i (p - y_i)
// = \frac{n_-}{n_+}\,p - (1 - p).$$
//
// - The push **down** is $\frac{n_-}{n_+}\,p$. At $p = 0.5$ that is $3333 \cdot 0.5 = 1667$.
// - The push **up** is $1 - p$. It is never more than 1.
//
// With the paper's learning rate of 0.01 the first step moves $b$ by $-16.7$. The momentum of 0.9
// repeats it with $0.9$, $0.81$, ... and so carries it ten times as far, to $-167$. At $-167$ the
// probability is $10^{-73}$. The push down is gone; and the push up, 1 at the most, climbs back at
// $0.01 \cdot 1 \cdot 10 = 0.1$ per step. **One step down, sixteen hundred steps back.**

// %%
enum { STEPS = 2500 };
double learning_rate = .01, momentum = .9;

// The bias after each step.
void train_bias(double *b_at, double pi) {
    double b = bias_of(pi), velocity = 0;
    for (int t = 0; t < STEPS; t++) {
        b_at[t] = b;
        double p = sigmoid(b);
        double slope = (double)NEGATIVES / POSITIVES * p - (1 - p);
        velocity = momentum * velocity + slope;
        b -= learning_rate * velocity;
    }
}

RUN {
    static double step[STEPS], b_at[STEPS];
    nb_chart chart =
        nb_chart_start("A detector that is only a bias", "step", "b");
    double pis[] = {.5, .1, .01};
    for (int k = 0; k < 3; k++) {
        char name[32];
        snprintf(name, sizeof name, "π = %g", pis[k]);
        train_bias(b_at, pis[k]);
        double lowest = 0;
        for (int t = 0; t < STEPS; t++) {
            step[t] = t;
            lowest = fmin(lowest, b_at[t]);
        }
        printf(
            "pi %-4g  b after one step %6.1f, lowest %7.1f, in the end %6.2f\n",
            pis[k], b_at[1], lowest, b_at[STEPS - 1]);
        nb_line(&chart, name, STEPS, step, b_at);
    }
    nb_chart_show(&chart);
}

// %% [markdown]
// All three end at $-8.1$, the logarithm of the odds of objects, as they must. The paper's
// $\pi = 0.01$ overshoots too, but by three, not by a hundred and fifty.
//
// While $b$ is at $-100$, all logits are. Every $p$ is 0 to the last digit; negatives have no
// gradient at all; and positives all say the same, $-1$, *up*. For more than a thousand steps the
// layers below are told nothing about what objects look like, except that everything should rise.
// Worse, they have been hit too: by the same chain rule, the first step hit them fifty times as
// hard as with $\pi = 0.01$, where the push down is $3333 \cdot 0.01 = 33$ and not 1667.
//
// ## The real thing
//
// A network is not a bias. It has other weights that can pull positives up, its features change,
// and ours has batch norm, which the paper's heads have not. So let us see: 60 iterations with and
// without the prior, by both losses, at the paper's rate and without warm-up.

// %% volatile
enum { ITERATIONS = 60, RUNS = 4 };
moment history[RUNS][ITERATIONS];
struct {
    const char *loss, *name;
    double pi;
} runs[RUNS] = {{"ce", "CE, π = 0.5", .5},
                {"ce", "CE, π = 0.01", .01},
                {"focal", "FL, π = 0.5", .5},
                {"focal", "FL, π = 0.01", .01}};

RUN {
    printf("                 step 1          step 10          step 60\n");
    for (int k = 0; k < RUNS; k++) {
        const rn_batch *batch;
        rn_detector detector = make_detector(runs[k].pi, runs[k].loss, 0);
        rn_loader *loader = start_loader(&detector);
        for (int t = 0; t < ITERATIONS; t++) {
            must(rn_loader_next(&batch, loader, &err));
            history[k][t] = train_step(&detector, batch);
        }
        printf("%-5s pi %-4g  %12.2f  %15.2f  %15.2f\n", runs[k].loss,
               runs[k].pi, history[k][0].loss, history[k][9].loss,
               history[k][ITERATIONS - 1].loss);
        rn_loader_stop(loader);
        rn_detector_free(&detector);
    }
}

// %% volatile
RUN {
    static double step[ITERATIONS], y[ITERATIONS];
    nb_chart chart = nb_chart_start("The first iterations", "iteration",
                                    "classification loss");
    chart.log_y = true;
    for (int k = 0; k < RUNS; k++) {
        for (int t = 0; t < ITERATIONS; t++)
            step[t] = t + 1, y[t] = history[k][t].loss;
        nb_line(&chart, runs[k].name, ITERATIONS, step, y);
    }
    nb_chart_show(&chart);
    chart = nb_chart_start("What objects are given", "iteration",
                           "mean p of the positives");
    chart.log_y = true;
    chart.y_low = 1e-12;
    chart.y_high = 1;
    for (int k = 0; k < RUNS; k++) {
        for (int t = 0; t < ITERATIONS; t++)
            y[t] = fmax(history[k][t].positives, 1e-12);
        nb_line(&chart, runs[k].name, ITERATIONS, step, y);
    }
    nb_chart_show(&chart);
}

// %% [markdown]
// The losses without a prior fall in ten steps from 2017 to about 30 (CE) and from 379 to about 5
// (FL), which looks like splendid progress. The second chart tells what it was made of. **Objects
// lose.** What is given to them drops by many powers of ten, and then it is thrown up and down,
// step by step, as a few shared weights swing between *no* and *everything*. With the prior there
// is nothing to repair. Cross entropy still presses the positives down, by a factor of ten to a
// hundred: this is the drowning of notebook 5, which the prior does not cure. Under the focal loss
// they stay at 0.01 and rise.
//
// The focal loss needs the prior as well. Its factor silences who is *right*, and at $p = 0.5$
// nobody is: the crowd has $p_t = 0.5$ and pushes with $0.75 \cdot 0.298$ each.
//
// Does it matter in the end? In the paper, cross entropy without the prior diverges, and with it
// reaches 30.2 AP. Our detector with its batch norm does not diverge, but it does not recover
// either: after a full training (`plots/reference/report.md`, "The prior") cross entropy ends at
// about 8 AP (of 100) without the prior, warm-up included, and at 56 with it; the focal loss at 14
// and 53. Any $\pi$ from 0.001 to 0.1 gives more than 50. **Few numbers in this series make such a
// difference**, and it costs nothing. It is also a cure that cross entropy can have as well as the
// focal loss, and every fair comparison of the two begins with it.
//
// ## Change this cell
//
// The bias once more. Change `pi`, the learning rate and the momentum: how far down does it go, and
// after how many steps is it within 1 of its place at $-8.1$ for good?
//
// **Expect:** with `pi = .5` it takes 1600 steps. A rate ten times smaller makes the fall shallower
// and the way back as much slower: 1400. At a hundredth of the rate the bias walks straight to its
// place, but everything else in the network would learn a hundred times slower, too; a *warm-up*,
// small rates for the first steps only, is this remedy in part. From `pi = .01` it takes 56 steps,
// from 0.001 four.

// %%
double pi = .5, rate = .01, memory = .9;

RUN {
    double b = bias_of(pi), velocity = 0, lowest = b;
    int back = 0;
    for (int t = 0; t < 100000; t++) {
        double p = sigmoid(b);
        double slope = (double)NEGATIVES / POSITIVES * p - (1 - p);
        velocity = memory * velocity + slope;
        b -= rate * velocity;
        lowest = fmin(lowest, b);
        if (fabs(b + 8.11) > 1) back = t + 1;
    }
    printf("pi %g: lowest b %.1f, at its place after %d steps\n", pi, lowest,
           back);
}

// %% [markdown]
// ## What to keep
//
// - $b = -\log\frac{1 - \pi}{\pi}$ in the last layer of the classifier, $\pi = 0.01$.
// - $L_0 = -\log \pi - \frac{n_-}{n_+} \log(1 - \pi)$ for cross entropy: predict the first loss
//   before you look at it.
// - Down is pushed with up to $n_- / n_+$, up with at most 1. One bad step down costs a thousand
//   steps up.
// - A loss that falls is not yet a detector that learns.
//
// **Next:** notebook 8 turns to what computes all these logits, the convolution.
//
// ## Exercises
//
// Write them into `notebooks-c/exercises/07_the_prior.c` and run
// `make check-exercises ONLY=07`.
//
// 1. **The bias.** Write `prior_bias(pi)`, to all digits for $\pi$ from $10^{-300}$ to 0.99.
// 2. **The first focal loss.** Write `first_loss(negatives, positives, pi, gamma, alpha)`: the
//    first loss over the number of positives, when every $p$ is $\pi$, also for $\pi = 10^{-12}$:
//    mind the digits of $\log(1 - \pi)$. With $\gamma = 0$ and $\alpha = 0.5$ it must be half of
//    that of cross entropy.
// 3. **Sixteen hundred steps.** Write `bias_after(steps, pi, ratio, rate, momentum)` for a detector
//    that is only a bias; `ratio` is $n_- / n_+$. Start with velocity 0; a step is
//    $v \leftarrow \mu v + g$, $b \leftarrow b - \eta v$, where $\mu$ is `momentum`, $\eta$ is
//    `rate`, and $g$ is the slope $\partial L / \partial b$ from above.
