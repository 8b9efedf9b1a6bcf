#include "common/claim_grid.h"

#include <stdio.h>
#include <string.h>

const double grid_gamma[GRID_GAMMAS] = {0, .1, .2, .5, 1, 2, 5};
const double grid_alpha[GRID_ALPHAS] = {.1, .25, .5, .75, .9};
const char *const grid_gamma_text[GRID_GAMMAS] = {"0", ".1", ".2", ".5", "1", "2", "5"};
const char *const grid_alpha_text[GRID_ALPHAS] = {".1", ".25", ".5", ".75", ".9"};

static const char TABLE_1B[] = "table_1b_fl_gamma";

const row_outcome *grid_row(hearing *h, int gamma, int alpha) {
    return judge_row(h, TABLE_1B, "gamma %s alpha %s", grid_gamma_text[gamma],
                     grid_alpha_text[alpha]);
}

const row_outcome *grid_best(hearing *h, int gamma) {
    char text[GRID_ALPHAS][32];
    const char *label[GRID_ALPHAS];
    for (int a = 0; a < GRID_ALPHAS; a++) {
        snprintf(text[a], sizeof text[a], "gamma %s alpha %s", grid_gamma_text[gamma],
                 grid_alpha_text[a]);
        label[a] = text[a];
    }
    return judge_best(h, TABLE_1B, label, GRID_ALPHAS);
}

int grid_alpha_of(const row_outcome *row) {
    const char *space = row ? strrchr(row->label, ' ') : NULL;
    for (int a = 0; space && a < GRID_ALPHAS; a++)
        if (strcmp(space + 1, grid_alpha_text[a]) == 0) return a;
    return -1;
}
