// %% [markdown]
// # 12. Where the loss lives
//
// A detector is trained by one number, and that number is a sum over 48 000
// questions per picture. Which of them does it listen to? Notebook 6 looked at one
// picture and at four bars; here is the whole distribution, beside the paper's.
//
// In this notebook
//
// - the loss becomes a picture: a heat map of which place pays how much of it;
// - all answers are sorted from the easiest to the hardest, and the loss is added up:
//   figure 4 of the paper, with the paper's curves beside ours;
// - we ask who holds the loss and who holds the gradient, and find that the two are not
//   the same;
// - the balance of notebook 5, half and half, is met in a real detector.
//
// Notebooks 5, 6 and 11 come before this one. Reading takes about 20 minutes.

// %%
#include "data/scenes.h"
#include "eval/loss_share.h"
#include "nn/conv.h"
#include "notebook.h"
#include "train/initial.h"
#include "train/pretrain.h"
#include "train/trainer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define FOLDER   "out/notebooks"
#define DETECTOR FOLDER "/detector.safetensors"

rn_err err; // what went wrong, if something did

void must(rn_status status) {
    if (status == RN_OK) return;
    printf("%s\n", err.text);
    exit(1);
}

// %% [markdown]
// ## The detector
//
// Notebook 11 has left one. If you come here first, a shorter training makes another,
// this time by the library's own loop. Everything below holds for it too, with somewhat
// other numbers and further from rest.

// %%
rn_dataset test_set;

void pretrain(const char *path) {
    rn_pretrain_config config = rn_pretrain_default();
    rn_pretrain_result result;
    config.crops = 6000, config.epochs = 5, config.batch = 32;
    config.validation = 500, config.warm_up = 20;
    must(rn_pretrain(&result, &config, &(rn_pretrain_output){.path = path},
                     &err));
}

void train_short(const rn_dataset *train_set) {
    rn_config config = rn_config_paper();
    rn_detector pupil;
    rn_checkpoint_match match;
    rn_trainer_result result;
    must(rn_config_preset(&config, "scenes", &err));
    config.train.iterations = 200;
    config.train.learning_rate = .05;
    config.train.warm_up = 50;
    must(rn_detector_create(&pupil, &config, train_set->category,
                            train_set->num_classes, true, &err));
    must(rn_initial_weights(&pupil, &match, FOLDER "/backbone.safetensors",
                            &err));
    rn_trainer_options options = {.train = train_set, .folder = FOLDER};
    must(rn_train(&result, &pupil, &options, &err));
    must(rn_detector_save(&pupil, DETECTOR, false, &err));
    rn_detector_free(&pupil);
}

// %% volatile
rn_detector detector;

RUN {
    rn_scenes scenes = rn_scenes_default();
    rn_dataset train_set;
    scenes.cache = false;
    scenes.val = 100;
    must(rn_scenes_load_with(&train_set, &scenes, "train", &err));
    must(rn_scenes_load_with(&test_set, &scenes, "val", &err));
    must(rn_file_make_folder(FOLDER, &err));
    if (!rn_file_exists(DETECTOR)) {
        pretrain(FOLDER "/backbone.safetensors");
        train_short(&train_set);
    }
    must(rn_detector_load(&detector, DETECTOR, false, &err));
    printf("a detector after %ld iterations\n", detector.step);
}

// %% [markdown]
// ## Questions and answers
//
// We need two arrays per picture: the logits, four for each of 12 096 anchors, and
// the truth, a label for each anchor: the class of its object, background, or
// "ignored" (notebook 3).

// %%
rn_filters filters; // weights in the form in which the kernels want them
rn_arena arena;     // answers of one picture

rn_outputs answers(size_t index) {
    rn_image image;
    rn_outputs out;
    rn_tape tape = {.arena = &arena, .filters = &filters};
    must(rn_dataset_image(&image, &test_set, index, &err));
    rn_transform transform = rn_transform_resize(image.height, image.width,
                                                 image.width, image.width);
    rn_tensor *input =
        rn_tape_tensor(&tape, 1, image.height, image.width, 3, false);
    rn_transform_apply(input->value, input->h, input->w, &image, &transform);
    rn_retinanet_forward(&out, &tape, &detector.net, input);
    rn_image_free(&image);
    return out;
}

