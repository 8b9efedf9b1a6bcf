/* cli.h: command lines: options from tables, --help, and one line for every mistake.
 *
 * Exit codes everywhere: 0 done, 1 failed, 2 wrong usage, 130 interrupted. */
#ifndef RN_COMMON_CLI_H
#define RN_COMMON_CLI_H

#include "retinanet.h"

#include <signal.h>

enum { CLI_DONE = 0, CLI_FAILED = 1, CLI_USAGE = 2, CLI_INTERRUPTED = 130, CLI_GO_ON = -1 };

enum { CLI_GIVEN_MOST = 128 };

/** An option as it was given. */
typedef struct cli_given {
    const rn_option *option;
    const char *text;
} cli_given;

typedef struct cli {
    const char *usage; /**< "retinanet eval --data D --weights W [options]" */
    const char *about; /**< a few lines below it */
    rn_options own;    /**< the command's options, set while parsing ... */
    void *settings;    /**< ... in this struct, after its defaults */
    rn_options config; /**< options over rn_config, only collected: see cli_apply; may be empty */
    const char *operands; /**< what the other arguments are, for --help: "IMAGE..."; NULL: none */
    cli_given given[CLI_GIVEN_MOST];
    int num_given; /**< of `config` */
    char **operand;
    int num_operands;
} cli;

/** Restarts the program once with OMP_WAIT_POLICY=passive unless the user has set it: threads that
 * spin while they wait cost a factor of 20 on a machine whose cores are shared. First thing in
 * main. */
void cli_wait_politely(char **argv);

/** Parses argv[1 ..]. Returns CLI_GO_ON, or an exit code: CLI_DONE after --help (printed to
 * stdout), CLI_USAGE after a mistake (one line on stderr). argv is permuted: operands come last. */
int cli_parse(cli *c, int argc, char **argv);

/** Sets the collected options in a config. */
rn_status cli_apply(const cli *c, rn_config *config, rn_err *err);

/** Was this option of `config` given? */
bool cli_was_given(const cli *c, const char *name);

/** Prints "retinanet: message" to stderr and returns the code. */
int cli_fail(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** cli_fail(CLI_FAILED or, for RN_INTERRUPTED, CLI_INTERRUPTED, ...) with the error's text. */
int cli_status(rn_status status, const rn_err *err);

/** Ctrl-C and SIGTERM set this; a second one ends the program at once. */
extern volatile sig_atomic_t cli_interrupted;
void cli_catch_interrupts(void);

#endif
