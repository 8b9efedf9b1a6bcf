/* comma.h: a locale that writes 1,5 for one and a half. */
#ifndef TESTS_SUPPORT_COMMA_H
#define TESTS_SUPPORT_COMMA_H

/* Switches the program to such a locale; skips the test where the machine has none. */
void comma_locale(void);

#endif
