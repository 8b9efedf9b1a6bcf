/* Most numbers are short and need no strtod: 15 digits with a power of ten up to 22 are the
 * quotient of two doubles that are exact, so one division rounds correctly (Clinger, "How to read
 * floating point numbers accurately", PLDI 1990). */
#include "data/json_scan.h"
#include "base/real.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

enum { NESTED_MOST = 512, NUMBER_MOST = 512 };

rn_json_scan rn_json_scan_start(const char *text, size_t size, const char *file) {
    size_t mark = size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    return (rn_json_scan){.file = file, .text = text, .at = text + mark, .end = text + size};
}

static void skip_space(rn_json_scan *scan) {
    while (*scan->at == ' ' || *scan->at == '\n' || *scan->at == '\t' || *scan->at == '\r')
        scan->at++;
}

rn_status rn_json_scan_fail(const rn_json_scan *scan, const char *expected, rn_err *err) {
    long line = 1, column = 1;
    for (const char *c = scan->text; c < scan->at; c++) {
        column = *c == '\n' ? 1 : column + 1;
        line += *c == '\n';
    }
    char where[160] = "", found[64];
    if (scan->list && scan->key)
        snprintf(where, sizeof where, "%s[%zu]: %.*s: ", scan->list, scan->index,
                 (int)(scan->key_size < 60 ? scan->key_size : 60), scan->key);
    else if (scan->list)
        snprintf(where, sizeof where, "%s[%zu]: ", scan->list, scan->index);
    if (scan->at >= scan->end)
        snprintf(found, sizeof found, "the end of the file (is it cut off?)");
    else
        snprintf(found, sizeof found, "\"%.20s\"", scan->at);
    return rn_fail(err, "%s:%ld:%ld: %sexpected %s, got %s", scan->file, line, column, where,
                   expected, found);
}

bool rn_json_scan_take(rn_json_scan *scan, char c) {
    skip_space(scan);
    if (*scan->at != c || scan->at >= scan->end) return false;
    scan->at++;
    return true;
}

rn_status rn_json_scan_expect(rn_json_scan *scan, char c, const char *expected, rn_err *err) {
    return rn_json_scan_take(scan, c) ? RN_OK : rn_json_scan_fail(scan, expected, err);
}

/* From the opening quote to behind the closing one. */
static rn_status skip_text(rn_json_scan *scan, rn_err *err) {
    if (rn_json_scan_expect(scan, '"', "a name in quotes", err) != RN_OK) return RN_ERROR;
    for (; scan->at < scan->end; scan->at++) {
        if (*scan->at == '"') {
            scan->at++;
            return RN_OK;
        }
        if ((unsigned char)*scan->at < ' ') break;
        if (*scan->at == '\\' && scan->at[1] != '\0') scan->at++;
    }
    return rn_json_scan_fail(scan, "the text's closing \"", err);
}

rn_status rn_json_scan_key(rn_json_scan *scan, rn_err *err) {
    scan->key = NULL;
    skip_space(scan);
    const char *first = scan->at + 1;
    if (skip_text(scan, err) != RN_OK) return RN_ERROR;
    scan->key = first;
    scan->key_size = (size_t)(scan->at - first) - 1;
    return rn_json_scan_expect(scan, ':', "':'", err);
}

bool rn_json_scan_is(const rn_json_scan *scan, const char *key) {
    return strlen(key) == scan->key_size && memcmp(scan->key, key, scan->key_size) == 0;
}

/* A number as it was read: (-1)^negative * digits / 10^places, if `exact`. */
typedef struct decimal {
    uint64_t digits;
    long places;
    bool negative, exact;
    const char *end;
} decimal;

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* Reads digits into the number; returns how many there were. */
static long read_digits(decimal *number, const char **at) {
    long count = 0;
    for (; is_digit(**at); (*at)++, count++) {
        number->exact &= number->digits < 100000000000000; /* then 15 digits are not exceeded */
        if (number->exact) number->digits = 10 * number->digits + (uint64_t)(**at - '0');
    }
    return count;
}

