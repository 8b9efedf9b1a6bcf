// %% [markdown]
// # 2. Anchors: covering an image with 12,000 guesses
//
// A picture holds no object, or one, or twenty, anywhere and of any size. A
// network, on the other hand, returns the same number of numbers for every
// picture of one size. How can it give a list?
//
// Dense detectors turn the question round. They do not ask *where are the
// objects?* They cover the picture with fixed boxes, so many that whatever
// appears is roughly hit by one of them, and ask for each box: **is an object
// here?** The fixed boxes are called **anchors**.
//
// In this notebook
//
// - three small calculations tell how densely anchors must stand: in place, in
//   size and in shape;
// - from them follow the numbers of RetinaNet: a side of a few strides, three
//   sizes and three shapes on each place;
// - you lay out 12,096 anchors yourself, and the library lays out the same;
// - a measurement on 1300 pictures tells whether they suffice.
//
// You need notebook 1 (IoU). Reading takes about 20 minutes.

// %%
#include "base/check.h"
#include "data/draw.h"
#include "data/scenes.h"
#include "detect/anchor.h"
#include "detect/coverage.h"
#include "notebook.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

// %% [markdown]
// The pictures are those of `scenes`, a data set that the library paints by
// itself: 256 x 256 pixels, up to two objects of four classes (disk, box,
// triangle, plus), and around them things that are none of these. The list of
// objects is there at once; a picture is painted when somebody asks for it.

// %%
rn_dataset scenes;
rn_image image;   // a picture of the training set ...
rn_box object[2]; // ... and its two objects

rn_box box_of(const rn_object *o) {
    return (rn_box){(float)o->x1, (float)o->y1, (float)o->x2, (float)o->y2};
}

RUN {
    rn_err err;
    rn_scenes set = rn_scenes_default();
    set.cache = false; // paint only what we look at
    RN_CHECK(rn_scenes_load_with(&scenes, &set, "train", &err) == RN_OK &&
                 rn_dataset_image(&image, &scenes, 6, &err) == RN_OK,
             "%s", err.text);
    const rn_record *record = &scenes.image[6];
    nb_picture picture = nb_picture_start(256, 256, &image);
    for (size_t i = 0; i < record->count; i++) {
        const rn_object *o = &scenes.object[record->first + i];
        object[i] = box_of(o);
        nb_box(&picture, object[i], 1, scenes.category[o->label].name);
        printf("%-8s %g x %g pixels\n", scenes.category[o->label].name,
               o->x2 - o->x1, o->y2 - o->y1);
    }
    nb_picture_show(&picture);
}

// %% [markdown]
// ## Place: a box on every cell
//
// Begin with one size. Put a square of side $s$ on every cell of a grid, with
// $t$ pixels from one centre to the next; $t$ is the **stride**. How badly can
// an object of just this size be hit? It can lie anywhere, and the worst is in
// the middle between four centres, $t/2$ away from the nearest in both
// directions. Take $t = 16$ and $s = 48$.

// %%
RUN {
    nb_picture picture = nb_picture_start(128, 96, NULL);
    for (int y = 8; y < 96; y += 16)
        for (int x = 8; x < 128; x += 16) nb_dot(&picture, x, y, -1);
    rn_box anchor = {32, 16, 80, 64}; // centre (56, 40)
    rn_box worst = {40, 24, 88, 72};  // centre (64, 48)
    nb_fill(&picture, anchor, 0, "anchor");
    nb_dot(&picture, 56, 40, 0);
    nb_fill(&picture, worst, 5, "object");
    nb_dot(&picture, 64, 48, 5);
    nb_picture_show(&picture);
    printf("shared 40 x 40 = %d\n", 40 * 40);
    printf("covered 2 x 48 x 48 - %d = %d\n", 40 * 40, 2 * 48 * 48 - 40 * 40);
    printf("IoU %.3f\n", rn_box_iou(anchor, worst, 0));
}

