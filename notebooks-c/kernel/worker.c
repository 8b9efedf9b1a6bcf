/* worker.c: the process in which cells run; kernel.py is at the other end of its standard streams.
 *
 * It reads the path of a shared object, a line each, loads it and runs its RUNs. Before that it
 * forks: the child runs the cell, the parent waits, as a copy of everything before the cell. When
 * the cell is through, the child is the worker from then on and the parent goes. When the child
 * crashes, or is killed to interrupt it, the parent takes the next cell, and nothing of the failed
 * one has happened. So there is nothing to replay.
 *
 * A cell runs on a thread of its own, since the threads of OpenMP belong to the thread that asked
 * for them and end with it: at the fork there is only one. The events, beside those of runtime.h:
 *
 *     begin PID      the process of the cell, to be killed to interrupt it
 *     trouble TEXT   it cannot be loaded
 *     done           the cell is through
 *     failed SIGNAL  the cell's process is gone; 0: it ended itself */
#define _GNU_SOURCE
#include "runtime.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a cell defines, in an array nb_symbols that ends with a name NULL. A symbol that an earlier
 * cell has defined too keeps its place, for the sake of who uses it, and takes the new value. */
typedef struct symbol {
    const char *name;
    size_t size;
} symbol;

static void take_values(void *cell) {
    for (const symbol *s = dlsym(cell, "nb_symbols"); s && s->name; s++) {
        void *own = dlsym(cell, s->name), *used = dlsym(RTLD_DEFAULT, s->name);
        if (own && used && own != used) memcpy(used, own, s->size);
    }
}

typedef struct job {
    const char *path;
    int done; /* written to at the end */
} job;

static void *run_cell(void *argument) {
    const job *j = argument;
    nb_watch_crashes();
    void *cell = dlopen(j->path, RTLD_NOW | RTLD_GLOBAL);
    if (!cell) {
        nb_event("trouble %s", dlerror());
        _exit(1);
    }
    take_values(cell);
    nb_run_all();
    if (write(j->done, "", 1) != 1) _exit(1);
    return NULL;
}

/* Runs the cell to its end, or ends the process when nobody listens any more. */
static void run_and_watch(const char *path) {
    int done[2];
    pthread_t thread;
    if (pipe(done) != 0) _exit(1);
    job j = {path, done[1]};
    if (pthread_create(&thread, NULL, run_cell, &j) != 0) _exit(1);
    struct pollfd wait[2] = {{.fd = done[0], .events = POLLIN},
                             {.fd = STDIN_FILENO, .events = 0}};
    while (!(wait[0].revents & POLLIN)) {
        if (poll(wait, 2, -1) < 0 && errno != EINTR) _exit(1);
        if (wait[1].revents & (POLLHUP | POLLERR)) _exit(1);
    }
    pthread_join(thread, NULL);
    close(done[0]);
    close(done[1]);
}

/* In the parent: true when the child has failed, so that this process is the worker again. */
static bool wait_for_failure(pid_t child, int through) {
    char byte;
    ssize_t got;
    int status = 0;
    do got = read(through, &byte, 1);
    while (got < 0 && errno == EINTR);
    if (got == 1) return false;
    close(through);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    nb_event("failed %d", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    return true;
}

static void take_cell(const char *path) {
    int through[2];
    if (pipe(through) != 0) _exit(1);
    fflush(NULL);
    pid_t child = fork();
    if (child < 0) {
        nb_event("failed 0");
    } else if (child > 0) {
        close(through[1]);
        if (!wait_for_failure(child, through[0])) _exit(0);
        return;
    } else {
        close(through[0]);
        nb_event("begin %ld", (long)getpid());
        run_and_watch(path);
        if (write(through[1], "", 1) != 1) _exit(1);
        nb_event("done");
    }
    close(through[1]);
}

/* A line of standard input without its end, byte by byte: the next one may be another's. */
static bool read_line(char *line, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if (read(STDIN_FILENO, &line[i], 1) != 1) return false;
        if (line[i] == '\n') {
            line[i] = '\0';
            return true;
        }
    }
    return false;
}

int main(void) {
    char path[PATH_MAX];
    nb_open_streams();
    while (read_line(path, sizeof path)) take_cell(path);
    return 0;
}
