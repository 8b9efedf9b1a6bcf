/* Table 1c: how many anchors per location are enough? */
#include "common/figures.h"

#include <math.h>

static const struct {
    int scales, ratios;
} densities[] = {{1, 1}, {2, 1}, {3, 1}, {1, 3}, {2, 3}, {3, 3}, {4, 3}};

static rn_status add_rows(study *s, rn_err *err) {
    (void)err;
    for (size_t i = 0; i < RN_COUNT(densities); i++) {
        char label[32];
        int scales = densities[i].scales, ratios = densities[i].ratios;
        snprintf(label, sizeof label, "%d x %d", scales, ratios);
        study_paper(study_add(s, label, true, "anchor-scales=%d anchor-ratios=%s", scales,
                              ratios == 1 ? "1" : "0.5,1,2"),
                    PAPER_TABLE_1C, i);
    }
    return RN_OK;
}

static rn_status conclude(study *s, rn_err *err) {
    rn_table table = arms_start();
    for (size_t i = 0; i < s->outcome.num_rows; i++)
        arms_add(&table, densities[i].ratios == 1 ? "square anchors" : "three ratios",
                 s->outcome.row[i].label, &s->outcome.row[i]);
    rn_status status = study_draw(s, "ap_by_density", "arms", &table, s->outcome.title, err,
                                  "xlabel", "AP (points)", "reference", "3 x 3", (char *)NULL);
    rn_table_free(&table);
    return status;
}

int main(int argc, char **argv) {
    return experiment_main(argc, argv,
                           &(experiment){.name = "table_1c_anchor_density",
                                         .title = "Table 1c: anchors per location, scales x ratios",
                                         .about = "FL with the base's gamma and alpha.",
                                         .claims = "c26 c27",
                                         .add_rows = add_rows,
                                         .conclude = conclude});
}
