#include "detect/nms.h"
#include "base/check.h"
#include "detect/boxset.h"
#include "detect/rank.h"

#include <limits.h>

/* A heap of indices whose root is the best: as often only the first few are wanted, they are taken
 * one by one instead of sorting all. */

static bool better(const float *score, int a, int b) {
    return rn_rank_before(score[a], (size_t)a, score[b], (size_t)b);
}

/* Puts `in` at place i or below it, where neither child is better. */
static void sift_down(int *heap, const float *score, size_t n, size_t i, int in) {
    for (size_t child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n && better(score, heap[child + 1], heap[child])) child++;
        if (!better(score, heap[child], in)) break;
        heap[i] = heap[child];
    }
    heap[i] = in;
}

static void make_heap(int *heap, const float *score, size_t n) {
    RN_CHECK(n <= INT_MAX, "%zu scores", n);
    for (size_t i = 0; i < n; i++) heap[i] = (int)i;
    for (size_t i = n / 2; i-- > 0;) sift_down(heap, score, n, i, heap[i]);
}

/* Takes the best of n > 0 out of the heap, and puts it behind what is left. */
static int take_best(int *heap, const float *score, size_t n) {
    int best = heap[0];
    sift_down(heap, score, n - 1, 0, heap[n - 1]);
    heap[n - 1] = best;
    return best;
}

void rn_nms_order(int *order, const float *score, size_t n) {
    make_heap(order, score, n);
    for (size_t left = n; left > 0; left--) take_best(order, score, left);
    for (size_t i = 0; i < n / 2; i++) {
        int worse = order[i];
        order[i] = order[n - 1 - i];
        order[n - 1 - i] = worse;
    }
}

size_t rn_nms(int *keep, const rn_box *box, const float *score, const int *group, size_t n,
              float threshold, float plus_one, size_t most, rn_arena *scratch) {
    rn_arena_mark mark = rn_arena_get_mark(scratch);
    int *heap = rn_arena_alloc(scratch, n * sizeof *heap);
    rn_boxset kept = rn_boxset_start(n < most ? n : most, threshold, plus_one, scratch);
    make_heap(heap, score, n);
    for (size_t left = n; left > 0 && kept.count < most; left--) {
        int best = take_best(heap, score, left), its_group = group ? group[best] : 0;
        if (rn_boxset_overlaps(&kept, box[best], its_group)) continue;
        keep[kept.count] = best;
        rn_boxset_add(&kept, box[best], its_group);
    }
    rn_arena_release(scratch, mark);
    return kept.count;
}
