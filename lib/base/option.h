/* option.h: a struct of settings described by a table, one row a field.
 *
 * The same table reads the command line, writes and reads the JSON inside a checkpoint, echoes the
 * values in force and prints --help, so a setting cannot be known to one of them only. */
#ifndef RN_BASE_OPTION_H
#define RN_BASE_OPTION_H

#include "base/err.h"
#include "base/json.h"

#include <stdbool.h>
#include <stddef.h>

typedef enum rn_option_kind {
    RN_OPTION_BOOL,   /**< bool; on/off, yes/no, true/false, 1/0 */
    RN_OPTION_INT,    /**< int within [low, high] */
    RN_OPTION_NUMBER, /**< double within [low, high]; `choices` may name one word, kept as NAN:
                         "auto" */
    RN_OPTION_CHOICE, /**< int (an enum counting from 0); `choices` is "first|second|..." */
    RN_OPTION_LIST,   /**< rn_list: numbers within [low, high], separated by commas */
    RN_OPTION_TEXT    /**< rn_option_text */
} rn_option_kind;

enum { RN_LIST_MOST = 128, RN_OPTION_TEXT_SIZE = 768 }; /* a folder's path fits */

typedef struct rn_list {
    int count;
    double value[RN_LIST_MOST];
} rn_list;

typedef struct rn_option_text {
    char value[RN_OPTION_TEXT_SIZE];
} rn_option_text;

typedef struct rn_option {
    const char *name; /**< "smooth-l1-beta" */
    rn_option_kind kind;
    size_t offset;    /**< offsetof in the settings struct */
    double low, high; /**< bounds of numbers, both included */
    const char
        *choices; /**< of RN_OPTION_CHOICE; what RN_OPTION_TEXT stands for: "FILE", or NULL */
    const char *initial; /**< the default, as text */
    const char *help;    /**< half a line */
    const char *source;  /**< where the default comes from: "paper, sec. 4.1" */
    const char *group;   /**< heading in --help and object in JSON: "loss" */
} rn_option;

/** A table and its length. */
typedef struct rn_options {
    const rn_option *row;
    size_t count;
} rn_options;

/** The row of that name, or NULL. */
const rn_option *rn_option_find(rn_options options, const char *name);

/** Sets every field to its default; a default that is not acceptable aborts. */
void rn_option_defaults(void *settings, rn_options options);

/** Sets one field of `settings` from text; fails with "--NAME: expected ..., got ...". */
rn_status rn_option_set(void *settings, const rn_option *option, const char *text, rn_err *err);

/** The field as text, in the form rn_option_set reads. Returns `out`; RN_CHECKs that it fits. */
char *rn_option_get(char *out, size_t size, const void *settings, const rn_option *option);

/** What the option accepts, as the end of "expected ...": "on|off", "a number from 0 to 1". Returns
 * `out`. */
char *rn_option_accepts(char *out, size_t size, const rn_option *option);

/** All fields as {group: {name: value}}; the caller deletes the tree. */
cJSON *rn_option_to_json(const void *settings, rn_options options);

/** Sets the fields that `root` has; unknown names and wrong values fail, naming `file`, and then no
 * field is set. */
rn_status rn_option_from_json(void *settings, rn_options options, const cJSON *root,
                              const char *file, rn_err *err);

/** The choice's name: rn_option_choice("fl|ce", 1, ...) is "ce". Returns `out`, "?" out of range.
 */
char *rn_option_choice(char *out, size_t size, const char *choices, int index);

#endif
