#include "data/pictures.h"
#include "base/file.h"
#include "base/real.h"
#include "base/text.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *rn_pictures_path(const char *folder, const char *name) {
    size_t n = strlen(folder), size = n + strlen(name) + 2;
    char *path = rn_vec_zeros(size, 1);
    bool joined = n > 0 && *name != '/';
    const char *slash = joined && folder[n - 1] != '/' ? "/" : "";
    snprintf(path, size, "%s%s%s", joined ? folder : "", slash, name);
    return path;
}

char *rn_pictures_parent(const char *path) {
    const char *last = rn_text_file_name(path);
    if (strcmp(last, ".") == 0 || strcmp(last, "..") == 0 || *last == '\0')
        return rn_pictures_path(path, "..");
    if (last == path) return rn_vec_text(".");
    char *folder = rn_vec_text(path);
    folder[last - path > 1 ? last - path - 1 : 1] = '\0'; /* "/" stays */
    return folder;
}

static bool has_picture(const char *folder, const char *name) {
    char *path = rn_pictures_path(folder, name);
    bool found = rn_file_exists(path);
    free(path);
    return found;
}

char *rn_pictures_find(const char *path, const char *split, const char *name) {
    char *folder = rn_pictures_parent(path), *around = rn_pictures_parent(folder);
    char *below = split ? rn_pictures_path("images", split) : NULL;
    const char *const places[][2] = {{folder, "images"}, {folder, ""},    {folder, split},
                                     {around, split},    {folder, below}, {around, below},
                                     {around, "images"}};
    char *found = NULL;
    for (size_t i = 0; i < RN_COUNT(places) && !found; i++) {
        if (!places[i][1]) continue;
        found = rn_pictures_path(places[i][0], places[i][1]);
        if (has_picture(found, name)) break;
        free(found);
        found = NULL;
    }
    if (!found) found = split ? rn_pictures_path(around, split) : rn_vec_text(folder);
    free(folder);
    free(around);
    free(below);
    return found;
}
