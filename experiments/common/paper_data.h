/* paper_data.h: where paper.c finds the numbers that other files hold. */
#ifndef RN_COMMON_PAPER_DATA_H
#define RN_COMMON_PAPER_DATA_H

#include "common/paper.h"

/** A number with a name: "c09.gain". */
typedef struct paper_single {
    const char *name;
    double value;
} paper_single;

extern const paper_single paper_singles[];
extern const size_t paper_num_singles;

/** PAPER_TABLE_1A to PAPER_TABLE_3, and PAPER_FIGURE_2 to PAPER_FIGURE_7. */
extern const paper_table paper_tables_printed[];
extern const paper_table paper_tables_drawn[];

#endif
