#include "model/detection_loss.h"
#include "base/parallel.h"
#include "base/text.h"
#include "base/rng.h"
#include "support/toy_data.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A network on one random batch of two images: the first has objects, the second none. */
typedef struct loss_case {
    rn_dataset data;
    rn_detector detector;
    rn_arena arena;
    rn_loss_report report;
    double gradient;       /* sum of squares of all parameter gradients */
    double logit_gradient; /* norm of the logits' */
    bool *learns;          /* (2, anchors): has the anchor a gradient? The test frees */
    size_t anchors;
} loss_case;

/* The third is too thin for any anchor to reach IoU .5. */
static rn_box boxes[] = {{8, 8, 44, 40}, {40, 20, 90, 60}, {70, 2, 76, 60}};
static int labels[] = {0, 1, 1}, first[] = {0, 3, 3};

/* The number of the first image, and 1 / micro-batches. */
static uint64_t sample = 40;
static double weight = 1;

static void look_at_logits(loss_case *l, const rn_outputs *out) {
    size_t n = out->first[out->levels];
    int columns = l->detector.net.columns;
    l->anchors = n;
    l->learns = calloc(2 * n, sizeof *l->learns);
    double squares = 0;
    for (int level = 0; level < out->levels; level++) {
        size_t here = out->first[level + 1] - out->first[level];
        for (size_t i = 0; i < 2 * here * (size_t)columns; i++) {
            size_t row = i / (size_t)columns, image = row / here;
            double slope = (double)out->logit[level]->grad[i] / weight;
            l->learns[image * n + out->first[level] + row % here] |= slope != 0;
            squares += slope * slope;
        }
    }
    l->logit_gradient = sqrt(squares);
}

static void run_case(loss_case *l, const rn_config *config) {
    *l = (loss_case){0};
    toy_data(&l->data, 1, 96, 64);
    toy_detector(&l->detector, config, &l->data);
    /* a classifier that says something: its last layer starts at almost nothing */
    rn_param *last = l->detector.net.class_head.last.weight;
    for (size_t i = 0; i < last->count; i++) last->value[i] *= 20;
    rn_tape tape = {.arena = &l->arena, .recording = true, .training = true};
    rn_tensor *image = rn_tape_tensor(&tape, 2, 64, 96, 3, false);
    rn_rng rng = rn_rng_stream(3, "image", 0);
    for (size_t i = 0; i < rn_tensor_count(image); i++)
        image->value[i] = (rn_float)rn_rng_normal(&rng);
    rn_outputs out;
    rn_targets targets = {
        .box = boxes, .label = labels, .first = first, .images = 2, .seed = 9, .sample = sample};
    rn_normaliser normaliser = {(rn_normaliser_kind)config->model.normaliser,
                                config->model.normaliser_momentum, config->model.normaliser_start};
    rn_retinanet_forward(&out, &tape, &l->detector.net, image);
    rn_detection_loss(&l->report, &l->detector.net, &out, &targets, &normaliser, weight, &l->arena);
    look_at_logits(l, &out);
    rn_tape_backward(&tape);
    const rn_params *params = &l->detector.net.params;
    for (size_t i = 0; i < params->trainable; i++)
        l->gradient += (double)params->grad[i] * (double)params->grad[i];
    cr_assert(isfinite(l->gradient) && l->report.bad_term == NULL);
    rn_detector_free(&l->detector);
    rn_dataset_free(&l->data);
    rn_arena_free(&l->arena);
}

