#include "common/images.h"
#include "common/run.h"
#include "support/folder.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static run_request request(void) {
    run_request r;
    memset(&r, 0, sizeof r);
    r.config = rn_config_paper();
    strcpy(r.data, "scenes");
    strcpy(r.data_key, "d");
    strcpy(r.init_key, "i");
    return r;
}

/* Another value that the option accepts; false where there is none. */
static bool change(rn_config *config, const rn_option *option) {
    static const char *const tries[] = {"0.37", "3", "4",     "6", "64",     "on",
                                        "off",  "1", "0,2,5", "x", "1,1,2,2"};
    char before[8192], after[8192];
    rn_err err;
    rn_option_get(before, sizeof before, config, option);
    for (size_t i = 0; i < RN_COUNT(tries); i++) {
        const char *text = tries[i];
        char word[64];
        if (option->kind == RN_OPTION_CHOICE)
            text = rn_option_choice(word, sizeof word, option->choices, i == 0 ? 0 : 1);
        if (rn_option_set(config, option, text, &err) != RN_OK) continue;
        rn_option_get(after, sizeof after, config, option);
        if (strcmp(before, after) != 0) return true;
    }
    return false;
}

/* With a loss that reads the option. */
static run_request request_reading(const char *name) {
    static const char *const readers[][2] = {
        {"beta", "fl-star"},           {"margin", "hinge"},  {"ohem-loss", "ohem"},
        {"ohem-batch", "ohem"},        {"ohem-nms", "ohem"}, {"ohem-boxes", "ohem"},
        {"ohem-one-to-three", "ohem"},
    };
    run_request r = request();
    for (size_t i = 0; i < RN_COUNT(readers); i++)
        if (strcmp(name, readers[i][0]) == 0) strcpy(r.config.model.loss.value, readers[i][1]);
    return r;
}

Test(run, every_setting_changes_the_key_but_those_that_say_when_to_save) {
    rn_options options = rn_config_options();
    for (size_t i = 0; i < options.count; i++) {
        const char *name = options.row[i].name;
        run_request standard = request_reading(name), r = standard;
        char key[RUN_KEY_SIZE], other[RUN_KEY_SIZE];
        cr_assert(change(&r.config, &options.row[i]), "no other value for %s", name);
        bool same = strcmp(run_key(key, &standard), run_key(other, &r)) == 0;
        bool saves = strcmp(name, "save-every") == 0 || strcmp(name, "eval-every") == 0;
        cr_expect(strlen(key) == 16);
        cr_expect(same == saves, "%s", name);
    }
}

Test(run, what_the_loss_does_not_read_does_not_change_the_key) {
    static const char *const unread[][2] = {
        {"ce", "gamma"},         {"ce", "alpha"},   {"alpha-ce", "gamma"},
        {"hinge", "alpha"},      {"focal", "beta"}, {"ohem", "gamma"},
        {"focal", "ohem-batch"}, {"fl", "alpha"},   {"focal", "margin"},
    };
    rn_options options = rn_config_options();
    for (size_t i = 0; i < RN_COUNT(unread); i++) {
        run_request standard = request(), r;
        char key[RUN_KEY_SIZE], other[RUN_KEY_SIZE];
        strcpy(standard.config.model.loss.value, unread[i][0]);
        r = standard;
        cr_assert(change(&r.config, rn_option_find(options, unread[i][1])));
        cr_expect_str_eq(run_key(key, &standard), run_key(other, &r), "%s: %s", unread[i][0],
                         unread[i][1]);
    }
}

Test(run, data_and_first_weights_change_the_key_and_their_paths_do_not) {
    run_request standard = request(), r;
    char key[RUN_KEY_SIZE], other[RUN_KEY_SIZE];
    run_key(key, &standard);
    r = request(), strcpy(r.data_key, "e");
    cr_expect(strcmp(key, run_key(other, &r)) != 0);
    r = request(), strcpy(r.init_key, "e");
    cr_expect(strcmp(key, run_key(other, &r)) != 0);
    r = request(), strcpy(r.data, "elsewhere"), strcpy(r.init, "file");
    cr_expect(strcmp(key, run_key(other, &r)) == 0);
}

Test(run, the_order_of_settings_does_not_matter) {
    static const char *const orders[2][2] = {{"gamma", "alpha"}, {"alpha", "gamma"}};
    char key[2][RUN_KEY_SIZE];
    rn_err err;
    for (int k = 0; k < 2; k++) {
        run_request r = request();
        for (int i = 0; i < 2; i++)
            cr_assert(rn_option_set(&r.config, rn_option_find(rn_config_options(), orders[k][i]),
                                    orders[k][i][0] == 'g' ? "1.5" : "0.4", &err) == RN_OK);
        run_key(key[k], &r);
    }
    cr_expect_str_eq(key[0], key[1]);
}

#define NUMBERS(ap) "{\"AP\":" ap ",\"AP50\":1,\"AP75\":1,\"APS\":null,\"APM\":1,\"APL\":1}"
#define DONE(key, seconds, ap)                                                                     \
    "{\"key\":\"" key "\",\"state\":\"done\",\"seconds\":" seconds ",\"detect_ms\":2,"             \
    "\"val\":" NUMBERS("1") ",\"test\":" NUMBERS(ap) "}"

