#include "bench/report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading results ------------------------------------------------------------------------- */

static double number(const cJSON *object, const char *key) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsNumber(item) ? item->valuedouble : NAN;
}

static const char *text(const cJSON *object, const char *key) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsString(item) ? item->valuestring : "";
}

static const cJSON *member(const cJSON *object, const char *key) {
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

static bool same(const cJSON *a, const cJSON *b, const char *key) {
    return strcmp(text(a, key), text(b, key)) == 0;
}

static double peak_of(const cJSON *results, double threads) {
    const cJSON *item;
    cJSON_ArrayForEach(item, member(results, "peak")) if (number(item, "threads") ==
                                                          threads) return number(item, "flops");
    return NAN;
}

/* The row of the same task on one thread, or NULL. */
static const cJSON *on_one_thread(const cJSON *results, const cJSON *row) {
    const cJSON *item;
    cJSON_ArrayForEach(item, member(results, "rows")) if (same(item, row, "task") &&
                                                          number(item, "threads") == 1) return item;
    return NULL;
}

/* ---- tables ---------------------------------------------------------------------------------- */

static void print(rn_table *table, FILE *stream) {
    if (table->num_rows > 0) rn_table_print(table, stream, RN_TABLE_TEXT);
    if (table->num_rows > 0) fputc('\n', stream);
    rn_table_free(table);
}

static void print_head(const cJSON *results, FILE *stream) {
    const cJSON *item;
    fprintf(stream, "retinanet.c %s (%s)", text(results, "version"), text(results, "isa"));
    if (*text(results, "peer")) fprintf(stream, " and %s", text(results, "peer"));
    fprintf(stream, "\n%s, %.0f cores; fused multiply-adds:", text(results, "cpu"),
            number(results, "cores"));
    cJSON_ArrayForEach(item, member(results, "peak"))
        fprintf(stream, "%s %.0f GFLOP/s on %.0f", item->prev && item->prev->next ? "," : "",
                number(item, "flops") / 1e9, number(item, "threads"));
    fputc('\n', stream);
    if (number(results, "others") > .05)
        fprintf(stream, "other processes kept %.2f cores busy meanwhile: not to be relied on\n",
                number(results, "others"));
    fputc('\n', stream);
}

static void print_times(const cJSON *results, FILE *stream) {
    enum { OURS = 7, ALL = 12 };
    const rn_column columns[ALL] = {{"task", RN_COLUMN_TEXT, 0},
                                    {"threads", RN_COLUMN_NUMBER, 0},
                                    {"ms", RN_COLUMN_NUMBER, 2},
                                    {"best", RN_COLUMN_NUMBER, 2},
                                    {"speed-up", RN_COLUMN_NUMBER, 2},
                                    {"GFLOP/s", RN_COLUMN_NUMBER, 0},
                                    {"% of peak", RN_COLUMN_NUMBER, 0},
                                    {"PyTorch ms", RN_COLUMN_NUMBER, 2},
                                    {"best", RN_COLUMN_NUMBER, 2},
                                    {"speed-up", RN_COLUMN_NUMBER, 2},
                                    {"its fastest way", RN_COLUMN_TEXT, 0},
                                    {"times faster", RN_COLUMN_NUMBER, 2}};
    const cJSON *row;
    bool race = *text(results, "peer");
    rn_table table = rn_table_start("Medians of the rounds", columns, race ? ALL : OURS);
    cJSON_ArrayForEach(row, member(results, "rows")) {
        const cJSON *one = on_one_thread(results, row), *peer = member(row, "peer");
        double rate = number(row, "flops") / number(row, "seconds");
        rn_table_row(&table);
        rn_table_add_text(&table, text(row, "task"));
        rn_table_add_number(&table, number(row, "threads"));
        rn_table_add_number(&table, 1e3 * number(row, "seconds"));
        rn_table_add_number(&table, 1e3 * number(row, "best"));
        rn_table_add_number(&table, number(one, "seconds") / number(row, "seconds"));
        rn_table_add_number(&table, rate > 0 ? rate / 1e9 : NAN);
        rn_table_add_number(&table,
                            rate > 0 ? 100 * rate / peak_of(results, number(row, "threads")) : NAN);
        if (!race) continue;
        rn_table_add_number(&table, 1e3 * number(peer, "seconds"));
        rn_table_add_number(&table, 1e3 * number(peer, "best"));
        rn_table_add_number(&table,
                            number(member(one, "peer"), "seconds") / number(peer, "seconds"));
        rn_table_add_text(&table, text(peer, "variant"));
        rn_table_add_number(&table, number(row, "ratio"));
    }
    print(&table, stream);
}

static void print_stages(const cJSON *results, FILE *stream) {
    const rn_column columns[] = {{"task", RN_COLUMN_TEXT, 0},
                                 {"threads", RN_COLUMN_NUMBER, 0},
                                 {"stage", RN_COLUMN_TEXT, 0},
                                 {"ms", RN_COLUMN_NUMBER, 2},
                                 {"% of all", RN_COLUMN_NUMBER, 1}};
    const cJSON *row, *stage;
    rn_table table = rn_table_start("Where our time goes (in brackets: part of the line before)",
                                    columns, RN_COUNT(columns));
    cJSON_ArrayForEach(row, member(results, "rows"))
        cJSON_ArrayForEach(stage, member(row, "stages")) {
        rn_table_row(&table);
        rn_table_add_text(&table, text(row, "task"));
        rn_table_add_number(&table, number(row, "threads"));
        rn_table_add_text(&table, stage->string);
        rn_table_add_number(&table, 1e3 * stage->valuedouble);
        rn_table_add_number(&table, 100 * stage->valuedouble / number(row, "seconds"));
    }
    print(&table, stream);
}

static void print_memory(const cJSON *results, FILE *stream) {
    const rn_column columns[] = {{"task", RN_COLUMN_TEXT, 0},
                                 {"MB planned", RN_COLUMN_NUMBER, 0},
                                 {"MB at most", RN_COLUMN_NUMBER, 0},
                                 {"PyTorch MB", RN_COLUMN_NUMBER, 0},
                                 {"of it", RN_COLUMN_NUMBER, 2}};
    const cJSON *item;
    rn_table table = rn_table_start("Peak of resident memory, each in a process of its own",
                                    columns, RN_COUNT(columns) - (*text(results, "peer") ? 0 : 2));
    cJSON_ArrayForEach(item, member(results, "memory")) {
        rn_table_row(&table);
        rn_table_add_text(&table, text(item, "task"));
        double planned = number(item, "planned_bytes");
        rn_table_add_number(&table, planned > 0 ? planned / 1e6 : NAN);
        double peak = number(item, "peak_bytes");
        rn_table_add_number(&table, peak > 0 ? peak / 1e6 : NAN);
        if (!*text(results, "peer")) continue;
        rn_table_add_number(&table, number(item, "peer_bytes") / 1e6);
        rn_table_add_number(&table, peak / number(item, "peer_bytes"));
    }
    print(&table, stream);
}

static void print_fed(const cJSON *results, FILE *stream) {
    const rn_column columns[] = {{"model", RN_COLUMN_TEXT, 0},
                                 {"pictures", RN_COLUMN_TEXT, 0},
                                 {"threads", RN_COLUMN_NUMBER, 0},
                                 {"ms a step", RN_COLUMN_NUMBER, 1},
                                 {"ms waiting", RN_COLUMN_NUMBER, 2}};
    const cJSON *item;
    rn_table table = rn_table_start("Training fed by the loader", columns, RN_COUNT(columns));
    cJSON_ArrayForEach(item, member(results, "fed")) {
        rn_table_row(&table);
        rn_table_add_text(&table, text(item, "model"));
        rn_table_add_text(&table, rn_text_file_name(text(item, "data")));
        rn_table_add_number(&table, number(item, "threads"));
        rn_table_add_number(&table, 1e3 * number(item, "step"));
        rn_table_add_number(&table, 1e3 * number(item, "idle"));
    }
    print(&table, stream);
}

static void print_layers(const cJSON *results, FILE *stream) {
    enum { OURS = 9, ALL = 11 };
    const rn_column columns[ALL] = {{"N,C,K HxW RxS/stride", RN_COLUMN_TEXT, 0},
                                    {"of them", RN_COLUMN_NUMBER, 0},
                                    {"pass", RN_COLUMN_TEXT, 0},
                                    {"threads", RN_COLUMN_NUMBER, 0},
                                    {"algorithm", RN_COLUMN_TEXT, 0},
                                    {"ms", RN_COLUMN_NUMBER, 3},
                                    {"GFLOP/s", RN_COLUMN_NUMBER, 0},
                                    {"% of peak", RN_COLUMN_NUMBER, 0},
                                    {"% of all", RN_COLUMN_NUMBER, 1},
                                    {"oneDNN ms", RN_COLUMN_NUMBER, 3},
                                    {"times faster", RN_COLUMN_NUMBER, 2}};
    const cJSON *item;
    double all = 0;
    rn_table table = rn_table_start("Convolutions, the best of the rounds", columns,
                                    *text(results, "peer") ? ALL : OURS);
    cJSON_ArrayForEach(item, member(results, "layers")) all +=
        number(item, "seconds") * number(item, "times");
    cJSON_ArrayForEach(item, member(results, "layers")) {
        double seconds = number(item, "seconds"), rate = number(item, "flops") / seconds;
        rn_table_row(&table);
        rn_table_add_text(&table, text(item, "shape"));
        rn_table_add_number(&table, number(item, "times"));
        rn_table_add_text(&table, text(item, "phase"));
        rn_table_add_number(&table, number(item, "threads"));
        rn_table_add_text(&table, text(item, "algorithm"));
        rn_table_add_number(&table, 1e3 * seconds);
        rn_table_add_number(&table, rate / 1e9);
        rn_table_add_number(&table, 100 * rate / peak_of(results, number(item, "threads")));
        rn_table_add_number(&table, 100 * seconds * number(item, "times") / all);
        if (!*text(results, "peer")) continue;
        rn_table_add_number(&table, 1e3 * number(item, "peer_seconds"));
        rn_table_add_number(&table, number(item, "peer_seconds") / seconds);
    }
    print(&table, stream);
}

/* Sums over the network: one line for each pass and number of threads. */
static void print_layer_sums(const cJSON *results, FILE *stream) {
    const rn_column columns[] = {
        {"pass", RN_COLUMN_TEXT, 0},        {"threads", RN_COLUMN_NUMBER, 0},
        {"ms", RN_COLUMN_NUMBER, 1},        {"GFLOP/s", RN_COLUMN_NUMBER, 0},
        {"oneDNN ms", RN_COLUMN_NUMBER, 1}, {"times faster", RN_COLUMN_NUMBER, 2}};
    const cJSON *first, *item;
    rn_table table = rn_table_start("Sums over the whole network", columns,
                                    *text(results, "peer") ? RN_COUNT(columns) : 4);
    cJSON_ArrayForEach(first, member(results, "layers")) {
        double seconds = 0, flops = 0, peer = 0;
        bool is_first = true;
        cJSON_ArrayForEach(item, member(results, "layers")) {
            if (!same(item, first, "phase") || number(item, "threads") != number(first, "threads"))
                continue;
            is_first &= item == first || seconds > 0;
            seconds += number(item, "seconds") * number(item, "times");
            peer += number(item, "peer_seconds") * number(item, "times");
            flops += number(item, "flops") * number(item, "times");
        }
        if (!is_first) continue;
        rn_table_row(&table);
        rn_table_add_text(&table, text(first, "phase"));
        rn_table_add_number(&table, number(first, "threads"));
        rn_table_add_number(&table, 1e3 * seconds);
        rn_table_add_number(&table, flops / seconds / 1e9);
        if (!*text(results, "peer")) continue;
        rn_table_add_number(&table, 1e3 * peer);
        rn_table_add_number(&table, peer / seconds);
    }
    print(&table, stream);
}

static void print_focal(const cJSON *results, FILE *stream) {
    const cJSON *row;
    cJSON_ArrayForEach(row, member(results, "rows")) if (strcmp(text(row, "task"), "focal") == 0)
        fprintf(stream, "focal loss: %.2f ns a logit at best\n\n", number(row, "best") * 1e9 / 8e6);
}

void report_print(const cJSON *results, FILE *stream) {
    print_head(results, stream);
    print_times(results, stream);
    print_focal(results, stream);
    print_stages(results, stream);
    print_memory(results, stream);
    print_fed(results, stream);
    print_layers(results, stream);
    print_layer_sums(results, stream);
}

/* ---- the picture ----------------------------------------------------------------------------- */

/* "1.06 s", "27 ms". */
static const char *duration(char out[32], double seconds) {
    if (!(seconds > 0)) return "";
    double value = seconds < 1 ? 1e3 * seconds : seconds;
    snprintf(out, 32, "%.*f %s",
             value < 9.95   ? 2
             : value < 99.5 ? 1
                            : 0,
             value, seconds < 1 ? "ms" : "s");
    return out;
}

static rn_table figure_table(const cJSON *results) {
    static const rn_column columns[] = {
        {"task", RN_COLUMN_TEXT, 0},      {"threads", RN_COLUMN_NUMBER, 0},
        {"ours", RN_COLUMN_NUMBER, 1},    {"peer", RN_COLUMN_NUMBER, 1},
        {"limit", RN_COLUMN_NUMBER, 1},   {"our time", RN_COLUMN_TEXT, 0},
        {"peer time", RN_COLUMN_TEXT, 0}, {"ratio", RN_COLUMN_NUMBER, 2}};
    rn_table table = rn_table_start(NULL, columns, RN_COUNT(columns));
    const cJSON *row;
    char ours[32], theirs[32];
    cJSON_ArrayForEach(row, member(results, "rows")) {
        double flops = number(row, "flops") / 1e9, seconds = number(row, "seconds");
        double peer = number(member(row, "peer"), "seconds");
        if (!(flops > 0)) continue;
        rn_table_row(&table);
        rn_table_add_text(&table, text(row, "task"));
        rn_table_add_number(&table, number(row, "threads"));
        rn_table_add_number(&table, flops / seconds);
        rn_table_add_number(&table, flops / peer);
        rn_table_add_number(&table, peak_of(results, number(row, "threads")) / 1e9);
        rn_table_add_text(&table, duration(ours, seconds));
        rn_table_add_text(&table, duration(theirs, peer));
        rn_table_add_number(&table, number(row, "ratio"));
    }
    return table;
}

rn_status report_figure(const cJSON *results, const char *path, rn_err *err) {
    rn_table table = figure_table(results);
    const rn_figure_variable variables[] = {{"cpu", text(results, "cpu")},
                                            {"peer", text(results, "peer")}};
    rn_status status =
        table.num_rows > 0
            ? rn_figure_save(path, "bench", &table, variables, RN_COUNT(variables), err)
            : rn_fail(err, "%s: nothing to draw: no task with convolutions was measured", path);
    rn_table_free(&table);
    return status;
}
