#include "common/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

volatile sig_atomic_t cli_interrupted;

static void on_interrupt(int signal_number) {
    if (cli_interrupted) _Exit(128 + signal_number);
    cli_interrupted = 1;
}

void cli_catch_interrupts(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_interrupt;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

void cli_wait_politely(char **argv) { /* OpenMP reads its environment before main begins */
    if (getenv("OMP_WAIT_POLICY")) return;
    setenv("OMP_WAIT_POLICY", "passive", 1);
    execv("/proc/self/exe", argv); /* where that fails the program goes on as it is */
}

int cli_fail(int code, const char *format, ...) {
    va_list args;
    fflush(stdout);
    fputs("retinanet: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    return code;
}

int cli_status(rn_status status, const rn_err *err) {
    if (status == RN_OK) return CLI_DONE;
    return cli_fail(status == RN_INTERRUPTED ? CLI_INTERRUPTED : CLI_FAILED, "%s", err->text);
}

/* ---- help
 * ---------------------------------------------------------------------------------------- */

static void print_options(rn_options options, bool sources) {
    char accepts[256], left[320];
    const char *group = "";
    for (size_t i = 0; i < options.count; i++) {
        const rn_option *option = &options.row[i];
        if (strcmp(option->group, group) != 0) printf("\n%s:\n", group = option->group);
        if (option->kind == RN_OPTION_BOOL && strcmp(option->initial, "off") == 0 && !sources)
            snprintf(left, sizeof left, "--%s", option->name);
        else
            snprintf(left, sizeof left, "--%s %s", option->name, option->initial);
        rn_option_accepts(accepts, sizeof accepts, option);
        printf("  %-34s %s", left, option->help);
        if (option->kind != RN_OPTION_BOOL && option->kind != RN_OPTION_TEXT)
            printf(" (%s)", accepts);
        if (sources) printf(" [%s]", option->source);
        putchar('\n');
    }
}

static void print_help(const cli *c) {
    printf("usage: %s\n\n%s\n", c->usage, c->about);
    print_options(c->own, false);
    if (c->config.count == 0) return;
    size_t count;
    const rn_preset *preset = rn_preset_table(&count);
    printf("\npresets (--preset NAME; options given beside it win):\n");
    for (size_t i = 0; i < count; i++) printf("  %-34s %s\n", preset[i].name, preset[i].what);
    printf("\nThe defaults below are those of the preset `paper`, each with its source.\n");
    print_options(c->config, true);
}

/* ---- parsing
 * ------------------------------------------------------------------------------------- */

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
    if (option->kind == RN_OPTION_BOOL && !text)
        text = negated ? "off" : *i + 1 < argc && is_switch(argv[*i + 1]) ? argv[++*i] : "on";
    if (!text) {
        if (*i + 1 == argc) return cli_fail(CLI_USAGE, "--%s: expected a value, got nothing", name);
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
