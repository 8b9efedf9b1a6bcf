#include "common/log.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

rn_status log_read(double *loss, size_t steps, const char *folder, const char *key, rn_err *err) {
    char path[RN_PATH_SIZE], *text;
    size_t size;
    rn_text_path(path, sizeof path, folder, "log.jsonl");
    for (size_t i = 0; i < steps; i++) loss[i] = NAN;
    if (rn_file_read(&text, &size, path, (size_t)1 << 30, err) != RN_OK) return RN_ERROR;
    for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        cJSON *item = cJSON_ParseWithLength(line, strcspn(line, "\n"));
        const cJSON *step = cJSON_GetObjectItemCaseSensitive(item, "step");
        const cJSON *value = cJSON_GetObjectItemCaseSensitive(item, key);
        if (cJSON_IsNumber(step) && cJSON_IsNumber(value) && step->valuedouble >= 1 &&
            step->valuedouble <= (double)steps)
            loss[(size_t)step->valuedouble - 1] = value->valuedouble;
        cJSON_Delete(item);
    }
    free(text);
    return RN_OK;
}
