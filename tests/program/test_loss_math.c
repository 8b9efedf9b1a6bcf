/* The program loss_math from its command line to its files. */
#include "base/file.h"
#include "support/folder.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/* Exit code of `loss_math ARGUMENTS`; its messages go to FOLDER/stderr. Ends the test where the
 * program is not built. */
static int run(folder *f, const char *arguments) {
    char command[2048], program[512];
    snprintf(program, sizeof program, "%s/loss_math", getenv("RN_BUILD"));
    if (!rn_file_exists(program)) cr_skip_test("skipped: %s is not built", program);
    snprintf(command, sizeof command, "cd '%s' && '%s' %s >/dev/null 2>stderr", f->path, program,
             arguments);
    int status = system(command);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

Test(loss_math, leaves_tables_and_figures) {
    static const char *const names[] = {"loss_math.json", "loss_math.txt", "loss_math.md",
                                        "loss_math.csv",  "losses.json",   "derivatives.csv",
                                        "errors.md",      "figure_1.svg",  "figure_1.png",
                                        "figure_5.csv",   "figure_6.svg"};
    folder f = folder_make();
    cr_assert_eq(run(&f, "--out here"), 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[256];
        snprintf(path, sizeof path, "here/loss_math/%s", names[i]);
        cr_expect(rn_file_exists(folder_file(&f, path)), "no %s", path);
    }
    folder_remove(&f);
}

Test(loss_math, bad_input_gets_one_line_and_its_exit_code) {
    static const struct {
        const char *arguments;
        int code;
        const char *what;
    } rows[] = {{"--nothing", 2, "--nothing"},
                {"--out", 2, "--out"},
                {"operand", 2, "operand"},
                {"--out file", 1, "file"},
                {"--out /proc/nowhere", 1, "/proc/nowhere"}};
    folder f = folder_make();
    folder_put(&f, "file", "", 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *text = NULL, *end;
        size_t size;
        rn_err err = {""};
        cr_expect_eq(run(&f, rows[i].arguments), rows[i].code, "%s", rows[i].arguments);
        cr_assert_eq(rn_file_read(&text, &size, folder_file(&f, "stderr"), 10000, &err), RN_OK);
        end = strchr(text, '\n');
        cr_expect(end && end[1] == '\0', "%s: \"%s\" is not one line", rows[i].arguments, text);
        cr_expect(strstr(text, rows[i].what), "%s: \"%s\"", rows[i].arguments, text);
        cr_expect(strncmp(text, "loss_math: ", 11) == 0, "%s: \"%s\"", rows[i].arguments, text);
        free(text);
    }
    cr_expect_eq(folder_count(&f), 2, "nothing but the file and the messages");
    folder_remove(&f);
}
