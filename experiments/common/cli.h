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
    const char *shown; /**< groups of them that --help lists, "inference|images"; NULL: all ... */
    const char *note;  /**< ... with this line above; NULL: presets and defaults are explained */
    const char *operands; /**< what the other arguments are, for --help: "IMAGE..."; NULL: none */
    cli_given given[CLI_GIVEN_MOST];
    int num_given; /**< of `config` */
    char **operand;
    int num_operands;
} cli;

/** Restarts the program once with GOMP_SPINCOUNT=1000 unless the user has set it or
 * OMP_WAIT_POLICY: idle threads then look for work for a microsecond or so before they sleep. By
 * default they would look for much longer, which on cores that others use too makes everything some
 * 20 times slower; without looking at all (passive), waking them costs a small network half its
 * speed. First thing in main. */
void cli_wait_politely(char **argv);

/** From now on Ctrl-C and SIGTERM end the program at once, with one line and CLI_INTERRUPTED. Right
 * after that in main; cli_catch_interrupts takes over where there is something to save. */
void cli_stop_on_interrupts(void);

/** Last thing in main: `code`, or CLI_FAILED after one line when standard output could not be
 * written. */
int cli_finish(int code);

/** Parses argv[1 ..]. Returns CLI_GO_ON, or an exit code: CLI_DONE after --help (printed to
 * stdout), CLI_USAGE after a mistake (one line on stderr). argv is permuted: operands come last. */
int cli_parse(cli *c, int argc, char **argv);

/** Sets the collected options in a config. */
rn_status cli_apply(const cli *c, rn_config *config, rn_err *err);

/** Was this option of `config` given? */
bool cli_was_given(const cli *c, const char *name);

/** The name in front of messages; "retinanet" unless set. Kept, not copied. */
void cli_set_program(const char *name);

/** Prints "retinanet: message" to stderr and returns the code. */
int cli_fail(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** The exit code: CLI_DONE, or one line with the error's text and `code` (CLI_FAILED, CLI_USAGE),
 * for RN_INTERRUPTED CLI_INTERRUPTED. */
int cli_status(rn_status status, int code, const rn_err *err);

enum { CLI_CELL_SIZE = 256 };

/** A name from a file, for a terminal: control characters become '?', and with `width` > 0 it is
 * cut or padded to so many characters (of UTF-8, below 60). Returns `out`. */
char *cli_cell(char out[CLI_CELL_SIZE], const char *name, int width);

/** From now on Ctrl-C and SIGTERM set cli_interrupted; another one, more than a second later, ends
 * the program at once. */
void cli_catch_interrupts(void);
extern volatile sig_atomic_t cli_interrupted;

/** Fails unless a file can appear at each path (one that is there is left alone) and no two are the
 * same: asked before the work that ends in writing them. Empty paths are fine. */
rn_status cli_check_outputs(const char *const *path, size_t count, rn_err *err);

#endif
