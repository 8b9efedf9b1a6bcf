/* text.h: paths and numbers as text. Numbers are those of the C locale whatever the program's. */
#ifndef RN_BASE_TEXT_H
#define RN_BASE_TEXT_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The whole of `text` (spaces around it allowed) as a finite number; false if it is none. */
bool rn_text_to_double(double *value, const char *text);

/** The whole of `text` as a decimal integer within [low, high]; false if it is none. */
bool rn_text_to_int(int64_t *value, const char *text, int64_t low, int64_t high);

/** Writes value with `digits` significant digits ("%.*g" of the C locale); 0 means as few as give
 * the same double back. Returns `out`. 32 bytes are enough. */
char *rn_text_from_double(char *out, size_t size, double value, int digits);

/** "folder/name", or name alone when it is absolute or folder is "". RN_CHECKs that it fits. */
char *rn_text_path(char *out, size_t size, const char *folder, const char *name);

/** The part of a path after the last '/'. */
const char *rn_text_file_name(const char *path);

/** Does text end with suffix, ASCII case ignored? */
bool rn_text_ends_with(const char *text, const char *suffix);

/** ASCII case-insensitive equality. */
bool rn_text_same(const char *a, const char *b);

/** Removes white space at both ends, in place; returns the new beginning. */
char *rn_text_trim(char *text);

#endif
