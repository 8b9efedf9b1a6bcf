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

enum { RN_LEVELS_MOST = 8, RN_SCALES_MOST = 8, RN_RATIOS_MOST = 16 };

/** One spec for everything that depends on anchors. */
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

/** scales times ratios. */
int rn_anchor_per_cell(const rn_anchor_spec *spec);

/** Anchors of all levels. grid: (levels). */
size_t rn_anchor_count(const rn_anchor_spec *spec, const rn_grid *grid);

/** out: (rn_anchor_count). image_h, image_w: the padded image the network sees, in pixels. */
void rn_anchor_generate(rn_box *out, const rn_anchor_spec *spec, const rn_grid *grid, int image_h,
                        int image_w);

#endif
