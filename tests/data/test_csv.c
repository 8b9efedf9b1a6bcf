#include "data/csv.h"
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
TestSuite(csv, .init = begin, .fini = end);

static rn_dataset load(const char *text) {
    return fixture_load(fixture_text(&files, "set.csv", text), NULL);
}

Test(csv, a_row_is_an_object_and_classes_are_sorted) {
    rn_dataset d = load("b/one.jpg,10,20.5,30,40,dog\n"
                        "two.jpg,,,,,\n"
                        "b/one.jpg,1,2,3,4,cat\n"
                        "three.jpg,5,5,4,6,dog");
    cr_assert(d.num_images == 3 && d.num_objects == 3 && d.num_classes == 2);
    cr_expect_eq(d.format, RN_FORMAT_CSV);
    cr_expect_str_eq(d.category[0].name, "cat");
    cr_expect_str_eq(d.category[1].name, "dog");
    cr_expect(d.category[0].id == 1 && d.category[1].id == 2);
    cr_expect_str_eq(d.image[0].file_name, "b/one.jpg");
    cr_expect_str_eq(d.image[0].path, folder_file(&files, "b/one.jpg"));
    cr_expect(d.image[0].count == 2 && d.image[1].count == 0 && d.image[2].count == 1);
    cr_expect(d.image[0].id == 1 && d.image[2].id == 3 && d.image[0].width == 0);
    const rn_object *o = d.object;
    cr_expect(o[0].x1 == 10 && o[0].y1 == 20.5 && o[0].x2 == 30 && o[0].y2 == 40);
    cr_expect(o[0].area == 390 && o[0].label == 1 && o[1].label == 0 && o[2].label == 1);
    cr_expect(o[0].line == 1 && o[1].line == 3 && o[2].line == 4);
    cr_expect(o[0].id == 1 && o[1].id == 2 && o[2].id == 3);
    char place[RN_PATH_SIZE];
    rn_dataset_place(place, sizeof place, &d, &o[1]);
    cr_expect(rn_text_ends_with(place, "set.csv:3"), "%s", place);
    rn_dataset_free(&d);
}

/* Each is one image a.jpg with one object (1, 2, 3, 4) of class x. */
Test(csv, ways_to_write_the_same) {
    static const char *const texts[] = {
        "a.jpg,1,2,3,4,x",
        "a.jpg,1,2,3,4,x\r\n",
        "\xEF\xBB\xBF"
        "a.jpg,1,2,3,4,x\n",
        "image,x1,y1,x2,y2,class\na.jpg,1,2,3,4,x\n",
        "\n\n  \nfilename,xmin,ymin,xmax,ymax,label\n\na.jpg,1,2,3,4,x\n\r\n",
        "\"image\",\"x1\",\"y1\",\"x2\",\"y2\",\"class\"\n\"a.jpg\",\"1\",\"2\",\"3\",\"4\","
        "\"x\"\n",
        " a.jpg , 1 ,2.0,\t3e0, +4,  x  \n",
        " \"a.jpg\" , 1 ,2.0,3, 4,  \"x\"  \n",
    };
    for (size_t i = 0; i < RN_COUNT(texts); i++) {
        rn_dataset d = load(texts[i]);
        cr_assert(d.num_images == 1 && d.num_objects == 1 && d.num_classes == 1, "%s", texts[i]);
        const rn_object *o = d.object;
        cr_expect_str_eq(d.image[0].file_name, "a.jpg");
        cr_expect_str_eq(d.category[0].name, "x");
        cr_expect(o->x1 == 1 && o->y1 == 2 && o->x2 == 3 && o->y2 == 4, "%s", texts[i]);
        rn_dataset_free(&d);
    }
}

Test(csv, quotes_keep_commas_and_quotes) {
    rn_dataset d = load("\"a, \"\"b\"\".jpg\",1,2,3,4,\" x,y \"\n");
    cr_expect_str_eq(d.image[0].file_name, "a, \"b\".jpg");
    cr_expect_str_eq(d.category[0].name, " x,y ");
    rn_dataset_free(&d);
}

Test(csv, back_slashes_become_slashes) {
    rn_dataset d = load("a\\b.jpg,1,2,3,4,x\na/b.jpg,1,2,3,5,x\n");
    cr_assert_eq(d.num_images, 1);
    cr_expect_eq(d.image[0].count, 2);
    cr_expect_str_eq(d.image[0].path, folder_file(&files, "a/b.jpg"));
    rn_dataset_free(&d);
}

Test(csv, pictures_are_where_they_are_given_or_found) {
    fixture_text(&files, "images/a.jpg", "");
    rn_dataset d = load("a.jpg,1,2,3,4,x");
    cr_expect_str_eq(d.image[0].path, folder_file(&files, "images/a.jpg"));
    rn_dataset_free(&d);
    rn_dataset_request request = {.data = folder_file(&files, "set.csv"), .images = "/elsewhere"};
    rn_err err = {""};
    cr_assert_eq(rn_dataset_load(&d, &request, &err), RN_OK, "%s", err.text);
    cr_expect_str_eq(d.image[0].path, "/elsewhere/a.jpg");
    rn_dataset_free(&d);
    d = load("/absolute/a.jpg,1,2,3,4,x");
    cr_expect_str_eq(d.image[0].path, "/absolute/a.jpg");
    rn_dataset_free(&d);
}

