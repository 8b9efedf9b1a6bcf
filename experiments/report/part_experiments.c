#include "parts.h"
#include "picture.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char dash[] = "\xE2\x80\x93";

/* Where things come from and go to. */
typedef struct place {
    const collection *c;
    const char *prefix, *out;
} place;

char *part_duration(char out[DURATION_SIZE], double seconds) {
    if (!isfinite(seconds))
        snprintf(out, DURATION_SIZE, "%s", dash);
    else if (seconds < 60)
        snprintf(out, DURATION_SIZE, "%.1f s", seconds);
    else if (seconds < 3600)
        snprintf(out, DURATION_SIZE, "%.0f min %02.0f s", floor(seconds / 60),
                 floor(fmod(seconds, 60)));
    else
        snprintf(out, DURATION_SIZE, "%.0f h %02.0f min", floor(seconds / 3600),
                 floor(fmod(seconds, 3600) / 60));
    return out;
}

/* ---- all of them in one table ---------------------------------------------------------------- */

static const char *question_of(const char *name) {
    const program *found = program_find(name);
    return found ? found->question : "";
}

static void anchor_of(char anchor[PAGE_ANCHOR_SIZE], const place *at, const char *name) {
    char whole[2 * PAGE_ANCHOR_SIZE];
    snprintf(whole, sizeof whole, "%.90s%.90s", at->prefix, name);
    page_anchor(anchor, whole);
}

static void put_overview_row(page *p, const place *at, const outcome *o) {
    char anchor[PAGE_ANCHOR_SIZE], time[DURATION_SIZE];
    size_t done = 0, diverged = 0, planned = 0;
    double seconds = 0;
    for (size_t i = 0; i < o->num_rows; i++) {
        planned += o->row[i].num_runs;
        done += row_finished(&o->row[i]);
        diverged += row_diverged(&o->row[i]);
        for (size_t k = 0; k < o->row[i].num_runs; k++)
            if (isfinite(o->row[i].run[k].seconds)) seconds += o->row[i].run[k].seconds;
    }
    page_row_begin(p, NULL);
    page_cell(p);
    anchor_of(anchor, at, o->name);
    page_link(p, anchor, o->title);
    page_cell_text(p, "%s", question_of(o->name));
    page_cell_text(p, "%zu", o->num_rows);
    page_cell_text(p, "%zu", done);
    if (done < planned) page_put(p, " of %zu", planned);
    page_cell_text(p, "%zu", diverged);
    page_cell_text(p, "%s", done ? part_duration(time, seconds) : dash);
    page_row_end(p);
}

static void put_absent(page *p, const collection *c) {
    size_t absent = 0;
    for (size_t i = 0; i < program_count; i++) {
        if (evidence_of(&c->evidence, program_table[i].name)) continue;
        if (absent++ == 0) {
            page_paragraph_begin(p);
            page_put(p, "No results in this folder of: ");
        } else {
            page_put(p, ", ");
        }
        page_code(p, program_table[i].name);
    }
    if (absent == 0) return;
    page_put(p, ".");
    page_paragraph_end(p);
}

static void put_overview(page *p, const place *at) {
    static const page_column columns[] = {{"experiment", PAGE_WORDS}, {"question", PAGE_WORDS},
                                          {"rows", PAGE_NUMBER},      {"runs", PAGE_NUMBER},
                                          {"diverged", PAGE_NUMBER},  {"training", PAGE_NUMBER}};
    page_table_begin(p, PAGE_STACKS, columns, RN_COUNT(columns));
    for (size_t i = 0; i < at->c->count; i++) put_overview_row(p, at, at->c->outcome[i]);
    page_table_end(p);
    page_text(p, "Runs that several experiments share count in each of them here, and once in the "
                 "list of all runs.");
    if (!*at->prefix) put_absent(p, at->c);
}

/* ---- one of them ----------------------------------------------------------------------------- */

static void put_claims(page *p, const place *at, const outcome *o) {
    size_t count = 0;
    for (size_t i = 0; i < at->c->num_claims; i++) {
        char anchor[PAGE_ANCHOR_SIZE];
        verdict v = at->c->judgement[i].verdict;
        if (strcmp(at->c->claim[i].experiment, o->name) != 0) continue;
        if (*at->prefix && v == VERDICT_MISSING) continue;
        if (count++ == 0) {
            page_paragraph_begin(p);
            page_put(p, "Claims: ");
        } else {
            page_put(p, " \xC2\xB7 ");
        }
        anchor_of(anchor, at, at->c->claim[i].id);
        page_link(p, anchor, at->c->claim[i].id);
        page_put(p, " ");
        part_verdict(p, v);
    }
    if (count) page_paragraph_end(p);
}

