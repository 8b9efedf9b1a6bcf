/* drawn.h: where pictures with boxes drawn on them go, so that none takes the place of another. */
#ifndef RN_RETINANET_DRAWN_H
#define RN_RETINANET_DRAWN_H

#include "data/names.h"
#include "retinanet.h"

/** The names given so far. Zero-initialise; free with rn_name_set_free. */
typedef rn_name_set drawn_names;

/** "FOLDER/NAME" for the picture of that file: its own name without folders, with .png unless it
 * ends in .jpg or .jpeg; a name that was given before gets -2, -3 and so on. Returns `out`. */
char *drawn_path(char out[RN_PATH_SIZE], drawn_names *names, const char *folder,
                 const char *file_name);

/** Fails when a picture lies in `folder` itself, where its drawing would take its place. Paths that
 * are NULL are left out. */
rn_status drawn_check_folder(const char *folder, const char *picture, rn_err *err);

#endif
