/* isa.h: which instruction set the vector kernels use.
 *
 * Files named *_kernel.c are compiled once for each instruction set (base/vector.h says how), and
 * the one to use is chosen when the program runs: the best that the processor has, or the one that
 * the environment variable RN_ISA names. Results differ between instruction sets in the last bits,
 * as sums are taken in another order; for one of them they are always the same. */
#ifndef RN_BASE_ISA_H
#define RN_BASE_ISA_H

#include "base/err.h"

#include <stdbool.h>

typedef enum rn_isa {
    RN_ISA_BASELINE, /**< what every processor of the architecture has: SSE2 on x86-64 */
    RN_ISA_AVX2,     /**< x86-64-v3: 8 floats a vector, fused multiply-add */
    RN_ISA_AVX512,   /**< x86-64-v4: 16 floats a vector, 32 registers */
    RN_ISA_COUNT
} rn_isa;

/** "baseline|avx2|avx512", in the order of the enum. */
extern const char rn_isa_choices[];

const char *rn_isa_name(rn_isa isa);

/** Can this processor run it? */
bool rn_isa_runs(rn_isa isa);

/** The one in force: RN_ISA's where that is set, else the best. Aborts where rn_isa_check fails. */
rn_isa rn_isa_in_force(void);

/** Fails when RN_ISA names no instruction set, or one that the processor lacks: for programs to ask
 * at their start. */
rn_status rn_isa_check(rn_err *err);

#endif
