#include "support/folder.h"
#include "base/text.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

folder folder_make(void) {
    const char *base = getenv("TMPDIR");
    folder f = {.path = ""};
    int n = snprintf(f.path, sizeof f.path, "%s/retinanet-test-XXXXXX", base ? base : "/tmp");
    cr_assert(n > 0 && (size_t)n < sizeof f.path && mkdtemp(f.path), "cannot make %s", f.path);
    return f;
}

const char *folder_file(folder *f, const char *name) {
    size_t size = strlen(f->path) + strlen(name) + 2;
    return rn_text_path(rn_arena_alloc(&f->names, size), size, f->path, name);
}

const char *folder_put(folder *f, const char *name, const void *bytes, size_t size) {
    const char *path = folder_file(f, name);
    FILE *file = fopen(path, "wb");
    cr_assert(file, "cannot open %s", path);
    cr_assert(fwrite(bytes, 1, size, file) == size && fclose(file) == 0, "cannot write %s", path);
    return path;
}

int folder_count(const folder *f) {
    DIR *list = opendir(f->path);
    int count = 0;
    cr_assert(list, "cannot list %s", f->path);
    for (struct dirent *entry; (entry = readdir(list));)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(list);
    return count;
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *at) {
    (void)info, (void)type, (void)at;
    return remove(path);
}

void folder_remove(folder *f) {
    cr_assert(nftw(f->path, remove_entry, 8, FTW_DEPTH | FTW_PHYS) == 0, "cannot remove %s",
              f->path);
    rn_arena_free(&f->names);
}
