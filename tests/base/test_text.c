#include "base/text.h"
#include "base/real.h"
#include "base/rng.h"
#include "support/comma.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

Test(text, numbers_are_read_whole) {
    static const struct {
        const char *text;
        double value;
    } good[] = {{"0", 0},         {"-1.5", -1.5}, {" 2e3 \n", 2000},
                {"+.5", .5},      {"1e-400", 0},  {"5e-324", 5e-324},
                {"0x1p-3", .125}, {"1.", 1},      {"\t7\r\n", 7}};
    static const char *const bad[] = {"",    " ",    "x",     "1x",  "1 2", "1,5", "nan",
                                      "inf", "-inf", "1e999", "--1", "1e",  ".",   "1.5.2"};
    for (size_t i = 0; i < RN_COUNT(good); i++) {
        double value = 99;
        cr_expect(rn_text_to_double(&value, good[i].text) && value == good[i].value, "\"%s\": %g",
                  good[i].text, value);
    }
    for (size_t i = 0; i < RN_COUNT(bad); i++) {
        double value = 99;
        cr_expect(!rn_text_to_double(&value, bad[i]) && value == 99, "\"%s\": %g", bad[i], value);
    }
}

Test(text, integers_are_read_whole_and_within_bounds) {
    static const struct {
        const char *text;
        int64_t low, high, value;
        bool good;
    } rows[] = {
        {"0", 0, 0, 0, true},
        {" -12 ", -20, 20, -12, true},
        {"+7", 0, 7, 7, true},
        {"8", 0, 7, 0, false},
        {"-1", 0, 7, 0, false},
        {"9223372036854775807", INT64_MIN, INT64_MAX, INT64_MAX, true},
        {"-9223372036854775808", INT64_MIN, INT64_MAX, INT64_MIN, true},
        {"9223372036854775808", INT64_MIN, INT64_MAX, 0, false},
        {"99999999999999999999999", INT64_MIN, INT64_MAX, 0, false},
        {"", 0, 9, 0, false},
        {"1.0", 0, 9, 0, false},
        {"1e3", 0, 9999, 0, false},
        {"0x10", 0, 99, 0, false},
        {"3 4", 0, 99, 0, false},
    };
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        int64_t value = 99;
        bool good = rn_text_to_int(&value, rows[i].text, rows[i].low, rows[i].high);
        cr_expect(good == rows[i].good && value == (good ? rows[i].value : 99), "\"%s\": %lld",
                  rows[i].text, (long long)value);
    }
}

Test(text, numbers_are_written_with_few_digits) {
    static const struct {
        double value;
        int digits;
        const char *text;
    } rows[] = {{0, 0, "0"},
                {.1, 0, "0.1"},
                {1. / 3, 0, "0.3333333333333333"},
                {.1 + .2, 0, "0.30000000000000004"},
                {1e22, 0, "1e+22"},
                {123456789, 0, "123456789"},
                {-0.0, 0, "-0"},
                {-1.7976931348623157e308, 0, "-1.7976931348623157e+308"},
                {5e-324, 0, "4.94066e-324"},
                {1. / 3, 3, "0.333"},
                {1e5, 3, "1e+05"}};
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        char text[32];
        rn_text_from_double(text, sizeof text, rows[i].value, rows[i].digits);
        cr_expect_str_eq(text, rows[i].text);
    }
}

/* Any double, written and read, is the same double. */
static void check_round_trips(int count) {
    rn_rng rng = rn_rng_stream(1, "doubles", 0);
    for (int i = 0; i < count; i++) {
        uint64_t bits = (uint64_t)rn_rng_u32(&rng) << 32 | rn_rng_u32(&rng);
        double value, back;
        char text[32];
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value)) continue;
        rn_text_from_double(text, sizeof text, value, 0);
        cr_assert(!strchr(text, ','), "%s", text);
        cr_assert(rn_text_to_double(&back, text) && back == value, "%s is read as %.17g", text,
                  back);
    }
}

Test(text, every_number_comes_back) { check_round_trips(100000); }

Test(text, the_locale_does_not_matter) {
    comma_locale();
    check_round_trips(1000);
    char text[32];
    double value;
    cr_expect_str_eq(rn_text_from_double(text, sizeof text, -1.5, 0), "-1.5");
    cr_expect_str_eq(rn_text_from_double(text, sizeof text, 1.5, 4), "1.5");
    cr_expect(rn_text_to_double(&value, "1.5") && value == 1.5);
    cr_expect_not(rn_text_to_double(&value, "1,5"));
    cr_expect_str_eq(localeconv()->decimal_point, ",", "the program's locale is left alone");
}

/* In Turkish the small letter of I has no dot. */
Test(text, case_is_that_of_ascii_in_any_locale) {
    if (!setlocale(LC_ALL, "tr_TR.ISO-8859-9") && !setlocale(LC_ALL, "tr_TR.UTF-8"))
        setlocale(LC_ALL, "C");
    cr_expect(rn_text_same("FIT", "fit") && rn_text_ends_with("A.GIF", ".gif"));
}

Test(text, paths_are_joined) {
    static const struct {
        const char *folder, *name, *path;
    } rows[] = {{"a", "b", "a/b"},    {"a/", "b", "a/b"}, {"", "b", "b"},
                {"a", "/b", "/b"},    {"/", "b", "/b"},   {"a", "", "a/"},
                {"a//", "b", "a//b"}, {"", "", ""},       {"a/b", "c/d", "a/b/c/d"}};
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        char path[16];
        rn_text_path(path, sizeof path, rows[i].folder, rows[i].name);
        cr_expect_str_eq(path, rows[i].path);
    }
    char exact[4];
    cr_expect_str_eq(rn_text_path(exact, sizeof exact, "a", "b"), "a/b");
}

Test(text, a_path_that_does_not_fit_is_misuse, .signal = SIGABRT) {
    char path[3];
    rn_text_path(path, sizeof path, "a", "b");
}

Test(text, file_names_and_suffixes) {
    cr_expect_str_eq(rn_text_file_name("a/b.c"), "b.c");
    cr_expect_str_eq(rn_text_file_name("b"), "b");
    cr_expect_str_eq(rn_text_file_name("a/"), "");
    cr_expect(rn_text_ends_with("x.JPG", ".jpg") && rn_text_ends_with("x", ""));
    cr_expect(!rn_text_ends_with("jpg", ".jpg") && !rn_text_ends_with("x.jpgx", ".jpg"));
    cr_expect(rn_text_same("", "") && rn_text_same("aZ@[", "Az@["));
    cr_expect(!rn_text_same("a", "ab") && !rn_text_same("ab", "a") && !rn_text_same("@", "`"));
}

Test(text, trim) {
    char text[] = " \t a b\r\n ", empty[] = "", space[] = "  \n";
    cr_expect_str_eq(rn_text_trim(text), "a b");
    cr_expect_str_eq(rn_text_trim(empty), "");
    cr_expect_str_eq(rn_text_trim(space), "");
}
