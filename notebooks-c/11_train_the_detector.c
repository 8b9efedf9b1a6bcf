// %% [markdown]
// # 11. Train the detector
//
// Every part is on the table: anchors and their assignment (notebooks 2 and 3),
// the focal loss and its prior (6 and 7), the network and its gradient (8 and 9),
// the box coder (10). Now we put them together, let them learn for a few hundred
// iterations, and watch.
//
// In this notebook
//
// - a backbone learns to see before it becomes part of a detector;
// - the training loop is written out by hand, and three of its steps are the same
//   to the last bit as those of the library's own loop;
// - we predict the first loss before we look at it, a habit that finds half of
//   all mistakes;
// - the detector is trained, and we look at its loss, its positives and at what it
//   finds, from the first iteration to the last;
// - four pictures and a learning rate: the test that every new detector should
//   pass before the long run.
//
// Reading takes about 25 minutes; the notebook itself runs for half a minute on
// one core.

// %%
#include "data/crops.h"
#include "data/loader.h"
#include "data/scenes.h"
#include "notebook.h"
#include "train/initial.h"
#include "train/pretrain.h"
#include "train/schedule.h"
#include "train/sgd.h"
#include "train/trainer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER "out/notebooks"

rn_err err; // what went wrong, if something did

void must(rn_status status) {
    if (status == RN_OK) return;
    printf("%s\n", err.text);
    exit(1);
}

// %% [markdown]
// ## The data
//
// `scenes` are pictures that the library paints itself, so that nobody has to
// download anything: up to two objects of four classes, from 21 to 84 pixels
// large (the root of the area), on noisy ground. Colour and texture say nothing about the class, only
// the shape does. What makes it hard is the rest: shapes that are no class,
// classes that are cut, blots and strokes. As on real photographs, most of what
// could be an object is none. The split `val` is our test set: nothing in this
// notebook is chosen by it.

// %%
rn_dataset train_set, test_set;

RUN {
    rn_scenes scenes = rn_scenes_default();
    scenes.cache = false; // paint each picture when it is asked for
    scenes.val = 200;
    must(rn_scenes_load_with(&train_set, &scenes, "train", &err));
    must(rn_scenes_load_with(&test_set, &scenes, "val", &err));
    printf("%zu pictures with %zu objects to train on, %zu with %zu to test\n",
           train_set.num_images, train_set.num_objects, test_set.num_images,
           test_set.num_objects);
    for (int k = 0; k < train_set.num_classes; k++)
        printf("%s%s", k ? ", " : "classes: ", train_set.category[k].name);
    printf("\n");
}

// %% [markdown]
// The next cell has nothing to do with detection: it lays pictures out on a sheet, at
// half their size, and draws the true boxes. You may skip it, and look.

// %%
enum { TILE = 128, STEP = TILE + 6, HEAD = 18, HIGH = HEAD + STEP };

rn_image new_sheet(int columns, int rows) {
    rn_image sheet = rn_image_new(columns * STEP - 6, rows * HIGH - 6);
    for (int i = 0; i < 3 * sheet.width * sheet.height; i++) sheet.rgb[i] = 255;
    return sheet;
}

void place(rn_image *sheet, const rn_dataset *set, size_t index, int column,
           int row) {
    rn_image image;
    must(rn_dataset_image(&image, set, index, &err));
    int line = 3 * image.width;
    for (int i = 0; i < 3 * TILE * TILE; i++) {
        int x = i / 3 % TILE, y = i / 3 / TILE;
        const uint8_t *from = image.rgb + 2 * y * line + 6 * x + i % 3;
        int to = (row * HIGH + HEAD + y) * sheet->width + column * STEP + x;
        sheet->rgb[3 * to + i % 3] =
            (uint8_t)((from[0] + from[3] + from[line] + from[line + 3]) / 4);
    }
    rn_image_free(&image);
}

rn_box on_sheet(double x1, double y1, double x2, double y2, int column,
                int row) {
    double x = column * STEP, y = row * HIGH + HEAD;
    return (rn_box){(float)(x + x1 / 2), (float)(y + y1 / 2),
                    (float)(x + x2 / 2), (float)(y + y2 / 2)};
}

void draw_truth(nb_picture *picture, const rn_dataset *set, size_t index,
                int column, int row) {
    for (size_t k = 0; k < set->image[index].count; k++) {
        const rn_object *o = &set->object[set->image[index].first + k];
        nb_box(picture, on_sheet(o->x1, o->y1, o->x2, o->y2, column, row),
               o->label, NULL);
    }
}

