/* scenes.h: small procedural data sets for tests. What cannot be had ends the test. */
#ifndef TESTS_SUPPORT_SCENES_H
#define TESTS_SUPPORT_SCENES_H

#include "data/scenes.h"

/* 12 pictures a split of 48 x 48 pixels. */
rn_scenes scenes_small(void);

/* The same without distractors, strokes and noise: objects alone on their ground. */
rn_scenes scenes_bare(rn_scenes scenes);

/* Exactly that many objects in every picture. */
void scenes_only(rn_scenes *scenes, int objects);

/* Free with rn_dataset_free. */
rn_dataset scenes_open(const rn_scenes *scenes, const char *split);

/* Free with rn_image_free. */
rn_image scenes_picture(const rn_dataset *dataset, size_t index);

bool scenes_same(const rn_image *a, const rn_image *b);

#endif
