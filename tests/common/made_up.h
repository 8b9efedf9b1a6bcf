/* made_up.h: made-up evidence for the claims: what the paper found, and changes to it. */
#ifndef TESTS_COMMON_MADE_UP_H
#define TESTS_COMMON_MADE_UP_H

#include "common/claim.h"

#include <stdint.h>

/* Every row and fact that a claim asks for, with the paper's numbers, or ones that agree with it
 * where it has none; the runs of a row differ by up to `noise` AP. */
evidence made_up_paper(int seeds, double noise);

typedef enum edit_kind {
    EDIT_NONE,
    EDIT_AP,         /* all runs done, with this mean AP, on validation and test */
    EDIT_VAL,        /* validation alone */
    EDIT_APS,        /* small objects */
    EDIT_NOISE,      /* runs differ from the mean on test by up to so much */
    EDIT_MS,         /* time an image */
    EDIT_DIVERGE,    /* the first so many runs diverge */
    EDIT_REMOVE,     /* no such row */
    EDIT_UNFINISHED, /* the last run is missing */
    EDIT_FACT,       /* that value for all seeds */
    EDIT_NO_FACT     /* not there for any seed */
} edit_kind;

/* In that experiment ("": all), the rows of that label or the facts NAME and NAME/SEED; a '*' at
 * the end of the label stands for anything. */
typedef struct edit {
    edit_kind kind;
    const char *experiment, *label;
    double value;
} edit;

/* Fails the test where it changes nothing. */
void made_up_edit(evidence *e, const edit *change);

/* Moves every other row by up to `by` AP and every other fact by up to by / 6 powers of two, at
 * random; now and then the first run of a row diverges. */
void made_up_shake(evidence *e, double by, uint64_t seed);

#endif
