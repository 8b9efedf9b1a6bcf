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

/* ---- sets ------------------------------------------------------------------------------------ */

size_t rn_name_set_add(rn_name_set *set, const char *name) {
    ptrdiff_t found = rn_names_find(&set->index, name);
    if (found != RN_NAMES_NONE) return (size_t)found;
    set->name = rn_vec_reserve(set->name, set->count + 1, &set->capacity, sizeof *set->name);
    set->name[set->count] = rn_vec_text(name);
    rn_names_add(&set->index, set->name[set->count], set->count);
    return set->count++;
}

size_t rn_name_set_find(const rn_name_set *set, const char *name) {
    ptrdiff_t found = rn_names_find(&set->index, name);
    RN_CHECK(found != RN_NAMES_NONE, "\"%s\" is not there", name);
    return (size_t)found;
}

static int compare(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void rn_name_set_sort(rn_name_set *set) {
    if (set->count) qsort(set->name, set->count, sizeof *set->name, compare);
    rn_names_free(&set->index);
    for (size_t k = 0; k < set->count; k++) rn_names_add(&set->index, set->name[k], k);
}

void rn_name_set_free(rn_name_set *set) {
    for (size_t k = 0; k < set->count; k++) free(set->name[k]);
    free(set->name);
    rn_names_free(&set->index);
    *set = (rn_name_set){0};
}
