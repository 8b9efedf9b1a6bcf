// %% [markdown]
// # 14. NMS and AP: by hand on five boxes, then COCO's way
//
// A trained detector answers with thousands of boxes and scores. Two things are
// still missing. Around every object there is a *cluster* of boxes, since many
// anchors saw it, and we want one. And at the end we want one **number** that
// says how good the detector is, to compare it with others. Both are done by
// short algorithms that everybody uses, few have computed by hand, and in which
// details decide about the second digit of a result.
//
// In this notebook
//
// - five boxes, of which you throw out the duplicates (**NMS**), by hand;
// - the same five boxes get a score, **average precision** (AP), by hand;
// - both algorithms are written down and compared with the library;
// - COCO's ten bars, hundred places and several sizes are added, and a detector
//   on 1000 pictures is measured, by you and by the library alike.
//
// You need notebook 1 (IoU). Reading takes about 25 minutes.

// %%
#include "base/check.h"
#include "base/rng.h"
#include "data/scenes.h"
#include "detect/nms.h"
#include "eval/coco_eval.h"
#include "notebook.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

// %% [markdown]
// ## Five boxes
//
// There are two objects, A and B. The detector found both, each of them twice,
// and something in the background as well.

// %%
rn_box truth[] = {{10, 20, 60, 70}, {90, 30, 130, 70}};

enum { FIVE = 5 };
rn_box box[FIVE] = {{12, 20, 62, 70},
                    {20, 20, 70, 70},
                    {150, 40, 180, 70},
                    {94, 30, 134, 70},
                    {90, 30, 130, 55}};
float score[FIVE] = {.95f, .9f, .8f, .7f, .4f};

RUN {
    nb_picture picture = nb_picture_start(190, 90, NULL);
    nb_fill(&picture, truth[0], 0, NULL);
    nb_fill(&picture, truth[1], 0, NULL);
    nb_text(&picture, 32, 66, 0, "A");
    nb_text(&picture, 108, 66, 0, "B");
    int colour[] = {5, 1, 3, 5, 1};
    const char *name[] = {".95", ".90", ".80", ".70", ".40"};
    for (int i = 0; i < FIVE; i++) {
        nb_box(&picture, box[i], colour[i], NULL);
        nb_text(&picture,
                i == 1   ? 58
                : i == 4 ? 136
                         : box[i].x1 + 1,
                i == 4 ? 56 : box[i].y1 - 2, colour[i], name[i]);
    }
    nb_picture_show(&picture);
}

// %% [markdown]
// ## Throwing out duplicates
//
// Greedy **non-maximum suppression** goes like this:
//
// 1. Take the box with the highest score. It stays.
// 2. Drop every box that overlaps it too much, IoU above 0.5: they mean the
//    same thing, and say it with less confidence.
// 3. Repeat with what is left.
//
// Here are the IoUs. You can check the first: two boxes of 50 x 50, 8 pixels
// apart, have $(50 - 8) / (50 + 8) = 0.72$.

// %%
RUN {
    printf("        ");
    for (int i = 0; i < FIVE; i++) printf("%6.2f", score[i]);
    printf("\n");
    for (int i = 0; i < FIVE; i++) {
        printf("%6.2f: ", score[i]);
        for (int j = 0; j < FIVE; j++)
            printf("%6.2f", rn_box_iou(box[i], box[j], 0));
        printf("\n");
    }
}

// %% [markdown]
// By hand: 0.95 stays and drops 0.90. Then 0.80 stays; it overlaps nobody. Then
// 0.70 stays and drops 0.40, with 0.53 a close thing. Three boxes are left.
//
// In code the boxes come sorted, best first. A box stays unless it overlaps one
// that stays already, which is the same as dropping forwards.

