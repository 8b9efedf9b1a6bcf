/* svg.h: gnuplot's SVG, made fit to stand with others in one HTML page. */
#ifndef RN_REPORT_SVG_H
#define RN_REPORT_SVG_H

/** The same picture, from "<svg" to "</svg>" and a newline; the caller frees. Every id, and every
 * reference to one, gets a prefix that is a hash of the picture: two pictures in a page do not
 * share ids, and the same picture has the same bytes. The title becomes `title`, which is what a
 * pointer shows and a screen reader says; the program that drew it is no longer named. NULL where
 * `svg` holds no whole picture. */
char *rn_svg_tidy(const char *svg, const char *title);

#endif
