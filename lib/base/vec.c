#include "base/vec.h"
#include "base/check.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void *rn_vec_reserve(void *items, size_t count, size_t *capacity, size_t item_size) {
    if (count <= *capacity) return items;
    size_t wanted = *capacity < 8 ? 8 : *capacity;
    while (wanted < count) {
        RN_CHECK(wanted <= SIZE_MAX / 2, "%zu items", count);
        wanted *= 2;
    }
    RN_CHECK(item_size > 0 && wanted <= SIZE_MAX / item_size, "%zu items of %zu bytes", wanted,
             item_size);
    void *moved = realloc(items, wanted * item_size);
    RN_CHECK(moved, "out of memory: asked for %zu bytes", wanted * item_size);
    *capacity = wanted;
    return moved;
}

void *rn_vec_zeros(size_t count, size_t item_size) {
    void *memory = calloc(count ? count : 1, item_size);
    RN_CHECK(memory, "out of memory: asked for %zu items of %zu bytes", count, item_size);
    return memory;
}

char *rn_vec_text(const char *text) {
    size_t size = strlen(text) + 1;
    return memcpy(rn_vec_zeros(size, 1), text, size);
}
