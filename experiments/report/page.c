#include "page.h"
#include "escape.h"
#include "style.h"
#include "base/check.h"
#include "base/real.h"
#include "base/vec.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct page_entry {
    int level;
    char *anchor, *title;
};

/* ---- text ------------------------------------------------------------------------------------ */

/* The formatted text; the caller frees. */
static char *format_text(const char *format, va_list args) {
    va_list again;
    va_copy(again, args);
    int size = vsnprintf(NULL, 0, format, args);
    RN_CHECK(size >= 0, "a text that cannot be formatted: %s", format);
    char *text = rn_vec_zeros((size_t)size + 1, 1);
    vsnprintf(text, (size_t)size + 1, format, again);
    va_end(again);
    return text;
}

void page_raw(page *p, const char *format, ...) {
    va_list args;
    va_start(args, format);
    char *text = format_text(format, args);
    va_end(args);
    text_put(&p->out, text);
    free(text);
}

char *page_anchor(char out[PAGE_ANCHOR_SIZE], const char *text) {
    size_t used = 0;
    for (; *text && used + 1 < PAGE_ANCHOR_SIZE; text++) {
        bool plain = isalnum((unsigned char)*text) || strchr("-_.", *text);
        out[used++] = (char)(plain && (unsigned char)*text < 128 ? *text : '-');
    }
    out[used] = '\0';
    return out;
}

/* Formats, escapes and puts. */
static void put_formatted(page *p, const char *format, va_list args) {
    char *text = format_text(format, args);
    text_put_escaped(&p->out, p->format, text);
    free(text);
}

static bool html(const page *p) { return p->format == PAGE_HTML; }

/* ---- the document ---------------------------------------------------------------------------- */

page page_start(page_format format, const char *title, const char *below) {
    page p = {.format = format};
    if (html(&p)) {
        text_put(&p.out,
                 "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
                 "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
                 "<meta name=\"color-scheme\" content=\"light dark\"/>\n<title>");
        text_put_escaped(&p.out, format, title);
        text_put(&p.out, "</title>\n<style>\n");
        text_put(&p.out, style);
        text_put(&p.out, "</style>\n</head>\n<body>\n<header>\n<h1>");
    } else {
        text_put(&p.out, "# ");
    }
    text_put_escaped(&p.out, format, title);
    text_put(&p.out, html(&p) ? "</h1>\n<p>" : "\n\n");
    text_put_escaped(&p.out, format, below);
    text_put(&p.out, html(&p) ? "</p>\n</header>\n<main>\n" : "\n\n");
    return p;
}

void page_contents(page *p) {
    p->contents_at = p->out.size;
    p->has_contents = true;
}

static void put_entry(page_text_buffer *out, page_format format, const page_entry *entry) {
    text_put(out, format == PAGE_HTML ? "<a href=\"#" : entry->level == 2 ? "- [" : "  - [");
    if (format == PAGE_HTML) {
        text_put(out, entry->anchor);
        text_put(out, "\">");
    }
    text_put_escaped(out, format, entry->title);
    if (format == PAGE_HTML) {
        text_put(out, "</a>");
    } else {
        text_put(out, "](#");
        text_put(out, entry->anchor);
        text_put(out, ")\n");
    }
}

static char *list_of_contents(const page *p) {
    page_text_buffer out = {0};
    bool inner = false;
    text_put(&out, html(p) ? "<nav aria-label=\"Contents\">\n<ul>\n" : "");
    for (size_t i = 0; i < p->num_entries; i++) {
        bool deeper = p->entry[i].level > 2;
        if (html(p) && i > 0) text_put(&out, deeper && !inner ? "\n<ul>\n" : "</li>\n");
        if (html(p) && inner && !deeper) text_put(&out, "</ul>\n</li>\n");
        text_put(&out, html(p) ? "<li>" : "");
        put_entry(&out, p->format, &p->entry[i]);
        inner = deeper;
    }
    if (html(p) && p->num_entries) text_put(&out, inner ? "</li>\n</ul>\n</li>\n" : "</li>\n");
    text_put(&out, html(p) ? "</ul>\n</nav>\n" : "\n");
    return out.bytes;
}

