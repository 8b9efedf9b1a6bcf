/* scenes_text.h: a procedural set named on the command line: "scenes" or
 * "scenes:side=416,train=64,distractors=3..10". */
#ifndef RN_DATA_SCENES_TEXT_H
#define RN_DATA_SCENES_TEXT_H

#include "data/scenes.h"

/** Does `data` name a procedural set? "scenes", or anything that begins with "scenes:". */
bool rn_scenes_is(const char *data);

/** The default set with what follows the colon: "name=value" joined by ','. Names are seed, train,
 * val, test, side, scale, classes, aspect, overlap (numbers), size, distractors, strokes, contrast
 * and noise (spans "low..high", or one number for both), as in rn_scenes. Fails on any other name,
 * one given twice, a value that is no number, and as rn_scenes_check. `data` is one that
 * rn_scenes_is accepts. */
rn_status rn_scenes_parse(rn_scenes *scenes, const char *data, rn_err *err);

/** Parses and loads, see rn_scenes_load_with; the set's name keeps the parameters. */
rn_status rn_scenes_load_text(rn_dataset *dataset, const char *data, const char *split,
                              rn_err *err);

#endif
