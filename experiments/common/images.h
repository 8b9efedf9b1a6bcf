/* images.h: the pictures of a study: those to train on, to choose by, and to report. */
#ifndef RN_COMMON_IMAGES_H
#define RN_COMMON_IMAGES_H

#include "retinanet.h"

typedef enum images_role { IMAGES_TRAIN, IMAGES_VAL, IMAGES_TEST, IMAGES_ROLES } images_role;

/** The part of a data set with that role: its split of that name. Where a set has no test split the
 * validation split takes its place; a set without splits is cut in five parts, the fourth of each
 * five pictures for validation, the fifth for testing. `images`: folder of the pictures, "" for
 * where the format puts them. */
rn_status images_load(rn_dataset *dataset, const char *data, const char *images, images_role role,
                      rn_err *err);

/** A fingerprint of all three parts: of names, sizes, objects and every byte of the pictures; or,
 * for the procedural set, of its parameters. Returns `key`, NULL on failure. */
char *images_key(char key[32], const char *data, const char *images, rn_err *err);

/** `data` with more parameters, for the procedural set: "scenes:side=416" and "train=32" give
 * "scenes:side=416,train=32". False, and no change, for another set. */
bool images_with(char data[RN_PATH_SIZE], const char *parameters);

bool images_rendered(const char *data);

/** The areas that part the objects into thirds, for a rendered set; COCO's otherwise. */
rn_eval_options images_eval_options(const rn_dataset *dataset);

#endif
