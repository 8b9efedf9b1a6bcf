// %% [markdown]
// # 8. A convolution, from the naive loop to Winograd
//
// A detector like RetinaNet spends nearly all its time in one operation. The
// two heads alone, on a picture of 640 x 640 pixels, do
//
// $$2 \cdot 4 \;\cdot\; (80^2 + 40^2 + 20^2 + 10^2 + 5^2) \;\cdot\; 3 \cdot 3
// \;\cdot\; 256 \cdot 256 \;\approx\; 4 \cdot 10^{10}$$
//
// multiplications: layers, times places on the five maps P3 to P7, times the window of 3 x 3, times
// channels in and out. Training needs three times as many. Written as the definition says, that is
// a minute and a half per picture. Written well, it is a tenth of a second, on one core. This
// notebook walks the way between the two.
//
// In this notebook
//
// - the definition, six nested loops, and what a different *order* of the same
//   loops is worth;
// - im2col: a convolution is a matrix product in disguise;
// - Winograd's trick: four multiplications do the work of six, derived from
//   nothing, then in two dimensions 16 for 36;
// - what the trick costs: rounding errors, measured;
// - every step timed on the machine that made this page.
//
// You need C, polynomials, and how a polynomial is recovered from its values. Reading takes
// about 45 minutes.

// %%
#include "base/clock.h"
#include "base/parallel.h"
#include "base/rng.h"
#include "data/scenes.h"
#include "notebook.h"
#include "tensor/conv2d.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// %% [markdown]
// ## The definition
//
// One dimension first. A *filter* of three numbers $g$ slides over a signal $d$
// and takes a weighted sum wherever it stands:
//
// $$y_i = d_i\,g_0 + d_{i+1}\,g_1 + d_{i+2}\,g_2.$$
//
// With $d = (1, 2, 3, 4)$ and $g = (1, 2, 1)$ it fits in two places and gives
// $1 + 4 + 3 = 8$ and $2 + 6 + 4 = 12$. Keep these numbers.
//
// A picture has two dimensions, and at each pixel not one number but $C$ of them:
// 3 for red, green and blue, 256 in the head. One output channel $k$ takes a sum
// over the window *and* over all input channels, with weights of its own:
//
// $$y_{p,q,k} = \sum_{r=0}^{2} \sum_{s=0}^{2} \sum_{c=0}^{C-1}
// x_{p+r-1,\;q+s-1,\;c}\; w_{r,s,c,k}.$$
//
// The $-1$ puts the window's middle on the pixel. Over the edge, $x$ counts as 0.
// Arrays lie in memory with the last index running fastest, so the channels of a
// pixel are neighbours. `rn_conv_dims` holds the sizes.

// %%
float pixel(const float *x, const rn_conv_dims *d, int i, int j, int c) {
    bool inside = i >= 0 && i < d->h && j >= 0 && j < d->w;
    return inside ? x[(i * d->w + j) * d->c + c] : 0;
}

void definition(float *y, const float *x, const float *w,
                const rn_conv_dims *d) {
    for (int p = 0; p < d->h; p++)
        for (int q = 0; q < d->w; q++)
            for (int k = 0; k < d->k; k++) {
                float sum = 0;
                for (int r = 0; r < 3; r++)
                    for (int s = 0; s < 3; s++)
                        for (int c = 0; c < d->c; c++)
                            sum += pixel(x, d, p + r - 1, q + s - 1, c) *
                                   w[((r * 3 + s) * d->c + c) * d->k + k];
                y[(p * d->w + q) * d->k + k] = sum;
            }
}

// %% [markdown]
// What can such a sum see? Weights of $-1$ on the left and $+1$ on the right
// answer to an edge between dark and bright; turned by 90 degrees, to the other
// kind of edge. Three input channels, two output channels, $9 \cdot 3 \cdot 2$
// weights. A network starts from random weights and finds such filters by itself.

// %%
void must(rn_status status, const rn_err *err) {
    if (status == RN_OK) return;
    printf("%s\n", err->text);
    exit(1);
}

// Copies `image` into a strip of three, place 0, 1 or 2.
void paste(rn_image *strip, const rn_image *image, int place) {
    size_t row = 3 * (size_t)image->width;
    for (int i = 0; i < image->height; i++)
        memcpy(strip->rgb + ((size_t)i * 3 + (size_t)place) * row,
               image->rgb + (size_t)i * row, row);
}

