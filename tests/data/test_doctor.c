#include "data/doctor.h"
#include "base/file.h"
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
TestSuite(doctor, .init = begin, .fini = end);

/* ---- one of everything ----------------------------------------------------------------------- */

#define BOX(image, category, id, box)                                                              \
    "{\"id\": " #id ", \"image_id\": " #image ", \"category_id\": " #category ", \"bbox\": " box "}"

static const char SICK[] =
    "{\"categories\": [{\"id\": 3, \"name\": \"cat\"}, {\"id\": 7, \"name\": \"dog\"},"
    " {\"id\": 8, \"name\": \"emu\"}],\n"
    "\"images\": [{\"id\": 1, \"file_name\": \"good.jpg\", \"width\": 100, \"height\": 50},\n"
    " {\"id\": 2, \"file_name\": \"turned.jpg\", \"width\": 100, \"height\": 50},\n"
    " {\"id\": 3, \"file_name\": \"none.jpg\", \"width\": 100, \"height\": 50},\n"
    " {\"id\": 4, \"file_name\": \"cut.jpg\"}],\n"
    "\"annotations\": [\n" /**/
    BOX(1, 3, 1, "[0, 0, 100, 50]") ",\n" BOX(1, 3, 2, "[10, 10, 0, 5]") ",\n" BOX(1, 7, 3, "[10, 10, 20, 20]") ",\n" BOX(2, 7, 4, "[10, 10, 20, 20]") ",\n" BOX(
        1, 7, 3,
        "[10, 10, 20, 20]") ",\n" BOX(1, 3, 5,
                                      "[10, 10, 20, 20]") ",\n" BOX(1, 7, 6,
                                                                    "[200, 10, 20, 20]") ",\n" BOX(1,
                                                                                                   7,
                                                                                                   7,
                                                                                                   "[90, 10, 20, 20]") ",\n" BOX(4,
                                                                                                                                 7,
                                                                                                                                 8,
                                                                                                                                 "[90, 10, 2000, 20]") "]}";

static void put_sick(void) {
    fixture_picture(&files, "good.jpg", 100, 50);
    fixture_picture(&files, "turned.jpg", 50, 100);
    const char *path = fixture_picture(&files, "cut.jpg", 64, 64);
    FILE *file = fopen(path, "rb");
    char bytes[4096];
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    folder_put(&files, "cut.jpg", bytes, size - 20);
    fixture_text(&files, "sick.json", SICK);
}

typedef struct want {
    rn_finding_kind kind;
    rn_severity severity;
    const char *line; /* "@" stands for the folder */
} want;

static void expect_findings(const rn_dataset *d, const rn_doctor_report *r, const want *rows,
                            size_t n) {
    cr_expect_eq(r->num_findings, n, "%zu findings, want %zu", r->num_findings, n);
    for (size_t i = 0; i < r->num_findings; i++) {
        char line[1024], expected[1024] = "";
        rn_finding_line(line, sizeof line, d, &r->finding[i]);
        if (i >= n) {
            cr_expect(false, "one too many: %s", line);
            continue;
        }
        for (const char *from = rows[i].line; *from; from++)
            snprintf(expected + strlen(expected), sizeof expected - strlen(expected),
                     *from == '@' ? "%s" : "%.1s", *from == '@' ? files.path : from);
        cr_expect_str_eq(line, expected);
        cr_expect(r->finding[i].kind == rows[i].kind && r->finding[i].severity == rows[i].severity,
                  "%s: kind %d, severity %d", line, r->finding[i].kind, r->finding[i].severity);
    }
}

