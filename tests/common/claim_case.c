#include "common/claim_case.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

judgement claim_case_judge(const char *id, const evidence *e) {
    size_t count;
    const claim *c = claim_table(&count);
    judgement j = {VERDICT_MISSING, ""};
    for (size_t i = 0; i < count; i++)
        if (strcmp(c[i].id, id) == 0) c[i].judge(&j, e);
    return j;
}

static void expect_one(const claim_case *c) {
    evidence e = made_up_paper(c->seeds, .3);
    char what[256] = "";
    for (int k = 0; k < CLAIM_CASE_EDITS && c->change[k].kind; k++) {
        made_up_edit(&e, &c->change[k]);
        size_t used = strlen(what);
        snprintf(what + used, sizeof what - used, " [%d %s %g]", (int)c->change[k].kind,
                 c->change[k].label, c->change[k].value);
    }
    judgement j = claim_case_judge(c->id, &e);
    cr_expect(j.verdict == c->want, "%s%s: %s instead of %s: %s", c->id, what,
              verdict_names[j.verdict], verdict_names[c->want], j.text);
    cr_expect(strstr(j.text, c->text), "%s%s: no \"%s\" in: %s", c->id, what, c->text, j.text);
    evidence_free(&e);
}

void claim_case_expect(const claim_case *c, size_t count) {
    for (size_t i = 0; i < count; i++) expect_one(&c[i]);
}
