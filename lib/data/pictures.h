/* pictures.h: where the pictures of an annotation file are. */
#ifndef RN_DATA_PICTURES_H
#define RN_DATA_PICTURES_H

/** "folder/name" of any length, or name alone when it is absolute or folder is ""; the caller
 * frees.
 */
char *rn_pictures_path(const char *folder, const char *name);

/** The folder that a file or folder stands in; the caller frees. */
char *rn_pictures_parent(const char *path);

/** Where the picture `name` of the COCO file `path` is: in FOLDER/images, FOLDER (that of the
 * file), or, unless split is NULL, in split or images/split of FOLDER or of the folder around it.
 * The first of them that has it, else the likeliest. The caller frees. */
char *rn_pictures_find(const char *path, const char *split, const char *name);

#endif