// %%
RUN {
    size_t index[] = {0, 3, 6, 8, 10};
    rn_image sheet = new_sheet(5, 1);
    for (int i = 0; i < 5; i++) place(&sheet, &train_set, index[i], i, 0);
    nb_picture picture = nb_picture_start(sheet.width, sheet.height, &sheet);
    picture.letter = 12;
    for (int i = 0; i < 5; i++) {
        char text[64] = "";
        const rn_record *record = &train_set.image[index[i]];
        draw_truth(&picture, &train_set, index[i], i, 0);
        for (size_t k = 0; k < record->count; k++) {
            int label = train_set.object[record->first + k].label;
            snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s",
                     k ? ", " : "", train_set.category[label].name);
        }
        nb_text(&picture, i * STEP, 12, 7, record->count ? text : "nothing");
    }
    nb_picture_show(&picture);
    rn_image_free(&sheet);
}

// %% [markdown]
// ## First learn to see
//
// The paper does not start from random weights, and neither do we. Its backbone
// has learnt on ImageNet to tell a thousand kinds of things apart (sec. 4.1). Ours
// learns on crops of 64 x 64 pixels, each with one thing in the middle, to which of
// 13 kinds it belongs: ten shapes, blots, strokes, and shapes that are cut.
//
// This is far easier than detection. Every crop has an answer, all classes are
// equally frequent, and nothing has to be *found*. Whoever can tell a disk from a
// cut disk only has to learn where to look.

// %%
RUN {
    enum {
        SIDE = RN_CROP_SIDE,
        COLUMNS = 7,
        WIDE = SIDE + 6,
        HIGH = SIDE + 20
    };
    static uint8_t rgb[RN_CROP_VALUES];
    rn_image sheet = rn_image_new(COLUMNS * WIDE - 6, 2 * HIGH);
    for (int i = 0; i < 3 * sheet.width * sheet.height; i++) sheet.rgb[i] = 255;
    bool seen[RN_CROP_CLASSES] = {false};
    for (size_t index = 0, found = 0; found < RN_CROP_CLASSES; index++) {
        int label = rn_crop_render(rgb, 0, "train", index);
        if (seen[label]) continue;
        seen[label] = true, found++;
        int left = label % COLUMNS * WIDE, top = label / COLUMNS * HIGH;
        for (int i = 0; i < RN_CROP_VALUES; i++)
            sheet.rgb[3 * ((top + 14 + i / (3 * SIDE)) * sheet.width + left) +
                      i % (3 * SIDE)] = rgb[i];
    }
    nb_picture picture = nb_picture_start(sheet.width, sheet.height, &sheet);
    picture.letter = 11;
    for (int k = 0; k < RN_CROP_CLASSES; k++)
        nb_text(&picture, k % COLUMNS * WIDE, k / COLUMNS * HIGH + 10, 7,
                rn_crop_class_name(k));
    nb_picture_show(&picture);
    rn_image_free(&sheet);
}

// %% volatile
RUN {
    rn_pretrain_config pretrain = rn_pretrain_default();
    rn_pretrain_result result;
    pretrain.crops = 6000;
    pretrain.epochs = 5;
    pretrain.batch = 32;
    pretrain.validation = 500;
    pretrain.warm_up = 20;
    rn_pretrain_output output = {.path = FOLDER "/backbone.safetensors"};
    must(rn_file_make_folder(FOLDER, &err));
    must(rn_pretrain(&result, &pretrain, &output, &err));
    printf("%ld iterations in %.1f s: of %d new crops %.0f %% are told right\n",
           result.steps, result.seconds, pretrain.validation,
           100 * result.accuracy);
    printf("guessing: %.0f %%\n", 100. / RN_CROP_CLASSES);
}

// %% [markdown]
// Is that necessary? With the seconds of training that we can afford here, yes: from
// random weights the run below ends at an AP near 0.01, and with these at more than 0.4.
// Given many times the iterations random weights catch up (He, Girshick and Dollár, ICCV
// 2019): the backbone saves time, it does no magic.
//
// ## The detector
//
// A *config* holds every setting of the network and of the run. The preset `scenes`
// is a small RetinaNet: a narrow ResNet, a pyramid from P3 to P5 of 32 channels
// instead of 256, heads of two convolutions instead of four. All of them use *batch
// norm*: behind a convolution each channel has its mean over the batch subtracted and is
// divided by its deviation, then scaled and shifted by two numbers that are learnt. When
// the detector is used, averages from training stand for those of the batch. What the
// paper is about stays as it is: nine anchors per cell, the focal loss with $\gamma = 2$ and
// $\alpha = 0.25$, the prior $\pi = 0.01$.

