#include "loss/classification.h"
#include "base/check.h"
#include "loss/cross_entropy.h"
#include "loss/fl_star.h"
#include "loss/focal.h"
#include "loss/hinge.h"
#include "loss/rows.h"
#include "loss/softmax.h"

#include <string.h>

static const rn_loss table[] = {
    {.name = "ce", .formula = "-log(p_t)", .compute = rn_cross_entropy_loss},
    {.name = "alpha-ce",
     .formula = "-alpha_t log(p_t)",
     .compute = rn_cross_entropy_alpha_loss,
     .uses_alpha = true},
    {.name = "fl",
     .formula = "-(1 - p_t)^gamma log(p_t)",
     .compute = rn_focal_loss,
     .uses_gamma = true},
    {.name = "focal",
     .formula = "-alpha_t (1 - p_t)^gamma log(p_t)",
     .compute = rn_focal_alpha_loss,
     .uses_gamma = true,
     .uses_alpha = true},
    {.name = "fl-star",
     .formula = "-alpha_t log(sigmoid(gamma x_t + beta)) / gamma",
     .compute = rn_fl_star_loss,
     .uses_gamma = true,
     .uses_alpha = true,
     .uses_beta = true,
     .divides_by_gamma = true},
    {.name = "hinge",
     .formula = "max(0, margin - p_t)",
     .compute = rn_hinge_loss,
     .uses_margin = true},
    {.name = "softmax-ce",
     .formula = "-alpha_c log(softmax(x)_c)",
     .compute = rn_softmax_cross_entropy_loss,
     .softmax = true,
     .uses_class_alpha = true},
    {.name = "softmax-focal",
     .formula = "-alpha_c (1 - softmax(x)_c)^gamma log(softmax(x)_c)",
     .compute = rn_softmax_focal_loss,
     .softmax = true,
     .uses_gamma = true,
     .uses_class_alpha = true},
};

const rn_loss *rn_loss_table(size_t *count) {
    *count = RN_COUNT(table);
    return table;
}

const rn_loss *rn_loss_find(const char *name) {
    for (size_t i = 0; i < RN_COUNT(table); i++)
        if (strcmp(table[i].name, name) == 0) return &table[i];
    return NULL;
}

int rn_loss_columns(const rn_loss *loss, int num_classes) {
    return loss->softmax ? num_classes + 1 : num_classes;
}

void rn_loss_of_rows(double *value, const rn_float *logit, const int *label, size_t n, int columns,
                     const rn_loss *loss, const rn_loss_options *options) {
    RN_CHECK(columns >= 1, "%d columns", columns);
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < n; i++)
        value[i] =
            loss->compute(NULL, logit + i * (size_t)columns, label + i, 1, columns, options, 1);
}

static double square_range(const void *grad, size_t first, size_t last) {
    const rn_float *x = grad;
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t i = first; i < last; i++) sum += (double)x[i] * (double)x[i];
    return sum;
}

double rn_loss_square(const rn_float *grad, size_t count) {
    return rn_rows_sum(square_range, grad, count);
}

rn_float rn_loss_alpha_auto(size_t positives, size_t negatives) {
    double all = (double)positives + (double)negatives;
    return all > 0 ? (rn_float)((double)negatives / all) : (rn_float).5;
}
