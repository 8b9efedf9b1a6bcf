/* The numerical core on a machine where no test framework is at hand: products, convolutions, focal
 * loss and a small network against double precision. `make aarch64` and `make baseline` run it in
 * an emulator, `make test` as it is. One line per check; the exit status is 1 when one fails. */
#include "base/parallel.h"
#include "loss/classification.h"
#include "nn/conv.h"
#include "support/naive_conv.h"
#include "tensor/conv2d.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Largest errors over largest value, forward and of gradients. */
#ifdef RN_DOUBLE
static const double near_y = 1e-13, near_d = 1e-13;
#else
static const double near_y = 1e-5, near_d = 2e-5;
#endif

static const char *const products[] = {"kernel", "plain"};

/* NaN fails. */
static int report(const char *what, const char *how, double error, double tolerance) {
    int failed = !(error <= tolerance);
    printf("%-7s %-30s %-7s off by %.1e, at most %.0e\n", failed ? "FAILED" : "ok", what, how,
           error, tolerance);
    return failed;
}

static int check_products(const char *name) {
    static const size_t shapes[][3] = {{1, 1, 1},   {7, 33, 128},   {13, 64, 40},
                                       {3, 5, 7},   {17, 100, 257}, {25, 65, 129},
                                       {70, 1, 31}, {96, 48, 30},   {2, 129, 9}};
    const rn_gemm *gemm = rn_gemm_in_force();
    double worst = 0;
    for (size_t i = 0; i < RN_COUNT(shapes); i++) {
        size_t m = shapes[i][0], n = shapes[i][1], k = shapes[i][2];
        rn_float *a = naive_random(m * k, "a"), *b = naive_random(k * n, "b");
        rn_float *c = malloc(m * n * sizeof *c);
        rn_float *packed = malloc(k * rn_packed_columns(gemm, n) * sizeof *packed);
        double *want = calloc(m * n, sizeof *want);
        for (size_t j = 0; j < m * n; j++)
            for (size_t l = 0; l < k; l++)
                want[j] += (double)a[j / n * k + l] * (double)b[l * n + j % n];
        rn_gemm_pack(packed, gemm, b, n, false, k, n);
        gemm->multiply(&(rn_product){.m = m,
                                     .n = n,
                                     .k = k,
                                     .a = a,
                                     .a_row = k,
                                     .a_step = 1,
                                     .b = packed,
                                     .c = c,
                                     .c_row = n});
        worst = fmax(worst, naive_distance(c, want, m * n));
        free(a), free(b), free(c), free(packed), free(want);
    }
    return report("product", name, worst, near_y);
}

/* ---- convolutions ----------------------------------------------------------------------------
 */

typedef struct errors {
    double y, dx, dw;
} errors;

static errors conv_errors(const rn_conv_dims *d) {
    naive_conv_size n = naive_conv_size_of(d);
    rn_arena arena = {0};
    rn_float *x = naive_random(n.x, "x"), *w = naive_random(n.w, "w"),
             *dy = naive_random(n.y, "dy");
    rn_conv_map map = {.d = *d,
                       .x = x,
                       .y = rn_arena_alloc(&arena, n.y * sizeof(rn_float)),
                       .dsum = dy,
                       .dx = rn_arena_zeros(&arena, n.x, sizeof(rn_float))};
    rn_float *dw = rn_arena_zeros(&arena, n.w, sizeof *dw);
    double *want = rn_arena_zeros(&arena, n.y + n.x + n.w, sizeof *want);
    naive_conv(want, want + n.y, want + n.y + n.x, x, w, dy, d);
    rn_conv2d_forward(&map, 1, w, NULL, &arena);
    rn_conv2d_backward_data(&map, 1, w, &arena);
    rn_conv2d_backward_weights(dw, &map, 1, &arena);
    errors e = {naive_distance(map.y, want, n.y), naive_distance(map.dx, want + n.y, n.x),
                naive_distance(dw, want + n.y + n.x, n.w)};
    free(x), free(w), free(dy);
    rn_arena_free(&arena);
    return e;
}

