#include "common/verdicts.h"
#include "common/claim.h"

#include <stdio.h>
#include <string.h>

rn_status verdicts_print(const char *claims, const char *out, rn_err *err) {
    evidence e;
    size_t count;
    const claim *list = claim_table(&count);
    if (evidence_load(&e, out, err) != RN_OK) return RN_ERROR;
    printf("\n");
    for (size_t i = 0; i < count; i++) {
        judgement j = {0};
        if (!strstr(claims, list[i].id)) continue;
        list[i].judge(&j, &e);
        printf("%s %s\n    %s: %s\n", list[i].id, list[i].statement, verdict_names[j.verdict],
               j.text);
    }
    evidence_free(&e);
    return RN_OK;
}
