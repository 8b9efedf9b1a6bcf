#include "data/coco.h"
#include "base/file.h"
#include "base/json.h"
#include "base/real.h"
#include "base/text.h"
#include "base/vec.h"
#include "support/fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static folder files; /* of the running test: each is a process of its own */
static void begin(void) { files = folder_make(); }
static void end(void) { folder_remove(&files); }
TestSuite(coco, .init = begin, .fini = end);

/* Ids with gaps and out of order; the objects of an image are not together. */
static const char SMALL[] =
    "{\"images\": [{\"id\": 70, \"file_name\": \"b.jpg\", \"width\": 64, \"height\": 48},\n"
    "             {\"id\": 3, \"file_name\": \"a.jpg\"}],\n"
    " \"annotations\": [\n"
    "   {\"id\": 9, \"image_id\": 3, \"category_id\": 90, \"bbox\": [1, 2.5, 3, 4], \"area\": "
    "7.5,\n"
    "    \"iscrowd\": 1, \"segmentation\": {\"counts\": \"]}\\\"\", \"size\": [4, 4]}},\n"
    "   {\"id\": 8, \"image_id\": 70, \"category_id\": 2, \"bbox\": [10, 10, 20, 5],\n"
    "    \"segmentation\": [[1, 2, 3, 4]], \"ignore\": true},\n"
    "   {\"image_id\": 3, \"category_id\": 2, \"bbox\": [0, 0, -1, 2], \"iscrowd\": false}],\n"
    " \"categories\": [{\"id\": 90, \"name\": \"cat\"}, {\"id\": 2, \"name\": \"segmentation\"}],\n"
    " \"info\": {\"anything\": [1, 2]}}\n";

static void expect_object(const rn_object *o, double x1, double y1, double x2, double y2,
                          double area, int label) {
    cr_expect(o->x1 == x1 && o->y1 == y1 && o->x2 == x2 && o->y2 == y2 && o->area == area &&
                  o->label == label,
              "(%g %g %g %g) area %g class %d", o->x1, o->y1, o->x2, o->y2, o->area, o->label);
}

Test(coco, a_file_is_read_as_it_stands) {
    const char *path = fixture_text(&files, "small.json", SMALL);
    rn_dataset d = fixture_load(path, NULL);
    cr_assert(d.num_images == 2 && d.num_objects == 3 && d.num_classes == 2);
    cr_expect_eq(d.format, RN_FORMAT_COCO);
    cr_expect_str_eq(d.name, "small.json");
    cr_expect(d.category[0].id == 2 && d.category[1].id == 90, "classes in the order of their ids");
    cr_expect_str_eq(d.category[0].name, "segmentation");
    cr_expect_str_eq(d.category[1].name, "cat");

    cr_expect(d.image[0].id == 70 && d.image[0].width == 64 && d.image[0].height == 48);
    cr_expect(d.image[1].id == 3 && d.image[1].width == 0 && d.image[1].height == 0);
    cr_expect_str_eq(d.image[1].file_name, "a.jpg");
    cr_expect_str_eq(d.image[1].path, folder_file(&files, "a.jpg"));
    cr_expect(d.image[0].first == 0 && d.image[0].count == 1);
    cr_expect(d.image[1].first == 1 && d.image[1].count == 2);

    expect_object(&d.object[0], 10, 10, 30, 15, 100, 0);
    expect_object(&d.object[1], 1, 2.5, 4, 6.5, 7.5, 1);
    expect_object(&d.object[2], 0, 0, -1, 2, -2, 0);
    cr_expect(d.object[0].ignore && !d.object[0].crowd && d.object[1].crowd && !d.object[2].crowd);
    cr_expect(d.object[0].id == 8 && d.object[1].id == 9 && d.object[2].id == 3);
    cr_expect(d.object[0].line == 1 && d.object[1].line == 0 && d.object[2].line == 2);
    cr_expect_str_eq(d.object[2].file, path);
    char place[RN_PATH_SIZE];
    rn_dataset_place(place, sizeof place, &d, &d.object[2]);
    cr_expect(rn_text_ends_with(place, "small.json: annotations[2]"), "%s", place);
    rn_dataset_free(&d);
}

