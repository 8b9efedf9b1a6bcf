/* check.h: misuse by the programmer stops the program at the place of the mistake.
 *
 * RN_CHECK stays on in release builds, is used once per operation and never per element. What the
 * world does wrong (files, options, memory of the machine) is an rn_status instead: see err.h. */
#ifndef RN_BASE_CHECK_H
#define RN_BASE_CHECK_H

/** Prints "file:line: condition: message" to stderr and aborts. */
void rn_check_failed(const char *file, int line, const char *condition, const char *format, ...)
    __attribute__((noreturn, format(printf, 4, 5)));

/** RN_CHECK(condition, "x is (%d, %d), want ...", ...): aborts unless the condition holds. */
#define RN_CHECK(condition, ...)                                                                   \
    do {                                                                                           \
        if (!(condition)) rn_check_failed(__FILE__, __LINE__, #condition, __VA_ARGS__);            \
    } while (0)

#endif
