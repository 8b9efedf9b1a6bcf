/* upsample.h: the top-down step of a feature pyramid. */
#ifndef RN_NN_UPSAMPLE_H
#define RN_NN_UPSAMPLE_H

#include "nn/tape.h"

/** y = lateral + top enlarged to lateral's size by nearest neighbour: row i of the large map is row
 * floor(i h / H) of the small one, as torch.nn.functional.interpolate(mode="nearest") has it. */
rn_tensor *rn_upsample_add_forward(rn_tape *tape, rn_tensor *lateral, rn_tensor *top);

#endif
