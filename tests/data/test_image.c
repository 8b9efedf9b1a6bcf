#include "data/image.h"
#include "base/file.h"
#include "base/json.h"
#include "base/real.h"
#include "base/text.h"
#include "base/vec.h"
#include "support/folder.h"

#include <criterion/criterion.h>
#include <jpeglib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static folder files; /* of the running test: each is a process of its own */
static void begin(void) { files = folder_make(); }
static void end(void) { folder_remove(&files); }
TestSuite(image, .init = begin, .fini = end);

/* ---- golden files -------------------------------------------------------------------------- */

typedef struct bytes {
    uint8_t *data;
    size_t size;
} bytes;

static bytes from_hex(const char *hex) {
    bytes b = {rn_vec_zeros(strlen(hex) / 2, 1), strlen(hex) / 2};
    for (size_t i = 0; i < b.size; i++)
        b.data[i] = (uint8_t)strtoul((char[]){hex[2 * i], hex[2 * i + 1], '\0'}, NULL, 16);
    return b;
}

static const char *member(const cJSON *object, const char *key) {
    return cJSON_GetObjectItem(object, key)->valuestring;
}

static cJSON *golden(void) {
    cJSON *root = NULL;
    rn_err err = {""};
    cr_assert_eq(rn_json_load(&root, "tests/golden/images.json", &err), RN_OK, "%s", err.text);
    return root;
}

static bytes golden_file(const cJSON *root, const char *name) {
    const cJSON *item;
    cJSON_ArrayForEach(item, root) {
        if (strcmp(member(item, "name"), name) == 0) return from_hex(member(item, "file"));
    }
    cr_assert_fail("no golden file %s", name);
    return (bytes){NULL, 0};
}

static int worst_difference(const uint8_t *a, const uint8_t *b, size_t n) {
    int worst = 0;
    for (size_t i = 0; i < n; i++)
        if (abs(a[i] - b[i]) > worst) worst = abs(a[i] - b[i]);
    return worst;
}

/* PNG is lossless; JPEG decoders may differ by a rounding, and so may 16-bit transparency. */
Test(image, pixels_are_those_of_the_golden_files) {
    cJSON *root = golden(), *item;
    int count = 0;
    cJSON_ArrayForEach(item, root) {
        const char *name = member(item, "name");
        bytes file = from_hex(member(item, "file")), rgb = from_hex(member(item, "rgb"));
        int width = cJSON_GetObjectItem(item, "width")->valueint;
        int height = cJSON_GetObjectItem(item, "height")->valueint, w = 0, h = 0;
        int allowed = strstr(name, "jpeg") ? 2 : strstr(name, "16") != NULL;
        rn_image image;
        rn_err err = {""};
        cr_assert_eq(rn_image_decode(&image, file.data, file.size, name, &err), RN_OK, "%s",
                     err.text);
        cr_assert(image.width == width && image.height == height, "%s: %d x %d, want %d x %d", name,
                  image.width, image.height, width, height);
        int worst = worst_difference(image.rgb, rgb.data, rgb.size);
        cr_expect(worst <= allowed, "%s: differs by %d", name, worst);
        const char *path = folder_put(&files, "x", file.data, file.size);
        cr_assert_eq(rn_image_size(&w, &h, path, &err), RN_OK, "%s", err.text);
        cr_expect(w == width && h == height, "%s: size %d x %d", name, w, h);
        rn_image_free(&image);
        free(file.data);
        free(rgb.data);
        count++;
    }
    cr_expect(count > 50, "%d golden files", count);
    cJSON_Delete(root);
}

/* ---- JPEG files that Pillow does not write ------------------------------------------------- */

