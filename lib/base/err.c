#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Text from a file may hold anything; a message is one line on a terminal. */
static void make_printable(char *text) {
    for (char *c = text; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 127) *c = '?';
}

rn_status rn_fail(rn_err *err, const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    make_printable(err->text);
    return RN_ERROR;
}

rn_status rn_fail_in(rn_err *err, const char *format, ...) {
    rn_err inner = *err;
    va_list args;
    va_start(args, format);
    int n = vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    size_t used = n < 0 ? 0 : strlen(err->text);
    snprintf(err->text + used, sizeof err->text - used, ": %s", inner.text);
    make_printable(err->text);
    return RN_ERROR;
}
