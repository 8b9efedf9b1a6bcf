/* help.h: option tables as people read them. */
#ifndef RN_COMMON_HELP_H
#define RN_COMMON_HELP_H

#include "base/option.h"

#include <stdio.h>

/** One entry: `left` in its column, and `text` broken at spaces so that lines stay within 80
 * characters. */
void help_entry(FILE *stream, const char *left, const char *text);

/** Every option with its placeholder, range and default, under the headings of their groups.
 * `groups`: "inference|images", or NULL for all. With `sources` each default is followed by where
 * it comes from. */
void help_options(FILE *stream, rn_options options, const char *groups, bool sources);

#endif
