/* The ablations as programs: cached, resumed after a kill, and careful with what is broken. */
#include "base/file.h"
#include "support/folder.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <utime.h>

static folder files; /* of the running test: each is a process of its own */
static void begin(void) { files = folder_make(); }
static void end(void) { folder_remove(&files); }
TestSuite(study, .init = begin, .fini = end);

/* A program with its arguments, FOLDER/ for @, through a prefix ("timeout 1"); stdout goes to
 * FOLDER/stdout, stderr to `text`. Returns the exit code, or 128 + the signal. */
static int run(char text[2048], const char *prefix, const char *program, const char *arguments) {
    char command[4096], full[2048] = "";
    for (size_t used = 0; *arguments && used + 200 < sizeof full; arguments++) {
        if (*arguments == '@')
            used += (size_t)snprintf(full + used, 200, "%s/", files.path);
        else
            full[used++] = *arguments, full[used] = '\0';
    }
    snprintf(command, sizeof command, "%s '%s/%s' %s >'%s/stdout' 2>'%s/stderr' </dev/null", prefix,
             getenv("RN_BUILD"), program, full, files.path, files.path);
    int status = system(command);
    FILE *file = fopen(folder_file(&files, "stderr"), "r");
    size_t n = file ? fread(text, 1, 2047, file) : 0;
    text[n] = '\0';
    if (file) fclose(file);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* The only run's folder below FOLDER/out/runs. */
static const char *only_run(void) {
    static char path[512];
    DIR *runs = opendir(folder_file(&files, "out/runs"));
    int count = 0;
    cr_assert(runs, "no runs");
    for (struct dirent *entry; (entry = readdir(runs));) {
        if (entry->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "%s/out/runs/%s", files.path, entry->d_name);
        count++;
    }
    closedir(runs);
    cr_assert_eq(count, 1);
    return path;
}

/* A file of that run; the caller frees. */
static char *read_file(const char *name) {
    char path[600], *bytes;
    size_t size;
    rn_err err;
    snprintf(path, sizeof path, "%s/%s", only_run(), name);
    cr_assert(rn_file_read(&bytes, &size, path, 1 << 26, &err) == RN_OK, "%s", err.text);
    return bytes;
}

static const char ONE_RUN[] =
    "--budget smoke --init random --only 'margin .7' --jobs 1 --out @out --iters ";

/* "weights": "..." of the result, which is the same when every weight is. */
static void weights_of(char out[64]) {
    char *text = read_file("result.json"), *at = strstr(text, "\"weights\"");
    cr_assert(at, "no weights in %s", text);
    snprintf(out, 64, "%.30s", at);
    free(text);
}

static const char *arguments_for(const char *iterations) {
    static char text[256];
    snprintf(text, sizeof text, "%s%s", ONE_RUN, iterations);
    return text;
}

Test(study, a_run_is_made_once) {
    char text[2048], path[600];
    struct stat first, second;
    cr_assert(run(text, "", "hinge", arguments_for("3")) == 0, "%s", text);
    snprintf(path, sizeof path, "%s/result.json", only_run());
    cr_assert(stat(path, &first) == 0);
    cr_assert(run(text, "", "hinge", arguments_for("3")) == 0, "%s", text);
    cr_assert(stat(path, &second) == 0);
    cr_expect(first.st_mtim.tv_sec == second.st_mtim.tv_sec &&
              first.st_mtim.tv_nsec == second.st_mtim.tv_nsec);
    cr_assert(run(text, "", "hinge",
                  "--budget smoke --init random --only 'margin .7' --jobs 1 "
                  "--out @out --iters 3 --redo") == 0);
    cr_assert(stat(path, &second) == 0);
    cr_expect(first.st_mtim.tv_sec != second.st_mtim.tv_sec ||
              first.st_mtim.tv_nsec != second.st_mtim.tv_nsec);
}

Test(study, a_killed_run_goes_on_to_the_same_weights) {
    char text[2048], whole[64], resumed[64];
    cr_assert(run(text, "", "hinge", arguments_for("100 --save-every 5")) == 0, "%s", text);
    weights_of(whole);
    folder_remove(&files);
    files = folder_make();
    for (int kills = 0;; kills++) { /* the study and its run, each time a little later */
        char prefix[128];
        snprintf(prefix, sizeof prefix, "timeout -s KILL %.2f", .3 + .15 * kills);
        int code = run(text, prefix, "hinge", arguments_for("100 --save-every 5"));
        if (code == 0) break;
        cr_assert_eq(code, 137, "%d: %s", code, text);
    }
    weights_of(resumed);
    char *log = read_file("log.jsonl");
    bool went_on = false;
    for (const char *at = log; (at = strstr(at, "\"from_step\":")); at++)
        went_on = went_on || atoi(at + 12) > 0;
    cr_expect(went_on, "no run was resumed");
    free(log);
    cr_expect_str_eq(whole, resumed);
}

/* As Ctrl-C in a terminal does it: the study and its runs get the signal at the same moment. */
Test(study, interrupted_runs_save_what_they_have) {
    char text[2048], prefix[128], path[600];
    for (int wait = 1;; wait++) { /* until the run has begun */
        snprintf(prefix, sizeof prefix, "timeout --preserve-status -s INT %d", wait);
        int code = run(text, prefix, "hinge", arguments_for("100000 --save-every 0"));
        cr_assert_eq(code, 130, "%d: %s", code, text);
        if (!rn_file_exists(folder_file(&files, "out/runs"))) continue;
        snprintf(path, sizeof path, "%s/last.safetensors", only_run());
        if (rn_file_exists(path)) break;
    }
    cr_expect(strstr(text, "interrupted: what is done is kept"), "%s", text);
    char *log = read_file("log.jsonl"), *messages = read_file("messages.txt");
    cr_expect(strstr(log, "\"to_step\""), "the run has not come to its end: %s", messages);
    cr_expect(strstr(messages, "interrupted: saved after step"), "%s", messages);
    free(log);
    free(messages);
}

Test(study, every_study_takes_other_data_than_scenes) {
    static const char *const programs[] = {"table_1e_depth_scale", "imbalance"};
    char text[2048], arguments[600];
    if (!getenv("RN_DATA")) cr_skip_test("skipped: RN_DATA is not set");
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        snprintf(arguments, sizeof arguments, "--list --data '%s/bccd' --out @out",
                 getenv("RN_DATA"));
        int code = run(text, "", programs[i], arguments);
        cr_expect(code == 0, "%s: %s", programs[i], text);
    }
}

