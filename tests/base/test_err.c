#include "base/err.h"

#include <criterion/criterion.h>
#include <string.h>

Test(err, a_failure_is_one_line) {
    rn_err err = {""};
    cr_expect(rn_fail(&err, "%s:%d: expected %s", "a.csv", 3, "a number") == RN_ERROR);
    cr_expect_str_eq(err.text, "a.csv:3: expected a number");
    rn_fail(&err, "got \"%s\"", "a\nb\tc\033[2Jd\177");
    cr_expect_str_eq(err.text, "got \"a?b?c?[2Jd?\"");
    rn_fail(&err, "%s", "na\xC3\xAFve"); /* UTF-8 stays */
    cr_expect_str_eq(err.text, "na\xC3\xAFve");
}

Test(err, the_context_goes_before) {
    rn_err err = {""};
    rn_fail(&err, "inner %d", 1);
    cr_expect(rn_fail_in(&err, "%s", "outer") == RN_ERROR);
    cr_expect_str_eq(err.text, "outer: inner 1");
    rn_fail_in(&err, "line\n%d", 2);
    cr_expect_str_eq(err.text, "line?2: outer: inner 1");
}

Test(err, the_old_message_may_be_an_argument) {
    rn_err err = {""};
    rn_fail(&err, "no memory");
    rn_fail(&err, "a: %s (%s)", err.text, err.text);
    cr_expect_str_eq(err.text, "a: no memory (no memory)");
    rn_fail_in(&err, "%.4s", err.text);
    cr_expect_str_eq(err.text, "a: n: a: no memory (no memory)");
}

Test(err, long_messages_are_cut) {
    rn_err err = {""};
    char text[3000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    rn_fail(&err, "%s", text);
    cr_expect_eq(strlen(err.text), sizeof err.text - 1);
    rn_fail_in(&err, "before");
    cr_expect_eq(strlen(err.text), sizeof err.text - 1);
    cr_expect(strncmp(err.text, "before: xxx", 11) == 0);
    for (size_t n = 1015; n < 1030; n++) { /* the cut falls into the colon */
        rn_fail(&err, "inner");
        rn_fail_in(&err, "%.*s", (int)n, text);
        cr_expect(strlen(err.text) <= sizeof err.text - 1 && err.text[n - 20] == 'x');
    }
}
