#include "base/isa.h"
#include "base/check.h"
#include "base/kernel.h"

#include <stdlib.h>
#include <string.h>

const char rn_isa_choices[] = "baseline|avx2|avx512";

const char *rn_isa_name(rn_isa isa) {
    static const char *const name[] = {"baseline", "avx2", "avx512"};
    return name[isa];
}

bool rn_isa_runs(rn_isa isa) {
    if (isa == RN_ISA_BASELINE) return true;
#ifdef RN_KERNELS_X86
    if (isa == RN_ISA_AVX2)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
               __builtin_cpu_supports("bmi2");
    return rn_isa_runs(RN_ISA_AVX2) && __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
#else
    return false;
#endif
}

rn_status rn_isa_check(rn_err *err) {
    const char *wanted = getenv("RN_ISA");
    if (!wanted || !*wanted) return RN_OK;
    for (int isa = 0; isa < RN_ISA_COUNT; isa++)
        if (strcmp(wanted, rn_isa_name((rn_isa)isa)) == 0)
            return rn_isa_runs((rn_isa)isa)
                       ? RN_OK
                       : rn_fail(err, "RN_ISA: this processor cannot run %s", wanted);
    return rn_fail(err, "RN_ISA: expected one of %s, got \"%s\"", rn_isa_choices, wanted);
}

rn_isa rn_isa_in_force(void) {
    const char *wanted = getenv("RN_ISA");
    int isa = RN_ISA_COUNT - 1;
    rn_err err;
    if (wanted && *wanted) {
        RN_CHECK(rn_isa_check(&err) == RN_OK, "%s", err.text);
        while (isa > 0 && strcmp(wanted, rn_isa_name((rn_isa)isa)) != 0) isa--;
    }
    while (isa > 0 && !rn_isa_runs((rn_isa)isa)) isa--;
    return (rn_isa)isa;
}
