#include "retinanet/train_checks.h"
#include "retinanet/commands.h"

#include <stdio.h>
#include <string.h>

static bool has_norm(const rn_model_config *m, rn_norm_kind kind) {
    return m->norm == (int)kind || m->fpn_norm == (int)kind || m->head_norm == (int)kind;
}

static rn_status check_loss_used(const cli *given, const rn_model_config *m, rn_err *err) {
    bool ohem = strcmp(m->loss.value, "ohem") == 0;
    const rn_loss *loss = rn_loss_find(ohem ? m->ohem_loss.value : m->loss.value);
    const struct {
        const char *option;
        bool used;
    } rows[] = {{"gamma", loss->uses_gamma}, {"alpha", loss->uses_alpha},
                {"beta", loss->uses_beta},   {"margin", loss->uses_margin},
                {"ohem-loss", ohem},         {"ohem-batch", ohem},
                {"ohem-nms", ohem},          {"ohem-boxes", ohem},
                {"ohem-one-to-three", ohem}, {"class-alpha", loss->uses_class_alpha}};
    for (size_t i = 0; i < RN_COUNT(rows); i++)
        if (cli_was_given(given, rows[i].option) && !rows[i].used)
            return rn_fail(err, "--%s: the loss \"%s\" does not use it", rows[i].option,
                           m->loss.value);
    return RN_OK;
}

rn_status train_check_used(const cli *given, const rn_config *config, rn_err *err) {
    const rn_model_config *m = &config->model;
    const rn_train_config *t = &config->train;
    bool average = m->normaliser == RN_NORMALISER_MOVING_AVERAGE;
    const struct {
        const char *option;
        bool used;
        const char *needs;
    } rows[] = {
        {"norm-groups", has_norm(m, RN_NORM_GROUP), "a norm that is group"},
        {"p6-from", m->top_level >= 6, "--top-level 6 or 7"},
        {"normaliser-start", average, "--normaliser moving-average"},
        {"normaliser-momentum", average, "--normaliser moving-average"},
        {"warmup-factor", t->warm_up > 0, "--warmup above 0"},
        {"lr-factor", t->lr_steps.count > 0, "--lr-steps"},
    };
    for (size_t i = 0; i < RN_COUNT(rows); i++)
        if (cli_was_given(given, rows[i].option) && !rows[i].used)
            return rn_fail(err, "--%s: has an effect only with %s", rows[i].option, rows[i].needs);
    return check_loss_used(given, m, err);
}

/* Settings that a run finds out for itself. */
static bool is_open(const char *option, const char *text) {
    return (strcmp(option, "alpha") == 0 && strcmp(text, "auto") == 0) ||
           (strcmp(option, "classes") == 0 && strcmp(text, "0") == 0);
}

rn_status train_check_resumed(const rn_config *config, const char *preset, const cli *given,
                              rn_err *err) {
    char before[4096], now[4096];
    rn_options options = rn_config_options();
    rn_config asked = *config;
    if ((preset ? make_config(&asked, preset, given, err) : cli_apply(given, &asked, err)) != RN_OK)
        return RN_ERROR;
    for (size_t i = 0; i < options.count; i++) {
        const char *name = options.row[i].name;
        rn_option_get(before, sizeof before, config, &options.row[i]);
        rn_option_get(now, sizeof now, &asked, &options.row[i]);
        if (strcmp(before, now) == 0 || is_open(name, now)) continue;
        bool own = cli_was_given(given, name);
        return rn_fail(err,
                       "%s%s%s--%s %s: the run to resume has %s; leave it out, or start a new run "
                       "in another --out",
                       own ? "" : "--preset ", own ? "" : preset, own ? "" : " asks for ", name,
                       now, before);
    }
    return RN_OK;
}
