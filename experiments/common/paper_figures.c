/* paper_figures.c: figures 2, 4 and 7 (arXiv v2), read from their vector curves. Figure 4 is good
 * to about .001, but its negative curves have no point between .9984 and 1. Figure 7 prints no
 * parameters: its pairs are a fit, with errors below 5e-5. */
#include "common/paper_data.h"

static const paper_row figure_2[] = {
    {{"YOLOv2 (not plotted)"}, {21.6, 25}},
    {{"SSD321"}, {28, 61}},
    {{"DSSD321"}, {28, 85}},
    {{"R-FCN (time extrapolated)"}, {29.9, 85}},
    {{"SSD513"}, {31.2, 125}},
    {{"DSSD513"}, {33.2, 156}},
    {{"FPN Faster R-CNN"}, {36.2, 172}},
    {{"RetinaNet-50-500"}, {32.5, 73}},
    {{"RetinaNet-101-500"}, {34.4, 90}},
    {{"RetinaNet-101-800"}, {37.8, 198}},
};

static const paper_row figure_4_positives_cdf[] = {
    {{0}, {.05, .003, .001, 0, 0}},       {{0}, {.1, .01, .004, .002, 0}},
    {{0}, {.15, .02, .01, .005, .001}},   {{0}, {.2, .033, .018, .01, .003}},
    {{0}, {.25, .05, .029, .017, .006}},  {{0}, {.3, .07, .044, .028, .011}},
    {{0}, {.35, .093, .061, .041, .018}}, {{0}, {.4, .12, .083, .058, .029}},
    {{0}, {.45, .15, .109, .079, .043}},  {{0}, {.5, .185, .139, .106, .062}},
    {{0}, {.55, .225, .176, .138, .087}}, {{0}, {.6, .27, .218, .178, .12}},
    {{0}, {.65, .322, .269, .226, .162}}, {{0}, {.7, .38, .328, .284, .216}},
    {{0}, {.75, .447, .397, .353, .284}}, {{0}, {.8, .524, .477, .436, .369}},
    {{0}, {.85, .612, .571, .535, .474}}, {{0}, {.9, .714, .683, .654, .605}},
    {{0}, {.95, .836, .816, .799, .768}}, {{0}, {.98, .925, .916, .908, .893}},
    {{0}, {.99, .96, .955, .951, .943}},  {{0}, {.995, .979, .976, .974, .97}},
};

static const paper_row figure_4_negatives_cdf[] = {
    {{0}, {.05, .013, .005, .002, 0}},    {{0}, {.1, .032, .016, .006, 0}},
    {{0}, {.15, .056, .03, .011, 0}},     {{0}, {.2, .083, .047, .019, 0}},
    {{0}, {.25, .114, .067, .028, .001}}, {{0}, {.3, .147, .09, .04, .001}},
    {{0}, {.35, .183, .116, .053, .001}}, {{0}, {.4, .222, .145, .068, .002}},
    {{0}, {.45, .264, .177, .086, .002}}, {{0}, {.5, .308, .213, .106, .003}},
    {{0}, {.55, .355, .251, .128, .003}}, {{0}, {.6, .404, .293, .153, .004}},
    {{0}, {.65, .456, .338, .18, .005}},  {{0}, {.7, .512, .387, .211, .006}},
    {{0}, {.75, .57, .441, .246, .008}},  {{0}, {.8, .633, .5, .286, .01}},
    {{0}, {.85, .7, .566, .331, .012}},   {{0}, {.9, .773, .641, .385, .014}},
    {{0}, {.95, .855, .73, .454, .018}},  {{0}, {.98, .915, .801, .514, .023}},
    {{0}, {.99, .94, .836, .548, .026}},  {{0}, {.995, .958, .863, .578, .029}},
};

