/* retinanet: train, evaluate and use RetinaNet on your own images. */
#include "base/isa.h"
#include "retinanet/commands.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *what;
} commands[] = {
    {"train", cmd_train, "train a detector on a data set"},
    {"pretrain", cmd_pretrain, "train a backbone to start from, on procedural pictures"},
    {"eval", cmd_eval, "evaluate a checkpoint on a data set: COCO's twelve numbers"},
    {"detect", cmd_detect, "find objects in pictures; draw them, write them as JSON"},
    {"doctor", cmd_doctor, "check a data set before training"},
    {"cocoeval", cmd_cocoeval, "evaluate a COCO result file against a COCO ground truth"},
    {"info", cmd_info, "layers, shapes, parameters, memory of a checkpoint or a model"},
};

static void print_usage(FILE *stream) {
    fprintf(stream,
            "usage: retinanet COMMAND [options]      (retinanet COMMAND --help says more)\n\n");
    for (size_t i = 0; i < RN_COUNT(commands); i++)
        fprintf(stream, "  %-10s %s\n", commands[i].name, commands[i].what);
    fprintf(stream,
            "\nA data set is `scenes` (with parameters: scenes:side=416,train=64), a COCO file or "
            "folder,\na VOC folder, or a CSV file.\n"
            "Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.\n");
}

int main(int argc, char **argv) {
    cli_wait_politely(argv);
    cli_stop_on_interrupts();
    if (argc < 2) {
        print_usage(stderr);
        return CLI_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        print_usage(stdout);
        return cli_finish(CLI_DONE);
    }
    rn_err err;
    if (rn_isa_check(&err) != RN_OK || rn_gemm_check(&err) != RN_OK ||
        rn_conv2d_check(&err) != RN_OK)
        return cli_fail(CLI_USAGE, "%s", err.text);
    for (size_t i = 0; i < RN_COUNT(commands); i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return cli_finish(commands[i].run(argc - 1, argv + 1));
    return cli_fail(CLI_USAGE, "unknown command \"%s\" (try --help)", argv[1]);
}
