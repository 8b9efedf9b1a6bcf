// %% [markdown]
// # 5. Why cross entropy drowns
//
// Notebook 3 counted: of the twelve thousand anchors of a picture sixteen are
// positive, on average, and there are 48,000 questions. The paper's pictures
// have a hundred thousand anchors. Take round numbers: thirty in 100,000.
// Notebook 4 gave the price of one answer, and found that even an excellent one
// costs a little. Multiply the two and you have the problem that this series is
// about: a crowd of easy questions, each nearly silent, drowns the few that
// matter.
//
// In this notebook
//
// - a sum you can do in your head shows the crowd winning, in the loss and,
//   more important, in the gradient;
// - a single number tells how good the easy answers must be before the rare
//   ones are heard;
// - the same account is drawn up for a real picture, on which we look at where
//   the gradient comes from;
// - a detector with two weights is trained, and we watch thirty positives go
//   down and come up again;
// - then comes a fact that is easily overlooked, and that makes many
//   explanations of this subject wrong: **at rest, half and half**.
//
// You need notebook 4 (logits, $p_t$, $p - y$). Reading takes about 25 minutes.

// %%
#include "base/rng.h"
#include "data/loader.h"
#include "data/scenes.h"
#include "detect/assign.h"
#include "eval/loss_share.h"
#include "model/detection_loss.h"
#include "notebook.h"
#include "train/detector.h"
#include "train/initial.h"
#include "train/trainer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

// %% [markdown]
// ## A sum for the head
//
// One picture, 100,000 background guesses, 30 guesses on objects. The network
// is far from stupid: it gives each background guess a probability of only
// $p = 0.01$ of being an object, so $p_t = 0.99$. The positives it has not yet
// understood, $p = p_t = 0.1$. Who pays?
//
// | | count | loss each | together |
// | --- | ---: | ---: | ---: |
// | easy negatives | 100,000 | $-\log 0.99 \approx 0.01$ | **1000** |
// | positives | 30 | $-\log 0.1 \approx 2.3$ | **69** |
//
// Each positive is wrong and costs 230 times as much as a negative. But the
// negatives come to 94 % of the loss. An optimiser looks at the sum.
//
// The loss is only what we print. What *moves* the weights is its derivative,
// which was $p - y$:
//
// | | count | $\lvert p - y \rvert$ each | together |
// | --- | ---: | ---: | ---: |
// | easy negatives | 100,000 | $0.01$ | **1000** |
// | positives | 30 | $0.9$ | **27** |
//
// 97 % of the push comes from questions that are answered already. Let the
// library say the same.

// %%
typedef struct account {
    double negative, positive; // sums over all guesses of a kind
} account;

enum { NEGATIVES = 100000, POSITIVES = 30, GUESSES = NEGATIVES + POSITIVES };
rn_float logit[GUESSES], slope[GUESSES];
int label[GUESSES];

rn_float logit_of(double p) { return (rn_float)log(p / (1 - p)); }

// The first 100,000 guesses are background.
void fill(double p_negative, double p_positive) {
    for (int i = 0; i < GUESSES; i++) {
        bool object = i >= NEGATIVES;
        label[i] = object ? 0 : RN_BACKGROUND;
        logit[i] = logit_of(object ? p_positive : p_negative);
    }
}

// Sums of |slope|.
account pushes(void) {
    account sum = {0, 0};
    for (int i = 0; i < NEGATIVES; i++) sum.negative += fabs(slope[i]);
    for (int i = NEGATIVES; i < GUESSES; i++) sum.positive += fabs(slope[i]);
    return sum;
}

RUN {
    const rn_loss *ce = rn_loss_find("ce");
    fill(.01, .1);
    double negatives = ce->compute(slope, logit, label, NEGATIVES, 1, NULL, 1);
    double all = ce->compute(slope, logit, label, GUESSES, 1, NULL, 1);
    account push = pushes();
    printf("           negatives (share)  positives\n");
    printf("loss       %9.1f (%.1f %%) %9.1f\n", negatives,
           100 * negatives / all, all - negatives);
    printf("gradient   %9.1f (%.1f %%) %9.1f\n", push.negative,
           100 * push.negative / (push.negative + push.positive),
           push.positive);
}

