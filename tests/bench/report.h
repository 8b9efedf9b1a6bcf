/* report.h: what was measured, as tables and as a picture. Both sides write the same JSON:
 *
 *     version, isa, cpu, cores, peer      texts; peer: "PyTorch 2.13 ...", absent without one
 *     others    cores that other processes kept busy meanwhile
 *     peak      [{threads, flops}]        multiply-adds as two, a second
 *     rows      [{task, what, threads, seconds, best, flops, stages: {NAME: seconds},
 *                 peer: {variant, seconds, best}, ratio, variants: {NAME: {seconds, best}}}]
 *     memory    [{task, peak_bytes, planned_bytes, peer_bytes}]
 *     fed       [{model, data, threads, step, idle}]
 *     layers    [{model, shape, times, phase, threads, algorithm, seconds, flops, peer_seconds}]
 *
 * `seconds` are medians over the rounds; ratio is the median of the rounds' ratios. What is missing
 * is left out of the tables. */
#ifndef RN_BENCH_REPORT_H
#define RN_BENCH_REPORT_H

#include "retinanet.h"

void report_print(const cJSON *results, FILE *stream);

/** Draws effective GFLOP/s with plots/bench.gp. Fails where no row has any. */
rn_status report_figure(const cJSON *results, const char *path, rn_err *err);

#endif
