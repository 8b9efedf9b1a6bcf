/* libjpeg reports an error by calling error_exit, which must not return: everything that happens
 * between a setjmp and the matching longjmp lives in a `reader` or `writer` outside of both, so no
 * local variable is looked at after the jump. */
#include "data/jpeg.h"
#include "base/vec.h"

#include <jpeglib.h>
#include <jerror.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

enum {
    QUALITY = 92,
    SCANS_MOST = 500,            /* a progressive file needs about ten */
    PIXELS_PER_BYTE_MOST = 512,  /* one bit for an 8 x 8 block: Huffman coding cannot do better */
    EXIF_MARKER = JPEG_APP0 + 1, /* APP1 */
    ORIENTATION_TAG = 0x0112
};

/* What an error leaves behind and where it goes to. First member: libjpeg's pointer is ours. */
typedef struct trap {
    struct jpeg_error_mgr manager;
    jmp_buf escape;
    const char *name;
    rn_err *err;
} trap;

typedef struct reader {
    trap trap;
    struct jpeg_decompress_struct jpeg;
    struct jpeg_progress_mgr progress;
    rn_image image;
    uint8_t *cmyk; /* one row, for the colour spaces that libjpeg does not turn into RGB */
} reader;

static _Noreturn void stop(j_common_ptr jpeg) {
    trap *t = (trap *)jpeg->err;
    char text[JMSG_LENGTH_MAX];
    t->manager.format_message(jpeg, text);
    rn_fail(t->err, "%s: not a readable JPEG picture: %s", t->name, text);
    longjmp(t->escape, 1);
}

/* Levels from 0 up are remarks; -1 is a warning, after which libjpeg would invent the pixels. */
static void judge_message(j_common_ptr jpeg, int level) {
    int code = jpeg->err->msg_code;
    bool harmless =
        code == JWRN_EXTRANEOUS_DATA || code == JWRN_ADOBE_XFORM || code == JWRN_JFIF_MAJOR;
    if (level >= 0 || harmless) return;
    trap *t = (trap *)jpeg->err;
    if (code != JWRN_JPEG_EOF && code != JWRN_HIT_MARKER) stop(jpeg);
    rn_fail(t->err, "%s: the JPEG picture is cut off: expected more data", t->name);
    longjmp(t->escape, 1);
}

static void ignore_output(j_common_ptr jpeg) { (void)jpeg; }

/* A small file can hold thousands of empty scans over a large picture. */
static void count_scans(j_common_ptr jpeg) {
    j_decompress_ptr decoder = (j_decompress_ptr)jpeg;
    if (decoder->input_scan_number <= SCANS_MOST) return;
    trap *t = (trap *)jpeg->err;
    rn_fail(t->err, "%s: expected a JPEG picture of at most %d scans, got more", t->name,
            SCANS_MOST);
    longjmp(t->escape, 1);
}

static struct jpeg_error_mgr *set_trap(trap *t, const char *name, rn_err *err) {
    jpeg_std_error(&t->manager);
    t->manager.error_exit = stop;
    t->manager.emit_message = judge_message;
    t->manager.output_message = ignore_output;
    t->name = name;
    t->err = err;
    return &t->manager;
}

bool rn_jpeg_is(const void *bytes, size_t size) {
    return size >= 3 && memcmp(bytes, "\xFF\xD8\xFF", 3) == 0;
}

/* ---- EXIF: a TIFF file inside APP1; its first directory has the orientation ---------------- */

static unsigned get_u16(const uint8_t *p, bool big) {
    return big ? (unsigned)p[0] << 8 | p[1] : (unsigned)p[1] << 8 | p[0];
}

static size_t get_u32(const uint8_t *p, bool big) {
    return big ? (size_t)get_u16(p, big) << 16 | get_u16(p + 2, big)
               : (size_t)get_u16(p + 2, big) << 16 | get_u16(p, big);
}