/* ---- where the pictures are ---------------------------------------------------------------- */

Test(coco, pictures_are_found) {
    static const struct {
        const char *file, *picture;
    } rows[] = {
        {"set.json", "b.jpg"},
        {"set.json", "images/b.jpg"},
        {"instances_x.json", "x/b.jpg"},
        {"annotations/instances_x.json", "x/b.jpg"},
        {"annotations/instances_x.json", "images/x/b.jpg"},
        {"annotations/instances_x.json", "images/b.jpg"},
        {"annotations/instances_x.json", "annotations/b.jpg"},
    };
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        char name[64];
        snprintf(name, sizeof name, "%zu/%s", i, rows[i].picture);
        fixture_text(&files, name, "");
        const char *picture = folder_file(&files, name);
        snprintf(name, sizeof name, "%zu/%s", i, rows[i].file);
        rn_dataset d = fixture_load(fixture_text(&files, name, SMALL), NULL);
        cr_expect_str_eq(d.image[0].path, picture);
        rn_dataset_free(&d);
    }
}

Test(coco, the_folder_of_the_pictures_can_be_given) {
    rn_dataset_request request = {.data = fixture_text(&files, "a/set.json", SMALL),
                                  .images = "/elsewhere/"};
    rn_dataset d;
    rn_err err = {""};
    cr_assert_eq(rn_dataset_load(&d, &request, &err), RN_OK, "%s", err.text);
    cr_expect_str_eq(d.image[0].path, "/elsewhere/b.jpg");
    rn_dataset_free(&d);
}

/* ---- splits -------------------------------------------------------------------------------- */

static const char *write_splits(const char *const *names) {
    for (int i = 0; names[i]; i++) {
        char name[128];
        snprintf(name, sizeof name, "set/annotations/instances_%s.json", names[i]);
        fixture_text(&files, name, SMALL);
    }
    return folder_file(&files, "set");
}

Test(coco, the_split_for_training_is_the_default) {
    const char *data = write_splits((const char *[]){"val2017", "train2017", "odd", NULL});
    rn_dataset d = fixture_load(data, NULL);
    cr_expect(rn_text_ends_with(d.object[0].file, "instances_train2017.json"));
    rn_dataset_free(&d);
    cr_expect_str_eq(rn_dataset_find_split(data, "train"), "train2017");
    cr_expect_str_eq(rn_dataset_find_split(data, "val"), "val2017");
    cr_expect_null(rn_dataset_find_split(data, "test"));
    cr_expect_null(rn_dataset_find_split(folder_file(&files, "none"), "train"));
    d = fixture_load(data, "odd");
    cr_expect_str_eq(d.name, "set odd");
    rn_dataset_free(&d);
    d = fixture_load(data, "val"); /* a role */
    cr_expect(rn_text_ends_with(d.object[0].file, "instances_val2017.json"));
    rn_dataset_free(&d);
}

Test(coco, the_only_split_is_the_default) {
    rn_dataset d = fixture_load(write_splits((const char *[]){"odd", NULL}), NULL);
    cr_expect_eq(d.num_images, 2);
    rn_dataset_free(&d);
}

Test(coco, an_unknown_split_lists_those_that_are_there) {
    const char *data = write_splits((const char *[]){"a", "b", NULL});
    fixture_expect_error(&(rn_dataset_request){.data = data}, "/set",
                         "expected one of: a, b; got none");
    fixture_expect_error(&(rn_dataset_request){.data = data, .split = "c"}, "/set", "got \"c\"");
    fixture_expect_error(&(rn_dataset_request){.data = data, .split = "a+a"}, "/set",
                         "split a: expected once, got twice");
    fixture_expect_error(&(rn_dataset_request){.data = data, .split = "a+"}, "/set", "got \"\"");
    fixture_expect_error(&(rn_dataset_request){.data = data, .split = "../a"}, "/set",
                         "got \"../a\"");
}

