#include "report/runlog.h"
#include "base/file.h"
#include "base/real.h"
#include "support/folder.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static void write_line(rn_runlog *log, double number, const char *text) {
    cJSON *line = cJSON_CreateObject();
    cJSON_AddNumberToObject(line, "loss", number);
    cJSON_AddStringToObject(line, "text", text);
    rn_runlog_write(log, line);
    cJSON_Delete(line);
}

static void expect_text(const char *path, const char *want) {
    char *got;
    size_t size;
    rn_err err = {""};
    cr_assert_eq(rn_file_read(&got, &size, path, 100000, &err), RN_OK, "%s", err.text);
    cr_expect_str_eq(got, want);
    free(got);
}

static rn_runlog open_log(const char *path) {
    rn_runlog log = {0};
    rn_err err = {""};
    cr_assert_eq(rn_runlog_open(&log, path, &err), RN_OK, "%s", err.text);
    return log;
}

Test(runlog, one_object_a_line_and_a_second_run_appends) {
    folder f = folder_make();
    const char *path = folder_file(&f, "log.jsonl");
    rn_runlog log = open_log(path);
    write_line(&log, 0.1, "two\nlines");
    write_line(&log, NAN, "");
    rn_runlog_close(&log);
    log = open_log(path);
    write_line(&log, 3, "x");
    rn_runlog_close(&log);
    write_line(&log, 4, "a closed log takes nothing");
    expect_text(path, "{\"loss\":0.1,\"text\":\"two\\nlines\"}\n"
                      "{\"loss\":null,\"text\":\"\"}\n"
                      "{\"loss\":3,\"text\":\"x\"}\n");
    folder_remove(&f);
}

Test(runlog, a_line_that_broke_off_is_closed_by_the_next_run) {
    folder f = folder_make();
    const char *path = folder_put(&f, "log.jsonl", "{\"loss\":1}\n{\"lo", 15);
    rn_runlog log = open_log(path);
    rn_runlog_close(&log);
    expect_text(path, "{\"loss\":1}\n{\"lo");
    log = open_log(path);
    write_line(&log, 2, "");
    write_line(&log, 3, "");
    rn_runlog_close(&log);
    expect_text(path,
                "{\"loss\":1}\n{\"lo\n{\"loss\":2,\"text\":\"\"}\n{\"loss\":3,\"text\":\"\"}\n");
    folder_remove(&f);
}

static void limit_files(rlim_t bytes) {
    struct rlimit limit;
    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

Test(runlog, a_full_disk_loses_a_line_and_not_the_next) {
    folder f = folder_make();
    const char *path = folder_file(&f, "log.jsonl");
    rn_runlog log = open_log(path);
    signal(SIGXFSZ, SIG_IGN);
    write_line(&log, 1, "");
    limit_files(21 + 6); /* the first line and a bit of the second */
    write_line(&log, 2, "");
    write_line(&log, 3, "");
    limit_files(1 << 20);
    write_line(&log, 4, "");
    rn_runlog_close(&log);
    expect_text(path, "{\"loss\":1,\"text\":\"\"}\n{\"loss\n{\"loss\":4,\"text\":\"\"}\n");
    folder_remove(&f);
}

Test(runlog, a_place_that_cannot_be_written) {
    rn_runlog log = {0};
    rn_err err = {""};
    cr_expect_eq(rn_runlog_open(&log, "no/such/folder/log.jsonl", &err), RN_ERROR);
    cr_expect(strstr(err.text, "no/such/folder/log.jsonl: cannot write"), "%s", err.text);
    cr_expect(!log.open);
    rn_runlog_close(&log);
}
