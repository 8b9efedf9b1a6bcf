// %% [markdown]
// # 9. Backpropagation through a pyramid with shared heads
//
// A detector looks at a picture at five sizes, and the same small network, the
// *head*, judges every place at every size. On a picture of 640 x 640 pixels each
// weight of the head is used at 8525 places. When training asks "what would the loss
// do if this weight were a little larger?", the answer has to gather what happens at
// all of them, and what happens there depends on other levels too.
//
// That sounds like book-keeping in which one gets lost. It is one rule:
// **backward only ever adds.**
//
// In this notebook
//
// - the chain rule on a graph: a sum over paths;
// - a tape of 30 lines that computes every gradient;
// - a pyramid of three levels with a shared head, small enough to do by hand:
//   every number is computed three times, by hand, by the 30 lines and by the
//   library;
// - a check that finds mistakes in a gradient;
// - what sharing does: who trains the head, and with how much weight.
//
// You need C and the chain rule. Reading takes about 25 minutes.

// %%
#include "base/rng.h"
#include "loss/classification.h"
#include "model/fpn.h"
#include "model/head.h"
#include "nn/eltwise.h"
#include "nn/init.h"
#include "nn/upsample.h"
#include "notebook.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// %% [markdown]
// ## Two ways to the same number
//
// Take $f = (x + w)\,w$ with $x = 2$ and $w = 3$. A computer does it in two steps,
//
// $$s = x + w = 5, \qquad f = s\,w = 15.$$
//
// What is $\partial f / \partial w$? The weight acts on $f$ in two ways, directly
// and through $s$. Draw what was computed as a graph, and write on every arrow
// how fast its end changes with its beginning, all else held still.

// %%
RUN {
    nb_picture picture = nb_drawing_start(300, 130);
    rn_box x = {20, 15, 70, 45}, w = {20, 85, 70, 115};
    rn_box s = {120, 15, 180, 45}, f = {230, 50, 285, 80};
    nb_fill(&picture, x, 0, NULL);
    nb_fill(&picture, w, 5, NULL);
    nb_fill(&picture, s, 2, NULL);
    nb_fill(&picture, f, 7, NULL);
    nb_text(&picture, 30, 34, NB_INK, "x = 2");
    nb_text(&picture, 30, 104, NB_INK, "w = 3");
    nb_text(&picture, 127, 34, NB_INK, "s = x + w");
    nb_text(&picture, 238, 69, NB_INK, "f = s w");
    nb_arrow(&picture, 70, 30, 120, 30, 7);
    nb_arrow(&picture, 70, 90, 120, 42, 7);
    nb_arrow(&picture, 180, 34, 230, 58, 7);
    nb_arrow(&picture, 70, 104, 230, 73, 7);
    nb_text(&picture, 92, 26, NB_INK, "1");
    nb_text(&picture, 86, 64, NB_INK, "1");
    nb_text(&picture, 206, 40, NB_INK, "w = 3");
    nb_text(&picture, 146, 102, NB_INK, "s = 5");
    nb_picture_show(&picture);
}

// %% [markdown]
// Along one path the slopes multiply: that is the chain rule. Over several paths
// they add: that is what "total derivative" means. From $w$ to $f$ there are two
// paths,
//
// $$\frac{\partial f}{\partial w} = \underbrace{5}_{\text{directly}} +
// \underbrace{1 \cdot 3}_{\text{through } s} = 8, \qquad
// \frac{\partial f}{\partial x} = 1 \cdot 3 = 3.$$
//
// Make $w$ larger by 0.01 and see: $5.01 \cdot 3.01 = 15.0801$, a rise of about 8 per unit.
//
// In a network the paths are beyond counting, since they multiply with every layer.
// But we need not walk them one by one. Start at the result, whose
// slope with respect to itself is 1, and go back. If a node knows
// its own gradient $g$, it can send to each of its inputs $g$ times the slope on that
// arrow. **A node's gradient is the sum of what all its readers send.** When
// the last of them has sent, it is complete.
//
// Who guarantees that all have sent before the node passes it on? The order: a
// reader is always computed *after* what it reads. So walk through the list of all
// operations from the last to the first. Such a list is called a *tape*.
//
// ## A tape in 30 lines

