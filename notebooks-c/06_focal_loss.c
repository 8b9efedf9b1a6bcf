// %% [markdown]
// # 6. Alpha, gamma and the focal loss
//
// Cross entropy listens to whoever is there, and nearly everybody who is there is
// easy background (notebook 5). Two things can be done. One can give the rare kind
// a louder voice; or one can see to it that whoever is already right falls silent.
// The first is a weight, $\alpha$. The second is the **focal loss**, and it is one
// factor.
//
// In this notebook
//
// - you see what a weight can do, and what it cannot;
// - the focal loss is built from three wishes (the loss of sec. 3.2 of the paper);
// - its gradient is derived, step by step, checked against differences and against
//   the library, and read at both ends;
// - figures 1, 5 and 6 of the paper are drawn from the library's losses;
// - a detector is trained, and on one of its pictures you look at $p_t$ and at who
//   gets attention: hard and easy, positive and negative.
//
// You need notebooks 4 and 5, and the product rule. Reading takes about 30 minutes.

// %%
#include "base/rng.h"
#include "data/loader.h"
#include "data/scenes.h"
#include "detect/assign.h"
#include "eval/loss_share.h"
#include "model/detection_loss.h"
#include "notebook.h"
#include "train/initial.h"
#include "train/pretrain.h"
#include "train/trainer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

// %% [markdown]
// ## First wish: a louder voice for the rare
//
// Give positives the weight $\alpha$ and negatives $1 - \alpha$. As with $p_t$, one letter
// serves both (eq. 3 of the paper):
//
// $$\alpha_t = \begin{cases} \alpha & \text{if } y = 1 \\ 1 - \alpha & \text{if } y = 0,
// \end{cases} \qquad \mathrm{CE}_\alpha = -\alpha_t \log p_t.$$
//
// Which $\alpha$? One answer is to let both kinds have the same total weight,
// $n_+\,\alpha = n_-\,(1 - \alpha)$. With 30 against 100,000 that is $\alpha = 0.9997$. Let us
// ask the library, and draw up the account of notebook 5 again: negatives at $p = 0.01$,
// positives at $p = 0.1$.

// %%
double negatives_push(double alpha) {
    double negatives = 100000 * (1 - alpha) * .01, positives = 30 * alpha * .9;
    return 100 * negatives / (negatives + positives);
}

RUN {
    double balanced = rn_loss_alpha_auto(30, 100000);
    double alphas[] = {.5, .75, .9, .99, balanced};
    printf("alpha    negatives' share of the gradient\n");
    for (int i = 0; i < 5; i++)
        printf("%.4f   %5.1f %%\n", alphas[i], negatives_push(alphas[i]));
}

// %% [markdown]
// Between positives and negatives the weight mediates well. But it cannot see
// what matters more. A background guess at $p_t = 0.9999$ and a *hard* one, a
// shape that nearly is an object, at $p_t = 0.1$, get the same weight. Whoever turns down the
// crowd by $1 - \alpha$ also turns down the few that could teach what an object is *not*. At
// $\alpha = 0.999$ the paper's detector loses five points against $\alpha = 0.5$ (table 1a:
// 25.1 against 30.2 AP); the best is a careful 0.75, with 31.1.
//
// ## Second wish: silence for whoever is right
//
// So the weight should depend on *how right* an answer is, on $p_t$ itself. We want
// a factor $m(p_t)$ before the cross entropy with
//
// 1. $m \approx 1$ where the answer is wrong: there, nothing changes;
// 2. $m \to 0$ where $p_t \to 1$, so fast that even 100,000 such answers weigh little;
// 3. no jump in between, since a threshold would have to know beforehand what "easy" is.
//
// The simplest function that falls from 1 to 0 is $1 - p_t$. One knob for how fast, $\gamma \ge 0$,
// and here is the **focal loss** (eq. 4):
//
// $$\mathrm{FL}(p_t) = -(1 - p_t)^\gamma \log p_t,$$
//
// and with the weight (eq. 5), as RetinaNet is trained by it, with $\gamma = 2$ and $\alpha = 0.25$,
//
// $$\mathrm{FL}_\alpha(p_t) = -\alpha_t\,(1 - p_t)^\gamma \log p_t.$$
//
// For $\gamma = 0$ it is cross entropy. For $\gamma = 2$ the factors can be had in the head:
// $0.5^2$, $0.1^2$, $0.01^2$.

// %%
double focal(double p_t, double gamma) {
    return -pow(1 - p_t, gamma) * log(p_t);
}

