#include "base/progress.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* A stream in memory, and time that passes by putting the start back. */
static char *text;
static size_t size;

static FILE *open_stream(void) {
    FILE *stream = open_memstream(&text, &size);
    cr_assert(stream);
    return stream;
}

static void wait_seconds(rn_progress *progress, double seconds) {
    progress->started -= seconds;
    progress->shown -= seconds;
}

static void close_stream(FILE *stream) {
    fclose(stream);
    free(text);
}

Test(progress, nothing_in_the_first_two_seconds) {
    FILE *stream = open_stream();
    rn_progress progress = rn_progress_start(stream, "evaluating", 0, 100);
    rn_progress_update(&progress, 1, NULL);
    wait_seconds(&progress, 1.5);
    cr_expect_not(rn_progress_due(&progress));
    rn_progress_update(&progress, 99, NULL);
    rn_progress_end(&progress);
    fflush(stream);
    cr_expect_eq(size, 0, "%s", text);
    close_stream(stream);
}

/* 90 of 100 steps in 9 minutes: one is left. (The clock runs on: few steps left, little error.) */
Test(progress, a_line_every_ten_seconds_tells_the_time_left) {
    FILE *stream = open_stream();
    rn_progress progress = rn_progress_start(stream, "evaluating", 0, 100);
    wait_seconds(&progress, 540);
    rn_progress_update(&progress, 90, NULL);
    rn_progress_update(&progress, 91, NULL); /* too soon */
    fflush(stream);
    cr_expect_str_eq(text, "evaluating 90/100, 1:00 left\n");
    wait_seconds(&progress, 12);
    rn_progress_update(&progress, 100, "loss 0.5");
    rn_progress_end(&progress);
    fflush(stream);
    cr_expect_str_eq(text, "evaluating 90/100, 1:00 left\n"
                           "evaluating 100/100, 0:00 left  loss 0.5\n");
    close_stream(stream);
}

/* 100 steps in 100 hours since the resume at 900: 10 hours for the other 10. */
Test(progress, steps_done_before_do_not_count_for_the_speed) {
    FILE *stream = open_stream();
    rn_progress progress = rn_progress_start(stream, "training", 900, 1010);
    wait_seconds(&progress, 360000);
    rn_progress_update(&progress, 1000, NULL);
    fflush(stream);
    cr_expect_str_eq(text, "training 1000/1010, 10:00:00 left\n");
    close_stream(stream);
}

Test(progress, without_a_step_the_time_is_unknown) {
    FILE *stream = open_stream();
    rn_progress progress = rn_progress_start(stream, "training", 7, 10);
    wait_seconds(&progress, 100);
    rn_progress_update(&progress, 7, NULL);
    fflush(stream);
    cr_expect_str_eq(text, "training 7/10, ? left\n");
    close_stream(stream);
}

Test(progress, a_terminal_is_redrawn_and_cleared) {
    FILE *stream = open_stream();
    rn_progress progress = rn_progress_start(stream, "a", 0, 110);
    cr_assert_not(progress.terminal);
    progress.terminal = true;
    wait_seconds(&progress, 30);
    rn_progress_update(&progress, 100, NULL);
    wait_seconds(&progress, 1);
    rn_progress_update(&progress, 110, NULL);
    rn_progress_end(&progress);
    fflush(stream);
    cr_expect_str_eq(text, "\r\033[Ka 100/110, 0:03 left\r\033[Ka 110/110, 0:00 left\r\033[K");
    close_stream(stream);
}

Test(progress, hardly_any_speed_is_no_overflow) {
    FILE *stream = open_stream();
    rn_progress progress = rn_progress_start(stream, "a", 0, __LONG_MAX__);
    wait_seconds(&progress, 1e9);
    rn_progress_update(&progress, 1, NULL);
    fflush(stream);
    cr_expect(strstr(text, "a 1/9223372036854775807, 1000000:00:00 left"), "%s", text);
    close_stream(stream);
}

Test(progress, no_stream_is_silent) {
    rn_progress progress = rn_progress_start(NULL, "a", 0, 4);
    wait_seconds(&progress, 100);
    cr_expect_not(rn_progress_due(&progress));
    rn_progress_update(&progress, 1, NULL);
    rn_progress_end(&progress);
    cr_expect_eq(progress.done, 1);
}
