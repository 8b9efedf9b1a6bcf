#include "picture.h"
#include "base/file.h"
#include "base/text.h"
#include "escape.h"

#include <expat.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PICTURE_MOST = 64 << 20, DEPTH_MOST = 200 };

typedef struct reader {
    page_text_buffer out, title;
    const char *prefix;
    bool in_title;
    int depth, left_out; /* elements open; of these, from the one that is left out */
    bool is_svg;
    XML_Parser parser;
} reader;

static void put_bytes(reader *r, const char *bytes, size_t size) {
    text_put_bytes(&r->out, bytes, size);
}

static void put(reader *r, const char *bytes) { put_bytes(r, bytes, strlen(bytes)); }

static void put_escaped(reader *r, const char *from, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if (from[i] == '<')
            put(r, "&lt;");
        else if (from[i] == '>')
            put(r, "&gt;");
        else if (from[i] == '&')
            put(r, "&amp;");
        else if (from[i] == '"')
            put(r, "&quot;");
        else
            put_bytes(r, &from[i], 1);
    }
}

/* The text with the prefix behind every "url(#". */
static void put_references(reader *r, const char *value) {
    for (const char *found; (found = strstr(value, "url(#")); value = found + 5) {
        put_escaped(r, value, (size_t)(found + 5 - value));
        put(r, r->prefix);
    }
    put_escaped(r, value, strlen(value));
}

/* Elements that act, load, or change what is outside of the picture. */
static bool is_unwanted(const char *name) {
    static const char *const unwanted[] = {"script", "style",  "foreignObject", "image",
                                           "iframe", "object", "embed",         "link",
                                           "set",    "audio",  "video",         "animate"};
    for (size_t i = 0; i < sizeof unwanted / sizeof *unwanted; i++)
        if (rn_text_same(name, unwanted[i])) return true;
    return strchr(name, ':') != NULL; /* of another vocabulary */
}

static bool is_link(const char *name) {
    return rn_text_same(name, "href") || rn_text_same(name, "xlink:href");
}

static bool is_kept(const char *name, const char *value) {
    if (is_link(name)) return *value == '#';
    if (strstr(value, "url(") && !strstr(value, "url(#")) return false;
    if (strchr(name, ':'))
        return rn_text_same(name, "xmlns:xlink") || rn_text_same(name, "xml:space") ||
               rn_text_same(name, "xlink:title");
    return strncmp(name, "on", 2) != 0;
}

static void put_attribute(reader *r, const char *name, const char *value) {
    put(r, " ");
    put(r, name);
    put(r, "=\"");
    if (rn_text_same(name, "id")) {
        put(r, r->prefix);
        put_escaped(r, value, strlen(value));
    } else if (is_link(name)) {
        put(r, "#");
        put(r, r->prefix);
        put_escaped(r, value + 1, strlen(value + 1));
    } else {
        put_references(r, value);
    }
    put(r, "\"");
}

static void XMLCALL on_start(void *user, const char *name, const char **attribute) {
    reader *r = user;
    if (r->depth == 0) r->is_svg = rn_text_same(name, "svg");
    if (++r->depth > DEPTH_MOST) XML_StopParser(r->parser, XML_FALSE);
    if (r->left_out || is_unwanted(name)) {
        r->left_out++;
        return;
    }
    if (r->depth == 2 && rn_text_same(name, "title")) r->in_title = true;
    put(r, "<");
    put(r, name);
    for (; *attribute; attribute += 2)
        if (is_kept(attribute[0], attribute[1])) put_attribute(r, attribute[0], attribute[1]);
    put(r, ">");
}

static void XMLCALL on_end(void *user, const char *name) {
    reader *r = user;
    r->depth--;
    if (r->left_out) {
        r->left_out--;
        return;
    }
    r->in_title = false;
    put(r, "</");
    put(r, name);
    put(r, ">");
}

static void XMLCALL on_text(void *user, const char *bytes, int size) {
    reader *r = user;
    if (!r->left_out) put_escaped(r, bytes, (size_t)size);
    if (r->in_title) text_put_bytes(&r->title, bytes, (size_t)size);
}

static rn_status parse(reader *r, const char *bytes, size_t size, const char *path, rn_err *err) {
    if (XML_Parse(r->parser, bytes, (int)size, XML_TRUE) == XML_STATUS_OK && r->is_svg)
        return RN_OK;
    enum XML_Error error = XML_GetErrorCode(r->parser);
    if (error == XML_ERROR_NONE) return rn_fail(err, "%s: expected an SVG picture", path);
    return rn_fail(err, "%s:%lu:%lu: expected an SVG picture, got: %s", path,
                   (unsigned long)XML_GetCurrentLineNumber(r->parser),
                   (unsigned long)XML_GetCurrentColumnNumber(r->parser) + 1,
                   error == XML_ERROR_ABORTED ? "elements too deep" : XML_ErrorString(error));
}

rn_status picture_load(picture *p, const char *path, const char *prefix, rn_err *err) {
    char *bytes;
    size_t size;
    *p = (picture){NULL, NULL};
    if (rn_file_read(&bytes, &size, path, PICTURE_MOST, err) != RN_OK) return RN_ERROR;
    reader r = {.prefix = prefix, .parser = XML_ParserCreate(NULL)};
    rn_status status = RN_ERROR;
    if (!r.parser) {
        rn_fail(err, "%s: no memory for an XML parser", path);
    } else {
        XML_SetUserData(r.parser, &r);
        XML_SetElementHandler(r.parser, on_start, on_end);
        XML_SetCharacterDataHandler(r.parser, on_text);
        status = parse(&r, bytes, size, path, err);
        XML_ParserFree(r.parser);
    }
    free(bytes);
    text_put_bytes(&r.title, "", 0);
    *p = (picture){r.out.bytes, r.title.bytes};
    if (status != RN_OK) picture_free(p);
    return status;
}

void picture_free(picture *p) {
    free(p->svg);
    free(p->title);
    *p = (picture){NULL, NULL};
}