// %%
typedef struct number {
    double value, grad;
} number;

typedef struct step {
    char operation; // '+' or '*'
    number *a, *b, *out;
} step;

enum { MOST = 500 };
number all[MOST];
step tape[MOST];
int num_numbers, num_steps;
bool adds = true; // the rule

number *new_number(double value) {
    all[num_numbers] = (number){value, 0};
    return &all[num_numbers++];
}

number *compute(number *a, char operation, number *b) {
    number *out = new_number(operation == '*' ? a->value * b->value
                                              : a->value + b->value);
    tape[num_steps++] = (step){operation, a, b, out};
    return out;
}

void give(number *to, double amount) {
    to->grad = adds ? to->grad + amount : amount;
}

void walk_back(number *result) {
    result->grad = 1;
    for (int i = num_steps - 1; i >= 0; i--) {
        step s = tape[i];
        give(s.a, s.out->grad * (s.operation == '*' ? s.b->value : 1));
        give(s.b, s.out->grad * (s.operation == '*' ? s.a->value : 1));
    }
}

RUN {
    number *x = new_number(2), *w = new_number(3);
    number *f = compute(compute(x, '+', w), '*', w);
    walk_back(f);
    printf("f = %g, df/dx = %g, df/dw = %g\n", f->value, x->grad, w->grad);
}

// %% [markdown]
// Nothing in `walk_back` knows how often a number was used. It was used twice, so
// it was given to twice.
//
// ## The smallest pyramid
//
// Now a feature pyramid (Lin et al. 2017; section 4 of the focal loss paper), with
// one channel and 1 x 1 convolutions, so that a convolution is a multiplication.
// The backbone hands over three maps: $C_3$ with 4 x 4 pixels, all 1; $C_4$ with
// 2 x 2, all 2; and $C_5$, one pixel, 3. Each level has a lateral weight
// $l$, the coarser map is enlarged (each pixel becomes 2 x 2) and added, and
// **the same** head weight $h$ makes the output everywhere:
//
// $$M_5 = l_5 C_5, \qquad M_4 = l_4 C_4 + \mathrm{up}(M_5), \qquad
// M_3 = l_3 C_3 + \mathrm{up}(M_4), \qquad O_i = h\,M_i.$$
//
// With $l_3 = l_4 = 1$, $l_5 = 2$ and $h = 2$ all pixels of a level are
// equal.

// %%
void level_row(nb_picture *picture, float y, int side, const char *text[3]) {
    const int colour[3] = {0, 2, 5};
    for (int column = 0; column < 3; column++) {
        float left = 20 + 110 * (float)column, cell = 12;
        for (int i = 0; i < side * side; i++) {
            float x = left + cell * (float)(i % side);
            float top = y + cell * (float)(i / side);
            nb_fill(picture, (rn_box){x, top, x + cell, top + cell},
                    colour[column], NULL);
        }
        nb_text(picture, left, y - 3, NB_INK, text[column]);
        if (column < 2)
            nb_arrow(picture, left + 52, y + 6, left + 106, y + 6,
                     column ? 5 : 0);
    }
}

RUN {
    nb_picture picture = nb_drawing_start(330, 170);
    level_row(&picture, 20, 1, (const char *[]){"C5: 3", "M5: 6", "O5: 12"});
    level_row(&picture, 60, 2, (const char *[]){"C4: 2", "M4: 8", "O4: 16"});
    level_row(&picture, 112, 4, (const char *[]){"C3: 1", "M3: 9", "O3: 18"});
    nb_arrow(&picture, 136, 32, 136, 49, 2);
    nb_arrow(&picture, 136, 84, 136, 101, 2);
    nb_text(&picture, 82, 23, NB_INK, "2");
    nb_text(&picture, 82, 63, NB_INK, "1");
    nb_text(&picture, 82, 115, NB_INK, "1");
    nb_text(&picture, 186, 23, NB_INK, "h = 2");
    nb_text(&picture, 186, 63, NB_INK, "h = 2");
    nb_text(&picture, 186, 115, NB_INK, "h = 2");
    nb_picture_show(&picture);
}

