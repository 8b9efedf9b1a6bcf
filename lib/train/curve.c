#include "train/curve.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "base/vec.h"
#include "report/training_figure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct rn_curve {
    rn_training_point *point; /* iterations rise */
    size_t count, capacity;
} rn_curve;

static void take_step(rn_curve *curve, rn_training_point point) {
    while (curve->count && curve->point[curve->count - 1].iteration >= point.iteration)
        curve->count--;
    curve->point =
        rn_vec_reserve(curve->point, curve->count + 1, &curve->capacity, sizeof *curve->point);
    curve->point[curve->count++] = point;
}

/* A line is a step (loss, lr), an evaluation (AP) of the step before, or of no interest here. A
 * step that is not beyond the last one is the first of a resumed run: what came after it is
 * dropped. */
static void take_line(rn_curve *curve, const cJSON *line) {
    const cJSON *step = cJSON_GetObjectItemCaseSensitive(line, "step");
    const cJSON *loss = cJSON_GetObjectItemCaseSensitive(line, "loss");
    const cJSON *rate = cJSON_GetObjectItemCaseSensitive(line, "lr");
    const cJSON *ap = cJSON_GetObjectItemCaseSensitive(line, "AP");
    if (!cJSON_IsNumber(step) || !(step->valuedouble >= 0 && step->valuedouble <= 1e9)) return;
    rn_training_point point = {(long)step->valuedouble, NAN, NAN, NAN}, *last = curve->point;
    if (curve->count) last += curve->count - 1;
    if (cJSON_IsNumber(rate)) point.rate = rate->valuedouble;
    if (cJSON_IsNumber(loss)) {
        point.loss = loss->valuedouble;
        take_step(curve, point);
    } else if (cJSON_IsNumber(ap) && curve->count && last->iteration == point.iteration) {
        last->ap = ap->valuedouble;
    }
}

rn_status rn_train_curve(const char *folder, const char *title, rn_err *err) {
    char path[RN_PATH_SIZE], *text;
    size_t size;
    rn_curve curve = {0};
    rn_text_path(path, sizeof path, folder, "log.jsonl");
    if (rn_file_read(&text, &size, path, (size_t)1 << 32, err) != RN_OK) return RN_ERROR;
    for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        cJSON *item = cJSON_ParseWithLength(line, strcspn(line, "\n"));
        take_line(&curve, item);
        cJSON_Delete(item);
    }
    free(text);
    rn_status status = RN_OK;
    if (curve.count == 0) status = rn_fail(err, "%s: expected a line a step, got none", path);
    rn_text_path(path, sizeof path, folder, "training.png");
    if (status == RN_OK)
        status = rn_training_figure_save(path, title, curve.point, curve.count, err);
    free(curve.point);
    return status;
}
