#include "data/dataset.h"
#include "base/file.h"
#include "base/real.h"
#include "base/vec.h"
#include "support/fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static folder files; /* of the running test: each is a process of its own */
static void begin(void) { files = folder_make(); }
static void end(void) { folder_remove(&files); }
TestSuite(dataset, .init = begin, .fini = end);

/* ---- classes that are given ---------------------------------------------------------------- */

/* cat 5, dog 6, cat 9: two have the same name. */
static const char THREE[] =
    "{\"images\": [{\"id\": 1, \"file_name\": \"a.jpg\"}],"
    " \"categories\": [{\"id\": 5, \"name\": \"cat\"}, {\"id\": 6, \"name\": \"dog\"},"
    "                  {\"id\": 9, \"name\": \"cat\"}, {\"id\": 11, \"name\": \"unused\"}],"
    " \"annotations\": ["
    "   {\"image_id\": 1, \"category_id\": 9, \"bbox\": [0, 0, 1, 1]},"
    "   {\"image_id\": 1, \"category_id\": 6, \"bbox\": [0, 0, 1, 1]},"
    "   {\"image_id\": 1, \"category_id\": 5, \"bbox\": [0, 0, 1, 1]}]}";

static rn_dataset load_with_classes(const char *data, const rn_category *category, int n) {
    rn_dataset d;
    rn_err err = {""};
    rn_dataset_request request = {.data = data, .category = category, .num_classes = n};
    cr_assert_eq(rn_dataset_load(&d, &request, &err), RN_OK, "%s", err.text);
    cr_assert_eq(d.num_classes, n);
    return d;
}

Test(dataset, given_classes_are_matched_by_name_and_keep_the_files_ids) {
    const char *path = fixture_text(&files, "three.json", THREE);
    rn_category given[] = {{1, "dog"}, {9, "bird"}, {2, "cat"}, {30, "fish"}};
    rn_dataset d = load_with_classes(path, given, 4);
    cr_expect(d.object[0].label == 2 && d.object[1].label == 0 && d.object[2].label == 2);
    cr_expect(d.category[0].id == 6 && d.category[2].id == 5, "the ids of the file");
    cr_expect(d.category[1].id == 31, "9 is a cat in the file: %lld", (long long)d.category[1].id);
    cr_expect(d.category[3].id == 30, "nobody else has 30");
    cr_expect_str_eq(d.category[1].name, "bird");
    rn_dataset_free(&d);
}

Test(dataset, classes_of_one_name_are_told_apart_by_id) {
    const char *path = fixture_text(&files, "three.json", THREE);
    rn_category given[] = {{5, "cat"}, {6, "dog"}, {9, "cat"}};
    rn_dataset d = load_with_classes(path, given, 3);
    cr_expect(d.object[0].label == 2 && d.object[1].label == 1 && d.object[2].label == 0);
    for (int k = 0; k < 3; k++) cr_expect_eq(d.category[k].id, given[k].id);
    rn_dataset_free(&d);
}

Test(dataset, an_object_of_another_class_is_an_error_with_its_place) {
    const char *path = fixture_text(&files, "three.json", THREE);
    rn_category given[] = {{5, "cat"}, {1, "Dog"}};
    rn_dataset_request request = {.data = path, .category = given, .num_classes = 2};
    fixture_expect_error(&request, "three.json",
                         "annotations[1]: class: expected one of the 2 given, got \"dog\"");
}

/* ---- rendered sets ------------------------------------------------------------------------- */

Test(dataset, scenes_are_a_data_set_like_others) {
    setenv("RN_CACHE", "off", 1);
    rn_dataset d = fixture_load("scenes", "val");
    rn_image image;
    rn_err err = {""};
    cr_assert(d.num_images > 0 && d.num_objects > 0 && d.num_classes > 1);
    cr_expect_str_eq(d.name, "scenes val");
    cr_assert_eq(rn_dataset_image(&image, &d, d.num_images - 1, &err), RN_OK, "%s", err.text);
    cr_expect(image.width == d.image[0].width && image.height == d.image[0].height);
    cr_expect_eq(rn_dataset_measure(&d, &err), RN_OK);
    rn_image_free(&image);
    rn_dataset_free(&d);
    cr_expect_str_eq(rn_dataset_find_split("scenes", "test"), "test");
    cr_expect_null(rn_dataset_find_split("scenes", "other"));
    fixture_expect_error(&(rn_dataset_request){.data = "scenes", .split = "x"}, "scenes", "\"x\"");
}

Test(dataset, given_classes_renumber_rendered_objects_too) {
    setenv("RN_CACHE", "off", 1);
    rn_dataset own = fixture_load("scenes", "val"), given;
    int n = own.num_classes;
    rn_category *turned = rn_vec_zeros((size_t)n, sizeof *turned);
    rn_err err = {""};
    for (int k = 0; k < n; k++) turned[k] = own.category[n - 1 - k];
    rn_dataset_request request = {
        .data = "scenes", .split = "val", .category = turned, .num_classes = n};
    cr_assert_eq(rn_dataset_load(&given, &request, &err), RN_OK, "%s", err.text);
    for (size_t k = 0; k < own.num_objects; k++)
        cr_assert_eq(given.object[k].label, n - 1 - own.object[k].label);
    free(turned);
    rn_dataset_free(&own);
    rn_dataset_free(&given);
}

