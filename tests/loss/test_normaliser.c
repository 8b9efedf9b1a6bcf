#include "loss/normaliser.h"
#include "base/option.h"
#include "base/real.h"
#include "support/near.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>

Test(normaliser, by_hand) {
    const struct {
        rn_normaliser_kind kind;
        int images;
        size_t positives[3], counted[3];
        double divisor[3];
    } rows[] = {
        {RN_NORMALISER_IMAGE_POSITIVES, 1, {10}, {100}, {10}},
        {RN_NORMALISER_IMAGE_POSITIVES, 1, {0}, {100}, {1}},
        {RN_NORMALISER_IMAGE_POSITIVES, 3, {10, 0, 2}, {99, 98, 97}, {30, 3, 6}},
        {RN_NORMALISER_BATCH_POSITIVES, 3, {10, 0, 2}, {99, 98, 97}, {12, 12, 12}},
        {RN_NORMALISER_BATCH_POSITIVES, 2, {0, 0}, {99, 98}, {1, 1}},
        {RN_NORMALISER_ALL_ANCHORS, 3, {10, 0, 2}, {99, 98, 97}, {294, 294, 294}},
        {RN_NORMALISER_ALL_ANCHORS, 2, {0, 0}, {0, 0}, {1, 1}},
    };
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        rn_normaliser normaliser = {.kind = rows[i].kind, .momentum = .9, .value = 100};
        double divisor[3] = {7, 7, 7};
        rn_normaliser_divide(divisor, &normaliser, rows[i].positives, rows[i].counted,
                             rows[i].images);
        for (int k = 0; k < 3; k++)
            cr_expect(divisor[k] == (k < rows[i].images ? rows[i].divisor[k] : 7),
                      "row %zu, image %d: %g", i, k, divisor[k]);
        cr_expect(normaliser.value == 100, "row %zu moves an average that it has not", i);
    }
}

/* Detectron2: starts at 100, momentum .9, takes a batch without positives for one with 1. */
Test(normaliser, moving_average_starts_at_its_constant_and_forgets_it_slowly) {
    const struct {
        size_t positives[2];
        double divisor;
    } rows[] = {{{40, 10}, 95}, {{0, 0}, 85.6}, {{200, 100}, 107.04}, {{0, 1}, 96.436}};
    rn_normaliser normaliser = {.kind = RN_NORMALISER_MOVING_AVERAGE, .momentum = .9, .value = 100};
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        double divisor[2];
        rn_normaliser_divide(divisor, &normaliser, rows[i].positives, (size_t[]){999, 999}, 2);
        cr_expect(rn_test_near(divisor[0], rows[i].divisor, 1e-12, 0), "step %zu: %g", i,
                  divisor[0]);
        cr_expect(divisor[1] == divisor[0] && normaliser.value == divisor[0], "step %zu", i);
    }
    normaliser = (rn_normaliser){.kind = RN_NORMALISER_MOVING_AVERAGE, .momentum = 0, .value = 50};
    double divisor;
    rn_normaliser_divide(&divisor, &normaliser, (size_t[]){3}, (size_t[]){9}, 1);
    cr_expect(divisor == 3, "momentum 0 keeps nothing: %g", divisor);
    normaliser = (rn_normaliser){.kind = RN_NORMALISER_MOVING_AVERAGE, .momentum = .9, .value = 0};
    rn_normaliser_divide(&divisor, &normaliser, (size_t[]){2}, (size_t[]){9}, 1);
    cr_expect(divisor == 1 && rn_test_near(normaliser.value, .2, 1e-12, 0),
              "no divisor is below 1, but the average may be: %g, %g", divisor, normaliser.value);
}

Test(normaliser, choices_are_named_in_the_order_of_the_enum) {
    const char *const names[] = {"image-positives", "batch-positives", "moving-average",
                                 "all-anchors"};
    char name[32];
    for (int kind = RN_NORMALISER_IMAGE_POSITIVES; kind <= RN_NORMALISER_ALL_ANCHORS; kind++)
        cr_expect_str_eq(rn_option_choice(name, sizeof name, rn_normaliser_choices, kind),
                         names[kind]);
}

Test(normaliser, a_momentum_of_1_is_misuse, .signal = SIGABRT) {
    rn_normaliser normaliser = {.kind = RN_NORMALISER_MOVING_AVERAGE, .momentum = 1, .value = 9};
    double divisor;
    rn_normaliser_divide(&divisor, &normaliser, (size_t[]){3}, (size_t[]){9}, 1);
}

Test(normaliser, a_running_value_that_is_no_number_is_misuse, .signal = SIGABRT) {
    rn_normaliser normaliser = {
        .kind = RN_NORMALISER_MOVING_AVERAGE, .momentum = .9, .value = (double)NAN};
    double divisor;
    rn_normaliser_divide(&divisor, &normaliser, (size_t[]){3}, (size_t[]){9}, 1);
}
