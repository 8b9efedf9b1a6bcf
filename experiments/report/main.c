/* report: what the experiments have found, as one page: the paper's claims with their verdicts,
 * every table beside the paper's, figures, and what it was all made with. */
#include "common/budget.h"
#include "common/cli.h"
#include "parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct report_args {
    rn_option_text out;
} report_args;

static const rn_option own_options[] = {
    {.name = "out",
     .kind = RN_OPTION_TEXT,
     .offset = offsetof(report_args, out),
     .choices = "DIR",
     .initial = "",
     .help = "where report.html and report.md go; without it, the first FOLDER",
     .group = "options"},
};

/* Folders of results; the first is the study, the others are the same on other data. */
typedef struct report {
    collection *of;
    size_t count;
    const char *out;
} report;

static void join_budgets(char *out, size_t size, const collection *c) {
    size_t used = 0;
    *out = '\0';
    for (size_t i = 0; i < c->count; i++) {
        bool seen = false;
        for (size_t k = 0; k < i; k++)
            seen |= strcmp(c->outcome[i]->budget, c->outcome[k]->budget) == 0;
        if (!seen && used < size)
            used += (size_t)snprintf(out + used, size - used, "%s%.60s", used ? ", " : "",
                                     c->outcome[i]->budget);
    }
}

/* Rows with fewer runs than their budget asks for, of the rows that it has. */
static size_t unfinished_rows(size_t *rows, const collection *c) {
    size_t unfinished = 0;
    *rows = 0;
    for (size_t i = 0; i < c->count; i++) {
        const budget *wanted = budget_of(c->outcome[i]->budget);
        if (!wanted || wanted->core_only)
            continue; /* which rows are core, the outcome does not say */
        const program *made_by = program_find(c->outcome[i]->name);
        size_t seeds = made_by && made_by->one_seed ? 1 : (size_t)wanted->seeds;
        for (size_t k = 0; k < c->outcome[i]->num_rows; k++, ++*rows)
            unfinished += c->outcome[i]->row[k].num_runs < seeds;
    }
    return unfinished;
}

static page start(page_format format, const collection *c) {
    char below[1024], budgets[256], time[DURATION_SIZE];
    join_budgets(budgets, sizeof budgets, c);
    snprintf(
        below, sizeof below,
        "The ablations of Lin, Goyal, Girshick, He and Doll\xC3\xA1r (ICCV 2017), trained again "
        "on a small scale. %zu experiment%s, budget %s, %zu runs, %s of training.",
        c->count, c->count == 1 ? "" : "s", budgets, c->num_runs,
        part_duration(time, collection_seconds(c)));
    size_t rows, unfinished = unfinished_rows(&rows, c), used = strlen(below);
    if (unfinished)
        snprintf(below + used, sizeof below - used,
                 " Not all that the budget asks for: %zu of %zu rows have fewer seeds, or none.",
                 unfinished, rows);
    return page_start(format, "Focal loss for dense object detection: claim by claim", below);
}

/* The same study on other data. */
static rn_status put_other(page *p, const report *r, size_t i, rn_err *err) {
    const collection *c = &r->of[i];
    char prefix[64], name[PAGE_ANCHOR_SIZE], title[RN_PATH_SIZE + 32];
    page_anchor(name, rn_text_file_name(c->path));
    snprintf(prefix, sizeof prefix, "%zu.%.40s-", i + 1, name);
    snprintf(title, sizeof title, "The same on other data: %s", c->outcome[0]->data);
    page_heading(p, 2, prefix, title);
    page_text(p, "Results from %s. Claims whose runs were not made on these data are left out.",
              c->path);
    part_claims(p, c, prefix, true);
    if (part_experiments(p, c, prefix, r->out, err) != RN_OK) return RN_ERROR;
    part_setting(p, c);
    part_manifest(p, c);
    return RN_OK;
}

static rn_status write_page(const report *r, page_format format, const char *name, rn_err *err) {
    char path[RN_PATH_SIZE];
    const collection *c = &r->of[0];
    page p = start(format, c);
    page_contents(&p);
    page_heading(&p, 2, "claims", "Claims");
    part_claims(&p, c, "", false);
    page_heading(&p, 2, "reading", "How to read it");
    part_reading(&p);
    page_heading(&p, 2, "setting", "What differs from the paper");
    part_setting(&p, c);
    page_heading(&p, 2, "experiments", "Experiments");
    rn_status status = part_experiments(&p, c, "", r->out, err);
    for (size_t i = 1; i < r->count && status == RN_OK; i++) status = put_other(&p, r, i, err);
    page_heading(&p, 2, "table-2", "Table 2: other detectors");
    part_table_2(&p);
    page_heading(&p, 2, "runs", "Runs");
    part_manifest(&p, c);
    char *bytes = page_finish(&p);
    rn_text_path(path, sizeof path, r->out, name);
    if (status == RN_OK) status = rn_file_save(path, bytes, strlen(bytes), err);
    free(bytes);
    if (status == RN_OK) printf("%s\n", path);
    return status;
}

static rn_status write_report(report *r, char **folder, rn_err *err) {
    size_t wanted = r->count;
    for (r->count = 0; r->count < wanted; r->count++)
        if (collection_load(&r->of[r->count], folder[r->count], err) != RN_OK) return RN_ERROR;
    if (rn_file_make_folder(r->out, err) != RN_OK ||
        write_page(r, PAGE_HTML, "report.html", err) != RN_OK)
        return RN_ERROR;
    return write_page(r, PAGE_MARKDOWN, "report.md", err);
}

int main(int argc, char **argv) {
    static char standard_out[] = "out";
    char *standard[] = {standard_out};
    report_args args = {0};
    cli c = {.usage = "report [FOLDER...] [options]",
             .about =
                 "Collects the results of experiments into report.html (one page that needs no "
                 "other file)\nand report.md. The first FOLDER (out) is the study; others hold "
                 "the same experiments\nmade on other data, each a chapter of its own.",
             .own = {own_options, RN_COUNT(own_options)},
             .settings = &args,
             .operands = "FOLDER..."};
    cli_set_program("report");
    cli_stop_on_interrupts();
    int code = cli_parse(&c, argc, argv);
    if (code != CLI_GO_ON) return cli_finish(code);
    char **folder = c.num_operands ? c.operand : standard;
    report r = {.count = c.num_operands ? (size_t)c.num_operands : 1,
                .out = *args.out.value ? args.out.value : folder[0]};
    r.of = rn_vec_zeros(r.count, sizeof *r.of);
    rn_err err = {""};
    code = cli_status(write_report(&r, folder, &err), CLI_FAILED, &err);
    for (size_t i = 0; i < r.count; i++) collection_free(&r.of[i]);
    free(r.of);
    return cli_finish(code);
}
