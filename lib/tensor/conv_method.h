/* conv_method.h: what each convolution algorithm provides (private to lib/tensor).
 *
 * A function that takes scratch takes all of it first, and then returns where the arena only
 * counts: so rn_conv2d_scratch asks the functions themselves. */
#ifndef RN_TENSOR_CONV_METHOD_H
#define RN_TENSOR_CONV_METHOD_H

#include "tensor/conv2d.h"

typedef struct rn_conv_method {
    const char *name;
    bool (*fits)(const rn_conv_dims *d);
    /** Numbers in a filter that is ready. */
    size_t (*filter_size)(const rn_conv_dims *d, const rn_gemm *gemm);
    void (*make_filter)(rn_float *ready, const rn_float *w, const rn_conv_dims *d,
                        const rn_gemm *gemm);
    void (*forward)(const rn_conv_map *map, size_t maps, const rn_conv_filter *filter,
                    rn_arena *scratch);
    void (*backward_data)(const rn_conv_map *map, size_t maps, const rn_float *w,
                          const rn_gemm *gemm, rn_arena *scratch);
    void (*backward_weights)(rn_float *dw, const rn_conv_map *map, size_t maps, const rn_gemm *gemm,
                             rn_arena *scratch);
} rn_conv_method;

extern const rn_conv_method rn_conv_direct, rn_conv_im2col, rn_conv_implicit, rn_conv_winograd2,
    rn_conv_winograd4;

#endif