// %% [markdown]
// The gradient is the worse of the two, and stays so as long as the positives
// are answered worse than the negatives. A hopeless positive can cost as much
// as it likes, $-\log p$ has no limit; but its *push*, $1 - p$, is at most 1.
// Thirty positives can shout with a force of 30 and no more, however wrong they
// are.
//
// ## How good must easy be?
//
// So the only way for the positives to be heard is that the crowd falls silent.
// How silent? With $n_-$ negatives at probability $p$, and $n_+$ positives that
// push with their full force of 1, both sides are equal when
//
// $$n_-\, p = n_+ \qquad \Longrightarrow \qquad
// p = \frac{n_+}{n_-} = \frac{30}{100\,000} = 0.0003.$$
//
// Not 99 % right, as above, but **99.97 %**, on *every* easy guess of *every*
// picture, before the thirty together weigh as much as the background. Here is
// the whole way there.

// %%
double share_of_loss(double p) {
    double negatives = -NEGATIVES * log1p(-p), positives = -POSITIVES * log(.1);
    return 100 * negatives / (negatives + positives);
}

double share_of_gradient(double p) {
    double negatives = NEGATIVES * p, positives = POSITIVES * .9;
    return 100 * negatives / (negatives + positives);
}

RUN {
    nb_chart chart =
        nb_chart_start("100,000 easy negatives against 30 positives at p = 0.1",
                       "p of an easy negative (its p_t is 1 - p)",
                       "share of the negatives (%)");
    chart.log_x = true;
    nb_curve(&chart, "of the gradient", share_of_gradient, 1e-6, .5);
    nb_curve(&chart, "of the loss", share_of_loss, 1e-6, .5);
    nb_mark(&chart, "half", 1e-6, 50, .5, 50);
    nb_chart_show(&chart);
    printf("half of the gradient at p = %.5f\n", POSITIVES * .9 / NEGATIVES);
    printf("half of the loss     at p = %.5f\n",
           -expm1(POSITIVES * log(.1) / NEGATIVES));
}

// %% [markdown]
// Read the chart from right to left, as training does. At $p = 0.5$, where an
// untrained network begins, with the positives still at 0.1, they hold 0.05 %
// of the gradient. A factor of a hundred in $p$ changes almost nothing. Only
// between $10^{-3}$ and $10^{-4}$ does the balance turn over.
//
// ## A real picture
//
// Numbers like 100,000 are easily written. Let us count instead. We take a
// picture, lay out all anchors, ask an untrained detector, and add up who
// pushes. (The detector begins at $p \approx 0.01$ everywhere, the *prior*;
// notebook 7 is about why. An untrained network *without* it begins at 0.5.)
//
// In a detector every pair of an anchor and a class is a question of its own.
//
// The next two cells are plumbing, you may skip them: afterwards `out.logit`
// has the answers of the network and `anchor_label` the truth.

// %%
rn_err err; // what went wrong, if something did
rn_arena arena;
rn_dataset scenes;
rn_detector detector;
rn_image image;
rn_outputs out;    // of the network, for this picture
int *anchor_label; // class of each anchor's object, or RN_BACKGROUND, RN_IGNORE
rn_box truth[RN_SCENES_OBJECTS_MOST];
int truth_label[RN_SCENES_OBJECTS_MOST], num_objects;

void must(rn_status status) {
    if (status == RN_OK) return;
    printf("%s\n", err.text);
    exit(1);
}

void make_detector(void) {
    rn_config config = rn_config_paper();
    rn_scenes set = rn_scenes_default();
    rn_checkpoint_match match;
    set.cache = false; // paint a picture when it is asked for
    must(rn_scenes_load_with(&scenes, &set, "train", &err));
    must(rn_config_preset(&config, "scenes", &err));
    must(rn_detector_create(&detector, &config, scenes.category,
                            scenes.num_classes, false, &err));
    must(rn_initial_weights(&detector, &match, NULL, &err));
}

// %%
void look_at(size_t index) {
    rn_transform to = rn_transform_resize(256, 256, 256, 256);
    rn_tape tape = {.arena = &arena, .training = true};
    rn_tensor input = {.n = 1, .h = 256, .w = 256, .c = 3};
    input.value = rn_arena_alloc(&arena, 256 * 256 * 3 * sizeof *input.value);
    must(rn_dataset_image(&image, &scenes, index, &err));
    rn_transform_apply(input.value, 256, 256, &image, &to);
    rn_retinanet_forward(&out, &tape, &detector.net, &input);

    size_t n = out.first[out.levels];
    rn_box *anchor = rn_retinanet_anchors(&detector.net, &out, &arena);
    rn_assign assign = rn_retinanet_assign(&detector.config.model);
    int *match = rn_arena_alloc(&arena, n * sizeof *match);
    float *iou = rn_arena_alloc(&arena, n * sizeof *iou);
    anchor_label = rn_arena_alloc(&arena, n * sizeof *anchor_label);
    num_objects = rn_loader_objects(truth, truth_label, &scenes, index, &to);
    rn_assign_anchors(anchor_label, match, iou, anchor, n, truth, truth_label,
                      num_objects, &assign);
}

