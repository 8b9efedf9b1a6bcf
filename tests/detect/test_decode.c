#include "detect/decode.h"
#include "detect/nms.h"
#include "golden/detect_decode.h"
#include "support/boxes.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static const rn_coder coder = {{0}, {1, 1, 1, 1}, 4.135166556742356, 0};

/* Head outputs of up to five levels, in one piece. */
typedef struct head {
    rn_box *anchor;
    rn_float *logit, *code;
    rn_decode_level level[5];
    int levels, columns;
} head;

static head new_head(const int *anchors, int levels, int columns) {
    size_t total = 0;
    for (int l = 0; l < levels; l++) total += (size_t)anchors[l];
    head h = {calloc(total + 1, sizeof(rn_box)),
              calloc(total * (size_t)columns + 1, sizeof(rn_float)),
              calloc(4 * total + 1, sizeof(rn_float)),
              {{0}},
              levels,
              columns};
    size_t first = 0;
    for (int l = 0; l < levels; l++) {
        h.level[l] = (rn_decode_level){.logit = h.logit + first * (size_t)columns,
                                       .code = h.code + 4 * first,
                                       .anchor = h.anchor + first,
                                       .anchors = (size_t)anchors[l]};
        first += (size_t)anchors[l];
    }
    return h;
}

static void free_head(head h) {
    free(h.anchor);
    free(h.logit);
    free(h.code);
}

static size_t decode(rn_detection *out, const head *h, const rn_decode *settings, float height,
                     float width) {
    rn_arena arena = {0};
    size_t n = rn_decode_image(out, settings, &coder, h->level, h->levels, h->columns, height,
                               width, &arena);
    cr_expect(arena.in_use == 0, "scratch memory is given back");
    rn_arena_free(&arena);
    return n;
}

static bool near(float got, float want, float tolerance) { /* NaN fails */
    return fabsf(got - want) <= tolerance;
}

static head golden_head(void) {
    head h =
        new_head(golden_level_anchors, RN_COUNT(golden_level_anchors), RN_COUNT(golden_logit[0]));
    for (size_t a = 0; a < RN_COUNT(golden_anchor); a++) {
        const short *b = golden_anchor[a];
        h.anchor[a] = (rn_box){b[0], b[1], b[2], b[3]};
        for (int k = 0; k < 4; k++) h.code[4 * a + (size_t)k] = (rn_float)golden_code[a][k] / 1024;
        for (int c = 0; c < h.columns; c++)
            h.logit[a * (size_t)h.columns + (size_t)c] = (rn_float)golden_logit[a][c] / 1024;
    }
    return h;
}

Test(decode, agrees_with_torchvisions_postprocess_detections) {
    enum { WANTED = RN_COUNT(golden_found_score) };
    head h = golden_head();
    const int limit[] = {500, 70, 1, 0};
    for (size_t r = 0; r < RN_COUNT(limit); r++) {
        rn_detection out[500];
        rn_decode settings = {.05, 100, .5, limit[r], false};
        size_t n = decode(out, &h, &settings, GOLDEN_HEIGHT, GOLDEN_WIDTH);
        cr_assert(n == (size_t)(limit[r] < WANTED ? limit[r] : WANTED), "%zu found", n);
        for (size_t i = 0; i < n; i++) {
            const float *b = golden_found_box[i];
            cr_expect(out[i].label == golden_found_label[i], "place %zu: label", i);
            cr_expect(near(out[i].score, golden_found_score[i], 1e-6f), "place %zu: score", i);
            cr_expect(near(out[i].box.x1, b[0], 1e-4f) && near(out[i].box.y1, b[1], 1e-4f) &&
                          near(out[i].box.x2, b[2], 1e-4f) && near(out[i].box.y2, b[3], 1e-4f),
                      "place %zu: box", i);
        }
    }
    free_head(h);
}

/* ---- a twin that sorts everything and decodes everything --------------------------------------
 */

