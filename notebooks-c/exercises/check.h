/* check.h: what the checks of the exercises are written with.
 *
 *     EXERCISE("1. The tolerance", tolerance) {
 *         EXPECT_NEAR(largest_shift(30, .5), 10, 1e-9);
 *     }
 *
 * A file NN_name_check.c is compiled together with the student's NN_name.c, which comes first as if
 * it were included. Every exercise runs in a process of its own, so that a crash or an endless loop
 * ends that exercise alone. The first expectation that fails ends an exercise. */
#ifndef EXERCISES_CHECK_H
#define EXERCISES_CHECK_H

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EXERCISES_MOST = 16, EXERCISE_SECONDS = 10 };

static struct exercise {
    const char *title;
    void (*check)(void);
} exercises[EXERCISES_MOST];
static int num_exercises;

#define EXERCISE(title, name)                                                  \
    static void name##_check(void);                                            \
    __attribute__((constructor)) static void name##_add(void) {                \
        exercises[num_exercises++] = (struct exercise){title, name##_check};   \
    }                                                                          \
    static void name##_check(void)

/* Prints as many digits as tell the two apart. */
static void expect_near(const char *what, double got, double want,
                        double tolerance) {
    if (got == want || fabs(got - want) <= tolerance) return;
    int digits = 6;
    char a[40], b[40];
    do {
        snprintf(a, sizeof a, "%.*g", digits, got);
        snprintf(b, sizeof b, "%.*g", digits, want);
    } while (strcmp(a, b) == 0 && digits++ < 17);
    printf("    %s is %s, expected %s\n", what, a, b);
    fflush(stdout);
    _exit(1);
}

/** NaN is near nothing. */
#define EXPECT_NEAR(got, want, tolerance)                                      \
    expect_near(#got, (got), (want), (tolerance))
#define EXPECT_INT(got, want) expect_near(#got, (double)(got), (want), 0)

/* 0 when the exercise is solved. */
static int run_exercise(const struct exercise *e) {
    int status = 0;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        alarm(EXERCISE_SECONDS);
        e->check();
        fflush(stdout);
        _exit(0);
    }
    if (child < 0 || waitpid(child, &status, 0) != child) return 1;
    if (WIFSIGNALED(status))
        printf("    %s\n", WTERMSIG(status) == SIGALRM
                               ? "no answer within 10 seconds: an endless loop?"
                               : strsignal(WTERMSIG(status)));
    printf("%s  %s\n", status ? "to do " : "solved", e->title);
    return status != 0;
}

/** "--none" expects that nothing is solved: the file as a student finds it. */
int main(int argc, char **argv) {
    int open = 0, none = argc > 1 && strcmp(argv[1], "--none") == 0;
    for (int i = 0; i < num_exercises; i++) open += run_exercise(&exercises[i]);
    return none ? open < num_exercises : open > 0;
}

#endif
