/* outcome_file.c: outcomes as JSON. */
#include "common/outcome.h"
#include "base/json.h"
#include "base/vec.h"

#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Far above what any experiment has; a file with more is not one of ours, and looking names up one
 * by one would take too long. */
enum { ROWS_MOST = 10000, FACTS_MOST = 10000 };

static const char *const state_names[] = {"missing", "done", "diverged"};

static const char *text_or_empty(const char *text) { return text ? text : ""; }

/* ---- out ---------------------------------------------------------------------------------- */

void metrics_to_json(cJSON *object, const char *key, const double number[METRICS]) {
    cJSON *metrics = cJSON_AddObjectToObject(object, key);
    for (int m = 0; m < METRICS; m++) rn_json_add_number(metrics, metric_names[m], number[m]);
}

static cJSON *run_to_json(const run_outcome *run) {
    cJSON *object = cJSON_CreateObject();
    rn_json_add_number(object, "seed", run->seed);
    cJSON_AddStringToObject(object, "state", state_names[run->state]);
    cJSON_AddStringToObject(object, "key", run->key);
    rn_json_add_number(object, "diverged_at", (double)run->diverged_at);
    metrics_to_json(object, "val", run->val);
    metrics_to_json(object, "test", run->test);
    rn_json_add_number(object, "seconds", run->seconds);
    rn_json_add_number(object, "detect_ms", run->detect_ms);
    return object;
}

static cJSON *row_to_json(const row_outcome *row) {
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "label", row->label);
    cJSON_AddStringToObject(object, "settings", row->settings);
    metrics_to_json(object, "paper", row->paper);
    cJSON *runs = cJSON_AddArrayToObject(object, "runs");
    for (size_t i = 0; i < row->num_runs; i++)
        cJSON_AddItemToArray(runs, run_to_json(&row->run[i]));
    return object;
}

rn_status outcome_save(const outcome *o, const char *path, rn_err *err) {
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "name", text_or_empty(o->name));
    cJSON_AddStringToObject(root, "title", text_or_empty(o->title));
    cJSON_AddStringToObject(root, "version", text_or_empty(o->version));
    cJSON_AddStringToObject(root, "budget", text_or_empty(o->budget));
    cJSON_AddStringToObject(root, "data", text_or_empty(o->data));
    cJSON *rows = cJSON_AddArrayToObject(root, "rows");
    for (size_t i = 0; i < o->num_rows; i++) cJSON_AddItemToArray(rows, row_to_json(&o->row[i]));
    cJSON *facts = cJSON_AddArrayToObject(root, "facts");
    for (size_t i = 0; i < o->num_facts; i++) {
        cJSON *object = cJSON_CreateObject();
        cJSON_AddStringToObject(object, "name", o->fact[i].name);
        rn_json_add_number(object, "value", o->fact[i].value);
        cJSON_AddItemToArray(facts, object);
    }
    rn_status status = rn_json_save(root, path, true, err);
    cJSON_Delete(root);
    return status;
}

/* ---- in ----------------------------------------------------------------------------------- */

/* Every member was found by its name: any further one is unknown, or a second one of that name. */
static rn_status no_more(const cJSON *object, int members, rn_json_place place, rn_err *err) {
    int found = cJSON_GetArraySize(object);
    if (found == members) return RN_OK;
    if (!place.list)
        return rn_fail(err, "%s: expected %d members, got %d", place.file, members, found);
    return rn_fail(err, "%s: %s[%zu]: expected %d members, got %d", place.file, place.list,
                   place.index, members, found);
}

/* A number within [low, high], or null for NAN. `shown` is what the message calls it. */
static rn_status read_number(double *value, const cJSON *item, const char *shown, double low,
                             double high, rn_json_place place, rn_err *err) {
    if (cJSON_IsNull(item)) {
        *value = NAN;
        return RN_OK;
    }
    if (cJSON_IsNumber(item) && item->valuedouble >= low && item->valuedouble <= high) {
        *value = item->valuedouble;
        return RN_OK;
    }
    char expected[64] = "a finite number or null";
    if (high < DBL_MAX)
        snprintf(expected, sizeof expected, "a number from %g to %g or null", low, high);
    return rn_json_expected(place, shown, expected, item, err);
}