// %% [markdown]
// As a loss take the sum of all outputs: $L = 12 + 4 \cdot 16 + 16 \cdot 18 = 364$.
// Now the gradients, by hand.
//
// **Down from the outputs.** Every output has the gradient 1, so the head sends
// $h = 2$ to every pixel of every $M$. A pixel of $M_3$ has no other reader:
// $g_3 = 2$. A pixel of $M_4$ has five: the head, and four pixels of $M_3$ that were
// made from it, so $g_4 = 2 + 4 \cdot 2 = 10$. The one pixel of $M_5$ likewise:
// $g_5 = 2 + 4 \cdot 10 = 42$. Indeed it acts on $1 + 4 + 16 = 21$ outputs.
//
// **The lateral weights** gather over their own level:
// $\partial L / \partial l_5 = 42 \cdot 3 = 126$,
// $\partial L / \partial l_4 = 4 \cdot 10 \cdot 2 = 80$,
// $\partial L / \partial l_3 = 16 \cdot 2 \cdot 1 = 32$.
//
// **The shared weight** gathers over all levels:
//
// $$\frac{\partial L}{\partial h} = \sum_{\text{levels}} \sum_{\text{pixels}} M
// = 6 + 4 \cdot 8 + 16 \cdot 9 = 6 + 32 + 144 = 182.$$

// %%
enum { LEVELS = 3 }; // 0 is P3, 2 is P5
const int side[LEVELS] = {4, 2, 1};
const double feature[LEVELS] = {1, 2, 3}, lateral[LEVELS] = {1, 1, 2};

typedef struct pyramid {
    number *c[LEVELS][16], *l[LEVELS], *h, *loss;
} pyramid;

pyramid build(void) {
    number *m[LEVELS][16];
    num_numbers = num_steps = 0;
    pyramid p = {.h = new_number(2), .loss = new_number(0)};
    for (int level = LEVELS - 1; level >= 0; level--) {
        int n = side[level];
        p.l[level] = new_number(lateral[level]);
        for (int i = 0; i < n * n; i++) {
            p.c[level][i] = new_number(feature[level]);
            number *sum = compute(p.l[level], '*', p.c[level][i]);
            if (level < LEVELS - 1) { // row i / n, column i % n
                int above = i / n / 2 * (n / 2) + i % n / 2;
                sum = compute(sum, '+', m[level + 1][above]);
            }
            m[level][i] = sum;
            p.loss = compute(p.loss, '+', compute(p.h, '*', sum));
        }
    }
    return p;
}

void print_gradients(const pyramid *p) {
    printf("loss %g, %d operations\n", p->loss->value, num_steps);
    printf("dL/dh   %4g\n", p->h->grad);
    for (int level = LEVELS - 1; level >= 0; level--)
        printf("dL/dl%d  %4g   dL/dC%d at each pixel %g\n", level + 3,
               p->l[level]->grad, level + 3, p->c[level][0]->grad);
}

RUN {
    pyramid p = build();
    walk_back(p.loss);
    print_gradients(&p);
}

// %% [markdown]
// All as computed by hand. Note what the program does *not* contain: a case for
// "this weight is shared", or for "this map has two readers".
//
// ## Change this cell
//
// The most common mistake of everyone who writes a backward pass for the first time
// is an `=` where `+=` belongs. Change `adds` to `false` and run the cell again.
//
// **Expect:** the loss is still 364, since nothing forward has changed. But each
// number keeps only what it was given *last*: $\partial L/\partial h$ becomes 6, as if
// there were no level but P5; $\partial L/\partial l_5$ becomes 6 instead of 126, as
// if nobody below used the top of the pyramid. Such a network trains, a
// little worse, and nobody notices.

// %%
RUN {
    adds = true;
    pyramid p = build();
    walk_back(p.loss);
    print_gradients(&p);
    adds = true; // for the cells below
}

