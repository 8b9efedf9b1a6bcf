#include "detect/box.h"
#include "base/real.h"
#include "golden/detect_box.h"
#include "support/boxes.h"

#include <criterion/criterion.h>

static rn_box golden(size_t i) {
    const float *b = golden_box[i];
    return (rn_box){b[0], b[1], b[2], b[3]};
}

Test(box, iou_is_torchvisions_to_the_last_bit) {
    for (size_t i = 0; i < RN_COUNT(golden_box); i++)
        for (size_t k = 0; k < RN_COUNT(golden_box); k++)
            cr_expect(rn_box_iou(golden(i), golden(k), 0) == golden_iou[i][k],
                      "(%zu, %zu): %.9g, want %.9g", i, k,
                      (double)rn_box_iou(golden(i), golden(k), 0), (double)golden_iou[i][k]);
}

Test(box, iou_agrees_with_the_definition_is_symmetric_and_a_fraction) {
    rn_rng rng = rn_rng_stream(1, "test/box", 0);
    int overlapping = 0;
    for (int i = 0; i < 20000; i++) {
        rn_box a = rn_test_box(&rng, 80, 80, .5, 60, 1. / 4096);
        rn_box b = rn_test_box(&rng, 80, 80, .5, 60, i % 2 ? 1 : 1. / 4096);
        float plus_one = (float)(i % 3 == 0), iou = rn_box_iou(a, b, plus_one);
        double want = rn_test_iou(a, b, (double)plus_one);
        cr_assert(fabs((double)iou - want) <= 3e-6, "%d: %.9g, want %.9g", i, (double)iou, want);
        cr_assert(iou >= 0 && iou <= 1);
        cr_assert(iou == rn_box_iou(b, a, plus_one), "%d: not symmetric", i);
        overlapping += iou > 0;
    }
    cr_expect(overlapping > 5000 && overlapping < 19000, "%d of 20000 overlap", overlapping);
}

Test(box, iou_by_hand) {
    const struct {
        rn_box a, b;
        float plus_one, iou;
    } rows[] = {
        {{0, 0, 2, 2}, {1, 0, 3, 2}, 0, 2.f / 6},
        {{0, 0, 2, 2}, {0, 0, 2, 2}, 0, 1},
        {{0, 0, 2, 2}, {2, 0, 4, 2}, 0, 0}, /* half-open: an edge in common is no overlap */
        {{0, 0, 2, 2}, {2, 0, 4, 2}, 1, 3.f / 15},
        {{0, 0, 0, 0}, {0, 0, 0, 0}, 1, 1}, /* one pixel, counted inclusively */
    };
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        float iou = rn_box_iou(rows[i].a, rows[i].b, rows[i].plus_one);
        cr_expect(iou == rows[i].iou, "row %zu: %g, want %g", i, (double)iou, (double)rows[i].iou);
    }
}

Test(box, iou_of_what_is_no_box_is_zero) {
    const rn_box fine = {0, 0, 10, 10};
    const rn_box rows[] = {
        {5, 5, 5, 8},         {5, 5, 5, 5},        {8, 8, 2, 2},          {8, 2, 2, 8},
        {NAN, 0, 10, 10},     {0, NAN, 10, 10},    {0, 0, NAN, 10},       {0, 0, 10, NAN},
        {NAN, NAN, NAN, NAN}, {0, 0, INFINITY, 5}, {-3e38f, 0, 3e38f, 9}, {20, 20, 30, 30},
    };
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        cr_expect(rn_box_iou(rows[i], fine, 0) == 0, "row %zu", i);
        cr_expect(rn_box_iou(fine, rows[i], 0) == 0, "row %zu, exchanged", i);
        bool area = rn_box_area(rows[i]) > 0 && rn_box_area(rows[i]) < INFINITY;
        if (!area) cr_expect(rn_box_iou(rows[i], rows[i], 0) == 0, "row %zu with itself", i);
    }
}

Test(box, area) {
    cr_expect(rn_box_area((rn_box){1, 2, 4, 7}) == 15);
    cr_expect(rn_box_area_plus((rn_box){1, 2, 4, 7}, 1) == 24);
    cr_expect(rn_box_area((rn_box){4, 7, 1, 2}) == 0, "turned inside out both ways");
    cr_expect(isnan(rn_box_area((rn_box){0, 0, NAN, 1})));
}

Test(box, clip_cuts_all_four_sides) {
    rn_box b = rn_box_clip((rn_box){-3, -4, 30, 40}, 20, 25);
    cr_expect(b.x1 == 0 && b.y1 == 0 && b.x2 == 20 && b.y2 == 25);
    b = rn_box_clip((rn_box){30, 26, 40, 50}, 20, 25);
    cr_expect(b.x1 == 20 && b.y1 == 25 && b.x2 == 20 && b.y2 == 25, "outside: no area is left");
    b = rn_box_clip((rn_box){1, 2, 3, 4}, 20, 25);
    cr_expect(b.x1 == 1 && b.y1 == 2 && b.x2 == 3 && b.y2 == 4);
    cr_expect(isnan(rn_box_clip((rn_box){NAN, 0, 1, 1}, 20, 25).x1));
}
