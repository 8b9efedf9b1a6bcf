/* scene_cache.h: pictures rendered once and kept in a file that later runs map into memory.
 *
 * A file holds a page of text that says everything its pictures depend on, a checksum for each
 * picture, and the pictures. It is taken only if the text is the expected one, the size is right
 * and a sample of the checksums agrees; and whenever a picture is read, its own checksum must
 * agree. So a cache is never trusted, and losing it costs time only. The file appears under its
 * name when it is complete; a lock lets one process render while others wait for the result. */
#ifndef RN_DATA_SCENE_CACHE_H
#define RN_DATA_SCENE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Text, table and pictures; the text is padded to this size. */
enum { RN_SCENE_CACHE_TEXT = 4096 };

/** What a cache must contain. */
typedef struct rn_scene_cache_key {
    const char *split; /**< part of the file's name */
    const char *text;  /**< version, parameters, sizes: below RN_SCENE_CACHE_TEXT characters */
    size_t count;      /**< pictures */
    size_t size;       /**< bytes a picture */
} rn_scene_cache_key;

/** A mapped file; zero-initialise: holds no picture. */
typedef struct rn_scene_cache {
    const uint8_t *map;
    size_t map_size, count, size;
} rn_scene_cache;

/** Renders picture `index` of `context` into `bytes`; called from several threads. */
typedef void rn_scene_cache_fill(uint8_t *bytes, const void *context, size_t index);

/** Opens the cache of that key in the user's cache folder, making it with `fill` if there is no
 * usable one. On any trouble the cache stays empty, which is no error. */
void rn_scene_cache_open(rn_scene_cache *cache, const rn_scene_cache_key *key,
                         rn_scene_cache_fill *fill, const void *context);

/** Copies picture `index`; false when it is not there or not intact. Thread-safe. */
bool rn_scene_cache_get(uint8_t *bytes, const rn_scene_cache *cache, size_t index);

void rn_scene_cache_close(rn_scene_cache *cache);

#endif
