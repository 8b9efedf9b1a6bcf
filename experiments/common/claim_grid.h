/* claim_grid.h: the rows of table 1b's program, gamma by alpha. */
#ifndef RN_COMMON_CLAIM_GRID_H
#define RN_COMMON_CLAIM_GRID_H

#include "common/judge.h"

enum { GRID_GAMMAS = 7, GRID_ALPHAS = 5 };

/** 0 .1 .2 .5 1 2 5 and .1 .25 .5 .75 .9, also as the labels have them. */
extern const double grid_gamma[GRID_GAMMAS], grid_alpha[GRID_ALPHAS];
extern const char *const grid_gamma_text[GRID_GAMMAS], *const grid_alpha_text[GRID_ALPHAS];

enum { GAMMA_0, GAMMA_01, GAMMA_02, GAMMA_05, GAMMA_1, GAMMA_2, GAMMA_5 };
enum { ALPHA_01, ALPHA_025, ALPHA_05, ALPHA_075, ALPHA_09 };

/** One cell; NULL where it is missing. */
const row_outcome *grid_row(hearing *h, int gamma, int alpha);

/** The best alpha of a gamma, as judge_best chooses. */
const row_outcome *grid_best(hearing *h, int gamma);

/** Which alpha a row of the grid has; -1 for NULL. */
int grid_alpha_of(const row_outcome *row);

#endif
