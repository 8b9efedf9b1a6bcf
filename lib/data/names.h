/* names.h: which number has this name? A hash table from texts to indices, and sets of names. */
#ifndef RN_DATA_NAMES_H
#define RN_DATA_NAMES_H

#include <stddef.h>

/** Zero-initialise. The texts belong to the caller and must outlive the table. */
typedef struct rn_names {
    struct rn_names_slot *slot;
    size_t num_slots, count;
} rn_names;

enum { RN_NAMES_NONE = -1 };

/** The index given with `name`, or RN_NAMES_NONE. */
ptrdiff_t rn_names_find(const rn_names *names, const char *name);

/** Adds a name that is not there yet (RN_CHECKed), index >= 0. */
void rn_names_add(rn_names *names, const char *name, size_t index);

void rn_names_free(rn_names *names);

/** Different names, counted in the order of their coming, or sorted. Zero-initialise; owns the
 * texts.
 */
typedef struct rn_name_set {
    char **name;
    size_t count, capacity;
    rn_names index;
} rn_name_set;

/** The number of `name`, which is copied if it is new. */
size_t rn_name_set_add(rn_name_set *set, const char *name);

/** The number of a name that is there (RN_CHECKed). */
size_t rn_name_set_find(const rn_name_set *set, const char *name);

/** Renumbers the names in the order of their bytes; the texts stay where they are. */
void rn_name_set_sort(rn_name_set *set);

void rn_name_set_free(rn_name_set *set);

#endif
