/* kernel.h: vectors of numbers, and functions that are compiled for several instruction sets.
 *
 * A file NAME_kernel.c is compiled once for each instruction set of base/isa.h, with
 * RN_KERNEL_AVX512, RN_KERNEL_AVX2 or neither defined. Vectors are GCC's and clang's: + and * work
 * on them, the compiler picks the instructions. What such a file exports is a constant table:
 *
 *     const rn_sum_kernels RN_KERNEL(rn_sum_kernels) = {.add = add, .step = RN_LANES};
 *
 * whose type a header declares, together with a function that returns the one in force:
 *
 *     typedef struct rn_sum_kernels { ... } rn_sum_kernels;
 *     RN_KERNEL_TABLE(rn_sum_kernels, rn_sum_kernels)
 *     ...
 *     rn_sum_kernels_in_force()->add(...);
 *
 * What such a file holds besides its table, and must be there once, stands under RN_KERNEL_ONCE.
 * With RN_BASELINE_ONLY all files are compiled once and nothing is left to choose. */
#ifndef RN_BASE_KERNEL_H
#define RN_BASE_KERNEL_H

#include "base/isa.h"
#include "base/real.h"

#include <stddef.h>

#if defined(__x86_64__) && !defined(RN_BASELINE_ONLY)
#define RN_KERNELS_X86
#endif

#if defined(RN_KERNEL_AVX512)
#define RN_KERNEL(name)     name##_avx512
#define RN_VECTOR_BYTES     64
#define RN_VECTOR_REGISTERS 32
#elif defined(RN_KERNEL_AVX2)
#define RN_KERNEL(name)     name##_avx2
#define RN_VECTOR_BYTES     32
#define RN_VECTOR_REGISTERS 16
#else
#define RN_KERNEL(name) name##_baseline
#define RN_KERNEL_ONCE
#ifdef __x86_64__
#define RN_VECTOR_BYTES     16
#define RN_VECTOR_REGISTERS 16
#else
#define RN_VECTOR_BYTES     16
#define RN_VECTOR_REGISTERS 32
#endif
#endif

/** Numbers in a vector. */
enum { RN_LANES = RN_VECTOR_BYTES / (int)sizeof(rn_float) };

typedef rn_float rn_vector __attribute__((vector_size(RN_VECTOR_BYTES)));

/** The same at any address. */
typedef rn_float rn_vector_anywhere
    __attribute__((vector_size(RN_VECTOR_BYTES), aligned(sizeof(rn_float)), may_alias));

/** Result of a comparison: all bits of a lane set, or none. */
typedef __typeof__((rn_vector){0} < (rn_vector){0}) rn_mask;

#define RN_INLINE static inline __attribute__((always_inline, unused))

RN_INLINE rn_vector rn_load(const rn_float *from) { return *(const rn_vector_anywhere *)from; }
RN_INLINE void rn_store(rn_float *to, rn_vector v) { *(rn_vector_anywhere *)to = v; }
RN_INLINE rn_vector rn_fill(rn_float value) { return value - (rn_vector){0}; }

/** The first `count` lanes, of which there are at most RN_LANES; zeros behind them. Where `count`
 * is the constant RN_LANES these are rn_load and rn_store. The loops go over all lanes, with int:
 * so they become loads and stores under a mask where there are such. */
RN_INLINE rn_vector rn_load_some(const rn_float *from, size_t count) {
    if (count == RN_LANES) return rn_load(from);
    rn_vector v = {0};
    for (int i = 0; i < RN_LANES; i++) v[i] = i < (int)count ? from[i] : 0;
    return v;
}

RN_INLINE void rn_store_some(rn_float *to, rn_vector v, size_t count) {
    rn_float lane[RN_LANES];
    if (count == RN_LANES) {
        rn_store(to, v);
        return;
    }
    rn_store(lane, v);
    for (int i = 0; i < RN_LANES; i++)
        if (i < (int)count) to[i] = lane[i];
}

/** yes where the mask is set, else no. */
RN_INLINE rn_vector rn_select(rn_mask mask, rn_vector yes, rn_vector no) {
    return (rn_vector)(((rn_mask)yes & mask) | ((rn_mask)no & ~mask));
}

/** Declares the tables NAME of a type, and NAME_for(isa) and NAME_in_force(), which return one. */
#define RN_KERNEL_TABLE(type, name)                                                                \
    RN_KERNEL_TABLES(type, name)                                                                   \
    static inline __attribute__((unused)) const type *name##_in_force(void) {                      \
        return name##_for(rn_isa_in_force());                                                      \
    }

#ifdef RN_KERNELS_X86
#define RN_KERNEL_TABLES(type, name)                                                               \
    extern const type name##_baseline, name##_avx2, name##_avx512;                                 \
    static inline __attribute__((unused)) const type *name##_for(rn_isa isa) {                     \
        return isa == RN_ISA_AVX512 ? &name##_avx512                                               \
               : isa == RN_ISA_AVX2 ? &name##_avx2                                                 \
                                    : &name##_baseline;                                            \
    }
#else
#define RN_KERNEL_TABLES(type, name)                                                               \
    extern const type name##_baseline;                                                             \
    static inline __attribute__((unused)) const type *name##_for(rn_isa isa) {                     \
        (void)isa;                                                                                 \
        return &name##_baseline;                                                                   \
    }
#endif

#endif
