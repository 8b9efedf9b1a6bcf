#include "base/json.h"
#include "base/file.h"
#include "base/real.h"
#include "base/rng.h"
#include "support/comma.h"
#include "support/folder.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Parses a copy that ends where the text ends: reading on is an error under the sanitizer. */
static rn_status parse(cJSON **root, const char *text, size_t size, rn_err *err) {
    char *copy = malloc(size ? size : 1);
    cr_assert(copy);
    memcpy(copy, text, size);
    rn_status status = rn_json_parse(root, copy, size, "a.json", err);
    free(copy);
    return status;
}

static cJSON *parsed(const char *text) {
    cJSON *root = NULL;
    rn_err err = {""};
    cr_assert(parse(&root, text, strlen(text), &err) == RN_OK, "%s: %s", text, err.text);
    return root;
}

Test(json, errors_tell_line_and_column) {
    static const struct {
        const char *text, *message;
    } rows[] = {
        {"", "a.json: expected JSON, got an empty file"},
        {" \n\t", "a.json: expected JSON, got an empty file"},
        {"\xEF\xBB\xBF", "a.json: expected JSON, got an empty file"},
        {"nothing", "a.json:1:1: expected a JSON value, got \"nothing\""},
        {"\n\n  x", "a.json:3:3: expected a JSON value, got \"x\""},
        {"{\"a\": 1,\n \"b\": oops}", "a.json:2:7: expected a JSON value, got \"oops}\""},
        {"[1, 2] 3", "a.json:1:8: expected the end of the file, got \"3\""},
        {"{}\n{}", "a.json:2:1: expected the end of the file, got \"{}\""},
        {"[1, 2", "a.json:1:5: expected a JSON value, got \"2\" (is the file cut off?)"},
        {"{\"a\": \"b", "(is the file cut off?)"},
        {"{\"a\": \"b\\\"", "(is the file cut off?)"},
        {"[\"]\", ", "(is the file cut off?)"},
        {"[\"\\\\\"] x", "expected the end of the file, got \"x\""},
        {"[01 02]", "a.json:1:5: expected a JSON value, got \"02]\""},
        {"{1: 2}", "a.json:1:"},
        {"\"\\x\"", "a.json:1:"},
        {"0123456789012345678901234567890x12345678901234567890123456",
         "got \"x1234567890123456789\""},
    };
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        cJSON *root = NULL;
        rn_err err = {""};
        cr_expect(parse(&root, rows[i].text, strlen(rows[i].text), &err) == RN_ERROR && !root, "%s",
                  rows[i].text);
        cr_expect(strstr(err.text, rows[i].message), "%s: %s", rows[i].text, err.text);
        bool cut = strstr(rows[i].message, "cut off") != NULL;
        cr_expect((strstr(err.text, "cut off") != NULL) == cut, "%s", err.text);
    }
}

Test(json, zero_bytes_are_no_space) {
    cJSON *root = NULL;
    rn_err err = {""};
    cr_expect(parse(&root, "{}\0", 3, &err) == RN_ERROR);
    cr_expect(parse(&root, "{}\0{}", 5, &err) == RN_ERROR);
    cr_expect_null(root);
}

Test(json, a_byte_order_mark_is_no_error) {
    cJSON *root = parsed("\xEF\xBB\xBF {\"a\": 1}\n");
    cr_expect(cJSON_IsObject(root));
    cJSON_Delete(root);
}

Test(json, deep_nesting_is_refused) {
    enum { DEPTH = 1000000 };
    char *text = malloc(DEPTH);
    cr_assert(text);
    cJSON *root = NULL;
    rn_err err = {""};
    memset(text, '[', DEPTH);
    cr_expect(rn_json_parse(&root, text, DEPTH, "a.json", &err) == RN_ERROR);
    for (size_t i = 0; i < DEPTH; i++) text[i] = "{\"a\":"[i % 5];
    cr_expect(rn_json_parse(&root, text, DEPTH, "a.json", &err) == RN_ERROR);
    free(text);
}

/* Any cut of a text is refused or parsed; the sanitizer sees to the rest. */
Test(json, any_cut_is_refused) {
    static const char text[] = "{\"a\": [1, -2.5e3, true, null, \"x\\u00e9\\\\\\\"\"], \"b\": {}}";
    for (size_t size = 0; size < sizeof text - 1; size++) {
        cJSON *root = NULL;
        rn_err err = {""};
        cr_expect(parse(&root, text, size, &err) == RN_ERROR, "%zu", size);
        cr_expect(strncmp(err.text, "a.json:", 7) == 0, "%zu: %s", size, err.text);
    }
    cJSON_Delete(parsed(text));
}

static const rn_json_place PLACE = {"a.json", "images", 4};

Test(json, members_of_the_right_type_are_read) {
    cJSON *root = parsed("{\"list\": [1, 2.5], \"object\": {}, \"text\": \"t\", \"number\": -1.5,"
                         "\"integer\": 9007199254740992}");
    const cJSON *list = NULL, *object = NULL;
    const char *text = NULL;
    double number = 0, numbers[2] = {0};
    int64_t integer = 0;
    rn_err err = {""};
    cr_expect(rn_json_array(&list, root, "list", PLACE, &err) == RN_OK && cJSON_IsArray(list));
    cr_expect(rn_json_object(&object, root, "object", PLACE, &err) == RN_OK &&
              cJSON_IsObject(object));
    cr_expect(rn_json_text(&text, root, "text", PLACE, &err) == RN_OK && strcmp(text, "t") == 0);
    cr_expect(rn_json_number(&number, root, "number", PLACE, &err) == RN_OK && number == -1.5);
    cr_expect(rn_json_integer(&integer, root, "integer", 0, 1ll << 53, PLACE, &err) == RN_OK &&
              integer == 1ll << 53);
    cr_expect(rn_json_numbers(numbers, 2, root, "list", PLACE, &err) == RN_OK && numbers[0] == 1 &&
              numbers[1] == 2.5);
    cJSON_Delete(root);
}

