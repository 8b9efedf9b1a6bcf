#include "common/budget.h"
#include "base/check.h"
#include "base/real.h"

#include <stddef.h>
#include <string.h>

const char budget_choices[] = "smoke|quick|standard|full";

static const budget table[] = {
    {"smoke", "does it run? the numbers mean nothing", 6, 1, 1, true, "train=24,val=12,test=12",
     256},
    {"quick", "the core rows, one seed: minutes", 900, 1, 1, true, "", 0},
    {"standard", "all rows, three seeds, ten behind the headline claims: hours", 900, 3, 10, false,
     "", 0},
    {"full", "four times as long, five and twenty seeds: a day", 3600, 5, 20, false, "", 0},
};

const budget *budget_of(const char *text) {
    size_t length = strcspn(text, ",");
    for (size_t i = 0; i < RN_COUNT(table); i++)
        if (strlen(table[i].name) == length && strncmp(table[i].name, text, length) == 0)
            return &table[i];
    return NULL;
}

bool budget_same_runs(const char *a, const char *b) {
    const budget *x = budget_of(a), *y = budget_of(b);
    if (!x || !y) return strcmp(a, b) == 0;
    return x->iterations == y->iterations && x->pretrain == y->pretrain &&
           strcmp(x->scenes, y->scenes) == 0 &&
           strcmp(a + strlen(x->name), b + strlen(y->name)) == 0;
}

const budget *budget_at(int index) {
    RN_CHECK(index >= 0 && (size_t)index < RN_COUNT(table), "budget %d", index);
    return &table[index];
}