RUN {
    double values[] = {.01, .1, .5, .9, .968, .99, .9999};
    printf("p_t       CE           FL, gamma 2   times cheaper\n");
    for (int i = 0; i < 7; i++) {
        double p = values[i];
        printf("%-7g   %-10.4g   %-11.4g   %.4g\n", p, focal(p, 0), focal(p, 2),
               focal(p, 0) / focal(p, 2));
    }
}

// %% [markdown]
// A guess at 0.9 is 100 times cheaper, one at 0.968 about 1000 times, and one at 0.99 ten
// thousand times, whereas for $p_t \le 0.5$ the loss falls at most by a factor of 4. This is what the
// paper's **figure 1** shows. It is drawn from the library's loss, by the same script
// as that of the experiments.

// %%
typedef struct curve {
    const char *label, *loss;
    double gamma, beta;
} curve;

// The library's loss of a logit on its true side; *slope gets d/dx_t.
double library(double *slope, curve c, double x_t) {
    rn_loss_options options = {
        .gamma = (rn_float)c.gamma, .beta = (rn_float)c.beta, .alpha = 1};
    rn_float grad, x = (rn_float)x_t;
    int label = 0; // a positive: its x_t is x
    double value =
        rn_loss_find(c.loss)->compute(&grad, &x, &label, 1, 1, &options, 1);
    if (slope) *slope = grad;
    return value;
}

enum { COLUMNS_MOST = 8 };

rn_table start_curves(const char *x, const curve *list, size_t count) {
    static rn_column column[COLUMNS_MOST];
    column[0] = (rn_column){x, RN_COLUMN_NUMBER, 3};
    for (size_t k = 0; k < count; k++)
        column[1 + k] = (rn_column){list[k].label, RN_COLUMN_NUMBER, 6};
    return rn_table_start("", column, 1 + count);
}

// %%
curve figure_1[] = {{"CE (γ = 0)", "ce", 0, 0},
                    {"γ = 0.5", "fl", .5, 0},
                    {"γ = 1", "fl", 1, 0},
                    {"γ = 2", "fl", 2, 0},
                    {"γ = 5", "fl", 5, 0}};

RUN {
    rn_table table = start_curves("p_t", figure_1, 5);
    for (int i = 1; i < 500; i++) {
        double p = i / 500.;
        rn_table_row(&table);
        rn_table_add_number(&table, p);
        for (int k = 0; k < 5; k++)
            rn_table_add_number(&table,
                                library(NULL, figure_1[k], log(p / (1 - p))));
    }
    rn_figure_variable texts[] = {
        {"title", "Figure 1: what is well classified becomes cheap"},
        {"note", ""},
        {"ratio", "4"},
        {"at", "0.9 0.968"}};
    nb_figure("loss_p", &table, texts, 4);
    rn_table_free(&table);
}

// %% [markdown]
// The left panel is the famous one, and it hides the point: at the right end the curves for
// $\gamma \ge 2$ lie on the axis, and how far below the others they are cannot be seen. The right
// panel has a logarithmic axis, on which the distance between two curves is the factor between
// them. There you see what happens to the crowd, which lives at the right end.
//
// ## The gradient
//
// What moves the weights is the derivative. We take it with respect to the logit **on the true
// side**,
//
// $$x_t = \begin{cases} x & \text{if } y = 1 \\ -x & \text{if } y = 0, \end{cases}
// \qquad p_t = \sigma(x_t),$$
//
// so that one calculation does for both kinds. (The paper writes $y = \pm 1$ for the two kinds, so
// that $x_t = y\,x$.) Write $p$ for $p_t$ and $q = 1 - p$ for what is
// missing. Notebook 4 gave the derivative of the sigmoid, and with it everything we need:
//
// $$\frac{dp}{dx_t} = p\,q, \qquad \frac{dq}{dx_t} = -p\,q, \qquad
// \frac{d \log p}{dx_t} = \frac{p\,q}{p} = q.$$
//
// The focal loss is a product, $-\,q^\gamma \cdot \log p$. The product rule gives two terms,
//
// $$\frac{d\,\mathrm{FL}}{dx_t} =
// -\underbrace{\gamma\,q^{\gamma - 1}\,(-p\,q)}_{\text{derivative of } q^\gamma} \log p
// \;-\; q^\gamma \cdot \underbrace{q}_{\text{of } \log p}.$$
//
// One factor $q$ of the first term goes back into its power,
//
// $$\frac{d\,\mathrm{FL}}{dx_t} = \gamma\,p\,q^{\gamma} \log p \;-\; q^{\gamma + 1},$$
//
// and with $q^\gamma$ pulled out front,
//
// $$\frac{d\,\mathrm{FL}}{dx_t} = -\,q^\gamma\,(q - \gamma\,p \log p),
// \qquad q = 1 - p, \quad p = p_t.$$
//
// (The paper's appendix B has the same with the sign $y$ for the step from $x_t$ back to $x$: the
// derivative with respect to $x$ is this for a positive, and minus this for a negative.) Three
// checks without a computer:
//
// - $\gamma = 0$ leaves $-q = p_t - 1$: cross entropy, as in notebook 4.
// - Both terms in the bracket are positive, as $\log p < 0$. So the slope is negative everywhere:
//   it is never good to be less right.
// - At $x_t = 0$, $p = q = \frac12$, $\gamma = 2$:
//   $-\frac14 \left(\frac12 + \log 2 \right) = -0.298$. Cross entropy has $-0.5$.

