// %% [markdown]
// # 15. Sweep gamma and alpha, and read the map honestly
//
// The focal loss has two numbers that somebody has to choose. The paper tried a
// grid and found $\gamma = 2$, $\alpha = 0.25$ (table 1b). On your data the best pair
// may be another, so you will try a grid as well: train once per cell, colour the
// cells by AP, take the brightest. Nothing is easier, and few things mislead so
// reliably. In this last notebook we do it hundreds of times, which nobody can
// afford with a real detector, and look at what such a map says and what it does not.
//
// In this notebook
//
// - a detector so small that it trains in some milliseconds, with the same
//   imbalance and the same two numbers;
// - the same sweep with another seed, and what of it remains;
// - noise: where it comes from, how to measure it, and how pairing removes most
//   of it;
// - a sweep over a setting that does nothing, with a splendid winner;
// - the silent third setting that draws the whole map;
// - the paper's table 1, read with the same eyes.
//
// You need mean and standard deviation. Reading takes about 25 minutes.

// %%
#include "base/parallel.h"
#include "base/rng.h"
#include "loss/classification.h"
#include "notebook.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// %% [markdown]
// ## A detector that trains in milliseconds
//
// We keep what matters: *places* (anchors) that are described by six numbers
// (features), of which 1 % are objects; 3 % are **hard** background, similar to
// objects; the rest is **easy** background. The model is one weight per feature and a
// bias, that is, the last layer of a classification head. The first two features
// carry most of the information; the figure shows them.

// %%
enum { FEATURES = 6, TRAIN = 20000, VAL = 10000, TEST = 200000 };

typedef struct places {
    int count;
    float *x;   // (count, FEATURES)
    int *label; // 0: an object; or RN_BACKGROUND
    int *kind;  // what no detector is told: 0 easy, 1 hard, 2 object
} places;

places draw(int count, const char *name, uint64_t seed) {
    rn_rng rng = rn_rng_stream(seed, name, 0);
    size_t n = (size_t)count;
    places p = {count, malloc(n * FEATURES * sizeof(float)),
                malloc(n * sizeof(int)), malloc(n * sizeof(int))};
    for (int i = 0; i < count; i++) {
        float *x = p.x + i * FEATURES;
        double chance = rn_rng_uniform(&rng);
        bool object = chance < .01, hard = !object && chance < .04;
        for (int k = 0; k < FEATURES; k++) x[k] = (float)rn_rng_normal(&rng);
        x[0] += object || hard ? 1 : -1.5f;
        x[1] += object ? 1 : hard ? -1 : 1.5f;
        x[2] += object ? .7f : 0;
        p.label[i] = object ? 0 : RN_BACKGROUND;
        p.kind[i] = object ? 2 : hard;
    }
    return p;
}

void release(places *p) {
    free(p->x);
    free(p->label);
    free(p->kind);
}

RUN {
    enum { SHOWN = 2500 };
    static double x[3][SHOWN], y[3][SHOWN];
    const char *name[] = {"easy background", "hard background", "objects"};
    places p = draw(SHOWN, "train", 1);
    nb_chart chart =
        nb_chart_start("2500 places", "first feature", "second feature");
    size_t count[3] = {0};
    for (int i = 0; i < SHOWN; i++) {
        const float *at = p.x + i * FEATURES;
        int kind = p.kind[i];
        x[kind][count[kind]] = at[0];
        y[kind][count[kind]++] = at[1];
    }
    for (int kind = 0; kind < 3; kind++)
        nb_dots(&chart, name[kind], count[kind], x[kind], y[kind]);
    nb_chart_show(&chart);
    release(&p);
}

// %% [markdown]
// Look at the trap. The easy background, by far the largest crowd, lies to the
// upper left, so a first guess is "objects are right and *low*". The hard
// background lies lower right, and against that one must say "objects are *high*".
// A loss that listens to the crowd learns the second lesson late. That is what
// the focal term is supposed to mend.
//
// Training is plain gradient descent from the prior $\pi = 0.01$, on batches of 1000
// places, with the library's focal loss divided by the number of positives.

