/* claim_list.h: the claims, each defined beside its predicate in one of claim_*.c. */
#ifndef RN_COMMON_CLAIM_LIST_H
#define RN_COMMON_CLAIM_LIST_H

#include "common/claim.h"

extern const claim claim_c01, claim_c02, claim_c03, claim_c04; /* claim_prior.c */
extern const claim claim_c06, claim_c07, claim_c08;            /* claim_alpha.c */
extern const claim claim_c09, claim_c10, claim_c11;            /* claim_gamma.c */
extern const claim claim_c12, claim_c13, claim_c14;            /* claim_tuning.c */
extern const claim claim_c05, claim_c16, claim_c17, claim_c18; /* claim_share.c */
extern const claim claim_c15, claim_c25;                       /* claim_math.c */
extern const claim claim_c19, claim_c20, claim_c21, claim_c22; /* claim_ohem.c */
extern const claim claim_c23, claim_c24;                       /* claim_star.c */
extern const claim claim_c26, claim_c27, claim_c30;            /* claim_anchor.c */
extern const claim claim_c28, claim_c29;                       /* claim_depth.c */

#endif
