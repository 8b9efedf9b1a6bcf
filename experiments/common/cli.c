#include "common/cli.h"
#include "common/help.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

volatile sig_atomic_t cli_interrupted;

static const char *program = "retinanet";

void cli_set_program(const char *name) { program = name; }

/* One Ctrl-C may come as two signals: from the terminal and from whoever started this program, who
 * got it too. So a second one counts from a second later on. */
static void on_interrupt(int signal_number) {
    static struct timespec first;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (!cli_interrupted) first = now;
    (void)signal_number;
    double since =
        (double)(now.tv_sec - first.tv_sec) + 1e-9 * (double)(now.tv_nsec - first.tv_nsec);
    if (since > 1) _Exit(CLI_INTERRUPTED);
    cli_interrupted = 1;
}

static void stop_on_interrupt(int signal_number) {
    static const char line[] = ": interrupted\n";
    (void)signal_number;
    ssize_t written = write(STDERR_FILENO, program, strlen(program));
    written += write(STDERR_FILENO, line, sizeof line - 1);
    (void)written;
    _Exit(CLI_INTERRUPTED);
}

static void handle_interrupts(void (*handler)(int)) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    sigaddset(&action.sa_mask, SIGINT); /* one at a time */
    sigaddset(&action.sa_mask, SIGTERM);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

void cli_catch_interrupts(void) { handle_interrupts(on_interrupt); }

void cli_stop_on_interrupts(void) { handle_interrupts(stop_on_interrupt); }

void cli_wait_politely(char **argv) { /* OpenMP reads its environment before main begins */
    char self[RN_PATH_SIZE];
    if (getenv("OMP_WAIT_POLICY") || getenv("GOMP_SPINCOUNT")) return;
    setenv("GOMP_SPINCOUNT", "1000", 1);
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length <= 0) return;
    self[length] = '\0';
    execv(self, argv); /* where that fails the program goes on as it is */
}

int cli_finish(int code) {
    if (fflush(stdout) == 0 && !ferror(stdout)) return code;
    int error = errno;
    return code != CLI_DONE ? code
                            : cli_fail(CLI_FAILED, "standard output: cannot write: %s",
                                       strerror(error ? error : EIO));
}

int cli_fail(int code, const char *format, ...) {
    va_list args;
    fflush(stdout);
    fprintf(stderr, "%s: ", program);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    return code;
}

int cli_status(rn_status status, int code, const rn_err *err) {
    if (status == RN_OK) return CLI_DONE;
    return cli_fail(status == RN_INTERRUPTED ? CLI_INTERRUPTED : code, "%s", err->text);
}

char *cli_cell(char out[CLI_CELL_SIZE], const char *name, int width) {
    size_t used = 0;
    int characters = 0;
    for (; *name && used + 1 < CLI_CELL_SIZE; name++) {
        unsigned char c = (unsigned char)*name;
        bool starts = (c & 0xC0) != 0x80;
        if (starts && width && characters == width) break;
        characters += starts;
        out[used++] = c < ' ' || c == 127 ? '?' : *name;
    }
    for (; characters < width && used + 1 < CLI_CELL_SIZE; characters++) out[used++] = ' ';
    out[used] = '\0';
    return out;
}

rn_status cli_check_outputs(const char *const *path, size_t count, rn_err *err) {
    rn_file file;
    for (size_t i = 0; i < count; i++) {
        if (!*path[i]) continue;
        for (size_t j = 0; j < i; j++)
            if (strcmp(path[i], path[j]) == 0)
                return rn_fail(err, "%s: expected two files to write, got one name twice", path[i]);
        if (rn_file_begin(&file, path[i], err) != RN_OK) return RN_ERROR;
        rn_file_abandon(&file);
    }
    return RN_OK;
}

/* ---- help ------------------------------------------------------------------------------------ */

static void print_help(const cli *c) {
    printf("usage: %s\n\n%s\n", c->usage, c->about);
    help_options(stdout, c->own, NULL, false);
    if (c->config.count == 0) return;
    size_t count;
    const rn_preset *preset = rn_preset_table(&count);
    if (c->note) {
        printf("\n%s\n", c->note);
    } else {
        printf("\npresets (--preset NAME; options given beside it win):\n");
        for (size_t i = 0; i < count; i++) help_entry(stdout, preset[i].name, preset[i].what);
        printf("\nThe defaults below are those of the preset `paper`, each with its source.\n");
    }
    help_options(stdout, c->config, c->shown, true);
}

