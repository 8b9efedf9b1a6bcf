#include "data/names.h"
#include "base/rng.h"
#include "base/vec.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES = 5000, ROUNDS = 20000 };

/* A name of 1 to 4 letters of a small alphabet: many are equal, many are parts of others. */
static void random_name(char name[5], rn_rng *rng) {
    int n = 1 + (int)rn_rng_below(rng, 4);
    for (int i = 0; i < n; i++) name[i] = (char)('a' + rn_rng_below(rng, 6));
    name[n] = '\0';
}

/* The obvious twin: a list that is looked through. */
static ptrdiff_t look_through(char (*list)[5], size_t count, const char *name) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i], name) == 0) return (ptrdiff_t)i;
    return RN_NAMES_NONE;
}

Test(names, agrees_with_a_list) {
    rn_names names = {0};
    rn_rng rng = rn_rng_stream(1, "names", 0);
    char(*list)[5] = rn_vec_zeros(NAMES, sizeof *list);
    size_t count = 0;
    for (int i = 0; i < ROUNDS; i++) {
        char name[5];
        random_name(name, &rng);
        ptrdiff_t want = look_through(list, count, name);
        cr_assert_eq(rn_names_find(&names, name), want, "%s", name);
        if (want != RN_NAMES_NONE || count == NAMES) continue;
        strcpy(list[count], name);
        rn_names_add(&names, list[count], count);
        count++;
    }
    cr_expect(count > 1000 && names.count == count, "%zu names", count);
    rn_names_free(&names);
    cr_expect_eq(rn_names_find(&names, "a"), RN_NAMES_NONE);
    free(list);
}

Test(names, a_set_counts_in_the_order_of_coming_until_it_is_sorted) {
    rn_name_set set = {0};
    static const char *const coming[] = {"pear", "apple", "pear", "Fig", "apple", ""};
    static const size_t number[] = {0, 1, 0, 2, 1, 3};
    static const char *const sorted[] = {"", "Fig", "apple", "pear"};
    for (int i = 0; i < 6; i++) cr_expect_eq(rn_name_set_add(&set, coming[i]), number[i]);
    cr_assert_eq(set.count, 4);
    rn_name_set_sort(&set);
    for (size_t i = 0; i < 4; i++) {
        cr_expect_str_eq(set.name[i], sorted[i]);
        cr_expect_eq(rn_name_set_find(&set, sorted[i]), i);
    }
    cr_expect_eq(rn_name_set_add(&set, "fig"), 4);
    rn_name_set_free(&set);
    rn_name_set_sort(&set);
    cr_expect_eq(set.count, 0);
}
