#include "notebook.h"
#include "runtime.h"
#include "base/check.h"
#include "base/file.h"
#include "base/vec.h"

#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Colours that stay apart for the colour-blind (Okabe and Ito), as plots/style.gp. */
static const char *const colours[] = {"#0072b2", "#e69f00", "#009e73",
                                      "#cc79a7", "#56b4e9", "#d55e00",
                                      "#b8a800", "#7f7f7f"};

static const char *colour_of(int index) {
    if (index == NB_INK) return "#222222";
    if (index == NB_WHITE) return "#ffffff";
    return index < 0
               ? "#888888"
               : colours[(size_t)index % (sizeof colours / sizeof *colours)];
}

__attribute__((format(printf, 2, 3))) static void put(nb_picture *picture,
                                                      const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    picture->svg = rn_vec_reserve(
        picture->svg, picture->used + (size_t)size + 1, &picture->capacity, 1);
    va_start(arguments, format);
    vsnprintf(picture->svg + picture->used, (size_t)size + 1, format,
              arguments);
    va_end(arguments);
    picture->used += (size_t)size;
}

static void put_base64(nb_picture *picture, const uint8_t *bytes, size_t size) {
    static const char digit[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < size; i += 3) {
        unsigned more = size - i < 3 ? (unsigned)(size - i) : 3, bits = 0;
        for (unsigned k = 0; k < 3; k++)
            bits = bits << 8 | (k < more ? bytes[i + k] : 0);
        for (unsigned k = 0; k < 4; k++)
            put(picture, "%c",
                k <= more ? digit[bits >> (18 - 6 * k) & 63] : '=');
    }
}

/* Saves the image, so that the library encodes it, and takes the bytes: as JPEG, a tenth of what a
 * noisy picture is as PNG. */
static void put_image(nb_picture *picture, const rn_image *image) {
    char path[RN_PATH_SIZE], *bytes;
    size_t size;
    rn_err err;
    RN_CHECK(image->width == picture->width && image->height == picture->height,
             "the image is %d x %d, the picture %d x %d", image->width,
             image->height, picture->width, picture->height);
    nb_new_picture(path, sizeof path, ".jpg");
    if (rn_image_save(image, path, &err) != RN_OK ||
        rn_file_read(&bytes, &size, path, (size_t)1 << 30, &err) != RN_OK)
        nb_fail("%s", err.text);
    remove(path);
    put(picture,
        "<image width=\"%d\" height=\"%d\" href=\"data:image/jpeg;base64,",
        image->width, image->height);
    put_base64(picture, (const uint8_t *)bytes, size);
    put(picture, "\"/>\n");
    free(bytes);
}

static void put_paper(nb_picture *picture) {
    put(picture, "<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n",
        picture->width, picture->height);
}

/* A light line every so many pixels. */
static void put_squares(nb_picture *picture) {
    int w = picture->width, h = picture->height, step = 10;
    while ((w > h ? w : h) / step > 24) step *= step % 3 ? 2 : 5;
    put(picture, "<path d=\"");
    for (int x = step; x < w; x += step) put(picture, "M%d 0V%d", x, h);
    for (int y = step; y < h; y += step) put(picture, "M0 %dH%d", y, w);
    put(picture, "\" stroke=\"#e4e4e4\" stroke-width=\"1\" "
                 "vector-effect=\"non-scaling-stroke\"/>\n");
}

static nb_picture start(int width, int height) {
    RN_CHECK(width > 0 && height > 0, "the picture is %d x %d", width, height);
    nb_picture picture = {.width = width,
                          .height = height,
                          .letter = .032 * (width > height ? width : height)};
    int shown = width < 480 ? 480 : width;
    put(&picture,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
        "viewBox=\"0 0 %d %d\" font-family=\"sans-serif\">\n",
        shown, (int)((long)shown * height / width), width, height);
    return picture;
}

nb_picture nb_picture_start(int width, int height, const rn_image *image) {
    nb_picture picture = start(width, height);
    if (image)
        put_image(&picture, image);
    else {
        put_paper(&picture);
        put_squares(&picture);
    }
    return picture;
}

nb_picture nb_drawing_start(int width, int height) {
    nb_picture picture = start(width, height);
    put_paper(&picture);
    return picture;
}

static void put_words(nb_picture *picture, double x, double y, int colour,
                      const char *weight, const char *text) {
    put(picture,
        "<text x=\"%.2f\" y=\"%.2f\" font-size=\"%.2f\" fill=\"%s\" "
        "stroke=\"#ffffff\" "
        "stroke-width=\"%.2f\" paint-order=\"stroke\" font-weight=\"%s\">",
        x, y, picture->letter, colour_of(colour),
        colour == NB_INK ? 0 : .22 * picture->letter, weight);
    for (; *text; text++) {
        if (*text == '<')
            put(picture, "&lt;");
        else if (*text == '&')
            put(picture, "&amp;");
        else
            put(picture, "%c", *text);
    }
    put(picture, "</text>\n");
}

