#include "report/figure.h"
#include "base/file.h"
#include "base/real.h"
#include "report/plot_scripts.h"
#include "report/training_figure.h"
#include "support/folder.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void need_gnuplot(void) {
    if (system("gnuplot --version >/dev/null 2>&1") != 0) cr_skip_test("skipped: no gnuplot");
}

static rn_table sample(void) {
    const rn_column columns[] = {{"recall", RN_COLUMN_NUMBER, 2}, {"cat", RN_COLUMN_NUMBER, 2}};
    rn_table table = rn_table_start(NULL, columns, 2);
    for (int i = 0; i <= 10; i++) {
        rn_table_row(&table);
        rn_table_add_number(&table, i / 10.);
        rn_table_add_number(&table, 1 - i / 20.);
    }
    return table;
}

static const rn_figure_variable variables[] = {
    {"panels", "1"}, {"curves", "1"}, {"title", "it's `touch pwned` \"$(x)\" @y {z}\n"},
    {"title1", ""},  {"title2", ""},  {"title3", ""}};

static rn_status draw(const char *path, rn_err *err) {
    rn_table table = sample();
    rn_status status =
        rn_figure_save(path, "pr_curve", &table, variables, RN_COUNT(variables), err);
    rn_table_free(&table);
    return status;
}

/* Width and height, from the first chunk. */
static void png_size(int *width, int *height, const char *path) {
    char *bytes;
    size_t size;
    rn_err err = {""};
    cr_assert_eq(rn_file_read(&bytes, &size, path, 1 << 24, &err), RN_OK, "%s", err.text);
    cr_assert(size > 24 && memcmp(bytes, "\x89PNG", 4) == 0);
    const unsigned char *b = (const unsigned char *)bytes + 16;
    *width = b[2] << 8 | b[3];
    *height = b[6] << 8 | b[7];
    free(bytes);
}

Test(figure, a_picture_and_its_numbers) {
    need_gnuplot();
    folder f = folder_make();
    rn_err err = {""};
    cr_assert_eq(draw(folder_file(&f, "a.png"), &err), RN_OK, "%s", err.text);
    int width, height;
    png_size(&width, &height, folder_file(&f, "a.png"));
    cr_expect(width > 400 && height > 300);
    char *csv;
    size_t size;
    cr_assert_eq(rn_file_read(&csv, &size, folder_file(&f, "a.csv"), 10000, &err), RN_OK);
    cr_expect(strncmp(csv, "recall,cat\n0,1\n0.1,0.95\n", 24) == 0, "%s", csv);
    cr_expect_eq(folder_count(&f), 2, "something else was left behind");
    free(csv);
    folder_remove(&f);
}

/* Names that gnuplot or a shell would run. */
Test(figure, names_are_names) {
    need_gnuplot();
    static const char *const names[] = {"<touch pwned;.png",      "|touch pwned;.png",
                                        "a'; !touch pwned;'.png", "`touch pwned`.png",
                                        "$(touch pwned).png",     "-e.png"};
    folder f = folder_make();
    cr_assert_eq(chdir(f.path), 0);
    for (size_t i = 0; i < RN_COUNT(names); i++) {
        rn_err err = {""};
        cr_expect_eq(draw(names[i], &err), RN_OK, "%s: %s", names[i], err.text);
        cr_expect(rn_file_exists(names[i]), "%s", names[i]);
    }
    cr_expect(!rn_file_exists("pwned"));
    cr_expect_eq(folder_count(&f), 2 * (int)RN_COUNT(names));
    folder_remove(&f);
}

Test(figure, no_gnuplot_is_an_error_that_says_so) {
    folder f = folder_make();
    rn_err err = {""};
    setenv("PATH", f.path, 1);
    cr_expect_eq(draw(folder_file(&f, "a.png"), &err), RN_ERROR);
    cr_expect(strncmp(err.text, "gnuplot: not found; install it", 30) == 0, "%s", err.text);
    cr_expect(strstr(err.text, "a.csv"), "%s", err.text);
    cr_expect(rn_file_exists(folder_file(&f, "a.csv")) &&
              !rn_file_exists(folder_file(&f, "a.png")));
    folder_remove(&f);
}