Test(coco, a_file_has_no_splits) {
    const char *data = fixture_text(&files, "instances_val.json", SMALL);
    cr_expect_null(rn_dataset_find_split(data, "val"));
    fixture_expect_error(&(rn_dataset_request){.data = data, .split = "train"}, "val.json",
                         "no split");
    rn_dataset d = fixture_load(data, "val");
    rn_dataset_free(&d);
}

Test(coco, joined_splits_keep_ids_that_differ) {
    fixture_text(&files, "set/annotations/instances_a.json", SMALL);
    fixture_text(&files, "set/annotations/instances_b.json",
                 "{\"images\": [{\"id\": 5, \"file_name\": \"c.jpg\"}], \"annotations\": ["
                 "{\"image_id\": 5, \"category_id\": 1, \"bbox\": [0, 0, 1, 1]}],"
                 "\"categories\": [{\"id\": 1, \"name\": \"cat\"}]}");
    rn_dataset d = fixture_load(folder_file(&files, "set"), "a+b");
    cr_assert(d.num_images == 3 && d.num_objects == 4 && d.num_classes == 2);
    cr_expect(d.image[0].id == 70 && d.image[2].id == 5);
    cr_expect(d.image[2].first == 3 && d.object[3].label == 1, "the class goes by its name");
    rn_dataset_free(&d);
    fixture_text(&files, "set/annotations/instances_c.json", SMALL);
    d = fixture_load(folder_file(&files, "set"), "a+c");
    for (int i = 0; i < 4; i++) cr_expect_eq(d.image[i].id, i + 1, "ids that clash are replaced");
    rn_dataset_free(&d);
    fixture_expect_error(
        &(rn_dataset_request){.data = folder_file(&files, "set"), .split = "b+a"}, "instances_a",
        "categories[1]: name: expected a class of the other split, got \"segmentation\"");
}

/* ---- hostile files ------------------------------------------------------------------------- */

#define IMAGES  "\"images\": [{\"id\": 1, \"file_name\": \"a.jpg\"}]"
#define CLASSES "\"categories\": [{\"id\": 1, \"name\": \"cat\"}]"
#define BOX(bbox)                                                                                  \
    "{" IMAGES ", " CLASSES                                                                        \
    ", \"annotations\": [{\"image_id\": 1, \"category_id\": 1, \"bbox\": " bbox "}]}"
#define IMAGE(image)    "{" CLASSES ", \"annotations\": [], \"images\": [" image "]}"
#define CLASS(category) "{" IMAGES ", \"annotations\": [], \"categories\": [" category "]}"
#define ANNOTATION(more)                                                                           \
    "{" IMAGES ", " CLASSES ", \"annotations\": [{\"bbox\": [0, 0, 1, 1], " more "}]}"