RUN {
    enum { SIDE = 256, COUNT = SIDE * SIDE };
    static float x[COUNT * 3], y[COUNT * 2], edge[COUNT];
    const float tap[3][3] = {{-1, 0, 1}, {-2, 0, 2}, {-1, 0, 1}};
    float w[3][3][3][2];
    for (int i = 0; i < 27; i++) { // row, column, colour
        int r = i / 9, s = i / 3 % 3, c = i % 3;
        w[r][s][c][0] = tap[r][s] / 12;
        w[r][s][c][1] = tap[s][r] / 12;
    }
    rn_err err;
    rn_dataset scenes = {0};
    rn_image photo = {0}, strip = rn_image_new(3 * SIDE, SIDE);
    must(rn_scenes_load(&scenes, "train", &err), &err);
    must(rn_dataset_image(&photo, &scenes, 3, &err), &err);
    for (int i = 0; i < COUNT * 3; i++) x[i] = photo.rgb[i];
    rn_conv_dims d = {1, SIDE, SIDE, 3, 2, 3, 3, 1, 1};
    definition(y, x, &w[0][0][0][0], &d);
    paste(&strip, &photo, 0);
    for (int k = 0; k < 2; k++) {
        for (int i = 0; i < COUNT; i++) edge[i] = fabsf(y[2 * i + k]);
        rn_image heat = nb_heat(edge, SIDE, SIDE, 0, 60, NULL);
        paste(&strip, &heat, k + 1);
        rn_image_free(&heat);
    }
    nb_picture picture = nb_picture_start(3 * SIDE, SIDE, &strip);
    nb_text(&picture, 8, 246, 7, "the picture");
    nb_text(&picture, SIDE + 8, 246, 1, "upright edges");
    nb_text(&picture, 2 * SIDE + 8, 246, 1, "level edges");
    nb_picture_show(&picture);
    rn_image_free(&strip);
    rn_image_free(&photo);
    rn_dataset_free(&scenes);
}

// %% [markdown]
// Left the picture, in the middle how strongly the first channel answers at each
// pixel (bright: strongly), right the second. Upright edges light up in one,
// level edges in the other, slanted ones in both. The bright frame is an edge too,
// between the picture and the zeros around it.
//
// ## The layer that we make fast
//
// One layer of RetinaNet's head on the map P4 of a 512 x 512 picture: 32 x 32
// places, 256 channels in, 256 out. A multiplication with its addition is
// counted as two operations, as everybody does; the layer has 1.2 billion of them.
// We measure in GFLOP/s, billions of operations per second, on one core. Each
// run is repeated and the fastest counts: whatever else the machine was doing
// can make a run slower, never faster.

// %%
enum { SIDE = 32, C = 256, K = 256 };
const rn_conv_dims layer = {1, SIDE, SIDE, C, K, 3, 3, 1, 1};
float *x, *w, *y, *truth; // input, weights, output, and what it should be

typedef void convolution(float *y, const float *x, const float *w,
                         const rn_conv_dims *d);

float *numbers(size_t count, const char *name) {
    rn_rng rng = rn_rng_stream(1, name, 0);
    float *out = calloc(count, sizeof *out);
    for (size_t i = 0; name && i < count; i++)
        out[i] = (float)rn_rng_range(&rng, -1, 1);
    return out;
}

// Largest error, as a part of the largest output.
double error_of(const float *a, const float *b, size_t count) {
    double most = 0, largest = 0;
    for (size_t i = 0; i < count; i++) {
        most = fmax(most, fabs((double)a[i] - b[i]));
        largest = fmax(largest, fabs(b[i]));
    }
    return most / largest;
}

enum { STEPS_MOST = 8 };
double gflops[STEPS_MOST + 1]; // [1], [2], ...: of the steps below
const char *name_of[STEPS_MOST + 1];

void measure(int step, const char *what, convolution *run) {
    double best = INFINITY, spent = 0, start;
    memset(y, 0, SIDE * SIDE * K * sizeof *y);
    for (; spent < .4; spent += rn_clock_seconds() - start) {
        start = rn_clock_seconds();
        run(y, x, w, &layer);
        best = fmin(best, rn_clock_seconds() - start);
    }
    gflops[step] = 2e-9 * SIDE * SIDE * 9 * C * K / best;
    name_of[step] = what;
    printf("%d  %-29s %7.1f ms %6.1f GFLOP/s, right: %s\n", step, what,
           1e3 * best, gflops[step],
           error_of(y, truth, SIDE * SIDE * K) < 1e-5 ? "yes" : "no");
}

// %% volatile
RUN {
    rn_parallel_set_threads(1);
    x = numbers(SIDE * SIDE * C, "x");
    w = numbers(9 * C * K, "w");
    y = numbers(SIDE * SIDE * K, "y");
    truth = numbers(SIDE * SIDE * K, "truth");
    definition(truth, x, w, &layer);
    measure(1, "the definition", definition);
}

// %% [markdown]
// A processor of today can do more than a hundred times that. Where is it lost?
// Not in the multiplications: look at the innermost loop. It loses in two places.
// Every addition waits for the one before it, since all go into the same `sum`,
// and C forbids the compiler to change their order, so no vector instruction can
// be used. And from one $c$ to the next it jumps $K$ numbers ahead in $w$, a
// kilobyte. Memory comes to the processor in lines of 16 neighbouring numbers, of
// which this loop uses one. The jumps cost up to a factor of two; the rest is
// waiting.
//
// ## The same loops in another order
//
// We may choose the order, even if the compiler may not. Let $k$ run innermost:
// then one number of $x$ is multiplied with $K$ neighbours of $w$ and added to
// $K$ neighbours of $y$. These $K$ sums do not wait for each other, so the
// processor's vector instructions, which add and multiply 4, 8 or 16 neighbours
// at once, have something to do. And every line of memory is used whole.

// %%
// sum[0..K) += a * b[0..K)
void add_row(float *sum, float a, const float *b, int count) {
#pragma omp simd
    for (int k = 0; k < count; k++) sum[k] += a * b[k];
}

