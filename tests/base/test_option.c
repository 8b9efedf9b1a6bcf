#include "base/option.h"
#include "base/real.h"
#include "base/rng.h"
#include "support/comma.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct settings {
    bool flip;
    int iterations;
    double rate, momentum;
    int loss; /* an enum */
    rn_list steps;
    rn_option_text folder;
} settings;

static const rn_option rows[] = {
    {"flip", RN_OPTION_BOOL, offsetof(settings, flip), 0, 0, NULL, "", "", "", "data"},
    {"iters", RN_OPTION_INT, offsetof(settings, iterations), 0, 2e9, NULL, "", "", "", "train"},
    {"lr", RN_OPTION_NUMBER, offsetof(settings, rate), 0, 1, NULL, "", "", "", "train"},
    {"momentum", RN_OPTION_NUMBER, offsetof(settings, momentum), -1e300, 1e300, NULL, "", "", "",
     "train"},
    {"loss", RN_OPTION_CHOICE, offsetof(settings, loss), 0, 0, "fl|ce|fl-star", "", "", "", "loss"},
    {"steps", RN_OPTION_LIST, offsetof(settings, steps), -1e300, 1e300, NULL, "", "", "", "train"},
    {"out", RN_OPTION_TEXT, offsetof(settings, folder), 0, 0, NULL, "", "", "", "data"},
};
static const rn_options options = {rows, RN_COUNT(rows)};

static const rn_option *row(const char *name) {
    const rn_option *option = rn_option_find(options, name);
    cr_assert(option, "%s", name);
    return option;
}

Test(option, names_are_found_exactly) {
    cr_expect(rn_option_find(options, "lr") == &rows[2]);
    static const char *const unknown[] = {"", "l", "lrr", "LR", "--lr"};
    for (size_t i = 0; i < RN_COUNT(unknown); i++)
        cr_expect_null(rn_option_find(options, unknown[i]), "%s", unknown[i]);
}

/* An option, a text, and the text that comes back; NULL: refused. */
static const struct {
    const char *name, *text, *back;
} texts[] = {
    {"flip", "on", "on"},
    {"flip", "yes", "on"},
    {"flip", "1", "on"},
    {"flip", "false", "off"},
    {"flip", "ON", NULL},
    {"flip", "", NULL},
    {"iters", "0", "0"},
    {"iters", "2000000000", "2000000000"},
    {"iters", "1000000", "1000000"},
    {"iters", "-1", NULL},
    {"iters", "2000000001", NULL},
    {"iters", "99999999999999999999", NULL},
    {"iters", "1.5", NULL},
    {"iters", "", NULL},
    {"lr", "0.01", "0.01"},
    {"lr", "1e-300", "1e-300"},
    {"lr", "1.0000001", NULL},
    {"lr", "-1e-9", NULL},
    {"lr", "nan", NULL},
    {"lr", "inf", NULL},
    {"lr", "0,01", NULL},
    {"momentum", "-1e300", "-1e+300"},
    {"loss", "fl", "fl"},
    {"loss", "fl-star", "fl-star"},
    {"loss", "fl-", NULL},
    {"loss", "fl|ce", NULL},
    {"loss", "", NULL},
    {"loss", "0", NULL},
    {"steps", "", ""},
    {"steps", "1", "1"},
    {"steps", "0.5, 2e3,-7", "0.5,2000,-7"},
    {"steps", ",", NULL},
    {"steps", "1,", NULL},
    {"steps", ",1", NULL},
    {"steps", "1,,2", NULL},
    {"steps", "1;2", NULL},
    {"steps", "1,nan", NULL},
    {"out", "", ""},
    {"out", "a b/\"c\"", "a b/\"c\""},
};

Test(option, texts_are_set_and_got) {
    for (size_t i = 0; i < RN_COUNT(texts); i++) {
        settings set = {.iterations = 7, .steps = {1, {7}}}, before = set;
        rn_err err = {""};
        char got[256], start[32];
        rn_status status = rn_option_set(&set, row(texts[i].name), texts[i].text, &err);
        cr_expect(status == (texts[i].back ? RN_OK : RN_ERROR), "%s %s", texts[i].name,
                  texts[i].text);
        if (texts[i].back) {
            rn_option_get(got, sizeof got, &set, row(texts[i].name));
            cr_expect_str_eq(got, texts[i].back);
        } else {
            snprintf(start, sizeof start, "--%s: expected ", texts[i].name);
            cr_expect(strncmp(err.text, start, strlen(start)) == 0, "%s", err.text);
            cr_expect(memcmp(&set, &before, sizeof set) == 0, "%s %s", texts[i].name,
                      texts[i].text);
        }
    }
}

