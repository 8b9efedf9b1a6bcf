#include "collection.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

const program program_table[] = {
    {"loss_math", "How do the losses weigh easy examples, and are their derivatives right?", false},
    {"prior_init", "What does the prior at the start do for training?", false},
    {"table_1a_ce_alpha", "How far does weighting positives against negatives get?", false},
    {"table_1b_fl_gamma", "How much focusing, and how much weight for the positives beside it?",
     false},
    {"fig_4_loss_cdf", "Which examples hold the loss?", false},
    {"table_1d_ohem", "Does choosing the hardest examples do as well as weighing all of them?",
     false},
    {"hinge", "Can a hinge loss, which ignores easy examples altogether, be trained?", false},
    {"table_3_fl_star", "Does the exact form of the loss matter?", false},
    {"table_1c_anchor_density", "How densely must anchors cover the image?", false},
    {"table_1e_depth_scale", "What do depth and image scale buy, and what do they cost?", false},
    {"pyramid", "What does the feature pyramid contribute?", false},
    {"imbalance", "From which imbalance on does the focal loss win?", false},
    {"rescaled_ce", "Is it the shape of the focal loss, or its size beside the box loss?", false},
    {"learning_rate", "Does the order of the losses depend on the learning rate?", true},
    {"sweep", "Which settings are best on this data set?", false},
};
const size_t program_count = RN_COUNT(program_table);

const program *program_find(const char *name) {
    for (size_t i = 0; i < program_count; i++)
        if (strcmp(program_table[i].name, name) == 0) return &program_table[i];
    return NULL;
}

rn_status collection_fail(rn_err *err, const char *name) {
    const rn_err first = *err;
    return rn_fail(err, "%.800s (run %s again, or remove the file)", first.text, name);
}

/* ---- outcomes -------------------------------------------------------------------------------- */

static void outcome_path(char path[RN_PATH_SIZE], const char *folder, const char *name) {
    char file[RN_PATH_SIZE];
    snprintf(file, sizeof file, "%.255s/%.255s.json", name, name);
    rn_text_path(path, RN_PATH_SIZE, folder, file);
}

int collection_compare_names(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names of the folders NAME with a NAME/NAME.json, sorted; the caller frees them and the list.
 */
static rn_status find_outcomes(char ***list, size_t *count, const char *folder, rn_err *err) {
    size_t capacity = 0;
    char path[RN_PATH_SIZE];
    DIR *dir = opendir(folder);
    if (!dir) return rn_fail(err, "%s: expected a folder of results: %s", folder, strerror(errno));
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (*entry->d_name == '.') continue;
        outcome_path(path, folder, entry->d_name);
        if (!rn_file_exists(path)) continue;
        *list = rn_vec_reserve(*list, *count + 1, &capacity, sizeof **list);
        (*list)[(*count)++] = rn_vec_text(entry->d_name);
    }
    closedir(dir);
    if (*count) qsort(*list, *count, sizeof **list, collection_compare_names);
    return RN_OK;
}

/* All of them, not only those that claims rest on. */
static rn_status load_outcomes(evidence *e, const char *folder, rn_err *err) {
    char **name = NULL, path[RN_PATH_SIZE];
    size_t count = 0;
    rn_status status = find_outcomes(&name, &count, folder, err);
    e->outcome = rn_vec_zeros(count + 1, sizeof *e->outcome);
    for (size_t i = 0; i < count; i++) {
        outcome *o = &e->outcome[e->count];
        outcome_path(path, folder, name[i]);
        if (status == RN_OK && outcome_load(o, path, err) != RN_OK)
            status = collection_fail(err, name[i]);
        if (status == RN_OK && strcmp(o->name, name[i]) != 0)
            status =
                rn_fail(err, "%s: name: expected \"%s\", got \"%.60s\"", path, name[i], o->name);
        e->count++;
        free(name[i]);
    }
    free(name);
    return status;
}

/* ---- order and agreement --------------------------------------------------------------------- */

static size_t rank_of(const char *name) {
    const program *found = program_find(name);
    return found ? (size_t)(found - program_table) : program_count;
}

static int compare_outcomes(const void *a, const void *b) {
    const outcome *x = *(const outcome *const *)a, *y = *(const outcome *const *)b;
    size_t i = rank_of(x->name), k = rank_of(y->name);
    return i != k ? (i > k) - (i < k) : strcmp(x->name, y->name);
}

static time_t written_at(const collection *c, const outcome *o) {
    char path[RN_PATH_SIZE];
    struct stat info;
    outcome_path(path, c->path, o->name);
    return stat(path, &info) == 0 ? info.st_mtime : 0;
}

static bool is_judged(const outcome *o) {
    for (size_t i = 0; i < evidence_num_experiments; i++)
        if (strcmp(evidence_experiments[i], o->name) == 0) return true;
    return false;
}

