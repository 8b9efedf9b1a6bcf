#include "data/draw.h"
#include "base/real.h"
#include "data/font.h"

#include <criterion/criterion.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static const rn_colour red = {200, 10, 20}, green = {10, 180, 30};

/* A picture of the colour (90, 90, 90), which nothing draws with. */
static rn_image ground(int width, int height) {
    rn_image image = rn_image_new(width, height);
    memset(image.rgb, 90, 3 * (size_t)width * (size_t)height);
    return image;
}

static rn_colour at(const rn_image *image, int x, int y) {
    const uint8_t *p = image->rgb + 3 * (y * image->width + x);
    return (rn_colour){p[0], p[1], p[2]};
}

static bool same(rn_colour a, rn_colour b) { return a.r == b.r && a.g == b.g && a.b == b.b; }
static bool is_ground(rn_colour c) { return same(c, (rn_colour){90, 90, 90}); }

static int count_of(const rn_image *image, rn_colour colour) {
    int count = 0;
    for (int i = 0; i < image->width * image->height; i++)
        count += same(at(image, i % image->width, i / image->width), colour);
    return count;
}

static bool untouched(const rn_image *image) {
    return count_of(image, (rn_colour){90, 90, 90}) == image->width * image->height;
}

/* ---- boxes ------------------------------------------------------------------------------------
 */

/* The outermost pixels of the half-open box [5, 15) x [7, 12) are x = 5, 14 and y = 7, 11. */
Test(draw, outline_lies_on_the_outermost_pixels_of_the_box) {
    rn_image image = ground(20, 20);
    rn_draw_box(&image, (rn_box){5, 7, 15, 12}, (rn_pen){red, 1, false});
    for (int y = 0; y < 20; y++)
        for (int x = 0; x < 20; x++) {
            bool within = x >= 5 && x <= 14 && y >= 7 && y <= 11;
            bool edge = within && (x == 5 || x == 14 || y == 7 || y == 11);
            cr_expect(same(at(&image, x, y), red) == edge, "at %d %d", x, y);
        }
    cr_expect(count_of(&image, (rn_colour){0, 0, 0}) == (12 * 7 - 10 * 5) + (8 * 3 - 6 * 1),
              "a dark rim of one pixel on both sides");
    rn_image_free(&image);
}

Test(draw, width_of_the_pen_is_the_width_of_the_line) {
    for (int width = 1; width <= 7; width++) {
        rn_image image = ground(100, 100);
        rn_draw_box(&image, (rn_box){20, 20, 80, 80}, (rn_pen){red, width, false});
        int across = 0;
        for (int x = 0; x < 50; x++) across += same(at(&image, x, 50), red);
        cr_expect(across == width, "%d pixels, want %d", across, width);
        rn_image_free(&image);
    }
}

Test(draw, ground_truth_is_dashed) {
    rn_image full = ground(200, 200), dashed = ground(200, 200);
    rn_draw_box(&full, (rn_box){10, 10, 190, 190}, (rn_pen){green, 2, false});
    rn_draw_box(&dashed, (rn_box){10, 10, 190, 190}, (rn_pen){green, 2, true});
    int all = count_of(&full, green), part = count_of(&dashed, green);
    cr_expect(part > all * 4 / 10 && part < all * 6 / 10, "%d of %d pixels", part, all);
    rn_image truth = ground(200, 200);
    rn_draw_truth(&truth, (rn_box){10, 10, 190, 190}, 3);
    int drawn = count_of(&truth, rn_draw_colour(3)); /* at scale 1: half the pen */
    cr_expect(drawn > all * 2 / 10 && drawn < all * 3 / 10, "%d of %d pixels", drawn, all);
    rn_image_free(&full), rn_image_free(&dashed), rn_image_free(&truth);
}