// %%
enum { BATCH = 1000, STEPS = 200, WEIGHTS = FEATURES + 1 };
double rate = .05; // the learning rate

void logits(float *out, const float *w, const places *p, int first, int count) {
    for (int i = 0; i < count; i++) {
        const float *x = p->x + (first + i) * FEATURES;
        out[i] = w[FEATURES]; // the bias
        for (int k = 0; k < FEATURES; k++) out[i] += w[k] * x[k];
    }
}

void train(float *w, const places *p, double gamma, double alpha,
           uint64_t seed) {
    static float logit[BATCH], grad[BATCH];
    const rn_loss *focal = rn_loss_find("focal");
    rn_loss_options options = {.gamma = (float)gamma, .alpha = (float)alpha};
    rn_rng rng = rn_rng_stream(seed, "order", 0);
    memset(w, 0, WEIGHTS * sizeof *w);
    w[FEATURES] = -logf(99);
    for (int step = 0; step < STEPS; step++) {
        int first = (int)rn_rng_below(&rng, TRAIN / BATCH) * BATCH;
        int positives = 0;
        for (int i = 0; i < BATCH; i++) positives += p->label[first + i] == 0;
        logits(logit, w, p, first, BATCH);
        focal->compute(grad, logit, p->label + first, BATCH, 1, &options,
                       (float)rate / (float)(positives ? positives : 1));
        for (int i = 0; i < BATCH; i++) {
            const float *x = p->x + (first + i) * FEATURES;
            for (int k = 0; k < FEATURES; k++) w[k] -= grad[i] * x[k];
            w[FEATURES] -= grad[i];
        }
    }
}

// %% [markdown]
// Quality is average precision: rank all places by their logit; whenever an object
// comes up, note which part of the list so far are objects; average over objects.
// (Notebook 14 has the whole story. Here there are no boxes.) In points: 100 is
// perfect, and a random order gets 1.

// %%
typedef struct answer {
    float logit;
    int label;
} answer;

int by_logit(const void *a, const void *b) {
    float x = ((const answer *)a)->logit, y = ((const answer *)b)->logit;
    return (x < y) - (x > y);
}

double average_precision(const float *w, const places *p) {
    float *logit = malloc((size_t)p->count * sizeof *logit);
    answer *list = malloc((size_t)p->count * sizeof *list);
    double sum = 0;
    int found = 0;
    logits(logit, w, p, 0, p->count);
    for (int i = 0; i < p->count; i++)
        list[i] = (answer){logit[i], p->label[i]};
    qsort(list, (size_t)p->count, sizeof *list, by_logit);
    for (int i = 0; i < p->count; i++)
        if (list[i].label == 0) sum += (double)++found / (i + 1);
    free(logit);
    free(list);
    return 100 * sum / found;
}

RUN {
    rn_parallel_set_threads(1);
    places data = draw(TRAIN, "train", 1), val = draw(VAL, "val", 1);
    float w[WEIGHTS];
    train(w, &data, 0, .5, 1);
    printf("cross entropy               AP %.1f\n", average_precision(w, &val));
    train(w, &data, 2, .25, 1);
    printf("focal, gamma 2, alpha 0.25  AP %.1f\n", average_precision(w, &val));
    release(&data);
    release(&val);
}

// %% [markdown]
// The focal loss wins. Does it? Keep the question.
//
// ## The sweep
//
// Six values of $\gamma$ by five of $\alpha$, one training each: a thirty-cell map.
// A *seed* stands for everything that is chance: which pictures were
// collected for training and for validation, and the order of batches.

// %%
enum { GAMMAS = 6, ALPHAS = 5, CELLS = GAMMAS * ALPHAS, SEEDS = 20 };
const double gammas[GAMMAS] = {0, .5, 1, 2, 3, 5};
const double alphas[ALPHAS] = {.1, .25, .5, .75, .9};
double ap[SEEDS][CELLS]; // on validation
float weights[SEEDS][CELLS][WEIGHTS];

