#include "retinanet/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct info_args {
    rn_option_text preset, size;
    int batch;
} info_args;

static const rn_option own_options[] = {
    COMMAND_TEXT(info_args, preset, "preset", "NAME", "options", "set of options of the model"),
    COMMAND_TEXT(info_args, size, "size", "HxW", "options",
                 "height x width of the network's input, or one number for both"),
    {.name = "images",
     .kind = RN_OPTION_INT,
     .offset = offsetof(info_args, batch),
     .low = 1,
     .high = 4096,
     .initial = "1",
     .help = "images at once, for the memory",
     .group = "options"},
};

static void print_layer(void *user, const char *weight, const rn_tensor *x, const rn_tensor *y,
                        double multiply_adds) {
    const rn_params *params = user;
    const rn_param *w = rn_params_find(params, weight);
    printf("%-52s %4d x %4d x %5d  %dx%d  %4d x %4d x %5d  %9zu  %10.1f\n", weight, x->h, x->w,
           x->c, w->shape[0], w->shape[1], y->h, y->w, y->c, w->count, multiply_adds / 1e6);
}

static void print_checkpoint(const rn_detector *detector) {
    char value[4096], cell[CLI_CELL_SIZE];
    rn_options options = rn_config_options();
    printf("trained %ld iterations on %s\n\nconfig:\n", detector->step,
           cli_cell(cell, detector->data ? detector->data : "unknown data", 0));
    for (size_t i = 0; i < options.count; i++)
        printf("  %-20s %s\n", options.row[i].name,
               rn_option_get(value, sizeof value, &detector->config, &options.row[i]));
    printf("\nclasses:\n");
    for (int c = 0; c < detector->config.model.num_classes; c++)
        printf("  %3d  id %lld  %s\n", c, (long long)detector->category[c].id,
               cli_cell(cell, detector->category[c].name, 0));
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

/* "600x1000", or "600" for a square. */
static rn_status parse_size(int *h, int *w, const char *text, rn_err *err) {
    enum { LEAST = 32, MOST = 16384 };
    char height[32];
    int64_t sides[2];
    size_t length = strcspn(text, "x");
    snprintf(height, sizeof height, "%.*s", (int)(length < 31 ? length : 31), text);
    if (rn_text_to_int(&sides[0], height, LEAST, MOST) &&
        rn_text_to_int(&sides[1], text[length] ? text + length + 1 : height, LEAST, MOST)) {
        *h = (int)sides[0], *w = (int)sides[1];
        return RN_OK;
    }
    return rn_fail(err, "--size: expected HEIGHTxWIDTH from %dx%d to %dx%d, got \"%.40s\"", LEAST,
                   LEAST, MOST, MOST, text);
}

/* The tensors of a file that is no checkpoint of this program. */
static void print_tensors(const rn_safetensors *file, const char *path) {
    double numbers = 0;
    char cell[CLI_CELL_SIZE];
    for (size_t i = 0; i < file->count; i++) {
        const rn_safetensor *t = &file->tensor[i];
        numbers += (double)rn_safetensor_count(t);
        printf("%s  %-4s (", cli_cell(cell, t->name, 58), rn_dtype_name(t->dtype));
        for (int d = 0; d < t->dims; d++) printf("%s%lld", d ? ", " : "", (long long)t->shape[d]);
        printf(")\n");
    }
    printf(
        "\n%zu tensors, %.0f numbers; %s has no config and no classes: --preset tells `eval` and\n"
        "`detect` what it is, `train --init` starts from it\n",
        file->count, numbers, path);
}

/* A model as named by options, or that of a checkpoint. */
static rn_status describe(const rn_config *config, const info_args *args, int *code, rn_err *err) {
    rn_retinanet net;
    int h = config->train.size, w = h;
    *code = CLI_USAGE;
    if ((*args->size.value && parse_size(&h, &w, args->size.value, err) != RN_OK) ||
        rn_retinanet_create(&net, &config->model, config->train.freeze.value, true, err) != RN_OK)
        return RN_ERROR;
    print_network(&net, args->batch, h, w);
    rn_retinanet_free(&net);
    return RN_OK;
}

static rn_status describe_file(const char *path, const info_args *args, int *code, rn_err *err) {
    rn_safetensors file = {0};
    rn_detector detector = {0};
    *code = CLI_FAILED;
    if (rn_safetensors_load(&file, path, err) != RN_OK) return RN_ERROR;
    bool bare = !file.metadata || !cJSON_GetObjectItemCaseSensitive(file.metadata, "config");
    if (bare) print_tensors(&file, path);
    rn_safetensors_free(&file);
    if (bare) return RN_OK;
    rn_status status = rn_detector_load(&detector, path, false, err);
    if (status == RN_OK) status = describe(&detector.config, args, code, err);
    if (status == RN_OK) print_checkpoint(&detector);
    rn_detector_free(&detector);
    return status;
}

static rn_status describe_model(const cli *c, const info_args *args, int *code, rn_err *err) {
    rn_config config;
    *code = CLI_USAGE;
    if (make_config(&config, text_or_null(&args->preset), c, err) != RN_OK) return RN_ERROR;
    if (config.model.num_classes == 0) config.model.num_classes = 80; /* COCO's */
    return describe(&config, args, code, err);
}

int cmd_info(int argc, char **argv) {
    info_args args = {0};
    cli c = {.usage = "retinanet info FILE\n       retinanet info --model NAME [options]",
             .about = "Prints layers, shapes, parameters, multiply-adds and memory; of a "
                      "checkpoint\n"
                      "(safetensors) also its config and classes, of bare weights the tensors.",
             .own = {own_options, RN_COUNT(own_options)},
             .settings = &args,
             .config = rn_config_options(),
             .shown = "network|anchors|loss",
             .operands = "FILE"};
    int code = cli_parse(&c, argc, argv);
    if (code != CLI_GO_ON) return code;
    if (c.num_operands > 1 || (c.num_operands == 0 && c.num_given == 0 && !*args.preset.value))
        return cli_fail(CLI_USAGE, "expected one checkpoint, or --model or --preset (try --help)");
    if (c.num_operands == 1 && (c.num_given || *args.preset.value))
        return cli_fail(CLI_USAGE, "a checkpoint has its own config: expected no other options");
    rn_err err = {""};
    rn_status status = c.num_operands ? describe_file(c.operand[0], &args, &code, &err)
                                      : describe_model(&c, &args, &code, &err);
    return cli_status(status, code, &err);
}
