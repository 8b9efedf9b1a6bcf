// %% [markdown]
// # 1. Boxes and IoU
//
// A detector draws rectangles around things. To teach it we must be able to say
// how good a rectangle is, with one number, and everything later rests on this
// number: which guesses count as right, which as wrong, which of two overlapping
// answers survives, and the score in the final table. It is the **intersection
// over union**, IoU.
//
// In this notebook
//
// - four numbers make a box, and one convention prevents off-by-one errors;
// - IoU is derived, computed by counting pixels, and computed by a formula;
// - you get a feeling for values: what 0.5 looks like, and 0.75, and 0.9;
// - small things turn out to be unforgiving, which notebook 2 has to deal with.
//
// You need C and fractions. Reading takes about 15 minutes.

// %%
#include "detect/box.h"
#include "notebook.h"

#include <math.h>
#include <stdio.h>

// %% [markdown]
// ## Four numbers
//
// A box is its left upper and its right lower corner, in pixels; $x$ runs to the
// right and $y$ **down**, as in every image file. The library's type is
//
// ```c
// typedef struct rn_box {
//     float x1, y1, x2, y2;
// } rn_box;
// ```
//
// Pixels are little squares, not points: the first pixel of a row covers the
// interval from 0 to 1. A box over exactly that pixel is $(0, 0, 1, 1)$, and so
// width and height are plain differences,
//
// $$w = x_2 - x_1, \qquad h = y_2 - y_1, \qquad \text{area} = w\,h,$$
//
// without the $+1$ that haunts older code, where boxes name the first and the
// last pixel inside. Such boxes are called *half-open*: two neighbours share an
// edge and no pixel, as `[0, 1)` and `[1, 2)` do.

// %%
rn_box cat = {20, 30, 100, 90};
rn_box guess = {40, 20, 120, 80};

RUN {
    printf("cat:   %g x %g, area %g\n", cat.x2 - cat.x1, cat.y2 - cat.y1,
           rn_box_area(cat));
    printf("guess: %g x %g, area %g\n", guess.x2 - guess.x1,
           guess.y2 - guess.y1, rn_box_area(guess));
    nb_picture picture = nb_picture_start(160, 110, NULL);
    nb_fill(&picture, cat, 0, "cat");
    nb_fill(&picture, guess, 5, "guess");
    nb_picture_show(&picture);
}

// %% [markdown]
// ## What the two share, over what the two cover
//
// How well does the guess fit? Distances between corners are no good measure:
// ten pixels are a disaster for a fly and nothing for an elephant. A ratio of
// areas does not know the size of things:
//
// $$\mathrm{IoU}(A, B) = \frac{|A \cap B|}{|A \cup B|}$$
//
// It is 1 if the boxes are equal, 0 if they share nothing, and it punishes both
// ways of being wrong: a guess that is too small has a small intersection, one
// that is too large a large union.
//
// The honest way to compute it is to count pixels. Slow, but nobody can doubt it.

// %%
bool contains(rn_box box, double x, double y) {
    return x >= box.x1 && x < box.x2 && y >= box.y1 && y < box.y2;
}

double iou_by_counting(rn_box a, rn_box b, int width, int height) {
    int both = 0, either = 0;
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            bool in_a = contains(a, x + .5, y + .5);
            bool in_b = contains(b, x + .5, y + .5);
            both += in_a && in_b;
            either += in_a || in_b;
        }
    return either ? (double)both / either : 0;
}

RUN { printf("IoU %.4f\n", iou_by_counting(cat, guess, 160, 110)); }

// %% [markdown]
// ## The formula
//
// The intersection of two boxes is a box again. Its left edge is the *larger* of
// the two left edges, its right edge the *smaller* of the two right ones. If that
// turns it inside out, the boxes do not meet and the area is 0:
//
// $$w_\cap = \max\left(0,\; \min(x_2, x_2') - \max(x_1, x_1')\right),$$
//
// and $h_\cap$ likewise. The union needs no shape of its own. Adding both areas
// counts the shared part twice, so
//
// $$|A \cup B| = |A| + |B| - |A \cap B|.$$