// %%
int suppress(int *keep, const rn_box *box, int n, float threshold) {
    int kept = 0;
    for (int i = 0; i < n; i++) {
        bool stays = true;
        for (int k = 0; k < kept && stays; k++)
            stays = rn_box_iou(box[i], box[keep[k]], 0) <= threshold;
        if (stays) keep[kept++] = i;
    }
    return kept;
}

void print_list(const char *what, const int *keep, size_t n) {
    printf("%-10s", what);
    for (size_t i = 0; i < n; i++) printf(" %.2f", score[keep[i]]);
    printf("\n");
}

RUN {
    rn_arena arena = {0};
    int mine[FIVE], theirs[FIVE];
    for (int i = 0; i < 3; i++) {
        float threshold = (float[]){.5f, .6f, .8f}[i];
        printf("threshold %.1f\n", threshold);
        print_list("  mine", mine,
                   (size_t)suppress(mine, box, FIVE, threshold));
        print_list(
            "  library", theirs,
            rn_nms(theirs, box, score, NULL, FIVE, threshold, 0, FIVE, &arena));
    }
    rn_arena_free(&arena);
}

// %% [markdown]
// The library's version sorts by itself, treats classes apart (a dog may sit on
// a sofa), and finds overlapping boxes with a hash instead of looking at all.
// RetinaNet's settings are (section 4.1): scores above 0.05, at most the 1000
// best of each level, then NMS with 0.5. (The 100 best that remain are COCO's
// limit.)
//
// ## From boxes to right and wrong
//
// Now the number. A detection is **right** if it matches an object, and each
// object can be matched **once**. Detections take turns, best first. Each
// takes, among the objects that are still free, the one with the largest IoU,
// if that reaches the bar. Whoever goes away empty is a false alarm.

// %%
void match(bool *right, const rn_box *found, int n, double bar) {
    bool taken[2] = {false};
    for (int i = 0; i < n; i++) {
        int best = -1;
        for (int t = 0; t < 2; t++) {
            double iou = rn_box_iou(found[i], truth[t], 0);
            if (taken[t] || iou < bar) continue;
            if (best < 0 || iou > rn_box_iou(found[i], truth[best], 0))
                best = t;
        }
        right[i] = best >= 0;
        if (best >= 0) taken[best] = true;
    }
}

rn_box three[3]; // what NMS has left

RUN {
    int keep[FIVE];
    bool right[3];
    suppress(keep, box, FIVE, .5f);
    for (int i = 0; i < 3; i++) three[i] = box[keep[i]];
    match(right, three, 3, .5);
    printf("score   IoU with A   with B\n");
    for (int i = 0; i < 3; i++)
        printf("%.2f %12.3f %8.3f   %s\n", score[keep[i]],
               rn_box_iou(three[i], truth[0], 0),
               rn_box_iou(three[i], truth[1], 0), right[i] ? "right" : "wrong");
}

// %% [markdown]
// ## Precision, recall, and the area under a staircase
//
// Suppose we show only detections above some score. Two questions:
//
// $$\text{precision} = \frac{\text{right}}{\text{shown}}, \qquad
// \text{recall} = \frac{\text{right}}{\text{objects}}.$$
//
// A high limit shows little, and that is right; a low one finds all, with false
// alarms. Which limit is the right one depends on the purpose, so AP takes *all
// of them*. Go down the list and write both numbers after each line:
//
// | shown | right | precision | recall |
// |---|---|---|---|
// | 1 | 1 | 1 | 0.5 |
// | 2 | 1 | 0.5 | 0.5 |
// | 3 | 2 | 0.67 | 1 |
//
// Precision went down to 0.5 and up again. Nobody would choose the limit in the
// dip, since a lower one has more recall *and* more precision. So the curve is
// smoothed to a staircase: at each recall $r$ the best precision that is
// reached there **or beyond**,
//
// $$p(r) = \max_{r' \ge r} \text{precision}(r').$$
//
// AP is its mean over the recalls $0, 0.01, \ldots, 1$. Here $p(r) = 1$ for the
// 51 places up to 0.5, and $\frac23$ for the other 50:
//
// $$\mathrm{AP} = \frac{51 \cdot 1 + 50 \cdot \frac23}{101} = 0.835.$$

