#include "parts.h"
#include "common/paper.h"

#include <stdio.h>
#include <string.h>

void part_reading(page *p) {
    page_list_begin(p);
    page_item(p,
              "A row of a table is one way to train. Its numbers are COCO's average precision in "
              "points (0 to 100), on test images by which nothing was chosen; whatever is chosen, "
              "as the best alpha or the best rate, is chosen on validation images.");
    page_item(p,
              "Each row is trained with several seeds, the same ones in every row; \xC2\xB1 is "
              "the standard deviation over them. Two rows are compared seed by seed: an interval "
              "in brackets holds the mean difference with 95%% confidence (Student's t).");
    page_item(p,
              "The criterion of a claim was written down before any run. It is confirmed where "
              "the criterion holds and the interval lies on its side, refuted where it lies on "
              "the other, inconclusive where it covers both or the data cannot say; the evidence "
              "says why.");
    page_item(p, "One seed has no interval: the claim then leans to or leans against, which is no "
                 "verdict.");
    page_item(p,
              "Many claims are judged at once: at 95%% one interval in twenty misses by chance.");
    page_item(p, "Claims compare losses at one learning rate, as the paper does. At the rate that "
                 "suits each of them best their order may be another: see learning_rate.");
    page_item(p, "A run whose loss was no longer finite has diverged. That is a result, shown with "
                 "its step, and counts as 0 points.");
    page_item(p, "Points here and in the paper come from other images and other networks: their "
                 "differences are shown, but what can agree is the order of the rows and the "
                 "direction of an effect. The rank correlation says how well the order agrees.");
    page_item(p,
              "On a set that is less imbalanced than about 1:100 a result against the paper says "
              "little about the paper, whose loss is meant for 1:1000.");
    page_list_end(p);
}

/* ---- what is different ----------------------------------------------------------------------- */

enum { HERE_SIZE = 1024 };

static void data_of(char *out, const collection *c) {
    size_t used = 0;
    *out = '\0';
    for (size_t i = 0; i < c->count; i++) {
        bool seen = !*c->outcome[i]->data;
        for (size_t k = 0; k < i; k++)
            seen |= strcmp(c->outcome[i]->data, c->outcome[k]->data) == 0;
        if (!seen && used + 2 < HERE_SIZE)
            used += (size_t)snprintf(out + used, HERE_SIZE - used, "%s%.300s", used ? ", " : "",
                                     c->outcome[i]->data);
    }
}

/* The fact "negatives a positive" of whichever experiment has it. */
static void imbalance_of(char *out, const collection *c) {
    *out = '\0';
    for (size_t i = 0; i < c->count && !*out; i++) {
        double negatives = outcome_fact(c->outcome[i], "negatives a positive");
        if (isfinite(negatives))
            snprintf(out, HERE_SIZE, "1 positive to %.0f negatives", negatives);
    }
}

static void seeds_of(char *out, const collection *c) {
    size_t least = 0, most = 0;
    for (size_t i = 0; i < c->count; i++)
        for (size_t r = 0; r < c->outcome[i]->num_rows; r++) {
            size_t n = row_finished(&c->outcome[i]->row[r]);
            if (n && (n < least || !least)) least = n;
            if (n > most) most = n;
        }
    *out = '\0';
    if (most) snprintf(out, HERE_SIZE, least == most ? "%zu" : "%zu to %zu", least, most);
}

static void put_difference(page *p, const char *what, const char *here, const char *paper) {
    page_row_begin(p, NULL);
    page_cell_text(p, "%s", what);
    page_cell_text(p, "%s", *here ? here : "not recorded");
    page_cell_text(p, "%s", paper);
    page_row_end(p);
}

void part_setting(page *p, const collection *c) {
    static const page_column columns[] = {
        {"what", PAGE_WORDS}, {"here", PAGE_WORDS}, {"in the paper", PAGE_WORDS}};
    static const struct {
        const char *what, *name, *paper;
    } rows[] = {
        {"network", "model", "ResNet-50 with feature pyramid; ResNet-101 in tables 1d, 1e and 2"},
        {"first weights", "init", "backbone trained on ImageNet"},
        {"images in training", "images", "COCO trainval35k, 115,000"},
        {"objects in training", "objects", "not given"},
        {"image side in pixels", "size", "600, the shorter one; 400 to 800 in table 1e"},
        {"iterations", "iters", "90,000"},
        {"images an iteration", "batch", "16"},
        {"learning rate", "lr", ".01"},
    };
    char here[HERE_SIZE], time[DURATION_SIZE];
    page_table_begin(p, PAGE_SCROLLS, columns, RN_COUNT(columns));
    data_of(here, c);
    put_difference(p, "data", here, "COCO; numbers on minival, of tables 1e and 2 on test-dev");
    imbalance_of(here, c);
    put_difference(p, "imbalance of anchors", here, "about 1:1000, of 100,000 anchors an image");
    for (size_t i = 0; i < RN_COUNT(rows); i++)
        put_difference(p, rows[i].what, collection_values(here, sizeof here, c, rows[i].name),
                       rows[i].paper);
    seeds_of(here, c);
    put_difference(p, "runs of a row", here, "1, as far as it says");
    snprintf(here, sizeof here, "%s in %zu runs", part_duration(time, collection_seconds(c)),
             c->num_runs);
    put_difference(p, "time of training", here, "10 to 35 hours a model, on 8 GPUs");
    page_table_end(p);
}

/* ---- table 2 --------------------------------------------------------------------------------- */

void part_table_2(page *p) {
    static const page_column columns[] = {
        {"method", PAGE_WORDS}, {"stages", PAGE_WORDS}, {"backbone", PAGE_WORDS},
        {"AP", PAGE_NUMBER},    {"AP50", PAGE_NUMBER},  {"AP75", PAGE_NUMBER},
        {"APs", PAGE_NUMBER},   {"APm", PAGE_NUMBER},   {"APl", PAGE_NUMBER}};
    const paper_table *table = paper_table_of(PAPER_TABLE_2);
    RN_CHECK(table->num_texts + table->num_numbers == (int)RN_COUNT(columns), "%s: %d columns",
             table->key, table->num_texts + table->num_numbers);
    page_text(p,
              "These are the paper's numbers, on COCO test-dev. They are not measured again: the "
              "other detectors are other people's programs with backbones and training of their "
              "own, and the comparison needs COCO's 115,000 images, its test server and days on "
              "several GPUs for each. Nothing that is small enough to be trained here would say "
              "anything about it.");
    page_table_begin(p, PAGE_SCROLLS, columns, RN_COUNT(columns));
    for (size_t i = 0; i < table->num_rows; i++) {
        page_row_begin(p, NULL);
        for (int k = 0; k < table->num_texts; k++) page_cell_text(p, "%s", table->row[i].text[k]);
        for (int k = 0; k < table->num_numbers; k++)
            page_cell_number(p, table->row[i].number[k], 1);
        page_row_end(p);
    }
    page_table_end(p);
}
