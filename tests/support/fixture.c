#include "support/fixture.h"
#include "base/file.h"
#include "data/image.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* Path of a file to be written. */
static const char *prepare(folder *f, const char *name) {
    const char *path = folder_file(f, name);
    char parent[RN_PATH_SIZE];
    rn_err err = {""};
    snprintf(parent, sizeof parent, "%.*s", (int)(strrchr(path, '/') - path), path);
    cr_assert_eq(rn_file_make_folder(parent, &err), RN_OK, "%s", err.text);
    return path;
}

const char *fixture_text(folder *f, const char *name, const char *text) {
    prepare(f, name);
    return folder_put(f, name, text, strlen(text));
}

const char *fixture_picture(folder *f, const char *name, int width, int height) {
    const char *path = prepare(f, name);
    rn_image image = rn_image_new(width, height);
    rn_err err = {""};
    cr_assert_eq(rn_image_save(&image, path, &err), RN_OK, "%s", err.text);
    rn_image_free(&image);
    return path;
}

rn_dataset fixture_load(const char *data, const char *split) {
    rn_dataset dataset;
    rn_err err = {""};
    rn_dataset_request request = {.data = data, .split = split};
    cr_assert_eq(rn_dataset_load(&dataset, &request, &err), RN_OK, "%s", err.text);
    return dataset;
}

void fixture_expect_error(const rn_dataset_request *request, const char *file, const char *what) {
    rn_dataset dataset;
    rn_err err = {""};
    cr_expect_eq(rn_dataset_load(&dataset, request, &err), RN_ERROR, "%s: %s: was accepted", file,
                 what);
    cr_expect(strstr(err.text, file) && strstr(err.text, what) && !strchr(err.text, '\n'),
              "\"%s\", want \"%s\" and \"%s\"", err.text, file, what);
    cr_expect(!dataset.image && !dataset.object && !dataset.category && dataset.num_images == 0);
    rn_dataset_free(&dataset);
}