int *labels(const rn_outputs *out, size_t index) {
    rn_box box[RN_SCENES_OBJECTS_MOST];
    int class[RN_SCENES_OBJECTS_MOST], n = 0;
    size_t count = out->first[out->levels];
    int *label = rn_arena_alloc(&arena, count * sizeof *label);
    int *match = rn_arena_alloc(&arena, count * sizeof *match);
    float *iou = rn_arena_alloc(&arena, count * sizeof *iou);
    const rn_record *record = &test_set.image[index];
    for (; n < (int)record->count; n++) {
        const rn_object *o = &test_set.object[record->first + (size_t)n];
        box[n] =
            (rn_box){(float)o->x1, (float)o->y1, (float)o->x2, (float)o->y2};
        class[n] = o->label;
    }
    rn_assign how = rn_retinanet_assign(&detector.config.model);
    rn_assign_anchors(label, match, iou,
                      rn_retinanet_anchors(&detector.net, out, &arena), count,
                      box, class, n, &how);
    return label;
}

// %% [markdown]
// Each pair of an anchor and a class is an *example*. What counts is the logit on its true
// side, $x_t$, which is $x$ where the truth is "yes" and $-x$ where it is "no", since
// the probability of the truth is $p_t = \sigma(x_t)$ in both cases. And the
// loss is, with one formula for all $\gamma$ and $\gamma = 0$ for cross entropy,
//
// $$\mathrm{FL}(x_t) = (1 - p_t)^\gamma \log\left(1 + e^{-x_t}\right).$$
//
// We leave the $\alpha$ of the loss out, as the paper does here: it scales whole sides
// and changes nothing within one. In the map below, where both sides are added, it would
// count: the detector was trained with the negatives weighing three times as much.

// %%
double p_t(double x_t) { return 1 / (1 + exp(-x_t)); }

double focal_loss(double x_t, double gamma) {
    double easy = x_t > 0 ? log1p(exp(-x_t)) : -x_t + log1p(exp(x_t));
    return pow(p_t(-x_t), gamma) * easy; // 1 - p_t = sigma(-x_t)
}

// %% [markdown]
// ## A map of the loss
//
// The anchors of a cell of P3 sit above a square of 8 x 8 pixels, those of P4 above
// 16 x 16, those of P5 above 32 x 32. So we can put every answer back where it belongs, on a
// map of 32 x 32 cells: a cell of P4 covers four places of the map and gives each a
// quarter of its loss.
//
// Six maps of one picture. `highest p` is what a detector is usually asked: how sure is it, here, of
// any class? `lowest p_t` turns this round: how good is its *worst* answer here? In both
// black is 0 and light yellow is 1. The other three are the loss of each place, for three
// $\gamma$, as a multiple of the mean over all places: black is a hundredth of the mean
// or less, red the mean itself, light yellow a hundred times the mean. The picture
// shines through, so a colour is only roughly that of the scale below.

// %%
enum { SIDE = 32, PLACES = SIDE * SIDE, LOSSES = 3 };
double map_gamma[LOSSES] = {0, 1, 2};

typedef struct maps {
    float highest[PLACES], lowest[PLACES], loss[LOSSES][PLACES];
} maps;

void add_answer(maps *m, int place, int cells, double x, bool yes) {
    double x_t = yes ? x : -x;
    m->highest[place] = fmaxf(m->highest[place], (float)p_t(x));
    m->lowest[place] = fminf(m->lowest[place], (float)p_t(x_t));
    for (int k = 0; k < LOSSES; k++)
        m->loss[k][place] += (float)(focal_loss(x_t, map_gamma[k]) / cells);
}

