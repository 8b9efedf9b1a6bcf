/* err.h: what went wrong in the world (files, images, options), as one line for its user.
 *
 * A function that can fail returns rn_status, takes a caller-owned rn_err as its last argument and
 * fills it with "path:where: what, expected, got". On failure its outputs are unchanged or empty,
 * and safe to free. */
#ifndef RN_BASE_ERR_H
#define RN_BASE_ERR_H

typedef enum rn_status {
    RN_OK = 0,
    RN_ERROR = -1,      /**< failed; the rn_err says how */
    RN_INTERRUPTED = -2 /**< stopped on request (Ctrl-C); what was done so far is saved */
} rn_status;

/** One line without a newline; "" while nothing went wrong. */
typedef struct rn_err {
    char text[1024];
} rn_err;

/** Formats the message (cut to fit, control characters replaced) and returns RN_ERROR. */
rn_status rn_fail(rn_err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Puts "format: " before the message that err already holds; returns RN_ERROR. */
rn_status rn_fail_in(rn_err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