// %%
rn_config config;

void new_detector(rn_detector *detector, const rn_config *how) {
    rn_checkpoint_match match;
    must(rn_detector_create(detector, how, train_set.category,
                            train_set.num_classes, true, &err));
    must(rn_initial_weights(detector, &match, FOLDER "/backbone.safetensors",
                            &err));
}

RUN {
    rn_detector detector;
    rn_outputs out;
    config = rn_config_paper();
    must(rn_config_preset(&config, "scenes", &err));
    config.train.iterations = 500;
    config.train.learning_rate = .05;
    config.train.warm_up = 50;
    new_detector(&detector, &config);
    rn_retinanet_layout(&out, &detector.net, 256, 256);
    printf("%zu parameters\n", detector.net.params.trainable);
    for (int l = 0; l < out.levels; l++)
        printf("P%d: %2d x %2d cells, %5zu anchors\n", 3 + l, out.grid[l].h,
               out.grid[l].w, out.first[l + 1] - out.first[l]);
    printf("%zu anchors x %d classes = %zu questions per picture\n",
           out.first[out.levels], detector.net.columns,
           out.first[out.levels] * (size_t)detector.net.columns);
    rn_detector_free(&detector);
}

// %% [markdown]
// ## The loop, part by part
//
// A step of training takes a few pictures and does five things:
//
// 1. **load**: pictures and their objects, as arrays of numbers;
// 2. **forward**: the network answers all questions for all of them;
// 3. **loss**: answers are compared with the truth, which gives one number, and
//    its derivative with respect to every answer;
// 4. **backward**: from those the derivative with respect to every weight;
// 5. **update**: every weight moves a little against its derivative.
//
// The first is the loader's work; it paints the next pictures on threads of
// its own while we compute. For the second there is a *tape*, which remembers
// what was computed so that it can be walked backward (notebook 9). Its memory
// comes from an *arena*: taken piece by piece, given back all at once at the end of
// the step.

// %%
rn_arena arena;

rn_loader *start_loader(const rn_train_config *train) {
    rn_loader *loader;
    rn_loader_options options = rn_train_loader_options(train);
    must(rn_loader_start(&loader, &train_set, &options, 0, &err));
    return loader;
}

rn_outputs forward(rn_tape *tape, const rn_detector *detector,
                   const rn_batch *batch, rn_tensor *input) {
    rn_outputs out;
    *input = (rn_tensor){.n = batch->n,
                         .h = batch->h,
                         .w = batch->w,
                         .c = 3,
                         .value = batch->pixel};
    rn_retinanet_forward(&out, tape, &detector->net, input);
    return out;
}

// %% [markdown]
// The third part is where five notebooks meet. `rn_detection_loss` assigns anchors
// to objects, encodes the boxes, computes focal loss and smooth L1 with their
// derivatives, and divides by the *normaliser*. In the paper that is the
// number of positive anchors of the picture. With our tiny batches that number
// jumps from step to step, so the preset takes a moving average of the positives of
// the whole batch.
//
// $$L = \frac{1}{N} \left( \sum_{\text{anchors, classes}} \mathrm{FL}(p_t) +
// \sum_{\text{positives}} \mathrm{smooth}_{L_1} \right)$$

// %%
rn_loss_report judge(rn_detector *detector, const rn_outputs *out,
                     const rn_batch *batch) {
    const rn_model_config *model = &detector->config.model;
    rn_loss_report report;
    rn_targets truth = {.box = batch->box,
                        .label = batch->label,
                        .first = batch->first,
                        .images = batch->n};
    rn_normaliser normaliser = {(rn_normaliser_kind)model->normaliser,
                                model->normaliser_momentum,
                                detector->normaliser};
    rn_detection_loss(&report, &detector->net, out, &truth, &normaliser, 1,
                      &arena);
    detector->normaliser = normaliser.value;
    return report;
}

