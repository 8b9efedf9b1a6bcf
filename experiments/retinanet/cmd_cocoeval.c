#include "retinanet/commands.h"
#include "retinanet/eval_plot.h"
#include "retinanet/eval_report.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct cocoeval_args {
    rn_option_text json, plot;
} cocoeval_args;

static const rn_option own_options[] = {
    COMMAND_TEXT(cocoeval_args, json, "json", "FILE", "options", "write the numbers here"),
    COMMAND_TEXT(cocoeval_args, plot, "plot", "FILE.png", "options",
                 "draw precision over recall here, and FILE.csv beside it"),
};

/* ---- ids to indices -------------------------------------------------------------------------- */

typedef struct id_entry {
    int64_t id;
    int index;
} id_entry;

static int compare_ids(const void *a, const void *b) {
    int64_t x = ((const id_entry *)a)->id, y = ((const id_entry *)b)->id;
    return x < y ? -1 : x > y;
}

static id_entry *image_ids(const rn_dataset *dataset) {
    id_entry *entry = rn_vec_zeros(dataset->num_images, sizeof *entry);
    for (size_t i = 0; i < dataset->num_images; i++)
        entry[i] = (id_entry){dataset->image[i].id, (int)i};
    qsort(entry, dataset->num_images, sizeof *entry, compare_ids);
    return entry;
}

static id_entry *category_ids(const rn_dataset *dataset) {
    size_t n = (size_t)dataset->num_classes;
    id_entry *entry = rn_vec_zeros(n, sizeof *entry);
    for (size_t i = 0; i < n; i++) entry[i] = (id_entry){dataset->category[i].id, (int)i};
    qsort(entry, n, sizeof *entry, compare_ids);
    return entry;
}

/* -1 where the list has no such id. */
static int find_id(const id_entry *entry, size_t count, int64_t id) {
    id_entry wanted = {id, 0}, *found = bsearch(&wanted, entry, count, sizeof *entry, compare_ids);
    return found ? found->index : -1;
}

/* ---- evaluation ------------------------------------------------------------------------------ */

/* Results as detections of the data set, in their order. Like pycocotools, refuses results for
 * images that are not there and leaves out those of other categories; *left_out counts them. The
 * caller frees. */
static rn_status to_detections(rn_eval_detection **detection, size_t *count, size_t *left_out,
                               const rn_coco_results *results, const rn_dataset *dataset,
                               const char *path, rn_err *err) {
    id_entry *images = image_ids(dataset), *categories = category_ids(dataset);
    rn_status status = RN_OK;
    *detection = rn_vec_zeros(results->count, sizeof **detection);
    for (size_t i = 0; i < results->count && status == RN_OK; i++) {
        const rn_coco_result *r = &results->item[i];
        int image = find_id(images, dataset->num_images, r->image);
        int label = find_id(categories, (size_t)dataset->num_classes, r->category);
        if (image < 0)
            status = rn_fail(err,
                             "%s: results[%zu]: image_id: expected an image of the ground truth, "
                             "got %lld",
                             path, i, (long long)r->image);
        if (label < 0)
            ++*left_out;
        else if (image >= 0)
            (*detection)[(*count)++] =
                (rn_eval_detection){r->x, r->y, r->w, r->h, r->score, image, label};
    }
    free(images);
    free(categories);
    return status;
}

static rn_status report(const cocoeval_args *args, const rn_dataset *dataset,
                        const rn_eval_detection *detection, size_t count, rn_err *err) {
    rn_eval eval = {0};
    rn_eval_options options = rn_eval_options_coco();
    if (dataset->num_classes > RN_EVAL_CLASSES_MOST)
        return rn_fail(err, "%s: expected at most %d categories, got %d", dataset->name,
                       RN_EVAL_CLASSES_MOST, dataset->num_classes);
    rn_detector_evaluate(&eval, dataset, detection, count, &options);
    eval_print(stdout, &eval, dataset->category);
    cli_catch_interrupts(); /* what is being written is finished */
    rn_status status = RN_OK;
    if (*args->json.value) status = eval_save_json(&eval, dataset->category, args->json.value, err);
    if (status == RN_OK && *args->plot.value)
        status = eval_plot(&eval, dataset->category, args->plot.value, err);
    rn_eval_free(&eval);
    return status;
}

static rn_status evaluate(const cocoeval_args *args, const char *truth_path,
                          const char *results_path, rn_err *err) {
    rn_dataset dataset = {0};
    rn_coco_results results = {0};
    rn_eval_detection *detection = NULL;
    size_t count = 0, left_out = 0;
    const char *const outputs[] = {args->json.value, args->plot.value};
    rn_status status = cli_check_outputs(outputs, RN_COUNT(outputs), err);
    if (status == RN_OK)
        status = rn_dataset_load(&dataset, &(rn_dataset_request){.data = truth_path}, err);
    if (status == RN_OK) status = rn_coco_results_load(&results, results_path, err);
    if (status == RN_OK)
        status =
            to_detections(&detection, &count, &left_out, &results, &dataset, results_path, err);
    rn_coco_results_free(&results);
    if (status == RN_OK) {
        printf("%zu images, %zu objects, %d classes, %zu detections\n", dataset.num_images,
               dataset.num_objects, dataset.num_classes, count);
        if (left_out)
            printf("left out: %zu detections of categories that the ground truth does not have\n",
                   left_out);
        status = report(args, &dataset, detection, count, err);
    }
    free(detection);
    rn_dataset_free(&dataset);
    return status;
}

int cmd_cocoeval(int argc, char **argv) {
    cocoeval_args args = {0};
    cli c = {.usage = "retinanet cocoeval GT.json DT.json [--json FILE] [--plot FILE.png]",
             .about =
                 "Evaluates a result file in COCO's format against a ground truth, number for\n"
                 "number as pycocotools does.",
             .own = {own_options, RN_COUNT(own_options)},
             .settings = &args,
             .operands = "GT.json DT.json"};
    int code = cli_parse(&c, argc, argv);
    if (code != CLI_GO_ON) return code;
    if (c.num_operands != 2)
        return cli_fail(CLI_USAGE, "expected a ground truth and a result file, got %d file%s",
                        c.num_operands, c.num_operands == 1 ? "" : "s");
    if (!eval_plot_name_is_fine(args.plot.value)) return CLI_USAGE;
    rn_err err = {""};
    return cli_status(evaluate(&args, c.operand[0], c.operand[1], &err), CLI_FAILED, &err);
}