/* A picture of one colour. Returns libjpeg's malloced file. */
static bytes write_cmyk(J_COLOR_SPACE space, const uint8_t cmyk[4], bool adobe) {
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr manager;
    unsigned char *data = NULL;
    unsigned long size = 0;
    uint8_t row[4 * 16], *rows[] = {row};
    for (int i = 0; i < 4 * 16; i++) row[i] = cmyk[i % 4];
    jpeg.err = jpeg_std_error(&manager);
    jpeg_create_compress(&jpeg);
    jpeg_mem_dest(&jpeg, &data, &size);
    jpeg.image_width = jpeg.image_height = 16;
    jpeg.input_components = 4;
    jpeg.in_color_space = JCS_CMYK;
    jpeg_set_defaults(&jpeg);
    jpeg_set_colorspace(&jpeg, space);
    jpeg_set_quality(&jpeg, 100, TRUE);
    jpeg.write_Adobe_marker = adobe;
    jpeg_start_compress(&jpeg, TRUE);
    for (int y = 0; y < 16; y++) jpeg_write_scanlines(&jpeg, rows, 1);
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    return (bytes){data, size};
}

/* red = (1 - cyan)(1 - black); Adobe stores 255 - ink. */
Test(image, cmyk_and_ycck_with_and_without_adobe_marker) {
    static const struct {
        const char *name;
        J_COLOR_SPACE space;
        bool adobe;
        uint8_t cmyk[4], rgb[3];
    } rows[] = {
        {"CMYK, no ink", JCS_CMYK, false, {0, 0, 0, 0}, {255, 255, 255}},
        {"CMYK, cyan", JCS_CMYK, false, {255, 0, 0, 0}, {0, 255, 255}},
        {"CMYK, mixed", JCS_CMYK, false, {51, 102, 204, 51}, {163, 122, 41}},
        {"Adobe CMYK, no ink", JCS_CMYK, true, {255, 255, 255, 255}, {255, 255, 255}},
        {"Adobe CMYK, mixed", JCS_CMYK, true, {204, 153, 51, 204}, {163, 122, 41}},
        {"Adobe YCCK, no ink", JCS_YCCK, true, {255, 255, 255, 255}, {255, 255, 255}},
        {"Adobe YCCK, mixed", JCS_YCCK, true, {204, 153, 51, 204}, {163, 122, 41}},
        {"Adobe YCCK, black", JCS_YCCK, true, {255, 255, 255, 0}, {0, 0, 0}},
    };
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        bytes file = write_cmyk(rows[i].space, rows[i].cmyk, rows[i].adobe);
        rn_image image;
        rn_err err = {""};
        cr_assert_eq(rn_image_decode(&image, file.data, file.size, rows[i].name, &err), RN_OK, "%s",
                     err.text);
        int worst = worst_difference(image.rgb + 3 * 37, rows[i].rgb, 3);
        cr_expect(worst <= 3, "%s: (%d %d %d)", rows[i].name, image.rgb[111], image.rgb[112],
                  image.rgb[113]);
        rn_image_free(&image);
        free(file.data);
    }
}

/* JPEG with an APP1 segment of `exif` put right behind its first marker. */
static bytes with_exif(bytes jpeg, const void *exif, size_t size) {
    bytes out = {rn_vec_zeros(jpeg.size + size + 4, 1), jpeg.size + size + 4};
    memcpy(out.data, "\xFF\xD8\xFF\xE1", 4);
    out.data[4] = (uint8_t)((size + 2) >> 8);
    out.data[5] = (uint8_t)(size + 2);
    memcpy(out.data + 6, exif, size);
    memcpy(out.data + 6 + size, jpeg.data + 2, jpeg.size - 2);
    return out;
}

/* "Exif", TIFF header, one directory with the orientation as its second entry. */
static const uint8_t BIG[] = "Exif\0\0MM\0*\0\0\0\x08\0\x02"
                             "\x01\x0F\0\x02\0\0\0\x04"
                             "abc\0\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
static const uint8_t LITTLE[] = "Exif\0\0II*\0\x08\0\0\0\x02\0"
                                "\x0F\x01\x02\0\x04\0\0\0"
                                "abc\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";

