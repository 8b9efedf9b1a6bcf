#include "data/png.h"
#include "base/vec.h"

#include <png.h>
#include <stdlib.h>
#include <string.h>

/* Deflate packs at most 1032 bytes into one (its longest match, 258, in two bits). */
enum { BYTES_PER_BYTE_MOST = 1032 };

static const uint8_t SIGNATURE[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

typedef struct reader {
    const uint8_t *bytes;
    size_t size, used;
    const char *name;
    rn_err *err;
    rn_image image;
} reader;

bool rn_png_is(const void *bytes, size_t size) {
    return size >= sizeof SIGNATURE && memcmp(bytes, SIGNATURE, sizeof SIGNATURE) == 0;
}

static unsigned long get_u32(const uint8_t *p) {
    return (unsigned long)p[0] << 24 | (unsigned long)p[1] << 16 | (unsigned long)p[2] << 8 | p[3];
}

rn_status rn_png_size(int *width, int *height, const void *bytes, size_t size, const char *name,
                      rn_err *err) {
    const uint8_t *p = bytes;
    if (size < RN_PNG_HEADER_SIZE)
        return rn_fail(err, "%s: the PNG picture is cut off: expected a header, got %zu bytes",
                       name, size);
    if (memcmp(p + 8, "\0\0\0\x0DIHDR", 8) != 0)
        return rn_fail(err, "%s: not a readable PNG picture: expected the chunk IHDR first", name);
    unsigned long w = get_u32(p + 16), h = get_u32(p + 20);
    if (w < 1 || h < 1 || w > RN_IMAGE_SIDE_MOST || h > RN_IMAGE_SIDE_MOST ||
        w * h > RN_IMAGE_PIXELS_MOST)
        return rn_fail(err, "%s: expected 1 to %d pixels a side and at most %d, got %lu x %lu",
                       name, RN_IMAGE_SIDE_MOST, RN_IMAGE_PIXELS_MOST, w, h);
    *width = (int)w;
    *height = (int)h;
    return RN_OK;
}

/* ---- reading ------------------------------------------------------------------------------- */

static _Noreturn void stop_reading(png_structp png, png_const_charp message) {
    reader *r = png_get_error_ptr(png);
    if (r->used > r->size)
        rn_fail(r->err, "%s: the PNG picture is cut off: expected more than %zu bytes", r->name,
                r->size);
    else
        rn_fail(r->err, "%s: not a readable PNG picture: %s", r->name, message);
    png_longjmp(png, 1);
}

static void ignore_warning(png_structp png, png_const_charp message) {
    (void)png;
    (void)message;
}

static void read_bytes(png_structp png, png_bytep out, size_t size) {
    reader *r = png_get_io_ptr(png);
    if (size > r->size - r->used) {
        r->used = r->size + 1; /* tells stop_reading why */
        png_error(png, "end of file");
    }
    memcpy(out, r->bytes + r->used, size);
    r->used += size;
}

/* Every colour type to 8-bit RGB; transparent pixels to black, in proportion. */
static void ask_for_rgb(png_structp png) {
    png_color_16 black = {0};
    png_set_expand(png);
    png_set_scale_16(png);
    png_set_gray_to_rgb(png);
    png_set_background(png, &black, PNG_BACKGROUND_GAMMA_SCREEN, 0, 1.0);
}

static rn_status read_pixels(reader *r, png_structp png, png_infop info) {
    if (setjmp(png_jmpbuf(png))) return RN_ERROR;
    png_set_user_limits(png, RN_IMAGE_SIDE_MOST, RN_IMAGE_SIDE_MOST);
    png_set_read_fn(png, r, read_bytes);
    png_read_info(png, info);
    size_t width = png_get_image_width(png, info), height = png_get_image_height(png, info);
    if (png_get_rowbytes(png, info) * height / BYTES_PER_BYTE_MOST > r->size)
        return rn_fail(r->err, "%s: the PNG picture is cut off: %zu x %zu pixels in %zu bytes",
                       r->name, width, height, r->size);
    ask_for_rgb(png);
    int passes = png_set_interlace_handling(png);
    png_read_update_info(png, info);
    if (png_get_rowbytes(png, info) != 3 * width) png_error(png, "not an RGB picture");
    r->image = rn_image_new((int)width, (int)height);
    for (int pass = 0; pass < passes; pass++)
        for (size_t y = 0; y < height; y++) png_read_row(png, r->image.rgb + 3 * y * width, NULL);
    png_read_end(png, NULL);
    return RN_OK;
}

rn_status rn_png_decode(rn_image *image, const void *bytes, size_t size, const char *name,
                        rn_err *err) {
    int width, height;
    if (rn_png_size(&width, &height, bytes, size, name, err) != RN_OK) return RN_ERROR;
    reader r = {.bytes = bytes, .size = size, .name = name, .err = err};
    png_structp png =
        png_create_read_struct(PNG_LIBPNG_VER_STRING, &r, stop_reading, ignore_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    rn_status status = info ? read_pixels(&r, png, info)
                            : rn_fail(err, "%s: libpng differs from its header file", name);
    png_destroy_read_struct(&png, &info, NULL);
    if (status != RN_OK) rn_image_free(&r.image);
    *image = r.image;
    return status;
}

/* ---- writing ------------------------------------------------------------------------------- */

typedef struct writer {
    rn_file *file;
    rn_err *err;
} writer;

static _Noreturn void stop_writing(png_structp png, png_const_charp message) {
    writer *w = png_get_error_ptr(png);
    rn_fail(w->err, "%s: cannot write a PNG picture: %s", w->file->path, message);
    png_longjmp(png, 1);
}

static void write_bytes(png_structp png, png_bytep bytes, size_t size) {
    writer *w = png_get_io_ptr(png);
    rn_file_write(w->file, bytes, size);
}

static void flush_nothing(png_structp png) { (void)png; }

static rn_status write_pixels(writer *w, png_structp png, png_infop info, const rn_image *image) {
    if (setjmp(png_jmpbuf(png))) return RN_ERROR;
    png_set_write_fn(png, w, write_bytes, flush_nothing);
    png_set_IHDR(png, info, (png_uint_32)image->width, (png_uint_32)image->height, 8,
                 PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    for (int y = 0; y < image->height; y++)
        png_write_row(png, image->rgb + 3 * (size_t)y * (size_t)image->width);
    png_write_end(png, info);
    return RN_OK;
}

rn_status rn_png_encode(rn_file *file, const rn_image *image, rn_err *err) {
    writer w = {file, err};
    png_structp png =
        png_create_write_struct(PNG_LIBPNG_VER_STRING, &w, stop_writing, ignore_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    rn_status status = info ? write_pixels(&w, png, info, image)
                            : rn_fail(err, "%s: libpng differs from its header file", file->path);
    png_destroy_write_struct(&png, &info);
    return status;
}