// %% [markdown]
// The update is stochastic gradient descent with *momentum*: a weight $w$ with the
// gradient $g$ does not follow $g$ but a velocity $v$ that remembers,
//
// $$v \leftarrow 0.9\,v + (g + \lambda w), \qquad w \leftarrow w - \eta\,v.$$
//
// The term $\lambda w$ with $\lambda = 0.0001$ is *weight decay*: what is of no use
// shrinks. It acts on convolutions only, since the shift of a norm or a bias does no
// harm by being large; above all the prior's bias of $-4.6$ is meant to be there. The
// library keeps all weights in one array, the ones that decay first.
//
// The rate $\eta$ has a *schedule*: it grows during a warm-up, since the first
// gradients are the wildest, and drops twice to a tenth towards the end, so that the
// weights settle.

// %%
double rate_at(const rn_train_config *train, long step) {
    rn_schedule schedule = {.rate = train->learning_rate,
                            .warm_up = train->warm_up,
                            .warm_up_factor = train->warm_up_factor,
                            .num_steps = train->lr_steps.count,
                            .factor = train->lr_factor};
    for (int i = 0; i < train->lr_steps.count; i++)
        schedule.step[i] =
            (long)(train->lr_steps.value[i] * train->iterations + .5);
    return rn_schedule_rate(&schedule, step);
}

void update(rn_detector *detector, double rate) {
    const rn_train_config *train = &detector->config.train;
    rn_params *p = &detector->net.params;
    rn_sgd decayed = {train->momentum, train->weight_decay};
    rn_sgd other = {train->momentum, 0};
    size_t d = p->decayed;
    rn_sgd_step(p->value, p->momentum, p->grad, d, &decayed, rate);
    rn_sgd_step(p->value + d, p->momentum + d, p->grad + d, p->trainable - d,
                &other, rate);
}

double schedule_curve(double step) {
    return rate_at(&config.train, (long)step);
}

RUN {
    nb_chart chart = nb_chart_start("The learning rate of this run",
                                    "iteration", "learning rate");
    nb_curve(&chart, "", schedule_curve, 0, 499);
    chart.y_low = 0;
    nb_chart_show(&chart);
}

// %% [markdown]
// And this is the whole step. Read it twice: there is nothing else. Everything that
// makes detectors learn, from a laptop to a thousand GPUs, is these lines.

// %%
rn_loss_report train_step(rn_detector *detector, const rn_batch *batch) {
    rn_tape tape = {.arena = &arena, .recording = true, .training = true};
    rn_tensor input;
    rn_params_zero_grad(&detector->net.params);
    rn_outputs out = forward(&tape, detector, batch, &input);
    rn_loss_report report = judge(detector, &out, batch);
    rn_tape_backward(&tape);
    rn_arena_reset(&arena);
    update(detector, rate_at(&detector->config.train, detector->step));
    detector->step++;
    return report;
}

// %% [markdown]
// Is it really everything? The library has this loop too, `rn_train`, with a log,
// checkpoints and a guard against infinite losses around it. Two detectors with the same
// first weights, three steps each, ours by hand:

// %%
RUN {
    rn_config three = config;
    rn_detector by_hand, by_library;
    const rn_batch *batch;
    rn_trainer_result result;
    three.train.iterations = 3;
    new_detector(&by_hand, &three);
    new_detector(&by_library, &three);
    rn_loader *loader = start_loader(&three.train);
    for (int i = 0; i < 3; i++) {
        must(rn_loader_next(&batch, loader, &err));
        train_step(&by_hand, batch);
    }
    rn_loader_stop(loader);
    rn_trainer_options options = {.train = &train_set, .folder = FOLDER};
    must(rn_train(&result, &by_library, &options, &err));
    printf("the same weights, bit for bit: %s\n",
           rn_params_hash(&by_hand.net.params) ==
                   rn_params_hash(&by_library.net.params)
               ? "yes"
               : "no");
    rn_detector_free(&by_hand);
    rn_detector_free(&by_library);
}