// %% [markdown]
// ## The library's tape
//
// `lib/nn/tape.h` is the same with maps instead of numbers. A *tensor* is a map with
// its gradient. A *node* is one operation: what it read, what it made, and a function
// that sends gradients back. Here is the same pyramid; `rn_conv_forward_maps` runs
// one convolution over several maps.

// %%
rn_arena arena; // memory of a step

// A map of which we want to see the gradient: memory of our own.
rn_tensor *new_map(rn_tape *tape, int size, int channels) {
    rn_tensor *map = rn_tape_tensor(tape, 1, size, size, channels, true);
    map->grad =
        rn_arena_zeros(tape->arena, rn_tensor_count(map), sizeof *map->grad);
    return map;
}

RUN {
    rn_params params = {0};
    rn_conv l[LEVELS], h;
    rn_tensor *c[LEVELS], *m[LEVELS], *o[LEVELS];
    rn_tape tape = {.arena = &arena, .recording = true, .training = true};
    for (int i = 0; i < LEVELS; i++)
        l[i] = rn_conv_declare(&params, 1, 1, 1, 1, false, "lateral.%d", i + 3);
    h = rn_conv_declare(&params, 1, 1, 1, 1, false, "head");
    rn_params_commit(&params, true);
    h.weight->value[0] = 2;
    for (int i = LEVELS - 1; i >= 0; i--) {
        l[i].weight->value[0] = (float)lateral[i];
        c[i] = new_map(&tape, side[i], 1);
        for (int k = 0; k < side[i] * side[i]; k++)
            c[i]->value[k] = (float)feature[i];
        m[i] = rn_conv_forward(&tape, &l[i], NULL, false, c[i]);
        if (i < LEVELS - 1)
            m[i] = rn_upsample_add_forward(&tape, m[i], m[i + 1]);
    }
    rn_conv_forward_maps(o, &tape, &h, NULL, false, m, LEVELS, NULL);
    for (int i = 0; i < LEVELS; i++) {
        rn_float *one = rn_tape_gradient(&tape, o[i]);
        for (int k = 0; k < side[i] * side[i]; k++) one[k] = 1;
    }
    rn_tape_backward(&tape);
    printf("dL/dh   %4g\n", h.weight->grad[0]);
    for (int i = LEVELS - 1; i >= 0; i--)
        printf("dL/dl%d  %4g   dL/dC%d at each pixel %g\n", i + 3,
               l[i].weight->grad[0], i + 3, c[i]->grad[0]);
    rn_params_free(&params);
    rn_arena_reset(&arena);
}

// %% [markdown]
// The third time the same numbers.
//
// ## An operation of your own
//
// What does an operation have to do to live on the tape? Compute its
// value; save what the way back needs; add. As an example the
// square, $y = x^2$, with $\partial y/\partial x = 2x$, and $z = x^2 + x$ made
// with it, in which $x$ has two readers. At $x = 3$ the slope is $2 \cdot 3 + 1 = 7$.

// %%
typedef struct square_node {
    rn_node node; // first, so that one pointer serves for both
    rn_tensor *x, *y;
} square_node;

void square_backward(rn_node *base, rn_arena *scratch) {
    square_node *node = (square_node *)base;
    (void)scratch;
    for (size_t i = 0; i < rn_tensor_count(node->x); i++)
        node->x->grad[i] += 2 * node->x->value[i] * node->y->grad[i];
}

rn_tensor *square(rn_tape *tape, rn_tensor *x) {
    rn_tensor *y = rn_tape_tensor(tape, x->n, x->h, x->w, x->c, true);
    for (size_t i = 0; i < rn_tensor_count(x); i++)
        y->value[i] = x->value[i] * x->value[i];
    square_node *node = rn_tape_node(tape, sizeof *node, square_backward);
    rn_node_input(&node->node, x);
    rn_node_output(&node->node, y);
    node->x = x, node->y = y;
    return y;
}

RUN {
    rn_tape tape = {.arena = &arena, .recording = true};
    rn_tensor *x = new_map(&tape, 1, 1);
    x->value[0] = 3;
    rn_tensor *z = rn_add_forward(&tape, square(&tape, x), x, false);
    rn_tape_gradient(&tape, z)[0] = 1;
    rn_tape_backward(&tape);
    printf("z = %g, dz/dx = %g\n", z->value[0], x->grad[0]);
    rn_arena_reset(&arena);
}

