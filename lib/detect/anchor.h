/* anchor.h: the boxes that a detector starts from (sec. 4, "Anchors").
 *
 * On each cell of each pyramid level sit scales x ratios anchors. Order everywhere: level, row y,
 * column x, ratio, scale (torchvision's). A head with this many channels per cell is thus already
 * in anchor order. */
#ifndef RN_DETECT_ANCHOR_H
#define RN_DETECT_ANCHOR_H

#include "detect/box.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    RN_LEVELS_MOST = 8,
    RN_SCALES_MOST = 64,
    RN_RATIOS_MOST = 16,
    RN_SHAPES_MOST = RN_SCALES_MOST * RN_RATIOS_MOST
};

/** One spec for everything that depends on anchors. Functions that take one abort (RN_CHECK) unless
 * its counts are in 1 .. RN_..._MOST and its numbers positive and finite. */
typedef struct rn_anchor_spec {
    int levels;
    double stride[RN_LEVELS_MOST]; /**< pixels a cell */
    double size[RN_LEVELS_MOST];   /**< side of the square anchor of scale 1 */
    int num_scales, num_ratios;
    double scale[RN_SCALES_MOST]; /**< multiplies size: 1, 2^(1/3), 2^(2/3) */
    double ratio[RN_RATIOS_MOST]; /**< height / width at equal area */
    double offset;                /**< centre of cell 0 in strides: .5, or 0 (torchvision) */
    bool whole_sizes;             /**< size * scale truncated to an integer, corners rounded to even
                                       (torchvision) */
    bool stride_from_grid; /**< stride = floor(image side / cells of the level) (torchvision) */
} rn_anchor_spec;

/** Cells of one level. */
typedef struct rn_grid {
    int h, w;
} rn_grid;

/** The anchors of one level on one grid: the same shapes around the centre of each cell. */
typedef struct rn_anchor_level {
    rn_grid grid;
    double stride_y, stride_x;                             /**< pixels a cell */
    double offset;                                         /**< as in the spec */
    int shapes;                                            /**< rn_anchor_per_cell */
    double half_h[RN_SHAPES_MOST], half_w[RN_SHAPES_MOST]; /**< half the sides; ratio, then scale */
} rn_anchor_level;

/** Pyramid levels first_level, first_level + 1, ... of stride 2^level, with anchors of side
 * base * stride (the paper: 5 levels from 3, base 4, hence 32 to 512 pixels). An octave is cut into
 * `scales` parts, 2^(i / scales); `ratios` aspect ratios lie a factor of 2 apart and symmetric
 * about 1: 1; 2^-.5 2^.5; .5 1 2; ... Cells are centred (offset .5), sizes exact. */
rn_anchor_spec rn_anchor_spec_octave(int levels, int first_level, double base, int scales,
                                     int ratios);

/** scales times ratios. */
int rn_anchor_per_cell(const rn_anchor_spec *spec);

/** Cells that cover the image: ceil(side / stride), as convolutions of stride 2 with "same" padding
 * give them. grid: (levels). */
void rn_anchor_grid(rn_grid *grid, const rn_anchor_spec *spec, int image_h, int image_w);

/** Anchors of all levels. grid: (levels). */
size_t rn_anchor_count(const rn_anchor_spec *spec, const rn_grid *grid);

/** out: (rn_anchor_count). image_h, image_w: the padded image the network sees, in pixels. */
void rn_anchor_generate(rn_box *out, const rn_anchor_spec *spec, const rn_grid *grid, int image_h,
                        int image_w);

/** One level on its grid, for a look at single anchors. */
rn_anchor_level rn_anchor_level_of(const rn_anchor_spec *spec, int level, rn_grid grid, int image_h,
                                   int image_w);

/** The anchor of one cell and shape, the same bits as rn_anchor_generate gives. */
rn_box rn_anchor_at(const rn_anchor_level *level, int y, int x, int shape);

#endif
