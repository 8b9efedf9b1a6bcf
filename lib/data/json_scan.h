/* json_scan.h: reads JSON text from front to back without making a tree of it.
 *
 * For lists of a million small objects: the caller says what it expects next and keeps what it
 * wants. Every function skips white space first. Messages say "FILE:LINE:COLUMN: LIST[INDEX]: KEY:
 * expected
 * ..., got ...", with what the caller has set in list, index and key. */
#ifndef RN_DATA_JSON_SCAN_H
#define RN_DATA_JSON_SCAN_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A place in the text. Nothing is owned. */
typedef struct rn_json_scan {
    const char *file, *text, *at;
    const char *end;  /**< one behind the last byte; *end is '\0' */
    const char *list; /**< for messages; NULL until known */
    size_t index;
    const char *key; /**< not terminated: key_size bytes */
    size_t key_size;
} rn_json_scan;

/** `text` has a '\0' behind its last byte, as rn_file_read leaves it. A byte order mark is skipped.
 */
rn_json_scan rn_json_scan_start(const char *text, size_t size, const char *file);

/** Steps over `c` if it is next. */
bool rn_json_scan_take(rn_json_scan *scan, char c);

/** Fails unless `c` is next; `expected` describes it. */
rn_status rn_json_scan_expect(rn_json_scan *scan, char c, const char *expected, rn_err *err);

/** A key and its colon; sets key and key_size to the bytes between the quotes. Escapes are left as
 * they are. */
rn_status rn_json_scan_key(rn_json_scan *scan, rn_err *err);

/** Is the current key this one? */
bool rn_json_scan_is(const rn_json_scan *scan, const char *key);

/** A finite number; `expected` is for the message. */
rn_status rn_json_scan_number(rn_json_scan *scan, double *value, const char *expected, rn_err *err);

/** A whole number within +-2^53. */
rn_status rn_json_scan_integer(rn_json_scan *scan, int64_t *value, rn_err *err);

/** Any value, nested at most 512 deep. */
rn_status rn_json_scan_skip(rn_json_scan *scan, rn_err *err);

/** Fails unless only white space follows. */
rn_status rn_json_scan_finish(rn_json_scan *scan, rn_err *err);

/** Fails at the current place: "expected EXPECTED, got " and what stands there. */
rn_status rn_json_scan_fail(const rn_json_scan *scan, const char *expected, rn_err *err);

#endif