char *page_finish(page *p) {
    text_put(&p->out, html(p) ? "</main>\n</body>\n</html>\n" : "");
    if (p->has_contents) {
        page_text_buffer whole = {0};
        char *contents = list_of_contents(p);
        text_put_bytes(&whole, p->out.bytes, p->contents_at);
        text_put(&whole, contents);
        text_put(&whole, p->out.bytes + p->contents_at);
        free(contents);
        free(p->out.bytes);
        p->out = whole;
    }
    for (size_t i = 0; i < p->num_entries; i++) {
        free(p->entry[i].anchor);
        free(p->entry[i].title);
    }
    free(p->entry);
    char *bytes = p->out.bytes;
    *p = (page){0};
    return bytes;
}

void page_heading(page *p, int level, const char *anchor, const char *title) {
    char reduced[PAGE_ANCHOR_SIZE];
    RN_CHECK(level == 2 || level == 3, "a heading of level %d", level);
    p->entry = rn_vec_reserve(p->entry, p->num_entries + 1, &p->entries_capacity, sizeof *p->entry);
    p->entry[p->num_entries++] =
        (page_entry){level, rn_vec_text(page_anchor(reduced, anchor)), rn_vec_text(title)};
    if (html(p)) {
        page_raw(p, "<h%d id=\"%s\">", level, reduced);
        text_put_escaped(&p->out, p->format, title);
        page_raw(p, "</h%d>\n", level);
    } else {
        page_raw(p, "<a id=\"%s\"></a>\n\n%s ", reduced, level == 2 ? "##" : "###");
        text_put_escaped(&p->out, p->format, title);
        text_put(&p->out, "\n\n");
    }
}

/* ---- blocks ---------------------------------------------------------------------------------- */

void page_paragraph_begin(page *p) { text_put(&p->out, html(p) ? "<p>" : ""); }

void page_paragraph_end(page *p) { text_put(&p->out, html(p) ? "</p>\n" : "\n\n"); }

void page_text(page *p, const char *format, ...) {
    va_list args;
    va_start(args, format);
    page_paragraph_begin(p);
    put_formatted(p, format, args);
    page_paragraph_end(p);
    va_end(args);
}

void page_list_begin(page *p) { text_put(&p->out, html(p) ? "<ul>\n" : ""); }

void page_item(page *p, const char *format, ...) {
    va_list args;
    va_start(args, format);
    text_put(&p->out, html(p) ? "<li>" : "- ");
    put_formatted(p, format, args);
    text_put(&p->out, html(p) ? "</li>\n" : "\n");
    va_end(args);
}

void page_list_end(page *p) { text_put(&p->out, html(p) ? "</ul>\n" : "\n"); }

void page_fold_begin(page *p, const char *format, ...) {
    va_list args;
    va_start(args, format);
    text_put(&p->out, html(p) ? "<details>\n<summary>" : "<details><summary>");
    char *text = format_text(format, args);
    text_put_escaped(&p->out, PAGE_HTML, text); /* HTML in Markdown too */
    free(text);
    text_put(&p->out, html(p) ? "</summary>\n" : "</summary>\n\n");
    va_end(args);
}

void page_fold_end(page *p) { text_put(&p->out, html(p) ? "</details>\n" : "</details>\n\n"); }

void page_figure(page *p, const char *svg, const char *path, const char *caption) {
    if (html(p)) {
        page_raw(p, "<figure>\n<div class=\"picture\" tabindex=\"0\">%s</div>\n<figcaption>", svg);
        text_put_escaped(&p->out, p->format, caption);
        text_put(&p->out, "</figcaption>\n</figure>\n");
    } else {
        text_put(&p->out, "![");
        text_put_escaped(&p->out, p->format, caption);
        text_put(&p->out, "](<");
        for (; *path; path++) page_raw(p, strchr("<>\\ ", *path) ? "%%%02X" : "%c", *path);
        text_put(&p->out, ">)\n\n");
    }
}

/* ---- pieces ---------------------------------------------------------------------------------- */

void page_put(page *p, const char *format, ...) {
    va_list args;
    va_start(args, format);
    put_formatted(p, format, args);
    va_end(args);
}

/* Code in HTML's letters, as Markdown's own knows no escapes. */
static void put_element(page *p, const char *name, const char *text) {
    if (!*text) return;
    page_raw(p, "<%s>", name);
    text_put_escaped(&p->out, p->format, text);
    page_raw(p, "</%s>", name);
}

void page_code(page *p, const char *text) { put_element(p, "code", text); }

void page_strong(page *p, const char *text) { put_element(p, "strong", text); }

