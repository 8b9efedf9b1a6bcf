// %% [markdown]
// # 10. The box coder and smooth L1
//
// A positive anchor tells that an object is *roughly* here: an IoU of 0.5 is
// enough (notebook 3), and 0.5 is a sloppy box. To draw a good one the network
// returns, beside the scores, four more numbers for each anchor: how to move
// and stretch it. Two questions must be answered before it can learn them.
// **Which** four numbers? And **what does an error cost**?
//
// In this notebook
//
// - boxes become numbers without a unit, and back, and you see why one of the
//   steps back is dangerous;
// - you look at what the network has to learn, on 20,915 anchors;
// - squares and absolute values both fail as a loss, each on its own side, and
//   smooth L1 joins the good halves;
// - an anchor walks to its object, step by step.
//
// You need notebooks 1 to 3 and the derivative of $x^2$ and $\log x$. Reading
// takes about 20 minutes.

// %%
#include "base/check.h"
#include "data/scenes.h"
#include "detect/anchor.h"
#include "detect/assign.h"
#include "detect/coder.h"
#include "loss/smooth_l1.h"
#include "notebook.h"

#include <math.h>
#include <stdio.h>

// %% [markdown]
// ## Numbers without a unit
//
// The same small network looks at all places of all pyramid levels. To it, an
// object of 30 pixels on $P_3$ and one of 120 pixels on $P_5$ look alike, since
// the levels differ by just that factor. It cannot know about pixels, so it
// must be asked for something that is the same in both cases: the shift *in
// parts of the anchor*. With $x, y$ the centre, $w, h$ the sides and an $a$ for
// the anchor's,
//
// $$t_x = \frac{x - x_a}{w_a}, \qquad t_y = \frac{y - y_a}{h_a}, \qquad
// t_w = \log \frac{w}{w_a}, \qquad t_h = \log \frac{h}{h_a}.$$
//
// This is the parameterisation of R-CNN (2014), and RetinaNet keeps it (section
// 4). Why the logarithm? Twice as wide and half as wide are errors of the same
// importance, and $\pm \log 2$ says so, where the quotients 2 and $\frac12$ do
// not. On the way back $w = w_a e^{t_w}$ is positive, whatever the network
// says.

// %%
typedef struct code {
    double x, y, w, h;
} code;

code encode(rn_box box, rn_box anchor) {
    double w = box.x2 - box.x1, wa = anchor.x2 - anchor.x1;
    double h = box.y2 - box.y1, ha = anchor.y2 - anchor.y1;
    return (code){((box.x1 + box.x2) / 2 - (anchor.x1 + anchor.x2) / 2) / wa,
                  ((box.y1 + box.y2) / 2 - (anchor.y1 + anchor.y2) / 2) / ha,
                  log(w / wa), log(h / ha)};
}

rn_box decode(code t, rn_box anchor) {
    double wa = anchor.x2 - anchor.x1, ha = anchor.y2 - anchor.y1;
    double x = (anchor.x1 + anchor.x2) / 2 + t.x * wa, w = wa * exp(t.w);
    double y = (anchor.y1 + anchor.y2) / 2 + t.y * ha, h = ha * exp(t.h);
    return (rn_box){(float)(x - w / 2), (float)(y - h / 2), (float)(x + w / 2),
                    (float)(y + h / 2)};
}

// %% [markdown]
// An anchor of 40 x 40 pixels, and an object of the same width and twice the
// height, of which the centre is 10 pixels to the right and 10 down: the code
// must be $(\frac14, \frac14, 0, \log 2)$, and $\log 2 = 0.69$. With everything
// three times as large it must be the same.

// %%
rn_box anchor = {40, 20, 80, 60}, object = {50, 10, 90, 90};

void print_code(const char *what, code t) {
    printf("%-16s %6.3f %6.3f %6.3f %6.3f\n", what, t.x, t.y, t.w, t.h);
}

