/* What holds for all claims alike, and reading the evidence. */
#include "common/claim_case.h"
#include "base/file.h"
#include "base/real.h"
#include "base/vec.h"
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

Test(claims, evidence_of_other_sources_data_or_settings_is_left_out) {
    static const struct {
        const char *version, *data, *budget;
        bool agrees;
    } rows[] = {
        {"v", "scenes", "quick", true},
        {"v", "scenes", "standard", true}, /* differs in rows and seeds alone */
        {"v", "", "", true},               /* computed, not trained */
        {"w", "", "", false},
        {"w", "scenes", "quick", false},
        {"v", "bccd", "quick", false},
        {"v", "scenes", "smoke", false},
        {"v", "scenes", "full", false},
        {"v", "scenes", "quick, iters=3", false},
        {"v", "scenes", "quickly", false},
    };
    outcome own = {
        .version = (char[]){"v"}, .data = (char[]){"scenes"}, .budget = (char[]){"quick"}};
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        folder f = folder_make();
        evidence e;
        rn_err err = {""};
        outcome o = {.name = rn_vec_text("hinge"),
                     .version = rn_vec_text(rows[i].version),
                     .data = rn_vec_text(rows[i].data),
                     .budget = rn_vec_text(rows[i].budget)};
        cr_assert_eq(rn_file_make_folder(folder_file(&f, "hinge"), &err), RN_OK);
        cr_assert_eq(outcome_save(&o, folder_file(&f, "hinge/hinge.json"), &err), RN_OK);
        evidence_load(&e, f.path, &own);
        cr_expect_eq(e.count, rows[i].agrees, "%s %s %s", o.version, o.data, o.budget);
        evidence_free(&e);
        outcome_free(&o);
        folder_remove(&f);
    }
}

Test(claims, evidence_is_read_from_folders) {
    folder f = folder_make();
    rn_err err = {""};
    evidence made = made_up_paper(2, .3), e;
    outcome own = {.version = (char[]){""}, .data = (char[]){""}};
    for (size_t i = 0; i < made.count; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", f.path, made.outcome[i].name);
        cr_assert_eq(rn_file_make_folder(path, &err), RN_OK);
        snprintf(path, sizeof path, "%s/%s/%s.json", f.path, made.outcome[i].name,
                 made.outcome[i].name);
        cr_assert_eq(outcome_save(&made.outcome[i], path, &err), RN_OK, "%s", err.text);
    }
    evidence_load(&e, f.path, &own);
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
    evidence_load(&e, f.path, &own);
    cr_expect(e.count == made.count - 1 && !evidence_of(&e, "hinge"));
    evidence_free(&e);
    outcome stranger = {.name = (char[]){"pyramid"}};
    cr_assert_eq(outcome_save(&stranger, folder_file(&f, "hinge/hinge.json"), &err), RN_OK);
    evidence_load(&e, f.path, &own);
    cr_expect(e.count == made.count - 1 && !evidence_of(&e, "hinge"));
    evidence_free(&e);
    evidence_load(&e, "no/such/folder", &own);
    cr_expect_eq(e.count, 0);
    evidence_free(&e);
    evidence_free(&made);
    folder_remove(&f);
}
