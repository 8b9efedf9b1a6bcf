#include "data/scenes.h"
#include "base/check.h"
#include "base/file.h"
#include "base/real.h"
#include "base/text.h"
#include "base/vec.h"
#include "data/scene.h"
#include "data/scene_cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Raise it when the same parameters give other pictures: old caches are then left alone. */
enum { SCENES_VERSION = 2 };

/* Pixels: a canvas of 4096 x 4096 takes 400 MB. */
enum { SIDE_MOST = 4096 };

rn_scenes rn_scenes_default(void) {
    return (rn_scenes){.seed = 1,
                       .train = 1300,
                       .val = 1000,
                       .test = 1000,
                       .side = 256,
                       .scale = 1,
                       .num_classes = 4,
                       .objects = {.2, .6, .2},
                       .size = {21, 84},
                       .aspect = .45,
                       .overlap = .1,
                       .distractors = {3, 10},
                       .strokes = {0, 2},
                       .contrast = {.2, .6},
                       .noise = {.02, .06},
                       .cache = true};
}

/* ---- the parameters as a table: to check them, and to name a cache --------------------------- */

typedef struct field {
    const char *name;
    double value, low, high;
    bool whole;
} field;

enum { FIELDS = 18 };

static void list_fields(field out[FIELDS], const rn_scenes *s) {
    const double most = 10000;
    const field list[FIELDS] = {
        {"train", s->train, 1, 999999, true},
        {"val", s->val, 1, 999999, true},
        {"test", s->test, 1, 999999, true},
        {"side", s->side, 16, SIDE_MOST, true},
        {"scale", s->scale, 1, 16, true},
        {"num_classes", s->num_classes, 1, RN_SCENES_CLASSES_MOST, true},
        {"aspect", s->aspect, 0, 2, false},
        {"size.high", s->size.high, 4, s->side / exp(fabs(s->aspect) / 2.0), false},
        {"size.low", s->size.low, 4, s->size.high, false},
        {"overlap", s->overlap, 0, 1, false},
        {"distractors.high", s->distractors.high, 0, most, true},
        {"distractors.low", s->distractors.low, 0, s->distractors.high, true},
        {"strokes.high", s->strokes.high, 0, most, true},
        {"strokes.low", s->strokes.low, 0, s->strokes.high, true},
        {"contrast.high", s->contrast.high, 0, 1, false},
        {"contrast.low", s->contrast.low, 0, s->contrast.high, false},
        {"noise.high", s->noise.high, 0, 1, false},
        {"noise.low", s->noise.low, 0, s->noise.high, false},
    };
    memcpy(out, list, sizeof list);
}

static rn_status check_objects(const rn_scenes *scenes, rn_err *err) {
    double sum = 0.0;
    for (int i = 0; i <= RN_SCENES_OBJECTS_MOST; i++) {
        double p = scenes->objects[i];
        if (!(p >= 0.0 && p <= 1.0))
            return rn_fail(err, "scenes: objects[%d]: expected a probability, got %g", i, p);
        sum += p;
    }
    if (!(fabs(sum - 1.0) <= 1e-6))
        return rn_fail(err, "scenes: objects: expected probabilities with sum 1, got %g", sum);
    return RN_OK;
}

rn_status rn_scenes_check(const rn_scenes *scenes, rn_err *err) {
    field f[FIELDS];
    list_fields(f, scenes);
    for (int i = 0; i < FIELDS; i++) {
        bool good = f[i].value >= f[i].low && f[i].value <= f[i].high;
        if (!good || (f[i].whole && f[i].value != floor(f[i].value)))
            return rn_fail(err, "scenes: %s: expected a %snumber from %g to %g, got %g", f[i].name,
                           f[i].whole ? "whole " : "", f[i].low, f[i].high, f[i].value);
    }
    if (scenes->side * scenes->scale > SIDE_MOST)
        return rn_fail(err, "scenes: side * scale: expected at most %d pixels, got %d", SIDE_MOST,
                       scenes->side * scenes->scale);
    return check_objects(scenes, err);
}

