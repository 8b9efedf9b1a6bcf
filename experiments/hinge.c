/* Hinge loss on p_t (sec. 5.1): zero from a margin on. The paper reports that it was unstable and
 * gives no margin and no number. */
#include "common/figures.h"

#include <math.h>

static rn_status add_rows(study *s, rn_err *err) {
    static const double margins[] = {.5, .7, .9};
    (void)err;
    for (size_t i = 0; i < RN_COUNT(margins); i++) {
        char label[32], number[16];
        snprintf(label, sizeof label, "margin %s", study_number(number, margins[i]));
        study_add(s, label, true, "loss=hinge margin=%g", margins[i]);
    }
    study_add(s, "CE", true, "loss=ce");
    return RN_OK;
}

static rn_status conclude(study *s, rn_err *err) {
    rn_table table = arms_start();
    for (size_t i = 0; i < s->outcome.num_rows; i++)
        arms_add(&table, i + 1 < s->outcome.num_rows ? "hinge" : "cross entropy",
                 s->outcome.row[i].label, &s->outcome.row[i]);
    rn_status status = study_draw(s, "ap_by_margin", "arms", &table, s->outcome.title, err,
                                  "xlabel", "AP (points)", "reference", "CE", (char *)NULL);
    rn_table_free(&table);
    return status;
}

int main(int argc, char **argv) {
    return experiment_main(argc, argv,
                           &(experiment){.name = "hinge",
                                         .title = "Hinge loss on p_t, by margin",
                                         .about = "The loss is max(0, margin - p_t) (sec. 5.1).",
                                         .claims = "c22",
                                         .add_rows = add_rows,
                                         .conclude = conclude});
}
