/* coco_names.h: COCO's classes by their ids, as weights of torchvision count them. */
#ifndef RN_RETINANET_COCO_NAMES_H
#define RN_RETINANET_COCO_NAMES_H

enum { COCO_CLASSES = 91 }; /* ids 1 to 90, and 0 for none */

/** NULL for the ids that no class has. */
extern const char *const coco_names[COCO_CLASSES];

#endif
