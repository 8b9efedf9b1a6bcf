/* From files to metrics: loaders and evaluation together give pycocotools' numbers. */
#include "base/json.h"
#include "base/real.h"
#include "base/rng.h"
#include "base/vec.h"
#include "data/coco_results.h"
#include "support/folder.h"
#include "train/detector.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static rn_dataset load(const char *path) {
    rn_dataset dataset;
    rn_err err = {""};
    rn_dataset_request request = {.data = path};
    cr_assert_eq(rn_dataset_load(&dataset, &request, &err), RN_OK, "%s", err.text);
    return dataset;
}

static int image_of(const rn_dataset *dataset, int64_t id) {
    size_t i = 0;
    while (i < dataset->num_images && dataset->image[i].id != id) i++;
    return (int)i;
}

static int label_of(const rn_dataset *dataset, int64_t id) {
    int i = 0;
    while (i < dataset->num_classes && dataset->category[i].id != id) i++;
    return i;
}

Test(evaluate, a_coco_file_gives_the_numbers_of_pycocotools) {
    rn_dataset dataset = load("tests/golden/coco_eval_gt.json");
    rn_coco_results results;
    rn_err err = {""};
    cJSON *golden = NULL;
    cr_assert_eq(rn_coco_results_load(&results, "tests/golden/coco_eval_dt.json", &err), RN_OK,
                 "%s", err.text);
    cr_assert_eq(rn_json_load(&golden, "tests/golden/coco_eval.json", &err), RN_OK, "%s", err.text);
    rn_eval_detection *detection = rn_vec_zeros(results.count, sizeof *detection);
    for (size_t i = 0; i < results.count; i++) {
        const rn_coco_result *r = &results.item[i];
        detection[i] = (rn_eval_detection){r->x,
                                           r->y,
                                           r->w,
                                           r->h,
                                           r->score,
                                           image_of(&dataset, r->image),
                                           label_of(&dataset, r->category)};
    }
    rn_eval eval;
    rn_eval_options options = rn_eval_options_coco();
    rn_detector_evaluate(&eval, &dataset, detection, results.count, &options);
    for (int i = 0; i < RN_EVAL_NUMBERS; i++) {
        double want = cJSON_GetArrayItem(cJSON_GetObjectItem(golden, "numbers"), i)->valuedouble;
        cr_expect(eval.number[i] == want, "%s: %.17g, want %.17g", rn_eval_names[i], eval.number[i],
                  want);
    }
    rn_eval_free(&eval);
    free(detection);
    cJSON_Delete(golden);
    rn_coco_results_free(&results);
    rn_dataset_free(&dataset);
}

/* x1 + w is rounded, so x2 - x1 is often not w; overlaps right on a threshold depend on it. */
Test(evaluate, boxes_keep_the_numbers_of_the_file) {
    enum { BOXES = 500 };
    static double box[BOXES][4];
    static char text[BOXES * 200];
    rn_rng rng = rn_rng_stream(1, "boxes", 0);
    size_t used =
        (size_t)snprintf(text, sizeof text,
                         "{\"categories\":[{\"id\":1,\"name\":\"a\"}],\"images\":[{\"id\":1,"
                         "\"file_name\":\"a.jpg\"}],\"annotations\":[\n");
    for (int i = 0; i < BOXES; i++) {
        double unit = i % 2 ? 0.01 : 1e-6;
        for (int k = 0; k < 4; k++) box[i][k] = rn_rng_below(&rng, 64000) * unit;
        used += (size_t)snprintf(text + used, sizeof text - used,
                                 "%s{\"image_id\":1,\"category_id\":1,\"bbox\":[%.17g,%.17g,%.17g,"
                                 "%.17g]}",
                                 i ? ",\n" : "", box[i][0], box[i][1], box[i][2], box[i][3]);
    }
    used += (size_t)snprintf(text + used, sizeof text - used, "]}");
    folder f = folder_make();
    rn_dataset dataset = load(folder_put(&f, "boxes.json", text, used));
    cr_assert_eq(dataset.num_objects, BOXES);
    int rounded = 0;
    for (int i = 0; i < BOXES; i++) {
        const rn_object *o = &dataset.object[i];
        double w, h;
        rn_object_size(&w, &h, o);
        cr_expect(o->x1 == box[i][0] && o->y1 == box[i][1] && w == box[i][2] && h == box[i][3],
                  "box %d: %.17g %.17g, want %.17g %.17g", i, w, h, box[i][2], box[i][3]);
        rounded += o->x2 - o->x1 != box[i][2];
    }
    cr_expect(rounded > BOXES / 4, "the test has lost its point: only %d are rounded", rounded);
    rn_dataset_free(&dataset);
    folder_remove(&f);
}
