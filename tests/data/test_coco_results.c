#include "data/coco_results.h"
#include "base/file.h"
#include "base/real.h"
#include "base/rng.h"
#include "support/folder.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static rn_status load_text(rn_coco_results *results, const char *text, rn_err *err) {
    folder f = folder_make();
    rn_status status =
        rn_coco_results_load(results, folder_put(&f, "dt.json", text, strlen(text)), err);
    folder_remove(&f);
    return status;
}

Test(coco_results, reads_what_detectors_write) {
    rn_coco_results r;
    rn_err err = {""};
    const char *text = "\xEF\xBB\xBF [ {\"image_id\": 139, \"category_id\":1,\n"
                       "\"bbox\":[412.8,1.5e2 , 53.05,-0],\"score\":0.236},\r\n"
                       "{\"score\":1,\"segmentation\":{\"size\":[4,5],\"counts\":\"a]}\\\"\"},"
                       "\"id\":7,\"bbox\":[0,1,2,3],\"category_id\":90,\"image_id\":0}]\n";
    cr_assert_eq(load_text(&r, text, &err), RN_OK, "%s", err.text);
    cr_assert_eq(r.count, 2);
    cr_expect(r.item[0].image == 139 && r.item[0].category == 1);
    cr_expect(r.item[0].x == 412.8 && r.item[0].y == 150 && r.item[0].w == 53.05 &&
              r.item[0].h == 0 && r.item[0].score == .236);
    cr_expect(r.item[1].image == 0 && r.item[1].category == 90 && r.item[1].h == 3 &&
              r.item[1].score == 1 && r.item[1].file_name == NULL);
    rn_coco_results_free(&r);
    cr_assert_eq(load_text(&r, "[]", &err), RN_OK, "%s", err.text);
    cr_expect_eq(r.count, 0);
    rn_coco_results_free(&r);
}

Test(coco_results, says_what_is_wrong_and_where) {
    static const struct {
        const char *text, *message;
    } rows[] = {
        {"", ":1:1: expected a list of results, got the end of the file (is it cut off?)"},
        {"{\"annotations\":[]}", ":1:1: expected a list of results, got \"{\"annotations\":[]}\""},
        {"[7]", ":1:2: results[0]: expected an object, got \"7]\""},
        {"[{\"image_id\":1,\"category_id\":2,\"bbox\":[1,2,3,4]}]",
         ":1:48: results[0]: score: expected a member of this name, got \"}]\""},
        {"[\n{\"image_id\":1.5,",
         ":2:13: results[0]: image_id: expected a whole number, got \"1.5,\""},
        {"[{\"image_id\":\"a\"}]",
         ":1:14: results[0]: image_id: expected a whole number, got \"\"a\"}]\""},
        {"[{\"bbox\":[1,2,3]}]",
         ":1:16: results[0]: bbox: expected a list of 4 finite numbers, got \"]}]\""},
        {"[{\"bbox\":[1,2,3,4,5]}]",
         ":1:18: results[0]: bbox: expected a list of 4 finite numbers, got \",5]}]\""},
        {"[{\"bbox\":[1,2,NaN,4]}]",
         ":1:15: results[0]: bbox: expected a list of 4 finite numbers, got \"NaN,4]}]\""},
        {"[{\"score\":1e999}]",
         ":1:11: results[0]: score: expected a finite number, got \"1e999}]\""},
        {"[{\"score\":null}]",
         ":1:11: results[0]: score: expected a finite number, got \"null}]\""},
        {"[{\"image_id\":1,\"category_id\":2,\"bbox\":[1,2,3,4],\"score\":.5}]",
         ":1:57: results[0]: score: expected a finite number, got \".5}]\""},
        {"[{\"image_id\":1,\"category_id\":2,\"bbox\":[1,2,3,4],\"score\":1}",
         ":1:59: results[1]: expected ',' or ']', got the end of the file (is it cut off?)"},
        {"[{\"image_id\":1,\"category_id\":2,\"bbox\":[1,2,3,4],\"score\":1},]",
         ":1:60: results[1]: expected an object, got \"]\""},
        {"[{\"image_id\":1,\"category_id\":2,\"bbox\":[1,2,3,4],\"score\":1,}]",
         ":1:59: results[0]: expected a name in quotes, got \"}]\""},
        {"[{\"image_id\" 1}]", ":1:14: results[0]: image_id: expected ':', got \"1}]\""},
        {"[] []", ":1:4: expected the end of the file, got \"[]\""},
    };
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        rn_coco_results r = {(rn_coco_result *)1, 1};
        rn_err err = {""};
        cr_expect_eq(load_text(&r, rows[i].text, &err), RN_ERROR, "%s", rows[i].text);
        const char *place = strstr(err.text, "dt.json");
        cr_expect(place && strcmp(place + strlen("dt.json"), rows[i].message) == 0,
                  "%s:\n   got %s\n  want %s", rows[i].text, err.text, rows[i].message);
        cr_expect(r.item == NULL && r.count == 0);
    }
}