Test(study, a_broken_entry_of_the_cache_is_said_and_made_again) {
    char text[2048], path[600], before[64], after[64];
    cr_assert(run(text, "", "hinge", arguments_for("3")) == 0, "%s", text);
    weights_of(before);
    snprintf(path, sizeof path, "%s/result.json", only_run());
    FILE *file = fopen(path, "w");
    cr_assert(file && fputs("{\"state\":", file) >= 0 && fclose(file) == 0);
    cr_expect_eq(run(text, "", "hinge", arguments_for("3 --list")), 0, "%s", text);
    cr_expect(strstr(text, "result.json") && strstr(text, "left out"), "%s", text);
    cr_assert(run(text, "", "hinge", arguments_for("3")) == 0, "%s", text);
    cr_expect(strstr(text, "result.json") && strstr(text, "made again"), "%s", text);
    weights_of(after);
    cr_expect_str_eq(before, after);
}

static void put_text(const char *name, const char *text) {
    char path[600];
    snprintf(path, sizeof path, "%s/%s", only_run(), name);
    FILE *file = fopen(path, "w");
    cr_assert(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

Test(study, what_a_run_was_made_from_is_written_again) {
    char text[2048];
    cr_assert(run(text, "", "hinge", arguments_for("3")) == 0, "%s", text);
    put_text("run.json", "");
    cr_assert(run(text, "", "hinge", arguments_for("3")) == 0, "%s", text);
    char *request = read_file("run.json");
    cr_expect(strstr(request, "\"config\""), "%s", request);
    free(request);
}

/* Results are used from wherever a program is started. */
Test(study, paths_are_those_of_the_last_start) {
    static const char arguments[] = "--budget smoke --only 'ce pi .5' --jobs 1 --iters 2 --out";
    char text[2048], prefix[300], whole[200];
    cr_assert(mkdir(folder_file(&files, "a"), 0777) == 0);
    snprintf(prefix, sizeof prefix, "cd '%s/a' &&", files.path);
    snprintf(whole, sizeof whole, "%s out", arguments);
    cr_assert(run(text, prefix, "prior_init", whole) == 0, "%s", text);
    snprintf(prefix, sizeof prefix, "cd '%s' &&", files.path);
    snprintf(whole, sizeof whole, "%s a/out", arguments);
    cr_assert(run(text, prefix, "prior_init", whole) == 0, "%s", text);
    cr_expect(!strstr(text, "cannot") && !strstr(text, "no first loss"), "%s", text);
}

/* The first of two runs is made to wait, and the study is stopped. */
Test(study, redo_keeps_a_result_until_its_run_begins) {
    static const char both[] = "--budget smoke --init random --only 'margin .7|margin .9' --jobs 1 "
                               "--out @out --iters 3 --redo";
    char text[2048], prefix[700], first[512], path[600];
    cr_assert(run(text, "", "hinge", arguments_for("3")) == 0, "%s", text);
    snprintf(first, sizeof first, "%s", only_run());
    cr_assert(run(text, "", "hinge", both) == 0, "%s", text);
    snprintf(prefix, sizeof prefix, "flock '%s/lock' timeout --preserve-status 2", first);
    cr_expect_eq(run(text, prefix, "hinge", both), 130, "%s", text);
    cr_expect(strstr(text, "without --redo"), "%s", text);
    snprintf(path, sizeof path, "rm -r '%s'", first);
    cr_assert(system(path) == 0);
    free(read_file("result.json")); /* of the second */
}

/* The signal reaches the run alone: that is no result, and the study must not pass it over. */
Test(study, a_run_that_is_ended_from_outside_has_failed) {
    char text[2048];
    snprintf(text, sizeof text,
             "for i in $(seq 300); do sleep .1; for p in /proc/[0-9]*; do "
             "tr '\\0' ' ' <$p/cmdline | grep -q '[m]ake-run %s/' && "
             "sleep 1 && kill -TERM ${p#/proc/} && exit; done; done 2>/dev/null &",
             files.path);
    cr_assert(system(text) == 0);
    cr_expect_eq(run(text, "", "hinge", arguments_for("100000")), 1, "%s", text);
    cr_expect(strstr(text, "margin .7, seed 0: from outside: interrupted"), "%s", text);
}

/* The times of table 1e lie beside a run: a broken file is made again, and with --redo any. */
Test(study, a_time_is_measured_once) {
    static const char arguments[] = "--budget smoke --init random --only 'tiny 128' --jobs 1 "
                                    "--out @out --iters 2 --batch 1";
    char text[2048];
    cr_assert(run(text, "", "table_1e_depth_scale", arguments) == 0, "%s", text);
    put_text("speed.json", "");
    cr_assert(run(text, "", "table_1e_depth_scale", arguments) == 0, "%s", text);
    char *speed = read_file("speed.json");
    cr_expect(strstr(speed, "\"ms\""), "%s", speed);
    free(speed);
    put_text("speed.json", "{\"ms\": 12345}");
    cr_assert(run(text, "", "table_1e_depth_scale", arguments) == 0, "%s", text);
    speed = read_file("speed.json");
    cr_expect(strstr(speed, "12345"), "%s", speed);
    free(speed);
    char redo[300];
    snprintf(redo, sizeof redo, "%s --redo", arguments);
    cr_assert(run(text, "", "table_1e_depth_scale", redo) == 0, "%s", text);
    speed = read_file("speed.json");
    cr_expect(!strstr(speed, "12345"), "%s", speed);
    free(speed);
}

Test(study, bad_input_gets_one_line_and_its_exit_code) {
    static const struct {
        const char *program, *arguments;
        int code;
        const char *words;
    } rows[] = {
        {"hinge", "--budget huge", 2, "--budget"},
        {"hinge", "--only nothing --out @out", 2, "--only"},
        {"hinge", "--gamma -1 --out @out", 2, "--gamma"},
        {"hinge", "--preset nothing --out @out", 2, "--preset"},
        {"hinge", "--data @nowhere --out @out", 1, "nowhere"},
        {"hinge", "--data scenes:shape=3 --out @out", 2, "shape"},
        {"hinge", "--data scenes:train=0 --out @out", 2, "train"},
        {"hinge", "--out ''", 2, "--out"},
        {"hinge", "--only 'margin .5|margin.7' --out @out", 2, "\"margin.7\""},
        {"hinge", "--seed 7 --out @out", 2, "--seeds"},
        {"hinge", "--no-redo=on --out @out", 2, "--no-redo"},
        {"loss_math", "--out ''", 2, "--out"},
        {"hinge", "--budget smoke --init @nowhere --out @out", 1, "nowhere"},
        {"hinge", "--budget smoke --init random --out @stdout/x", 1, "stdout"},
        {"sweep", "--grid gamma --out @out", 2, "--grid"},
        {"sweep", "--grid nothing=1 --out @out", 2, "nothing"},
        {"sweep", "--grid gamma=1,x --out @out", 2, "--gamma"},
        {"sweep", "--grid ' ' --out @out", 2, "--grid"},
        {"sweep", "--grid gamma=, --out @out", 2, "gamma: expected a value"},
        {"sweep", "--grid gamma=1,2,1.0 --out @out", 2, "gamma: given twice, \"1\" and \"1.0\""},
        {"sweep", "--grid 'gamma=1 gamma=2' --out @out", 2, "twice"},
        {"sweep", "--grid seed=1,2 --out @out", 2, "--seeds"},
        {"sweep", "--grid 'loss=focal,fl-star gamma=0,2' --out @out", 2,
         "\"loss fl-star, gamma 0\""},
        {"hinge", "--class-alpha 1,1,1,1,1 --loss softmax-ce --out @out", 2, "\"margin .5\""},
    };
    char text[2048];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int code = run(text, "", rows[i].program, rows[i].arguments);
        char *end = strchr(text, '\n');
        cr_expect(code == rows[i].code, "%s: exit code %d: %s", rows[i].arguments, code, text);
        cr_expect(end && end[1] == '\0', "%s: not one line: %s", rows[i].arguments, text);
        cr_expect(strstr(text, rows[i].words), "%s: %s", rows[i].arguments, text);
        cr_expect(!rn_file_exists(folder_file(&files, "out/runs")), "%s left something",
                  rows[i].arguments);
    }
}

Test(study, a_grid_of_too_many_cells_is_refused) {
    char text[2048], arguments[600] = "--out @out --grid '";
    static const char *const names[] = {"gamma=", " alpha=", " lr="};
    for (int a = 0; a < 3; a++) {
        strcat(arguments, names[a]);
        for (int i = 1; i <= 11; i++) sprintf(arguments + strlen(arguments), ".1%02d,", i);
    }
    cr_expect_eq(run(text, "", "sweep", strcat(arguments, "'")), 2, "%s", text);
    cr_expect(strstr(text, "at most 1000 cells, got 1331"), "%s", text);
}

Test(study, an_option_that_no_row_uses_is_said) {
    static const struct {
        const char *program, *arguments, *words;
    } rows[] = {
        {"table_1b_fl_gamma", "--loss ohem", "--loss: no row uses it\n"},
        {"hinge", "--gamma 3", "--gamma: no row uses it\n"},
        {"sweep", "--grid lr=.01,.02 --lr .5", "--lr: no row uses it\n"},
        {"hinge", "--lr .5 --save-every 3", ""},
    };
    char text[2048], arguments[200];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        snprintf(arguments, sizeof arguments, "%s --list --out @out", rows[i].arguments);
        cr_expect_eq(run(text, "", rows[i].program, arguments), 0, "%s", text);
        cr_expect_str_eq(text, rows[i].words);
    }
}

