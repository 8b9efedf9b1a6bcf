#include "tensor/winograd_tile.h"
#include "base/check.h"
#include "tensor/conv_method.h"

#include <string.h>

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

/* ---- the list -------------------------------------------------------------------------------- */

static size_t tiles_of(const rn_conv_dims *d, int side) {
    return (size_t)d->n * (size_t)((rn_conv_out_h(d) + side - 1) / side) *
           (size_t)((rn_conv_out_w(d) + side - 1) / side);
}

size_t rn_tiles_count(const rn_conv_map *map, size_t maps, int side) {
    size_t count = 0;
    for (size_t i = 0; i < maps; i++) count += tiles_of(&map[i].d, side);
    return count;
}

void rn_tiles_list(rn_tile *list, const rn_conv_map *map, size_t maps, int side) {
    for (const rn_conv_map *m = map; m < map + maps; m++)
        for (int n = 0; n < m->d.n; n++)
            for (int y = 0; y < rn_conv_out_h(&m->d); y += side)
                for (int x = 0; x < rn_conv_out_w(&m->d); x += side)
                    *list++ = (rn_tile){m, n, y, x};
}

/* ---- pixels ---------------------------------------------------------------------------------- */

static int limit(int value, int most) { return value < 0 ? 0 : value < most ? value : most; }

void rn_tile_pixels_each(rn_float **each, rn_float *image, rn_tile_images in, int top, int left,
                         int size, const rn_float *outside) {
    const int first = limit(-left, size), end = limit(in.w - left, size);
    for (int y = top; y < top + size; y++, each += size) {
        const bool inside = y >= 0 && y < in.h;
        rn_float *pixel =
            image + ((size_t)(inside ? y : 0) * (size_t)in.w + (size_t)(left + first)) * in.c;
        int j = 0;
        for (; j < (inside ? first : size); j++) each[j] = (rn_float *)outside;
        for (; j < end; j++, pixel += in.c) each[j] = pixel;
        for (; j < size; j++) each[j] = (rn_float *)outside;
    }
}

/* ---- tiles that can be left out --------------------------------------------------------------
 *
 * Forward those that nobody reads: boxes matter only where an object was found. Backward those
 * whose gradient is zero: only anchors with an object have a box loss (sec. 4.1), and a tower of a
 * few convolutions spreads their gradient over a few pixels more. What is left is summed as it
 * would be among the others, so that results are the same, bit by bit. They are marked by a map of
 * NULL. */

/* What of a tile's patch lies on the map. */
typedef struct window {
    size_t first, rows, columns; /* first: pixels before it, in the batch */
} window;

static window window_of(const rn_tile *at, rn_tile_images in, rn_patch of) {
    const int y = at->y * of.scale - of.before, x = at->x * of.scale - of.before;
    const int top = y > 0 ? y : 0, left = x > 0 ? x : 0;
    const int bottom = y + of.size < in.h ? y + of.size : in.h;
    const int right = x + of.size < in.w ? x + of.size : in.w;
    return (window){((size_t)at->n * (size_t)in.h + (size_t)top) * (size_t)in.w + (size_t)left,
                    (size_t)(bottom - top), (size_t)(right - left)};
}

/* NaN is not zero. */
static bool is_zero(const rn_float *value, size_t count) {
    enum { AT_ONCE = 16 };
    for (size_t first = 0, end; first < count; first = end) {
        int any = 0;
        end = smaller(first + AT_ONCE, count);
#pragma omp simd reduction(| : any)
        for (size_t i = first; i < end; i++) any |= value[i] != 0;
        if (any) return false;
    }
    return true;
}

/* Is the gradient zero, of all the pixels of a patch? */
static bool is_without_gradient(const rn_tile *at, rn_patch of) {
    const rn_tile_images dsum = rn_tile_images_y(&at->map->d, at->map->dsum);
    const window in = window_of(at, dsum, of);
    for (size_t i = 0; i < in.rows; i++)
        if (!is_zero(dsum.value + (in.first + i * (size_t)dsum.w) * dsum.c, in.columns * dsum.c))
            return false;
    return true;
}

