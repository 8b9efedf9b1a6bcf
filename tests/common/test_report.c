/* The report on made-up results: what the pages must hold, and what is refused. */
#include "common/outcome.h"
#include "support/folder.h"
#include "base/file.h"

#include <criterion/criterion.h>
#include <expat.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <utime.h>

/* ---- made-up results ------------------------------------------------------------------------- */

static void make_folder(folder *f, const char *name) {
    rn_err err = {""};
    cr_assert(rn_file_make_folder(folder_file(f, name), &err) == RN_OK, "%s", err.text);
}

static void save(folder *f, const outcome *o, const char *where) {
    char name[256];
    rn_err err = {""};
    make_folder(f, where);
    snprintf(name, sizeof name, "%s/%s.json", where, o->name);
    cr_assert(outcome_save(o, folder_file(f, name), &err) == RN_OK, "%s", err.text);
}

static run_outcome *add_run(row_outcome *row, int seed, double ap, const char *key) {
    run_outcome *run = outcome_add_run(row, seed);
    run->state = isnan(ap) ? RUN_DIVERGED : RUN_DONE;
    run->diverged_at = isnan(ap) ? 212 : 0;
    run->val[METRIC_AP] = run->test[METRIC_AP] = ap;
    run->seconds = 30;
    snprintf(run->key, sizeof run->key, "%s", key);
    return run;
}

static char *copy(const char *text) {
    char *new = strdup(text);
    cr_assert(new);
    return new;
}

/* An outcome with three rows: two seeds, diverged, partly diverged. */
static outcome made_up(const char *name, const char *version) {
    outcome o = {.name = copy(name),
                 .title = copy("Table <1a> & \"more\""),
                 .version = copy(version),
                 .budget = copy("standard"),
                 .data = copy("scenes")};
    row_outcome *row = outcome_add_row(&o, "alpha <.5> | *x*", "loss=ce alpha=0.5", 30.2);
    add_run(row, 0, 40, "aaaa0000");
    add_run(row, 1, 42, "aaaa0001");
    row = outcome_add_row(&o, "CE", "loss=ce", NAN);
    add_run(row, 0, NAN, "bbbb0000");
    row = outcome_add_row(&o, "alpha .9", "loss=ce alpha=0.9", 30.8);
    add_run(row, 0, 44, "cccc0000");
    add_run(row, 1, NAN, "cccc0001");
    outcome_set_fact(&o, 2.0, "share & co/50/0");
    outcome_set_fact(&o, 4.0, "share & co/50/1");
    return o;
}

static const char picture[] =
    "<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 9 9\" "
    "onload=\"alert(1)\"><title>A &lt;picture&gt;</title><script>alert(2)</script>"
    "<defs><g id='dot'/></defs><use href='#dot'/><a href='http://example.org/'/>"
    "<rect fill='url(#dot)' filter='url(http://example.org/f)'/></svg>";

static void put_picture(folder *f, const char *name) {
    folder_put(f, name, picture, sizeof picture - 1);
}

static void save_made_up(folder *f, const char *where, const char *name, const char *version) {
    char folder_name[128];
    outcome o = made_up(name, version);
    snprintf(folder_name, sizeof folder_name, "%s/%s", where, name);
    save(f, &o, folder_name);
    outcome_free(&o);
}

/* ---- running the program --------------------------------------------------------------------- */

/* Runs report in the shell, FOLDER/ in front of names with @; returns its exit code and the first
 * bytes of what it wrote to stderr. */