// %%
enum { FOUND_MOST = 50000 };

// stair[i] is the precision at recall i / 100; returns the mean.
double average_precision(double stair[101], const bool *right, int n,
                         int objects) {
    static double precision[FOUND_MOST], recall[FOUND_MOST];
    double sum = 0;
    for (int i = 0, rights = 0; i < n; i++) {
        rights += right[i];
        precision[i] = (double)rights / (i + 1);
        recall[i] = (double)rights / objects;
    }
    for (int i = n - 2; i >= 0; i--) // there or beyond
        precision[i] = fmax(precision[i], precision[i + 1]);
    for (int place = 0, i = 0; place <= 100; place++) {
        while (i < n && recall[i] < rn_eval_recall_at(place)) i++;
        stair[place] = i < n ? precision[i] : 0;
        sum += stair[place];
    }
    return sum / 101;
}

void show_curve(const char *title, const bool *right, int n) {
    nb_chart chart = nb_chart_start(title, "recall", "precision");
    double at[101], p[101], r[8], q[8];
    for (int i = 0; i < 101; i++) at[i] = i / 100.;
    for (int i = 0, rights = 0; i < n; i++) {
        rights += right[i];
        r[i] = rights / 2., q[i] = (double)rights / (i + 1);
    }
    printf("AP %.3f\n", average_precision(p, right, n, 2));
    chart.x_low = 0, chart.x_high = 1.02, chart.y_low = 0, chart.y_high = 1.05;
    nb_line(&chart, "staircase", 101, at, p);
    nb_dots(&chart, "after each detection", (size_t)n, r, q);
    nb_chart_show(&chart);
}

RUN {
    bool right[3];
    match(right, three, 3, .5);
    show_curve("Three boxes, after NMS", right, 3);
}

// %% [markdown]
// Now forget NMS and rate all five. The two duplicates find their objects
// taken:

// %%
RUN {
    bool right[FIVE];
    match(right, box, FIVE, .5);
    show_curve("All five, without NMS", right, FIVE);
}

// %% [markdown]
// The same finds, and AP falls from 0.835 to 0.752. The one that hurts is 0.90,
// since it stands *above* B in the list. The duplicate at the very end costs
// nothing: whatever comes after the last find does not matter. Two more
// observations:
//
// - **Scores have no value, only an order.** Square all of them and AP stays. A
//   detector whose best score is 0.3 can be perfect.
// - **False alarms below the last find are free.** Therefore COCO lets 100
//   detections a picture through, and low limits for scores never lower AP.
//
// ## Ten bars
//
// AP with the bar 0.5 does not ask for good boxes, only for finds. COCO takes
// the mean over ten bars, 0.50, 0.55, ... 0.95. For our three boxes it can be
// done in the head: A was found with IoU 0.92 and B with 0.82. Up to 0.80
// nothing changes: seven times 0.835. At 0.85 and 0.90 only A counts,
// $51/101 = 0.505$. At 0.95 nothing does:
//
// $$\mathrm{AP} = \frac{7 \cdot 0.835 + 2 \cdot 0.505 + 0}{10} = 0.685.$$

// %%
rn_eval_detection detection_of(rn_box b, double score, int image, int label) {
    return (rn_eval_detection){
        b.x1,  b.y1, (double)b.x2 - b.x1, (double)b.y2 - b.y1, score,
        image, label};
}

rn_eval_truth truth_of(rn_box b, int image, int label) {
    double w = (double)b.x2 - b.x1, h = (double)b.y2 - b.y1;
    return (rn_eval_truth){.x = b.x1,
                           .y = b.y1,
                           .w = w,
                           .h = h,
                           .area = w * h,
                           .image = image,
                           .label = label};
}

