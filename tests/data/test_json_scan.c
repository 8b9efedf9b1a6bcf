#include "data/json_scan.h"
#include "base/real.h"
#include "base/rng.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static rn_json_scan scan_of(const char *text) {
    return rn_json_scan_start(text, strlen(text), "a.json");
}

static bool same_double(double a, double b) { return memcmp(&a, &b, sizeof a) == 0; }

/* strtod of the C library rounds correctly; tests run in the C locale. */
Test(json_scan, numbers_are_rounded_as_strtod_does) {
    rn_rng rng = rn_rng_stream(1, "numbers", 0);
    for (int i = 0; i < 20000; i++) {
        static const char *const formats[] = {"%.2f", "%.17g", "%.15g", "%.6e", "%.0f", "%.22f"};
        char text[400];
        double wide = pow(10, rn_rng_range(&rng, -30, 30));
        snprintf(text, sizeof text, formats[rn_rng_below(&rng, RN_COUNT(formats))], // NOLINT
                 rn_rng_range(&rng, -1, 1) * (i % 2 ? wide : 1000));
        rn_json_scan scan = scan_of(text);
        rn_err err = {""};
        double got = -1, want = strtod(text, NULL);
        cr_expect_eq(rn_json_scan_number(&scan, &got, "a number", &err), RN_OK, "%s", err.text);
        cr_expect(same_double(got, want), "%s: %.17g, want %.17g", text, got, want);
        cr_expect(scan.at == scan.end);
    }
}

Test(json_scan, numbers_at_the_edges) {
    static const char *const rows[] = {"0",
                                       "-0",
                                       "-0.0",
                                       "1E5",
                                       "1e+5",
                                       "123456789012345",
                                       "1234567890123456",
                                       "9007199254740993",
                                       "0.1234567890123456",
                                       "0.0000000000000000000001",
                                       "0.00000000000000000000001",
                                       "5e-324",
                                       "1e-999",
                                       "1.7976931348623157e308"};
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        rn_json_scan scan = scan_of(rows[i]);
        rn_err err = {""};
        double got = -1;
        cr_expect_eq(rn_json_scan_number(&scan, &got, "a number", &err), RN_OK, "%s", err.text);
        cr_expect(same_double(got, strtod(rows[i], NULL)), "%s: %.17g", rows[i], got);
    }
}

Test(json_scan, what_is_no_number) {
    static const char *const rows[] = {"",    "-",    "+1",    ".5",       "1.",
                                       "01",  "1.e5", "1e",    "1e+",      "true",
                                       "NaN", "-inf", "\"1\"", "Infinity", "1e999"};
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        rn_json_scan scan = scan_of(rows[i]);
        rn_err err = {""};
        double got = 7;
        cr_expect_eq(rn_json_scan_number(&scan, &got, "a number", &err), RN_ERROR, "%s", rows[i]);
        cr_expect(got == 7 && strncmp(err.text, "a.json:1:1: expected a number, got ", 35) == 0,
                  "%s: %s", rows[i], err.text);
    }
    char digits[2000];
    memset(digits, '1', sizeof digits - 1);
    digits[sizeof digits - 1] = '\0';
    rn_json_scan scan = scan_of(digits);
    rn_err err;
    double got;
    cr_expect_eq(rn_json_scan_number(&scan, &got, "a number", &err), RN_ERROR);
}

Test(json_scan, integers) {
    static const struct {
        const char *text;
        bool good;
        int64_t value;
    } rows[] = {{"17", true, 17},    {"-3", true, -3},    {"2.0", true, 2},
                {"1e3", true, 1000}, {"0.5", false, 0},   {"9007199254740992", true, 1LL << 53},
                {"1e17", false, 0},  {"\"7\"", false, 0}, {"397133", true, 397133}};
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        rn_json_scan scan = scan_of(rows[i].text);
        rn_err err = {""};
        int64_t got = 0;
        cr_expect_eq(rn_json_scan_integer(&scan, &got, &err) == RN_OK, rows[i].good, "%s: %s",
                     rows[i].text, err.text);
        cr_expect_eq(got, rows[i].value, "%s", rows[i].text);
    }
}

Test(json_scan, skips_any_value_and_nothing_else) {
    static const char *const good[] = {"1",
                                       "\"a\\\"b\\\\\"",
                                       "null",
                                       "[]",
                                       "{}",
                                       "[[],{}]",
                                       " [1 , 2.5e3, \"]\"] ",
                                       "{\"a\": {\"b\": [true, {\"c\":null}]}, \"d\" :[ ]}"};
    for (size_t i = 0; i < RN_COUNT(good); i++) {
        rn_json_scan scan = scan_of(good[i]);
        rn_err err = {""};
        cr_expect_eq(rn_json_scan_skip(&scan, &err), RN_OK, "%s: %s", good[i], err.text);
        cr_expect_eq(rn_json_scan_finish(&scan, &err), RN_OK, "%s: %s", good[i], err.text);
    }
    static const char *const bad[] = {"",      "[",        "[1",      "[1,]",  "[,1]",
                                      "[1 2]", "{",        "{\"a\"}", "{1:2}", "{\"a\":1,}",
                                      "\"a",   "\"a\nb\"", "\"a\\",   "[}",    "{\"a\":]",
                                      "nul",   "[1}",      "[1]]",    "1 2",   "{\"a\":1 \"b\":2}"};
    for (size_t i = 0; i < RN_COUNT(bad); i++) {
        rn_json_scan scan = scan_of(bad[i]);
        rn_err err = {""};
        cr_expect(rn_json_scan_skip(&scan, &err) != RN_OK ||
                      rn_json_scan_finish(&scan, &err) != RN_OK,
                  "%s was accepted", bad[i]);
    }
}

Test(json_scan, deep_nesting_is_an_error_not_a_crash) {
    enum { DEPTH = 1000000 };
    char *text = malloc(DEPTH + 1);
    memset(text, '[', DEPTH);
    text[DEPTH] = '\0';
    rn_json_scan scan = scan_of(text);
    rn_err err = {""};
    cr_expect_eq(rn_json_scan_skip(&scan, &err), RN_ERROR);
    cr_expect_str_eq(err.text, "a.json:1:513: expected values nested less deeply, got "
                               "\"[[[[[[[[[[[[[[[[[[[[\"");
    free(text);
}

Test(json_scan, a_zero_byte_ends_nothing) {
    const char text[] = "[1,\0 2]";
    rn_json_scan scan = rn_json_scan_start(text, sizeof text - 1, "a.json");
    rn_err err = {""};
    cr_expect_eq(rn_json_scan_skip(&scan, &err), RN_ERROR);
}
