/* toy_data.h: a data set of a few rendered pictures, for tests of what needs one: coloured
 * rectangles of two classes on noise; image 1 of every five has no object. */
#ifndef RN_TESTS_TOY_DATA_H
#define RN_TESTS_TOY_DATA_H

#include "data/dataset.h"
#include "train/config.h"
#include "train/detector.h"

/** `images` pictures of width x height; free with rn_dataset_free. */
void toy_data(rn_dataset *dataset, int images, int width, int height);

/** A network that trains in milliseconds: tiny with few channels, group norm, batch 4, sides 64
 * to 96. */
rn_config toy_config(int iterations);

/** Sets one option by its name on the command line; aborts when it is refused. */
void toy_set(rn_config *config, const char *option, const char *value);

/** A detector of that kind with weights drawn. */
void toy_detector(rn_detector *detector, const rn_config *config, const rn_dataset *dataset);

#endif
