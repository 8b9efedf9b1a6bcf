/* font.h: letters for drawing on pictures: printable ASCII, 5 x 7 pixels and two rows below the
 * base line, in cells of 6 x 10. */
#ifndef RN_DATA_FONT_H
#define RN_DATA_FONT_H

#include <stdint.h>

enum {
    RN_FONT_COLUMNS = 5, /**< of ink */
    RN_FONT_ROWS = 9,
    RN_FONT_WIDTH = 6, /**< of a cell, from letter to letter */
    RN_FONT_HEIGHT = 10
};

/** The rows of a letter from top to bottom; bit 4 is the leftmost column. Other bytes look like
 * '?'. Static. */
const uint8_t *rn_font_rows(char letter);

#endif