// %% [markdown]
// The bar for a match is 0.5 (notebook 3), so 0.53 just passes. In general,
// with the side in strides, $a = s / t$, the shared square has the side
// $a - \frac12$:
//
// $$\mathrm{IoU}_\text{worst} = \frac{(a - \frac12)^2}{2 a^2 - (a - \frac12)^2}.$$
//
// Only $a$ counts, not the size in pixels. A grid that serves boxes of side $s$
// well must be finer where $s$ is smaller, *in proportion*.

// %%
double worst_place(double a) {
    double shared = (a - .5) * (a - .5);
    return shared / (2 * a * a - shared);
}

RUN {
    nb_chart chart = nb_chart_start("An object between four anchors",
                                    "side in strides", "IoU, at worst");
    double a[] = {1, 2, 3, 4}, iou[4];
    for (int i = 0; i < 4; i++) {
        iou[i] = worst_place(a[i]);
        printf("side %g strides: IoU %.3f at worst\n", a[i], iou[i]);
    }
    nb_curve(&chart, "worst place", worst_place, 1, 8);
    nb_mark(&chart, "match", 1, .5, 8, .5);
    nb_dots(&chart, "", 4, a, iou);
    chart.y_low = 0;
    chart.y_high = 1;
    nb_chart_show(&chart);
}

// %% [markdown]
// Two strides are too few, three suffice for objects of exactly this size and
// shape, and four leave something for the errors that come next. The paper
// takes $a = 4$: squares of $32^2$ pixels at stride 8, up to $512^2$ at stride
// 128 (section 4, "Anchors"). Our experiments on `scenes` take 3, which makes
// more boxes fit small objects.
//
// ## Size: a pyramid of grids
//
// One grid serves one size. The **feature pyramid** gives several, each with
// twice the stride of the one before. On level $P_l$ the stride is $2^l$, and
// our squares have the sides 24, 48 and 96 on $P_3$, $P_4$ and $P_5$. An object
// of side 34 lies halfway, in the sense of ratios. For two squares with the
// same centre the smaller one is the intersection and the larger the union:
//
// $$\mathrm{IoU} = \left(\frac{s_\text{small}}{s_\text{large}}\right)^2.$$
//
// Halfway within an octave (an *octave*, as in music, is a factor of two) means
// a ratio of $\sqrt 2$ and hence an IoU of $\frac12$, with nothing left for a
// wrong place. So each level gets $k$ sizes, $2^{i/k}$ times the first. Halfway
// between neighbours the ratio is then $2^{1/(2k)}$, and
//
// $$\begin{aligned}
// \mathrm{IoU}_\text{worst} &= 2^{-1/k}
// \\ &= 0.5,\; 0.71,\; 0.79 \quad \text{for } k = 1, 2, 3.
// \end{aligned}$$

// %%
int sizes; // an octave, for best_size

double best_size(double side) {
    double best = 0;
    for (double s = 24; s < 192; s *= pow(2, 1. / sizes))
        best = fmax(best, pow(fmin(s, side) / fmax(s, side), 2));
    return best;
}

RUN {
    nb_chart chart = nb_chart_start("A square with the right centre",
                                    "side of the object (pixels)", "best IoU");
    chart.y_low = 0;
    chart.y_high = 1;
    sizes = 1;
    nb_curve(&chart, "1 size an octave", best_size, 16, 192);
    sizes = 3;
    nb_curve(&chart, "3 sizes an octave", best_size, 16, 192);
    nb_chart_show(&chart);
}

// %% [markdown]
// ## Shape: three ratios
//
// A square is a poor guess for a bus. Let $r$ be height over width. A box of
// the same *area* as a square of side $s$ has
//
// $$w = s / \sqrt r, \qquad h = s \sqrt r.$$
//
// With the same centre a square and such a box with $r \ge 1$ share
// $\frac{s}{\sqrt r} \cdot s$, so that
//
// $$\mathrm{IoU} = \frac{1 / \sqrt r}{2 - 1 / \sqrt r} = \frac{1}{2 \sqrt r - 1},$$
//
// which is 0.55 for a box twice as high as wide, and $\frac13$ for four times.
// Stretching both boxes alike changes no IoU, so for an anchor of ratio $r_a$
// the formula holds with the quotient of the two ratios in place of $r$ (the
// larger over the smaller). With anchors of the ratios $\frac12, 1, 2$ the
// worst quotient between them is $\sqrt 2$, and the IoU there 0.73.

