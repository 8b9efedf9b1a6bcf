/* poison.h: what is read without having been computed shows. */
#ifndef RN_TESTS_SUPPORT_POISON_H
#define RN_TESTS_SUPPORT_POISON_H

#include "base/arena.h"

#include <string.h>

/** The memory that the arena hands out next, 32 MiB of it, holds NaN. */
static inline void poison(rn_arena *arena) {
    enum { BYTES = 1 << 25 };
    rn_arena_mark mark = rn_arena_get_mark(arena);
    memset(rn_arena_alloc(arena, BYTES), 0xff, BYTES);
    rn_arena_release(arena, mark);
}

#endif