Test(figure, a_complaint_of_gnuplot_is_the_message) {
    need_gnuplot();
    folder f = folder_make();
    rn_err err = {""};
    rn_table table = sample();
    cr_expect_eq(rn_figure_save(folder_file(&f, "a.png"), "pr_curve", &table, variables, 1, &err),
                 RN_ERROR, "variables are missing");
    cr_expect(strstr(err.text, "a.png: gnuplot failed (1): line "), "%s", err.text);
    cr_expect(!rn_file_exists(folder_file(&f, "a.png")));
    rn_table_free(&table);
    folder_remove(&f);
}

Test(figure, both_formats_at_once) {
    need_gnuplot();
    folder f = folder_make();
    rn_err err = {""};
    rn_table table = sample();
    const char *stem = folder_file(&f, "a.b");
    cr_assert_eq(
        rn_figure_save_both(stem, "pr_curve", &table, variables, RN_COUNT(variables), &err), RN_OK,
        "%s", err.text);
    cr_expect(rn_file_exists(folder_file(&f, "a.b.png")) &&
              rn_file_exists(folder_file(&f, "a.b.csv")));
    cr_expect_eq(folder_count(&f), 3);
    char *first, *again;
    size_t size;
    const char *svg = folder_file(&f, "a.b.svg");
    cr_assert_eq(rn_file_read(&first, &size, svg, 1 << 20, &err), RN_OK, "%s", err.text);
    cr_assert_eq(rn_figure_save(svg, "pr_curve", &table, variables, RN_COUNT(variables), &err),
                 RN_OK);
    cr_assert_eq(rn_file_read(&again, &size, svg, 1 << 20, &err), RN_OK);
    cr_expect_str_eq(first, again, "the same table, but other bytes");
    cr_expect(strstr(first, "<title>it's `touch pwned` \"$(x)\" @y {z} </title>"));
    free(first);
    free(again);
    rn_table_free(&table);
    folder_remove(&f);
}

/* Cells that gnuplot could take for quotes, separators, comments or the end of the data. */
Test(figure, texts_of_cells_are_texts) {
    need_gnuplot();
    static const char *const names[] = {
        "a, b", "\"a\", \"b\"", "END_OF_DATA", "# no comment", "tab\tinside", "line\nbreak",
        "",     " it's"};
    const rn_column columns[] = {{"", RN_COLUMN_TEXT, 0},       {"label", RN_COLUMN_TEXT, 0},
                                 {"ours", RN_COLUMN_NUMBER, 1}, {"low", RN_COLUMN_NUMBER, 1},
                                 {"high", RN_COLUMN_NUMBER, 1}, {"paper", RN_COLUMN_NUMBER, 1}};
    rn_table table = rn_table_start(NULL, columns, RN_COUNT(columns));
    for (size_t i = 0; i < RN_COUNT(names); i++) {
        rn_table_row(&table);
        rn_table_add_text(&table, names[i]);
        rn_table_add_text(&table, names[i]);
        rn_table_add_number(&table, 30. + (double)i);
    }
    const rn_figure_variable texts[] = {{"title", ""}, {"xlabel", "AP"}, {"reference", ""}};
    folder f = folder_make();
    rn_err err = {""};
    char *svg;
    size_t size;
    cr_assert_eq(rn_figure_save(folder_file(&f, "a.svg"), "arms", &table, texts, 3, &err), RN_OK,
                 "%s", err.text);
    cr_assert_eq(rn_file_read(&svg, &size, folder_file(&f, "a.svg"), 1 << 20, &err), RN_OK);
    static const char *const drawn[] = {">a, b<",         ">'a', 'b'<",   ">END_OF_DATA<",
                                        "># no comment<", ">tab inside<", ">line break<",
                                        ">it's<",         ">37.0<"};
    for (size_t i = 0; i < RN_COUNT(drawn); i++)
        cr_expect(strstr(svg, drawn[i]), "not in the picture: %s", drawn[i]);
    free(svg);
    rn_table_free(&table);
    folder_remove(&f);
}