// %% [markdown]
// ## The first loss, predicted
//
// Before the first step the network knows nothing, and the prior makes every answer
// about $\pi = 0.01$ (notebook 7). So we can compute the first classification loss
// with a pencil. A background pair of anchor and class has $p_t = 1 - \pi$, a
// positive pair has $p_t = \pi$:
//
// $$\begin{aligned}
// N L_0 = {} & n_+ \, \alpha\,(1-\pi)^2 \log\frac{1}{\pi}
// \\ & {} + n_- \, (1-\alpha)\,\pi^2 \log\frac{1}{1-\pi}.
// \end{aligned}$$
//
// A positive costs $0.25 \cdot 0.98 \cdot 4.6 = 1.13$. A negative costs
// $0.75 \cdot 0.0001 \cdot 0.01 = 7.5 \cdot 10^{-7}$, and there are some 190 000 of them
// in four pictures. So 66 positives cost 74.6, and all negatives together 0.14: at the
// start the positives own 99.8 % of this loss. The normaliser's average starts at 86, so
// $N = 0.95 \cdot 86 + 0.05 \cdot 66 = 85$, and $L_0 = 74.7 / 85 = 0.88$.
//
// If a program's first loss is not close to such an estimate, then something is wrong,
// the prior, the labels, the normaliser, and no amount of training will tell you what.

// %% volatile
RUN {
    rn_detector detector;
    const rn_batch *batch;
    new_detector(&detector, &config);
    rn_loader *loader = start_loader(&config.train);
    must(rn_loader_next(&batch, loader, &err));
    rn_loss_report first = train_step(&detector, batch);
    rn_loader_stop(loader);
    double pi = config.model.prior, positives = (double)first.positive;
    double negatives =
        (double)(first.anchors - first.ignored) * detector.net.columns -
        positives;
    double sum = positives * .25 * pow(1 - pi, 2) * -log(pi) +
                 negatives * .75 * pow(pi, 2) * -log(1 - pi);
    printf("%zu positive anchors, normaliser %.1f\n", first.positive,
           detector.normaliser);
    printf("classification loss: predicted %.3f, measured %.3f\n",
           sum / detector.normaliser, first.classification);
    rn_detector_free(&detector);
}

// %% [markdown]
// ## Training
//
// 500 iterations of four pictures. We keep the numbers of every step, and at five
// moments we ask the detector what it finds in four pictures that it is never
// trained on.

// %%
enum { ITERATIONS = 500, MOMENTS = 5, PICTURES = 4, FOUND = 100 };
int moment[MOMENTS] = {0, 25, 75, 200, ITERATIONS};
size_t shown[PICTURES] = {16, 17, 29, 35}; // of the test set

double iteration[ITERATIONS], class_loss[ITERATIONS], box_loss[ITERATIONS];
double positives[3][ITERATIONS]; // on P3, P4, P5
rn_detection found[MOMENTS][PICTURES][FOUND];
size_t num_found[MOMENTS][PICTURES];

void note(int i, const rn_loss_report *report) {
    iteration[i] = i + 1;
    class_loss[i] = report->classification;
    box_loss[i] = report->box;
    for (int l = 0; l < 3; l++) positives[l][i] = (double)report->positives[l];
}

void look(int m, const rn_detector *detector) {
    for (int i = 0; i < PICTURES; i++) {
        rn_image image;
        must(rn_dataset_image(&image, &test_set, shown[i], &err));
        num_found[m][i] =
            rn_detector_detect(found[m][i], detector, &image, NULL, &arena);
        rn_image_free(&image);
    }
}

// The mean of the last `count` numbers up to number i.
double mean_before(const double *value, int i, int count) {
    double sum = 0;
    if (count > i + 1) count = i + 1;
    for (int k = i - count + 1; k <= i; k++) sum += value[k];
    return sum / count;
}

// %% volatile
rn_detector detector;

RUN {
    new_detector(&detector, &config);
    rn_loader *loader = start_loader(&config.train);
    const rn_batch *batch;
    printf("iterations   class    box   (means of 100)\n");
    for (int i = 0, m = 0; i < ITERATIONS; i++) {
        if (i == moment[m]) look(m++, &detector);
        must(rn_loader_next(&batch, loader, &err));
        rn_loss_report report = train_step(&detector, batch);
        note(i, &report);
        if ((i + 1) % 100 == 0)
            printf("%3d to %3d   %.3f  %.3f\n", i - 98, i + 1,
                   mean_before(class_loss, i, 100),
                   mean_before(box_loss, i, 100));
    }
    look(MOMENTS - 1, &detector);
    rn_loader_stop(loader);
}

// %% [markdown]
// ## The loss
//
// The two terms, each as the mean of the last 20 steps; the dots are the
// classification loss of every fifth step alone. They jump, since every batch has other
// pictures: two large, plain disks are easy, a small striped triangle is not. One
// number of one step says nothing, up or down.