void sweep(int seed) { // 0, 1, ...
    places data = draw(TRAIN, "train", (uint64_t)seed + 1);
    places val = draw(VAL, "val", (uint64_t)seed + 1);
    for (int cell = 0; cell < CELLS; cell++) {
        float *w = weights[seed][cell];
        train(w, &data, gammas[cell / ALPHAS], alphas[cell % ALPHAS],
              (uint64_t)seed + 1);
        ap[seed][cell] = average_precision(w, &val);
    }
    release(&data);
    release(&val);
}

int best_of(const double *value, int count) {
    int best = 0;
    for (int i = 1; i < count; i++)
        if (value[i] > value[best]) best = i;
    return best;
}

// A map of the cells; spread: NULL for none.
void show_map(const char *title, const double *value, const double *spread) {
    const rn_column columns[] = {{"y", RN_COLUMN_TEXT, 0},
                                 {"x", RN_COLUMN_TEXT, 0},
                                 {"ours", RN_COLUMN_NUMBER, 1},
                                 {"spread", RN_COLUMN_NUMBER, 1},
                                 {"best", RN_COLUMN_NUMBER, 0}};
    rn_table table = rn_table_start(NULL, columns, 5);
    int best = best_of(value, CELLS);
    for (int cell = 0; cell < CELLS; cell++) {
        const double *row = value + cell / ALPHAS * ALPHAS;
        char text[2][16];
        snprintf(text[0], 16, "%g", gammas[cell / ALPHAS]);
        snprintf(text[1], 16, "%g", alphas[cell % ALPHAS]);
        rn_table_row(&table);
        rn_table_add_text(&table, text[0]);
        rn_table_add_text(&table, text[1]);
        rn_table_add_number(&table, value[cell]);
        rn_table_add_number(&table, spread ? spread[cell] : NAN);
        rn_table_add_number(
            &table, cell == best ? 2 : best_of(row, ALPHAS) == cell % ALPHAS);
    }
    nb_figure("heat_map", &table,
              (rn_figure_variable[]){{"title", title},
                                     {"note", ""},
                                     {"xlabel", "alpha"},
                                     {"ylabel", "gamma"},
                                     {"zlabel", "AP (points)"}},
              5);
    rn_table_free(&table);
}

// %% volatile
RUN {
    sweep(0);
    show_map("AP on validation, seed 1", ap[0], NULL);
}

// %% [markdown]
// A fine map, with a winner (framed twice), ahead by 0.1. One could write a paper about it.
// Before that, one costs little here: the same again, with another seed.

// %% volatile
RUN {
    for (int seed = 1; seed < SEEDS; seed++) sweep(seed);
    show_map("AP on validation, seed 2", ap[1], NULL);
    printf("seed   best gamma   alpha     AP\n");
    for (int seed = 0; seed < 8; seed++) {
        int best = best_of(ap[seed], CELLS);
        printf("%4d %12g %7g %6.1f\n", seed + 1, gammas[best / ALPHAS],
               alphas[best % ALPHAS], ap[seed][best]);
    }
}

// %% [markdown]
// Eight seeds, and hardly two that agree on the winner. All AP moved as well, from 20
// to 31: some validation sets are harder than others. But do not throw the maps
// away. Lay the two side by side: both are pale in the corner of small $\alpha$ and
// large $\gamma$, both have a broad dark plateau, on both the row of $\gamma = 0$ is
// paler than the row of $\gamma = 1$. *The winner is noise; the landscape is not.*
//
// ## How large is the noise?
//
// Never read a difference before you know how large differences are that mean
// nothing. Over $n$ seeds a cell has the mean $\bar a$ and the standard deviation
//
// $$s = \sqrt{\frac{1}{n-1} \sum_i (a_i - \bar a)^2}.$$
//
// That is how far *one* number may be off, training set, validation set and order of
// batches together. The mean of $n$ is known better, up to about $s / \sqrt n$, its
// *standard error*.

// %%
double mean_of(const double *value, int count) {
    double sum = 0;
    for (int i = 0; i < count; i++) sum += value[i];
    return sum / count;
}

