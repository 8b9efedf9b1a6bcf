/* scene.h: one picture of the procedural set, first as a list of objects, then as pixels. */
#ifndef RN_DATA_SCENE_H
#define RN_DATA_SCENE_H

#include "data/scenes.h"

#include <stddef.h>
#include <stdint.h>

/** An object and its box [x1, x2) x [y1, y2), in units. */
typedef struct rn_scene_object {
    rn_shape shape;
    int x1, y1, x2, y2;
} rn_scene_object;

/** The objects of picture `index` of a split, in painting order; returns how many.
 * rn_scenes_check must have passed. */
int rn_scene_objects(rn_scene_object object[RN_SCENES_OBJECTS_MOST], const rn_scenes *scenes,
                     const char *split, size_t index);

/** Paints it: rgb has (side * scale)^2 pixels of 3 bytes. */
void rn_scene_render(uint8_t *rgb, const rn_scenes *scenes, const char *split, size_t index);

#endif
