/* loss_formulas.h: the library's losses held against their formulas (sec. 3, appendix A and B):
 * what the program loss_math shows. Nothing is trained. */
#ifndef RN_COMMON_LOSS_FORMULAS_H
#define RN_COMMON_LOSS_FORMULAS_H

#include "common/outcome.h"
#include "retinanet.h"

/** A loss of figures 1, 5 and 6, alpha 1. */
typedef struct formula_curve {
    const char *label; /**< "FL*, gamma 2, beta 1" */
    const char *loss;  /**< of rn_loss_table */
    double gamma, beta;
} formula_curve;

enum {
    FORMULA_CE,
    FORMULA_FL_05,
    FORMULA_FL_1,
    FORMULA_FL_2,
    FORMULA_FL_5,
    FORMULA_FL_STAR_2_1,
    FORMULA_FL_STAR_4_0,
    FORMULA_CURVES
};
extern const formula_curve formula_curves[FORMULA_CURVES];

/** The curve at x_t as the library computes it; *slope (may be NULL) gets d/dx_t. */
double formula_value(double *slope, const formula_curve *curve, double x_t);

/** x_t of a probability. */
double formula_logit(double p_t);

/** Reference values with six significant digits, calculated apart from this library and checked by
 * central differences. */
typedef struct formula_reference {
    double x_t, value[FORMULA_CURVES], slope[FORMULA_CURVES];
} formula_reference;
enum { FORMULA_REFERENCES = 11 };
extern const formula_reference formula_references[FORMULA_REFERENCES];

/** How often CE is the FL of gamma 2 at p_t; by the formula (1 - p_t)^-2. */
double formula_ratio(double p_t);

/** The largest of these on a fine grid of p_t in (0, .5]. */
double formula_largest_ratio(void);

/** The largest difference between the library's derivative and a numeric one, over all curves and
 * x_t from -10 to 10. The numeric one is a central difference of the loss as the paper prints it,
 * -(1 - p_t)^gamma log p_t, in long double: it shares no code with the library. */
double formula_derivative_error(void);

/** The same for the values themselves, relative to the value. */
double formula_value_error(void);

/** The largest relative difference from the reference values and slopes, which are rounded to six
 * digits: up to 5e-6 of it is theirs. */
double formula_reference_error(void);

/** The lowest point of a derivative and where it is. */
double formula_steepest(double *at, const formula_curve *curve);

/** Sets the facts that claims c15 and c25 rest on. */
void formula_facts(outcome *o);

#endif
