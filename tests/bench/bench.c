/* bench: how fast this library is here: times, rates, memory; a side of a race with PyTorch. */
#include "bench/alone.h"
#include "bench/busy.h"
#include "bench/fed.h"
#include "bench/ladder.h"
#include "bench/layers.h"
#include "bench/peak.h"
#include "bench/report.h"
#include "bench/serve.h"
#include "common/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct bench_args {
    rn_option_text tasks, layers, json, plot, coco, pictures, alone, from;
    rn_list threads;
    int rounds, steps;
    bool quick, serve, ladder;
} bench_args;

#define FIELD(member) offsetof(bench_args, member)
#define TEXT(member, word)                                                                         \
    .kind = RN_OPTION_TEXT, .offset = FIELD(member), .choices = (word), .initial = ""
static const rn_option own_options[] = {
    {.group = "options",
     .name = "tasks",
     .kind = RN_OPTION_TEXT,
     .offset = FIELD(tasks),
     .choices = "NAME,...",
     .initial = "all",
     .help = "what to measure: all, none, or some of r50-detect, r50-train, tiny-detect, "
             "tiny-train, focal, cocoeval, memory, fed; r101-train only by its name"},
    {.group = "options",
     .name = "threads",
     .kind = RN_OPTION_LIST,
     .offset = FIELD(threads),
     .low = 1,
     .high = 1024,
     .initial = "",
     .help = "numbers of threads; empty: 1 and all cores"},
    {.group = "options",
     .name = "rounds",
     .kind = RN_OPTION_INT,
     .offset = FIELD(rounds),
     .low = 1,
     .high = 1000,
     .initial = "5",
     .help = "measurements of each; medians are reported"},
    {.group = "options",
     .name = "quick",
     .kind = RN_OPTION_BOOL,
     .offset = FIELD(quick),
     .initial = "off",
     .help = "two rounds, and less of what takes long"},
    {.group = "options",
     .name = "layers",
     TEXT(layers, "MODEL"),
     .help = "the convolutions of r50 (608x800, batch 1) or tiny (256x256, batch 4) one by one"},
    {.group = "options",
     .name = "ladder",
     .kind = RN_OPTION_BOOL,
     .offset = FIELD(ladder),
     .initial = "off",
     .help = "only one convolution, from seven loops to Winograd, step by step"},
    {.group = "options",
     .name = "coco",
     TEXT(coco, "FOLDER"),
     .help = "with truth.json and results.json, for cocoeval; none: left out"},
    {.group = "options",
     .name = "pictures",
     TEXT(pictures, "DATA"),
     .help = "a data set of JPEGs to feed r50 with; none: only tiny on `scenes`"},
    {.group = "output", .name = "json", TEXT(json, "FILE"), .help = "write all numbers here"},
    {.group = "output",
     .name = "plot",
     TEXT(plot, "FILE.png"),
     .help = "draw effective GFLOP/s here, and FILE.csv beside it"},
    {.group = "output",
     .name = "from",
     TEXT(from, "FILE"),
     .help = "measure nothing: print and draw what --json wrote"},
    {.group = "for other programs",
     .name = "serve",
     .kind = RN_OPTION_BOOL,
     .offset = FIELD(serve),
     .initial = "off",
     .help = "answer requests on standard input (tests/bench/serve.h)"},
    {.group = "for other programs",
     .name = "alone",
     TEXT(alone, "TASK"),
     .help = "run one task three times in this process, print its peak memory"},
    {.group = "for other programs",
     .name = "steps",
     .kind = RN_OPTION_INT,
     .offset = FIELD(steps),
     .low = 0,
     .high = 100000,
     .initial = "0",
     .help = "only so many training steps of tiny, fed by the loader"},
};

/* ---- measuring ------------------------------------------------------------------------------- */

typedef struct bench {
    const bench_args *args;
    int threads[RN_LIST_MOST], num_threads, rounds;
    rn_progress progress;
    double done; /* seconds' worth of work, as the table of tasks has them */
    cJSON *results;
} bench;