Test(image, orientation_in_both_byte_orders_and_broken) {
    cJSON *root = golden();
    bytes plain = golden_file(root, "jpeg rgb 4:4:4"); /* 13 x 9 */
    struct {
        const char *name;
        const uint8_t *exif;
        size_t size, at;
        uint8_t value;
        bool turned;
    } rows[] = {
        {"big endian", BIG, sizeof BIG, 0, 'E', true},
        {"little endian", LITTLE, sizeof LITTLE, 0, 'E', true},
        {"no EXIF", BIG, sizeof BIG, 0, 'e', false},
        {"no TIFF", BIG, sizeof BIG, 6, 'X', false},
        {"zero", BIG, sizeof BIG, 37, 0, false},
        {"nine", LITTLE, sizeof LITTLE, 36, 9, false},
        {"directory far away", BIG, sizeof BIG, 10, 0xFF, false},
        {"directory at the end", BIG, sizeof BIG, 13, sizeof BIG - 7, false},
        {"65,000 entries", BIG, sizeof BIG, 14, 0xFF, true},
    };
    for (size_t i = 0; i < RN_COUNT(rows); i++)
        for (size_t size = 0; size <= rows[i].size; size++) {
            uint8_t exif[64];
            memcpy(exif, rows[i].exif, rows[i].size);
            exif[rows[i].at] = rows[i].value;
            bytes file = with_exif(plain, exif, size);
            rn_image image;
            rn_err err = {""};
            cr_assert_eq(rn_image_decode(&image, file.data, file.size, "x", &err), RN_OK, "%s",
                         err.text);
            if (size == rows[i].size)
                cr_expect_eq(image.width, rows[i].turned ? 9 : 13, "%s: width %d", rows[i].name,
                             image.width);
            rn_image_free(&image);
            free(file.data);
        }
    free(plain.data);
    cJSON_Delete(root);
}

/* ---- hostile files ------------------------------------------------------------------------- */

static void expect_failure(const void *data, size_t size, const char *name, const char *want) {
    rn_image image = {1, 1, NULL};
    rn_err err = {""};
    cr_expect_eq(rn_image_decode(&image, data, size, name, &err), RN_ERROR, "%s", name);
    cr_expect(strncmp(err.text, name, strlen(name)) == 0 && strstr(err.text, want),
              "%s: \"%s\", want \"%s\"", name, err.text, want);
    cr_expect(!image.rgb && image.width == 0, "%s: leaves a picture", name);
}

Test(image, every_truncation_fails) {
    static const char *const names[] = {
        "jpeg rgb 4:2:0",     "jpeg progressive",       "jpeg grey",
        "jpeg orientation 6", "png rgba 16 interlaced", "png palette 4 with transparency",
        "png grey 1"};
    cJSON *root = golden();
    for (size_t i = 0; i < RN_COUNT(names); i++) {
        bytes file = golden_file(root, names[i]);
        for (size_t size = 0; size < file.size; size++) {
            uint8_t *cut = rn_vec_zeros(size, 1); /* so that the sanitizer sees a read beyond */
            memcpy(cut, file.data, size);
            expect_failure(cut, size, names[i], size < 8 ? "" : size < 40 ? "cut" : "cut off");
            free(cut);
        }
        free(file.data);
    }
    cJSON_Delete(root);
}