Test(json, wrong_members_are_named_and_nothing_is_set) {
    static const struct {
        const char *json, *got;
    } rows[] = {{"{}", "nothing"},
                {"{\"k\": null}", "null"},
                {"{\"K\": 1}", "nothing"},
                {"{\"k\": true}", "true"},
                {"{\"k\": false}", "false"}};
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        cJSON *root = parsed(rows[i].json);
        const cJSON *item = NULL;
        const char *text = NULL;
        double number = 7;
        int64_t integer = 7;
        for (int kind = 0; kind < 6; kind++) {
            static const char *const names[] = {"a list",
                                                "an object",
                                                "a text",
                                                "a finite number",
                                                "a whole number from -5 to 5",
                                                "a list of 1 finite numbers"};
            rn_err err = {""};
            char want[128];
            rn_status status = kind == 0   ? rn_json_array(&item, root, "k", PLACE, &err)
                               : kind == 1 ? rn_json_object(&item, root, "k", PLACE, &err)
                               : kind == 2 ? rn_json_text(&text, root, "k", PLACE, &err)
                               : kind == 3 ? rn_json_number(&number, root, "k", PLACE, &err)
                               : kind == 4
                                   ? rn_json_integer(&integer, root, "k", -5, 5, PLACE, &err)
                                   : rn_json_numbers(&number, 1, root, "k", PLACE, &err);
            snprintf(want, sizeof want, "a.json: images[4]: k: expected %s, got %s", names[kind],
                     rows[i].got);
            cr_expect_eq(status, RN_ERROR);
            cr_expect_str_eq(err.text, want);
        }
        cr_expect(!item && !text && number == 7 && integer == 7);
        cJSON_Delete(root);
    }
}

Test(json, numbers_outside_their_bounds_are_refused) {
    static const char *const integers[] = {"6", "-6", "1.5", "1e300", "1e999", "\"3\"", "[3]"};
    static const char *const lists[] = {"[1]", "[1, 2, 3]", "[1, \"2\"]", "[1, 1e999]", "7"};
    char text[64];
    rn_err err = {""};
    for (size_t i = 0; i < RN_COUNT(integers); i++) {
        int64_t value = 7;
        snprintf(text, sizeof text, "{\"k\": %s}", integers[i]);
        cJSON *root = parsed(text);
        cr_expect(rn_json_integer(&value, root, "k", -5, 5, PLACE, &err) == RN_ERROR && value == 7,
                  "%s", text);
        cJSON_Delete(root);
    }
    for (size_t i = 0; i < RN_COUNT(lists); i++) {
        double values[2];
        snprintf(text, sizeof text, "{\"k\": %s}", lists[i]);
        cJSON *root = parsed(text);
        cr_expect(rn_json_numbers(values, 2, root, "k", PLACE, &err) == RN_ERROR, "%s", text);
        cJSON_Delete(root);
    }
}

/* Numbers added, saved and loaded are the same to the last bit. */
static void check_files(void) {
    folder f = folder_make();
    rn_rng rng = rn_rng_stream(1, "json", 0);
    for (int pretty = 0; pretty < 2; pretty++) {
        const char *path = folder_file(&f, "a.json");
        double want[50], got;
        char key[16];
        rn_err err = {""};
        cJSON *root = cJSON_CreateObject(), *back = NULL;
        for (int i = 0; i < 50; i++) {
            want[i] = rn_rng_normal(&rng) * pow(10, rn_rng_range(&rng, -300, 300));
            snprintf(key, sizeof key, "k%d", i);
            rn_json_add_number(root, key, want[i]);
        }
        rn_json_add_number(root, "nan", NAN);
        cr_assert(rn_json_save(root, path, pretty, &err) == RN_OK, "%s", err.text);
        cr_assert(rn_json_load(&back, path, &err) == RN_OK, "%s", err.text);
        for (int i = 0; i < 50; i++) {
            snprintf(key, sizeof key, "k%d", i);
            cr_assert(rn_json_number(&got, back, key, PLACE, &err) == RN_OK, "%s", err.text);
            cr_expect(got == want[i], "%s is %.17g, want %.17g", key, got, want[i]);
        }
        cr_expect(cJSON_IsNull(cJSON_GetObjectItem(back, "nan")));
        cJSON_Delete(root);
        cJSON_Delete(back);
    }
    folder_remove(&f);
}

Test(json, numbers_survive_a_file) { check_files(); }

Test(json, numbers_survive_a_file_in_any_locale) {
    comma_locale();
    check_files();
}

Test(json, a_saved_file_ends_with_a_newline) {
    folder f = folder_make();
    const char *path = folder_file(&f, "a.json");
    cJSON *root = parsed("{\"a\": [1, 2]}");
    char *text;
    size_t size;
    rn_err err = {""};
    cr_assert(rn_json_save(root, path, false, &err) == RN_OK);
    cr_assert(rn_file_read(&text, &size, path, 100, &err) == RN_OK);
    cr_expect_str_eq(text, "{\"a\":[1,2]}\n");
    free(text);
    cr_expect(rn_json_save(root, f.path, false, &err) == RN_ERROR);
    cr_expect(rn_json_load(&root, folder_file(&f, "none"), &err) == RN_ERROR);
    cJSON_Delete(root);
    folder_remove(&f);
}
