#include "common/experiment.h"
#include "common/figures.h"
#include "common/jobs.h"
#include "common/pretrained.h"
#include "common/study.h"
#include "common/verdicts.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- options --------------------------------------------------------------------------------- */

#define TEXT(field, option, value, standard, what)                                                 \
    {                                                                                              \
        .name = option, .kind = RN_OPTION_TEXT, .offset = offsetof(study_options, field),          \
        .choices = value, .initial = standard, .help = what, .group = "options"                    \
    }
#define INT(field, option, from, to, standard, what)                                               \
    {                                                                                              \
        .name = option, .kind = RN_OPTION_INT, .offset = offsetof(study_options, field),           \
        .low = from, .high = to, .initial = standard, .help = what, .group = "options"             \
    }
#define BOOL(field, option, what)                                                                  \
    {                                                                                              \
        .name = option, .kind = RN_OPTION_BOOL, .offset = offsetof(study_options, field),          \
        .initial = "off", .help = what, .group = "options"                                         \
    }
static const rn_option own_options[] = {
    {.name = "budget",
     .kind = RN_OPTION_CHOICE,
     .offset = offsetof(study_options, budget),
     .choices = budget_choices,
     .initial = "quick",
     .help = "what it may cost, as above",
     .group = "options"},
    TEXT(data, "data", "DATA", "scenes", "scenes, COCO file or folder, VOC folder, CSV file"),
    TEXT(images, "images", "DIR", "", "folder of the pictures, where the format does not say"),
    TEXT(preset, "preset", "NAME", "",
         "settings of every row; without it scenes, or small for other data"),
    TEXT(init, "init", "INIT", "pretrained",
         "first weights: pretrained (backbone, on crops of scenes), random, or a file"),
    TEXT(out, "out", "DIR", "out", "folder of runs and results, shared by all experiments"),
    TEXT(only, "only", "ROW", "", "rows to run: labels of --list, with * and ?, parted by |"),
    INT(seeds, "seeds", 0, 32, "0", "runs of every row; 0: as the budget has it"),
    INT(jobs, "jobs", 0, 256, "0", "runs at once; 0: one a core"),
    INT(threads, "threads", 1, 256, "1", "threads of a run; results do not depend on them"),
    BOOL(redo, "redo", "make runs again that are there"),
    BOOL(list, "list", "show the rows and what is there, run nothing"),
};

enum { OPTIONS_MOST = 32 };

/* The experiment's own options behind those of all; their values are kept in one block. */
typedef struct settings_block {
    rn_option row[OPTIONS_MOST];
    size_t count;
    char *values; /* study_options, then the experiment's struct */
    size_t size;
} settings_block;

static void append(settings_block *block, const rn_option *row, size_t count, size_t offset) {
    RN_CHECK(block->count + count <= OPTIONS_MOST, "%zu options", block->count + count);
    for (size_t i = 0; i < count; i++) {
        block->row[block->count] = row[i];
        block->row[block->count++].offset += offset;
    }
}

/* ---- results --------------------------------------------------------------------------------- */

static rn_status make_paths(char path[RN_PATH_SIZE], const study *s, const char *file,
                            const char *ending, rn_err *err) {
    char folder[RN_PATH_SIZE], name[256];
    rn_text_path(folder, sizeof folder, s->options.out.value, s->experiment->name);
    snprintf(name, sizeof name, "%s%s", file, ending);
    rn_text_path(path, RN_PATH_SIZE, folder, name);
    return rn_file_make_folder(folder, err);
}

rn_status study_figure(const study *s, const char *figure, const char *script, const rn_table *data,
                       const rn_figure_variable *variable, size_t num_variables, rn_err *err) {
    char stem[RN_PATH_SIZE];
    RN_CHECK(strcmp(figure, s->experiment->name) != 0, "%s.csv is the table's", figure);
    if (make_paths(stem, s, figure, "", err) != RN_OK) return RN_ERROR;
    rn_err drawing;
    if (rn_figure_save_both(stem, script, data, variable, num_variables, &drawing) != RN_OK)
        fprintf(stderr, "no figure: %s\n", drawing.text); /* the numbers are there all the same */
    return RN_OK;
}

