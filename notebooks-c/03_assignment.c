// %% [markdown]
// # 3. Assignment and imbalance: counting 1 to 1000
//
// Twelve thousand anchors ask "is an object here?" (notebook 2). To train a
// network somebody must write down the right answer to each of these questions,
// for every picture. Nobody will do that by hand; a rule does it, from the
// boxes that people drew. This notebook is about the rule, and about a number
// that comes out of it: for one *yes* there are about a thousand *no*.
//
// In this notebook
//
// - the rule: two thresholds, three answers, one exception;
// - you write it, and compare it with the library on 1300 pictures;
// - you count answers, and derive why the ratio *must* be so extreme;
// - you see what a network can earn by learning nothing but "no".
//
// You need notebooks 1 and 2. Reading takes about 20 minutes.

// %%
#include "base/check.h"
#include "data/scenes.h"
#include "detect/anchor.h"
#include "detect/assign.h"
#include "notebook.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

// %% [markdown]
// ## Two thresholds, three answers
//
// Take an object of 40 x 40 pixels and a row of anchors of the same size, each
// 8 pixels further to the right. Two squares of side $s$ that are shifted by
// $d$ have $\mathrm{IoU} = (s - d) / (s + d)$ (notebook 1), so the values are
//
// $$\tfrac{40}{40} = 1, \quad \tfrac{32}{48} = 0.67, \quad
// \tfrac{24}{56} = 0.43, \quad \tfrac{16}{64} = 0.25, \quad \ldots$$
//
// The first two should answer *yes*, the fourth *no*. And the third? It covers
// more than half of the object. To call it background would be unfair to the
// network, and to call it a find would reward sloppiness. It is **ignored**:
// its answer has no effect on training. RetinaNet's thresholds are (section 4)
//
// $$\begin{aligned}
// \mathrm{IoU} \ge 0.5: &\quad \text{positive}
// \\ \mathrm{IoU} < 0.4: &\quad \text{background}
// \\ \text{else}: &\quad \text{ignored.}
// \end{aligned}$$

// %%
enum { BACKGROUND = -1, IGNORED = -2 }; // labels; 0 and up are classes

int label_of(float iou, int class) {
    return iou >= .5f ? class : iou < .4f ? BACKGROUND : IGNORED;
}

const char *name_of(int label) {
    return label == BACKGROUND ? "background"
           : label == IGNORED  ? "ignored"
                               : "positive";
}

RUN {
    nb_picture picture = nb_picture_start(560, 74, NULL);
    picture.letter = 16;
    for (int i = 0; i < 5; i++) {
        float x = 4 + 104 * (float)i, d = 8 * (float)i;
        rn_box object = {x, 24, x + 40, 64};
        rn_box anchor = {x + d, 24, x + d + 40, 64};
        float iou = rn_box_iou(anchor, object, 0);
        int label = label_of(iou, 0);
        printf("shift %2g   IoU %.2f   %s\n", d, iou, name_of(label));
        nb_fill(&picture, object, 0, NULL);
        nb_box(&picture, anchor,
               label == 0         ? 2
               : label == IGNORED ? 1
                                  : 5,
               name_of(label));
    }
    nb_picture_show(&picture);
}

// %% [markdown]
// ## Several objects, and one exception
//
// With more than one object an anchor takes the one with which its IoU is
// largest, the first among equals. It then has a class to learn, and a box to
// move to (notebook 10).
//
// The exception protects objects that no anchor fits well. If the best anchor
// of an object has an IoU of 0.45, it is ignored, and nobody would ever answer
// *yes* for this object. So the **best anchor** of each object is positive as
// well, provided that its IoU is at least 0.4. The paper refers to an older
// rule here and does not give the number; 0.4 is in its authors' code.
//
// The plain way to do all this is a table of all IoUs, a row for each anchor
// and a column for each object.

// %%
typedef struct task {
    const rn_box *anchor, *object;
    const int *class; // of the objects
    int anchors, objects;
} task;

float best_for(const task *t, int object) {
    float best = 0;
    for (int a = 0; a < t->anchors; a++)
        best = fmaxf(best, rn_box_iou(t->anchor[a], t->object[object], 0));
    return best;
}