Test(coco, broken_files_are_refused_by_place) {
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"", "empty file"},
        {" \n", "empty file"},
        {"{\"images\": [", "cut off"},
        {"{} {}", "expected the end of the file"},
        {"[]", "expected an object with images, annotations and categories, got a list"},
        {"7", "expected an object"},
        {"{}", "categories: expected a list, got nothing"},
        {"{\"categories\": []}", "images: expected a list, got nothing"},
        {"{\"categories\": [], \"images\": []}", "annotations: expected a list"},
        {"{\"categories\": [], \"images\": [], \"annotations\": []}", "at least one image"},
        {"{" IMAGES ", \"categories\": [], \"annotations\": []}", "at least one class"},
        {IMAGE(""), "at least one image"},
        {IMAGE("7"), "images[0]: id: expected a whole number"},
        {IMAGE("{\"file_name\": \"a\"}"), "images[0]: id: expected a whole number"},
        {IMAGE("{\"id\": 1}"), "images[0]: file_name: expected a text, got nothing"},
        {IMAGE("{\"id\": 1, \"file_name\": 3}"), "images[0]: file_name: expected a text"},
        {IMAGE("{\"id\": 1, \"file_name\": \"\"}"), "images[0]: file_name: expected a name"},
        {IMAGE("{\"id\": \"1\", \"file_name\": \"a\"}"), "images[0]: id: "},
        {IMAGE("{\"id\": 1.5, \"file_name\": \"a\"}"), "got the number 1.5"},
        {IMAGE("{\"id\": 1e99, \"file_name\": \"a\"}"), "got the number 1e+99"},
        {IMAGE("{\"id\": 1, \"file_name\": \"a\", \"width\": \"64\"}"), "images[0]: width: "},
        {IMAGE("{\"id\": 1, \"file_name\": \"a\", \"width\": 0}"), "images[0]: width: "},
        {IMAGE("{\"id\": 1, \"file_name\": \"a\", \"height\": 4294967297}"), "images[0]: height: "},
        {IMAGE("{\"id\": 1, \"file_name\": \"a\", \"height\": -5}"), "images[0]: height: "},
        {IMAGE("{\"id\": 1, \"file_name\": \"a\"}, {\"id\": 1, \"file_name\": \"b\"}"),
         "images[1]: id: expected one of its own, got 1 as images[0] has"},
        {CLASS("{\"id\": 1}"), "categories[0]: name: expected a text"},
        {CLASS("{\"name\": \"a\"}"), "categories[0]: id: "},
        {CLASS("{\"id\": 4, \"name\": \"a\"}, {\"id\": 2, \"name\": \"b\"}, "
               "{\"id\": 4, \"name\": \"c\"}"),
         "categories[2]: id: expected one of its own, got 4 as categories[0] has"},
        {ANNOTATION("\"category_id\": 1"), "annotations[0]: image_id: "},
        {ANNOTATION("\"image_id\": 2, \"category_id\": 1"),
         "annotations[0]: image_id: expected an id of the list \"images\", got 2"},
        {ANNOTATION("\"image_id\": 1, \"category_id\": 0"),
         "annotations[0]: category_id: expected an id of the list \"categories\", got 0"},
        {ANNOTATION("\"image_id\": 1, \"category_id\": \"1\""), "annotations[0]: category_id: "},
        {ANNOTATION("\"image_id\": 1, \"category_id\": 1, \"id\": null"), "annotations[0]: id: "},
        {ANNOTATION("\"image_id\": 1, \"category_id\": 1, \"iscrowd\": 2"), "iscrowd: expected 0"},
        {ANNOTATION("\"image_id\": 1, \"category_id\": 1, \"ignore\": \"no\""), "ignore: expected"},
        {ANNOTATION("\"image_id\": 1, \"category_id\": 1, \"area\": []"), "annotations[0]: area: "},
        {ANNOTATION("\"image_id\": 1, \"category_id\": 1, \"area\": 1e999"),
         "annotations[0]: area"},
        {"{" IMAGES ", " CLASSES ", \"annotations\": [{\"image_id\": 1, \"category_id\": 1}]}",
         "annotations[0]: bbox: expected a list of 4 finite numbers, got nothing"},
        {BOX("[0, 0, 1]"), "annotations[0]: bbox: "},
        {BOX("[0, 0, 1, 1, 1]"), "annotations[0]: bbox: "},
        {BOX("[0, 0, 1, null]"), "annotations[0]: bbox: "},
        {BOX("[0, 0, 1, \"1\"]"), "annotations[0]: bbox: "},
        {BOX("[0, 0, 1, 1e999]"), "annotations[0]: bbox: "},
        {BOX("[0, 0, 1, 1e99]"), "annotations[0]: bbox: expected numbers up to 1e+09, got 1e+99"},
        {BOX("{\"x\": 1}"), "annotations[0]: bbox: "},
        {BOX("\n[0, NaN, 1, 1]"), ":2:"},
    };
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        rn_dataset_request request = {.data = fixture_text(&files, "bad.json", rows[i].text)};
        fixture_expect_error(&request, "bad.json", rows[i].want);
    }
}

Test(coco, missing_files_and_wrong_kinds) {
    fixture_text(&files, "text.xml", "<a/>");
    fixture_text(&files, "empty/readme", "");
    const struct {
        const char *data, *want;
    } rows[] = {{"none.json", "none.json: cannot open"},
                {"none", "No such file"},
                {"text.xml", "expected a COCO file (.json), a CSV file (.csv, .txt) or a folder"},
                {"empty", "expected annotations/instances_SPLIT.json (COCO)"}};
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        rn_dataset_request request = {.data = folder_file(&files, rows[i].data)};
        fixture_expect_error(&request, rows[i].data, rows[i].want);
    }
}

