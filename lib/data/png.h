/* png.h: PNG files through libpng; image.h is the door for everybody else. */
#ifndef RN_DATA_PNG_H
#define RN_DATA_PNG_H

#include "base/err.h"
#include "base/file.h"
#include "data/image.h"

#include <stdbool.h>
#include <stddef.h>

/** As many bytes from the beginning of a file hold its size. */
enum { RN_PNG_HEADER_SIZE = 33 };

/** Do these bytes begin a PNG file? */
bool rn_png_is(const void *bytes, size_t size);

/** Width and height from the first RN_PNG_HEADER_SIZE bytes, within the limits of image.h. */
rn_status rn_png_size(int *width, int *height, const void *bytes, size_t size, const char *name,
                      rn_err *err);

/** Any colour type, depth and interlacing to RGB. The caller frees the image. */
rn_status rn_png_decode(rn_image *image, const void *bytes, size_t size, const char *name,
                        rn_err *err);

/** Writes to a file that was begun. */
rn_status rn_png_encode(rn_file *file, const rn_image *image, rn_err *err);

#endif