/* Whatever a damaged byte leads to, it leads there without a crash. */
Test(image, every_damaged_byte_is_survived) {
    static const char *const names[] = {"jpeg progressive", "png palette 4 with transparency",
                                        "png rgb 8 interlaced"};
    cJSON *root = golden();
    for (size_t i = 0; i < RN_COUNT(names); i++) {
        bytes file = golden_file(root, names[i]);
        int failed = 0;
        for (size_t at = 0; at < file.size; at++) {
            static const uint8_t flips[] = {0xFF, 0x80, 0x01};
            for (size_t k = 0; k < RN_COUNT(flips); k++) {
                rn_image image;
                rn_err err = {""};
                file.data[at] ^= flips[k];
                failed += rn_image_decode(&image, file.data, file.size, "x", &err) != RN_OK;
                file.data[at] ^= flips[k];
                rn_image_free(&image);
            }
        }
        cr_expect(failed > 100, "%s: only %d failures", names[i], failed);
        free(file.data);
    }
    cJSON_Delete(root);
}

static uint8_t PNG_HEADER[] =
    "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0\0\0\0\0";

Test(image, sizes_are_limited_before_memory_is_taken) {
    static const struct {
        const char *name, *width, *height, *want;
    } rows[] = {
        {"largest", "\x7F\xFF\xFF\xFF", "\x7F\xFF\xFF\xFF", "2147483647 x 2147483647"},
        {"over 2^31", "\xFF\xFF\xFF\xFF", "\xFF\xFF\xFF\xFF", "4294967295 x 4294967295"},
        {"side", "\0\0\xFF\xDD", "\0\0\0\x01", "65501 x 1"},
        {"product", "\0\0\xFF\xDC", "\0\0\x10\x04", "65500 x 4100"},
        {"empty", "\0\0\0\0", "\0\0\0\x01", "0 x 1"},
    };
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        uint8_t *png = rn_vec_zeros(sizeof PNG_HEADER, 1);
        memcpy(png, PNG_HEADER, sizeof PNG_HEADER);
        memcpy(png + 16, rows[i].width, 4);
        memcpy(png + 20, rows[i].height, 4);
        expect_failure(png, sizeof PNG_HEADER, rows[i].name, rows[i].want);
        free(png);
    }
}

Test(image, a_small_png_that_claims_a_large_picture_is_refused) {
    static const uint8_t png[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x40\0\0\0\x40\0\x08\x02\0\0\0"
                                 "\x26\xaa\x87\xd3\0\0\0\x08"
                                 "IDAT12345678";
    expect_failure(png, sizeof png - 1, "claim", "16384 x 16384 pixels in 49 bytes");
}

Test(image, a_small_jpeg_that_claims_a_large_picture_is_refused) {
    cJSON *root = golden();
    bytes file = golden_file(root, "jpeg progressive");
    for (size_t i = 0; i + 9 < file.size; i++)
        if (file.data[i] == 0xFF &&
            file.data[i + 1] == 0xC2) /* SOF2: length, depth, height, width */
            memcpy(file.data + i + 5, "\x3F\xFF\x3F\xFF", 4);
    expect_failure(file.data, file.size, "claim", "16383 x 16383 pixels in");
    free(file.data);
    cJSON_Delete(root);
}

Test(image, other_files_are_named) {
    static const struct {
        const char *data, *want;
    } rows[] = {
        {"", "an empty file"},   {"GIF89a", "a GIF"},       {"RIFF1234WEBP", "WebP"},
        {"BM1234", "a BMP"},     {"<svg></svg>", "a text"}, {"hello", "something else"},
        {"\xFF\xD8", "cut off"}, {"\x89PNG", "damaged"},    {"II*", "something else"},
    };
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        expect_failure(rows[i].data, strlen(rows[i].data), "x.jpg", rows[i].want);
        int w = 7, h = 7;
        rn_err err = {""};
        const char *path = folder_put(&files, "x.jpg", rows[i].data, strlen(rows[i].data));
        cr_expect_eq(rn_image_size(&w, &h, path, &err), RN_ERROR);
        cr_expect(strstr(err.text, rows[i].want), "\"%s\", want \"%s\"", err.text, rows[i].want);
        cr_expect(w == 7 && h == 7);
    }
}

