#include "common/loss_cdf.h"
#include "common/loss_scan.h"

#include <math.h>

const char *const cdf_model_names[CDF_MODELS] = {"CE at 25%", "CE at 50%", "CE", "FL (2, .25)"};
const char *const cdf_loss_names[CDF_LOSSES] = {"CE", "α-CE (.75)", "FL (2, .25)"};
const double cdf_gammas[CDF_GAMMAS] = {0, .5, 1, 2};

static const struct {
    const char *loss;
    rn_loss_options options;
} losses[CDF_LOSSES] = {
    {"ce", {.alpha = 1}},
    {"alpha-ce", {.alpha = (rn_float).75}},
    {"focal", {.gamma = 2, .alpha = (rn_float).25}},
};

/* 0 to .99 in steps of .005, then 1 - 10^-2 to 1 - 10^-5. */
double cdf_fraction(int k) {
    enum { EVEN = 198 };
    if (k <= EVEN) return k * .005;
    if (k == CDF_POINTS - 1) return 1;
    return 1 - pow(10, -2 - 3. * (k - EVEN) / (CDF_POINTS - 2 - EVEN));
}

/* ---- measuring ------------------------------------------------------------------------------- */

static void measure_curves(loss_cdf *m, rn_loss_examples *e) {
    rn_loss_side *side[CDF_SIDES] = {&e->positive, &e->negative};
    rn_loss_curve first[CDF_SIDES]; /* gamma 0 */
    for (int s = 0; s < CDF_SIDES; s++) {
        rn_loss_share_sort(side[s]->x_t, side[s]->kept);
        for (int g = 0; g < CDF_GAMMAS; g++) {
            rn_loss_curve c = rn_loss_curve_make(side[s]->x_t, side[s]->kept, cdf_gammas[g]);
            for (int k = 0; k < CDF_POINTS; k++)
                m->curve[s][g][k] = rn_loss_curve_at(&c, cdf_fraction(k));
            m->top_1[s][g] = rn_loss_curve_hardest(&c, .01);
            m->top_20[s][g] = rn_loss_curve_hardest(&c, .2);
            if (g == CDF_GAMMAS - 1) m->gap[s] = rn_loss_curve_gap(&first[s], &c);
            if (g == 0)
                first[s] = c;
            else
                rn_loss_curve_free(&c);
        }
    }
    m->gap_gamma_0 = rn_loss_curve_gap(&first[CDF_POSITIVE], &first[CDF_NEGATIVE]);
    for (int s = 0; s < CDF_SIDES; s++) rn_loss_curve_free(&first[s]);
}

static void measure_model(loss_cdf *m, cdf_model model, rn_loss_examples *e) {
    for (int l = 0; l < CDF_LOSSES; l++) {
        rn_loss_quadrants sums = rn_loss_quadrants_make(e, rn_loss_find(losses[l].loss),
                                                        &losses[l].options, RN_LOSS_EASY_ABOVE);
        m->share[model][l] = rn_loss_quadrants_shares(&sums);
    }
    if (model != CDF_FL) return;
    m->negatives_a_positive = (double)e->background_anchors / (double)e->positive_anchors;
    m->pairs_a_positive = (double)e->negative.seen / (double)e->positive.seen;
    m->positives = (double)e->positive.kept, m->negatives = (double)e->negative.kept;
    measure_curves(m, e);
}

rn_status loss_cdf_measure(loss_cdf *m, const char *const checkpoint[CDF_MODELS],
                           const rn_dataset *dataset, FILE *stream, const volatile int *stop,
                           rn_err *err) {
    *m = (loss_cdf){0};
    for (int model = 0; model < CDF_MODELS; model++) {
        rn_loss_examples e = rn_loss_examples_start(CDF_NEGATIVES, 0);
        rn_status status = loss_scan_file(&e, checkpoint[model], dataset, stream, stop, err);
        if (status == RN_OK && (e.positive.kept == 0 || e.negative.kept == 0))
            status = rn_fail(err, "%s: expected positive and negative anchors, got %zu and %zu",
                             dataset->name, e.positive_anchors, e.background_anchors);
        if (status == RN_OK) measure_model(m, (cdf_model)model, &e);
        rn_loss_examples_free(&e);
        if (status != RN_OK) return status;
    }
    return RN_OK;
}

