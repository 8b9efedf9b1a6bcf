#include "common/verdicts.h"
#include "common/claim.h"

#include <stdio.h>
#include <string.h>

void verdicts_print(const char *claims, const outcome *own, const char *out) {
    evidence e;
    size_t count;
    const claim *list = claim_table(&count);
    printf("\n");
    fflush(stdout);
    evidence_load(&e, out, own);
    for (size_t i = 0; i < count; i++) {
        judgement j = {0};
        if (!strstr(claims, list[i].id)) continue;
        list[i].judge(&j, &e);
        printf("%s %s\n    %s: %s\n", list[i].id, list[i].statement, verdict_names[j.verdict],
               j.text);
    }
    evidence_free(&e);
}