// %%
double sigmoid(double x) { return 1 / (1 + exp(-x)); }

// q is a sigmoid too; 1 - p would lose its digits where p is near 1.
double focal_slope(double x_t, double gamma) {
    double p = sigmoid(x_t), q = sigmoid(-x_t);
    double minus_log_p = fmax(-x_t, 0) + log1p(exp(-fabs(x_t)));
    return -pow(q, gamma) * (q + gamma * p * minus_log_p);
}

RUN {
    curve fl = {"", "fl", 2, 0};
    double h = 1e-5;
    printf("  x_t   derived        difference     library\n");
    for (int x = -8; x <= 8; x += 4) {
        double slope,
            rise = focal(sigmoid(x + h), 2) - focal(sigmoid(x - h), 2);
        library(&slope, fl, x);
        printf("%5d   %-12.4g   %-12.4g   %.4g\n", x, focal_slope(x, 2),
               rise / (2 * h), slope);
    }
    double worst = 0;
    for (fl.gamma = 0; fl.gamma <= 5; fl.gamma += .5)
        for (double x = -20; x <= 20; x += .125) {
            double slope, mine = focal_slope(x, fl.gamma);
            library(&slope, fl, x);
            // a float holds nothing below 1e-38
            worst = fmax(worst, fabs(slope - mine) / (fabs(mine) + 1e-30));
        }
    printf("3531 slopes agree with the library: %s\n",
           worst < 1e-5 ? "yes" : "no");
}

// %% [markdown]
// ## Reading it at both ends
//
// **Hopelessly wrong**, $p \to 0$, $q \to 1$: since $p \log p \to 0$, the slope tends to
// $-1$, for every $\gamma$. A wrong answer pushes as hard as under cross entropy.
//
// **Nearly right**, $p \to 1$: there $\log p = \log(1 - q) \approx -q$, so the bracket becomes
// $q + \gamma q$ and
//
// $$\frac{d\,\mathrm{FL}}{dx_t} \approx -(\gamma + 1)\,q^{\gamma + 1}.$$
//
// Under cross entropy an easy answer pushes with what it lacks, $q$. Under the focal loss with
// $\gamma = 2$ it pushes with $3 q^3$. For $q = 0.01$ that is $3 \cdot 10^{-6}$ instead of $10^{-2}$.
//
// **In between** the focal loss is even *steeper* than cross entropy: on the wrong side, the
// growing factor $q^\gamma$ adds to the slope of the logarithm. This is what figures 5 and 6 show;
// they also have FL\*, another loss of the same kind from the paper's appendix A,
// $-\frac{1}{\gamma} \log \sigma(\gamma x_t + \beta)$.

// %%
curve figure_5[] = {{"CE", "ce", 0, 0},
                    {"FL, γ = 2", "fl", 2, 0},
                    {"FL*, γ = 2, β = 1", "fl-star", 2, 1},
                    {"FL*, γ = 4, β = 0", "fl-star", 4, 0}};

void figure_5_or_6(bool slopes, double end) {
    rn_table table = start_curves("x_t", figure_5, 4);
    for (int i = -200; i <= 200; i++) {
        rn_table_row(&table);
        rn_table_add_number(&table, end * i / 200);
        for (int k = 0; k < 4; k++) {
            double slope, value = library(&slope, figure_5[k], end * i / 200);
            rn_table_add_number(&table, slopes ? slope : value);
        }
    }
    rn_figure_variable texts[] = {
        {"title", slopes ? "Figure 6: their derivatives"
                         : "Figure 5: CE, FL and FL* over the logit"},
        {"note", ""},
        {"ylabel", slopes ? "derivative of the loss by x_t" : "loss"},
        {"derivative", slopes ? "1" : "0"}};
    nb_figure("loss_x", &table, texts, 4);
    rn_table_free(&table);
}

RUN {
    figure_5_or_6(false, 5);
    figure_5_or_6(true, 10);
}