/* A gnuplot that warns, after a complaint of a library that does not count. */
Test(figure, a_warning_fails_and_leaves_the_picture) {
    folder f = folder_make();
    static const char fake[] =
        "#!/bin/sh\nprintf '\\211PNG and more'\n"
        "echo 'Fontconfig warning: none' >&2\n"
        "[ -e warn ] && printf '\\n\\nline 7: warning: no points\\n' >&2\nexit 0\n";
    const char *program = folder_put(&f, "gnuplot", fake, sizeof fake - 1);
    cr_assert_eq(chmod(program, 0700), 0);
    cr_assert_eq(chdir(f.path), 0);
    char path[512];
    snprintf(path, sizeof path, "%s:/bin:/usr/bin", f.path);
    setenv("PATH", path, 1);
    rn_err err = {""};
    cr_expect_eq(draw("a.png", &err), RN_OK, "%s", err.text);
    folder_put(&f, "warn", "", 0);
    cr_expect_eq(draw("b.png", &err), RN_ERROR);
    cr_expect_str_eq(err.text, "b.png: gnuplot warned: line 7: warning: no points");
    cr_expect(rn_file_exists("b.png"));
    folder_remove(&f);
}

Test(figure, refuses_what_is_no_picture) {
    static const char *const names[] = {"a.jpg", "a", "png", "a\n.png"};
    for (size_t i = 0; i < RN_COUNT(names); i++) {
        rn_err err = {""};
        cr_expect_eq(draw(names[i], &err), RN_ERROR);
        cr_expect(strstr(err.text, "expected"), "%s", err.text);
    }
    rn_err err = {""};
    cr_expect_eq(draw("no/such/folder/a.png", &err), RN_ERROR);
    cr_expect(strstr(err.text, "no/such/folder/a.csv: cannot write"), "%s", err.text);
}

Test(figure, scripts_are_built_in_as_they_stand) {
    int count = 0;
    for (const rn_plot_script *s = rn_plot_scripts; s->name; s++, count++) {
        char path[256], *text;
        size_t size;
        rn_err err = {""};
        snprintf(path, sizeof path, "plots/%s.gp", s->name);
        cr_assert_eq(rn_file_read(&text, &size, path, 1 << 20, &err), RN_OK, "%s", err.text);
        cr_expect_str_eq(s->text, text);
        free(text);
    }
    cr_expect(count >= 3, "%d", count);
}

/* A run without validation, with it, one that diverged, and one that has only begun. */
Test(figure, training_runs) {
    need_gnuplot();
    enum { POINTS = 400 };
    static rn_training_point point[POINTS];
    folder f = folder_make();
    for (int run = 0; run < 4; run++) {
        for (int i = 0; i < POINTS; i++) {
            double loss = exp(-i / 100.) + .1, ap = i % 100 == 99 && run == 1 ? i / 1000. : NAN;
            if (run == 2 && i > 200) loss = i % 2 ? INFINITY : NAN;
            point[i] = (rn_training_point){i * 10, loss, i < 300 ? .01 : .001, ap};
        }
        rn_err err = {""};
        const char *path = folder_file(&f, "run.png");
        cr_expect_eq(rn_training_figure_save(path, "a run", point, run == 3 ? 1 : POINTS, &err),
                     RN_OK, "run %d: %s", run, err.text);
        int width, height;
        png_size(&width, &height, path);
        cr_expect(width > 400 && height > 300);
    }
    folder_remove(&f);
}