void add_level(maps *m, const rn_outputs *out, const int *label, int l) {
    int shapes = rn_anchor_per_cell(&detector.net.anchors);
    int columns = detector.net.columns, wide = SIDE / out->grid[l].w;
    for (int place = 0; place < PLACES; place++) {
        int y = place / SIDE / wide, x = place % SIDE / wide;
        for (int k = 0; k < shapes * columns; k++) {
            int anchor = (y * out->grid[l].w + x) * shapes + k / columns;
            int truth = label[out->first[l] + (size_t)anchor];
            if (truth == RN_IGNORE) continue;
            add_answer(m, place, wide * wide,
                       out->logit[l]->value[anchor * columns + k % columns],
                       truth == k % columns);
        }
    }
}

// The loss of each place, as powers of ten of the mean.
void relate_to_mean(float *loss) {
    double sum = 0;
    for (int i = 0; i < PLACES; i++) sum += loss[i];
    for (int i = 0; i < PLACES; i++)
        loss[i] = (float)log10(loss[i] / sum * PLACES);
}

// %% [markdown]
// The next cell only lays six pictures out and draws the true boxes on them. Skip it, and
// look at what the one below it shows.

// %%
enum { TILE = 256, WIDE = TILE + 6, HIGH = TILE + 24, HEAD = 18, BAR = 12 };

void put(rn_image *sheet, const rn_image *tile, int left, int top) {
    for (int i = 0; i < 3 * tile->width * tile->height; i++) {
        int x = i % (3 * tile->width), y = i / (3 * tile->width);
        sheet->rgb[3 * ((top + y) * sheet->width + left) + x] = tile->rgb[i];
    }
}

void put_scales(rn_image *sheet) {
    float ramp[TILE];
    rn_image grey = rn_image_new(TILE, BAR);
    for (int i = 0; i < TILE; i++) ramp[i] = (float)i / (TILE - 1);
    for (int i = 0; i < 3 * TILE * BAR; i++) grey.rgb[i] = 90;
    rn_image bar = nb_heat(ramp, 1, TILE, 0, 1, &grey);
    put(sheet, &bar, 0, 3 * HIGH);
    put(sheet, &bar, WIDE, 3 * HIGH);
    rn_image_free(&grey);
    rn_image_free(&bar);
}

void name_scales(nb_picture *picture) {
    double y = 3 * HIGH + BAR + 16;
    nb_text(picture, 0, y, 7, "0");
    nb_text(picture, TILE / 2 - 24, y, 7, "p or p_t");
    nb_text(picture, TILE - 18, y, 7, "1");
    nb_text(picture, WIDE + 8, y, 7, "mean / 100");
    nb_text(picture, WIDE + TILE / 2 - 13, y, 7, "mean");
    nb_text(picture, WIDE + TILE - 81, y, 7, "100 · mean");
}

void draw_objects(nb_picture *picture, size_t index, int k) {
    double x = k % 2 * WIDE, y = k / 2 * HIGH + HEAD;
    const rn_record *record = &test_set.image[index];
    for (size_t i = 0; i < record->count; i++) {
        const rn_object *o = &test_set.object[record->first + i];
        rn_box box = {(float)(x + o->x1), (float)(y + o->y1),
                      (float)(x + o->x2), (float)(y + o->y2)};
        nb_box(picture, box, 4, NULL);
    }
}

void show_maps(const maps *m, size_t index) {
    const char *title[] = {"picture and objects", "highest p",
                           "lowest p_t",          "loss, gamma 0",
                           "loss, gamma 1",       "loss, gamma 2"};
    const float *value[] = {NULL,       m->highest, m->lowest,
                            m->loss[0], m->loss[1], m->loss[2]};
    rn_image image, sheet = rn_image_new(2 * WIDE - 6, 3 * HIGH + BAR + 24);
    must(rn_dataset_image(&image, &test_set, index, &err));
    for (int i = 0; i < 3 * sheet.width * sheet.height; i++) sheet.rgb[i] = 255;
    put(&sheet, &image, 0, HEAD);
    put_scales(&sheet);
    for (int k = 1; k < 6; k++) {
        double low = k < 3 ? 0 : -2, high = k < 3 ? 1 : 2;
        rn_image heat = nb_heat(value[k], SIDE, SIDE, low, high, &image);
        put(&sheet, &heat, k % 2 * WIDE, k / 2 * HIGH + HEAD);
        rn_image_free(&heat);
    }
    nb_picture picture = nb_picture_start(sheet.width, sheet.height, &sheet);
    picture.letter = 16;
    for (int k = 0; k < 6; k++) {
        nb_text(&picture, k % 2 * WIDE, k / 2 * HIGH + 13, 7, title[k]);
        draw_objects(&picture, index, k);
    }
    name_scales(&picture);
    nb_picture_show(&picture);
    rn_image_free(&sheet);
    rn_image_free(&image);
}

