#include "common/outcome.h"
#include "base/file.h"
#include "base/real.h"
#include "support/folder.h"
#include "support/near.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *text(const char *t) {
    char *copy = malloc(strlen(t) + 1);
    cr_assert(copy);
    return strcpy(copy, t);
}

static run_outcome *add(row_outcome *row, int seed, run_state state, double val, double test) {
    run_outcome *run = outcome_add_run(row, seed);
    run->state = state;
    run->val[METRIC_AP] = val;
    run->test[METRIC_AP] = test;
    return run;
}

/* Two rows and two facts; one run each that is done, diverged, missing. */
static outcome small_outcome(void) {
    outcome o = {.name = text("table_1a_ce_alpha"),
                 .title = text("Table 1a \"\xC3\xA9\""),
                 .version = text("abc"),
                 .budget = text("quick"),
                 .data = text("scenes")};
    row_outcome *row = outcome_add_row(&o, "alpha .75", "loss=ce gamma=0 alpha=0.75", 31.1);
    row->paper[METRIC_AP50] = 49.4;
    add(row, 2, RUN_MISSING, NAN, NAN);
    run_outcome *run = add(row, 0, RUN_DONE, 30.5, 0.1 + 0.2);
    strcpy(run->key, "0123456789abcdef");
    run->test[METRIC_APL] = 99;
    run->seconds = 12.5;
    run->detect_ms = 3.25;
    run = add(row, 1, RUN_DIVERGED, NAN, NAN);
    run->diverged_at = 17;
    outcome_add_row(&o, "CE", "", NAN);
    outcome_set_fact(&o, 1. / 3, "first negative loss/%s/%d", "ce pi .5", 0);
    outcome_set_fact(&o, NAN, "nothing");
    return o;
}

static bool same(double a, double b) { return (isnan(a) && isnan(b)) || a == b; }

static void expect_same_metrics(const double *a, const double *b) {
    for (int m = 0; m < METRICS; m++)
        cr_expect(same(a[m], b[m]), "%s: %g, %g", metric_names[m], a[m], b[m]);
}

static void expect_same_row(const row_outcome *a, const row_outcome *b) {
    cr_expect_str_eq(a->label, b->label);
    cr_expect_str_eq(a->settings, b->settings);
    expect_same_metrics(a->paper, b->paper);
    cr_assert_eq(a->num_runs, b->num_runs);
    for (size_t i = 0; i < a->num_runs; i++) {
        const run_outcome *x = &a->run[i], *y = &b->run[i];
        cr_expect(x->seed == y->seed && x->state == y->state && x->diverged_at == y->diverged_at);
        cr_expect_str_eq(x->key, y->key);
        expect_same_metrics(x->val, y->val);
        expect_same_metrics(x->test, y->test);
        cr_expect(same(x->seconds, y->seconds) && same(x->detect_ms, y->detect_ms));
    }
}

Test(outcome, what_is_saved_is_loaded) {
    folder f = folder_make();
    rn_err err = {""};
    outcome o = small_outcome(), back;
    const char *path = folder_file(&f, "o.json");
    cr_assert_eq(outcome_save(&o, path, &err), RN_OK, "%s", err.text);
    cr_assert_eq(outcome_load(&back, path, &err), RN_OK, "%s", err.text);
    cr_expect_str_eq(back.name, o.name);
    cr_expect_str_eq(back.title, o.title);
    cr_expect_str_eq(back.version, o.version);
    cr_expect_str_eq(back.budget, o.budget);
    cr_expect_str_eq(back.data, o.data);
    cr_assert_eq(back.num_rows, 2);
    cr_assert_eq(back.num_facts, 2);
    for (size_t i = 0; i < 2; i++) {
        expect_same_row(&back.row[i], &o.row[i]);
        cr_expect_str_eq(back.fact[i].name, o.fact[i].name);
        cr_expect(same(back.fact[i].value, o.fact[i].value));
    }
    outcome_free(&back);
    outcome_free(&o);
    cr_expect(o.row == NULL && o.num_rows == 0);
    outcome_free(&o);
    folder_remove(&f);
}

