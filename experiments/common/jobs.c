#include "common/jobs.h"
#include "base/check.h"
#include "base/progress.h"
#include "base/text.h"
#include "base/vec.h"
#include "common/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

typedef struct running {
    const job *job; /* NULL: this place is free */
    pid_t process;
    bool asked; /* to stop */
} running;

typedef struct pool {
    const jobs_options *options;
    running *place;
    size_t places, count, over, failed;
    double done, total; /* cost */
    rn_err *err;        /* of the first failure */
} pool;

static char *messages_path(char out[RN_PATH_SIZE], const job *j) {
    return rn_text_path(out, RN_PATH_SIZE, j->folder, "messages.txt");
}

static rn_status start(running *r, const job *j, const jobs_options *options, rn_err *err) {
    char self[] = "/proc/self/exe", folder[RN_PATH_SIZE], flag[64], threads[16], parent[16],
         messages[RN_PATH_SIZE];
    snprintf(folder, sizeof folder, "%s", j->folder);
    snprintf(flag, sizeof flag, "%s", options->flag);
    snprintf(threads, sizeof threads, "%d", options->threads);
    snprintf(parent, sizeof parent, "%ld", (long)getpid());
    char *arguments[] = {self, flag, folder, threads, parent, NULL};
    posix_spawn_file_actions_t actions;
    int error = posix_spawn_file_actions_init(&actions);
    if (error) return rn_fail(err, "cannot start a process: %s", strerror(error));
    error = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (!error)
        error =
            posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, messages_path(messages, j),
                                             O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (!error) error = posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    if (!error) error = posix_spawn(&r->process, self, &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error) return rn_fail(err, "cannot start a process: %s", strerror(error));
    r->job = j;
    r->asked = false;
    return RN_OK;
}

/* The last line that the process wrote, without the name of the program. */
static void read_message(char *out, size_t size, const job *j) {
    char path[RN_PATH_SIZE], *bytes;
    size_t length;
    rn_err ignored;
    snprintf(out, size, "without a word");
    if (rn_file_read(&bytes, &length, messages_path(path, j), 1 << 20, &ignored) != RN_OK) return;
    char *line = rn_text_trim(bytes), *last = strrchr(line, '\n');
    if (last) line = rn_text_trim(last);
    char *colon = strstr(line, ": ");
    if (colon && !memchr(line, ' ', (size_t)(colon - line))) line = colon + 2;
    if (*line) snprintf(out, size, "%s", line);
    free(bytes);
}

static void end(pool *p, running *r, int status) {
    char text[512];
    const job *j = r->job;
    r->job = NULL;
    p->done += j->cost;
    p->over++;
    if (WIFEXITED(status) && WEXITSTATUS(status) == CLI_DONE) return;
    bool interrupted = WIFEXITED(status) && WEXITSTATUS(status) == CLI_INTERRUPTED;
    if (interrupted && cli_interrupted) return;
    if (p->failed++) return;
    read_message(text, sizeof text, j);
    if (WIFSIGNALED(status))
        rn_fail(p->err, "%s: ended by signal %d: %s (%s)", j->what, WTERMSIG(status), text,
                j->folder);
    else
        rn_fail(p->err, "%s: %s%s (%s)", j->what, interrupted ? "from outside: " : "", text,
                j->folder);
}

/* Is any process still there? */
static bool collect(pool *p) {
    bool any = false;
    for (running *r = p->place; r < p->place + p->places; r++) {
        int status;
        if (!r->job) continue;
        if (cli_interrupted && !r->asked) r->asked = kill(r->process, SIGTERM) == 0;
        pid_t ended = waitpid(r->process, &status, WNOHANG);
        if (ended == r->process)
            end(p, r, status);
        else
            any = true;
    }
    return any;
}

static void show(const pool *p, rn_progress *progress) {
    char text[512];
    double now = p->done;
    if (!rn_progress_due(progress)) return;
    snprintf(text, sizeof text, "%zu of %zu runs over", p->over, p->count);
    for (const running *r = p->place; r < p->place + p->places; r++) {
        if (!r->job) continue;
        double part = p->options->progress(r->job->folder);
        now += part * r->job->cost;
        size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, "; %s %.0f%%", r->job->what, 100 * part);
    }
    rn_progress_update(progress, (long)(100 * now / p->total), text);
}

static running *free_place(const pool *p) {
    for (running *r = p->place; r < p->place + p->places; r++)
        if (!r->job) return r;
    return NULL;
}

void jobs_child(const char *parent) {
    cli_catch_interrupts();
    signal(SIGINT, SIG_IGN);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != atol(parent)) raise(SIGTERM); /* it was gone already */
}

rn_status jobs_run(const job *list, size_t count, const jobs_options *options, rn_err *err) {
    RN_CHECK(options->at_once > 0, "%d jobs at once", options->at_once);
    pool p = {.options = options, .places = (size_t)options->at_once, .count = count, .err = err};
    rn_status status = RN_OK;
    char title[128];
    if (count == 0) return RN_OK;
    p.place = rn_vec_zeros(p.places, sizeof *p.place);
    for (size_t i = 0; i < count; i++) p.total += list[i].cost;
    snprintf(title, sizeof title, "%s, percent:", options->title);
    rn_progress progress = rn_progress_start(options->stream, title, 0, 100);
    for (size_t next = 0;;) {
        running *r;
        while (status == RN_OK && !cli_interrupted && next < count && (r = free_place(&p)))
            status = start(r, &list[next++], options, err);
        if (!collect(&p) && (status != RN_OK || cli_interrupted || next == count)) break;
        show(&p, &progress);
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    }
    rn_progress_end(&progress);
    free(p.place);
    if (status != RN_OK) return status;
    if (cli_interrupted) {
        rn_fail(err,
                "interrupted: what is done is kept, the same command (without --redo) goes on");
        return RN_INTERRUPTED;
    }
    if (p.failed > 1) rn_fail_in(err, "%zu of %zu failed, the first", p.failed, count);
    return p.failed ? RN_ERROR : RN_OK;
}