// %% [markdown]
// `rn_loss_examples` collects the questions, `rn_loss_quadrants_make` adds up
// loss and |gradient|, apart for positives and negatives, easy and hard. What
// is easy? In the paper's figure 1 the bracket "well-classified examples"
// begins near $p_t = 0.6$ (its caption says 0.5). We take 0.6.

// %%
rn_loss_quadrants who_pays(const rn_loss *loss,
                           const rn_loss_options *options) {
    rn_loss_examples all = rn_loss_examples_start(0, 0);
    for (int l = 0; l < out.levels; l++)
        rn_loss_examples_add(
            &all, out.logit[l]->value, anchor_label + out.first[l],
            out.first[l + 1] - out.first[l], detector.net.columns);
    rn_loss_quadrants q =
        rn_loss_quadrants_make(&all, loss, options, RN_LOSS_EASY_ABOVE);
    rn_loss_examples_free(&all);
    return q;
}

void print_part(const char *what, rn_loss_part part, rn_loss_part share) {
    printf("%-15s %8.0f  %6.1f %%  %6.1f %%\n", what, part.examples,
           100 * share.loss, 100 * share.gradient);
}

RUN {
    make_detector();
    look_at(6);
    rn_loss_quadrants sum = who_pays(rn_loss_find("ce"), NULL);
    rn_loss_quadrants part = rn_loss_quadrants_shares(&sum);
    printf("                questions     loss  gradient\n");
    print_part("easy negatives", sum.easy_negative, part.easy_negative);
    print_part("hard negatives", sum.hard_negative, part.hard_negative);
    print_part("easy positives", sum.easy_positive, part.easy_positive);
    print_part("hard positives", sum.hard_positive, part.hard_positive);
}

// %% [markdown]
// About 1 : 1600 in this picture, although it is small and has two objects. At
// $p = 0.01$ the loss is shared, but over 90 % of the gradient belongs to the
// easy negatives. And this is a picture *with* objects; one without has nothing
// on the other side at all.
//
// *Where* does the push come from? Every cell of a level has nine anchors, and
// each is asked about four classes. We add up $|p - y|$ of the negatives around
// each place and, on the right, that of the positives, on the same scale of
// colours.

// %%
enum { CELLS = 32, SHOWN = 192, GAP = 8 };

// Adds |p - y| of positives or negatives, spread over the area of their cell.
void map_push(float *map, bool positives) {
    const rn_loss *ce = rn_loss_find("ce");
    for (int i = 0; i < CELLS * CELLS; i++) map[i] = 0;
    for (int l = 0; l < out.levels; l++) {
        int columns = out.logit[l]->c, wide = CELLS / out.grid[l].w;
        int classes = detector.net.columns;
        size_t n = out.first[l + 1] - out.first[l];
        const int *here = anchor_label + out.first[l];
        rn_float *push =
            rn_arena_alloc(&arena, n * (size_t)classes * sizeof *push);
        ce->compute(push, out.logit[l]->value, here, n, classes, NULL, 1);
        for (int k = 0; k < CELLS * CELLS; k++) {
            int cell = k / CELLS / wide * out.grid[l].w + k % CELLS / wide;
            for (int c = 0; c < columns; c++) {
                float g = (float)push[cell * columns + c];
                // the gradient is below 0 for positives only
                if ((g < 0) == positives)
                    map[k] += fabsf(g) / (float)(wide * wide);
            }
        }
    }
}

// Copies a picture of any size to a square of the sheet.
void place(rn_image *sheet, const rn_image *from, int left) {
    for (int y = 0; y < SHOWN; y++)
        for (int x = 0; x < SHOWN * 3; x++) {
            int row = y * from->height / SHOWN;
            int column = x / 3 * from->width / SHOWN;
            sheet->rgb[3 * (y * sheet->width + left) + x] =
                from->rgb[3 * (row * from->width + column) + x % 3];
        }
}

