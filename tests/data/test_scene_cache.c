#include "data/scene_cache.h"
#include "base/file.h"
#include "base/real.h"
#include "support/folder.h"
#include "support/scenes.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- the cache by itself: pictures of 100 bytes that are cheap to tell apart ------------------
 */

enum { COUNT = 40, SIZE = 100 };

static folder files; /* of the running test: each is a process of its own */

static void begin(void) {
    files = folder_make();
    setenv("XDG_CACHE_HOME", files.path, 1);
    unsetenv("RN_CACHE");
}
static void end(void) { folder_remove(&files); }
TestSuite(scene_cache, .init = begin, .fini = end);

/* How often a picture was rendered; the context of `fill`. */
typedef struct counter {
    int calls;
} counter;

static void fill(uint8_t *bytes, const void *context, size_t index) {
    int *calls = &((counter *)(uintptr_t)context)->calls;
#pragma omp atomic
    ++*calls;
    for (size_t i = 0; i < SIZE; i++) bytes[i] = (uint8_t)(index * 7 + i * i);
}

static rn_scene_cache_key key_of(const char *text) {
    return (rn_scene_cache_key){"train", text, COUNT, SIZE};
}

/* Opens the cache; returns how many pictures had to be rendered for that. */
static int open_cache(rn_scene_cache *cache, const char *text) {
    counter context = {0};
    rn_scene_cache_key key = key_of(text);
    rn_scene_cache_open(cache, &key, fill, &context);
    return context.calls;
}

static int good_pictures(const rn_scene_cache *cache) {
    int good = 0;
    for (size_t i = 0; i < COUNT; i++) {
        uint8_t got[SIZE], want[SIZE];
        fill(want, &(counter){0}, i);
        good += rn_scene_cache_get(got, cache, i) && memcmp(got, want, SIZE) == 0;
    }
    return good;
}

/* The one file of pictures below the folder. */
static const char *cache_file(void) {
    const char *below = folder_file(&files, "retinanet"), *found = NULL;
    DIR *list = opendir(below);
    cr_assert(list, "cannot list %s", below);
    for (struct dirent *entry; (entry = readdir(list));) {
        char name[400];
        if (strncmp(entry->d_name, "scenes-", 7) != 0) continue;
        cr_assert(!found, "a second file, %s", entry->d_name);
        snprintf(name, sizeof name, "retinanet/%s", entry->d_name);
        found = folder_file(&files, name);
    }
    closedir(list);
    cr_assert(found, "no file of pictures");
    return found;
}

static void spoil(const char *path, long offset, int byte) {
    FILE *file = fopen(path, "r+b");
    cr_assert(file && fseek(file, offset, offset < 0 ? SEEK_END : SEEK_SET) == 0);
    int old = fgetc(file);
    cr_assert(fseek(file, -1, SEEK_CUR) == 0 && fputc(old ^ byte, file) != EOF);
    cr_assert(fclose(file) == 0);
}

Test(scene_cache, second_opening_renders_nothing) {
    rn_scene_cache first, second;
    cr_expect(open_cache(&first, "a set") == COUNT);
    cr_expect(open_cache(&second, "a set") == 0);
    cr_expect(good_pictures(&first) == COUNT && good_pictures(&second) == COUNT);
    uint8_t bytes[SIZE];
    cr_expect(!rn_scene_cache_get(bytes, &first, COUNT), "no picture behind the last");
    rn_scene_cache_close(&first), rn_scene_cache_close(&second);
    rn_scene_cache_close(&second);
    cr_expect(!rn_scene_cache_get(bytes, &second, 0), "a closed cache holds nothing");
}

Test(scene_cache, other_parameters_use_another_file) {
    rn_scene_cache a, b;
    cr_expect(open_cache(&a, "side 256") == COUNT);
    cr_expect(open_cache(&b, "side 257") == COUNT);
    rn_scene_cache_close(&a), rn_scene_cache_close(&b);
    cr_expect(open_cache(&a, "side 256") == 0);
    rn_scene_cache_close(&a);
}

Test(scene_cache, whatever_is_spoilt_is_rendered_again) {
    const struct {
        const char *what;
        long offset; /* from the end where negative */
    } rows[] = {{"first letter of the text", 0},
                {"padding of the text", RN_SCENE_CACHE_TEXT - 1},
                {"first checksum", RN_SCENE_CACHE_TEXT},
                {"another checksum", RN_SCENE_CACHE_TEXT + 8 * 17 + 3},
                {"checksum of the checksums", RN_SCENE_CACHE_TEXT + 8 * COUNT},
                {"first picture", RN_SCENE_CACHE_TEXT + 8 * (COUNT + 1)},
                {"last byte", -1}};
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        rn_scene_cache cache;
        open_cache(&cache, "a set");
        rn_scene_cache_close(&cache);
        spoil(cache_file(), rows[i].offset, 4);
        cr_expect(open_cache(&cache, "a set") == COUNT, "%s", rows[i].what);
        cr_expect(good_pictures(&cache) == COUNT, "%s", rows[i].what);
        rn_scene_cache_close(&cache);
        cr_expect(open_cache(&cache, "a set") == 0, "%s: mended", rows[i].what);
        rn_scene_cache_close(&cache);
    }
}

