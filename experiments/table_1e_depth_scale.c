/* Table 1e and figure 2: depth and image scale against AP and time.
 *
 * Two depths of the small network, one and two blocks a stage, each with its own pretrained
 * backbone; scenes are rendered at the largest scale and resized down. Of other pictures the size
 * is that of the shorter side. */
#include "common/figures.h"
#include "common/images.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const models[] = {"tiny", "tiny18"};
static const int sizes[] = {128, 192, 256, 320, 384};

static rn_status add_rows(study *s, rn_err *err) {
    bool scenes = images_rendered(s->data);
    (void)err;
    for (size_t m = 0; m < RN_COUNT(models); m++)
        for (size_t i = 0; i < RN_COUNT(sizes); i++) {
            char label[32];
            snprintf(label, sizeof label, "%s %d", models[m], sizes[i]);
            study_add(s, label, i % 2 == 0, "model=%s size=%d max-size=%d%s", models[m], sizes[i],
                      scenes ? sizes[i] : sizes[i] * 5 / 3, scenes ? " data=scenes:scale=2" : "");
        }
    return RN_OK;
}

/* ---- time ------------------------------------------------------------------------------------ */

enum { TIMED_IMAGES = 60, ROUNDS = 3 };

/* Milliseconds an image on one thread, all that rn_detector_run does, reading (or rendering) the
 * image included: the best of some rounds, since other programs only ever add to it. */
static rn_status measure(double *ms, const char *checkpoint, const rn_dataset *images,
                         rn_err *err) {
    rn_detector detector = {0};
    int threads = rn_parallel_threads();
    if (rn_detector_load(&detector, checkpoint, false, err) != RN_OK) return RN_ERROR;
    rn_parallel_set_threads(1);
    rn_status status = RN_OK;
    *ms = INFINITY;
    for (int round = 0; round < ROUNDS && status == RN_OK; round++) {
        rn_eval_detection *found = NULL;
        size_t count;
        double start = rn_clock_seconds();
        status = rn_detector_run(&found, &count, &detector, images, NULL, &cli_interrupted, err);
        *ms = fmin(*ms, 1e3 * (rn_clock_seconds() - start) / (double)images->num_images);
        free(found);
    }
    rn_parallel_set_threads(threads);
    rn_detector_free(&detector);
    return status;
}

static rn_status load_time(double *ms, const char *path, rn_err *err) {
    cJSON *tree;
    if (rn_json_load(&tree, path, err) != RN_OK) return RN_ERROR;
    rn_status status = rn_json_number(ms, tree, "ms", (rn_json_place){.file = path}, err);
    cJSON_Delete(tree);
    return status;
}

/* The time of a row, measured once and kept in the folder of its first run; a file that is broken
 * is made again. */
static rn_status find_time(double *ms, const study *s, const row_outcome *row,
                           const rn_dataset *images, rn_err *err) {
    char folder[RN_PATH_SIZE], path[RN_PATH_SIZE], checkpoint[RN_PATH_SIZE];
    rn_err unread;
    study_run_folder(folder, s, &row->run[0]);
    rn_text_path(path, sizeof path, folder, "speed.json");
    rn_text_path(checkpoint, sizeof checkpoint, folder, "last.safetensors");
    if (!s->options.redo && load_time(ms, path, &unread) == RN_OK) return RN_OK;
    if (measure(ms, checkpoint, images, err) != RN_OK) return RN_ERROR;
    cJSON *tree = cJSON_CreateObject();
    rn_json_add_number(tree, "ms", *ms);
    rn_status status = rn_json_save(tree, path, true, err);
    cJSON_Delete(tree);
    return status;
}

static rn_status time_rows(study *s, rn_err *err) {
    rn_dataset images = {0};
    char data[RN_PATH_SIZE];
    snprintf(data, sizeof data, "%s", s->data);
    images_with(data, "scale=2"); /* where it is rendered */
    if (images_load(&images, data, s->options.images.value, IMAGES_TEST, err) != RN_OK)
        return RN_ERROR;
    size_t all = images.num_images;
    if (images.num_images > TIMED_IMAGES) images.num_images = TIMED_IMAGES;
    rn_status status = RN_OK;
    for (size_t i = 0; i < s->outcome.num_rows && status == RN_OK; i++) {
        row_outcome *row = &s->outcome.row[i];
        double ms = NAN;
        if (!row->num_runs || row->run[0].state != RUN_DONE) continue;
        status = find_time(&ms, s, row, &images, err);
        for (size_t k = 0; k < row->num_runs; k++) row->run[k].detect_ms = ms;
    }
    images.num_images = all;
    rn_dataset_free(&images);
    return status;
}

