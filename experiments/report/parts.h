/* parts.h: the chapters of the report. */
#ifndef RN_REPORT_PARTS_H
#define RN_REPORT_PARTS_H

#include "collection.h"
#include "page.h"

/** Claims and their verdicts: a strip, and a table. `prefix` comes before every anchor ("" for the
 * first folder); with `found_only` claims whose runs are missing are left out. */
void part_claims(page *p, const collection *c, const char *prefix, bool found_only);

/** The words, colours and signs of a verdict. */
void part_verdict(page *p, verdict v);

/** One table of all experiments, then each with its rows, figures, tables and facts. `out` is the
 * folder that the report goes to, from where the Markdown sees figures. */
rn_status part_experiments(page *p, const collection *c, const char *prefix, const char *out,
                           rn_err *err);

/** The rows of an experiment beside the paper's numbers, with the rank correlation. */
void part_rows(page *p, const outcome *o);

/** The numbers beside the rows: facts that differ in their seed only are one line. */
void part_facts(page *p, const outcome *o);

/** A table that an experiment has written as Markdown (rn_table_save); fails where it is none. */
rn_status part_table(page *p, const char *path, rn_err *err);

/** How the numbers are made and what they can say. */
void part_reading(page *p);

/** What is different here and in the paper. */
void part_setting(page *p, const collection *c);

/** Table 2, which is not run again. */
void part_table_2(page *p);

/** Every run. */
void part_manifest(page *p, const collection *c);

/** "2 h 5 min", "3 min 20 s", "4.2 s". Returns `out`. */
enum { DURATION_SIZE = 32 };
char *part_duration(char out[DURATION_SIZE], double seconds);

#endif
