#include "data/coco_file.h"
#include "base/file.h"
#include "base/json.h"
#include "base/real.h"
#include "base/vec.h"
#include "data/pictures.h"

#include <stdlib.h>
#include <string.h>

static const size_t LARGEST_FILE = (size_t)4 << 30;
static const int64_t LARGEST_ID = (int64_t)1 << 53; /* what a double counts exactly */

/* Ids in a file may have gaps and any order: sorted, they are found by bisection. */
typedef struct id_entry {
    int64_t id;
    size_t place; /* in the file's list */
    size_t value; /* index in the data set */
} id_entry;

typedef struct id_list {
    id_entry *entry;
    size_t count;
} id_list;

typedef struct coco {
    rn_builder *builder;
    const char *path, *split, *images; /* split and images may be NULL */
    bool joined;                       /* not the first file */
    id_list image, category;
} coco;

/* ---- ids ----------------------------------------------------------------------------------- */

static int compare_ids(const void *a, const void *b) {
    const id_entry *p = a, *q = b;
    if (p->id != q->id) return p->id < q->id ? -1 : 1;
    return p->place < q->place ? -1 : p->place > q->place;
}

/* Sorts; fails on an id given twice. */
static rn_status close_list(id_list *list, const coco *c, const char *name, rn_err *err) {
    qsort(list->entry, list->count, sizeof *list->entry, compare_ids);
    for (size_t i = 1; i < list->count; i++) {
        const id_entry *a = &list->entry[i - 1], *b = &list->entry[i];
        if (a->id == b->id)
            return rn_fail(err, "%s: %s[%zu]: id: expected one of its own, got %lld as %s[%zu] has",
                           c->path, name, b->place, (long long)b->id, name, a->place);
    }
    return RN_OK;
}