Test(doctor, finds_everything_with_its_place) {
    put_sick();
    rn_dataset d = fixture_load(folder_file(&files, "sick.json"), NULL);
    rn_doctor_report r = rn_doctor_examine(
        &d, &(rn_doctor_options){.policy = RN_BOXES_DROP, .pictures = RN_PICTURES_DECODE});
    static const want rows[] = {
        {RN_FINDING_NO_AREA, RN_WARNING,
         "@/sick.json: annotations[1]: image good.jpg: box (10, 10, 10, 15): has no area"},
        {RN_FINDING_TWICE, RN_WARNING,
         "@/sick.json: annotations[4]: image good.jpg: box (10, 10, 30, 30): dog: the same as "
         "@/sick.json: annotations[2]"},
        {RN_FINDING_ANNOTATION_ID, RN_WARNING,
         "@/sick.json: annotations[4]: image good.jpg: box (10, 10, 30, 30): its id 3 is that of "
         "@/sick.json: annotations[2]"},
        {RN_FINDING_OUTSIDE, RN_WARNING,
         "@/sick.json: annotations[6]: image good.jpg: box (200, 10, 220, 30): lies outside of the "
         "image of 100 x 50"},
        {RN_FINDING_REACHES_OUT, RN_NOTE,
         "@/sick.json: annotations[7]: image good.jpg: box (90, 10, 110, 30): reaches out of the "
         "image of 100 x 50"},
        {RN_FINDING_SIZE, RN_SERIOUS,
         "sick.json: image turned.jpg: expected 100 x 50 as annotated, got a picture of 50 x 100"},
        {RN_FINDING_PICTURE, RN_SERIOUS,
         "sick.json: image none.jpg: @/none.jpg: cannot open: No such file or directory"},
        {RN_FINDING_PICTURE, RN_SERIOUS,
         "sick.json: image cut.jpg: @/cut.jpg: the JPEG picture is cut off: expected more data"},
        {RN_FINDING_CATEGORY_IDS, RN_NOTE, "sick.json: category ids from 3 to 8 for 3 classes"},
        {RN_FINDING_UNUSED_CLASS, RN_NOTE, "sick.json: class 2 (emu) has no objects"},
    };
    expect_findings(&d, &r, rows, RN_COUNT(rows));
    cr_expect(r.severities[RN_NOTE] == 3 && r.severities[RN_WARNING] == 4 &&
              r.severities[RN_SERIOUS] == 3);
    cr_expect(r.kinds[RN_FINDING_PICTURE] == 2 && r.kinds[RN_FINDING_UNCOVERED] == 0);
    cr_expect(r.pictures == 4 && r.empty_images == 1 && r.num_classes == 3);
    cr_expect(r.class_count[0] == 3 && r.class_count[1] == 6 && r.class_count[2] == 0);
    rn_doctor_free(&r);
    rn_dataset_free(&d);
}

/* Every way to look at the pictures, and what the policy makes of the boxes. */
Test(doctor, severities_follow_the_policy_and_looks_the_option) {
    static const struct {
        rn_box_policy policy;
        rn_doctor_pictures pictures;
        size_t severities[RN_SEVERITIES];
    } rows[] = {{RN_BOXES_DROP, RN_PICTURES_HEADER, {3, 5, 2}}, /* the cut one has a header */
                {RN_BOXES_CLIP, RN_PICTURES_HEADER, {2, 6, 2}},
                {RN_BOXES_ERROR, RN_PICTURES_HEADER, {2, 2, 6}},
                {RN_BOXES_DROP, RN_PICTURES_SKIP, {3, 4, 0}},
                {RN_BOXES_CLIP, RN_PICTURES_DECODE, {2, 5, 3}}};
    put_sick();
    rn_dataset d = fixture_load(folder_file(&files, "sick.json"), NULL);
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        rn_doctor_report r = rn_doctor_examine(
            &d, &(rn_doctor_options){.policy = rows[i].policy, .pictures = rows[i].pictures});
        cr_expect_arr_eq(r.severities, rows[i].severities, sizeof r.severities,
                         "row %zu: %zu %zu %zu", i, r.severities[0], r.severities[1],
                         r.severities[2]);
        rn_doctor_free(&r);
    }
    rn_dataset_free(&d);
}

Test(doctor, what_it_warns_of_is_what_repair_changes) {
    put_sick();
    for (int policy = RN_BOXES_DROP; policy <= RN_BOXES_CLIP; policy++) {
        rn_dataset d = fixture_load(folder_file(&files, "sick.json"), NULL);
        rn_doctor_report r =
            rn_doctor_examine(&d, &(rn_doctor_options){.policy = (rn_box_policy)policy});
        rn_repair repair;
        rn_err err = {""};
        cr_assert_eq(rn_dataset_repair(&repair, &d, (rn_box_policy)policy, &err), RN_OK);
        cr_expect_eq(repair.dropped, r.kinds[RN_FINDING_NOT_FINITE] + r.kinds[RN_FINDING_NO_AREA] +
                                         r.kinds[RN_FINDING_OUTSIDE]);
        cr_expect_eq(repair.clipped, policy == RN_BOXES_CLIP ? r.kinds[RN_FINDING_REACHES_OUT] : 0);
        rn_doctor_free(&r);
        r = rn_doctor_examine(&d, &(rn_doctor_options){.policy = (rn_box_policy)policy});
        cr_expect(r.kinds[RN_FINDING_NO_AREA] == 0 && r.kinds[RN_FINDING_OUTSIDE] == 0);
        rn_doctor_free(&r);
        rn_dataset_free(&d);
    }
}

