/* claim_case.h: a claim, a change to what the paper found, and the verdict that must follow. */
#ifndef TESTS_COMMON_CLAIM_CASE_H
#define TESTS_COMMON_CLAIM_CASE_H

#include "common/made_up.h"

/* Short, for tables. */
#define YES     VERDICT_CONFIRMED
#define NO      VERDICT_REFUTED
#define OPEN    VERDICT_INCONCLUSIVE
#define TO      VERDICT_LEANS_TO
#define AGAINST VERDICT_LEANS_AGAINST
#define GONE    VERDICT_MISSING

#define PI  "prior_init"
#define T1A "table_1a_ce_alpha"
#define T1B "table_1b_fl_gamma"
#define F4  "fig_4_loss_cdf"
#define T1D "table_1d_ohem"
#define T3  "table_3_fl_star"
#define T1C "table_1c_anchor_density"
#define T1E "table_1e_depth_scale"

enum { CLAIM_CASE_EDITS = 4 };

/* With no edit the evidence is the paper's. `text` must be part of the judgement's. */
typedef struct claim_case {
    const char *id;
    int seeds;
    verdict want;
    const char *text;
    edit change[CLAIM_CASE_EDITS];
} claim_case;

/* What the claim of that id says of the evidence. */
judgement claim_case_judge(const char *id, const evidence *e);

/* Fails the test for every case that does not come out as wanted. */
void claim_case_expect(const claim_case *c, size_t count);

#endif
