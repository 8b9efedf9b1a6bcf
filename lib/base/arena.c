#include "base/arena.h"
#include "base/check.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGN = 64 };
static const size_t SMALLEST_BLOCK = (size_t)1 << 20;

struct rn_arena_block {
    rn_arena_block *next;
    size_t size;
    char *bytes; /* aligned, behind this header */
};

static rn_arena_block *new_block(rn_arena *arena, size_t size) {
    size_t header = (sizeof(rn_arena_block) + ALIGN - 1) / ALIGN * ALIGN;
    RN_CHECK(size <= SIZE_MAX - header - ALIGN, "asked for %zu bytes", size);
    rn_arena_block *block = aligned_alloc(ALIGN, header + (size + ALIGN - 1) / ALIGN * ALIGN);
    RN_CHECK(block, "out of memory: asked for %zu bytes", size);
    *block = (rn_arena_block){.size = size, .bytes = (char *)block + header};
    arena->system_calls++;
    return block;
}

static void count(rn_arena *arena, size_t size) {
    arena->in_use += size;
    if (arena->in_use > arena->peak) arena->peak = arena->in_use;
}

void *rn_arena_alloc(rn_arena *arena, size_t size) {
    RN_CHECK(size <= SIZE_MAX / 2, "asked for %zu bytes", size);
    size = (size + ALIGN - 1) / ALIGN * ALIGN;
    if (arena->counting) {
        count(arena, size);
        return arena; /* anything but NULL */
    }
    while (!arena->current || arena->current->size - arena->used < size) {
        rn_arena_block *next = arena->current ? arena->current->next : arena->first;
        if (!next || next->size < size) { /* a new block goes before those that are too small */
            rn_arena_block *block = new_block(arena, size > SMALLEST_BLOCK ? size : SMALLEST_BLOCK);
            block->next = next;
            *(arena->current ? &arena->current->next : &arena->first) = block;
            next = block;
        }
        arena->current = next;
        arena->used = 0;
    }
    void *memory = arena->current->bytes + arena->used;
    arena->used += size;
    count(arena, size);
    return memory;
}

void *rn_arena_zeros(rn_arena *arena, size_t number, size_t size) {
    RN_CHECK(size == 0 || number <= SIZE_MAX / size, "%zu times %zu bytes", number, size);
    void *memory = rn_arena_alloc(arena, number * size);
    return arena->counting ? memory : memset(memory, 0, number * size);
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

void rn_arena_reset(rn_arena *arena) { rn_arena_release(arena, (rn_arena_mark){0}); }

void rn_arena_free(rn_arena *arena) {
    for (rn_arena_block *block = arena->first, *next; block; block = next) {
        next = block->next;
        free(block);
    }
    *arena = (rn_arena){0};
}
