#include "support/scenes.h"

#include <criterion/criterion.h>
#include <string.h>

rn_scenes scenes_small(void) {
    rn_scenes s = rn_scenes_default();
    s.train = s.val = s.test = 12;
    s.side = 48;
    s.size = (rn_span){6, 16};
    return s;
}

rn_scenes scenes_bare(rn_scenes scenes) {
    scenes.distractors = scenes.strokes = scenes.noise = (rn_span){0, 0};
    return scenes;
}

void scenes_only(rn_scenes *scenes, int objects) {
    memset(scenes->objects, 0, sizeof scenes->objects);
    scenes->objects[objects] = 1;
}

rn_dataset scenes_open(const rn_scenes *scenes, const char *split) {
    rn_dataset dataset;
    rn_err err;
    cr_assert(rn_scenes_load_with(&dataset, scenes, split, &err) == RN_OK, "%s", err.text);
    return dataset;
}

rn_image scenes_picture(const rn_dataset *dataset, size_t index) {
    rn_image image = {0};
    rn_err err;
    cr_assert(rn_dataset_image(&image, dataset, index, &err) == RN_OK, "%s", err.text);
    return image;
}

bool scenes_same(const rn_image *a, const rn_image *b) {
    return a->width == b->width && a->height == b->height &&
           memcmp(a->rgb, b->rgb, 3 * (size_t)a->width * (size_t)a->height) == 0;
}