// %% [markdown]
// Keep the right half of figure 6 in mind: **at $x_t = 3$, where $p_t = 0.95$, the push of
// the focal loss is gone, that of cross entropy is not.** The formulas for FL and FL\* differ; on
// the right half the curves hardly do, and neither does the AP (table 3). The exact form is not
// what matters.
//
// ## How good must easy be, now?
//
// Under cross entropy 100,000 negatives are outweighed by 30 hopeless positives once they are 99.97
// % right each. With the slope at both ends we can do the same sum for the focal loss. Each
// negative pushes with $(1 - \alpha)\,(\gamma + 1)\,q^{\gamma+1}$, each positive with $\alpha$, and
// both sides are equal at
//
// $$q = \left( \frac{n_+\,\alpha}{n_-\,(1 - \alpha)\,(\gamma + 1)} \right)^{1 / (\gamma + 1)}
// = \left( \frac{30 \cdot 0.25}{100\,000 \cdot 0.75 \cdot 3} \right)^{1/3} \approx 0.032.$$
//
// **97 % right is enough**, and a logit of $-3.4$ instead of $-8.1$. The root is what does it: the
// crowd may be a thousand times larger, and has to be only ten times better.
//
// This also explains an odd number. Why is the best weight of the *rare* kind $\alpha = 0.25$,
// *less* than one half? Because the focal factor has already turned down the negatives, by more
// than enough; $\alpha$ gives some of it back. The two must be chosen together: in the paper the
// best $\alpha$ falls as $\gamma$ rises (table 1b). (In our small world it does not fall:
// $\alpha = 0.75$ is the best of those tried also at $\gamma = 2$.)

// %%
double shared_gamma;

double focal_share(double q) { // of 100,000 negatives with p = q, in percent
    double alpha = shared_gamma > 0 ? .25 : .5;
    double negatives =
        -100000 * (1 - alpha) * focal_slope(log((1 - q) / q), shared_gamma);
    double positives = -30 * alpha * focal_slope(log(.1 / .9), shared_gamma);
    return 100 * negatives / (negatives + positives);
}

RUN {
    double gammas[] = {0, .5, 1, 2, 5};
    nb_chart chart = nb_chart_start(
        "100,000 easy negatives against 30 positives at p = 0.1",
        "p of an easy negative", "their share of the gradient (%)");
    chart.log_x = true;
    for (int i = 0; i < 5; i++) {
        char label[32];
        shared_gamma = gammas[i];
        snprintf(label, sizeof label, gammas[i] > 0 ? "γ = %g, α = 0.25" : "CE",
                 gammas[i]);
        nb_curve(&chart, label, focal_share, 1e-6, .5);
    }
    nb_chart_show(&chart);
}

// %% [markdown]
// At the $p = 0.01$ of a fresh detector, the negatives hold 97 % of the gradient of cross entropy,
// and 3 % of that of the focal loss.
//
// ## Nobody drowns
//
// Notebook 5 trained a detector with two weights, $x = w f + b$, on 100,000 negatives and 30
// positives, and the positives first went down. The same again, by both losses, with the same rate.

// %%
enum { NEGATIVES = 100000, POSITIVES = 30, GUESSES = NEGATIVES + POSITIVES };
enum { STEPS = 10000 };
rn_float feature[GUESSES], logit[GUESSES], slope[GUESSES];
int label[GUESSES];
double w, b;

void make_features(void) {
    rn_rng rng = rn_rng_stream(5, "features", 0);
    for (int i = 0; i < GUESSES; i++) {
        label[i] = i < NEGATIVES ? RN_BACKGROUND : 0;
        double f = rn_rng_normal(&rng) + (i < NEGATIVES ? 1 : 4);
        feature[i] = (rn_float)fmax(f, 0); // ReLU
    }
}

void step(const rn_loss *loss, rn_loss_options options, double rate) {
    double dw = 0, db = 0;
    for (int i = 0; i < GUESSES; i++)
        logit[i] = (rn_float)w * feature[i] + (rn_float)b;
    loss->compute(slope, logit, label, GUESSES, 1, &options, 1);
    for (int i = 0; i < GUESSES; i++) {
        db += slope[i];
        dw += slope[i] * feature[i];
    }
    b -= rate * db / POSITIVES;
    w -= rate * dw / POSITIVES;
}

double mean_p(int first, int count) {
    double sum = 0;
    for (int i = first; i < first + count; i++) sum += sigmoid(logit[i]);
    return sum / count;
}