/* Every option that should reach the loss does: none is ignored in silence. */
Test(detection_loss, every_option_changes_loss_or_gradient) {
    static const struct {
        const char *loss, *option, *value;
    } rows[] = {
        {"focal", "gamma", "1"},
        {"focal", "alpha", "0.5"},
        {"fl", "gamma", "0.5"},
        {"alpha-ce", "alpha", "0.75"},
        {"fl-star", "beta", "1"},
        {"fl-star", "gamma", "4"},
        {"fl-star", "alpha", "0.5"},
        {"hinge", "margin", "0.5"},
        {"focal", "prior", "0.1"},
        {"softmax-focal", "gamma", "1"},
        {"softmax-focal", "class-alpha", "1,2,0.5"},
        {"focal", "smooth-l1-beta", "1"},
        {"focal", "box-weight", "2"},
        {"focal", "class-weight", "2"},
        {"focal", "keep-negatives", "0.5"},
        {"focal", "box-std", "0.1,0.1,0.2,0.2"},
        {"focal", "box-mean", "0.1,0,0,0"},
        {"focal", "box-mean-of-four", "on"},
        {"focal", "positive-iou", "0.6"},
        {"focal", "negative-iou", "0.3"},
        {"focal", "best-anchor", "off"},
        {"focal", "anchor-size", "2"},
        {"focal", "anchor-scales", "2"},
        {"focal", "anchor-octaves", "2"},
        {"focal", "first-level", "4"},
        {"focal", "anchor-ratios", "1"},
        {"focal", "anchor-offset", "0"},
        {"focal", "anchor-whole", "on"},
        {"focal", "box-plus-one", "on"},
        {"focal", "head-convs", "2"},
        {"focal", "top-level", "6"},
        {"focal", "normaliser", "batch-positives"},
        {"focal", "normaliser", "moving-average"},
        {"focal", "normaliser", "all-anchors"},
        {"ohem", "ohem-batch", "64"},
        {"ohem", "ohem-nms", "0.9"},
        {"ohem", "ohem-boxes", "decoded"},
        {"ohem", "ohem-one-to-three", "on"},
        {"ohem", "ohem-loss", "focal"},
    };
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        loss_case before, after;
        rn_config config = toy_config(1);
        toy_set(&config, "best-anchor", "0"); /* so that turning it off shows */
        toy_set(&config, "loss", rows[i].loss);
        run_case(&before, &config);
        toy_set(&config, rows[i].option, rows[i].value);
        run_case(&after, &config);
        cr_expect(before.report.classification != after.report.classification ||
                      before.report.box != after.report.box || before.gradient != after.gradient,
                  "--loss %s --%s %s changes nothing", rows[i].loss, rows[i].option, rows[i].value);
        free(before.learns), free(after.learns);
    }
}

/* "n" or "n,n,n,n" for a list of four. */
static const char *repeated(char out[128], double value, bool four) {
    char one[32];
    if (value == floor(value))
        snprintf(one, sizeof one, "%.0f", value);
    else
        rn_text_from_double(one, sizeof one, value, 0);
    snprintf(out, 128, four ? "%s,%s,%s,%s" : "%s", one, one, one, one);
    return out;
}

/* Both ends of every range that --help prints go through: no option value aborts a run. */
Test(detection_loss, takes_whatever_the_options_accept) {
    static const char *const losses[] = {"fl-star", "softmax-focal", "ohem"};
    rn_options options = rn_config_options();
    int tried = 0;
    for (size_t i = 0; i < options.count; i++) {
        const rn_option *o = &options.row[i];
        bool known = strcmp(o->group, "anchors") == 0 || strcmp(o->group, "assignment") == 0 ||
                     strcmp(o->group, "loss") == 0 || strcmp(o->name, "prior") == 0;
        if (!known || o->kind == RN_OPTION_BOOL || o->kind == RN_OPTION_CHOICE ||
            o->kind == RN_OPTION_TEXT)
            continue;
        for (size_t l = 0; l < RN_COUNT(losses); l++)
            for (int high = 0; high < 2; high++) {
                char value[128];
                loss_case c;
                rn_err err;
                rn_config config = toy_config(1);
                toy_set(&config, "loss", losses[l]);
                repeated(value, high ? o->high : o->low,
                         strncmp(o->name, "box-", 4) == 0 && o->kind == RN_OPTION_LIST);
                toy_set(&config, o->name, value);
                config.model.num_classes = 2;
                if (rn_config_check(&config, &err) != RN_OK) continue;
                run_case(&c, &config);
                free(c.learns);
                tried++;
            }
    }
    cr_expect(tried > 90, "%d", tried);
}