double deviation_of(const double *value, int count) {
    double mean = mean_of(value, count), sum = 0;
    for (int i = 0; i < count; i++) sum += pow(value[i] - mean, 2);
    return sqrt(sum / (count - 1));
}

double mean[CELLS], deviation[CELLS];

void column_of(double out[SEEDS], int cell) {
    for (int seed = 0; seed < SEEDS; seed++) out[seed] = ap[seed][cell];
}

// %% volatile
RUN {
    for (int cell = 0; cell < CELLS; cell++) {
        double a[SEEDS];
        column_of(a, cell);
        mean[cell] = mean_of(a, SEEDS);
        deviation[cell] = deviation_of(a, SEEDS);
    }
    show_map("Mean of 20 seeds, and the deviation of one", mean, deviation);
}

// %% [markdown]
// Plus or minus 4.7, on differences of one or two! Does the map say nothing, then?
// It would, if every cell had drawn its own validation set. But within a sweep all
// cells share it, and a hard set is hard for all of them. So do not compare
// means with means. **Compare in pairs**: subtract within each seed, and look at
// the mean and the error of the differences.

// %%
enum { CE = 2, FOCAL = 3 * ALPHAS + 1 }; // cells: (0, .5) and (2, .25)

void compare(int a, int b) {
    double x[SEEDS], y[SEEDS], gain[SEEDS];
    column_of(x, a);
    column_of(y, b);
    for (int i = 0; i < SEEDS; i++) gain[i] = y[i] - x[i];
    double apart =
        sqrt(pow(deviation_of(x, SEEDS), 2) + pow(deviation_of(y, SEEDS), 2));
    printf("(%g, %g) over (%g, %g): %+.2f\n", gammas[b / ALPHAS],
           alphas[b % ALPHAS], gammas[a / ALPHAS], alphas[a % ALPHAS],
           mean_of(gain, SEEDS));
    printf("   error if seeds had nothing in common %.2f, in pairs %.2f\n",
           apart / sqrt(SEEDS), deviation_of(gain, SEEDS) / sqrt(SEEDS));
}

RUN {
    compare(CE, FOCAL);
    compare(FOCAL, 2 * ALPHAS);     // (1, 0.1)
    compare(FOCAL, 3 * ALPHAS + 2); // (2, 0.5)
    double x[2][SEEDS];
    column_of(x[0], CE);
    column_of(x[1], FOCAL);
    nb_chart chart = nb_chart_start("Twenty seeds, two losses", "AP of CE",
                                    "AP of focal (2, 0.25)");
    nb_dots(&chart, "", SEEDS, x[0], x[1]);
    nb_mark(&chart, "equal", 12, 12, 36, 36);
    nb_chart_show(&chart);
}

// %% [markdown]
// Each dot is a seed. They run along the line, from hard sets to easy ones, and that
// is the large noise; what counts is how far they are from the line. Pairing makes
// the error three to eight times smaller, for nothing: only the same seeds have to
// be used for both.
//
// And still: "focal beats cross entropy by 0.8, error 0.5" is no more than a
// hint. As a rule of thumb, a difference below *two* of its standard errors is to be
// reported as not decided. So $(2, 0.5)$ against $(2, 0.25)$ is not decided. $(1, 0.1)$
// seems to pass the bar; but it was singled out *because* it won on these very
// seeds, and the next section is about such winners.
//
// ## A setting that does nothing
//
// Now the other trap. Suppose somebody believes in lucky numbers. The training
// program gets a setting `number`, from 1 to 30, which does nothing but choose the
// order of batches and which pictures are collected. We sweep it, on a fixed
// validation set, and find the best. Then a sceptic repeats the sweep with other
// chance.

// %%
enum { NUMBERS = 30 };
double luck[2][NUMBERS];