RUN {
    nb_picture picture = nb_picture_start(140, 100, NULL);
    nb_fill(&picture, object, 0, "object");
    nb_dot(&picture, 70, 50, 0);
    nb_box(&picture, anchor, 5, "anchor");
    nb_dot(&picture, 60, 40, 5);
    nb_picture_show(&picture);
    rn_box a = {120, 60, 240, 180}, b = {150, 30, 270, 270};
    print_code("code", encode(object, anchor));
    print_code("three times", encode(b, a));
    rn_box back = decode(encode(object, anchor), anchor);
    printf("and back: (%g, %g, %g, %g)\n", back.x1, back.y1, back.x2, back.y2);
}

// %% [markdown]
// The code of an anchor for itself is $(0, 0, 0, 0)$. So a network that has
// learned nothing, with outputs near zero, returns the anchors: a reasonable
// beginning.
//
// ## The way back is dangerous
//
// Nothing keeps the network from returning $t_w = 100$, above all in the first
// steps of training. In single precision $e^{100}$ is infinite, and the box gets
// the corners $-\infty$ and $\infty$. Its area is infinite, its IoU with another
// such box is $\infty / \infty$ = `nan`, and whatever is computed from that is
// lost. The library limits $t_w$ and $t_h$ to $\log(1000/16)$: no object is
// more than 62.5 times as wide as its anchor.

// %%
rn_coder coder = {.std = {1, 1, 1, 1}}; // log_most is set below

RUN {
    coder.log_most = log(1000. / 16);
    rn_box small = {0, 0, 16, 16};
    printf("   t_w   plain width (float)   library\n");
    for (int i = 0; i < 5; i++) {
        float t = (float[]){-5, 0, 2, 10, 100}[i];
        rn_float from[4] = {0, 0, t, 0};
        rn_box box = rn_coder_decode(&coder, from, small);
        printf("%6g %16.6g %16.6g\n", t, 16 * expf(t), box.x2 - box.x1);
    }
}

// %% [markdown]
// ## What there is to learn
//
// Here are all positive anchors of the training set of `scenes`, with the code
// of the object that each of them has to learn. Ours and the library's codes
// are compared on the way.

// %%
enum { ANCHORS = 12096, POSITIVES_MOST = 30000 };

rn_box from[POSITIVES_MOST], to[POSITIVES_MOST]; // anchors and their objects
int positives;

void collect(const rn_dataset *scenes, const rn_box *anchors) {
    static int label[ANCHORS], match[ANCHORS], class[8];
    static float iou[ANCHORS];
    rn_assign rule = {.positive = .5, .negative = .4, .best_anchor = .4};
    for (size_t i = 0; i < scenes->num_images; i++) {
        const rn_record *record = &scenes->image[i];
        rn_box box[8];
        for (size_t k = 0; k < record->count; k++) {
            const rn_object *o = &scenes->object[record->first + k];
            box[k] = (rn_box){(float)o->x1, (float)o->y1, (float)o->x2,
                              (float)o->y2};
        }
        rn_assign_anchors(label, match, iou, anchors, ANCHORS, box, class,
                          (int)record->count, &rule);
        for (int a = 0; a < ANCHORS && positives < POSITIVES_MOST; a++)
            if (label[a] >= 0) {
                from[positives] = anchors[a];
                to[positives++] = box[match[a]];
            }
    }
}

RUN {
    rn_err err;
    rn_dataset scenes;
    static rn_box anchors[ANCHORS];
    rn_scenes set = rn_scenes_default();
    set.cache = false;
    RN_CHECK(rn_scenes_load_with(&scenes, &set, "train", &err) == RN_OK, "%s",
             err.text);
    rn_anchor_spec spec = rn_anchor_spec_octave(3, 3, 3, 3, 3);
    rn_grid grid[3];
    rn_anchor_grid(grid, &spec, 256, 256);
    rn_anchor_generate(anchors, &spec, grid, 256, 256);
    collect(&scenes, anchors);
    rn_dataset_free(&scenes);
    printf("%d positive anchors\n", positives);
}