RUN {
    rn_eval_truth objects[] = {truth_of(truth[0], 0, 0),
                               truth_of(truth[1], 0, 0)};
    rn_eval_detection found[3];
    for (int i = 0; i < 3; i++)
        found[i] = detection_of(three[i], (double[]){.95, .8, .7}[i], 0, 0);
    rn_eval_options options = rn_eval_options_coco();
    rn_eval eval;
    rn_eval_compute(&eval, objects, 2, found, 3, 1, 1, &options);
    double mean = 0, p[101];
    printf("bar    mine   library\n");
    for (int k = 0; k < RN_EVAL_IOUS; k++) {
        bool right[3];
        match(right, three, 3, rn_eval_iou_at(k));
        double mine = average_precision(p, right, 3, 2);
        mean += mine / RN_EVAL_IOUS;
        printf("%.2f  %.3f   %.3f\n", rn_eval_iou_at(k), mine,
               rn_eval_ap(&eval, 0, k, 0));
    }
    printf("mean  %.3f   %.3f\n", mean, rn_eval_ap(&eval, 0, -1, 0));
    rn_eval_free(&eval);
}

// %% [markdown]
// ## A whole data set
//
// With more pictures and classes two rules are added. AP is computed **for each
// class**, over the detections of that class in *all* pictures, in one list;
// then the mean is taken over the classes. And a detection can only match an
// object of its own picture and class.
//
// To try it we need a detector, and rather than train one we play one: a
// function that knows the objects of a picture and makes mistakes. It sees each
// object with some `strength`, surrounds it with six boxes whose places and
// sizes are off (sizes twice as much, as in notebook 10), sometimes takes it
// for another class, and adds three false alarms. Then comes NMS.

// %%
rn_dataset scenes; // 1000 pictures for validation
rn_eval_truth *object;
rn_eval_detection found[FOUND_MOST];
int num_found;

typedef struct answer { // the boxes of one picture, before NMS
    rn_box box[64];
    float score[64];
    int label[64], n;
} answer;

void add(answer *a, rn_box box, double score, int label) {
    a->box[a->n] = box;
    a->score[a->n] = (float)score;
    a->label[a->n++] = label;
}

rn_box wrong_box(rn_box b, double jitter, rn_rng *rng) {
    double w = b.x2 - b.x1, h = b.y2 - b.y1;
    double x = b.x1 + w / 2 + jitter * rn_rng_normal(rng) * w;
    double y = b.y1 + h / 2 + jitter * rn_rng_normal(rng) * h;
    w *= exp(2 * jitter * rn_rng_normal(rng));
    h *= exp(2 * jitter * rn_rng_normal(rng));
    return (rn_box){(float)(x - w / 2), (float)(y - h / 2), (float)(x + w / 2),
                    (float)(y + h / 2)};
}

// %%
rn_box box_of(const rn_object *o) {
    return (rn_box){(float)o->x1, (float)o->y1, (float)o->x2, (float)o->y2};
}

int seed = 14;

void play_detector(answer *a, size_t picture, double jitter) {
    rn_rng rng = rn_rng_stream((uint64_t)seed, "detector", picture);
    const rn_record *record = &scenes.image[picture];
    a->n = 0;
    for (size_t k = 0; k < record->count; k++) {
        const rn_object *o = &scenes.object[record->first + k];
        double strength = sqrt(rn_rng_uniform(&rng));
        bool other = rn_rng_uniform(&rng) < .1;
        for (int i = 0; i < 6; i++) {
            rn_box box = wrong_box(box_of(o), jitter, &rng);
            add(a, box, strength * rn_rng_range(&rng, .8, 1),
                (o->label + other) % scenes.num_classes);
        }
    }
    for (int i = 0; i < 3; i++) {
        float x = (float)rn_rng_range(&rng, 0, 200);
        float y = (float)rn_rng_range(&rng, 0, 200);
        float side = (float)rn_rng_range(&rng, 20, 56);
        int label = (int)rn_rng_below(&rng, 4);
        add(a, (rn_box){x, y, x + side, y + side},
            .8 * pow(rn_rng_uniform(&rng), 6), label);
    }
}

