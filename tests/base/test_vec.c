#include "base/vec.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

Test(vec, items_survive_growth_and_the_capacity_doubles) {
    long *items = NULL;
    size_t capacity = 0, moves = 0;
    for (size_t count = 0; count < 100000; count++) {
        size_t before = capacity;
        items = rn_vec_reserve(items, count + 1, &capacity, sizeof *items);
        cr_assert(capacity > count);
        moves += capacity != before;
        items[count] = (long)count * 3;
    }
    cr_expect(moves < 20, "%zu moves", moves);
    for (size_t i = 0; i < 100000; i++) cr_assert(items[i] == (long)i * 3);
    free(items);
}

Test(vec, room_that_is_there_is_not_moved) {
    size_t capacity = 0;
    char *items = rn_vec_reserve(NULL, 1000, &capacity, 1);
    cr_expect(capacity >= 1000);
    cr_expect(rn_vec_reserve(items, capacity, &capacity, 1) == items);
    cr_expect(rn_vec_reserve(items, 0, &capacity, 1) == items);
    free(items);
    capacity = 0;
    cr_expect_null(rn_vec_reserve(NULL, 0, &capacity, 1));
}

Test(vec, zeros_and_text) {
    char *zeros = rn_vec_zeros(100, 3), *none = rn_vec_zeros(0, 8), *text = rn_vec_text("a b");
    for (int i = 0; i < 300; i++) cr_assert_eq(zeros[i], 0);
    cr_expect_not_null(none);
    cr_expect_str_eq(text, "a b");
    free(zeros);
    free(none);
    free(text);
}

Test(vec, too_many_items_abort, .signal = SIGABRT) {
    size_t capacity = 0;
    free(rn_vec_reserve(NULL, SIZE_MAX / 2 + 2, &capacity, 1));
}

Test(vec, too_many_bytes_abort, .signal = SIGABRT) {
    size_t capacity = 0;
    free(rn_vec_reserve(NULL, (size_t)1 << 60, &capacity, 64));
}

Test(vec, zeros_of_too_many_bytes_abort, .signal = SIGABRT) { free(rn_vec_zeros(SIZE_MAX / 2, 4)); }
