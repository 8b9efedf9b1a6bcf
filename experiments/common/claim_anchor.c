/* claim_anchor.c: anchors per location, table 1c, and the pyramid. */
#include "common/claim_list.h"
#include "common/judge.h"
#include "common/paper.h"

#include <math.h>

static const char TABLE_1C[] = "table_1c_anchor_density";

static void judge_c26(judgement *j, const evidence *e) {
    hearing h = judge_open(j, e);
    const row_outcome *one = judge_row(&h, TABLE_1C, "1 x 1");
    const row_outcome *nine = judge_row(&h, TABLE_1C, "3 x 3");
    measured gain = judge_say_difference(&h, nine, one);
    measured good = judge_difference(&h, one, nine, .75);
    double share = judge_mean(one) / judge_mean(nine);
    judge_say(&h, "; one anchor has %.0f%%; paper %+.1f, %.0f%%", 100 * share,
              paper_number("c26.gain"), 100 * paper_number("c26.ratio"));
    judge_trains(&h, nine);
    judge_at_least(&h, good, 0, "AP(1 x 1) is at least 75% of AP(3 x 3)");
    judge_above(&h, gain, 0, "AP(3 x 3) > AP(1 x 1)");
    judge_refute(&h, gain.mean <= 0, gain.high <= 0);
    judge_refute(&h, share < .5, good.high < 0);
    judge_close(&h);
}

const claim claim_c26 = {
    .id = "c26",
    .experiment = "table_1c_anchor_density",
    .statement =
        "One square anchor a location is already good; 3 scales and 3 ratios add nearly 4 AP.",
    .source = "sec. 5.2, table 1c",
    .paper = "34.0 - 30.3 = +3.7 (89.1%)",
    .criterion = "AP(1 x 1) is at least 75% of AP(3 x 3), and the mean paired difference of the "
                 "two is above 0.",
    .refute_if = "AP(1 x 1) is at least AP(3 x 3), or below 50% of it.",
    .judge = judge_c26};

/* The maximum is that of the two means. */
static void judge_c27(judgement *j, const evidence *e) {
    hearing h = judge_open(j, e);
    const row_outcome *row[3] = {judge_row(&h, TABLE_1C, "2 x 3"), judge_row(&h, TABLE_1C, "3 x 3"),
                                 judge_row(&h, TABLE_1C, "4 x 3")};
    const row_outcome *rival = judge_mean(row[0]) > judge_mean(row[1]) ? row[0] : row[1];
    double tolerance = judge_tolerance(.5, 1, row, 3);
    judge_say(&h, "4 x 3 and %s: ", rival ? rival->label : "");
    measured gain = judge_say_difference(&h, row[2], rival);
    judge_say(&h, ", tolerance %.1f; paper %.1f - %.1f", tolerance, paper_number("c27.ap_4x3"),
              paper_number("c27.ap_2x3"));
    judge_trains(&h, rival);
    judge_at_most(&h, gain, tolerance, "4 x 3 is not better by more than the tolerance");
    judge_refute(&h, gain.mean > 1.5, gain.low > 0);
    judge_close(&h);
}

const claim claim_c27 = {
    .id = "c27",
    .experiment = "table_1c_anchor_density",
    .statement = "More than 6 to 9 anchors a location bring nothing.",
    .source = "sec. 5.2, table 1c",
    .paper = "33.8 against 34.2 (2 x 3) and 34.0 (3 x 3)",
    .criterion =
        "AP(4 x 3) exceeds the higher of AP(2 x 3) and AP(3 x 3) by at most max(0.5, 1 sd).",
    .refute_if = "It exceeds it by more than 1.5, with an interval above 0.",
    .judge = judge_c27};

/* "10% relative": of the AP without the pyramid. */
static void judge_c30(judgement *j, const evidence *e) {
    hearing h = judge_open(j, e);
    const row_outcome *pyramid = judge_row(&h, "pyramid", "pyramid");
    const row_outcome *last = judge_row(&h, "pyramid", "last stage");
    measured gain = judge_say_difference(&h, pyramid, last);
    measured relative = judge_difference(&h, pyramid, last, 1.1);
    judge_say(&h, " (%+.0f%%); the paper has no numbers", 100 * gain.mean / judge_mean(last));
    judge_trains(&h, pyramid);
    judge_above(&h, gain, 0, "AP(pyramid) > AP(last stage)");
    judge_at_least(&h, relative, 0, "it is higher by at least 10%");
    judge_refute(&h, gain.mean <= 0, gain.high <= 0);
    judge_close(&h);
}

const claim claim_c30 = {
    .id = "c30",
    .experiment = "pyramid",
    .statement = "The feature pyramid is essential: the last stage alone gives a low AP.",
    .source = "sec. 4",
    .paper = "no numbers",
    .criterion =
        "The mean AP with the pyramid exceeds that of the last stage alone, by at least 10%.",
    .refute_if = "It does not exceed it, with the interval.",
    .judge = judge_c30};