rn_status study_table(const study *s, const char *file, const rn_table *table, rn_err *err) {
    static const struct {
        const char *ending;
        rn_table_format format;
    } formats[] = {{".txt", RN_TABLE_TEXT}, {".md", RN_TABLE_MARKDOWN}, {".csv", RN_TABLE_CSV}};
    for (size_t i = 0; i < RN_COUNT(formats); i++) {
        char path[RN_PATH_SIZE];
        if (make_paths(path, s, file, formats[i].ending, err) != RN_OK ||
            rn_table_save(table, path, formats[i].format, err) != RN_OK)
            return RN_ERROR;
    }
    printf("\n");
    rn_table_print(table, stdout, RN_TABLE_TEXT);
    return RN_OK;
}

static long first_divergence(const row_outcome *row) {
    for (size_t i = 0; i < row->num_runs; i++)
        if (row->run[i].state == RUN_DIVERGED) return row->run[i].diverged_at;
    return -1;
}

static void add_measured(rn_table *table, const row_outcome *row, bool paper) {
    static const metric shown[] = {METRIC_AP, METRIC_AP50, METRIC_AP75};
    size_t finished = row_finished(row), diverged = row_diverged(row);
    if (finished && finished == diverged) {
        rn_table_add_diverged(table, first_divergence(row));
        for (int i = 0; i < 3; i++) rn_table_add_missing(table);
    } else {
        rn_table_add_number(table, row_mean(row, shown[0], false));
        rn_table_add_number(table, row_spread(row, METRIC_AP));
        for (int i = 1; i < 3; i++) rn_table_add_number(table, row_mean(row, shown[i], false));
    }
    for (size_t i = 0; paper && i < RN_COUNT(shown); i++)
        rn_table_add_number(table, row->paper[shown[i]]);
}

/* Has the paper numbers for any row? */
static bool has_paper(const outcome *o) {
    for (size_t i = 0; i < o->num_rows; i++)
        if (!isnan(o->row[i].paper[METRIC_AP])) return true;
    return false;
}

/* Do our rows stand in the paper's order? */
static void print_rank_correlation(const study *s) {
    double *ours = rn_vec_zeros(s->outcome.num_rows, sizeof *ours);
    double *paper = rn_vec_zeros(s->outcome.num_rows, sizeof *paper);
    size_t n = 0;
    for (size_t i = 0; i < s->outcome.num_rows; i++) {
        const row_outcome *row = &s->outcome.row[i];
        if (isnan(row->paper[METRIC_AP]) || row_finished(row) == 0) continue;
        ours[n] = row_mean(row, METRIC_AP, false);
        paper[n++] = row->paper[METRIC_AP];
    }
    if (n > 2)
        printf("rank correlation with the paper's AP: %.2f (%zu rows)\n",
               rn_stats_rank_correlation(ours, paper, n), n);
    free(ours);
    free(paper);
}

