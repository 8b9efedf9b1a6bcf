#include "loss/rows.h"
#include "base/check.h"
#include "base/parallel.h"
#include "base/real.h"
#include "loss/classification.h"

double rn_rows_sum(rn_rows_function *range, const void *context, size_t n) {
    double partial[64], sum = 0;
    size_t ranges = rn_parallel_ranges(n);
    RN_CHECK(ranges <= RN_COUNT(partial), "%zu ranges, %zu places", ranges, RN_COUNT(partial));
    if (ranges == 1) return range(context, 0, n);
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < ranges; i++)
        partial[i] = range(context, n * i / ranges, n * (i + 1) / ranges);
    for (size_t i = 0; i < ranges; i++) sum += partial[i];
    return sum;
}

void rn_rows_check_labels(const int *label, size_t n, int num_classes) {
    size_t bad = 0, i = 0;
    for (size_t k = 0; k < n; k++) bad += label[k] < RN_IGNORE || label[k] >= num_classes;
    while (i < n && bad > 0 && label[i] >= RN_IGNORE && label[i] < num_classes) i++;
    RN_CHECK(bad == 0, "label[%zu] is %d, want a class below %d, RN_BACKGROUND or RN_IGNORE", i,
             label[i], num_classes);
}
