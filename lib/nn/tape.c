#include "nn/tape.h"
#include "base/check.h"

rn_tensor *rn_tape_tensor(rn_tape *tape, int n, int h, int w, int c, bool wants_grad) {
    RN_CHECK(n > 0 && h > 0 && w > 0 && c > 0, "tensor of shape (%d, %d, %d, %d)", n, h, w, c);
    rn_tensor *tensor = rn_arena_alloc(tape->arena, sizeof *tensor);
    *tensor = (rn_tensor){.n = n, .h = h, .w = w, .c = c};
    size_t count = rn_tensor_count(tensor);
    rn_arena *memory = tape->plan ? &tape->plan->memory : tape->arena;
    tensor->value = rn_arena_alloc(memory, count * sizeof(rn_float));
    if (wants_grad && tape->recording)
        tensor->grad = rn_arena_zeros(memory, count, sizeof(rn_float));
    return tensor;
}

void *rn_tape_alloc(rn_tape *tape, size_t size) {
    return rn_arena_alloc(tape->plan ? &tape->plan->memory : tape->arena, size);
}

void rn_tape_note_scratch(rn_tape *tape, size_t bytes) {
    rn_plan *plan = tape->plan;
    if (!plan) return;
    rn_arena_mark mark = rn_arena_get_mark(&plan->memory);
    rn_arena_alloc(&plan->memory, bytes);
    rn_arena_release(&plan->memory, mark);
    if (bytes > plan->scratch) plan->scratch = bytes;
}

void *rn_tape_node(rn_tape *tape, size_t size, void (*backward)(rn_node *, rn_arena *)) {
    rn_node *node = rn_arena_zeros(tape->arena, 1, size);
    node->backward = backward;
    node->before = tape->last;
    return tape->last = node;
}

void rn_tape_backward(rn_tape *tape) {
    for (rn_node *node = tape->last; node; node = node->before) {
        rn_arena_mark mark = rn_arena_get_mark(tape->arena);
        node->backward(node, tape->arena);
        rn_arena_release(tape->arena, mark);
    }
}

void rn_tape_clear(rn_tape *tape) { tape->last = NULL; }

rn_tape_mark rn_tape_get_mark(const rn_tape *tape) {
    rn_tape_mark mark = {.arena = rn_arena_get_mark(tape->arena)};
    if (tape->plan) mark.plan = rn_arena_get_mark(&tape->plan->memory);
    return mark;
}

/* Pieces move toward the mark, one after the other in the order in which they were taken: none
 * comes to lie on one that has not moved yet. */
void rn_tape_keep(rn_tape *tape, rn_tape_mark mark, rn_tensor **result, size_t count) {
    enum { MOST = 16 };
    rn_tensor kept[MOST];
    RN_CHECK(count <= MOST, "%zu tensors", count);
    if (tape->recording) return;
    for (size_t i = 0; i < count; i++) kept[i] = *result[i];
    rn_arena *memory = tape->plan ? &tape->plan->memory : tape->arena;
    rn_arena_mark to = tape->plan ? mark.plan : mark.arena;
    for (size_t i = 0; i < count; i++) {
        kept[i].value =
            rn_arena_keep(memory, to, kept[i].value, rn_tensor_count(&kept[i]) * sizeof(rn_float));
        to = rn_arena_get_mark(memory);
    }
    if (tape->plan) rn_arena_release(tape->arena, mark.arena); /* only the tensors themselves */
    for (size_t i = 0; i < count; i++) {
        result[i] = rn_arena_alloc(tape->arena, sizeof *result[i]);
        *result[i] = kept[i];
    }
}