void assign_naively(int *label, const task *t) {
    float best[8]; // for each object
    for (int o = 0; o < t->objects; o++) best[o] = best_for(t, o);
    for (int a = 0; a < t->anchors; a++) {
        float largest = 0;
        int match = -1;
        bool chosen = false;
        for (int o = 0; o < t->objects; o++) {
            float iou = rn_box_iou(t->anchor[a], t->object[o], 0);
            if (iou > largest) largest = iou, match = o;
            if (iou == best[o] && iou >= .4f) chosen = true;
        }
        int class = match < 0 ? BACKGROUND : t->class[match];
        label[a] = chosen ? class : label_of(largest, class);
    }
}

// %% [markdown]
// A case to check in the head: two objects, of 40 x 40 pixels and class 0, of
// 20 x 20 and class 3, and five anchors. The fourth is 30 x 30 and holds the
// small object, so their IoU is $400 / 900 = 0.44$: too little, but nobody has
// more.

// %%
RUN {
    rn_box object[] = {{0, 0, 40, 40}, {60, 0, 80, 20}};
    int class[] = {0, 3}, label[5];
    rn_box anchor[] = {{0, 0, 40, 40},
                       {8, 0, 48, 40},
                       {16, 0, 56, 40},
                       {58, 0, 88, 30},
                       {100, 0, 140, 40}};
    task small = {anchor, object, class, 5, 2};
    assign_naively(label, &small);
    printf("anchor   IoU with object 0, 1   label\n");
    for (int a = 0; a < 5; a++)
        printf("%4d %14.2f %8.2f %8d\n", a, rn_box_iou(anchor[a], object[0], 0),
               rn_box_iou(anchor[a], object[1], 0), label[a]);
}

// %% [markdown]
// ## The library's rule on 1300 pictures
//
// `rn_assign_anchors` needs no table: it works object by object and touches
// only the anchors that overlap. Here it goes through the training set of
// `scenes`, and each of the 16 million labels is compared with ours.

// %%
enum { ANCHORS = 12096, SIDE = 256 };

rn_dataset scenes;
rn_box anchor[ANCHORS];
int label[ANCHORS], match[ANCHORS];
float iou[ANCHORS];
rn_assign rule = {.positive = .5, .negative = .4, .best_anchor = .4};

// Fills label, match and iou for a picture; returns the number of positives.
size_t assign(size_t picture, rn_box object[8], int class[8]) {
    const rn_record *record = &scenes.image[picture];
    for (size_t i = 0; i < record->count; i++) {
        const rn_object *o = &scenes.object[record->first + i];
        object[i] =
            (rn_box){(float)o->x1, (float)o->y1, (float)o->x2, (float)o->y2};
        class[i] = o->label;
    }
    return rn_assign_anchors(label, match, iou, anchor, ANCHORS, object, class,
                             (int)record->count, &rule);
}

RUN {
    rn_err err;
    rn_scenes set = rn_scenes_default();
    set.cache = false;
    RN_CHECK(rn_scenes_load_with(&scenes, &set, "train", &err) == RN_OK, "%s",
             err.text);
    rn_anchor_spec spec = rn_anchor_spec_octave(3, 3, 3, 3, 3);
    rn_grid grid[3];
    rn_anchor_grid(grid, &spec, SIDE, SIDE);
    rn_anchor_generate(anchor, &spec, grid, SIDE, SIDE);

    static int mine[ANCHORS];
    long same = 0;
    for (size_t i = 0; i < scenes.num_images; i++) {
        rn_box object[8];
        int class[8];
        assign(i, object, class);
        task all = {anchor, object, class, ANCHORS, (int)scenes.image[i].count};
        assign_naively(mine, &all);
        for (int a = 0; a < ANCHORS; a++) same += mine[a] == label[a];
    }
    printf("%ld labels, all the same: %s\n", same,
           same == ANCHORS * (long)scenes.num_images ? "yes" : "no");
}

// %% [markdown]
// ## One picture
//
// All positive anchors of one picture, in a colour for each object, and thin
// and grey the ignored ones. Everything else, the other twelve thousand boxes,
// is background.

