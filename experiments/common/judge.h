/* judge.h: what the predicates of the claims are made of: looking up rows and facts, differences
 * with their intervals, the parts of a criterion, and the verdict that follows.
 *
 * The rules, for all claims alike:
 * - A part of a criterion that compares arms (a difference, a share of another arm's AP, a distance
 *   to a tolerance) is a sum of APs formed seed by seed; it holds when its mean is on the stated
 *   side, and it is sure when its 95% interval (Student's t over the seeds) is too. Counts, orders,
 *   choices and rank correlations are taken of the means and have no interval of their own.
 * - Confirmed: every part holds and is sure. Refuted: what would refute the claim holds, with the
 *   interval on the other side. Otherwise inconclusive.
 * - With one seed nothing is sure: a claim leans to where every part holds, against where not.
 * - sd is pooled over seeds within arms. A diverged run is 0 points in a mean and left out of sd,
 *   where it would make every tolerance wide. Below two seeds a tolerance max(a, 2 sd) is a.
 * - The best of several arms is the one with the highest mean AP on validation images, over the
 *   seeds that all of them have; all other numbers are from test images. */
#ifndef RN_COMMON_JUDGE_H
#define RN_COMMON_JUDGE_H

#include "common/claim.h"

/** A claim being judged. Open, look up, add parts, close. */
typedef struct hearing {
    judgement *out;
    const evidence *evidence;
    size_t used;        /**< of out->text */
    size_t seeds;       /**< the fewest that any of its numbers rests on */
    bool said_seeds;    /**< the text has a number of seeds */
    bool exact;         /**< needs no seeds */
    bool idle;          /**< nothing trained that should: inconclusive */
    bool fewer;         /**< a choice was made among fewer arms than the claim speaks of */
    bool missing;       /**< out->text says what; nothing more is said */
    bool holds, sure;   /**< the parts so far, by means and by intervals */
    bool against;       /**< what refutes it holds by means ... */
    bool refuted;       /**< ... and by the interval */
    const char *unmet;  /**< the first part that does not hold */
    const char *unsure; /**< the first that holds, but for its interval */
    const char *why;    /**< a reason of its own for being inconclusive */
} hearing;

hearing judge_open(judgement *out, const evidence *e);

/** Sets the verdict and, where it is inconclusive, adds the reason to the text. */
void judge_close(hearing *h);

/** Adds to the text. */
void judge_say(hearing *h, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** The verdict will be "missing", with this text; the first one counts. */
void judge_missing(hearing *h, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Where fewer than 100 negatives come with a positive (figure 4's program counted them), says so.
 */
void judge_say_imbalance(hearing *h);

/* ---- looking up: NULL where it is missing, which may be passed on to everything below ------ */

/** A row all of whose runs have ended. */
const row_outcome *judge_row(hearing *h, const char *experiment, const char *label, ...)
    __attribute__((format(printf, 3, 4)));

enum { JUDGE_ARMS_MOST = 64 };

/** The best of several rows, as row_choose has it. Where one of them is missing, so is the best;
 * but while no arm has more than one seed, so that there will be no verdict, it is the best of
 * those there. */
const row_outcome *judge_best(hearing *h, const char *experiment, const char *const *label,
                              size_t count);

/** The best of weighted cross entropy in table 1a: one of its seven alphas. */
const row_outcome *judge_best_ce(hearing *h);

/* ---- numbers ------------------------------------------------------------------------------ */

/** Over seeds; low and high are NAN with one. */
typedef struct measured {
    double mean, low, high;
    size_t seeds;
} measured;

/** Of one value per seed. */
measured judge_values(hearing *h, const double *value, size_t count);

/** One summand: weight times that metric of that row; AP where none is named. */
typedef struct term {
    const row_outcome *row;
    double weight;
    metric metric;
} term;

/** The sum, seed by seed, over the seeds that all rows have. */
measured judge_sum(hearing *h, const term *t, size_t count);

/** a - share * b */
measured judge_difference(hearing *h, const row_outcome *a, const row_outcome *b, double share);

/** The mean over test images; NAN where it is missing. */
double judge_mean(const row_outcome *row);

/** The arm with the highest and the one with the lowest mean; NULL where one is missing. */
void judge_extremes(const row_outcome **highest, const row_outcome **lowest,
                    const row_outcome *const *row, size_t count);

/** The difference of those two. */
measured judge_range(hearing *h, const row_outcome *const *row, size_t count);

/** max(least, times * sd), sd pooled over the arms: see above. */
double judge_tolerance(double least, double times, const row_outcome *const *row, size_t count);

/** One summand: weight times the fact NAME/SEED. */
typedef struct fact_term {
    const char *name;
    double weight;
} fact_term;

/** The sum over the seeds for which all of the facts are there. */
measured judge_facts(hearing *h, const char *experiment, const fact_term *t, size_t count);

/** The fact of that very name. */
double judge_fact(hearing *h, const char *experiment, const char *name);

/** "34.0 - 31.1 = +2.9 [+1.2, +4.6], 10 seeds": over the seeds that both have. Returns a - b. */
measured judge_say_difference(hearing *h, const row_outcome *a, const row_outcome *b);

/** "+2.9 [+1.2, +4.6]" with that many decimals; "+2.9" with one seed. */
void judge_say_measured(hearing *h, measured m, int decimals);

/* ---- parts of a criterion; the name goes into the text where one does not hold ------------- */

void judge_above(hearing *h, measured m, double bound, const char *name);
void judge_at_least(hearing *h, measured m, double bound, const char *name);
void judge_at_most(hearing *h, measured m, double bound, const char *name);

/** low <= m <= high. */
void judge_within(hearing *h, measured m, double low, double high, const char *name);

/** Without an interval. */
void judge_holds(hearing *h, bool holds, const char *name);

/** An arm without which nothing can be said: where none of its runs detects anything, the claim is
 * inconclusive. */
void judge_trains(hearing *h, const row_outcome *row);

/** What refutes the claim: does it hold by the means, and is the interval on that side? */
void judge_refute(hearing *h, bool by_means, bool by_interval);

#endif
