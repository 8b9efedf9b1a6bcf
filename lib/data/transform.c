#include "data/transform.h"
#include "base/check.h"
#include "base/vec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const double rn_transform_mean[3] = {.485, .456, .406}, rn_transform_std[3] = {.229, .224, .225};

rn_transform rn_transform_resize(int height, int width, double size, double max_size) {
    RN_CHECK(height > 0 && width > 0, "picture of %d x %d", width, height);
    double shorter = height < width ? height : width, longer = height < width ? width : height;
    double scale = fmin(size / shorter, max_size / longer);
    rn_transform t = {.from_height = height,
                      .from_width = width,
                      .height = (int)fmax(1, floor(height * scale + 1e-9)),
                      .width = (int)fmax(1, floor(width * scale + 1e-9)),
                      .brightness = 1,
                      .contrast = 1,
                      .saturation = 1};
    return t;
}

/* Where output pixel i of `size` lies between input pixels: index of the left one (the right one is
 * one further, or the same at the edge) and the weight of the right one. */
typedef struct rn_tap {
    int left, right;
    float weight;
} rn_tap;

static void make_taps(rn_tap *tap, int size, int from, bool mirrored) {
    double scale = (double)from / size;
    for (int i = 0; i < size; i++) {
        double at = fmax((i + .5) * scale - .5, 0);
        int left = (int)at < from ? (int)at : from - 1;
        tap[mirrored ? size - 1 - i : i] =
            (rn_tap){left, left + 1 < from ? left + 1 : left, (float)(at - left)};
    }
}

/* One output row of 3 * width values in [0, 255]: first between two input rows, then along them. */
static void resize_row(float *to, float *mixed, const rn_image *image, rn_tap row,
                       const rn_tap *column, int width) {
    const uint8_t *upper = image->rgb + (size_t)row.left * (size_t)image->width * 3;
    const uint8_t *lower = image->rgb + (size_t)row.right * (size_t)image->width * 3;
    for (int i = 0; i < 3 * image->width; i++)
        mixed[i] = (float)upper[i] + row.weight * (float)(lower[i] - upper[i]);
    for (int x = 0; x < width; x++) {
        const float *left = mixed + 3 * column[x].left, *right = mixed + 3 * column[x].right;
        for (int c = 0; c < 3; c++)
            to[3 * x + c] = left[c] + column[x].weight * (right[c] - left[c]);
    }
}

static float luma(const float *rgb) { return .299f * rgb[0] + .587f * rgb[1] + .114f * rgb[2]; }

static float clamp(float value) { return value < 0 ? 0 : value > 255 ? 255 : value; }

/* Brightness scales, contrast moves away from the picture's mean grey, saturation away from the
 * pixel's own grey; each clamps, as torchvision's ColorJitter does. */
static void jitter_row(float *row, int width, const rn_transform *t, float mean) {
    float brightness = (float)t->brightness, contrast = (float)t->contrast;
    float saturation = (float)t->saturation;
    for (int x = 0; x < width; x++, row += 3) {
        for (int c = 0; c < 3; c++)
            row[c] = clamp(mean + contrast * (clamp(brightness * row[c]) - mean));
        float grey = luma(row);
        for (int c = 0; c < 3; c++) row[c] = clamp(grey + saturation * (row[c] - grey));
    }
}

/* Mean grey of the picture after the brightness change, over every eighth row. */
static float mean_grey(const rn_image *image, double brightness) {
    double sum = 0;
    size_t count = 0;
    for (int y = 0; y < image->height; y += 8)
        for (int x = 0; x < image->width; x++, count++) {
            const uint8_t *p = image->rgb + 3 * ((size_t)y * (size_t)image->width + (size_t)x);
            float rgb[3] = {clamp((float)brightness * p[0]), clamp((float)brightness * p[1]),
                            clamp((float)brightness * p[2])};
            sum += (double)luma(rgb);
        }
    return (float)(sum / (double)count);
}

void rn_transform_apply(rn_float *slot, int slot_h, int slot_w, const rn_image *image,
                        const rn_transform *t) {
    RN_CHECK(image->height == t->from_height && image->width == t->from_width,
             "picture of %d x %d, transform for %d x %d", image->width, image->height,
             t->from_width, t->from_height);
    RN_CHECK(t->height <= slot_h && t->width <= slot_w, "%d x %d into %d x %d", t->width, t->height,
             slot_w, slot_h);
    bool jitter = t->brightness != 1 || t->contrast != 1 || t->saturation != 1;
    float mean = jitter ? mean_grey(image, t->brightness) : 0, scale[3], shift[3];
    size_t row_size = (size_t)slot_w * 3, width = (size_t)t->width;
    rn_tap *column = rn_vec_zeros(width + (size_t)t->height, sizeof *column), *row = column + width;
    float *mixed = rn_vec_zeros(3 * ((size_t)image->width + width), sizeof *mixed);
    float *values = mixed + 3 * image->width;
    make_taps(column, t->width, image->width, t->flip);
    make_taps(row, t->height, image->height, false);
    for (int c = 0; c < 3; c++) {
        scale[c] = (float)(1 / (255 * rn_transform_std[c]));
        shift[c] = (float)(-rn_transform_mean[c] / rn_transform_std[c]);
    }
    for (int y = 0; y < t->height; y++, slot += row_size) {
        resize_row(values, mixed, image, row[y], column, t->width);
        if (jitter) jitter_row(values, t->width, t, mean);
        for (size_t x = 0; x < width; x++)
            for (size_t c = 0; c < 3; c++)
                slot[3 * x + c] = (rn_float)(values[3 * x + c] * scale[c] + shift[c]);
        memset(slot + 3 * width, 0, (row_size - 3 * width) * sizeof *slot);
    }
    memset(slot, 0, (size_t)(slot_h - t->height) * row_size * sizeof *slot);
    free(column);
    free(mixed);
}

rn_box rn_transform_box(const rn_transform *t, rn_box b) {
    float sx = (float)t->width / (float)t->from_width;
    float sy = (float)t->height / (float)t->from_height, w = (float)t->width;
    rn_box scaled = {b.x1 * sx, b.y1 * sy, b.x2 * sx, b.y2 * sy};
    return t->flip ? (rn_box){w - scaled.x2, scaled.y1, w - scaled.x1, scaled.y2} : scaled;
}

rn_box rn_transform_box_back(const rn_transform *t, rn_box b) {
    float sx = (float)t->from_width / (float)t->width;
    float sy = (float)t->from_height / (float)t->height, w = (float)t->width;
    if (t->flip) b = (rn_box){w - b.x2, b.y1, w - b.x1, b.y2};
    return (rn_box){b.x1 * sx, b.y1 * sy, b.x2 * sx, b.y2 * sy};
}
