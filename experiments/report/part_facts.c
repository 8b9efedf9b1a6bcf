#include "parts.h"

#include <stdlib.h>
#include <string.h>

/* Facts whose names differ in their seed only: "share/50/0" and "share/50/1" are "share/50". */
typedef struct group {
    const char *name;
    size_t length; /* of the name without the seed */
    bool seeds;
    double *value;
    size_t count, capacity, facts;
} group;

/* Length of the name without "/SEED". */
static size_t stem_length(const char *name, bool *seeds) {
    int64_t seed;
    const char *slash = strrchr(name, '/');
    *seeds = slash && slash > name && rn_text_to_int(&seed, slash + 1, 0, 9999);
    return *seeds ? (size_t)(slash - name) : strlen(name);
}

static group *find(group *list, size_t count, const char *name, size_t length, bool seeds) {
    for (size_t i = 0; i < count; i++)
        if (seeds && list[i].seeds && list[i].length == length &&
            memcmp(list[i].name, name, length) == 0)
            return &list[i];
    return NULL;
}

static size_t group_facts(group **list, const outcome *o) {
    size_t count = 0, capacity = 0;
    for (size_t i = 0; i < o->num_facts; i++) {
        bool seeds;
        const char *name = o->fact[i].name;
        size_t length = stem_length(name, &seeds);
        group *g = find(*list, count, name, length, seeds);
        if (!g) {
            *list = rn_vec_reserve(*list, count + 1, &capacity, sizeof **list);
            g = &(*list)[count++];
            *g = (group){.name = name, .length = length, .seeds = seeds};
        }
        g->facts++;
        if (!isfinite(o->fact[i].value)) continue;
        g->value = rn_vec_reserve(g->value, g->count + 1, &g->capacity, sizeof *g->value);
        g->value[g->count++] = o->fact[i].value;
    }
    return count;
}

static void put_number(page *p, double value) {
    char text[32];
    page_cell(p);
    if (isfinite(value))
        page_put(p, "%s", rn_text_from_double(text, sizeof text, value, 4));
    else
        page_put(p, "\xE2\x80\x93");
}

/* "share/ce/50" reads better as "share, ce, 50". */
static void put_name(page *p, const group *g) {
    page_cell(p);
    for (size_t i = 0; i < g->length;) {
        size_t n = strcspn(g->name + i, "/");
        if (n > g->length - i) n = g->length - i;
        page_put(p, "%s%.*s", i ? ", " : "", (int)n, g->name + i);
        i += n + 1;
    }
}

void part_facts(page *p, const outcome *o) {
    enum { OPEN_MOST = 10 };
    static const page_column columns[] = {
        {"fact", PAGE_WORDS}, {"value", PAGE_NUMBER}, {"sd", PAGE_NUMBER}, {"seeds", PAGE_NUMBER}};
    group *list = NULL;
    bool seeds = false;
    size_t count = group_facts(&list, o);
    if (count == 0) return;
    for (size_t i = 0; i < count; i++) seeds |= list[i].seeds;
    if (count > OPEN_MOST) page_fold_begin(p, "%zu numbers beside the table", count);
    page_table_begin(p, PAGE_SCROLLS, columns, seeds ? 4 : 2);
    for (size_t i = 0; i < count; i++) {
        group *g = &list[i];
        page_row_begin(p, NULL);
        put_name(p, g);
        put_number(p, rn_stats_mean(g->value, g->count));
        if (seeds) put_number(p, rn_stats_sd(g->value, g->count));
        if (g->seeds) page_cell_text(p, "%zu", g->facts);
        page_row_end(p);
        free(g->value);
    }
    page_table_end(p);
    if (count > OPEN_MOST) page_fold_end(p);
    free(list);
}
