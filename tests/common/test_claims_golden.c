/* The claims as they were written down before any run: tests/golden/claims.txt has, for each, a
 * digest of its text, its verdicts on a battery of made-up evidence, and how many of 400 that were
 * shaken at random it takes for confirmed, refuted and inconclusive, with a digest of those. A
 * claim whose text or predicate changes fails here; the new line is printed, and a review sees it
 * in the change. */
#include "common/claim.h"
#include "common/made_up.h"
#include "common/paper_data.h"
#include "base/file.h"
#include "base/real.h"
#include "base/vec.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t DIGEST_START = 14695981039346656037u;

/* FNV-1a; the '\0' too, so that no text flows into the next. */
static uint64_t add_to_digest(uint64_t digest, const char *text) {
    for (;; text++) {
        digest = (digest ^ (uint8_t)*text) * 1099511628211u;
        if (!*text) return digest;
    }
}

static uint64_t digest_of(const claim *c) {
    const char *const text[] = {c->id,    c->experiment, c->statement, c->source,
                                c->paper, c->criterion,  c->refute_if};
    uint64_t digest = DIGEST_START;
    for (size_t i = 0; i < RN_COUNT(text); i++) digest = add_to_digest(digest, text[i]);
    return digest;
}

enum { EDITS = 3 };

static const struct {
    int seeds;
    double noise;
    edit change[EDITS];
} battery[] = {
    {10, .3, {{0}}},                         /* as in the paper */
    {3, .3, {{0}}},                          /* fewer seeds */
    {1, .3, {{0}}},                          /* one */
    {3, 8, {{0}}},                           /* much noise */
    {10, .3, {{EDIT_AP, "", "*", 30}}},      /* all the same */
    {10, .3, {{EDIT_DIVERGE, "", "*", 10}}}, /* nothing trains */
    {10, .3, {{EDIT_DIVERGE, "", "*", 1}}},  /* a seed that never does */
    {10, .3, {{EDIT_FACT, "fig_4_loss_cdf", "negatives a positive", 26}}},
    {10, .3, {{EDIT_FACT, "", "*", .1}}},                        /* all facts alike */
    {1, .3, {{EDIT_AP, "", "*", 30}, {EDIT_FACT, "", "*", .1}}}, /* one seed against */
    {10, .3, {{EDIT_UNFINISHED, "", "*", 0}, {EDIT_NO_FACT, "", "*", 0}}},
    {10,
     .3, /* the opposite */
     {{EDIT_AP, "table_1b_fl_gamma", "gamma 2*", 20},
      {EDIT_AP, "table_1a_ce_alpha", "alpha .1", 40},
      {EDIT_AP, "table_1d_ohem", "1:3*", 40}}},
};

/* Upper case: a verdict. */
static const char letter[] = {'C', 'R', 'I', 't', 'a', '-'};

/* The verdicts on evidence shaken at random: how many there are of each, and a digest of all. Half
 * of it has ten seeds and little noise, half three and more. */
enum { SHAKEN = 400 };

typedef struct tally {
    int of[VERDICT_MISSING + 1];
    uint64_t digest;
} tally;

static void shaken_verdicts(tally *t, const claim *c, size_t count) {
    static const double by[] = {.5, 1.5, 5, 15, 40};
    for (size_t i = 0; i < count; i++) t[i] = (tally){.digest = DIGEST_START};
    for (int k = 0; k < SHAKEN; k++) {
        evidence e = made_up_paper(k % 2 ? 10 : 3, k % 2 ? .3 : 1);
        made_up_shake(&e, by[k % 5], (uint64_t)k);
        for (size_t i = 0; i < count; i++) {
            judgement j;
            c[i].judge(&j, &e);
            t[i].of[j.verdict]++;
            t[i].digest = add_to_digest(t[i].digest, verdict_names[j.verdict]);
        }
        evidence_free(&e);
    }
}

