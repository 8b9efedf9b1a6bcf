/* Exercises of notebook 2. Fill in the functions, then: make check-exercises ONLY=02 */

/* 1. How many anchors has a picture of this size with `levels` levels of stride
 * 8, 16, 32, ... and `per_cell` anchors on each cell? */
int anchors_of(int height, int width, int levels, int per_cell) {
    (void)height, (void)width, (void)levels, (void)per_cell;
    return -1; /* TODO */
}

/* 2. How many strides must the side of a square anchor have, so that an object
 * of the same size has this IoU, between 0 and 1, in the worst place? */
double strides_needed(double iou) {
    (void)iou;
    return -1; /* TODO */
}

/* Level 3, 4 or 5; ratio and scale 0, 1 or 2. */
typedef struct place {
    int level, row, column, ratio, scale;
} place;

/* 3. The anchor with this index on a square picture, whose side is a multiple of
 * 32: three levels, nine anchors on each cell. */
place anchor_at(int index, int side) {
    (void)index, (void)side;
    return (place){-1, -1, -1, -1, -1}; /* TODO */
}
