/* paint.h: what the pictures of the procedural set are painted from (private to lib/data): figures
 * in colours that stand out from what lies below them, strokes, distractors. Whole scenes
 * (scene.h) and single crops (crops.h) are painted by the same functions, so that what is learnt
 * from the one is of use in the other. */
#ifndef RN_DATA_PAINT_H
#define RN_DATA_PAINT_H

#include "data/canvas.h"
#include "data/scenes.h"

/** Uniform on the span. */
double rn_paint_draw_span(rn_rng *rng, rn_span span);

/** A whole number from low to high, both included. */
int rn_paint_draw_count(rn_rng *rng, rn_span span);

/** A row of a table of probabilities; never one of probability 0, even where rounding leaves their
 * sum below 1. */
int rn_paint_draw_row(rn_rng *rng, const double *probability, int rows);

/** Width and height of a box, in whole units, as the set's size and aspect have it. */
void rn_paint_draw_size(int *width, int *height, const rn_scenes *scenes, rn_rng *rng);

/** A half-plane (rn_figure's `cut`) that takes away about half of the shape and leaves another
 * one. */
void rn_paint_draw_cut(double cut[3], rn_shape shape, rn_rng *rng);

/** Lays the figure over what is there, in colours and a texture of its own. */
void rn_paint_figure(rn_canvas *canvas, const rn_figure *figure, const rn_scenes *scenes,
                     rn_rng *rng);

/** A thin straight line of one colour around (x, y), 15 to 70 units long. */
void rn_paint_stroke_at(rn_canvas *canvas, double x, double y, const rn_scenes *scenes,
                        rn_rng *rng);

/** The same anywhere on a picture of the set. */
void rn_paint_stroke(rn_canvas *canvas, const rn_scenes *scenes, rn_rng *rng);

/** What is no object, anywhere on a picture of the set: a class that is cut, a shape that is no
 * class, a blot or a stroke. */
void rn_paint_distractor(rn_canvas *canvas, const rn_scenes *scenes, rn_rng *rng);

#endif
