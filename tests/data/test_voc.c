#include "data/voc.h"
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
TestSuite(voc, .init = begin, .fini = end);

#define OBJECT(name, xmin, ymin, xmax, ymax)                                                       \
    "<object><name>" name "</name><bndbox><xmin>" #xmin "</xmin><ymin>" #ymin                      \
    "</ymin><xmax>" #xmax "</xmax><ymax>" #ymax "</ymax></bndbox></object>\n"
#define ANNOTATION(inside) "<annotation>\n" inside "</annotation>\n"

static void put(const char *id, const char *text) {
    char name[128];
    snprintf(name, sizeof name, "voc/Annotations/%s.xml", id);
    fixture_text(&files, name, text);
}

static void put_list(const char *split, const char *text) {
    char name[128];
    snprintf(name, sizeof name, "voc/ImageSets/Main/%s.txt", split);
    fixture_text(&files, name, text);
}

static const char *data(void) { return folder_file(&files, "voc"); }

/* Three images; "bird" is only in the second split. */
static void put_small(void) {
    put("one", "<?xml version=\"1.0\"?>\n<annotation>\n<filename> photo of one.jpg </filename>\n"
               "<size><width>64</width><height>48</height><depth>3</depth></size>\n"
               "<object>\n<name>dog</name><difficult>1</difficult>\n"
               "<part><name>head</name><bndbox><xmin>5</xmin></bndbox></part>\n"
               "<bndbox><ymax>20.5</ymax><xmin> 1 </xmin><ymin>2</ymin><xmax>1e1</xmax></bndbox>\n"
               "</object>\n" OBJECT("cat &amp; kitten", 3, 4, 5, 6) "</annotation>");
    put("two", ANNOTATION(""));
    put("three", ANNOTATION(OBJECT("bird", 1, 1, 2, 2)));
    put_list("train", "one\r\ntwo\n\n");
    put_list("val", "  three  ");
}

Test(voc, a_folder_is_read_with_corners_counted_from_one) {
    put_small();
    fixture_text(&files, "voc/JPEGImages/one.PNG", "");
    rn_dataset d = fixture_load(data(), NULL);
    cr_assert(d.num_images == 2 && d.num_objects == 2 && d.num_classes == 3);
    cr_expect_eq(d.format, RN_FORMAT_VOC);
    cr_expect(d.category[0].id == 1 && d.category[2].id == 3);
    cr_expect_str_eq(d.category[0].name, "bird", "classes of all splits");
    cr_expect_str_eq(d.category[1].name, "cat & kitten");
    cr_expect_str_eq(d.category[2].name, "dog");
    cr_expect(d.image[0].id == 1 && d.image[0].width == 64 && d.image[0].height == 48);
    cr_expect(d.image[1].id == 2 && d.image[1].width == 0 && d.image[1].count == 0);
    cr_expect_str_eq(d.image[0].file_name, "one.PNG");
    cr_expect_str_eq(d.image[0].path, folder_file(&files, "voc/JPEGImages/one.PNG"));
    cr_expect_str_eq(d.image[1].file_name, "two.jpg");

    const rn_object *dog = &d.object[0], *cat = &d.object[1];
    cr_expect(dog->x1 == 0 && dog->y1 == 1 && dog->x2 == 10 && dog->y2 == 20.5);
    cr_expect(dog->area == 195 && dog->ignore && !dog->crowd && dog->label == 2);
    cr_expect(cat->x1 == 2 && cat->y1 == 3 && cat->x2 == 5 && cat->y2 == 6 && cat->label == 1);
    cr_expect(dog->id == 1 && cat->id == 2 && dog->line == 5 && cat->line == 10);
    char place[600];
    rn_dataset_place(place, sizeof place, &d, cat);
    cr_expect(rn_text_ends_with(place, "Annotations/one.xml:10"), "%s", place);
    rn_dataset_free(&d);
}