Test(draw, boxes_that_are_none_leave_no_trace) {
    const float inf = INFINITY, nan = NAN;
    const rn_box boxes[] = {{nan, 1, 5, 5},
                            {1, nan, 5, 5},
                            {1, 1, nan, 5},
                            {1, 1, 5, nan},
                            {-inf, 1, 5, 5},
                            {1, 1, inf, 5},
                            {9, 1, 5, 5},
                            {1, 9, 5, 5},
                            {-1e30f, -1e30f, 1e30f, 1e30f},
                            {1e9f, 1e9f, 2e9f, 2e9f},
                            {-300, -300, -200, -200},
                            {-50, -50, 90, 90}};
    for (size_t i = 0; i < RN_COUNT(boxes); i++) {
        rn_image image = ground(30, 20);
        rn_draw_box(&image, boxes[i], (rn_pen){red, 3, false});
        cr_expect(untouched(&image), "box %zu", i);
        rn_image_free(&image);
    }
}

Test(draw, what_reaches_out_is_cut_off) {
    rn_image image = ground(30, 20);
    rn_draw_box(&image, (rn_box){-10, 5, 10, 500}, (rn_pen){red, 1, false});
    cr_expect(count_of(&image, red) == 10 + 14, "%d pixels", count_of(&image, red));
    cr_expect(same(at(&image, 9, 19), red) && same(at(&image, 0, 5), red));
    rn_image tiny = ground(1, 1);
    rn_draw_box(&tiny, (rn_box){0, 0, 1, 1}, (rn_pen){red, 9, true});
    rn_draw_label(&tiny, (rn_box){0, 0, 1, 1}, "label", 3, red);
    rn_draw_text(&tiny, INT_MIN / 2, -4, "text", 1, red);
    rn_image_free(&image), rn_image_free(&tiny);
}

/* ---- letters ----------------------------------------------------------------------------------
 */

Test(draw, no_two_letters_look_alike) {
    for (char a = ' '; a < '~'; a++)
        for (char b = (char)(a + 1); b <= '~'; b++)
            cr_assert(memcmp(rn_font_rows(a), rn_font_rows(b), RN_FONT_ROWS) != 0, "%c %c", a, b);
}

Test(draw, letters_stay_within_their_cell) {
    for (char c = ' '; c <= '~'; c++)
        for (int row = 0; row < RN_FONT_ROWS; row++)
            cr_assert(rn_font_rows(c)[row] < 1 << RN_FONT_COLUMNS, "%c", c);
}

Test(draw, other_bytes_are_question_marks) {
    for (int byte = 1; byte < 256; byte++) {
        char letter = (char)byte;
        if (letter >= ' ' && letter <= '~') continue;
        cr_expect(rn_font_rows(letter) == rn_font_rows('?'), "byte %d", byte);
    }
}

Test(draw, large_letters_are_small_ones_enlarged) {
    const char *text = "Ag&9";
    rn_image one = ground(24, 10), three = ground(72, 30);
    rn_draw_text(&one, 0, 0, text, 1, red);
    rn_draw_text(&three, 0, 0, text, 3, red);
    cr_assert(count_of(&one, red) > 30);
    for (int y = 0; y < 30; y++)
        for (int x = 0; x < 72; x++)
            cr_assert(same(at(&three, x, y), at(&one, x / 3, y / 3)), "at %d %d", x, y);
    rn_image_free(&one), rn_image_free(&three);
}

/* ---- labels -----------------------------------------------------------------------------------
 */

/* Wherever the box is, the whole label shows: 4 letters in a frame of one pixel. */
Test(draw, labels_stay_in_the_picture) {
    const rn_box boxes[] = {{30, 30, 60, 50},   {0, 0, 20, 20},     {90, 0, 100, 10},
                            {95, 70, 100, 80},  {-20, -20, 20, 20}, {500, 500, 600, 600},
                            {-90, 40, -80, 50}, {0, 79, 1, 80}};
    for (size_t i = 0; i < RN_COUNT(boxes); i++) {
        rn_image image = ground(100, 80);
        rn_draw_label(&image, boxes[i], "ship", 1, green);
        int touched = 100 * 80 - count_of(&image, (rn_colour){90, 90, 90});
        cr_expect(touched == (4 * RN_FONT_WIDTH + 1) * (RN_FONT_HEIGHT + 1), "box %zu: %d pixels",
                  i, touched);
        rn_image_free(&image);
    }
}

