/* claim_star.c: FL*, table 3 and figure 7. Rows are found by their settings gamma and beta. */
#include "common/claim_list.h"
#include "common/judge.h"
#include "common/paper.h"

#include <math.h>
#include <string.h>

static const char TABLE_3[] = "table_3_fl_star";

static const row_outcome *star_row(hearing *h, double gamma, double beta) {
    const outcome *o = evidence_of(h->evidence, TABLE_3);
    for (size_t i = 0; o && i < o->num_rows; i++) {
        const row_outcome *row = &o->row[i];
        if (strncmp(row->label, "FL*", 3) == 0 && row_setting(row, "gamma") == gamma &&
            row_setting(row, "beta") == beta)
            return judge_row(h, TABLE_3, "%s", row->label);
    }
    return judge_row(h, TABLE_3, "FL* (%g, %g)", gamma, beta);
}

static void judge_c23(judgement *j, const evidence *e) {
    hearing h = judge_open(j, e);
    const row_outcome *ce = judge_best_ce(&h), *fl = judge_row(&h, TABLE_3, "FL");
    const row_outcome *star[2] = {star_row(&h, 2, 1), star_row(&h, 4, 0)};
    const row_outcome *arms[4] = {ce, fl, star[0], star[1]};
    double tolerance = judge_tolerance(1, 2, arms, 4), far = judge_tolerance(2, 4, arms, 4);
    for (int i = 0; i < 2; i++) {
        judge_say(&h, i == 0 ? "FL* (2, 1) and FL: " : "; FL* (4, 0) and FL: ");
        measured to_fl = judge_say_difference(&h, star[i], fl);
        measured gain = judge_difference(&h, star[i], ce, 1);
        judge_say(&h, ", over CE ");
        judge_say_measured(&h, gain, 1);
        judge_within(&h, to_fl, -tolerance, tolerance, "FL* is as good as FL within the tolerance");
        judge_above(&h, gain, 0, "AP(FL*) > AP(best CE)");
        judge_refute(&h, gain.mean < 0, gain.high < 0);
        judge_refute(&h, to_fl.mean < -far, to_fl.high < -tolerance);
    }
    judge_say(&h, "; tolerance %.1f; paper %.1f, %.1f, FL %.1f, CE %.1f", tolerance,
              paper_number("c23.fl_star_2_1"), paper_number("c23.fl_star_4_0"),
              paper_number("c23.fl"), paper_number("c23.ce"));
    judge_close(&h);
}

const claim claim_c23 = {
    .id = "c23",
    .experiment = "table_3_fl_star",
    .statement = "The exact form does not matter: FL* is as good as FL and better than CE.",
    .source = "sec. 3.2, appendix A, table 3",
    .paper = "FL* (2, 1) 33.8, (4, 0) 33.9, FL 34.0, CE 31.1",
    .criterion = "FL* with (2, 1) and with (4, 0) differ from FL by at most max(1, 2 sd), and both "
                 "are above CE "
                 "at its best alpha.",
    .refute_if = "One of them is below CE, or below FL by more than 2 AP and more than 4 sd.",
    .judge = judge_c23};

/* The interval is that of the groups' difference; agreement is counted on the means. */
static void judge_c24(judgement *j, const evidence *e) {
    enum { PAIRS = 17 };
    hearing h = judge_open(j, e);
    const paper_table *figure = paper_table_of(PAPER_FIGURE_7);
    const row_outcome *fl = judge_row(&h, TABLE_3, "FL"), *row[PAIRS + 1];
    term t[PAIRS];
    double effective = 0, mean[2] = {0, 0};
    for (size_t i = 0; i < PAIRS; i++) effective += figure->row[i].number[2];
    for (size_t i = 0; i < PAIRS; i++) {
        const double *pair = figure->row[i].number;
        int group = pair[2] > 0 ? 0 : 1;
        double size = group == 0 ? effective : PAIRS - effective;
        row[i] = star_row(&h, pair[0], pair[1]);
        t[i] = (term){row[i], (group == 0 ? 1 : -1) / size, METRIC_AP};
        mean[group] += judge_mean(row[i]) / size;
    }
    row[PAIRS] = fl;
    double bound = judge_mean(fl) - judge_tolerance(.5, 1, row, PAIRS + 1);
    int agree = 0;
    for (size_t i = 0; i < PAIRS; i++)
        agree += (judge_mean(row[i]) > bound) == (figure->row[i].number[2] > 0);
    measured difference = judge_sum(&h, t, PAIRS);
    judge_say(&h, "effective pairs and others: %.1f - %.1f = ", mean[0], mean[1]);
    judge_say_measured(&h, difference, 1);
    judge_say(&h, "; %d of 17 pairs are on the paper's side of %.1f AP (paper: above %.1f)", agree,
              bound, paper_number("c24.threshold_ap"));
    judge_above(&h, difference, 0, "the effective pairs have the higher mean");
    judge_holds(&h, agree >= 13, "13 of 17 pairs agree");
    judge_refute(&h, difference.mean < 0, difference.high < 0);
    judge_close(&h);
}

const claim claim_c24 = {
    .id = "c24",
    .experiment = "table_3_fl_star",
    .statement =
        "FL* works for a range of settings, those that cut the loss of well classified examples; "
        "settings like CE, or shifted far, do not.",
    .source = "appendix A, figure 7",
    .paper = "effective, AP above 33.5: (2, 1) (2.5, 0) (3, -1) (3, 0) (3, 1) (4, -1) (4, 0)",
    .criterion = "The mean AP of the 7 effective pairs is above that of the other 10, and the rule "
                 "AP > AP(FL) "
                 "- max(0.5, 1 sd) agrees with figure 7 on at least 13 of the 17.",
    .refute_if = "The means are the other way round.",
    .judge = judge_c24};
