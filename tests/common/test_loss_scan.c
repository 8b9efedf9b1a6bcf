#include "common/loss_cdf.h"
#include "common/loss_scan.h"
#include "support/folder.h"
#include "support/near.h"
#include "support/toy_data.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum { IMAGES = 6 };

typedef struct scene {
    rn_dataset data;
    rn_detector detector;
} scene;

/* toy_config's sides differ from image to image with jitter only: all are 64 x 96 here. */
static scene scene_make(const char *loss) {
    scene s = {0};
    rn_config config = toy_config(1);
    toy_set(&config, "loss", loss);
    toy_data(&s.data, IMAGES, 96, 64);
    toy_detector(&s.detector, &config, &s.data);
    return s;
}

static void scene_free(scene *s) {
    rn_detector_free(&s->detector);
    rn_dataset_free(&s->data);
}

/* What the training loss of these very images is made of: as many positives, negatives, and the
 * same sum of losses, when nothing is drawn at random and no batch norm sees a batch. */
Test(loss_scan, finds_what_the_training_loss_sums_over) {
    scene s = scene_make("focal");
    rn_loss_examples e = rn_loss_examples_start(0, 0);
    rn_err err = {""};
    const rn_config *config = &s.detector.config;
    rn_loader_options options = {.batch = 1,
                                 .size = config->train.size,
                                 .max_size = config->train.max_size,
                                 .scale_jitter = 1,
                                 .multiple = RN_IMAGE_MULTIPLE,
                                 .in_order = true,
                                 .threads = 1,
                                 .ahead = 1};
    rn_loader *loader;
    cr_assert_eq(loss_scan(&e, &s.detector, &s.data, NULL, NULL, &err), RN_OK, "%s", err.text);
    cr_assert_eq(rn_loader_start(&loader, &s.data, &options, 0, &err), RN_OK, "%s", err.text);
    double sum = 0;
    size_t positive = 0, background = 0;
    rn_arena arena = {0};
    s.detector.config.model.normaliser = s.detector.net.config.normaliser =
        RN_NORMALISER_IMAGE_POSITIVES;
    for (int i = 0; i < IMAGES; i++) {
        const rn_batch *batch;
        rn_loss_report report;
        rn_stage_times times = {0};
        cr_assert_eq(rn_loader_next(&batch, loader, &err), RN_OK, "%s", err.text);
        rn_train_batch(&report, &s.detector, batch, 0, 1, 1, &arena, &times);
        sum += report.classification * (double)(report.positive ? report.positive : 1);
        positive += report.positive;
        background += report.anchors - report.positive - report.ignored;
    }
    cr_expect(positive > 0 && e.positive_anchors == positive, "%zu positives, want %zu",
              e.positive_anchors, positive);
    cr_expect_eq(e.background_anchors, background);
    cr_expect_eq(e.positive.kept, positive);
    cr_expect_eq(e.negative.kept, 2 * background + positive);
    rn_loss_options focal = {.gamma = (rn_float)config->model.gamma,
                             .alpha = (rn_float)config->model.alpha};
    rn_loss_quadrants q = rn_loss_quadrants_make(&e, rn_loss_find("focal"), &focal, .6);
    double got =
        q.easy_negative.loss + q.hard_negative.loss + q.easy_positive.loss + q.hard_positive.loss;
    cr_expect(rn_test_near(got, sum, 1e-4, 0), "loss %g, want %g", got, sum);
    rn_loader_stop(loader);
    rn_arena_free(&arena);
    rn_loss_examples_free(&e);
    scene_free(&s);
}

Test(loss_scan, the_same_on_any_number_of_threads) {
    scene s = scene_make("focal");
    rn_loss_examples e[2];
    rn_err err = {""};
    for (int i = 0; i < 2; i++) {
        rn_parallel_set_threads(1 + 2 * i);
        e[i] = rn_loss_examples_start(1000, 7);
        cr_assert_eq(loss_scan(&e[i], &s.detector, &s.data, NULL, NULL, &err), RN_OK);
    }
    cr_expect(e[0].negative.kept == 1000 && e[0].negative.seen > 1000);
    cr_expect(e[1].negative.seen == e[0].negative.seen && e[1].positive.kept == e[0].positive.kept);
    cr_expect(memcmp(e[0].negative.x_t, e[1].negative.x_t, 1000 * sizeof(rn_float)) == 0);
    cr_expect(memcmp(e[0].positive.x_t, e[1].positive.x_t, e[0].positive.kept * sizeof(rn_float)) ==
              0);
    for (int i = 0; i < 2; i++) rn_loss_examples_free(&e[i]);
    scene_free(&s);
}

static void expect_failure(const scene *s, const char *what) {
    rn_loss_examples e = rn_loss_examples_start(0, 0);
    rn_err err = {""};
    cr_expect_eq(loss_scan(&e, &s->detector, &s->data, NULL, NULL, &err), RN_ERROR);
    cr_expect(strstr(err.text, what), "\"%s\", want \"%s\"", err.text, what);
    rn_loss_examples_free(&e);
}

Test(loss_scan, refuses_what_it_cannot_look_at) {
    scene soft = scene_make("softmax-ce"), other = scene_make("ce"), broken = scene_make("ce");
    expect_failure(&soft, "expected a sigmoid loss");
    other.data.num_classes = 1;
    expect_failure(&other, "2 classes: expected those of the data, 1");
    other.data.num_classes = 2;
    rn_param *bias =
        rn_params_find(&broken.detector.net.params, "head.classification_head.cls_logits.bias");
    cr_assert(bias);
    bias->value[0] = (rn_float)NAN;
    expect_failure(&broken, "image 1: expected finite numbers");
    scene_free(&soft), scene_free(&other), scene_free(&broken);
}

