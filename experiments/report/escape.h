/* escape.h: text that grows, and plain text as HTML or Markdown writes it. */
#ifndef RN_REPORT_ESCAPE_H
#define RN_REPORT_ESCAPE_H

#include "page.h"

void text_put_bytes(page_text_buffer *out, const char *bytes, size_t size);
void text_put(page_text_buffer *out, const char *text);

/** So that it reads as it is: what the format takes for markup is escaped, line breaks and other
 * control characters become spaces, bytes that are no UTF-8 become U+FFFD. */
void text_put_escaped(page_text_buffer *out, page_format format, const char *text);

#endif
