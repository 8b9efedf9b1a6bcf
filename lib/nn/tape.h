/* tape.h: what was computed, so that it can be walked backward.
 *
 * A node holds what one operation saved, the tensors it read and made, and the function that sends
 * the gradient of what it made on to what it read. Every backward function ADDS to the gradients of
 * its inputs: that one rule gives residual sums, the fan-out of a pyramid, heads shared by all
 * levels, and accumulation over micro-batches. Only where it is the first to do so (grad_is_new)
 * may it store instead, which saves setting zeros and reading them. It may use up the gradient of
 * its own output, which nobody reads afterwards.
 *
 * So a gradient lives from the last reader of its tensor to the tensor's maker, walking backward,
 * and only for that time it has memory: rn_tape_backward provides it and hands it on. A few buffers
 * do for a whole network.
 *
 * Tensors and nodes live in the step arena. With recording off nothing is saved, no tensor has a
 * gradient, and rn_tape_keep gives memory back block by block. */
#ifndef RN_NN_TAPE_H
#define RN_NN_TAPE_H

#include "base/arena.h"
#include "tensor/tensor.h"

#include <stdbool.h>
#include <stddef.h>

enum { RN_NODE_TENSORS = 8 };

typedef struct rn_node rn_node;
struct rn_node {
    void (*backward)(rn_node *node, rn_arena *scratch);
    rn_node *before;
    rn_tensor *input[RN_NODE_TENSORS], *output[RN_NODE_TENSORS]; /**< NULL where there are fewer */
    bool stores; /**< it stores to gradients with grad_is_new; others are zeroed before it runs */
    size_t scratch; /**< in a rehearsal: bytes it takes and gives back */
};

/** A rehearsal: shapes, memory and arithmetic of a step without computing it. */
typedef struct rn_plan {
    rn_arena memory;      /**< counting: peak is what values, gradients, statistics and the work
                             space of kernels need */
    size_t scratch;       /**< bytes that the operation being rehearsed takes and gives back */
    double multiply_adds; /**< of the convolutions, forward */
    /** Called for each convolution unless NULL. */
    void (*visit)(void *user, const char *weight, const rn_tensor *x, const rn_tensor *y,
                  double multiply_adds);
    void *user;
} rn_plan;

typedef struct rn_tape {
    rn_arena *arena; /**< the step arena, not owned */
    rn_plan *plan;   /**< not NULL: a rehearsal, no kernel runs and no value may be touched */
    rn_node *last;
    struct rn_filters *filters;    /**< of inference, kept from pass to pass (conv.h); or NULL */
    struct rn_gradient *gradients; /**< memory for gradients, in use and spare */
    bool recording;                /**< keep what the backward pass needs */
    bool training;                 /**< batch norm uses and updates batch statistics */
} rn_tape;

/** A tensor in the arena, value not set; with `wants_grad` it gets a gradient while that is needed.
 */
rn_tensor *rn_tape_tensor(rn_tape *tape, int n, int h, int w, int c, bool wants_grad);

/** Zeros for the gradient of a tensor that no operation reads, for the caller to set. */
rn_float *rn_tape_gradient(rn_tape *tape, rn_tensor *tensor);

/** Memory for what an operation saves: of the step arena, or only counted in a rehearsal. */
void *rn_tape_alloc(rn_tape *tape, size_t size);

/** Tells a rehearsal how many bytes of scratch an operation takes at most, either way. Between
 * rn_tape_tensor for what it makes and rn_tape_node. */
void rn_tape_note_scratch(rn_tape *tape, size_t bytes);

/** A node of `size` bytes (a struct that begins with rn_node), zeroed and put at the tape's end.
 * Its inputs and outputs are to be added; the same input twice is fine. */
void *rn_tape_node(rn_tape *tape, size_t size, void (*backward)(rn_node *node, rn_arena *scratch));
void rn_node_input(rn_node *node, rn_tensor *x);
void rn_node_output(rn_node *node, rn_tensor *y);

/** Runs all nodes from last to first, but for those whose outputs nothing depends on. The caller
 * has set the gradients of the outputs. Afterwards only those gradients are left that had memory of
 * the caller's: of tensors that no operation made. In a rehearsal it counts the memory. */
void rn_tape_backward(rn_tape *tape);

/** Forgets the nodes; the caller resets the arena. */
void rn_tape_clear(rn_tape *tape);

/** A place to come back to, see rn_tape_keep. */
typedef struct rn_tape_mark {
    rn_arena_mark arena, plan;
} rn_tape_mark;

rn_tape_mark rn_tape_get_mark(const rn_tape *tape);

/** Ends a block of inference: releases everything taken since the mark except the values of these
 * tensors, in the order in which they were taken, which move to the mark. result[i] is then the
 * tensor to go on with. While recording it does nothing. */
void rn_tape_keep(rn_tape *tape, rn_tape_mark mark, rn_tensor **result, size_t count);

#endif