// %%
RUN {
    double worst = 0, sum[4] = {0}, squares[4] = {0}, least[4] = {0},
           most[4] = {0};
    for (int i = 0; i < positives; i++) {
        code mine = encode(to[i], from[i]);
        rn_float theirs[4];
        rn_coder_encode(theirs, &coder, to[i], from[i]);
        rn_box back = rn_coder_decode(&coder, theirs, from[i]);
        for (int k = 0; k < 4; k++) {
            double t = (&mine.x)[k];
            worst = fmax(worst, fabs(t - theirs[k]));
            worst = fmax(worst, fabs((&back.x1)[k] - (&to[i].x1)[k]) / 100);
            sum[k] += t, squares[k] += t * t;
            least[k] = fmin(least[k], t), most[k] = fmax(most[k], t);
        }
    }
    printf("codes agree, and lead back to the objects: %s\n\n",
           worst < 1e-5 ? "yes" : "no");
    printf("        least   mean   most   standard deviation\n");
    for (int k = 0; k < 4; k++) {
        double mean = sum[k] / positives;
        printf("t_%c  %8.3f %6.3f %6.3f %12.3f\n", "xywh"[k], least[k], mean,
               most[k], sqrt(squares[k] / positives - mean * mean));
    }
}

// %%
RUN {
    enum { BINS = 40 }; // from -1 to 1
    double at[BINS], count[2][BINS] = {{0}};
    for (int b = 0; b < BINS; b++) at[b] = -1 + .05 * (b + .5);
    for (int i = 0; i < positives; i++) {
        code t = encode(to[i], from[i]);
        count[0][(int)((t.x + 1) / .05)]++;
        count[1][(int)((t.w + 1) / .05)]++;
    }
    nb_chart chart =
        nb_chart_start("What the box branch has to learn", "target", "anchors");
    nb_bars(&chart, "t_x", BINS, at, count[0]);
    nb_line(&chart, "t_w", BINS, at, count[1]);
    nb_chart_show(&chart);
}

// %% [markdown]
// All targets are small, and the rule of notebook 3 is the reason. Seen along
// one axis, an IoU of at least $\frac12$ means that neither side is more than
// twice the other, so $|t_w| \le \log 2 = 0.69$. (The exception for best anchors
// admits an IoU down to 0.4, and so $|t_w|$ up to $\log 2.5 = 0.92$; none here
// comes that far.) The largest $t_x$ possible belongs to an anchor that is just
// the left half of its object, $t_x = \frac12$; the largest here is 0.43. The
// network never has to describe a long way. It corrects.
//
// Sizes vary twice as much as places. Some implementations divide by typical
// values, 0.1, 0.1, 0.2, 0.2, so that all four targets have the same spread
// (the fields `mean` and `std` of `rn_coder`). The authors' code does not, and
// neither do we.
//
// ## What an error costs
//
// Let $d$ be the difference between output and target. The first idea is the
// square, the second the absolute value. What matters for training is the
// slope, for the slope is what moves the weights:
//
// - $\frac12 d^2$ has the slope $d$. A large error has a large say. One wrong
//   outline in the data, one anchor between two objects, and it shouts down
//   everybody else.
// - $|d|$ has the slope $\pm 1$. Nobody shouts; but nobody ever calms down
//   either. Errors of 0.5 and of 0.0001 push with the same force, so training
//   with steps of fixed size trembles around the target for ever.
//
// **Smooth L1** takes the square near zero and the absolute value outside, and
// $\beta$ says where one passes into the other:
//
// $$\mathrm{smooth}_\beta(d) = \begin{cases}
// \dfrac{d^2}{2 \beta} & \text{if } |d| < \beta \\[2ex]
// |d| - \dfrac{\beta}{2} & \text{otherwise.} \end{cases}$$
//
// Do the halves fit? At $|d| = \beta$ both have the value $\beta / 2$, and the
// slopes $d / \beta$ and $\pm 1$ are equal there as well.

// %%
double beta = .11;