// %%
int shapes; // 1 or 3, for best_shape

double best_shape(double log2_r) {
    double best = 0, r = exp2(log2_r);
    for (int i = 0; i < shapes; i++) {
        double anchor = shapes == 1 ? 1 : (double[]){.5, 1, 2}[i];
        double quotient = fmax(r, anchor) / fmin(r, anchor);
        best = fmax(best, 1 / (2 * sqrt(quotient) - 1));
    }
    return best;
}

RUN {
    nb_chart chart = nb_chart_start("An object of the right place and area",
                                    "log2 (height / width)", "best IoU");
    chart.y_low = 0;
    chart.y_high = 1;
    shapes = 1;
    nb_curve(&chart, "1 shape", best_shape, -2, 2);
    shapes = 3;
    nb_curve(&chart, "3 shapes", best_shape, -2, 2);
    nb_chart_show(&chart);
}

// %% [markdown]
// ## Laying them out
//
// Three sizes times three shapes are nine anchors on every cell of every level.
// The centre of cell $(x, y)$ is at
// $\left((x + \frac12)\,t,\; (y + \frac12)\,t\right)$. Five nested loops write
// them down. Their order is a convention, but everybody has to keep it: *level,
// row, column, ratio, scale*. The network's output is read in the same order,
// number by number.

// %%
enum { LEVELS = 3, SIDE = 256, MOST = 20000 };

rn_box mine[MOST];

int lay_out(double strides_a_side) {
    int count = 0;
    for (int level = 3; level < 3 + LEVELS; level++) {
        int t = 1 << level, cells = SIDE / t;
        for (int y = 0; y < cells; y++)
            for (int x = 0; x < cells; x++)
                for (int ratio = -1; ratio <= 1; ratio++)
                    for (int scale = 0; scale < 3; scale++) {
                        double s = strides_a_side * t * pow(2, scale / 3.);
                        double w = s / sqrt(pow(2, ratio));
                        double h = s * sqrt(pow(2, ratio));
                        double cx = (x + .5) * t, cy = (y + .5) * t;
                        mine[count++] =
                            (rn_box){(float)(cx - w / 2), (float)(cy - h / 2),
                                     (float)(cx + w / 2), (float)(cy + h / 2)};
                    }
    }
    return count;
}

RUN { printf("%d anchors\n", lay_out(3)); }

// %% [markdown]
// Here are the nine anchors of a cell in the middle of $P_5$, a colour for each
// ratio, and (yellow) the smallest of each ratio of the cell of $P_3$ under the
// disk. What reaches out of the picture stays as it is: an object at the border
// needs a guess, too.

// %%
// Where the nine anchors of a cell begin; level 0 is the finest.
int first_of(int level, int y, int x) {
    int first = 0;
    for (int l = 0; l < level; l++) first += 9 * (32 >> l) * (32 >> l);
    return first + 9 * (y * (32 >> level) + x);
}

RUN {
    nb_picture picture = nb_picture_start(256, 256, &image);
    int colour[] = {0, 3, 5};
    for (int i = 0; i < 9; i++)
        nb_box(&picture, mine[first_of(2, 4, 4) + i], colour[i / 3], NULL);
    int x = (int)(object[1].x1 + object[1].x2) / 2 / 8;
    int y = (int)(object[1].y1 + object[1].y2) / 2 / 8;
    for (int i = 0; i < 9; i += 3)
        nb_box(&picture, mine[first_of(0, y, x) + i], 6, NULL);
    nb_picture_show(&picture);
}

// %% [markdown]
// The library describes a layout by a specification and generates the boxes
// from it. Do both agree?

