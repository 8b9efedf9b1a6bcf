/* serve.h: this side of a race: tasks are asked for on standard input, a line each, and answered on
 * standard output by a line of JSON each.
 *
 *     info                     {"version", "cpu", "cores", "isa"}
 *     tasks                    {"tasks": [{"name", "what", "seconds", "one_thread", "on_request"}]}
 *     peak THREADS             {"flops"}                            a second
 *     open TASK                {"flops", "planned_bytes"}           frees the task before
 *     dump FOLDER              {}                                   of the open task
 *     run THREADS              {"seconds", "stages": {NAME: seconds}}
 *     alone TASK THREADS DIR   {"seconds", "peak_bytes", "planned_bytes"}
 *     layers MODEL             {"layers": [{"shape", "n", "c", ..., "maps": [[h, w]], "times",
 * "flops"}]} layer INDEX              {"algorithms": [...]}                 makes it ready, by
 * phase pass PHASE THREADS       {"seconds"} fed MODEL THREADS STEPS DATA    {"step", "idle"}
 *
 * What fails is answered by {"error": "one line"}. The end of the input ends it. */
#ifndef RN_BENCH_SERVE_H
#define RN_BENCH_SERVE_H

#include "bench/work.h"

void serve(FILE *in, FILE *out);

/** {"version", "cpu", "cores", "isa"}; the caller deletes. */
cJSON *serve_info(void);

/** The stages by name; the caller deletes. */
cJSON *serve_stages(const work_times *times);

#endif
