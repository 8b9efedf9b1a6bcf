#include "data/transform.h"
#include "base/check.h"
#include "base/vec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const double rn_transform_mean[3] = {.485, .456, .406}, rn_transform_std[3] = {.229, .224, .225};

/* torchvision divides by a tensor, that is, multiplies by a reciprocal in single precision, and so
 * do we: 427 x 640 at 800 gives 799 x 1199 here and there. A factor that only rounding tells from 1
 * leaves the picture alone. */
rn_transform rn_transform_resize(int height, int width, double size, double max_size) {
    RN_CHECK(height > 0 && width > 0, "picture of %d x %d", width, height);
    float shorter = 1.0f / (float)(height < width ? height : width);
    float longer = 1.0f / (float)(height < width ? width : height);
    double scale = fmin((double)(shorter * (float)size), (double)(longer * (float)max_size));
    if (fabs(scale - 1) < 1e-6) scale = 1;
    return (rn_transform){.from_height = height,
                          .from_width = width,
                          .height = (int)fmax(1, floor(height * scale)),
                          .width = (int)fmax(1, floor(width * scale)),
                          .brightness = 1,
                          .contrast = 1,
                          .saturation = 1};
}

/* ---- where pixels come from ------------------------------------------------------------------ */

/* Output pixel i of `size` lies between two input pixels: index of the first (the second is one
 * further, or the same at the edge) and the weight of the second. */
typedef struct tap {
    int first, second;
    float weight;
} tap;

static void make_taps(tap *taps, int size, int from, bool mirrored) {
    double scale = (double)from / size;
    for (int i = 0; i < size; i++) {
        double at = fmax((i + .5) * scale - .5, 0);
        int first = (int)at < from ? (int)at : from - 1;
        taps[mirrored ? size - 1 - i : i] =
            (tap){first, first + 1 < from ? first + 1 : first, (float)(at - first)};
    }
}

/* ---- colours --------------------------------------------------------------------------------- */

/* A row is normalised so many numbers at a time: whole pixels and whole vectors. */
enum { PERIOD = 48 };

/* From a byte to what the network sees. Brightness and contrast look at one channel alone, so they
 * are a table; normalisation is value * scale + shift, with those of the channels over and over.
 * Values are in [0, 255] until then. */
typedef struct colours {
    bool plain; /* none of the three changes anything */
    float table[256];
    float saturation, scale[PERIOD], shift[PERIOD];
} colours;

static const float grey_weight[3] = {.2989f, .587f, .114f}; /* as torchvision has them */

static float clamp(float value) { return value < 0 ? 0 : value > 255 ? 255 : value; }

/* Mean grey of the picture after each byte went through the table. */
static float mean_grey(const rn_image *image, const float table[256]) {
    size_t pixels = (size_t)image->width * (size_t)image->height, count[3][256] = {{0}};
    for (size_t i = 0; i < pixels; i++)
        for (int c = 0; c < 3; c++) count[c][image->rgb[3 * i + (size_t)c]]++;
    double sum = 0;
    for (int c = 0; c < 3; c++)
        for (int v = 0; v < 256; v++)
            sum += (double)count[c][v] * (double)(grey_weight[c] * table[v]);
    return (float)(sum / (double)pixels);
}

/* Brightness scales, contrast moves away from the picture's mean grey, saturation away from the
 * pixel's own grey, each clamped: torchvision's adjust_brightness, _contrast and _saturation. */
static colours make_colours(const rn_image *image, const rn_transform *t) {
    colours all = {.saturation = (float)t->saturation};
    float brightness = (float)t->brightness, contrast = (float)t->contrast;
    for (int v = 0; v < 256; v++) all.table[v] = clamp(brightness * (float)v);
    if (t->contrast != 1) {
        float mean = mean_grey(image, all.table);
        for (int v = 0; v < 256; v++)
            all.table[v] = clamp(contrast * all.table[v] + (1 - contrast) * mean);
    }
    for (int i = 0; i < PERIOD; i++) {
        all.scale[i] = (float)(1 / (255 * rn_transform_std[i % 3]));
        all.shift[i] = (float)(-rn_transform_mean[i % 3] / rn_transform_std[i % 3]);
    }
    all.plain = t->brightness == 1 && t->contrast == 1 && t->saturation == 1;
    return all;
}

/* `count` bytes, normalised. */
static void plain_row(float *restrict to, const uint8_t *restrict rgb, int count,
                      const colours *restrict how) {
    int i = 0;
    for (; i + PERIOD <= count; i += PERIOD)
        for (int k = 0; k < PERIOD; k++)
            to[i + k] = (float)rgb[i + k] * how->scale[k] + how->shift[k];
    for (; i < count; i++) to[i] = (float)rgb[i] * how->scale[i % 3] + how->shift[i % 3];
}