/* EXIF 2.32, section 4.6.4 A: tag 0x0112, one SHORT. Returns 1 for whatever is not 1 to 8. */
static int exif_orientation(const uint8_t *exif, size_t size) {
    if (size < 14 || memcmp(exif, "Exif\0\0", 6) != 0) return 1;
    const uint8_t *tiff = exif + 6;
    size -= 6;
    bool big = memcmp(tiff, "MM", 2) == 0;
    if (!big && memcmp(tiff, "II", 2) != 0) return 1;
    size_t at = get_u32(tiff + 4, big);
    if (at > size - 2) return 1;
    size_t entries = get_u16(tiff + at, big);
    at += 2;
    for (; entries > 0 && at + 12 <= size; entries--, at += 12) {
        const uint8_t *entry = tiff + at;
        if (get_u16(entry, big) != ORIENTATION_TAG) continue;
        unsigned value = get_u16(entry + 8, big);
        return get_u16(entry + 2, big) == 3 && value >= 1 && value <= 8 ? (int)value : 1;
    }
    return 1;
}

static int find_orientation(const struct jpeg_decompress_struct *jpeg) {
    for (jpeg_saved_marker_ptr m = jpeg->marker_list; m; m = m->next)
        if (m->marker == EXIF_MARKER && m->data_length >= 6 && memcmp(m->data, "Exif", 4) == 0)
            return exif_orientation(m->data, m->data_length);
    return 1;
}

/* ---- reading ------------------------------------------------------------------------------- */

static void begin_reader(reader *r, const char *name, rn_err *err) {
    r->jpeg.err = set_trap(&r->trap, name, err);
    jpeg_create_decompress(&r->jpeg);
    r->progress.progress_monitor = count_scans;
    r->jpeg.progress = &r->progress;
    jpeg_save_markers(&r->jpeg, EXIF_MARKER, 0xFFFF);
}

static void end_reader(reader *r) {
    jpeg_destroy_decompress(&r->jpeg);
    free(r->cmyk);
}

static void read_header(reader *r) {
    trap *t = &r->trap;
    jpeg_read_header(&r->jpeg, TRUE);
    size_t width = r->jpeg.image_width, height = r->jpeg.image_height;
    if (width <= RN_IMAGE_SIDE_MOST && height <= RN_IMAGE_SIDE_MOST &&
        width * height <= RN_IMAGE_PIXELS_MOST)
        return;
    rn_fail(t->err, "%s: expected at most %d pixels a side and %d in all, got %zu x %zu", t->name,
            RN_IMAGE_SIDE_MOST, RN_IMAGE_PIXELS_MOST, width, height);
    longjmp(t->escape, 1);
}

/* Adobe writes CMYK inverted (255 is no ink) and marks the file; others as it is meant. */
static void cmyk_to_rgb(uint8_t *rgb, const uint8_t *cmyk, int width, bool inverted) {
    for (int x = 0; x < width; x++) {
        int flip = inverted ? 0 : 255, black = flip ^ cmyk[4 * x + 3];
        for (int c = 0; c < 3; c++)
            rgb[3 * x + c] = (uint8_t)(((flip ^ cmyk[4 * x + c]) * black + 127) / 255);
    }
}

static void read_rows(reader *r) {
    struct jpeg_decompress_struct *jpeg = &r->jpeg;
    bool cmyk = jpeg->jpeg_color_space == JCS_CMYK || jpeg->jpeg_color_space == JCS_YCCK;
    jpeg->out_color_space = cmyk ? JCS_CMYK : JCS_RGB;
    jpeg_start_decompress(jpeg);
    r->image = rn_image_new((int)jpeg->output_width, (int)jpeg->output_height);
    if (cmyk) r->cmyk = rn_vec_zeros(jpeg->output_width, 4);
    while (jpeg->output_scanline < jpeg->output_height) {
        uint8_t *rgb = r->image.rgb + (size_t)jpeg->output_scanline * jpeg->output_width * 3;
        uint8_t *row = cmyk ? r->cmyk : rgb;
        jpeg_read_scanlines(jpeg, &row, 1);
        if (cmyk) cmyk_to_rgb(rgb, row, r->image.width, jpeg->saw_Adobe_marker);
    }
    jpeg_finish_decompress(jpeg);
}

