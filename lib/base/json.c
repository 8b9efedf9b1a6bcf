#include "base/json.h"
#include "base/check.h"
#include "base/file.h"
#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const size_t LARGEST_FILE = (size_t)4 << 30;

static void describe(char *out, size_t size, const cJSON *item) {
    if (!item)
        snprintf(out, size, "nothing");
    else if (cJSON_IsNumber(item))
        snprintf(out, size, "the number %g", item->valuedouble);
    else if (cJSON_IsString(item))
        snprintf(out, size, "the text \"%.60s\"", item->valuestring);
    else if (cJSON_IsBool(item))
        snprintf(out, size, "%s", cJSON_IsTrue(item) ? "true" : "false");
    else if (cJSON_IsArray(item))
        snprintf(out, size, "a list of %d", cJSON_GetArraySize(item));
    else
        snprintf(out, size, "%s", cJSON_IsObject(item) ? "an object" : "null");
}

rn_status rn_json_expected(rn_json_place place, const char *key, const char *expected,
                           const cJSON *found, rn_err *err) {
    char got[128], where[96] = "";
    describe(got, sizeof got, found);
    if (place.list) snprintf(where, sizeof where, "%.60s[%zu]: ", place.list, place.index);
    return rn_fail(err, "%s: %s%s: expected %s, got %s", place.file, where, key, expected, got);
}

static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/* How many strings, objects and lists are open where the text stops. */
static long open_at(const char *text, const char *stop) {
    bool quoted = false;
    long depth = 0;
    for (; text < stop; text++) {
        if (*text == '"') quoted = !quoted;
        if (quoted && *text == '\\' && text + 1 < stop) text++;
        if (!quoted && (*text == '{' || *text == '[')) depth++;
        if (!quoted && (*text == '}' || *text == ']')) depth--;
    }
    return depth + quoted;
}

/* `at` is where the parser gave up. */
static rn_status parse_failed(const char *text, const char *stop, const char *at,
                              const char *expected, const char *name, rn_err *err) {
    long line = 1, column = 1;
    for (const char *c = text; c < at; c++)
        if (*c == '\n')
            line++, column = 1;
        else
            column++;
    const char *hint = open_at(text, at) >= CJSON_NESTING_LIMIT ? " (it is nested too deeply)"
                       : open_at(text, stop) > 0                ? " (is the file cut off?)"
                                                                : "";
    while (stop > at && is_space(stop[-1])) stop--;
    int rest = stop - at < 20 ? (int)(stop - at) : 20;
    if (rest == 0)
        return rn_fail(err, "%s:%ld:%ld: expected %s, got the end of the file%s", name, line,
                       column, expected, hint);
    return rn_fail(err, "%s:%ld:%ld: expected %s, got \"%.*s\"%s", name, line, column, expected,
                   rest, at, hint);
}

rn_status rn_json_parse(cJSON **root, const char *text, size_t size, const char *name,
                        rn_err *err) {
    if (size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        text += 3, size -= 3; /* byte order mark */
    const char *stop = text + size, *at = text;
    while (at < stop && is_space(*at)) at++;
    if (at == stop) return rn_fail(err, "%s: expected JSON, got an empty file", name);
    cJSON *tree = cJSON_ParseWithLengthOpts(text, size, &at, 0);
    if (!tree) return parse_failed(text, stop, at, "a JSON value", name, err);
    while (at < stop && is_space(*at)) at++;
    if (at < stop) {
        cJSON_Delete(tree);
        return parse_failed(text, stop, at, "the end of the file", name, err);
    }
    *root = tree;
    return RN_OK;
}

rn_status rn_json_load(cJSON **root, const char *path, rn_err *err) {
    char *text;
    size_t size;
    if (rn_file_read(&text, &size, path, LARGEST_FILE, err) != RN_OK) return RN_ERROR;
    rn_status status = rn_json_parse(root, text, size, path, err);
    free(text);
    return status;
}

rn_status rn_json_array(const cJSON **value, const cJSON *object, const char *key,
                        rn_json_place place, rn_err *err) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!cJSON_IsArray(item)) return rn_json_expected(place, key, "a list", item, err);
    *value = item;
    return RN_OK;
}

rn_status rn_json_object(const cJSON **value, const cJSON *object, const char *key,
                         rn_json_place place, rn_err *err) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!cJSON_IsObject(item)) return rn_json_expected(place, key, "an object", item, err);
    *value = item;
    return RN_OK;
}

rn_status rn_json_text(const char **value, const cJSON *object, const char *key,
                       rn_json_place place, rn_err *err) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!cJSON_IsString(item)) return rn_json_expected(place, key, "a text", item, err);
    *value = item->valuestring;
    return RN_OK;
}

rn_status rn_json_number(double *value, const cJSON *object, const char *key, rn_json_place place,
                         rn_err *err) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!cJSON_IsNumber(item) || !isfinite(item->valuedouble))
        return rn_json_expected(place, key, "a finite number", item, err);
    *value = item->valuedouble;
    return RN_OK;
}

rn_status rn_json_integer(int64_t *value, const cJSON *object, const char *key, int64_t low,
                          int64_t high, rn_json_place place, rn_err *err) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    double v = cJSON_IsNumber(item) ? item->valuedouble : NAN;
    if (!(v >= (double)low && v <= (double)high && v == floor(v))) {
        char expected[96];
        snprintf(expected, sizeof expected, "a whole number from %lld to %lld", (long long)low,
                 (long long)high);
        return rn_json_expected(place, key, expected, item, err);
    }
    *value = (int64_t)v;
    return RN_OK;
}

rn_status rn_json_numbers(double *values, int count, const cJSON *object, const char *key,
                          rn_json_place place, rn_err *err) {
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(object, key), *item;
    char expected[64];
    snprintf(expected, sizeof expected, "a list of %d finite numbers", count);
    if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) != count)
        return rn_json_expected(place, key, expected, list, err);
    cJSON_ArrayForEach(item, list) {
        if (!cJSON_IsNumber(item) || !isfinite(item->valuedouble))
            return rn_json_expected(place, key, expected, item, err);
        *values++ = item->valuedouble;
    }
    return RN_OK;
}

void rn_json_add_number(cJSON *object, const char *key, double value) {
    char text[32];
    if (isfinite(value))
        cJSON_AddRawToObject(object, key, rn_text_from_double(text, sizeof text, value, 0));
    else
        cJSON_AddNullToObject(object, key);
}

void rn_json_add_as_text(cJSON *object, const char *key, cJSON *tree) {
    char *text = cJSON_PrintUnformatted(tree);
    RN_CHECK(text, "out of memory for %s", key);
    cJSON_AddStringToObject(object, key, text);
    cJSON_free(text);
    cJSON_Delete(tree);
}

rn_status rn_json_save(const cJSON *root, const char *path, bool pretty, rn_err *err) {
    char *text = pretty ? cJSON_Print(root) : cJSON_PrintUnformatted(root);
    RN_CHECK(text, "out of memory while printing JSON for %s", path);
    size_t size = strlen(text);
    text[size] = '\n'; /* in place of the final '\0' */
    rn_status status = rn_file_save(path, text, size + 1, err);
    cJSON_free(text);
    return status;
}