// %%
RUN {
    rn_err err;
    rn_image image;
    rn_box object[8];
    int class[8], ignored = 0;
    size_t positives = assign(6, object, class);
    RN_CHECK(rn_dataset_image(&image, &scenes, 6, &err) == RN_OK, "%s",
             err.text);
    nb_picture picture = nb_picture_start(SIDE, SIDE, &image);
    for (int a = 0; a < ANCHORS; a++) {
        if (label[a] == IGNORED) nb_box(&picture, anchor[a], -1, NULL);
        ignored += label[a] == IGNORED;
    }
    for (int a = 0; a < ANCHORS; a++)
        if (label[a] >= 0) nb_box(&picture, anchor[a], 1 + 4 * match[a], NULL);
    nb_picture_show(&picture);
    rn_image_free(&image);
    printf("%zu positive, %d ignored, %d background\n", positives, ignored,
           ANCHORS - ignored - (int)positives);
}

// %% [markdown]
// ## Counting
//
// Now all pictures.

// %%
size_t of[3]; // how many anchors are background, ignored, positive

RUN {
    double at[30], pictures[30] = {0};
    for (int i = 0; i < 30; i++) at[i] = 2 * i + .5;
    for (size_t i = 0; i < scenes.num_images; i++) {
        rn_box object[8];
        int class[8];
        size_t positives = assign(i, object, class);
        for (int a = 0; a < ANCHORS; a++)
            of[label[a] == BACKGROUND ? 0 : label[a] == IGNORED ? 1 : 2]++;
        pictures[positives < 60 ? positives / 2 : 29]++;
    }
    for (int k = 0; k < 3; k++)
        printf("%-10s %9zu   %7.3f %%\n",
               name_of((int[]){BACKGROUND, IGNORED, 0}[k]), of[k],
               100. * (double)of[k] / ANCHORS / (double)scenes.num_images);
    printf("one positive anchor for %.0f of background\n",
           (double)of[0] / (double)of[2]);
    nb_chart chart = nb_chart_start("Positive anchors of a picture",
                                    "positives", "pictures");
    chart.x_low = -1;
    nb_bars(&chart, "", 30, at, pictures);
    nb_chart_show(&chart);
}

// %% [markdown]
// One to 750: the paper speaks of about 1 to 1000 (section 3). The bars show
// where it comes from. The bar at the left are the pictures without any object,
// one in five, which have *only* background; then come pictures with one object
// (the hump near 8: a small one) or two; beyond 29 all have two. Nowhere are
// there many.
//
// It is worse if we count questions. The network asks for each anchor *and each
// class*, "is this a disk?", "is this a box?", and answers them independently.
// A positive anchor has one *yes* and, with $K$ classes, $K - 1$ times *no*; an
// anchor of background has $K$ times *no*.

// %%
RUN {
    int classes = scenes.num_classes;
    double yes = (double)of[2];
    double no = classes * (double)(of[0] + of[2]) - yes;
    printf("%d classes: one yes for %.0f no\n", classes, no / yes);
    printf("always no is right for %.3f %% of them\n", 100 * no / (yes + no));
}

// %% [markdown]
// ## Why so few?
//
// Is that bad luck, a poor choice of anchors? Count the matches of one object.
// Let anchors of exactly its size and shape stand on a grid of stride $t$, and
// let the side be $a$ strides. Shift an anchor by the parts $u$ and $v$ of the
// side. It shares $(1-u)(1-v)$ of its area with the object, and from
//
// $$\frac{(1-u)(1-v)}{2 - (1-u)(1-v)} \ge \frac12 \quad\text{follows}\quad
// (1-u)(1-v) \ge \frac23.$$
//
// Centres of matching anchors thus lie within a small curved diamond around the
// centre of the object. Its area, in units of the object's, is
//
// $$4 \int_0^{\,1/3} \left(1 - \frac{2/3}{1-u}\right) du
// = 4 \left(\frac13 - \frac23 \log \frac32\right) = 0.252,$$
//
// and since the object measures $a^2$ cells, on average $0.252\,a^2$ anchors
// match. Try it: put an object at every pixel of a cell, and count.

// %%
double matches(int stride, int side) {
    int count = 0;
    for (int y = 0; y < stride; y++)
        for (int x = 0; x < stride; x++)
            for (int j = -8; j <= 8; j++)
                for (int i = -8; i <= 8; i++) {
                    float s = (float)side, dx = (float)(x + i * stride),
                          dy = (float)(y + j * stride);
                    rn_box moved = {dx, dy, dx + s, dy + s};
                    count += rn_box_iou(moved, (rn_box){0, 0, s, s}, 0) >= .5f;
                }
    return (double)count / (stride * stride);
}