// %% volatile
RUN {
    static double mean[ITERATIONS];
    double x[ITERATIONS / 5], y[ITERATIONS / 5];
    nb_chart chart = nb_chart_start("Loss while training", "iteration", "loss");
    for (int i = 0; i < ITERATIONS; i++)
        mean[i] = mean_before(class_loss, i, 20);
    nb_line(&chart, "classification", ITERATIONS, iteration, mean);
    for (int i = 0; i < ITERATIONS; i++) mean[i] = mean_before(box_loss, i, 20);
    nb_line(&chart, "box", ITERATIONS, iteration, mean);
    for (int i = 0; i < ITERATIONS / 5; i++)
        x[i] = iteration[5 * i], y[i] = class_loss[5 * i];
    nb_dots(&chart, "single steps", ITERATIONS / 5, x, y);
    chart.y_low = 0;
    nb_chart_show(&chart);
}

// %% [markdown]
// Both rise at first, for some ten steps. Nothing is wrong: the rate is still small, and
// these batches happen to have more positives than the average by which they are divided.
// (With a rate of 0 the curves begin the same.) Then the box loss falls first. It looks at the positives alone, and to move a box a
// little is easily learnt. To say "yes" to some 60 of 190 000 questions, and to no
// others, takes longer. At iteration 333 the rate drops to a tenth, and both curves fall
// once more, the classification from about 0.32 to 0.22 in the mean: large steps had kept
// jumping over the place where small ones settle. The dots go on jumping. That noise
// comes from the pictures, not from the step.
//
// ## The positives
//
// How many anchors are positive, and on which level? This curve does *not* show
// learning. The assignment looks at anchors and objects, never at the network, so
// there is no trend from the first iteration to the last. One watches it because it is
// the first thing to break. A level without positives learns nothing; zero
// everywhere means that anchors and objects do not fit, and then the box loss is exactly
// 0, which looks like a great success.

// %%
RUN {
    nb_chart chart =
        nb_chart_start("Positive anchors in a batch, the first 60 iterations",
                       "iteration", "positive anchors");
    const char *level[] = {"P3", "P4", "P5"};
    for (int l = 0; l < 3; l++)
        nb_line(&chart, level[l], 60, iteration, positives[l]);
    nb_chart_show(&chart);
    for (int l = 0; l < 3; l++)
        printf("%s: %4.1f positive anchors in a batch\n", level[l],
               mean_before(positives[l], ITERATIONS - 1, ITERATIONS));
}

// %% [markdown]
// P5 is nearly idle: its smallest anchor has the area of a square of 96 pixels, and the
// largest object of this set that of one of 84. On your own data such a line tells you that
// the level can go, or that the sizes of the anchors are wrong.
//
// ## What it finds
//
// Here is the strip. Each column is a picture of the test set. On top is the truth, below
// what is detected with a score of at least 0.3 after more and more iterations. A
// colour is a class: blue disk, orange box, green triangle, pink plus.

// %% volatile
void draw_found(nb_picture *picture, int m, int i) {
    for (size_t k = 0; k < num_found[m][i]; k++) {
        rn_detection d = found[m][i][k];
        if (d.score < .3f) continue;
        nb_box(picture,
               on_sheet(d.box.x1, d.box.y1, d.box.x2, d.box.y2, i, m + 1),
               d.label, NULL);
    }
}

RUN {
    rn_image sheet = new_sheet(PICTURES, MOMENTS + 1);
    for (int i = 0; i < PICTURES; i++)
        for (int m = 0; m <= MOMENTS; m++)
            place(&sheet, &test_set, shown[i], i, m);
    nb_picture picture = nb_picture_start(sheet.width, sheet.height, &sheet);
    picture.letter = 14;
    nb_text(&picture, 0, 13, 7, "truth");
    for (int i = 0; i < PICTURES; i++)
        draw_truth(&picture, &test_set, shown[i], i, 0);
    for (int m = 0; m < MOMENTS; m++) {
        char text[32];
        snprintf(text, sizeof text, "iteration %d", moment[m]);
        nb_text(&picture, 0, (m + 1) * HIGH + 13, 7, text);
        for (int i = 0; i < PICTURES; i++) draw_found(&picture, m, i);
    }
    nb_picture_show(&picture);
    rn_image_free(&sheet);
}

