#include "retinanet/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct info_args {
    rn_option_text preset, size;
    int batch;
} info_args;

static const rn_option own_options[] = {
    COMMAND_TEXT(info_args, preset, "preset", "run", "set of options of the model"),
    COMMAND_TEXT(info_args, size, "size", "run",
                 "HxW of the network's input, or one number for both"),
    {.name = "images",
     .kind = RN_OPTION_INT,
     .offset = offsetof(info_args, batch),
     .low = 1,
     .high = 4096,
     .initial = "1",
     .help = "images at once, for the memory",
     .group = "run"},
};

static void print_layer(void *user, const char *weight, const rn_tensor *x, const rn_tensor *y,
                        double multiply_adds) {
    const rn_params *params = user;
    const rn_param *w = rn_params_find(params, weight);
    printf("%-52s %4d x %4d x %5d  %dx%d  %4d x %4d x %5d  %9zu  %10.1f\n", weight, x->h, x->w,
           x->c, w->shape[0], w->shape[1], y->h, y->w, y->c, w->count, multiply_adds / 1e6);
}

static void print_checkpoint(const rn_detector *detector) {
    char value[4096];
    rn_options options = rn_config_options();
    printf("trained %ld iterations on %s\n\nconfig:\n", detector->step,
           detector->data ? detector->data : "unknown data");
    for (size_t i = 0; i < options.count; i++)
        printf("  %-20s %s\n", options.row[i].name,
               rn_option_get(value, sizeof value, &detector->config, &options.row[i]));
    printf("\nclasses:\n");
    for (int c = 0; c < detector->config.model.num_classes; c++)
        printf("  %3d  id %lld  %s\n", c, (long long)detector->category[c].id,
               detector->category[c].name);
}

static void print_network(const rn_retinanet *net, int n, int h, int w) {
    printf("%-52s %-20s  %3s  %-20s  %9s  %10s\n", "layer (for one image)", "input h x w x c", "",
           "output h x w x k", "weights", "M mult-add");
    h = rn_retinanet_padded(h), w = rn_retinanet_padded(w);
    rn_need one = rn_retinanet_plan(net, 1, h, w, false, print_layer, (void *)&net->params);
    rn_need inference = rn_retinanet_plan(net, n, h, w, false, NULL, NULL);
    rn_need training = rn_retinanet_plan(net, n, h, w, true, NULL, NULL);
    printf("\n%d x %d pixels, %zu anchors, %zu parameters, %.3f G multiply-adds forward\n", w, h,
           one.anchors, one.parameters, one.multiply_adds / 1e9);
    printf("memory for %d image%s: inference %.0f MB, training %.0f MB\n", n, n > 1 ? "s" : "",
           (double)inference.bytes / 1e6, (double)training.bytes / 1e6);
}

static rn_status parse_size(int *h, int *w, const char *text, rn_err *err) {
    char rest;
    int read = sscanf(text, "%dx%d%c", h, w, &rest);
    if (read == 1 && !strchr(text, 'x')) *w = *h;
    if ((read == 2 || (read == 1 && *w == *h)) && *h >= 32 && *w >= 32 && *h <= 16384 &&
        *w <= 16384)
        return RN_OK;
    return rn_fail(err, "--size: expected HEIGHTxWIDTH from 32x32 to 16384x16384, got \"%.40s\"",
                   text);
}

static rn_status make_config(rn_config *config, const cli *c, const info_args *args, rn_err *err) {
    *config = rn_config_paper();
    if (*args->preset.value && rn_config_preset(config, args->preset.value, err) != RN_OK)
        return RN_ERROR;
    if (cli_apply(c, config, err) != RN_OK) return RN_ERROR;
    if (config->model.num_classes == 0) config->model.num_classes = 80; /* COCO's */
    return rn_config_check(config, err);
}

int cmd_info(int argc, char **argv) {
    info_args args = {0};
    cli c = {.usage = "retinanet info WEIGHTS | retinanet info --model M [--size HxW] [options]",
             .about = "Prints layers, shapes, parameters, multiply-adds and memory; of a "
                      "checkpoint also its\n"
                      "config and classes.",
             .own = {own_options, RN_COUNT(own_options)},
             .settings = &args,
             .config = rn_config_options(),
             .operands = "WEIGHTS"};
    int code = cli_parse(&c, argc, argv), h = 0, w = 0;
    if (code != CLI_GO_ON) return code;
    if (c.num_operands > 1 || (c.num_operands == 0 && c.num_given == 0 && !*args.preset.value))
        return cli_fail(CLI_USAGE, "expected one checkpoint, or --model or --preset (try --help)");
    if (c.num_operands == 1 && (c.num_given || *args.preset.value))
        return cli_fail(CLI_USAGE, "a checkpoint has its own config: expected no other options");
    rn_err err = {""};
    rn_detector detector = {0};
    if (*args.size.value && parse_size(&h, &w, args.size.value, &err) != RN_OK)
        return cli_fail(CLI_USAGE, "%s", err.text);
    bool checkpoint = c.num_operands == 1;
    rn_config config;
    if (checkpoint && rn_detector_load(&detector, c.operand[0], false, &err) != RN_OK)
        return cli_fail(CLI_FAILED, "%s", err.text);
    if (checkpoint)
        config = detector.config;
    else if (make_config(&config, &c, &args, &err) != RN_OK)
        return cli_fail(CLI_USAGE, "%s", err.text);
    rn_retinanet net;
    if (rn_retinanet_create(&net, &config.model, config.train.freeze.value, true, &err) != RN_OK)
        return cli_fail(CLI_USAGE, "%s", err.text);
    if (!h) h = w = config.train.size;
    print_network(&net, args.batch, h, w);
    if (checkpoint) print_checkpoint(&detector);
    rn_retinanet_free(&net);
    rn_detector_free(&detector);
    return CLI_DONE;
}