// %% volatile
size_t shown = 17; // the number of the picture

int compare(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x < y) - (x > y);
}

// How few places hold half of the loss?
int places_with_half(const float *loss) {
    float sorted[PLACES];
    double sum = 0, part = 0;
    int n = 0;
    for (int i = 0; i < PLACES; i++) sum += sorted[i] = loss[i];
    qsort(sorted, PLACES, sizeof *sorted, compare);
    while (part < sum / 2) part += sorted[n++];
    return n;
}

RUN {
    static maps m;
    for (int i = 0; i < PLACES; i++) m.lowest[i] = 1;
    rn_outputs out = answers(shown);
    int *label = labels(&out, shown);
    for (int l = 0; l < out.levels; l++) add_level(&m, &out, label, l);
    rn_arena_reset(&arena);
    for (int k = 0; k < LOSSES; k++) {
        printf("gamma %g: half of the loss lies in %d of %d places\n",
               map_gamma[k], places_with_half(m.loss[k]), PLACES);
        relate_to_mean(m.loss[k]);
    }
    show_maps(&m, shown);
}

// %% [markdown]
// There are two objects. The box above is found. The plus below, faint and with a stroke
// across, is overlooked: `highest p` shows nothing there, and `lowest p_t` has its
// darkest spot, since anchors that should have said "yes" said "no". Up to the right of it
// a diamond, which is no class here, looks like an object to the network.
//
// With $\gamma = 0$ the whole map glows. A patch of empty ground pays about two thirds
// of the mean: each single answer there is excellent, but there are many, and
// half of the loss is spread over a fifth of the picture. With $\gamma = 2$ the
// ground goes dark, and half of the loss sits in three places, all on the overlooked plus,
// which holds about nine tenths; most of the rest is on the box and the diamond, where the
// detector is less sure than it should be. This is the whole paper in three maps.
//
// ## From the easiest to the hardest
//
// Now without places. Sort all examples of one kind by their loss, the lowest first, and
// add up. Which part of the whole do the hardest 1 % hold? The honest way is to do
// just that. The library has it for millions of examples, and there are two things to
// know about it: sorting by $x_t$ is enough, since for every $\gamma$ the loss falls
// with $x_t$ (eq. 10 in appendix B, without its factor $y$, is never positive); and so
// one sorted list serves all $\gamma$.

