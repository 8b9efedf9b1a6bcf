#include "common/study.h"
#include "common/images.h"
#include "common/jobs.h"
#include "common/pretrained.h"
#include "common/sources.h"
#include "data/scenes_text.h"

#include <fnmatch.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { SEEDS_MOST = 32 }; /* that are looked for */

/* ---- rows ------------------------------------------------------------------------------------ */

/* Sets "name=value name=value ..." in a row. */
static rn_status apply_settings(study_row *row, const char *label, const char *settings,
                                rn_err *err) {
    char text[2048], *rest = text;
    snprintf(text, sizeof text, "%s", settings);
    for (char *word; (word = strtok_r(rest, " ", &rest));) {
        char *equals = strchr(word, '=');
        RN_CHECK(equals, "row \"%s\": no setting \"%s\"", label, word);
        *equals = '\0';
        if (strcmp(word, "data") == 0) {
            images_with(row->data, strchr(equals + 1, ':') + 1);
            continue;
        }
        const rn_option *option = rn_option_find(rn_config_options(), word);
        RN_CHECK(option, "row \"%s\": no option \"%s\"", label, word);
        if (rn_option_set(&row->config, option, equals + 1, err) != RN_OK) return RN_ERROR;
    }
    if (row->config.train.max_size < row->config.train.size)
        row->config.train.max_size = row->config.train.size;
    return rn_config_check(&row->config, err);
}

row_outcome *study_add(study *s, const char *label, bool core, const char *settings, ...) {
    char text[2048];
    va_list args;
    va_start(args, settings);
    vsnprintf(text, sizeof text, settings, args);
    va_end(args);
    if (strstr(text, "data=scenes:") && !images_rendered(s->data)) return NULL;
    size_t n = s->outcome.num_rows;
    row_outcome *added = outcome_add_row(&s->outcome, label, text, NAN);
    s->row = rn_vec_reserve(s->row, n + 1, &s->capacity, sizeof *s->row);
    s->row[n] = (study_row){.core = core, .config = s->base};
    memcpy(s->row[n].data, s->data, sizeof s->data);
    rn_err err;
    if (apply_settings(&s->row[n], label, text, &err) == RN_OK || s->bad_row) return added;
    s->bad_row = true;
    rn_fail(&s->row_err, "row \"%s\": %s", label, err.text);
    return added;
}

void study_paper(row_outcome *row, paper_table_id table, size_t index) {
    static const char *const columns[METRICS] = {"ap", "ap50", "ap75", "ap_s", "ap_m", "ap_l"};
    int count = table == PAPER_TABLE_1E ? METRICS : METRIC_AP75 + 1;
    for (int m = 0; row && m < count; m++) row->paper[m] = paper_value(table, index, columns[m]);
}

char *study_number(char out[16], double value) {
    char text[16];
    snprintf(text, sizeof text, "%g", value);
    snprintf(out, 16, "%s", strncmp(text, "0.", 2) == 0 ? text + 1 : text);
    return out;
}

void study_mark(study *s, const row_outcome *row) {
    if (row) s->row[row - s->outcome.row].headline = true;
}

/* "alpha .75|CE" names rows, with * and ?. */
static bool matches(const char *patterns, const char *label) {
    char text[RN_OPTION_TEXT_SIZE], *rest = text;
    if (!*patterns) return true;
    snprintf(text, sizeof text, "%s", patterns);
    for (char *pattern; (pattern = strtok_r(rest, "|", &rest));)
        if (fnmatch(rn_text_trim(pattern), label, 0) == 0) return true;
    return false;
}

static bool is_wanted(const study *s, size_t row) {
    const char *only = s->options.only.value;
    return *only ? matches(only, s->outcome.row[row].label)
                 : s->row[row].core || !s->budget->core_only;
}

/* ---- start ----------------------------------------------------------------------------------- */

/* Results do not depend on when something is saved. */
static bool is_about_saving(const rn_option *option) {
    return strcmp(option->name, "save-every") == 0 || strcmp(option->name, "eval-every") == 0;
}

static rn_status make_base(study *s, const cli *given, rn_err *err) {
    const char *data = s->options.data.value, *preset = s->options.preset.value;
    if (!*preset) preset = images_rendered(data) ? "scenes" : "small";
    s->base = rn_config_paper();
    if (rn_config_preset(&s->base, preset, err) != RN_OK) return RN_ERROR;
    if (s->budget->iterations) s->base.train.iterations = s->budget->iterations;
    s->base.train.save_every = 500;
    if (cli_was_given(given, "seed"))
        return rn_fail(err, "--seed: every row has the seeds 0, 1, ..., see --seeds");
    if (cli_apply(given, &s->base, err) != RN_OK) return RN_ERROR;
    if (s->base.train.max_size < s->base.train.size && !cli_was_given(given, "max-size"))
        s->base.train.max_size = (int)(s->base.train.size * 5LL / 3);
    return rn_config_check(&s->base, err);
}

