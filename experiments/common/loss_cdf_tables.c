/* loss_cdf_tables.c: figure 4 as tables, for people and for plots/. */
#include "common/loss_cdf.h"
#include "common/paper.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const sides[CDF_SIDES] = {"positive", "negative"};
static const char *const columns_of_gamma[CDF_GAMMAS] = {"gamma_0", "gamma_0_5", "gamma_1",
                                                         "gamma_2"};

/* ---- shares beside the paper's --------------------------------------------------------------- */

/* Mean and standard deviation of the number at `which` bytes into a loss_cdf. */
static void add_measured(rn_table *table, const loss_cdf *m, size_t count, size_t which) {
    double *value = rn_vec_zeros(count, sizeof *value);
    for (size_t i = 0; i < count; i++)
        value[i] = *(const double *)(const void *)((const char *)&m[i] + which);
    rn_table_add_number(table, rn_stats_mean(value, count));
    rn_table_add_number(table, rn_stats_sd(value, count));
    free(value);
}

static void add_top(rn_table *table, const loss_cdf *m, size_t count, int side, bool fifth) {
    paper_table_id paper =
        side == CDF_POSITIVE ? PAPER_FIGURE_4_POSITIVES_TOP : PAPER_FIGURE_4_NEGATIVES_TOP;
    for (int g = 0; g < CDF_GAMMAS; g++) {
        char what[64];
        snprintf(what, sizeof what, "hardest %s of %ss, γ = %g", fifth ? "20%" : "1%", sides[side],
                 cdf_gammas[g]);
        const double *first = fifth ? &m->top_20[side][g] : &m->top_1[side][g];
        rn_table_row(table);
        rn_table_add_text(table, what);
        add_measured(table, m, count, (size_t)((const char *)first - (const char *)m));
        rn_table_add_number(table,
                            paper_find(paper, NULL, fifth ? .2 : .01, NAN, columns_of_gamma[g]));
    }
}

static void add_gap(rn_table *table, const loss_cdf *m, size_t count, const char *what,
                    size_t which, const char *paper) {
    rn_table_row(table);
    rn_table_add_text(table, what);
    add_measured(table, m, count, which);
    rn_table_add_number(table, paper_number(paper));
}

rn_table loss_cdf_table(const loss_cdf *m, size_t count) {
    static const rn_column columns[] = {{"share of the loss", RN_COLUMN_TEXT, 0},
                                        {"ours", RN_COLUMN_NUMBER, 3},
                                        {"sd", RN_COLUMN_NUMBER, 3},
                                        {"paper", RN_COLUMN_NUMBER, 3}};
    rn_table table =
        rn_table_start("Figure 4: the detector trained by FL (2, .25)", columns, RN_COUNT(columns));
    for (int s = 0; s < CDF_SIDES; s++) {
        add_top(&table, m, count, s, true);
        add_top(&table, m, count, s, false);
    }
    add_gap(&table, m, count, "gap of γ 0 and 2, positives", offsetof(loss_cdf, gap),
            "c18.max_gap_gamma_0_to_2_positives");
    add_gap(&table, m, count, "gap of γ 0 and 2, negatives",
            offsetof(loss_cdf, gap) + sizeof(double), "c18.max_gap_gamma_0_to_2_negatives");
    add_gap(&table, m, count, "gap of positives and negatives, γ 0",
            offsetof(loss_cdf, gap_gamma_0), "c18.max_gap_positives_negatives_gamma_0");
    return table;
}

/* ---- curves ---------------------------------------------------------------------------------- */

static void add_point(rn_table *table, bool ours, int side, int g, double fraction, double share) {
    rn_table_row(table);
    rn_table_add_text(table, ours ? "ours" : "paper");
    rn_table_add_text(table, sides[side]);
    rn_table_add_number(table, cdf_gammas[g]);
    rn_table_add_number(table, fraction);
    rn_table_add_number(table, share);
}