/* Whatever happens to a file, it is read or refused. */
Test(coco_results, a_damaged_file_is_read_or_refused) {
    char *good, *bad;
    size_t size;
    rn_err err;
    cr_assert_eq(rn_file_read(&good, &size, "tests/golden/coco_eval_dt.json", 1 << 20, &err),
                 RN_OK);
    size = 2000;
    bad = malloc(size + 1);
    folder f = folder_make();
    rn_rng rng = rn_rng_stream(3, "damage", 0);
    for (int i = 0; i < 400; i++) {
        memcpy(bad, good, size);
        for (uint32_t k = rn_rng_below(&rng, 3); k < 3; k++)
            bad[rn_rng_below(&rng, (uint32_t)size)] = "[]{}\",:0-\\e\0\xff"[rn_rng_below(&rng, 13)];
        rn_coco_results r;
        rn_err why = {""};
        if (rn_coco_results_load(&r, folder_put(&f, "dt.json", bad, rn_rng_below(&rng, 2000)),
                                 &why) != RN_OK)
            cr_expect(why.text[0] && r.item == NULL);
        rn_coco_results_free(&r);
    }
    folder_remove(&f);
    free(good);
    free(bad);
}

Test(coco_results, written_numbers_come_back_the_same) {
    rn_coco_result item[64];
    rn_rng rng = rn_rng_stream(5, "results", 0);
    for (size_t i = 0; i < RN_COUNT(item); i++)
        item[i] = (rn_coco_result){.image = (int64_t)i * 1234567891,
                                   .category = (int64_t)i - 3,
                                   .x = rn_rng_range(&rng, -1e3, 1e3),
                                   .y = (double)(float)rn_rng_uniform(&rng),
                                   .w = (double)rn_rng_below(&rng, 640),
                                   .h = pow(10, rn_rng_range(&rng, -320, 300)),
                                   .score = rn_rng_uniform(&rng),
                                   .file_name = i % 2 ? "a \"b\"\\\n.jpg" : NULL};
    folder f = folder_make();
    rn_err err = {""};
    rn_coco_results back;
    const char *path = folder_file(&f, "out.json");
    cr_assert_eq(rn_coco_results_save(item, RN_COUNT(item), path, &err), RN_OK, "%s", err.text);
    cr_assert_eq(rn_coco_results_load(&back, path, &err), RN_OK, "%s", err.text);
    cr_assert_eq(back.count, RN_COUNT(item));
    for (size_t i = 0; i < RN_COUNT(item); i++) {
        rn_coco_result want = item[i];
        want.file_name = NULL;
        cr_expect_arr_eq(&back.item[i], &want, sizeof want, "entry %zu", i);
    }
    rn_coco_results_free(&back);
    folder_remove(&f);
}

Test(coco_results, the_file_as_it_stands) {
    const rn_coco_result item[] = {{7, 18, 1, 2.5, 30, 40, .1, NULL},
                                   {8, 1, 0, 0, 1e-7, 640, 1, "dir/a \"b\".jpg"}};
    folder f = folder_make();
    rn_err err = {""};
    char *text;
    size_t size;
    const char *path = folder_file(&f, "out.json");
    cr_assert_eq(rn_coco_results_save(item, 2, path, &err), RN_OK, "%s", err.text);
    cr_assert_eq(rn_file_read(&text, &size, path, 1000, &err), RN_OK, "%s", err.text);
    cr_expect_str_eq(text,
                     "[\n{\"image_id\":7,\"category_id\":18,\"bbox\":[1,2.5,30,40],"
                     "\"score\":0.1},\n"
                     "{\"image_id\":8,\"file_name\":\"dir/a \\\"b\\\".jpg\",\"category_id\":1,"
                     "\"bbox\":[0,0,1e-07,640],\"score\":1}\n]\n");
    free(text);
    folder_remove(&f);
}

Test(coco_results, what_is_not_finite_is_not_written) {
    const rn_coco_result item[] = {{.score = 1}, {.w = NAN}};
    folder f = folder_make();
    rn_err err = {""};
    cr_expect_eq(rn_coco_results_save(item, 2, folder_file(&f, "out.json"), &err), RN_ERROR);
    cr_expect(strstr(err.text, "out.json: results[1]: expected finite numbers, got the box"), "%s",
              err.text);
    cr_expect_eq(folder_count(&f), 0, "a file was left behind");
    folder_remove(&f);
}