/* Tables and figures of an earlier time would stand beside numbers that are none of theirs; a note
 * is nobody's. */
Test(study, results_of_other_settings_are_replaced_as_a_whole) {
    char text[2048];
    static const char *const files_there[] = {"old.csv", "old.md", "old.svg", "note.md"};
    cr_assert(run(text, "", "hinge", arguments_for("3")) == 0, "%s", text);
    for (int i = 0; i < 4; i++) {
        char name[64];
        snprintf(name, sizeof name, "out/hinge/%s", files_there[i]);
        struct utimbuf earlier = {.actime = 1000, .modtime = 1000};
        cr_assert(utime(folder_put(&files, name, "x", 1), &earlier) == 0);
    }
    cr_assert(run(text, "", "hinge", arguments_for("2 --data scenes:train=20")) == 0, "%s", text);
    cr_expect(strstr(text, "hinge.json: replaces results of scenes, budget smoke"), "%s", text);
    for (int i = 0; i < 4; i++) {
        char name[64];
        snprintf(name, sizeof name, "out/hinge/%s", files_there[i]);
        cr_expect_eq(rn_file_exists(folder_file(&files, name)), i == 3, "%s", name);
    }
    cr_expect(rn_file_exists(folder_file(&files, "out/hinge/hinge.md")));
    cr_expect(rn_file_exists(folder_file(&files, "out/hinge/ap_by_margin.csv")));
}

