#include "common/help.h"
#include "base/text.h"

#include <string.h>

enum { LEFT = 27, WIDTH = 80, ENTRY_SIZE = 1024 };

void help_entry(FILE *stream, const char *left, const char *text) {
    int column = fprintf(stream, "  %s", left);
    if (column > LEFT - 2) column = fprintf(stream, "\n") - 1;
    column += fprintf(stream, "%*s", LEFT - column, "");
    for (bool first = true; *text; first = false) {
        int length = (int)strcspn(text, " ");
        if (!first && column + 1 + length > WIDTH)
            column = fprintf(stream, "\n%*s", LEFT, "") - 1;
        else if (!first)
            column += fprintf(stream, " ");
        column += fprintf(stream, "%.*s", length, text);
        text += length + (text[length] == ' ');
    }
    fputc('\n', stream);
}

/* "--model NAME", "--[no-]flip", "--p6-from c5|p5". */
static void write_left(char *out, size_t size, const rn_option *option) {
    static const char *const placeholder[] = {[RN_OPTION_INT] = "N",
                                              [RN_OPTION_NUMBER] = "X",
                                              [RN_OPTION_CHOICE] = "NAME",
                                              [RN_OPTION_LIST] = "X,X,...",
                                              [RN_OPTION_TEXT] = "TEXT"};
    bool on = option->source || strcmp(option->initial, "on") == 0,
         text = option->kind == RN_OPTION_TEXT;
    if (option->kind == RN_OPTION_BOOL)
        snprintf(out, size, "--%s%s", on ? "[no-]" : "", option->name);
    else if ((option->kind == RN_OPTION_CHOICE &&
              strlen(option->name) + strlen(option->choices) < LEFT - 6) ||
             (text && option->choices))
        snprintf(out, size, "--%s %s", option->name, option->choices);
    else
        snprintf(out, size, "--%s %s", option->name, placeholder[option->kind]);
}

/* "0 to 1", "auto or 0 to 1", "tiny, r18, r34"; "" where any value goes. */
static void write_range(char *out, size_t size, const rn_option *option, const char *left) {
    static const double ENDLESS = 1e9;
    char low[32], high[32];
    const char *words = option->choices ? option->choices : "";
    rn_text_from_double(low, sizeof low, option->low, 10);
    rn_text_from_double(high, sizeof high, option->high, 10);
    out[0] = '\0';
    if (option->kind == RN_OPTION_CHOICE && !strstr(left, words)) {
        for (; *words && size > 3; words++, size--) {
            *out++ = *words == '|' ? ',' : *words;
            if (*words == '|') *out++ = ' ', size--;
        }
        *out = '\0';
    } else if (option->kind == RN_OPTION_INT || option->kind == RN_OPTION_NUMBER ||
               option->kind == RN_OPTION_LIST) {
        const char *sep = *words ? " or " : "";
        if (option->high < ENDLESS)
            snprintf(out, size, "%s%s%s to %s", words, sep, low, high);
        else if (option->low != 0)
            snprintf(out, size, "%s%sfrom %s", words, sep, low);
    }
}

/* "focusing (0 to 1000; default 2: paper, sec. 4.1)". */
static void write_text(char *out, size_t size, const rn_option *option, const char *left,
                       bool sources) {
    char range[256];
    write_range(range, sizeof range, option, left);
    bool plain = *option->initial == '\0' || (option->kind == RN_OPTION_BOOL && !sources &&
                                              strcmp(option->initial, "off") == 0);
    if (plain && !*range)
        snprintf(out, size, "%s", option->help);
    else if (plain)
        snprintf(out, size, "%s (%s)", option->help, range);
    else
        snprintf(out, size, "%s (%s%sdefault %s%s%s)", option->help, range, *range ? "; " : "",
                 option->initial, sources ? ": " : "", sources ? option->source : "");
}

static bool is_shown(const char *groups, const char *group) {
    size_t length = strlen(group);
    for (const char *at = groups; at && (at = strstr(at, group)) != NULL; at += length)
        if ((at == groups || at[-1] == '|') && (at[length] == '|' || !at[length])) return true;
    return groups == NULL;
}

void help_options(FILE *stream, rn_options options, const char *groups, bool sources) {
    char left[128], text[ENTRY_SIZE];
    const char *group = "";
    for (size_t i = 0; i < options.count; i++) {
        const rn_option *option = &options.row[i];
        if (!is_shown(groups, option->group)) continue;
        if (strcmp(option->group, group) != 0) fprintf(stream, "\n%s:\n", group = option->group);
        write_left(left, sizeof left, option);
        write_text(text, sizeof text, option, left, sources);
        help_entry(stream, left, text);
    }
}