Test(outcome, looking_things_up) {
    outcome o = small_outcome();
    const row_outcome *row = outcome_row(&o, "alpha .75");
    cr_assert(row);
    cr_expect_null(outcome_row(&o, "alpha .7"));
    for (int seed = 0; seed < 3; seed++) {
        cr_expect_eq(row->run[seed].seed, seed, "runs are not in order");
        cr_expect_eq(row_run(row, seed), &row->run[seed]);
    }
    cr_expect_null(row_run(row, 3));
    cr_expect_eq(outcome_fact(&o, "first negative loss/ce pi .%d/%d", 5, 0), 1. / 3);
    cr_expect(isnan(outcome_fact(&o, "first")));
    outcome_set_fact(&o, 4, "nothing");
    cr_expect_eq(o.num_facts, 2);
    cr_expect_eq(outcome_fact(&o, "nothing"), 4);
    outcome_free(&o);
}

Test(outcome, settings_are_numbers_by_name) {
    static const struct {
        const char *settings, *name;
        double want;
    } rows[] = {{"gamma=2 alpha=0.25", "gamma", 2},
                {"gamma=2 alpha=0.25", "alpha", .25},
                {"  gamma=2   alpha=.25 ", "alpha", .25},
                {"beta=-2", "beta", -2},
                {"gamma=2", "gam", NAN},
                {"gamma=2", "ma", NAN},
                {"xgamma=2 gamma=3", "gamma", 3},
                {"alpha=auto", "alpha", NAN},
                {"alpha=", "alpha", NAN},
                {"alpha=2x", "alpha", NAN},
                {"alpha", "alpha", NAN},
                {"", "alpha", NAN}};
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        char settings[64];
        snprintf(settings, sizeof settings, "%s", rows[i].settings);
        double got = row_setting(&(row_outcome){.settings = settings}, rows[i].name);
        cr_expect(same(got, rows[i].want), "\"%s\" %s: %g", rows[i].settings, rows[i].name, got);
    }
}

Test(outcome, a_diverged_run_counts_as_zero_and_a_missing_one_not_at_all) {
    outcome o = {0};
    row_outcome *row = outcome_add_row(&o, "a", "", NAN);
    cr_expect(isnan(row_mean(row, METRIC_AP, false)));
    add(row, 0, RUN_DONE, 10, 30);
    add(row, 1, RUN_DIVERGED, NAN, NAN);
    add(row, 2, RUN_DONE, 20, 60);
    add(row, 3, RUN_MISSING, 99, 99);
    cr_expect(rn_test_near(row_mean(row, METRIC_AP, false), 30, 1e-15, 0));
    cr_expect(rn_test_near(row_mean(row, METRIC_AP, true), 10, 1e-15, 0));
    cr_expect_eq(row_mean(row, METRIC_APS, false), 0, "only the diverged run has a number");
    cr_expect_eq(row_finished(row), 3);
    cr_expect_eq(row_diverged(row), 1);
    outcome_free(&o);
}

static bool not_c(const row_outcome *row) { return row->label[0] != 'c'; }

Test(outcome, best_is_by_validation_and_the_first_of_equals) {
    outcome o = {0};
    cr_expect_null(outcome_best(&o, NULL));
    add(outcome_add_row(&o, "z", "", NAN), 0, RUN_MISSING, NAN, NAN);
    cr_expect_null(outcome_best(&o, NULL));
    add(outcome_add_row(&o, "d", "", NAN), 0, RUN_DIVERGED, NAN, NAN);
    cr_expect_str_eq(outcome_best(&o, NULL)->label, "d");
    add(outcome_add_row(&o, "a", "", NAN), 0, RUN_DONE, 20, 10);
    add(outcome_add_row(&o, "b", "", NAN), 0, RUN_DONE, 20, 90);
    add(outcome_add_row(&o, "c", "", NAN), 0, RUN_DONE, 30, 1);
    cr_expect_str_eq(outcome_best(&o, NULL)->label, "c");
    cr_expect_str_eq(outcome_best(&o, not_c)->label, "a");
    const row_outcome *none[] = {NULL, NULL};
    cr_expect_null(row_choose(none, 2));
    cr_expect_null(row_best(o.row, 1));
    cr_expect_str_eq(row_best(o.row + 1, 3)->label, "a");
    cr_expect_str_eq(row_best(o.row, o.num_rows)->label, "c");
    outcome_free(&o);
}

