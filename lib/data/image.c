#include "data/image.h"
#include "base/check.h"
#include "base/file.h"
#include "base/real.h"
#include "base/text.h"
#include "base/vec.h"
#include "data/jpeg.h"
#include "data/png.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Larger than any picture within the limits that is not made to be. */
static const size_t LARGEST_FILE = (size_t)1 << 30;

rn_image rn_image_new(int width, int height) {
    RN_CHECK(width >= 1 && height >= 1 && width <= RN_IMAGE_SIDE_MOST &&
                 height <= RN_IMAGE_SIDE_MOST &&
                 (size_t)width * (size_t)height <= RN_IMAGE_PIXELS_MOST,
             "picture of %d x %d", width, height);
    return (rn_image){width, height, rn_vec_zeros((size_t)width * (size_t)height, 3)};
}

void rn_image_free(rn_image *image) {
    free(image->rgb);
    *image = (rn_image){0};
}

/* ---- orientation --------------------------------------------------------------------------- */

/* EXIF 2.32, section 4.6.4 A: where the stored row 0 and column 0 stand in the picture.
 * Orientations from 5 on exchange rows and columns. */
static bool is_turned(int orientation) { return orientation >= 5; }

/* Source of the pixel (x, y) that a viewer shows: the left edge of a shown row, in steps of `step`
 * pixels. */
static void trace_row(size_t *start, ptrdiff_t *step, int y, int orientation, rn_image stored) {
    ptrdiff_t w = stored.width, h = stored.height, at = 0, s = 0;
    switch (orientation) {
    case 2: at = y * w + w - 1, s = -1; break;           /* mirrored left to right */
    case 3: at = (h - 1 - y) * w + w - 1, s = -1; break; /* upside down */
    case 4: at = (h - 1 - y) * w, s = 1; break;          /* mirrored top to bottom */
    case 5: at = y, s = w; break;                        /* transposed */
    case 6: at = (h - 1) * w + y, s = -w; break;         /* to be turned clockwise */
    case 7: at = (h - 1) * w + w - 1 - y, s = -w; break; /* transposed the other way */
    case 8: at = w - 1 - y, s = w; break;                /* to be turned counter-clockwise */
    default: at = y * w, s = 1; break;
    }
    *start = (size_t)at;
    *step = s;
}

static void apply_orientation(rn_image *image, int orientation) {
    if (orientation == 1) return;
    rn_image stored = *image;
    bool turned = is_turned(orientation);
    *image =
        rn_image_new(turned ? stored.height : stored.width, turned ? stored.width : stored.height);
    uint8_t *to = image->rgb;
    for (int y = 0; y < image->height; y++) {
        size_t start;
        ptrdiff_t step;
        trace_row(&start, &step, y, orientation, stored);
        const uint8_t *from = stored.rgb + 3 * start;
        for (int x = 0; x < image->width; x++, to += 3) memcpy(to, from + 3 * step * x, 3);
    }
    rn_image_free(&stored);
}

/* ---- loading ------------------------------------------------------------------------------- */

static rn_status fail_unknown(const char *name, const void *bytes, size_t size, rn_err *err) {
    static const struct {
        const char *magic;
        size_t size;
        const char *format;
    } known[] = {{"GIF8", 4, "a GIF file"},
                 {"RIFF", 4, "a WebP (RIFF) file"},
                 {"BM", 2, "a BMP file"},
                 {"II*\0", 4, "a TIFF file"},
                 {"MM\0*", 4, "a TIFF file"},
                 {"<", 1, "a text file"},
                 {"\xFF\xD8", 2, "a JPEG picture that is cut off"},
                 {"\x89PNG", 4, "a damaged PNG picture"}};
    const char *got = size ? "something else" : "an empty file";
    for (size_t i = 0; i < RN_COUNT(known); i++)
        if (size >= known[i].size && memcmp(bytes, known[i].magic, known[i].size) == 0)
            got = known[i].format;
    return rn_fail(err, "%s: expected a JPEG or PNG picture, got %s", name, got);
}

rn_status rn_image_decode(rn_image *image, const void *bytes, size_t size, const char *name,
                          rn_err *err) {
    *image = (rn_image){0};
    if (rn_png_is(bytes, size)) return rn_png_decode(image, bytes, size, name, err);
    if (!rn_jpeg_is(bytes, size)) return fail_unknown(name, bytes, size, err);
    int orientation = 1;
    if (rn_jpeg_decode(image, &orientation, bytes, size, name, err) != RN_OK) return RN_ERROR;
    apply_orientation(image, orientation);
    return RN_OK;
}

rn_status rn_image_load(rn_image *image, const char *path, rn_err *err) {
    char *bytes;
    size_t size;
    *image = (rn_image){0};
    if (rn_file_read(&bytes, &size, path, LARGEST_FILE, err) != RN_OK) return RN_ERROR;
    rn_status status = rn_image_decode(image, bytes, size, path, err);
    free(bytes);
    return status;
}

static rn_status read_size(int *width, int *height, FILE *file, const char *path, rn_err *err) {
    uint8_t head[RN_PNG_HEADER_SIZE];
    size_t size = fread(head, 1, sizeof head, file);
    if (ferror(file)) return rn_fail(err, "%s: cannot read: %s", path, strerror(errno));
    if (rn_png_is(head, size)) return rn_png_size(width, height, head, size, path, err);
    if (!rn_jpeg_is(head, size)) return fail_unknown(path, head, size, err);
    int orientation = 1, w = 0, h = 0;
    rewind(file);
    if (rn_jpeg_size(&w, &h, &orientation, file, path, err) != RN_OK) return RN_ERROR;
    *width = is_turned(orientation) ? h : w;
    *height = is_turned(orientation) ? w : h;
    return RN_OK;
}

rn_status rn_image_size(int *width, int *height, const char *path, rn_err *err) {
    FILE *file = fopen(path, "rb");
    if (!file) return rn_fail(err, "%s: cannot open: %s", path, strerror(errno));
    rn_status status = read_size(width, height, file, path, err);
    fclose(file);
    return status;
}

/* ---- saving -------------------------------------------------------------------------------- */

rn_status rn_image_save(const rn_image *image, const char *path, rn_err *err) {
    bool png = rn_text_ends_with(path, ".png");
    if (!png && !rn_text_ends_with(path, ".jpg") && !rn_text_ends_with(path, ".jpeg"))
        return rn_fail(err, "%s: expected a name that ends in .jpg, .jpeg or .png", path);
    rn_file file;
    if (rn_file_begin(&file, path, err) != RN_OK) return RN_ERROR;
    rn_status status = png ? rn_png_encode(&file, image, err) : rn_jpeg_encode(&file, image, err);
    if (status == RN_OK) return rn_file_commit(&file, err);
    rn_file_abandon(&file);
    return status;
}
