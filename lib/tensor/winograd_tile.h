/* winograd_tile.h: which pixels belong to a tile of winograd.c, and which tiles can be left out
 * (private to lib/tensor).
 *
 * The tiles of all maps are one list: map by map, image by image, row by row. */
#ifndef RN_TENSOR_WINOGRAD_TILE_H
#define RN_TENSOR_WINOGRAD_TILE_H

#include "tensor/conv2d.h"
#include "tensor/winograd_kernel.h"

typedef struct rn_tile {
    const rn_conv_map *map; /**< NULL: marked, to be left out */
    int n, y, x;            /**< image, first output pixel */
} rn_tile;

/** Pixels of one image that belong to a tile: size x size of them, from `before` pixels above and
 * left of the place on that is `scale` times the tile's. */
typedef struct rn_patch {
    int scale, before, size;
} rn_patch;

/** Tiles of side x side output pixels. */
size_t rn_tiles_count(const rn_conv_map *map, size_t maps, int side);
void rn_tiles_list(rn_tile *list, const rn_conv_map *map, size_t maps, int side);

/** Will nobody read the outputs in that patch? */
bool rn_tile_is_unwanted(const rn_tile *at, rn_patch of);

/** Marks the tiles in whose patch `seen` of dsum there is no gradient. zeroed: NULL, or the patch
 * of dx where zeros are then stored, if something is to be. On all threads. */
void rn_tiles_mark(rn_tile *list, size_t count, rn_patch seen, const rn_patch *zeroed);

/** Moves the tiles that are not marked together, and returns how many they are. */
size_t rn_tiles_drop(rn_tile *list, size_t count);

/** The images of a batch. */
typedef struct rn_tile_images {
    rn_float *value;
    int h, w;
    size_t c;
} rn_tile_images;

/** Those of x or its gradient. */
static inline rn_tile_images rn_tile_images_x(const rn_conv_dims *d, const rn_float *value) {
    return (rn_tile_images){(rn_float *)value, d->h, d->w, (size_t)d->c};
}

/** Those of y or its gradient; sides as rn_conv_out_h says, without a division. */
static inline rn_tile_images rn_tile_images_y(const rn_conv_dims *d, const rn_float *value) {
    const bool by_two = d->stride == 2;
    return (rn_tile_images){(rn_float *)value, by_two ? (d->h + 1) / 2 : d->h,
                            by_two ? (d->w + 1) / 2 : d->w, (size_t)d->k};
}

/** Addresses of size x size pixels of an image, of which some lie over the edge. */
void rn_tile_pixels_each(rn_float **each, rn_float *image, rn_tile_images in, int top, int left,
                         int size, const rn_float *outside);

/** The pixels of a tile's patch; `outside` for those over the edge. each: room for their addresses,
 * in case some are. */
static inline rn_pixels rn_tile_pixels(rn_float **each, const rn_tile *at, rn_tile_images in,
                                       rn_patch of, const rn_float *outside) {
    const int top = at->y * of.scale - of.before, left = at->x * of.scale - of.before;
    const size_t row = (size_t)in.w * in.c;
    rn_float *image = in.value + (size_t)at->n * (size_t)in.h * row;
    if (top >= 0 && left >= 0 && top + of.size <= in.h && left + of.size <= in.w)
        return (rn_pixels){NULL, image + (size_t)top * row + (size_t)left * in.c, row, in.c};
    rn_tile_pixels_each(each, image, in, top, left, of.size, outside);
    return (rn_pixels){.each = each};
}

#endif