RUN {
    places val = draw(VAL, "val", 1);
    for (int again = 0; again < 2; again++)
        for (int i = 0; i < NUMBERS; i++) {
            uint64_t chance = (uint64_t)(1000 * (again + 1) + i);
            places data = draw(TRAIN, "train", chance);
            float w[WEIGHTS];
            train(w, &data, 2, .25, chance);
            luck[again][i] = average_precision(w, &val);
            release(&data);
        }
    int best = best_of(luck[0], NUMBERS);
    double level[2] = {mean_of(luck[0], NUMBERS), mean_of(luck[1], NUMBERS)};
    printf("all numbers: mean %.2f, deviation %.2f\n", level[0],
           deviation_of(luck[0], NUMBERS));
    printf("the lucky number is %d, with %+.2f\n", best + 1,
           luck[0][best] - level[0]);
    printf("the sceptic's run with it: %+.2f\n", luck[1][best] - level[1]);
    nb_chart chart = nb_chart_start("AP with the same number, twice",
                                    "the believer's sweep", "the sceptic's");
    nb_dots(&chart, "a number", NUMBERS, luck[0], luck[1]);
    nb_dots(&chart, "the lucky one", 1, &luck[0][best], &luck[1][best]);
    nb_chart_show(&chart);
}

// %% [markdown]
// The cloud has no direction: what a number was worth in one sweep says nothing
// about the other. (On one fixed validation set the deviation is 0.5, not 4.7: nine
// tenths of the noise was the set.) Yet the first sweep had a winner, as every sweep has. How far
// above the mean will it be? The largest of $n$ normal numbers lies, on average,
// this many deviations up:

// %%
double expected_best(int n) { // by trying it
    rn_rng rng = rn_rng_stream(15, "best", (uint64_t)n);
    double sum = 0;
    enum { TRIES = 20000 };
    for (int i = 0; i < TRIES; i++) {
        double best = -INFINITY;
        for (int k = 0; k < n; k++) best = fmax(best, rn_rng_normal(&rng));
        sum += best;
    }
    return sum / TRIES;
}

RUN {
    for (int n = 2; n <= 128; n *= 2)
        printf("best of %3d: %+.2f deviations\n", n, expected_best(n));
}

// %% [markdown]
// Our lucky number had to be content with 1.2, since this cloud has its tail on the
// other side. That is the **winner's curse**: the best of thirty equal settings
// looks one or two deviations better than it is. The number that made a cell win is the number that
// must not be reported. Two remedies, to be used together:
//
// 1. *Choose* on validation, *report* on a test set that took no part, once.
// 2. Train the winner anew with fresh seeds before believing in it.
//
// Here is what our sweep was worth: in each of the twenty sweeps take the winner on
// validation and look at a large test set of 200 000 places. Beside it, what
// (2, 0.25) and cross entropy get there without any sweep.

// %% volatile
RUN {
    places test = draw(TEST, "test", 0);
    double chosen[SEEDS], fixed[SEEDS], plain[SEEDS], gain[SEEDS];
    for (int seed = 0; seed < SEEDS; seed++) {
        int best = best_of(ap[seed], CELLS);
        chosen[seed] = average_precision(weights[seed][best], &test);
        fixed[seed] = average_precision(weights[seed][FOCAL], &test);
        plain[seed] = average_precision(weights[seed][CE], &test);
        gain[seed] = fixed[seed] - plain[seed];
    }
    printf("winner of the seed's own sweep  %.1f\n", mean_of(chosen, SEEDS));
    printf("focal loss (2, 0.25), no sweep  %.1f\n", mean_of(fixed, SEEDS));
    printf("cross entropy (0, 0.5)          %.1f\n", mean_of(plain, SEEDS));
    printf("focal over CE  %+.2f, standard error %.2f\n", mean_of(gain, SEEDS),
           deviation_of(gain, SEEDS) / sqrt(SEEDS));
    release(&test);
}

// %% [markdown]
// So the focal loss does win here, by 1.5 points, four standard errors: the large test
// set has two thousand objects where validation had one hundred. (The noise of this one
// test set, which all trainings share, is not in the error.) If two things cannot be told
// apart, *a larger test set is often cheaper than more trainings*. And a whole
// sweep of thirty trainings bought 0.4 over the values from the paper.

