/* claim_prior.c: the bias of the classifier's output at the start. */
#include "common/claim_list.h"
#include "common/judge.h"
#include "common/paper.h"

#include <math.h>

static const char PRIOR_INIT[] = "prior_init";

/* How many runs of `flat` diverged or ended below 25% of the other's mean: are they most? */
static bool mostly_collapsed(hearing *h, const row_outcome *flat, const row_outcome *prior) {
    size_t collapsed = 0, runs = flat->num_runs;
    for (size_t i = 0; i < runs; i++)
        collapsed += flat->run[i].state == RUN_DIVERGED ||
                     run_metric(&flat->run[i], METRIC_AP, false) < .25 * judge_mean(prior);
    judge_say(h, "%zu of %zu runs diverged (%zu) or ended below a quarter of %.1f AP", collapsed,
              runs, row_diverged(flat), judge_mean(prior));
    if (runs < h->seeds) h->seeds = runs;
    return 2 * collapsed > runs;
}

/* One pair of rows, with or without warm-up. The strong form is a count over seeds and has no
 * interval; the weak one alone confirms nothing. Returns whether the weak one holds. */
static bool judge_pair(hearing *h, const row_outcome *flat, const row_outcome *prior,
                       const char *name, bool *refuted, bool *against) {
    bool most = mostly_collapsed(h, flat, prior);
    judge_say(h, ", ");
    measured gain = judge_say_difference(h, prior, flat);
    judge_holds(h, most, name);
    judge_holds(h, gain.mean > 0, "AP(ce pi .01) > AP(ce pi .5)");
    bool finite = row_diverged(flat) == 0;
    *against = *against && finite && gain.mean <= 0;
    *refuted = *refuted && finite && gain.high <= 0;
    return gain.low > 0;
}

/* The paper does not mention warm-up, which the authors' later code has and which can hide the
 * divergence. Where both were run both must agree. */
static void judge_c01(judgement *j, const evidence *e) {
    hearing h = judge_open(j, e);
    const row_outcome *flat = judge_row(&h, PRIOR_INIT, "ce pi .5");
    const row_outcome *prior = judge_row(&h, PRIOR_INIT, "ce pi .01");
    hearing unasked = judge_open(&(judgement){0}, e); /* these two may be missing */
    const row_outcome *flat_cold = judge_row(&unasked, PRIOR_INIT, "ce pi .5, no warm-up");
    const row_outcome *prior_cold = judge_row(&unasked, PRIOR_INIT, "ce pi .01, no warm-up");
    bool refuted = true, against = true, weak = true;
    if (!h.missing) weak = judge_pair(&h, flat, prior, "most runs fail", &refuted, &against);
    if (!h.missing && flat_cold && prior_cold) {
        judge_say(&h, "; without warm-up ");
        weak = judge_pair(&h, flat_cold, prior_cold, "most runs without warm-up fail", &refuted,
                          &against) &&
               weak;
    }
    judge_say(&h, "; paper: diverged, and %.1f with the prior", paper_number("c01.ap_pi_0_01"));
    judge_refute(&h, against, refuted);
    judge_trains(&h, prior);
    if (weak && !h.holds) h.why = "only the weak form holds throughout: the prior's mean is higher";
    judge_close(&h);
}

const claim claim_c01 = {
    .id = "c01",
    .experiment = "prior_init",
    .statement =
        "Plain cross entropy does not train when the output's bias starts at zero (pi .5); a bias "
        "for pi .01 is all it takes to make it train.",
    .source = "sec. 3.3, 4.1, 5.1",
    .paper = "diverged; 30.2 with the prior",
    .criterion =
        "Most seeds of CE with pi .5 diverge or stay below 25% of the mean AP with pi .01. Weak "
        "form: the mean AP with pi .01 is higher.",
    .refute_if = "No seed with pi .5 diverges, and its mean AP is at least that with pi .01.",
    .judge = judge_c01};

/* "ratio": that of each seed; all must agree. */
static void judge_c02(judgement *j, const evidence *e) {
    hearing h = judge_open(j, e);
    h.exact = true;
    const outcome *o = evidence_of(e, PRIOR_INIT);
    double lowest = INFINITY, highest = -INFINITY;
    for (int seed = 0; o && seed < OUTCOME_RUNS_MOST; seed++) {
        double flat = outcome_fact(o, "first negative loss/ce pi .5/%d", seed);
        double prior = outcome_fact(o, "first negative loss/ce pi .01/%d", seed);
        if (isnan(flat) || isnan(prior)) continue;
        lowest = fmin(lowest, flat / prior);
        highest = fmax(highest, flat / prior);
    }
    if (!o) judge_missing(&h, "%s has not been run", PRIOR_INIT);
    if (lowest > highest)
        judge_missing(&h,
                      "%s: no seed has \"first negative loss\" of \"ce pi .5\" and \"ce pi .01\"",
                      PRIOR_INIT);
    judge_say(&h,
              "the first loss of the negatives falls by a factor of %.1f to %.1f; closed form %.1f",
              lowest, highest, paper_number("c02.closed_form_ratio_ce"));
    judge_holds(&h, lowest >= 50 && highest <= 90, "the ratio lies in 50 to 90");
    judge_refute(&h, highest < 10, true);
    judge_close(&h);
}