// %%
RUN {
    rn_anchor_spec spec = rn_anchor_spec_octave(LEVELS, 3, 3, 3, 3);
    rn_grid grid[LEVELS];
    rn_anchor_grid(grid, &spec, SIDE, SIDE);
    size_t count = rn_anchor_count(&spec, grid);
    rn_box *anchor = malloc(count * sizeof *anchor);
    rn_anchor_generate(anchor, &spec, grid, SIDE, SIDE);
    double worst = 0;
    for (size_t i = 0; i < count; i++)
        for (int k = 0; k < 4; k++)
            worst = fmax(worst, fabs((&anchor[i].x1)[k] - (&mine[i].x1)[k]));
    for (int l = 0; l < LEVELS; l++)
        printf("P%d: %2d x %2d cells x 9 = %5d anchors\n", 3 + l, grid[l].h,
               grid[l].w, 9 * grid[l].h * grid[l].w);
    printf("together %zu; all corners agree: %s\n", count,
           worst < 1e-4 ? "yes" : "no");
    free(anchor);
}

// %% [markdown]
// Three quarters of all anchors stand on the finest level, and each further
// level has a quarter of the one before: the sum is at most $\frac43$ of the
// first. The paper's detector starts at the same stride of 8 and takes five
// levels. Its pictures are larger.

// %%
RUN {
    int sides[][2] = {{256, 256}, {600, 800}, {800, 1333}};
    rn_anchor_spec paper = rn_anchor_spec_octave(5, 3, 4, 3, 3);
    for (int i = 0; i < 3; i++) {
        rn_grid grid[5];
        rn_anchor_grid(grid, &paper, sides[i][0], sides[i][1]);
        printf("%3d x %4d pixels: %6zu anchors\n", sides[i][0], sides[i][1],
               rn_anchor_count(&paper, grid));
    }
}

// %% [markdown]
// The 90,360 are the "about 100k" of the paper. A two-stage detector would now
// sort out all but one or two thousand before it looks closely. RetinaNet keeps
// them all, in training too, and pays for it with the problem that the rest of
// this series is about.
//
// ## Which anchors see the object?
//
// For each cell take the best IoU of its nine anchors with one of the objects,
// and paint it: black is 0, bright yellow 1. From left to right $P_3$ (boxes of
// 24 to 38 pixels), $P_4$ (48 to 76) and $P_5$ (96 to 152); the objects are
// outlined.

// %%
// The best IoU of each cell of a level, as a value for each pixel.
void paint_level(float *value, int level) {
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            const rn_box *nine =
                &mine[first_of(level, y >> (3 + level), x >> (3 + level))];
            float best = 0;
            for (int i = 0; i < 18; i++)
                best = fmaxf(best, rn_box_iou(nine[i / 2], object[i % 2], 0));
            value[y * SIDE + x] = best;
        }
}

RUN {
    static float value[SIDE * SIDE];
    rn_image level[LEVELS];
    for (int l = 0; l < LEVELS; l++) {
        paint_level(value, l);
        level[l] = nb_heat(value, SIDE, SIDE, 0, 1, NULL);
    }
    rn_image sheet =
        rn_draw_sheet(level, LEVELS, LEVELS, 8, (rn_colour){255, 255, 255});
    nb_picture picture = nb_picture_start(sheet.width, sheet.height, &sheet);
    for (int i = 0; i < 2 * LEVELS; i++) {
        float right = (float)(8 + (SIDE + 8) * (i / 2));
        rn_box o = object[i % 2];
        nb_box(&picture,
               (rn_box){o.x1 + right, o.y1 + 8, o.x2 + right, o.y2 + 8}, 4,
               NULL);
    }
    nb_picture_show(&picture);
    for (int l = 0; l < LEVELS; l++) rn_image_free(&level[l]);
    rn_image_free(&sheet);
}

// %% [markdown]
// The division of labour is visible: the small disk lights up a few cells of
// $P_3$ and little else, the triangle those of $P_4$ and, weaker, of $P_5$,
// whose boxes are already too large for it. Nobody taught it that; it is what
// IoU does with boxes of different sizes. And nearly everything is dark.
//
// ## Do they suffice?
//
// The three calculations treated one error at a time. A real object is off in
// place *and* size *and* shape. Instead of a formula for all of it we measure:
// for each object of the 1300 training pictures the IoU of the anchor that fits
// best. First the plain way, looking at all anchors.