static void add_setting(char *out, size_t size, const char *name, const char *value) {
    size_t used = strlen(out);
    snprintf(out + used, size - used, "%s%s=%s", strchr(out, ',') ? " " : ", ", name, value);
}

/* "quick, init=random iters=1800": the budget, and what the command line has changed of it. */
static void describe_budget(char *out, size_t size, const study *s, const cli *given) {
    const rn_options options = rn_config_options();
    const char *preset = s->options.preset.value, *init = s->options.init.value;
    char value[4096];
    snprintf(out, size, "%s", s->budget->name);
    if (*preset) add_setting(out, size, "preset", preset);
    if (strcmp(init, "pretrained") != 0) add_setting(out, size, "init", rn_text_file_name(init));
    for (size_t i = 0; i < options.count; i++)
        if (cli_was_given(given, options.row[i].name) && !is_about_saving(&options.row[i]))
            add_setting(out, size, options.row[i].name,
                        rn_option_get(value, sizeof value, &s->base, &options.row[i]));
}

static rn_status check_only(const study *s, rn_err *err) {
    char text[RN_OPTION_TEXT_SIZE], *rest = text;
    snprintf(text, sizeof text, "%s", s->options.only.value);
    for (char *pattern; (pattern = strtok_r(rest, "|", &rest));) {
        size_t i = 0;
        while (i < s->outcome.num_rows && !matches(pattern, s->outcome.row[i].label)) i++;
        if (i == s->outcome.num_rows)
            return rn_fail(err, "--only: expected a row of --list, got \"%s\"", pattern);
    }
    return RN_OK;
}

/* Does the row train in another way than without this option? */
static bool row_uses(const study *s, const study_row *row, const rn_option *option) {
    char value[4096], base[4096], key[RUN_KEY_SIZE], other[RUN_KEY_SIZE];
    rn_err ignored;
    run_request request = {.config = row->config};
    rn_option_get(base, sizeof base, &s->base, option);
    if (strcmp(rn_option_get(value, sizeof value, &row->config, option), base) != 0) return false;
    if (strcmp(value, option->initial) == 0) return true; /* it may have been set to that */
    run_key(key, &request);
    return rn_option_set(&request.config, option, option->initial, &ignored) != RN_OK ||
           strcmp(key, run_key(other, &request)) != 0;
}

/* An option that every row sets itself, or whose loss does not read it, changes nothing. */
static void warn_of_unused(const study *s, const cli *given) {
    for (int g = 0; g < given->num_given; g++) {
        const rn_option *option = given->given[g].option;
        size_t i = 0;
        while (i < s->outcome.num_rows && !row_uses(s, &s->row[i], option)) i++;
        if (i == s->outcome.num_rows && !is_about_saving(option))
            fprintf(stderr, "--%s: no row uses it\n", option->name);
    }
}

static rn_status check_objects(const char *data, const char *images, rn_err *err) {
    rn_dataset train = {0};
    rn_status status = images_load(&train, data, images, IMAGES_TRAIN, err);
    if (status == RN_OK && train.num_objects == 0)
        status = rn_fail(err, "%s: expected objects to train on, got none", data);
    rn_dataset_free(&train);
    return status;
}

/* Rows of one set share its fingerprint, which may take a moment to find. */
static rn_status find_data_keys(study *s, rn_err *err) {
    const char *images = s->options.images.value;
    for (size_t i = 0; i < s->outcome.num_rows; i++) {
        study_row *row = &s->row[i];
        rn_scenes scenes;
        size_t j = 0;
        if (images_rendered(row->data) && rn_scenes_parse(&scenes, row->data, err) != RN_OK)
            return RN_ERROR;
        while (strcmp(s->row[j].data, row->data) != 0) j++;
        if (j < i)
            memcpy(row->data_key, s->row[j].data_key, sizeof row->data_key);
        else if (!images_key(row->data_key, row->data, images, err) ||
                 (!images_rendered(row->data) && check_objects(row->data, images, err) != RN_OK))
            return RN_ERROR;
    }
    return RN_OK;
}