static int check_convolutions(const char *product, const char *algorithm) {
    static const rn_conv_dims cases[] = {
        /* n h w c k r s stride pad */
        {3, 1, 1, 8, 4, 3, 3, 1, 1},     {3, 6, 6, 16, 17, 1, 1, 1, 0},
        {1, 23, 31, 3, 8, 7, 7, 2, 3},   {2, 17, 21, 9, 5, 3, 3, 2, 1},
        {1, 5, 7, 48, 36, 3, 3, 1, 1},   {3, 13, 2, 20, 33, 3, 3, 1, 1},
        {1, 24, 31, 17, 16, 3, 3, 1, 1}, {2, 9, 12, 6, 9, 1, 1, 2, 0},
    };
    errors worst = {0, 0, 0};
    char what[64];
    int fitting = 0;
    setenv("RN_CONV", algorithm, 1);
    for (size_t i = 0; i < RN_COUNT(cases); i++) {
        const char *chosen = rn_conv_algorithm_name(
            rn_conv2d_choose(&(rn_conv_map){.d = cases[i]}, 1, RN_CONV_FORWARD));
        if (strcmp(chosen, algorithm) != 0) continue;
        errors e = conv_errors(&cases[i]);
        worst = (errors){fmax(worst.y, e.y), fmax(worst.dx, e.dx), fmax(worst.dw, e.dw)};
        fitting++;
    }
    unsetenv("RN_CONV");
    if (fitting == 0) worst.y = INFINITY;
    snprintf(what, sizeof what, "%s, %d shapes", algorithm, fitting);
    int failed = report(what, product, worst.y, near_y);
    return failed + report("  its gradients", product, fmax(worst.dx, worst.dw), near_d);
}

/* ---- focal loss ------------------------------------------------------------------------------
 */

static double focal(double *slope, double x_t, double gamma) {
    double p = 1 / (1 + exp(-x_t)), q = 1 / (1 + exp(x_t));
    double minus_log_p = x_t > 0 ? log1p(exp(-x_t)) : -x_t + log1p(exp(x_t)), focus = pow(q, gamma);
    *slope = -focus * (gamma * p * minus_log_p + q);
    return focus * minus_log_p;
}

static int check_focal(const char *name, double gamma) {
    enum { ROWS = 301, COLUMNS = 7 }; /* no multiple of any vector */
    static const double alpha = .25;
    rn_float *logit = naive_random((size_t)ROWS * COLUMNS, "logits"), grad[ROWS * COLUMNS];
    int label[ROWS];
    double value = 0, want[ROWS * COLUMNS];
    for (int i = 0; i < ROWS; i++) label[i] = i % (COLUMNS + 2) - 2;
    for (int i = 0; i < ROWS * COLUMNS; i++) {
        bool positive = label[i / COLUMNS] == i % COLUMNS;
        double sign = positive ? 1 : -1, weight = positive ? alpha : 1 - alpha;
        if (label[i / COLUMNS] == RN_IGNORE) weight = 0;
        logit[i] *= i % 2 ? 60 : 4;
        value += weight * focal(&want[i], sign * (double)logit[i], gamma);
        want[i] *= weight * sign;
    }
    rn_loss_options options = {.gamma = (rn_float)gamma, .alpha = (rn_float)alpha};
    double got = rn_loss_find("focal")->compute(grad, logit, label, ROWS, COLUMNS, &options, 1);
    int failed = report("focal loss", name, fabs(got - value) / value, near_y);
    failed += report("  its gradient", name, naive_distance(grad, want, ROWS * COLUMNS), near_d);
    free(logit);
    return failed;
}

/* ---- a network of two convolutions ----------------------------------------------------------
 */

enum { N = 2, SIDE = 24, IN = 3, MIDDLE = 20, OUT = 5, HALF = SIDE / 2 };
static const rn_conv_dims first = {N, SIDE, SIDE, IN, MIDDLE, 3, 3, 1, 1},
                          second = {N, SIDE, SIDE, MIDDLE, OUT, 3, 3, 2, 1};

typedef struct network {
    rn_arena arena;
    rn_params params;
    rn_conv conv[2];
    rn_tensor *x, *middle, *y;
    rn_float *dy;
} network;

