/* picture.h: a picture's file, made fit to stand inside of a page. */
#ifndef RN_REPORT_PICTURE_H
#define RN_REPORT_PICTURE_H

#include "base/err.h"

typedef struct picture {
    char *svg;   /**< "<svg ...>...</svg>" */
    char *title; /**< what its <title> says; "" when there is none */
} picture;

/** Reads an SVG and writes it anew: well-formed, every id and every reference to one with `prefix`
 * in front, so that pictures in one page do not share ids, and without whatever acts or loads
 * (scripts, styles, foreign content, event handlers, references to other files). Free with
 * picture_free. Fails on a file that cannot be read, is no XML or no SVG. */
rn_status picture_load(picture *p, const char *path, const char *prefix, rn_err *err);

void picture_free(picture *p);

#endif