Test(csv, broken_rows_are_quoted_with_their_number) {
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"", "at least one image"},
        {"image,x1,y1,x2,y2,class\n", "at least one image"},
        {"a.jpg,,,,,\n", "at least one class"},
        {"a.jpg,1,2,3,4\n", "set.csv:1: expected the 6 fields image,x1,y1,x2,y2,class, got 5 in: "
                            "a.jpg,1,2,3,4"},
        {"a.jpg,1,2,3,4,x,y", "set.csv:1: expected the 6 fields"},
        {"a.jpg;1;2;3;4;x", "got 1 in: a.jpg;1;2;3;4;x"},
        {"a.jpg,1,2,3,4,x\n\nb.jpg,one,2,3,4,x\n",
         "set.csv:3: x1: expected a number up to 1e9, got \"one\" in: b.jpg,one,2,3,4,x"},
        {"a.jpg,1,2,3,4,x\na.jpg,1,two,3,4,x\n", "set.csv:2: y1: "},
        {"a.jpg,1,2,three,4,x\n", "set.csv:1: x2: "},
        {"a.jpg,1,2,3,,x\n", "set.csv:1: y2: expected a number up to 1e9, got \"\""},
        {"a.jpg,1,2,3,4,\n", "set.csv:1: class: expected a name"},
        {"a.jpg,,,,,x\n", "set.csv:1: x1: "},
        {",1,2,3,4,x\n", "set.csv:1: image: expected a path"},
        {"a.jpg,nan,nan,nan,nan,x\n", "set.csv:1: x1: expected a number up to 1e9, got \"nan\""},
        {"a.jpg,1,2,3,inf,x\n", "got \"inf\""},
        {"a.jpg,1,2,3,1e99,x\n", "got \"1e99\""},
        {"a.jpg,1,2,3,-1e10,x\n", "got \"-1e10\""},
        {"a.jpg,1px,2px,3px,4px,x\n", "set.csv:1: x1: "},
        {"a.jpg,1,2,3,4,x\nimage,x1,y1,x2,y2,class\n", "set.csv:2: x1: "},
        {"\"a.jpg,1,2,3,4,x\n", "set.csv:1: expected a closing quote"},
        {"\"a.jpg\"b,1,2,3,4,x\n", "set.csv:1: expected a closing quote"},
        {"a.jpg,1,2,3,4,\"x\ny\"\n", "set.csv:1: expected a closing quote"},
    };
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        rn_dataset_request request = {.data = fixture_text(&files, "set.csv", rows[i].text)};
        fixture_expect_error(&request, "set.csv", rows[i].want);
    }
    folder_put(&files, "set.csv", "a.jpg,1,2,3,4,x\0y", 18);
    fixture_expect_error(&(rn_dataset_request){.data = folder_file(&files, "set.csv")}, "set.csv",
                         "zero bytes");
}

Test(csv, a_file_has_no_splits) {
    const char *path = fixture_text(&files, "set.csv", "a.jpg,1,2,3,4,x");
    cr_expect_null(rn_dataset_find_split(path, "train"));
    fixture_expect_error(&(rn_dataset_request){.data = path, .split = "train"}, "set.csv",
                         "no split");
    fixture_expect_error(&(rn_dataset_request){.data = folder_file(&files, "none.csv")}, "none.csv",
                         "cannot open");
}

/* A row that is cut within its last field still is a row; everything else must fail. */
Test(csv, every_truncation_is_survived) {
    static const char TEXT[] =
        "\xEF\xBB\xBFimage,x1,y1,x2,y2,class\r\n\"a.jpg\",1,2,3,4,\"cat\"\r\n"
        "b.jpg,,,,,\r\nb\\c.jpg,1.5,2e1,3,4,dog";
    char *text = rn_vec_text(TEXT);
    int accepted = 0;
    for (size_t size = strlen(TEXT); size-- > 0;) {
        rn_dataset d;
        rn_err err = {""};
        text[size] = '\0';
        rn_dataset_request request = {.data = fixture_text(&files, "cut.csv", text)};
        rn_status status = rn_dataset_load(&d, &request, &err);
        cr_expect(status == RN_OK || strstr(err.text, "cut.csv"), "%s", err.text);
        accepted += status == RN_OK;
        rn_dataset_free(&d);
    }
    cr_expect_eq(accepted, 8, "%d were accepted", accepted);
    free(text);
}

/* The images of the rows are found again by name: many of them, in any order. */
Test(csv, many_images_in_any_order) {
    enum { IMAGES = 3000 };
    char *text = rn_vec_zeros(IMAGES * 64, 1), *at = text;
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < IMAGES; i++)
            at += sprintf(at, "%d.jpg,%d,0,9,9,c%d\n", i * 7919 % IMAGES, round, i % 10);
    rn_dataset d = load(text);
    cr_assert(d.num_images == IMAGES && d.num_objects == 2 * IMAGES && d.num_classes == 10);
    for (size_t i = 0; i < IMAGES; i++) {
        const rn_object *o = &d.object[d.image[i].first];
        cr_assert(d.image[i].count == 2 && o[0].x1 == 0 && o[1].x1 == 1 &&
                  o[0].label == o[1].label);
        cr_assert(o[0].line == (long)i + 1 && o[1].line == (long)i + 1 + IMAGES);
    }
    rn_dataset_free(&d);
    free(text);
}