/* One pixel wide means that somebody clicked and did not drag. */
Test(voc, a_box_whose_corners_coincide_has_no_area) {
    put("a", ANNOTATION(OBJECT("x", 504, 337, 504, 337) OBJECT("x", 0, 0, 0, 0) OBJECT(
                 "x", 7, 2, 7, 9) OBJECT("x", 7, 9, 6, 2) OBJECT("x", 7, 9, 8, 10)));
    rn_dataset d = fixture_load(data(), NULL);
    cr_assert_eq(d.num_objects, 5);
    for (int k = 0; k < 5; k++)
        cr_expect_eq(rn_object_fault(&d.object[k], 640, 480), k < 4 ? RN_BOX_NO_AREA : RN_BOX_FINE);
    cr_expect(d.object[0].x1 == 503 && d.object[0].x2 == 503 && d.object[0].area == 0);
    rn_dataset_free(&d);
}

Test(voc, the_name_in_the_file_helps_to_find_the_picture) {
    put("a", ANNOTATION("<filename>other.bmp.jpg</filename>" OBJECT("x", 1, 1, 2, 2)));
    fixture_text(&files, "elsewhere/other.bmp.jpg", "");
    rn_dataset_request request = {.data = data(), .images = folder_file(&files, "elsewhere")};
    rn_dataset d;
    rn_err err = {""};
    cr_assert_eq(rn_dataset_load(&d, &request, &err), RN_OK, "%s", err.text);
    cr_expect_str_eq(d.image[0].path, folder_file(&files, "elsewhere/other.bmp.jpg"));
    rn_dataset_free(&d);
}

Test(voc, splits_and_roles) {
    put_small();
    put_list("test", "one -1\ntwo  1\n");
    cr_expect_str_eq(rn_dataset_find_split(data(), "train"), "train");
    cr_expect_str_eq(rn_dataset_find_split(data(), "val"), "val");
    rn_dataset d = fixture_load(data(), "val+train");
    cr_expect(d.num_images == 3 && d.object[0].label == 0);
    cr_expect_str_eq(d.image[0].file_name, "three.jpg");
    cr_expect_str_eq(d.name, "voc val+train");
    rn_dataset_free(&d);
    d = fixture_load(data(), "test"); /* a second column */
    cr_expect(d.num_images == 2 && d.num_classes == 3);
    rn_dataset_free(&d);
    fixture_expect_error(&(rn_dataset_request){.data = data(), .split = "x"}, "voc",
                         "expected one of: test, train, val; got \"x\"");
    fixture_expect_error(&(rn_dataset_request){.data = data(), .split = "train+test"}, "test.txt:1",
                         "expected each image once, got \"one\" again");
}

Test(voc, names_may_have_spaces_and_end_like_a_column) {
    put("img 1", ANNOTATION(OBJECT("x", 1, 1, 9, 9)));
    put("img", ANNOTATION(OBJECT("x", 1, 1, 9, 9)));
    put_list("train", "img 1\nimg -1\n");
    rn_dataset d = fixture_load(data(), "train");
    cr_assert_eq(d.num_images, 2);
    cr_expect_str_eq(d.image[0].file_name, "img 1.jpg");
    cr_expect_str_eq(d.image[1].file_name, "img.jpg");
    rn_dataset_free(&d);
}

Test(voc, without_lists_every_annotation_is_read) {
    put("b", ANNOTATION(OBJECT("x", 1, 1, 9, 9)));
    put("a", ANNOTATION(OBJECT("x", 1, 1, 9, 9)));
    fixture_text(&files, "voc/Annotations/._a.xml", "not XML");
    fixture_text(&files, "voc/Annotations/readme.txt", "not XML");
    rn_dataset d = fixture_load(data(), NULL);
    cr_assert_eq(d.num_images, 2);
    cr_expect_str_eq(d.image[0].file_name, "a.jpg");
    rn_dataset_free(&d);
    cr_expect_null(rn_dataset_find_split(data(), "train"));
    fixture_expect_error(&(rn_dataset_request){.data = data(), .split = "val"}, "voc", "none");
}

