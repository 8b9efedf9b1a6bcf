#include "bench/serve.h"
#include "bench/alone.h"
#include "bench/fed.h"
#include "bench/layers.h"
#include "bench/peak.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct server {
    work work;
    layers_list layers;
    layers_buffers buffers;
    const layers_row *row;
} server;

/* The words of a line; the last one may hold spaces (a path). */
enum { WORDS = 5, WORD_SIZE = RN_PATH_SIZE };
typedef struct request {
    char word[WORDS][WORD_SIZE];
} request;

static int threads_of(const char *word) {
    int64_t threads;
    return rn_text_to_int(&threads, word, 1, 1024) ? (int)threads : rn_parallel_threads();
}

static void add_cpu_name(cJSON *json) {
    char line[256];
    FILE *file = fopen("/proc/cpuinfo", "r");
    const char *name = "unknown";
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, "model name", 10) == 0 && strchr(line, ':')) {
            name = rn_text_trim(strchr(line, ':') + 1);
            break;
        }
    cJSON_AddStringToObject(json, "cpu", name);
    if (file) fclose(file);
}

cJSON *serve_info(void) {
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "version", RN_VERSION);
    add_cpu_name(json);
    rn_parallel_set_threads(0);
    cJSON_AddNumberToObject(json, "cores", rn_parallel_threads());
    cJSON_AddStringToObject(json, "isa", rn_isa_name(rn_isa_in_force()));
    return json;
}

cJSON *serve_stages(const work_times *times) {
    cJSON *json = cJSON_CreateObject();
    for (int i = 0; i < times->stages; i++)
        cJSON_AddNumberToObject(json, times->stage[i], times->part[i]);
    return json;
}

/* ---- the answers ----------------------------------------------------------------------------- */

static rn_status answer_info(cJSON **out, server *s, const request *r, rn_err *err) {
    (void)s, (void)r, (void)err;
    cJSON_Delete(*out);
    *out = serve_info();
    return RN_OK;
}

static rn_status answer_tasks(cJSON **out, server *s, const request *r, rn_err *err) {
    (void)s, (void)r, (void)err;
    size_t count;
    const work_task *table = work_tasks(&count);
    cJSON *list = cJSON_AddArrayToObject(*out, "tasks");
    for (size_t i = 0; i < count; i++) {
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "name", table[i].name);
        cJSON_AddStringToObject(item, "what", table[i].what);
        cJSON_AddNumberToObject(item, "seconds", table[i].weight);
        cJSON_AddBoolToObject(item, "one_thread", table[i].one_thread);
        cJSON_AddBoolToObject(item, "on_request", table[i].on_request);
        cJSON_AddItemToArray(list, item);
    }
    return RN_OK;
}

static rn_status answer_peak(cJSON **out, server *s, const request *r, rn_err *err) {
    (void)s, (void)err;
    cJSON_AddNumberToObject(*out, "flops", peak_measure(threads_of(r->word[1]), .1));
    return RN_OK;
}

static const work_task *task_of(const char *name, rn_err *err) {
    const work_task *task = work_find(name);
    if (!task) rn_fail(err, "no task \"%s\"", name);
    return task;
}

static rn_status answer_open(cJSON **out, server *s, const request *r, rn_err *err) {
    const work_task *task = task_of(r->word[1], err);
    work_close(&s->work);
    if (!task || work_open(&s->work, task, err) != RN_OK) return RN_ERROR;
    cJSON_AddNumberToObject(*out, "flops", s->work.flops);
    cJSON_AddNumberToObject(*out, "planned_bytes", (double)s->work.planned_bytes);
    return RN_OK;
}

static rn_status answer_dump(cJSON **out, server *s, const request *r, rn_err *err) {
    (void)out;
    if (!s->work.task) return rn_fail(err, "dump: no task is open");
    return work_dump(&s->work, r->word[1], err);
}

static rn_status answer_run(cJSON **out, server *s, const request *r, rn_err *err) {
    if (!s->work.task) return rn_fail(err, "run: no task is open");
    work_times times = work_run(&s->work, threads_of(r->word[1]));
    cJSON_AddNumberToObject(*out, "seconds", times.seconds);
    cJSON_AddItemToObject(*out, "stages", serve_stages(&times));
    return RN_OK;
}

static rn_status answer_alone(cJSON **out, server *s, const request *r, rn_err *err) {
    (void)s;
    alone result;
    const work_task *task = task_of(r->word[1], err);
    if (!task || alone_in_child(&result, task, r->word[3], threads_of(r->word[2]), err) != RN_OK)
        return RN_ERROR;
    cJSON_Delete(*out);
    *out = alone_to_json(&result);
    return RN_OK;
}

static cJSON *layer_to_json(const layers_row *row) {
    char shape[96];
    const rn_conv_dims *d = row->dims;
    const struct {
        const char *name;
        int value;
    } members[] = {{"n", d->n}, {"c", d->c},           {"k", d->k},     {"r", d->r},
                   {"s", d->s}, {"stride", d->stride}, {"pad", d->pad}, {"times", row->times}};
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "shape", layers_shape(shape, row));
    cJSON_AddStringToObject(json, "weight", row->weight);
    for (size_t i = 0; i < RN_COUNT(members); i++)
        cJSON_AddNumberToObject(json, members[i].name, members[i].value);
    cJSON *maps = cJSON_AddArrayToObject(json, "maps");
    for (size_t i = 0; i < row->maps; i++)
        cJSON_AddItemToArray(maps, cJSON_CreateIntArray((int[]){d[i].h, d[i].w}, 2));
    cJSON_AddNumberToObject(json, "flops", row->flops);
    return json;
}