// %% [markdown]
// Adding needs zeros to begin with, and writing zeros into a map of 256 channels only to
// add to it at once is a waste. So the library's operations may *store* if
// they are the first to send (`grad_is_new`), which gives the same numbers. And since
// a gradient is complete when its maker's turn comes, and useless afterwards,
// its memory is handed on to the next one: a few maps serve a whole network.
//
// ## A real one, and how to check it
//
// The library's own pyramid and head (`lib/model/fpn.h`, `head.h`), with 8 channels
// instead of 256, on maps of 32 x 32, 16 x 16 and 8 x 8 with random numbers; three
// anchors at every place, a label for each, and the focal loss of notebook 6.
// 4032 anchors, 42 of them positive.

// %%
enum { CHANNELS = 8, ANCHORS = 3, ALL = 7, EVERY = 97 };
typedef struct network {
    rn_params params;
    rn_fpn fpn;
    rn_head head;
    rn_float *feature[LEVELS];
} network;
network net;

void make_network(network *n) {
    rn_model_config config = {.fpn_channels = CHANNELS,
                              .first_level = 3,
                              .top_level = 5,
                              .head_convs = 1};
    rn_fpn_declare(&n->fpn, &n->params, &config,
                   (int[]){CHANNELS, CHANNELS, CHANNELS}, "fpn.");
    rn_head_declare(&n->head, &n->params, &config, LEVELS, ANCHORS, "head.",
                    "logits");
    rn_params_commit(&n->params, true);
    for (size_t i = 0; i < n->params.count; i++) {
        rn_param *p = n->params.list[i];
        if (p->kind == RN_PARAM_CONV)
            rn_init_normal(p, sqrt(2 / rn_init_fan_in(p)), 9);
    }
    for (int k = 0; k < ANCHORS; k++) // the prior of notebook 7
        n->head.last.bias->value[k] = -logf(99);
    for (int i = 0; i < LEVELS; i++) {
        size_t count = (size_t)(CHANNELS << (10 - 2 * i));
        rn_rng rng = rn_rng_stream(9, "features", (uint64_t)i);
        n->feature[i] = malloc(count * sizeof *n->feature[i]);
        for (size_t k = 0; k < count; k++)
            n->feature[i][k] = (float)rn_rng_range(&rng, -1, 1);
    }
}

// From the features to the logits of all levels; c: the features.
void forward(network *n, rn_tape *tape, rn_tensor **c, rn_tensor **logit) {
    rn_tensor *p[LEVELS];
    for (int i = 0; i < LEVELS; i++) {
        c[i] = new_map(tape, 32 >> i, CHANNELS);
        memcpy(c[i]->value, n->feature[i],
               rn_tensor_count(c[i]) * sizeof *c[i]->value);
    }
    rn_fpn_forward(p, tape, &n->fpn, c);
    rn_head_forward(logit, tape, &n->head, p, LEVELS, NULL);
}

// %% [markdown]
// The loss is a sum over anchors; `levels` says over those of which levels, a bit
// for each. It is divided by the number of positives of *all* levels.

// %%
int positives(int level) { return (ANCHORS << (10 - 2 * level)) / EVERY + 1; }

double loss_of(network *n, int levels, bool back) {
    rn_tape tape = {.arena = &arena, .recording = true, .training = true};
    const rn_loss *focal = rn_loss_find("focal");
    rn_loss_options options = {.gamma = 2, .alpha = .25f};
    rn_tensor *c[LEVELS], *logit[LEVELS];
    double loss = 0;
    float scale = 1 / (float)(positives(0) + positives(1) + positives(2));
    forward(n, &tape, c, logit);
    for (int i = 0; i < LEVELS; i++) {
        size_t count = rn_tensor_count(logit[i]);
        int *label = rn_arena_alloc(&arena, count * sizeof *label);
        for (size_t k = 0; k < count; k++)
            label[k] = k % EVERY ? RN_BACKGROUND : 0;
        rn_float *grad = rn_tape_gradient(&tape, logit[i]);
        if (levels >> i & 1)
            loss += scale * focal->compute(grad, logit[i]->value, label, count,
                                           1, &options, scale);
    }
    rn_params_zero_grad(&n->params);
    if (back) rn_tape_backward(&tape);
    rn_arena_reset(&arena);
    return loss;
}

