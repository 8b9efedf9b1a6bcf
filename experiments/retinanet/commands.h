/* commands.h: the subcommands of the program `retinanet`, one file each, and what they share. Each
 * takes its own argv (argv[0] is the subcommand) and returns the exit code. */
#ifndef RN_RETINANET_COMMANDS_H
#define RN_RETINANET_COMMANDS_H

#include "common/cli.h"

int cmd_train(int argc, char **argv);
int cmd_pretrain(int argc, char **argv);
int cmd_eval(int argc, char **argv);
int cmd_detect(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_cocoeval(int argc, char **argv);
int cmd_info(int argc, char **argv);

/** A text option of the command's own struct, for its table; `value` is what --help calls it. */
#define COMMAND_TEXT(type, field, text, value, group_name, what)                                   \
    {                                                                                              \
        .name = text, .kind = RN_OPTION_TEXT, .offset = offsetof(type, field), .initial = "",      \
        .choices = value, .help = what, .group = group_name                                        \
    }

/** --threads of the command's own struct. */
#define COMMAND_THREADS(type, field)                                                               \
    {                                                                                              \
        .name = "threads", .kind = RN_OPTION_INT, .offset = offsetof(type, field), .low = 0,       \
        .high = 1024, .initial = "0", .help = "threads; 0: one a core", .group = "options"         \
    }

/** Above the config options of commands that take weights. */
#define COMMAND_WEIGHTS_NOTE                                                                       \
    "A checkpoint has a config of its own; --size, --max-size and the options below\n"             \
    "change how it looks at pictures. Bare weights (torchvision's names, no config)\n"             \
    "are described by --preset and any option of `retinanet train --help`."

/** What --data may be, for the help of commands. */
#define COMMAND_DATA "data set: scenes, scenes:side=416, COCO file or folder, VOC folder, CSV file"

/** The text of an option, or NULL when it was left empty. */
const char *text_or_null(const rn_option_text *text);

/** Loads a data set and says in one line what it holds. split: NULL for the one of `role`. */
rn_status load_data(rn_dataset *dataset, const char *data, const char *split, const char *images,
                    const char *role, const rn_category *category, int num_classes, rn_err *err);

/** The preset of a run that names none: scenes for the procedural set, small for small sets without
 * pretrained weights (init is NULL or ""), else paper. */
const char *default_preset(const char *data, const char *init, size_t images);

/** A longer side that is not given follows the shorter one where it would be less. */
void fit_max_size(rn_config *config, const cli *given);

/** The paper's settings, changed by a preset (may be NULL), then by what was given; checked. */
rn_status make_config(rn_config *config, const char *preset, const cli *given, rn_err *err);

/** Options beside a checkpoint may change how it is used, not what it is: CLI_GO_ON, or CLI_USAGE
 * after one line. With a preset or --model the file may be bare weights, which need the others. */
int check_overrides(const cli *given, const char *preset);

/** Loads a checkpoint, or bare weights when `preset` or a model is named. `given` holds the config
 * options of the command line, applied on top of the checkpoint's config. Of a failure *code is the
 * exit code. */
rn_status load_detector(rn_detector *detector, const char *weights, const char *preset,
                        const cli *given, int *code, rn_err *err);

/** Fails when the machine does not hold one picture of the largest size that the config allows. */
rn_status check_inference_memory(const rn_detector *detector, rn_err *err);

/** Gives the numbered classes of bare weights the names of the data set's, so that the two can be
 * compared. Others are left alone. Arguments as in load_data. */
rn_status borrow_names(rn_detector *detector, const char *data, const char *split,
                       const char *images, const char *role, rn_err *err);

#endif