// %%
RUN {
    static double time_of[STEPS], p[STEPS];
    make_features();
    nb_chart chart = nb_chart_start("What the positives are given", "step",
                                    "mean p of the positives");
    chart.log_x = chart.log_y = true;
    for (int k = 0; k < 2; k++) {
        const rn_loss *loss = rn_loss_find(k ? "fl" : "ce");
        w = 0;
        b = log(.01 / .99);
        for (int t = 0; t < STEPS; t++) {
            step(loss, (rn_loss_options){.gamma = 2}, .01);
            time_of[t] = t + 1;
            p[t] = mean_p(NEGATIVES, POSITIVES);
        }
        nb_line(&chart, k ? "FL, γ = 2" : "CE", STEPS, time_of, p);
        double down = 0, up = 0;
        for (int i = 0; i < GUESSES; i++)
            *(slope[i] > 0 ? &down : &up) += fabs(slope[i]);
        printf("%s: w = %.2f, b = %6.2f, -b / w = %.2f, mean p of negatives "
               "%.4f, they push %.1f %%\n",
               k ? "FL" : "CE", w, b, -b / w, mean_p(0, NEGATIVES),
               100 * down / (down + up));
    }
    nb_chart_show(&chart);
}

// %% [markdown]
// Under the focal loss the positives rise from the first step. Look at the printed lines too, since
// they are honest about what the focal loss does *not* change. At rest, positives and negatives
// push equally here too; notebook 5 proved it for any loss. And both losses agree on *where* the
// border is: $x = 0$ at nearly the same feature $f = -b / w$. What differs is the scale. Cross
// entropy had to drive $b$ to $-16$ to silence the crowd, the focal loss to $-6$, and it leaves the
// background at a mean $p$ above 1 %. The probabilities of a detector that was trained by the focal
// loss are therefore not to be taken at their word. Their *order* is what counts, and the AP
// measures nothing else.
//
// With two weights that is all: a shorter way to the same border. A network has millions, and on the
// way it decides what they are used for.
//
// ## Who gets attention
//
// Now a real detector. We train one for a short while by the focal loss and let it look at a
// picture that it has not seen. (Notebook 11 explains every line of the training.)

// %%
#define FOLDER "out/notebooks"
rn_err err; // what went wrong, if something did
rn_arena arena;
rn_dataset train_set, test_set;
rn_detector detector;

void must(rn_status status) {
    if (status == RN_OK) return;
    printf("%s\n", err.text);
    exit(1);
}

void train_by_focal_loss(void) {
    rn_config config = rn_config_paper();
    rn_pretrain_config pretrain = rn_pretrain_default();
    rn_pretrain_result seen;
    rn_checkpoint_match match;
    rn_trainer_result result;
    rn_pretrain_output output = {.path = FOLDER "/backbone-06.safetensors"};
    rn_trainer_options options = {.train = &train_set, .folder = FOLDER};
    pretrain.crops = 5000, pretrain.epochs = 4, pretrain.batch = 32;
    pretrain.validation = 100, pretrain.warm_up = 20;
    must(rn_pretrain(&seen, &pretrain, &output, &err));
    must(rn_config_preset(&config, "scenes", &err)); // gamma 2, alpha 0.25
    config.train.iterations = 300;
    config.train.learning_rate = .05;
    config.train.warm_up = 30;
    must(rn_detector_create(&detector, &config, train_set.category,
                            train_set.num_classes, true, &err));
    must(rn_initial_weights(&detector, &match, output.path, &err));
    must(rn_train(&result, &detector, &options, &err));
}

// %% volatile
RUN {
    rn_scenes scenes = rn_scenes_default();
    scenes.cache = false; // paint each picture when it is asked for
    must(rn_file_make_folder(FOLDER, &err));
    must(rn_scenes_load_with(&train_set, &scenes, "train", &err));
    must(rn_scenes_load_with(&test_set, &scenes, "val", &err));
    train_by_focal_loss();
    printf("trained for %ld iterations, of %d pictures each\n", detector.step,
           detector.config.train.batch);
}

// %% [markdown]
// The detector looks; anchors get their labels (notebook 3).

// %%
typedef struct view {
    rn_image image;
    rn_outputs out; // the network's logits, level by level
    int *label;     // of each anchor
    rn_box truth[RN_SCENES_OBJECTS_MOST];
    int num_objects;
} view;

view look_at(size_t index) {
    view v;
    int class_of[RN_SCENES_OBJECTS_MOST];
    rn_transform to = rn_transform_resize(256, 256, 256, 256);
    rn_tape tape = {.arena = &arena};
    rn_tensor input = {.n = 1, .h = 256, .w = 256, .c = 3};
    input.value = rn_arena_alloc(&arena, 256 * 256 * 3 * sizeof *input.value);
    must(rn_dataset_image(&v.image, &test_set, index, &err));
    rn_transform_apply(input.value, 256, 256, &v.image, &to);
    rn_retinanet_forward(&v.out, &tape, &detector.net, &input);

    size_t n = v.out.first[v.out.levels];
    rn_box *anchor = rn_retinanet_anchors(&detector.net, &v.out, &arena);
    rn_assign assign = rn_retinanet_assign(&detector.config.model);
    int *match = rn_arena_alloc(&arena, n * sizeof *match);
    float *iou = rn_arena_alloc(&arena, n * sizeof *iou);
    v.label = rn_arena_alloc(&arena, n * sizeof *v.label);
    v.num_objects = rn_loader_objects(v.truth, class_of, &test_set, index, &to);
    rn_assign_anchors(v.label, match, iou, anchor, n, v.truth, class_of,
                      v.num_objects, &assign);
    return v;
}

