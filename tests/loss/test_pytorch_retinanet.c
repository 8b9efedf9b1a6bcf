/* The whole loss of pytorch-retinanet from this room's pieces: alpha .25, gamma 2; each image by
 * its own positives, then the mean over images; smooth L1 of width 1/9, a mean over the four
 * coordinates. One difference remains: pytorch-retinanet clamps probabilities to [1e-4, 1 - 1e-4].
 * The logits here lie within +-8, where that does nothing. */
#include "golden/loss_pytorch_retinanet.h"
#include "loss/classification.h"
#include "loss/normaliser.h"
#include "loss/smooth_l1.h"
#include "support/near.h"

#include <criterion/criterion.h>

enum {
    IMAGES = RN_COUNT(golden_label),
    ANCHORS = RN_COUNT(golden_anchor),
    CLASSES = RN_COUNT(golden_logit[0][0])
};

static const bool is_double = sizeof(rn_float) == sizeof(double);

/* One image: adds its share to loss[0] (classification) and loss[1] (boxes). */
static void add_image(double loss[2], const int *label, const rn_float *target, int i,
                      double divisor) {
    rn_float logit[ANCHORS * CLASSES], code[ANCHORS * 4];
    rn_float logit_grad[ANCHORS * CLASSES], code_grad[ANCHORS * 4];
    for (int k = 0; k < ANCHORS * CLASSES; k++)
        logit[k] = (rn_float)golden_logit[i][k / CLASSES][k % CLASSES];
    for (int k = 0; k < ANCHORS * 4; k++) code[k] = (rn_float)golden_code[i][k / 4][k % 4];
    const rn_loss_options options = {.gamma = 2, .alpha = (rn_float).25};
    loss[0] += rn_loss_find("focal")->compute(logit_grad, logit, label, ANCHORS, CLASSES, &options,
                                              (rn_float)(1 / divisor)) /
               divisor;
    loss[1] += rn_smooth_l1_loss(code_grad, code, target, label, ANCHORS, (rn_float)(1. / 9),
                                 (rn_float)(1 / (4 * divisor))) /
               (4 * divisor);
    for (int k = 0; k < ANCHORS * CLASSES; k++) {
        double want = golden_logit_gradient[i][k / CLASSES][k % CLASSES];
        cr_expect(rn_test_near((double)logit_grad[k], want, is_double ? 1e-11 : 1e-5, 0),
                  "image %d, logit %d: %.9g, want %.9g", i, k, (double)logit_grad[k], want);
    }
    for (int k = 0; k < ANCHORS * 4; k++) {
        double want = golden_code_gradient[i][k / 4][k % 4];
        cr_expect(rn_test_near((double)code_grad[k], want, is_double ? 1e-11 : 1e-4, 1e-12),
                  "image %d, code %d: %.9g, want %.9g", i, k, (double)code_grad[k], want);
    }
}

Test(pytorch_retinanet, has_the_same_loss_where_nothing_is_clamped) {
    size_t positives[IMAGES] = {0}, counted[IMAGES] = {0};
    double divisor[IMAGES], loss[2] = {0};
    rn_normaliser normaliser = {.kind = RN_NORMALISER_IMAGE_POSITIVES};
    for (int i = 0; i < IMAGES; i++)
        for (int a = 0; a < ANCHORS; a++) {
            positives[i] += golden_label[i][a] >= 0;
            counted[i] += golden_label[i][a] != RN_IGNORE;
        }
    cr_assert(positives[0] > 1 && counted[0] < ANCHORS, "image 0 has positive and ignored anchors");
    cr_assert(positives[1] == 0 && positives[2] == 0, "the others have none");
    rn_normaliser_divide(divisor, &normaliser, positives, counted, IMAGES);
    for (int i = 0; i < IMAGES; i++) {
        rn_float target[ANCHORS * 4];
        for (int k = 0; k < ANCHORS * 4; k++) target[k] = (rn_float)golden_target[i][k / 4][k % 4];
        add_image(loss, golden_label[i], target, i, divisor[i]);
    }
    for (int k = 0; k < 2; k++)
        cr_expect(rn_test_near(loss[k], golden_loss[k], is_double ? 1e-12 : 1e-6, 0),
                  "%s: %.12g, want %.12g", k ? "boxes" : "classes", loss[k], golden_loss[k]);
}
