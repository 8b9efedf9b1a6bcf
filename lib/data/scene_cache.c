#include "data/scene_cache.h"
#include "base/check.h"
#include "base/file.h"
#include "base/text.h"
#include "base/vec.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

/* ---- layout: text, checksums of the pictures and of themselves, pictures --------------------- */

/* Four lanes of multiply and rotate over 64-bit words: a changed word always changes its lane. */
static uint64_t checksum(const void *bytes, size_t size) {
    const uint64_t odd = 0x9E3779B97F4A7C15u;
    const uint8_t *at = bytes;
    uint64_t lane[4] = {1, 2, 3, 4}, word[4] = {0};
    for (; size >= sizeof word; at += sizeof word, size -= sizeof word) {
        memcpy(word, at, sizeof word);
        for (int i = 0; i < 4; i++) {
            lane[i] = (lane[i] ^ word[i]) * odd;
            lane[i] = lane[i] << 29 | lane[i] >> 35;
        }
    }
    uint64_t sum = size;
    for (; size > 0; at++, size--) sum = (sum ^ *at) * odd;
    for (int i = 0; i < 4; i++) sum = ((sum ^ lane[i]) * odd) ^ sum >> 31;
    return sum;
}

static size_t table_size(size_t count) { return (count + 1) * sizeof(uint64_t); }

static size_t picture_offset(size_t count, size_t size, size_t index) {
    return RN_SCENE_CACHE_TEXT + table_size(count) + size * index;
}

static size_t file_size(const rn_scene_cache_key *key) {
    return picture_offset(key->count, key->size, key->count);
}

/* ---- reading --------------------------------------------------------------------------------- */

static uint64_t table_entry(const rn_scene_cache *cache, size_t index) {
    uint64_t entry;
    memcpy(&entry, cache->map + RN_SCENE_CACHE_TEXT + index * sizeof entry, sizeof entry);
    return entry;
}

bool rn_scene_cache_get(uint8_t *bytes, const rn_scene_cache *cache, size_t index) {
    if (index >= cache->count) return false;
    memcpy(bytes, cache->map + picture_offset(cache->count, cache->size, index), cache->size);
    return checksum(bytes, cache->size) == table_entry(cache, index);
}

static bool intact(const rn_scene_cache *cache, const char text[RN_SCENE_CACHE_TEXT]) {
    enum { SAMPLE = 8 };
    size_t count = cache->count;
    if (memcmp(cache->map, text, RN_SCENE_CACHE_TEXT) != 0) return false;
    if (checksum(cache->map + RN_SCENE_CACHE_TEXT, count * sizeof(uint64_t)) !=
        table_entry(cache, count))
        return false;
    for (size_t i = 0; i < SAMPLE; i++) {
        size_t index = i * (count - 1) / (SAMPLE - 1);
        const uint8_t *picture = cache->map + picture_offset(count, cache->size, index);
        if (checksum(picture, cache->size) != table_entry(cache, index)) return false;
    }
    return true;
}

void rn_scene_cache_close(rn_scene_cache *cache) {
    if (cache->map) munmap((void *)cache->map, cache->map_size);
    *cache = (rn_scene_cache){0};
}

static bool map_file(rn_scene_cache *cache, const char *path, const rn_scene_cache_key *key,
                     const char text[RN_SCENE_CACHE_TEXT]) {
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return false;
    struct stat info;
    size_t size = file_size(key);
    void *map = MAP_FAILED;
    if (fstat(descriptor, &info) == 0 && S_ISREG(info.st_mode) && (size_t)info.st_size == size)
        map = mmap(NULL, size, PROT_READ, MAP_SHARED, descriptor, 0);
    close(descriptor);
    if (map == MAP_FAILED) return false;
    *cache = (rn_scene_cache){map, size, key->count, key->size};
    if (intact(cache, text)) return true;
    rn_scene_cache_close(cache);
    return false;
}

/* ---- writing --------------------------------------------------------------------------------- */

static bool write_at(int descriptor, const void *bytes, size_t size, size_t offset) {
    for (const char *at = bytes; size > 0;) {
        ssize_t n = pwrite(descriptor, at, size, (off_t)offset);
        if (n <= 0) return false;
        at += n;
        offset += (size_t)n;
        size -= (size_t)n;
    }
    return true;
}

