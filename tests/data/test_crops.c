#include "data/crops.h"
#include "base/parallel.h"
#include "base/rng.h"
#include "data/transform.h"
#include "support/near.h"

#include <criterion/criterion.h>
#include <string.h>

enum { COUNT = 70 };

static rn_crops painted(uint64_t seed, const char *split, int threads) {
    rn_parallel_set_threads(threads);
    rn_crops crops = rn_crops_new(COUNT);
    rn_crops_render(&crops, seed, split, 0, COUNT);
    return crops;
}

static bool same(const rn_crops *a, const rn_crops *b) {
    return memcmp(a->rgb, b->rgb, COUNT * RN_CROP_VALUES) == 0 &&
           memcmp(a->label, b->label, COUNT * sizeof *a->label) == 0;
}

Test(crops, the_number_of_threads_and_the_order_change_no_bit) {
    rn_crops one = painted(3, "train", 1), many = painted(3, "train", 5);
    cr_expect(same(&one, &many));
    rn_crops parts = rn_crops_new(COUNT);
    rn_crops_render(&parts, 3, "train", 40, COUNT);
    rn_crops_render(&parts, 3, "train", 0, 40);
    cr_expect(same(&one, &parts));
    uint8_t rgb[RN_CROP_VALUES];
    cr_expect(rn_crop_render(rgb, 3, "train", 7) == one.label[7]);
    cr_expect(memcmp(rgb, one.rgb + 7 * RN_CROP_VALUES, RN_CROP_VALUES) == 0);
    rn_crops_free(&one), rn_crops_free(&many), rn_crops_free(&parts);
}

Test(crops, seeds_and_splits_have_no_picture_in_common) {
    rn_crops all[] = {painted(3, "train", 2), painted(3, "val", 2), painted(4, "train", 2)};
    for (size_t a = 0; a < 3 * COUNT; a++)
        for (size_t b = 0; b < a; b++)
            cr_expect(memcmp(all[a / COUNT].rgb + a % COUNT * RN_CROP_VALUES,
                             all[b / COUNT].rgb + b % COUNT * RN_CROP_VALUES, RN_CROP_VALUES) != 0,
                      "crops %zu and %zu", a, b);
    for (int i = 0; i < 3; i++) rn_crops_free(&all[i]);
}

/* 1300 crops: 100 of a class, within 5 standard deviations. */
Test(crops, classes_are_equally_frequent) {
    enum { MANY = 1300 };
    int count[RN_CROP_CLASSES] = {0};
    rn_crops crops = rn_crops_new(MANY);
    rn_crops_render(&crops, 1, "train", 0, MANY);
    for (int i = 0; i < MANY; i++) {
        cr_assert(crops.label[i] >= 0 && crops.label[i] < RN_CROP_CLASSES);
        count[crops.label[i]]++;
    }
    for (int c = 0; c < RN_CROP_CLASSES; c++)
        cr_expect(count[c] > 52 && count[c] < 148, "%s: %d", rn_crop_class_name(c), count[c]);
    rn_crops_free(&crops);
}

Test(crops, every_class_has_a_name_of_its_own) {
    for (int a = 0; a < RN_CROP_CLASSES; a++)
        for (int b = 0; b < a; b++)
            cr_expect(strcmp(rn_crop_class_name(a), rn_crop_class_name(b)) != 0, "%d and %d", a, b);
    cr_expect_str_eq(rn_crop_class_name(0), "disk");
    cr_expect_str_eq(rn_crop_class_name(RN_CROP_CLASSES - 1), "cut");
}

/* (byte / 255 - mean) / std, as the detector's pictures are normalised; mirrored, column x is
 * column 63 - x. */
Test(crops, pixels_are_those_that_a_detector_sees) {
    rn_crops crops = painted(5, "train", 2);
    rn_float plain[RN_CROP_VALUES], mirrored[RN_CROP_VALUES];
    rn_crops_pixels(plain, &crops, 9, false);
    rn_crops_pixels(mirrored, &crops, 9, true);
    for (int i = 0; i < RN_CROP_VALUES; i++) {
        int x = i / 3 % RN_CROP_SIDE, c = i % 3, other = i + 3 * (RN_CROP_SIDE - 1 - 2 * x);
        double want =
            (crops.rgb[9 * RN_CROP_VALUES + i] / 255. - rn_transform_mean[c]) / rn_transform_std[c];
        cr_assert(rn_test_near((double)plain[i], want, 1e-5, 1e-5), "value %d: %g, want %g", i,
                  (double)plain[i], want);
        cr_assert(plain[i] == mirrored[other], "value %d mirrored", i);
    }
    rn_crops_free(&crops);
}
