#include "detect/coder.h"
#include "golden/detect_coder.h"
#include "support/boxes.h"

#include <criterion/criterion.h>

static const rn_coder plain = {{0}, {1, 1, 1, 1}, 4.135166556742356, 0};
static const rn_coder weighted = {{0}, {.1, .1, .2, .2}, 4.135166556742356, 0};

static rn_box box_of(const float b[4]) { return (rn_box){b[0], b[1], b[2], b[3]}; }

static bool near(double got, double want, double tolerance) { /* NaN fails */
    return isfinite(got) && fabs(got - want) <= tolerance * fmax(1, fabs(want));
}

static bool boxes_near(rn_box got, rn_box want, double tolerance) {
    return near((double)got.x1, (double)want.x1, tolerance) &&
           near((double)got.y1, (double)want.y1, tolerance) &&
           near((double)got.x2, (double)want.x2, tolerance) &&
           near((double)got.y2, (double)want.y2, tolerance);
}

Test(coder, agrees_with_torchvision) {
    const struct {
        const char *name;
        const rn_coder *coder;
        const float (*encoded)[4], (*decoded)[4];
    } rows[] = {{"plain", &plain, golden_encoded_plain, golden_decoded_plain},
                {"weighted", &weighted, golden_encoded_weighted, golden_decoded_weighted}};
    for (size_t r = 0; r < RN_COUNT(rows); r++)
        for (size_t i = 0; i < RN_COUNT(golden_box); i++) {
            rn_box anchor = box_of(golden_anchor[i]);
            rn_float code[4], in[4];
            rn_coder_encode(code, rows[r].coder, box_of(golden_box[i]), anchor);
            for (int k = 0; k < 4; k++) {
                cr_expect(near((double)code[k], (double)rows[r].encoded[i][k], 3e-6),
                          "%s: box %zu, code %d: %.9g", rows[r].name, i, k, (double)code[k]);
                in[k] = (rn_float)golden_code_in[i][k];
            }
            rn_box box = rn_coder_decode(rows[r].coder, in, anchor);
            cr_expect(boxes_near(box, box_of(rows[r].decoded[i]), 1e-5), "%s: decoded %zu",
                      rows[r].name, i);
        }
}

Test(coder, decoding_an_encoded_box_gives_it_back) {
    const rn_coder coders[] = {
        plain, weighted, {{.1, -.2, .3, -.4}, {.5, .25, 2, 1}, 4.135166556742356, 1}};
    rn_rng rng = rn_rng_stream(1, "test/coder", 0);
    for (int i = 0; i < 3000; i++) {
        rn_box box = rn_test_box(&rng, 800, 600, 1, 500, 1. / 1024);
        rn_box anchor = rn_test_box(&rng, 800, 600, 20, 500, 1. / 1024), back;
        const rn_coder *coder = &coders[i % 3];
        rn_float code[4];
        rn_coder_encode(code, coder, box, anchor);
        back = rn_coder_decode(coder, code, anchor);
        cr_assert(boxes_near(back, box, 2e-6 * 500), "%d: %g %g %g %g", i, (double)back.x1,
                  (double)back.y1, (double)back.x2, (double)back.y2);
    }
}

/* The code of a box one side further right and e times as large. */
Test(coder, by_hand) {
    const float e = 2.7182818f;
    rn_float code[4];
    rn_coder_encode(code, &plain, (rn_box){15 - 5 * e, 5, 15 + 5 * e, 15}, (rn_box){0, 0, 10, 10});
    const double want[] = {1, .5, 1, 0};
    for (int k = 0; k < 4; k++) cr_expect(near((double)code[k], want[k], 1e-6), "code %d", k);
}

Test(coder, a_code_of_zero_is_the_anchor_moved_by_the_mean) {
    rn_coder coder = {{.5, 0, 0, 0}, {1, 1, 1, 1}, 4, 0};
    rn_box box = rn_coder_decode(&coder, (rn_float[]){0, 0, 0, 0}, (rn_box){10, 20, 30, 60});
    cr_expect(box.x1 == 20 && box.y1 == 20 && box.x2 == 40 && box.y2 == 60);
}

Test(coder, codes_of_boxes_without_area_are_finite) {
    const rn_box rows[] = {
        {5, 5, 5, 5},  {0, 0, 0, 30}, {9, 9, 2, 2}, {-1e9f, 0, 1e9f, 5}, {1e9f, 1e9f, 1e9f, 1e9f},
        {3, 4, 30, 40}};
    for (size_t b = 0; b < RN_COUNT(rows); b++)
        for (size_t a = 0; a < RN_COUNT(rows); a++) {
            rn_float code[4];
            rn_coder_encode(code, &weighted, rows[b], rows[a]);
            for (int k = 0; k < 4; k++)
                cr_expect(isfinite((double)code[k]), "box %zu, anchor %zu, code %d", b, a, k);
        }
}

Test(coder, decoding_clamps_the_logarithms_only_from_above) {
    rn_box anchor = {0, 0, 16, 16};
    rn_box box = rn_coder_decode(&plain, (rn_float[]){0, 0, 1e9f, INFINITY}, anchor);
    cr_expect(near((double)(box.x2 - box.x1), 1000, 1e-5));
    cr_expect(near((double)(box.y2 - box.y1), 1000, 1e-5));
    box = rn_coder_decode(&plain, (rn_float[]){0, 0, -20, -INFINITY}, anchor);
    cr_expect(box.x2 - box.x1 <= 1e-5f && box.y1 == 8 && box.y2 == 8);
    cr_expect(isnan(rn_coder_decode(&plain, (rn_float[]){0, 0, NAN, 0}, anchor).x1));
}
