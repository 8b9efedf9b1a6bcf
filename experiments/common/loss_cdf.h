/* loss_cdf.h: figure 4 and what goes with it: how the loss of trained detectors is spread over easy
 * and hard, positive and negative examples. */
#ifndef RN_COMMON_LOSS_CDF_H
#define RN_COMMON_LOSS_CDF_H

#include "common/outcome.h"
#include "retinanet.h"

/** Whose logits are looked at: those of a detector trained by CE, after 25, 50, 100 percent of its
 * iterations, and of one trained by FL (2, .25). */
typedef enum cdf_model { CDF_CE_25, CDF_CE_50, CDF_CE, CDF_FL, CDF_MODELS } cdf_model;
extern const char *const cdf_model_names[CDF_MODELS];

/** By which loss: CE, alpha-CE (.75: the paper's best), FL (2, .25). Only the loss is computed
 * anew; the detector stays the same. */
enum { CDF_LOSSES = 3 };
extern const char *const cdf_loss_names[CDF_LOSSES];

/** The curves: of positives and negatives, for gamma 0, .5, 1, 2, at so many fractions. */
enum { CDF_POSITIVE, CDF_NEGATIVE, CDF_SIDES, CDF_GAMMAS = 4, CDF_POINTS = 320 };
extern const double cdf_gammas[CDF_GAMMAS];

/** Point k of a curve: 0 to 1 evenly, then ever closer to 1. */
double cdf_fraction(int k);

/** One seed's numbers. Every member is made of doubles alone: see loss_cdf_mean. */
typedef struct loss_cdf {
    double negatives_a_positive; /**< anchors without an object for each anchor with one */
    double pairs_a_positive;     /**< the same of pairs of an anchor and a class */
    double positives, negatives; /**< examples behind a curve */
    rn_loss_quadrants share[CDF_MODELS][CDF_LOSSES]; /**< shares of the whole */
    /* of the FL detector: */
    double curve[CDF_SIDES][CDF_GAMMAS][CDF_POINTS];
    double top_1[CDF_SIDES][CDF_GAMMAS], top_20[CDF_SIDES][CDF_GAMMAS];
    double gap[CDF_SIDES]; /**< between gamma 0 and 2 */
    double gap_gamma_0;    /**< between positives and negatives */
} loss_cdf;

/** Negatives that are kept, drawn at random; about as many as in the paper. */
enum { CDF_NEGATIVES = 10000000 };

/** Measures the detectors of these checkpoints on a data set; see loss_scan. Fails where there are
 * no positives. */
rn_status loss_cdf_measure(loss_cdf *m, const char *const checkpoint[CDF_MODELS],
                           const rn_dataset *dataset, FILE *stream, const volatile int *stop,
                           rn_err *err);

/** Number by number; count > 0. */
void loss_cdf_mean(loss_cdf *mean, const loss_cdf *m, size_t count);

/** Sets the facts that claims c05, c16, c17 and c18 rest on. */
void loss_cdf_facts(outcome *o, const loss_cdf *m, int seed);

/** As a file, so that drawing again costs nothing. Loading fails on a file that is not from the
 * same version of this module. */
rn_status loss_cdf_save(const loss_cdf *m, const char *path, rn_err *err);
rn_status loss_cdf_load(loss_cdf *m, const char *path, rn_err *err);

/** Shares and gaps, mean and standard deviation over seeds, beside the paper's. All tables: free
 * with rn_table_free. */
rn_table loss_cdf_table(const loss_cdf *m, size_t count);

/** For plots/loss_cdf.gp: our mean curves and the paper's. */
rn_table loss_cdf_figure(const loss_cdf *mean);

/** Who holds examples, loss and gradient, for all models and losses. */
rn_table loss_quadrants_table(const loss_cdf *mean);

/** For plots/quadrants.gp: the same for one model. */
rn_table loss_quadrants_figure(const loss_cdf *mean, cdf_model model);

#endif
