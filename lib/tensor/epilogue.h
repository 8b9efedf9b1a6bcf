/* epilogue.h: what happens to a convolution's sum before it is stored. */
#ifndef RN_TENSOR_EPILOGUE_H
#define RN_TENSOR_EPILOGUE_H

#include "base/real.h"

#include <stdbool.h>

/** y = relu(scale[k] * sum + shift[k] + residual). NaN stays NaN. No epilogue at all (NULL) stores
 * the sum. */
typedef struct rn_epilogue {
    const rn_float *scale, *shift; /**< (K) each; NULL: 1, 0 */
    const rn_float *residual;      /**< shape of y; NULL: 0 */
    bool relu;
} rn_epilogue;

#endif
