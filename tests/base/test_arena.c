#include "base/arena.h"
#include "base/rng.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

Test(arena, pieces_are_aligned_and_do_not_overlap) {
    enum { PIECES = 400 };
    unsigned char *piece[PIECES];
    size_t size[PIECES];
    rn_arena arena = {0};
    rn_rng rng = rn_rng_stream(1, "sizes", 0);
    for (int i = 0; i < PIECES; i++) {
        size[i] = rn_rng_below(&rng, i % 50 == 0 ? 3000000 : 3000);
        piece[i] = rn_arena_alloc(&arena, size[i]);
        cr_assert((uintptr_t)piece[i] % 64 == 0);
        memset(piece[i], i % 251, size[i]);
    }
    for (int i = 0; i < PIECES; i++)
        for (size_t k = 0; k < size[i]; k++)
            cr_assert(piece[i][k] == i % 251, "piece %d, byte %zu of %zu", i, k, size[i]);
    rn_arena_free(&arena);
}

Test(arena, zeros_are_zero_in_used_memory_too) {
    rn_arena arena = {0};
    memset(rn_arena_alloc(&arena, 5000), 0xAB, 5000);
    rn_arena_reset(&arena);
    const unsigned char *zeros = rn_arena_zeros(&arena, 1000, 5);
    for (size_t i = 0; i < 5000; i++) cr_assert(zeros[i] == 0, "byte %zu is %d", i, zeros[i]);
    cr_expect_not_null(rn_arena_zeros(&arena, 0, 8));
    cr_expect_not_null(rn_arena_zeros(&arena, 8, 0));
    rn_arena_free(&arena);
}

Test(arena, text_is_copied) {
    rn_arena arena = {0};
    char text[] = "layer1";
    char *copy = rn_arena_text(&arena, text);
    text[0] = 'x';
    cr_expect_str_eq(copy, "layer1");
    cr_expect_str_eq(rn_arena_text(&arena, ""), "");
    rn_arena_free(&arena);
}

Test(arena, a_mark_releases_what_came_after_it) {
    rn_arena arena = {0};
    int *kept = rn_arena_alloc(&arena, sizeof *kept);
    *kept = 7;
    rn_arena_mark outer = rn_arena_get_mark(&arena);
    size_t in_use = arena.in_use;
    char *first = rn_arena_alloc(&arena, 100);
    rn_arena_mark inner = rn_arena_get_mark(&arena);
    char *second = rn_arena_alloc(&arena, 100);
    rn_arena_alloc(&arena, 4000000); /* in a block of its own */
    size_t peak = arena.peak;
    rn_arena_release(&arena, inner);
    cr_expect(rn_arena_alloc(&arena, 100) == second);
    rn_arena_release(&arena, outer);
    cr_expect(rn_arena_alloc(&arena, 100) == first);
    rn_arena_release(&arena, outer);
    cr_expect(arena.in_use == in_use && arena.peak == peak && *kept == 7);
    rn_arena_free(&arena);
}

Test(arena, a_mark_of_the_empty_arena_releases_all) {
    rn_arena arena = {0};
    rn_arena_mark mark = rn_arena_get_mark(&arena);
    char *first = rn_arena_alloc(&arena, 10);
    rn_arena_release(&arena, mark);
    cr_expect(arena.in_use == 0 && rn_arena_alloc(&arena, 10) == first);
    rn_arena_free(&arena);
}

/* Takes pieces of random sizes below random nested marks, the same for the same seed. */
static void take(rn_arena *arena, rn_rng *rng, int depth) {
    rn_arena_mark mark = rn_arena_get_mark(arena);
    for (int i = 0; i < 6; i++) {
        size_t size = rn_rng_below(rng, 1u << (8 + rn_rng_below(rng, 15)));
        memset(rn_arena_alloc(arena, size), 1, size);
        if (depth > 0) take(arena, rng, depth - 1);
    }
    if (rn_rng_below(rng, 2)) rn_arena_release(arena, mark);
}

Test(arena, the_second_round_asks_the_system_for_nothing) {
    for (uint64_t seed = 0; seed < 40; seed++) {
        rn_arena arena = {0};
        size_t calls = 0;
        for (int round = 0; round < 4; round++) {
            rn_rng rng = rn_rng_stream(seed, "rounds", 0);
            take(&arena, &rng, 2);
            cr_expect(round == 0 || arena.system_calls == calls, "seed %d, round %d: %zu after %zu",
                      (int)seed, round, arena.system_calls, calls);
            rn_arena_reset(&arena);
            cr_expect(arena.in_use == 0);
            calls = arena.system_calls;
        }
        rn_arena_free(&arena);
    }
}

