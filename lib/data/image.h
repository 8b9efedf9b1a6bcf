/* image.h: pictures as 8-bit RGB. JPEG through libjpeg-turbo, PNG through libpng.
 *
 * Any JPEG or PNG becomes RGB: grey is repeated, CMYK and YCCK are converted, 16 bits are scaled to
 * 8, transparency is laid over black. The EXIF orientation of a JPEG is applied, so width and
 * height are those a viewer shows. */
#ifndef RN_DATA_IMAGE_H
#define RN_DATA_IMAGE_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

/** Zero-initialise; owns rgb. Pixel (x, y) is rgb[3 * (y * width + x) + 0 .. 2]. */
typedef struct rn_image {
    int width, height;
    uint8_t *rgb;
} rn_image;

/** More pixels than this are refused before memory is taken (a header can claim 2^31 x 2^31). */
enum { RN_IMAGE_SIDE_MOST = 65500, RN_IMAGE_PIXELS_MOST = 1 << 28 };

/** A black picture; RN_CHECKs its size. */
rn_image rn_image_new(int width, int height);

/** Decodes a file by its content, not by its name. */
rn_status rn_image_load(rn_image *image, const char *path, rn_err *err);

/** The same from memory; `name` is for messages. */
rn_status rn_image_decode(rn_image *image, const void *bytes, size_t size, const char *name,
                          rn_err *err);

/** Size after orientation, from the header alone. */
rn_status rn_image_size(int *width, int *height, const char *path, rn_err *err);

/** JPEG (quality 92) or PNG by the ending of the path: .jpg .jpeg .png; through a temporary file.
 */
rn_status rn_image_save(const rn_image *image, const char *path, rn_err *err);

void rn_image_free(rn_image *image);

#endif