/* One row of the picture, normalised. */
static void colour_row(float *to, const uint8_t *rgb, int width, const colours *how) {
    if (how->plain) {
        plain_row(to, rgb, 3 * width, how);
        return;
    }
    const float *table = how->table, *scale = how->scale, *shift = how->shift;
    for (int x = 0; x < width; x++, to += 3, rgb += 3) {
        float v[3] = {table[rgb[0]], table[rgb[1]], table[rgb[2]]};
        if (how->saturation != 1) {
            float grey = grey_weight[0] * v[0] + grey_weight[1] * v[1] + grey_weight[2] * v[2];
            for (int c = 0; c < 3; c++)
                v[c] = clamp(how->saturation * v[c] + (1 - how->saturation) * grey);
        }
        for (int c = 0; c < 3; c++) to[c] = v[c] * scale[c] + shift[c];
    }
}

/* ---- the pass -------------------------------------------------------------------------------- */

/* The two rows of the picture that an output row lies between, and their mixture. */
typedef struct rows {
    int number[2];
    float *row[2], *mixed;
} rows;

/* Makes row `number` of the picture rows->row[0 or 1] and says which; `keep` is not overwritten. */
static int fetch_row(rows *r, int number, int keep, const rn_image *image, const colours *how) {
    for (int i = 0; i < 2; i++)
        if (r->number[i] == number) return i;
    int i = r->number[0] == keep ? 1 : 0;
    size_t offset = 3 * (size_t)number * (size_t)image->width;
    colour_row(r->row[i], image->rgb + offset, image->width, how);
    r->number[i] = number;
    return i;
}

static void mix_rows(rows *r, tap vertical, const rn_image *image, const colours *how) {
    int first = fetch_row(r, vertical.first, vertical.second, image, how);
    int second = fetch_row(r, vertical.second, vertical.first, image, how);
    const float *restrict a = r->row[first], *restrict b = r->row[second];
    float *restrict mixed = r->mixed, weight = vertical.weight;
    for (int i = 0; i < 3 * image->width; i++) mixed[i] = a[i] + weight * (b[i] - a[i]);
}

static void stretch_row(rn_float *restrict to, const float *restrict from, const tap *taps,
                        int width) {
    for (int x = 0; x < width; x++, to += 3) {
        const float *a = from + 3 * taps[x].first, *b = from + 3 * taps[x].second;
        for (int c = 0; c < 3; c++) to[c] = (rn_float)(a[c] + taps[x].weight * (b[c] - a[c]));
    }
}

/* Pixels in reverse order. */
static void mirror_row(float *row, int width) {
    for (int a = 0, b = width - 1; a < b; a++, b--)
        for (int c = 0; c < 3; c++) {
            float other = row[3 * a + c];
            row[3 * a + c] = row[3 * b + c];
            row[3 * b + c] = other;
        }
}

/* A picture that keeps its size: every row is one of the picture, mixed with nothing. */
static void copy_rows(rn_float *slot, size_t row_size, const rn_image *image, const colours *how,
                      bool mirrored, float *row) {
    const size_t used = 3 * (size_t)image->width;
    for (int y = 0; y < image->height; y++, slot += row_size) {
        colour_row(row, image->rgb + (size_t)y * used, image->width, how);
        if (mirrored) mirror_row(row, image->width);
        for (size_t i = 0; i < used; i++) slot[i] = row[i];
        memset(slot + used, 0, (row_size - used) * sizeof *slot);
    }
}

static void stretch(rn_float *slot, size_t row_size, const rn_image *image, const rn_transform *t,
                    const colours *how, rows *r) {
    const size_t used = 3 * (size_t)t->width;
    tap *across = rn_vec_zeros((size_t)t->width + (size_t)t->height, sizeof *across);
    tap *down = across + t->width;
    make_taps(across, t->width, image->width, t->flip);
    make_taps(down, t->height, image->height, false);
    for (int y = 0; y < t->height; y++, slot += row_size) {
        mix_rows(r, down[y], image, how);
        stretch_row(slot, r->mixed, across, t->width);
        memset(slot + used, 0, (row_size - used) * sizeof *slot);
    }
    free(across);
}

void rn_transform_apply(rn_float *slot, int slot_h, int slot_w, const rn_image *image,
                        const rn_transform *t) {
    RN_CHECK(image->height == t->from_height && image->width == t->from_width,
             "picture of %d x %d, transform for %d x %d", image->width, image->height,
             t->from_width, t->from_height);
    RN_CHECK(t->height <= slot_h && t->width <= slot_w, "%d x %d into %d x %d", t->width, t->height,
             slot_w, slot_h);
    size_t row_size = 3 * (size_t)slot_w, from_size = 3 * (size_t)image->width;
    colours how = make_colours(image, t);
    float *memory = rn_vec_zeros(3 * from_size, sizeof *memory);
    if (t->height == image->height && t->width == image->width) {
        copy_rows(slot, row_size, image, &how, t->flip, memory);
    } else {
        rows r = {{-1, -1}, {memory, memory + from_size}, memory + 2 * from_size};
        stretch(slot, row_size, image, t, &how, &r);
    }
    slot += (size_t)t->height * row_size;
    memset(slot, 0, (size_t)(slot_h - t->height) * row_size * sizeof *slot);
    free(memory);
}

/* ---- boxes ----------------------------------------------------------------------------------- */

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
