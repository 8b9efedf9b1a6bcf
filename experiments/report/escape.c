#include "escape.h"
#include "base/vec.h"

#include <stdbool.h>
#include <string.h>

void text_put_bytes(page_text_buffer *out, const char *bytes, size_t size) {
    out->bytes = rn_vec_reserve(out->bytes, out->size + size + 1, &out->capacity, 1);
    if (size) memcpy(out->bytes + out->size, bytes, size);
    out->size += size;
    out->bytes[out->size] = '\0';
}

void text_put(page_text_buffer *out, const char *text) { text_put_bytes(out, text, strlen(text)); }

/* Bytes of the UTF-8 character that begins here, 0 where there is none that XML allows (overlong
 * forms, surrogates, U+FFFE and U+FFFF, control characters). */
static size_t character(const char *text) {
    const unsigned char *c = (const unsigned char *)text;
    if (c[0] < 0x80) return c[0] >= ' ' && c[0] != 127;
    size_t size = c[0] >= 0xF0 ? 4 : c[0] >= 0xE0 ? 3 : 2;
    if (c[0] < 0xC2 || c[0] > 0xF4) return 0;
    for (size_t i = 1; i < size; i++)
        if ((c[i] & 0xC0) != 0x80) return 0;
    if ((c[0] == 0xC2 && c[1] < 0xA0) || (c[0] == 0xE0 && c[1] < 0xA0) ||
        (c[0] == 0xED && c[1] >= 0xA0) || (c[0] == 0xF0 && c[1] < 0x90) ||
        (c[0] == 0xF4 && c[1] >= 0x90))
        return 0;
    return c[0] == 0xEF && c[1] == 0xBF && c[2] >= 0xBE ? 0 : size;
}

/* What stands for a character of ASCII, or NULL where it stands for itself. */
static const char *html_escape(char c) {
    switch (c) {
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '&': return "&amp;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return NULL;
    }
}

void text_put_escaped(page_text_buffer *out, page_format format, const char *text) {
    static const char special[] = "\\`*_[]|~$#!";
    while (*text) {
        size_t size = character(text);
        const char *escape = html_escape(*text);
        if (format == PAGE_MARKDOWN && (*text == '"' || *text == '\'')) escape = NULL;
        if (size == 0)
            text_put(out, (unsigned char)*text < 0x80 ? " " : "\xEF\xBF\xBD");
        else if (escape)
            text_put(out, escape);
        else {
            if (format == PAGE_MARKDOWN && strchr(special, *text)) text_put(out, "\\");
            text_put_bytes(out, text, size);
        }
        text += size ? size : 1;
    }
}