Test(detection_loss, counts_what_it_did) {
    loss_case l;
    rn_config config = toy_config(1);
    run_case(&l, &config);
    size_t sum = 0;
    for (int level = 0; level < RN_FPN_LEVELS_MOST; level++) sum += l.report.positives[level];
    cr_expect(sum == l.report.positive && sum > 0);
    cr_expect(l.report.anchors == 2 * 9 * (8 * 12 + 4 * 6 + 2 * 3));
    cr_expect(l.report.sampled == l.report.anchors - l.report.ignored);
    cr_expect(l.report.thinned == 0);
    free(l.learns);
    config.model.ohem_batch = 10;
    toy_set(&config, "loss", "ohem");
    run_case(&l, &config);
    cr_expect(l.report.sampled == 20, "%zu of two images", l.report.sampled);
    free(l.learns);
}

/* An image without objects has negatives, no box loss, and the divisor 1. */
Test(detection_loss, images_without_objects_are_normal) {
    loss_case with, without;
    rn_config config = toy_config(1);
    run_case(&with, &config);
    int keep = first[1];
    first[1] = 0;
    first[2] = 0;
    run_case(&without, &config);
    first[1] = keep, first[2] = keep;
    cr_expect(without.report.box == 0 && without.report.positive == 0);
    cr_expect(without.report.classification > 0 && isfinite(without.report.classification));
    cr_expect(without.gradient > 0 && with.report.box > 0);
    free(with.learns), free(without.learns);
}

/* The prior: at the start the mean score is pi, so the first loss is that of a constant; also where
 * a share of the background is left out, and then not divided by either. */
Test(detection_loss, starts_at_the_prior) {
    static const char *const shares[] = {"1", "0.25"};
    for (size_t k = 0; k < RN_COUNT(shares); k++) {
        loss_case l;
        rn_config config = toy_config(1);
        toy_set(&config, "loss", "ce");
        toy_set(&config, "head-std", "0");
        toy_set(&config, "normaliser", "all-anchors");
        toy_set(&config, "keep-negatives", shares[k]);
        run_case(&l, &config);
        double pairs = 2. * (double)l.report.sampled, p = .01;
        double want = ((pairs - (double)l.report.positive) * -log(1 - p) -
                       (double)l.report.positive * log(p)) /
                      (double)l.report.sampled;
        cr_expect(fabs(l.report.classification - want) <= 1e-4 * want, "%g, want %g",
                  l.report.classification, want);
        free(l.learns);
    }
}

/* ---- class-weight and the norm of the gradient ------------------------------------------------
 */

Test(detection_loss, class_weight_scales_value_and_gradient) {
    loss_case one, three;
    rn_config config = toy_config(1);
    run_case(&one, &config);
    toy_set(&config, "class-weight", "3");
    run_case(&three, &config);
    const rn_loss_report *a = &one.report, *b = &three.report;
    cr_expect(fabs(b->classification - 3 * a->classification) <= 1e-6 * b->classification);
    cr_expect(fabs(three.logit_gradient - 3 * one.logit_gradient) <= 1e-5 * three.logit_gradient);
    cr_expect(b->box == a->box);
    free(one.learns), free(three.learns);
}

Test(detection_loss, class_gradient_is_the_norm_at_the_logits) {
    static const char *const losses[] = {"focal", "softmax-focal", "ohem"};
    for (size_t k = 0; k < RN_COUNT(losses); k++)
        for (weight = .25; weight <= 1; weight += .75) {
            loss_case l;
            rn_config config = toy_config(1);
            toy_set(&config, "loss", losses[k]);
            run_case(&l, &config);
            cr_expect(l.logit_gradient > 0 && fabs(l.report.class_gradient - l.logit_gradient) <=
                                                  1e-9 * l.logit_gradient,
                      "%s: %g, want %g", losses[k], l.report.class_gradient, l.logit_gradient);
            free(l.learns);
        }
}

