/* canvas.h: a square picture of real numbers, and what the procedural scenes paint on it.
 *
 * Lengths and places are in units; a unit is `scale` pixels wide, so that the same scene can be
 * painted at several resolutions. Colours are RGB, nominally in [0, 1]. Everything is computed in
 * double precision whatever rn_float is: the 8-bit picture does not depend on the build. */
#ifndef RN_DATA_CANVAS_H
#define RN_DATA_CANVAS_H

#include "base/rng.h"
#include "data/shape.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct rn_canvas {
    int side, scale; /**< in units; pixels a unit */
    double *rgb;     /**< (side * scale, side * scale, 3); owned */
} rn_canvas;

/** A place where paint goes: a shape under an affine map, perhaps cut. */
typedef struct rn_figure {
    rn_shape shape;
    double x, y;             /**< centre */
    double map[4];           /**< u = map[0] dx + map[1] dy, v = map[2] dx + map[3] dy */
    double reach_x, reach_y; /**< half the size of its bounding box */
    double cut[3];           /**< keeps u cut[0] + v cut[1] < cut[2] */
    bool soft;               /**< fades out towards the rim of the disk as (1 - u^2 - v^2)^2 */
} rn_figure;

typedef enum rn_texture { RN_TEXTURE_PLAIN, RN_TEXTURE_STRIPES, RN_TEXTURE_CHECKER } rn_texture;

typedef struct rn_fill {
    rn_texture texture;
    double colour[2][3];
    double along[3], across[3]; /**< the field (x, y) lies in: floor(x a[0] + y a[1] + a[2]) */
} rn_fill;

/** The caller frees it. */
rn_canvas rn_canvas_new(int side, int scale);
void rn_canvas_free(rn_canvas *canvas);

/** The whole shape over the box x1 y1 x2 y2. */
rn_figure rn_figure_in_box(rn_shape shape, double x1, double y1, double x2, double y2);

/** A straight stroke around (x, y); `angle` in radians. */
rn_figure rn_figure_stroke(double x, double y, double length, double width, double angle);

/** A constant colour plus four layers of bilinear noise, coarse to fine. */
void rn_canvas_paint_background(rn_canvas *canvas, rn_rng *rng);

/** Mean colour below the figure's bounding box, as far as it lies on the canvas. */
void rn_canvas_mean(double mean[3], const rn_canvas *canvas, const rn_figure *figure);

/** Lays the figure over what is there; coverage from 2 x 2 points a pixel. */
void rn_canvas_paint(rn_canvas *canvas, const rn_figure *figure, const rn_fill *fill);

/** Rounds to 8 bits after adding noise of standard deviation `sigma` to every value: the sum of
 * four uniform bytes, nearly normal (it ends at 3.45 sigma). rgb as rn_image has it. */
void rn_canvas_finish(uint8_t *rgb, const rn_canvas *canvas, double sigma, rn_rng *rng);

#endif
