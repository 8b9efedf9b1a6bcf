/* claim_share.c: who has how much of the loss, figure 4. */
#include "common/claim_list.h"
#include "common/judge.h"
#include "common/paper.h"

#include <math.h>
#include <stdio.h>

static const char FIGURE_4[] = "fig_4_loss_cdf";

static measured share(hearing *h, const char *what, const char *point) {
    char name[OUTCOME_FACT_NAME];
    snprintf(name, sizeof name, "%s/%s", what, point);
    return judge_facts(h, FIGURE_4, (fact_term[]){{name, 1}}, 1);
}

static measured rise(hearing *h, const char *what, const char *from, const char *to, double times) {
    char a[OUTCOME_FACT_NAME], b[OUTCOME_FACT_NAME];
    snprintf(a, sizeof a, "%s/%s", what, to);
    snprintf(b, sizeof b, "%s/%s", what, from);
    return judge_facts(h, FIGURE_4, (fact_term[]){{a, 1}, {b, -times}}, 2);
}

/* Loss or gradient at the three points: is each above a half? "Share below 30% at all three" is
 * taken of either alone, as the criterion asks for both. */
static void judge_majority(hearing *h, const char *what, const char *name) {
    static const char *const percent[] = {"25", "50", "100"};
    bool small = true, surely_not_most = true;
    judge_say(h, "%s", what);
    for (int i = 0; i < 3; i++) {
        measured m = share(h, what, percent[i]);
        judge_say(h, " %.0f%%", 100 * m.mean);
        if (m.seeds > 1) judge_say(h, " [%.0f, %.0f]", 100 * m.low, 100 * m.high);
        judge_above(h, m, .5, name);
        small = small && m.mean < .3;
        surely_not_most = surely_not_most && m.high < .5;
    }
    judge_say(h, ", ");
    judge_refute(h, small, surely_not_most);
}

/* "Less than one positive per 100 negatives" is part of the criterion: below that the claim is
 * inconclusive, whatever the shares, unless they refute it. */
static void judge_c05(judgement *j, const evidence *e) {
    hearing h = judge_open(j, e);
    judge_majority(&h, "easy negatives' loss", "most of the loss at every point");
    judge_majority(&h, "easy negatives' gradient", "most of the gradient at every point");
    double negatives = judge_fact(&h, FIGURE_4, "negatives a positive");
    judge_say(&h,
              "after 25, 50, 100%% of training; %.0f negatives a positive; paper: the majority, at "
              "about 1:1000",
              negatives);
    judge_holds(&h, negatives > 100, "more than 100 negatives a positive");
    if (negatives <= 100 && !h.refuted) h.why = "too little imbalance";
    if (h.refuted) judge_say_imbalance(&h);
    judge_close(&h);
}

const claim claim_c05 = {
    .id = "c05",
    .experiment = "fig_4_loss_cdf",
    .statement = "Without focusing, easy negatives make up most of the loss and of its gradient.",
    .source = "sec. 1, 2, 3.2",
    .paper = "the majority, at an imbalance of about 1:1000",
    .criterion =
        "In a model trained with CE, after 25%, 50% and 100% of training, negatives with p_t above "
        ".6 "
        "have more than half of the summed CE and of its summed absolute gradient; and there are "
        "more than 100 negatives a positive.",
    .refute_if = "Their share is below 30% at all three points.",
    .judge = judge_c05};

static void judge_c16(judgement *j, const evidence *e) {
    hearing h = judge_open(j, e);
    measured at_0 = share(&h, "positive top 20", "0"), at_2 = share(&h, "positive top 20", "2");
    measured growth = rise(&h, "positive top 20", "0", "2", 1);
    judge_say(&h, "top 20%% of the positives: %.3f at gamma 0, %.3f at 2, ", at_0.mean, at_2.mean);
    judge_say_measured(&h, growth, 3);
    judge_say(&h, "; paper %.3f and %.3f", paper_number("c16.top_20_percent_share.gamma_0"),
              paper_number("c16.top_20_percent_share.gamma_2"));
    judge_within(&h, at_0, .35, .65, "the share at gamma 0 lies in .35 to .65");
    judge_within(&h, growth, 0, .25, "the share rises by 0 to .25");
    judge_refute(&h, growth.mean > .4, growth.low > .25);
    judge_close(&h);
}

const claim claim_c16 = {.id = "c16",
                         .experiment = "fig_4_loss_cdf",
                         .statement = "Among positives gamma changes little in who has the loss; "
                                      "the hardest fifth has about half.",
                         .source = "sec. 5.1, figure 4 left",
                         .paper = "0.476 0.523 0.564 0.631 at gamma 0 .5 1 2",
                         .criterion = "The hardest 20% of the positives have 35% to 65% of the "
                                      "loss at gamma 0, and 0 to 25 points "
                                      "more at gamma 2.",
                         .refute_if = "They have over 40 points more.",
                         .judge = judge_c16};