/* ---- parsing --------------------------------------------------------------------------------- */

/* "--no-flip" is flip off. */
static const rn_option *find(const cli *c, const char *name, bool *own) {
    const rn_option *option = rn_option_find(c->own, name);
    *own = option != NULL;
    return option ? option : rn_option_find(c->config, name);
}

static bool is_switch(const char *text) {
    return text && (strcmp(text, "on") == 0 || strcmp(text, "off") == 0);
}

/* Records or sets one option; `seen` holds the own options met so far. */
static int take(cli *c, const rn_option *option, const char *text, bool own, cli_given *seen,
                int *num_seen) {
    rn_err err;
    rn_config scratch = rn_config_paper();
    for (int i = 0; i < *num_seen; i++)
        if (seen[i].option == option && strcmp(seen[i].text, text) != 0)
            return cli_fail(CLI_USAGE, "--%s: given twice, \"%s\" and \"%s\"", option->name,
                            seen[i].text, text);
    if (*num_seen == CLI_GIVEN_MOST) return cli_fail(CLI_USAGE, "too many options");
    seen[(*num_seen)++] = (cli_given){option, text};
    if (rn_option_set(own ? c->settings : &scratch, option, text, &err) != RN_OK)
        return cli_fail(CLI_USAGE, "%s", err.text);
    if (!own) c->given[c->num_given++] = (cli_given){option, text};
    return CLI_GO_ON;
}

/* Parses the option at argv[*i] and moves *i to its last word. */
static int parse_option(cli *c, int argc, char **argv, int *i, cli_given *seen, int *num_seen) {
    char name[64];
    const char *word = argv[*i] + 2, *equals = strchr(word, '=');
    bool own, negated = false;
    snprintf(name, sizeof name, "%.*s", (int)(equals ? equals - word : (long)strlen(word)), word);
    const rn_option *option = find(c, name, &own);
    if (!option && strncmp(name, "no-", 3) == 0) {
        option = find(c, name + 3, &own);
        negated = option && option->kind == RN_OPTION_BOOL;
        if (!negated) option = NULL;
    }
    if (!option) return cli_fail(CLI_USAGE, "unknown option --%s (try --help)", name);
    const char *text = equals ? equals + 1 : NULL;
    if (negated && text)
        return cli_fail(CLI_USAGE, "--%s: expected no value, got \"%s\"", name, text);
    if (option->kind == RN_OPTION_BOOL && !text)
        text = negated ? "off" : *i + 1 < argc && is_switch(argv[*i + 1]) ? argv[++*i] : "on";
    if (!text) {
        bool another = *i + 1 < argc && strncmp(argv[*i + 1], "--", 2) == 0;
        if (*i + 1 == argc || another)
            return cli_fail(CLI_USAGE, "--%s: expected a value, got %s", name,
                            another ? argv[*i + 1] : "nothing");
        text = argv[++*i];
    }
    return take(c, option, text, own, seen, num_seen);
}

int cli_parse(cli *c, int argc, char **argv) {
    cli_given seen[CLI_GIVEN_MOST];
    int num_seen = 0, code;
    bool options_over = false;
    rn_option_defaults(c->settings, c->own);
    c->operand = argv;
    for (int i = 1; i < argc; i++) {
        if (options_over || argv[i][0] != '-' || strcmp(argv[i], "-") == 0) {
            if (!c->operands)
                return cli_fail(CLI_USAGE, "unexpected argument \"%s\" (try --help)", argv[i]);
            c->operand[c->num_operands++] = argv[i];
        } else if (strcmp(argv[i], "--") == 0) {
            options_over = true;
        } else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            print_help(c);
            return CLI_DONE;
        } else if (argv[i][1] != '-') {
            return cli_fail(CLI_USAGE, "unknown option %s (try --help)", argv[i]);
        } else if ((code = parse_option(c, argc, argv, &i, seen, &num_seen)) != CLI_GO_ON) {
            return code;
        }
    }
    return CLI_GO_ON;
}

rn_status cli_apply(const cli *c, rn_config *config, rn_err *err) {
    for (int i = 0; i < c->num_given; i++)
        if (rn_option_set(config, c->given[i].option, c->given[i].text, err) != RN_OK)
            return RN_ERROR;
    return RN_OK;
}

bool cli_was_given(const cli *c, const char *name) {
    for (int i = 0; i < c->num_given; i++)
        if (strcmp(c->given[i].option->name, name) == 0) return true;
    return false;
}