/* "lucky" leads over the seed that both have, and falls behind when it gets more of them. */
Test(outcome, more_seeds_of_one_row_do_not_change_the_best) {
    outcome o = {0};
    row_outcome *row = outcome_add_row(&o, "steady", "", NAN);
    add(row, 0, RUN_DONE, 29, 29);
    row = outcome_add_row(&o, "lucky", "", NAN);
    add(row, 0, RUN_DONE, 30, 30);
    add(row, 1, RUN_DONE, 20, 20);
    add(row, 2, RUN_DIVERGED, NAN, NAN);
    cr_expect_str_eq(row_best(o.row, 2)->label, "lucky");
    row = outcome_add_row(&o, "another seed", "", NAN); /* now none is common: all count */
    add(row, 5, RUN_DONE, 1, 1);
    cr_expect_str_eq(row_best(o.row, 3)->label, "steady");
    outcome_free(&o);
}

/* ---- files from elsewhere ------------------------------------------------------------------ */

static const char valid_file[] =
    "{\"name\":\"n\",\"title\":\"t\",\"version\":\"v\",\"budget\":\"b\",\"data\":\"d\",\"rows\":[{"
    "\"label\":\"CE\",\"settings\":\"\",\"paper\":{\"AP\":1,\"AP50\":null,\"AP75\":null,"
    "\"APS\":null,\"APM\":null,\"APL\":null},\"runs\":[{\"seed\":3,\"state\":\"done\","
    "\"key\":\"k\",\"diverged_at\":0,\"val\":{\"AP\":2,\"AP50\":null,\"AP75\":null,"
    "\"APS\":null,\"APM\":null,\"APL\":null},\"test\":{\"AP\":4,\"AP50\":null,\"AP75\":null,"
    "\"APS\":null,\"APM\":null,\"APL\":null},\"seconds\":5,\"detect_ms\":null}]}],"
    "\"facts\":[{\"name\":\"f\",\"value\":6}]}";

/* The valid file with the first `from` replaced. */
static const char *put_changed(folder *f, const char *from, const char *to) {
    char changed[4096];
    const char *at = strstr(valid_file, from);
    cr_assert(at, "%s", from);
    int size = snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at - valid_file), valid_file, to,
                        at + strlen(from));
    return folder_put(f, "changed.json", changed, (size_t)size);
}

Test(outcome, what_was_never_saved_is_refused_with_its_place) {
    static const struct {
        const char *from, *to, *want;
    } rows[] = {
        {"\"n\"", "7", "json: name: expected a text, got the number 7"},
        {"\"title\"", "\"titel\"", "json: title: expected a text, got nothing"},
        {"\"rows\":[", "\"rows\":{},\"r\":[", "json: rows: expected a list"},
        {"\"rows\":[", "\"rows\":[3,", "rows[0]: row: expected an object, got the number 3"},
        {"\"facts\":[", "\"facts\":[3,", "facts[0]: fact: expected an object, got the number 3"},
        {"\"facts\":[", "\"facts\":[{\"name\":\"f\",\"value\":1},", "facts[1]: name: expected ano"},
        {"\"label\":\"CE\"", "\"label\":null", "rows[0]: label: expected a text, got null"},
        {"\"AP\":1", "\"AP\":101", "rows[0]: paper.AP: expected a number from 0 to 100 or null"},
        {"\"AP\":1", "\"AP\":1e999", "paper.AP: expected"},
        {"\"AP\":1", "\"AP\":\"1\"", "paper.AP: expected a number from 0 to 100 or null, got the "},
        {"\"AP\":2", "\"AP\":-1", "rows[0].runs[0]: val.AP: expected a number from 0 to 100"},
        {"\"AP\":4", "\"AP\":4,\"AP\":4", "rows[0].runs[0]: expected 6 members, got 7"},
        {"\"seed\":3", "\"seed\":3.5", "rows[0].runs[0]: seed: expected a whole number"},
        {"\"seed\":3", "\"seed\":-1", "rows[0].runs[0]: seed: expected a whole number"},
        {"\"seed\":3", "\"seed\":4294967296", "rows[0].runs[0]: seed: expected a whole number"},
        {"\"done\"", "\"half\"",
         "state: expected missing, done or diverged, got the text \"half\""},
        {"\"k\"", "\"../../etc\"", "key: expected at most 19 letters and digits"},
        {"\"k\"", "\"01234567890123456789\"", "key: expected at most 19 letters and digits"},
        {"\"diverged_at\":0", "\"diverged_at\":-1", "diverged_at: expected a whole number"},
        {"\"seconds\":5", "\"seconds\":-5", "seconds: expected a number from 0 to 1e+09 or null"},
        {"\"data\":\"d\"", "\"data\":\"d\",\"more\":1", "json: expected 7 members, got 8"},
        {"\"value\":6", "\"value\":1e999", "facts[0]: value: expected a finite number or null"},
        {"\"value\":6", "\"value\":6,\"x\":1", "facts[0]: expected 2 members, got 3"},
    };
    folder f = folder_make();
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        rn_err err = {""};
        outcome o;
        rn_status status = outcome_load(&o, put_changed(&f, rows[i].from, rows[i].to), &err);
        cr_expect_eq(status, RN_ERROR, "%s: accepted", rows[i].to);
        cr_expect(strstr(err.text, "changed.json: ") && strstr(err.text, rows[i].want), "%s: %s",
                  rows[i].to, err.text);
        cr_expect(o.name == NULL && o.row == NULL && o.num_facts == 0);
        outcome_free(&o);
    }
    folder_remove(&f);
}

