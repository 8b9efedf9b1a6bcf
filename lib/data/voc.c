#include "data/voc.h"
#include "base/file.h"
#include "base/real.h"
#include "base/text.h"
#include "base/vec.h"
#include "data/builder.h"
#include "data/names.h"
#include "data/pictures.h"
#include "data/splits.h"
#include "data/voc_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const size_t LARGEST_LIST = (size_t)1 << 30;
static const char XML[] = ".xml";

/* One image of the chosen splits. */
typedef struct entry {
    char *id;
    char *xml; /* path of its annotation */
    rn_voc_file file;
} entry;

typedef struct voc {
    char *annotations, *lists, *images; /* folders */
    entry *entry;
    size_t count, capacity;
    rn_names ids; /* of the entries */
    rn_name_set classes;
} voc;

static voc open_folder(const rn_dataset_request *request) {
    const char *images = request->images;
    return (voc){.annotations = rn_pictures_path(request->data, "Annotations"),
                 .lists = rn_pictures_path(request->data, "ImageSets/Main"),
                 .images =
                     images ? rn_vec_text(images) : rn_pictures_path(request->data, "JPEGImages")};
}

static void close_folder(voc *v) {
    for (size_t i = 0; i < v->count; i++) {
        free(v->entry[i].id);
        free(v->entry[i].xml);
        rn_voc_file_free(&v->entry[i].file);
    }
    free(v->entry);
    free(v->annotations);
    free(v->lists);
    free(v->images);
    rn_names_free(&v->ids);
    rn_name_set_free(&v->classes);
}

/* "FOLDER/ID.xml"; the caller frees. */
static char *xml_path(const voc *v, const char *id) {
    char *stem = rn_pictures_path(v->annotations, id);
    size_t size = strlen(stem) + sizeof XML;
    char *path = rn_vec_zeros(size, 1);
    snprintf(path, size, "%s%s", stem, XML);
    free(stem);
    return path;
}

/* ---- which images ---------------------------------------------------------------------------- */

static void add_entry(voc *v, const char *id) {
    v->entry = rn_vec_reserve(v->entry, v->count + 1, &v->capacity, sizeof *v->entry);
    v->entry[v->count] = (entry){.id = rn_vec_text(id), .xml = xml_path(v, id)};
    rn_names_add(&v->ids, v->entry[v->count].id, v->count);
    v->count++;
}

static bool is_annotated(const voc *v, const char *id) {
    char *path = xml_path(v, id);
    bool found = rn_file_exists(path);
    free(path);
    return found;
}

/* Lists of a single class have a second column, 1 or -1: cut it off unless it is part of the name.
 */
static void cut_column(const voc *v, char *line) {
    size_t n = strlen(line);
    while (n > 0 && !strchr(" \t", line[n - 1])) n--;
    bool flag = n > 0 && (strcmp(line + n, "1") == 0 || strcmp(line + n, "-1") == 0 ||
                          strcmp(line + n, "0") == 0);
    if (!flag || is_annotated(v, line)) return;
    line[n] = '\0';
    rn_text_trim(line);
}

static rn_status read_line(voc *v, char *line, const char *path, long number, rn_err *err) {
    char *id = rn_text_trim(line);
    if (!*id) return RN_OK;
    cut_column(v, id);
    if (rn_names_find(&v->ids, id) != RN_NAMES_NONE)
        return rn_fail(err, "%s:%ld: expected each image once, got \"%s\" again", path, number, id);
    if (!is_annotated(v, id))
        return rn_fail(err, "%s:%ld: expected an image with an annotation, got \"%s\" without %s",
                       path, number, id, "Annotations/ID.xml");
    add_entry(v, id);
    return RN_OK;
}

static rn_status read_list(voc *v, const char *path, rn_err *err) {
    char *text;
    size_t size;
    long number = 0;
    rn_status status = RN_OK;
    if (rn_file_read(&text, &size, path, LARGEST_LIST, err) != RN_OK) return RN_ERROR;
    if (strlen(text) != size)
        status = rn_fail(err, "%s: expected a text, got a file with zero bytes", path);
    for (char *line = text; line && status == RN_OK;) {
        char *end = strchr(line, '\n');
        if (end) *end = '\0';
        status = read_line(v, line, path, ++number, err);
        line = end ? end + 1 : NULL;
    }
    free(text);
    return status;
}

static rn_status read_splits(voc *v, const rn_splits *chosen, rn_err *err) {
    rn_status status = RN_OK;
    for (size_t i = 0; i < chosen->count && status == RN_OK; i++) {
        char name[300];
        snprintf(name, sizeof name, "%s.txt", chosen->name[i]);
        char *path = rn_pictures_path(v->lists, name);
        status = read_list(v, path, err);
        free(path);
    }
    return status;
}

static rn_status choose_images(voc *v, const rn_splits *annotated,
                               const rn_dataset_request *request, rn_err *err) {
    rn_splits splits = rn_splits_list(v->lists, "", ".txt"), chosen = {0};
    rn_status status = RN_OK;
    if (splits.count == 0 && !request->split)
        for (size_t i = 0; i < annotated->count; i++) add_entry(v, annotated->name[i]);
    else
        status = rn_splits_choose(&chosen, &splits, request->split, request->data, err);
    if (status == RN_OK) status = read_splits(v, &chosen, err);
    rn_splits_free(&splits);
    rn_splits_free(&chosen);
    return status;
}