/* "Shares grow with gamma": top 1% and top 20%, of the means. */
static bool shares_grow(hearing *h, const char *what) {
    static const char *const gamma[] = {"0", ".5", "1", "2"};
    bool grow = true;
    for (int g = 1; g < 4; g++) grow = rise(h, what, gamma[g - 1], gamma[g], 1).mean > 0 && grow;
    return grow;
}

static void judge_c17(judgement *j, const evidence *e) {
    hearing h = judge_open(j, e);
    measured at_0 = share(&h, "negative top 1", "0"), at_2 = share(&h, "negative top 1", "2");
    measured growth = rise(&h, "negative top 1", "0", "2", 3);
    bool grow = shares_grow(&h, "negative top 1"), also = shares_grow(&h, "negative top 20");
    judge_say(&h, "top 1%% of the negatives: %.3f at gamma 0, %.3f", at_0.mean, at_2.mean);
    if (at_2.seeds > 1) judge_say(&h, " [%.3f, %.3f]", at_2.low, at_2.high);
    judge_say(&h, " at 2; paper %.3f and %.3f", paper_number("c17.top_1_percent_share.gamma_0"),
              paper_number("c17.top_1_percent_share.gamma_2"));
    judge_at_least(&h, at_2, .8, "the top 1% have at least .80 at gamma 2");
    judge_at_least(&h, growth, 0, "at least three times the share at gamma 0");
    judge_holds(&h, grow && also, "the shares grow with gamma");
    judge_refute(&h, at_2.mean < .5, at_2.high < .8);
    judge_close(&h);
}

const claim claim_c17 = {
    .id = "c17",
    .experiment = "fig_4_loss_cdf",
    .statement = "Among negatives gamma 2 gives nearly all of the loss to a small hard part.",
    .source = "sec. 5.1, figure 4 right",
    .paper = "top 1%: 0.06 0.164 0.452 0.974, top 20%: 0.367 0.5 0.714 0.99 at gamma 0 .5 1 2",
    .criterion = "The hardest 1% of the negatives have at least 80% of the loss at gamma 2 and at "
                 "least 3 times "
                 "what they have at gamma 0; the shares grow with gamma.",
    .refute_if = "They have less than 50% at gamma 2.",
    .judge = judge_c17};

static void judge_c18(judgement *j, const evidence *e) {
    hearing h = judge_open(j, e);
    measured positives = judge_facts(&h, FIGURE_4, (fact_term[]){{"gap positives", 1}}, 1);
    measured negatives = judge_facts(&h, FIGURE_4, (fact_term[]){{"gap negatives", 1}}, 1);
    measured at_0 = judge_facts(&h, FIGURE_4, (fact_term[]){{"gap gamma 0", 1}}, 1);
    measured twice =
        judge_facts(&h, FIGURE_4, (fact_term[]){{"gap negatives", 1}, {"gap positives", -2}}, 2);
    judge_say(&h, "gap of gamma 0 and 2: positives %.3f, negatives %.3f, negatives - 2 positives ",
              positives.mean, negatives.mean);
    judge_say_measured(&h, twice, 3);
    judge_say(&h, "; gap of the two at gamma 0 %.3f; paper %.3f, %.3f, %.3f", at_0.mean,
              paper_number("c18.max_gap_gamma_0_to_2_positives"),
              paper_number("c18.max_gap_gamma_0_to_2_negatives"),
              paper_number("c18.max_gap_positives_negatives_gamma_0"));
    judge_at_least(&h, twice, 0, "the negatives' gap is at least twice the positives'");
    judge_at_most(&h, at_0, .25, "the gap at gamma 0 is at most .25");
    judge_refute(&h, negatives.mean <= positives.mean, twice.high < 0);
    judge_close(&h);
}

const claim claim_c18 = {
    .id = "c18",
    .experiment = "fig_4_loss_cdf",
    .statement =
        "Gamma acts far more on negatives than on positives; at gamma 0 both are spread alike.",
    .source = "sec. 5.1, figure 4",
    .paper = "0.165 and 0.936, 0.135 at gamma 0",
    .criterion = "The largest vertical gap between the curves of gamma 0 and 2 is for negatives at "
                 "least twice "
                 "that for positives, and the gap between the two at gamma 0 is at most .25.",
    .refute_if = "The negatives' gap is at most the positives'.",
    .judge = judge_c18};
