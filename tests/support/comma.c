#include "support/comma.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <stdio.h>

void comma_locale(void) {
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "de_DE",       "fr_FR.UTF-8",
                                        "fr_FR.utf8",  "fr_FR",      "es_ES.UTF-8", "it_IT.UTF-8"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char text[8];
        if (!setlocale(LC_ALL, names[i])) continue;
        snprintf(text, sizeof text, "%g", 1.5);
        if (text[1] == ',') return;
    }
    setlocale(LC_ALL, "C");
    cr_skip_test("skipped: no locale with a decimal comma");
}
