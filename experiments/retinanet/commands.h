/* commands.h: the subcommands of the program `retinanet`, one file each, and what they share. Each
 * takes its own argv (argv[0] is the subcommand) and returns the exit code. */
#ifndef RN_RETINANET_COMMANDS_H
#define RN_RETINANET_COMMANDS_H

#include "common/cli.h"

int cmd_train(int argc, char **argv);
int cmd_eval(int argc, char **argv);
int cmd_detect(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_cocoeval(int argc, char **argv);
int cmd_info(int argc, char **argv);

/** A text option of the command's own struct, for its table. */
#define COMMAND_TEXT(type, field, text, group_name, what)                                          \
    {                                                                                              \
        .name = text, .kind = RN_OPTION_TEXT, .offset = offsetof(type, field), .initial = "",      \
        .help = what, .group = group_name                                                          \
    }

/** The text of an option, or NULL when it was left empty. */
const char *text_or_null(const rn_option_text *text);

/** Loads a data set and says in one line what it holds. split: NULL for the one of `role`. */
rn_status load_data(rn_dataset *dataset, const char *data, const char *split, const char *images,
                    const char *role, const rn_category *category, int num_classes, rn_err *err);

/** The preset of a run that names none: scenes for the procedural set, small for small sets without
 * pretrained weights (init is NULL or ""), else paper. */
const char *default_preset(const char *data, const char *init, size_t images);

/** Options beside a checkpoint may change how it is used, not what it is: CLI_GO_ON, or CLI_USAGE
 * after one line. With a preset or --model the file may be bare weights, which need the others. */
int check_overrides(const cli *given, const char *preset);

/** Loads a checkpoint, or a bare torchvision file when `preset` or a model is named. `given` holds
 * the config options of the command line, applied on top of the checkpoint's config. */
rn_status load_detector(rn_detector *detector, const char *weights, const char *preset,
                        const cli *given, rn_err *err);

#endif
