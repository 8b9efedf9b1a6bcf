#include "retinanet/commands.h"
#include "retinanet/eval_plot.h"
#include "retinanet/eval_report.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct eval_args {
    rn_option_text data, split, images, weights, preset, json, results, plot;
    int threads;
} eval_args;

#define TEXT(field, name, value, what) COMMAND_TEXT(eval_args, field, name, value, "options", what)
static const rn_option own_options[] = {
    TEXT(data, "data", "DATA", COMMAND_DATA),
    TEXT(split, "split", "NAME", "part to evaluate on (test, else val)"),
    TEXT(images, "images", "DIR", "folder of the pictures, where the format does not say"),
    TEXT(weights, "weights", "FILE", "checkpoint (safetensors)"),
    TEXT(preset, "preset", "NAME", "what bare weights are: torchvision, paper, ..."),
    TEXT(json, "json", "FILE", "write the numbers here"),
    TEXT(results, "results", "FILE", "write the detections here, in COCO's result format"),
    TEXT(plot, "plot", "FILE.png", "draw precision over recall here, and FILE.csv beside it"),
    COMMAND_THREADS(eval_args, threads),
};

static rn_status save_results(const char *path, const rn_eval_detection *detection, size_t count,
                              const rn_dataset *dataset, rn_err *err) {
    rn_coco_result *list = rn_vec_zeros(count, sizeof *list);
    for (size_t i = 0; i < count; i++) {
        const rn_eval_detection *d = &detection[i];
        list[i] = (rn_coco_result){.image = dataset->image[d->image].id,
                                   .category = dataset->category[d->label].id,
                                   .x = d->x,
                                   .y = d->y,
                                   .w = d->w,
                                   .h = d->h,
                                   .score = d->score};
    }
    rn_status status = rn_coco_results_save(list, count, path, err);
    free(list);
    return status;
}

static rn_status report(const eval_args *args, const rn_dataset *dataset,
                        const rn_eval_detection *detection, size_t count, rn_err *err) {
    rn_eval eval = {0};
    rn_eval_options options = rn_eval_options_coco();
    rn_detector_evaluate(&eval, dataset, detection, count, &options);
    eval_print(stdout, &eval, dataset->category);
    rn_status status = RN_OK;
    if (*args->json.value) status = eval_save_json(&eval, dataset->category, args->json.value, err);
    if (status == RN_OK && *args->results.value)
        status = save_results(args->results.value, detection, count, dataset, err);
    if (status == RN_OK && *args->plot.value)
        status = eval_plot(&eval, dataset->category, args->plot.value, err);
    rn_eval_free(&eval);
    return status;
}

static const char *evaluation_role(const char *data) {
    return rn_dataset_find_split(data, "test") ? "test" : "val";
}

static rn_status evaluate(const cli *c, const eval_args *args, rn_detector *detector,
                          rn_dataset *dataset, int *code, rn_err *err) {
    const char *data = args->data.value, *role = evaluation_role(data);
    const char *split = text_or_null(&args->split), *images = text_or_null(&args->images);
    const char *outputs[] = {args->json.value, args->results.value, args->plot.value};
    rn_eval_detection *detection = NULL;
    size_t count = 0;
    *code = CLI_FAILED;
    if (cli_check_outputs(outputs, RN_COUNT(outputs), err) != RN_OK ||
        load_detector(detector, args->weights.value, text_or_null(&args->preset), c, code, err) !=
            RN_OK)
        return RN_ERROR;
    *code = CLI_FAILED;
    if (check_inference_memory(detector, err) != RN_OK) return RN_ERROR;
    if (borrow_names(detector, data, split, images, role, err) != RN_OK ||
        load_data(dataset, data, split, images, role, detector->category,
                  detector->config.model.num_classes, err) != RN_OK)
        return RN_ERROR;
    cli_catch_interrupts();
    rn_status status =
        rn_detector_run(&detection, &count, detector, dataset, stderr, &cli_interrupted, err);
    if (status == RN_OK) status = report(args, dataset, detection, count, err);
    free(detection);
    return status;
}

int cmd_eval(int argc, char **argv) {
    eval_args args = {0};
    cli c = {.usage = "retinanet eval --data DATA --weights FILE [options]",
             .about = "Evaluates a checkpoint the way COCO does: twelve numbers, and each class.",
             .own = {own_options, RN_COUNT(own_options)},
             .settings = &args,
             .config = rn_config_options(),
             .shown = "inference",
             .note = COMMAND_WEIGHTS_NOTE};
    int code = cli_parse(&c, argc, argv);
    if (code != CLI_GO_ON) return code;
    if (!*args.data.value) return cli_fail(CLI_USAGE, "--data: expected a data set, got nothing");
    if (!*args.weights.value) return cli_fail(CLI_USAGE, "--weights: expected a file, got nothing");
    if ((code = check_overrides(&c, text_or_null(&args.preset))) != CLI_GO_ON) return code;
    if (!eval_plot_name_is_fine(args.plot.value)) return CLI_USAGE;
    rn_parallel_set_threads(args.threads);
    rn_err err = {""};
    rn_detector detector = {0};
    rn_dataset dataset = {0};
    rn_status status = evaluate(&c, &args, &detector, &dataset, &code, &err);
    rn_dataset_free(&dataset);
    rn_detector_free(&detector);
    return cli_status(status, code, &err);
}