// %% [markdown]
// Every cell of the finest level asks 9 anchors about 4 classes, those of the coarser levels
// likewise. Two maps come from that, of 32 x 32 places each: the **lowest $p_t$** of all questions
// at a place, that is, its worst answer; and the sum of all **pushes** $\lvert d L / d x \rvert$,
// by whichever loss we name.

// %%
enum { CELLS = 32 };
typedef struct map {
    float at[CELLS * CELLS];
} map;

// The questions of a place on a level: logits and pushes of its 36 columns.
void add_level(map *worst, map *push, const view *v, int l, const rn_loss *loss,
               const rn_loss_options *options) {
    const rn_tensor *x = v->out.logit[l];
    const int *here = v->label + v->out.first[l];
    int wide = CELLS / x->w, classes = detector.net.columns;
    size_t n = v->out.first[l + 1] - v->out.first[l];
    rn_float *g = rn_arena_alloc(&arena, n * (size_t)classes * sizeof *g);
    loss->compute(g, x->value, here, n, classes, options, 1);
    for (int i = 0; i < CELLS * CELLS; i++) {
        int cell = i / CELLS / wide * x->w + i % CELLS / wide;
        for (int k = cell * x->c; k < (cell + 1) * x->c; k++) {
            int anchor_label = here[k / classes];
            if (anchor_label == RN_IGNORE) continue;
            bool object = anchor_label == k % classes;
            double p_t = sigmoid(object ? x->value[k] : -x->value[k]);
            worst->at[i] = fminf(worst->at[i], (float)p_t);
            push->at[i] += (float)fabs(g[k]) / (float)(wide * wide);
        }
    }
}

void make_maps(map *worst, map *push, const view *v, const char *loss,
               rn_loss_options options) {
    for (int i = 0; i < CELLS * CELLS; i++) worst->at[i] = 1, push->at[i] = 0;
    for (int l = 0; l < v->out.levels; l++)
        add_level(worst, push, v, l, rn_loss_find(loss), &options);
}

// %%
rn_loss_options by_focal = {.gamma = 2, .alpha = .25f};

// Scales a map to its mean: 1 is what every place would have if all had the same.
void to_mean(map *m) {
    double sum = 0;
    for (int i = 0; i < CELLS * CELLS; i++) sum += m->at[i];
    for (int i = 0; i < CELLS * CELLS; i++)
        m->at[i] *= (float)(CELLS * CELLS / sum);
}

// Lays a picture or a map over the picture into a sheet of 2 x 2.
void place(rn_image *sheet, const rn_image *from, int left, int top) {
    for (int y = 0; y < from->height; y++)
        for (int x = 0; x < 3 * from->width; x++)
            sheet->rgb[3 * ((top + y) * sheet->width + left) + x] =
                from->rgb[3 * y * from->width + x];
}

void mark(nb_picture *picture, const view *v, int left, int top,
          const char *title) {
    for (int i = 0; i < v->num_objects; i++) {
        rn_box box = v->truth[i];
        float x = (float)left, y = (float)top;
        nb_box(picture,
               (rn_box){box.x1 + x, box.y1 + y, box.x2 + x, box.y2 + y}, 0,
               NULL);
    }
    nb_text(picture, left, top + 272, 7, title);
}

// %%
enum { LEFT = 264, TOP = 284 };

void show(const view *v, const map *worst, const map *ce, const map *fl) {
    const map *maps[] = {NULL, worst, ce, fl};
    const char *title[] = {"the picture", "lowest p_t (bright: 1, dark: 0)",
                           "push by cross entropy", "push by the focal loss"};
    rn_image sheet = rn_image_new(LEFT + 256, TOP + 278);
    for (int i = 0; i < 3 * sheet.width * sheet.height; i++) sheet.rgb[i] = 255;
    place(&sheet, &v->image, 0, 0);
    for (int k = 1; k < 4; k++) {
        rn_image heat =
            nb_heat(maps[k]->at, CELLS, CELLS, 0, k == 1 ? 1 : 5, &v->image);
        place(&sheet, &heat, k % 2 * LEFT, k / 2 * TOP);
        rn_image_free(&heat);
    }
    nb_picture picture = nb_picture_start(sheet.width, sheet.height, &sheet);
    picture.letter = 13;
    for (int k = 0; k < 4; k++)
        mark(&picture, v, k % 2 * LEFT, k / 2 * TOP, title[k]);
    nb_picture_show(&picture);
    rn_image_free(&sheet);
}

