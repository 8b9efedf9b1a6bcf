#include "data/scenes_text.h"
#include "base/real.h"
#include "data/dataset.h"
#include "support/folder.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void no_cache(void) { setenv("RN_CACHE", "off", 1); }
TestSuite(scenes_text, .init = no_cache);

static rn_scenes parse(const char *data) {
    rn_scenes scenes;
    rn_err err = {""};
    cr_assert(rn_scenes_parse(&scenes, data, &err) == RN_OK, "%s: %s", data, err.text);
    return scenes;
}

Test(scenes_text, the_word_and_what_follows_a_colon_are_scenes) {
    cr_expect(rn_scenes_is("scenes") && rn_scenes_is("scenes:side=64") && rn_scenes_is("scenes:"));
    cr_expect(!rn_scenes_is("scene") && !rn_scenes_is("scenes.json") && !rn_scenes_is("./scenes"));
}

Test(scenes_text, no_parameters_give_the_default_set) {
    rn_scenes want = rn_scenes_default(), plain = parse("scenes"), colon = parse("scenes:");
    cr_expect(memcmp(&plain, &want, sizeof want) == 0);
    cr_expect(memcmp(&colon, &want, sizeof want) == 0);
}

Test(scenes_text, every_name_sets_its_field_alone) {
    rn_scenes want = rn_scenes_default();
    want.seed = 7, want.train = 64, want.val = 3, want.test = 2;
    want.side = 416, want.scale = 2, want.num_classes = 6;
    want.aspect = .25, want.overlap = .5;
    want.size = (rn_span){10, 40}, want.distractors = (rn_span){5, 12};
    want.strokes = (rn_span){1, 1}, want.contrast = (rn_span){.125, .75};
    want.noise = (rn_span){0, .5};
    rn_scenes got = parse("scenes:seed=7,train=64, val = 3 ,test=2,side=416,scale=2,classes=6,"
                          "aspect=.25,overlap=0.5,size=10..40,distractors=5..12,strokes=1,"
                          "contrast=.125...75,noise=0..0.5");
    cr_expect(memcmp(&got, &want, sizeof want) == 0);
}

Test(scenes_text, what_is_wrong_is_one_clear_line) {
    static const struct {
        const char *data, *want;
    } rows[] = {
        {"scenes:sid=4", "scenes: expected NAME=VALUE with one of the names seed, train, val, "
                         "test, side, scale, classes, size, aspect, overlap, distractors, strokes, "
                         "contrast, noise, got \"sid\""},
        {"scenes:side", "contrast, noise, got \"side\""},
        {"scenes:side=64,", "contrast, noise, got \"\""},
        {"scenes:,", "contrast, noise, got \"\""},
        {"scenes:side=64,side=64", "scenes: side: expected once, got twice"},
        {"scenes:side=2.5", "scenes: side: expected a whole number, got \"2.5\""},
        {"scenes:side=", "scenes: side: expected a whole number, got \"\""},
        {"scenes:side=99999999999999999999", "scenes: side: expected a whole number, got"},
        {"scenes:side=8", "scenes: side: expected a whole number from 16 to 4096, got 8"},
        {"scenes:aspect=x", "scenes: aspect: expected a number, got \"x\""},
        {"scenes:aspect=nan", "scenes: aspect: expected a number, got \"nan\""},
        {"scenes:noise=1..", "scenes: noise: expected a number or a span LOW..HIGH, got \"1..\""},
        {"scenes:noise=.5..1..2", "scenes: noise: expected a number or a span LOW..HIGH"},
        {"scenes:noise=.5...2", "scenes: noise.low: expected a number from 0 to 0.2, got 0.5"},
        {"scenes:distractors=1.5", "scenes: distractors.high: expected a whole number"},
        {"scenes:seed=-1", "scenes: seed: expected a whole number, got \"-1\""},
        {"scenes:side=4096,scale=2", "scenes: side * scale: expected at most 4096 pixels"},
    };
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        rn_scenes scenes = {.side = 1};
        rn_err err = {""};
        cr_expect(rn_scenes_parse(&scenes, rows[i].data, &err) == RN_ERROR, "%s", rows[i].data);
        cr_expect(strstr(err.text, rows[i].want), "%s: \"%s\"", rows[i].data, err.text);
        cr_expect(scenes.side == 1, "%s", rows[i].data);
    }
}

Test(scenes_text, a_data_set_keeps_the_parameters_in_its_name) {
    rn_dataset d;
    rn_err err = {""};
    rn_dataset_request request = {.data = "scenes:side=96,size=8..32,val=5,train=4,classes=3",
                                  .split = "val+train"};
    cr_assert(rn_dataset_load(&d, &request, &err) == RN_OK, "%s", err.text);
    cr_expect_str_eq(d.name, "scenes:side=96,size=8..32,val=5,train=4,classes=3 val+train");
    cr_expect(d.num_images == 9 && d.num_classes == 3 && d.image[0].width == 96);
    rn_dataset_free(&d);
    cr_expect_str_eq(rn_dataset_find_split(request.data, "test"), "test");
    request.data = "scenes:side=96,size=8..32,vla=5";
    cr_expect(rn_dataset_load(&d, &request, &err) == RN_ERROR);
    cr_expect(strstr(err.text, "\"vla\"") && d.num_images == 0, "%s", err.text);
}

/* The file of a cache is named after what its pictures depend on; beside them lies a lock. */
Test(scenes_text, a_set_with_parameters_is_kept_on_disk_apart_from_others) {
    folder files = folder_make(), cache = {.path = ""};
    snprintf(cache.path, sizeof cache.path, "%.100s/retinanet", files.path);
    setenv("XDG_CACHE_HOME", files.path, 1);
    unsetenv("RN_CACHE");
    static const struct {
        const char *data;
        int files;
    } rows[] = {{"scenes:side=48,size=6..16,train=3", 2},
                {"scenes:side=48,size=6..16,train=3,noise=0", 3},
                {"scenes:size=6..16,train=3,side=48", 3}};
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        rn_dataset d;
        rn_image image;
        rn_err err = {""};
        rn_dataset_request request = {.data = rows[i].data};
        cr_assert(rn_dataset_load(&d, &request, &err) == RN_OK, "%s", err.text);
        cr_assert(rn_dataset_image(&image, &d, 2, &err) == RN_OK, "%s", err.text);
        cr_expect(image.width == 48);
        cr_expect(folder_count(&cache) == rows[i].files, "%s", rows[i].data);
        rn_image_free(&image);
        rn_dataset_free(&d);
    }
    folder_remove(&files);
}
