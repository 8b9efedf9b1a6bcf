#include "data/splits.h"
#include "base/real.h"
#include "base/vec.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *role, *name;
} spellings[] = {
    {"train", "train"},    {"train", "train2017"}, {"train", "train2014"},   {"train", "trainval"},
    {"val", "val"},        {"val", "val2017"},     {"val", "val2014"},       {"val", "valid"},
    {"val", "validation"}, {"test", "test"},       {"test", "test-dev2017"}, {"test", "test2017"},
};

static void add(rn_splits *splits, const char *name, size_t length) {
    splits->name =
        rn_vec_reserve(splits->name, splits->count + 1, &splits->capacity, sizeof *splits->name);
    char *copy = rn_vec_zeros(length + 1, 1);
    splits->name[splits->count++] = memcpy(copy, name, length);
}

static int compare(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

rn_splits rn_splits_list(const char *folder, const char *prefix, const char *suffix) {
    rn_splits splits = {0};
    size_t before = strlen(prefix), after = strlen(suffix);
    DIR *list = opendir(folder);
    if (!list) return splits;
    for (struct dirent *entry; (entry = readdir(list));) {
        const char *name = entry->d_name;
        size_t n = strlen(name);
        if (n > before + after && strncmp(name, prefix, before) == 0 &&
            strcmp(name + n - after, suffix) == 0 && name[0] != '.')
            add(&splits, name + before, n - before - after);
    }
    closedir(list);
    if (splits.count) qsort(splits.name, splits.count, sizeof *splits.name, compare);
    return splits;
}

static bool has(const rn_splits *splits, const char *name) {
    return splits->count &&
           bsearch(&name, splits->name, splits->count, sizeof *splits->name, compare);
}

const char *rn_splits_find_role(const rn_splits *splits, const char *role) {
    for (size_t i = 0; i < RN_COUNT(spellings); i++)
        if (strcmp(spellings[i].role, role) == 0 && has(splits, spellings[i].name))
            return spellings[i].name;
    return NULL;
}

static rn_status fail_with_list(const rn_splits *splits, const char *data, const char *got,
                                rn_err *err) {
    char list[512] = "";
    size_t used = 0;
    if (splits->count == 0) return rn_fail(err, "%s: split: there are none, got %s", data, got);
    for (size_t i = 0; i < splits->count && used + 80 < sizeof list; i++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%.60s", i ? ", " : "",
                                 splits->name[i]);
    const char *more = strlen(list) + 80 >= sizeof list ? ", ..." : "";
    return rn_fail(err, "%s: split: expected one of: %s%s; got %s", data, list, more, got);
}

static rn_status choose_one(rn_splits *chosen, const rn_splits *splits, const char *part,
                            size_t length, const char *data, rn_err *err) {
    char name[256], got[280];
    snprintf(name, sizeof name, "%.*s", (int)(length < 255 ? length : 255), part);
    const char *found = has(splits, name) ? name : rn_splits_find_role(splits, name);
    for (size_t i = 0; found && i < chosen->count; i++)
        if (strcmp(chosen->name[i], found) == 0)
            return rn_fail(err, "%s: split %s: expected once, got twice", data, found);
    if (found) {
        add(chosen, found, strlen(found));
        return RN_OK;
    }
    snprintf(got, sizeof got, "\"%s\"", name);
    return fail_with_list(splits, data, got, err);
}

rn_status rn_splits_choose(rn_splits *chosen, const rn_splits *splits, const char *request,
                           const char *data, rn_err *err) {
    *chosen = (rn_splits){0};
    if (!request) request = rn_splits_find_role(splits, "train");
    if (!request && splits->count == 1) request = splits->name[0];
    if (!request) return fail_with_list(splits, data, "none", err);
    for (;;) {
        size_t length = strcspn(request, "+");
        if (choose_one(chosen, splits, request, length, data, err) != RN_OK) break;
        if (request[length] == '\0') return RN_OK;
        request += length + 1;
    }
    rn_splits_free(chosen);
    return RN_ERROR;
}

void rn_splits_free(rn_splits *splits) {
    for (size_t i = 0; i < splits->count; i++) free(splits->name[i]);
    free(splits->name);
    *splits = (rn_splits){0};
}
