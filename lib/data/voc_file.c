#include "data/voc_file.h"
#include "base/file.h"
#include "base/real.h"
#include "base/text.h"
#include "base/vec.h"
#include "data/builder.h"

#include <expat.h>
#include <stdlib.h>
#include <string.h>

static const size_t LARGEST_FILE = (size_t)64 << 20;
enum { PATH = 200, TEXT = 1000 };

/* The values that are read, by the path of their element. Of an object from NAME on; the first
 * OPTIONAL of them need not be there. */
enum { FILE_NAME, WIDTH, HEIGHT, DIFFICULT, NAME, XMIN, YMIN, XMAX, YMAX, FIELDS };
static const char OBJECT[] = "/annotation/object";
static const char *const fields[FIELDS] = {
    [FILE_NAME] = "/annotation/filename",      [WIDTH] = "/annotation/size/width",
    [HEIGHT] = "/annotation/size/height",      [DIFFICULT] = "/annotation/object/difficult",
    [NAME] = "/annotation/object/name",        [XMIN] = "/annotation/object/bndbox/xmin",
    [YMIN] = "/annotation/object/bndbox/ymin", [XMAX] = "/annotation/object/bndbox/xmax",
    [YMAX] = "/annotation/object/bndbox/ymax",
};

typedef struct parser {
    XML_Parser xml;
    const char *file;
    rn_err *err;
    bool failed;
    rn_voc_file *out;
    char path[PATH];   /* of the open element: "/annotation/object/name" */
    char text[TEXT];   /* since the last tag */
    size_t used;       /* TEXT when it was too long to keep */
    bool seen[FIELDS]; /* since the file, or the object, began */
} parser;

/* Stops at the line that is being read. `got` is cut to fit. */
static void stop(parser *p, const char *expected, const char *got) {
    if (p->failed) return;
    p->failed = true;
    rn_fail(p->err, "%s:%lu: %s: expected %s, got \"%.60s\"", p->file,
            (unsigned long)XML_GetCurrentLineNumber(p->xml), p->path, expected, got);
    XML_StopParser(p->xml, XML_FALSE);
}

static rn_voc_object *last_object(const parser *p) { return &p->out->object[p->out->count - 1]; }

static void begin_object(parser *p) {
    rn_voc_file *out = p->out;
    out->object = rn_vec_reserve(out->object, out->count + 1, &out->capacity, sizeof *out->object);
    out->object[out->count++] = (rn_voc_object){.line = (long)XML_GetCurrentLineNumber(p->xml)};
    memset(p->seen + DIFFICULT, 0, (FIELDS - DIFFICULT) * sizeof *p->seen);
}

static void begin_element(void *context, const char *name, const char **attributes) {
    parser *p = context;
    size_t n = strlen(p->path), m = strlen(name);
    (void)attributes;
    if (p->failed) return;
    if (n + m + 2 > PATH) {
        stop(p, "fewer elements within each other", name);
        return;
    }
    p->path[n] = '/';
    memcpy(p->path + n + 1, name, m + 1);
    p->used = 0;
    if (n == 0 && strcmp(name, "annotation") != 0)
        stop(p, "the element <annotation>", name);
    else if (strcmp(p->path, OBJECT) == 0)
        begin_object(p);
}

static void add_text(void *context, const char *text, int size) {
    parser *p = context;
    if (p->used + (size_t)size >= TEXT) {
        p->used = TEXT;
        return;
    }
    memcpy(p->text + p->used, text, (size_t)size);
    p->used += (size_t)size;
}

static void read_side(parser *p, int *side, const char *text) {
    int64_t value = 0;
    if (!rn_text_to_int(&value, text, 0, RN_IMAGE_SIDE_MOST))
        stop(p, "a number of pixels up to 65500", text);
    *side = (int)value;
}

static void read_corner(parser *p, double *corner, const char *text) {
    if (!rn_text_to_double(corner, text) || fabs(*corner) > RN_COORDINATE_MOST)
        stop(p, "a number up to 1e9", text);
}

static void read_flag(parser *p, bool *flag, const char *text) {
    int64_t value = 0;
    if (!rn_text_to_int(&value, text, 0, 1)) stop(p, "0 or 1", text);
    *flag = value == 1;
}

static void read_field(parser *p, int field, const char *text) {
    switch (field) {
    case FILE_NAME: p->out->file_name = rn_vec_text(text); break;
    case WIDTH: read_side(p, &p->out->width, text); break;
    case HEIGHT: read_side(p, &p->out->height, text); break;
    case DIFFICULT: read_flag(p, &last_object(p)->difficult, text); break;
    case NAME:
        if (!*text) stop(p, "the name of a class", text);
        last_object(p)->name = rn_vec_text(text);
        break;
    default: read_corner(p, &last_object(p)->corner[field - XMIN], text); break;
    }
}

static void end_object(parser *p) {
    for (int i = NAME; i < FIELDS; i++)
        if (!p->seen[i]) stop(p, fields[i], "nothing");
}

static void end_element(void *context, const char *name) {
    parser *p = context;
    (void)name;
    if (p->failed) return;
    p->text[p->used < TEXT ? p->used : TEXT - 1] = '\0';
    for (int i = 0; i < FIELDS; i++) {
        if (strcmp(p->path, fields[i]) != 0) continue;
        if (p->seen[i])
            stop(p, "one value", "a second");
        else if (p->used == TEXT)
            stop(p, "a shorter text", p->text);
        else
            read_field(p, i, rn_text_trim(p->text));
        p->seen[i] = true;
    }
    if (strcmp(p->path, OBJECT) == 0) end_object(p);
    *strrchr(p->path, '/') = '\0';
    p->used = 0;
}

/* No VOC file has one, and what it could define (entities) can be made to explode. */
static void refuse_doctype(void *context, const char *name, const char *system, const char *public,
                           int internal) {
    (void)system;
    (void)public;
    (void)internal;
    stop(context, "no DOCTYPE", name);
}

static rn_status parse(parser *p, const char *text, size_t size) {
    XML_SetUserData(p->xml, p);
    XML_SetElementHandler(p->xml, begin_element, end_element);
    XML_SetCharacterDataHandler(p->xml, add_text);
    XML_SetStartDoctypeDeclHandler(p->xml, refuse_doctype);
    enum XML_Status status = XML_Parse(p->xml, text, (int)size, XML_TRUE);
    if (p->failed) return RN_ERROR;
    if (status == XML_STATUS_OK) return RN_OK;
    return rn_fail(p->err, "%s:%lu:%lu: expected well-formed XML, got: %s", p->file,
                   (unsigned long)XML_GetCurrentLineNumber(p->xml),
                   (unsigned long)XML_GetCurrentColumnNumber(p->xml) + 1,
                   XML_ErrorString(XML_GetErrorCode(p->xml)));
}

rn_status rn_voc_file_read(rn_voc_file *file, const char *path, rn_err *err) {
    char *text;
    size_t size;
    *file = (rn_voc_file){0};
    if (rn_file_read(&text, &size, path, LARGEST_FILE, err) != RN_OK) return RN_ERROR;
    parser p = {.xml = XML_ParserCreate(NULL), .file = path, .err = err, .out = file};
    rn_status status = p.xml ? parse(&p, text, size) : rn_fail(err, "%s: out of memory", path);
    XML_ParserFree(p.xml);
    free(text);
    if (status != RN_OK) rn_voc_file_free(file);
    return status;
}

void rn_voc_file_free(rn_voc_file *file) {
    for (size_t k = 0; k < file->count; k++) free(file->object[k].name);
    free(file->object);
    free(file->file_name);
    *file = (rn_voc_file){0};
}