/* Opening looks at a sample of the pictures only; reading looks at the one that is read. */
Test(scene_cache, a_spoilt_picture_is_never_handed_out) {
    rn_scene_cache cache;
    open_cache(&cache, "a set");
    rn_scene_cache_close(&cache);
    long picture = 1; /* 0, 5, 11, 16, ... are the sample */
    spoil(cache_file(), RN_SCENE_CACHE_TEXT + 8 * (COUNT + 1) + picture * SIZE + 50, 1);
    cr_assert(open_cache(&cache, "a set") == 0);
    uint8_t bytes[SIZE];
    cr_expect(!rn_scene_cache_get(bytes, &cache, (size_t)picture));
    cr_expect(good_pictures(&cache) == COUNT - 1);
    rn_scene_cache_close(&cache);
}

Test(scene_cache, files_of_the_wrong_size_are_replaced) {
    const long sizes[] = {0, 1, RN_SCENE_CACHE_TEXT, RN_SCENE_CACHE_TEXT + 8 * COUNT, -1, 1};
    for (size_t i = 0; i < RN_COUNT(sizes); i++) {
        rn_scene_cache cache;
        open_cache(&cache, "a set");
        size_t full = cache.map_size;
        rn_scene_cache_close(&cache);
        bool from_end = i >= 4;
        cr_assert(truncate(cache_file(), from_end ? (long)full + sizes[i] : sizes[i]) == 0);
        cr_expect(open_cache(&cache, "a set") == COUNT, "size %ld", sizes[i]);
        cr_expect(good_pictures(&cache) == COUNT);
        rn_scene_cache_close(&cache);
    }
}

/* A mapped file stays readable for its readers while another process replaces it. */
Test(scene_cache, replacing_does_not_disturb_readers) {
    rn_scene_cache reader, other;
    open_cache(&reader, "a set");
    spoil(cache_file(), 3, 1); /* the text: the reader does not look at it any more */
    cr_expect(open_cache(&other, "a set") == COUNT);
    cr_expect(good_pictures(&reader) == COUNT && good_pictures(&other) == COUNT);
    rn_scene_cache_close(&reader), rn_scene_cache_close(&other);
}

Test(scene_cache, processes_at_once_render_it_once) {
    enum { PROCESSES = 4 };
    int total = 0;
    for (int i = 0; i < PROCESSES; i++) {
        pid_t child = fork();
        cr_assert(child >= 0);
        if (child > 0) continue;
        rn_scene_cache cache;
        counter context = {0};
        rn_scene_cache_key key = key_of("a set");
        rn_scene_cache_open(&cache, &key, fill, &context);
        int good = 0; /* 0: all pictures, rendered by me; 1: by another; 2: not all there */
        for (size_t k = 0; k < COUNT; k++) {
            uint8_t bytes[SIZE];
            good += rn_scene_cache_get(bytes, &cache, k);
        }
        _exit(good < COUNT ? 2 : context.calls == COUNT ? 0 : 1);
    }
    for (int i = 0; i < PROCESSES; i++) {
        int status;
        cr_assert(wait(&status) > 0 && WIFEXITED(status));
        cr_expect(WEXITSTATUS(status) < 2);
        total += WEXITSTATUS(status) == 0;
    }
    cr_expect(total == 1, "%d processes rendered", total);
}

Test(scene_cache, leaves_no_temporary_file) {
    rn_scene_cache cache;
    open_cache(&cache, "a set");
    rn_scene_cache_close(&cache);
    folder below;
    snprintf(below.path, sizeof below.path, "%s", folder_file(&files, "retinanet"));
    cr_expect(folder_count(&below) == 2, "the pictures and the lock");
}

/* A left-over of a killed process is overwritten, longer than the result or not. */
Test(scene_cache, a_stale_temporary_file_does_no_harm) {
    rn_scene_cache cache;
    open_cache(&cache, "a set");
    rn_scene_cache_close(&cache);
    char stale[600];
    snprintf(stale, sizeof stale, "%s.tmp", cache_file());
    cr_assert(rename(cache_file(), stale) == 0 && truncate(stale, 1000000) == 0);
    cr_expect(open_cache(&cache, "a set") == COUNT && good_pictures(&cache) == COUNT);
    cr_expect(access(stale, F_OK) != 0);
    rn_scene_cache_close(&cache);
}