// %%
RUN {
    static float map[2][CELLS * CELLS];
    const char *title[] = {"the picture", "negatives push", "positives push"};
    double sum[2] = {0, 0};
    rn_image sheet = rn_image_new(3 * SHOWN + 2 * GAP, SHOWN + 26);
    for (int i = 0; i < 3 * sheet.width * sheet.height; i++) sheet.rgb[i] = 255;
    place(&sheet, &image, 0);
    for (int k = 0; k < 2; k++) {
        map_push(map[k], k == 1);
        for (int i = 0; i < CELLS * CELLS; i++) sum[k] += map[k][i];
        rn_image heat = nb_heat(map[k], CELLS, CELLS, 0, 1, NULL);
        place(&sheet, &heat, (k + 1) * (SHOWN + GAP));
        rn_image_free(&heat);
    }
    nb_picture picture = nb_picture_start(sheet.width, sheet.height, &sheet);
    picture.letter = 20;
    float scale = SHOWN / 256.f;
    for (int i = 0; i < num_objects; i++)
        nb_box(&picture,
               (rn_box){truth[i].x1 * scale, truth[i].y1 * scale,
                        truth[i].x2 * scale, truth[i].y2 * scale},
               0, NULL);
    for (int k = 0; k < 3; k++)
        nb_text(&picture, k * (SHOWN + GAP), SHOWN + 20, 7, title[k]);
    nb_picture_show(&picture);
    printf("sum of the map: negatives %.0f, positives %.0f\n", sum[0], sum[1]);
    rn_image_free(&sheet);
}

// %% [markdown]
// The glow in the middle covers everything, and it has no opinion about the
// picture: it says *less, everywhere*. (The holes are the positives and the
// ignored anchors, whose questions are not asked here.) The message on the
// right is the only one that knows where the objects are.
//
// ## What a shared weight hears
//
// One might object: let the background push its own logits, the positives push
// theirs. But logits are not independent. They are made by the *same weights*,
// and a weight hears only the sum. Take the smallest detector there is. It
// looks at one number $f$ per guess, and answers
//
// $$x = w f + b.$$
//
// By the chain rule its two weights hear
//
// $$\frac{\partial L}{\partial b} = \sum_i (p_i - y_i), \qquad
// \frac{\partial L}{\partial w} = \sum_i (p_i - y_i)\, f_i.$$
//
// The first is the account of this notebook, now with signs: what all negatives
// push down minus what all positives push up. Let us train it: 100,000
// negatives with $f$ around 1, thirty positives with $f$ around 4, both with
// standard deviation 1, and what falls below 0 is set to 0. (In a network $f$
// comes out of a ReLU, which lets nothing negative through, so no feature is
// centred at 0.) As in RetinaNet the gradient is divided by the number of
// positives, and training begins at $p = 0.01$. The rate is small, so that we
// can watch.

// %%
rn_float feature[GUESSES];
double w, b;

void make_features(void) {
    rn_rng rng = rn_rng_stream(5, "features", 0);
    for (int i = 0; i < GUESSES; i++) {
        label[i] = i < NEGATIVES ? RN_BACKGROUND : 0;
        double f = rn_rng_normal(&rng) + (i < NEGATIVES ? 1 : 4);
        feature[i] = (rn_float)fmax(f, 0); // ReLU
    }
}

void ask(void) {
    for (int i = 0; i < GUESSES; i++)
        logit[i] = (rn_float)w * feature[i] + (rn_float)b;
}

// One step of gradient descent; leaves the slopes of all logits behind.
void step(double rate) {
    double dw = 0, db = 0;
    ask();
    rn_loss_find("ce")->compute(slope, logit, label, GUESSES, 1, NULL, 1);
    for (int i = 0; i < GUESSES; i++) {
        db += slope[i];
        dw += slope[i] * feature[i];
    }
    b -= rate * db / POSITIVES;
    w -= rate * dw / POSITIVES;
}

// %%
enum { STEPS = 10000 };
double time_of[STEPS], share_of[STEPS], mean_p[STEPS], w_of[STEPS];

// The mean probability that positives get.
double positives_p(void) {
    double sum = 0;
    for (int i = NEGATIVES; i < GUESSES; i++) sum += 1 / (1 + exp(-logit[i]));
    return sum / POSITIVES;
}