typedef struct pair {
    float score;
    int level, label;
    size_t index; /* within the level */
    rn_box box;
} pair;

static int by_rank(const void *a, const void *b) {
    const pair *p = a, *q = b;
    if (p->score != q->score) return p->score > q->score ? -1 : 1;
    if (p->level != q->level) return p->level - q->level;
    return p->index < q->index ? -1 : p->index > q->index;
}

static float probability(const rn_float *row, int columns, int c, bool softmax) {
    if (!softmax) return (float)(1 / (1 + exp(-(double)row[c])));
    double largest = -INFINITY, sum = 0;
    for (int k = 0; k < columns; k++) largest = fmax(largest, (double)row[k]);
    for (int k = 0; k < columns; k++) sum += exp((double)row[k] - largest);
    return (float)(exp((double)row[c] - largest) / sum);
}

/* Candidates of one level, sorted; returns how many. */
static size_t naive_level(pair *out, const head *h, int l, const rn_decode *s, float height,
                          float width) {
    const rn_decode_level *level = &h->level[l];
    int classes = h->columns - s->softmax;
    size_t n = 0;
    for (size_t i = 0; i < level->anchors * (size_t)classes; i++) {
        size_t a = i / (size_t)classes;
        int c = (int)(i % (size_t)classes);
        const rn_float *row = level->logit + a * (size_t)h->columns;
        float score = probability(row, h->columns, c, s->softmax);
        if (!(score > (float)s->score_threshold)) continue;
        rn_box box = rn_coder_decode(&coder, level->code + 4 * a, level->anchor[a]);
        out[n++] = (pair){score, l, c, i, rn_box_clip(box, width, height)};
    }
    qsort(out, n, sizeof *out, by_rank);
    return n < (size_t)s->top_per_level ? n : (size_t)s->top_per_level;
}

static size_t naive(rn_detection *out, const head *h, const rn_decode *s, float height,
                    float width) {
    size_t room = 0, n = 0, kept = 0;
    for (int l = 0; l < h->levels; l++) room += h->level[l].anchors * (size_t)h->columns;
    pair *all = calloc(room + 1, sizeof *all);
    for (int l = 0; l < h->levels; l++) n += naive_level(all + n, h, l, s, height, width);
    qsort(all, n, sizeof *all, by_rank);
    for (size_t i = 0; i < n && kept < (size_t)s->most; i++) {
        bool fine = rn_box_area(all[i].box) > 0;
        for (size_t k = 0; k < kept && fine; k++)
            fine = out[k].label != all[i].label ||
                   !(rn_box_iou(out[k].box, all[i].box, 0) > (float)s->nms_threshold);
        if (fine) out[kept++] = (rn_detection){all[i].box, all[i].score, all[i].label};
    }
    free(all);
    return kept;
}

/* Logits are multiples of a quarter: scores tie within and across levels, and some lie exactly on
 * the threshold of row 2. */