const claim claim_c02 = {
    .id = "c02",
    .experiment = "prior_init",
    .statement = "The prior takes away the huge loss of the background in the first iteration.",
    .source = "sec. 3.3, 4.1",
    .paper = "68.97 times for CE and 172419 times for FL, in closed form",
    .criterion =
        "The summed loss of the negatives of the first minibatch is 50 to 90 times larger with pi "
        ".5 than with pi .01 (CE).",
    .refute_if = "It is less than 10 times larger.",
    .judge = judge_c02};

/* Is the peak of `flat` the larger one? A run that diverges has the largest of all. */
static bool peaks_higher(hearing *h, const row_outcome *flat, const row_outcome *prior, int seed) {
    const outcome *o = evidence_of(h->evidence, PRIOR_INIT);
    const run_outcome *a = row_run(flat, seed), *b = row_run(prior, seed);
    if (a->state == RUN_DIVERGED || b->state == RUN_DIVERGED) return b->state != RUN_DIVERGED;
    double peak = outcome_fact(o, "peak over mark/%s/%d", flat->label, seed);
    double other = outcome_fact(o, "peak over mark/%s/%d", prior->label, seed);
    if (isnan(peak) || isnan(other))
        judge_missing(h, "%s: \"peak over mark\" of \"%s\" or \"%s\" is not there, seed %d",
                      PRIOR_INIT, flat->label, prior->label, seed);
    return peak > other;
}

static void judge_c03(judgement *j, const evidence *e) {
    hearing h = judge_open(j, e);
    const row_outcome *flat = judge_row(&h, PRIOR_INIT, "fl pi .5");
    const row_outcome *prior = judge_row(&h, PRIOR_INIT, "fl pi .01");
    size_t higher = 0, runs = 0;
    for (size_t i = 0; !h.missing && i < flat->num_runs; i++) {
        if (!row_run(prior, flat->run[i].seed)) continue;
        higher += peaks_higher(&h, flat, prior, flat->run[i].seed);
        runs++;
    }
    judge_say(&h,
              "the loss peaks higher with pi .5 in %zu of %zu seeds; AP of pi .01 and .5: ", higher,
              runs);
    measured gain = judge_say_difference(&h, prior, flat);
    double tolerance = judge_tolerance(.5, 2, (const row_outcome *[]){flat, prior}, 2);
    judge_say(&h, ", tolerance %.1f; the paper has no numbers", tolerance);
    judge_holds(&h, higher == runs, "a higher peak in every seed");
    judge_at_least(&h, gain, -tolerance, "pi .01 is not worse by more than the tolerance");
    judge_refute(&h, gain.mean < -tolerance, gain.high < -tolerance);
    judge_close(&h);
}

const claim claim_c03 = {
    .id = "c03",
    .experiment = "prior_init",
    .statement = "Focal loss too trains more steadily from the prior.",
    .source = "sec. 3.3",
    .paper = "no numbers",
    .criterion =
        "In every seed the highest loss of the first 5% of the iterations, over the loss at that "
        "mark, is larger for FL with pi .5 than with pi .01; and the mean AP with pi .01 is at "
        "least that with pi .5 less max(0.5, 2 sd).",
    .refute_if = "FL with pi .5 has the higher AP, by more than max(0.5, 2 sd).",
    .judge = judge_c03};

/* One loss. The range is that of the means; its interval is that of its two ends. */
static void judge_sweep(hearing *h, const char *loss, const char *name) {
    static const char *const pi[] = {".03", ".01", ".003", ".001"};
    const row_outcome *row[4];
    for (int i = 0; i < 4; i++) row[i] = judge_row(h, PRIOR_INIT, "%s pi %s", loss, pi[i]);
    measured range = judge_range(h, row, 4);
    double tolerance = judge_tolerance(1, 2, row, 4);
    judge_say(h, "%s: range ", loss);
    judge_say_measured(h, range, 1);
    judge_say(h, ", tolerance %.1f; ", tolerance);
    judge_trains(h, row[1]);
    judge_at_most(h, range, tolerance, name);
    judge_refute(h, range.mean > judge_tolerance(3, 4, row, 4), range.low > tolerance);
}

static void judge_c04(judgement *j, const evidence *e) {
    hearing h = judge_open(j, e);
    judge_sweep(&h, "ce", "the range of CE");
    judge_sweep(&h, "fl", "the range of FL");
    judge_say(&h, "the paper has no numbers");
    judge_close(&h);
}

const claim claim_c04 = {
    .id = "c04",
    .experiment = "prior_init",
    .statement = "Which prior exactly hardly matters.",
    .source = "sec. 4.1, 5.1",
    .paper = "only pi .01 is used, no numbers",
    .criterion =
        "Over pi .03, .01, .003 and .001 the mean APs span at most max(1, 2 sd), for CE and for "
        "FL.",
    .refute_if = "They span more than 3 AP and more than 4 sd.",
    .judge = judge_c04};