double smooth_l1(double d) {
    return fabs(d) < beta ? d * d / (2 * beta) : fabs(d) - beta / 2;
}

double smooth_l1_slope(double d) {
    return fabs(d) < beta ? d / beta : d > 0 ? 1 : -1;
}

double half_square(double d) { return d * d / 2; }
double identity(double d) { return d; }          // the slope of the square
double sign(double d) { return d > 0 ? 1 : -1; } // of the absolute value

RUN {
    nb_chart chart = nb_chart_start("The loss of an error", "d", "loss");
    nb_curve(&chart, "square / 2", half_square, -1.5, 1.5);
    nb_curve(&chart, "absolute value", fabs, -1.5, 1.5);
    beta = 1;
    nb_curve(&chart, "smooth L1, beta 1", smooth_l1, -1.5, 1.5);
    beta = .11;
    nb_curve(&chart, "smooth L1, beta 0.11", smooth_l1, -1.5, 1.5);
    nb_chart_show(&chart);
}

// %%
RUN {
    nb_chart chart =
        nb_chart_start("Its slope: how hard an error pushes", "d", "slope");
    nb_curve(&chart, "square / 2", identity, -1.5, 1.5);
    nb_curve(&chart, "absolute value", sign, -1.5, 1.5);
    beta = 1;
    nb_curve(&chart, "smooth L1, beta 1", smooth_l1_slope, -1.5, 1.5);
    beta = .11;
    nb_curve(&chart, "smooth L1, beta 0.11", smooth_l1_slope, -1.5, 1.5);
    nb_chart_show(&chart);
}

// %% [markdown]
// All targets lie within $\pm 0.7$, so with $\beta = 1$ nearly all errors are
// in the quadratic part: it is the square in disguise. The paper says "standard
// smooth L1" (section 4.1), and in Fast R-CNN, where the loss comes from,
// $\beta$ is 1. The authors' later code has 0.11, and so does this library; it
// is one of the details in which a rebuilt detector can differ without anybody
// noticing.
//
// ## The library says the same
//
// `rn_smooth_l1_loss` takes rows of four numbers with a label for each row, and
// returns value and gradient. Only positive anchors have a box to learn: rows
// of background (and ignored ones) cost nothing and are not even read.

// %%
RUN {
    enum { N = 3000 };
    static rn_float output[4 * N], target[4 * N], grad[4 * N];
    static int label[N];
    double mine = 0, worst = 0;
    for (int i = 0; i < N; i++) {
        label[i] = i % 3 - 1; // -1 (background), 0, 1
        rn_coder_encode(&target[4 * i], &coder, to[i], from[i]);
        rn_coder_encode(&output[4 * i], &coder, to[i + 1], from[i + 1]);
        for (int k = 4 * i; k < 4 * i + 4 && label[i] >= 0; k++)
            mine += smooth_l1((double)output[k] - (double)target[k]);
    }
    double theirs =
        rn_smooth_l1_loss(grad, output, target, label, N, (rn_float)beta, 1);
    for (int i = 0; i < N; i++)
        for (int k = 4 * i; k < 4 * i + 4; k++) {
            double d = (double)output[k] - (double)target[k];
            double slope = label[i] < 0 ? 0 : smooth_l1_slope(d);
            worst = fmax(worst, fabs(slope - (double)grad[k]));
        }
    printf("value: %.2f, library %.2f\n", mine, theirs);
    printf("12000 slopes agree: %s\n", worst < 1e-5 ? "yes" : "no");
}

// %% [markdown]
// ## Both failures, in numbers
//
// **The one who shouts.** Five anchors that look alike to the network have the
// targets $0,\; 0.1,\; 0.1,\; 0.2$ and, because somebody drew a box carelessly,
// $3$. The network can give only one answer to all. Which? With squares the
// mean, 0.68, at which *nobody* is served. With absolute values the median,
// 0.1. We let a descent find out.