void reordered(float *y, const float *x, const float *w,
               const rn_conv_dims *d) {
    for (int p = 0; p < d->h; p++)
        for (int q = 0; q < d->w; q++) {
            float *sum = y + (p * d->w + q) * d->k;
            memset(sum, 0, (size_t)d->k * sizeof *sum);
            for (int r = 0; r < 3; r++)
                for (int s = 0; s < 3; s++)
                    for (int c = 0; c < d->c; c++)
                        add_row(sum, pixel(x, d, p + r - 1, q + s - 1, c),
                                w + ((r * 3 + s) * d->c + c) * d->k, d->k);
        }
}

// %% volatile
RUN { measure(2, "k innermost", reordered); }

// %% [markdown]
// Not one multiplication fewer, and many times faster. *Before you count
// operations, ask whether they can run side by side, and how memory is touched.*
//
// ## im2col: a matrix product in disguise
//
// Each output pixel sees a window of $9\,C$ numbers. Write the window down as a
// row of a matrix, one row per output pixel; the weights, read in the same order,
// are a matrix of $9\,C$ rows and $K$ columns; and the whole convolution is
// *one matrix product*:
//
// $$\underbrace{Y}_{HW \times K} = \underbrace{M}_{HW \times 9C}\;
// \underbrace{W}_{9C \times K}.$$
//
// The smallest example: a map of 3 x 3 pixels with one channel, numbered 1 to 9.

// %%
void im2col(float *matrix, const float *x, const rn_conv_dims *d) {
    for (int p = 0; p < d->h; p++)
        for (int q = 0; q < d->w; q++)
            for (int r = 0; r < 3; r++)
                for (int s = 0; s < 3; s++)
                    for (int c = 0; c < d->c; c++)
                        *matrix++ = pixel(x, d, p + r - 1, q + s - 1, c);
}

RUN {
    rn_conv_dims small = {1, 3, 3, 1, 1, 3, 3, 1, 1};
    float map[] = {1, 2, 3, 4, 5, 6, 7, 8, 9}, mine[81], theirs[81];
    im2col(mine, map, &small);
    rn_im2col(theirs, 9, map, &small, 0, 9);
    for (int i = 0; i < 9; i++) {
        printf("pixel %d sees ", i + 1);
        for (int j = 0; j < 9; j++) printf("%3g", mine[9 * i + j]);
        printf("\n");
    }
    printf("rn_im2col says the same: %s\n",
           memcmp(mine, theirs, sizeof mine) ? "no" : "yes");
}

// %% [markdown]
// Pixel 5, the middle, sees everything; pixel 1 sees zeros above and to its
// left. The matrix is nine times as large as the map, and writing it takes time.
// What is gained? Nothing yet: a product by three loops does what `reordered`
// did. But a matrix product is the most polished piece of code in computing.
// The library's (`gemm_kernel.c`) holds a block of sums, some dozen pixels by
// some dozen channels, in the processor's registers, so that each number that is
// loaded is used a dozen times. Nobody wants to write that anew for every kind of
// convolution; im2col makes it fit them all.

// %%
void im2col_and_loops(float *y, const float *x, const float *w,
                      const rn_conv_dims *d) {
    static float matrix[SIDE * SIDE * 9 * C];
    int rows = d->h * d->w, inner = 9 * d->c;
    im2col(matrix, x, d);
    memset(y, 0, (size_t)(rows * d->k) * sizeof *y);
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < inner; j++)
            add_row(y + i * d->k, matrix[i * inner + j], w + j * d->k, d->k);
}

// The library's convolution, by an algorithm of our choice, with the
// weights made ready before, as for a network that is in use.
void by_library(rn_conv_algorithm algorithm, float *y, const float *x,
                const float *w, const rn_conv_dims *d) {
    static rn_arena memory, scratch;
    static rn_conv_filter filter;
    if (!filter.ready || filter.algorithm != algorithm) {
        rn_arena_reset(&memory);
        filter = rn_conv2d_filter(w, d, algorithm, &memory);
    }
    rn_conv_map map = {.d = *d, .x = x, .y = y};
    rn_conv2d_forward(&map, 1, w, &filter, &scratch);
}

void library_im2col(float *y, const float *x, const float *w,
                    const rn_conv_dims *d) {
    by_library(RN_CONV_IM2COL, y, x, w, d);
}

// %% volatile
RUN {
    measure(3, "im2col, three loops", im2col_and_loops);
    measure(4, "im2col, the library's product", library_im2col);
}

