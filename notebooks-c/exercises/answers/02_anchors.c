/* Answers to the exercises of notebook 2. */
#include <math.h>

/* (n + t - 1) / t is n / t, rounded up. */
int anchors_of(int height, int width, int levels, int per_cell) {
    int cells = 0;
    for (int t = 8; levels-- > 0; t *= 2)
        cells += (height + t - 1) / t * ((width + t - 1) / t);
    return cells * per_cell;
}

/* With q = (a - 1/2)^2 shared, q = 2 a^2 IoU / (1 + IoU), and so
 * a - 1/2 = a sqrt(2 IoU / (1 + IoU)). */
double strides_needed(double iou) {
    return .5 / (1 - sqrt(2 * iou / (1 + iou)));
}

typedef struct place {
    int level, row, column, ratio, scale;
} place;

/* Whole levels first; what is left is a number with mixed digits: row, column,
 * ratio, scale, the last of them changing fastest. */
place anchor_at(int index, int side) {
    int level = 3, cells = side / 8;
    while (index >= 9 * cells * cells) {
        index -= 9 * cells * cells;
        cells /= 2;
        level++;
    }
    return (place){level, index / 9 / cells, index / 9 % cells, index / 3 % 3,
                   index % 3};
}