/* One version for all; one set of data and settings for those that claims rest on, since others,
 * such as sweeps, are of any. */
static bool agrees(const outcome *o, const outcome *newest) {
    return is_judged(o) && is_judged(newest) ? evidence_agrees(o, newest)
                                             : strcmp(o->version, newest->version) == 0;
}

/* Those of the judged ones first: a sweep says nothing of their data. */
static const outcome *find_newest(const collection *c) {
    const outcome *newest = c->outcome[0];
    for (size_t i = 1; i < c->count; i++) {
        const outcome *o = c->outcome[i];
        bool better = is_judged(o) && *o->data, best = is_judged(newest) && *newest->data;
        if (better == best ? written_at(c, o) > written_at(c, newest) : better) newest = o;
    }
    return newest;
}

/* Sources move on: the file that was written last says which results to have. */
static rn_status check_agreement(const collection *c, rn_err *err) {
    const outcome *newest = find_newest(c), *other = NULL;
    char again[512] = "";
    for (size_t i = 0; i < c->count; i++) {
        if (agrees(c->outcome[i], newest)) continue;
        if (!other) other = c->outcome[i];
        size_t used = strlen(again);
        snprintf(again + used, sizeof again - used, "%s%s", used ? ", " : "", c->outcome[i]->name);
    }
    if (!other) return RN_OK;
    return rn_fail(err,
                   "%.300s: expected results of one version, data set and budget, got %s of %s, "
                   "%.100s, %.100s and %s, written last, of %s, %.100s, %.100s: run again: %s",
                   c->path, other->name, other->version, other->data, other->budget, newest->name,
                   newest->version, newest->data, newest->budget, again);
}

/* ---- runs ------------------------------------------------------------------------------------ */

static rn_status load_if_there(cJSON **tree, const char *folder, const char *name, rn_err *err) {
    char path[RN_PATH_SIZE];
    rn_text_path(path, sizeof path, folder, name);
    return rn_file_exists(path) ? rn_json_load(tree, path, err) : RN_OK;
}

static rn_status read_folder(run_record *record, const collection *c, rn_err *err) {
    char folder[RN_PATH_SIZE], name[64];
    if (!*record->run->key) return RN_OK;
    snprintf(name, sizeof name, "runs/%s", record->run->key);
    rn_text_path(folder, sizeof folder, c->path, name);
    if (load_if_there(&record->result, folder, "result.json", err) != RN_OK) return RN_ERROR;
    return load_if_there(&record->request, folder, "run.json", err);
}

static run_record *find_run(const collection *c, const char *key) {
    for (size_t i = 0; i < c->num_runs && *key; i++)
        if (strcmp(c->run[i].run->key, key) == 0) return &c->run[i];
    return NULL;
}

static void append_label(run_record *record, const outcome *o, const row_outcome *row) {
    size_t size = strlen(record->labels) + strlen(o->name) + strlen(row->label) + 5;
    char *labels = rn_vec_zeros(size, 1);
    snprintf(labels, size, "%s%s%s: %s", record->labels, *record->labels ? "; " : "", o->name,
             row->label);
    free(record->labels);
    record->labels = labels;
}

static rn_status add_run(collection *c, const outcome *o, const row_outcome *row,
                         const run_outcome *run, rn_err *err) {
    run_record *record = find_run(c, run->key);
    if (record) {
        append_label(record, o, row);
        return RN_OK;
    }
    c->run = rn_vec_reserve(c->run, c->num_runs + 1, &c->runs_capacity, sizeof *c->run);
    record = &c->run[c->num_runs++];
    *record = (run_record){.labels = rn_vec_text(""), .settings = row->settings, .run = run};
    append_label(record, o, row);
    return read_folder(record, c, err);
}