// %% [markdown]
// Step 4 is close to what the processor can do at all: it multiplies and adds in
// nearly every cycle in every lane. From here on, the only way to be faster is
// to multiply *less*.
//
// ## Four multiplications for six
//
// Back to one dimension, two outputs of a filter with three taps:
//
// $$\begin{aligned}
// y_0 &= d_0\,g_0 + d_1\,g_1 + d_2\,g_2
// \\ y_1 &= d_1\,g_0 + d_2\,g_1 + d_3\,g_2
// \end{aligned}$$
//
// Six multiplications. The numbers $g$ are the same for a whole picture, so what
// we compute from $g$ alone is free. Two steps save two multiplications.
//
// **Step 1.** Put in what is missing for $g_0 + g_2$ to appear:
//
// $$\begin{aligned}
// y_0 &= (d_0 - d_2)\,g_0 + \left[\,d_1\,g_1 + d_2\,(g_0 + g_2)\,\right]
// \\ y_1 &= \left[\,d_1\,(g_0 + g_2) + d_2\,g_1\,\right] - (d_1 - d_3)\,g_2
// \end{aligned}$$
//
// Multiply out and everything extra cancels. **Step 2.** The two brackets have the
// form $a u + b v$ and $a v + b u$, with $a = d_1$, $b = d_2$, $u = g_1$ and
// $v = g_0 + g_2$. Their sum and their difference are *one product each*:
//
// $$(au + bv) + (av + bu) = (a + b)(u + v), \qquad
// (au + bv) - (av + bu) = (b - a)(v - u).$$
//
// Two products instead of four; the brackets are half the sum and half the
// difference. Together:
//
// $$\begin{aligned}
// m_1 &= (d_0 - d_2)\; g_0
// \\ m_2 &= (d_1 + d_2)\; (g_0 + g_1 + g_2) / 2
// \\ m_3 &= (d_2 - d_1)\; (g_0 - g_1 + g_2) / 2
// \\ m_4 &= (d_1 - d_3)\; g_2
// \end{aligned}$$
//
// $$y_0 = m_1 + m_2 + m_3, \qquad y_1 = m_2 - m_3 - m_4.$$
//
// This is called $F(2, 3)$: two outputs, three taps, four multiplications. With the
// numbers from above, $d = (1, 2, 3, 4)$ and $g = (1, 2, 1)$: $m_1 = -2$,
// $m_2 = 5 \cdot 2 = 10$, $m_3 = 1 \cdot 0 = 0$, $m_4 = -2$, and so $y_0 = 8$ and
// $y_1 = 12$.

// %%
void f23(double y[2], const double d[4], const double g[3]) {
    double m1 = (d[0] - d[2]) * g[0];
    double m2 = (d[1] + d[2]) * ((g[0] + g[1] + g[2]) / 2);
    double m3 = (d[2] - d[1]) * ((g[0] - g[1] + g[2]) / 2);
    double m4 = (d[1] - d[3]) * g[2];
    y[0] = m1 + m2 + m3;
    y[1] = m2 - m3 - m4;
}

RUN {
    double y[2];
    f23(y, (double[]){1, 2, 3, 4}, (double[]){1, 2, 1});
    printf("y = (%g, %g)\n", y[0], y[1]);
}

// %% [markdown]
// ## Two dimensions: 16 for 36
//
// In $F(2,3)$ nobody said that $d_0, \dots, d_3$ are numbers. They may be *rows* of
// a picture, $g_0, g_1, g_2$ the rows of a 3 x 3 filter, and the four
// "multiplications" short one-dimensional convolutions of two outputs, each done
// by $F(2, 3)$ again. So $4 \cdot 4 = 16$ multiplications give $2 \times 2$
// outputs, for which the definition takes $4 \cdot 9 = 36$: $F(2\times2, 3\times3)$.
// In matrices, with $\odot$ for number times number,
//
// $$Y = A^T \left[\, (G\,g\,G^T) \odot (B^T d\,B) \,\right] A,$$
//
// $$B^T = \begin{pmatrix} 1&0&-1&0\\ 0&1&1&0\\ 0&-1&1&0\\ 0&1&0&-1 \end{pmatrix}
// \quad
// G = \begin{pmatrix} 1&0&0\\ \frac12&\frac12&\frac12
// \\ \frac12&-\frac12&\frac12\\ 0&0&1 \end{pmatrix}
// \quad
// A^T = \begin{pmatrix} 1&1&1&0\\ 0&1&-1&-1 \end{pmatrix},$$
//
// each of which you can read off from $m_1, \dots, m_4$ above. A matrix on the
// left works on columns, one on the right on rows; that is all the nesting there is.

// %%
typedef struct winograd {
    int m, t;                // outputs and inputs of a tile, t = m + 2
    double a[9][9], b[9][9]; // A' is (m, t), B' is (t, t)
    double g[9][3];
} winograd;

const winograd f2 = {
    2, 4, .a = {{1, 1, 1, 0}, {0, 1, -1, -1}},
    .b = {{1, 0, -1, 0}, {0, 1, 1, 0}, {0, -1, 1, 0}, {0, 1, 0, -1}},
    .g = {{1, 0, 0}, {.5, .5, .5}, {.5, -.5, .5}, {0, 0, 1}}};

// out (rows, rows) = M in M', in single precision; M: (rows, columns).
void both_sides(float out[9][9], const double *m, int stride, int rows,
                int columns, float in[9][9]) {
    float half[9][9] = {{0}};
    memset(out, 0, sizeof(float[9][9]));
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++)
            for (int k = 0; k < columns; k++)
                half[i][j] += (float)m[i * stride + k] * in[k][j];
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < rows; j++)
            for (int k = 0; k < columns; k++)
                out[i][j] += half[i][k] * (float)m[j * stride + k];
}

