#include "train/safetensors.h"
#include "support/folder.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static const char GOLDEN[] = "tests/golden/safetensors_tiny.safetensors";

static rn_safetensors load(const char *path) {
    rn_safetensors file;
    rn_err err = {""};
    cr_assert(rn_safetensors_load(&file, path, &err) == RN_OK, "%s", err.text);
    return file;
}

/* The length, a header and the data, as a file. */
static const char *put(folder *f, const char *header, size_t data) {
    static char bytes[1 << 16];
    uint64_t length = strlen(header);
    cr_assert(8 + length + data <= sizeof bytes);
    memcpy(bytes, &length, 8);
    memcpy(bytes + 8, header, length);
    memset(bytes + 8 + length, 0, data);
    return folder_put(f, "file.safetensors", bytes, 8 + length + data);
}

Test(safetensors, reads_what_the_python_package_wrote) {
    static const struct {
        const char *name;
        rn_dtype dtype;
        int dims;
        int64_t shape[3];
    } rows[] = {
        {"long", RN_DTYPE_I64, 0, {0}},         {"double", RN_DTYPE_F64, 2, {2, 1}},
        {"empty", RN_DTYPE_F32, 2, {0, 4}},     {"gr\u00f6\u00dfe.weight", RN_DTYPE_F32, 1, {1}},
        {"single", RN_DTYPE_F32, 3, {1, 2, 3}}, {"int", RN_DTYPE_I32, 1, {2}},
        {"bfloat", RN_DTYPE_BF16, 1, {8}},      {"half", RN_DTYPE_F16, 1, {8}},
        {"bytes", RN_DTYPE_U8, 1, {3}}};
    rn_safetensors file = load(GOLDEN);
    cr_assert_eq(file.count, RN_COUNT(rows));
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        const rn_safetensor *t = rn_safetensors_find(&file, rows[i].name);
        cr_assert(t == &file.tensor[i], "%s is not tensor %zu", rows[i].name, i);
        cr_expect(t->dtype == rows[i].dtype && t->dims == rows[i].dims &&
                      memcmp(t->shape, rows[i].shape, (size_t)t->dims * sizeof *t->shape) == 0,
                  "%s: %s of %d dimensions", t->name, rn_dtype_name(t->dtype), t->dims);
    }
    cr_expect_str_eq(rn_safetensors_text(&file, "note"), "quotes \" and \\ and\nnew lines");
    cr_expect_null(rn_safetensors_text(&file, "other"));
    cr_expect_null(rn_safetensors_find(&file, "other"));
    cr_expect(memcmp(rn_safetensors_find(&file, "bytes")->bytes, "\0\1\377", 3) == 0);
    rn_safetensors_free(&file);
}

/* 0, -0, 1, -2.5, 65504, 2^-24 (a subnormal of F16), 0.3332..., infinity. */
Test(safetensors, converts_every_float_type) {
    static const struct {
        const char *name;
        double value[8];
    } rows[] = {
        {"half", {0, -0.0, 1, -2.5, 65504, 0x1p-24, 0.333251953125, INFINITY}},
        {"bfloat", {0, -0.0, 1, -2.5, 65536, 0x1p-24, 0.333984375, INFINITY}},
        {"single", {0, 1 / 7.0f, 2 / 7.0f, 3 / 7.0f, 4 / 7.0f, 5 / 7.0f}},
        {"double", {(rn_float)(1.0 / 3), (rn_float)-1e300}},
    };
    rn_safetensors file = load(GOLDEN);
    for (size_t i = 0; i < RN_COUNT(rows); i++) {
        const rn_safetensor *t = rn_safetensors_find(&file, rows[i].name);
        rn_float got[8];
        cr_assert(rn_safetensor_to_real(got, t));
        for (size_t k = 0; k < rn_safetensor_count(t); k++)
            cr_expect((double)got[k] == rows[i].value[k] &&
                          !signbit(got[k]) == !signbit(rows[i].value[k]),
                      "%s[%zu] is %.9g, want %.9g", t->name, k, (double)got[k], rows[i].value[k]);
    }
    rn_float whole;
    cr_expect_not(rn_safetensor_to_real(&whole, rn_safetensors_find(&file, "long")));
    rn_safetensors_free(&file);
}