// %%
double best_of_all(rn_box box, int count) {
    double best = 0;
    for (int i = 0; i < count; i++)
        best = fmax(best, rn_box_iou(mine[i], box, 0));
    return best;
}

enum { OBJECTS_MOST = 4000 };
rn_box everything[OBJECTS_MOST]; // the objects of all pictures

RUN {
    RN_CHECK(scenes.num_objects <= OBJECTS_MOST, "more than expected");
    int count = lay_out(3), passed = 0;
    for (size_t i = 0; i < scenes.num_objects; i++) {
        everything[i] = box_of(&scenes.object[i]);
        passed += best_of_all(everything[i], count) >= .5;
    }
    printf("IoU 0.5 or more: %d of %zu objects\n", passed, scenes.num_objects);
}

// %% [markdown]
// The library's `rn_coverage_of` gives the same numbers and looks at a few
// anchors around each box only, so that one can afford it for many layouts. Let
// us compare those of the paper's table 1c: 1 to 4 sizes, 1 or 3 shapes.
//
// Beside the coverage stands what detectors with these anchors reach. AP is the
// score of a detector, from 0 to 100 (notebook 14); AP50 counts an object as
// found from IoU 0.5 on, AP75 from 0.75 on. Both are of `scenes`, from the
// table of this project's own study (`plots/reference/report.md`); the last
// column is the AP that the paper reports, on COCO's photographs.

// %%
float coverage[OBJECTS_MOST];
int level_of[OBJECTS_MOST];

// Fills `coverage`; returns the part of the objects at or above `bar`.
double cover(double strides_a_side, int scales, int ratios, float bar) {
    rn_anchor_spec spec =
        rn_anchor_spec_octave(LEVELS, 3, strides_a_side, scales, ratios);
    rn_grid grid[LEVELS];
    rn_anchor_grid(grid, &spec, SIDE, SIDE);
    rn_coverage_of(coverage, level_of, everything, scenes.num_objects, &spec,
                   grid, SIDE, SIDE, 0);
    size_t passed = 0;
    for (size_t i = 0; i < scenes.num_objects; i++)
        passed += coverage[i] >= bar;
    return (double)passed / (double)scenes.num_objects;
}

RUN {
    struct {
        int scales, ratios;
        int ap50, ap75; // plots/reference/report.md, table 1c
        double ap;      // the paper, table 1c
    } row[] = {{1, 1, 74, 16, 30.3}, {2, 1, 84, 53, 31.9}, {3, 1, 85, 57, 31.8},
               {1, 3, 75, 24, 32.4}, {2, 3, 83, 59, 34.2}, {3, 3, 83, 64, 34.0},
               {4, 3, 83, 67, 33.8}};
    cover(3, 3, 3, .5f);
    int count = lay_out(3), same = 0;
    for (size_t i = 0; i < scenes.num_objects; i++)
        same += fabs(coverage[i] - best_of_all(everything[i], count)) < 1e-5;
    printf("%d of %zu numbers are the same\n\n", same, scenes.num_objects);
    printf("sizes x        IoU         scenes    paper\n");
    printf("shapes    >= .5   >= .7   AP50  AP75    AP\n");
    for (int i = 0; i < 7; i++)
        printf("%d x %d %9.1f %% %5.1f %% %5d %5d %6.1f\n", row[i].scales,
               row[i].ratios, 100 * cover(3, row[i].scales, row[i].ratios, .5f),
               100 * cover(3, row[i].scales, row[i].ratios, .7f), row[i].ap50,
               row[i].ap75, row[i].ap);
}

// %% [markdown]
// One size and one shape leave one object in 25 without a match, one size and
// three shapes one in 70; two sizes repair that. The first column foretells
// AP50, which stops rising once every object has a match. To be found, an
// object needs an anchor that is close enough to be told "you are responsible";
// the network then moves it (notebook 10).
//
// The second column foretells AP75, which follows how well anchors fit: a box
// that begins nearer needs less moving. On COCO the paper sees no gain beyond
// six to nine anchors a cell (section 5.2). On our set, where training is
// brief, fit still pays. (From nine anchors to twelve the gain is small, and
// our runs are too few to tell it from chance.)