/* Large pieces, released, then smaller ones first: blocks kept as they were would not do. */
Test(arena, the_order_of_sizes_does_not_matter) {
    static const size_t sizes[] = {2000000, 3000000, 0, 3000000, 2000000, 0, 5000000};
    rn_arena arena = {0};
    size_t calls = 0;
    for (int round = 0; round < 3; round++) {
        rn_arena_mark mark = rn_arena_get_mark(&arena);
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
            if (sizes[i])
                rn_arena_alloc(&arena, sizes[i]);
            else
                rn_arena_release(&arena, mark);
        cr_expect(round == 0 || arena.system_calls == calls);
        rn_arena_reset(&arena);
        calls = arena.system_calls;
    }
    rn_arena_free(&arena);
}

Test(arena, it_may_be_used_again_after_free) {
    rn_arena arena = {0};
    rn_arena_free(&arena);
    rn_arena_alloc(&arena, 10);
    rn_arena_free(&arena);
    cr_expect(arena.in_use == 0 && arena.peak == 0 && arena.system_calls == 0);
    memset(rn_arena_alloc(&arena, 10), 1, 10);
    rn_arena_free(&arena);
    rn_arena_reset(&arena);
}

#ifdef __SANITIZE_ADDRESS__
Test(arena, the_sanitizer_guards_the_end_of_every_piece) {
    rn_arena arena = {0};
    for (size_t size = 0; size < 200; size++) {
        char *piece = rn_arena_alloc(&arena, size);
        cr_expect(__asan_address_is_poisoned(piece + size), "%zu", size);
        cr_expect_null(__asan_region_is_poisoned(piece, size), "%zu", size);
    }
    char *last = rn_arena_alloc(&arena, 8);
    rn_arena_reset(&arena);
    cr_expect(__asan_address_is_poisoned(last));
    rn_arena_free(&arena);
}
#endif

Test(arena, more_than_there_is_aborts, .signal = SIGABRT) {
    rn_arena arena = {0};
    rn_arena_alloc(&arena, SIZE_MAX - 10);
}

Test(arena, a_product_that_overflows_aborts, .signal = SIGABRT) {
    rn_arena arena = {0};
    rn_arena_zeros(&arena, SIZE_MAX / 4, 5);
}

Test(arena, a_kept_piece_moves_to_the_mark) {
    rn_arena arena = {0};
    rn_arena_alloc(&arena, 100);
    rn_arena_mark mark = rn_arena_get_mark(&arena);
    rn_arena_alloc(&arena, 10);
    size_t size = 3000;
    unsigned char *piece = rn_arena_alloc(&arena, size); /* overlaps the place it moves to */
    for (size_t i = 0; i < size; i++) piece[i] = (unsigned char)(i * 7);
    unsigned char *kept = rn_arena_keep(&arena, mark, piece, size);
    cr_expect(kept < piece);
    for (size_t i = 0; i < size; i++) cr_assert(kept[i] == (unsigned char)(i * 7), "byte %zu", i);
    cr_expect(arena.in_use >= 100 + size && arena.in_use < 100 + size + 512);
    rn_arena_free(&arena);
}

Test(arena, a_counting_arena_takes_nothing) {
    rn_arena arena = {.counting = true};
    rn_arena_mark mark = rn_arena_get_mark(&arena);
    for (int i = 0; i < 1000; i++) cr_expect(rn_arena_alloc(&arena, (size_t)1 << 40) != NULL);
    cr_expect(arena.in_use >= (size_t)1000 << 40 && arena.system_calls == 0);
    rn_arena_release(&arena, mark);
    cr_expect(arena.in_use == 0 && arena.peak >= (size_t)1000 << 40);
    rn_arena_free(&arena);
}

Test(arena, what_is_reserved_is_asked_for_once) {
    rn_arena arena = {0};
    rn_arena_reserve(&arena, (size_t)10 << 20);
    cr_expect(arena.system_calls == 1 && arena.in_use == 0);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 9; i++) memset(rn_arena_alloc(&arena, 1000000), i, 1000000);
        rn_arena_reset(&arena);
        cr_expect(arena.system_calls == 1, "round %d", round);
    }
    rn_arena_alloc(&arena, (size_t)30 << 20); /* more than that is had all the same */
    cr_expect(arena.system_calls == 2);
    rn_arena_free(&arena);
}

#ifndef __SANITIZE_ADDRESS__ /* which has a word to say about such a size */
Test(arena, more_than_there_is_is_not_reserved_and_nothing_happens) {
    rn_arena arena = {0};
    rn_arena_reserve(&arena, SIZE_MAX / 4);
    cr_expect(arena.system_calls == 0);
    memset(rn_arena_alloc(&arena, 100), 1, 100);
    rn_arena_free(&arena);
}
#endif