Test(loss_scan, stops_when_asked) {
    scene s = scene_make("ce");
    rn_loss_examples e = rn_loss_examples_start(0, 0);
    rn_err err = {""};
    volatile int stop = 1;
    cr_expect_eq(loss_scan(&e, &s.detector, &s.data, NULL, &stop, &err), RN_INTERRUPTED);
    cr_expect(strstr(err.text, "interrupted after 0 of 6"), "%s", err.text);
    rn_loss_examples_free(&e);
    scene_free(&s);
}

/* ---- figure 4's numbers ---------------------------------------------------------------------- */

static const char *const models[CDF_MODELS] = {"a.safetensors", "b.safetensors", "c.safetensors",
                                               "d.safetensors"};

Test(loss_cdf, measures_checkpoints_and_keeps_the_numbers) {
    folder f = folder_make();
    scene s = scene_make("focal");
    rn_err err = {""};
    const char *path[CDF_MODELS];
    static loss_cdf m, again, mean;
    for (int i = 0; i < CDF_MODELS; i++) {
        path[i] = folder_file(&f, models[i]);
        rn_retinanet_init(&s.detector.net, (uint64_t)i);
        cr_assert_eq(rn_detector_save(&s.detector, path[i], false, &err), RN_OK, "%s", err.text);
    }
    cr_assert_eq(loss_cdf_measure(&m, path, &s.data, NULL, NULL, &err), RN_OK, "%s", err.text);
    const char *file = folder_file(&f, "numbers.json");
    cr_assert_eq(loss_cdf_save(&m, file, &err), RN_OK, "%s", err.text);
    cr_assert_eq(loss_cdf_load(&again, file, &err), RN_OK, "%s", err.text);
    cr_expect(memcmp(&m, &again, sizeof m) == 0, "other numbers come back");
    loss_cdf_mean(&mean, (const loss_cdf[]){m, m}, 2);
    cr_expect(memcmp(&m, &mean, sizeof m) == 0, "the mean of twice the same");
    for (int i = 0; i < CDF_SIDES; i++)
        for (int g = 0; g < CDF_GAMMAS; g++) {
            cr_expect(m.curve[i][g][0] == 0 && m.curve[i][g][CDF_POINTS - 1] == 1);
            cr_expect(m.top_20[i][g] >= m.top_1[i][g] && m.top_1[i][g] > 0);
        }
    cr_expect(m.negatives_a_positive > 1 && m.pairs_a_positive > m.negatives_a_positive);

    outcome o = {0};
    loss_cdf_facts(&o, &m, 3);
    const struct {
        const char *name;
        double want;
    } facts[] = {{"negatives a positive", m.negatives_a_positive},
                 {"easy negatives' loss/25/3", m.share[CDF_CE_25][0].easy_negative.loss},
                 {"easy negatives' gradient/100/3", m.share[CDF_CE][0].easy_negative.gradient},
                 {"positive top 20/.5/3", m.top_20[CDF_POSITIVE][1]},
                 {"negative top 1/2/3", m.top_1[CDF_NEGATIVE][3]},
                 {"negative top 20/0/3", m.top_20[CDF_NEGATIVE][0]},
                 {"gap positives/3", m.gap[CDF_POSITIVE]},
                 {"gap negatives/3", m.gap[CDF_NEGATIVE]},
                 {"gap gamma 0/3", m.gap_gamma_0}};
    for (size_t i = 0; i < RN_COUNT(facts); i++)
        cr_expect(outcome_fact(&o, "%s", facts[i].name) == facts[i].want, "%s", facts[i].name);
    outcome_free(&o);

    cr_expect_eq(remove(path[2]), 0);
    cr_expect_eq(loss_cdf_measure(&m, path, &s.data, NULL, NULL, &err), RN_ERROR);
    cr_expect(strstr(err.text, "c.safetensors"), "%s", err.text);
    folder_put(&f, "numbers.json", "{\"loss_cdf 1\": [1, 2]}", 21);
    cr_expect_eq(loss_cdf_load(&again, file, &err), RN_ERROR);
    scene_free(&s);
    folder_remove(&f);
}

Test(loss_cdf, fractions_rise_from_0_to_1) {
    cr_expect(cdf_fraction(0) == 0 && cdf_fraction(CDF_POINTS - 1) == 1);
    for (int k = 1; k < CDF_POINTS; k++)
        cr_expect(cdf_fraction(k) > cdf_fraction(k - 1) && cdf_fraction(k) <= 1, "at %d", k);
}

Test(loss_cdf, tables_set_our_numbers_beside_the_papers) {
    static loss_cdf m[2];
    for (int i = 0; i < 2; i++) {
        m[i].top_20[CDF_NEGATIVE][3] = .5;
        m[i].gap[CDF_NEGATIVE] = i ? .375 : .125;
        m[i].gap_gamma_0 = i ? 4 : 1;
    }
    rn_table table = loss_cdf_table(m, 2);
    char *csv = rn_table_render(&table, RN_TABLE_CSV);
    static const char *const lines[] = {
        "\"hardest 20% of negatives, γ = 2\",0.5,0,0.99\n",
        "\"gap of γ 0 and 2, negatives\",0.25,0.1767766952966369,0.936\n"};
    for (size_t i = 0; i < RN_COUNT(lines); i++)
        cr_expect(strstr(csv, lines[i]), "no %s in\n%s", lines[i], csv);
    free(csv);
    rn_table_free(&table);
    table = loss_cdf_figure(m);
    cr_expect_eq(table.num_rows, CDF_SIDES * CDF_GAMMAS * (CDF_POINTS + 24));
    rn_table_free(&table);
}
