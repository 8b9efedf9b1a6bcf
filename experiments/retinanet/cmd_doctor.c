#include "retinanet/commands.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct doctor_args {
    rn_option_text data, split, images, preset;
    int most;
    bool headers;
} doctor_args;

#define TEXT(field, name, value, what)                                                             \
    COMMAND_TEXT(doctor_args, field, name, value, "options", what)
static const rn_option own_options[] = {
    TEXT(data, "data", "DATA", COMMAND_DATA),
    TEXT(split, "split", "NAME", "part to examine (train)"),
    TEXT(images, "images", "DIR", "folder of the pictures, where the format does not say"),
    TEXT(preset, "preset", "NAME", "set of options whose anchors are tried (as train chooses)"),
    {.name = "most",
     .kind = RN_OPTION_INT,
     .offset = offsetof(doctor_args, most),
     .low = 0,
     .high = 1000000000,
     .initial = "10",
     .help = "lines of each kind at most; 0: all",
     .group = "options"},
    {.name = "headers",
     .kind = RN_OPTION_BOOL,
     .offset = offsetof(doctor_args, headers),
     .initial = "off",
     .help = "only look at the pictures' headers: faster",
     .group = "options"},
};

static void print_findings(const rn_dataset *dataset, const rn_doctor_report *report, int most) {
    static const char *const severity[] = {"note", "warning", "error"};
    size_t shown[RN_FINDING_KINDS] = {0};
    char line[2048];
    for (size_t i = 0; i < report->num_findings; i++) {
        const rn_finding *finding = &report->finding[i];
        if (most && shown[finding->kind]++ == (size_t)most)
            printf("... %zu more like that (--most 0 shows all)\n",
                   report->kinds[finding->kind] - (size_t)most);
        if (most && shown[finding->kind] > (size_t)most) continue;
        printf("%s: %s\n", severity[finding->severity],
               rn_finding_line(line, sizeof line, dataset, finding));
    }
}

/* A row of a histogram: counts as stars, the largest 40 wide. */
static void print_bar(const char *label, size_t count, size_t largest) {
    char cell[CLI_CELL_SIZE];
    printf("  %s %7zu  ", cli_cell(cell, label, 22), count);
    for (size_t i = 0; largest && i < (40 * count + largest - 1) / largest; i++) putchar('*');
    putchar('\n');
}

static size_t largest_of(const size_t *count, size_t n) {
    size_t largest = 0;
    for (size_t i = 0; i < n; i++)
        if (count[i] > largest) largest = count[i];
    return largest;
}

static void print_counts(const rn_dataset *dataset, const rn_doctor_report *r) {
    char label[64];
    size_t most = largest_of(r->class_count, (size_t)r->num_classes);
    printf("\nobjects of each class:\n");
    for (int c = 0; c < r->num_classes; c++)
        print_bar(dataset->category[c].name, r->class_count[c], most);
    printf("\nbox sizes, sqrt(area) in pixels of the picture (small %zu, medium %zu, large %zu by "
           "COCO's areas):\n",
           r->small, r->medium, r->large);
    for (size_t k = 0; k < RN_DOCTOR_OCTAVES; k++) {
        if (!r->octave[k]) continue;
        snprintf(label, sizeof label, "%d to %d", k ? 1 << k : 0, 1 << (k + 1));
        print_bar(label, r->octave[k], largest_of(r->octave, RN_DOCTOR_OCTAVES));
    }
}

static void print_coverage(const rn_detector *detector, const rn_doctor_report *r) {
    const rn_config *config = &detector->config;
    char label[64];
    printf("\nbest IoU of each object with an anchor (--size %d, --anchor-size %g):\n",
           config->train.size, config->model.anchor_size);
    for (int k = 0; k < RN_DOCTOR_IOUS; k++) {
        snprintf(label, sizeof label, "%.1f to %.1f", k / 10., (k + 1) / 10.);
        if (r->iou[k]) print_bar(label, r->iou[k], largest_of(r->iou, RN_DOCTOR_IOUS));
    }
    printf("level of that anchor:\n");
    for (int l = 0; l < detector->net.fpn.levels; l++) {
        const rn_anchor_spec *spec = &detector->net.anchors;
        snprintf(label, sizeof label, "P%d, %g to %g px", detector->net.fpn.first + l,
                 (double)(int)spec->size[l],
                 (double)(int)(spec->size[l] * spec->scale[spec->num_scales - 1]));
        print_bar(label, r->level[l], largest_of(r->level, (size_t)detector->net.fpn.levels));
    }
    printf("%zu objects have no anchor at IoU %g or above%s\n", r->uncovered,
           config->model.positive_iou,
           r->uncovered ? ": a larger --size or a smaller --anchor-size may help" : "");
}

