#include "base/option.h"
#include "base/check.h"
#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const rn_option *rn_option_find(rn_options options, const char *name) {
    const rn_option *row = options.row;
    for (size_t i = 0; i < options.count; i++)
        if (strcmp(row[i].name, name) == 0) return &row[i];
    return NULL;
}

/* Index of `text` among "first|second|...", or -1. */
static int find_choice(const char *choices, const char *text) {
    size_t n = strlen(text);
    for (int index = 0;; index++) {
        size_t length = strcspn(choices, "|");
        if (length == n && strncmp(choices, text, n) == 0) return index;
        if (choices[length] == '\0') return -1;
        choices += length + 1;
    }
}

char *rn_option_choice(char *out, size_t size, const char *choices, int index) {
    for (; index > 0; index--) {
        choices += strcspn(choices, "|");
        if (*choices++ == '\0') break;
    }
    if (index == 0)
        snprintf(out, size, "%.*s", (int)strcspn(choices, "|"), choices);
    else
        snprintf(out, size, "?");
    return out;
}

char *rn_option_accepts(char *out, size_t size, const rn_option *option) {
    const char *what = option->kind == RN_OPTION_INT ? "a whole number" : "a number";
    char low[32], high[32];
    switch (option->kind) {
    case RN_OPTION_BOOL: snprintf(out, size, "on|off"); break;
    case RN_OPTION_CHOICE: snprintf(out, size, "%s", option->choices); break;
    case RN_OPTION_TEXT:
        snprintf(out, size, "a text of at most %d bytes", RN_OPTION_TEXT_SIZE - 1);
        break;
    case RN_OPTION_LIST: what = "numbers separated by commas, each"; /* fall through */
    case RN_OPTION_INT:
    case RN_OPTION_NUMBER:
        snprintf(out, size, "%s%s%s from %s to %s", option->choices ? option->choices : "",
                 option->choices ? " or " : "", what,
                 rn_text_from_double(low, sizeof low, option->low, 10),
                 rn_text_from_double(high, sizeof high, option->high, 10));
    }
    return out;
}

static rn_status refuse(const rn_option *option, const char *text, rn_err *err) {
    char accepts[256];
    return rn_fail(err, "--%s: expected %s, got \"%.80s\"", option->name,
                   rn_option_accepts(accepts, sizeof accepts, option), text);
}

static bool parse_bool(bool *value, const char *text) {
    const char *const on[] = {"on", "yes", "true", "1"}, *const off[] = {"off", "no", "false", "0"};
    for (size_t i = 0; i < 4; i++) {
        if (strcmp(text, on[i]) == 0) return *value = true, true;
        if (strcmp(text, off[i]) == 0) return *value = false, true;
    }
    return false;
}

static bool parse_number(double *value, const char *text, const rn_option *option) {
    if (option->choices && strcmp(text, option->choices) == 0) return *value = NAN, true;
    return rn_text_to_double(value, text) && *value >= option->low && *value <= option->high;
}

static bool parse_list(rn_list *list, const char *text, const rn_option *option) {
    rn_list parsed = {0};
    while (*text) {
        char item[64];
        size_t length = strcspn(text, ",");
        if (length >= sizeof item || parsed.count == RN_LIST_MOST) return false;
        snprintf(item, sizeof item, "%.*s", (int)length, text);
        if (!parse_number(&parsed.value[parsed.count++], item, option)) return false;
        text += length;
        if (*text == ',' && *++text == '\0') return false;
    }
    *list = parsed;
    return true;
}

rn_status rn_option_set(void *settings, const rn_option *option, const char *text, rn_err *err) {
    void *field = (char *)settings + option->offset;
    bool good = false;
    switch (option->kind) {
    case RN_OPTION_BOOL: good = parse_bool(field, text); break;
    case RN_OPTION_NUMBER: {
        double value;
        good = parse_number(&value, text, option);
        if (good) *(double *)field = value;
        break;
    }
    case RN_OPTION_INT: {
        int64_t value;
        good = rn_text_to_int(&value, text, (int64_t)option->low, (int64_t)option->high);
        if (good) *(int *)field = (int)value;
        break;
    }
    case RN_OPTION_CHOICE: {
        int index = find_choice(option->choices, text);
        good = index >= 0;
        if (good) *(int *)field = index;
        break;
    }
    case RN_OPTION_LIST: good = parse_list(field, text, option); break;
    case RN_OPTION_TEXT:
        good = strlen(text) < RN_OPTION_TEXT_SIZE;
        if (good) memcpy(((rn_option_text *)field)->value, text, strlen(text) + 1);
        break;
    }
    return good ? RN_OK : refuse(option, text, err);
}

void rn_option_defaults(void *settings, rn_options options) {
    rn_err err;
    for (size_t i = 0; i < options.count; i++)
        RN_CHECK(rn_option_set(settings, &options.row[i], options.row[i].initial, &err) == RN_OK,
                 "default of %s", err.text);
}

