/* alone.h: what is measured in a process of its own: peak memory, and programs from start to end.
 */
#ifndef RN_BENCH_ALONE_H
#define RN_BENCH_ALONE_H

#include "bench/work.h"

typedef struct alone {
    double seconds;    /**< of the last of three runs; of a program, from start to end */
    size_t peak_bytes; /**< of resident memory, over the life of the process */
    size_t planned_bytes;
} alone;

/** Runs the task in this process, which should have done nothing else before. WORK_COCOEVAL starts
 * the program `retinanet` that lies beside this one, on truth.json and results.json in `folder`. */
rn_status alone_run(alone *result, const work_task *task, const char *folder, int threads,
                    rn_err *err);

/** Starts this program again with --alone and reads what it prints. */
rn_status alone_in_child(alone *result, const work_task *task, const char *folder, int threads,
                         rn_err *err);

cJSON *alone_to_json(const alone *result);

#endif
