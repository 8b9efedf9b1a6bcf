#include "data/shape.h"
#include "base/check.h"
#include "base/real.h"

const char *rn_shape_name(rn_shape shape) {
    static const char *const name[RN_SHAPES] = {"disk",  "box",   "triangle", "plus",   "diamond",
                                                "wedge", "cross", "frame",    "corner", "crescent"};
    RN_CHECK(shape < RN_SHAPES, "shape %d", (int)shape);
    return name[shape];
}

/* Half the unit disk (u' from -1 to 0, stretched to the whole square) outside the circle around
 * (1, 0) that meets it at its tips: u'^2 + v^2 < 1 and (u' - 1)^2 + v^2 > 2. */
static bool crescent_contains(double u, double v) {
    double half = (u - 1.0) / 2.0, square = half * half + v * v;
    return square < 1.0 && square - 2.0 * half > 1.0;
}

bool rn_shape_contains(rn_shape shape, double u, double v) {
    const double bar = .36, rim = .56, diagonal = .4; /* half widths; rim is that of the hole */
    double au = fabs(u), av = fabs(v);
    bool square = au < 1.0 && av < 1.0;
    switch (shape) {
    case RN_SHAPE_DISK: return u * u + v * v < 1.0;
    case RN_SHAPE_BOX: return square;
    case RN_SHAPE_TRIANGLE: return av < 1.0 && au < (1.0 + v) / 2.0;
    case RN_SHAPE_PLUS: return square && (au < bar || av < bar);
    case RN_SHAPE_DIAMOND: return au + av < 1.0;
    case RN_SHAPE_WEDGE: return av < 1.0 && au < (1.0 - v) / 2.0;
    case RN_SHAPE_CROSS: return square && fabs(au - av) < diagonal;
    case RN_SHAPE_FRAME: return square && (au > rim || av > rim);
    case RN_SHAPE_CORNER: return square && (u < -bar || v > bar);
    case RN_SHAPE_CRESCENT: return crescent_contains(u, v);
    case RN_SHAPES: break;
    }
    return false;
}
