#include "retinanet/eval_report.h"
#include "common/cli.h"

#include <string.h>

static const struct {
    const char *what, *iou, *area;
    int most;
} lines[RN_EVAL_NUMBERS] = {
    {"Average Precision  (AP)", "0.50:0.95", "all", 100},
    {"Average Precision  (AP)", "0.50", "all", 100},
    {"Average Precision  (AP)", "0.75", "all", 100},
    {"Average Precision  (AP)", "0.50:0.95", "small", 100},
    {"Average Precision  (AP)", "0.50:0.95", "medium", 100},
    {"Average Precision  (AP)", "0.50:0.95", "large", 100},
    {"Average Recall     (AR)", "0.50:0.95", "all", 1},
    {"Average Recall     (AR)", "0.50:0.95", "all", 10},
    {"Average Recall     (AR)", "0.50:0.95", "all", 100},
    {"Average Recall     (AR)", "0.50:0.95", "small", 100},
    {"Average Recall     (AR)", "0.50:0.95", "medium", 100},
    {"Average Recall     (AR)", "0.50:0.95", "large", 100},
};

/* "0.372", or "n/a" where COCO says -1: no object of that kind. */
static const char *number(char out[16], double value) {
    if (value < 0) return "n/a";
    snprintf(out, 16, "%.3f", value);
    return out;
}

void eval_print(FILE *stream, const rn_eval *eval, const rn_category *category) {
    char text[3][16];
    for (int i = 0; i < RN_EVAL_NUMBERS; i++)
        fprintf(stream, " %s @[ IoU=%-9s | area=%6s | maxDets=%3d ] = %s\n", lines[i].what,
                lines[i].iou, lines[i].area, lines[i].most, number(text[0], eval->number[i]));
    int width = 5, most = 40;
    char cell[CLI_CELL_SIZE];
    for (int c = 0; c < eval->num_classes; c++)
        while (width < most && (int)strlen(category[c].name) > width) width++;
    fprintf(stream, "\n%s  objects     AP   AP50   AP75\n", cli_cell(cell, "class", width));
    for (int c = 0; c < eval->num_classes; c++)
        fprintf(stream, "%s  %7zu  %5s  %5s  %5s\n", cli_cell(cell, category[c].name, width),
                eval->truths[c], number(text[0], rn_eval_ap(eval, c, -1, 0)),
                number(text[1], rn_eval_ap(eval, c, 0, 0)),
                number(text[2], rn_eval_ap(eval, c, 5, 0)));
}

static void add_number(cJSON *object, const char *key, double value) {
    if (value < 0)
        cJSON_AddNullToObject(object, key);
    else
        rn_json_add_number(object, key, value);
}

rn_status eval_save_json(const rn_eval *eval, const rn_category *category, const char *path,
                         rn_err *err) {
    cJSON *root = cJSON_CreateObject();
    for (int i = 0; i < RN_EVAL_NUMBERS; i++) add_number(root, rn_eval_names[i], eval->number[i]);
    cJSON *list = cJSON_AddArrayToObject(root, "per_class");
    for (int c = 0; c < eval->num_classes; c++) {
        cJSON *row = cJSON_CreateObject();
        cJSON_AddStringToObject(row, "name", category[c].name);
        rn_json_add_number(row, "objects", (double)eval->truths[c]);
        add_number(row, "AP", rn_eval_ap(eval, c, -1, 0));
        add_number(row, "AP50", rn_eval_ap(eval, c, 0, 0));
        add_number(row, "AP75", rn_eval_ap(eval, c, 5, 0));
        cJSON_AddItemToArray(list, row);
    }
    rn_status status = rn_json_save(root, path, true, err);
    cJSON_Delete(root);
    return status;
}
