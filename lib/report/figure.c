#include "report/figure.h"
#include "base/check.h"
#include "base/file.h"
#include "base/text.h"
#include "base/vec.h"
#include "report/plot_scripts.h"

#include <errno.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* ---- what gnuplot reads ---------------------------------------------------------------------- */

static const char *find_script(const char *name) {
    const rn_plot_script *script = rn_plot_scripts;
    while (script->name && strcmp(script->name, name) != 0) script++;
    RN_CHECK(script->name, "no script plots/%s.gp", name);
    return script->text;
}

/* In single quotes gnuplot takes everything as it is, but for the quote itself, which is doubled,
 * and the end of the line. */
static void put_variable(FILE *out, const char *name, const char *value) {
    RN_CHECK(strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") ==
                     strlen(name) &&
                 *name && !(*name >= '0' && *name <= '9'),
             "\"%s\" is no name of a variable", name);
    fprintf(out, "%s = '", name);
    for (; *value; value++) {
        if (*value == '\'') fputc('\'', out);
        fputc((unsigned char)*value < ' ' ? ' ' : *value, out);
    }
    fputs("'\n", out);
}

/* "a/b.png" to "a/b.csv". */
static rn_status data_path(char out[RN_PATH_SIZE], const char *path, rn_err *err) {
    size_t size = strlen(path);
    if (!rn_text_ends_with(path, ".png") || size >= RN_PATH_SIZE)
        return rn_fail(err, "%.200s: expected the name of a picture, ending in .png", path);
    for (const char *c = path; *c; c++)
        if ((unsigned char)*c < ' ')
            return rn_fail(err, "%s: expected a name without control characters", path);
    memcpy(out, path, size - 4);
    memcpy(out + size - 4, ".csv", 5);
    return RN_OK;
}

/* ---- running it ------------------------------------------------------------------------------ */

/* gnuplot's standard streams: unnamed files, which need no attention while it runs. */
typedef struct streams {
    FILE *script, *picture, *messages;
} streams;

static void close_streams(streams *s) {
    if (s->script) fclose(s->script);
    if (s->picture) fclose(s->picture);
    if (s->messages) fclose(s->messages);
}

static rn_status open_streams(streams *s, rn_err *err) {
    *s = (streams){tmpfile(), tmpfile(), tmpfile()};
    if (s->script && s->picture && s->messages) return RN_OK;
    close_streams(s);
    return rn_fail(err, "cannot make a temporary file: %s", strerror(errno));
}

/* Starts gnuplot and waits; *code gets its exit code. Returns an errno, 0 when it ran. */
static int run_gnuplot(const streams *s, int *code) {
    char name[] = "gnuplot", defaults[] = "-d"; /* no ~/.gnuplot */
    char *arguments[] = {name, defaults, NULL};
    posix_spawn_file_actions_t actions;
    int error = posix_spawn_file_actions_init(&actions), status = 0;
    if (error) return error;
    posix_spawn_file_actions_adddup2(&actions, fileno(s->script), STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, fileno(s->picture), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, fileno(s->messages), STDERR_FILENO);
    pid_t child = 0;
    error = posix_spawnp(&child, name, &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error) return error;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return errno;
    *code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return 0;
}

/* The whole stream; the caller frees. */
static char *read_stream(FILE *stream, size_t *size) {
    char *bytes = NULL;
    size_t used = 0, capacity = 0, got;
    rewind(stream);
    do {
        bytes = rn_vec_reserve(bytes, used + (1 << 16), &capacity, 1);
        got = fread(bytes + used, 1, capacity - used - 1, stream);
        used += got;
    } while (got > 0);
    bytes[used] = '\0';
    *size = used;
    return bytes;
}

/* The line of gnuplot's complaint that says what is wrong: the last, which follows the place. */
static rn_status report_messages(const char *path, FILE *messages, int code, rn_err *err) {
    size_t size;
    char *text = read_stream(messages, &size), *line = rn_text_trim(text),
         *last = strrchr(line, '\n');
    if (last) line = rn_text_trim(last);
    rn_fail(err, "%s: gnuplot failed (%d): %.300s", path, code, *line ? line : "without a word");
    free(text);
    return RN_ERROR;
}

static rn_status keep_picture(const char *path, FILE *picture, rn_err *err) {
    size_t size;
    char *bytes = read_stream(picture, &size);
    rn_status status =
        size > 8 && memcmp(bytes, "\x89PNG", 4) == 0
            ? rn_file_save(path, bytes, size, err)
            : rn_fail(err, "%s: expected a PNG from gnuplot, got %zu bytes", path, size);
    free(bytes);
    return status;
}

static rn_status draw(const char *path, const char *csv, streams *s, rn_err *err) {
    int code = 0;
    if (fflush(s->script) != 0 || ferror(s->script))
        return rn_fail(err, "cannot write a temporary file: %s", strerror(errno));
    rewind(s->script);
    int error = run_gnuplot(s, &code);
    if (error == ENOENT || code == 127)
        return rn_fail(err, "gnuplot: not found; install it to draw %s (its numbers are in %s)",
                       path, csv);
    if (error) return rn_fail(err, "gnuplot: cannot be started: %s", strerror(error));
    if (code != 0) return report_messages(path, s->messages, code, err);
    return keep_picture(path, s->picture, err);
}

rn_status rn_figure_save(const char *path, const char *script, const rn_table *data,
                         const rn_figure_variable *variable, size_t num_variables, rn_err *err) {
    char csv[RN_PATH_SIZE] = "", opened[RN_PATH_SIZE + 2];
    streams s;
    if (data_path(csv, path, err) != RN_OK) return RN_ERROR;
    if (rn_table_save(data, csv, RN_TABLE_CSV, err) != RN_OK) return RN_ERROR;
    if (open_streams(&s, err) != RN_OK) return RN_ERROR;
    /* gnuplot takes a name that begins with '<' for a command: ours begins with '/' or "./". */
    snprintf(opened, sizeof opened, "%s%s", *csv == '/' ? "" : "./", csv);
    put_variable(s.script, "data", opened);
    for (size_t i = 0; i < num_variables; i++)
        put_variable(s.script, variable[i].name, variable[i].value);
    fputs(find_script("style"), s.script);
    fputs(find_script(script), s.script);
    rn_status status = draw(path, csv, &s, err);
    close_streams(&s);
    return status;
}