Test(safetensors, half_precision_values_keep_their_order) {
    uint16_t half;
    rn_safetensor t = {.dtype = RN_DTYPE_F16, .bytes = &half, .size = sizeof half};
    rn_float before = -1, value;
    for (half = 0; half <= 0x7C00; half++) { /* zero to infinity */
        rn_safetensor_to_real(&value, &t);
        cr_assert(value > before, "%#x: %g after %g", half, (double)value, (double)before);
        before = value;
    }
    cr_expect(isinf(before));
    rn_safetensor_to_real(&value, &t); /* 0x7C01 */
    cr_expect(isnan(value));
}

Test(safetensors, writes_the_same_bytes_as_the_python_package) {
    folder f = folder_make();
    const char *path = folder_file(&f, "again.safetensors");
    rn_safetensors file = load(GOLDEN);
    rn_err err = {""};
    cr_assert(rn_safetensors_save(path, file.tensor, file.count, file.metadata, &err) == RN_OK);
    char *want, *got;
    size_t want_size, got_size;
    cr_assert(rn_file_read(&want, &want_size, GOLDEN, 1 << 20, &err) == RN_OK);
    cr_assert(rn_file_read(&got, &got_size, path, 1 << 20, &err) == RN_OK);
    cr_expect(want_size == got_size && memcmp(want, got, got_size) == 0);
    cr_expect_eq(folder_count(&f), 1);
    free(want);
    free(got);
    rn_safetensors_free(&file);
    folder_remove(&f);
}

Test(safetensors, aligns_data_whatever_the_order_of_the_list) {
    static const char names[][8] = {"bytes", "short", "single", "longer", "bytes2", "double"};
    static const rn_dtype types[] = {RN_DTYPE_U8,  RN_DTYPE_F16, RN_DTYPE_F32,
                                     RN_DTYPE_I64, RN_DTYPE_U8,  RN_DTYPE_F64};
    static const char data[24] = "0123456789012345678901";
    rn_safetensor list[6];
    for (size_t i = 0; i < 6; i++)
        list[i] = (rn_safetensor){.name = names[i],
                                  .dtype = types[i],
                                  .dims = 1,
                                  .shape = {3},
                                  .bytes = data,
                                  .size = 3 * rn_dtype_size(types[i])};
    folder f = folder_make();
    rn_err err = {""};
    for (size_t count = 0; count <= 6; count++) {
        const char *path = folder_file(&f, "a.safetensors");
        cr_assert(rn_safetensors_save(path, list, count, NULL, &err) == RN_OK, "%s", err.text);
        rn_safetensors file = load(path);
        cr_assert(file.count == count && file.metadata == NULL);
        for (size_t i = 0; i < count; i++) {
            const rn_safetensor *t = rn_safetensors_find(&file, names[i]);
            cr_assert(t && t->size == list[i].size && memcmp(t->bytes, data, t->size) == 0);
            cr_expect(((const char *)t->bytes - file.bytes) % (long)rn_dtype_size(t->dtype) == 0);
        }
        rn_safetensors_free(&file);
    }
    folder_remove(&f);
}