Test(option, long_texts_are_refused_not_cut) {
    static char text[100000];
    settings set = {0};
    rn_err err = {""};
    memset(text, 'x', RN_OPTION_TEXT_SIZE);
    cr_expect(rn_option_set(&set, row("out"), text, &err) == RN_ERROR);
    text[RN_OPTION_TEXT_SIZE - 1] = '\0';
    cr_expect(rn_option_set(&set, row("out"), text, &err) == RN_OK);
    cr_expect_str_eq(set.folder.value, text);
    memset(text, '1', sizeof text - 1);
    cr_expect(rn_option_set(&set, row("steps"), text, &err) == RN_ERROR);
    for (size_t i = 0; i < sizeof text - 1; i++) text[i] = i % 2 ? ',' : '1';
    cr_expect(rn_option_set(&set, row("steps"), text, &err) == RN_ERROR);
    text[2 * RN_LIST_MOST - 1] = '\0';
    cr_expect(rn_option_set(&set, row("steps"), text, &err) == RN_OK);
    cr_expect(set.steps.count == RN_LIST_MOST);
}

Test(option, accepts_is_said_in_words) {
    static const struct {
        const char *name, *text;
    } want[] = {{"flip", "on|off"},
                {"loss", "fl|ce|fl-star"},
                {"lr", "a number from 0 to 1"},
                {"iters", "a whole number from 0 to 2000000000"},
                {"out", "a text of at most 767 bytes"},
                {"steps", "numbers separated by commas, each from -1e+300 to 1e+300"}};
    for (size_t i = 0; i < RN_COUNT(want); i++) {
        char text[128];
        cr_expect_str_eq(rn_option_accepts(text, sizeof text, row(want[i].name)), want[i].text);
    }
}

Test(option, choices_are_counted_from_zero) {
    static const struct {
        int index;
        const char *text;
    } want[] = {{0, "fl"}, {1, "ce"}, {2, "fl-star"}, {3, "?"}, {1000000, "?"}, {-1, "?"}};
    for (size_t i = 0; i < RN_COUNT(want); i++) {
        char text[16];
        cr_expect_str_eq(rn_option_choice(text, sizeof text, "fl|ce|fl-star", want[i].index),
                         want[i].text);
    }
}

static double random_double(rn_rng *rng) {
    return rn_rng_normal(rng) * pow(10, rn_rng_range(rng, -290, 290));
}

static settings random_settings(rn_rng *rng) {
    settings set = {.flip = rn_rng_below(rng, 2),
                    .iterations = (int)rn_rng_below(rng, 2000000001),
                    .rate = rn_rng_uniform(rng),
                    .momentum = random_double(rng),
                    .loss = (int)rn_rng_below(rng, 3)};
    if (rn_rng_below(rng, 4) == 0) set.iterations = set.iterations / 1000000 * 1000000;
    set.steps.count = (int)rn_rng_below(rng, RN_LIST_MOST + 1);
    for (int i = 0; i < set.steps.count; i++) set.steps.value[i] = random_double(rng);
    size_t length = rn_rng_below(rng, RN_OPTION_TEXT_SIZE);
    for (size_t i = 0; i < length; i++) set.folder.value[i] = (char)(1 + rn_rng_below(rng, 127));
    return set;
}

static bool same(const settings *a, const settings *b) {
    return a->flip == b->flip && a->iterations == b->iterations && a->rate == b->rate &&
           a->momentum == b->momentum && a->loss == b->loss && a->steps.count == b->steps.count &&
           memcmp(a->steps.value, b->steps.value, (size_t)a->steps.count * sizeof(double)) == 0 &&
           strcmp(a->folder.value, b->folder.value) == 0;
}

/* struct -> JSON tree -> text -> tree -> struct, and from the first tree at once; struct -> texts
 * -> struct. */