/* Is the word one of the comma-separated ones? */
static bool wanted(const bench *b, const char *name, bool on_request) {
    const char *list = b->args->tasks.value;
    size_t length = strlen(name);
    if (strcmp(list, "all") == 0) return !on_request;
    for (const char *at = list; (at = strstr(at, name)) != NULL; at += length)
        if ((at == list || at[-1] == ',') && (at[length] == ',' || !at[length])) return true;
    return false;
}

static void advance(bench *b, double seconds) {
    b->done += seconds;
    rn_progress_update(&b->progress, (long)(100 * b->done), NULL);
}

static cJSON *add_item(bench *b, const char *list) {
    cJSON *array = cJSON_GetObjectItemCaseSensitive(b->results, list), *item = cJSON_CreateObject();
    if (!array) array = cJSON_AddArrayToObject(b->results, list);
    cJSON_AddItemToArray(array, item);
    return item;
}

static void measure_peak(bench *b) {
    for (int i = 0; i < b->num_threads; i++) {
        cJSON *item = add_item(b, "peak");
        cJSON_AddNumberToObject(item, "threads", b->threads[i]);
        cJSON_AddNumberToObject(item, "flops", peak_measure(b->threads[i], .2));
    }
}

static double least(const double *value, int n) {
    double best = INFINITY;
    for (int i = 0; i < n; i++) best = fmin(best, value[i]);
    return best;
}

static void add_row(bench *b, const work_task *task, int threads, const double *seconds, int rounds,
                    double flops, const work_times *last) {
    cJSON *row = add_item(b, "rows");
    cJSON_AddStringToObject(row, "task", task->name);
    cJSON_AddStringToObject(row, "what", task->what);
    cJSON_AddNumberToObject(row, "threads", threads);
    cJSON_AddNumberToObject(row, "seconds", rn_stats_median(seconds, (size_t)rounds));
    cJSON_AddNumberToObject(row, "best", least(seconds, rounds));
    cJSON_AddNumberToObject(row, "flops", flops);
    if (last) cJSON_AddItemToObject(row, "stages", serve_stages(last));
}

/* The stages' medians over the rounds. */
static work_times middle(const work_times *run, int rounds) {
    work_times result = run[0];
    double *value = rn_vec_zeros((size_t)rounds, sizeof *value);
    for (int s = 0; s < result.stages; s++) {
        for (int r = 0; r < rounds; r++) value[r] = run[r].part[s];
        result.part[s] = rn_stats_median(value, (size_t)rounds);
    }
    free(value);
    return result;
}

static rn_status measure_task(bench *b, const work_task *task, rn_err *err) {
    work w;
    int counts = task->one_thread ? 1 : b->num_threads, rounds = b->rounds;
    if (work_open(&w, task, err) != RN_OK) return RN_ERROR;
    work_times *run = rn_vec_zeros((size_t)counts * (size_t)rounds, sizeof *run);
    double *seconds = rn_vec_zeros((size_t)rounds, sizeof *seconds);
    for (int r = -1; r < rounds; r++) /* the first is not counted */
        for (int i = 0; i < counts; i++) {
            work_times times = work_run(&w, task->one_thread ? 1 : b->threads[i]);
            if (r >= 0) run[i * rounds + r] = times;
            advance(b, task->weight);
        }
    for (int i = 0; i < counts; i++) {
        work_times stages = middle(run + i * rounds, rounds);
        for (int r = 0; r < rounds; r++) seconds[r] = run[i * rounds + r].seconds;
        add_row(b, task, task->one_thread ? 1 : b->threads[i], seconds, rounds, w.flops, &stages);
    }
    free(run);
    free(seconds);
    work_close(&w);
    return RN_OK;
}

static void add_memory(bench *b, const work_task *task, const alone *result) {
    cJSON *item = add_item(b, "memory");
    cJSON_AddStringToObject(item, "task", task->name);
    cJSON_AddNumberToObject(item, "peak_bytes", (double)result->peak_bytes);
    cJSON_AddNumberToObject(item, "planned_bytes", (double)result->planned_bytes);
}

