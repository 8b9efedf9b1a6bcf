/* claim_ohem.c: hard examples mined, table 1d, and the hinge loss. */
#include "common/claim_grid.h"
#include "common/claim_list.h"
#include "common/paper.h"

#include <math.h>
#include <string.h>

static const char TABLE_1D[] = "table_1d_ohem";

/* The nine of the paper; the first six are plain, of these the first three with nms .5. */
static const char *const paper_arms[] = {
    "batch 128 nms .5",     "batch 256 nms .5",     "batch 512 nms .5",
    "batch 128 nms .7",     "batch 256 nms .7",     "batch 512 nms .7",
    "1:3 batch 128 nms .5", "1:3 batch 256 nms .5", "1:3 batch 512 nms .5"};
enum { PLAIN = 6, SIZES = 3, PAPER_ARMS = 9, ARMS_MOST = JUDGE_ARMS_MOST };

/* All of the paper's and whatever else the table has of OHEM: batches scaled to our anchors. */
static size_t all_arms(const char *label[ARMS_MOST], const outcome *o) {
    memcpy(label, paper_arms, sizeof paper_arms);
    size_t count = PAPER_ARMS;
    for (size_t i = 0; o && i < o->num_rows && count < ARMS_MOST; i++) {
        const char *name = o->row[i].label;
        bool known = strncmp(name, "batch ", 6) != 0 && strncmp(name, "1:3 batch ", 10) != 0;
        for (int k = 0; k < PAPER_ARMS && !known; k++) known = strcmp(name, paper_arms[k]) == 0;
        if (!known) label[count++] = name;
    }
    return count;
}

static void judge_c19(judgement *j, const evidence *e) {
    hearing h = judge_open(j, e);
    const char *label[ARMS_MOST];
    size_t count = all_arms(label, evidence_of(e, TABLE_1D));
    const row_outcome *fl = judge_row(&h, TABLE_1D, "FL");
    const row_outcome *best = judge_best(&h, TABLE_1D, label, count);
    measured gain = judge_say_difference(&h, fl, best);
    judge_say(&h, "; best OHEM of %zu arms: %s; paper %.1f - %.1f = %+.1f", count,
              best ? best->label : "none", paper_number("c19.ap_fl"),
              paper_number("c19.ap_ohem_best"), paper_number("c19.gain"));
    judge_above(&h, gain, 0, "AP(FL) > AP(best OHEM)");
    judge_refute(&h, gain.mean < 0, gain.high < 0);
    judge_close(&h);
}

const claim claim_c19 = {
    .id = "c19",
    .experiment = "table_1d_ohem",
    .statement = "Focal loss beats OHEM at its best setting.",
    .source = "sec. 5.1, table 1d",
    .paper = "36.0 - 32.8 = +3.2",
    .criterion = "The mean paired difference of AP, FL less the best of all OHEM arms, is above 0.",
    .refute_if = "It is below 0, with its interval.",
    .judge = judge_c19};

/* The ends of either range are the arms with the highest and lowest means. FL is that of table 1b,
 * each gamma at its best alpha; here both tables have the same network. */
static void judge_c20(judgement *j, const evidence *e) {
    hearing h = judge_open(j, e);
    const row_outcome *ohem[PLAIN], *fl[4], *high[2], *low[2];
    for (int i = 0; i < PLAIN; i++) ohem[i] = judge_row(&h, TABLE_1D, "%s", paper_arms[i]);
    for (int i = 0; i < 4; i++) fl[i] = grid_best(&h, GAMMA_05 + i);
    judge_extremes(&high[0], &low[0], ohem, PLAIN);
    judge_extremes(&high[1], &low[1], fl, 4);
    double ranges[2];
    for (int i = 0; i < 2; i++) ranges[i] = judge_mean(high[i]) - judge_mean(low[i]);
    measured more = judge_sum(
        &h, (term[]){{high[0], 1, 0}, {low[0], -1, 0}, {high[1], -1, 0}, {low[1], 1, 0}}, 4);
    judge_say(&h, "range of OHEM %.1f, of FL %.1f, difference ", ranges[0], ranges[1]);
    judge_say_measured(&h, more, 1);
    judge_say(&h, "; nms .5, smallest and largest batch: ");
    measured fall = judge_say_difference(&h, ohem[0], ohem[2]);
    judge_say(&h, "; paper %.1f and %.1f", paper_number("c20.ohem_range"),
              paper_number("c20.fl_gamma_0_5_to_5_range"));
    judge_above(&h, more, 0, "the range of OHEM is the larger one");
    judge_above(&h, fall, 0, "AP falls with the batch at nms .5");
    judge_refute(&h, ranges[0] < ranges[1] / 2, more.high < 0);
    judge_close(&h);
}

