/* budget.h: how much an experiment may cost: one table. */
#ifndef RN_COMMON_BUDGET_H
#define RN_COMMON_BUDGET_H

#include <stdbool.h>

typedef struct budget {
    const char *name, *what;
    int iterations;     /**< of a run; 0: the preset's */
    int seeds;          /**< of every row */
    int headline_seeds; /**< of the rows behind the headline claims */
    bool core_only;     /**< runs the rows marked core, and no others */
    const char *scenes; /**< parameters of the procedural set, "train=32,val=16"; "" for its own */
    int pretrain;       /**< crops seen in pretraining; 0: its own default */
} budget;

/** "smoke|quick|standard|full". */
extern const char budget_choices[];

/** Do runs of both have the same settings? So have those of budgets that differ in rows and seeds
 * alone. A budget is named as an outcome has it: with what the command line has changed behind it,
 * "quick, iters=1800". */
bool budget_same_runs(const char *a, const char *b);

/** The budget that an outcome names like this; NULL: of another program, or none. */
const budget *budget_of(const char *text);

/** The budget at that place of budget_choices. */
const budget *budget_at(int index);

#endif