// %%
// All pictures; fills `found`.
void detect(double jitter, double nms_threshold) {
    rn_arena arena = {0};
    num_found = 0;
    for (size_t i = 0; i < scenes.num_images; i++) {
        answer a;
        int keep[64];
        play_detector(&a, i, jitter);
        size_t kept = rn_nms(keep, a.box, a.score, a.label, (size_t)a.n,
                             (float)nms_threshold, 0, 64, &arena);
        for (size_t k = 0; k < kept; k++)
            found[num_found++] = detection_of(a.box[keep[k]], a.score[keep[k]],
                                              (int)i, a.label[keep[k]]);
    }
    rn_arena_free(&arena);
}

RUN {
    rn_err err;
    rn_scenes set = rn_scenes_default();
    set.cache = false;
    RN_CHECK(rn_scenes_load_with(&scenes, &set, "val", &err) == RN_OK, "%s",
             err.text);
    object = malloc(scenes.num_objects * sizeof *object);
    for (size_t i = 0; i < scenes.num_images; i++) {
        const rn_record *r = &scenes.image[i];
        for (size_t k = r->first; k < r->first + r->count; k++)
            object[k] = truth_of(box_of(&scenes.object[k]), (int)i,
                                 scenes.object[k].label);
    }
    detect(.05, .5);
    printf("%zu objects, %d detections after NMS\n", scenes.num_objects,
           num_found);
}

// %% [markdown]
// One of the pictures: thin and white all that the detector says, in the colour
// of the class what NMS has left (above a score of 0.05). One false alarm, a
// "box" across the upper edge of the real one, is among them.

// %%
RUN {
    enum { PICTURE = 34 };
    rn_err err;
    rn_image image;
    answer a;
    RN_CHECK(rn_dataset_image(&image, &scenes, PICTURE, &err) == RN_OK, "%s",
             err.text);
    nb_picture picture = nb_picture_start(256, 256, &image);
    play_detector(&a, PICTURE, .05);
    for (int i = 0; i < a.n; i++) nb_box(&picture, a.box[i], NB_WHITE, NULL);
    for (int i = num_found - 1; i >= 0; i--) { // the best on top
        const rn_eval_detection *d = &found[i];
        char text[32];
        snprintf(text, sizeof text, "%s %.2f", scenes.category[d->label].name,
                 d->score);
        if (d->image == PICTURE && d->score > .05)
            nb_box(&picture,
                   (rn_box){(float)d->x, (float)d->y, (float)(d->x + d->w),
                            (float)(d->y + d->h)},
                   (int[]){0, 5, 1, 3}[d->label], text);
    }
    nb_picture_show(&picture);
    rn_image_free(&image);
}

// %% [markdown]
// Now the plain evaluation: sort, match, average, for each class and bar.

// %%
double iou_of(const rn_eval_detection *d, const rn_eval_truth *t) {
    double w = fmin(d->x + d->w, t->x + t->w) - fmax(d->x, t->x);
    double h = fmin(d->y + d->h, t->y + t->h) - fmax(d->y, t->y);
    double both = w > 0 && h > 0 ? w * h : 0;
    return both / (d->w * d->h + t->w * t->h - both);
}

int by_score(const void *a, const void *b) {
    const rn_eval_detection *x = a, *y = b;
    if (x->score != y->score) return x->score < y->score ? 1 : -1;
    return x->image - y->image;
}