// %% [markdown]
// ## Change this cell
//
// All of that was at one learning rate, 0.05. Nobody asked whether it suits all
// cells. The factor $(1 - p_t)^\gamma$ makes gradients smaller, and so does a small
// $\alpha$: what looks like an effect of $\gamma$ may be an effect of the step. Change
// `tried` (the map is the mean of five seeds).
//
// **Expect:** at 0.2 another map: now small $\alpha$ is best everywhere, and (3, 0.1), one
// of the three palest before, is third of thirty. At 0.02 the bottom row is nearly as
// good as any other, with $\alpha = 0.9$. The best of all hardly moves, 26.3 at 0.02,
// 26.2 at 0.05, 26.1 at 0.2. The best of cross entropy does: 25.9, 24.7, 25.4. (Read
// the numbers, not the colours: every map has its own scale.)

// %% volatile
double tried = .2; // change this

RUN {
    static double kept[SEEDS][CELLS], five[CELLS];
    static float kept_weights[SEEDS][CELLS][WEIGHTS];
    memcpy(kept, ap, sizeof ap);
    memcpy(kept_weights, weights, sizeof weights);
    rate = tried;
    for (int seed = 0; seed < 5; seed++) sweep(seed);
    for (int cell = 0; cell < CELLS; cell++) {
        double a[SEEDS];
        column_of(a, cell);
        five[cell] = mean_of(a, 5);
    }
    show_map("Another learning rate, mean of five seeds", five, NULL);
    printf("rate %g: best CE %.1f, best of all %.1f\n", rate,
           five[best_of(five, ALPHAS)], five[best_of(five, CELLS)]);
    rate = .05; // and all as it was
    memcpy(ap, kept, sizeof ap);
    memcpy(weights, kept_weights, sizeof weights);
}

// %% [markdown]
// Read that again. At the rate that we happened to use, $\gamma$ seemed to be
// worth 1.5 points. With the rate chosen for both sides, 25.9 stand against 26.3, and
// most of the gain is gone (five seeds, chosen and reported on the same sets, the best of
// 30 against the best of 5: by our own rules a hint). The gain was not faked; cross
// entropy had merely been trained at a rate that did not suit it. **A comparison is fair
// when both sides were tuned with the same care.** How it is with a real detector has to
// be measured there; the project's program `learning_rate` does.
//
// ## The paper's map
//
// Here are tables 1a and 1b of the paper as one map: ResNet-50, 600 pixels, COCO.
// Cells that were not printed are empty; (2, 0.5) is from a remark in the text. Two
// cells are grey, or they would take the colours from the others: 0.0 at (0, 0.1) and
// 10.8 at (0, 0.25). (Table 1a goes on to an $\alpha$ of 0.99 and 0.999: 28.7 and 25.1.)

// %%
RUN {
    const struct {
        double gamma, alpha, ap;
        int best;
    } paper[] = {{0, .1, NAN, 0},    {0, .25, NAN, 0},  {0, .5, 30.2, 0},
                 {0, .75, 31.1, 1},  {0, .9, 30.8, 0},  {.1, .75, 31.4, 1},
                 {.2, .75, 31.9, 1}, {.5, .5, 32.9, 1}, {1, .25, 33.7, 1},
                 {2, .25, 34.0, 2},  {2, .5, 33.6, 0},  {5, .25, 32.2, 1}};
    const rn_column columns[] = {{"y", RN_COLUMN_TEXT, 0},
                                 {"x", RN_COLUMN_TEXT, 0},
                                 {"ours", RN_COLUMN_NUMBER, 1},
                                 {"spread", RN_COLUMN_NUMBER, 1},
                                 {"best", RN_COLUMN_NUMBER, 0}};
    rn_table table = rn_table_start(NULL, columns, 5);
    for (size_t i = 0; i < sizeof paper / sizeof *paper; i++) {
        char text[2][16];
        snprintf(text[0], 16, "%g", paper[i].gamma);
        snprintf(text[1], 16, "%g", paper[i].alpha);
        rn_table_row(&table);
        rn_table_add_text(&table, text[0]);
        rn_table_add_text(&table, text[1]);
        rn_table_add_number(&table, paper[i].ap);
        rn_table_add_missing(&table);
        rn_table_add_number(&table, paper[i].best);
    }
    nb_figure("heat_map", &table,
              (rn_figure_variable[]){{"title", "Tables 1a and 1b of the paper"},
                                     {"note", ""},
                                     {"xlabel", "alpha"},
                                     {"ylabel", "gamma"},
                                     {"zlabel", "AP (points)"}},
              5);
    rn_table_free(&table);
}

