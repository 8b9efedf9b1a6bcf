/* Table 1d: online hard example mining against the focal loss.
 *
 * The paper's batches of 128, 256 and 512 are .13, .26 and .51 percent of its 100,000 anchors; the
 * same parts of ours are 16, 32 and 64. The base loss is cross entropy. */
#include "common/figures.h"

#include <math.h>
#include <string.h>

enum { AT_ANY_NMS, ONE_TO_THREE };

/* Row of the paper's table; -1: not in it. */
static const struct {
    int batch;
    double nms;
    bool one_to_three;
    int paper;
} arms[] = {
    {128, .7, false, 0}, {256, .7, false, 1}, {512, .7, false, 2}, {128, .5, false, 3},
    {256, .5, false, 4}, {512, .5, false, 5}, {128, .5, true, 6},  {256, .5, true, 7},
    {512, .5, true, 8},  {16, .7, false, -1}, {32, .7, false, -1}, {64, .7, false, -1},
    {16, .5, false, -1}, {32, .5, false, -1}, {64, .5, false, -1}, {16, .5, true, -1},
    {32, .5, true, -1},  {64, .5, true, -1},
};
enum { PAPER_FL = 9 };

static rn_status add_rows(study *s, rn_err *err) {
    (void)err;
    for (size_t i = 0; i < RN_COUNT(arms); i++) {
        char label[48], nms[16];
        snprintf(label, sizeof label, "%sbatch %d nms %s", arms[i].one_to_three ? "1:3 " : "",
                 arms[i].batch, study_number(nms, arms[i].nms));
        row_outcome *row =
            study_add(s, label, arms[i].batch >= 128,
                      "loss=ohem ohem-batch=%d ohem-nms=%g ohem-one-to-three=%s", arms[i].batch,
                      arms[i].nms, arms[i].one_to_three ? "on" : "off");
        if (arms[i].paper >= 0) study_paper(row, PAPER_TABLE_1D, (size_t)arms[i].paper);
    }
    study_paper(study_add(s, "FL", true, "loss=focal gamma=2 alpha=0.25"), PAPER_TABLE_1D,
                PAPER_FL);
    return RN_OK;
}

static bool is_mined(const row_outcome *row) { return strcmp(row->label, "FL") != 0; }

static void mark_headline(study *s) {
    study_mark(s, outcome_row(&s->outcome, "FL"));
    study_mark(s, outcome_best(&s->outcome, is_mined));
}

static rn_status conclude(study *s, rn_err *err) {
    rn_table table = arms_start();
    for (size_t i = 0; i < s->outcome.num_rows; i++) {
        const row_outcome *row = &s->outcome.row[i];
        const char *group = !is_mined(row)         ? "focal loss"
                            : arms[i].one_to_three ? "OHEM 1:3"
                            : arms[i].batch < 100  ? "OHEM, batch scaled to our anchors"
                                                   : "OHEM";
        arms_add(&table, group, row->label, row);
    }
    rn_status status = study_draw(s, "ap_by_mining", "arms", &table, s->outcome.title, err,
                                  "xlabel", "AP (points)", "reference", "FL", (char *)NULL);
    rn_table_free(&table);
    return status;
}

int main(int argc, char **argv) {
    return experiment_main(
        argc, argv,
        &(experiment){.name = "table_1d_ohem",
                      .title = "Table 1d: OHEM against the focal loss",
                      .about =
                          "The hardest anchors of an image after suppression, with and without\n"
                          "three negatives a positive.",
                      .claims = "c19 c20 c21",
                      .add_rows = add_rows,
                      .mark_headline = mark_headline,
                      .conclude = conclude});
}
