/* claim.h: the paper's claims, each with the criterion that decides on it: one predicate beside its
 * text, written down before any run. */
#ifndef RN_COMMON_CLAIM_H
#define RN_COMMON_CLAIM_H

#include "common/outcome.h"

typedef enum verdict {
    VERDICT_CONFIRMED,     /**< the criterion holds, and the interval with it */
    VERDICT_REFUTED,       /**< what would refute the claim holds */
    VERDICT_INCONCLUSIVE,  /**< neither: the text says why */
    VERDICT_LEANS_TO,      /**< one seed only, and it agrees */
    VERDICT_LEANS_AGAINST, /**< one seed only, and it does not */
    VERDICT_MISSING        /**< a run that it needs is not there: the text says which */
} verdict;

/** "confirmed", ... */
extern const char *const verdict_names[VERDICT_MISSING + 1];

/** Every experiment's outcome that is there. */
typedef struct evidence {
    outcome *outcome;
    size_t count;
} evidence;

/** The programs that leave an outcome, in the order of the report. */
extern const char *const evidence_experiments[];
extern const size_t evidence_num_experiments;

/** The outcome of that program, or NULL. */
const outcome *evidence_of(const evidence *e, const char *experiment);

/** Are both of the same sources, data and settings? Only then they stand together in a claim. What
 * has no data was computed, not trained. */
bool evidence_agrees(const outcome *a, const outcome *b);

/** Reads OUT/NAME/NAME.json of every experiment that is there. What cannot be read is left out, and
 * what does not agree with `own`, with a line on stderr. */
void evidence_load(evidence *e, const char *out, const outcome *own);

void evidence_free(evidence *e);

enum { JUDGEMENT_TEXT = 512 };

typedef struct judgement {
    verdict verdict;
    char text[JUDGEMENT_TEXT]; /**< the numbers it rests on: "34.0 - 31.1 = +2.9 [1.2, 4.6]" */
} judgement;

typedef struct claim {
    const char *id;         /**< "c01" */
    const char *experiment; /**< the program that shows it: "prior_init" */
    const char *statement;  /**< what the paper says */
    const char *source;     /**< where: "sec. 5.1, table 1a" */
    const char *paper;      /**< its numbers: "30.2 and diverged" */
    const char *criterion;  /**< what confirms it */
    const char *refute_if;  /**< what refutes it */
    void (*judge)(judgement *j, const evidence *e);
} claim;

/** c01 to c30, in order. The table is there for good. */
const claim *claim_table(size_t *count);

#endif