static rn_status measure_cocoeval(bench *b, const work_task *task, rn_err *err) {
    alone result;
    double seconds[1000];
    for (int r = 0; r < b->rounds; r++) {
        if (alone_in_child(&result, task, b->args->coco.value, 1, err) != RN_OK) return RN_ERROR;
        seconds[r] = result.seconds;
        advance(b, task->weight);
    }
    add_row(b, task, 1, seconds, b->rounds, 0, NULL);
    add_memory(b, task, &result);
    return RN_OK;
}

static rn_status measure_memory(bench *b, rn_err *err) {
    static const char *const tasks[] = {"r50-detect", "r50-train", "r101-train"};
    for (size_t i = 0; i < RN_COUNT(tasks); i++) {
        const work_task *task = work_find(tasks[i]);
        alone result = {0};
        work w;
        bool run = !task->on_request || wanted(b, task->name, true);
        rn_status status = RN_OK;
        if (run) {
            status = alone_in_child(&result, task, "", b->threads[b->num_threads - 1], err);
        } else {
            result.peak_bytes = 0; /* planned only */
            if ((status = work_plan(&w, task, err)) == RN_OK)
                result.planned_bytes = w.planned_bytes;
        }
        if (status != RN_OK) return status;
        add_memory(b, task, &result);
        if (run) advance(b, 3 * task->weight);
    }
    return RN_OK;
}

static rn_status measure_fed(bench *b, const char *model, const char *data, int steps,
                             rn_err *err) {
    int threads = b->threads[b->num_threads - 1];
    fed result;
    if (fed_train(&result, model, data, "train", steps, threads, err) != RN_OK) return RN_ERROR;
    cJSON *item = add_item(b, "fed");
    cJSON_AddStringToObject(item, "model", model);
    cJSON_AddStringToObject(item, "data", data);
    cJSON_AddNumberToObject(item, "threads", threads);
    cJSON_AddNumberToObject(item, "step", result.step);
    cJSON_AddNumberToObject(item, "idle", result.idle);
    return RN_OK;
}

static void measure_layer(bench *b, const char *model, const layers_row *row) {
    char shape[96];
    layers_buffers buffers;
    layers_make(&buffers, row);
    for (int i = 0; i < b->num_threads; i++)
        for (int p = 0; p < LAYERS_PHASES; p++) {
            double best = INFINITY;
            if (p == RN_CONV_BACKWARD_DATA && row->dims->c == 3) continue; /* the picture's */
            rn_parallel_set_threads(b->threads[i]);
            for (int r = -1; r < b->rounds; r++) {
                double seconds = layers_run(&buffers, (rn_conv_phase)p);
                if (r >= 0) best = fmin(best, seconds);
            }
            cJSON *item = add_item(b, "layers");
            cJSON_AddStringToObject(item, "model", model);
            cJSON_AddStringToObject(item, "shape", layers_shape(shape, row));
            cJSON_AddNumberToObject(item, "times", row->times);
            cJSON_AddStringToObject(item, "phase", layers_phase_names[p]);
            cJSON_AddNumberToObject(item, "threads", b->threads[i]);
            cJSON_AddStringToObject(item, "algorithm",
                                    layers_algorithm(&buffers, (rn_conv_phase)p));
            cJSON_AddNumberToObject(item, "seconds", best);
            cJSON_AddNumberToObject(item, "flops", row->flops);
            advance(b, row->flops / 1e11 * (b->rounds + 1));
        }
    layers_free(&buffers);
}

static rn_status measure_layers(bench *b, const char *model, rn_err *err) {
    layers_list list;
    if (layers_of(&list, model, err) != RN_OK) return RN_ERROR;
    for (size_t i = 0; i < list.count; i++) measure_layer(b, model, &list.row[i]);
    return RN_OK;
}