static rn_status answer_layers(cJSON **out, server *s, const request *r, rn_err *err) {
    if (layers_of(&s->layers, r->word[1], err) != RN_OK) return RN_ERROR;
    cJSON *list = cJSON_AddArrayToObject(*out, "layers");
    for (size_t i = 0; i < s->layers.count; i++)
        cJSON_AddItemToArray(list, layer_to_json(&s->layers.row[i]));
    return RN_OK;
}

static rn_status answer_layer(cJSON **out, server *s, const request *r, rn_err *err) {
    int64_t index;
    if (!rn_text_to_int(&index, r->word[1], 0, (int64_t)s->layers.count - 1))
        return rn_fail(err, "layer: expected a number below %zu, got \"%s\"", s->layers.count,
                       r->word[1]);
    s->row = &s->layers.row[index];
    layers_free(&s->buffers);
    layers_make(&s->buffers, s->row);
    cJSON *list = cJSON_AddArrayToObject(*out, "algorithms");
    for (int p = 0; p < LAYERS_PHASES; p++)
        cJSON_AddItemToArray(list,
                             cJSON_CreateString(layers_algorithm(&s->buffers, (rn_conv_phase)p)));
    return RN_OK;
}

static rn_status answer_pass(cJSON **out, server *s, const request *r, rn_err *err) {
    int64_t phase;
    if (!s->row || !rn_text_to_int(&phase, r->word[1], 0, LAYERS_PHASES - 1))
        return rn_fail(err, "pass: expected a layer and a phase, got \"%s\"", r->word[1]);
    rn_parallel_set_threads(threads_of(r->word[2]));
    cJSON_AddNumberToObject(*out, "seconds", layers_run(&s->buffers, (rn_conv_phase)phase));
    return RN_OK;
}

static rn_status answer_fed(cJSON **out, server *s, const request *r, rn_err *err) {
    (void)s;
    fed result;
    int64_t steps;
    if (!rn_text_to_int(&steps, r->word[3], 1, 100000))
        return rn_fail(err, "fed: expected a number of steps, got \"%s\"", r->word[3]);
    if (fed_train(&result, r->word[1], r->word[4], "train", (int)steps, threads_of(r->word[2]),
                  err) != RN_OK)
        return RN_ERROR;
    cJSON_AddNumberToObject(*out, "step", result.step);
    cJSON_AddNumberToObject(*out, "idle", result.idle);
    return RN_OK;
}

/* ---- questions and answers ------------------------------------------------------------------- */

static const struct {
    const char *name;
    rn_status (*answer)(cJSON **out, server *s, const request *r, rn_err *err);
    int words; /* the last one of them is the rest of the line */
} commands[] = {
    {"info", answer_info, 1},   {"tasks", answer_tasks, 1},   {"peak", answer_peak, 2},
    {"open", answer_open, 2},   {"dump", answer_dump, 2},     {"run", answer_run, 2},
    {"alone", answer_alone, 4}, {"layers", answer_layers, 2}, {"layer", answer_layer, 2},
    {"pass", answer_pass, 3},   {"fed", answer_fed, 5}};

static rn_status split(request *r, const char *line, int words, rn_err *err) {
    for (int i = 0; i < words; i++) {
        line += strspn(line, " ");
        size_t length = i + 1 < words ? strcspn(line, " ") : strlen(line);
        if (length >= WORD_SIZE) return rn_fail(err, "a word of %zu characters", length);
        memcpy(r->word[i], line, length);
        r->word[i][length] = '\0';
        line += length;
    }
    return RN_OK;
}

static rn_status answer(cJSON **out, server *s, const char *line, rn_err *err) {
    request r = {{{0}}};
    size_t length = strcspn(line, " ");
    for (size_t i = 0; i < RN_COUNT(commands); i++) {
        if (strlen(commands[i].name) != length || strncmp(commands[i].name, line, length) != 0)
            continue;
        if (split(&r, line, commands[i].words, err) != RN_OK) return RN_ERROR;
        return commands[i].answer(out, s, &r, err);
    }
    return rn_fail(err, "expected one of the requests in serve.h, got \"%.40s\"", line);
}

void serve(FILE *in, FILE *out) {
    static const size_t LINE = (size_t)WORDS * WORD_SIZE;
    server s = {.row = NULL};
    char *line = rn_vec_zeros(LINE, 1);
    while (fgets(line, (int)LINE, in)) {
        rn_err err;
        cJSON *json = cJSON_CreateObject();
        line[strcspn(line, "\n")] = '\0';
        if (answer(&json, &s, line, &err) != RN_OK) {
            cJSON_Delete(json);
            json = cJSON_CreateObject();
            cJSON_AddStringToObject(json, "error", err.text);
        }
        char *text = cJSON_PrintUnformatted(json);
        fprintf(out, "%s\n", text);
        fflush(out);
        cJSON_free(text);
        cJSON_Delete(json);
    }
    free(line);
    layers_free(&s.buffers);
    work_close(&s.work);
}
