/* claim_gamma.c: focal loss against cross entropy, table 1b. Cross entropy is gamma 0 there, tuned
 * on the same alphas as every other gamma. */
#include "common/claim_grid.h"
#include "common/claim_list.h"
#include "common/paper.h"
#include "report/stats.h"

#include <math.h>

static void judge_c09(judgement *j, const evidence *e) {
    hearing h = judge_open(j, e);
    const row_outcome *fl = grid_row(&h, GAMMA_2, ALPHA_025), *ce = grid_best(&h, GAMMA_0);
    measured gain = judge_say_difference(&h, fl, ce);
    judge_say(&h, " (%+.1f%%)", 100 * gain.mean / judge_mean(ce));
    judge_say(&h, "; paper %+.1f (%+.1f%%)", paper_number("c09.gain"),
              100 * paper_number("c09.gain_relative"));
    if (!h.missing) judge_say(&h, "; CE at alpha %s", grid_alpha_text[grid_alpha_of(ce)]);
    judge_above(&h, gain, 0, "AP(FL) > AP(best CE)");
    judge_refute(&h, gain.mean < 0, gain.high < 0);
    judge_say_imbalance(&h);
    judge_close(&h);
}

const claim claim_c09 = {
    .id = "c09",
    .experiment = "table_1b_fl_gamma",
    .statement =
        "Focal loss (gamma 2, alpha .25) beats the best weighted cross entropy, all else equal.",
    .source = "sec. 5.1, tables 1a and 1b",
    .paper = "34.0 - 31.1 = +2.9 (9.3%)",
    .criterion = "The mean paired difference of AP, FL less CE at its best alpha, is above 0.",
    .refute_if = "It is below 0, with its interval.",
    .judge = judge_c09};

/* Each gamma at its best alpha, best gamma by validation. The rank correlation and the best gamma
 * are taken of the means; the interval is that of AP(2) - AP(5). For "refuted" gamma 2 must lie
 * below the best gamma or, where the rank correlation is not positive, below gamma 0, with its
 * interval. */
static void judge_c10(judgement *j, const evidence *e) {
    hearing h = judge_open(j, e);
    const row_outcome *row[GRID_GAMMAS];
    double ap[GRID_GAMMAS];
    int best = 0;
    for (int g = 0; g < GRID_GAMMAS; g++) {
        row[g] = grid_best(&h, g);
        ap[g] = judge_mean(row[g]);
    }
    const row_outcome *top = row_choose(row, GRID_GAMMAS);
    while (best < GRID_GAMMAS - 1 && row[best] != top) best++;
    double rank = rn_stats_rank_correlation(grid_gamma, ap, GAMMA_2 + 1);
    if (isnan(rank)) rank = 0; /* all equal */
    judge_say(&h, "AP %.1f %.1f %.1f %.1f %.1f %.1f %.1f from gamma 0 to 5, ", ap[0], ap[1], ap[2],
              ap[3], ap[4], ap[5], ap[6]);
    judge_say(&h, "rank correlation %.2f up to 2, best gamma %s; AP(2) and AP(5): ", rank,
              grid_gamma_text[best]);
    measured fall = judge_say_difference(&h, row[GAMMA_2], row[GAMMA_5]);
    judge_say(&h, "; paper %.1f at 0, %.1f at 2, %.1f at 5", paper_number("c10.ap.0"),
              paper_number("c10.ap.5"), paper_number("c10.ap.6"));
    judge_holds(&h, rank >= .8, "a rank correlation of at least .8");
    judge_holds(&h, best == GAMMA_1 || best == GAMMA_2, "the best gamma is 1 or 2");
    judge_above(&h, fall, 0, "AP(5) < AP(2)");
    measured over_best = judge_difference(&h, row[GAMMA_2], row[best], 1);
    measured over_0 = judge_difference(&h, row[GAMMA_2], row[GAMMA_0], 1);
    judge_refute(&h, best == GAMMA_0 || best == GAMMA_01, over_best.high < 0);
    judge_refute(&h, rank <= 0, over_0.high < 0);
    judge_close(&h);
}

const claim claim_c10 = {
    .id = "c10",
    .experiment = "table_1b_fl_gamma",
    .statement = "AP grows with gamma up to 2 and is lower again at 5.",
    .source = "sec. 5.1, table 1b",
    .paper = "31.1 31.4 31.9 32.9 33.7 34.0 32.2 at gamma 0 .1 .2 .5 1 2 5",
    .criterion =
        "The rank correlation of gamma and AP from 0 to 2 is at least .8, the best gamma is 1 or "
        "2, and AP at 5 is below that at 2.",
    .refute_if = "The best gamma is 0 or .1, or the rank correlation is at most 0.",
    .judge = judge_c10};

/* The interval is that of the lowest of the four against CE; the range is taken of the means. */
static void judge_c11(judgement *j, const evidence *e) {
    hearing h = judge_open(j, e);
    const row_outcome *ce = grid_best(&h, GAMMA_0), *row[5], *highest, *lowest;
    int below = 0, surely_below = 0;
    row[4] = ce;
    for (int i = 0; i < 4; i++) row[i] = grid_best(&h, GAMMA_05 + i);
    double sd2 = judge_tolerance(0, 2, row, 5);
    for (int i = 0; i < 4; i++) {
        measured gain = judge_difference(&h, row[i], ce, 1);
        below += gain.mean < -sd2;
        surely_below += gain.mean < -sd2 && gain.high < 0;
    }
    judge_extremes(&highest, &lowest, row, 4);
    double range = judge_mean(highest) - judge_mean(lowest), tolerance = fmax(2.5, sd2);
    judge_say(&h, "lowest of gamma .5 to 5, and CE: ");
    measured least = judge_say_difference(&h, lowest, ce);
    judge_say(&h, "; range %.1f, tolerance %.1f; paper %.1f - %.1f, range %.1f", range, tolerance,
              paper_number("c11.min_ap_gamma_0_5_to_5"), paper_number("c11.ce_best"),
              paper_number("c11.range"));
    judge_above(&h, least, 0, "the lowest is above CE");
    judge_holds(&h, range <= tolerance, "the range is within the tolerance");
    judge_refute(&h, below >= 2, surely_below >= 2);
    judge_close(&h);
}

const claim claim_c11 = {
    .id = "c11",
    .experiment = "table_1b_fl_gamma",
    .statement =
        "The result is fairly robust to gamma: everything from .5 to 5 beats cross entropy.",
    .source = "sec. 4.1, table 1b and caption",
    .paper = "32.2 to 34.0, a range of 1.8, against 31.1",
    .criterion =
        "The lowest AP of gamma .5, 1, 2 and 5, each at its best alpha, is above that of CE at its "
        "best alpha, and the four span at most max(2.5, 2 sd).",
    .refute_if = "Two or more of the four are below CE by more than 2 sd.",
    .judge = judge_c11};