RUN {
    make_features();
    w = 0;
    b = log(.01 / .99);
    for (int t = 0; t < STEPS; t++) {
        step(.01);
        account push = pushes();
        time_of[t] = t + 1;
        share_of[t] = 100 * push.negative / (push.negative + push.positive);
        mean_p[t] = positives_p();
        w_of[t] = w;
    }
    printf(" step  push of negatives  p of positives     w\n");
    for (int t = 1; t <= STEPS; t *= 10)
        printf("%5d %15.1f %% %15.4f %6.2f\n", t, share_of[t - 1],
               mean_p[t - 1], w_of[t - 1]);
    int back = 0; // the first step after which w is not below 0
    while (w_of[back] < 0) back++;
    printf("w is below 0 until step %d\n", back);
}

// %%
RUN {
    nb_chart chart =
        nb_chart_start("What the positives are given while CE is made small",
                       "step", "mean p of the positives");
    chart.log_x = chart.log_y = true;
    nb_line(&chart, "", STEPS, time_of, mean_p);
    nb_chart_show(&chart);
    chart = nb_chart_start("Who pushes", "step",
                           "negatives' share of the gradient (%)");
    chart.log_x = true;
    chart.y_low = 0;
    chart.y_high = 100;
    nb_line(&chart, "", STEPS, time_of, share_of);
    nb_mark(&chart, "half", 1, 50, STEPS, 50);
    nb_chart_show(&chart);
}

// %% [markdown]
// This is drowning. **First the positives go down.** The detector's first
// discovery is that *no* is a good answer to everything; thirty voices cannot
// prevent it, and their $p$ falls from 0.01 to 0.0002.
//
// Both weights take part. The bias $b$ falls, as it should. And $w$, the one
// weight that could tell objects from background, **first learns the wrong
// sign**: every negative pushes it down, for $f$ is below 0 for none. A
// detector with $w < 0$ takes an object for something even less likely than
// background. After some ten steps, when the crowd is quieter, $w$ turns round;
// it is back at 0 after some sixty, and only then begins to tell objects from
// background.
//
// ## At rest: half and half
//
// Look at the second chart again. The share of the negatives does not stay at
// 97 %. It goes to 50 %, and not approximately. This must be so. Training has
// come to rest when no weight moves, in particular not $b$. Write $g_i$ for
// $\partial L / \partial x_i$, the push of guess $i$. Every negative has
// $g_i > 0$, every positive $g_i < 0$, so
//
// $$0 = \frac{\partial L}{\partial b} = \sum_i g_i
// = \sum_{\text{negatives}} |g_i| \;-\; \sum_{\text{positives}} |g_i|,$$
//
// and the two sums are equal: **half and half**. It holds, on average over the
// pictures, for any network whose last layer has a bias, and *for any loss*
// that pushes negatives down and positives up. Nothing in the argument is about
// cross entropy. Our detector is nearly there; larger steps take it the rest of
// the way.

// %%
RUN {
    for (int t = 0; t < 4000; t++) step(.05);
    account push = pushes();
    double background = 0;
    for (int i = 0; i < NEGATIVES; i++) background += 1 / (1 + exp(-logit[i]));
    printf("at rest: negatives push %.2f, positives %.2f\n", push.negative,
           push.positive);
    printf("mean p of the negatives: %.6f\n", background / NEGATIVES);
    printf("w = %.2f, b = %.2f\n", w, b);
}

