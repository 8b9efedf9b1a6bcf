/* draw.h: boxes, labels and contact sheets on 8-bit pictures. Whatever lies outside the picture is
 * cut off; a box that is not finite is not drawn. */
#ifndef RN_DATA_DRAW_H
#define RN_DATA_DRAW_H

#include "data/image.h"
#include "detect/box.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct rn_colour {
    uint8_t r, g, b;
} rn_colour;

typedef struct rn_pen {
    rn_colour colour;
    int width;   /**< pixels, at least 1 */
    bool dashed; /**< as ground truth is drawn */
} rn_pen;

/** A colour for class `label` >= 0; those of neighbouring classes are far apart. */
rn_colour rn_draw_colour(int label);

/** Width of lines and size of letters that suit the picture: 1 up to 600 pixels of its shorter
 * side, then growing with it. */
int rn_draw_scale(const rn_image *image);

/** The outline of a box, along its edges, with a dark rim that sets it off from any ground. */
void rn_draw_box(rn_image *image, rn_box box, rn_pen pen);

/** Writes from (x, y), the left upper corner of the first letter; each of its pixels becomes
 * scale x scale. Bytes that are not printable ASCII appear as '?'. */
void rn_draw_text(rn_image *image, int x, int y, const char *text, int scale, rn_colour ink);

/** A filled label on top of the box's left upper corner, moved as far as needed to lie within the
 * picture; black or white letters, whichever reads better. */
void rn_draw_label(rn_image *image, rn_box box, const char *text, int scale, rn_colour colour);

/** Outline in the colour of the class and label "NAME SCORE", at rn_draw_scale. */
void rn_draw_detection(rn_image *image, const rn_detection *detection, const char *name);

/** Dashed outline in the colour of the class, at rn_draw_scale. */
void rn_draw_truth(rn_image *image, rn_box box, int label);

/** Lays pictures out in rows of `columns`, in cells as large as the largest, `gap` pixels between
 * and around them, on `ground`. The caller frees the sheet. */
rn_image rn_draw_sheet(const rn_image *images, int count, int columns, int gap, rn_colour ground);

#endif