/* ---- where there is none ----------------------------------------------------------------------
 */

Test(scene_cache, without_a_folder_nothing_is_kept_and_nothing_fails) {
    const char *file = folder_put(&files, "file", "x", 1);
    const struct {
        const char *cache, *home, *off;
    } rows[] = {{files.path, NULL, "off"},
                {files.path, NULL, "OFF"},
                {file, NULL, NULL},
                {"relative", NULL, NULL},
                {NULL, NULL, NULL},
                {NULL, "relative", NULL},
                {"", "", NULL}};
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        const char *const names[] = {"XDG_CACHE_HOME", "HOME", "RN_CACHE"};
        const char *const values[] = {rows[i].cache, rows[i].home, rows[i].off};
        for (int k = 0; k < 3; k++) values[k] ? setenv(names[k], values[k], 1) : unsetenv(names[k]);
        rn_scene_cache cache;
        cr_expect(open_cache(&cache, "a set") == 0, "row %zu", i);
        cr_expect(good_pictures(&cache) == 0);
        rn_scene_cache_close(&cache);
        cr_expect(!rn_file_exists(folder_file(&files, "retinanet")), "row %zu", i);
    }
}

Test(scene_cache, home_has_it_in_its_cache_folder) {
    unsetenv("XDG_CACHE_HOME");
    setenv("HOME", files.path, 1);
    rn_scene_cache cache;
    cr_expect(open_cache(&cache, "a set") == COUNT);
    cr_expect(rn_file_is_folder(folder_file(&files, ".cache/retinanet")));
    rn_scene_cache_close(&cache);
}

Test(scene_cache, an_endless_path_is_no_cache) {
    char *path = malloc(5000);
    cr_assert(path);
    memset(path, 'a', 4999);
    path[0] = '/', path[4999] = '\0';
    setenv("XDG_CACHE_HOME", path, 1);
    rn_scene_cache cache;
    cr_expect(open_cache(&cache, "a set") == 0 && cache.map == NULL);
    free(path);
}

/* ---- with scenes ------------------------------------------------------------------------------
 */

Test(scene_cache, pictures_of_a_set_are_the_same_with_and_without) {
    rn_scenes scenes = scenes_small(), uncached = scenes;
    uncached.cache = false;
    rn_dataset fresh = scenes_open(&scenes, "val"), again = scenes_open(&scenes, "val");
    rn_dataset plain = scenes_open(&uncached, "val");
    for (size_t i = 0; i < plain.num_images; i++) {
        rn_image a = scenes_picture(&fresh, i), b = scenes_picture(&again, i);
        rn_image c = scenes_picture(&plain, i);
        cr_expect(scenes_same(&a, &c) && scenes_same(&b, &c), "picture %zu", i);
        rn_image_free(&a), rn_image_free(&b), rn_image_free(&c);
    }
    rn_dataset_free(&fresh), rn_dataset_free(&again), rn_dataset_free(&plain);
}

Test(scene_cache, a_spoilt_picture_of_a_set_is_painted_anew) {
    rn_scenes scenes = scenes_small();
    rn_dataset d = scenes_open(&scenes, NULL);
    rn_image before = scenes_picture(&d, 1);
    long picture = RN_SCENE_CACHE_TEXT + 8 * (12 + 1) + 3 * 48 * 48;
    spoil(cache_file(), picture + 1000, 255); /* seen through the map at once */
    rn_image after = scenes_picture(&d, 1);
    cr_expect(scenes_same(&before, &after));
    rn_image_free(&before), rn_image_free(&after);
    rn_dataset_free(&d);
}

/* Every parameter that changes pictures also changes the name of the file. */
Test(scene_cache, each_parameter_has_a_cache_of_its_own) {
    rn_scenes rows[14];
    for (size_t i = 0; i < RN_COUNT(rows); i++) rows[i] = scenes_small();
    rows[1].seed = 9;
    rows[2].side = 50;
    rows[3].scale = 2;
    rows[4].num_classes = 3;
    rows[5].objects[0] = .3, rows[5].objects[1] = .5;
    rows[6].size.low = 5;
    rows[7].aspect = .3;
    rows[8].overlap = .5;
    rows[9].distractors.high = 11;
    rows[10].strokes.low = 1;
    rows[11].contrast.low = .25;
    rows[12].noise.high = .07;
    rows[13].train = 11;
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        rn_dataset d = scenes_open(&rows[i], NULL);
        rn_dataset_free(&d);
    }
    folder below;
    snprintf(below.path, sizeof below.path, "%s", folder_file(&files, "retinanet"));
    cr_expect(folder_count(&below) == 15, "%d entries: 14 sets and the lock", folder_count(&below));
}