void page_link(page *p, const char *anchor, const char *text) {
    char reduced[PAGE_ANCHOR_SIZE];
    page_anchor(reduced, anchor);
    text_put(&p->out, html(p) ? "<a href=\"#" : "[");
    if (html(p)) page_raw(p, "%s\">", reduced);
    text_put_escaped(&p->out, p->format, text);
    if (html(p))
        text_put(&p->out, "</a>");
    else
        page_raw(p, "](#%s)", reduced);
}

void page_note_begin(page *p) {
    text_put(&p->out, html(p) ? "<span class=\"note\">" : "<br><sub>");
}

void page_note_end(page *p) { text_put(&p->out, html(p) ? "</span>" : "</sub>"); }

void page_badge(page *p, const char *kind, const char *symbol, const char *word) {
    if (html(p)) {
        page_raw(p, "<span class=\"badge %s\">", kind);
        if (*symbol) page_raw(p, "<span aria-hidden=\"true\">%s</span>&#160;", symbol);
        text_put_escaped(&p->out, p->format, word);
        text_put(&p->out, "</span>");
    } else {
        page_raw(p, "%s%s**", symbol, *symbol ? " " : "");
        text_put_escaped(&p->out, p->format, word);
        text_put(&p->out, "**");
    }
}

/* ---- tables ---------------------------------------------------------------------------------- */

void page_table_begin(page *p, page_table kind, const page_column *column, size_t num_columns) {
    p->column = column;
    p->num_columns = num_columns;
    if (html(p))
        page_raw(p, "<div class=\"table\" tabindex=\"0\">\n<table%s>\n<thead><tr>",
                 kind == PAGE_STACKS ? " class=\"stacks\"" : "");
    else
        text_put(&p->out, "|");
    for (size_t c = 0; c < num_columns; c++) {
        if (html(p))
            text_put(&p->out, column[c].cells == PAGE_NUMBER ? "<th scope=\"col\" class=\"n\">"
                                                             : "<th scope=\"col\">");
        text_put(&p->out, html(p) ? "" : " ");
        text_put_escaped(&p->out, p->format, column[c].name);
        text_put(&p->out, html(p) ? "</th>" : " |");
    }
    text_put(&p->out, html(p) ? "</tr></thead>\n<tbody>\n" : "\n|");
    if (html(p)) return;
    for (size_t c = 0; c < num_columns; c++)
        text_put(&p->out, column[c].cells == PAGE_NUMBER ? " ---: |" : " --- |");
    text_put(&p->out, "\n");
}

void page_table_end(page *p) {
    text_put(&p->out, html(p) ? "</tbody>\n</table>\n</div>\n" : "\n");
    p->column = NULL;
}

void page_row_begin(page *p, const char *anchor) {
    char reduced[PAGE_ANCHOR_SIZE];
    p->cell = 0;
    if (anchor) page_anchor(reduced, anchor);
    if (html(p))
        page_raw(p, anchor ? "<tr id=\"%s\">" : "<tr>", reduced);
    else
        page_raw(p, anchor ? "| <a id=\"%s\"></a>" : "|", reduced);
}

static void end_cell(page *p) {
    if (html(p))
        text_put(&p->out, p->cell == 1 ? "</th>" : "</td>");
    else
        text_put(&p->out, " |");
}

void page_cell(page *p) {
    RN_CHECK(p->column && p->cell < p->num_columns, "cell %zu of %zu", p->cell + 1, p->num_columns);
    const page_column *column = &p->column[p->cell];
    const char *number = column->cells == PAGE_NUMBER ? " class=\"n\"" : "";
    if (p->cell) end_cell(p);
    if (!html(p)) {
        text_put(&p->out, " ");
    } else if (p->cell == 0) {
        page_raw(p, "<th scope=\"row\"%s>", number);
    } else {
        page_raw(p, "<td%s data-label=\"", number);
        text_put_escaped(&p->out, p->format, column->name);
        text_put(&p->out, "\">");
    }
    p->cell++;
}

void page_row_end(page *p) {
    while (p->cell < p->num_columns) page_cell(p);
    end_cell(p);
    text_put(&p->out, html(p) ? "</tr>\n" : "\n");
}

void page_cell_text(page *p, const char *format, ...) {
    va_list args;
    va_start(args, format);
    page_cell(p);
    put_formatted(p, format, args);
    va_end(args);
}

void page_cell_number(page *p, double number, int digits) {
    if (isfinite(number))
        page_cell_text(p, "%.*f", digits, number);
    else
        page_cell_text(p, "\xE2\x80\x93");
}