/* A header that is wrong, the size of the data behind it and a part of the message. */
static const struct bad {
    const char *header;
    size_t data;
    const char *message;
} bad[] = {
#define ENTRY(shape, offsets) "{\"dtype\":\"F32\",\"shape\":" shape ",\"data_offsets\":" offsets "}"
    {"", 0, "header: expected JSON"},
    {"[]", 0, "header: expected an object, got a list"},
    {"7", 0, "header: expected an object, got the number 7"},
    {"{\"a\":" ENTRY("[1]", "[0,4]"), 4, "header:1:"},
    {"{} x", 0, "expected the end"},
    {"{\"a\":3}", 0, "a: header: expected an object, got the number 3"},
    {"{\"a\":{}}", 0, "a: dtype: expected a text, got nothing"},
    {"{\"a\":{\"dtype\":\"F8\",\"shape\":[],\"data_offsets\":[0,1]}}", 1, "got \"F8\""},
    {"{\"a\":" ENTRY("4", "[0,4]") "}", 4, "a: shape: expected a list, got the number 4"},
    {"{\"a\":" ENTRY("[-1]", "[0,4]") "}", 4, "a: shape: expected whole numbers"},
    {"{\"a\":" ENTRY("[1.5]", "[0,4]") "}", 4, "a: shape: expected whole numbers"},
    {"{\"a\":" ENTRY("[\"1\"]", "[0,4]") "}", 4, "a: shape: expected whole numbers"},
    {"{\"a\":" ENTRY("[1e999]", "[0,4]") "}", 4, "a: shape: expected whole numbers"},
    {"{\"a\":" ENTRY("[1,1,1,1,1,1,1,1,1]", "[0,4]") "}", 4, "a: shape: expected at most 8"},
    {"{\"a\":" ENTRY("[4294967296,4294967296]", "[0,0]") "}", 0, "a: shape: the product"},
    {"{\"a\":" ENTRY("[4503599627370496,1024]", "[0,0]") "}", 0, "a: shape: the product"},
    {"{\"a\":" ENTRY("[1]", "[0]") "}", 4, "a: data_offsets: expected two whole numbers"},
    {"{\"a\":" ENTRY("[1]", "[0,4,8]") "}", 4, "a: data_offsets: expected two whole numbers"},
    {"{\"a\":" ENTRY("[1]", "[]") "}", 4, "a: data_offsets: expected two whole numbers"},
    {"{\"a\":" ENTRY("[1]", "[0,\"4\"]") "}", 4, "a: data_offsets: expected two whole numbers"},
    {"{\"a\":" ENTRY("[1]", "[-4,0]") "}", 4, "a: data_offsets: expected two whole numbers"},
    {"{\"a\":" ENTRY("[1]", "[0,8]") "}", 4, "a: data_offsets: expected a range within 4 bytes"},
    {"{\"a\":" ENTRY("[1]", "[4,0]") "}", 4, "a: data_offsets: expected a range within 4 bytes"},
    {"{\"a\":" ENTRY("[1]", "[9007199254740992,9007199254740996]") "}", 4, "a: data_offsets"},
    {"{\"a\":" ENTRY("[2]", "[0,4]") "}", 4, "expected 8 bytes as the shape says, got 4"},
    {"{\"a\":" ENTRY("[1]", "[4,8]") "}", 8, "expected to begin at 0, got 4 (a hole)"},
    {"{\"a\":" ENTRY("[1]", "[0,4]") ",\"b\":" ENTRY("[1]", "[2,6]") "}", 6, "(tensors overlap)"},
    {"{\"a\":" ENTRY("[1]", "[0,4]") ",\"b\":" ENTRY("[1]", "[5,9]") "}", 9, "b: data_offsets"},
    {"{\"a\":" ENTRY("[1]", "[0,4]") "}", 5, "expected 4 bytes of data, got 5"},
    {"{}", 1, "expected 0 bytes of data, got 1"},
    {"{\"a\":" ENTRY("[1]", "[0,4]") ",\"a\":" ENTRY("[1]", "[4,8]") "}", 8, "a is given twice"},
    {"{\"__metadata__\":3}", 0, "__metadata__: expected an object"},
    {"{\"__metadata__\":{\"k\":3}}", 0, "__metadata__: expected texts, got the number 3"},
    {"{\"__metadata__\":{},\"__metadata__\":{}}", 0, "__metadata__ is given twice"},
#undef ENTRY
};

Test(safetensors, refuses_bad_headers_in_one_line) {
    folder f = folder_make();
    for (size_t i = 0; i < RN_COUNT(bad); i++) {
        const char *path = put(&f, bad[i].header, bad[i].data);
        rn_safetensors file;
        rn_err err = {""};
        cr_expect(rn_safetensors_load(&file, path, &err) == RN_ERROR, "%s", bad[i].header);
        cr_expect(strstr(err.text, bad[i].message) && strncmp(err.text, path, strlen(path)) == 0,
                  "%s: want \"%s\", got \"%s\"", bad[i].header, bad[i].message, err.text);
        cr_expect(!file.tensor && !file.header && !file.bytes && file.count == 0);
    }
    folder_remove(&f);
}

Test(safetensors, refuses_bad_lengths) {
    static const uint64_t lengths[] = {1, 9, 1 << 20, 100000001, INT64_MAX, UINT64_MAX};
    folder f = folder_make();
    for (size_t i = 0; i < RN_COUNT(lengths); i++) {
        char bytes[16] = {0};
        memcpy(bytes, &lengths[i], 8);
        const char *path = folder_put(&f, "a", bytes, sizeof bytes);
        rn_safetensors file;
        rn_err err = {""};
        cr_expect(rn_safetensors_load(&file, path, &err) == RN_ERROR, "%zu", i);
        cr_expect(strncmp(err.text, path, strlen(path)) == 0, "%s", err.text);
    }
    folder_remove(&f);
}