// %%
int falling(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

// The part of the loss that the hardest `fraction` of n examples holds.
double hardest_share(const rn_float *x_t, size_t n, double fraction,
                     double gamma) {
    double *loss = malloc(n * sizeof *loss), sum = 0, most = 0;
    for (size_t i = 0; i < n; i++) loss[i] = focal_loss((double)x_t[i], gamma);
    qsort(loss, n, sizeof *loss, falling);
    for (size_t i = 0; i < n; i++) {
        sum += loss[i];
        if ((double)i < fraction * (double)n) most += loss[i];
    }
    free(loss);
    return most / sum;
}

RUN {
    enum { N = 10000 };
    static rn_float x_t[N];
    double worst = 0;
    for (int i = 0; i < N; i++)
        x_t[i] = (rn_float)(9 - 12. * pow(i / (N - 1.), 4));
    rn_loss_share_sort(x_t, N);
    for (double gamma = 0; gamma <= 5; gamma += .5) {
        rn_loss_curve curve = rn_loss_curve_make(x_t, N, gamma);
        worst = fmax(worst, fabs(rn_loss_curve_hardest(&curve, .01) -
                                 hardest_share(x_t, N, .01, gamma)));
        rn_loss_curve_free(&curve);
    }
    printf("the library agrees: %s\n", worst < 1e-5 ? "yes" : "no");
}

// %% [markdown]
// ## Figure 4
//
// The paper takes a converged model, draws about $10^7$ negative and $10^5$ positive examples
// from a large number of pictures, and computes for each what it would cost under
// several $\gamma$ (sec. 5.1). The detector stays the same, only the bookkeeping
// changes. We do it with all examples of 100 pictures.

// %% volatile
rn_loss_examples examples;

RUN {
    examples = rn_loss_examples_start(0, 0); // keep all
    for (size_t i = 0; i < test_set.num_images; i++) {
        rn_outputs out = answers(i);
        int *label = labels(&out, i);
        for (int l = 0; l < out.levels; l++)
            rn_loss_examples_add(
                &examples, out.logit[l]->value, label + out.first[l],
                out.first[l + 1] - out.first[l], detector.net.columns);
        rn_arena_reset(&arena);
    }
    rn_loss_share_sort(examples.positive.x_t, examples.positive.kept);
    rn_loss_share_sort(examples.negative.x_t, examples.negative.kept);
    printf("%zu positive and %zu negative examples: 1 to %.0f\n",
           examples.positive.kept, examples.negative.kept,
           (double)examples.negative.kept / (double)examples.positive.kept);
}

// %% [markdown]
// The paper's curves are drawn in its figure 4, of which the following numbers are read, to
// about 0.01: the share of the loss up to a fraction of the examples, for
// $\gamma = 0, \frac12, 1, 2$.

// %%
enum { GAMMAS = 4, POINTS = 14 };
double gammas[GAMMAS] = {0, .5, 1, 2};
double fraction[POINTS] = {0,  .1, .2, .3,  .4,  .5,  .6,
                           .7, .8, .9, .95, .98, .99, 1};
double paper[2][POINTS][GAMMAS] = {
    {
        {0, 0, 0, 0},
        {.010, .004, .002, 0},
        {.033, .018, .010, .003},
        {.070, .044, .028, .011},
        {.120, .083, .058, .029},
        {.185, .139, .106, .062},
        {.270, .218, .178, .120},
        {.380, .328, .284, .216},
        {.524, .477, .436, .369},
        {.714, .683, .654, .605},
        {.836, .816, .799, .768},
        {.925, .916, .908, .893},
        {.960, .955, .951, .943},
        {1, 1, 1, 1},
    },
    {
        {0, 0, 0, 0},
        {.032, .016, .006, 0},
        {.083, .047, .019, 0},
        {.147, .090, .040, .001},
        {.222, .145, .068, .002},
        {.308, .213, .106, .003},
        {.404, .293, .153, .004},
        {.512, .387, .211, .006},
        {.633, .500, .286, .010},
        {.773, .641, .385, .014},
        {.855, .730, .454, .018},
        {.915, .801, .514, .023},
        {.940, .836, .548, .026},
        {1, 1, 1, 1},
    },
};

// %% volatile
void add_point(rn_table *table, const char *source, int side, int g, double x,
               double y) {
    rn_table_row(table);
    rn_table_add_text(table, source);
    rn_table_add_text(table, side ? "negative" : "positive");
    rn_table_add_number(table, gammas[g]);
    rn_table_add_number(table, x);
    rn_table_add_number(table, y);
}

rn_loss_curve ours[2][GAMMAS]; // of positives and negatives

RUN {
    const rn_loss_side *side[] = {&examples.positive, &examples.negative};
    for (int s = 0; s < 2; s++)
        for (int g = 0; g < GAMMAS; g++)
            ours[s][g] =
                rn_loss_curve_make(side[s]->x_t, side[s]->kept, gammas[g]);
}

RUN {
    const rn_column columns[] = {{"source", RN_COLUMN_TEXT, 0},
                                 {"side", RN_COLUMN_TEXT, 0},
                                 {"gamma", RN_COLUMN_NUMBER, 1},
                                 {"fraction", RN_COLUMN_NUMBER, 5},
                                 {"share", RN_COLUMN_NUMBER, 5}};
    const rn_figure_variable texts[] = {
        {"title", "Figure 4: ours and the paper's"}, {"note", ""}};
    rn_table table = rn_table_start(NULL, columns, 5);
    for (int s = 0; s < 2; s++)
        for (int g = 0; g < GAMMAS; g++) {
            for (int k = 0; k <= 300; k++) { // closer and closer to 1
                double x = k < 300 ? 1 - pow(10, -k / 60.) : 1;
                add_point(&table, "ours", s, g, x,
                          rn_loss_curve_at(&ours[s][g], x));
            }
            for (int k = 0; k < POINTS; k++)
                add_point(&table, "paper", s, g, fraction[k], paper[s][k][g]);
        }
    nb_figure("loss_cdf", &table, texts, 2);
    rn_table_free(&table);
}

// %% [markdown]
// Dashed is the paper, with a ResNet-101 on COCO; ours has learnt for half a minute on
// painted shapes. Yet the pictures tell the same story.
//
// - **Positives**, left: the curves lie close together. Whatever $\gamma$ is, the hardest
//   fifth of the positives holds between 44 and 62 % of their loss (paper: 48 to 63 %). The
//   focal term hardly changes which *objects* matter.
// - **Negatives**, right: the curves have little to do with each other. With
//   $\gamma = 0$ the easiest 80 % hold about half of the loss. With $\gamma = 2$ the line lies
//   on the floor and shoots up at the very end: nine tenths of the loss are in the
//   hardest per cent.
//
// So the focal loss is a way to choose among negatives. We differ from the paper in
// detail: with small $\gamma$ our loss is on fewer negatives than theirs, with
// $\gamma = 2$ on a few more. Other pictures, a smaller network and 500 iterations are
// reasons enough; that the story survives all three is the point.
//
// In numbers, how much of the loss the hardest examples hold:

// %% volatile
RUN {
    const char *side[] = {"positives", "negatives"};
    double part[] = {.01, .2};
    double theirs[2][2][GAMMAS] = {
        {{.040, .045, .049, .057}, {.476, .523, .564, .631}},
        {{.060, .164, .452, .974}, {.367, .500, .714, .990}}};
    printf("                         gamma:    0    0.5      1      2\n");
    for (int s = 0; s < 2; s++)
        for (int k = 0; k < 2; k++) {
            printf("hardest %2.0f %% of %s, ours ", 100 * part[k], side[s]);
            for (int g = 0; g < GAMMAS; g++)
                printf("  %.3f", rn_loss_curve_hardest(&ours[s][g], part[k]));
            printf("\n%31s", "paper");
            for (int g = 0; g < GAMMAS; g++) printf("  %.3f", theirs[s][k][g]);
            printf("\n");
        }
}

// %% [markdown]
// ## Who holds the loss, who holds the gradient
//
// A loss is only a number. What moves the weights is its gradient, so the better question is
// who holds the sum of all $|d\,\mathrm{loss} / dx|$. We call an example easy if
// $p_t > 0.6$, where the bracket in figure 1 of the paper begins (its caption says 0.5), and
// part all examples into four: easy and hard, negative and positive. This time $\alpha$ counts.
//
// Predict the last line before you look: which part of the gradient of the focal loss,
// by which this detector was trained, belongs to the negatives?

// %% volatile
void print_parts(const char *what, double a, double b, double c, double d) {
    printf("%-22s %8.2f %% %8.2f %% %8.2f %% %8.2f %%\n", what, 100 * a,
           100 * b, 100 * c, 100 * d);
}

RUN {
    const char *name[] = {"ce", "focal"};
    rn_loss_options options = {.gamma = 2, .alpha = (rn_float).25};
    printf("                         negatives             positives\n");
    printf("                         easy       hard       easy       hard\n");
    for (int k = 0; k < 2; k++) {
        rn_loss_quadrants sum = rn_loss_quadrants_make(
            &examples, rn_loss_find(name[k]), &options, RN_LOSS_EASY_ABOVE);
        rn_loss_quadrants q = rn_loss_quadrants_shares(&sum);
        if (k == 0)
            print_parts("examples", q.easy_negative.examples,
                        q.hard_negative.examples, q.easy_positive.examples,
                        q.hard_positive.examples);
        print_parts(k ? "loss, FL (2, .25)" : "loss, CE", q.easy_negative.loss,
                    q.hard_negative.loss, q.easy_positive.loss,
                    q.hard_positive.loss);
        print_parts(k ? "gradient, FL (2, .25)" : "gradient, CE",
                    q.easy_negative.gradient, q.hard_negative.gradient,
                    q.easy_positive.gradient, q.hard_positive.gradient);
    }
}

// %% [markdown]
// Judged by cross entropy, *this* detector's easy negatives own both loss and gradient, as
// notebook 5 said of a detector trained by the focal loss. In one that is trained by cross
// entropy they end with about a fifth of the loss and a third of the gradient
// (`fig_4_loss_cdf` in `plots/reference/report.md`).
//
// By the focal loss the hard positives own three quarters of the loss. But the gradient is
// shared half and half, and that is no accident. It is the balance of notebook 5: a bias
// hears the sum of all derivatives, and where training has come to rest this sum is 0. So
// **both sides pull equally hard**, by the loss that the detector was trained by. The lines
// of cross entropy show what would happen if we changed the loss now: 98 to 2, so that the
// crowd would press all scores down, those of objects too, until the two sides are equal
// again.
//
// ## Change this cell
//
// How few negatives hold half of the negatives' loss? Change `gamma_here`.
//
// **Expect:** with 0 it takes a million, one in five, and they are answers with
// $p_t$ as good as 0.99. With 1 it is one in a hundred, with 2 one in three thousand. With 5
// some forty examples of five million are left. (One trained with $\gamma = 5$ would rest
// elsewhere, exercise 3; but in the paper it costs 1.8 points of AP against $\gamma = 2$,
// table 1b.)

// %% volatile
double gamma_here = 2;

RUN {
    rn_loss_curve curve = rn_loss_curve_make(
        examples.negative.x_t, examples.negative.kept, gamma_here);
    size_t i = curve.n;
    while (curve.sum[i] > curve.sum[curve.n] / 2) i--;
    printf("half of the loss lies in %zu of %zu negatives, 1 in %.0f\n",
           curve.n - i, curve.n, (double)curve.n / (double)(curve.n - i));
    printf("all others have p_t > %.3f\n",
           p_t((double)examples.negative.x_t[i ? i - 1 : 0]));
    rn_loss_curve_free(&curve);
}

// %% [markdown]
// ## What to keep
//
// - Sort the examples of a trained detector by their loss and add up: the focal term
//   leaves the positives nearly as they were and moves the loss of the
//   negatives from the many easy ones to the few hard ones.
// - Loss and gradient are different shares. At rest positives and negatives pull equally,
//   because a bias sees their sum.
// - A map of the loss shows where a detector is wrong. It is worth drawing for your own data:
//   a bright spot without a box is often an object that somebody forgot to label.
//
// ## Exercises
//
// Write them into `notebooks-c/exercises/12_where_the_loss_lives.c` and run
// `make check-exercises ONLY=12`. Answers:
// `notebooks-c/exercises/answers/12_where_the_loss_lives.c`.
//
// 1. **The hardest.** Write `hardest_share(loss, n, part)`: which part of the sum do the
//    `part * n` largest of $n$ losses hold? They come in any order and must stay in it;
//    `part * n` is a whole number; round it, since `.29 * 100` is 28.999... for a double.
// 2. **Half of it.** Write `hold_half(loss, n)`: how few of the $n$ losses hold at least
//    half of the sum?
// 3. **The balance.** A network that sees nothing gives every place the same probability
//    $p$. Write `resting_p(positives, negatives, gamma, alpha)`, the $p$ at which the focal
//    loss of so many examples has derivative 0 with respect to the logit. For
//    cross entropy ($\gamma = 0$, $\alpha = 0.5$) you can solve it on paper. For the others
//    use bisection: at $p$ too low the positives win, at $p$ too high the negatives. Where
//    do $\gamma = 2$, $\alpha = 0.25$ put the balance for 1 to 1000, and what does that say about
//    scores of detectors trained by it?
//
// **Next:** notebook 13 chooses among negatives in a different way: by throwing the easy ones
// out. That is OHEM, and it was the state of the art before the focal loss.