static rn_status decode(reader *r, int *orientation, const void *bytes, size_t size) {
    trap *t = &r->trap;
    if (setjmp(t->escape)) return RN_ERROR;
    jpeg_mem_src(&r->jpeg, bytes, size);
    read_header(r);
    *orientation = find_orientation(&r->jpeg);
    size_t pixels = (size_t)r->jpeg.image_width * r->jpeg.image_height;
    if (!r->jpeg.arith_code && pixels / PIXELS_PER_BYTE_MOST > size)
        return rn_fail(t->err, "%s: the JPEG picture is cut off: %u x %u pixels in %zu bytes",
                       t->name, r->jpeg.image_width, r->jpeg.image_height, size);
    read_rows(r);
    return RN_OK;
}

rn_status rn_jpeg_decode(rn_image *image, int *orientation, const void *bytes, size_t size,
                         const char *name, rn_err *err) {
    reader r = {0};
    begin_reader(&r, name, err);
    rn_status status = decode(&r, orientation, bytes, size);
    if (status != RN_OK) rn_image_free(&r.image);
    *image = r.image;
    end_reader(&r);
    return status;
}

static rn_status read_size(reader *r, FILE *file) {
    if (setjmp(r->trap.escape)) return RN_ERROR;
    jpeg_stdio_src(&r->jpeg, file);
    read_header(r);
    return RN_OK;
}

rn_status rn_jpeg_size(int *width, int *height, int *orientation, FILE *file, const char *name,
                       rn_err *err) {
    reader r = {0};
    begin_reader(&r, name, err);
    rn_status status = read_size(&r, file);
    if (status == RN_OK) {
        *width = (int)r.jpeg.image_width;
        *height = (int)r.jpeg.image_height;
        *orientation = find_orientation(&r.jpeg);
    }
    end_reader(&r);
    return status;
}

/* ---- writing ------------------------------------------------------------------------------- */

typedef struct writer {
    trap trap;
    struct jpeg_compress_struct jpeg;
    unsigned char *bytes; /* grown by libjpeg */
    unsigned long size;
} writer;

static rn_status encode(writer *w, const rn_image *image) {
    if (setjmp(w->trap.escape)) return RN_ERROR;
    struct jpeg_compress_struct *jpeg = &w->jpeg;
    jpeg_mem_dest(jpeg, &w->bytes, &w->size);
    jpeg->image_width = (JDIMENSION)image->width;
    jpeg->image_height = (JDIMENSION)image->height;
    jpeg->input_components = 3;
    jpeg->in_color_space = JCS_RGB;
    jpeg_set_defaults(jpeg);
    jpeg_set_quality(jpeg, QUALITY, TRUE);
    jpeg->comp_info[0].h_samp_factor = jpeg->comp_info[0].v_samp_factor = 1;
    jpeg->optimize_coding = TRUE;
    jpeg_start_compress(jpeg, TRUE);
    while (jpeg->next_scanline < jpeg->image_height) {
        uint8_t *row = image->rgb + (size_t)jpeg->next_scanline * jpeg->image_width * 3;
        jpeg_write_scanlines(jpeg, &row, 1);
    }
    jpeg_finish_compress(jpeg);
    return RN_OK;
}

rn_status rn_jpeg_encode(rn_file *file, const rn_image *image, rn_err *err) {
    writer w = {0};
    w.jpeg.err = set_trap(&w.trap, file->path, err);
    jpeg_create_compress(&w.jpeg);
    rn_status status = encode(&w, image);
    if (status == RN_OK) rn_file_write(file, w.bytes, w.size);
    jpeg_destroy_compress(&w.jpeg);
    free(w.bytes);
    return status;
}