/* ---- permission ------------------------------------------------------------------------------ */

/* Root may read everything, so another user tries. */
static void expect_no_permission(const char *data, const char *closed) {
    char text[RN_PATH_SIZE + 64];
    snprintf(text, sizeof text, "%s: cannot open: Permission denied", folder_file(&files, closed));
    cr_assert_eq(chmod(folder_file(&files, closed), 0), 0);
    bool root = geteuid() == 0;
    cr_assert(!root || seteuid(65534) == 0);
    fixture_expect_error(&(rn_dataset_request){.data = folder_file(&files, data)}, closed, text);
    cr_assert(!root || seteuid(0) == 0);
    cr_assert_eq(chmod(folder_file(&files, closed), 0755), 0);
}

Test(dataset, what_may_not_be_read_is_said_so) {
    fixture_text(&files, "set.json", THREE);
    fixture_text(&files, "set.csv", "a.jpg,1,2,3,4,x");
    fixture_text(&files, "coco/annotations/instances_train.json", THREE);
    fixture_text(&files, "voc/Annotations/a.xml", "<annotation/>");
    cr_assert_eq(chmod(files.path, 0755), 0);
    static const char *const rows[][2] = {
        {"set.json", "set.json"},
        {"set.csv", "set.csv"},
        {"coco", "coco"},
        {"coco", "coco/annotations"},
        {"coco", "coco/annotations/instances_train.json"},
        {"voc", "voc/Annotations"},
        {"voc", "voc/Annotations/a.xml"},
    };
    for (size_t i = 0; i < RN_COUNT(rows); i++) expect_no_permission(rows[i][0], rows[i][1]);
}

/* ---- pictures ------------------------------------------------------------------------------ */

Test(dataset, sizes_that_are_missing_are_measured) {
    rn_dataset d = fixture_load(fixture_text(&files, "three.json", THREE), NULL);
    rn_image image;
    rn_err err = {""};
    cr_expect_eq(rn_dataset_measure(&d, &err), RN_ERROR);
    cr_expect(strstr(err.text, "a.jpg: cannot open"), "%s", err.text);
    fixture_picture(&files, "a.jpg", 17, 9);
    cr_assert_eq(rn_dataset_measure(&d, &err), RN_OK, "%s", err.text);
    cr_expect(d.image[0].width == 17 && d.image[0].height == 9);
    cr_assert_eq(rn_dataset_image(&image, &d, 0, &err), RN_OK, "%s", err.text);
    cr_expect(image.width == 17 && image.height == 9);
    rn_image_free(&image);
    d.image[0].width = 5;
    cr_expect(rn_dataset_measure(&d, &err) == RN_OK && d.image[0].width == 5,
              "a size that is annotated stays");
    rn_dataset_free(&d);
}

/* ---- faults and repair --------------------------------------------------------------------- */

typedef struct fault_row {
    const char *name;
    double x1, y1, x2, y2;
    rn_box_fault fault;
    double cut[4]; /* after clipping; nothing for boxes that are dropped */
} fault_row;

/* In a picture of 100 x 50. */
static const fault_row faults[] = {
    {"inside", 10, 10, 20, 20, RN_BOX_FINE, {10, 10, 20, 20}},
    {"all of it", 0, 0, 100, 50, RN_BOX_FINE, {0, 0, 100, 50}},
    {"out by a pixel", -1, -0.5, 101, 51, RN_BOX_FINE, {0, 0, 100, 50}},
    {"not finite", NAN, 0, 10, 10, RN_BOX_NOT_FINITE, {0}},
    {"infinite", 0, 0, 10, INFINITY, RN_BOX_NOT_FINITE, {0}},
    {"a point", 10, 10, 10, 10, RN_BOX_NO_AREA, {0}},
    {"a line", 10, 10, 10, 20, RN_BOX_NO_AREA, {0}},
    {"turned round", 20, 20, 10, 10, RN_BOX_NO_AREA, {0}},
    {"too thin for single precision", 10, 10, 10.001, 20, RN_BOX_NO_AREA, {0}},
    {"out right", 100, 10, 110, 20, RN_BOX_OUTSIDE, {0}},
    {"out above", 10, -10, 20, 0, RN_BOX_OUTSIDE, {0}},
    {"within the tolerance, but outside", 100, 10, 101, 20, RN_BOX_OUTSIDE, {0}},
    {"far away", 1e9, 1e9, 2e9, 2e9, RN_BOX_OUTSIDE, {0}},
    {"reaches out left", -1.01, 10, 20, 20, RN_BOX_REACHES_OUT, {0, 10, 20, 20}},
    {"reaches out below", 10, 10, 20, 51.5, RN_BOX_REACHES_OUT, {10, 10, 20, 50}},
    {"larger than the picture", -9, -9, 1e9, 1e9, RN_BOX_REACHES_OUT, {0, 0, 100, 50}},
};
enum { FAULTS = RN_COUNT(faults) };

