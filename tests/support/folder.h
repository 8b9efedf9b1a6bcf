/* folder.h: a temporary folder for a test's files. */
#ifndef TESTS_SUPPORT_FOLDER_H
#define TESTS_SUPPORT_FOLDER_H

#include "base/arena.h"

#include <stddef.h>

typedef struct folder {
    char path[128];
    rn_arena names;
} folder;

/* A new, empty folder below $TMPDIR or /tmp. Failures of this module fail the test. */
folder folder_make(void);

/* "PATH/NAME"; valid until the folder is removed. */
const char *folder_file(folder *f, const char *name);

/* Writes a file into the folder and returns its path, as folder_file does. */
const char *folder_put(folder *f, const char *name, const void *bytes, size_t size);

/* How many entries the folder has. */
int folder_count(const folder *f);

/* Removes the folder and everything in it. */
void folder_remove(folder *f);

#endif