static void say_what_takes_long(const rn_dataset *dataset, const doctor_args *args) {
    enum { MANY = 5000 };
    if (args->headers || dataset->render || dataset->num_images < MANY) return;
    printf("decoding %zu pictures (--headers only looks at their sizes)\n", dataset->num_images);
    fflush(stdout);
}

static void print_summary(const rn_doctor_report *r) {
    size_t errors = r->severities[RN_SERIOUS], warnings = r->severities[RN_WARNING];
    size_t notes = r->severities[RN_NOTE];
    printf("\n%zu pictures looked at, %zu images without objects (fine), %zu crowds, %zu ignored\n",
           r->pictures, r->empty_images, r->crowds, r->ignored);
    printf("%zu error%s, %zu warning%s, %zu note%s: %s\n", errors, errors == 1 ? "" : "s", warnings,
           warnings == 1 ? "" : "s", notes, notes == 1 ? "" : "s",
           errors ? "training would stop or go wrong" : "ready for training");
}

/* The network whose anchors are tried: as `train` would choose it. */
static rn_status make_network(rn_detector *detector, const cli *c, const doctor_args *args,
                              const rn_dataset *dataset, rn_err *err) {
    rn_config config;
    const char *preset = *args->preset.value
                             ? args->preset.value
                             : default_preset(args->data.value, NULL, dataset->num_images);
    if (make_config(&config, preset, c, err) != RN_OK) return RN_ERROR;
    return rn_detector_create(detector, &config, dataset->category, dataset->num_classes, false,
                              err);
}

/* *code: the exit code, of a failure or of what was found. */
static rn_status examine(const cli *c, const doctor_args *args, int *code, rn_err *err) {
    *code = CLI_FAILED;
    rn_dataset dataset = {0};
    rn_detector detector = {0};
    rn_status status = load_data(&dataset, args->data.value, text_or_null(&args->split),
                                 text_or_null(&args->images), "train", NULL, 0, err);
    if (status == RN_OK) {
        *code = CLI_USAGE;
        status = make_network(&detector, c, args, &dataset, err);
    }
    if (status == RN_OK) {
        const rn_config *config = &detector.config;
        rn_doctor_anchors anchors = {.spec = &detector.net.anchors,
                                     .size = config->train.size,
                                     .max_size = config->train.max_size,
                                     .multiple = RN_IMAGE_MULTIPLE,
                                     .plus_one = config->model.box_plus_one,
                                     .positive_iou = config->model.positive_iou};
        rn_doctor_options options = {.policy = (rn_box_policy)config->train.boxes,
                                     .anchors = &anchors,
                                     .pictures =
                                         args->headers ? RN_PICTURES_HEADER : RN_PICTURES_DECODE};
        say_what_takes_long(&dataset, args);
        rn_doctor_report report = rn_doctor_examine(&dataset, &options);
        print_findings(&dataset, &report, args->most);
        print_counts(&dataset, &report);
        print_coverage(&detector, &report);
        print_summary(&report);
        *code = report.severities[RN_SERIOUS] ? CLI_FAILED : CLI_DONE;
        rn_doctor_free(&report);
    }
    rn_detector_free(&detector);
    rn_dataset_free(&dataset);
    return status;
}

int cmd_doctor(int argc, char **argv) {
    doctor_args args = {0};
    cli c = {.usage = "retinanet doctor --data DATA [options]",
             .about = "Examines a data set before training: bad boxes, missing pictures, sizes,\n"
                      "classes, and how well the anchors fit. Exit code 1 when training would go "
                      "wrong.",
             .own = {own_options, RN_COUNT(own_options)},
             .settings = &args,
             .config = rn_config_options(),
             .shown = "anchors|images",
             .note = "The options of `retinanet train` are understood; these matter here:"};
    int code = cli_parse(&c, argc, argv);
    if (code != CLI_GO_ON) return code;
    if (!*args.data.value) return cli_fail(CLI_USAGE, "--data: expected a data set, got nothing");
    rn_err err = {""};
    rn_status status = examine(&c, &args, &code, &err);
    return status == RN_OK ? code : cli_status(status, code, &err);
}