char *rn_option_get(char *out, size_t size, const void *settings, const rn_option *option) {
    const void *field = (const char *)settings + option->offset;
    char number[32];
    size_t used = 0;
    RN_CHECK(size > 0, "no room for --%s", option->name);
    out[0] = '\0';
    switch (option->kind) {
    case RN_OPTION_BOOL: snprintf(out, size, "%s", *(const bool *)field ? "on" : "off"); break;
    case RN_OPTION_INT: snprintf(out, size, "%d", *(const int *)field); break;
    case RN_OPTION_NUMBER:
        if (option->choices && isnan(*(const double *)field))
            snprintf(out, size, "%s", option->choices);
        else
            rn_text_from_double(out, size, *(const double *)field, 0);
        break;
    case RN_OPTION_CHOICE: rn_option_choice(out, size, option->choices, *(const int *)field); break;
    case RN_OPTION_TEXT: snprintf(out, size, "%s", ((const rn_option_text *)field)->value); break;
    case RN_OPTION_LIST:
        for (int i = 0; i < ((const rn_list *)field)->count; i++) {
            rn_text_from_double(number, sizeof number, ((const rn_list *)field)->value[i], 0);
            int n = snprintf(out + used, size - used, "%s%s", i ? "," : "", number);
            used += (size_t)n;
            RN_CHECK(used < size, "--%s does not fit %zu characters", option->name, size);
        }
    }
    return out;
}

enum { VALUE_SIZE = RN_LIST_MOST * 25 + 1 }; /* "-1.2345678901234567e-300," */

cJSON *rn_option_to_json(const void *settings, rn_options options) {
    cJSON *root = cJSON_CreateObject();
    char text[VALUE_SIZE];
    for (size_t i = 0; i < options.count; i++) {
        const rn_option *option = &options.row[i];
        cJSON *group = cJSON_GetObjectItemCaseSensitive(root, option->group);
        if (!group) group = cJSON_AddObjectToObject(root, option->group);
        rn_option_get(text, sizeof text, settings, option);
        switch (option->kind) {
        case RN_OPTION_BOOL:
            cJSON_AddBoolToObject(group, option->name, strcmp(text, "on") == 0);
            break;
        case RN_OPTION_NUMBER:
            if (option->choices && strcmp(text, option->choices) == 0) {
                cJSON_AddStringToObject(group, option->name, text);
                break;
            } /* fall through */
        case RN_OPTION_INT: cJSON_AddRawToObject(group, option->name, text); break;
        default: cJSON_AddStringToObject(group, option->name, text);
        }
    }
    return root;
}

/* The JSON value in the form that rn_option_set reads; NULL for lists, objects and null. */
static const char *item_text(char number[32], const cJSON *item) {
    if (cJSON_IsBool(item)) return cJSON_IsTrue(item) ? "on" : "off";
    double value = cJSON_IsNumber(item) ? item->valuedouble : 0;
    if (cJSON_IsNumber(item) && fabs(value) < 1e15 && value == floor(value)) {
        snprintf(number, 32, "%.0f", value); /* not "1e+06": integers are written out */
        return number;
    }
    if (cJSON_IsNumber(item)) return rn_text_from_double(number, 32, value, 0);
    return cJSON_IsString(item) || cJSON_IsRaw(item) ? item->valuestring : NULL;
}

/* Would rn_option_set take the text? */
static rn_status try_option(const rn_option *option, const char *text, rn_err *err) {
    union {
        bool boolean;
        int integer;
        double number;
        rn_list list;
        rn_option_text text;
    } field;
    rn_option alone = *option;
    alone.offset = 0;
    return rn_option_set(&field, &alone, text, err);
}

/* Without settings nothing is set, only checked. */
static rn_status set_item(void *settings, rn_options options, const cJSON *item, const char *file,
                          rn_err *err) {
    const rn_option *option = rn_option_find(options, item->string ? item->string : "");
    char number[32];
    const char *text = item_text(number, item);
    if (!option || !text)
        return rn_fail(err, "%s: config: %.60s: expected a known option with a value", file,
                       item->string ? item->string : "(no name)");
    rn_status status =
        settings ? rn_option_set(settings, option, text, err) : try_option(option, text, err);
    return status == RN_OK ? RN_OK : rn_fail_in(err, "%s: config", file);
}

static rn_status set_groups(void *settings, rn_options options, const cJSON *root, const char *file,
                            rn_err *err) {
    const cJSON *group, *item;
    cJSON_ArrayForEach(group, root) {
        if (!cJSON_IsObject(group))
            return rn_json_expected((rn_json_place){.file = file}, group->string, "an object",
                                    group, err);
        cJSON_ArrayForEach(item, group) {
            if (set_item(settings, options, item, file, err) != RN_OK) return RN_ERROR;
        }
    }
    return RN_OK;
}

rn_status rn_option_from_json(void *settings, rn_options options, const cJSON *root,
                              const char *file, rn_err *err) {
    if (!cJSON_IsObject(root))
        return rn_json_expected((rn_json_place){.file = file}, "config", "an object", root, err);
    if (set_groups(NULL, options, root, file, err) != RN_OK) return RN_ERROR;
    return set_groups(settings, options, root, file, err);
}