Test(draw, labels_sit_on_top_of_their_box) {
    rn_image image = ground(100, 80);
    rn_draw_label(&image, (rn_box){30, 40, 60, 70}, "i", 2, green);
    cr_expect(same(at(&image, 30, 39), green) && is_ground(at(&image, 30, 40)));
    cr_expect(same(at(&image, 30, 40 - 22), green) && is_ground(at(&image, 30, 40 - 23)));
    rn_image_free(&image);
}

Test(draw, letters_are_black_on_bright_and_white_on_dark) {
    const struct {
        rn_colour label, ink;
    } rows[] = {{{255, 255, 0}, {0, 0, 0}}, {{0, 0, 200}, {255, 255, 255}}};
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        rn_image image = ground(100, 80);
        rn_draw_label(&image, (rn_box){30, 40, 60, 70}, "name", 1, rows[i].label);
        cr_expect(count_of(&image, rows[i].ink) > 20, "row %zu", i);
        rn_image_free(&image);
    }
}

Test(draw, detections_show_class_and_score) {
    const rn_detection found = {{30, 40, 60, 70}, .876f, 2};
    rn_image image = ground(100, 80), want = ground(100, 80);
    rn_draw_detection(&image, &found, "dog");
    rn_draw_box(&want, found.box, (rn_pen){rn_draw_colour(2), 1, false});
    rn_draw_label(&want, found.box, "dog 88%", 1, rn_draw_colour(2));
    cr_expect(memcmp(image.rgb, want.rgb, 3 * 100 * 80) == 0);
    rn_image_free(&image), rn_image_free(&want);
}

Test(draw, neighbouring_classes_have_distant_colours) {
    for (int a = 0; a < 80; a++)
        for (int b = a + 1; b <= a + 4; b++) {
            rn_colour p = rn_draw_colour(a), q = rn_draw_colour(b);
            int distance = abs(p.r - q.r) + abs(p.g - q.g) + abs(p.b - q.b);
            cr_expect(distance >= 120, "%d and %d: %d", a, b, distance);
        }
}

/* ---- contact sheets ---------------------------------------------------------------------------
 */

Test(draw, sheet_keeps_every_pixel_and_fills_the_rest) {
    enum { COUNT = 5, GAP = 3 };
    const int width[COUNT] = {10, 4, 10, 7, 1}, height[COUNT] = {6, 8, 8, 2, 1};
    rn_image part[COUNT];
    for (int i = 0; i < COUNT; i++) {
        part[i] = rn_image_new(width[i], height[i]);
        memset(part[i].rgb, 10 * (i + 1), 3 * (size_t)(width[i] * height[i]));
    }
    rn_image sheet = rn_draw_sheet(part, COUNT, 3, GAP, red);
    cr_assert(sheet.width == 3 * (10 + GAP) + GAP && sheet.height == 2 * (8 + GAP) + GAP);
    int ground_left = sheet.width * sheet.height;
    for (int i = 0; i < COUNT; i++) {
        rn_colour own = {(uint8_t)(10 * (i + 1)), (uint8_t)(10 * (i + 1)), (uint8_t)(10 * (i + 1))};
        int x = GAP + i % 3 * (10 + GAP), y = GAP + i / 3 * (8 + GAP);
        cr_expect(same(at(&sheet, x, y), own), "picture %d", i);
        cr_expect(same(at(&sheet, x + width[i] - 1, y + height[i] - 1), own), "picture %d", i);
        cr_expect(count_of(&sheet, own) == width[i] * height[i], "picture %d", i);
        ground_left -= width[i] * height[i];
    }
    cr_expect(count_of(&sheet, red) == ground_left);
    for (int i = 0; i < COUNT; i++) rn_image_free(&part[i]);
    rn_image_free(&sheet);
}