static bool write_pictures(int descriptor, uint64_t *table, const rn_scene_cache_key *key,
                           rn_scene_cache_fill *fill, const void *context) {
    bool failed = false;
#pragma omp parallel
    {
        uint8_t *bytes = rn_vec_zeros(key->size, 1);
#pragma omp for schedule(dynamic, 8) reduction(|| : failed)
        for (size_t i = 0; i < key->count; i++) {
            if (failed) continue;
            fill(bytes, context, i);
            table[i] = checksum(bytes, key->size);
            failed =
                !write_at(descriptor, bytes, key->size, picture_offset(key->count, key->size, i));
        }
        free(bytes);
    }
    return !failed;
}

/* Not a cache worth having if it takes the last room on the disk. */
static bool enough_room(int descriptor, size_t size) {
    struct statvfs info;
    return fstatvfs(descriptor, &info) != 0 ||
           (double)info.f_bavail * (double)info.f_frsize > 2.0 * (double)size;
}

/* The caller holds the lock, so the temporary file is nobody else's. No fsync: after a power cut
 * the checksums tell what is missing. */
static bool write_file(const char *path, const rn_scene_cache_key *key,
                       const char text[RN_SCENE_CACHE_TEXT], rn_scene_cache_fill *fill,
                       const void *context) {
    char temporary[RN_PATH_SIZE + 8];
    snprintf(temporary, sizeof temporary, "%s.tmp", path);
    int descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor < 0) return false;
    uint64_t *table = rn_vec_zeros(key->count + 1, sizeof *table);
    bool good = enough_room(descriptor, file_size(key)) &&
                write_pictures(descriptor, table, key, fill, context);
    table[key->count] = checksum(table, key->count * sizeof *table);
    good = good && write_at(descriptor, text, RN_SCENE_CACHE_TEXT, 0) &&
           write_at(descriptor, table, table_size(key->count), RN_SCENE_CACHE_TEXT);
    free(table);
    good = close(descriptor) == 0 && good && rename(temporary, path) == 0;
    if (!good) unlink(temporary);
    return good;
}

/* ---- where ----------------------------------------------------------------------------------- */

/* $XDG_CACHE_HOME/retinanet or ~/.cache/retinanet, created; false when there is none. */
static bool cache_folder(char folder[RN_PATH_SIZE]) {
    const char *off = getenv("RN_CACHE"), *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (off && rn_text_same(off, "off")) return false;
    bool named = cache && *cache == '/', at_home = home && *home == '/';
    if (!named && !at_home) return false;
    int n = snprintf(folder, RN_PATH_SIZE, "%s%s/retinanet", named ? cache : home,
                     named ? "" : "/.cache");
    rn_err err;
    return n > 0 && n < RN_PATH_SIZE - 100 && rn_file_make_folder(folder, &err) == RN_OK;
}

/* Waits up to a minute for the folder's lock; closing the descriptor gives it back. -1: no lock. */
static int take_lock(const char *folder) {
    char path[RN_PATH_SIZE];
    int descriptor =
        open(rn_text_path(path, sizeof path, folder, "lock"), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor < 0) return -1;
    const struct timespec pause = {0, 50000000};
    for (int i = 0; i < 1200; i++) {
        if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) return descriptor;
        nanosleep(&pause, NULL);
    }
    close(descriptor);
    return -1;
}

void rn_scene_cache_open(rn_scene_cache *cache, const rn_scene_cache_key *key,
                         rn_scene_cache_fill *fill, const void *context) {
    RN_CHECK(key->count > 0 && strlen(key->text) < RN_SCENE_CACHE_TEXT, "%zu pictures", key->count);
    char folder[RN_PATH_SIZE], name[96], path[RN_PATH_SIZE], text[RN_SCENE_CACHE_TEXT] = {0};
    *cache = (rn_scene_cache){0};
    if (!cache_folder(folder)) return;
    memcpy(text, key->text, strlen(key->text));
    snprintf(name, sizeof name, "scenes-%016llx-%.40s.rgb",
             (unsigned long long)checksum(text, sizeof text), key->split);
    rn_text_path(path, sizeof path, folder, name);
    if (map_file(cache, path, key, text)) return;
    int lock = take_lock(folder);
    if (lock < 0) return;
    if (!map_file(cache, path, key, text) && write_file(path, key, text, fill, context))
        (void)map_file(cache, path, key, text);
    close(lock);
}