static int run(char *text, size_t size, folder *f, const char *arguments) {
    char command[2048], errors[256];
    size_t used = 0;
    snprintf(errors, sizeof errors, "%s", folder_file(f, "stderr"));
    used += (size_t)snprintf(command, sizeof command, "'%s/report' ", getenv("RN_BUILD"));
    for (; *arguments && used + 300 < sizeof command; arguments++) {
        if (*arguments == '@')
            used += (size_t)snprintf(command + used, 300, "%s/", f->path);
        else
            command[used++] = *arguments;
    }
    snprintf(command + used, sizeof command - used, " >/dev/null 2>'%s' </dev/null", errors);
    int status = system(command);
    FILE *file = fopen(errors, "r");
    size_t n = file ? fread(text, 1, size - 1, file) : 0;
    text[n] = '\0';
    if (file) fclose(file);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void run_well(folder *f, const char *arguments) {
    char text[1000];
    int code = run(text, sizeof text, f, arguments);
    cr_assert(code == 0 && !*text, "report %s: exit code %d: %s", arguments, code, text);
}

static char *read_page(folder *f, const char *name) {
    char *bytes;
    size_t size;
    rn_err err = {""};
    cr_assert(rn_file_read(&bytes, &size, folder_file(f, name), 1 << 24, &err) == RN_OK, "%s",
              err.text);
    return bytes;
}

static void expect_words(const char *page, const char *what, const char *const *word) {
    for (; *word; word++) cr_expect(strstr(page, *word), "%s without: %s", what, *word);
}

/* ---- well-formed ----------------------------------------------------------------------------- */

typedef struct anchors {
    char *id[4096], *link[4096];
    size_t ids, links;
} anchors;

static void XMLCALL on_start(void *user, const char *name, const char **attribute) {
    anchors *a = user;
    (void)name;
    for (; *attribute; attribute += 2) {
        bool link = strcmp(attribute[0], "href") == 0;
        cr_expect(!link || attribute[1][0] == '#', "a link out of the page: %s", attribute[1]);
        cr_expect(strncmp(attribute[0], "on", 2) != 0, "a page that acts: %s", attribute[0]);
        if (strcmp(attribute[0], "id") == 0 && a->ids < 4096) a->id[a->ids++] = copy(attribute[1]);
        if (link && a->links < 4096) a->link[a->links++] = copy(attribute[1] + 1);
    }
}

static bool has(char *const *list, size_t count, const char *text) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i], text) == 0) return true;
    return false;
}

/* One XML tree in which every id is there once and every link leads to one. */
static void expect_whole(const char *page) {
    anchors *a = calloc(1, sizeof *a);
    XML_Parser parser = XML_ParserCreate(NULL);
    cr_assert(a && parser);
    XML_SetUserData(parser, a);
    XML_SetStartElementHandler(parser, on_start);
    cr_expect(XML_Parse(parser, page, (int)strlen(page), 1) == XML_STATUS_OK, "line %lu: %s",
              (unsigned long)XML_GetCurrentLineNumber(parser),
              XML_ErrorString(XML_GetErrorCode(parser)));
    XML_ParserFree(parser);
    cr_expect(a->ids > 30, "%zu anchors, expected one for each claim", a->ids);
    for (size_t i = 0; i < a->ids; i++)
        cr_expect(!has(a->id, i, a->id[i]), "two anchors of the name %s", a->id[i]);
    for (size_t i = 0; i < a->links; i++)
        cr_expect(has(a->id, a->ids, a->link[i]), "a link to nowhere: %s", a->link[i]);
    for (size_t i = 0; i < a->ids; i++) free(a->id[i]);
    for (size_t i = 0; i < a->links; i++) free(a->link[i]);
    free(a);
}

/* ---- tests ----------------------------------------------------------------------------------- */

