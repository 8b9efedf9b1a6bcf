/* loss_scan.h: a detector runs over a data set, and what it thinks of every anchor is collected. */
#ifndef RN_COMMON_LOSS_SCAN_H
#define RN_COMMON_LOSS_SCAN_H

#include "retinanet.h"

/** Adds the examples of all images to *examples (rn_loss_examples_start): logits of a forward pass
 * as in detection (stored statistics in batch norms, no flips or jitter), labels by the assignment
 * of the detector's config, all background anchors. Image by image, in order: the same on any
 * number of threads. Progress goes to `stream` (NULL: none); `stop` (may be NULL) ends it early
 * with RN_INTERRUPTED. Fails on a softmax detector, on other classes than the data's, and on
 * logits that are not finite, naming the image. */
rn_status loss_scan(rn_loss_examples *examples, const rn_detector *detector,
                    const rn_dataset *dataset, FILE *stream, const volatile int *stop, rn_err *err);

/** The same with the weights of a checkpoint; messages name the file. */
rn_status loss_scan_file(rn_loss_examples *examples, const char *checkpoint,
                         const rn_dataset *dataset, FILE *stream, const volatile int *stop,
                         rn_err *err);

#endif