Test(decode, agrees_with_sorting_and_decoding_everything) {
    const struct {
        int anchors[4], columns;
        rn_decode settings;
    } rows[] = {
        {{200, 60, 9, 1}, 3, {.05, 50, .5, 100, false}},
        {{200, 60, 9, 1}, 4, {.05, 50, .5, 100, true}},
        {{200, 60, 9, 1}, 2, {.5, 1000, .3, 400, false}},
        {{0, 60, 0, 1}, 1, {0, 7, .5, 30, false}},
        {{300, 60, 9, 1}, 2, {0, 20, .7, 30, true}},
        {{200, 60, 9, 1}, 3, {.999, 50, .5, 100, false}},
        {{200, 60, 9, 1}, 3, {1, 50, .5, 100, false}},
        {{200, 60, 9, 1}, 3, {1, 50, .5, 100, true}},
        {{200, 60, 9, 1}, 3, {.05, 0, .5, 100, true}},
        {{200, 60, 9, 1}, 3, {.05, 0, .5, 100, false}},
        {{3000, 600, 9, 1}, 3, {.05, 20, .5, 100, false}}, /* several blocks of logits */
        {{3000, 600, 9, 1}, 3, {0, 1, .5, 100, false}},
    };
    for (size_t r = 0; r < RN_COUNT(rows); r++) {
        rn_rng rng = rn_rng_stream(r, "test/decode", 0);
        head h = new_head(rows[r].anchors, 4, rows[r].columns);
        for (int l = 0; l < 4; l++)
            for (size_t a = 0; a < h.level[l].anchors; a++) {
                size_t at = (size_t)(h.level[l].anchor - h.anchor) + a;
                h.anchor[at] = rn_test_box(&rng, 90, 60, 8, 40, 1);
                for (int k = 0; k < 4; k++)
                    h.code[4 * at + (size_t)k] = (rn_float)rn_rng_range(&rng, -.6, .6);
                for (int c = 0; c < rows[r].columns; c++)
                    h.logit[at * (size_t)rows[r].columns + (size_t)c] =
                        (rn_float)rn_rng_below(&rng, 40) / 4 - 6;
            }
        rn_detection got[400], want[400];
        size_t n = decode(got, &h, &rows[r].settings, 60, 90);
        size_t wanted = naive(want, &h, &rows[r].settings, 60, 90);
        cr_assert(n == wanted, "row %zu: %zu found, want %zu", r, n, wanted);
        bool none = rows[r].settings.score_threshold > .9 || rows[r].settings.top_per_level == 0;
        cr_expect((n == 0) == none, "row %zu: %zu found", r, n);
        for (size_t i = 0; i < n; i++)
            cr_assert(memcmp(&got[i], &want[i], sizeof *got) == 0, "row %zu: place %zu", r, i);
        free_head(h);
    }
}

Test(decode, nan_and_boxes_outside_give_no_detection) {
    const int anchors[] = {6};
    for (int softmax = 0; softmax < 2; softmax++) {
        head h = new_head(anchors, 1, 1 + softmax);
        for (int a = 0; a < 6; a++) {
            h.anchor[a] = (rn_box){20 * (float)a, 0, 20 * (float)a + 10, 10};
            h.logit[a * h.columns] = 3 + (rn_float)a / 8;
        }
        h.logit[0] = NAN;
        h.code[4 * 1] = NAN;
        h.code[4 * 2 + 1] = -2;        /* above the image */
        h.code[4 * 3 + 2] = -INFINITY; /* no width */
        if (softmax)
            h.logit[4 * 2 + 1] = NAN; /* the background of anchor 4 */
        else
            h.logit[4] = -INFINITY;
        rn_detection out[6];
        size_t n = decode(out, &h, &(rn_decode){.05, 100, .5, 6, softmax}, 50, 200);
        cr_expect(n == 1 && out[0].box.x1 == 100 && out[0].label == 0, "%zu found", n);
        free_head(h);
    }
}

Test(decode, no_levels_no_detections) {
    head h = new_head(NULL, 0, 3);
    cr_expect(decode(NULL, &h, &(rn_decode){.05, 100, .5, 6, false}, 50, 50) == 0);
    free_head(h);
}

Test(decode, scores_at_the_ends_are_zero_and_one) {
    const int anchors[] = {2};
    head h = new_head(anchors, 1, 1);
    h.anchor[0] = h.anchor[1] = (rn_box){1, 1, 9, 9};
    h.code[4] = 2;
    h.logit[0] = INFINITY, h.logit[1] = -1000;
    rn_detection out[2];
    size_t n = decode(out, &h, &(rn_decode){0, 100, .5, 2, false}, 50, 50);
    cr_expect(n == 1 && out[0].score == 1, "%zu found", n);
    free_head(h);
}

Test(decode, refuses_a_threshold_that_is_no_probability, .signal = SIGABRT) {
    head h = new_head(NULL, 0, 3);
    decode(NULL, &h, &(rn_decode){1.5, 100, .5, 6, false}, 50, 50);
}
