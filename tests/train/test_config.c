#include "train/config.h"
#include "loss/classification.h"
#include "model/resnet.h"
#include "support/toy_data.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "golden/presets.h"

static rn_config preset(const char *name) {
    rn_config config = rn_config_paper();
    rn_err err = {""};
    cr_assert(rn_config_preset(&config, name, &err) == RN_OK, "%s", err.text);
    return config;
}

static void expect_setting(const rn_config *config, const char *what, const char *option,
                           const char *value) {
    char got[4096], want[4096];
    rn_config other = *config;
    const rn_option *row = rn_option_find(rn_config_options(), option);
    toy_set(&other, option, value);
    rn_option_get(got, sizeof got, config, row);
    rn_option_get(want, sizeof want, &other, row);
    cr_expect(strcmp(got, want) == 0, "%s: --%s is %s, want %s", what, option, got, want);
}

/* ---- presets ------------------------------------------------------------------------------------
 */

Test(config, preset_torchvision_is_what_torchvision_builds) {
    rn_config config = preset("torchvision");
    rn_retinanet net;
    rn_err err = {""};
    for (size_t i = 0; i < RN_COUNT(torchvision_settings); i++)
        expect_setting(&config, "torchvision", torchvision_settings[i].option,
                       torchvision_settings[i].value);
    config.model.num_classes = TORCHVISION_CLASSES;
    cr_assert(rn_retinanet_create(&net, &config.model, config.train.freeze.value, false, &err) ==
                  RN_OK,
              "%s", err.text);
    cr_expect(net.params.trainable == torchvision_trained, "%zu trained, want %zu",
              net.params.trainable, torchvision_trained);
    rn_retinanet_free(&net);
}

/* Where implementations differ, and where all agree. Sources: the paper and its authors' Detectron;
 * torchvision 0.14; Detectron2's Base-RetinaNet.yaml; yhenon/pytorch-retinanet. */
static const struct {
    const char *option, *paper, *torchvision, *detectron2, *pytorch_retinanet;
} facts[] = {
    {"p6-from", "c5", "p5", "c5", "c5"},
    {"anchor-offset", "0.5", "0", "0", "0.5"},
    {"anchor-whole", "off", "on", "off", "off"},
    {"anchor-grid-stride", "off", "on", "off", "off"},
    {"box-plus-one", "off", "off", "off", "off"},
    {"box-std", "1,1,1,1", "1,1,1,1", "1,1,1,1", "0.1,0.1,0.2,0.2"},
    {"best-anchor", "0.4", "0", "0", "off"},
    {"normaliser", "image-positives", "image-positives", "moving-average", "image-positives"},
    {"normaliser-start", "100", "100", "100", "100"},
    {"normaliser-momentum", "0.9", "0.9", "0.9", "0.9"},
    {"smooth-l1-beta", "0.11", "0", "0", "0.111111111111"},
    {"box-mean-of-four", "off", "off", "off", "on"},
    {"box-weight", "1", "1", "1", "1"},
    {"detections", "100", "300", "100", "100"},
    {"top-per-level", "1000", "1000", "1000", "1000"},
    {"score-threshold", "0.05", "0.05", "0.05", "0.05"},
    {"nms-iou", "0.5", "0.5", "0.5", "0.5"},
    {"prior", "0.01", "0.01", "0.01", "0.01"},
    {"head-he", "off", "off", "off", "on"},
    {"head-std", "0.01", "0.01", "0.01", "0"},
    {"loss", "focal", "focal", "focal", "focal"},
    {"gamma", "2", "2", "2", "2"},
    {"alpha", "0.25", "0.25", "0.25", "0.25"},
    {"positive-iou", "0.5", "0.5", "0.5", "0.5"},
    {"negative-iou", "0.4", "0.4", "0.4", "0.4"},
    {"norm", "frozen", "frozen", "frozen", "frozen"},
    {"freeze", "auto", "auto", "auto", "none"},
    {"size", "600", "800", "800", "608"},
    {"max-size", "1000", "1333", "1333", "1024"},
    {"flip", "on", "on", "on", "on"},
    {"batch", "16", "16", "16", "16"},
    {"lr", "0.01", "0.01", "0.01", "0.01"},
    {"momentum", "0.9", "0.9", "0.9", "0.9"},
    {"weight-decay", "0.0001", "0.0001", "0.0001", "0.0001"},
    {"decay-all", "off", "on", "on", "off"},
    {"iters", "90000", "190554", "90000", "90000"},
    {"warmup", "500", "1000", "1000", "500"},
    {"warmup-factor", "0.333333333333", "0.001", "0.001", "0.333333333333"},
    {"clip", "0", "0", "0", "0"},
};