static void verdicts(char *text, const claim *c) {
    for (size_t i = 0; i < RN_COUNT(battery); i++) {
        evidence e = made_up_paper(battery[i].seeds, battery[i].noise);
        for (int k = 0; k < EDITS && battery[i].change[k].kind; k++)
            made_up_edit(&e, &battery[i].change[k]);
        judgement j;
        c->judge(&j, &e);
        *text++ = letter[j.verdict];
        evidence_free(&e);
    }
    *text = '\0';
}

Test(claims_golden, text_and_predicate_are_those_written_down) {
    char *golden;
    size_t size, count;
    rn_err err = {""};
    cr_assert_eq(rn_file_read(&golden, &size, "tests/golden/claims.txt", 1 << 16, &err), RN_OK,
                 "%s", err.text);
    const claim *c = claim_table(&count);
    tally *shaken = rn_vec_zeros(count, sizeof *shaken);
    shaken_verdicts(shaken, c, count);
    for (size_t i = 0; i < count; i++) {
        char line[128], all[RN_COUNT(battery) + 1];
        verdicts(all, &c[i]);
        snprintf(line, sizeof line, "%s %016llx %s %3d %3d %3d %016llx\n", c[i].id,
                 (unsigned long long)digest_of(&c[i]), all, shaken[i].of[VERDICT_CONFIRMED],
                 shaken[i].of[VERDICT_REFUTED], shaken[i].of[VERDICT_INCONCLUSIVE],
                 (unsigned long long)shaken[i].digest);
        cr_expect(strstr(golden, line), "not in tests/golden/claims.txt: %s", line);
    }
    size_t lines = 0;
    for (const char *at = golden; *at; at++) lines += *at == '\n' && at[1] == 'c';
    cr_expect_eq(lines, count, "%zu lines for %zu claims", lines, count);
    free(golden);
    free(shaken);
}

Test(claims_golden, there_are_thirty_in_order_with_all_their_texts) {
    size_t count;
    const claim *c = claim_table(&count);
    cr_assert_eq(count, 30);
    for (size_t i = 0; i < count; i++) {
        char id[24];
        snprintf(id, sizeof id, "c%02zu", i + 1);
        cr_expect_str_eq(c[i].id, id);
        cr_expect(*c[i].statement && *c[i].source && *c[i].paper && *c[i].criterion &&
                  *c[i].refute_if && c[i].judge);
        bool known = false;
        for (size_t k = 0; k < evidence_num_experiments; k++)
            known = known || strcmp(c[i].experiment, evidence_experiments[k]) == 0;
        cr_expect(known, "%s: no experiment %s", id, c[i].experiment);
    }
}

/* Is the number one of those that the claim rests on, as it is or in percent, or part of the name
 * of one ("gamma_0_5")? */
static bool is_of_claim(const char *id, const char *digits, double value, bool *any) {
    char name[32] = "";
    for (size_t i = 0; digits[i] && i + 1 < sizeof name; i++)
        name[i] = digits[i] == '.' ? '_' : digits[i];
    for (size_t i = 0; i < paper_num_singles; i++) {
        const paper_single *s = &paper_singles[i];
        if (strncmp(s->name, id, 3) != 0) continue;
        *any = true;
        if (fabs(s->value - value) < 1e-9 || fabs(100 * s->value - value) < 1e-9) return true;
        if (strstr(s->name + 4, name)) return true;
    }
    return false;
}

Test(claims_golden, numbers_in_texts_are_the_papers) {
    size_t count;
    const claim *c = claim_table(&count);
    for (size_t i = 0; i < count; i++)
        for (const char *at = c[i].paper; *at;) {
            size_t length = strspn(at, ".0123456789");
            while (length && at[length - 1] == '.') length--; /* the end of a sentence */
            if (length == 0) {
                at++;
                continue;
            }
            char digits[32];
            snprintf(digits, sizeof digits, "%.*s", (int)length, at);
            bool any = false, minus = at > c[i].paper && at[-1] == '-';
            double value = minus ? -atof(digits) : atof(digits);
            bool known = is_of_claim(c[i].id, digits, value, &any);
            cr_expect(known || !any, "%s: %s is not in paper.h", c[i].id, digits);
            at += length;
        }
}
