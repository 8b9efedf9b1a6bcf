/* The choice of an instruction set. */
#include "base/isa.h"
#include "base/kernel.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

Test(isa, the_baseline_always_runs_and_the_best_is_taken) {
    unsetenv("RN_ISA");
    rn_isa best = rn_isa_in_force();
    cr_expect(rn_isa_runs(RN_ISA_BASELINE) && rn_isa_runs(best));
    for (int better = (int)best + 1; better < RN_ISA_COUNT; better++)
        cr_expect(!rn_isa_runs((rn_isa)better));
}

Test(isa, the_environment_chooses) {
    for (int isa = 0; isa < RN_ISA_COUNT; isa++) {
        rn_err err;
        setenv("RN_ISA", rn_isa_name((rn_isa)isa), 1);
        bool runs = rn_isa_runs((rn_isa)isa);
        cr_expect((rn_isa_check(&err) == RN_OK) == runs);
        if (runs) cr_expect(rn_isa_in_force() == (rn_isa)isa);
    }
    setenv("RN_ISA", "", 1);
    cr_expect(rn_isa_runs(rn_isa_in_force()));
}

Test(isa, an_unknown_name_is_refused) {
    rn_err err;
    setenv("RN_ISA", "mmx", 1);
    cr_expect(rn_isa_check(&err) == RN_ERROR);
    cr_expect_str_eq(err.text, "RN_ISA: expected one of baseline|avx2|avx512, got \"mmx\"");
}

Test(isa, an_unknown_name_aborts_in_a_kernel, .signal = SIGABRT) {
    setenv("RN_ISA", "mmx", 1);
    rn_isa_in_force();
}

Test(isa, vectors_select_by_mask) {
    rn_vector x = rn_fill(1), y = rn_fill(2), z;
    x[0] = 3;
    z = rn_select(x > y, x, y);
    cr_expect(z[0] == 3 && z[1] == 2);
}
