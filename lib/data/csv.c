#include "data/csv.h"
#include "base/file.h"
#include "base/real.h"
#include "base/text.h"
#include "base/vec.h"
#include "data/builder.h"
#include "data/names.h"
#include "data/pictures.h"

#include <stdlib.h>
#include <string.h>

static const size_t LARGEST_FILE = (size_t)4 << 30;
enum { IMAGE, X1, Y1, X2, Y2, CLASS, FIELDS };
static const char *const titles[FIELDS] = {"image", "x1", "y1", "x2", "y2", "class"};

typedef struct csv {
    rn_builder builder;
    const char *path, *images; /* images may be NULL */
    const char *file;          /* `path` as the objects have it */
    char *folder;              /* of the pictures; NULL until the first row */
    rn_names pictures;         /* by file_name */
    rn_name_set classes;
    const char *line; /* the row that is read now, for messages */
    int line_size;
    long number;
    char *copy; /* of that row, cut into fields */
    size_t capacity;
} csv;

/* "PATH:LINE: TITLE: expected EXPECTED, got "GOT" in "ROW"" */
static rn_status fail_field(const csv *c, int field, const char *expected, const char *got,
                            rn_err *err) {
    return rn_fail(err, "%s:%ld: %s: expected %s, got \"%.60s\" in: %.*s", c->path, c->number,
                   titles[field], expected, got, c->line_size < 200 ? c->line_size : 200, c->line);
}

/* ---- rows ------------------------------------------------------------------------------------ */

/* Ends the field at `at` (removing its quotes, in place) and returns what follows its comma: NULL
 * behind the last one, and `at` itself when a quote is not closed. */
static char *cut_field(char **field, char *at) {
    *field = at;
    char *quote = at + strspn(at, " \t"), *out = quote;
    if (*quote != '"') {
        char *comma = strchr(at, ',');
        if (comma) *comma = '\0';
        *field = rn_text_trim(at);
        return comma ? comma + 1 : NULL;
    }
    *field = out;
    char *in = quote + 1;
    for (; *in && (*in != '"' || in[1] == '"'); in++) {
        if (*in == '"') in++;
        *out++ = *in;
    }
    if (*in != '"') return at;
    in += 1 + strspn(in + 1, " \t");
    if (*in && *in != ',') return at;
    char *next = *in ? in + 1 : NULL;
    *out = '\0';
    return next;
}

static rn_status cut_row(char *field[FIELDS], const csv *c, rn_err *err) {
    int count = 0, shown = c->line_size < 200 ? c->line_size : 200;
    bool closed = true;
    for (char *at = c->copy; at && closed; count++) {
        char *extra, *next = cut_field(count < FIELDS ? &field[count] : &extra, at);
        closed = next != at;
        at = next;
    }
    if (closed && count == FIELDS) return RN_OK;
    if (!closed)
        rn_fail(err, "%s:%ld: expected a closing quote at the end of the field, in: %.*s", c->path,
                c->number, shown, c->line);
    else
        rn_fail(err, "%s:%ld: expected the 6 fields image,x1,y1,x2,y2,class, got %d in: %.*s",
                c->path, c->number, count, shown, c->line);
    return RN_ERROR;
}

/* Is it meant as a number, or the place of one, whether it can be read or not? */
static bool is_number(const char *text) {
    return !*text || strchr("+-.0123456789", *text) || rn_text_same(text, "nan") ||
           rn_text_same(text, "inf");
}

static bool is_heading(char *const field[FIELDS]) {
    for (int i = X1; i <= Y2; i++)
        if (is_number(field[i])) return false;
    return true;
}

static bool is_without_object(char *const field[FIELDS]) {
    for (int i = X1; i < FIELDS; i++)
        if (*field[i]) return false;
    return true;
}

/* ---- images and objects ---------------------------------------------------------------------- */

static size_t find_image(csv *c, char *name) {
    for (char *at = name; *at; at++)
        if (*at == '\\') *at = '/';
    ptrdiff_t found = rn_names_find(&c->pictures, name);
    if (found != RN_NAMES_NONE) return (size_t)found;
    rn_dataset *d = c->builder.dataset;
    if (!c->folder)
        c->folder = c->images ? rn_vec_text(c->images) : rn_pictures_find(c->path, NULL, name);
    char *path = rn_pictures_path(c->folder, name);
    size_t index = rn_builder_image(
        &c->builder,
        &(rn_record){.path = path, .file_name = name, .id = (int64_t)d->num_images + 1});
    rn_names_add(&c->pictures, d->image[index].file_name, index);
    free(path);
    return index;
}