static const paper_row figure_4_positives_hardest_share[] = {
    {{0}, {.002, .009, .01, .011, .013}}, {{0}, {.005, .021, .024, .026, .03}},
    {{0}, {.01, .04, .045, .049, .057}},  {{0}, {.02, .075, .084, .092, .107}},
    {{0}, {.05, .164, .184, .201, .232}}, {{0}, {.1, .286, .317, .346, .395}},
    {{0}, {.2, .476, .523, .564, .631}},  {{0}, {.5, .815, .861, .894, .938}},
};

static const paper_row figure_4_negatives_hardest_share[] = {
    {{0}, {.002, .027, .107, .382, .963}}, {{0}, {.005, .042, .137, .422, .971}},
    {{0}, {.01, .06, .164, .452, .974}},   {{0}, {.02, .085, .199, .486, .977}},
    {{0}, {.05, .145, .27, .546, .982}},   {{0}, {.1, .227, .359, .615, .986}},
    {{0}, {.2, .367, .5, .714, .99}},      {{0}, {.5, .692, .787, .894, .997}},
};

static const paper_row figure_7[] = {
    {{0}, {2, 1, 1}},  {{0}, {2.5, 0, 1}}, {{0}, {3, -1, 1}}, {{0}, {3, 0, 1}},  {{0}, {3, 1, 1}},
    {{0}, {4, -1, 1}}, {{0}, {4, 0, 1}},   {{0}, {1, 0, 0}},  {{0}, {1, .5, 0}}, {{0}, {1, 1, 0}},
    {{0}, {2, 2, 0}},  {{0}, {2, 4, 0}},   {{0}, {3, -2, 0}}, {{0}, {3, 2, 0}},  {{0}, {3, 3, 0}},
    {{0}, {4, -4, 0}}, {{0}, {4, -2, 0}},
};

const paper_table paper_tables_drawn[] = {
    {.key = "figures/figure_2",
     .title = "Speed and accuracy on COCO test-dev",
     .place = "figure 2",
     .column = {"label", "ap", "time_ms"},
     .num_texts = 1,
     .num_numbers = 2,
     .row = figure_2,
     .num_rows = 10},
    {.key = "figures/figure_4/positives_cdf",
     .title = "Share of the loss, positives",
     .place = "figure 4, left",
     .column = {"fraction_of_samples_lowest_first", "gamma_0", "gamma_0_5", "gamma_1", "gamma_2"},
     .num_texts = 0,
     .num_numbers = 5,
     .row = figure_4_positives_cdf,
     .num_rows = 22},
    {.key = "figures/figure_4/negatives_cdf",
     .title = "Share of the loss, negatives",
     .place = "figure 4, right",
     .column = {"fraction_of_samples_lowest_first", "gamma_0", "gamma_0_5", "gamma_1", "gamma_2"},
     .num_texts = 0,
     .num_numbers = 5,
     .row = figure_4_negatives_cdf,
     .num_rows = 22},
    {.key = "figures/figure_4/positives_hardest_share",
     .title = "Share of the loss in the hardest positives",
     .place = "figure 4, left",
     .column = {"hardest_fraction", "gamma_0", "gamma_0_5", "gamma_1", "gamma_2"},
     .num_texts = 0,
     .num_numbers = 5,
     .row = figure_4_positives_hardest_share,
     .num_rows = 8},
    {.key = "figures/figure_4/negatives_hardest_share",
     .title = "Share of the loss in the hardest negatives",
     .place = "figure 4, right",
     .column = {"hardest_fraction", "gamma_0", "gamma_0_5", "gamma_1", "gamma_2"},
     .num_texts = 0,
     .num_numbers = 5,
     .row = figure_4_negatives_hardest_share,
     .num_rows = 8},
    {.key = "figures/figure_7",
     .title = "FL* with an AP above 33.5 or not",
     .place = "figure 7",
     .column = {"gamma", "beta", "effective"},
     .num_texts = 0,
     .num_numbers = 3,
     .row = figure_7,
     .num_rows = 17},
};