static void check_round_trips(int count) {
    for (int i = 0; i < count; i++) {
        rn_rng rng = rn_rng_stream(1, "settings", (uint64_t)i);
        settings set = random_settings(&rng), direct = {0}, read = {0}, typed = {0};
        rn_err err = {""};
        cJSON *tree = rn_option_to_json(&set, options), *again = NULL;
        char *text = cJSON_Print(tree), value[8192];
        cr_assert(rn_option_from_json(&direct, options, tree, "a", &err) == RN_OK, "%s", err.text);
        cr_assert(rn_json_parse(&again, text, strlen(text), "a", &err) == RN_OK, "%s", err.text);
        cr_assert(rn_option_from_json(&read, options, again, "a", &err) == RN_OK, "%s", err.text);
        for (size_t k = 0; k < options.count; k++) {
            rn_option_get(value, sizeof value, &set, &rows[k]);
            cr_assert(rn_option_set(&typed, &rows[k], value, &err) == RN_OK, "%s", err.text);
        }
        cr_assert(same(&set, &direct) && same(&set, &read) && same(&set, &typed), "%s", text);
        cJSON_free(text);
        cJSON_Delete(tree);
        cJSON_Delete(again);
    }
}

Test(option, settings_survive_text_and_json) { check_round_trips(300); }

Test(option, settings_survive_in_any_locale) {
    comma_locale();
    check_round_trips(20);
}

Test(option, a_wrong_json_is_named_and_sets_nothing) {
    static const struct {
        const char *json, *message;
    } wrong[] = {
        {"[]", "config: expected an object, got a list of 0"},
        {"{\"train\": {\"lr\": 0.5}, \"loss\": 5}", "loss: expected an object, got the number 5"},
        {"{\"train\": {\"lr\": 0.5, \"lrr\": 1}}", "config: lrr: expected a known option"},
        {"{\"train\": {\"lr\": 0.5, \"iters\": -1}}", "config: --iters: expected a whole number"},
        {"{\"train\": {\"lr\": 0.5, \"iters\": 1.5}}", "config: --iters: expected a whole number"},
        {"{\"train\": {\"lr\": 0.5, \"iters\": true}}", "config: --iters: expected a whole number"},
        {"{\"train\": {\"lr\": 0.5, \"iters\": null}}", "config: iters: expected a known option"},
        {"{\"train\": {\"lr\": 0.5, \"steps\": [1]}}", "config: steps: expected a known option"},
        {"{\"train\": {\"lr\": 0.5, \"momentum\": 1e999}}",
         "config: --momentum: expected a number"},
        {"{\"train\": {\"lr\": 0.5}, \"x\": {\"loss\": \"no\"}}", "config: --loss: expected fl|ce"},
    };
    for (size_t i = 0; i < RN_COUNT(wrong); i++) {
        settings set = {.rate = .25}, before = set;
        cJSON *root = NULL;
        rn_err err = {""};
        cr_assert(rn_json_parse(&root, wrong[i].json, strlen(wrong[i].json), "a", &err) == RN_OK);
        cr_expect(rn_option_from_json(&set, options, root, "a.st", &err) == RN_ERROR, "%s",
                  wrong[i].json);
        cr_expect(strncmp(err.text, "a.st: ", 6) == 0 && strstr(err.text, wrong[i].message), "%s",
                  err.text);
        cr_expect(memcmp(&set, &before, sizeof set) == 0, "%s", wrong[i].json);
        cJSON_Delete(root);
    }
}

Test(option, what_json_leaves_out_stays) {
    settings set = {.rate = .25, .iterations = 7};
    cJSON *root = NULL;
    rn_err err = {""};
    cr_assert(rn_json_parse(&root, "{\"train\": {\"iters\": 8}}", 23, "a", &err) == RN_OK);
    cr_assert(rn_option_from_json(&set, options, root, "a", &err) == RN_OK, "%s", err.text);
    cr_expect(set.rate == .25 && set.iterations == 8);
    cJSON_Delete(root);
}

Test(option, a_list_that_does_not_fit_is_misuse, .signal = SIGABRT) {
    settings set = {.steps = {3, {1.25, 2.5, 3.75}}};
    char text[10];
    rn_option_get(text, sizeof text, &set, row("steps"));
}
