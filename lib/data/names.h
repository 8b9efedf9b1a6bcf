/* names.h: which number has this name? A hash table from texts to indices. */
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

#endif
