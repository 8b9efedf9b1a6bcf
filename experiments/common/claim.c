#include "common/claim.h"
#include "common/budget.h"
#include "common/claim_list.h"
#include "base/file.h"
#include "base/text.h"
#include "base/vec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const verdict_names[VERDICT_MISSING + 1] = {
    "confirmed", "refuted", "inconclusive", "leans to", "leans against", "missing"};

const claim *claim_table(size_t *count) {
    static const claim *const in_order[] = {
        &claim_c01, &claim_c02, &claim_c03, &claim_c04, &claim_c05, &claim_c06,
        &claim_c07, &claim_c08, &claim_c09, &claim_c10, &claim_c11, &claim_c12,
        &claim_c13, &claim_c14, &claim_c15, &claim_c16, &claim_c17, &claim_c18,
        &claim_c19, &claim_c20, &claim_c21, &claim_c22, &claim_c23, &claim_c24,
        &claim_c25, &claim_c26, &claim_c27, &claim_c28, &claim_c29, &claim_c30};
    enum { CLAIMS = sizeof in_order / sizeof *in_order };
    static claim table[CLAIMS]; /* constants of other files cannot initialise an array */
    for (size_t i = 0; i < CLAIMS; i++) table[i] = *in_order[i];
    *count = CLAIMS;
    return table;
}

const outcome *evidence_of(const evidence *e, const char *experiment) {
    for (size_t i = 0; i < e->count; i++)
        if (e->outcome[i].name && strcmp(e->outcome[i].name, experiment) == 0)
            return &e->outcome[i];
    return NULL;
}

const char *const evidence_experiments[] = {"loss_math",
                                            "prior_init",
                                            "table_1a_ce_alpha",
                                            "table_1b_fl_gamma",
                                            "fig_4_loss_cdf",
                                            "table_1d_ohem",
                                            "hinge",
                                            "table_3_fl_star",
                                            "table_1c_anchor_density",
                                            "table_1e_depth_scale",
                                            "pyramid",
                                            "imbalance",
                                            "rescaled_ce",
                                            "learning_rate"};
const size_t evidence_num_experiments = sizeof evidence_experiments / sizeof *evidence_experiments;

bool evidence_agrees(const outcome *a, const outcome *b) {
    if (strcmp(a->version, b->version) != 0) return false;
    if (!*a->data || !*b->data) return true;
    return strcmp(a->data, b->data) == 0 && budget_same_runs(a->budget, b->budget);
}

static rn_status load_one(outcome *o, const char *path, const char *name, rn_err *err) {
    if (outcome_load(o, path, err) != RN_OK) return RN_ERROR;
    if (strcmp(o->name, name) == 0) return RN_OK;
    rn_fail(err, "%s: name: expected \"%s\", got \"%.60s\"", path, name, o->name);
    outcome_free(o);
    return RN_ERROR;
}

void evidence_load(evidence *e, const char *out, const outcome *own) {
    char strangers[1024] = "";
    *e = (evidence){.outcome = rn_vec_zeros(evidence_num_experiments, sizeof *e->outcome)};
    for (size_t i = 0; i < evidence_num_experiments; i++) {
        const char *name = evidence_experiments[i];
        char folder[RN_PATH_SIZE], file[64], path[RN_PATH_SIZE];
        outcome *o = &e->outcome[e->count];
        rn_err err = {""};
        snprintf(file, sizeof file, "%s.json", name);
        rn_text_path(folder, sizeof folder, out, name);
        rn_text_path(path, sizeof path, folder, file);
        if (!rn_file_exists(path)) continue;
        if (load_one(o, path, name, &err) != RN_OK) {
            fprintf(stderr, "%s; it is left out of the claims\n", err.text);
        } else if (!evidence_agrees(o, own)) {
            size_t used = strlen(strangers);
            snprintf(strangers + used, sizeof strangers - used, "%s%s", used ? ", " : "", name);
            outcome_free(o);
        } else {
            e->count++;
        }
    }
    if (*strangers)
        fprintf(stderr, "left out of the claims, being of other sources, data or settings: %s\n",
                strangers);
}

void evidence_free(evidence *e) {
    for (size_t i = 0; i < e->count; i++) outcome_free(&e->outcome[i]);
    free(e->outcome);
    *e = (evidence){0};
}