bool rn_tile_is_unwanted(const rn_tile *at, rn_patch of) {
    if (!at->map->wanted) return false;
    const rn_tile_images y = rn_tile_images_y(&at->map->d, NULL);
    const window in = window_of(at, y, of);
    const uint8_t *wanted = at->map->wanted + in.first;
    for (size_t i = 0; i < in.rows; i++, wanted += y.w)
        for (size_t j = 0; j < in.columns; j++)
            if (wanted[j]) return false;
    return true;
}

/* Which rows of a tile's outputs row i of its 6 pixels has a part in, as bits; so with columns. The
 * outer two have one in the outer outputs only: row 0 of B' alone reads the first pixel, and the
 * first output alone reads that point, as it is with infinity and the last. The others go into all
 * sums, out of which they cancel where they do not belong; but NaN does not cancel. */
static unsigned part_of(int i) { return i == 0 ? 1 : i == 5 ? 8 : 15; }

/* read and wanted: of the tile's image. */
static void mark_reads(uint8_t *read, const uint8_t *wanted, const rn_conv_dims *d, int top,
                       int left) {
    unsigned row[4] = {0}; /* bits: wanted outputs */
    for (int i = 0; i < 4 && top + i < d->h; i++)
        for (int j = 0; j < 4 && left + j < d->w; j++)
            if (wanted[(size_t)(top + i) * (size_t)d->w + (size_t)(left + j)]) row[i] |= 1u << j;
    for (int i = 0; i < 6; i++) {
        unsigned columns = 0;
        for (int r = 0; r < 4; r++)
            if (part_of(i) >> r & 1) columns |= row[r];
        for (int j = 0; j < 6; j++) {
            int y = top - 1 + i, x = left - 1 + j;
            if (columns & part_of(j) && y >= 0 && y < d->h && x >= 0 && x < d->w)
                read[(size_t)y * (size_t)d->w + (size_t)x] = 1;
        }
    }
}

/* Tiles of F(4x4) read all that those of F(2x2) and single pixels do, and more. */
void rn_conv2d_reads(uint8_t *read, const uint8_t *wanted, const rn_conv_dims *d) {
    const size_t image = (size_t)d->h * (size_t)d->w;
    RN_CHECK(rn_conv_winograd2.fits(d), "a kernel of %dx%d, stride %d, padding %d", d->r, d->s,
             d->stride, d->pad);
    memset(read, 0, (size_t)d->n * image);
    for (int n = 0; n < d->n; n++, read += image, wanted += image)
        for (int y = 0; y < d->h; y += 4)
            for (int x = 0; x < d->w; x += 4) mark_reads(read, wanted, d, y, x);
}

static void store_zeros(const rn_tile *at, rn_patch of) {
    const rn_tile_images dx = rn_tile_images_x(&at->map->d, at->map->dx);
    const window in = window_of(at, dx, of);
    for (size_t i = 0; i < in.rows; i++)
        memset(dx.value + (in.first + i * (size_t)dx.w) * dx.c, 0,
               in.columns * dx.c * sizeof *dx.value);
}

void rn_tiles_mark(rn_tile *list, size_t count, rn_patch seen, const rn_patch *zeroed) {
    enum { NUMBERS_FOR_THREADS = 1 << 15 }; /* fewer are read before another thread has woken */
    const size_t numbers = count * (size_t)(seen.size * seen.size) * (size_t)list->map->d.k;
#pragma omp parallel for schedule(static) if (numbers > NUMBERS_FOR_THREADS)
    for (size_t i = 0; i < count; i++) {
        if (!is_without_gradient(&list[i], seen)) continue;
        if (zeroed && list[i].map->store_dx) store_zeros(&list[i], *zeroed);
        list[i].map = NULL;
    }
}

size_t rn_tiles_drop(rn_tile *list, size_t count) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (list[i].map) list[kept++] = list[i];
    return kept;
}
