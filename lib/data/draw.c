#include "data/draw.h"
#include "base/check.h"
#include "base/real.h"
#include "data/font.h"

#include <stdio.h>
#include <string.h>

static const rn_colour black = {0, 0, 0}, white = {255, 255, 255};

/* Hues a golden section apart never repeat and stay spread out; every second class is darker. */
rn_colour rn_draw_colour(int label) {
    RN_CHECK(label >= 0, "label %d", label);
    double hue = .61803398875 * label + .02, value = label % 2 ? .8 : 1.0, rgb[3];
    for (int c = 0; c < 3; c++) {
        double turn = hue + (3 - c) / 3.0, ramp = fabs(6.0 * (turn - floor(turn)) - 3.0) - 1.0;
        rgb[c] = 255.0 * value * (.1 + .9 * fmin(fmax(ramp, 0.0), 1.0));
    }
    return (rn_colour){(uint8_t)rgb[0], (uint8_t)rgb[1], (uint8_t)rgb[2]};
}

static int shorter_side(const rn_image *image) {
    return image->width < image->height ? image->width : image->height;
}

int rn_draw_scale(const rn_image *image) {
    int scale = (shorter_side(image) + 200) / 400;
    return scale > 1 ? scale : 1;
}

/* The pixels [x1, x2) x [y1, y2). */
typedef struct area {
    int x1, y1, x2, y2;
} area;

static int limited(int value, int most) { return value < 0 ? 0 : value > most ? most : value; }

static void fill(rn_image *image, area a, rn_colour colour) {
    int x1 = limited(a.x1, image->width), x2 = limited(a.x2, image->width);
    int y1 = limited(a.y1, image->height), y2 = limited(a.y2, image->height);
    for (int y = y1; y < y2; y++) {
        uint8_t *pixel = image->rgb + 3 * ((size_t)y * (size_t)image->width + (size_t)x1);
        for (int x = x1; x < x2; x++, pixel += 3)
            pixel[0] = colour.r, pixel[1] = colour.g, pixel[2] = colour.b;
    }
}

/* ---- boxes ----------------------------------------------------------------------------------- */

/* A straight line of the outline: from..to along one axis, `at` on the other. */
static void fill_side(rn_image *image, bool upright, int from, int to, int at, rn_pen pen) {
    int dash = pen.dashed ? 5 * pen.width : to - from, step = pen.dashed ? 2 * dash : dash;
    int before = at - pen.width / 2, behind = before + pen.width;
    for (int start = from; start < to && step > 0; start += step) {
        int end = start + dash < to ? start + dash : to;
        area a = upright ? (area){before, start, behind, end} : (area){start, before, end, behind};
        fill(image, a, pen.colour);
    }
}

static void outline(rn_image *image, area a, rn_pen pen) {
    int reach = pen.width / 2, rest = pen.width - reach;
    fill_side(image, false, a.x1 - reach, a.x2 + rest, a.y1, pen);
    fill_side(image, false, a.x1 - reach, a.x2 + rest, a.y2, pen);
    fill_side(image, true, a.y1 - reach, a.y2 + rest, a.x1, pen);
    fill_side(image, true, a.y1 - reach, a.y2 + rest, a.x2, pen);
}

/* Nearest whole pixel, kept so close to the picture that nothing overflows. */
static int edge(float value, int side) {
    const float beyond = 1 << 20;
    return (int)lround(fmin(fmax((double)value, (double)-beyond), (double)side + (double)beyond));
}

/* The outermost pixels of the box as lines: the last ones are one less than its end. False for a
 * box that is not finite or is upside down. */
static bool box_area(area *a, const rn_image *image, rn_box box) {
    if (!(isfinite(box.x1) && isfinite(box.y1) && isfinite(box.x2) && isfinite(box.y2)))
        return false;
    if (!(box.x1 <= box.x2 && box.y1 <= box.y2)) return false;
    int x1 = edge(box.x1, image->width), x2 = edge(box.x2, image->width) - 1;
    int y1 = edge(box.y1, image->height), y2 = edge(box.y2, image->height) - 1;
    *a = (area){x1, y1, x2 > x1 ? x2 : x1, y2 > y1 ? y2 : y1};
    return true;
}

void rn_draw_box(rn_image *image, rn_box box, rn_pen pen) {
    RN_CHECK(pen.width >= 1 && pen.width <= 4096, "a pen of %d pixels", pen.width);
    area a;
    if (!box_area(&a, image, box)) return;
    outline(image, a, (rn_pen){black, pen.width + 2, false});
    outline(image, a, pen);
}

