#include "support/boxes.h"

#include <math.h>

rn_box rn_test_box(rn_rng *rng, double width, double height, double least, double most,
                   double unit) {
    double w = rn_rng_range(rng, least, most), h = rn_rng_range(rng, least, most);
    double x = rn_rng_range(rng, 0, width - w), y = rn_rng_range(rng, 0, height - h);
    return (rn_box){(float)(round(x / unit) * unit), (float)(round(y / unit) * unit),
                    (float)(round((x + w) / unit) * unit), (float)(round((y + h) / unit) * unit)};
}

double rn_test_iou(rn_box a, rn_box b, double plus_one) {
    double w = fmin(a.x2, b.x2) - fmax(a.x1, b.x1) + plus_one;
    double h = fmin(a.y2, b.y2) - fmax(a.y1, b.y1) + plus_one;
    double both = w > 0 && h > 0 ? w * h : 0;
    double area_a = ((double)a.x2 - a.x1 + plus_one) * ((double)a.y2 - a.y1 + plus_one);
    double area_b = ((double)b.x2 - b.x1 + plus_one) * ((double)b.y2 - b.y1 + plus_one);
    return both > 0 ? both / (area_a + area_b - both) : 0;
}
