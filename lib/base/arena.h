/* arena.h: memory that is taken piece by piece and given back all at once.
 *
 * Chained blocks; a reset joins them into one that holds the peak, so a loop that does the same
 * work and resets each time allocates nothing from its second round on (`system_calls` stands
 * still). Not thread-safe: one arena, one owner. Running out of memory aborts with the size asked
 * for. */
#ifndef RN_BASE_ARENA_H
#define RN_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

typedef struct rn_arena_block rn_arena_block;

/** Zero-initialise: `rn_arena arena = {0};`. */
typedef struct rn_arena {
    rn_arena_block *first, *current;
    size_t used;         /**< bytes taken from the current block */
    size_t in_use, peak; /**< bytes handed out now, and at most so far */
    size_t system_calls; /**< how often the arena asked the system for a block */
    bool counting; /**< set at the start: only count; what is handed out must not be touched */
} rn_arena;

/** A place to come back to: everything taken after the mark is released together. */
typedef struct rn_arena_mark {
    rn_arena_block *block;
    size_t used, in_use;
} rn_arena_mark;

/** `size` bytes, aligned to 64, not zeroed. Never NULL; size 0 is allowed. */
void *rn_arena_alloc(rn_arena *arena, size_t size);

/** number * size zeroed bytes; aborts when the product overflows. */
void *rn_arena_zeros(rn_arena *arena, size_t number, size_t size);

/** Gives an empty arena one block of that size, if the system has it: what is taken up to there
 * asks for nothing more, and only what is used of the block becomes memory of the process. */
void rn_arena_reserve(rn_arena *arena, size_t size);

/** Copy of a string, owned by the arena. */
char *rn_arena_text(rn_arena *arena, const char *text);

rn_arena_mark rn_arena_get_mark(const rn_arena *arena);
void rn_arena_release(rn_arena *arena, rn_arena_mark mark);

/** Releases what was taken since the mark except `piece`, one of its pieces, whose first `size`
 * bytes move to the mark. Returns where they are now. */
void *rn_arena_keep(rn_arena *arena, rn_arena_mark mark, void *piece, size_t size);

/** Releases everything but keeps the memory. Marks from before are void. */
void rn_arena_reset(rn_arena *arena);

/** Gives the blocks back to the system; the arena may be used again. */
void rn_arena_free(rn_arena *arena);

#endif