// %%
double iou(rn_box a, rn_box b) {
    double w = fmin(a.x2, b.x2) - fmax(a.x1, b.x1);
    double h = fmin(a.y2, b.y2) - fmax(a.y1, b.y1);
    double both = fmax(w, 0) * fmax(h, 0);
    double either = rn_box_area(a) + rn_box_area(b) - both;
    return either > 0 ? both / either : 0;
}

RUN {
    printf("formula:  %.4f\n", iou(cat, guess));
    printf("counting: %.4f\n", iou_by_counting(cat, guess, 160, 110));
    printf("library:  %.4f\n", rn_box_iou(cat, guess, 0));
}

// %% [markdown]
// Why both `fmax(w, 0)` and `fmax(h, 0)`, and not one for the product? Two boxes
// that miss each other in both directions have $w < 0$ *and* $h < 0$, and minus
// times minus would be a fine intersection out of nothing. It is the classical
// mistake; the last of the following cases catches it. The library handles an
// empty union as well, where the ratio is $0 / 0$.

// %%
typedef struct pair {
    const char *what;
    rn_box a, b;
} pair;

pair pairs[] = {
    {"the same", {0, 0, 10, 10}, {0, 0, 10, 10}},
    {"one inside the other", {0, 0, 10, 10}, {0, 0, 5, 5}},
    {"neighbours", {0, 0, 10, 10}, {10, 0, 20, 10}},
    {"no area at all", {5, 5, 5, 5}, {5, 5, 5, 5}},
    {"apart in both directions", {0, 0, 10, 10}, {20, 20, 30, 30}},
};

RUN {
    printf("%-26s mine    library\n", "");
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        printf("%-26s %.4f  %.4f\n", pairs[i].what, iou(pairs[i].a, pairs[i].b),
               rn_box_iou(pairs[i].a, pairs[i].b, 0));
}

// %% [markdown]
// ## What a value looks like
//
// Shift a square of side $s$ sideways by $d$. Both squares have the area $s^2$,
// the intersection is $(s - d)\,s$, so
//
// $$\mathrm{IoU} = \frac{(s - d)\,s}{2 s^2 - (s - d)\,s} = \frac{s - d}{s + d}.$$
//
// Solved for the shift,
//
// $$d = s\,\frac{1 - \mathrm{IoU}}{1 + \mathrm{IoU}},$$
//
// which tells how far a guess may be off. For IoU 0.5 it is a third of
// the side, more than most people expect.

// %%
RUN {
    double values[] = {.4, .5, .75, .9};
    nb_picture picture = nb_picture_start(240, 72, NULL);
    for (int i = 0; i < 4; i++) {
        char text[32];
        float x = 6 + 60 * (float)i, s = 36;
        float d = s * (float)((1 - values[i]) / (1 + values[i]));
        rn_box truth = {x, 22, x + s, 22 + s};
        rn_box moved = {x + d, 22, x + s + d, 22 + s};
        snprintf(text, sizeof text, "IoU %.2f", rn_box_iou(truth, moved, 0));
        nb_fill(&picture, truth, 0, text);
        nb_box(&picture, moved, 5, NULL);
    }
    nb_picture_show(&picture);
}

// %% [markdown]
// - **0.5** is the bar of the old PASCAL VOC benchmark and of "AP50" (AP is the
//   score of a detector, from 0 to 100; notebook 14): the thing is found, its
//   outline is rough. The same 0.5 makes a guess *positive* in RetinaNet's
//   training.
// - Below **0.4** RetinaNet calls a guess background. What lies between 0.4
//   and 0.5 is neither and is ignored (notebook 3).
// - **0.75** looks right to a casual eye; **0.9** looks right to a careful one.
//   COCO averages over ten bars from 0.5 to 0.95 and so pays for a close fit.
//
// ## Small things are unforgiving
//
// The formula contains $d$ and $s$ only as a ratio. An error of four pixels is
// therefore a different error for every size.