RUN {
    for (int a = 1; a <= 4; a++)
        printf("side of %d strides: %.2f matches, formula %.2f\n", a,
               matches(64, 64 * a), .252 * a * a);
}

// %% [markdown]
// Two matches for three strides, four for four strides: so few, because IoU 0.5
// asks for a close fit. The eight other sizes and shapes on the same cells, and
// the neighbouring level, make about 17 of these two. The important thing is
// what the formula does **not** contain: the size of the object in pixels. A
// large object is served by a coarser level, where it measures as many strides
// as a small one does on a fine level. We can look at that.

// %%
RUN {
    enum { BINS = 7 };
    static double side[1000], count[1000];
    double mean[BINS] = {0}, in[BINS] = {0}, at[BINS];
    size_t objects = 0;
    for (size_t i = 0; i < scenes.num_images; i++) {
        rn_box object[8];
        int class[8], found[8] = {0};
        assign(i, object, class);
        for (int a = 0; a < ANCHORS; a++)
            if (label[a] >= 0) found[match[a]]++;
        for (size_t o = 0; o < scenes.image[i].count; o++, objects++) {
            double s = sqrt(rn_box_area(object[o]));
            int bin = (int)fmin(fmax((s - 20) / 9, 0), BINS - 1);
            mean[bin] += found[o], in[bin]++;
            if (objects % 3 == 0) // dots for every third, for a clearer picture
                side[objects / 3] = s, count[objects / 3] = found[o];
        }
    }
    for (int b = 0; b < BINS; b++) at[b] = 24.5 + 9 * b, mean[b] /= in[b];
    nb_chart chart = nb_chart_start("Positive anchors of an object",
                                    "side of the object (pixels)", "positives");
    nb_bars(&chart, "mean", BINS, at, mean);
    nb_dots(&chart, "an object", objects / 3, side, count);
    nb_chart_show(&chart);
}

// %% [markdown]
// From 30 pixels on the mean stays between 17 and 21, whatever the size. (To
// the left it falls, since there is no finer level than $P_3$: small objects
// have fewer teachers. This is one reason why detectors are worse at them.)
//
// So a picture has about 17 positives *for each object* on average (10 for the
// smallest). Background, on the other hand, grows with the **area** of the
// picture. Show the same scenes at twice and four times the resolution, each
// time with one more level for the larger boxes:

// %%
typedef struct count {
    size_t anchors;            // of a picture
    size_t positives, ignored; // of the first 300 pictures
} count;

count count_at(int scale, int levels) {
    rn_err err;
    rn_dataset large;
    rn_scenes set = rn_scenes_default();
    set.cache = false;
    set.scale = scale;
    RN_CHECK(rn_scenes_load_with(&large, &set, "train", &err) == RN_OK, "%s",
             err.text);
    rn_anchor_spec spec = rn_anchor_spec_octave(levels, 3, 3, 3, 3);
    rn_grid grid[RN_LEVELS_MOST];
    rn_anchor_grid(grid, &spec, SIDE * scale, SIDE * scale);
    count n = {rn_anchor_count(&spec, grid), 0, 0};
    rn_box *boxes = malloc(n.anchors * sizeof *boxes);
    int *labels = malloc(2 * n.anchors * sizeof *labels);
    float *ious = malloc(n.anchors * sizeof *ious);
    rn_anchor_generate(boxes, &spec, grid, SIDE * scale, SIDE * scale);
    for (size_t i = 0; i < 300; i++) {
        const rn_object *o = &large.object[large.image[i].first];
        int objects = (int)large.image[i].count, class[8] = {0};
        rn_box object[8];
        for (int k = 0; k < objects; k++)
            object[k] = (rn_box){(float)o[k].x1, (float)o[k].y1, (float)o[k].x2,
                                 (float)o[k].y2};
        n.positives +=
            rn_assign_anchors(labels, labels + n.anchors, ious, boxes,
                              n.anchors, object, class, objects, &rule);
        for (size_t a = 0; a < n.anchors; a++)
            n.ignored += labels[a] == IGNORED;
    }
    free(boxes), free(labels), free(ious);
    rn_dataset_free(&large);
    return n;
}