// %%
// Goes down the slope of the sum of five losses, from 0.
double best_answer(double (*slope)(double)) {
    double target[] = {0, .1, .1, .2, 3}, answer = 0;
    for (int step = 0; step < 20000; step++) {
        double sum = 0;
        for (int i = 0; i < 5; i++) sum += slope(answer - target[i]);
        answer -= .001 * sum;
    }
    return answer;
}

RUN {
    printf("square                %.3f\n", best_answer(identity));
    printf("absolute value        %.2f\n", best_answer(sign));
    beta = 1;
    printf("smooth L1, beta 1     %.3f\n", best_answer(smooth_l1_slope));
    beta = .11;
    printf("smooth L1, beta 0.11  %.3f\n", best_answer(smooth_l1_slope));
}

// %% [markdown]
// (With absolute values the descent trembles around 0.1, so we print two digits
// there.) Check smooth L1 with $\beta = 1$: the outlier pushes with the slope 1
// and the four others with their distances, so $4 x - 0.4 = 1$ and $x = 0.35$.
// With $\beta = 0.11$ the outlier and the target 0 push with full force against
// each other, and the other three agree on their mean, $0.4 / 3$.
//
// **The one who trembles.** A single target, 0.43 away, and steps of 0.1 times
// the slope. The vertical axis is the distance that remains.

// %%
enum { STEPS = 40 };

void add_descent(nb_chart *chart, const char *label, double (*slope)(double)) {
    double at[STEPS], left[STEPS], d = .43;
    for (int i = 0; i < STEPS; i++) {
        at[i] = i;
        left[i] = fmax(fabs(d), 1e-6);
        d -= .1 * slope(d);
    }
    nb_line(chart, label, STEPS, at, left);
}

RUN {
    nb_chart chart = nb_chart_start("Distance to the target", "step",
                                    "distance (1e-6: none)");
    chart.log_y = true;
    add_descent(&chart, "square / 2", identity);
    add_descent(&chart, "absolute value", sign);
    beta = 1;
    add_descent(&chart, "smooth L1, beta 1", smooth_l1_slope);
    beta = .11;
    add_descent(&chart, "smooth L1, beta 0.11", smooth_l1_slope);
    nb_chart_show(&chart);
}

// %% [markdown]
// The absolute value comes near at once and then jumps between 0.03 and 0.07
// for ever. With $\beta = 1$ the distance shrinks by the factor
// $1 - 0.1/\beta = 0.9$ at each step, exactly as with the square, whose curve is
// hidden under this one. With $\beta = 0.11$ it first walks in full steps, and
// then the factor is $1 - 0.1/0.11 \approx 0.09$: a digit at each step. Smaller
// is not always better: what if $0.1/\beta$ is above 2? (Try it at the end.)
//
// ## What is an error of 0.11?
//
// For the picture only IoU counts. Take a box with one error in $t_x$ alone, or
// in $t_w$ alone. The first is the shift of notebook 1, the second a ratio of
// widths:
//
// $$\mathrm{IoU} = \frac{1 - |d|}{1 + |d|} \quad (t_x), \qquad\qquad
// \mathrm{IoU} = e^{-|d|} \quad (t_w).$$

// %%
double iou_of_shift(double d) {
    rn_box a = {0, 0, 100, 100};
    return rn_box_iou(decode((code){d, 0, 0, 0}, a), a, 0);
}

double iou_of_stretch(double d) {
    rn_box a = {0, 0, 100, 100};
    return rn_box_iou(decode((code){0, 0, d, 0}, a), a, 0);
}

RUN {
    nb_chart chart = nb_chart_start("One error, and what it does to the box",
                                    "error of the output", "IoU");
    chart.y_low = 0;
    chart.y_high = 1;
    nb_curve(&chart, "in t_x", iou_of_shift, 0, .7);
    nb_curve(&chart, "in t_w", iou_of_stretch, 0, .7);
    double x[] = {.11, .11}, y[] = {iou_of_shift(.11), iou_of_stretch(.11)};
    nb_dots(&chart, "error 0.11", 2, x, y);
    nb_chart_show(&chart);
    printf("error 0.11: IoU %.2f in t_x, %.2f in t_w\n", y[0], y[1]);
}

