#include "base/text.h"
#include "base/check.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char SPACE[] = " \t\r\n\v\f";

static bool only_space(const char *text) { return text[strspn(text, SPACE)] == '\0'; }

/* strtod reads the decimal point of the program's locale: switch it for this thread alone. */
bool rn_text_to_double(double *value, const char *text) {
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    locale_t before = uselocale(c);
    char *end;
    double parsed = strtod(text, &end);
    uselocale(before);
    freelocale(c);
    if (end == text || !only_space(end) || !isfinite(parsed)) return false;
    *value = parsed;
    return true;
}

bool rn_text_to_int(int64_t *value, const char *text, int64_t low, int64_t high) {
    char *end;
    errno = 0;
    long long parsed = strtoll(text, &end, 10);
    if (end == text || !only_space(end) || errno || parsed < low || parsed > high) return false;
    *value = parsed;
    return true;
}

char *rn_text_from_double(char *out, size_t size, double value, int digits) {
    /* %g leaves trailing zeros out: what 7 to 14 digits give, 15 give as well. */
    for (int d = digits ? digits : 6; d <= 17; d = d < 15 ? 15 : d + 1) {
        snprintf(out, size, "%.*g", d, value);
        if (digits || strtod(out, NULL) == value) break;
    }
    const char *point = localeconv()->decimal_point;
    char *at = strcmp(point, ".") ? strstr(out, point) : NULL;
    if (at) {
        *at = '.';
        memmove(at + 1, at + strlen(point), strlen(at + strlen(point)) + 1);
    }
    return out;
}

char *rn_text_path(char *out, size_t size, const char *folder, const char *name) {
    bool joined = *folder && *name != '/';
    const char *slash = joined && folder[strlen(folder) - 1] != '/' ? "/" : "";
    int n = snprintf(out, size, "%s%s%s", joined ? folder : "", slash, name);
    RN_CHECK(n >= 0 && (size_t)n < size, "path of %d characters in a buffer of %zu", n, size);
    return out;
}

const char *rn_text_file_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

bool rn_text_ends_with(const char *text, const char *suffix) {
    size_t n = strlen(text), m = strlen(suffix);
    return m <= n && rn_text_same(text + n - m, suffix);
}

/* tolower and strcasecmp follow the program's locale. */
static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }

bool rn_text_same(const char *a, const char *b) {
    while (*a && lower(*a) == lower(*b)) a++, b++;
    return lower(*a) == lower(*b);
}

char *rn_text_trim(char *text) {
    text += strspn(text, SPACE);
    size_t n = strlen(text);
    while (n > 0 && strchr(SPACE, text[n - 1])) text[--n] = '\0';
    return text;
}