/* ---- figure 2 -------------------------------------------------------------------------------- */

static void add_point(rn_table *table, const char *source, const char *curve, const char *label,
                      double ms, rn_stats_interval ap) {
    rn_table_row(table);
    rn_table_add_text(table, source);
    rn_table_add_text(table, curve);
    rn_table_add_text(table, label);
    rn_table_add_number(table, ms);
    rn_table_add_number(table, ap.mean);
    rn_table_add_number(table, ap.low);
    rn_table_add_number(table, ap.high);
}

/* The two depths of table 1e, and the other detectors of figure 2. */
static void add_paper(rn_table *table) {
    const paper_table *depths = paper_table_of(PAPER_TABLE_1E);
    const paper_table *others = paper_table_of(PAPER_FIGURE_2);
    for (size_t i = 0; i < depths->num_rows; i++) {
        char curve[32], label[32];
        snprintf(curve, sizeof curve, "ResNet-%g", paper_value(PAPER_TABLE_1E, i, "depth"));
        snprintf(label, sizeof label, "%g", paper_value(PAPER_TABLE_1E, i, "scale_px"));
        add_point(table, "paper", curve, label, paper_value(PAPER_TABLE_1E, i, "time_ms"),
                  (rn_stats_interval){paper_value(PAPER_TABLE_1E, i, "ap"), NAN, NAN});
    }
    for (size_t i = 0; i < others->num_rows; i++) {
        const char *name = others->row[i].text[0];
        if (strncmp(name, "RetinaNet", 9) != 0)
            add_point(table, "paper", name, "", paper_value(PAPER_FIGURE_2, i, "time_ms"),
                      (rn_stats_interval){paper_value(PAPER_FIGURE_2, i, "ap"), NAN, NAN});
    }
}

static rn_status conclude(study *s, rn_err *err) {
    static const rn_column columns[] = {
        {"source", RN_COLUMN_TEXT, 0}, {"curve", RN_COLUMN_TEXT, 0}, {"label", RN_COLUMN_TEXT, 0},
        {"ms", RN_COLUMN_NUMBER, 2},   {"AP", RN_COLUMN_NUMBER, 2},  {"low", RN_COLUMN_NUMBER, 2},
        {"high", RN_COLUMN_NUMBER, 2},
    };
    if (time_rows(s, err) != RN_OK) return RN_ERROR;
    rn_table table = rn_table_start(NULL, columns, RN_COUNT(columns));
    for (size_t i = 0; i < s->outcome.num_rows; i++) {
        const row_outcome *row = &s->outcome.row[i];
        char label[32];
        if (!row_finished(row) || row->run[0].state != RUN_DONE) continue;
        snprintf(label, sizeof label, "%d", sizes[i % RN_COUNT(sizes)]);
        if (i == RN_COUNT(sizes)) label[0] = '\0'; /* beside that of the other depth */
        add_point(&table, "ours", i < RN_COUNT(sizes) ? "one block a stage" : "two blocks a stage",
                  label, row->run[0].detect_ms, row_interval(row));
    }
    add_paper(&table);
    rn_status status =
        study_draw(s, "fig_2", "speed_accuracy", &table, s->outcome.title, err, "ours_note",
                   "one thread of this machine, by image side in pixels", "paper_note",
                   "COCO test-dev, one M40 GPU, by shorter side", (char *)NULL);
    rn_table_free(&table);
    return status;
}

int main(int argc, char **argv) {
    return experiment_main(
        argc, argv,
        &(experiment){.name = "table_1e_depth_scale",
                      .title = "Table 1e and figure 2: depth and image scale",
                      .about = "AP and time an image of two depths at five scales.",
                      .claims = "c28 c29",
                      .add_rows = add_rows,
                      .conclude = conclude});
}
