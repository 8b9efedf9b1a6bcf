#include "detect/rank.h"

/* Puts `in` at place i or below it, where neither child is worse. Which child is the worse one is
 * a toss-up: it is added, not branched on. */
static void sift_down(rn_ranked *heap, size_t count, size_t i, rn_ranked in) {
    for (size_t child; (child = 2 * i + 1) < count; i = child) {
        if (child + 1 < count) child += heap[child + 1] < heap[child];
        if (heap[child] >= in) break;
        heap[i] = heap[child];
    }
    heap[i] = in;
}

static void make_heap(rn_rank *rank) {
    for (size_t i = rank->count / 2; i-- > 0;) sift_down(rank->item, rank->count, i, rank->item[i]);
}

void rn_rank_offer(rn_rank *rank, float score, size_t index) {
    rn_ranked in = rn_ranked_of(score, index);
    if (rank->count < rank->most) {
        rank->item[rank->count++] = in;
        if (rank->count == rank->most) make_heap(rank);
    } else if (rank->count > 0 && rank->item[0] < in) {
        sift_down(rank->item, rank->count, 0, in);
    }
}

void rn_rank_sort(rn_rank *rank) {
    if (rank->count < rank->most) make_heap(rank);
    for (size_t left = rank->count; left > 1;) {
        rn_ranked worst = rank->item[0];
        left--;
        sift_down(rank->item, left, 0, rank->item[left]);
        rank->item[left] = worst;
    }
}