/* Both passes: y = conv2(relu(conv1(x))), from a gradient of y that naive_random makes. */
static void run_network(network *net) {
    rn_tape tape = {.arena = &net->arena, .recording = true, .training = true};
    *net = (network){.conv[0].stride = 0};
    net->conv[0] = rn_conv_declare(&net->params, IN, MIDDLE, 3, 1, false, "first");
    net->conv[1] = rn_conv_declare(&net->params, MIDDLE, OUT, 3, 2, false, "second");
    rn_params_commit(&net->params, true);
    rn_float *random = naive_random(net->params.total, "weights");
    memcpy(net->params.value, random, net->params.total * sizeof *random);
    free(random);
    net->x = rn_tape_tensor(&tape, N, SIDE, SIDE, IN, true);
    size_t pixels = rn_tensor_count(net->x);
    net->x->grad = rn_arena_zeros(&net->arena, pixels, sizeof *random);
    random = naive_random(pixels, "pixels");
    memcpy(net->x->value, random, pixels * sizeof *random);
    free(random);
    net->middle = rn_conv_forward(&tape, &net->conv[0], NULL, true, net->x);
    net->y = rn_conv_forward(&tape, &net->conv[1], NULL, false, net->middle);
    net->dy = naive_random(rn_tensor_count(net->y), "upstream");
    memcpy(rn_tape_gradient(&tape, net->y), net->dy, rn_tensor_count(net->y) * sizeof *net->dy);
    rn_tape_backward(&tape);
    rn_tape_clear(&tape);
}

static void free_network(network *net) {
    free(net->dy);
    rn_params_free(&net->params);
    rn_arena_free(&net->arena);
}

/* The same by seven loops. The middle is rounded to rn_float in between. */
static errors network_errors(network *net) {
    naive_conv_size n1 = naive_conv_size_of(&first), n2 = naive_conv_size_of(&second);
    double *middle = rn_arena_zeros(&net->arena, n1.y, sizeof *middle);
    double *dmiddle = rn_arena_zeros(&net->arena, n1.y, sizeof *dmiddle);
    double *y = rn_arena_zeros(&net->arena, n2.y, sizeof *y);
    double *dx = rn_arena_zeros(&net->arena, n1.x, sizeof *dx);
    double *dw = rn_arena_zeros(&net->arena, n1.w + n2.w, sizeof *dw);
    rn_float *rounded = rn_arena_zeros(&net->arena, n1.y, sizeof *rounded);
    const rn_float *w1 = net->conv[0].weight->value, *w2 = net->conv[1].weight->value;
    naive_conv(middle, dx, dw, net->x->value, w1, rounded, &first);
    for (size_t i = 0; i < n1.y; i++) rounded[i] = (rn_float)(middle[i] > 0 ? middle[i] : 0);
    naive_conv(y, dmiddle, dw + n1.w, rounded, w2, net->dy, &second);
    for (size_t i = 0; i < n1.y; i++) rounded[i] = (rn_float)(middle[i] > 0 ? dmiddle[i] : 0);
    naive_conv(middle, dx, dw, net->x->value, w1, rounded, &first);
    double first_dw = naive_distance(net->conv[0].weight->grad, dw, n1.w);
    return (errors){naive_distance(net->y->value, y, n2.y), naive_distance(net->x->grad, dx, n1.x),
                    fmax(first_dw, naive_distance(net->conv[1].weight->grad, dw + n1.w, n2.w))};
}

static int check_network(const char *product) {
    network one, many;
    rn_parallel_set_threads(1);
    run_network(&one);
    rn_parallel_set_threads(3);
    run_network(&many);
    bool same = memcmp(one.params.grad, many.params.grad,
                       one.params.trainable * sizeof *one.params.grad) == 0 &&
                memcmp(one.x->grad, many.x->grad, rn_tensor_count(one.x) * sizeof *one.dy) == 0;
    errors e = network_errors(&many);
    int failed = report("two layers", product, e.y, near_y);
    failed += report("  their gradients", product, fmax(e.dx, e.dw), near_d);
    failed += report("  on 1 and on 3 threads", product, same ? 0 : INFINITY, 0);
    free_network(&one);
    free_network(&many);
    return failed;
}

int main(void) {
    int failed = 0;
    printf("numerical core, instruction set: %s\n", rn_isa_name(rn_isa_in_force()));
    for (size_t p = 0; p < RN_COUNT(products); p++) {
        setenv("RN_GEMM", products[p], 1);
        failed += check_products(products[p]);
        for (int a = 0; a < RN_CONV_ALGORITHMS; a++)
            failed += check_convolutions(products[p], rn_conv_algorithm_name((rn_conv_algorithm)a));
        failed += check_network(products[p]);
    }
    failed += check_focal("gamma 2", 2) + check_focal("gamma .5", .5);
    printf("%s\n", failed ? "FAILED" : "all ok");
    return failed ? 1 : 0;
}
