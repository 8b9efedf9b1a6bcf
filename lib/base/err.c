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
    rn_err made; /* an argument may lie in err->text */
    va_list args;
    va_start(args, format);
    vsnprintf(made.text, sizeof made.text, format, args);
    va_end(args);
    make_printable(made.text);
    *err = made;
    return RN_ERROR;
}

rn_status rn_fail_in(rn_err *err, const char *format, ...) {
    rn_err made;
    va_list args;
    va_start(args, format);
    vsnprintf(made.text, sizeof made.text, format, args);
    va_end(args);
    size_t used = strlen(made.text), room = sizeof made.text - used;
    snprintf(made.text + used, room, ": %.*s", (int)room, err->text);
    make_printable(made.text);
    *err = made;
    return RN_ERROR;
}
