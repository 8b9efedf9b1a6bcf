#include "report/svg.h"
#include "base/real.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Parts of what gnuplot writes. */
#define BEFORE                                                                                     \
    "<?xml version=\"1.0\"?>\n<svg \n "                                                            \
    "width=\"7\"\n>\n\n<title>Gnuplot</title>\n<desc>5.4</desc>\n"
static const char plain[] =
    BEFORE "<g id=\"a\"><path id='b'/></g><use xlink:href='#b'/>"
           "<g fill='url(#b)' stroke-width='2'><text>url(#b) id='c'</text></g>\n</svg>\n\n";

static char *tidy(const char *svg, const char *title) {
    char *out = rn_svg_tidy(svg, title);
    cr_assert(out, "no picture in %s", svg);
    return out;
}

/* The text between the first `id="` and the name `a`. */
static char *prefix_of(const char *svg) {
    const char *from = strstr(svg, " id=\"") + 5, *to = strstr(from, "a\"");
    return strndup(from, (size_t)(to - from));
}

Test(svg, ids_and_what_refers_to_them_get_a_prefix) {
    char *out = tidy(plain, "t"), *prefix = prefix_of(out), expected[1000];
    snprintf(expected, sizeof expected,
             "<svg role=\"img\" \n width=\"7\"\n>\n<title>t</title>\n\n\n"
             "<g id=\"%sa\"><path id='%sb'/></g><use xlink:href='#%sb'/>"
             "<g fill='url(#%sb)' stroke-width='2'><text>url(#b) id='c'</text></g>\n</svg>\n",
             prefix, prefix, prefix, prefix);
    cr_expect(strlen(prefix) > 4 && prefix[0] > '9', "'%s': not the beginning of an id", prefix);
    cr_expect_str_eq(out, expected);
    free(prefix);
    free(out);
}

Test(svg, prefixes_are_of_the_picture) {
    char *first = tidy(plain, "t"), *again = tidy(plain, "t"),
         *other = tidy(BEFORE "<g id=\"a\"/>\n</svg>", "t");
    char *a = prefix_of(first), *b = prefix_of(other);
    cr_expect_str_eq(first, again);
    cr_expect_str_neq(a, b);
    free(a), free(b);
    free(first), free(again), free(other);
}

Test(svg, a_title_is_text) {
    char *out = tidy(plain, "p_t < .5 & \"x\"\n</title>");
    cr_expect(strstr(out, "<title>p_t &lt; .5 &amp; \"x\" &lt;/title></title>\n"), "%s", out);
    cr_expect_null(strstr(out, "Gnuplot"));
    free(out);
}

Test(svg, half_a_picture_is_none) {
    static const char *const texts[] = {"",           "<svg",       "<svg>",      "</svg>",
                                        "<svg </svg", "no picture", "</svg><svg>"};
    for (size_t i = 0; i < RN_COUNT(texts); i++)
        cr_expect_null(rn_svg_tidy(texts[i], "t"), "%s", texts[i]);
}