/* result.json, and what run_read says of it. */
Test(run, results_are_read_with_suspicion) {
    static const struct {
        const char *text, *complaint; /* NULL: none */
        run_state state;
    } rows[] = {
        {"{\"key\":\"k\",\"state\":\"diverged\",\"diverged_at\":7,\"seconds\":1}", NULL,
         RUN_DIVERGED},
        {DONE("k", "1", "3.5"), NULL, RUN_DONE},
        {DONE("other", "1", "3.5"), "key: expected the name of its folder", RUN_MISSING},
        {DONE("k", "-5", "3.5"), "seconds: expected a number from 0", RUN_MISSING},
        {DONE("k", "1", "150"), "AP: expected a number from 0 to 100", RUN_MISSING},
        {DONE("k", "1", "\"x\""), "AP: expected", RUN_MISSING},
        {"", "empty", RUN_MISSING},
        {"{\"state\":\"done\"", "result.json:", RUN_MISSING},
        {"{\"key\":\"k\",\"state\":\"fine\",\"seconds\":1}", "state: expected", RUN_MISSING},
        {"{\"key\":\"k\",\"state\":\"diverged\",\"seconds\":1}", "diverged_at", RUN_MISSING},
    };
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        folder f = folder_make();
        run_outcome run = {0};
        rn_err err = {""};
        const char *k = folder_file(&f, "k");
        cr_assert(rn_file_make_folder(k, &err) == RN_OK);
        cr_assert(run_read(&run, k, &err) == RN_OK && run.state == RUN_MISSING);
        folder_put(&f, "k/result.json", rows[i].text, strlen(rows[i].text));
        rn_status status = run_read(&run, k, &err);
        cr_expect((status == RN_OK) == !rows[i].complaint, "%s: %s", rows[i].text, err.text);
        cr_expect(!rows[i].complaint || strstr(err.text, rows[i].complaint), "%s: %s", rows[i].text,
                  err.text);
        cr_expect(status != RN_OK || run.state == rows[i].state, "%s", rows[i].text);
        if (run.state == RUN_DONE)
            cr_expect(run.test[METRIC_AP] == 3.5 && isnan(run.test[METRIC_APS]) &&
                      run.val[METRIC_AP] == 1);
        if (run.state == RUN_DIVERGED) cr_expect(run.diverged_at == 7);
        folder_remove(&f);
    }
}

Test(run, nobody_waits_for_a_lock_after_being_asked_to_stop) {
    folder f = folder_make();
    rn_err err = {""};
    int first, second;
    volatile int stop = 1;
    cr_assert(run_lock(&first, f.path, NULL, &err) == RN_OK, "%s", err.text);
    cr_expect(run_lock(&second, f.path, &stop, &err) == RN_INTERRUPTED);
    close(first);
    cr_assert(run_lock(&second, f.path, &stop, &err) == RN_OK, "%s", err.text);
    close(second);
    folder_remove(&f);
}

/* ---- data ------------------------------------------------------------------------------------ */

/* A COCO folder with a picture in each split, and two in one of them. */
static void put_set(folder *f, const char *bytes, const char *two) {
    static const char *const splits[] = {"train", "val", "test"};
    rn_err err;
    cr_assert(rn_file_make_folder(folder_file(f, "annotations"), &err) == RN_OK);
    for (int i = 0, id = 0; i < 3; i++) {
        char text[1000] = "{\"images\":[", name[64];
        cr_assert(rn_file_make_folder(folder_file(f, splits[i]), &err) == RN_OK);
        for (int k = 0; k < 1 + (strcmp(splits[i], two) == 0); k++, id++) {
            sprintf(text + strlen(text),
                    "%s{\"id\":%d,\"file_name\":\"%d.png\",\"width\":9,\"height\":9}", k ? "," : "",
                    id, id);
            snprintf(name, sizeof name, "%s/%d.png", splits[i], id);
            folder_put(f, name, bytes, strlen(bytes));
        }
        strcat(text, "],\"annotations\":[],\"categories\":[{\"id\":1,\"name\":\"x\"}]}");
        snprintf(name, sizeof name, "annotations/instances_%s.json", splits[i]);
        folder_put(f, name, text, strlen(text));
    }
}

static void key_of_set(char key[32], const char *bytes, const char *two) {
    folder f = folder_make();
    rn_err err = {""};
    put_set(&f, bytes, two);
    cr_assert(images_key(key, f.path, "", &err), "%s", err.text);
    folder_remove(&f);
}

Test(run, parts_and_pixels_change_the_key_of_a_set) {
    char key[32], other[32];
    key_of_set(key, "abc", "train");
    key_of_set(other, "abc", "train");
    cr_expect_str_eq(key, other);
    key_of_set(other, "abd", "train"); /* as many bytes */
    cr_expect_str_neq(key, other);
    key_of_set(other, "abc", "val"); /* the same pictures, in other parts */
    cr_expect_str_neq(key, other);
    rn_err err = {""};
    cr_assert(images_key(other, "scenes", "", &err));
    cr_expect_str_eq(other, run_fingerprint(key, "scenes"));
}

Test(run, a_set_whose_picture_is_missing_has_no_key) {
    folder f = folder_make();
    char key[32];
    rn_err err = {""};
    put_set(&f, "abc", "train");
    cr_assert(remove(folder_file(&f, "val/2.png")) == 0);
    cr_expect_null(images_key(key, f.path, "", &err));
    cr_expect(strstr(err.text, "val/2.png"), "%s", err.text);
    folder_remove(&f);
}