// %% volatile
RUN {
    map worst, ce, fl;
    view v = look_at(4);
    make_maps(&worst, &ce, &v, "ce", by_focal);
    make_maps(&worst, &fl, &v, "focal", by_focal);
    to_mean(&ce);
    to_mean(&fl);
    show(&v, &worst, &ce, &fl);
    rn_image_free(&v.image);
    rn_arena_reset(&arena);
}

// %% [markdown]
// Take your time with these four; they are the subject of this series in one picture. Both maps
// below are of the same logits, and each is scaled to its own mean: bright is five times the
// average place.
//
// - **lowest $p_t$**: nearly the whole picture is bright, *already right*. It is dark at the
//   object, of which the detector is not yet sure, and a shade darker where something looks like
//   one.
// - **push by cross entropy**: the object and the things that resemble it do stand out, but the
//   violet haze between them is not nothing. It is ground, of which there is so much that its sum
//   wins.
// - **push by the focal loss**: black ground. What is left are the object and the *less easy*
//   negatives: shapes that are no class, cut shapes, strokes. Their worst answers have a $p_t$ of
//   0.8 to 0.95, so by the paper's border of 0.6 they still count as easy. They are what the
//   detector can still learn from.
//
// Now in numbers, over 100 pictures, in the four parts of notebook 5. The detector is the same in
// each column; only the loss is computed anew, the paper's best weight among them.

// %%
typedef struct column {
    const char *name, *loss;
    rn_loss_options options;
} column;

enum { LOSSES = 3 };
column columns[LOSSES] = {
    {"CE", "ce", {.gamma = 0}},
    {"α-CE (.75)", "alpha-ce", {.alpha = .75f}},
    {"FL (2, .25)", "focal", {.gamma = 2, .alpha = .25f}}};
rn_loss_examples questions; // of 100 pictures

rn_loss_quadrants shares_by(const char *loss, rn_loss_options options) {
    rn_loss_quadrants sum = rn_loss_quadrants_make(
        &questions, rn_loss_find(loss), &options, RN_LOSS_EASY_ABOVE);
    return rn_loss_quadrants_shares(&sum);
}

void add_bar(rn_table *table, const char *loss, const char *quantity, double a,
             double b, double c, double d) {
    rn_table_row(table);
    rn_table_add_text(table, loss);
    rn_table_add_text(table, quantity);
    double part[] = {a, b, c, d};
    for (int i = 0; i < 4; i++) rn_table_add_number(table, part[i]);
}

// %% volatile
RUN {
    questions = rn_loss_examples_start(0, 0);
    for (size_t i = 0; i < 100; i++) {
        view v = look_at(i);
        for (int l = 0; l < v.out.levels; l++)
            rn_loss_examples_add(
                &questions, v.out.logit[l]->value, v.label + v.out.first[l],
                v.out.first[l + 1] - v.out.first[l], detector.net.columns);
        rn_image_free(&v.image);
        rn_arena_reset(&arena);
    }
    const rn_column head[] = {{"loss", RN_COLUMN_TEXT, 0},
                              {"quantity", RN_COLUMN_TEXT, 0},
                              {"easy negatives", RN_COLUMN_NUMBER, 4},
                              {"hard negatives", RN_COLUMN_NUMBER, 4},
                              {"easy positives", RN_COLUMN_NUMBER, 4},
                              {"hard positives", RN_COLUMN_NUMBER, 4}};
    rn_table table = rn_table_start("", head, 6);
    for (int i = 0; i < LOSSES; i++) {
        rn_loss_quadrants q = shares_by(columns[i].loss, columns[i].options);
        const rn_loss_part *p[] = {&q.easy_negative, &q.hard_negative,
                                   &q.easy_positive, &q.hard_positive};
        add_bar(&table, columns[i].name, "loss", p[0]->loss, p[1]->loss,
                p[2]->loss, p[3]->loss);
        add_bar(&table, columns[i].name, "gradient", p[0]->gradient,
                p[1]->gradient, p[2]->gradient, p[3]->gradient);
        printf("easy negatives: %5.2f %% of the questions, %4.1f %% of the "
               "gradient of %s\n",
               100 * q.easy_negative.examples, 100 * q.easy_negative.gradient,
               columns[i].name);
    }
    rn_figure_variable texts[] = {{"title", "Who gets attention"},
                                  {"note", "easy: p_t > .6"}};
    nb_figure("quadrants", &table, texts, 2);
    rn_table_free(&table);
}