double plain_ap(int label, double bar) {
    static bool right[FOUND_MOST], taken[FOUND_MOST];
    int n = 0, objects = 0;
    double stair[101];
    for (size_t t = 0; t < scenes.num_objects; t++) {
        objects += object[t].label == label;
        taken[t] = false;
    }
    for (int i = 0; i < num_found; i++) {
        if (found[i].label != label) continue;
        const rn_record *record = &scenes.image[found[i].image];
        double most = bar;
        right[n] = false;
        size_t best = 0;
        for (size_t t = record->first; t < record->first + record->count; t++) {
            double iou = iou_of(&found[i], &object[t]);
            if (object[t].label != label || taken[t] || iou < most) continue;
            right[n] = true, most = iou, best = t;
        }
        if (right[n++]) taken[best] = true;
    }
    return average_precision(stair, right, n, objects);
}

rn_eval evaluate(void) {
    rn_eval eval;
    rn_eval_options options = rn_eval_options_coco();
    rn_eval_compute(&eval, object, scenes.num_objects, found, (size_t)num_found,
                    (int)scenes.num_images, scenes.num_classes, &options);
    return eval;
}

RUN {
    qsort(found, (size_t)num_found, sizeof *found, by_score);
    rn_eval eval = evaluate();
    double worst = 0;
    printf("class       AP50    AP75    AP90\n");
    for (int c = 0; c < scenes.num_classes; c++) {
        for (int k = 0; k < RN_EVAL_IOUS; k++)
            worst = fmax(worst, fabs(plain_ap(c, rn_eval_iou_at(k)) -
                                     rn_eval_ap(&eval, c, k, 0)));
        printf("%-8s  %6.3f  %6.3f  %6.3f\n", scenes.category[c].name,
               plain_ap(c, .5), plain_ap(c, .75), plain_ap(c, .9));
    }
    printf("40 numbers agree with the library to 12 digits: %s\n",
           worst < 1e-12 ? "yes" : "no");
    rn_eval_free(&eval);
}

// %% [markdown]
// AP75 is lower than AP50, and at 0.9 there is hardly anything: these boxes are
// rough, and each further bar turns finds into false alarms. The staircases of
// one class show it. A bar lowers the curve and makes it end earlier, at the
// recall that is reached at all.

// %%
RUN {
    rn_eval eval = evaluate();
    double at[101], p[101];
    nb_chart chart =
        nb_chart_start("Disks, at three bars", "recall", "precision");
    for (int b = 0; b < 3; b++) {
        int bar = (int[]){0, 5, 8}[b];
        char label[32];
        snprintf(label, sizeof label, "IoU %.2f", rn_eval_iou_at(bar));
        for (int i = 0; i < 101; i++) {
            at[i] = i / 100.;
            p[i] = *rn_eval_precision(&eval, bar, i, 0, 0);
        }
        nb_line(&chart, label, 101, at, p);
    }
    chart.y_low = 0, chart.y_high = 1;
    nb_chart_show(&chart);
    rn_eval_free(&eval);
}

// %% [markdown]
// ## The twelve numbers
//
// COCO's table has twelve numbers. AP is the mean over bars and classes; AP50
// and AP75 are single bars. Small, medium and large objects (below $32^2$,
// below $96^2$ square pixels, above) are also rated alone. AR is the recall
// reached with at most 1, 10 or 100 detections a picture, as a mean over the
// bars. A number without any objects is $-1$ by convention: our largest object
// has an area of $84^2$.

// %%
RUN {
    rn_eval eval = evaluate();
    for (int i = 0; i < RN_EVAL_NUMBERS; i++)
        printf("%-6s%7.3f%s", rn_eval_names[i], eval.number[i],
               i % 3 == 2 ? "\n" : "     ");
    rn_eval_free(&eval);
}

// %% [markdown]
// Small objects come out worse, by 0.046. Why? The detector that we play is
// equally good at all sizes. Before you look for a reason, play it again with
// other dice.

// %%
RUN {
    printf("dice      AP     APs     APm\n");
    for (seed = 14; seed < 20; seed++) {
        detect(.05, .5);
        rn_eval eval = evaluate();
        printf("%4d  %6.3f  %6.3f  %6.3f\n", seed, eval.number[0],
               eval.number[3], eval.number[4]);
        rn_eval_free(&eval);
    }
    seed = 14;
}

