#include "data/coco_results.h"
#include "base/check.h"
#include "base/file.h"
#include "base/text.h"
#include "base/vec.h"
#include "data/json_scan.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const size_t LARGEST_FILE = (size_t)4 << 30;

/* ---- reading --------------------------------------------------------------------------------- */

/* What an entry must have. */
enum member { IMAGE, CATEGORY, BOX, SCORE, MEMBERS };
static const char *const member_names[MEMBERS] = {"image_id", "category_id", "bbox", "score"};

static rn_status read_box(rn_json_scan *scan, rn_coco_result *item, rn_err *err) {
    const char *expected = "a list of 4 finite numbers";
    double *value[4] = {&item->x, &item->y, &item->w, &item->h};
    for (int i = 0; i < 4; i++) {
        if (rn_json_scan_expect(scan, i ? ',' : '[', expected, err) != RN_OK) return RN_ERROR;
        if (rn_json_scan_number(scan, value[i], expected, err) != RN_OK) return RN_ERROR;
    }
    return rn_json_scan_expect(scan, ']', expected, err);
}

/* The value behind the current key; has[member] becomes true. */
static rn_status read_member(rn_json_scan *scan, rn_coco_result *item, bool has[MEMBERS],
                             rn_err *err) {
    int member = 0;
    while (member < MEMBERS && !rn_json_scan_is(scan, member_names[member])) member++;
    if (member < MEMBERS) has[member] = true;
    switch (member) {
    case IMAGE: return rn_json_scan_integer(scan, &item->image, err);
    case CATEGORY: return rn_json_scan_integer(scan, &item->category, err);
    case BOX: return read_box(scan, item, err);
    case SCORE: return rn_json_scan_number(scan, &item->score, "a finite number", err);
    default: return rn_json_scan_skip(scan, err);
    }
}

static rn_status read_item(rn_json_scan *scan, rn_coco_result *item, rn_err *err) {
    bool has[MEMBERS] = {false}, first = true;
    *item = (rn_coco_result){0};
    if (rn_json_scan_expect(scan, '{', "an object", err) != RN_OK) return RN_ERROR;
    for (; !rn_json_scan_take(scan, '}'); first = false) {
        scan->key = NULL;
        if (!first && rn_json_scan_expect(scan, ',', "',' or '}'", err) != RN_OK) return RN_ERROR;
        if (rn_json_scan_key(scan, err) != RN_OK) return RN_ERROR;
        if (read_member(scan, item, has, err) != RN_OK) return RN_ERROR;
    }
    for (int i = 0; i < MEMBERS; i++) {
        if (has[i]) continue;
        scan->at--; /* at the '}' again */
        scan->key = member_names[i];
        scan->key_size = strlen(member_names[i]);
        return rn_json_scan_fail(scan, "a member of this name", err);
    }
    return RN_OK;
}

static rn_status read_list(rn_coco_results *results, rn_json_scan *scan, rn_err *err) {
    size_t capacity = 0;
    if (rn_json_scan_expect(scan, '[', "a list of results", err) != RN_OK) return RN_ERROR;
    scan->list = "results";
    while (!rn_json_scan_take(scan, ']')) {
        scan->key = NULL;
        scan->index = results->count;
        if (results->count && rn_json_scan_expect(scan, ',', "',' or ']'", err) != RN_OK)
            return RN_ERROR;
        results->item =
            rn_vec_reserve(results->item, results->count + 1, &capacity, sizeof *results->item);
        if (read_item(scan, &results->item[results->count], err) != RN_OK) return RN_ERROR;
        results->count++;
    }
    return rn_json_scan_finish(scan, err);
}

rn_status rn_coco_results_load(rn_coco_results *results, const char *path, rn_err *err) {
    char *text;
    size_t size;
    *results = (rn_coco_results){0};
    if (rn_file_read(&text, &size, path, LARGEST_FILE, err) != RN_OK) return RN_ERROR;
    rn_json_scan scan = rn_json_scan_start(text, size, path);
    rn_status status = read_list(results, &scan, err);
    free(text);
    if (status != RN_OK) rn_coco_results_free(results);
    return status;
}

void rn_coco_results_free(rn_coco_results *results) {
    free(results->item);
    *results = (rn_coco_results){0};
}

/* ---- writing --------------------------------------------------------------------------------- */

static rn_status check_finite(const rn_coco_result *item, size_t count, const char *path,
                              rn_err *err) {
    for (size_t i = 0; i < count; i++) {
        const rn_coco_result *r = &item[i];
        if (isfinite(r->x) && isfinite(r->y) && isfinite(r->w) && isfinite(r->h) &&
            isfinite(r->score))
            continue;
        return rn_fail(err,
                       "%s: results[%zu]: expected finite numbers, got the box %g %g %g %g with "
                       "score %g",
                       path, i, r->x, r->y, r->w, r->h, r->score);
    }
    return RN_OK;
}

static void write_number(rn_file *file, double value, const char *behind) {
    char text[32];
    rn_file_printf(file, "%s%s", rn_text_from_double(text, sizeof text, value, 0), behind);
}

static void write_text(rn_file *file, const char *text) {
    cJSON *node = cJSON_CreateStringReference(text);
    char *quoted = node ? cJSON_PrintUnformatted(node) : NULL;
    size_t size = quoted ? strlen(quoted) : 0;
    RN_CHECK(size > 0, "out of memory while writing \"%.60s\"", text);
    rn_file_write(file, quoted, size);
    cJSON_free(quoted);
    cJSON_Delete(node);
}

static void write_item(rn_file *file, const rn_coco_result *item) {
    rn_file_printf(file, "{\"image_id\":%lld,", (long long)item->image);
    if (item->file_name) {
        rn_file_printf(file, "\"file_name\":");
        write_text(file, item->file_name);
        rn_file_printf(file, ",");
    }
    rn_file_printf(file, "\"category_id\":%lld,\"bbox\":[", (long long)item->category);
    write_number(file, item->x, ",");
    write_number(file, item->y, ",");
    write_number(file, item->w, ",");
    write_number(file, item->h, "],\"score\":");
    write_number(file, item->score, "}");
}

rn_status rn_coco_results_save(const rn_coco_result *item, size_t count, const char *path,
                               rn_err *err) {
    rn_file file;
    if (check_finite(item, count, path, err) != RN_OK) return RN_ERROR;
    if (rn_file_begin(&file, path, err) != RN_OK) return RN_ERROR;
    rn_file_printf(&file, "[");
    for (size_t i = 0; i < count; i++) {
        rn_file_printf(&file, i ? ",\n" : "\n");
        write_item(&file, &item[i]);
    }
    rn_file_printf(&file, "\n]\n");
    return rn_file_commit(&file, err);
}