/* ---- text ------------------------------------------------------------------------------------ */

void rn_draw_text(rn_image *image, int x, int y, const char *text, int scale, rn_colour ink) {
    RN_CHECK(scale >= 1 && scale <= 4096, "letters of scale %d", scale);
    for (; *text && x < image->width; text++, x += RN_FONT_WIDTH * scale) {
        const uint8_t *rows = rn_font_rows(*text);
        for (int i = 0; i < RN_FONT_ROWS * RN_FONT_COLUMNS; i++) {
            int row = i / RN_FONT_COLUMNS, column = i % RN_FONT_COLUMNS;
            if (!(rows[row] >> (RN_FONT_COLUMNS - 1 - column) & 1)) continue;
            int left = x + column * scale, top = y + row * scale;
            fill(image, (area){left, top, left + scale, top + scale}, ink);
        }
    }
}

/* `wanted`, or the nearest place where `size` pixels fit into `side`; 0 where they never do. */
static int moved(int wanted, int size, int side) {
    int last = side - size;
    return wanted > last ? (last > 0 ? last : 0) : wanted > 0 ? wanted : 0;
}

void rn_draw_label(rn_image *image, rn_box box, const char *text, int scale, rn_colour colour) {
    RN_CHECK(scale >= 1 && scale <= 4096, "letters of scale %d", scale);
    area a;
    if (!box_area(&a, image, box)) return;
    size_t most = (size_t)(image->width / (RN_FONT_WIDTH * scale)) + 1, length = strlen(text);
    int width = (int)(length < most ? length : most) * RN_FONT_WIDTH * scale + scale;
    int height = (RN_FONT_HEIGHT + 1) * scale;
    int x = moved(a.x1, width, image->width), y = moved(a.y1 - height, height, image->height);
    bool bright = 299 * colour.r + 587 * colour.g + 114 * colour.b > 128000;
    fill(image, (area){x, y, x + width, y + height}, colour);
    rn_draw_text(image, x + scale, y + scale, text, scale, bright ? black : white);
}

/* ---- what the programs draw ------------------------------------------------------------------ */

void rn_draw_detection(rn_image *image, const rn_detection *detection, const char *name) {
    rn_colour colour = rn_draw_colour(detection->label);
    int scale = rn_draw_scale(image);
    char text[128];
    int percent = (int)lround(100.0 * fmin(fmax((double)detection->score, 0.0), 1.0));
    snprintf(text, sizeof text, "%.100s %d%%", name, percent);
    rn_draw_box(image, detection->box, (rn_pen){colour, scale, false});
    rn_draw_label(image, detection->box, text, scale, colour);
}

void rn_draw_truth(rn_image *image, rn_box box, int label) {
    rn_draw_box(image, box, (rn_pen){rn_draw_colour(label), rn_draw_scale(image), true});
}

rn_image rn_draw_sheet(const rn_image *images, int count, int columns, int gap, rn_colour ground) {
    RN_CHECK(count >= 1 && columns >= 1 && gap >= 0, "%d pictures in rows of %d, gap %d", count,
             columns, gap);
    int width = 0, height = 0, rows = (count + columns - 1) / columns;
    for (int i = 0; i < count; i++) {
        if (images[i].width > width) width = images[i].width;
        if (images[i].height > height) height = images[i].height;
    }
    RN_CHECK((long)columns * (width + gap) + gap <= RN_IMAGE_SIDE_MOST &&
                 (long)rows * (height + gap) + gap <= RN_IMAGE_SIDE_MOST,
             "%d x %d pictures of %d x %d", columns, rows, width, height);
    rn_image sheet = rn_image_new(columns * (width + gap) + gap, rows * (height + gap) + gap);
    fill(&sheet, (area){0, 0, sheet.width, sheet.height}, ground);
    for (int i = 0; i < count; i++) {
        int left = gap + i % columns * (width + gap), top = gap + i / columns * (height + gap);
        for (int y = 0; y < images[i].height; y++)
            memcpy(sheet.rgb + 3 * ((size_t)(top + y) * (size_t)sheet.width + (size_t)left),
                   images[i].rgb + 3 * (size_t)y * (size_t)images[i].width,
                   3 * (size_t)images[i].width);
    }
    return sheet;
}