RUN {
    // d = 1 .. 16 row by row; g adds up the window, so y[0][0] is
    // 1 + 2 + 3 + 5 + 6 + 7 + 9 + 10 + 11 = 54.
    float d[9][9] = {{0}}, g[9][9] = {{0}}, u[9][9], v[9][9], y[9][9];
    for (int i = 0; i < 16; i++) d[i / 4][i % 4] = (float)i + 1;
    for (int i = 0; i < 9; i++) g[i / 3][i % 3] = 1;
    both_sides(u, f2.g[0], 3, 4, 3, g);
    both_sides(v, f2.b[0], 9, 4, 4, d);
    for (int i = 0; i < 16; i++) v[i / 4][i % 4] *= u[i / 4][i % 4];
    both_sides(y, f2.a[0], 9, 2, 4, v);
    printf("%g %g\n%g %g\n", y[0][0], y[0][1], y[1][0], y[1][1]);
}

// %% [markdown]
// A map is covered with such tiles. Each makes 2 x 2 outputs and reads 4 x 4
// inputs, so neighbours share two rows or columns of what they read.

// %%
RUN {
    nb_picture picture = nb_picture_start(120, 60, NULL);
    for (int i = 0; i < 3; i++) {
        float left = 10 + 20 * (float)i;
        rn_box reads = {left, 10, left + 40, 50};
        nb_box(&picture, reads, i, NULL);
        nb_fill(&picture, (rn_box){left + 10, 20, left + 30, 40}, i, NULL);
    }
    nb_picture_show(&picture);
}

// %% [markdown]
// Filled: the outputs of three tiles, 2 x 2 pixels each. Outlined: what each reads.
//
// ## Is it worth it?
//
// The transformations $B^T d\,B$ and $A^T M A$ cost additions, many more than the
// multiplications they save, if there is one channel. But there are 256. The
// transformed input is used for all $K$ output channels, so $B^T d\,B$ is
// computed once per input channel. The sum over input channels can be taken
// *before* the last step, since that step is linear, so $A^T M A$ is computed once
// per output channel. The multiplications are there for every *pair* of channels:
//
// $$C \cdot (\text{input transform}) \;+\; 16\,C\,K \;+\;
// K \cdot (\text{output transform}).$$
//
// And for each of the 16 positions that middle term is a matrix product, tiles
// times $C$ by $C$ times $K$: the polished code of step 4 does it. Here is all
// of it with plain loops.

// %%
void transform_weights(float *u, const float *w, int c_count, int k_count) {
    int pairs = c_count * k_count;
    for (int i = 0; i < pairs; i++) { // u: (16, C, K)
        float g[9][9] = {{0}}, out[9][9];
        for (int tap = 0; tap < 9; tap++)
            g[tap / 3][tap % 3] = w[tap * pairs + i];
        both_sides(out, f2.g[0], 3, 4, 3, g);
        for (int at = 0; at < 16; at++) u[at * pairs + i] = out[at / 4][at % 4];
    }
}

void winograd_tile(float *y, const float *x, const float *u,
                   const rn_conv_dims *d, int p, int q) {
    float in[9][9] = {{0}}, v[9][9], out[9][9];
    static float sum[16][K];
    memset(sum, 0, sizeof sum);
    for (int c = 0; c < d->c; c++) {
        for (int i = 0; i < 16; i++)
            in[i / 4][i % 4] = pixel(x, d, p - 1 + i / 4, q - 1 + i % 4, c);
        both_sides(v, f2.b[0], 9, 4, 4, in);
        for (int i = 0; i < 16; i++)
            add_row(sum[i], v[i / 4][i % 4], u + (i * d->c + c) * d->k, d->k);
    }
    for (int k = 0; k < d->k; k++) {
        for (int i = 0; i < 16; i++) in[i / 4][i % 4] = sum[i][k];
        both_sides(out, f2.a[0], 9, 2, 4, in);
        for (int i = 0; i < 4; i++)
            y[((p + i / 2) * d->w + q + i % 2) * d->k + k] = out[i / 2][i % 2];
    }
}

void winograd_by_hand(float *y, const float *x, const float *w,
                      const rn_conv_dims *d) {
    static float *u; // of the one layer that we have
    if (!u) {
        u = calloc(16 * C * K, sizeof *u);
        transform_weights(u, w, d->c, d->k);
    }
    for (int p = 0; p < d->h; p += 2)
        for (int q = 0; q < d->w; q += 2) winograd_tile(y, x, u, d, p, q);
}

// %% [markdown]
// The library has the same, with all channels of a tile transformed at once in
// vector registers, and the sixteen products by the code of step 4.

// %%
void library_winograd2(float *y, const float *x, const float *w,
                       const rn_conv_dims *d) {
    by_library(RN_CONV_WINOGRAD2, y, x, w, d);
}

void library_winograd4(float *y, const float *x, const float *w,
                       const rn_conv_dims *d) {
    by_library(RN_CONV_WINOGRAD4, y, x, w, d);
}