Test(report, holds_rows_runs_facts_figures_and_is_well_formed) {
    folder f = folder_make();
    static const char result[] =
        "{\"seed\": 0, \"key\": \"aaaa0000\", \"weights\": \"feedbeef\", \"compiler\": \"cc <9>\"}";
    static const char request[] = "{\"init\": \"/home/me/out/pretrained/abc/weights\", "
                                  "\"config\": {\"a\": {\"iters\": 4321}}}";
    static const char extra[] =
        "### More <b>\n\n| what | AP |\n| --- | --: |\n| a \\| b | n/a |\n| c | 3.5 |\n";
    save_made_up(&f, "out", "table_1a_ce_alpha", "v1");
    save_made_up(&f, "out", "zz_own_study", "v1");
    put_picture(&f, "out/table_1a_ce_alpha/curve.svg");
    put_picture(&f, "out/zz_own_study/curve.svg");
    folder_put(&f, "out/zz_own_study/extra.md", extra, sizeof extra - 1);
    make_folder(&f, "out/runs/aaaa0000");
    folder_put(&f, "out/runs/aaaa0000/result.json", result, sizeof result - 1);
    folder_put(&f, "out/runs/aaaa0000/run.json", request, sizeof request - 1);
    run_well(&f, "@out");
    char *html = read_page(&f, "out/report.html"), *markdown = read_page(&f, "out/report.md");
    expect_whole(html);
    expect_words(html, "HTML",
                 (const char *const[]){"Table &lt;1a&gt; &amp; &quot;more&quot;",
                                       "alpha &lt;.5&gt; | *x*",
                                       "41.0 \xC2\xB1 1.4",
                                       "+10.8",
                                       "diverged at step 212",
                                       "2, of these 1 diverged at step 212",
                                       "1, which diverged",
                                       "22.0 \xC2\xB1 31.1",
                                       "share &amp; co, 50",
                                       "A &lt;picture&gt;: curve.svg",
                                       "id=\"p1-dot\"",
                                       "href=\"#p1-dot\"",
                                       "url(#p1-dot)",
                                       "id=\"p2-dot\"",
                                       "id=\"c01\"",
                                       "id=\"c30\"",
                                       "More &lt;b&gt;",
                                       "a | b",
                                       "feedbeef",
                                       "cc &lt;9&gt;",
                                       "DSSD513",
                                       "table_1a_ce_alpha: CE; zz_own_study: CE",
                                       NULL});
    expect_words(markdown, "Markdown",
                 (const char *const[]){"alpha &lt;.5&gt; \\| \\*x\\*", "41.0 \xC2\xB1 1.4",
                                       "](<table_1a_ce_alpha/curve.svg>)", "<a id=\"c30\"></a>",
                                       "feedbeef", "DSSD513", "a \\| b", NULL});
    cr_expect(!strstr(html, "alert") && !strstr(html, "example.org"), "what acts or loads is in");
    free(html);
    free(markdown);
    folder_remove(&f);
}

Test(report, other_data_are_a_chapter_of_their_own) {
    folder f = folder_make();
    save_made_up(&f, "out", "hinge", "v1");
    save_made_up(&f, "out/cells", "hinge", "v2"); /* versions may differ between folders */
    put_picture(&f, "out/cells/hinge/curve.svg");
    run_well(&f, "@out @out/cells --out @elsewhere");
    char *html = read_page(&f, "elsewhere/report.html");
    char *markdown = read_page(&f, "elsewhere/report.md");
    expect_whole(html);
    expect_words(html, "HTML",
                 (const char *const[]){"id=\"hinge\"", "id=\"2.cells-hinge\"",
                                       "The same on other data", "No figure in hinge.", NULL});
    expect_words(markdown, "Markdown",
                 (const char *const[]){"](<../out/cells/hinge/curve.svg>)", NULL});
    free(html);
    free(markdown);
    folder_remove(&f);
}

Test(report, links_lead_out_of_a_folder_whose_name_begins_alike) {
    folder f = folder_make();
    save_made_up(&f, "ab", "hinge", "v1");
    put_picture(&f, "ab/hinge/curve.svg");
    run_well(&f, "@ab --out @a");
    char *markdown = read_page(&f, "a/report.md");
    expect_words(markdown, "Markdown", (const char *const[]){"](<../ab/hinge/curve.svg>)", NULL});
    free(markdown);
    folder_remove(&f);
}

Test(report, bytes_that_are_no_text_stay_outside) {
    folder f = folder_make();
    outcome o = made_up("hinge", "v1");
    outcome_add_row(&o, "bad \x01 \xC3( \xF0\x80\x80\x80 \xED\xA0\x80 \xEF\xBF\xBF end", "", NAN);
    save(&f, &o, "out/hinge");
    outcome_free(&o);
    run_well(&f, "@out");
    char *html = read_page(&f, "out/report.html");
    expect_whole(html);
    cr_expect(strstr(html, " end"), "the row is not there");
    free(html);
    folder_remove(&f);
}