static rn_status add_runs(collection *c, rn_err *err) {
    for (size_t i = 0; i < c->count; i++) {
        const outcome *o = c->outcome[i];
        for (size_t r = 0; r < o->num_rows; r++)
            for (size_t k = 0; k < o->row[r].num_runs; k++)
                if (o->row[r].run[k].state != RUN_MISSING &&
                    add_run(c, o, &o->row[r], &o->row[r].run[k], err) != RN_OK)
                    return RN_ERROR;
    }
    return RN_OK;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static void judge(collection *c) {
    c->claim = claim_table(&c->num_claims);
    c->judgement = rn_vec_zeros(c->num_claims + 1, sizeof *c->judgement);
    for (size_t i = 0; i < c->num_claims; i++) c->claim[i].judge(&c->judgement[i], &c->evidence);
}

static rn_status load(collection *c, rn_err *err) {
    if (load_outcomes(&c->evidence, c->path, err) != RN_OK) return RN_ERROR;
    c->count = c->evidence.count;
    if (c->count == 0)
        return rn_fail(err,
                       "%s: no results there: expected NAME/NAME.json, which the experiments "
                       "write; run one with --out %s first",
                       c->path, c->path);
    c->outcome = rn_vec_zeros(c->count, sizeof *c->outcome);
    for (size_t i = 0; i < c->count; i++) c->outcome[i] = &c->evidence.outcome[i];
    qsort(c->outcome, c->count, sizeof *c->outcome, compare_outcomes);
    if (check_agreement(c, err) != RN_OK) return RN_ERROR;
    judge(c);
    return add_runs(c, err);
}

rn_status collection_load(collection *c, const char *path, rn_err *err) {
    *c = (collection){.path = path};
    rn_status status = load(c, err);
    if (status != RN_OK) collection_free(c);
    return status;
}

void collection_free(collection *c) {
    for (size_t i = 0; i < c->num_runs; i++) {
        free(c->run[i].labels);
        cJSON_Delete(c->run[i].result);
        cJSON_Delete(c->run[i].request);
    }
    free(c->run);
    free(c->judgement);
    free(c->outcome);
    evidence_free(&c->evidence);
    *c = (collection){0};
}

/* ---- what runs say --------------------------------------------------------------------------- */

/* Of an absolute path the last three names: where somebody's folders are matters to nobody else. */
static const char *end_of_path(const char *text) {
    const char *slash[3] = {NULL, NULL, NULL};
    if (*text != '/') return text;
    for (const char *c = text; *c; c++)
        if (*c == '/') slash[0] = slash[1], slash[1] = slash[2], slash[2] = c;
    return slash[0] ? slash[0] + 1 : text;
}

static char *item_text(char out[RUN_VALUE_SIZE], const cJSON *item) {
    char number[32];
    if (cJSON_IsString(item))
        snprintf(out, RUN_VALUE_SIZE, "%s", end_of_path(item->valuestring));
    else if (cJSON_IsNumber(item))
        snprintf(out, RUN_VALUE_SIZE, "%s",
                 rn_text_from_double(number, sizeof number, item->valuedouble, 0));
    else if (cJSON_IsBool(item))
        snprintf(out, RUN_VALUE_SIZE, "%s", cJSON_IsTrue(item) ? "on" : "off");
    else
        *out = '\0';
    return out;
}

char *run_value(char out[RUN_VALUE_SIZE], const run_record *run, const char *name) {
    const cJSON *group, *config = cJSON_GetObjectItemCaseSensitive(run->request, "config");
    *out = '\0';
    item_text(out, cJSON_GetObjectItemCaseSensitive(run->result, name));
    if (!*out) item_text(out, cJSON_GetObjectItemCaseSensitive(run->request, name));
    for (group = config ? config->child : NULL; group && !*out; group = group->next)
        item_text(out, cJSON_GetObjectItemCaseSensitive(group, name));
    return out;
}

typedef struct seen {
    char value[RUN_VALUE_SIZE];
    size_t runs;
} seen;

/* Most runs first; of equally many the first in the alphabet. */
static int compare_seen(const void *a, const void *b) {
    const seen *x = a, *y = b;
    return x->runs != y->runs ? (x->runs < y->runs) - (x->runs > y->runs)
                              : strcmp(x->value, y->value);
}

static size_t count_values(seen **list, const collection *c, const char *name) {
    size_t count = 0, capacity = 0;
    char value[RUN_VALUE_SIZE];
    for (size_t i = 0; i < c->num_runs; i++) {
        size_t k = 0;
        if (!*run_value(value, &c->run[i], name)) continue;
        while (k < count && strcmp((*list)[k].value, value) != 0) k++;
        if (k == count) {
            *list = rn_vec_reserve(*list, count + 1, &capacity, sizeof **list);
            memcpy((*list)[count].value, value, sizeof value);
            (*list)[count++].runs = 0;
        }
        (*list)[k].runs++;
    }
    if (count) qsort(*list, count, sizeof **list, compare_seen);
    return count;
}

char *collection_values(char *out, size_t size, const collection *c, const char *name) {
    enum { SHOWN = 6 };
    seen *list = NULL;
    size_t count = count_values(&list, c, name), used = 0;
    *out = '\0';
    for (size_t i = 0; i < count && i < SHOWN && used < size; i++)
        used += (size_t)(count == 1
                             ? snprintf(out, size, "%s", list[i].value)
                             : snprintf(out + used, size - used, "%s%s (%zu run%s)", i ? ", " : "",
                                        list[i].value, list[i].runs, list[i].runs == 1 ? "" : "s"));
    if (count > SHOWN && used < size)
        snprintf(out + used, size - used, ", and %zu more", count - SHOWN);
    free(list);
    return out;
}

double collection_seconds(const collection *c) {
    double sum = 0;
    for (size_t i = 0; i < c->num_runs; i++)
        if (isfinite(c->run[i].run->seconds)) sum += c->run[i].run->seconds;
    return sum;
}
