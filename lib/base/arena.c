#include "base/arena.h"
#include "base/check.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGN = 64 };

/* Under the address sanitizer the bytes behind each piece, and after a reset all, must not be
 * touched. */
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
enum { GUARD = ALIGN };
#else
#define ASAN_POISON_MEMORY_REGION(memory, size)   ((void)0)
#define ASAN_UNPOISON_MEMORY_REGION(memory, size) ((void)0)
enum { GUARD = 0 };
#endif

static const size_t SMALLEST_BLOCK = (size_t)1 << 20;

struct rn_arena_block {
    rn_arena_block *next;
    size_t size;
    char *bytes; /* aligned, behind this header */
};

/* NULL when the system has not so much. */
static rn_arena_block *try_block(rn_arena *arena, size_t size) {
    size_t header = (sizeof(rn_arena_block) + ALIGN - 1) / ALIGN * ALIGN;
    rn_arena_block *block = aligned_alloc(ALIGN, header + size);
    if (!block) return NULL;
    *block = (rn_arena_block){.size = size, .bytes = (char *)block + header};
    arena->system_calls++;
    return block;
}

static rn_arena_block *new_block(rn_arena *arena, size_t size) {
    rn_arena_block *block = try_block(arena, size);
    RN_CHECK(block, "out of memory: asked for %zu bytes", size);
    return block;
}

static void free_blocks(rn_arena *arena) {
    for (rn_arena_block *block = arena->first, *next; block; block = next) {
        next = block->next;
        ASAN_UNPOISON_MEMORY_REGION(block->bytes, block->size);
        free(block);
    }
    arena->first = arena->current = NULL;
}

static void count(rn_arena *arena, size_t taken) {
    arena->in_use += taken;
    if (arena->in_use > arena->peak) arena->peak = arena->in_use;
}

void *rn_arena_alloc(rn_arena *arena, size_t size) {
    RN_CHECK(size <= SIZE_MAX / 2, "asked for %zu bytes", size);
    size_t taken = (size + ALIGN - 1) / ALIGN * ALIGN + GUARD;
    if (arena->counting) {
        count(arena, taken);
        return arena; /* anything but NULL */
    }
    while (!arena->current || arena->current->size - arena->used < taken) {
        rn_arena_block *next = arena->current ? arena->current->next : arena->first;
        if (!next || next->size < taken) { /* a new block goes before those that are too small */
            rn_arena_block *block =
                new_block(arena, taken > SMALLEST_BLOCK ? taken : SMALLEST_BLOCK);
            block->next = next;
            *(arena->current ? &arena->current->next : &arena->first) = block;
            next = block;
        }
        arena->current = next;
        arena->used = 0;
    }
    char *memory = arena->current->bytes + arena->used;
    ASAN_UNPOISON_MEMORY_REGION(memory, size);
    ASAN_POISON_MEMORY_REGION(memory + size, taken - size);
    arena->used += taken;
    count(arena, taken);
    return memory;
}

void *rn_arena_zeros(rn_arena *arena, size_t number, size_t size) {
    RN_CHECK(size == 0 || number <= SIZE_MAX / size, "%zu times %zu bytes", number, size);
    void *memory = rn_arena_alloc(arena, number * size);
    return arena->counting ? memory : memset(memory, 0, number * size);
}

void rn_arena_reserve(rn_arena *arena, size_t size) {
    RN_CHECK(!arena->first && !arena->counting && size <= SIZE_MAX / 2, "%zu bytes", size);
    arena->first = try_block(arena, (size + ALIGN - 1) / ALIGN * ALIGN);
    if (arena->first) ASAN_POISON_MEMORY_REGION(arena->first->bytes, arena->first->size);
}

char *rn_arena_text(rn_arena *arena, const char *text) {
    size_t size = strlen(text) + 1;
    return memcpy(rn_arena_alloc(arena, size), text, size);
}

rn_arena_mark rn_arena_get_mark(const rn_arena *arena) {
    return (rn_arena_mark){arena->current, arena->used, arena->in_use};
}

void rn_arena_release(rn_arena *arena, rn_arena_mark mark) {
    arena->current = mark.block;
    arena->used = mark.block ? mark.used : 0;
    arena->in_use = mark.in_use;
}

void *rn_arena_keep(rn_arena *arena, rn_arena_mark mark, void *piece, size_t size) {
    rn_arena_release(arena, mark); /* blocks stay where they are: the bytes are still there */
    char *memory = rn_arena_alloc(arena, size);
    if (arena->counting) return memory;
    ASAN_UNPOISON_MEMORY_REGION(piece, size);
    memmove(memory, piece, size);
    ASAN_POISON_MEMORY_REGION(memory + size, GUARD);
    return memory;
}

/* Several blocks become one that holds the peak: whatever the order of sizes and marks, a round
 * like those before fits. */
void rn_arena_reset(rn_arena *arena) {
    rn_arena_release(arena, (rn_arena_mark){0});
    if (arena->first && arena->first->next) {
        free_blocks(arena);
        arena->first = new_block(arena, arena->peak);
    }
    if (arena->first) ASAN_POISON_MEMORY_REGION(arena->first->bytes, arena->first->size);
}

void rn_arena_free(rn_arena *arena) {
    free_blocks(arena);
    *arena = (rn_arena){0};
}