/* Backbones and logs that are broken. */
Test(study, what_a_run_starts_from_is_made_again_and_a_lost_log_is_said) {
    static const char arguments[] =
        "--budget smoke --only 'ce pi .5' --jobs 1 --out @out --iters 2 --redo";
    char text[2048];
    cr_assert(run(text, "", "prior_init", arguments) == 0, "%s", text);
    snprintf(text, sizeof text, "rm %s/out/runs/*/log.jsonl; : >$(ls %s/out/pretrained/*/weights*)",
             files.path, files.path);
    cr_assert(system(text) == 0);
    cr_assert(run(text, "", "prior_init",
                  "--budget smoke --only 'ce pi .5' --jobs 1 --out @out --iters 2") == 0,
              "%s", text);
    cr_expect(strstr(text, "log.jsonl") && strstr(text, "numbers are left out"), "%s", text);
    cr_expect(strstr(text, "\"ce pi .5\" has no first loss"), "%s", text);
    cr_assert(run(text, "", "prior_init", arguments) == 0, "%s", text);
    cr_expect(strstr(text, "weights.safetensors") && strstr(text, "made again"), "%s", text);
}

Test(study, lists_its_rows_without_running_them) {
    char text[2048];
    cr_assert(run(text, "", "table_1b_fl_gamma", "--list --out @out") == 0, "%s", text);
    cr_expect(!rn_file_exists(folder_file(&files, "out")));
}
