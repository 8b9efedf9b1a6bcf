#include "parts.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *kind, *symbol, *what;
} looks[VERDICT_MISSING + 1] = {
    [VERDICT_CONFIRMED] = {"confirmed", "\xE2\x9C\x93", "the criterion holds"},
    [VERDICT_LEANS_TO] = {"leans-to", "\xE2\x86\x97", "one seed, agrees"},
    [VERDICT_INCONCLUSIVE] = {"inconclusive", "?", "neither side"},
    [VERDICT_LEANS_AGAINST] = {"leans-against", "\xE2\x86\x98", "one seed, disagrees"},
    [VERDICT_REFUTED] = {"refuted", "\xE2\x9C\x97", "the opposite holds"},
    [VERDICT_MISSING] = {"missing", "\xE2\x80\xA6", "runs are not there"},
};

/* From good to bad, then unknown. */
static const verdict order[] = {VERDICT_CONFIRMED,     VERDICT_LEANS_TO, VERDICT_INCONCLUSIVE,
                                VERDICT_LEANS_AGAINST, VERDICT_REFUTED,  VERDICT_MISSING};

void part_verdict(page *p, verdict v) {
    page_badge(p, looks[v].kind, looks[v].symbol, verdict_names[v]);
}

typedef struct tally {
    size_t of[VERDICT_MISSING + 1], shown;
} tally;

static bool is_shown(const collection *c, size_t i, bool found_only) {
    return !found_only || c->judgement[i].verdict != VERDICT_MISSING;
}

static tally count(const collection *c, bool found_only) {
    tally t = {{0}, 0};
    for (size_t i = 0; i < c->num_claims; i++) {
        if (!is_shown(c, i, found_only)) continue;
        t.of[c->judgement[i].verdict]++;
        t.shown++;
    }
    return t;
}

static void strip_html(page *p, const tally *t) {
    page_raw(p, "<div class=\"strip\" aria-hidden=\"true\">");
    for (size_t i = 0; i < RN_COUNT(order); i++)
        if (t->of[order[i]])
            page_raw(p, "<span class=\"%s\" style=\"flex:%zu\">%zu</span>", looks[order[i]].kind,
                     t->of[order[i]], t->of[order[i]]);
    page_raw(p, "</div>\n<ul class=\"legend\">\n");
    for (size_t i = 0; i < RN_COUNT(order); i++) {
        page_raw(p, "<li><b>%zu</b> ", t->of[order[i]]);
        part_verdict(p, order[i]);
        page_raw(p, " <small>%s</small></li>\n", looks[order[i]].what);
    }
    page_raw(p, "</ul>\n");
}

static void chips_html(page *p, const collection *c, const char *prefix, bool found_only) {
    page_raw(p, "<ul class=\"chips\">\n");
    for (size_t i = 0; i < c->num_claims; i++) {
        char anchor[PAGE_ANCHOR_SIZE], name[64];
        verdict v = c->judgement[i].verdict;
        if (!is_shown(c, i, found_only)) continue;
        snprintf(name, sizeof name, "%.40s%.16s", prefix, c->claim[i].id);
        page_raw(p, "<li><a class=\"%s\" href=\"#%s\" title=\"%s\">", looks[v].kind,
                 page_anchor(anchor, name), verdict_names[v]);
        page_put(p, "%s", c->claim[i].id);
        page_raw(p, "&#160;%s</a></li>\n", looks[v].symbol);
    }
    page_raw(p, "</ul>\n");
}

static void strip_markdown(page *p, const tally *t) {
    page_column columns[RN_COUNT(order)];
    for (size_t i = 0; i < RN_COUNT(order); i++)
        columns[i] = (page_column){verdict_names[order[i]], PAGE_NUMBER};
    page_table_begin(p, PAGE_SCROLLS, columns, RN_COUNT(order));
    page_row_begin(p, NULL);
    for (size_t i = 0; i < RN_COUNT(order); i++)
        page_cell_text(p, "%s %zu", looks[order[i]].symbol, t->of[order[i]]);
    page_row_end(p);
    page_table_end(p);
}

/* Where the claim is from, and the experiment that shows it. */
static void put_source(page *p, const collection *c, const claim *of, const char *prefix) {
    char anchor[128];
    page_note_begin(p);
    page_put(p, "%s; ", of->source);
    snprintf(anchor, sizeof anchor, "%.40s%.80s", prefix, of->experiment);
    if (evidence_of(&c->evidence, of->experiment))
        page_link(p, anchor, of->experiment);
    else
        page_put(p, "%s", of->experiment);
    page_note_end(p);
}

static void put_claim(page *p, const collection *c, size_t i, const char *prefix) {
    const claim *of = &c->claim[i];
    char anchor[64];
    snprintf(anchor, sizeof anchor, "%.40s%.16s", prefix, of->id);
    page_row_begin(p, anchor);
    page_cell(p);
    page_link(p, anchor, of->id);
    page_cell_text(p, "%s", of->statement);
    put_source(p, c, of, prefix);
    page_cell(p);
    part_verdict(p, c->judgement[i].verdict);
    page_cell_text(p, "%s", c->judgement[i].text);
    page_cell_text(p, "%s", of->paper);
    page_cell_text(p, "%s", of->criterion);
    if (*of->refute_if) {
        page_note_begin(p);
        page_put(p, "Refuted if: %s", of->refute_if);
        page_note_end(p);
    }
    page_row_end(p);
}

void part_claims(page *p, const collection *c, const char *prefix, bool found_only) {
    static const page_column columns[] = {
        {"id", PAGE_WORDS},       {"claim", PAGE_WORDS},           {"verdict", PAGE_WORDS},
        {"evidence", PAGE_WORDS}, {"paper's numbers", PAGE_WORDS}, {"criterion", PAGE_WORDS}};
    tally t = count(c, found_only);
    if (p->format == PAGE_HTML) {
        strip_html(p, &t);
        chips_html(p, c, prefix, found_only);
    } else {
        strip_markdown(p, &t);
    }
    page_table_begin(p, PAGE_STACKS, columns, RN_COUNT(columns));
    for (size_t i = 0; i < c->num_claims; i++)
        if (is_shown(c, i, found_only)) put_claim(p, c, i, prefix);
    page_table_end(p);
}
