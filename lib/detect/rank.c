#include "detect/rank.h"

static bool worse(rn_ranked a, rn_ranked b) {
    return rn_rank_before(b.score, b.index, a.score, a.index);
}

/* Puts `in` at place i or below it, where neither child is worse. */
static void sift_down(rn_ranked *heap, size_t count, size_t i, rn_ranked in) {
    for (size_t child; (child = 2 * i + 1) < count; i = child) {
        if (child + 1 < count && worse(heap[child + 1], heap[child])) child++;
        if (!worse(heap[child], in)) break;
        heap[i] = heap[child];
    }
    heap[i] = in;
}

static void sift_up(rn_ranked *heap, size_t i, rn_ranked in) {
    for (; i > 0 && worse(in, heap[(i - 1) / 2]); i = (i - 1) / 2) heap[i] = heap[(i - 1) / 2];
    heap[i] = in;
}

void rn_rank_offer(rn_rank *rank, float score, size_t index) {
    rn_ranked in = {score, index};
    if (rank->count < rank->most)
        sift_up(rank->item, rank->count++, in);
    else if (rank->count > 0 && worse(rank->item[0], in))
        sift_down(rank->item, rank->count, 0, in);
}

void rn_rank_sort(rn_rank *rank) {
    for (size_t left = rank->count; left > 1;) {
        rn_ranked worst = rank->item[0];
        left--;
        sift_down(rank->item, left, 0, rank->item[left]);
        rank->item[left] = worst;
    }
}