// %% [markdown]
// With what we have learned:
//
// - **Holes.** Of 35 cells 12 are known. Each row was swept over $\alpha$ (section
//   5.1), and only its best is printed. That $\gamma$ and $\alpha$ act together is
//   visible all the same: the best $\alpha$ falls as $\gamma$ rises. (In our small world,
//   at the rate of 0.05, it goes 0.5, 0.5, 0.1, 0.75, 0.75, 0.75: no such line. Maps do not
//   carry over; ways of reading them do.)
// - **No spread** is printed, so we must bring a guess of it. Trainings of such
//   detectors on COCO, repeated, usually differ by a few tenths of a point. Then
//   0.3, from $\gamma = 0$ to $0.1$, means nothing by itself, nor does 0.3 between
//   $\gamma = 1$ and $2$; but five steps in a row that all go up, and 2.9 from the
//   bottom to the top, are no accident.
// - **The curse** works on both sides: also the row $\gamma = 0$ is the best of
//   several. It is small against 2.9.
// - **Chosen and reported** on the same 5000 pictures (minival); the paper's final
//   numbers, in its table 2, come from test-dev, which took no part. That is the good
//   practice of above.
// - **The rate** is 0.01 in the paper's settings. What each side would get at its own best rate,
//   the table does not tell.
//
// So "$\gamma = 2$ is far better than $\gamma = 0$ in this setting" stands firmly, and
// "$\gamma = 2$ is better than $\gamma = 1$" does not stand at all. The paper itself
// calls its results robust for $\gamma$ from 0.5 to 5.
//
// This project repeats the paper's tables in small (`make study`) and prints
// what this notebook asks for: seeds, deviations, and for every claim a verdict,
// which may be *inconclusive*, and after a single seed is never more than *leans to*. On
// `scenes` the focal loss (2, 0.25) has about 53 AP and the best weighted cross entropy
// about 58: ten trainings of each leave no doubt about the sign, there. But that is at one
// learning rate, 0.01, and the rate takes sides: given the one that suits each best, both
// have about 60, FL (0.5, 0.5) nearly 62, and no difference between the three is larger
// than its error (`learning_rate` in `plots/reference/report.md`). An ablation at one
// shared rate answers a question about that rate.
//
// ## What to keep
//
// - One seed shows a landscape, never a winner.
// - Same seeds for all cells, and compare in pairs. Below two standard errors of the
//   difference: not decided.
// - Choose on validation, report on test, once, after training anew.
// - The best of 30 equal settings looks up to two deviations better than it is.
// - Ask what was *not* swept. Tune both sides, or say that you did not.
//
// ## Exercises
//
// Write them into `notebooks-c/exercises/15_reading_a_sweep.c` and run
// `make check-exercises ONLY=15`. Answers:
// `notebooks-c/exercises/answers/15_reading_a_sweep.c`.
//
// 1. **In pairs.** Write `paired_error(a, b, count)`, the standard error of the mean
//    of $b_i - a_i$.
// 2. **How many seeds?** The differences of two settings deviate by $s$ from seed to
//    seed. How many seeds make a difference `gain` at least two standard errors
//    large? Write `seeds_needed(gain, s)`.
// 3. **The curse, exactly.** Write `expected_best(n)` without random numbers. All $n$
//    independent normal numbers are below $x$ with probability $\Phi(x)^n$, so the
//    expectation is $\int x\,n\,\varphi(x)\,\Phi(x)^{n-1} dx$; a sum over small steps
//    will do. $\Phi(x) = \frac12 \mathrm{erfc}(-x / \sqrt 2)$.
//
// This is the end of the series. You know now what a dense detector guesses, why
// it drowned, what the focal term does about that, and how to find out whether it
// helps with *your* pictures.