RUN {
    make_network(&net);
    printf("%zu weights, loss %.3f\n", net.params.trainable,
           loss_of(&net, ALL, true));
}

// %% [markdown]
// Is the gradient right? Nobody computes it by hand any more. But we can *measure*
// slopes: go a small step $\varepsilon$ forward and one back in a direction $v$ of length
// 1, and divide,
//
// $$\frac{L(w + \varepsilon\,v) - L(w - \varepsilon\,v)}{2 \varepsilon} \approx
// \sum_j v_j \frac{\partial L}{\partial w_j}.$$
//
// Which direction? Along the gradient $g$ that the tape claims for a layer, the slope
// is large and well measured. But the claimed gradient alone would be blind: what the
// tape claims to be 0 is never moved. So we add a random direction $r$, which touches
// every weight of the layer: $v$ is $g / |g| + r$, made to have the length 1. If the
// tape forgets a path, or takes one twice, the measurement disagrees with
// $\sum_j v_j\,g_j$, and the row of the table tells where.

// %%
// The slope of the loss in direction v, measured.
double measured(network *n, const float *v, double epsilon) {
    size_t count = n->params.trainable;
    float *w = n->params.value, *start = malloc(count * sizeof *start);
    double end[2];
    memcpy(start, w, count * sizeof *w);
    for (int s = 0; s < 2; s++) {
        for (size_t i = 0; i < count; i++)
            w[i] = start[i] + (float)(s ? epsilon : -epsilon) * v[i];
        end[s] = loss_of(n, ALL, false);
    }
    memcpy(w, start, count * sizeof *w);
    free(start);
    return (end[1] - end[0]) / (2 * epsilon);
}

// Makes v[0..count) as long as 1.
void to_unit(float *v, size_t count) {
    float length = (float)sqrt(rn_loss_square(v, count));
    for (size_t i = 0; i < count; i++) v[i] /= length;
}

// v: the gradient's direction and a random one, added, over one parameter or
// all (NULL). Returns the slope in direction v that the tape claims.
double claimed(network *n, float *v, const rn_param *param) {
    size_t count = n->params.trainable, first = 0;
    rn_rng rng = rn_rng_stream(9, param ? param->name : "all", 0);
    loss_of(n, ALL, true);
    if (param) {
        first = (size_t)(param->grad - n->params.grad);
        count = param->count;
    }
    const float *grad = n->params.grad + first;
    float *r = malloc(count * sizeof *r), *here = v + first;
    memset(v, 0, n->params.trainable * sizeof *v);
    memcpy(here, grad, count * sizeof *here);
    to_unit(here, count);
    for (size_t i = 0; i < count; i++) r[i] = (float)rn_rng_normal(&rng);
    to_unit(r, count);
    for (size_t i = 0; i < count; i++) here[i] += r[i];
    to_unit(here, count);
    free(r);
    double slope = 0;
    for (size_t i = 0; i < count; i++) slope += (double)here[i] * grad[i];
    return slope;
}

RUN {
    float *v = malloc(net.params.trainable * sizeof *v);
    printf("%-28s by the tape   measured\n", "");
    for (size_t i = 0; i < net.params.count; i++) {
        rn_param *p = net.params.list[i];
        double slope = claimed(&net, v, p);
        if (p->kind == RN_PARAM_CONV)
            printf("%-28s %11.2f %10.2f\n", p->name, slope,
                   measured(&net, v, 1e-3));
    }
    free(v);
}

// %% [markdown]
// How small should the step $\varepsilon$ be? Large steps see that the loss is not a parabola
// (curvature itself cancels between the two ends; what remains grows as $\varepsilon^2$), and they
// step over kinks of the ReLU. Small steps divide the rounding errors of two nearly equal losses by
// almost nothing. In between lies a valley, and in single precision it is not deep: three or four
// correct digits are all one gets. Who asks for six "finds" mistakes that are not there.