Test(image, missing_files_and_folders_fail_by_name) {
    rn_image image;
    rn_err err = {""};
    int w, h;
    const char *path = folder_file(&files, "none.jpg");
    cr_expect_eq(rn_image_load(&image, path, &err), RN_ERROR);
    cr_expect(strstr(err.text, "none.jpg: cannot open"), "%s", err.text);
    cr_expect_eq(rn_image_size(&w, &h, path, &err), RN_ERROR);
    cr_expect(strstr(err.text, "none.jpg: cannot open"), "%s", err.text);
    cr_expect_eq(rn_image_load(&image, files.path, &err), RN_ERROR);
    cr_expect_eq(rn_image_size(&w, &h, files.path, &err), RN_ERROR);
    cr_expect(strstr(err.text, files.path), "%s", err.text);
}

/* ---- saving -------------------------------------------------------------------------------- */

static rn_image ramp(int width, int height) {
    rn_image image = rn_image_new(width, height);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            for (int c = 0; c < 3; c++)
                image.rgb[3 * (y * width + x) + c] = (uint8_t)(40 * c + 3 * x + 2 * y);
    return image;
}

Test(image, what_is_saved_is_read_back) {
    static const struct {
        const char *name;
        int width, height, allowed;
    } rows[] = {
        {"a.png", 31, 17, 0}, {"b.PNG", 1, 1, 0}, {"c.jpg", 31, 17, 12}, {"d.jpeg", 1, 1, 12}};
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        rn_image out = ramp(rows[i].width, rows[i].height), in;
        rn_err err = {""};
        const char *path = folder_file(&files, rows[i].name);
        cr_assert_eq(rn_image_save(&out, path, &err), RN_OK, "%s", err.text);
        cr_assert_eq(rn_image_load(&in, path, &err), RN_OK, "%s", err.text);
        cr_assert(in.width == out.width && in.height == out.height);
        size_t n = 3 * (size_t)out.width * (size_t)out.height;
        int worst = worst_difference(in.rgb, out.rgb, n);
        cr_expect(worst <= rows[i].allowed, "%s: differs by %d", rows[i].name, worst);
        rn_image_free(&in);
        rn_image_free(&out);
    }
}

Test(image, saving_fails_in_one_line_and_leaves_nothing) {
    rn_image image = ramp(4, 4);
    rn_err err = {""};
    static const char *const names[] = {"a.gif", "a", "none/a.png", "none/a.jpg"};
    for (size_t i = 0; i < RN_COUNT(names); i++) {
        cr_expect_eq(rn_image_save(&image, folder_file(&files, names[i]), &err), RN_ERROR);
        cr_expect(strstr(err.text, names[i]), "%s", err.text);
    }
    cr_expect_eq(folder_count(&files), 0, "something was left behind");
    rn_image_free(&image);
}

/* ---- real pictures ------------------------------------------------------------------------- */

Test(image, real_photographs) {
    const char *data = getenv("RN_DATA");
    if (!data) cr_skip_test("skipped: RN_DATA is not set");
    static const struct {
        const char *name;
        int width, height;
    } rows[] = {{"bccd/JPEGImages/BloodImage_00007.jpg", 640, 480},
                {"coco-tiny/train2017/000000262145.jpg", 640, 427},
                {"coco-tiny/train2017/000000196610.jpg", 480, 640}};
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        rn_image image;
        rn_err err = {""};
        int w = 0, h = 0;
        char path[RN_PATH_SIZE];
        rn_text_path(path, sizeof path, data, rows[i].name);
        cr_assert_eq(rn_image_load(&image, path, &err), RN_OK, "%s", err.text);
        cr_assert_eq(rn_image_size(&w, &h, path, &err), RN_OK, "%s", err.text);
        cr_expect(image.width == rows[i].width && image.height == rows[i].height, "%s: %d x %d",
                  path, image.width, image.height);
        cr_expect(w == rows[i].width && h == rows[i].height, "%s: size %d x %d", path, w, h);
        rn_image_free(&image);
    }
}
