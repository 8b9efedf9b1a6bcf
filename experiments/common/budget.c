#include "common/budget.h"
#include "base/check.h"
#include "base/real.h"

#include <stddef.h>

const char budget_choices[] = "smoke|quick|standard|full";

static const budget table[] = {
    {"smoke", "does it run? the numbers mean nothing", 6, 1, 1, true, "train=24,val=12,test=12",
     256},
    {"quick", "the core rows, one seed: minutes", 900, 1, 1, true, "", 0},
    {"standard", "all rows, three seeds, ten behind the headline claims: hours", 900, 3, 10, false,
     "", 0},
    {"full", "four times as long, five and twenty seeds: a day", 3600, 5, 20, false, "", 0},
};

const budget *budget_at(int index) {
    RN_CHECK(index >= 0 && (size_t)index < RN_COUNT(table), "budget %d", index);
    return &table[index];
}