/* ---- a whole run ----------------------------------------------------------------------------- */

static rn_status measure_tasks(bench *b, rn_err *err) {
    size_t count;
    const work_task *table = work_tasks(&count);
    for (size_t i = 0; i < count; i++) {
        const work_task *task = &table[i];
        rn_status status = RN_OK;
        if (!wanted(b, task->name, task->on_request)) continue;
        if (task->kind != WORK_COCOEVAL)
            status = measure_task(b, task, err);
        else if (*b->args->coco.value)
            status = measure_cocoeval(b, task, err);
        if (status != RN_OK) return status;
    }
    return RN_OK;
}

static rn_status measure(bench *b, rn_err *err) {
    const bench_args *args = b->args;
    measure_peak(b);
    rn_status status = measure_tasks(b, err);
    if (status == RN_OK && wanted(b, "memory", false)) status = measure_memory(b, err);
    if (status == RN_OK && wanted(b, "fed", false)) {
        status = measure_fed(b, "tiny", "scenes", args->quick ? 20 : 60, err);
        if (status == RN_OK && *args->pictures.value)
            status = measure_fed(b, "r50", args->pictures.value, args->quick ? 2 : 5, err);
    }
    if (status == RN_OK && *args->layers.value) status = measure_layers(b, args->layers.value, err);
    return status;
}

/* Seconds that all of it takes, roughly. */
static double expected_seconds(const bench *b) {
    size_t count;
    double sum = 0;
    layers_list list;
    rn_err err;
    const work_task *table = work_tasks(&count);
    for (size_t i = 0; i < count; i++)
        if (wanted(b, table[i].name, table[i].on_request))
            sum += table[i].weight * (b->rounds + 1) * (table[i].one_thread ? 1 : b->num_threads);
    if (wanted(b, "memory", false))
        sum += 3 * (work_find("r50-detect")->weight + work_find("r50-train")->weight);
    if (*b->args->layers.value && layers_of(&list, b->args->layers.value, &err) == RN_OK)
        for (size_t i = 0; i < list.count; i++)
            sum += list.row[i].flops / 1e11 * (b->rounds + 1) * LAYERS_PHASES * b->num_threads;
    return sum;
}

static rn_status finish(const bench_args *args, const cJSON *results, rn_err *err) {
    report_print(results, stdout);
    rn_status status = RN_OK;
    if (*args->json.value) status = rn_json_save(results, args->json.value, true, err);
    if (status == RN_OK && *args->plot.value)
        status = report_figure(results, args->plot.value, err);
    return status;
}

static void choose_threads(bench *b) {
    const rn_list *list = &b->args->threads;
    rn_parallel_set_threads(0);
    int cores = rn_parallel_threads();
    for (int i = 0; i < list->count; i++) b->threads[b->num_threads++] = (int)list->value[i];
    if (list->count) return;
    b->threads[b->num_threads++] = 1;
    if (cores > 1) b->threads[b->num_threads++] = cores;
}

static rn_status run(const bench_args *args, rn_err *err) {
    bench b = {.args = args, .rounds = args->quick ? 2 : args->rounds, .results = serve_info()};
    choose_threads(&b);
    b.progress = rn_progress_start(stderr, "measuring", 0, (long)(100 * expected_seconds(&b)) + 1);
    busy before = busy_now();
    rn_status status = measure(&b, err);
    rn_progress_end(&b.progress);
    cJSON_AddNumberToObject(b.results, "others", busy_others_since(before));
    if (status == RN_OK) status = finish(args, b.results, err);
    cJSON_Delete(b.results);
    return status;
}

static rn_status run_again(const bench_args *args, rn_err *err) {
    cJSON *results;
    if (rn_json_load(&results, args->from.value, err) != RN_OK) return RN_ERROR;
    rn_status status = finish(args, results, err);
    cJSON_Delete(results);
    return status;
}