/* ---- what is made of it ---------------------------------------------------------------------- */

enum { NUMBERS = sizeof(loss_cdf) / sizeof(double) };
_Static_assert(sizeof(loss_cdf) % sizeof(double) == 0, "loss_cdf is made of doubles");

void loss_cdf_mean(loss_cdf *mean, const loss_cdf *m, size_t count) {
    RN_CHECK(count > 0, "the mean of no seed");
    double *to = (double *)mean;
    *mean = (loss_cdf){0};
    for (size_t i = 0; i < count; i++)
        for (int k = 0; k < NUMBERS; k++) to[k] += ((const double *)&m[i])[k];
    for (int k = 0; k < NUMBERS; k++) to[k] /= (double)count;
}

void loss_cdf_facts(outcome *o, const loss_cdf *m, int seed) {
    static const struct {
        cdf_model model;
        int percent;
    } points[] = {{CDF_CE_25, 25}, {CDF_CE_50, 50}, {CDF_CE, 100}};
    static const char *const gamma_names[CDF_GAMMAS] = {"0", ".5", "1", "2"};
    static const char *const sides[CDF_SIDES] = {"positive", "negative"};
    outcome_set_fact(o, m->negatives_a_positive, "negatives a positive");
    outcome_set_fact(o, m->pairs_a_positive, "negative pairs a positive");
    for (size_t i = 0; i < RN_COUNT(points); i++) {
        const rn_loss_part *easy = &m->share[points[i].model][0].easy_negative; /* by CE */
        outcome_set_fact(o, easy->loss, "easy negatives' loss/%d/%d", points[i].percent, seed);
        outcome_set_fact(o, easy->gradient, "easy negatives' gradient/%d/%d", points[i].percent,
                         seed);
    }
    for (int s = 0; s < CDF_SIDES; s++)
        for (int g = 0; g < CDF_GAMMAS; g++) {
            outcome_set_fact(o, m->top_1[s][g], "%s top 1/%s/%d", sides[s], gamma_names[g], seed);
            outcome_set_fact(o, m->top_20[s][g], "%s top 20/%s/%d", sides[s], gamma_names[g], seed);
        }
    outcome_set_fact(o, m->gap[CDF_POSITIVE], "gap positives/%d", seed);
    outcome_set_fact(o, m->gap[CDF_NEGATIVE], "gap negatives/%d", seed);
    outcome_set_fact(o, m->gap_gamma_0, "gap gamma 0/%d", seed);
}

/* ---- the file -------------------------------------------------------------------------------- */

static const char key[] = "loss_cdf 1"; /* another number for another meaning */

rn_status loss_cdf_save(const loss_cdf *m, const char *path, rn_err *err) {
    cJSON *root = cJSON_CreateObject(), *list = cJSON_AddArrayToObject(root, key);
    for (int k = 0; k < NUMBERS; k++) { /* cJSON itself would drop the last digits */
        char text[32] = "null";
        double number = ((const double *)m)[k];
        if (isfinite(number)) rn_text_from_double(text, sizeof text, number, 0);
        cJSON_AddItemToArray(list, cJSON_CreateRaw(text));
    }
    rn_status status = rn_json_save(root, path, false, err);
    cJSON_Delete(root);
    return status;
}

rn_status loss_cdf_load(loss_cdf *m, const char *path, rn_err *err) {
    cJSON *root;
    if (rn_json_load(&root, path, err) != RN_OK) return RN_ERROR;
    rn_status status =
        rn_json_numbers((double *)m, NUMBERS, root, key, (rn_json_place){.file = path}, err);
    cJSON_Delete(root);
    return status;
}