// %% [markdown]
// There was no reason. With 1000 pictures the dice alone move AP by some
// hundredths, and numbers for a part of the objects by more. This is the most
// useful thing to know about AP, and notebook 15 comes back to it.
//
// ## Which threshold for NMS?
//
// With 0.5 most duplicates go. What do other values do?

// %%
RUN {
    double at[19], ap[3][19];
    for (int i = 0; i < 19; i++) {
        at[i] = .1 + .05 * i;
        detect(.05, at[i]);
        rn_eval eval = evaluate();
        for (int k = 0; k < 3; k++) ap[k][i] = eval.number[k];
        rn_eval_free(&eval);
    }
    nb_chart chart = nb_chart_start("How many duplicates may stay?",
                                    "IoU threshold of NMS", "AP");
    for (int k = 0; k < 3; k++)
        nb_line(&chart, rn_eval_names[k], 19, at, ap[k]);
    chart.y_low = 0;
    nb_chart_show(&chart);
    printf("AP50 %.3f at 0.1, %.3f at 0.5, %.3f at 1\n", ap[1][0], ap[1][8],
           ap[1][18]);
}

// %% [markdown]
// To the right NMS does nothing, and two thirds of AP50 are gone: the same
// boxes, the same finds, drowned in duplicates. To the left nothing is lost,
// since two objects of `scenes` hardly overlap; in a crowd NMS would delete the
// neighbours. The usual 0.5 stands at the edge of the plateau.
//
// ## Change this cell
//
// `jitter` is how far off the boxes are, as a part of their size (and twice
// that for sizes). Change it and run the cell again.
//
// **Expect:** from 0.05 down to 0.02 AP50 does not move and AP75 rises until
// both are equal: the detector finds no more, but it draws better. At 0.1 AP75
// is next to nothing, and AP50 falls as well, for two reasons. Boxes miss the
// bar of 0.5, and the duplicates of an object become so different that NMS no
// longer takes them for the same.

// %%
double jitter = .05;

RUN {
    detect(jitter, .5);
    rn_eval eval = evaluate();
    printf("%d detections after NMS\n", num_found);
    for (int k = 0; k < 3; k++)
        printf("%-5s %.3f\n", rn_eval_names[k], eval.number[k]);
    rn_eval_free(&eval);
}

// %% [markdown]
// ## What to keep
//
// - NMS: the best box stays, what overlaps it too much goes, repeat; each class
//   alone.
// - A find is an IoU of at least the bar with an object that nobody better has
//   taken. Duplicates are false alarms.
// - AP is the area under the staircase of precision over recall. Only the order
//   of scores counts, and only what stands above the last find.
// - COCO's AP is a mean over ten bars and all classes. Say which AP you mean:
//   0.68 and 0.40 above are the same detector.
//
// - Small differences in AP are noise until the opposite has been shown.
//
// ## Exercises
//
// Write them into `notebooks-c/exercises/14_nms_and_ap.c` and run
// `make check-exercises ONLY=14`. Answers:
// `notebooks-c/exercises/answers/14_nms_and_ap.c`.
//
// 1. **The old way.** PASCAL VOC took the mean over the 11 recalls
//    $0, 0.1, \ldots, 1$. Write `voc_ap(right, count, objects)`. For the three
//    boxes it is $(6 + 5 \cdot \frac23) / 11$.
// 2. **Classes apart.** Write `nms(keep, box, label, count, threshold)` for
//    boxes that are sorted, best first; only boxes of the same class suppress
//    one another.
// 3. **What to ship.** AP does not say which detections to show. Write
//    `limit_for(score, right, count, precision)`: the lowest score in the
//    sorted list so that all detections from it on upwards have at least that
//    precision together, or 2 if there is none.