static rn_status run_alone(const bench_args *args, const work_task *task, rn_err *err) {
    alone result;
    int threads = args->threads.count ? (int)args->threads.value[0] : rn_parallel_threads();
    if (alone_run(&result, task, args->coco.value, threads, err) != RN_OK) return RN_ERROR;
    cJSON *json = alone_to_json(&result);
    char *text = cJSON_PrintUnformatted(json);
    printf("%s\n", text);
    cJSON_free(text);
    cJSON_Delete(json);
    return RN_OK;
}

static rn_status run_steps(const bench_args *args, rn_err *err) {
    fed result;
    int threads = args->threads.count ? (int)args->threads.value[0] : rn_parallel_threads();
    if (fed_train(&result, "tiny", "scenes", "val", args->steps, threads, err) != RN_OK)
        return RN_ERROR;
    printf("%.1f ms a step, %.1f of it waiting\n", 1e3 * result.step, 1e3 * result.idle);
    return RN_OK;
}

/* Names that are none end the program before it measures for minutes. */
static int check_args(const bench_args *args) {
    static const char *const others[] = {"all", "none", "memory", "fed"};
    const char *list = args->tasks.value;
    for (size_t length; *list; list += length + (list[length] == ',')) {
        char name[64];
        bool known = false;
        length = strcspn(list, ",");
        snprintf(name, sizeof name, "%.*s", (int)(length < 63 ? length : 63), list);
        for (size_t i = 0; i < RN_COUNT(others); i++) known |= strcmp(name, others[i]) == 0;
        if (!known && !work_find(name))
            return cli_fail(CLI_USAGE, "--tasks: expected names as --help lists them, got \"%s\"",
                            name);
    }
    for (int i = 0; i < args->threads.count; i++)
        if (args->threads.value[i] != floor(args->threads.value[i]))
            return cli_fail(CLI_USAGE, "--threads: expected whole numbers, got %g",
                            args->threads.value[i]);
    if (*args->plot.value && !rn_text_ends_with(args->plot.value, ".png"))
        return cli_fail(CLI_USAGE, "--plot: expected a name that ends in .png, got \"%s\"",
                        args->plot.value);
    if (*args->alone.value && !work_find(args->alone.value))
        return cli_fail(CLI_USAGE, "--alone: no task \"%s\"", args->alone.value);
    if (*args->layers.value && strcmp(args->layers.value, "r50") != 0 &&
        strcmp(args->layers.value, "tiny") != 0)
        return cli_fail(CLI_USAGE, "--layers: expected r50 or tiny, got \"%s\"",
                        args->layers.value);
    return CLI_GO_ON;
}

static rn_status dispatch(const bench_args *args, rn_err *err) {
    const char *const outputs[] = {args->json.value, args->plot.value};
    if (rn_isa_check(err) != RN_OK || rn_gemm_check(err) != RN_OK || rn_conv2d_check(err) != RN_OK)
        return RN_ERROR;
    if (cli_check_outputs(outputs, RN_COUNT(outputs), err) != RN_OK) return RN_ERROR;
    if (*args->from.value) return run_again(args, err);
    if (*args->alone.value) return run_alone(args, work_find(args->alone.value), err);
    if (args->steps) return run_steps(args, err);
    if (args->ladder) {
        ladder_print(stdout);
        return RN_OK;
    }
    if (args->serve) serve(stdin, stdout);
    return args->serve ? RN_OK : run(args, err);
}

int main(int argc, char **argv) {
    static bench_args args;
    rn_err err = {""};
    cli c = {.usage = "bench [options]",
             .about = "Measures this library on this machine. tests/bench/bench_torch.py races it "
                      "with PyTorch.",
             .own = {own_options, RN_COUNT(own_options)},
             .settings = &args};
    cli_wait_politely(argv);
    cli_stop_on_interrupts();
    int code = cli_parse(&c, argc, argv);
    if (code == CLI_GO_ON) code = check_args(&args);
    if (code != CLI_GO_ON) return cli_finish(code);
    return cli_finish(cli_status(dispatch(&args, &err), CLI_FAILED, &err));
}
