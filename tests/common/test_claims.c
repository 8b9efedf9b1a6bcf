/* What holds for all claims alike, and reading the evidence. */
#include "common/claim_case.h"
#include "base/file.h"
#include "base/real.h"
#include "support/folder.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

Test(claims, nothing_was_run) {
    size_t count;
    const claim *c = claim_table(&count);
    evidence none = {0};
    for (size_t i = 0; i < count; i++) {
        judgement j;
        c[i].judge(&j, &none);
        cr_expect(j.verdict == VERDICT_MISSING && strstr(j.text, "has not been run"), "%s: %s",
                  c[i].id, j.text);
    }
}

/* A file may say anything. */
Test(claims, tables_larger_than_any_of_ours) {
    outcome o[] = {{.name = (char[]){"table_1e_depth_scale"}}, {.name = (char[]){"table_1d_ohem"}}};
    evidence e = {o, 2};
    for (int i = 0; i < 600; i++) {
        char label[300];
        snprintf(label, sizeof label, "%c%0*d %d", 'a' + i % 6, i % 7 ? 1 : 200, 0, i);
        outcome_add_run(outcome_add_row(&o[0], label, "size=128", NAN), 0)->state = RUN_DONE;
        snprintf(label, sizeof label, "batch %d nms .5", i);
        outcome_add_run(outcome_add_row(&o[1], label, "", NAN), 0)->state = RUN_DONE;
    }
    static const char *const ids[] = {"c19", "c20", "c28", "c29"};
    for (size_t i = 0; i < RN_COUNT(ids); i++)
        cr_expect_eq(claim_case_judge(ids[i], &e).verdict, VERDICT_MISSING, "%s", ids[i]);
    for (size_t i = 0; i < o[0].num_rows; i++) o[0].row[i].run[0].test[METRIC_AP] = 1;
    for (size_t i = 0; i < o[0].num_rows; i++) o[0].row[i].run[0].detect_ms = 1;
    cr_expect_eq(claim_case_judge("c28", &e).verdict, VERDICT_LEANS_AGAINST);
    o[0].name = o[1].name = NULL;
    outcome_free(&o[0]);
    outcome_free(&o[1]);
}

Test(claims, only_common_seeds_are_compared) {
    evidence e = made_up_paper(10, 0), few = made_up_paper(3, 0);
    for (size_t i = 0; i < e.count; i++)
        if (strcmp(e.outcome[i].name, T1A) == 0) {
            outcome other = e.outcome[i];
            e.outcome[i] = few.outcome[i];
            few.outcome[i] = other;
        }
    judgement j = claim_case_judge("c23", &e);
    cr_expect(strstr(j.text, "10 seeds, over CE +2.7 [+2.7, +2.7]"), "%s", j.text);
    cr_expect_eq(j.verdict, VERDICT_CONFIRMED);
    evidence_free(&e);
    evidence_free(&few);
}

Test(claims, evidence_is_read_from_folders) {
    folder f = folder_make();
    rn_err err = {""};
    evidence made = made_up_paper(2, .3), e;
    for (size_t i = 0; i < made.count; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", f.path, made.outcome[i].name);
        cr_assert_eq(rn_file_make_folder(path, &err), RN_OK);
        snprintf(path, sizeof path, "%s/%s/%s.json", f.path, made.outcome[i].name,
                 made.outcome[i].name);
        cr_assert_eq(outcome_save(&made.outcome[i], path, &err), RN_OK, "%s", err.text);
    }
    cr_assert_eq(evidence_load(&e, f.path, &err), RN_OK, "%s", err.text);
    cr_expect_eq(e.count, made.count);
    size_t count;
    const claim *c = claim_table(&count);
    for (size_t i = 0; i < count; i++) {
        judgement a, b;
        c[i].judge(&a, &made);
        c[i].judge(&b, &e);
        cr_expect(a.verdict == b.verdict && strcmp(a.text, b.text) == 0, "%s: %s", c[i].id, b.text);
    }
    evidence_free(&e);
    folder_put(&f, "hinge/hinge.json", "{", 1);
    cr_expect_eq(evidence_load(&e, f.path, &err), RN_ERROR);
    cr_expect(strstr(err.text, "hinge.json") && e.count == 0 && !e.outcome, "%s", err.text);
    outcome stranger = {.name = (char[]){"pyramid"}};
    cr_assert_eq(outcome_save(&stranger, folder_file(&f, "hinge/hinge.json"), &err), RN_OK);
    cr_expect_eq(evidence_load(&e, f.path, &err), RN_ERROR);
    cr_expect(strstr(err.text, "name: expected \"hinge\", got \"pyramid\""), "%s", err.text);
    cr_assert_eq(evidence_load(&e, "no/such/folder", &err), RN_OK);
    cr_expect_eq(e.count, 0);
    evidence_free(&e);
    evidence_free(&made);
    folder_remove(&f);
}
