/* layers.h: the convolutions of a network, one by one. */
#ifndef RN_BENCH_LAYERS_H
#define RN_BENCH_LAYERS_H

#include "retinanet.h"

enum { LAYERS_PHASES = 4, LAYERS_MOST = 96 };

/** By rn_conv_phase. */
extern const char *const layers_phase_names[LAYERS_PHASES];

/** One piece of work: a map, or one for each pyramid level of a head, with one filter. */
typedef struct layers_row {
    rn_conv_dims dims[RN_CONV_MAPS_MOST];
    size_t maps;
    char weight[RN_PARAM_NAME_SIZE]; /**< the first convolution of that shape */
    int times;                       /**< how many of them there are */
    double flops;                    /**< of one pass by the definition */
} layers_row;

typedef struct layers_list {
    layers_row row[LAYERS_MOST];
    size_t count;
} layers_list;

/** The distinct convolutions of "r50" at 608x800, batch 1, or `tiny` at 256x256, batch 4, in the
 * order of the forward pass. */
rn_status layers_of(layers_list *list, const char *model, rn_err *err);

/** "1,256,256 76x100 3x3/1": N, C, K, H x W, R x S / stride; "5 maps" behind several. Returns
 * `out`.
 */
char *layers_shape(char out[96], const layers_row *row);

/** Room and made-up numbers for one row. Zero-initialise; free with layers_free. */
typedef struct layers_buffers {
    rn_conv_map map[RN_CONV_MAPS_MOST];
    size_t maps;
    rn_float *w, *dw;
    rn_conv_filter filter; /**< for inference */
    rn_arena numbers, scratch;
} layers_buffers;

void layers_make(layers_buffers *b, const layers_row *row);
void layers_free(layers_buffers *b);

/** How the library computes it. */
const char *layers_algorithm(const layers_buffers *b, rn_conv_phase phase);

/** One pass; returns the seconds. */
double layers_run(layers_buffers *b, rn_conv_phase phase);

#endif