static rn_status standard_table(const study *s, rn_err *err) {
    static const rn_column columns[] = {
        {"row", RN_COLUMN_TEXT, 0},          {"AP", RN_COLUMN_NUMBER, 1},
        {"sd", RN_COLUMN_NUMBER, 1},         {"AP50", RN_COLUMN_NUMBER, 1},
        {"AP75", RN_COLUMN_NUMBER, 1},       {"paper AP", RN_COLUMN_NUMBER, 1},
        {"paper AP50", RN_COLUMN_NUMBER, 1}, {"paper AP75", RN_COLUMN_NUMBER, 1},
        {"seeds", RN_COLUMN_NUMBER, 0},      {"diverged", RN_COLUMN_NUMBER, 0},
    };
    if (s->outcome.num_rows == 0) return RN_OK;
    bool paper = has_paper(&s->outcome);
    rn_column shown[RN_COUNT(columns)];
    size_t count = 0;
    for (size_t i = 0; i < RN_COUNT(columns); i++)
        if (paper || strncmp(columns[i].name, "paper", 5) != 0) shown[count++] = columns[i];
    rn_table table = rn_table_start(s->outcome.title, shown, count);
    for (size_t i = 0; i < s->outcome.num_rows; i++) {
        const row_outcome *row = &s->outcome.row[i];
        if (row_finished(row) == 0) continue; /* --list shows what is not there */
        rn_table_row(&table);
        rn_table_add_text(&table, row->label);
        add_measured(&table, row, paper);
        rn_table_add_number(&table, (double)row_finished(row));
        rn_table_add_number(&table, (double)row_diverged(row));
    }
    rn_status status = study_table(s, s->experiment->name, &table, err);
    if (table.num_rows == 0)
        printf("nothing is there: budget %s runs none of these rows (see --list, --only)\n",
               s->budget->name);
    rn_table_free(&table);
    print_rank_correlation(s);
    return status;
}

static bool is_older(const char *path, const char *other) {
    struct stat a, b;
    if (stat(path, &a) != 0 || stat(other, &b) != 0) return false;
    return a.st_mtim.tv_sec != b.st_mtim.tv_sec ? a.st_mtim.tv_sec < b.st_mtim.tv_sec
                                                : a.st_mtim.tv_nsec < b.st_mtim.tv_nsec;
}

/* Tables and figures that this time were not made, and would stand beside numbers that are none of
 * theirs: those with a CSV file, older than `first`, which was written first. */
static rn_status remove_stale(const study *s, const char *first, rn_err *err) {
    static const char *const endings[] = {".txt", ".md", ".svg", ".png", ".csv"};
    char folder[RN_PATH_SIZE], path[RN_PATH_SIZE];
    rn_text_path(folder, sizeof folder, s->options.out.value, s->experiment->name);
    DIR *dir = opendir(folder);
    if (!dir) return rn_fail(err, "%s: cannot be read: %s", folder, strerror(errno));
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (!rn_text_ends_with(entry->d_name, ".csv")) continue;
        for (size_t i = 0; i < RN_COUNT(endings); i++) {
            char name[300];
            snprintf(name, sizeof name, "%.*s%s", (int)strlen(entry->d_name) - 4, entry->d_name,
                     endings[i]);
            rn_text_path(path, sizeof path, folder, name);
            if (is_older(path, first)) unlink(path);
        }
    }
    closedir(dir);
    return RN_OK;
}

/* Numbers of other data or settings had better be in a folder of their own. */
static void warn_of_replaced(const study *s, const char *path) {
    outcome old;
    rn_err ignored;
    if (outcome_load(&old, path, &ignored) != RN_OK) return;
    if (strcmp(old.data, s->outcome.data) != 0 || !budget_same_runs(old.budget, s->outcome.budget))
        fprintf(stderr, "%s: replaces results of %s, budget %s (--out keeps them apart)\n", path,
                old.data, old.budget);
    outcome_free(&old);
}

static rn_status conclude(study *s, rn_err *err) {
    char path[RN_PATH_SIZE];
    double negatives;
    if (s->outcome.num_rows) {
        if (study_negatives(&negatives, s, &s->outcome.row[0], err) != RN_OK) return RN_ERROR;
        outcome_set_fact(&s->outcome, negatives, "negatives a positive");
    }
    if (standard_table(s, err) != RN_OK) return RN_ERROR;
    if (s->experiment->conclude && s->experiment->conclude(s, err) != RN_OK) return RN_ERROR;
    if (make_paths(path, s, s->experiment->name, ".txt", err) != RN_OK ||
        remove_stale(s, path, err) != RN_OK ||
        make_paths(path, s, s->experiment->name, ".json", err) != RN_OK)
        return RN_ERROR;
    warn_of_replaced(s, path);
    if (outcome_save(&s->outcome, path, err) != RN_OK) return RN_ERROR;
    if (s->experiment->claims)
        verdicts_print(s->experiment->claims, &s->outcome, s->options.out.value);
    return RN_OK;
}

