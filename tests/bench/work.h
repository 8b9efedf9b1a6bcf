/* work.h: the tasks that are timed, in one table, and what it takes to repeat one of them. */
#ifndef RN_BENCH_WORK_H
#define RN_BENCH_WORK_H

#include "bench/focal.h"
#include "bench/subject.h"

#include <stdbool.h>

typedef enum work_kind {
    WORK_DETECT,  /**< bytes to boxes */
    WORK_TRAIN,   /**< forward, loss, backward, SGD */
    WORK_FOCAL,   /**< focal loss and its gradient */
    WORK_COCOEVAL /**< files to COCO's twelve numbers, by the program `retinanet` */
} work_kind;

/** A row of the table. */
typedef struct work_task {
    const char *name, *what;
    work_kind kind;
    const char *model; /**< of WORK_DETECT and WORK_TRAIN, with batch and size */
    int n, h, w;
    double weight;   /**< seconds that one run takes, roughly: for the time left */
    bool one_thread; /**< measured on one thread only */
    bool on_request; /**< only when named */
} work_task;

const work_task *work_tasks(size_t *count);

/** NULL when there is none of that name. */
const work_task *work_find(const char *name);

enum { WORK_STAGES_MOST = 6 };

/** What one run took; stages are parts of it. */
typedef struct work_times {
    double seconds;
    int stages;
    const char *stage[WORK_STAGES_MOST];
    double part[WORK_STAGES_MOST];
} work_times;

/** A task with everything it needs in memory. Zero-initialise. */
typedef struct work {
    const work_task *task;
    subject subject;
    focal focal;
    double flops; /**< of the convolutions in one run, as the definition has them; 0: none */
    size_t planned_bytes;
} work;

/** Fails on WORK_COCOEVAL, which runs in processes of its own (alone.h). */
rn_status work_open(work *w, const work_task *task, rn_err *err);

/** Sets flops and planned_bytes alone, without taking the memory; nothing to close. */
rn_status work_plan(work *w, const work_task *task, rn_err *err);

work_times work_run(work *w, int threads);

/** Writes what the other side needs to do the same, see subject_dump and focal_dump. */
rn_status work_dump(work *w, const char *folder, rn_err *err);
void work_close(work *w);

#endif