static void add_line(char *text, const char *name, double value) {
    char number[32];
    size_t used = strlen(text);
    int n = snprintf(text + used, RN_SCENE_CACHE_TEXT - used, "%s %s\n", name,
                     rn_text_from_double(number, sizeof number, value, 0));
    RN_CHECK(n > 0 && (size_t)n < RN_SCENE_CACHE_TEXT - used, "line %s", name);
}

/* Everything the pictures of a split depend on, one "name value" a line. */
static void describe(char text[RN_SCENE_CACHE_TEXT], const rn_scenes *scenes, const char *split) {
    snprintf(text, RN_SCENE_CACHE_TEXT, "retinanet scenes, rendered\nsplit %s\nseed %llu\n", split,
             (unsigned long long)scenes->seed);
    add_line(text, "version", SCENES_VERSION);
    field f[FIELDS];
    list_fields(f, scenes);
    for (int i = 0; i < FIELDS; i++) add_line(text, f[i].name, f[i].value);
    for (int i = 0; i <= RN_SCENES_OBJECTS_MOST; i++) add_line(text, "objects", scenes->objects[i]);
}

/* ---- splits ---------------------------------------------------------------------------------- */

enum { SPLITS = 3 };

/* A split of a data set: its pictures are first .. first + count - 1 there. */
typedef struct part {
    char split[8];
    size_t first, count;
    rn_scenes scenes;
    rn_scene_cache cache;
} part;

/* What rn_dataset.source points to. */
typedef struct source {
    part part[SPLITS];
    int count;
} source;

static size_t split_size(const rn_scenes *scenes, const char *split) {
    if (strcmp(split, "train") == 0) return (size_t)scenes->train;
    if (strcmp(split, "val") == 0) return (size_t)scenes->val;
    return strcmp(split, "test") == 0 ? (size_t)scenes->test : 0;
}

/* Adds the split named by the first `length` characters of `name`. */
static rn_status add_part(source *s, const rn_scenes *scenes, const char *name, size_t length,
                          rn_err *err) {
    part p = {.scenes = *scenes};
    int shown = length < 40 ? (int)length : 40;
    if (length < sizeof p.split) memcpy(p.split, name, length);
    p.count = split_size(scenes, p.split);
    if (p.count == 0)
        return rn_fail(err, "scenes: split: expected train, val or test, got \"%.*s\"", shown,
                       name);
    for (int i = 0; i < s->count; i++) {
        if (strcmp(s->part[i].split, p.split) == 0)
            return rn_fail(err, "scenes: split %s: expected once, got twice", p.split);
        p.first += s->part[i].count;
    }
    s->part[s->count++] = p;
    return RN_OK;
}

static rn_status parse_split(source *s, const rn_scenes *scenes, const char *split, rn_err *err) {
    const char *at = split ? split : "train";
    for (;;) {
        size_t length = strcspn(at, "+");
        if (add_part(s, scenes, at, length, err) != RN_OK) return RN_ERROR;
        if (at[length] == '\0') return RN_OK;
        at += length + 1;
    }
}

/* ---- the data set ---------------------------------------------------------------------------- */

static void fill_picture(uint8_t *rgb, const void *context, size_t index) {
    const part *p = context;
    rn_scene_render(rgb, &p->scenes, p->split, index);
}

static rn_status render(rn_image *image, const rn_dataset *dataset, size_t index, rn_err *err) {
    const source *s = dataset->source;
    (void)err;
    RN_CHECK(index < dataset->num_images, "picture %zu of %zu", index, dataset->num_images);
    const part *p = s->part;
    while (index >= p->first + p->count) p++;
    int side = p->scenes.side * p->scenes.scale;
    rn_image picture = rn_image_new(side, side);
    if (!rn_scene_cache_get(picture.rgb, &p->cache, index - p->first))
        fill_picture(picture.rgb, p, index - p->first);
    *image = picture;
    return RN_OK;
}