Test(safetensors, refuses_deep_nesting) {
    folder f = folder_make();
    static char header[60001] = "{\"a\":";
    memset(header + 5, '[', sizeof header - 6);
    rn_safetensors file;
    rn_err err = {""};
    cr_expect(rn_safetensors_load(&file, put(&f, header, 0), &err) == RN_ERROR);
    cr_expect(strstr(err.text, "header:1:"), "%s", err.text);
    folder_remove(&f);
}

Test(safetensors, reads_unaligned_data) {
    folder f = folder_make();
    const char *header = "{\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[1,9]},"
                         "\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}";
    rn_safetensors file = load(put(&f, header, 9));
    rn_float value[2] = {1, 1};
    cr_assert(rn_safetensor_to_real(value, rn_safetensors_find(&file, "b")));
    cr_expect(value[0] == 0 && value[1] == 0);
    cr_expect_str_eq(file.tensor[0].name, "a");
    rn_safetensors_free(&file);
    folder_remove(&f);
}

Test(safetensors, a_file_cut_at_any_byte_is_refused) {
    folder f = folder_make();
    char *bytes;
    size_t size;
    rn_err err = {""};
    cr_assert(rn_file_read(&bytes, &size, GOLDEN, 1 << 20, &err) == RN_OK);
    for (size_t cut = 0; cut < size; cut++) {
        rn_safetensors file;
        err.text[0] = '\0';
        const char *path = folder_put(&f, "cut", bytes, cut);
        cr_expect(rn_safetensors_load(&file, path, &err) == RN_ERROR, "cut at %zu", cut);
        cr_expect(strncmp(err.text, path, strlen(path)) == 0, "cut at %zu: %s", cut, err.text);
    }
    free(bytes);
    folder_remove(&f);
}

/* Whatever a byte is changed to: an error, or tensors that can be read to their last byte. */
Test(safetensors, a_changed_byte_does_no_harm) {
    static const unsigned char masks[] = {0x01, 0x04, 0x10, 0x80, 0xFF};
    folder f = folder_make();
    char *bytes;
    size_t size, refused = 0;
    rn_err err = {""};
    cr_assert(rn_file_read(&bytes, &size, GOLDEN, 1 << 20, &err) == RN_OK);
    for (size_t at = 0; at < size * RN_COUNT(masks); at++) {
        unsigned char *byte = (unsigned char *)bytes + at / RN_COUNT(masks), kept = *byte;
        *byte ^= masks[at % RN_COUNT(masks)];
        rn_safetensors file;
        rn_float value[64];
        const char *path = folder_put(&f, "changed", bytes, size);
        if (rn_safetensors_load(&file, path, &err) == RN_OK) {
            for (size_t i = 0; i < file.count; i++) {
                cr_assert(rn_safetensor_count(&file.tensor[i]) <= RN_COUNT(value));
                rn_safetensor_to_real(value, &file.tensor[i]);
            }
            rn_safetensors_free(&file);
        } else {
            refused++;
        }
        *byte = kept;
    }
    cr_expect(refused > size, "only %zu changes were refused", refused);
    free(bytes);
    folder_remove(&f);
}

Test(safetensors, fails_where_it_cannot_read_or_write) {
    folder f = folder_make();
    rn_safetensors file;
    rn_err err = {""};
    cr_expect(rn_safetensors_load(&file, folder_file(&f, "none"), &err) == RN_ERROR);
    cr_expect(rn_safetensors_load(&file, f.path, &err) == RN_ERROR);
    cr_expect(rn_safetensors_save(folder_file(&f, "no/a"), NULL, 0, NULL, &err) == RN_ERROR);
    cr_expect(rn_safetensors_save(f.path, NULL, 0, NULL, &err) == RN_ERROR);
    cr_expect_eq(folder_count(&f), 0);
    folder_remove(&f);
}

Test(safetensors, a_name_given_twice_is_misuse, .signal = SIGABRT) {
    rn_safetensor list[2] = {{.name = "a", .dims = 1}, {.name = "a", .dims = 1}};
    rn_err err;
    rn_safetensors_save("/nowhere/a", list, 2, NULL, &err);
}

Test(safetensors, a_size_that_does_not_fit_the_shape_is_misuse, .signal = SIGABRT) {
    rn_safetensor list[1] = {{.name = "a", .dims = 1, .shape = {2}, .size = 8}};
    rn_err err;
    rn_safetensors_save("/nowhere/a", list, 1, NULL, &err);
}