/* The names in OUT/NAME that end like that, sorted; the caller frees them and the list. */
static rn_status list_files(char ***list, size_t *count, const char *folder, const char *ending,
                            rn_err *err) {
    size_t capacity = 0;
    *list = NULL, *count = 0;
    DIR *dir = opendir(folder);
    if (!dir) return rn_fail(err, "%s: cannot be read: %s", folder, strerror(errno));
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (*entry->d_name == '.' || !rn_text_ends_with(entry->d_name, ending)) continue;
        *list = rn_vec_reserve(*list, *count + 1, &capacity, sizeof **list);
        (*list)[(*count)++] = rn_vec_text(entry->d_name);
    }
    closedir(dir);
    if (*count) qsort(*list, *count, sizeof **list, collection_compare_names);
    return RN_OK;
}

static void free_list(char **list, size_t count) {
    for (size_t i = 0; i < count; i++) free(list[i]);
    free(list);
}

/* `path` as seen from the folder `from`; both exist. */
static void relative_path(char out[RN_PATH_SIZE], const char *path, const char *from) {
    char *to = realpath(path, NULL), *base = realpath(from, NULL);
    size_t same = 0, used = 0;
    if (to && base) {
        size_t i = 0;
        for (; to[i] && to[i] == base[i]; i++)
            if (to[i] == '/') same = i;
        if (!base[i] && to[i] == '/') same = i; /* inside of it */
        *out = '\0';
        for (const char *rest = base + same; *rest; rest++)
            if (*rest == '/' && rest[1] && used + 4 < RN_PATH_SIZE)
                used += (size_t)snprintf(out + used, RN_PATH_SIZE - used, "../");
        snprintf(out + used, RN_PATH_SIZE - used, "%s", to + same + (to[same] == '/'));
    } else {
        snprintf(out, RN_PATH_SIZE, "%s", path);
    }
    free(to);
    free(base);
}

static rn_status put_figure(page *p, const place *at, const char *folder, const char *name,
                            rn_err *err) {
    char path[RN_PATH_SIZE], seen[RN_PATH_SIZE], prefix[32], caption[512];
    picture drawn;
    rn_text_path(path, sizeof path, folder, name);
    snprintf(prefix, sizeof prefix, "p%d-", ++p->pictures);
    if (picture_load(&drawn, path, prefix, err) != RN_OK) return RN_ERROR;
    relative_path(seen, path, at->out);
    snprintf(caption, sizeof caption, "%.300s%s%.200s", drawn.title, *drawn.title ? ": " : "",
             name);
    page_figure(p, drawn.svg, seen, caption);
    picture_free(&drawn);
    return RN_OK;
}

/* Every figure; that there is none is no mistake, but said. */
static rn_status put_figures(page *p, const place *at, const outcome *o, const char *folder,
                             rn_err *err) {
    char **name;
    size_t count;
    rn_status status = list_files(&name, &count, folder, ".svg", err);
    for (size_t i = 0; i < count && status == RN_OK; i++)
        status = put_figure(p, at, folder, name[i], err);
    free_list(name, count);
    if (status == RN_OK && count == 0) page_text(p, "No figure in %s.", o->name);
    return status;
}

/* Tables beside the main one, which is NAME.md. */
static rn_status put_tables(page *p, const outcome *o, const char *folder, rn_err *err) {
    char **name, path[RN_PATH_SIZE];
    size_t count, length = strlen(o->name);
    rn_status status = list_files(&name, &count, folder, ".md", err);
    for (size_t i = 0; i < count && status == RN_OK; i++) {
        if (strncmp(name[i], o->name, length) == 0 && strcmp(name[i] + length, ".md") == 0)
            continue;
        status = part_table(p, rn_text_path(path, sizeof path, folder, name[i]), err);
    }
    free_list(name, count);
    return status;
}

static rn_status put_experiment(page *p, const place *at, const outcome *o, rn_err *err) {
    char anchor[PAGE_ANCHOR_SIZE], folder[RN_PATH_SIZE];
    const char *question = question_of(o->name);
    anchor_of(anchor, at, o->name);
    page_heading(p, 3, anchor, o->title);
    page_paragraph_begin(p);
    page_put(p, "%s%s", question, *question ? " " : "");
    page_code(p, o->name);
    if (*o->budget) page_put(p, ", budget %s", o->budget);
    if (*o->data && o->num_rows) page_put(p, ", data ");
    if (*o->data && o->num_rows) page_code(p, o->data);
    page_put(p, ".");
    page_paragraph_end(p);
    put_claims(p, at, o);
    part_rows(p, o);
    rn_text_path(folder, sizeof folder, at->c->path, o->name);
    if (put_figures(p, at, o, folder, err) != RN_OK || put_tables(p, o, folder, err) != RN_OK)
        return collection_fail(err, o->name);
    part_facts(p, o);
    return RN_OK;
}

rn_status part_experiments(page *p, const collection *c, const char *prefix, const char *out,
                           rn_err *err) {
    place at = {c, prefix, out};
    put_overview(p, &at);
    for (size_t i = 0; i < c->count; i++)
        if (put_experiment(p, &at, c->outcome[i], err) != RN_OK) return RN_ERROR;
    return RN_OK;
}