// %% [markdown]
// So $\beta = 0.11$ draws the line at boxes that are already good. Whatever is
// worse pushes with full force, and boxes that are better are polished gently.
// And a place error costs twice what a size error costs: at small $d$ the
// curves fall with the slopes $-2$ and $-1$.
//
// ## What the detector does with it
//
// The box loss is the sum over the four outputs of all positive anchors,
// divided by their number, and it is simply added to the classification loss.
// Background teaches no boxes, so there is no imbalance here: 16 positives a
// picture have all the votes. The two losses meet in the shared pyramid below,
// and this is why the *size* of the classification loss, which $\alpha$ and
// $\gamma$ change as well, has an effect on how well boxes are learned.
//
// ## Change this cell
//
// An anchor walks to its object: in each step its four outputs go down the
// slope of smooth L1 by `rate`. (It begins farther away than a positive anchor
// would, to make the walk longer.) Change `width`, which is $\beta$, and
// `rate`.
//
// **Expect:** as it stands the box is at home after eight steps. With
// `width = 1` it has only come to an IoU of 0.61 by then. With `width = 0.03`
// the factor is $1 - 0.1 / 0.03 = -2.3$: the outputs jump over the target and
// back for ever, like those of the absolute value, and the IoU stays near 0.86.
// So it does, at 0.64, with the old width and `rate = 0.3`.

// %%
double width = .11, rate = .1;

RUN {
    nb_picture picture = nb_picture_start(360, 100, NULL);
    rn_float target[4], output[4] = {0}, slope[4];
    int label = 0;
    rn_coder_encode(target, &coder, object, anchor);
    printf("step    loss     IoU\n");
    for (int step = 0; step <= 8; step++) {
        rn_box box = rn_coder_decode(&coder, output, anchor), truth = object;
        double loss = rn_smooth_l1_loss(slope, output, target, &label, 1,
                                        (rn_float)width, 1);
        printf("%4d  %6.3f  %6.3f\n", step, loss, rn_box_iou(box, object, 0));
        float right = 35 * (float)step - 30;
        box.x1 += right, box.x2 += right;
        truth.x1 += right, truth.x2 += right;
        if (step % 2 == 0) {
            nb_fill(&picture, truth, 0, NULL);
            nb_box(&picture, box, 5,
                   (const char *[]){"0", "2", "4", "6", "8"}[step / 2]);
        }
        for (int k = 0; k < 4; k++) output[k] -= (rn_float)rate * slope[k];
    }
    nb_picture_show(&picture);
}

// %% [markdown]
// ## What to keep
//
// - Shifts in parts of the anchor, sizes as logarithms: no unit, the same on
//   all levels, and zero means "stay".
// - Limit $t_w$ and $t_h$ before the exponential.
// - The slope is what counts. Smooth L1 has that of the absolute value far away
//   and that of the square near zero; $\beta$ is the border, and 0.11 is about
//   the border of good boxes.
// - Only positive anchors learn boxes.
//
// Next, in notebook 11, both losses train a detector, and you watch.
//
// ## Exercises
//
// Write them into `notebooks-c/exercises/10_box_coder.c` and run
// `make check-exercises ONLY=10`.
//
// 1. **In the mirror.** Pictures are flipped left to right at random in
//    training. The object has the code $t$ for some anchor. Write `mirror(t)`,
//    the code of the flipped object for the flipped anchor. Nothing else is
//    needed, not even the width of the picture.
// 2. **Sizes alone.** Write `iou_of_sizes(tw, th)`: the IoU of an anchor with
//    the box that has the code $(0, 0, t_w, t_h)$. Mind that one side may grow
//    while the other shrinks.
// 3. **The answer for many.** Write `best_constant(target, count, beta)`, the
//    number that makes the sum of smooth L1 smallest. The slope of the sum
//    never falls as the number grows, so halve an interval. With a large
//    $\beta$ it must be the mean, with a tiny one the median.