// %% [markdown]
// At iteration 0 the prior speaks: no score is anywhere near 0.3. After 25 there is a heap
// of boxes on the faint plus, under two names, and one stray box. After 75 five things
// that are no object are called disks, and so is the small plus: *that* something is there
// is learnt before *what* it is. After 200 two of the pictures have lost what they had: a
// single moment says nothing, up or down. At the end four objects of six are right. The
// mistakes that stay are instructive: two diamonds are taken for disks, the box of the
// large plus is too wide, and the faint plus below a stroke is not seen. (Other processors
// round differently, so your own run will differ in such details.)
//
// ## One number at the end
//
// Four pictures prove nothing. Over the 200 pictures of the test set we compute the
// average precision of COCO, which notebook 14 takes apart, and keep the weights for
// notebook 12.

// %% volatile
RUN {
    rn_eval_detection *list;
    size_t count;
    rn_eval eval = {0};
    rn_eval_options options = rn_eval_options_coco();
    must(
        rn_detector_run(&list, &count, &detector, &test_set, NULL, NULL, &err));
    rn_detector_evaluate(&eval, &test_set, list, count, &options);
    for (int k = 0; k < 5; k++)
        printf("%-5s %.3f\n", rn_eval_names[k], eval.number[k]);
    must(rn_detector_save(&detector, FOLDER "/detector.safetensors", false,
                          &err));
    rn_eval_free(&eval);
    free(list);
}

// %% [markdown]
// Compare AP50 with AP75: most objects are found, many of their boxes are rough. And small
// objects (APs, below 32 x 32 pixels) are worse than medium ones, as notebook 1 said they
// would be. The full run of this preset has 3600 iterations.
//
// ## Change this cell
//
// A detector that cannot learn four pictures by heart will not learn a thousand in
// general. So before any long run, train on **one batch again and again** and see the loss
// fall. If it does not, the error is in the program or in the rate, and you have found
// it in seconds. Change `rate` and run the cell again.
//
// **Expect:** at 0.05 both losses fall by a factor of more than 100 in 60 steps. At 0.002
// the direction is right and the pace is not: class 0.17 at the end. At 0.5 the loss
// stays where it was, up and down, and at 5 it is astronomical after ten steps. The good
// rates lie close to the bad ones.

// %% volatile
double rate = .05;

RUN {
    enum { STEPS = 60 };
    rn_config constant = config;
    rn_detector pupil;
    const rn_batch *batch;
    constant.train.learning_rate = rate;
    constant.train.warm_up = 0;
    constant.train.lr_steps.count = 0;
    new_detector(&pupil, &constant);
    rn_loader *loader = start_loader(&constant.train);
    must(rn_loader_next(&batch, loader, &err));
    for (int i = 0; i < STEPS; i++) {
        rn_loss_report report = train_step(&pupil, batch);
        if (i == 0 || (i + 1) % 10 == 0)
            printf("step %2d   class %-8.3g box %.3g\n", i + 1,
                   report.classification, report.box);
    }
    rn_loader_stop(loader);
    rn_detector_free(&pupil);
}

// %% [markdown]
// ## What to keep
//
// - A step is load, forward, loss, backward, update, and nothing else.
// - Predict the first loss. Learn one batch by heart. Watch the positives. These three
//   checks cost a minute and save days.
// - A falling loss is no proof, and a single step's loss is no information: look at
//   means, at pictures, and at the AP on pictures that were not trained on.
//
// ## Exercises
//
// Write them into `notebooks-c/exercises/11_train_the_detector.c` and run
// `make check-exercises ONLY=11`. Answers:
// `notebooks-c/exercises/answers/11_train_the_detector.c`.
//
// 1. **The pencil.** Write `first_loss(positives, negatives, prior, gamma, alpha)`: the
//    sum of the focal loss before training, without the normaliser. What does it say for
//    $\pi = 0.5$, and why does nobody begin there?
// 2. **The brake.** Write `rate_of(step, rate, warm_up, factor, drop)`: the learning rate
//    grows in a straight line from `rate * factor` at step 0 to `rate` at step
//    `warm_up`, and is a tenth from step `drop` on, warm-up included.
// 3. **The flywheel.** Write `momentum_step(w, v, g, n, rate, momentum, decay)`, one update
//    of $n$ weights as above. Then think: with a constant gradient, by which factor does
//    momentum 0.9 enlarge the step in the end?
//
// **Next:** notebook 12 takes the detector that you have just trained and asks of every one
// of its answers what it costs.