static rn_object object_of(const fault_row *row) {
    return (rn_object){.x1 = row->x1, .y1 = row->y1, .x2 = row->x2, .y2 = row->y2};
}

Test(dataset, faults_are_told_apart) {
    for (int i = 0; i < FAULTS; i++) {
        rn_object o = object_of(&faults[i]);
        cr_expect_eq(rn_object_fault(&o, 100, 50), faults[i].fault, "%s", faults[i].name);
        rn_box_fault unknown = faults[i].fault >= RN_BOX_OUTSIDE ? RN_BOX_FINE : faults[i].fault;
        cr_expect_eq(rn_object_fault(&o, 0, 0), unknown, "%s, size unknown", faults[i].name);
    }
}

/* Three pictures: all rows, none, all rows again. */
static rn_dataset faulty(void) {
    rn_dataset d = {.num_images = 3, .num_objects = 2 * FAULTS, .format = RN_FORMAT_COCO};
    d.image = rn_vec_zeros(3, sizeof *d.image);
    d.object = rn_vec_zeros(d.num_objects, sizeof *d.object);
    for (size_t k = 0; k < d.num_objects; k++) {
        rn_object *o = &d.object[k];
        *o = object_of(&faults[k % FAULTS]);
        o->file = "set.json";
        o->line = (long)k;
        o->area = k < FAULTS ? (o->x2 - o->x1) * (o->y2 - o->y1) : 7;
    }
    for (size_t i = 0; i < 3; i++)
        d.image[i] = (rn_record){.file_name = rn_vec_text("a.jpg"),
                                 .width = 100,
                                 .height = 50,
                                 .first = i ? FAULTS : 0,
                                 .count = i == 1 ? 0 : FAULTS};
    return d;
}

static void expect_box(const rn_object *o, const double want[4], const char *name) {
    cr_expect(o->x1 == want[0] && o->y1 == want[1] && o->x2 == want[2] && o->y2 == want[3],
              "%s: (%g %g %g %g)", name, o->x1, o->y1, o->x2, o->y2);
}

static void expect_repaired(rn_box_policy policy, size_t want_clipped) {
    rn_dataset d = faulty();
    rn_repair repair = {7, 7};
    rn_err err = {""};
    size_t k = 0, half = 6;
    cr_assert_eq(rn_dataset_repair(&repair, &d, policy, &err), RN_OK, "%s", err.text);
    cr_assert_eq(d.num_objects, 2 * half);
    cr_expect(repair.dropped == 2 * (FAULTS - half) && repair.clipped == want_clipped);
    cr_expect(d.image[0].first == 0 && d.image[0].count == half);
    cr_expect(d.image[1].first == half && d.image[1].count == 0);
    cr_expect(d.image[2].first == half && d.image[2].count == half);
    for (int i = 0; i < 2 * FAULTS; i++) {
        const fault_row *row = &faults[i % FAULTS];
        bool reaches = row->fault == RN_BOX_REACHES_OUT;
        if (row->fault != RN_BOX_FINE && !reaches) continue;
        const rn_object *o = &d.object[k++];
        const double as_is[] = {row->x1, row->y1, row->x2, row->y2};
        bool kept = reaches && policy == RN_BOXES_DROP;
        expect_box(o, kept ? as_is : row->cut, row->name);
        cr_expect_eq(o->line, i);
        double area = i < FAULTS ? (o->x2 - o->x1) * (o->y2 - o->y1) : 7;
        cr_expect_eq(o->area, area, "%s: an area that is the box's follows it", row->name);
    }
    rn_dataset_free(&d);
}

Test(dataset, drop_leaves_out_what_has_no_area_in_the_picture) {
    expect_repaired(RN_BOXES_DROP, 0);
}
Test(dataset, clip_also_cuts_to_the_picture) { expect_repaired(RN_BOXES_CLIP, 6); }

Test(dataset, repairing_twice_changes_nothing) {
    rn_dataset d = faulty();
    rn_repair repair;
    rn_err err = {""};
    cr_assert_eq(rn_dataset_repair(&repair, &d, RN_BOXES_CLIP, &err), RN_OK);
    for (int policy = RN_BOXES_DROP; policy <= RN_BOXES_ERROR; policy++) {
        cr_assert_eq(rn_dataset_repair(&repair, &d, (rn_box_policy)policy, &err), RN_OK, "%s",
                     err.text);
        cr_expect(repair.dropped == 0 && repair.clipped == 0);
    }
    rn_dataset_free(&d);
}

Test(dataset, error_names_the_first_fault_and_changes_nothing) {
    rn_dataset d = faulty();
    rn_repair repair;
    rn_err err = {""};
    cr_expect_eq(rn_dataset_repair(&repair, &d, RN_BOXES_ERROR, &err), RN_ERROR);
    cr_expect_str_eq(err.text, "set.json: annotations[3]: the box (nan, 0, 10, 10) in a.jpg "
                               "(100 x 50) is not finite");
    cr_expect(d.num_objects == 2 * FAULTS && d.object[2].x1 == -1);
    rn_dataset_free(&d);
}