/* ---- counts ---------------------------------------------------------------------------------- */

/* A data set in memory: one square picture, objects as given. */
static rn_dataset in_memory(const rn_object *object, size_t n, int side) {
    rn_dataset d = {.num_images = 1, .num_objects = n, .num_classes = 1};
    d.image = rn_vec_zeros(1, sizeof *d.image);
    d.object = rn_vec_zeros(n, sizeof *d.object);
    d.category = rn_vec_zeros(1, sizeof *d.category);
    d.image[0] =
        (rn_record){.file_name = rn_vec_text("a"), .width = side, .height = side, .count = n};
    d.category[0] = (rn_category){1, rn_vec_text("thing")};
    memcpy(d.object, object, n * sizeof *object);
    return d;
}

static rn_object square(double side, double area) {
    return (rn_object){.x1 = 0.5, .y1 = 0, .x2 = 0.5 + side, .y2 = side, .area = area};
}

Test(doctor, sizes_are_counted_in_octaves_and_as_coco_does) {
    rn_object object[] = {
        square(0.5, 1023.9), square(1, 1024),   square(1.99, 9215.9), square(2, 9216),
        square(64, 5000),    square(127, 5000), square(128, 5000),    square(128, 5000),
        square(0, 5000),     square(NAN, 5000), square(40000, 1e8),
    };
    object[5].crowd = true;
    object[6].ignore = true;
    rn_dataset d = in_memory(object, RN_COUNT(object), 50000);
    rn_doctor_report r = rn_doctor_examine(&d, &(rn_doctor_options){.policy = RN_BOXES_DROP});
    static const size_t octave[RN_DOCTOR_OCTAVES] = {3, 1, 0, 0, 0, 0, 2, 2, [15] = 1};
    cr_expect_arr_eq(r.octave, octave, sizeof octave);
    cr_expect(r.small == 1 && r.medium == 4 && r.large == 2, "%zu %zu %zu", r.small, r.medium,
              r.large);
    cr_expect(r.crowds == 1 && r.ignored == 1 && r.class_count[0] == RN_COUNT(object));
    cr_expect(r.kinds[RN_FINDING_NOT_FINITE] == 1 && r.kinds[RN_FINDING_NO_AREA] == 1);
    cr_expect_eq(r.kinds[RN_FINDING_TWICE], 1, "the ignored one is where another is");
    rn_doctor_free(&r);
    rn_dataset_free(&d);
}

/* ---- anchors --------------------------------------------------------------------------------- */

/* One level, stride 16, squares of 32: an anchor centred on a cell covers (8, 8, 40, 40). */
Test(doctor, objects_without_a_fitting_anchor_are_named) {
    rn_anchor_spec spec = rn_anchor_spec_octave(1, 4, 2, 1, 1);
    rn_doctor_anchors anchors = {&spec, 128, 128, 32, 0, 0.5};
    rn_object object[] = {
        {.x1 = 8, .y1 = 8, .x2 = 40, .y2 = 40}, /* an anchor */
        {.x1 = 8, .y1 = 8, .x2 = 40, .y2 = 24}, /* its half */
        {.x1 = 8, .y1 = 8, .x2 = 12, .y2 = 12}, /* a 64th */
        {.x1 = 8, .y1 = 8, .x2 = 8, .y2 = 40},  /* nothing */
        {.x1 = 9, .y1 = 8, .x2 = 10, .y2 = 9, .crowd = true},
    };
    rn_dataset d = in_memory(object, RN_COUNT(object), 128);
    rn_doctor_report r =
        rn_doctor_examine(&d, &(rn_doctor_options){.policy = RN_BOXES_DROP, .anchors = &anchors});
    cr_expect(r.uncovered == 1 && r.kinds[RN_FINDING_UNCOVERED] == 1 && r.level[0] == 3);
    cr_expect(r.iou[0] == 1 && r.iou[5] == 1 && r.iou[9] == 1);
    cr_expect(r.finding[0].object == 2 && r.finding[0].kind == RN_FINDING_UNCOVERED);
    cr_expect_str_eq(r.finding[0].text, "the best anchor has IoU 0.02, below 0.50");
    rn_doctor_free(&r);
    anchors.size = anchors.max_size = 256; /* seen twice as large, none fits */
    r = rn_doctor_examine(&d, &(rn_doctor_options){.policy = RN_BOXES_DROP, .anchors = &anchors});
    cr_expect(r.uncovered == 3 && r.iou[0] == 1 && r.iou[9] == 0);
    rn_doctor_free(&r);
    rn_dataset_free(&d);
}

