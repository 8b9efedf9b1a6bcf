/* real.h: the number type of tensors and losses. Single precision; the `double` build variant
 * (RN_DOUBLE) runs the same code in double precision, where gradient checks are sharp.
 * <tgmath.h> picks expf or exp by the type of its argument. */
#ifndef RN_BASE_REAL_H
#define RN_BASE_REAL_H

#include <tgmath.h>

#ifdef RN_DOUBLE
typedef double rn_float;
#else
typedef float rn_float;
#endif

/** Number of elements of an array (not of a pointer). */
#define RN_COUNT(array) (sizeof(array) / sizeof *(array))

#endif