Test(outcome, rows_and_seeds_do_not_come_twice) {
    folder f = folder_make();
    outcome o = small_outcome();
    rn_err err = {""};
    const char *path = folder_file(&f, "o.json");
    strcpy(o.row[1].label, "CE");
    o.row[0].run[1].seed = 0;
    cr_assert_eq(outcome_save(&o, path, &err), RN_OK);
    outcome back;
    cr_expect_eq(outcome_load(&back, path, &err), RN_ERROR);
    cr_expect(strstr(err.text, "rows[0].runs[1]: seed: expected more than"), "%s", err.text);
    o.row[0].run[1].seed = 1;
    free(o.row[0].label);
    o.row[0].label = text("CE");
    cr_assert_eq(outcome_save(&o, path, &err), RN_OK);
    cr_expect_eq(outcome_load(&back, path, &err), RN_ERROR);
    cr_expect(strstr(err.text, "rows[1]: label: expected another"), "%s", err.text);
    outcome_free(&o);
    folder_remove(&f);
}

Test(outcome, a_file_that_is_cut_or_hit_anywhere_is_refused_or_whole) {
    folder f = folder_make();
    size_t size = sizeof valid_file - 1;
    char bytes[sizeof valid_file];
    for (size_t i = 0; i <= size; i++) {
        rn_err err = {""};
        outcome o;
        rn_status status = outcome_load(&o, folder_put(&f, "cut.json", valid_file, i), &err);
        cr_expect_eq(status, i == size ? RN_OK : RN_ERROR, "cut at %zu: %s", i, err.text);
        cr_expect((status == RN_OK) == (o.name != NULL));
        outcome_free(&o);
        memcpy(bytes, valid_file, size);
        if (i < size) bytes[i] = (char)(bytes[i] ^ (1 << i % 8));
        status = outcome_load(&o, folder_put(&f, "hit.json", bytes, size), &err);
        cr_expect(status == RN_OK ? o.num_rows == 1 && o.num_facts == 1 : o.name == NULL);
        outcome_free(&o);
    }
    folder_remove(&f);
}

Test(outcome, a_place_that_cannot_be_read_or_written) {
    outcome o = small_outcome(), back;
    rn_err err = {""};
    cr_expect_eq(outcome_save(&o, "no/such/folder/o.json", &err), RN_ERROR);
    cr_expect(strstr(err.text, "no/such/folder/o.json"), "%s", err.text);
    cr_expect_eq(outcome_load(&back, "no/such/folder/o.json", &err), RN_ERROR);
    cr_expect(strstr(err.text, "no/such/folder/o.json"), "%s", err.text);
    outcome_free(&o);
}