/* --data with those of the budget's parameters ("train=24,val=12") that it has not itself. */
static rn_status choose_data(study *s, rn_err *err) {
    char text[256], *rest = text;
    rn_scenes scenes;
    snprintf(s->data, sizeof s->data, "%s", s->options.data.value);
    if (!images_rendered(s->data)) return RN_OK;
    if (rn_scenes_parse(&scenes, s->data, err) != RN_OK) return rn_fail_in(err, "--data");
    snprintf(text, sizeof text, "%s", s->budget->scenes);
    for (char *word; (word = strtok_r(rest, ",", &rest));) {
        char among_others[64], first[64];
        int name = (int)(strchr(word, '=') - word) + 1;
        snprintf(among_others, sizeof among_others, ",%.*s", name, word);
        snprintf(first, sizeof first, ":%.*s", name, word);
        if (!strstr(s->data, among_others) && !strstr(s->data, first)) images_with(s->data, word);
    }
    return RN_OK;
}

rn_status study_start(study *s, const cli *given, rn_err *err) {
    char changed[1024];
    s->budget = budget_at(s->options.budget);
    s->code = CLI_USAGE;
    if (!*s->options.out.value) return rn_fail(err, "--out: expected a folder, got nothing");
    if (choose_data(s, err) != RN_OK || make_base(s, given, err) != RN_OK) return RN_ERROR;
    describe_budget(changed, sizeof changed, s, given);
    s->outcome = (outcome){.name = rn_vec_text(s->experiment->name),
                           .title = rn_vec_text(s->experiment->title),
                           .version = rn_vec_text(sources_version),
                           .budget = rn_vec_text(changed),
                           .data = rn_vec_text(s->options.data.value)};
    if (s->experiment->add_rows(s, err) != RN_OK) return RN_ERROR;
    if (s->bad_row) return rn_fail(err, "%s", s->row_err.text);
    if (check_only(s, err) != RN_OK) return RN_ERROR;
    warn_of_unused(s, given);
    s->code = CLI_FAILED;
    return pretrained_check(s, err) == RN_OK ? find_data_keys(s, err) : RN_ERROR;
}

/* ---- runs ------------------------------------------------------------------------------------ */

static void make_request(run_request *request, const study *s, size_t row, int seed) {
    const study_row *r = &s->row[row];
    memset(request, 0, sizeof *request);
    request->config = r->config;
    request->config.train.seed = seed;
    memcpy(request->data, r->data, sizeof r->data);
    memcpy(request->data_key, r->data_key, sizeof r->data_key);
    snprintf(request->images, sizeof request->images, "%s", s->options.images.value);
    pretrained_choose(request, s);
}

char *study_run_folder(char path[RN_PATH_SIZE], const study *s, const run_outcome *run) {
    return run_folder(path, s->options.out.value, run->key);
}

/* About how long a run takes, in images of 256 x 256 through `tiny`. */
static double cost_of(const study_row *row) {
    const rn_train_config *t = &row->config.train;
    double side = t->size / 256.;
    return side * side * ((double)t->iterations * t->batch + 700);
}

/* What is to be made: list[i] is the job of request[i]. */
typedef struct plan {
    job *list;
    run_request *request;
    size_t count, capacity, request_capacity;
} plan;

/* Is there a result? A broken one is made again, and said so. */
static bool is_there(const char *folder) {
    run_outcome run;
    rn_err err;
    if (run_read(&run, folder, &err) == RN_OK) return run.state != RUN_MISSING;
    fprintf(stderr, "%s; it is made again\n", err.text);
    return false;
}

static bool is_text(const cJSON *tree, const char *name, const char *text) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(tree, name);
    return cJSON_IsString(item) && strcmp(item->valuestring, text) == 0;
}

/* Does its run.json lead to what it was made from? Paths change with the folder that a program is
 * started in. */
static bool is_described(const char *folder, const run_request *request) {
    char path[RN_PATH_SIZE];
    cJSON *tree = NULL;
    rn_err ignored;
    rn_text_path(path, sizeof path, folder, "run.json");
    bool described =
        rn_json_load(&tree, path, &ignored) == RN_OK && is_text(tree, "data", request->data) &&
        is_text(tree, "images", request->images) && is_text(tree, "init", request->init);
    cJSON_Delete(tree);
    return described;
}

