#define _GNU_SOURCE /* dladdr */
#include "runtime.h"
#include "notebook.h"
#include "base/file.h"
#include "base/vec.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct block {
    void (*run)(void);
    int line;
} block;

static block *blocks;
static size_t num_blocks, blocks_capacity;
static int num_pictures;

void nb_add(void (*run)(void), int line) {
    blocks = rn_vec_reserve(blocks, num_blocks + 1, &blocks_capacity,
                            sizeof *blocks);
    blocks[num_blocks++] = (block){run, line};
}

static int by_line(const void *a, const void *b) {
    const block *p = a, *q = b;
    return (p->line > q->line) - (p->line < q->line);
}

void nb_run_all(void) {
    qsort(blocks, num_blocks, sizeof *blocks, by_line);
    for (size_t i = 0; i < num_blocks; i++) {
        nb_event("cell %d", blocks[i].line);
        blocks[i].run();
    }
    num_blocks = 0;
    fflush(NULL);
}

/* ---- what is told ---------------------------------------------------------------------------- */

bool nb_event(const char *format, ...) {
    if (!getenv("NB_FOLDER")) return false;
    va_list arguments;
    fflush(stderr);
    putchar(0x1e);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    fflush(stdout);
    return true;
}

void nb_fail(const char *format, ...) {
    va_list arguments;
    fflush(stdout);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    abort();
}

void nb_new_picture(char *path, int size, const char *ending) {
    const char *folder = getenv("NB_FOLDER");
    rn_err err;
    if (!folder) {
        folder = "out/figures";
        if (rn_file_make_folder(folder, &err) != RN_OK) nb_fail("%s", err.text);
    }
    snprintf(path, (size_t)size, "%s/figure-%ld-%d%s", folder, (long)getpid(),
             ++num_pictures, ending);
}

void nb_show(const char *path) {
    if (!nb_event("figure %s", path)) printf("figure: %s\n", path);
}

void nb_open_streams(void) {
    if (!getenv("NB_FOLDER")) return;
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    dup2(STDOUT_FILENO, STDERR_FILENO);
}

/* ---- crashes --------------------------------------------------------------------------------- */

/* Tells of every frame in a program or library that lies in NB_FOLDER, innermost first. Where the
 * fault itself happened the address is exact; a caller's is that of the next instruction. */
__attribute__((noinline)) static void tell_frames(int signal_number) {
    enum {
        FAULT = 3,
        MOST = 64
    }; /* 0 to 2: this function, tell_crash, the kernel's call of it */
    void *frame[MOST];
    int count = backtrace(frame, MOST);
    const char *folder = getenv("NB_FOLDER");
    if (!folder || !nb_event("crash %d", signal_number)) return;
    for (int i = FAULT; i < count; i++) {
        Dl_info info;
        if (!dladdr(frame[i], &info) || !strstr(info.dli_fname, folder))
            continue;
        uintptr_t offset =
            (uintptr_t)frame[i] - (uintptr_t)info.dli_fbase - (i != FAULT);
        nb_event("frame %#lx %s", (unsigned long)offset, info.dli_fname);
    }
}

/* Not safe in a signal handler, strictly; but the process is lost anyway, and SIGALRM ends it
 * should it hang here. */
static void tell_crash(int signal_number) {
    signal(signal_number, SIG_DFL);
    alarm(5);
    tell_frames(signal_number);
    raise(signal_number);
}

void nb_watch_crashes(void) {
    static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    enum { STACK_SIZE = 1 << 16 };
    stack_t stack = {.ss_sp = malloc(STACK_SIZE), .ss_size = STACK_SIZE};
    struct sigaction action = {.sa_handler = tell_crash,
                               .sa_flags = SA_ONSTACK | SA_NODEFER};
    void *warm[1];
    backtrace(warm, 1); /* loads what it needs now, not in the handler */
    if (!stack.ss_sp || sigaltstack(&stack, NULL) != 0) return;
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        sigaction(signals[i], &action, NULL);
}
