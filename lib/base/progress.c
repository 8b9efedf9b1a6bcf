#include "base/progress.h"
#include "base/clock.h"

#include <math.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const double QUIET_SECONDS = 2, TERMINAL_SECONDS = .2, FILE_SECONDS = 10;

rn_progress rn_progress_start(FILE *stream, const char *what, long first, long total) {
    double now = rn_clock_seconds();
    return (rn_progress){.stream = stream,
                         .what = what,
                         .total = total,
                         .first = first,
                         .done = first,
                         .started = now,
                         .shown = now,
                         .terminal = stream && isatty(fileno(stream))};
}

bool rn_progress_due(const rn_progress *progress) {
    if (!progress->stream) return false;
    double now = rn_clock_seconds();
    return now - progress->started >= QUIET_SECONDS &&
           now - progress->shown >= (progress->terminal ? TERMINAL_SECONDS : FILE_SECONDS);
}

static void format_seconds(char *out, size_t size, double seconds) {
    long s = (long)(fmin(seconds, 3.6e9) + .5);
    if (s < 3600)
        snprintf(out, size, "%ld:%02ld", s / 60, s % 60);
    else
        snprintf(out, size, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
}

/* How many characters fit a row: a line that wraps could not be redrawn. */
static int room(const rn_progress *progress) {
    enum { LONGEST = 500 };
    struct winsize window;
    if (!progress->terminal || ioctl(fileno(progress->stream), TIOCGWINSZ, &window) != 0 ||
        window.ws_col < 2)
        return LONGEST;
    return window.ws_col - 1;
}

void rn_progress_update(rn_progress *progress, long done, const char *detail) {
    progress->done = done;
    if (!rn_progress_due(progress)) return;
    double now = rn_clock_seconds(), elapsed = now - progress->started;
    long steps = done - progress->first;
    char left[32] = "?", line[512];
    if (steps > 0)
        format_seconds(left, sizeof left,
                       elapsed / (double)steps * (double)(progress->total - done));
    snprintf(line, sizeof line, "%s %ld/%ld, %s left%s%s", progress->what, done, progress->total,
             left, detail ? "  " : "", detail ? detail : "");
    fprintf(progress->stream, progress->terminal ? "\r\033[K%.*s" : "%.*s\n", room(progress), line);
    fflush(progress->stream);
    progress->shown = now;
    progress->drawn = true;
}

void rn_progress_end(rn_progress *progress) {
    if (progress->drawn && progress->terminal) {
        fputs("\r\033[K", progress->stream);
        fflush(progress->stream);
    }
}
