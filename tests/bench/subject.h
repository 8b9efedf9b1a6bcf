/* subject.h: a network with made-up weights, pictures and objects, ready for a step or a detection:
 * what is timed here, and what PyTorch is given to compute the same.
 *
 * Everything is drawn from fixed streams. The weights are the initial ones with three changes that
 * make them behave like trained ones: the last norm of each residual block is weak, so that
 * activations do not grow from block to block; the logits have a standard deviation of 1 and the
 * box codes one of .2; and the class bias is such that SUBJECT_CANDIDATES (anchor, class) pairs an
 * image score above .05, so that decoding and suppression have work to do. */
#ifndef RN_BENCH_SUBJECT_H
#define RN_BENCH_SUBJECT_H

#include "retinanet.h"

enum { SUBJECT_CANDIDATES = 400, SUBJECT_THREADS = 64 };

/** Where the time of an inference goes. */
typedef struct subject_seconds {
    double pixels, network, boxes; /**< normalising, the network, ranking to suppression */
} subject_seconds;

typedef struct subject {
    rn_detector detector;
    rn_batch batch;                 /**< (n, h, w, 3) normalised; objects */
    rn_image *image;                /**< (n) the same pictures as bytes */
    rn_arena arena;                 /**< of a step */
    rn_filters filters;             /**< of inference, ready from the first run on */
    rn_detection *found;            /**< (n, most an image) of the last inference */
    size_t *count;                  /**< (n) */
    rn_arena each[SUBJECT_THREADS]; /**< of inference, each thread's own */
    rn_loss_report report;          /**< of the last training step */
    rn_stage_times stages;          /**< of all training steps so far */
    subject_seconds seconds;        /**< of the last inference */
} subject;

/** The settings that subject_make uses. */
rn_status subject_config(rn_config *config, const char *model, int h, int w, rn_err *err);

/** `model`: "r50", "r101" (91 classes, the paper's, frozen norms, all trainable) or "tiny" (preset
 * `scenes`, 4 classes). */
rn_status subject_make(subject *s, const char *model, int n, int h, int w, bool training,
                       rn_err *err);

/** One that is trained, without a batch of its own: for subject_step. */
rn_status subject_make_for(subject *s, const char *model, const rn_category *category, int classes,
                           rn_err *err);

void subject_free(subject *s);

/** One step as the trainer makes it: forward, loss, backward, SGD. Returns its seconds. */
double subject_step(subject *s, const rn_batch *batch);

/** The same with the subject's own batch. */
double subject_train(subject *s);

/** Seconds that the assignment of anchors takes, which is part of the loss. */
double subject_assign(subject *s);

/** From bytes to boxes. Returns its seconds. */
double subject_detect(subject *s);

/** Writes into a folder what the other side needs: weights.safetensors, input.safetensors (pixels,
 * bytes, objects, anchors) and what came out here: output.safetensors (logits and codes of every
 * anchor, detections) or, for one with gradients, step.safetensors (after one step, with momentum)
 * and the two losses in output.safetensors. */
rn_status subject_dump(subject *s, const char *folder, rn_err *err);

#endif
