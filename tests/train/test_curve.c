#include "train/curve.h"
#include "base/file.h"
#include "support/folder.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* Draws the log; *csv, to be freed, is the table that stands beside the picture. Without gnuplot
 * that is all there is. */
static void draw(char **csv, const char *log) {
    folder f = folder_make();
    size_t size;
    rn_err err = {""};
    folder_put(&f, "log.jsonl", log, strlen(log));
    rn_status status = rn_train_curve(f.path, "title", &err);
    cr_expect(status == RN_OK || strstr(err.text, "gnuplot: not found"), "%s", err.text);
    cr_expect(status != RN_OK || rn_file_exists(folder_file(&f, "training.png")));
    cr_assert(rn_file_read(csv, &size, folder_file(&f, "training.csv"), 1 << 20, &err) == RN_OK,
              "%s", err.text);
    folder_remove(&f);
}

static void expect_table(const char *log, const char *want) {
    char *csv;
    draw(&csv, log);
    cr_expect_str_eq(csv, want);
    free(csv);
}

Test(curve, steps_and_evaluations) {
    expect_table("{\"version\":\"0.1\",\"from_step\":0}\n"
                 "{\"step\":1,\"loss\":4,\"lr\":0.1}\n"
                 "{\"step\":2,\"loss\":2,\"lr\":0.1}\n"
                 "{\"step\":2,\"AP\":0.25,\"AP50\":0.5}\n"
                 "{\"to_step\":2,\"weights\":\"00\"}\n",
                 "iteration,loss,mean,AP\n1,4,4,n/a\n2,2,2,0.25\n");
}

/* Killed after step 3, resumed from the checkpoint of step 1: steps 2 and 3 come twice. */
Test(curve, of_steps_logged_twice_the_last_counts) {
    expect_table("{\"step\":1,\"loss\":5}\n{\"step\":2,\"loss\":6}\n{\"step\":2,\"AP\":0.5}\n"
                 "{\"step\":3,\"loss\":7}\n{\"step\":2,\"loss\":8}\n{\"step\":3,\"loss\":9}\n",
                 "iteration,loss,mean,AP\n1,5,5,n/a\n2,8,8,n/a\n3,9,9,n/a\n");
}

Test(curve, lines_that_are_broken_are_passed_over) {
    expect_table("{\"step\":1,\"loss\":5}\n"
                 "{\"step\":2,\"loss\":\n"
                 "\n"
                 "[]\n"
                 "nonsense\n"
                 "{\"step\":1e300,\"loss\":5}\n"
                 "{\"step\":-1,\"loss\":5}\n"
                 "{\"step\":\"3\",\"loss\":5}\n"
                 "{\"step\":9,\"AP\":0.5}\n"
                 "{\"step\":4,\"loss\":null}\n"
                 "{\"step\":5,\"loss\":3}\n"
                 "{\"step\":6,\"lo",
                 "iteration,loss,mean,AP\n1,5,5,n/a\n5,3,3,n/a\n");
}

Test(curve, a_log_without_steps_is_an_error) {
    static const char *const logs[] = {"", "\n\n", "{\"step\":1,\"AP\":0.5}\n", "{}"};
    for (size_t i = 0; i < sizeof logs / sizeof *logs; i++) {
        folder f = folder_make();
        rn_err err = {""};
        folder_put(&f, "log.jsonl", logs[i], strlen(logs[i]));
        cr_expect(rn_train_curve(f.path, "title", &err) == RN_ERROR);
        cr_expect(strstr(err.text, "log.jsonl: expected a line a step, got none"), "%s", err.text);
        cr_expect(folder_count(&f) == 1);
        folder_remove(&f);
    }
}

Test(curve, a_missing_log_is_named) {
    folder f = folder_make();
    rn_err err = {""};
    cr_expect(rn_train_curve(f.path, "title", &err) == RN_ERROR);
    cr_expect(strstr(err.text, "log.jsonl") != NULL, "%s", err.text);
    folder_remove(&f);
}