static rn_status plan_run(plan *p, const study *s, size_t row, int seed, rn_err *err) {
    run_request request;
    char key[RUN_KEY_SIZE], folder[RN_PATH_SIZE];
    make_request(&request, s, row, seed);
    run_folder(folder, s->options.out.value, run_key(key, &request));
    for (size_t i = 0; i < p->count; i++) /* two rows may be one way to train */
        if (strcmp(p->list[i].folder, folder) == 0) return RN_OK;
    bool there = !s->options.redo && is_there(folder);
    if (there && is_described(folder, &request)) return RN_OK;
    if (run_prepare(&request, folder, err) != RN_OK) return RN_ERROR;
    if (there) return RN_OK;
    p->list = rn_vec_reserve(p->list, p->count + 1, &p->capacity, sizeof *p->list);
    p->request = rn_vec_reserve(p->request, p->count + 1, &p->request_capacity, sizeof request);
    p->request[p->count] = request;
    job *j = &p->list[p->count++];
    memcpy(j->folder, folder, sizeof folder);
    snprintf(j->what, sizeof j->what, "%s, seed %d", s->outcome.row[row].label, seed);
    j->cost = cost_of(&s->row[row]);
    return RN_OK;
}

static rn_status plan_all(plan *p, const study *s, bool headline, rn_err *err) {
    int given = s->options.seeds;
    int all = given ? given : s->budget->seeds, most = given ? given : s->budget->headline_seeds;
    if (s->experiment->choose_first) most = all, all = 1;
    for (int seed = headline ? all : 0; seed < (headline ? most : all); seed++)
        for (size_t row = 0; row < s->outcome.num_rows; row++)
            if (is_wanted(s, row) && (!headline || s->row[row].headline) &&
                plan_run(p, s, row, seed, err) != RN_OK)
                return RN_ERROR;
    return RN_OK;
}

rn_status study_make(study *s, bool headline, rn_err *err) {
    plan p = {0};
    int jobs = s->options.jobs ? s->options.jobs : rn_parallel_threads();
    jobs_options options = {.flag = s->options.redo ? "--remake-run" : "--make-run",
                            .at_once = jobs,
                            .threads = s->options.threads,
                            .progress = run_progress,
                            .title = s->experiment->name,
                            .stream = stderr};
    rn_status status = plan_all(&p, s, headline, err);
    if (status == RN_OK) status = pretrained_make(s, p.request, p.count, err);
    if (status == RN_OK) status = jobs_run(p.list, p.count, &options, err);
    free(p.list);
    free(p.request);
    return status;
}

void study_read(study *s) {
    for (size_t i = 0; i < s->outcome.num_rows; i++) {
        row_outcome *row = &s->outcome.row[i];
        free(row->run);
        row->run = NULL, row->num_runs = 0;
        for (int seed = 0; seed < SEEDS_MOST; seed++) {
            run_request request;
            run_outcome found;
            rn_err broken;
            char key[RUN_KEY_SIZE], folder[RN_PATH_SIZE];
            make_request(&request, s, i, seed);
            run_folder(folder, s->options.out.value, run_key(key, &request));
            if (run_read(&found, folder, &broken) != RN_OK) /* a row that is not wanted now */
                fprintf(stderr, "%s; it is left out\n", broken.text);
            if (found.state == RUN_MISSING) continue;
            found.seed = seed;
            *outcome_add_run(row, seed) = found;
        }
    }
}

rn_status study_negatives(double *per_positive, const study *s, const row_outcome *row,
                          rn_err *err) {
    const study_row *r = &s->row[row - s->outcome.row];
    rn_dataset train = {0};
    rn_detector detector = {0};
    rn_status status = images_load(&train, r->data, s->options.images.value, IMAGES_TRAIN, err);
    if (status == RN_OK) status = rn_dataset_measure(&train, err);
    if (status == RN_OK)
        status = rn_detector_create(&detector, &r->config, train.category, train.num_classes, false,
                                    err);
    if (status == RN_OK) { /* alpha counts pairs of anchor and class, of which one is positive */
        double alpha = rn_train_alpha(&detector, &train), pairs = alpha / (1 - alpha);
        *per_positive = ((pairs + 1) / train.num_classes - 1);
    }
    rn_detector_free(&detector);
    rn_dataset_free(&train);
    return status;
}

void study_list(const study *s) {
    for (size_t i = 0; i < s->outcome.num_rows; i++) {
        const row_outcome *row = &s->outcome.row[i];
        size_t width = 28, length = strlen(row->label);
        printf("%s%s%*s %2zu done  %s\n", s->row[i].core ? "* " : "  ", row->label,
               (int)(length < width ? width - length : 0), "", row->num_runs, row->settings);
    }
    printf("* core: run under small budgets too\n");
}

void study_free(study *s) {
    outcome_free(&s->outcome);
    free(s->row);
}
