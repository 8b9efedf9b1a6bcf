/* claim_alpha.c: weighted cross entropy, table 1a. Only rows with a fixed alpha count: "CE" (no
 * alpha) and "alpha auto" are not of the paper's table. */
#include "common/claim_list.h"
#include "common/judge.h"
#include "common/paper.h"
#include "base/text.h"

#include <math.h>

static const char TABLE_1A[] = "table_1a_ce_alpha";

/* Of the label "alpha .75". */
static double alpha_of(const row_outcome *row) {
    double alpha = NAN;
    return row && rn_text_to_double(&alpha, row->label + sizeof "alpha " - 1) ? alpha : NAN;
}

static const row_outcome *alpha_row(hearing *h, const char *alpha) {
    return judge_row(h, TABLE_1A, "alpha %s", alpha);
}

/* "with a margin": over the arm with the highest mean AP among those above .5. */
static void judge_c06(judgement *j, const evidence *e) {
    static const char *const above[] = {".75", ".9", ".99", ".999"};
    hearing h = judge_open(j, e);
    const row_outcome *best = judge_best_ce(&h), *half = alpha_row(&h, ".5"), *rival = NULL;
    for (int i = 0; i < 4; i++) {
        hearing unasked = judge_open(&(judgement){0}, e); /* with one seed some may be missing */
        const row_outcome *row = alpha_row(&unasked, above[i]);
        if (row && (!rival || judge_mean(row) > judge_mean(rival))) rival = row;
    }
    judge_say(&h, "best alpha %g; AP(best) and AP(.5): ", alpha_of(best));
    measured gain = judge_say_difference(&h, best, half);
    judge_say(&h, "; paper .75, %+.1f", paper_number("c06.gain"));
    judge_holds(&h, alpha_of(best) > .5, "the best alpha is above .5");
    judge_above(&h, gain, 0, "AP(best) > AP(.5)");
    judge_at_most(&h, gain, 3, "AP(best) - AP(.5) <= 3");
    if (!h.missing && alpha_of(best) <= .5 && rival) {
        double margin = judge_tolerance(0, 2, (const row_outcome *[]){best, rival}, 2);
        measured lead = judge_difference(&h, best, rival, 1);
        judge_refute(&h, lead.mean > margin, lead.low > 0);
    }
    judge_close(&h);
}

const claim claim_c06 = {
    .id = "c06",
    .experiment = "table_1a_ce_alpha",
    .statement = "More weight for the foreground helps cross entropy a little; alpha .75 is best.",
    .source = "sec. 5.1, table 1a",
    .paper = "31.1 - 30.2 = +0.9",
    .criterion =
        "The best alpha is above .5, and its AP exceeds that of .5 by more than 0 and at most 3.",
    .refute_if = "The best alpha is at most .5, by a margin above 2 sd.",
    .judge = judge_c06};

static void judge_c07(judgement *j, const evidence *e) {
    hearing h = judge_open(j, e);
    const row_outcome *best = judge_best_ce(&h);
    const row_outcome *small = alpha_row(&h, ".1"), *quarter = alpha_row(&h, ".25");
    measured of_small = judge_difference(&h, small, best, .1);
    measured of_quarter = judge_difference(&h, quarter, best, .6);
    double share = judge_mean(small) / judge_mean(best);
    judge_say(&h, "AP(.1) %.1f and AP(.25) %.1f, best %.1f (alpha %g)", judge_mean(small),
              judge_mean(quarter), judge_mean(best), alpha_of(best));
    judge_say(&h, "; paper %.1f and %.1f, best %.1f", paper_number("c07.ap_alpha_0_10"),
              paper_number("c07.ap_alpha_0_25"), paper_number("c07.best"));
    judge_trains(&h, best);
    judge_at_most(&h, of_small, 0, "AP(.1) is at most 10% of the best");
    judge_at_most(&h, of_quarter, 0, "AP(.25) is at most 60% of the best");
    judge_refute(&h, share >= .8, of_small.low > 0);
    judge_say_imbalance(&h);
    judge_close(&h);
}

const claim claim_c07 = {
    .id = "c07",
    .experiment = "table_1a_ce_alpha",
    .statement = "Cross entropy collapses when the foreground has a small weight.",
    .source = "table 1a",
    .paper = "0.0 and 10.8 of 31.1",
    .criterion = "AP at alpha .1 is at most 10%, at .25 at most 60% of the best.",
    .refute_if = "AP at alpha .1 is at least 80% of the best.",
    .judge = judge_c07};

static void judge_c08(judgement *j, const evidence *e) {
    hearing h = judge_open(j, e);
    const row_outcome *best = judge_best_ce(&h), *a25 = alpha_row(&h, ".25");
    const row_outcome *a75 = alpha_row(&h, ".75"), *a9 = alpha_row(&h, ".9");
    const row_outcome *a99 = alpha_row(&h, ".99"), *a999 = alpha_row(&h, ".999");
    measured share = judge_difference(&h, a99, best, .8);
    measured last = judge_difference(&h, a75, a999, 1);
    judge_say(&h, "AP %.1f, %.1f, %.1f at .9, .99, .999, %.1f at .25, best %.1f (alpha %g)",
              judge_mean(a9), judge_mean(a99), judge_mean(a999), judge_mean(a25), judge_mean(best),
              alpha_of(best));
    judge_say(&h, "; paper %.1f, %.1f, %.1f", paper_number("c08.ap_alpha_0_9"),
              paper_number("c08.ap_alpha_0_99"), paper_number("c08.ap_alpha_0_999"));
    judge_trains(&h, best);
    judge_above(&h, judge_difference(&h, a9, a99, 1), 0, "AP(.9) > AP(.99)");
    judge_above(&h, judge_difference(&h, a99, a999, 1), 0, "AP(.99) > AP(.999)");
    judge_at_least(&h, share, 0, "AP(.99) is at least 80% of the best");
    judge_above(&h, judge_difference(&h, a999, a25, 1), 0, "AP(.999) > AP(.25)");
    judge_refute(&h, last.mean <= 0, last.high <= 0);
    judge_refute(&h, judge_mean(a99) < .5 * judge_mean(best), share.high < 0);
    judge_close(&h);
}

const claim claim_c08 = {
    .id = "c08",
    .experiment = "table_1a_ce_alpha",
    .statement =
        "Too much weight for the foreground costs AP slowly, and far less than too little.",
    .source = "table 1a",
    .paper = "30.8, 28.7, 25.1 at .9, .99, .999",
    .criterion =
        "AP falls from alpha .9 to .99 to .999, is at .99 at least 80% of the best, and at .999 "
        "still higher than at .25.",
    .refute_if = "AP at .999 is at least that at .75, or AP at .99 is below 50% of the best.",
    .judge = judge_c08};
