#include "model/config.h"

#include <math.h>
#include <string.h>

bool rn_model_uses_ohem(const rn_model_config *config) {
    return strcmp(config->loss.value, "ohem") == 0;
}

const rn_loss *rn_model_loss(const rn_model_config *config) {
    return rn_loss_find(rn_model_uses_ohem(config) ? config->ohem_loss.value : config->loss.value);
}

static rn_status check_lists(const rn_model_config *c, rn_err *err) {
    if (c->anchor_ratios.count < 1 || c->anchor_ratios.count > 16)
        return rn_fail(err, "--anchor-ratios: expected 1 to 16 numbers, got %d",
                       c->anchor_ratios.count);
    if (c->box_mean.count != 4)
        return rn_fail(err, "--box-mean: expected 4 numbers, got %d", c->box_mean.count);
    if (c->box_std.count != 4)
        return rn_fail(err, "--box-std: expected 4 numbers, got %d", c->box_std.count);
    return RN_OK;
}

static rn_status check_loss(const rn_model_config *c, rn_err *err) {
    bool ohem = rn_model_uses_ohem(c);
    const rn_loss *loss = rn_model_loss(c);
    if (!loss)
        return rn_fail(err, "--%s: expected one of the losses in --help, got \"%.60s\"",
                       ohem ? "ohem-loss" : "loss", ohem ? c->ohem_loss.value : c->loss.value);
    if (loss->divides_by_gamma && !((float)c->gamma > 0))
        return rn_fail(err, "--gamma: expected above 0 with --loss %s, got %g", loss->name,
                       c->gamma);
    if (c->class_alpha.count && !loss->softmax)
        return rn_fail(err, "--class-alpha: expected with a softmax loss only, got --loss %s",
                       loss->name);
    if (c->class_alpha.count && c->num_classes && c->class_alpha.count != c->num_classes + 1)
        return rn_fail(err,
                       "--class-alpha: expected %d numbers (the classes, then background), got %d",
                       c->num_classes + 1, c->class_alpha.count);
    return RN_OK;
}

rn_status rn_model_config_check(const rn_model_config *c, rn_err *err) {
    if (check_lists(c, err) != RN_OK || check_loss(c, err) != RN_OK) return RN_ERROR;
    if (c->negative_iou > c->positive_iou)
        return rn_fail(err, "--negative-iou: expected at most --positive-iou %g, got %g",
                       c->positive_iou, c->negative_iou);
    if (!isnan(c->best_anchor) && c->best_anchor > c->positive_iou)
        return rn_fail(err, "--best-anchor: expected at most --positive-iou %g, got %g",
                       c->positive_iou, c->best_anchor);
    return RN_OK;
}
