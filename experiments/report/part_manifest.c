#include "parts.h"

#include <stdio.h>

static void put_machine(page *p, const collection *c) {
    static const struct {
        const char *what, *name;
    } rows[] = {{"machine", "machine"},
                {"instruction set", "isa"},
                {"compiler", "compiler"},
                {"library", "version"},
                {"threads", "threads"}};
    static const page_column columns[] = {{"what", PAGE_WORDS}, {"value", PAGE_WORDS}};
    char value[1024];
    page_table_begin(p, PAGE_SCROLLS, columns, RN_COUNT(columns));
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        if (!*collection_values(value, sizeof value, c, rows[i].name)) continue;
        page_row_begin(p, NULL);
        page_cell_text(p, "%s", rows[i].what);
        page_cell_text(p, "%s", value);
        page_row_end(p);
    }
    page_row_begin(p, NULL);
    page_cell_text(p, "version of the results");
    page_cell(p);
    page_code(p, c->outcome[0]->version);
    page_row_end(p);
    page_table_end(p);
}

static void put_run(page *p, const run_record *record) {
    char value[RUN_VALUE_SIZE], time[DURATION_SIZE];
    page_row_begin(p, NULL);
    page_cell_text(p, "%s", record->labels);
    page_cell(p);
    page_code(p, record->settings);
    page_cell_text(p, "%d", record->run->seed);
    page_cell(p);
    page_code(p, record->run->key);
    if (record->run->state == RUN_DIVERGED)
        page_cell_text(p, "diverged at step %ld", record->run->diverged_at);
    else
        page_cell_text(p, "done");
    page_cell_text(p, "%s", part_duration(time, record->run->seconds));
    page_cell(p);
    page_code(p, run_value(value, record, "weights"));
    page_cell(p);
    if (!*run_value(value, record, "sources")) run_value(value, record, "version");
    page_code(p, value);
    page_row_end(p);
}

void part_manifest(page *p, const collection *c) {
    static const page_column columns[] = {{"run", PAGE_WORDS},     {"settings", PAGE_WORDS},
                                          {"seed", PAGE_NUMBER},   {"key", PAGE_WORDS},
                                          {"state", PAGE_WORDS},   {"training", PAGE_NUMBER},
                                          {"weights", PAGE_WORDS}, {"version", PAGE_WORDS}};
    char time[DURATION_SIZE];
    size_t diverged = 0;
    for (size_t i = 0; i < c->num_runs; i++) diverged += c->run[i].run->state == RUN_DIVERGED;
    put_machine(p, c);
    if (c->num_runs) {
        page_paragraph_begin(p);
        page_put(p, "The folder of a run holds its complete settings, its log and its weights: ");
        page_code(p, c->path);
        page_code(p, "/runs/KEY");
        page_put(p, ".");
        page_paragraph_end(p);
    }
    page_fold_begin(p, "%zu run%s, %zu diverged, %s of training", c->num_runs,
                    c->num_runs == 1 ? "" : "s", diverged,
                    part_duration(time, collection_seconds(c)));
    page_table_begin(p, PAGE_SCROLLS, columns, RN_COUNT(columns));
    for (size_t i = 0; i < c->num_runs; i++) put_run(p, &c->run[i]);
    page_table_end(p);
    page_fold_end(p);
}
