/* eval_plot.h: precision over recall as a picture. */
#ifndef RN_RETINANET_EVAL_PLOT_H
#define RN_RETINANET_EVAL_PLOT_H

#include "common/cli.h"

/** Draws to `path` (.png) and leaves the numbers beside it: at IoU .5, at .75 and the mean of all
 * ten, a curve a class if 2 to 8 of them have objects, else the classes' mean only. category:
 * (eval->num_classes). Fails where there are no objects, and as rn_figure_save does. */
rn_status eval_plot(const rn_eval *eval, const rn_category *category, const char *path,
                    rn_err *err);

/** Empty, or ending in .png? Otherwise says so on stderr. Asked before the evaluation. */
bool eval_plot_name_is_fine(const char *path);

#endif