Test(config, presets_are_what_their_sources_say) {
    rn_config paper = preset("paper"), torchvision = preset("torchvision");
    rn_config detectron2 = preset("detectron2"), yhenon = preset("pytorch-retinanet");
    for (size_t i = 0; i < RN_COUNT(facts); i++) {
        expect_setting(&paper, "paper", facts[i].option, facts[i].paper);
        expect_setting(&torchvision, "torchvision", facts[i].option, facts[i].torchvision);
        expect_setting(&detectron2, "detectron2", facts[i].option, facts[i].detectron2);
        expect_setting(&yhenon, "pytorch-retinanet", facts[i].option, facts[i].pytorch_retinanet);
    }
}

/* The rate drops where the sources say, in iterations or epochs. */
Test(config, the_rate_drops_at_the_iterations_of_the_sources) {
    static const struct {
        const char *name;
        double whole, first, second;
    } rows[] = {
        {"paper", 90000, 60000, 80000},
        {"torchvision", 26, 16, 22},
        {"detectron2", 90000, 60000, 80000},
    };
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        rn_list steps = preset(rows[i].name).train.lr_steps;
        cr_assert(steps.count == 2);
        cr_expect(fabs(steps.value[0] * rows[i].whole - rows[i].first) < 1e-6, "%s", rows[i].name);
        cr_expect(fabs(steps.value[1] * rows[i].whole - rows[i].second) < 1e-6, "%s", rows[i].name);
    }
}

Test(config, every_preset_makes_a_network) {
    size_t count;
    const rn_preset *table = rn_preset_table(&count);
    for (size_t i = 0; i < count; i++) {
        rn_config config = preset(table[i].name);
        rn_retinanet net;
        rn_err err = {""};
        cr_expect(rn_config_check(&config, &err) == RN_OK, "%s: %s", table[i].name, err.text);
        config.model.num_classes = 2;
        cr_expect(rn_retinanet_create(&net, &config.model, config.train.freeze.value, false,
                                      &err) == RN_OK,
                  "%s: %s", table[i].name, err.text);
        bool random = config.model.norm != RN_NORM_FROZEN; /* nothing random may stay as it is */
        const rn_param *stem = rn_params_find(&net.params, "backbone.body.conv1.weight");
        cr_expect(!random || !stem->frozen, "%s", table[i].name);
        rn_retinanet_free(&net);
    }
}

Test(config, an_unknown_preset_is_refused) {
    rn_config config = rn_config_paper();
    rn_err err = {""};
    cr_expect(rn_config_preset(&config, "papers", &err) == RN_ERROR);
    cr_expect(strstr(err.text, "papers") != NULL, "%s", err.text);
}

/* ---- the table ----------------------------------------------------------------------------------
 */

Test(config, every_option_says_what_it_is_and_whence_its_default) {
    rn_options options = rn_config_options();
    for (size_t i = 0; i < options.count; i++) {
        const rn_option *o = &options.row[i];
        cr_expect(o->help && *o->help && o->source && *o->source && o->group, "--%s", o->name);
        cr_expect(rn_option_find(options, o->name) == o, "--%s is there twice", o->name);
        for (size_t k = 0; k < i; k++)
            cr_expect(options.row[k].offset != o->offset, "--%s and --%s are one field", o->name,
                      options.row[k].name);
    }
}

Test(config, the_help_names_every_loss) {
    size_t count;
    const rn_loss *table = rn_loss_table(&count);
    const rn_option *option = rn_option_find(rn_config_options(), "loss");
    for (size_t i = 0; i < count; i++)
        cr_expect(strstr(option->help, table[i].name) != NULL, "%s", table[i].name);
}

