#include "retinanet/commands.h"

#include <stdio.h>

typedef struct pretrain_args {
    rn_pretrain_config config; /* first: rn_pretrain_options are offsets into it */
    rn_option_text out;
    int threads;
} pretrain_args;

static const rn_option own_options[] = {
    COMMAND_TEXT(pretrain_args, out, "out", "FILE", "options", "gets the weights (.safetensors)"),
    COMMAND_THREADS(pretrain_args, threads),
};

/* The command's own options, then those of the library. */
static rn_options join_options(rn_option *row, size_t most) {
    rn_options more = rn_pretrain_options();
    size_t count = 0;
    RN_CHECK(RN_COUNT(own_options) + more.count <= most, "%zu options", more.count);
    for (size_t i = 0; i < RN_COUNT(own_options); i++) row[count++] = own_options[i];
    for (size_t i = 0; i < more.count; i++) row[count++] = more.row[i];
    return (rn_options){row, count};
}

static void print_result(const rn_pretrain_result *r, const pretrain_args *args) {
    printf("accuracy of each class, per cent:");
    for (int c = 0; c < RN_CROP_CLASSES; c++)
        printf(" %s %.0f", rn_crop_class_name(c),
               r->seen[c] ? 100. * r->right[c] / r->seen[c] : 0.);
    printf("\n%ld iterations in %.1f s (%.1f s to paint), training loss %.3f, validation accuracy "
           "%.1f%%; %s\n",
           r->steps, r->seconds, r->painting_seconds, r->loss, 100 * r->accuracy, args->out.value);
}

int cmd_pretrain(int argc, char **argv) {
    rn_option row[64];
    pretrain_args args = {0};
    cli c = {.usage = "retinanet pretrain --out FILE [options]",
             .about =
                 "Trains a backbone to tell 64 x 64 pieces of `scenes` apart by what they\n"
                 "show: a start for `retinanet train --init FILE` where there are no ImageNet\n"
                 "weights. Ctrl-C stops; FILE appears when it is complete.",
             .own = join_options(row, RN_COUNT(row)),
             .settings = &args};
    int code = cli_parse(&c, argc, argv);
    if (code != CLI_GO_ON) return code;
    if (!*args.out.value) return cli_fail(CLI_USAGE, "--out: expected a file, got nothing");
    rn_err err = {""};
    if (rn_pretrain_check(&args.config, &err) != RN_OK) return cli_fail(CLI_USAGE, "%s", err.text);
    rn_parallel_set_threads(args.threads);
    cli_catch_interrupts();
    rn_pretrain_result result;
    rn_pretrain_output output = {
        .path = args.out.value, .progress = stderr, .stop = &cli_interrupted};
    rn_status status = rn_pretrain(&result, &args.config, &output, &err);
    if (status == RN_OK) print_result(&result, &args);
    return cli_status(status, CLI_FAILED, &err);
}