Test(voc, given_classes_spare_the_other_splits) {
    put_small();
    put("three", "broken");
    rn_category given[] = {{7, "dog"}, {8, "cat & kitten"}};
    rn_dataset_request request = {
        .data = data(), .split = "train", .category = given, .num_classes = 2};
    rn_dataset d;
    rn_err err = {""};
    cr_assert_eq(rn_dataset_load(&d, &request, &err), RN_OK, "%s", err.text);
    cr_expect(d.object[0].label == 0 && d.object[1].label == 1);
    rn_dataset_free(&d);
    request.num_classes = 1;
    fixture_expect_error(&request, "one.xml:10",
                         "class: expected one of the 1 given, got \"cat & kitten\"");
    fixture_expect_error(&(rn_dataset_request){.data = data(), .split = "train"}, "three.xml:1:1",
                         "well-formed");
}

/* ---- hostile files --------------------------------------------------------------------------- */

Test(voc, broken_lists_are_refused_by_place) {
    put_small();
    static const struct {
        const char *list, *want;
    } rows[] = {{"one\none\n", "bad.txt:2: expected each image once"},
                {"one\n\nnone\n", "bad.txt:3: expected an image with an annotation, got \"none\""},
                {"", "at least one image"},
                {"\n \n", "at least one image"}};
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        put_list("bad", rows[i].list);
        fixture_expect_error(&(rn_dataset_request){.data = data(), .split = "bad"}, "voc",
                             rows[i].want);
    }
    folder_put(&files, "voc/ImageSets/Main/bad.txt", "one\0two", 7);
    fixture_expect_error(&(rn_dataset_request){.data = data(), .split = "bad"}, "bad.txt",
                         "zero bytes");
}

#define BOX(box)                                                                                   \
    "<annotation>\n<object><name>x</name>\n<bndbox>" box "</bndbox></object></annotation>"

Test(voc, broken_annotations_are_refused_by_line) {
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"", "bad.xml:1:1: expected well-formed XML, got: no element found"},
        {"\n<annotation>", "bad.xml:2:13: expected well-formed XML, got: no element found"},
        {"<annotation></object>", "mismatched tag"},
        {"<annotation/><annotation/>", "junk after"},
        {"<annotation>&what;</annotation>", "undefined entity"},
        {"<a/>", "bad.xml:1: /a: expected the element <annotation>, got \"a\""},
        {"<annotation><size>\n<width>64px</width></size></annotation>",
         "bad.xml:2: /annotation/size/width: expected a number of pixels up to 65500, got "
         "\"64px\""},
        {"<annotation><size><height>-1</height></size></annotation>", "size/height"},
        {"<annotation><size><height>1e99</height></size></annotation>", "got \"1e99\""},
        {"<annotation><size><width>4294967297</width></size></annotation>", "size/width"},
        {"<annotation>\n<object></object></annotation>",
         "bad.xml:2: /annotation/object: expected /annotation/object/name"},
        {"<annotation>\n<object><name> </name></object></annotation>", "the name of a class"},
        {"<annotation><object><name>x</name></object></annotation>", "object/bndbox/xmin"},
        {"<annotation><object><name>x</name><name>y</name></object></annotation>", "a second"},
        {"<annotation><object><difficult>maybe</difficult></object></annotation>", "0 or 1"},
        {BOX("<xmin>1</xmin><ymin>1</ymin><xmax>2</xmax>"), "bndbox/ymax"},
        {BOX("<xmin>1</xmin><ymin>1</ymin><xmax>2</xmax>\n<ymax></ymax>"), "bad.xml:4: "},
        {BOX("<xmin>one</xmin>"), "bad.xml:3: /annotation/object/bndbox/xmin: expected a number"},
        {BOX("<xmin>nan</xmin>"), "got \"nan\""},
        {BOX("<xmin>-inf</xmin>"), "got \"-inf\""},
        {BOX("<xmin>1e99</xmin>"), "got \"1e99\""},
        {BOX("<xmin>1,5</xmin>"), "got \"1,5\""},
        {BOX("<xmin>1</xmin><xmin>2</xmin>"), "a second"},
        {"<!DOCTYPE a [<!ENTITY x \"y\">]>\n<annotation>&x;</annotation>", "expected no DOCTYPE"},
        {"<?xml version='1.0' encoding='klingon'?><annotation/>", "unknown encoding"},
    };
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        put("bad", rows[i].text);
        fixture_expect_error(&(rn_dataset_request){.data = data()}, "bad.xml", rows[i].want);
    }
}

