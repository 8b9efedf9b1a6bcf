/* file.h: whole files in, whole files out.
 *
 * A file under its final name is always complete: rn_file_begin opens NAME.tmp-PID beside it, and
 * rn_file_commit flushes, fsyncs and renames. A failure or a kill on the way leaves what was there
 * before; the next save to that name by any process removes nothing but its own temporary file. */
#ifndef RN_BASE_FILE_H
#define RN_BASE_FILE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

/** A path of the file system fits; longer ones are refused. */
enum { RN_PATH_SIZE = 1024 };

/** A file being written. Zero-initialise, begin, write, then commit or abandon. */
typedef struct rn_file {
    char path[RN_PATH_SIZE], temporary[RN_PATH_SIZE + 32];
    char *buffer;
    size_t used;
    int descriptor;
    bool failed;
    int error; /**< errno of the first failure */
} rn_file;

/** Reads a whole file into *bytes, with a '\0' behind the last byte; *size excludes it. The caller
 * frees. Fails on folders, missing files, files over `limit` bytes and files that memory does not
 * hold. */
rn_status rn_file_read(char **bytes, size_t *size, const char *path, size_t limit, rn_err *err);

/** Fails where no file can appear: the folder is missing or not writable, the name is taken by a
 * folder or a device. */
rn_status rn_file_begin(rn_file *file, const char *path, rn_err *err);

/** Never fails at once: the first error is kept and reported by rn_file_commit. Numbers are
 * printed as in the C locale. */
void rn_file_write(rn_file *file, const void *bytes, size_t size);
void rn_file_printf(rn_file *file, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Makes the file appear under its name, or fails and leaves the old one. Either way it is over. */
rn_status rn_file_commit(rn_file *file, rn_err *err);

/** Removes the temporary file; nothing happens under the final name. A file that is zeroed, or
 * over, may be abandoned too. */
void rn_file_abandon(rn_file *file);

/** begin, write, commit. */
rn_status rn_file_save(const char *path, const void *bytes, size_t size, rn_err *err);

/** Creates a folder and its parents (mode 0777 less the umask); an existing folder is fine. */
rn_status rn_file_make_folder(const char *path, rn_err *err);

bool rn_file_exists(const char *path);
bool rn_file_is_folder(const char *path);

#endif