/* A checkpoint holds the config as JSON: nothing is lost on the way, whatever differs. */
Test(config, json_gives_every_setting_back) {
    rn_options options = rn_config_options();
    size_t count;
    const rn_preset *table = rn_preset_table(&count);
    for (size_t i = 0; i <= count; i++) {
        rn_config config = i < count ? preset(table[i].name) : rn_config_paper();
        rn_config back = preset(table[(i + 1) % count].name);
        char before[4096], after[4096];
        rn_err err = {""};
        if (i == count) {
            toy_set(&config, "alpha", "auto");
            toy_set(&config, "best-anchor", "off");
            toy_set(&config, "loss", "softmax-focal");
            toy_set(&config, "class-alpha", "0.1,0.30000000000000004,1e-07");
            toy_set(&config, "lr", "0.0123456789012345678");
            toy_set(&config, "freeze", "stem,layer2");
        }
        cJSON *tree = rn_option_to_json(&config, options);
        char *text = cJSON_Print(tree);
        cJSON *parsed = cJSON_Parse(text);
        cr_assert(rn_option_from_json(&back, options, parsed, "x", &err) == RN_OK, "%s", err.text);
        for (size_t k = 0; k < options.count; k++) {
            rn_option_get(before, sizeof before, &config, &options.row[k]);
            rn_option_get(after, sizeof after, &back, &options.row[k]);
            cr_expect(strcmp(before, after) == 0, "--%s: %s became %s", options.row[k].name, before,
                      after);
        }
        cJSON_Delete(parsed);
        cJSON_free(text);
        cJSON_Delete(tree);
    }
}

/* ---- settings that do not go together -----------------------------------------------------------
 */

static const struct {
    const char *option[2], *value[2], *message;
} refused[] = {
    {{"batch", "accumulate"}, {"6", "4"}, "--accumulate: expected a divisor of --batch 6, got 4"},
    {{"size", "max-size"}, {"600", "599"}, "--max-size: expected at least --size 600, got 599"},
    {{"negative-iou"}, {"0.6"}, "--negative-iou: expected at most --positive-iou 0.5, got 0.6"},
    {{"best-anchor"}, {"0.6"}, "--best-anchor: expected at most --positive-iou 0.5, got 0.6"},
    {{"anchor-ratios"}, {""}, "--anchor-ratios: expected 1 to 16 numbers, got 0"},
    {{"box-std"}, {"1,1,1"}, "--box-std: expected 4 numbers, got 3"},
    {{"box-mean"}, {"1,1,1,1,1"}, "--box-mean: expected 4 numbers, got 5"},
    {{"loss"}, {"focus"}, "--loss: expected one of the losses in --help, got \"focus\""},
    {{"loss", "ohem-loss"}, {"ohem", "ohem"}, "--ohem-loss: expected one of the losses"},
    {{"loss", "gamma"}, {"fl-star", "0"}, "--gamma: expected above 0 with --loss fl-star, got 0"},
    {{"loss", "gamma"}, {"fl-star", "1e-60"}, "--gamma: expected above 0 with --loss fl-star"},
    {{"class-alpha"}, {"1,1,1"}, "--class-alpha: expected with a softmax loss only"},
    {{"loss", "class-alpha"}, {"softmax-ce", "1,1"}, "--class-alpha: expected 3 numbers"},
};

Test(config, settings_that_contradict_each_other_are_refused) {
    for (size_t i = 0; i < RN_COUNT(refused); i++) {
        rn_config config = rn_config_paper();
        rn_err err = {""};
        config.model.num_classes = 2;
        cr_assert(rn_config_check(&config, &err) == RN_OK, "%s", err.text);
        for (int k = 0; k < 2 && refused[i].option[k]; k++)
            toy_set(&config, refused[i].option[k], refused[i].value[k]);
        cr_expect(rn_config_check(&config, &err) == RN_ERROR, "row %zu", i);
        cr_expect(strstr(err.text, refused[i].message) == err.text, "%s", err.text);
    }
}

/* A config can come from a file: one that asks for terabytes is refused before any is taken. */
Test(config, a_network_that_memory_does_not_hold_is_refused) {
    rn_config config = rn_config_paper();
    rn_retinanet net;
    rn_err err = {""};
    toy_set(&config, "classes", "100000");
    toy_set(&config, "fpn-channels", "4096");
    toy_set(&config, "anchor-scales", "8");
    cr_expect(rn_retinanet_create(&net, &config.model, "none", true, &err) == RN_ERROR);
    cr_expect(strstr(err.text, "GB, the machine has") != NULL, "%s", err.text);
    cr_expect(net.params.list == NULL && net.params.count == 0);
}

Test(config, an_unknown_part_to_freeze_is_refused) {
    static const char *const lists[] = {"layer5", "stem,", "stem,,layer1", "Stem", "auto,stem"};
    rn_config config = toy_config(1);
    config.model.num_classes = 2;
    for (size_t i = 0; i < RN_COUNT(lists); i++) {
        rn_retinanet net;
        rn_err err = {""};
        cr_expect(rn_retinanet_create(&net, &config.model, lists[i], true, &err) == RN_ERROR, "%s",
                  lists[i]);
        cr_expect(strstr(err.text, "--freeze: expected") == err.text, "%s", err.text);
    }
}
