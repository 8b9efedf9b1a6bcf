#include "bench/alone.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* VmHWM of this process. */
static size_t own_peak(void) {
    FILE *file = fopen("/proc/self/status", "r");
    char line[256];
    size_t kilobytes = 0;
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "VmHWM: %zu kB", &kilobytes) == 1) break;
    if (file) fclose(file);
    return 1024 * kilobytes;
}

/* The folder this program lies in, with a name in it. */
static rn_status beside(char path[RN_PATH_SIZE], const char *name, rn_err *err) {
    char self[RN_PATH_SIZE];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length <= 0) return rn_fail(err, "/proc/self/exe: %s", strerror(errno));
    self[length] = '\0';
    if (name) *strrchr(self, '/') = '\0';
    if (name)
        rn_text_path(path, RN_PATH_SIZE, self, name);
    else
        memcpy(path, self, (size_t)length + 1);
    return RN_OK;
}

/* Starts a program with its output going to a file or a pipe. */
static rn_status start(pid_t *pid, char *const argv[], int output, rn_err *err) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    int error = posix_spawn(pid, argv[0], &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    return error ? rn_fail(err, "%s: cannot be started: %s", argv[0], strerror(error)) : RN_OK;
}

static rn_status finish(pid_t pid, const char *name, struct rusage *usage, rn_err *err) {
    int state;
    if (wait4(pid, &state, 0, usage) < 0) return rn_fail(err, "%s: %s", name, strerror(errno));
    if (WIFEXITED(state) && WEXITSTATUS(state) == 0) return RN_OK;
    if (WIFSIGNALED(state)) return rn_fail(err, "%s: killed by signal %d", name, WTERMSIG(state));
    return rn_fail(err, "%s: ended with code %d", name, WEXITSTATUS(state));
}

static rn_status run_cocoeval(alone *result, const char *folder, rn_err *err) {
    char program[RN_PATH_SIZE], truth[RN_PATH_SIZE], found[RN_PATH_SIZE];
    struct rusage usage;
    pid_t pid;
    rn_text_path(truth, sizeof truth, folder, "truth.json");
    rn_text_path(found, sizeof found, folder, "results.json");
    if (beside(program, "retinanet", err) != RN_OK) return RN_ERROR;
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nowhere < 0) return rn_fail(err, "/dev/null: %s", strerror(errno));
    char *argv[] = {program, "cocoeval", truth, found, NULL};
    double before = rn_clock_seconds();
    rn_status status = start(&pid, argv, nowhere, err);
    close(nowhere);
    if (status == RN_OK) status = finish(pid, program, &usage, err);
    if (status != RN_OK) return status;
    result->seconds = rn_clock_seconds() - before;
    result->peak_bytes = 1024 * (size_t)usage.ru_maxrss;
    return RN_OK;
}

rn_status alone_run(alone *result, const work_task *task, const char *folder, int threads,
                    rn_err *err) {
    work w;
    *result = (alone){0};
    if (task->kind == WORK_COCOEVAL) return run_cocoeval(result, folder, err);
    if (work_open(&w, task, err) != RN_OK) return RN_ERROR;
    for (int i = 0; i < 3; i++) result->seconds = work_run(&w, threads).seconds;
    result->planned_bytes = w.planned_bytes;
    work_close(&w);
    result->peak_bytes = own_peak();
    return RN_OK;
}

cJSON *alone_to_json(const alone *result) {
    cJSON *json = cJSON_CreateObject();
    cJSON_AddNumberToObject(json, "seconds", result->seconds);
    cJSON_AddNumberToObject(json, "peak_bytes", (double)result->peak_bytes);
    cJSON_AddNumberToObject(json, "planned_bytes", (double)result->planned_bytes);
    return json;
}

static rn_status parse(alone *result, const char *text, rn_err *err) {
    cJSON *json;
    double peak = 0, planned = 0;
    rn_json_place place = {.file = "--alone"};
    if (rn_json_parse(&json, text, strlen(text), "--alone", err) != RN_OK) return RN_ERROR;
    rn_status status = rn_json_number(&result->seconds, json, "seconds", place, err);
    if (status == RN_OK) status = rn_json_number(&peak, json, "peak_bytes", place, err);
    if (status == RN_OK) status = rn_json_number(&planned, json, "planned_bytes", place, err);
    result->peak_bytes = (size_t)peak, result->planned_bytes = (size_t)planned;
    cJSON_Delete(json);
    return status;
}

rn_status alone_in_child(alone *result, const work_task *task, const char *folder, int threads,
                         rn_err *err) {
    char self[RN_PATH_SIZE], name[64], number[32], text[4096];
    int ends[2];
    pid_t pid;
    size_t used = 0;
    *result = (alone){0};
    if (beside(self, NULL, err) != RN_OK) return RN_ERROR;
    if (pipe(ends) != 0) return rn_fail(err, "pipe: %s", strerror(errno));
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    snprintf(name, sizeof name, "%s", task->name);
    snprintf(number, sizeof number, "%d", threads);
    char *argv[] = {self,   (char[]){"--alone"}, name, (char[]){"--threads"},
                    number, (char[]){"--coco"},  NULL, NULL};
    char copy[RN_PATH_SIZE];
    snprintf(copy, sizeof copy, "%s", folder);
    if (*copy)
        argv[6] = copy;
    else
        argv[5] = NULL;
    rn_status status = start(&pid, argv, ends[1], err);
    close(ends[1]);
    for (ssize_t got; used + 1 < sizeof text && status == RN_OK; used += (size_t)got)
        if ((got = read(ends[0], text + used, sizeof text - 1 - used)) <= 0) break;
    text[used] = '\0';
    close(ends[0]);
    if (status == RN_OK) status = finish(pid, task->name, NULL, err);
    return status == RN_OK ? parse(result, text, err) : status;
}