const claim claim_c20 = {
    .id = "c20",
    .experiment = "table_1d_ohem",
    .statement = "OHEM depends strongly on its batch size and nms, more than FL does on gamma.",
    .source = "tables 1b and 1d",
    .paper = "a range of 5.2 against 1.8; 32.8 31.0 27.6 by batch at nms .5",
    .criterion = "The mean APs of the six plain OHEM arms span more than those of FL with gamma "
                 ".5, 1, 2 and "
                 "5, and at nms .5 AP falls from the smallest to the largest batch.",
    .refute_if = "They span less than half as much.",
    .judge = judge_c20};

static void judge_c21(judgement *j, const evidence *e) {
    hearing h = judge_open(j, e);
    term t[2 * SIZES];
    int worse = 0;
    judge_say(&h, "1:3 less plain at batch 128, 256, 512:");
    for (int i = 0; i < SIZES; i++) {
        const row_outcome *plain = judge_row(&h, TABLE_1D, "%s", paper_arms[i]);
        const row_outcome *forced = judge_row(&h, TABLE_1D, "%s", paper_arms[PLAIN + i]);
        t[2 * i] = (term){forced, 1. / SIZES, METRIC_AP};
        t[2 * i + 1] = (term){plain, -1. / SIZES, METRIC_AP};
        double difference = judge_mean(forced) - judge_mean(plain);
        worse += difference < 0;
        judge_say(&h, " %+.1f", difference);
    }
    measured mean = judge_sum(&h, t, 2 * SIZES);
    judge_say(&h, ", mean ");
    judge_say_measured(&h, mean, 1);
    judge_say(&h, "; paper %+.1f %+.1f %+.1f", paper_number("c21.differences_batch_128_256_512.0"),
              paper_number("c21.differences_batch_128_256_512.1"),
              paper_number("c21.differences_batch_128_256_512.2"));
    measured loss = {-mean.mean, -mean.high, -mean.low, mean.seeds};
    judge_holds(&h, worse >= 2, "1:3 is worse at two of three batch sizes");
    judge_above(&h, loss, 0, "1:3 is worse in the mean");
    judge_refute(&h, mean.mean > 0, mean.low > 0);
    judge_close(&h);
}

const claim claim_c21 = {.id = "c21",
                         .experiment = "table_1d_ohem",
                         .statement = "Forcing one positive to three negatives makes OHEM worse.",
                         .source = "table 1d",
                         .paper = "-1.7 -2.7 -3.6 at batch 128 256 512",
                         .criterion = "At nms .5, OHEM 1:3 has a lower AP than OHEM for at least "
                                      "two of the three batch sizes, and "
                                      "in the mean of the three.",
                         .refute_if = "In the mean it has a higher one, with the interval.",
                         .judge = judge_c21};

/* Counts over seeds, without an interval; "most" is more than half. */
static void judge_c22(judgement *j, const evidence *e) {
    static const char *const margin[] = {".5", ".7", ".9"};
    hearing h = judge_open(j, e);
    const row_outcome *ce = judge_best_ce(&h);
    double reference = judge_mean(ce);
    judge_say(&h, "of CE's %.1f AP:", reference);
    for (int i = 0; i < 3; i++) {
        const row_outcome *row = judge_row(&h, "hinge", "margin %s", margin[i]);
        size_t runs = row ? row->num_runs : 0, failed = 0, fine = 0;
        for (size_t r = 0; r < runs; r++) {
            double ap = run_metric(&row->run[r], METRIC_AP, false);
            failed += row->run[r].state == RUN_DIVERGED || ap < .5 * reference;
            fine += row->run[r].state == RUN_DONE && ap >= .9 * reference;
        }
        judge_say(&h, " margin %s: %.1f, %zu of %zu runs failed (%zu diverged);", margin[i],
                  judge_mean(row), failed, runs, row ? row_diverged(row) : 0);
        judge_holds(&h, 2 * failed > runs, "most runs of every margin fail");
        judge_refute(&h, 2 * fine > runs, true);
        if (runs < h.seeds) h.seeds = runs;
    }
    judge_say(&h, " the paper has no numbers");
    judge_trains(&h, ce);
    judge_close(&h);
}

const claim claim_c22 = {
    .id = "c22",
    .experiment = "hinge",
    .statement = "Hinge loss on p_t is unstable and leads to nothing useful.",
    .source = "sec. 5.1",
    .paper = "no numbers",
    .criterion =
        "For every margin tried most seeds diverge or end below 50% of the AP of CE at its best "
        "alpha.",
    .refute_if = "With some margin most seeds reach 90% of it.",
    .judge = judge_c22};
