#include "nn/tape.h"
#include "base/check.h"
#include "base/parallel.h"

/* Memory for the gradient of its owner, or of nobody: then it may be given to another tensor. */
typedef struct rn_gradient rn_gradient;
struct rn_gradient {
    rn_gradient *next;
    rn_float *memory;
    size_t count;
    const rn_tensor *owner;
};

rn_tensor *rn_tape_tensor(rn_tape *tape, int n, int h, int w, int c, bool wants_grad) {
    RN_CHECK(n > 0 && h > 0 && w > 0 && c > 0, "tensor of shape (%d, %d, %d, %d)", n, h, w, c);
    rn_tensor *tensor = rn_arena_alloc(tape->arena, sizeof *tensor);
    *tensor =
        (rn_tensor){.n = n, .h = h, .w = w, .c = c, .wants_grad = wants_grad && tape->recording};
    tensor->value = rn_tape_alloc(tape, rn_tensor_count(tensor) * sizeof(rn_float));
    if (tape->plan) tape->plan->scratch = 0;
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
    plan->scratch = bytes;
}

void *rn_tape_node(rn_tape *tape, size_t size, void (*backward)(rn_node *, rn_arena *)) {
    rn_node *node = rn_arena_zeros(tape->arena, 1, size);
    node->backward = backward;
    node->before = tape->last;
    if (tape->plan) node->scratch = tape->plan->scratch;
    return tape->last = node;
}

static void add_tensor(rn_tensor *list[RN_NODE_TENSORS], rn_tensor *tensor) {
    int i = 0;
    while (i < RN_NODE_TENSORS && list[i]) i++;
    RN_CHECK(i < RN_NODE_TENSORS, "more than %d tensors", RN_NODE_TENSORS);
    list[i] = tensor;
}

void rn_node_input(rn_node *node, rn_tensor *x) { add_tensor(node->input, x); }

void rn_node_output(rn_node *node, rn_tensor *y) { add_tensor(node->output, y); }

/* ---- memory of gradients ---------------------------------------------------------------------*/

/* The smallest spare piece that is large enough, or a new one; not set. */
static void take_gradient(rn_tape *tape, rn_tensor *tensor) {
    rn_gradient *best = NULL;
    size_t count = rn_tensor_count(tensor);
    for (rn_gradient *g = tape->gradients; g; g = g->next)
        if (!g->owner && g->count >= count && (!best || g->count < best->count)) best = g;
    if (!best) {
        best = rn_arena_alloc(tape->arena, sizeof *best);
        rn_float *memory = rn_tape_alloc(tape, count * sizeof *memory);
        *best = (rn_gradient){.next = tape->gradients, .memory = memory, .count = count};
        tape->gradients = best;
    }
    best->owner = tensor;
    tensor->grad = best->memory;
    tensor->grad_is_new = true;
}

/* Nothing happens to a gradient in memory of the caller's. */
static void give_gradient_back(rn_tape *tape, rn_tensor *tensor) {
    for (rn_gradient *g = tape->gradients; g; g = g->next) {
        if (g->owner != tensor) continue;
        g->owner = NULL;
        tensor->grad = NULL;
    }
}

static void zero_gradient(const rn_tape *tape, rn_tensor *tensor) {
    if (!tape->plan && tensor->grad_is_new)
        rn_parallel_zero(tensor->grad, rn_tensor_count(tensor) * sizeof *tensor->grad);
    tensor->grad_is_new = false;
}

rn_float *rn_tape_gradient(rn_tape *tape, rn_tensor *tensor) {
    RN_CHECK(tensor->wants_grad && !tensor->grad, "a tensor that is to have no gradient");
    take_gradient(tape, tensor);
    zero_gradient(tape, tensor);
    return tensor->grad;
}

/* ---- the walk --------------------------------------------------------------------------------*/

static bool has_gradient(const rn_node *node) {
    for (int i = 0; i < RN_NODE_TENSORS && node->output[i]; i++)
        if (node->output[i]->grad) return true;
    return false;
}

/* Gradients of all outputs, and of the inputs that want one. */
static void prepare(rn_tape *tape, const rn_node *node) {
    for (int i = 0; i < RN_NODE_TENSORS && node->output[i]; i++) {
        rn_tensor *y = node->output[i];
        if (!y->grad) take_gradient(tape, y), zero_gradient(tape, y);
    }
    for (int i = 0; i < RN_NODE_TENSORS && node->input[i]; i++) {
        rn_tensor *x = node->input[i];
        if (!x->wants_grad) continue;
        bool again = x->grad_is_new; /* the same input a second time */
        if (!x->grad) take_gradient(tape, x);
        if (!node->stores || again) zero_gradient(tape, x);
    }
}

static void run(rn_tape *tape, rn_node *node) {
    rn_arena *memory = tape->plan ? &tape->plan->memory : tape->arena;
    rn_arena_mark mark = rn_arena_get_mark(memory);
    if (tape->plan)
        rn_arena_alloc(memory, node->scratch);
    else
        node->backward(node, memory);
    rn_arena_release(memory, mark);
}

static void finish(rn_tape *tape, const rn_node *node) {
    for (int i = 0; i < RN_NODE_TENSORS && node->input[i]; i++) node->input[i]->grad_is_new = false;
    for (int i = 0; i < RN_NODE_TENSORS && node->output[i]; i++)
        give_gradient_back(tape, node->output[i]);
}

void rn_tape_backward(rn_tape *tape) {
    rn_tape_mark mark = rn_tape_get_mark(tape);
    for (rn_node *node = tape->last; node; node = node->before) {
        if (!has_gradient(node)) continue;
        prepare(tape, node);
        run(tape, node);
        finish(tape, node);
    }
    tape->gradients = NULL;
    rn_arena_release(tape->arena, mark.arena);
    if (tape->plan) rn_arena_release(&tape->plan->memory, mark.plan);
}

void rn_tape_clear(rn_tape *tape) {
    tape->last = NULL;
    tape->gradients = NULL;
}

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
