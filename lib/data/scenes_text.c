#include "data/scenes_text.h"
#include "base/check.h"
#include "base/text.h"
#include "base/vec.h"

#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char WORD[] = "scenes";

bool rn_scenes_is(const char *data) {
    size_t length = sizeof WORD - 1;
    return strncmp(data, WORD, length) == 0 && (data[length] == '\0' || data[length] == ':');
}

typedef enum kind { WHOLE, NUMBER, SPAN, SEED } kind;

typedef struct scenes_row {
    const char *name;
    kind kind;
    size_t offset;
} scenes_row;

enum { ROWS = 14 };

static const scenes_row rows[ROWS] = {
    {"seed", SEED, offsetof(rn_scenes, seed)},
    {"train", WHOLE, offsetof(rn_scenes, train)},
    {"val", WHOLE, offsetof(rn_scenes, val)},
    {"test", WHOLE, offsetof(rn_scenes, test)},
    {"side", WHOLE, offsetof(rn_scenes, side)},
    {"scale", WHOLE, offsetof(rn_scenes, scale)},
    {"classes", WHOLE, offsetof(rn_scenes, num_classes)},
    {"size", SPAN, offsetof(rn_scenes, size)},
    {"aspect", NUMBER, offsetof(rn_scenes, aspect)},
    {"overlap", NUMBER, offsetof(rn_scenes, overlap)},
    {"distractors", SPAN, offsetof(rn_scenes, distractors)},
    {"strokes", SPAN, offsetof(rn_scenes, strokes)},
    {"contrast", SPAN, offsetof(rn_scenes, contrast)},
    {"noise", SPAN, offsetof(rn_scenes, noise)},
};

static const scenes_row *find_row(const char *name) {
    for (size_t i = 0; i < ROWS; i++)
        if (strcmp(rows[i].name, name) == 0) return &rows[i];
    return NULL;
}

static rn_status fail_name(const char *name, rn_err *err) {
    char known[256];
    int used = 0;
    for (size_t i = 0; i < ROWS; i++)
        used += snprintf(known + used, sizeof known - (size_t)used, "%s%s", i ? ", " : "",
                         rows[i].name);
    return rn_fail(err, "scenes: expected NAME=VALUE with one of the names %s, got \"%.60s\"",
                   known, name);
}

/* "3..10", or "5" for both ends; `text` is cut in two. */
static bool parse_span(rn_span *span, char *text) {
    char *dots = strstr(text, "..");
    if (dots) *dots = '\0';
    return rn_text_to_double(&span->low, text) &&
           rn_text_to_double(&span->high, dots ? dots + 2 : text);
}

/* Sets a field; `text` may be changed. Whether the value is in range rn_scenes_check says. */
static rn_status set_field(rn_scenes *scenes, const scenes_row *row, char *text, rn_err *err) {
    static const char *const wanted[] = {"a whole number", "a number",
                                         "a number or a span LOW..HIGH", "a whole number"};
    void *field = (char *)scenes + row->offset;
    char shown[64];
    int64_t whole = 0;
    double number = 0;
    rn_span span = {0, 0};
    bool good = false;
    snprintf(shown, sizeof shown, "%.60s", text);
    switch (row->kind) {
    case WHOLE:
        good = rn_text_to_int(&whole, text, INT_MIN, INT_MAX);
        if (good) *(int *)field = (int)whole;
        break;
    case NUMBER:
        good = rn_text_to_double(&number, text);
        if (good) *(double *)field = number;
        break;
    case SPAN:
        good = parse_span(&span, text);
        if (good) *(rn_span *)field = span;
        break;
    case SEED:
        good = rn_text_to_int(&whole, text, 0, INT64_MAX);
        if (good) *(uint64_t *)field = (uint64_t)whole;
        break;
    }
    if (good) return RN_OK;
    return rn_fail(err, "scenes: %s: expected %s, got \"%s\"", row->name, wanted[row->kind], shown);
}

/* One "name=value"; `seen` has a place for each row. */
static rn_status set_item(rn_scenes *scenes, bool *seen, char *item, rn_err *err) {
    char *equals = strchr(item, '=');
    if (equals) *equals = '\0';
    char *name = rn_text_trim(item);
    const scenes_row *row = find_row(name);
    if (!row || !equals) return fail_name(name, err);
    if (seen[row - rows]) return rn_fail(err, "scenes: %s: expected once, got twice", row->name);
    seen[row - rows] = true;
    return set_field(scenes, row, rn_text_trim(equals + 1), err);
}

rn_status rn_scenes_parse(rn_scenes *scenes, const char *data, rn_err *err) {
    RN_CHECK(rn_scenes_is(data), "data set %.100s", data);
    rn_scenes parsed = rn_scenes_default();
    bool seen[ROWS] = {false};
    rn_status status = RN_OK;
    char *text = rn_vec_text(data[sizeof WORD - 1] ? data + sizeof WORD : "");
    char *item = *text ? text : NULL;
    while (item && status == RN_OK) {
        char *comma = strchr(item, ',');
        if (comma) *comma = '\0';
        status = set_item(&parsed, seen, item, err);
        item = comma ? comma + 1 : NULL;
    }
    free(text);
    if (status == RN_OK) status = rn_scenes_check(&parsed, err);
    if (status == RN_OK) *scenes = parsed;
    return status;
}

rn_status rn_scenes_load_text(rn_dataset *dataset, const char *data, const char *split,
                              rn_err *err) {
    rn_scenes scenes;
    *dataset = (rn_dataset){0};
    if (rn_scenes_parse(&scenes, data, err) != RN_OK ||
        rn_scenes_load_with(dataset, &scenes, split, err) != RN_OK)
        return RN_ERROR;
    const char *part = split ? split : "train";
    size_t size = strlen(data) + strlen(part) + 2;
    char *name = rn_vec_zeros(size, 1);
    snprintf(name, size, "%s %s", data, part);
    free(dataset->name);
    dataset->name = name;
    return RN_OK;
}