// %%
RUN {
    nb_chart chart =
        nb_chart_start("The best anchor of each object", "IoU", "objects");
    int layout[][2] = {{3, 3}, {1, 1}};
    for (int k = 0; k < 2; k++) {
        double at[24], count[24] = {0};
        cover(3, layout[k][0], layout[k][1], .5f);
        for (int i = 0; i < 24; i++) at[i] = .4 + .025 * (i + .5);
        for (size_t i = 0; i < scenes.num_objects; i++)
            if (coverage[i] >= .4f) count[(int)((coverage[i] - .4f) / .025f)]++;
        float least = 1;
        for (size_t i = 0; i < scenes.num_objects; i++)
            least = fminf(least, coverage[i]);
        printf("%d x %d: the worst has %.2f\n", layout[k][0], layout[k][1],
               least);
        if (k)
            nb_line(&chart, "1 size, 1 shape", 24, at, count);
        else
            nb_bars(&chart, "3 sizes, 3 shapes", 24, at, count);
    }
    nb_chart_show(&chart);
}

// %% [markdown]
// Blue bars: with nine anchors a cell the worst object still has 0.54, and the
// hill stands above 0.7. Orange: with one a cell the whole hill moves to the
// left, to just above the bar of 0.5, and 4 % fall below.
//
// ## Change this cell
//
// The side of an anchor in strides was a compromise. Change `strides_a_side`
// and run the cell again.
//
// **Expect:** at 2 the anchors are 16 to 102 pixels large, nearly all objects
// (21 to 84 pixels) still match, and they move up to coarser levels, where
// anchors are farther apart in relation to them. At 6 the smallest anchor has
// 48 pixels: every object is on $P_3$, and a third has no match, the small
// ones. At the paper's 4 it is 94 %: the smallest objects are lost. What about
// 1? There only 56 % match, for two reasons: the *grid* is too coarse, and the
// largest anchor has 51 pixels.

// %%
double strides_a_side = 3;

RUN {
    int on[LEVELS] = {0};
    double passed = cover(strides_a_side, 3, 3, .5f);
    printf("anchors of %.0f to %.0f pixels\n", 8 * strides_a_side,
           32 * strides_a_side * pow(2, 2 / 3.));
    printf("%.1f %% of the objects have a match\n", 100 * passed);
    for (size_t i = 0; i < scenes.num_objects; i++) on[level_of[i]]++;
    for (int l = 0; l < LEVELS; l++)
        printf("P%d fits best for %4d objects\n", 3 + l, on[l]);
}

// %% [markdown]
// ## What to keep
//
// - A dense detector asks the same question at fixed boxes that cover the
//   picture.
// - Density is relative: about three or four strides a side, two or three sizes
//   an octave, three shapes.
// - Anchors are ordered by level, row, column, ratio, scale, and so are the
//   network's outputs.
// - Nearly all anchors see nothing. How many exactly, and what that does, is
//   the subject of notebook 3.
//
// ## Exercises
//
// Write them into `notebooks-c/exercises/02_anchors.c` and run
// `make check-exercises ONLY=02`.
//
// 1. **Counting.** Write `anchors_of(height, width, levels, per_cell)` for
//    levels from $P_3$ on: a level of stride $t$ has
//    $\lceil h/t \rceil \times \lceil w/t \rceil$ cells. The paper's 600 x 800
//    must give 90,360.
// 2. **The worst place, for any bar.** Write `strides_needed(iou)`: how many
//    strides must a side have so that even in the worst place the IoU is that
//    large? Solve the formula above for $a$.
// 3. **Backwards.** An output number has a place in the order. Write
//    `anchor_at(index, side)` that returns level, row, column, ratio and scale
//    of the anchor with that index, for square pictures of a side divisible by
//    32, the three levels and nine anchors of this notebook.
