/* jpeg.h: JPEG files through libjpeg-turbo; image.h is the door for everybody else.
 *
 * Every coding that libjpeg-turbo knows (baseline, progressive, arithmetic), grey, YCbCr, RGB, CMYK
 * and YCCK. A file that is cut off fails, and so does one with damaged data; bytes between markers
 * that do not belong there, which some cameras write, are passed over. */
#ifndef RN_DATA_JPEG_H
#define RN_DATA_JPEG_H

#include "base/err.h"
#include "base/file.h"
#include "data/image.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/** Do these bytes begin a JPEG file? */
bool rn_jpeg_is(const void *bytes, size_t size);

/** Pixels as they are stored; *orientation is EXIF's, 1 to 8 (1 when it is missing or nonsense).
 * The caller frees the image. */
rn_status rn_jpeg_decode(rn_image *image, int *orientation, const void *bytes, size_t size,
                         const char *name, rn_err *err);

/** Stored size and orientation; reads as much of `file` as the header takes. */
rn_status rn_jpeg_size(int *width, int *height, int *orientation, FILE *file, const char *name,
                       rn_err *err);

/** Quality 92, colours at full resolution; writes to a file that was begun. */
rn_status rn_jpeg_encode(rn_file *file, const rn_image *image, rn_err *err);

#endif
