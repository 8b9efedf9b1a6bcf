#include "report/svg.h"
#include "base/text.h"
#include "base/vec.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct output {
    char *bytes;
    size_t used, capacity;
} output;

static void put(output *o, const char *bytes, size_t size) {
    o->bytes = rn_vec_reserve(o->bytes, o->used + size + 1, &o->capacity, 1);
    memcpy(o->bytes + o->used, bytes, size);
    o->used += size;
    o->bytes[o->used] = '\0';
}

static void put_text(output *o, const char *text) { put(o, text, strlen(text)); }

/* Text as the content of an element. */
static void put_escaped(output *o, const char *text) {
    for (; *text; text++) {
        if (*text == '<')
            put_text(o, "&lt;");
        else if (*text == '&')
            put_text(o, "&amp;");
        else
            put(o, (unsigned char)*text < ' ' ? " " : text, 1);
    }
}

/* FNV-1a of 64 bits. */
static uint64_t hash_of(const char *begin, const char *end) {
    uint64_t hash = 14695981039346656037u;
    for (; begin < end; begin++) hash = (hash ^ (unsigned char)*begin) * 1099511628211u;
    return hash;
}

static bool starts_with(const char *text, const char *beginning) {
    return strncmp(text, beginning, strlen(beginning)) == 0;
}

/* What stands before a name that has to be unique in a page, in gnuplot's writing. */
static size_t before_a_name(const char *text) {
    static const char *const place[] = {" id=\"", " id='", "href=\"#", "href='#", "url(#"};
    for (size_t i = 0; i < sizeof place / sizeof *place; i++)
        if (starts_with(text, place[i])) return strlen(place[i]);
    return 0;
}

/* The end of the element that begins here if it is <name>...</name>, or NULL. */
static const char *end_of(const char *text, const char *opening, const char *closing) {
    const char *end = starts_with(text, opening) ? strstr(text, closing) : NULL;
    return end ? end + strlen(closing) : NULL;
}

/* Everything behind "<svg": names with their prefix, no title, no description. Names are looked for
 * in tags alone: a label may well say url(#x). */
static void put_body(output *o, const char *from, const char *end, const char *prefix) {
    bool in_tag = true;
    while (from < end) {
        const char *behind = end_of(from, "<title>", "</title>\n");
        if (!behind) behind = end_of(from, "<desc>", "</desc>\n");
        if (behind) {
            from = behind;
            continue;
        }
        if (*from == '<') in_tag = true;
        if (*from == '>') in_tag = false;
        size_t size = in_tag ? before_a_name(from) : 0;
        put(o, from, size ? size : 1);
        if (size) put_text(o, prefix);
        from += size ? size : 1;
    }
}

char *rn_svg_tidy(const char *svg, const char *title) {
    const char *begin = strstr(svg, "<svg"), *tag_end = begin ? strchr(begin, '>') : NULL,
               *end = NULL;
    for (const char *c = tag_end; c && (c = strstr(c, "</svg>")); c++) end = c;
    if (!end) return NULL;
    output o = {0};
    char prefix[24];
    snprintf(prefix, sizeof prefix, "f%08" PRIx32 "-",
             (uint32_t)(hash_of(begin, end) ^ hash_of(begin, end) >> 32));
    put_text(&o, "<svg role=\"img\"");
    put_body(&o, begin + 4, tag_end, prefix);
    put_text(&o, ">\n<title>");
    put_escaped(&o, title);
    put_text(&o, "</title>\n");
    put_body(&o, tag_end + 1, end, prefix);
    put_text(&o, "</svg>\n");
    return o.bytes;
}