Test(report, versions_do_not_mix) {
    folder f = folder_make();
    char text[1000];
    save_made_up(&f, "out", "hinge", "old-version");
    save_made_up(&f, "out", "table_1a_ce_alpha", "new-version");
    struct utimbuf earlier = {.actime = 1000, .modtime = 1000};
    cr_assert(utime(folder_file(&f, "out/hinge/hinge.json"), &earlier) == 0);
    cr_expect(run(text, sizeof text, &f, "@out") == 1);
    expect_words(text, text,
                 (const char *const[]){"hinge", "table_1a_ce_alpha", "old-version", "new-version",
                                       "run again: hinge\n", NULL});
    cr_expect(!rn_file_exists(folder_file(&f, "out/report.html")));
    folder_remove(&f);
}

/* Each on its own is fine; claims must not rest on both. What no claim rests on may be of any data.
 */
Test(report, data_and_settings_do_not_mix) {
    static const struct {
        const char *name, *data, *budget;
        int code;
    } rows[] = {{"hinge", "bccd", "standard", 1},
                {"hinge", "scenes", "smoke", 1},
                {"hinge", "scenes", "quick, iters=3", 1},
                {"hinge", "scenes", "quick", 0},
                {"sweep", "bccd", "quick, iters=3", 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        folder f = folder_make();
        char text[1000], where[64];
        outcome o = made_up(rows[i].name, "v1");
        free(o.data), free(o.budget);
        o.data = copy(rows[i].data), o.budget = copy(rows[i].budget);
        snprintf(where, sizeof where, "out/%s", rows[i].name);
        save(&f, &o, where);
        save_made_up(&f, "out", "table_1a_ce_alpha", "v1");
        int code = run(text, sizeof text, &f, "@out");
        cr_expect(code == rows[i].code, "%s %s: %d: %s", o.data, o.budget, code, text);
        cr_expect(code == 0 || (strstr(text, o.data) && strstr(text, o.budget)), "%s", text);
        outcome_free(&o);
        folder_remove(&f);
    }
}

Test(report, what_cannot_be_read_is_named) {
    static const struct {
        const char *name, *bytes, *word;
    } rows[] = {
        {"out/hinge/hinge.json", "{\"name\": ", "hinge/hinge.json:1:"},
        {"out/hinge/hinge.json", "{}", "hinge/hinge.json"},
        {"out/hinge/hinge.json", "", "run hinge again"},
        {"out/hinge/curve.svg", "<svg><g></svg>", "curve.svg:1:"},
        {"out/hinge/curve.svg", "<html/>", "run hinge again, or remove the file"},
        {"out/hinge/more.md", "no table", "more.md"},
        {"out/runs/aaaa0000/result.json", "{", "aaaa0000/result.json"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        folder f = folder_make();
        char text[1000];
        save_made_up(&f, "out", "hinge", "v1");
        make_folder(&f, "out/runs/aaaa0000");
        folder_put(&f, rows[i].name, rows[i].bytes, strlen(rows[i].bytes));
        cr_expect(run(text, sizeof text, &f, "@out") == 1, "%s: no failure", rows[i].name);
        cr_expect(strstr(text, rows[i].word), "expected %s in: %s", rows[i].word, text);
        cr_expect(strchr(text, '\n') == text + strlen(text) - 1, "not one line: %s", text);
        cr_expect(!rn_file_exists(folder_file(&f, "out/report.html")));
        folder_remove(&f);
    }
}

Test(report, nothing_there_and_wrong_usage_get_one_line) {
    static const struct {
        const char *arguments;
        int code;
        const char *word;
    } rows[] = {
        {"@", 1, "no results"},     {"@nowhere", 1, "nowhere: expected a folder"},
        {"@stderr", 1, "stderr"},   {"--bogus", 2, "--bogus"},
        {"@out --out", 2, "--out"}, {"@out --out @stderr/x", 1, "stderr"},
    };
    folder f = folder_make();
    char text[1000];
    save_made_up(&f, "out", "hinge", "v1");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int code = run(text, sizeof text, &f, rows[i].arguments);
        cr_expect(code == rows[i].code, "report %s: %d: %s", rows[i].arguments, code, text);
        cr_expect(strstr(text, rows[i].word), "expected %s in: %s", rows[i].word, text);
        cr_expect(*text && strchr(text, '\n') == text + strlen(text) - 1, "not one line: %s", text);
    }
    run_well(&f, "--help");
    folder_remove(&f);
}
