/* retinanet cocoeval, from the outside. */
#include "base/file.h"
#include "base/json.h"
#include "base/real.h"
#include "eval/coco_eval.h"
#include "support/folder.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define GT "tests/golden/coco_eval_gt.json"
#define DT "tests/golden/coco_eval_dt.json"

/* Runs `retinanet cocoeval ARGUMENTS` in the folder; both streams end up in its file "said".
 * Returns the exit code. */
static int run(folder *f, const char *arguments) {
    const char *build = getenv("RN_BUILD");
    char program[1024], command[4096];
    snprintf(program, sizeof program, "%s/retinanet", build ? build : "build/release");
    if (!rn_file_exists(program)) cr_skip_test("skipped: %s is not built", program);
    snprintf(command, sizeof command, "'%s' cocoeval %s >'%s' 2>&1", program, arguments,
             folder_file(f, "said"));
    int status = system(command); /* NOLINT: a test's own words */
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static char *said(folder *f) {
    char *text;
    size_t size;
    rn_err err = {""};
    cr_assert_eq(rn_file_read(&text, &size, folder_file(f, "said"), 1 << 20, &err), RN_OK, "%s",
                 err.text);
    return text;
}

static cJSON *load(const char *path) {
    cJSON *root = NULL;
    rn_err err = {""};
    cr_assert_eq(rn_json_load(&root, path, &err), RN_OK, "%s", err.text);
    return root;
}

Test(cocoeval, prints_and_writes_the_numbers_of_pycocotools) {
    folder f = folder_make();
    char arguments[1024];
    snprintf(arguments, sizeof arguments, GT " " DT " --json '%s'", folder_file(&f, "out.json"));
    int code = run(&f, arguments);
    char *text = said(&f);
    cr_assert_eq(code, 0, "%s", text);
    cJSON *got = load(folder_file(&f, "out.json")), *golden = load("tests/golden/coco_eval.json");
    for (int i = 0; i < RN_EVAL_NUMBERS; i++) {
        double want = cJSON_GetArrayItem(cJSON_GetObjectItem(golden, "numbers"), i)->valuedouble;
        const cJSON *number = cJSON_GetObjectItemCaseSensitive(got, rn_eval_names[i]);
        cr_expect(cJSON_IsNumber(number) && number->valuedouble == want, "%s: want %.17g",
                  rn_eval_names[i], want);
        char line[64];
        snprintf(line, sizeof line, "] = %.3f\n", want);
        cr_expect(strstr(text, line), "%s is not printed", rn_eval_names[i]);
    }
    cr_expect(strstr(text, " Average Precision  (AP) @[ IoU=0.50:0.95 | area=   all | "
                           "maxDets=100 ] = "));
    cr_expect(strstr(text, " Average Recall     (AR) @[ IoU=0.50:0.95 | area= large | "
                           "maxDets=100 ] = "));
    const cJSON *classes = cJSON_GetObjectItem(got, "per_class"), *class;
    cr_expect_eq(cJSON_GetArraySize(classes), 6);
    int without = 0;
    cJSON_ArrayForEach(class, classes) {
        bool none = cJSON_GetObjectItem(class, "objects")->valuedouble == 0;
        cr_expect_eq(cJSON_IsNull(cJSON_GetObjectItem(class, "AP")), none);
        without += none;
    }
    cr_expect_eq(without, 2, "two classes have no objects that count");
    cJSON_Delete(got);
    cJSON_Delete(golden);
    free(text);
    folder_remove(&f);
}

Test(cocoeval, draws_the_curves) {
    folder f = folder_make();
    char arguments[1024];
    if (system("gnuplot --version >/dev/null 2>&1") != 0) cr_skip_test("skipped: no gnuplot");
    snprintf(arguments, sizeof arguments, GT " " DT " --plot '%s'", folder_file(&f, "pr.png"));
    int code = run(&f, arguments);
    char *text = said(&f);
    cr_expect_eq(code, 0, "%s", text);
    cr_expect(rn_file_exists(folder_file(&f, "pr.png")) &&
              rn_file_exists(folder_file(&f, "pr.csv")));
    free(text);
    folder_remove(&f);
}

Test(cocoeval, mistakes_get_one_line_and_a_code) {
    static const struct {
        const char *arguments, *results;
        int code;
        const char *message;
    } rows[] = {
        {GT, "", 2, "expected a ground truth and a result file"},
        {GT " nothere.json", "", 1, "nothere.json: cannot open"},
        {"nothere.json " DT, "", 1, "nothere.json"},
        {GT " dt.json", "{}", 1, "dt.json:1:1: expected a list of results"},
        {GT " dt.json", "[{\"image_id\":5,\"category_id\":1,\"bbox\":[0,0,1,1],\"score\":1}]", 1,
         "dt.json: results[0]: image_id: expected an image of the ground truth, got 5"},
        {GT " dt.json", "[{\"image_id\":9,\"category_id\":2,\"bbox\":[0,0,1,1],\"score\":1}]", 0,
         "left out: 1 detections of categories"},
        {GT " dt.json", "[]", 0, "] = 0.000"},
    };
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        folder f = folder_make();
        char arguments[1024], *name = strstr(rows[i].arguments, "dt.json");
        const char *path = folder_put(&f, "dt.json", rows[i].results, strlen(rows[i].results));
        bool own = name && rows[i].results[0];
        snprintf(arguments, sizeof arguments, "%s%s", own ? GT " " : rows[i].arguments,
                 own ? path : "");
        int code = run(&f, arguments);
        char *text = said(&f);
        cr_expect_eq(code, rows[i].code, "%s: code %d, %s", rows[i].arguments, code, text);
        cr_expect(strstr(text, rows[i].message), "%s: %s", rows[i].arguments, text);
        if (code) cr_expect(strchr(text, '\n') == text + strlen(text) - 1, "one line: %s", text);
        free(text);
        folder_remove(&f);
    }
}
