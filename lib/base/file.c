#include "base/file.h"
#include "base/check.h"
#include "base/vec.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
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

/* Reads to the end into *data, which grows, or until *used exceeds the limit. The file's size (a
 * pipe has none) is a hint only: it may change meanwhile. Returns 0 or errno. */
static int read_all(char **data, size_t *used, int descriptor, size_t hint, size_t limit) {
    size_t capacity = 0;
    ssize_t got = 1;
    while (got > 0 && *used <= limit) {
        if (*used + 1 >= capacity) {
            capacity = capacity ? 2 * capacity : hint + BUFFER;
            char *moved = realloc(*data, capacity);
            if (!moved) return ENOMEM;
            *data = moved;
        }
        got = read(descriptor, *data + *used, capacity - *used - 1);
        if (got > 0) *used += (size_t)got;
        if (got < 0 && errno == EINTR) got = 1;
    }
    return got < 0 ? errno : 0;
}

rn_status rn_file_read(char **bytes, size_t *size, const char *path, size_t limit, rn_err *err) {
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return rn_fail(err, "%s: cannot open: %s", path, strerror(errno));
    struct stat info;
    if (fstat(descriptor, &info) != 0 || S_ISDIR(info.st_mode)) {
        close(descriptor);
        return rn_fail(err, "%s: expected a file, got a folder", path);
    }
    char *data = NULL;
    size_t used = 0, known = info.st_size > 0 ? (size_t)info.st_size : 0;
    int error = known > limit ? 0 : read_all(&data, &used, descriptor, known, limit);
    close(descriptor);
    if (error || known > limit || used > limit) {
        free(data);
        return error ? rn_fail(err, "%s: cannot read: %s", path, strerror(error))
                     : rn_fail(err, "%s: expected at most %zu bytes, got more", path, limit);
    }
    data[used] = '\0';
    *bytes = data;
    *size = used;
    return RN_OK;
}

rn_status rn_file_begin(rn_file *file, const char *path, rn_err *err) {
    struct stat info;
    *file = (rn_file){.descriptor = -1};
    if (!*path || strlen(path) >= sizeof file->path)
        return rn_fail(err, "\"%.60s\": expected the name of a file, of 1 to %zu characters", path,
                       sizeof file->path - 1);
    /* A rename would put a file in the place of /dev/null or /dev/stdout. */
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode))
        return rn_fail(err, "%s: expected the name of a file, got a %s", path,
                       S_ISDIR(info.st_mode) ? "folder" : "device or pipe");
    snprintf(file->path, sizeof file->path, "%s", path);
    snprintf(file->temporary, sizeof file->temporary, "%s.tmp-%ld", path, (long)getpid());
    file->descriptor =
        open(file->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (file->descriptor < 0) return rn_fail(err, "%s: cannot write: %s", path, strerror(errno));
    file->buffer = rn_vec_zeros(BUFFER, 1);
    return RN_OK;
}

/* The first failure is the one that is reported. */
static void fail(rn_file *file, int error) {
    if (!file->failed) file->error = error;
    file->failed = true;
}

static void write_all(rn_file *file, const char *bytes, size_t size) {
    while (size > 0 && !file->failed) {
        ssize_t n = write(file->descriptor, bytes, size);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) {
            fail(file, n < 0 ? errno : EIO);
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
    RN_CHECK(file->buffer, "no file was begun");
    if (size > BUFFER - file->used) flush(file);
    if (size > BUFFER) {
        write_all(file, bytes, size);
    } else if (size > 0) {
        memcpy(file->buffer + file->used, bytes, size);
        file->used += size;
    }
}

/* Numbers are those of the C locale, for this thread and this call. */
void rn_file_printf(rn_file *file, const char *format, ...) {
    char few[1024], *text = few;
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0), before = uselocale(c);
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(few, sizeof few, format, args);
    RN_CHECK(n >= 0, "cannot format \"%s\"", format);
    if ((size_t)n >= sizeof few) {
        text = rn_vec_zeros((size_t)n + 1, 1);
        vsnprintf(text, (size_t)n + 1, format, again);
    }
    va_end(again);
    va_end(args);
    uselocale(before);
    freelocale(c);
    rn_file_write(file, text, (size_t)n);
    if (text != few) free(text);
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

/* EINVAL, ENOTSUP: a file system without fsync. */
static void sync_data(rn_file *file) {
    int failed = -1;
    while (!file->failed && (failed = fsync(file->descriptor)) != 0 && errno == EINTR) {
    }
    if (!file->failed && failed && errno != EINVAL && errno != ENOTSUP) fail(file, errno);
}

rn_status rn_file_commit(rn_file *file, rn_err *err) {
    RN_CHECK(file->buffer, "no file was begun");
    flush(file);
    sync_data(file);
    if (close(file->descriptor) != 0 && errno != EINTR) fail(file, errno);
    file->descriptor = -1;
    if (!file->failed && rename(file->temporary, file->path) != 0) fail(file, errno);
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
    if (file->buffer) { /* else nothing was begun, and descriptor 0 is not ours */
        close(file->descriptor);
        unlink(file->temporary);
        free(file->buffer);
    }
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
        int error = mkdir(part, 0777) == 0 ? 0 : errno;
        if (error && !rn_file_is_folder(part))
            return rn_fail(err, "%s: cannot create the folder: %s", part, strerror(error));
    }
    return RN_OK;
}
