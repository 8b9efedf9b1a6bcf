/* page.h: one document written as HTML or as Markdown: what it says is said once.
 *
 * Every text is plain and gets escaped here. The HTML is one page that needs nothing else (no
 * script, no font, no picture of another file) and is well-formed XML too, so that a parser can say
 * whether it is whole. The Markdown is GitHub's. Both are made in memory; page_finish hands the
 * bytes over.
 *
 *     page p = page_start(PAGE_HTML, "Title", "below it");
 *     page_contents(&p);
 *     page_heading(&p, 2, "rows", "Rows");
 *     page_text(&p, "%zu rows.", count);
 *     char *bytes = page_finish(&p);                     the caller frees */
#ifndef RN_REPORT_PAGE_H
#define RN_REPORT_PAGE_H

#include <stdbool.h>
#include <stddef.h>

typedef enum page_format { PAGE_HTML, PAGE_MARKDOWN } page_format;

typedef struct page_text_buffer {
    char *bytes;
    size_t size, capacity;
} page_text_buffer;

typedef struct page_entry page_entry; /* a heading, for the list of contents */
typedef struct page_column page_column;

typedef struct page {
    page_format format;
    page_text_buffer out;
    page_entry *entry;
    size_t num_entries, entries_capacity;
    size_t contents_at; /**< where the list of contents goes */
    bool has_contents;
    const page_column *column; /**< of the table that is open */
    size_t num_columns, cell;  /**< cells of the row that is open */
    int pictures;              /**< so far: makes their ids different */
} page;

page page_start(page_format format, const char *title, const char *below);

/** Closes the document and returns its bytes; *p is over. */
char *page_finish(page *p);

/** The list of all headings, those that follow included, goes here. */
void page_contents(page *p);

/** Level 2 or 3. `anchor` is what links name: it is reduced to letters, digits, '-', '_', '.'. */
void page_heading(page *p, int level, const char *anchor, const char *title);

/* ---- blocks ---------------------------------------------------------------------------------- */

/** A paragraph. */
void page_text(page *p, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** A paragraph of pieces: see below. */
void page_paragraph_begin(page *p);
void page_paragraph_end(page *p);

void page_list_begin(page *p);
void page_item(page *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
void page_list_end(page *p);

/** What stays closed until the reader opens it. */
void page_fold_begin(page *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
void page_fold_end(page *p);

/** A picture with a line below it. `svg`: what picture_inline made, for the HTML; `path`: the file,
 * as seen from the Markdown. */
void page_figure(page *p, const char *svg, const char *path, const char *caption);

/* ---- pieces of a paragraph or a cell --------------------------------------------------------- */

void page_put(page *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
void page_code(page *p, const char *text);
void page_strong(page *p, const char *text);
void page_link(page *p, const char *anchor, const char *text);

/** Pieces between the two are a second, quieter line of a cell. */
void page_note_begin(page *p);
void page_note_end(page *p);

/** A word on a coloured ground: `kind` is a class of style.c ("confirmed"), `symbol` stands before
 * the word and may be "". */
void page_badge(page *p, const char *kind, const char *symbol, const char *word);

/* ---- tables ---------------------------------------------------------------------------------- */

typedef enum page_cells {
    PAGE_WORDS, /**< text; on a narrow screen it may break */
    PAGE_NUMBER /**< right-aligned, on one line */
} page_cells;

struct page_column {
    const char *name;
    page_cells cells;
};

typedef enum page_table {
    PAGE_SCROLLS, /**< too wide for the screen: scrolls below its own header column */
    PAGE_STACKS   /**< on a narrow screen each row becomes a card */
} page_table;

/** `column` is borrowed until page_table_end. */
void page_table_begin(page *p, page_table kind, const page_column *column, size_t num_columns);
void page_table_end(page *p);

/** `anchor` may be NULL. Cells that are not begun stay empty. */
void page_row_begin(page *p, const char *anchor);
void page_row_end(page *p);

/** The next cell; pieces follow. */
void page_cell(page *p);
void page_cell_text(page *p, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** `digits` behind the point; an en dash where it is not finite. */
void page_cell_number(page *p, double number, int digits);

/* ---- for parts of the page that are one format's own ----------------------------------------- */

/** Bytes as they are. */
void page_raw(page *p, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** An anchor as page_heading reduces it. Returns `out`. */
enum { PAGE_ANCHOR_SIZE = 96 };
char *page_anchor(char out[PAGE_ANCHOR_SIZE], const char *text);

#endif
