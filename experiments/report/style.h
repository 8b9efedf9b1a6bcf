/* style.h: what the report's HTML looks like. */
#ifndef RN_REPORT_STYLE_H
#define RN_REPORT_STYLE_H

/** CSS without '<' and '&', as it stands inside of XML. */
extern const char style[];

#endif
