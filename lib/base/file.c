#include "base/file.h"
#include "base/check.h"
#include "base/vec.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUFFER = 1 << 16 };

bool rn_file_exists(const char *path) { return access(path, F_OK) == 0; }

bool rn_file_is_folder(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

rn_status rn_file_read(char **bytes, size_t *size, const char *path, size_t limit, rn_err *err) {
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return rn_fail(err, "%s: cannot open: %s", path, strerror(errno));
    struct stat info;
    char *data = NULL;
    size_t used = 0, capacity = 0;
    ssize_t got = 0;
    if (fstat(descriptor, &info) != 0 || S_ISDIR(info.st_mode)) {
        close(descriptor);
        return rn_fail(err, "%s: expected a file, got a folder", path);
    }
    if (info.st_size > 0 && (size_t)info.st_size <= limit)
        data = rn_vec_reserve(data, (size_t)info.st_size + 2, &capacity, 1);
    do {
        data = rn_vec_reserve(data, used + 2, &capacity, 1);
        got = read(descriptor, data + used, capacity - used - 1);
        if (got > 0) used += (size_t)got;
    } while ((got > 0 && used <= limit) || (got < 0 && errno == EINTR));
    int error = errno;
    close(descriptor);
    if (got < 0 || used > limit) {
        free(data);
        return got < 0 ? rn_fail(err, "%s: cannot read: %s", path, strerror(error))
                       : rn_fail(err, "%s: expected at most %zu bytes, got more", path, limit);
    }
    data[used] = '\0';
    *bytes = data;
    *size = used;
    return RN_OK;
}

rn_status rn_file_begin(rn_file *file, const char *path, rn_err *err) {
    *file = (rn_file){.descriptor = -1};
    if (strlen(path) >= sizeof file->path)
        return rn_fail(err, "%.60s...: expected a path below %zu characters", path,
                       sizeof file->path);
    snprintf(file->path, sizeof file->path, "%s", path);
    snprintf(file->temporary, sizeof file->temporary, "%s.tmp-%ld", path, (long)getpid());
    file->descriptor = open(file->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file->descriptor < 0) return rn_fail(err, "%s: cannot write: %s", path, strerror(errno));
    file->buffer = rn_vec_zeros(BUFFER, 1);
    return RN_OK;
}

static void write_all(rn_file *file, const char *bytes, size_t size) {
    while (size > 0 && !file->failed) {
        ssize_t n = write(file->descriptor, bytes, size);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) {
            file->failed = true;
            file->error = errno;
            return;
        }
        bytes += n;
        size -= (size_t)n;
    }
}

static void flush(rn_file *file) {
    write_all(file, file->buffer, file->used);
    file->used = 0;
}

void rn_file_write(rn_file *file, const void *bytes, size_t size) {
    if (file->used + size > BUFFER) flush(file);
    if (size > BUFFER) {
        write_all(file, bytes, size);
    } else if (size > 0) {
        memcpy(file->buffer + file->used, bytes, size);
        file->used += size;
    }
}

void rn_file_printf(rn_file *file, const char *format, ...) {
    char text[4096];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    RN_CHECK(n >= 0 && (size_t)n < sizeof text, "%d characters in one call", n);
    rn_file_write(file, text, (size_t)n);
}

/* The folder's own entry is on disk only after an fsync of the folder; a file system that cannot do
 * that (some network ones) is no reason to fail. */
static void sync_folder(const char *path) {
    char folder[RN_PATH_SIZE];
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash) *(slash == folder ? slash + 1 : slash) = '\0';
    int descriptor = open(slash ? folder : ".", O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return;
    (void)fsync(descriptor);
    close(descriptor);
}

rn_status rn_file_commit(rn_file *file, rn_err *err) {
    flush(file);
    if (!file->failed && fsync(file->descriptor) != 0 && errno != EINVAL) {
        file->failed = true; /* EINVAL: a file system without fsync */
        file->error = errno;
    }
    if (close(file->descriptor) != 0 && !file->failed) {
        file->failed = true;
        file->error = errno;
    }
    file->descriptor = -1;
    if (!file->failed && rename(file->temporary, file->path) != 0) {
        file->failed = true;
        file->error = errno;
    }
    rn_status status = RN_OK;
    if (file->failed)
        status = rn_fail(err, "%s: cannot write: %s", file->path, strerror(file->error));
    else
        sync_folder(file->path);
    if (status != RN_OK) unlink(file->temporary);
    free(file->buffer);
    *file = (rn_file){.descriptor = -1};
    return status;
}

void rn_file_abandon(rn_file *file) {
    if (file->descriptor >= 0) close(file->descriptor);
    if (file->buffer) unlink(file->temporary);
    free(file->buffer);
    *file = (rn_file){.descriptor = -1};
}

rn_status rn_file_save(const char *path, const void *bytes, size_t size, rn_err *err) {
    rn_file file;
    if (rn_file_begin(&file, path, err) != RN_OK) return RN_ERROR;
    rn_file_write(&file, bytes, size);
    return rn_file_commit(&file, err);
}

rn_status rn_file_make_folder(const char *path, rn_err *err) {
    char part[RN_PATH_SIZE];
    size_t n = strlen(path);
    if (n == 0 || n >= sizeof part)
        return rn_fail(err, "\"%.60s\": expected a folder name of 1 to %zu characters", path,
                       sizeof part - 1);
    for (size_t i = 1; i <= n; i++) {
        if (path[i] != '/' && path[i] != '\0') continue;
        memcpy(part, path, i);
        part[i] = '\0';
        if (mkdir(part, 0777) != 0 && !(errno == EEXIST && rn_file_is_folder(part)))
            return rn_fail(err, "%s: cannot create the folder: %s", part, strerror(errno));
    }
    return RN_OK;
}