static void free_source(void *memory) {
    source *s = memory;
    for (int i = 0; i < s->count; i++) rn_scene_cache_close(&s->part[i].cache);
    free(s);
}

static void open_cache(part *p) {
    char text[RN_SCENE_CACHE_TEXT];
    describe(text, &p->scenes, p->split);
    size_t side = (size_t)p->scenes.side * (size_t)p->scenes.scale;
    rn_scene_cache_key key = {p->split, text, p->count, 3 * side * side};
    rn_scene_cache_open(&p->cache, &key, fill_picture, p);
}

static void add_object(rn_dataset *dataset, size_t *capacity, const rn_scene_object *o, int scale) {
    double x1 = o->x1 * scale, y1 = o->y1 * scale, x2 = o->x2 * scale, y2 = o->y2 * scale;
    size_t n = dataset->num_objects++;
    dataset->object = rn_vec_reserve(dataset->object, n + 1, capacity, sizeof *dataset->object);
    dataset->object[n] = (rn_object){.x1 = x1,
                                     .y1 = y1,
                                     .x2 = x2,
                                     .y2 = y2,
                                     .area = (x2 - x1) * (y2 - y1),
                                     .id = (int64_t)n + 1,
                                     .label = (int)o->shape};
}

/* Records and objects of one split; its first picture is called "scenes/SPLIT/000001.png". */
static void add_records(rn_dataset *dataset, size_t *capacity, const part *p) {
    int side = p->scenes.side * p->scenes.scale;
    for (size_t i = 0; i < p->count; i++) {
        char name[48];
        rn_scene_object object[RN_SCENES_OBJECTS_MOST];
        int count = rn_scene_objects(object, &p->scenes, p->split, i);
        snprintf(name, sizeof name, "scenes/%s/%06zu.png", p->split, i + 1);
        dataset->image[p->first + i] = (rn_record){.file_name = rn_vec_text(name),
                                                   .id = (int64_t)(p->first + i) + 1,
                                                   .width = side,
                                                   .height = side,
                                                   .first = dataset->num_objects,
                                                   .count = (size_t)count};
        for (int k = 0; k < count; k++) add_object(dataset, capacity, &object[k], p->scenes.scale);
    }
}

static void add_categories(rn_dataset *dataset) {
    dataset->category = rn_vec_zeros((size_t)dataset->num_classes, sizeof *dataset->category);
    for (int i = 0; i < dataset->num_classes; i++)
        dataset->category[i] = (rn_category){i + 1, rn_vec_text(rn_shape_name((rn_shape)i))};
}

rn_status rn_scenes_load_with(rn_dataset *dataset, const rn_scenes *scenes, const char *split,
                              rn_err *err) {
    source parsed = {.count = 0};
    size_t capacity = 0;
    *dataset = (rn_dataset){0};
    if (rn_scenes_check(scenes, err) != RN_OK) return RN_ERROR;
    if (parse_split(&parsed, scenes, split, err) != RN_OK) return RN_ERROR;
    source *s = rn_vec_zeros(1, sizeof *s);
    *s = parsed;
    char name[48];
    snprintf(name, sizeof name, "scenes %s", split ? split : "train");
    *dataset = (rn_dataset){.name = rn_vec_text(name),
                            .num_images = s->part[s->count - 1].first + s->part[s->count - 1].count,
                            .num_classes = scenes->num_classes,
                            .render = render,
                            .source = s,
                            .free_source = free_source};
    dataset->image = rn_vec_zeros(dataset->num_images, sizeof *dataset->image);
    add_categories(dataset);
    for (int i = 0; i < s->count; i++) {
        add_records(dataset, &capacity, &s->part[i]);
        if (scenes->cache) open_cache(&s->part[i]);
    }
    return RN_OK;
}

rn_status rn_scenes_load(rn_dataset *dataset, const char *split, rn_err *err) {
    rn_scenes scenes = rn_scenes_default();
    return rn_scenes_load_with(dataset, &scenes, split, err);
}