static void put_label(nb_picture *picture, rn_box box, int colour,
                      const char *text) {
    double size = picture->letter, y = box.y1 - .35 * size;
    if (y < size) y = box.y1 + 1.1 * size;
    put_words(picture, fmax(box.x1, 0) + .2 * size, y, colour, "600", text);
}

static void put_box(nb_picture *picture, rn_box box, int colour, double opacity,
                    const char *text) {
    put(picture,
        "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" "
        "fill=\"%s\" "
        "fill-opacity=\"%.2f\" stroke=\"%s\" stroke-width=\"%s\" "
        "vector-effect=\"non-scaling-stroke\"/>\n",
        box.x1, box.y1, fmax(box.x2 - box.x1, 0), fmax(box.y2 - box.y1, 0),
        colour_of(colour), opacity, colour_of(colour),
        colour < 0 ? "1" : "2.5");
    if (text) put_label(picture, box, colour, text);
}

void nb_box(nb_picture *picture, rn_box box, int colour, const char *text) {
    put_box(picture, box, colour, 0, text);
}

void nb_fill(nb_picture *picture, rn_box box, int colour, const char *text) {
    put_box(picture, box, colour, .35, text);
}

void nb_dot(nb_picture *picture, double x, double y, int colour) {
    put(picture, "<circle cx=\"%.2f\" cy=\"%.2f\" r=\"%.2f\" fill=\"%s\"/>\n",
        x, y,
        .006 * (picture->width > picture->height ? picture->width
                                                 : picture->height),
        colour_of(colour));
}

/* The head is a triangle whose length and breadth suit the picture, as a dot's radius does. */
void nb_arrow(nb_picture *picture, double from_x, double from_y, double to_x,
              double to_y, int colour) {
    double length = hypot(to_x - from_x, to_y - from_y);
    double head = .02 * (picture->width > picture->height ? picture->width
                                                          : picture->height);
    RN_CHECK(length > 0, "an arrow from (%g, %g) to itself", from_x, from_y);
    double u = head * (to_x - from_x) / length;
    double v = head * (to_y - from_y) / length;
    double x = to_x - u, y = to_y - v;
    put(picture,
        "<path d=\"M%.2f %.2fL%.2f %.2f\" stroke=\"%s\" stroke-width=\"1.5\" "
        "vector-effect=\"non-scaling-stroke\"/>\n"
        "<path d=\"M%.2f %.2fL%.2f %.2fL%.2f %.2fZ\" fill=\"%s\"/>\n",
        from_x, from_y, x, y, colour_of(colour), to_x, to_y, x - .4 * v,
        y + .4 * u, x + .4 * v, y - .4 * u, colour_of(colour));
}

void nb_text(nb_picture *picture, double x, double y, int colour,
             const char *text) {
    put_words(picture, x, y, colour, "400", text);
}

void nb_picture_show(nb_picture *picture) {
    char path[RN_PATH_SIZE];
    rn_err err;
    put(picture, "</svg>\n");
    nb_new_picture(path, sizeof path, ".svg");
    if (rn_file_save(path, picture->svg, picture->used, &err) != RN_OK)
        nb_fail("%s", err.text);
    free(picture->svg);
    nb_show(path);
}

void nb_image(const rn_image *image) {
    char path[RN_PATH_SIZE];
    rn_err err;
    nb_new_picture(path, sizeof path, ".png");
    if (rn_image_save(image, path, &err) != RN_OK) nb_fail("%s", err.text);
    nb_show(path);
}

/* ---- heat maps ------------------------------------------------------------------------------- */

/* Dark blue, purple, red, orange, yellow: brighter all the way, like matplotlib's inferno. */
static void colour_at(double rgb[3], double part) {
    static const double stop[][3] = {{0, 0, 20},     {75, 12, 107},
                                     {165, 44, 96},  {225, 100, 40},
                                     {251, 170, 15}, {252, 255, 164}};
    enum { LAST = sizeof stop / sizeof *stop - 1 };
    double at = fmin(fmax(part, 0), 1) * LAST;
    int left = at < LAST ? (int)at : LAST - 1;
    for (int c = 0; c < 3; c++)
        rgb[c] =
            stop[left][c] + (at - left) * (stop[left + 1][c] - stop[left][c]);
}

rn_image nb_heat(const float *value, int height, int width, double low,
                 double high, const rn_image *below) {
    RN_CHECK(low < high, "low %g, high %g", low, high);
    rn_image out = rn_image_new(below ? below->width : width,
                                below ? below->height : height);
    for (int y = 0; y < out.height; y++)
        for (int x = 0; x < out.width; x++) {
            size_t from =
                (size_t)((long)y * height / out.height) * (size_t)width +
                (size_t)((long)x * width / out.width);
            size_t pixel = 3 * ((size_t)y * (size_t)out.width + (size_t)x);
            double rgb[3], mix = below ? .65 : 1;
            colour_at(rgb, (value[from] - low) / (high - low));
            for (int c = 0; c < 3; c++)
                out.rgb[pixel + (size_t)c] =
                    (uint8_t)(mix * rgb[c] +
                              (below ? (1 - mix) * below->rgb[pixel + (size_t)c]
                                     : 0));
        }
    return out;
}