// %% volatile
RUN {
    enum { STEPS = 25 };
    double epsilon[STEPS], error[STEPS];
    float *v = malloc(net.params.trainable * sizeof *v);
    double slope = claimed(&net, v, NULL);
    for (int i = 0; i < STEPS; i++) {
        epsilon[i] = pow(10, -7 + i * .25);
        error[i] = fabs(measured(&net, v, epsilon[i]) / slope - 1) + 1e-7;
    }
    nb_chart chart = nb_chart_start("How far the measurement is off", "step ε",
                                    "relative error");
    chart.log_x = chart.log_y = true;
    nb_line(&chart, "", STEPS, epsilon, error);
    nb_dots(&chart, "", STEPS, epsilon, error);
    nb_chart_show(&chart);
    free(v);
}

// %% [markdown]
// ## Where a gradient goes
//
// Take one output in the middle of a level, give it the gradient 1 and all others
// 0, and walk back: which pixels of $C_3$, $C_4$ and $C_5$ hear of it?

// %%
enum { PANEL = 128, GAP = 8, WIDTH = 3 * PANEL + 2 * GAP };

// Gradients of the features, each map enlarged to a panel.
void reach(float *canvas, int level) {
    rn_tape tape = {.arena = &arena, .recording = true, .training = true};
    rn_tensor *c[LEVELS], *logit[LEVELS];
    float most = 0;
    forward(&net, &tape, c, logit);
    size_t size = (size_t)logit[level]->h;
    rn_tape_gradient(&tape,
                     logit[level])[(size / 2 * size + size / 2) * ANCHORS] = 1;
    rn_tape_backward(&tape);
    for (int i = 0; i < PANEL * WIDTH; i++) {
        int panel = i % WIDTH / (PANEL + GAP), x = i % WIDTH % (PANEL + GAP);
        if (x >= PANEL) continue; // the gap
        int shrink = PANEL / c[panel]->w;
        int at = i / WIDTH / shrink * c[panel]->w + x / shrink;
        float sum = 0;
        for (int k = 0; k < CHANNELS; k++)
            sum += fabsf(c[panel]->grad[at * CHANNELS + k]);
        canvas[i] = sqrtf(sum);
        most = fmaxf(most, canvas[i]);
    }
    for (int i = 0; i < PANEL * WIDTH; i++) canvas[i] /= most;
    rn_arena_reset(&arena);
}

RUN {
    static float canvas[2][PANEL + GAP][WIDTH];
    const int height = 2 * (PANEL + GAP);
    for (int i = 0; i < 2; i++) reach(canvas[i][0], i ? 2 : 0);
    rn_image heat = nb_heat(canvas[0][0], height, WIDTH, 0, 1, NULL);
    nb_picture picture = nb_picture_start(WIDTH, height, &heat);
    const char *text[] = {"C3, from O3", "C4, from O3", "C5, from O3",
                          "C3, from O5", "C4, from O5", "C5, from O5"};
    for (int i = 0; i < 6; i++) {
        float left = (float)(i % 3 * (PANEL + GAP));
        float top = (float)(i / 3 * (PANEL + GAP));
        nb_box(&picture, (rn_box){left, top, left + PANEL, top + PANEL}, -1,
               NULL);
        nb_text(&picture, left + 4, top + 14, 1, text[i]);
    }
    nb_picture_show(&picture);
    rn_image_free(&heat);
}

// %% [markdown]
// Each row is one output, bright where its gradient is large (as a square root,
// so that faint parts show). Top: a place on the finest level. It
// teaches a small window of $C_3$, and through the enlarged maps also $C_4$ and $C_5$,
// where it sees wider surroundings. Bottom: a place on the coarsest
// level. It teaches $C_5$ alone, since nothing flows upward in this pyramid. So the
// deep layers of the backbone hear from *all* levels, and the small objects on P3
// use what the deep layers know about their surroundings. That is what the pyramid
// is for.
//
// ## What sharing does to the gradient
//
// The head's weights gather from three levels. Switch on the loss of one level at
// a time and look at the gradient of the head's first convolution: how long is it,
// and does it point where the whole points?

