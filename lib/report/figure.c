#include "report/figure.h"
#include "base/check.h"
#include "base/file.h"
#include "base/text.h"
#include "base/vec.h"
#include "report/plot_scripts.h"
#include "report/svg.h"

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

/* A table as CSV to a data block: tabs for the commas between cells, and no quotes, since gnuplot
 * ends a text at a comma even between quotes. The block ends at a line that begins with its mark,
 * so none of ours does: every line begins with a space. */
static void put_data(FILE *out, const char *csv) {
    bool quoted = false, line_start = true;
    fputs("$data << END_OF_DATA\n", out);
    for (const char *c = csv; *c; c++) {
        if (line_start) fputc(' ', out);
        line_start = *c == '\n' && !quoted;
        if (line_start)
            fputc('\n', out);
        else if (*c == '"' && quoted && c[1] == '"')
            fputc('\'', out), c++;
        else if (*c == '"')
            quoted = !quoted;
        else if (*c == ',' && !quoted)
            fputc('\t', out);
        else
            fputc((unsigned char)*c < ' ' ? ' ' : *c, out);
    }
    fputs("END_OF_DATA\ndata = '$data'\n", out);
}

typedef struct format {
    const char *ending, *magic;
} format;

static const format formats[] = {{".png", "\x89PNG"}, {".svg", "<?xml"}};

/* The format that the ending of a path stands for, or NULL. */
static const format *format_of(const char *path) {
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (rn_text_ends_with(path, formats[i].ending)) return &formats[i];
    return NULL;
}

/* "a/b.png" to "a/b.csv". */
static rn_status data_path(char out[RN_PATH_SIZE], const char *path, rn_err *err) {
    size_t size = strlen(path);
    if (!format_of(path) || size >= RN_PATH_SIZE)
        return rn_fail(err, "%.200s: expected the name of a picture, ending in .png or .svg", path);
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

/* Of what gnuplot says beside a picture, only its own warnings count, not those of a library. */
static rn_status report_warnings(const char *path, FILE *messages, rn_err *err) {
    size_t size;
    char *text = read_stream(messages, &size), *line = text;
    rn_status status = RN_OK;
    while (line && status == RN_OK) {
        char *end = strchr(line, '\n'), *warning;
        if (end) *end = '\0';
        warning = strncmp(line, "Fontconfig", 10) == 0 ? NULL : strstr(line, "warning: ");
        if (warning) status = rn_fail(err, "%s: gnuplot warned: %.300s", path, rn_text_trim(line));
        line = end ? end + 1 : NULL;
    }
    free(text);
    return status;
}

static rn_status keep_picture(const char *path, const char *title, FILE *picture, rn_err *err) {
    size_t size;
    const format *f = format_of(path);
    char *bytes = read_stream(picture, &size), *tidy = NULL;
    bool sound = size > 8 && memcmp(bytes, f->magic, strlen(f->magic)) == 0;
    if (sound && strcmp(f->ending, ".svg") == 0) {
        tidy = rn_svg_tidy(bytes, title);
        sound = tidy != NULL;
    }
    rn_status status =
        sound ? rn_file_save(path, tidy ? tidy : bytes, tidy ? strlen(tidy) : size, err)
              : rn_fail(err, "%s: expected a picture from gnuplot, got %zu bytes of another kind",
                        path, size);
    free(tidy);
    free(bytes);
    return status;
}

static rn_status draw(const char *path, const char *csv, const char *title, streams *s,
                      rn_err *err) {
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
    if (keep_picture(path, title, s->picture, err) != RN_OK) return RN_ERROR;
    return report_warnings(path, s->messages, err);
}

static const char *find_title(const rn_figure_variable *variable, size_t num_variables) {
    for (size_t i = 0; i < num_variables; i++)
        if (strcmp(variable[i].name, "title") == 0) return variable[i].value;
    return "";
}

/* ---- the whole ------------------------------------------------------------------------------- */

rn_status rn_figure_save(const char *path, const char *script, const rn_table *data,
                         const rn_figure_variable *variable, size_t num_variables, rn_err *err) {
    char csv[RN_PATH_SIZE] = "";
    streams s;
    if (data_path(csv, path, err) != RN_OK) return RN_ERROR;
    if (rn_table_save(data, csv, RN_TABLE_CSV, err) != RN_OK) return RN_ERROR;
    if (open_streams(&s, err) != RN_OK) return RN_ERROR;
    char *numbers = rn_table_render(data, RN_TABLE_CSV);
    put_data(s.script, numbers);
    free(numbers);
    put_variable(s.script, "picture", format_of(path)->ending + 1);
    fputs(find_script("style"), s.script);
    for (size_t i = 0; i < num_variables; i++)
        put_variable(s.script, variable[i].name, variable[i].value);
    fputs(find_script(script), s.script);
    rn_status status = draw(path, csv, find_title(variable, num_variables), &s, err);
    close_streams(&s);
    return status;
}

rn_status rn_figure_save_both(const char *stem, const char *script, const rn_table *data,
                              const rn_figure_variable *variable, size_t num_variables,
                              rn_err *err) {
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        char path[RN_PATH_SIZE];
        int size = snprintf(path, sizeof path, "%s%s", stem, formats[i].ending);
        if (size < 0 || (size_t)size >= sizeof path)
            return rn_fail(err, "%.200s: the name of a picture is too long", stem);
        if (rn_figure_save(path, script, data, variable, num_variables, err) != RN_OK)
            return RN_ERROR;
    }
    return RN_OK;
}