/* ---- classes --------------------------------------------------------------------------------- */

static void collect_names(voc *v, const rn_voc_file *file) {
    for (size_t k = 0; k < file->count; k++) rn_name_set_add(&v->classes, file->object[k].name);
}

/* Reads the entries, and for their classes all other files too unless classes are given. */
static rn_status read_files(voc *v, const rn_splits *annotated, bool given, rn_err *err) {
    for (size_t i = 0; i < v->count; i++) {
        if (rn_voc_file_read(&v->entry[i].file, v->entry[i].xml, err) != RN_OK) return RN_ERROR;
        collect_names(v, &v->entry[i].file);
    }
    for (size_t i = 0; i < annotated->count && !given; i++) {
        rn_voc_file file;
        if (rn_names_find(&v->ids, annotated->name[i]) != RN_NAMES_NONE) continue;
        char *path = xml_path(v, annotated->name[i]);
        rn_status status = rn_voc_file_read(&file, path, err);
        free(path);
        if (status != RN_OK) return status;
        collect_names(v, &file);
        rn_voc_file_free(&file);
    }
    return RN_OK;
}

/* ---- the data set ---------------------------------------------------------------------------- */

/* FOLDER/ID with the first ending that is there, else FOLDER/filename, else FOLDER/ID.jpg. */
static char *find_picture(const voc *v, const entry *e) {
    static const char *const endings[] = {".jpg", ".jpeg", ".png", ".JPG", ".JPEG", ".PNG"};
    char *stem = rn_pictures_path(v->images, e->id);
    size_t size = strlen(stem) + 8;
    char *path = rn_vec_zeros(size, 1);
    for (size_t i = 0; i < RN_COUNT(endings); i++) {
        snprintf(path, size, "%s%s", stem, endings[i]);
        if (rn_file_exists(path)) break;
    }
    if (!rn_file_exists(path)) {
        snprintf(path, size, "%s%s", stem, endings[0]);
        char *named = rn_pictures_path(v->images, e->file.file_name ? e->file.file_name : "");
        bool found = e->file.file_name && *e->file.file_name && rn_file_exists(named);
        free(found ? path : named);
        path = found ? named : path;
    }
    free(stem);
    return path;
}

/* From corners that are counted from 1 and belong to the box. */
static rn_object make_object(const rn_voc_object *o, const char *file) {
    const double *c = o->corner;
    rn_object object = {.x1 = c[0] - 1,
                        .y1 = c[1] - 1,
                        .x2 = c[2] > c[0] ? c[2] : c[2] - 1,
                        .y2 = c[3] > c[1] ? c[3] : c[3] - 1,
                        .ignore = o->difficult,
                        .file = file,
                        .line = o->line};
    object.area = (object.x2 - object.x1) * (object.y2 - object.y1);
    return object;
}

static void build(rn_builder *builder, const voc *v) {
    const rn_dataset *d = builder->dataset;
    for (size_t k = 0; k < v->classes.count; k++)
        rn_builder_category(builder, (int64_t)k + 1, v->classes.name[k]);
    for (size_t i = 0; i < v->count; i++) {
        const entry *e = &v->entry[i];
        char *picture = find_picture(v, e);
        size_t image =
            rn_builder_image(builder, &(rn_record){.path = picture,
                                                   .file_name = (char *)rn_text_file_name(picture),
                                                   .id = (int64_t)i + 1,
                                                   .width = e->file.width,
                                                   .height = e->file.height});
        const char *file = rn_builder_file(builder, e->xml);
        for (size_t k = 0; k < e->file.count; k++) {
            rn_object object = make_object(&e->file.object[k], file);
            object.id = (int64_t)d->num_objects + 1;
            object.label = (int)rn_name_set_find(&v->classes, e->file.object[k].name);
            rn_builder_object(builder, image, &object);
        }
        free(picture);
    }
}

rn_status rn_voc_load(rn_dataset *dataset, const rn_dataset_request *request, rn_err *err) {
    rn_builder builder = rn_builder_begin(dataset, RN_FORMAT_VOC);
    voc v = open_folder(request);
    rn_splits annotated = rn_splits_list(v.annotations, "", XML);
    rn_status status = RN_OK;
    if (faccessat(AT_FDCWD, v.annotations, R_OK | X_OK, AT_EACCESS) != 0)
        status = rn_fail(err, "%s: cannot open: %s", v.annotations, strerror(errno));
    if (status == RN_OK) status = choose_images(&v, &annotated, request, err);
    if (status == RN_OK) status = read_files(&v, &annotated, request->category != NULL, err);
    rn_name_set_sort(&v.classes);
    if (status == RN_OK) build(&builder, &v);
    rn_builder_end(&builder);
    rn_splits_free(&annotated);
    close_folder(&v);
    return status;
}

bool rn_voc_is(const char *data) {
    char *folder = rn_pictures_path(data, "Annotations");
    bool found = rn_file_is_folder(folder);
    free(folder);
    return found;
}

const char *rn_voc_find_split(const char *data, const char *role) {
    char *folder = rn_pictures_path(data, "ImageSets/Main");
    rn_splits splits = rn_splits_list(folder, "", ".txt");
    const char *found = rn_splits_find_role(&splits, role);
    rn_splits_free(&splits);
    free(folder);
    return found;
}
