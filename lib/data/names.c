#include "data/names.h"
#include "base/check.h"
#include "base/vec.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct rn_names_slot {
    const char *name; /* NULL: free */
    size_t index;
};

/* FNV-1a, 64 bits. */
static uint64_t hash(const char *text) {
    uint64_t h = 14695981039346656037u;
    for (; *text; text++) h = (h ^ (unsigned char)*text) * 1099511628211u;
    return h;
}

/* The slot with that name, or the free one where it would go. num_slots is a power of two. */
static struct rn_names_slot *find_slot(const rn_names *names, const char *name) {
    size_t at = (size_t)hash(name) & (names->num_slots - 1);
    while (names->slot[at].name && strcmp(names->slot[at].name, name) != 0)
        at = (at + 1) & (names->num_slots - 1);
    return &names->slot[at];
}

ptrdiff_t rn_names_find(const rn_names *names, const char *name) {
    if (names->count == 0) return RN_NAMES_NONE;
    const struct rn_names_slot *slot = find_slot(names, name);
    return slot->name ? (ptrdiff_t)slot->index : RN_NAMES_NONE;
}

static void grow(rn_names *names) {
    rn_names old = *names;
    names->num_slots = old.num_slots ? 2 * old.num_slots : 64;
    names->slot = rn_vec_zeros(names->num_slots, sizeof *names->slot);
    for (size_t i = 0; i < old.num_slots; i++)
        if (old.slot[i].name) *find_slot(names, old.slot[i].name) = old.slot[i];
    free(old.slot);
}

void rn_names_add(rn_names *names, const char *name, size_t index) {
    if (2 * (names->count + 1) > names->num_slots) grow(names);
    struct rn_names_slot *slot = find_slot(names, name);
    RN_CHECK(!slot->name, "\"%s\" is there already", name);
    *slot = (struct rn_names_slot){name, index};
    names->count++;
}

void rn_names_free(rn_names *names) {
    free(names->slot);
    *names = (rn_names){0};
}
