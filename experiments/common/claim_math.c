/* claim_math.c: what follows from the formulas alone. */
#include "common/claim_list.h"
#include "common/judge.h"
#include "common/paper.h"

#include <math.h>

static const char LOSS_MATH[] = "loss_math";

static bool is_near(double got, double want, double relative) {
    return fabs(got - want) <= relative * fabs(want);
}

/* "at most 4": the ratio is 4 at p_t = .5 itself, up to rounding, hence 1e-6 of room. The relative
 * error of 1e-4, given for the ratio at .9, is taken for the other two as well. */
static void judge_c15(judgement *j, const evidence *e) {
    hearing h = judge_open(j, e);
    h.exact = true;
    double at_9 = judge_fact(&h, LOSS_MATH, "ratio at .9");
    double at_968 = judge_fact(&h, LOSS_MATH, "ratio at .968");
    double at_968_more = judge_fact(&h, LOSS_MATH, "ratio at .9683772");
    double largest = judge_fact(&h, LOSS_MATH, "largest ratio to .5");
    judge_say(&h, "CE / FL is %.6g at .9, %.6g at .968, %.6g at .9683772, at most %.6g up to .5; ",
              at_9, at_968, at_968_more, largest);
    judge_say(&h, "paper %g, about %g, at most %g", paper_number("c15.ratio_at_0_9"),
              paper_number("c15.ratio_at_0_968"), paper_number("c15.max_ratio_up_to_0_5"));
    judge_holds(&h, is_near(at_9, paper_number("c15.ratio_at_0_9"), 1e-4), "the ratio at .9");
    judge_holds(&h, is_near(at_968, 976.5625, 1e-4), "the ratio at .968");
    judge_holds(&h, is_near(at_968_more, paper_number("c15.ratio_at_0_968"), 1e-4),
                "the ratio at .9683772");
    judge_holds(&h, largest <= paper_number("c15.max_ratio_up_to_0_5") * (1 + 1e-6),
                "the ratio up to .5");
    judge_refute(&h, !h.holds, true);
    judge_close(&h);
}

const claim claim_c15 = {
    .id = "c15",
    .experiment = "loss_math",
    .statement =
        "At gamma 2 the loss is 100 times below CE where p_t is .9 and about 1000 times where "
        "it is .968, but at most 4 times below for p_t up to .5.",
    .source = "sec. 3.2",
    .paper = "100, 1000, 4",
    .criterion =
        "The loss of this library gives 100 (to 1e-4), 976.56 at .968 and 1000 at .9683772, "
        "and at most 4 everywhere on a grid up to .5.",
    .refute_if = "One of these is off.",
    .judge = judge_c15};

/* "Match": the reference values are printed with six digits, so their own error may be 5e-6 of the
 * value; 1e-5 is asked for. */
static void judge_c25(judgement *j, const evidence *e) {
    hearing h = judge_open(j, e);
    h.exact = true;
    double derivative = judge_fact(&h, LOSS_MATH, "largest derivative error");
    double reference = judge_fact(&h, LOSS_MATH, "largest reference error");
    judge_say(&h,
              "analytic and numeric derivatives differ by at most %.1e, reference values by %.1e",
              derivative, reference);
    judge_holds(&h, derivative <= 1e-6, "the derivatives");
    judge_holds(&h, reference <= 1e-5, "the reference values");
    judge_refute(&h, !h.holds, true);
    judge_close(&h);
}

const claim claim_c25 = {
    .id = "c25",
    .experiment = "loss_math",
    .statement =
        "On the right side (x_t > 0) the gradients of FL and FL* are small long before that of "
        "CE is; far out all three tend to -1 or to 0.",
    .source = "appendix B, figure 6",
    .paper = "at x_t = 1: CE -0.2689, FL -0.0526, FL* (2, 1) -0.0474, FL* (4, 0) -0.018; steepest "
             "slope of FL -1.129",
    .criterion =
        "The derivatives agree with central differences to 1e-6 and with the reference values.",
    .refute_if = "One of them does not.",
    .judge = judge_c25};