/* "[[[[..." and the like, a hundred thousand deep. */
Test(coco, deep_nesting_is_refused) {
    enum { DEPTH = 100000 };
    static const char *const begins[] = {"[", "{\"a\":", "{\"segmentation\":[", "{\"images\":["};
    for (size_t i = 0; i < RN_COUNT(begins); i++) {
        size_t n = strlen(begins[i]);
        char *text = rn_vec_zeros(DEPTH * n + 1, 1);
        for (size_t k = 0; k < DEPTH; k++) memcpy(text + k * n, begins[i], n);
        fixture_expect_error(&(rn_dataset_request){.data = fixture_text(&files, "deep.json", text)},
                             "deep.json", "");
        free(text);
    }
}

/* The last two bytes are white space and the closing brace. */
Test(coco, every_truncation_fails) {
    char *cut = rn_vec_text(SMALL);
    for (size_t size = strlen(SMALL) - 1; size-- > 0;) {
        cut[size] = '\0';
        fixture_expect_error(&(rn_dataset_request){.data = fixture_text(&files, "cut.json", cut)},
                             "cut.json", "");
    }
    free(cut);
}

/* Without outlines and with, the same comes out; an outline's text cannot lead astray. */
Test(coco, outlines_change_nothing) {
    static const char *const outlines[] = {"0",
                                           "[]",
                                           "[[]]",
                                           "{}",
                                           "null",
                                           "\"[\"",
                                           "[\"]\"]",
                                           "{\"counts\": \"\\\\\\\"}]\"}",
                                           "[[1, 2], [\n3]]",
                                           "[{\"segmentation\": [1]}]"};
    for (size_t i = 0; i < RN_COUNT(outlines); i++) {
        char text[512];
        snprintf(text, sizeof text,
                 "{" IMAGES ", " CLASSES ", \"annotations\": [{\"image_id\": 1, \"segmentation\" : "
                 "%s, \"category_id\": 1, \"bbox\": [0, 0, 1, 1], \"area\": 9}]}",
                 outlines[i]);
        rn_dataset d = fixture_load(fixture_text(&files, "o.json", text), NULL);
        cr_expect(d.num_objects == 1 && d.object[0].area == 9, "%s", outlines[i]);
        rn_dataset_free(&d);
    }
}

/* ---- real data ----------------------------------------------------------------------------- */

Test(coco, coco_tiny_has_its_objects) {
    const char *data = getenv("RN_DATA");
    if (!data) cr_skip_test("skipped: RN_DATA is not set");
    static const struct {
        const char *split;
        size_t objects, crowds;
    } rows[] = {{"train2017", 705, 6}, {"val2017", 815, 11}};
    char path[RN_PATH_SIZE];
    rn_text_path(path, sizeof path, data, "coco-tiny");
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        rn_dataset d = fixture_load(path, rows[i].split);
        size_t crowds = 0, present = 0;
        for (size_t k = 0; k < d.num_objects; k++) crowds += d.object[k].crowd;
        for (size_t k = 0; k < d.num_images; k++) present += rn_file_exists(d.image[k].path);
        cr_expect(d.num_images == 80 && d.num_objects == rows[i].objects && d.num_classes == 80);
        cr_expect(crowds == rows[i].crowds && present == 80, "%zu crowds, %zu pictures", crowds,
                  present);
        cr_expect(d.category[0].id == 1 && d.category[79].id == 90);
        cr_expect_str_eq(d.category[79].name, "toothbrush");
        rn_dataset_free(&d);
    }
    rn_dataset both = fixture_load(path, "train+val");
    cr_expect(both.num_images == 160 && both.num_objects == 1520);
    rn_dataset_free(&both);
    cr_expect_str_eq(rn_dataset_find_split(path, "val"), "val2017");
}
