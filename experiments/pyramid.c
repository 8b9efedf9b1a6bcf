/* The feature pyramid against the last stage alone, with anchors of all sizes on it (sec. 4: the
 * authors found AP low there, and give no number). */
#include "common/figures.h"

#include <math.h>

/* The last stage gets every anchor size of the pyramid: as many octaves as it had levels, from the
 * smallest on, which is anchor-size strides of P3 and a quarter as many of P5. */
static rn_status add_rows(study *s, rn_err *err) {
    const rn_model_config *m = &s->base.model;
    (void)err;
    study_add(s, "pyramid", true, "loss=focal");
    study_add(s, "last stage", true,
              "loss=focal first-level=5 top-level=5 anchor-octaves=%d anchor-size=%g",
              m->top_level - 2, m->anchor_size / 4);
    return RN_OK;
}

static rn_status conclude(study *s, rn_err *err) {
    rn_table table = arms_start();
    for (size_t i = 0; i < s->outcome.num_rows; i++)
        arms_add(&table, "", s->outcome.row[i].label, &s->outcome.row[i]);
    rn_status status = study_draw(s, "ap_by_network", "arms", &table, s->outcome.title, err,
                                  "xlabel", "AP (points)", "reference", "pyramid", (char *)NULL);
    rn_table_free(&table);
    return status;
}

int main(int argc, char **argv) {
    return experiment_main(argc, argv,
                           &(experiment){.name = "pyramid",
                                         .title = "Feature pyramid against the last stage alone",
                                         .about = "Both have anchors of the same sizes and ratios.",
                                         .claims = "c30",
                                         .add_rows = add_rows,
                                         .conclude = conclude});
}