/* ---- the program ----------------------------------------------------------------------------- */

static rn_status run_study(study *s, const cli *given, rn_err *err) {
    if (study_start(s, given, err) != RN_OK) return RN_ERROR;
    if (s->options.list) {
        study_read(s);
        study_list(s);
        return RN_OK;
    }
    cli_catch_interrupts();
    rn_status status = study_make(s, false, err);
    if (status != RN_OK) return status;
    study_read(s);
    if (s->experiment->mark_headline) {
        s->experiment->mark_headline(s);
        status = study_make(s, true, err);
        if (status != RN_OK) return status;
        study_read(s);
    }
    return conclude(s, err);
}

static bool is_for_parent(const char *flag) {
    return strcmp(flag, "--make-run") == 0 || strcmp(flag, "--remake-run") == 0 ||
           strcmp(flag, "--pretrain") == 0;
}

/* The process that another one has started for a single run. */
static int make_for_parent(char **argv) {
    rn_err err = {""};
    jobs_child(argv[4]);
    rn_parallel_set_threads(atoi(argv[3]));
    rn_status status = RN_OK;
    if (strcmp(argv[1], "--remake-run") == 0) status = run_forget(argv[2], &err);
    if (status == RN_OK)
        status = strcmp(argv[1], "--pretrain") == 0
                     ? pretrained_make_one(argv[2], &cli_interrupted, &err)
                     : run_make(argv[2], &cli_interrupted, &err);
    return cli_status(status, CLI_FAILED, &err);
}

static const char *describe(char *out, size_t size, const experiment *e) {
    size_t used = (size_t)snprintf(out, size, "%s\n%s\n\nbudgets:\n", e->title, e->about);
    char name[32];
    for (int i = 0; *rn_option_choice(name, sizeof name, budget_choices, i) != '?'; i++)
        if (used < size)
            used += (size_t)snprintf(out + used, size - used, "%s  %-10s%s", i ? "\n" : "", name,
                                     budget_at(i)->what);
    return out;
}

int experiment_main(int argc, char **argv, const experiment *e) {
    char usage[128], about[2048];
    settings_block block = {0};
    study s = {.experiment = e};
    rn_err err = {""};
    cli_wait_politely(argv);
    cli_set_program(e->name);
    if (argc == 5 && is_for_parent(argv[1])) return make_for_parent(argv);
    cli_stop_on_interrupts();
    if (rn_isa_check(&err) != RN_OK || rn_gemm_check(&err) != RN_OK ||
        rn_conv2d_check(&err) != RN_OK)
        return cli_fail(CLI_USAGE, "%s", err.text);
    snprintf(usage, sizeof usage, "%s [options]", e->name);
    append(&block, own_options, RN_COUNT(own_options), 0);
    append(&block, e->own.row, e->own.count, sizeof s.options);
    block.values = rn_vec_zeros(1, sizeof s.options + e->settings_size);
    cli c = {.usage = usage,
             .about = describe(about, sizeof about, e),
             .own = {block.row, block.count},
             .settings = block.values,
             .config = rn_config_options(),
             .note =
                 "Any of these changes all rows that do not set it themselves. The defaults below\n"
                 "are the paper's; the preset, scenes or small, replaces many of them."};
    int code = cli_parse(&c, argc, argv);
    if (code == CLI_GO_ON) {
        memcpy(&s.options, block.values, sizeof s.options);
        if (e->settings_size)
            memcpy(e->settings, block.values + sizeof s.options, e->settings_size);
        rn_status status = run_study(&s, &c, &err);
        code = cli_status(status, s.code, &err);
    }
    study_free(&s);
    free(block.values);
    return cli_finish(code);
}