// %% [markdown]
// So be careful with a sentence that is often heard: *in a detector trained by
// cross entropy, the easy negatives dominate the gradient*. For a detector that
// has been trained **to rest** by cross entropy it is false; they cannot have
// more than half. Measured on the detectors of this project
// (`experiments/fig_4_loss_cdf`), easy negatives hold about a third of the
// gradient of cross entropy in a detector trained by cross entropy, and nearly
// all of it in one trained by the *focal loss*, which never asked the
// background to be as quiet as that.
//
// What is true is this.
//
// 1. **Along the way** they dominate: at the start by far, and again after
//    everything that disturbs the balance, a change of the shared layers, a new
//    kind of picture, a batch with many distractors. An account that is
//    balanced on average is unbalanced in a single step. In our trainings this
//    is over early: after a quarter of the iterations easy negatives hold about
//    a third.
// 2. **The balance has a price.** Cross entropy is at rest when the background
//    is answered by a mean $p$ of less than 0.0003. The cheapest way there is
//    the bias alone (exercise 3), and it takes the positives along, down to
//    $p = 0.0003$. To bring them back, the other weights must undo it, by a
//    logit of 8 and more.
// 3. **Training ends**, and it may end before it rests: the rate falls, and
//    there is a last iteration.
//
// In our detector with two weights, only the delay is real; given time, it
// finds the best $w$ and $b$. In a network with millions of weights the order
// in which things are learnt matters. How much, no pencil can tell; it must be
// measured. The paper did, on COCO with 100,000 anchors a picture (table 1; AP
// is the score of a detector, from 0 to 100, notebook 14): 30.2 AP by cross
// entropy, 31.1 with a weight for positives, 34.0 by the focal loss.
//
// On our small pictures, with a crowd ten times smaller, cross entropy has
// about 56 AP, with the best weight 58, the focal loss 53: it does not win
// there, and with ten trainings of each that is no accident. Where only the
// crowd changes (`experiments/imbalance`), the focal loss lies 5 to 6 AP behind
// cross entropy with 33 negatives to a positive, 2 to 3 behind with 800, and less
// than 1 behind with 2,150: the gap closes as the crowd grows, but the focal loss
// does not come out ahead (`plots/reference/report.md`; means of three trainings).
// How much a cure helps depends on how ill the patient is.
//
// And on the dose. All of these were trained at one learning rate,
// as the paper's were. The focal loss has the smaller gradients: with three times
// the rate it gains 6 AP and cross entropy none. When each loss has the rate that
// suits it best, all but $\gamma = 5$ end between 56 and 62, and the focal loss is
// among the best.
//
// ## Change this cell
//
// What if there were fewer negatives? Change `kept`, the number of negatives
// that take part, and run the cell again: it trains for 2500 steps.
//
// **Expect:** with 100,000 the positives first fall from their 0.01 to 0.0002.
// With 10,000 they no longer fall: $b$ is still pushed down, by 100 against 30,
// but $w$ is pushed up from the first step, since thirty positives with $f$
// around 4 outweigh ten thousand with 1 and $p = 0.01$. With 1000 even $b$ goes
// up, since 1000 times 0.01 is 10, less than 30. To leave negatives out is an
// old remedy, *sampling*. Its flaw: among the 99,000 that were left out are the
// hard ones. (The $p$ of the positives at the end also grows: a detector that
// was taught a world with more objects in it expects more.)

// %%
int kept = 100000;

RUN {
    for (int i = 0; i < NEGATIVES; i++)
        label[i] = i < kept ? RN_BACKGROUND : RN_IGNORE;
    w = 0;
    b = log(.01 / .99);
    double lowest = 1;
    for (int t = 0; t < 2500; t++) {
        step(.02);
        lowest = fmin(lowest, positives_p());
    }
    printf("%d negatives: p of the positives\n", kept);
    printf("lowest %.4f, in the end %.3f\n", lowest, positives_p());
}

// %% [markdown]
// ## What to keep
//
// - 100,000 times nearly nothing is more than 30 times a lot: 94 % of the loss,
//   97 % of the gradient, for a background that is answered 99 % right.
// - The push of a positive is at most 1. The crowd must be below
//   $p = n_+ / n_-$ each before it is outweighed.
// - Weights are shared and hear the sum. So cross entropy first learns *no*,
//   and pays for it with a weight of the wrong sign.
// - At rest positives and negatives push equally, by any loss. What a loss
//   decides is how far the easy ones must go for that, and who is heard on the
//   way.
//
// **Next:** a loss under which an easy answer is not merely cheap but silent.
// Notebook 6 derives the focal loss.
//
// ## Exercises
//
// Write them into `notebooks-c/exercises/05_why_ce_drowns.c` and run
// `make check-exercises ONLY=05`.
//
// 1. **Break-even.** Write `break_even(negatives, positives, p)`: the
//    probability of each easy negative at which both sides push equally under
//    CE, when each positive is given `p`.
// 2. **The easy crowd.** Write `easy_share(x, y, count, above)`: the part of
//    the sum of $|p - y|$ that belongs to *easy negatives*, those with $p_t$
//    larger than `above`.
// 3. **A detector without eyes.** If $f$ tells nothing, only $b$ can be learnt.
//    Write `blind_bias(negatives, positives)`, where CE comes to rest. (It is a
//    hint on how to start a detector; compare it with $\log\frac{0.01}{0.99}$.)