// %% volatile
RUN {
    measure(5, "F(2x2, 3x3), loops", winograd_by_hand);
    measure(6, "F(2x2, 3x3), the library", library_winograd2);
    measure(7, "F(4x4, 3x3), the library", library_winograd4);
    printf("\nall seven:\n");
    for (int i = 1; i <= 7; i++)
        printf("%d  %-29s %6.1f GFLOP/s\n", i, name_of[i], gflops[i]);
    nb_chart chart = nb_chart_start("The same layer, seven ways (one core)",
                                    "step", "effective GFLOP/s");
    double step[] = {1, 2, 3, 4, 5, 6, 7};
    nb_line(&chart, "", 7, step, gflops + 1);
    nb_dots(&chart, "", 7, step, gflops + 1);
    chart.log_y = true;
    chart.x_low = .5;
    chart.x_high = 7.5;
    nb_chart_show(&chart);
}

// %% [markdown]
// Step 5 against step 2 shows the trick alone, loops against loops. Steps 6 and 7
// have both the trick and the polished product. They are called *effective*
// GFLOP/s, for the operations of the definition, most of which are never done;
// that is how a number can exceed what the processor is able to do.
//
// Step 7 makes 4 x 4 outputs from 6 x 6 inputs with 36 multiplications for 144.
// Where does it come from? Guessing as we did above will not do.
//
// ## Where the trick comes from
//
// Read a filter as a polynomial, $g(z) = g_0 + g_1 z + g_2 z^2$. Take *any* $m$
// numbers $u$ as another, $u(z) = u_0 + \dots + u_{m-1} z^{m-1}$, and let
// $s = g \cdot u$ be their product. Its coefficients are $s_n = \sum_{i + j = n}
// u_i\,g_j$, and so
//
// $$\sum_i u_i\,y_i = \sum_{i, j} u_i\,g_j\,d_{i+j} = \sum_n d_n\,s_n. \qquad (*)$$
//
// $(*)$ holds whatever the $u_i$ are, so $y_i$ is the factor of $u_i$ in the
// right-hand sum. So let us compute the coefficients $s_n$ cleverly. A polynomial
// of degree $m + 1$ is known from its values at $m + 2$ places, and *the value of
// a product is a product of values*: $s(a) = g(a)\,u(a)$, one multiplication per
// place $a$. As the last "place" take the highest coefficient, $g_2\,u_{m-1}$,
// which is called the value at infinity. Lagrange gives $s$ back from the other
// $m + 1$ places:
//
// $$s(z) = \sum_a \frac{g(a)\,u(a)}{N_a} \prod_{b \ne a} (z - b)
// \; + \; g_2\,u_{m-1} \prod_a (z - a), \qquad N_a = \prod_{b \ne a} (a - b).$$
//
// Check it: at a place $a$ every term but one vanishes, the degree is right, and so
// is the highest coefficient. Now put the coefficients into $(*)$ and look what
// stands beside $u_i$, remembering $u(a) = \sum_i u_i\,a^i$:
//
// $$y_i = \sum_a a^i \cdot \frac{g(a)}{N_a} \cdot
// \sum_n d_n \left[ z^n \right] \prod_{b \ne a} (z - b)
// \; + \; \left[ i = m - 1 \right] g_2 \sum_n d_n \left[ z^n \right] \prod_a (z - a),$$
//
// where $[z^n]$ reads off a coefficient and $[i = m - 1]$ is 1 if that is so and
// else 0. There are all three matrices, a row for each place: the powers $a^i$ make
// $A$, the values $g(a) / N_a$ make $G$, and the coefficients of the products make
// $B^T$. They hold for any $m$: $m + 2$ multiplications for what takes $3m$. With the
// places $0, 1, -1$ it is our $F(2, 3)$, up to signs that cancel: the sums
// $g(1) = g_0 + g_1 + g_2$ and $g(-1) = g_0 - g_1 + g_2$ were values of a polynomial.

// %%
// F(m, 3) from m + 1 places; the last one is infinity.
winograd from_places(int m, const double *place) {
    winograd f = {.m = m, .t = m + 2};
    int finite = m + 1;
    for (int i = 0; i <= finite; i++) { // a row for each place
        int degree = 0;
        double norm = 1, here = i < finite ? place[i] : 0;
        f.b[i][0] = 1;
        for (int j = 0; j < finite; j++) {
            if (j == i) continue;
            norm *= i < finite ? here - place[j] : 1;
            degree++; // times (z - place[j])
            for (int n = degree; n >= 0; n--)
                f.b[i][n] = (n ? f.b[i][n - 1] : 0) - place[j] * f.b[i][n];
        }
        for (int k = 0; k < m; k++)
            f.a[k][i] = i < finite ? pow(here, k) : k == m - 1;
        for (int k = 0; k < 3; k++)
            f.g[i][k] = i < finite ? pow(here, k) / norm : k == 2;
    }
    return f;
}

RUN {
    winograd f = from_places(2, (double[]){0, 1, -1});
    printf("      B'                  G               A\n");
    for (int i = 0; i < 4; i++) {
        for (int j = 0; j < 4; j++) printf("%4g", f.b[i][j]);
        printf("    ");
        for (int j = 0; j < 3; j++) printf("%5g", f.g[i][j] + 0.);
        printf("    ");
        for (int j = 0; j < 2; j++) printf("%4g", f.a[j][i]);
        printf("\n");
    }
}

