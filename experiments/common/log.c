#include "common/log.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A number, or the sum of a list of them; NAN for all else. */
static double sum_of(const cJSON *value) {
    double sum = 0;
    if (!cJSON_IsArray(value)) return cJSON_IsNumber(value) ? value->valuedouble : NAN;
    for (const cJSON *item = value->child; item; item = item->next)
        sum += cJSON_IsNumber(item) ? item->valuedouble : NAN;
    return sum;
}

void log_read(double *value, size_t steps, const char *folder, const char *key) {
    rn_err err;
    char path[RN_PATH_SIZE], *text;
    size_t size;
    rn_text_path(path, sizeof path, folder, "log.jsonl");
    for (size_t i = 0; i < steps; i++) value[i] = NAN;
    if (rn_file_read(&text, &size, path, (size_t)1 << 30, &err) != RN_OK) {
        fprintf(stderr, "%s; its numbers are left out\n", err.text);
        return;
    }
    for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        cJSON *item = cJSON_ParseWithLength(line, strcspn(line, "\n"));
        const cJSON *step = cJSON_GetObjectItemCaseSensitive(item, "step");
        double number = sum_of(cJSON_GetObjectItemCaseSensitive(item, key));
        if (cJSON_IsNumber(step) && !isnan(number) && step->valuedouble >= 1 &&
            step->valuedouble <= (double)steps)
            value[(size_t)step->valuedouble - 1] = number;
        cJSON_Delete(item);
    }
    free(text);
}