static rn_status read_object(csv *c, size_t image, char *const field[FIELDS], rn_err *err) {
    double corner[4];
    for (int i = 0; i < 4; i++)
        if (!rn_text_to_double(&corner[i], field[X1 + i]) || fabs(corner[i]) > RN_COORDINATE_MOST)
            return fail_field(c, X1 + i, "a number up to 1e9", field[X1 + i], err);
    if (!*field[CLASS]) return fail_field(c, CLASS, "a name", "", err);
    rn_object object = {.x1 = corner[0],
                        .y1 = corner[1],
                        .x2 = corner[2],
                        .y2 = corner[3],
                        .id = (int64_t)c->builder.dataset->num_objects + 1,
                        .label = (int)rn_name_set_add(&c->classes, field[CLASS]),
                        .file = c->file,
                        .line = c->number};
    object.area = (object.x2 - object.x1) * (object.y2 - object.y1);
    rn_builder_object(&c->builder, image, &object);
    return RN_OK;
}

static rn_status read_row(csv *c, bool first, rn_err *err) {
    char *field[FIELDS];
    if (cut_row(field, c, err) != RN_OK) return RN_ERROR;
    if (first && is_heading(field)) return RN_OK;
    if (!*field[IMAGE]) return fail_field(c, IMAGE, "a path", "", err);
    size_t image = find_image(c, field[IMAGE]);
    return is_without_object(field) ? RN_OK : read_object(c, image, field, err);
}

/* ---- the file -------------------------------------------------------------------------------- */

static bool is_blank(const char *line, size_t size) {
    for (size_t i = 0; i < size; i++)
        if (!strchr(" \t\r", line[i])) return false;
    return true;
}

static rn_status read_rows(csv *c, const char *text, size_t size, rn_err *err) {
    const char *end = text + size;
    bool first = true;
    if (size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) text += 3; /* byte order mark */
    if (memchr(text, '\0', (size_t)(end - text)))
        return rn_fail(err, "%s: expected a text, got a file with zero bytes", c->path);
    while (text < end) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        size_t length = (size_t)((newline ? newline : end) - text);
        c->number++;
        c->line = text;
        c->line_size = (int)(length < 1000 ? length : 1000);
        c->copy = rn_vec_reserve(c->copy, length + 1, &c->capacity, 1);
        memcpy(c->copy, text, length);
        c->copy[length] = '\0';
        while (length > 0 && c->copy[length - 1] == '\r') c->copy[--length] = '\0';
        text = newline ? newline + 1 : end;
        if (is_blank(c->copy, length)) continue;
        if (read_row(c, first, err) != RN_OK) return RN_ERROR;
        first = false;
    }
    return RN_OK;
}

/* Objects have their classes in the order of their coming: sorts them by name. */
static void sort_classes(csv *c) {
    rn_dataset *d = c->builder.dataset;
    size_t n = c->classes.count;
    char **before = rn_vec_zeros(n, sizeof *before);
    if (n) memcpy(before, c->classes.name, n * sizeof *before);
    rn_name_set_sort(&c->classes);
    for (size_t k = 0; k < d->num_objects; k++)
        d->object[k].label = (int)rn_name_set_find(&c->classes, before[d->object[k].label]);
    for (size_t k = 0; k < n; k++)
        rn_builder_category(&c->builder, (int64_t)k + 1, c->classes.name[k]);
    free(before);
}

rn_status rn_csv_load(rn_dataset *dataset, const rn_dataset_request *request, rn_err *err) {
    char *text;
    size_t size;
    csv c = {.builder = rn_builder_begin(dataset, RN_FORMAT_CSV),
             .path = request->data,
             .images = request->images};
    if (request->split)
        return rn_fail(err, "%s: expected no split with a single file, got \"%s\"", request->data,
                       request->split);
    if (rn_file_read(&text, &size, request->data, LARGEST_FILE, err) != RN_OK) return RN_ERROR;
    c.file = rn_builder_file(&c.builder, request->data);
    rn_status status = read_rows(&c, text, size, err);
    if (status == RN_OK) sort_classes(&c);
    rn_builder_end(&c.builder);
    rn_names_free(&c.pictures);
    rn_name_set_free(&c.classes);
    free(c.folder);
    free(c.copy);
    free(text);
    return status;
}

bool rn_csv_is(const char *data) {
    return !rn_file_is_folder(data) &&
           (rn_text_ends_with(data, ".csv") || rn_text_ends_with(data, ".txt"));
}

const char *rn_csv_find_split(const char *data, const char *role) {
    (void)data;
    (void)role;
    return NULL;
}
