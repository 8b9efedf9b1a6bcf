#include "retinanet/drawn.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { NAME_SIZE = 256 }; /* NAME_MAX and its end */

char *drawn_path(char out[RN_PATH_SIZE], drawn_names *names, const char *folder,
                 const char *file_name) {
    char name[NAME_SIZE];
    const char *base = rn_text_file_name(file_name), *dot = strrchr(base, '.');
    bool jpeg = rn_text_ends_with(base, ".jpg") || rn_text_ends_with(base, ".jpeg");
    const char *ending = jpeg ? dot : ".png";
    int stem = (int)(dot ? (size_t)(dot - base) : strlen(base));
    if (stem > NAME_SIZE - 24) stem = NAME_SIZE - 24; /* room for the number and the ending */
    snprintf(name, sizeof name, "%.*s%s", stem, base, ending);
    for (int k = 2; rn_names_find(&names->index, name) != RN_NAMES_NONE; k++)
        snprintf(name, sizeof name, "%.*s-%d%s", stem, base, k, ending);
    rn_name_set_add(names, name);
    return rn_text_path(out, RN_PATH_SIZE, folder, name);
}

rn_status drawn_check_folder(const char *folder, const char *picture, rn_err *err) {
    char own[RN_PATH_SIZE] = ".";
    struct stat a, b;
    const char *slash = picture ? strrchr(picture, '/') : NULL;
    if (!picture || (slash && slash - picture >= RN_PATH_SIZE)) return RN_OK;
    if (slash) snprintf(own, sizeof own, "%.*s", (int)(slash - picture) + 1, picture);
    if (stat(folder, &a) != 0 || stat(own, &b) != 0 || a.st_dev != b.st_dev || a.st_ino != b.st_ino)
        return RN_OK;
    return rn_fail(err, "--out %s: expected another folder: %s lies there and would be overwritten",
                   folder, picture);
}