static const id_entry *find_id(const id_list *list, int64_t id) {
    size_t low = 0, high = list->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (list->entry[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < list->count && list->entry[low].id == id ? &list->entry[low] : NULL;
}

static id_list new_list(const cJSON *items) {
    return (id_list){rn_vec_zeros((size_t)cJSON_GetArraySize(items), sizeof(id_entry)), 0};
}

/* ---- categories ---------------------------------------------------------------------------- */

/* Classes of the second and later files are those of the first. */
static rn_status match_category(size_t *label, const coco *c, const rn_category *wanted,
                                size_t place, rn_err *err) {
    const rn_dataset *d = c->builder->dataset;
    int found = rn_builder_find_class(d->category, d->num_classes, wanted);
    if (found < 0)
        return rn_fail(err,
                       "%s: categories[%zu]: name: expected a class of the other split, got \"%s\"",
                       c->path, place, wanted->name);
    *label = (size_t)found;
    return RN_OK;
}

/* name[place] becomes the name of each. */
static rn_status read_category_list(coco *c, const char **name, const cJSON *items, rn_err *err) {
    const cJSON *item;
    cJSON_ArrayForEach(item, items) {
        size_t i = c->category.count;
        rn_json_place place = {c->path, "categories", i};
        int64_t id = 0;
        if (rn_json_integer(&id, item, "id", -LARGEST_ID, LARGEST_ID, place, err) != RN_OK ||
            rn_json_text(&name[i], item, "name", place, err) != RN_OK)
            return RN_ERROR;
        c->category.entry[c->category.count++] = (id_entry){.id = id, .place = i};
    }
    return close_list(&c->category, c, "categories", err);
}

/* Classes are counted in the order of their ids. */
static rn_status add_categories(coco *c, const char *const *name, rn_err *err) {
    for (size_t i = 0; i < c->category.count; i++) {
        id_entry *entry = &c->category.entry[i];
        rn_category category = {entry->id, (char *)name[entry->place]};
        if (!c->joined)
            entry->value = (size_t)rn_builder_category(c->builder, category.id, category.name);
        else if (match_category(&entry->value, c, &category, entry->place, err) != RN_OK)
            return RN_ERROR;
    }
    return RN_OK;
}

static rn_status read_categories(coco *c, const cJSON *root, rn_err *err) {
    const cJSON *items;
    if (rn_json_array(&items, root, "categories", (rn_json_place){.file = c->path}, err) != RN_OK)
        return RN_ERROR;
    c->category = new_list(items);
    const char **name = rn_vec_zeros((size_t)cJSON_GetArraySize(items), sizeof *name);
    rn_status status = read_category_list(c, name, items, err);
    if (status == RN_OK) status = add_categories(c, name, err);
    free(name);
    return status;
}

/* ---- images -------------------------------------------------------------------------------- */

/* A side that is not given is 0. */
static rn_status read_side(int *side, const cJSON *item, const char *key, rn_json_place place,
                           rn_err *err) {
    int64_t value = 0;
    if (cJSON_GetObjectItemCaseSensitive(item, key) &&
        rn_json_integer(&value, item, key, 1, RN_IMAGE_SIDE_MOST, place, err) != RN_OK)
        return RN_ERROR;
    *side = (int)value;
    return RN_OK;
}

static rn_status read_image(coco *c, char **folder, const cJSON *item, size_t i, rn_err *err) {
    rn_json_place place = {c->path, "images", i};
    rn_record record = {0};
    const char *name = NULL;
    if (rn_json_integer(&record.id, item, "id", -LARGEST_ID, LARGEST_ID, place, err) != RN_OK ||
        rn_json_text(&name, item, "file_name", place, err) != RN_OK ||
        read_side(&record.width, item, "width", place, err) != RN_OK ||
        read_side(&record.height, item, "height", place, err) != RN_OK)
        return RN_ERROR;
    if (!*name)
        return rn_fail(err, "%s: images[%zu]: file_name: expected a name, got an empty text",
                       c->path, i);
    if (!*folder)
        *folder = c->images ? rn_vec_text(c->images) : rn_pictures_find(c->path, c->split, name);
    record.file_name = (char *)name;
    record.path = rn_pictures_path(*folder, name);
    size_t index = rn_builder_image(c->builder, &record);
    c->image.entry[c->image.count++] = (id_entry){record.id, i, index};
    free(record.path);
    return RN_OK;
}

static rn_status read_images(coco *c, const cJSON *root, rn_err *err) {
    const cJSON *items, *item;
    char *folder = NULL;
    size_t i = 0;
    rn_status status = rn_json_array(&items, root, "images", (rn_json_place){.file = c->path}, err);
    if (status != RN_OK) return status;
    c->image = new_list(items);
    cJSON_ArrayForEach(item, items) {
        status = read_image(c, &folder, item, i++, err);
        if (status != RN_OK) break;
    }
    free(folder);
    return status == RN_OK ? close_list(&c->image, c, "images", err) : status;
}

/* ---- annotations --------------------------------------------------------------------------- */

static rn_status read_flag(bool *flag, const cJSON *item, const char *key, rn_json_place place,
                           rn_err *err) {
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(item, key);
    double number = cJSON_IsNumber(value) ? value->valuedouble : -1;
    if (value && !cJSON_IsBool(value) && number != 0 && number != 1)
        return rn_json_expected(place, key, "0 or 1", value, err);
    *flag = cJSON_IsTrue(value) || number == 1;
    return RN_OK;
}

/* The index in the data set of the image or class that a member names by its id. */
static rn_status read_reference(size_t *value, const id_list *list, const cJSON *item,
                                const char *key, const char *list_name, rn_json_place place,
                                rn_err *err) {
    int64_t id = 0;
    if (rn_json_integer(&id, item, key, -LARGEST_ID, LARGEST_ID, place, err) != RN_OK)
        return RN_ERROR;
    const id_entry *entry = find_id(list, id);
    if (!entry)
        return rn_fail(err, "%s: annotations[%zu]: %s: expected an id of the list \"%s\", got %lld",
                       place.file, place.index, key, list_name, (long long)id);
    *value = entry->value;
    return RN_OK;
}

static rn_status read_box(rn_object *object, const cJSON *item, rn_json_place place, rn_err *err) {
    double box[4];
    if (rn_json_numbers(box, 4, item, "bbox", place, err) != RN_OK) return RN_ERROR;
    for (int i = 0; i < 4; i++)
        if (fabs(box[i]) > RN_COORDINATE_MOST)
            return rn_fail(err, "%s: annotations[%zu]: bbox: expected numbers up to %g, got %g",
                           place.file, place.index, RN_COORDINATE_MOST, box[i]);
    object->x1 = box[0];
    object->y1 = box[1];
    object->x2 = box[0] + box[2];
    object->y2 = box[1] + box[3];
    object->rest_w = box[2] - (object->x2 - object->x1);
    object->rest_h = box[3] - (object->y2 - object->y1);
    object->area = box[2] * box[3];
    if (!cJSON_GetObjectItemCaseSensitive(item, "area")) return RN_OK;
    return rn_json_number(&object->area, item, "area", place, err);
}

static rn_status read_annotation(coco *c, const char *file, const cJSON *item, size_t i,
                                 rn_err *err) {
    rn_json_place place = {c->path, "annotations", i};
    rn_object object = {.file = file, .line = (long)i, .id = (int64_t)i + 1};
    size_t image = 0, label = 0;
    if (cJSON_GetObjectItemCaseSensitive(item, "id") &&
        rn_json_integer(&object.id, item, "id", -LARGEST_ID, LARGEST_ID, place, err) != RN_OK)
        return RN_ERROR;
    if (read_reference(&image, &c->image, item, "image_id", "images", place, err) != RN_OK ||
        read_reference(&label, &c->category, item, "category_id", "categories", place, err) !=
            RN_OK ||
        read_box(&object, item, place, err) != RN_OK ||
        read_flag(&object.crowd, item, "iscrowd", place, err) != RN_OK ||
        read_flag(&object.ignore, item, "ignore", place, err) != RN_OK)
        return RN_ERROR;
    object.label = (int)label;
    rn_builder_object(c->builder, image, &object);
    return RN_OK;
}

static rn_status read_annotations(coco *c, const cJSON *root, rn_err *err) {
    const cJSON *items, *item;
    size_t i = 0;
    if (rn_json_array(&items, root, "annotations", (rn_json_place){.file = c->path}, err) != RN_OK)
        return RN_ERROR;
    const char *file = rn_builder_file(c->builder, c->path);
    cJSON_ArrayForEach(item, items) {
        if (read_annotation(c, file, item, i++, err) != RN_OK) return RN_ERROR;
    }
    return RN_OK;
}

/* ---- the file ------------------------------------------------------------------------------ */

/* Behind the string that begins at *c; `end` when it does not end. */
static char *skip_string(char *c, const char *end) {
    for (c++; c < end && *c != '"'; c++)
        if (*c == '\\') c++;
    return c < end ? c + 1 : (char *)end;
}

/* Behind the bracket that closes the one at *c, or `end`. */
static char *skip_value(char *c, const char *end) {
    int depth = 0;
    while (c < end) {
        depth += (*c == '[' || *c == '{') - (*c == ']' || *c == '}');
        c = *c == '"' ? skip_string(c, end) : c + 1;
        if (depth == 0) return c;
    }
    return (char *)end;
}

/* Empties the value of each "segmentation", in place: nine tenths of COCO's text, and a tree of its
 * numbers would be ten times as large as that. Lines and columns stay where they are. */
static void blank_outlines(char *text, size_t size) {
    static const char KEY[] = "\"segmentation\"", SPACE[] = " \t\r\n";
    const char *end = text + size;
    for (char *c = text; c < end;) {
        if (*c != '"') {
            c++;
            continue;
        }
        char *after = skip_string(c, end);
        bool key = (size_t)(after - c) == strlen(KEY) && memcmp(c, KEY, strlen(KEY)) == 0;
        c = after;
        if (!key) continue;
        c += strspn(c, SPACE);
        if (*c != ':') continue;
        c += 1 + strspn(c + 1, SPACE);
        if (*c != '[' && *c != '{') continue;
        after = skip_value(c, end);
        for (c++; c < after - 1; c++)
            if (*c != '\n') *c = ' ';
    }
}

static rn_status read_tree(coco *c, const cJSON *root, rn_err *err) {
    if (!cJSON_IsObject(root))
        return rn_fail(err,
                       "%s: expected an object with images, annotations and categories, got %s",
                       c->path, cJSON_IsArray(root) ? "a list" : "another value");
    rn_status status = read_categories(c, root, err);
    if (status == RN_OK) status = read_images(c, root, err);
    if (status == RN_OK) status = read_annotations(c, root, err);
    free(c->category.entry);
    free(c->image.entry);
    c->category = c->image = (id_list){0};
    return status;
}

static rn_status read_file(coco *c, rn_err *err) {
    char *text;
    size_t size;
    cJSON *root = NULL;
    if (rn_file_read(&text, &size, c->path, LARGEST_FILE, err) != RN_OK) return RN_ERROR;
    blank_outlines(text, size);
    rn_status status = rn_json_parse(&root, text, size, c->path, err);
    free(text);
    if (status != RN_OK) return status;
    status = read_tree(c, root, err);
    cJSON_Delete(root);
    return status;
}

rn_status rn_coco_file_read(rn_builder *builder, const char *path, const char *split,
                            const char *images, rn_err *err) {
    bool joined = builder->dataset->num_files > 0;
    coco c = {.builder = builder, .path = path, .split = split, .images = images, .joined = joined};
    return read_file(&c, err);
}