// %% [markdown]
// ## Why not larger and larger tiles?
//
// For $m \times m$ outputs we multiply $(m + 2)^2$ times instead of $9 m^2$: the
// larger the tile, the better, up to a factor of 9. Two things are in the way.
// The additions of the transformations grow with $m$. And the numbers do
// not stay exact: more places means higher powers and differences of large
// numbers, and a float has 24 bits. We measure it: 64 input channels, random
// numbers, everything in single precision, against the definition in double.

// %%
enum { CHANNELS = 64, TILES = 40 };

// The error of one tile: sums of squares of error and of output.
void tile_error(double sum[2], const winograd *f, rn_rng *rng) {
    float d[9][9] = {{0}}, g[9][9] = {{0}}, u[9][9], v[9][9], y[9][9];
    float all[9][9] = {{0}};
    double exact[9][9] = {{0}};
    int t = f->t, m = f->m;
    for (int c = 0; c < CHANNELS; c++) {
        for (int i = 0; i < t * t; i++)
            d[i / t][i % t] = (float)rn_rng_range(rng, -1, 1);
        for (int i = 0; i < 9; i++)
            g[i / 3][i % 3] = (float)rn_rng_range(rng, -1, 1);
        for (int i = 0; i < 9 * m * m; i++) {
            int p = i / 9 / m, q = i / 9 % m, r = i % 9 / 3, s = i % 3;
            exact[p][q] += (double)d[p + r][q + s] * g[r][s];
        }
        both_sides(u, f->g[0], 3, t, 3, g);
        both_sides(v, f->b[0], 9, t, t, d);
        for (int i = 0; i < t * t; i++)
            all[i / t][i % t] += u[i / t][i % t] * v[i / t][i % t];
    }
    both_sides(y, f->a[0], 9, m, t, all);
    for (int i = 0; i < m * m; i++) {
        double wrong = y[i / m][i % m] - exact[i / m][i % m];
        sum[0] += wrong * wrong;
        sum[1] += exact[i / m][i % m] * exact[i / m][i % m];
    }
}

// Typical error, as a part of a typical output.
double winograd_error(const winograd *f) {
    rn_rng rng = rn_rng_stream(1, "tiles", 0);
    double sum[2] = {0};
    for (int i = 0; i < TILES; i++) tile_error(sum, f, &rng);
    return sqrt(sum[0] / sum[1]);
}

RUN {
    const double place[] = {0, 1, -1, 2, -2, .5, -.5, 4};
    double size[6], error[6];
    printf("tile    per output   fewer by   error\n");
    for (int m = 2; m <= 7; m++) {
        winograd f = from_places(m, place);
        size[m - 2] = m;
        error[m - 2] = winograd_error(&f);
        printf("%d x %d      %5.2f       %4.2f    %.0e\n", m, m,
               (m + 2.) * (m + 2) / m / m, 9. * m * m / (m + 2) / (m + 2),
               error[m - 2]);
    }
    nb_chart chart = nb_chart_start("What larger tiles cost in precision",
                                    "m, outputs of a tile in each direction",
                                    "relative error");
    nb_line(&chart, "", 6, size, error);
    nb_dots(&chart, "", 6, size, error);
    chart.log_y = true;
    chart.y_low = 1e-8;
    chart.y_high = 1e-2;
    nb_chart_show(&chart);
}

// %% [markdown]
// Each step outward buys less: from 4 x 4 to 6 x 6 only another fifth of the
// multiplications goes, while the transformations grow, and with the place 4 the
// error jumps by a factor of ten. The library stops at 4 x 4. Three quarters of
// the multiplications are gone, and an error of some millionths is far below the
// noise of stochastic gradients. Its places are not $\pm 1$ and $\pm 2$ but $\pm\frac34$ and
// $\pm\frac32$, whose powers stay closer together.
//
// Here is the error of the library's own methods, for one row of pixels of our
// layer, 256 channels, against sums in double precision.

// %% volatile
RUN {
    enum { ROW = 7 };
    static double exact[SIDE][K];
    for (int q = 0; q < SIDE; q++)
        for (int i = 0; i < 9 * C; i++) {
            int tap = i / C, c = i % C;
            double at = pixel(x, &layer, ROW + tap / 3 - 1, q + tap % 3 - 1, c);
            for (int k = 0; k < K; k++) exact[q][k] += at * w[i * K + k];
        }
    for (int a = 0; a < RN_CONV_ALGORITHMS; a++) {
        if (a == RN_CONV_IMPLICIT) continue; // the same sums as im2col
        double sum[2] = {0};
        by_library((rn_conv_algorithm)a, y, x, w, &layer);
        for (int i = 0; i < SIDE * K; i++) {
            double value = exact[i / K][i % K];
            sum[0] += pow(y[ROW * SIDE * K + i] - value, 2);
            sum[1] += value * value;
        }
        printf("%-10s error %.0e\n",
               rn_conv_algorithm_name((rn_conv_algorithm)a),
               sqrt(sum[0] / sum[1]));
    }
}