Test(doctor, the_procedural_set_is_well) {
    setenv("RN_CACHE", "off", 1);
    rn_dataset d = fixture_load("scenes", "val");
    rn_doctor_report r = rn_doctor_examine(
        &d, &(rn_doctor_options){.policy = RN_BOXES_ERROR, .pictures = RN_PICTURES_DECODE});
    cr_expect(r.num_findings == 0 && r.pictures == 0 && r.empty_images > 0);
    cr_expect_eq(r.small + r.medium + r.large, d.num_objects);
    rn_doctor_free(&r);
    rn_dataset_free(&d);
}

Test(doctor, a_line_holds_no_control_characters) {
    rn_object object = {.x2 = 0};
    rn_dataset d = in_memory(&object, 1, 10);
    strcpy(d.image[0].file_name, "\a");
    rn_doctor_report r = rn_doctor_examine(&d, &(rn_doctor_options){.policy = RN_BOXES_DROP});
    char line[256];
    cr_assert_eq(r.num_findings, 1);
    rn_finding_line(line, sizeof line, &d, &r.finding[0]);
    cr_expect_str_eq(line, "an object: image ?: box (0, 0, 0, 0): has no area");
    rn_doctor_free(&r);
    rn_dataset_free(&d);
}

/* ---- real data ------------------------------------------------------------------------------- */

Test(doctor, bccd_has_two_clicks_without_a_drag) {
    const char *data = getenv("RN_DATA");
    if (!data) cr_skip_test("skipped: RN_DATA is not set");
    char path[RN_PATH_SIZE];
    rn_text_path(path, sizeof path, data, "bccd");
    rn_dataset d = fixture_load(path, "train+val+test");
    rn_doctor_report r = rn_doctor_examine(
        &d, &(rn_doctor_options){.policy = RN_BOXES_DROP, .pictures = RN_PICTURES_HEADER});
    cr_assert_eq(r.kinds[RN_FINDING_NO_AREA], 2);
    bool seen[2] = {false};
    for (size_t i = 0; i < r.num_findings; i++) {
        char line[1024];
        if (r.finding[i].kind != RN_FINDING_NO_AREA) continue;
        rn_finding_line(line, sizeof line, &d, &r.finding[i]);
        seen[0] |=
            strstr(line, "BloodImage_00338.xml:") && strstr(line, "box (503, 336, 503, 336)");
        seen[1] |=
            strstr(line, "BloodImage_00343.xml:") && strstr(line, "box (180, 328, 180, 328)");
    }
    cr_expect(seen[0] && seen[1]);
    cr_expect(r.severities[RN_SERIOUS] == 0 && r.pictures == 364);
    cr_expect(r.class_count[0] == 361 && r.class_count[1] == 4155 && r.class_count[2] == 372);
    cr_expect_eq(r.small + r.medium + r.large, 4886);
    rn_doctor_free(&r);
    rn_dataset_free(&d);
}

Test(doctor, coco_tiny_is_well) {
    const char *data = getenv("RN_DATA");
    if (!data) cr_skip_test("skipped: RN_DATA is not set");
    char path[RN_PATH_SIZE];
    rn_text_path(path, sizeof path, data, "coco-tiny");
    rn_dataset d = fixture_load(path, "val2017");
    rn_doctor_report r = rn_doctor_examine(
        &d, &(rn_doctor_options){.policy = RN_BOXES_ERROR, .pictures = RN_PICTURES_DECODE});
    cr_expect(r.severities[RN_SERIOUS] == 0 && r.crowds == 11 && r.pictures == 80);
    cr_expect(r.kinds[RN_FINDING_CATEGORY_IDS] == 1);
    cr_expect_eq(r.small + r.medium + r.large, 815 - 11);
    rn_doctor_free(&r);
    rn_dataset_free(&d);
}
