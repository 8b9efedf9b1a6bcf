#!/bin/sh
# add_a_loss.sh: adds a classification loss to a copy of lib/ and runs it. Passes when it works, when
# the checks that go over the whole table accept it, and when no more than three files differ.
# Run at the root of the repository; CC may name the compiler.
set -eu
unset RN_ISA
unset BXFI_MAP # by this a Criterion program takes itself for a test of the one that runs it
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cp -r lib tests "$scratch"
cd "$scratch"

# The loss of the Brier score, (1 - p_t)^2, with d/dx_t = -2 p_t (1 - p_t)^2.
cat >lib/loss/brier.h <<'END'
#ifndef RN_LOSS_BRIER_H
#define RN_LOSS_BRIER_H
#include "loss/classification.h"
/** (1 - p_t)^2. Reads no option. */
rn_loss_function rn_brier_loss;
#endif
END
cat >lib/loss/brier_kernel.c <<'END'
#include "loss/brier.h"
#include "loss/logistic.h"
#include "loss/sigmoid_pass.h"

RN_INLINE rn_term brier_term(rn_vector x_t, const rn_loss_options *options) {
    rn_logistic s = rn_logistic_of(x_t);
    (void)options;
    return (rn_term){.value = s.q * s.q, .slope = -2 * s.p * s.q * s.q};
}

RN_SIGMOID_KERNEL(rn_brier, brier_term)

#ifdef RN_KERNEL_ONCE
double rn_brier_loss(rn_float *grad, const rn_float *logit, const int *label, size_t n, int columns,
                     const rn_loss_options *options, rn_float scale) {
    rn_sigmoid_pass pass = {grad, logit, label, n, columns, options, scale, 1, 1};
    return rn_sigmoid_sum(rn_brier_in_force(), &pass);
}
#endif
END
sed -e 's|^#include "loss/cross_entropy.h"|#include "loss/brier.h"\n&|' \
    -e 's|^static const rn_loss table.*|&\n    {.name = "brier", .formula = "(1 - p_t)^2", .compute = rn_brier_loss},|' \
    lib/loss/classification.c >changed && mv changed lib/loss/classification.c

# What a program does with it. brier is no name that the tests know.
cat >main.c <<'END'
#include "loss/classification.h"
#include <stdio.h>
int main(void) {
    const rn_loss *loss = rn_loss_find("brier");
    if (!loss) return fprintf(stderr, "brier is not in the table\n"), 1;
    rn_float x[2] = {0, 0}, grad[2];
    double value = loss->compute(grad, x, (int[]){1}, 1, 2, &(rn_loss_options){0}, 1);
    if (value == .5 && grad[0] == .25 && grad[1] == -.25) return 0;
    return fprintf(stderr, "value %g, gradient %g %g\n", value, grad[0], grad[1]), 1;
}
END
flags="-std=c11 -D_XOPEN_SOURCE=700 -D_DEFAULT_SOURCE -O1 -DRN_BASELINE_ONLY -fopenmp -Wall -Wextra -Werror -Ilib -Itests"
used="lib/loss/*.c lib/base/check.c lib/base/err.c lib/base/isa.c lib/base/parallel.c lib/base/rng.c lib/base/vec.c"
# shellcheck disable=SC2086
{
    ${CC:-cc} $flags main.c $used -lm -o main && ./main
    ${CC:-cc} $flags tests/loss/test_classification.c tests/support/loss_case.c \
        tests/support/naive_loss.c $used $(pkg-config --cflags --libs criterion) -lm -o table
    ./table >log 2>&1 || { cat log; exit 1; }
}

cd "$OLDPWD"
changed=$(diff -rq lib "$scratch/lib" | wc -l)
[ "$changed" -le 3 ] || { diff -rq lib "$scratch/lib"; echo "$changed files differ"; exit 1; }
echo "a loss added: $changed files"
