/* fixture.h: small data sets that tests write, and what must happen with broken ones. */
#ifndef TESTS_SUPPORT_FIXTURE_H
#define TESTS_SUPPORT_FIXTURE_H

#include "data/dataset.h"
#include "support/folder.h"

/* Writes a text file, and the folders that `name` passes through; returns its path. */
const char *fixture_text(folder *f, const char *name, const char *text);

/* Writes a JPEG or PNG picture of one colour; returns its path. */
const char *fixture_picture(folder *f, const char *name, int width, int height);

/* Loads, or fails the test. */
rn_dataset fixture_load(const char *data, const char *split);

/* Fails the test unless loading fails with one line that contains both texts, and leaves nothing.
 */
void fixture_expect_error(const rn_dataset_request *request, const char *file, const char *what);

#endif