// %% [markdown]
// The same detector, three judges. Cross entropy would spend nearly everything on questions that
// are answered; the weight of 0.75 shifts this a little; the focal loss gives most of its *loss* to
// what is hard. In the right-hand bar of its *gradient* you find notebook 5 again: negatives and
// positives hold about one half each, since by this loss the detector is close to rest. The half
// that the *easy negatives* hold under the focal loss is not the ground but mostly those shapes:
// the border at 0.6 is coarse, the focal factor is not.
//
// And now the honest remark, once more. The detector was trained by the focal loss and has settled
// where *that* loss balances positives and negatives. Had we trained it by cross entropy, it would
// have gone on to press the background down until the balance of *that* loss was reached, and the
// first column would look less dramatic. The maps show what each loss would do **next** with this
// detector, and that is what a loss is: a direction to go. Whether the way pays is measured in AP.
// On COCO it does, by 3 to 4 points (tables 1a and 1b of the paper). On the small pictures of
// `scenes`, where the crowd is smaller, it does not: there, training reaches about 53 AP with
// $\gamma = 2$ and $\alpha = 0.25$, and about 58 with the best weighted cross entropy, at the
// paper's learning rate. With the rate that suits it best, either reaches about 60
// (`plots/reference/report.md`; notebook 15).
//
// ## Change this cell
//
// Change `gamma` and `alpha` and see who gets the gradient, on the same 100 pictures.
//
// **Expect:** `gamma = 0, alpha = 0.5` is cross entropy. With `gamma = 0.5` the easy negatives
// still have more than nine tenths, as they sit at probabilities with which only a larger power can
// deal; with `gamma = 2` (and `alpha = 0.25`) it is about half, and with 5 next to nothing. But
// then nobody of moderate difficulty is heard either, and a detector learns from few, extreme
// examples, wrong labels among them (the paper: 32.2 AP for $\gamma = 5$, 34.0 for 2). `alpha`
// moves the balance between the two kinds; at `gamma = 2` compare 0.25 with 0.75.

// %% volatile
double gamma = 2, alpha = .25;

RUN {
    rn_loss_quadrants q =
        shares_by("focal", (rn_loss_options){.gamma = (rn_float)gamma,
                                             .alpha = (rn_float)alpha});
    printf("gamma %g, alpha %g: shares of the gradient\n", gamma, alpha);
    printf("            negatives   positives\n");
    printf("easy        %6.1f %%    %6.1f %%\n", 100 * q.easy_negative.gradient,
           100 * q.easy_positive.gradient);
    printf("hard        %6.1f %%    %6.1f %%\n", 100 * q.hard_negative.gradient,
           100 * q.hard_positive.gradient);
}

// %% [markdown]
// ## What to keep
//
// - $\alpha$ tells positives from negatives; $(1 - p_t)^\gamma$ tells easy from hard. They are
//   chosen together: $\gamma = 2$ and $\alpha = 0.25$ in the paper.
// - The slope is $-q^\gamma (q - \gamma\,p \log p)$ with $q = 1 - p_t$: about $-1$ for what is
//   wrong, as in cross entropy, and about $-(\gamma + 1)\,q^{\gamma + 1}$ for what is right.
// - Easy negatives need to be 97 % right instead of 99.97 % before the objects are heard.
// - Compute $q$ as a sigmoid, never as $1 - p$.
//
// **Next:** all of this began at $p = 0.01$. Notebook 7 starts at 0.5 instead and shows what
// happens in the first iterations.
//
// ## Exercises
//
// Write them into `notebooks-c/exercises/06_focal_loss.c` and run
// `make check-exercises ONLY=06`.
//
// 1. **A thousand times cheaper.** Write `cheap_from(times, gamma)`: from which $p_t$ on is the
//    focal loss at least so many times cheaper than cross entropy? (The paper says 0.968 for 1000
//    and $\gamma = 2$.)
// 2. **The gradient in $x$.** Write `focal_gradient(x, y, gamma, alpha)`, the derivative of
//    $\mathrm{FL}_\alpha$ with respect to the logit $x$ itself, $y$ being 0 or 1. Take care of the
//    sign, and of logits like $\pm 100$.
// 3. **The other loss.** Write `fl_star_slope(x_t, gamma, beta)`, the derivative of
//    $-\frac{1}{\gamma} \log \sigma(\gamma x_t + \beta)$ with respect to $x_t$. It is much shorter
//    than that of FL. Keep its digits where it is tiny ($x_t = 10$, $\gamma = 4$).