RUN {
    printf("first 300 pictures, mean\n");
    printf("pixels        anchors   positives   ratio\n");
    for (int i = 0; i < 3; i++) {
        count n = count_at(1 << i, 3 + i);
        double positives = (double)n.positives / 300;
        double background =
            (double)n.anchors - positives - (double)n.ignored / 300;
        printf("%4d x %4d %9zu %10.1f    1 : %.0f\n", SIDE << i, SIDE << i,
               n.anchors, positives, background / positives);
    }
}

// %% [markdown]
// (The positives rise once, from 16.6 to 18.4: the small objects are no longer
// below the finest level.)
//
// The imbalance is no accident of this data set. It is what a dense detector
// *is*: positives count the objects, negatives count the area.
//
// ## What the detector does about it
//
// A network that has learned nothing but "no" is right in 99.97 % of its
// answers. Three consequences run through the rest of the series:
//
// 1. **Accuracy is worthless** as a measure. Notebook 14 shows what is measured
//    instead.
// 2. **A sum of losses is a vote**, and background has nearly all the votes.
//    Notebook 4 says what one answer costs and notebook 5 adds up; the focal
//    loss (notebook 6) takes votes away from easy answers.
// 3. **What to divide by?** The sum over all answers is divided by the number
//    of *positive* anchors (section 4.1), not by 12,096, which would make the
//    loss tiny, and make it depend on the size of the picture. A picture
//    without objects counts as having one positive.
//
// ## Change this cell
//
// Move the thresholds and run the cell again. The exception for the best anchor
// is turned off here, to see whom it protects.
//
// **Expect:** at 0.5 nobody: every object has an anchor of 0.54 or more
// (notebook 2). With `positive` at 0.6 only a third of the positives is left,
// and 22 objects have none. At 0.7 more than a quarter of all objects has nobody
// to learn them, and the ratio passes 1 : 10,000. With 0.4 for both no anchor is
// ignored any more; there are three times as many positives, and many of them
// fit badly.

// %%
double positive = .5, negative = .4;

RUN {
    rn_assign saved = rule;
    rule = (rn_assign){positive, negative, .best_anchor = -1};
    size_t positives = 0, lost = 0, ignored = 0;
    for (size_t i = 0; i < scenes.num_images; i++) {
        rn_box object[8];
        int class[8];
        bool found[8] = {false};
        positives += assign(i, object, class);
        for (int a = 0; a < ANCHORS; a++) {
            if (label[a] >= 0) found[match[a]] = true;
            ignored += label[a] == IGNORED;
        }
        for (size_t o = 0; o < scenes.image[i].count; o++) lost += !found[o];
    }
    double all = (double)scenes.num_images * ANCHORS;
    printf("%.1f positive, %.1f ignored anchors a picture\n",
           (double)positives / (double)scenes.num_images,
           (double)ignored / (double)scenes.num_images);
    printf("one positive for %.0f of background\n",
           (all - (double)ignored) / (double)positives - 1);
    printf("%zu of %zu objects have no positive anchor\n", lost,
           scenes.num_objects);
    rule = saved;
}

// %% [markdown]
// ## What to keep
//
// - IoU $\ge 0.5$ is positive, below 0.4 background, between them ignored; the
//   best anchor of an object is positive from 0.4 on.
// - An anchor learns one object: the one with the largest IoU.
// - Positives per object are a constant, about 17 here, while background grows
//   with the area. Hence 1 : 1000, and more for larger pictures.
//
// ## Exercises
//
// Write them into `notebooks-c/exercises/03_assignment.c` and run
// `make check-exercises ONLY=03`.
//
// 1. **Any bar.** Write `matches_expected(strides, iou)`, the formula
//    $0.252\,a^2$ for any bar instead of 0.5. First find what takes the place
//    of $\frac23$; the integral has a closed form.
// 2. **Nobody's objects.** Write
//    `orphans(anchor, anchors, object, objects, bar)`: how many objects have no
//    anchor with an IoU of at least `bar`?
// 3. **Odds.** Write `no_for_each_yes(anchors, positives, ignored, classes)`,
//    the number of questions with the answer *no* for one *yes*; ignored
//    anchors are not asked. Without positives return 0.
