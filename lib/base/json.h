/* json.h: reading JSON files (cJSON) with errors that name file, place, expected and found. */
#ifndef RN_BASE_JSON_H
#define RN_BASE_JSON_H

#include "base/err.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Where an object stands, for messages: "FILE: LIST[INDEX]", or "FILE" when list is NULL. */
typedef struct rn_json_place {
    const char *file, *list;
    size_t index;
} rn_json_place;

/** Parses `size` bytes (no '\0' is needed behind them); nothing but white space may follow the
 * value. The caller frees *root with cJSON_Delete. `name` is used in messages. Fails with
 * "name:line:column: ..." */
rn_status rn_json_parse(cJSON **root, const char *text, size_t size, const char *name, rn_err *err);

/** Reads and parses a file. */
rn_status rn_json_load(cJSON **root, const char *path, rn_err *err);

/** Fails with "PLACE: KEY: expected EXPECTED, got FOUND", where `found` may be NULL (missing). */
rn_status rn_json_expected(rn_json_place place, const char *key, const char *expected,
                           const cJSON *found, rn_err *err);

/** Members of an object by exact name. Each fails unless the member is there with that type. */
rn_status rn_json_array(const cJSON **value, const cJSON *object, const char *key,
                        rn_json_place place, rn_err *err);
rn_status rn_json_object(const cJSON **value, const cJSON *object, const char *key,
                         rn_json_place place, rn_err *err);
rn_status rn_json_text(const char **value, const cJSON *object, const char *key,
                       rn_json_place place, rn_err *err);
rn_status rn_json_number(double *value, const cJSON *object, const char *key, rn_json_place place,
                         rn_err *err);
/** A whole number within [low, high]; |low|, |high| <= 2^53. */
rn_status rn_json_integer(int64_t *value, const cJSON *object, const char *key, int64_t low,
                          int64_t high, rn_json_place place, rn_err *err);
/** `count` finite numbers. */
rn_status rn_json_numbers(double *values, int count, const cJSON *object, const char *key,
                          rn_json_place place, rn_err *err);

/** Adds a number with as few digits as give the same double back; null when it is not finite. */
void rn_json_add_number(cJSON *object, const char *key, double value);

/** Adds a whole tree as a text that holds its JSON, and deletes the tree. */
void rn_json_add_as_text(cJSON *object, const char *key, cJSON *tree);

/** Writes the tree to a file, through a temporary one. `pretty` breaks lines. */
rn_status rn_json_save(const cJSON *root, const char *path, bool pretty, rn_err *err);

#endif