/* ---- keep-negatives ---------------------------------------------------------------------------
 */

static size_t count_learning(const loss_case *l) {
    size_t count = 0;
    for (size_t a = 0; a < 2 * l->anchors; a++) count += l->learns[a];
    return count;
}

Test(detection_loss, keeps_a_share_of_the_negatives_and_all_positives) {
    static const double shares[] = {0, .03, .3, .7, .999, 1};
    size_t before = 0;
    for (size_t k = 0; k < RN_COUNT(shares); k++) {
        loss_case l;
        rn_config config = toy_config(1);
        toy_set(&config, "loss", "ce");
        config.model.keep_negatives = shares[k];
        run_case(&l, &config);
        const rn_loss_report *r = &l.report;
        double negatives = (double)(r->anchors - r->ignored - r->positive), share = shares[k];
        double kept = (double)(r->sampled - r->positive);
        cr_expect(negatives > 2000 && r->positive > 0 && r->ignored > 0);
        cr_expect(kept + (double)r->thinned == negatives, "%g kept", share);
        cr_expect(fabs(kept - share * negatives) <= 4 * sqrt(share * (1 - share) * negatives),
                  "%g of %g negatives kept, share %g", kept, negatives, share);
        cr_expect(count_learning(&l) == r->sampled, "%zu learn", count_learning(&l));
        cr_expect(k == 0 ? r->sampled == r->positive : r->sampled > before);
        before = r->sampled;
        free(l.learns);
    }
}

/* What is left out depends on the image's number, not on its place in the batch. */
Test(detection_loss, negatives_are_drawn_by_the_number_of_the_image) {
    loss_case here, next;
    rn_config config = toy_config(1);
    toy_set(&config, "loss", "ce");
    toy_set(&config, "keep-negatives", "0.5");
    first[1] = first[2] = 0; /* background everywhere */
    run_case(&here, &config);
    sample++;
    run_case(&next, &config);
    size_t n = here.anchors, same = 0;
    cr_expect(memcmp(here.learns + n, next.learns, n * sizeof *next.learns) == 0);
    for (size_t a = 0; a < n; a++) same += here.learns[a] == here.learns[n + a];
    cr_expect(fabs((double)same - (double)n / 2) < 4 * sqrt((double)n / 4), "%zu same", same);
    free(here.learns), free(next.learns);
}

Test(detection_loss, hard_examples_are_mined_among_those_that_are_kept) {
    loss_case l;
    rn_config config = toy_config(1);
    toy_set(&config, "loss", "ohem");
    toy_set(&config, "keep-negatives", "0");
    run_case(&l, &config);
    cr_expect(l.report.sampled > 0 && l.report.sampled <= l.report.positive);
    free(l.learns);
}

/* Two images on two threads are shared out, on one or three they are not; OHEM goes one by one. */
Test(detection_loss, is_the_same_on_any_number_of_threads) {
    static const char *const losses[] = {"focal", "ohem", "ce"};
    for (size_t k = 0; k < RN_COUNT(losses); k++) {
        loss_case first_case = {0};
        for (int threads = 1; threads <= 3; threads++) {
            loss_case l;
            rn_config config = toy_config(1);
            toy_set(&config, "loss", losses[k]);
            if (k == 2) toy_set(&config, "keep-negatives", "0.4");
            rn_parallel_set_threads(threads);
            run_case(&l, &config);
            if (threads == 1) first_case = l;
            cr_expect(l.report.classification == first_case.report.classification &&
                          l.report.box == first_case.report.box &&
                          l.report.sampled == first_case.report.sampled &&
                          l.report.class_gradient == first_case.report.class_gradient &&
                          l.gradient == first_case.gradient,
                      "%s on %d threads", losses[k], threads);
            free(l.learns);
        }
    }
}