/* The paper's curve begins at (0, 0) and ends at (1, 1), which its tables leave out. */
static void add_paper(rn_table *table, int side, int g) {
    const paper_table *paper =
        paper_table_of(side == CDF_POSITIVE ? PAPER_FIGURE_4_POSITIVES : PAPER_FIGURE_4_NEGATIVES);
    add_point(table, false, side, g, 0, 0);
    for (size_t i = 0; i < paper->num_rows; i++)
        add_point(table, false, side, g, paper->row[i].number[0], paper->row[i].number[1 + g]);
    add_point(table, false, side, g, 1, 1);
}

rn_table loss_cdf_figure(const loss_cdf *mean) {
    static const rn_column columns[] = {{"source", RN_COLUMN_TEXT, 0},
                                        {"side", RN_COLUMN_TEXT, 0},
                                        {"gamma", RN_COLUMN_NUMBER, 1},
                                        {"fraction", RN_COLUMN_NUMBER, 5},
                                        {"share", RN_COLUMN_NUMBER, 5}};
    rn_table table = rn_table_start("Figure 4", columns, RN_COUNT(columns));
    for (int s = 0; s < CDF_SIDES; s++)
        for (int g = 0; g < CDF_GAMMAS; g++) {
            for (int k = 0; k < CDF_POINTS; k++)
                add_point(&table, true, s, g, cdf_fraction(k), mean->curve[s][g][k]);
            add_paper(&table, s, g);
        }
    return table;
}

/* ---- quadrants ------------------------------------------------------------------------------- */

static const char *const quantities[] = {"examples", "loss", "gradient"};

static double quantity_of(const rn_loss_part *part, size_t q) {
    const double number[] = {part->examples, part->loss, part->gradient};
    return number[q];
}

static void add_quadrants(rn_table *table, const rn_loss_quadrants *share, size_t q) {
    rn_table_add_text(table, quantities[q]);
    rn_table_add_number(table, quantity_of(&share->easy_negative, q));
    rn_table_add_number(table, quantity_of(&share->hard_negative, q));
    rn_table_add_number(table, quantity_of(&share->easy_positive, q));
    rn_table_add_number(table, quantity_of(&share->hard_positive, q));
}

rn_table loss_quadrants_table(const loss_cdf *mean) {
    static const rn_column columns[] = {
        {"detector", RN_COLUMN_TEXT, 0},         {"loss", RN_COLUMN_TEXT, 0},
        {"share of", RN_COLUMN_TEXT, 0},         {"easy negatives", RN_COLUMN_NUMBER, 4},
        {"hard negatives", RN_COLUMN_NUMBER, 4}, {"easy positives", RN_COLUMN_NUMBER, 4},
        {"hard positives", RN_COLUMN_NUMBER, 4}};
    rn_table table =
        rn_table_start("Who holds the loss (easy: p_t > .6)", columns, RN_COUNT(columns));
    for (int m = 0; m < CDF_MODELS; m++)
        for (int l = 0; l < CDF_LOSSES; l++)
            for (size_t q = l ? 1 : 0; q < RN_COUNT(quantities); q++) {
                rn_table_row(&table);
                rn_table_add_text(&table, cdf_model_names[m]);
                rn_table_add_text(&table, q ? cdf_loss_names[l] : "any");
                add_quadrants(&table, &mean->share[m][l], q);
            }
    return table;
}

rn_table loss_quadrants_figure(const loss_cdf *mean, cdf_model model) {
    static const rn_column columns[] = {{"loss", RN_COLUMN_TEXT, 0},
                                        {"quantity", RN_COLUMN_TEXT, 0},
                                        {"easy negatives", RN_COLUMN_NUMBER, 4},
                                        {"hard negatives", RN_COLUMN_NUMBER, 4},
                                        {"easy positives", RN_COLUMN_NUMBER, 4},
                                        {"hard positives", RN_COLUMN_NUMBER, 4}};
    rn_table table = rn_table_start("Who holds the loss", columns, RN_COUNT(columns));
    for (size_t q = 0; q < RN_COUNT(quantities); q++)
        for (int l = 0; l < CDF_LOSSES; l++) {
            rn_table_row(&table);
            rn_table_add_text(&table, cdf_loss_names[l]);
            add_quadrants(&table, &mean->share[model][l], q);
        }
    return table;
}