// %% [markdown]
// A surprise is in the first line. The definition errs more than $F(2\times2)$: it
// adds 2304 numbers to one sum, one after the other, and rounds each time. The
// others never have more than 256 numbers in a row: short sums round less.
//
// ## Which one, when?
//
// No method is the best everywhere. Winograd's needs 3 x 3 windows that move
// one pixel at a time (or two: then it takes the odd pixels and the even ones as maps
// of their own, and gains less), and enough tiles that transforming the filter, which costs
// as much as some dozen tiles, is worth it. A 1 x 1 convolution *is* a matrix
// product already (the table says im2col, which has nothing to copy there). For maps
// of few channels there is `implicit`: im2col without writing the matrix.
// `rn_conv2d_choose` decides by shape, and never by the number of
// threads or by a stopwatch: otherwise the same run would give other bits
// tomorrow.

// %%
void choice(const char *what, rn_conv_dims d, rn_conv_phase phase) {
    rn_conv_map map = {.d = d};
    printf("%-44s %s\n", what,
           rn_conv_algorithm_name(rn_conv2d_choose(&map, 1, phase)));
}

RUN {
    choice("first layer, 7x7, stride 2, 3 channels",
           (rn_conv_dims){1, 512, 512, 3, 64, 7, 7, 2, 3}, RN_CONV_FORWARD);
    choice("bottleneck, 1x1", (rn_conv_dims){1, 64, 64, 256, 64, 1, 1, 1, 0},
           RN_CONV_FORWARD);
    choice("bottleneck, 3x3", (rn_conv_dims){1, 64, 64, 64, 64, 3, 3, 1, 1},
           RN_CONV_FORWARD);
    choice("P6 from C5, 3x3, stride 2",
           (rn_conv_dims){1, 16, 16, 2048, 256, 3, 3, 2, 1}, RN_CONV_FORWARD);
    for (int level = 3; level <= 7; level++) {
        int side = 512 >> level;
        char what[64];
        snprintf(what, sizeof what, "head on P%d alone, %d x %d", level, side,
                 side);
        choice(what, (rn_conv_dims){1, side, side, 256, 256, 3, 3, 1, 1},
               RN_CONV_FORWARD);
    }
    choice("the same, P7, filter transformed beforehand",
           (rn_conv_dims){1, 4, 4, 256, 256, 3, 3, 1, 1}, RN_CONV_INFERENCE);
}

// %% [markdown]
// The small levels P6 and P7 are too small for the best method when they come
// alone. But the head has *the same weights on every level*, so the library takes
// the five maps as one list of tiles, transforms the filter once, and the small
// levels are part of a large piece of work. Notebook 9 is about what this sharing
// means for the gradient.
//
// ## Change this cell
//
// $F(4, 3)$ needs five places and infinity. By symmetry they are
// $0, \pm\text{near}, \pm\text{far}$. Change the two numbers.
//
// **Expect:** with 1 and 2, the textbook's choice, the error is 2e-06. With 0.75
// and 1.5, the library's, it is half of that. With 1 and 4 it is about seven times as
// large, since $4^3 = 64$ meets $1$ in the same sum; with 0.25 and 0.5 it is worse
// still. With 1 and 1.01 hardly three digits are left: two places are nearly the same
// place, and dividing by $N_a$ divides by their distance.

// %%
double near = 1, far = 2;

RUN {
    winograd f = from_places(4, (double[]){0, near, -near, far, -far});
    printf("places 0, +-%g, +-%g, infinity: error %.0e\n", near, far,
           winograd_error(&f));
}

// %% [markdown]
// ## What to keep
//
// - Before counting operations, ask whether they can run side by side, and how
//   memory is touched: the same loops in another order were worth more than any
//   algorithm after them.
// - im2col turns every convolution into a matrix product, and a matrix product
//   can be polished once for all.
// - Winograd: a sliding sum is a product of polynomials, read the other way. Its
//   values at $m + 2$ places need $m + 2$ multiplications instead of $3m$; in two
//   dimensions 36 for 144. Many channels pay for the additions.
// - Speed is bought with rounding errors. Measure them, against a sum in double.
//
// The tour through the code goes `conv_direct.c`, `conv_im2col.c`,
// `gemm_kernel.c`, `conv_implicit.c`, `winograd.c` in `lib/tensor`, and
// `bench --ladder` prints the table of this notebook for all of them, forward and
// backward. The trick for convolutions in networks is from A. Lavin and S. Gray,
// "Fast algorithms for convolutional neural networks" (CVPR 2016); the algebra is
// from S. Winograd's work of the 1970s and older.
//
// ## Exercises
//
// Write them into `notebooks-c/exercises/08_convolution.c` and run
// `make check-exercises ONLY=08`.
//
// 1. **The bill.** Write `fewer_by(m, r)`: how many times fewer multiplications
//    does $F(m \times m, r \times r)$ need than the definition? From which $m$ on
//    does a filter of 5 x 5 gain a factor of at least 4?
// 2. **What a pixel sees.** Write `window(row, x, h, w, c, p, q)`: the row of the
//    im2col matrix for output pixel $(p, q)$ of a 3 x 3 convolution with zeros
//    around the map. The check compares with `rn_im2col`.
// 3. **The other way round.** Write `f32(y, d, g)`, three outputs of a filter
//    with *two* taps, $y_i = d_i\,g_0 + d_{i+1}\,g_1$, with four multiplications
//    of something with $d$ by something with $g$. Each of them has to go through
//    `times(a, b)`, which counts. Use the places $0, 1, -1$ and infinity.
//
// Next, notebook 9: how the gradient comes back through all this.