rn_status metrics_from_json(double number[METRICS], const cJSON *object, const char *key,
                            rn_json_place place, rn_err *err) {
    const cJSON *metrics;
    if (rn_json_object(&metrics, object, key, place, err) != RN_OK) return RN_ERROR;
    for (int m = 0; m < METRICS; m++) {
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(metrics, metric_names[m]);
        char shown[32];
        snprintf(shown, sizeof shown, "%s.%s", key, metric_names[m]);
        if (read_number(&number[m], item, shown, 0, 100, place, err) != RN_OK) return RN_ERROR;
    }
    return no_more(metrics, METRICS, place, err);
}

static rn_status read_duration(double *value, const cJSON *object, const char *key,
                               rn_json_place place, rn_err *err) {
    return read_number(value, cJSON_GetObjectItemCaseSensitive(object, key), key, 0, 1e9, place,
                       err);
}

static rn_status read_state(run_state *state, const cJSON *object, rn_json_place place,
                            rn_err *err) {
    const char *text;
    if (rn_json_text(&text, object, "state", place, err) != RN_OK) return RN_ERROR;
    for (int s = RUN_MISSING; s <= RUN_DIVERGED; s++)
        if (strcmp(text, state_names[s]) == 0) {
            *state = (run_state)s;
            return RN_OK;
        }
    return rn_json_expected(place, "state", "missing, done or diverged",
                            cJSON_GetObjectItemCaseSensitive(object, "state"), err);
}

/* The key names a folder: nothing but letters, digits, '-' and '_'. */
static rn_status read_key(char key[RUN_KEY_SIZE], const cJSON *object, rn_json_place place,
                          rn_err *err) {
    static const char allowed[] =
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";
    const char *text;
    if (rn_json_text(&text, object, "key", place, err) != RN_OK) return RN_ERROR;
    size_t length = strlen(text);
    if (length >= RUN_KEY_SIZE || strspn(text, allowed) != length)
        return rn_json_expected(place, "key", "at most 19 letters and digits",
                                cJSON_GetObjectItemCaseSensitive(object, "key"), err);
    memcpy(key, text, length + 1);
    return RN_OK;
}

static rn_status read_run(row_outcome *row, const cJSON *object, rn_json_place place, rn_err *err) {
    int64_t seed, step;
    if (!cJSON_IsObject(object)) return rn_json_expected(place, "runs", "objects", object, err);
    if (rn_json_integer(&seed, object, "seed", 0, INT_MAX, place, err) != RN_OK) return RN_ERROR;
    if (row->num_runs && row->run[row->num_runs - 1].seed >= seed)
        return rn_json_expected(place, "seed", "more than the seed before",
                                cJSON_GetObjectItemCaseSensitive(object, "seed"), err);
    run_outcome *run = outcome_add_run(row, (int)seed);
    if (read_state(&run->state, object, place, err) != RN_OK ||
        read_key(run->key, object, place, err) != RN_OK ||
        rn_json_integer(&step, object, "diverged_at", 0, INT_MAX, place, err) != RN_OK ||
        metrics_from_json(run->val, object, "val", place, err) != RN_OK ||
        metrics_from_json(run->test, object, "test", place, err) != RN_OK ||
        read_duration(&run->seconds, object, "seconds", place, err) != RN_OK ||
        read_duration(&run->detect_ms, object, "detect_ms", place, err) != RN_OK)
        return RN_ERROR;
    run->diverged_at = (long)step;
    return no_more(object, 8, place, err);
}

static rn_status too_long(const cJSON *list, int most, const char *key, rn_json_place place,
                          rn_err *err) {
    char expected[64];
    snprintf(expected, sizeof expected, "a list of at most %d", most);
    if (cJSON_GetArraySize(list) <= most) return RN_OK;
    return rn_json_expected(place, key, expected, list, err);
}