// %%
RUN {
    rn_param *w = net.head.conv[0].weight;
    float *part[LEVELS + 1];
    double length[LEVELS + 1], loss[LEVELS + 1];
    for (int i = 0; i <= LEVELS; i++) {
        loss[i] = loss_of(&net, i < LEVELS ? 1 << i : ALL, true);
        part[i] = malloc(w->count * sizeof *part[i]);
        memcpy(part[i], w->grad, w->count * sizeof *part[i]);
        length[i] = sqrt(rn_loss_square(part[i], w->count));
    }
    double gap = 0;
    for (size_t k = 0; k < w->count; k++)
        gap =
            fmax(gap, fabs(part[0][k] + part[1][k] + part[2][k] - part[3][k]));
    printf("level  anchors  positives    loss   length   direction\n");
    for (int i = 0; i <= LEVELS; i++) {
        double dot = 0;
        for (size_t k = 0; k < w->count; k++)
            dot += (double)part[i][k] * part[LEVELS][k];
        int anchors = i < LEVELS ? ANCHORS << (10 - 2 * i) : 4032;
        printf("%-5s %8d %9d %9.3f %8.3f %9.2f\n",
               (const char *[]){"P3", "P4", "P5", "all"}[i], anchors,
               i < LEVELS ? positives(i) : 42, loss[i], length[i],
               dot / length[i] / length[LEVELS]);
        free(part[i]);
    }
    printf("the parts add up to the whole: %s\n",
           gap < 1e-4 * length[LEVELS] ? "yes" : "no");
}

// %% [markdown]
// The parts add up: a shared weight's gradient is the sum of what each level
// would have given it alone. The finest level has three quarters of the anchors
// and here of the positives, and its voice is so loud that the whole points where P3
// points (1 is the same direction, 0 a right angle). P5 hardly has a say. These are
// random features; in training the positives of a level depend on the sizes of
// objects. Two consequences are general:
//
// - The loss is divided by the positives of *all* levels together (section 4.1 of
//   the paper), not level by level. A level without objects in this picture then
//   does not get a voice as loud as the others for its background.
// - Sharing makes one set of weights learn from 4032 anchors instead of three sets
//   from 3072, 768 and 192. What is learned about a shape on P3 is at once known
//   on P5: a detector for all sizes from examples of any size.

// %% [markdown]
// ## What to keep
//
// - Along a path slopes multiply, over paths they add. Walk the tape from the last
//   operation to the first, and let every operation *add* to the gradients of
//   what it read.
// - Shared weights, maps with several readers, residual sums, gradients gathered
//   over several small batches: all are the same rule, and none needs a case
//   of its own.
// - Check gradients by measuring slopes, a layer at a time, along the gradient that is
//   claimed *and* a random direction: alone, the claim hides what it leaves out.
//   Expect three or four digits in single precision.
// - A shared weight hears the *sum* of the levels' gradients. The finest level has most
//   anchors and here by far the longest gradient.
//
// ## Exercises
//
// Write them into `notebooks-c/exercises/09_backpropagation.c` and run
// `make check-exercises ONLY=09`.
//
// 1. **Upsampling, backward.** Write `upsample_backward(dtop, dy, h, w)`: the
//    gradient `dy` of a map that was enlarged from h x w to twice that goes back
//    to the small map. Mind the rule.
// 2. **A weight shared over time.** A state goes through the same step $n$ times,
//    $x_{k+1} = \tanh(w\,x_k + 1)$. Write `recurrent_gradient(w, x, n)`, the
//    derivative of $x_n$ with respect to $w$, by walking back. The derivative of
//    $\tanh u$ is $1 - \tanh^2 u$.
// 3. **The detective.** Write `wrong_part(f, x, gradient, count)`: which component of
//    a claimed gradient is wrong? $-1$ if none is. In double precision you may
//    trust steps of $10^{-5}$ and ask for six digits.
//
// Next, notebook 10: what the other head predicts, and how its error is priced.