// %%
double side; // of the square that shifted() moves

double shifted(double d) {
    rn_box truth = {0, 0, (float)side, (float)side};
    rn_box moved = {(float)d, 0, (float)(side + d), (float)side};
    return rn_box_iou(truth, moved, 0);
}

RUN {
    nb_chart chart = nb_chart_start("A square that is shifted sideways",
                                    "shift (pixels)", "IoU");
    double sides[] = {8, 16, 32, 64, 128};
    for (int i = 0; i < 5; i++) {
        char label[32];
        side = sides[i];
        snprintf(label, sizeof label, "side %g", side);
        nb_curve(&chart, label, shifted, 0, 16);
    }
    nb_mark(&chart, "match", 0, .5, 16, .5);
    chart.y_low = 0;
    chart.y_high = 1;
    nb_chart_show(&chart);
}

// %% [markdown]
// Where a curve meets the dashed line at 0.5, the guess stops being a match:
// after 2.7 pixels for a side of 8, and only after 43, far to the right, for a
// side of 128. A detector that places its guesses on a fixed grid will therefore
// match large things by accident and miss small ones by accident. Notebook 2
// answers with a finer grid for smaller boxes, the *feature pyramid*.
//
// ## Change this cell
//
// A guess is off in both directions at once and also of the wrong size. Change
// `error`, as a part of the true box's side, and run the cell again.
//
// **Expect:** at 0.1 all four mistakes still pass the bar of 0.5. At 0.2 the
// diagonal shift fails, while a box that sticks out by 20 % of the side on all
// four sides is at 0.51, barely a match, and the one that is too small has 0.36.
// Being too small by the same amount is always worse than being too large:
// compare $(1 - 2e)^2$ with $1 / (1 + 2e)^2$.

// %%
double error = .1;

RUN {
    double e = 100 * error;
    rn_box truth = {0, 0, 100, 100};
    struct {
        const char *what;
        double x1, y1, x2, y2;
    } wrong[] = {{"shifted sideways", e, 0, 100 + e, 100},
                 {"shifted diagonally", e, e, 100 + e, 100 + e},
                 {"too large", -e, -e, 100 + e, 100 + e},
                 {"too small", e, e, 100 - e, 100 - e}};
    for (int i = 0; i < 4; i++) {
        rn_box box = {(float)wrong[i].x1, (float)wrong[i].y1,
                      (float)wrong[i].x2, (float)wrong[i].y2};
        double value = rn_box_iou(truth, box, 0);
        printf("%-20s %.3f  %s\n", wrong[i].what, value,
               value >= .5 ? "a match" : "no match");
    }
}

// %% [markdown]
// ## What to keep
//
// - A box is $(x_1, y_1, x_2, y_2)$, half-open, in pixels.
// - IoU is shared area over covered area: from 0 to 1, symmetric, and without
//   a unit, so that it is the same for a fly and an elephant.
// - The formula clamps width and height *separately*.
// - The same error in pixels costs a small thing more.
//
// ## Exercises
//
// Write them into `notebooks-c/exercises/01_boxes_and_iou.c` and run
// `make check-exercises ONLY=01`.
//
// 1. **The tolerance.** Write `largest_shift(side, iou)`: how far may a square
//    be shifted sideways and still have that IoU?
// 2. **The diagonal.** Write `largest_diagonal_shift(side, iou)` for a shift by
//    $d$ in both directions. Start from $(s - d)^2$ for the intersection.
// 3. **The best of many.** Write `best_match(box, guess, count)`, the index of
//    the guess with the largest IoU, the first among equals, or $-1$ if none
//    overlaps at all. Notebook 3 does this twelve thousand times per picture,
//    once for each anchor.
