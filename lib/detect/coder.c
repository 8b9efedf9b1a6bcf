#include "detect/coder.h"

/* A box as centre and sides. */
typedef struct rn_centred {
    double x, y, w, h;
} rn_centred;

static rn_centred centred(rn_box box, double plus_one) {
    double w = (double)box.x2 - (double)box.x1 + plus_one;
    double h = (double)box.y2 - (double)box.y1 + plus_one;
    return (rn_centred){(double)box.x1 + w / 2, (double)box.y1 + h / 2, w, h};
}

static double side(double x) {
    const double least = 1e-6;
    return x < least ? least : x;
}

void rn_coder_encode(rn_float code[4], const rn_coder *coder, rn_box box, rn_box anchor) {
    rn_centred b = centred(box, coder->plus_one), a = centred(anchor, coder->plus_one);
    double wa = side(a.w), ha = side(a.h);
    const double t[4] = {(b.x - a.x) / wa, (b.y - a.y) / ha, log(side(b.w) / wa),
                         log(side(b.h) / ha)};
    for (int i = 0; i < 4; i++) code[i] = (rn_float)((t[i] - coder->mean[i]) / coder->std[i]);
}

rn_box rn_coder_decode(const rn_coder *coder, const rn_float code[4], rn_box anchor) {
    rn_centred a = centred(anchor, coder->plus_one);
    double t[4];
    for (int i = 0; i < 4; i++) t[i] = (double)code[i] * coder->std[i] + coder->mean[i];
    for (int i = 2; i < 4; i++) t[i] = t[i] > coder->log_most ? coder->log_most : t[i];
    double x = t[0] * a.w + a.x, y = t[1] * a.h + a.y;
    double w = exp(t[2]) * a.w, h = exp(t[3]) * a.h;
    double x1 = x - w / 2, y1 = y - h / 2;
    return (rn_box){(float)x1, (float)y1, (float)(x1 + w - coder->plus_one),
                    (float)(y1 + h - coder->plus_one)};
}