Test(voc, long_texts_matter_only_where_they_are_read) {
    char long_text[5000] = "", text[12000];
    memset(long_text, 'x', sizeof long_text - 1);
    snprintf(text, sizeof text, ANNOTATION("<thumbnail>%s</thumbnail>" OBJECT("x", 1, 1, 2, 2)),
             long_text);
    put("a", text);
    rn_dataset d = fixture_load(data(), NULL);
    rn_dataset_free(&d);
    snprintf(text, sizeof text, ANNOTATION("<object><name>%s</name></object>"), long_text);
    put("a", text);
    fixture_expect_error(&(rn_dataset_request){.data = data()}, "a.xml:2", "a shorter text");
}

Test(voc, deep_nesting_and_entity_bombs_are_refused) {
    enum { DEPTH = 100000 };
    char *deep = rn_vec_zeros(DEPTH * 3 + 20, 1);
    strcpy(deep, "<annotation>");
    for (size_t k = 0; k < DEPTH; k++) memcpy(deep + 12 + 3 * k, "<a>", 3);
    put("a", deep);
    fixture_expect_error(&(rn_dataset_request){.data = data()}, "a.xml:1", "fewer elements");
    free(deep);
    put("a", "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">"
             "<!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\">]>"
             "<annotation>&c;</annotation>");
    fixture_expect_error(&(rn_dataset_request){.data = data()}, "a.xml:1", "no DOCTYPE");
}

Test(voc, every_truncation_fails) {
    static const char TEXT[] =
        "<?xml version=\"1.0\"?>\n<annotation><filename>a.jpg</filename><size><width>9</width>"
        "</size>" OBJECT("dog", 1, 2, 3, 4) "<!-- end --></annotation>";
    char *cut = rn_vec_text(TEXT);
    for (size_t size = strlen(TEXT); size-- > 0;) {
        cut[size] = '\0';
        put("a", cut);
        fixture_expect_error(&(rn_dataset_request){.data = data()}, "a.xml:", "");
    }
    free(cut);
}

/* ---- real data ------------------------------------------------------------------------------- */

Test(voc, bccd_has_its_cells) {
    const char *real = getenv("RN_DATA");
    if (!real) cr_skip_test("skipped: RN_DATA is not set");
    static const struct {
        const char *split;
        size_t images;
    } rows[] = {{"train", 205}, {"val", 87}, {"test", 72}, {"train+val+test", 364}};
    char path[RN_PATH_SIZE];
    rn_text_path(path, sizeof path, real, "bccd");
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        rn_dataset d = fixture_load(path, rows[i].split);
        size_t present = 0, count[3] = {0}, degenerate = 0;
        cr_assert(d.num_images == rows[i].images && d.num_classes == 3);
        for (size_t k = 0; k < d.num_images; k++) present += rn_file_exists(d.image[k].path);
        cr_expect_eq(present, d.num_images);
        for (size_t k = 0; k < d.num_objects; k++) {
            count[d.object[k].label]++;
            degenerate += rn_object_fault(&d.object[k], 640, 480) != RN_BOX_FINE;
        }
        cr_expect_str_eq(d.category[0].name, "Platelets");
        cr_expect_str_eq(d.category[1].name, "RBC");
        cr_expect_str_eq(d.category[2].name, "WBC");
        if (i == 3) {
            cr_expect(d.num_objects == 4888 && degenerate == 2, "%zu, %zu degenerate",
                      d.num_objects, degenerate);
            cr_expect(count[0] == 361 && count[1] == 4155 && count[2] == 372);
        }
        rn_dataset_free(&d);
    }
}