static rn_status read_row(outcome *o, const cJSON *object, rn_json_place place, rn_err *err) {
    const char *label, *settings;
    const cJSON *runs, *item;
    char list[64];
    if (!cJSON_IsObject(object)) return rn_json_expected(place, "row", "an object", object, err);
    if (rn_json_text(&label, object, "label", place, err) != RN_OK ||
        rn_json_text(&settings, object, "settings", place, err) != RN_OK ||
        rn_json_array(&runs, object, "runs", place, err) != RN_OK ||
        too_long(runs, OUTCOME_RUNS_MOST, "runs", place, err) != RN_OK)
        return RN_ERROR;
    if (outcome_row(o, label))
        return rn_json_expected(place, "label", "another one than the rows before",
                                cJSON_GetObjectItemCaseSensitive(object, "label"), err);
    row_outcome *row = outcome_add_row(o, label, settings, NAN);
    if (metrics_from_json(row->paper, object, "paper", place, err) != RN_OK) return RN_ERROR;
    if (no_more(object, 4, place, err) != RN_OK) return RN_ERROR;
    snprintf(list, sizeof list, "%s[%zu].runs", place.list, place.index);
    place = (rn_json_place){place.file, list, 0};
    cJSON_ArrayForEach(item, runs) {
        if (read_run(row, item, place, err) != RN_OK) return RN_ERROR;
        place.index++;
    }
    return RN_OK;
}

static rn_status read_fact(outcome *o, const cJSON *object, rn_json_place place, rn_err *err) {
    const char *name;
    double value = NAN;
    if (!cJSON_IsObject(object)) return rn_json_expected(place, "fact", "an object", object, err);
    const cJSON *found = cJSON_GetObjectItemCaseSensitive(object, "name");
    const cJSON *number = cJSON_GetObjectItemCaseSensitive(object, "value");
    if (rn_json_text(&name, object, "name", place, err) != RN_OK ||
        read_number(&value, number, "value", -DBL_MAX, DBL_MAX, place, err) != RN_OK)
        return RN_ERROR;
    if (strlen(name) >= OUTCOME_FACT_NAME)
        return rn_json_expected(place, "name", "a shorter one", found, err);
    for (size_t i = 0; i < o->num_facts; i++)
        if (strcmp(o->fact[i].name, name) == 0)
            return rn_json_expected(place, "name", "another one than the facts before", found, err);
    outcome_set_fact(o, value, "%s", name);
    return no_more(object, 2, place, err);
}

static rn_status read_own_text(char **out, const cJSON *root, const char *key, rn_json_place place,
                               rn_err *err) {
    const char *text;
    if (rn_json_text(&text, root, key, place, err) != RN_OK) return RN_ERROR;
    *out = rn_vec_text(text);
    return RN_OK;
}

static rn_status read_outcome(outcome *o, const cJSON *root, const char *path, rn_err *err) {
    rn_json_place place = {.file = path};
    const cJSON *rows, *facts, *item;
    if (!cJSON_IsObject(root)) return rn_json_expected(place, "outcome", "an object", root, err);
    if (read_own_text(&o->name, root, "name", place, err) != RN_OK ||
        read_own_text(&o->title, root, "title", place, err) != RN_OK ||
        read_own_text(&o->version, root, "version", place, err) != RN_OK ||
        read_own_text(&o->budget, root, "budget", place, err) != RN_OK ||
        read_own_text(&o->data, root, "data", place, err) != RN_OK ||
        rn_json_array(&rows, root, "rows", place, err) != RN_OK ||
        rn_json_array(&facts, root, "facts", place, err) != RN_OK ||
        too_long(rows, ROWS_MOST, "rows", place, err) != RN_OK ||
        too_long(facts, FACTS_MOST, "facts", place, err) != RN_OK ||
        no_more(root, 7, place, err) != RN_OK)
        return RN_ERROR;
    place.list = "rows";
    cJSON_ArrayForEach(item, rows) {
        if (read_row(o, item, place, err) != RN_OK) return RN_ERROR;
        place.index++;
    }
    place = (rn_json_place){path, "facts", 0};
    cJSON_ArrayForEach(item, facts) {
        if (read_fact(o, item, place, err) != RN_OK) return RN_ERROR;
        place.index++;
    }
    return RN_OK;
}

rn_status outcome_load(outcome *o, const char *path, rn_err *err) {
    cJSON *root;
    *o = (outcome){0};
    if (rn_json_load(&root, path, err) != RN_OK) return RN_ERROR;
    rn_status status = read_outcome(o, root, path, err);
    cJSON_Delete(root);
    if (status != RN_OK) outcome_free(o);
    return status;
}
