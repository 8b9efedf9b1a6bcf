#include "loss/sigmoid_pass.h"
#include "base/check.h"

double rn_sigmoid_sum(const rn_sigmoid_kernel *kernel, const rn_sigmoid_pass *pass) {
    RN_CHECK(pass->columns >= 1, "%d columns", pass->columns);
    rn_rows_check_labels(pass->label, pass->n, pass->columns);
    return rn_rows_sum(kernel->range, pass, pass->n);
}

void rn_sigmoid_check_alpha(const rn_loss_options *options) {
    RN_CHECK(options->alpha >= 0 && options->alpha <= 1, "alpha is %g, want 0 to 1",
             (double)options->alpha);
}
