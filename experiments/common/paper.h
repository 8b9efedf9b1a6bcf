/* paper.h: what the paper reports ("Focal Loss for Dense Object Detection", Lin et al., ICCV 2017;
 * arXiv 1708.02002 v2): every number of it that these programs show stands here and nowhere else.
 *
 * AP is in points, 0 to 100. Tables 1a to 1d and 3 are on minival, 1e, 2 and figure 2 on test-dev:
 * they do not mix. */
#ifndef RN_COMMON_PAPER_H
#define RN_COMMON_PAPER_H

#include <stddef.h>

typedef enum paper_table_id {
    PAPER_TABLE_1A,
    PAPER_TABLE_1B,
    PAPER_TABLE_1C,
    PAPER_TABLE_1D,
    PAPER_TABLE_1E,
    PAPER_TABLE_2,
    PAPER_TABLE_3,
    PAPER_FIGURE_2,
    PAPER_FIGURE_4_POSITIVES, /**< share of the loss in the easiest fraction of the samples */
    PAPER_FIGURE_4_NEGATIVES,
    PAPER_FIGURE_4_POSITIVES_TOP, /**< in the hardest */
    PAPER_FIGURE_4_NEGATIVES_TOP,
    PAPER_FIGURE_7, /**< effective: 1 (AP above 33.5) or 0 */
    PAPER_TABLES
} paper_table_id;

enum { PAPER_TEXTS = 3, PAPER_NUMBERS = 9 };

/** One row: first the columns that are texts, then those that are numbers; NAN: none given. */
typedef struct paper_row {
    const char *text[PAPER_TEXTS];
    double number[PAPER_NUMBERS];
} paper_row;

typedef struct paper_table {
    const char *key;   /**< where the facts of the paper hold it: "tables/table_1a" */
    const char *title; /**< "Weighted cross entropy" */
    const char *place; /**< "table 1a" */
    const char *column[PAPER_TEXTS + PAPER_NUMBERS];
    int num_texts, num_numbers;
    const paper_row *row;
    size_t num_rows;
} paper_table;

const paper_table *paper_table_of(paper_table_id id);

/** The number in that row and column ("ap50"). RN_CHECKs that both are there. */
double paper_value(paper_table_id id, size_t row, const char *column);

/** The number in `column` of the row whose first numbers are a and b (of tables 1b: gamma and
 * alpha) and whose first text is `text`; NAN and NULL stand for any. NAN where there is no such
 * row. */
double paper_find(paper_table_id id, const char *text, double a, double b, const char *column);

/** A single number: "c09.gain" is the one called gain that claim c09 rests on,
 * "figure_4.gini.positives.gamma_0" one of figure 4. RN_CHECKs that it is there. */
double paper_number(const char *name);

#endif