/* JSON's syntax: -? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?  False if it is broken. */
static bool read_decimal(decimal *number, const char *at) {
    *number = (decimal){.exact = true};
    if ((number->negative = *at == '-')) at++;
    if (*at == '0' ? is_digit(at[1]) : !is_digit(*at)) return false;
    read_digits(number, &at);
    if (*at == '.') {
        at++;
        number->places = read_digits(number, &at);
        if (number->places == 0) return false;
    }
    if (*at == 'e' || *at == 'E') {
        at++;
        if (*at == '+' || *at == '-') at++;
        number->exact = false; /* rare: strtod's */
        if (!is_digit(*at)) return false;
        while (is_digit(*at)) at++;
    }
    number->end = at;
    return true;
}

static bool decimal_value(double *value, const decimal *number, const char *begin) {
    static const double ten_to[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    if (number->exact && number->places < (long)RN_COUNT(ten_to)) {
        double v = (double)number->digits / ten_to[number->places];
        *value = number->negative ? -v : v;
        return true;
    }
    char text[NUMBER_MOST];
    size_t size = (size_t)(number->end - begin);
    if (size >= sizeof text) return false;
    memcpy(text, begin, size);
    text[size] = '\0';
    return rn_text_to_double(value, text);
}

rn_status rn_json_scan_number(rn_json_scan *scan, double *value, const char *expected,
                              rn_err *err) {
    skip_space(scan);
    decimal number;
    if (!read_decimal(&number, scan->at) || !decimal_value(value, &number, scan->at))
        return rn_json_scan_fail(scan, expected, err);
    scan->at = number.end;
    return RN_OK;
}

rn_status rn_json_scan_integer(rn_json_scan *scan, int64_t *value, rn_err *err) {
    const char *expected = "a whole number", *begin;
    double number = 0;
    skip_space(scan);
    begin = scan->at;
    if (rn_json_scan_number(scan, &number, expected, err) != RN_OK) return RN_ERROR;
    if (!(fabs(number) <= 9007199254740992.0 && number == floor(number))) {
        scan->at = begin;
        return rn_json_scan_fail(scan, expected, err);
    }
    *value = (int64_t)number;
    return RN_OK;
}

static rn_status skip_word(rn_json_scan *scan, rn_err *err) {
    static const char *const words[] = {"true", "false", "null"};
    for (int i = 0; i < 3; i++) {
        size_t size = strlen(words[i]);
        if (strncmp(scan->at, words[i], size) != 0) continue;
        scan->at += size;
        return RN_OK;
    }
    decimal number;
    if (!read_decimal(&number, scan->at)) return rn_json_scan_fail(scan, "a JSON value", err);
    scan->at = number.end;
    return RN_OK;
}

/* Brackets are kept in a list of their own, so that no depth of nesting exhausts the stack. */
rn_status rn_json_scan_skip(rn_json_scan *scan, rn_err *err) {
    char closing[NESTED_MOST];
    int depth = 0;
    do {
        skip_space(scan);
        bool opened = *scan->at == '[' || *scan->at == '{';
        if (opened && depth == NESTED_MOST)
            return rn_json_scan_fail(scan, "values nested less deeply", err);
        if (opened) {
            closing[depth++] = *scan->at++ == '[' ? ']' : '}';
        } else if ((*scan->at == '"' ? skip_text : skip_word)(scan, err) != RN_OK) {
            return RN_ERROR;
        }
        bool first = opened;
        while (depth > 0 && rn_json_scan_take(scan, closing[depth - 1])) {
            depth--;
            first = false;
        }
        if (depth == 0) return RN_OK;
        if (!first && rn_json_scan_expect(scan, ',', "',' or the closing bracket", err) != RN_OK)
            return RN_ERROR;
        if (closing[depth - 1] == '}') {
            if (skip_text(scan, err) != RN_OK) return RN_ERROR;
            if (rn_json_scan_expect(scan, ':', "':'", err) != RN_OK) return RN_ERROR;
        }
    } while (true);
}

rn_status rn_json_scan_finish(rn_json_scan *scan, rn_err *err) {
    scan->list = NULL;
    skip_space(scan);
    return scan->at == scan->end ? RN_OK : rn_json_scan_fail(scan, "the end of the file", err);
}
