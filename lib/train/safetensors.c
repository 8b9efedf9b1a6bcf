#include "train/safetensors.h"
#include "base/check.h"
#include "base/vec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "data are used as they are in the file");

static const size_t LARGEST_FILE = (size_t)64 << 30, LARGEST_HEADER = 100000000;
static const char METADATA[] = "__metadata__";
enum { LENGTH_SIZE = 8, ALIGN = 8 };

/* Product of the shape times the element size; false when it overflows. */
static bool byte_size(size_t *size, const rn_safetensor *tensor) {
    *size = rn_dtype_size(tensor->dtype);
    for (int d = 0; d < tensor->dims; d++)
        if (tensor->shape[d] < 0 || __builtin_mul_overflow(*size, tensor->shape[d], size))
            return false;
    return true;
}

size_t rn_safetensor_count(const rn_safetensor *tensor) {
    return tensor->size / rn_dtype_size(tensor->dtype);
}

static int compare_names(const void *a, const void *b) {
    const rn_safetensor *const *x = a, *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

/* Pointers to the list's tensors, sorted by name; the caller frees. */
static const rn_safetensor **sort_by_name(const rn_safetensor *list, size_t count) {
    const rn_safetensor **sorted = rn_vec_zeros(count, sizeof *sorted);
    for (size_t i = 0; i < count; i++) sorted[i] = &list[i];
    qsort(sorted, count, sizeof *sorted, compare_names);
    return sorted;
}

/* A name that is given twice, or NULL. */
static const char *name_given_twice(const rn_safetensor *const *sorted, size_t count) {
    for (size_t i = 1; i < count; i++)
        if (strcmp(sorted[i - 1]->name, sorted[i]->name) == 0) return sorted[i]->name;
    return NULL;
}

/* ---- load ---------------------------------------------------------------------------------- */

static bool is_size(const cJSON *item) {
    return item && cJSON_IsNumber(item) && item->valuedouble >= 0 && item->valuedouble <= 0x1p53 &&
           item->valuedouble == floor(item->valuedouble);
}

static rn_status read_dtype(rn_dtype *dtype, const cJSON *entry, rn_json_place place, rn_err *err) {
    const char *text;
    if (rn_json_text(&text, entry, "dtype", place, err) != RN_OK) return RN_ERROR;
    if (rn_dtype_find(dtype, text)) return RN_OK;
    return rn_fail(err, "%s: dtype: expected F64, F32, F16, BF16, I64, I32 or U8, got \"%.20s\"",
                   place.file, text);
}

static rn_status read_shape(rn_safetensor *tensor, const cJSON *entry, rn_json_place place,
                            rn_err *err) {
    const cJSON *list, *item;
    if (rn_json_array(&list, entry, "shape", place, err) != RN_OK) return RN_ERROR;
    cJSON_ArrayForEach(item, list) {
        if (!is_size(item))
            return rn_json_expected(place, "shape", "whole numbers from 0 to 2^53", item, err);
        if (tensor->dims == RN_SAFETENSOR_DIMS)
            return rn_json_expected(place, "shape", "at most 8 numbers", list, err);
        tensor->shape[tensor->dims++] = (int64_t)item->valuedouble;
    }
    if (!byte_size(&tensor->size, tensor))
        return rn_fail(err, "%s: shape: the product of its numbers overflows", place.file);
    return RN_OK;
}

/* `data` are `size` bytes behind the header. */
static rn_status read_tensor(rn_safetensor *tensor, const cJSON *entry, const char *data,
                             size_t size, rn_json_place place, rn_err *err) {
    const cJSON *offsets;
    if (!cJSON_IsObject(entry)) return rn_json_expected(place, "header", "an object", entry, err);
    if (read_dtype(&tensor->dtype, entry, place, err) != RN_OK ||
        read_shape(tensor, entry, place, err) != RN_OK ||
        rn_json_array(&offsets, entry, "data_offsets", place, err) != RN_OK)
        return RN_ERROR;
    const cJSON *first = offsets->child, *last = first ? first->next : NULL;
    if (!is_size(first) || !is_size(last) || last->next)
        return rn_json_expected(place, "data_offsets", "two whole numbers", offsets, err);
    double begin = first->valuedouble, end = last->valuedouble;
    if (begin > end || end > (double)size)
        return rn_fail(err, "%s: data_offsets: expected a range within %zu bytes, got %.0f to %.0f",
                       place.file, size, begin, end);
    if (end - begin != (double)tensor->size)
        return rn_fail(err, "%s: data_offsets: expected %zu bytes as the shape says, got %.0f",
                       place.file, tensor->size, end - begin);
    tensor->bytes = data + (size_t)begin;
    return RN_OK;
}

static rn_status read_metadata(rn_safetensors *file, const cJSON *entry, const char *path,
                               rn_err *err) {
    rn_json_place place = {.file = path};
    const cJSON *item;
    if (file->metadata) return rn_fail(err, "%s: %s is given twice", path, METADATA);
    if (!cJSON_IsObject(entry)) return rn_json_expected(place, METADATA, "an object", entry, err);
    cJSON_ArrayForEach(item, entry) {
        if (!cJSON_IsString(item)) return rn_json_expected(place, METADATA, "texts", item, err);
    }
    file->metadata = entry;
    return RN_OK;
}

static int compare_places(const void *a, const void *b) {
    const rn_safetensor *x = a, *y = b;
    const char *p = x->bytes, *q = y->bytes;
    if (p != q) return p < q ? -1 : 1;
    if (x->size != y->size) return x->size < y->size ? -1 : 1;
    return strcmp(x->name, y->name);
}

/* The tensors, in order, must cover the data from the first byte to the last. */
static rn_status check_cover(const rn_safetensors *file, const char *data, size_t size,
                             const char *path, rn_err *err) {
    size_t end = 0;
    for (size_t i = 0; i < file->count; i++) {
        const rn_safetensor *tensor = &file->tensor[i];
        size_t begin = (size_t)((const char *)tensor->bytes - data);
        if (begin != end)
            return rn_fail(err, "%s: %.120s: data_offsets: expected to begin at %zu, got %zu (%s)",
                           path, tensor->name, end, begin,
                           begin < end ? "tensors overlap" : "a hole");
        end += tensor->size;
    }
    if (end != size)
        return rn_fail(err, "%s: expected %zu bytes of data, got %zu", path, end, size);
    return RN_OK;
}

static rn_status read_header(rn_safetensors *file, const char *data, size_t size, const char *path,
                             rn_err *err) {
    const cJSON *entry;
    char where[RN_PATH_SIZE + 128];
    if (!cJSON_IsObject(file->header))
        return rn_json_expected((rn_json_place){.file = path}, "header", "an object", file->header,
                                err);
    file->tensor = rn_vec_zeros((size_t)cJSON_GetArraySize(file->header), sizeof *file->tensor);
    cJSON_ArrayForEach(entry, file->header) {
        if (strcmp(entry->string, METADATA) == 0) {
            if (read_metadata(file, entry, path, err) != RN_OK) return RN_ERROR;
            continue;
        }
        rn_safetensor *tensor = &file->tensor[file->count++];
        tensor->name = entry->string;
        snprintf(where, sizeof where, "%s: %.120s", path, tensor->name);
        if (read_tensor(tensor, entry, data, size, (rn_json_place){.file = where}, err) != RN_OK)
            return RN_ERROR;
    }
    if (file->count > 0) qsort(file->tensor, file->count, sizeof *file->tensor, compare_places);
    file->sorted = sort_by_name(file->tensor, file->count);
    const char *twice = name_given_twice(file->sorted, file->count);
    if (twice) return rn_fail(err, "%s: %.120s is given twice", path, twice);
    return check_cover(file, data, size, path, err);
}

static rn_status load(rn_safetensors *file, const char *path, rn_err *err) {
    char where[RN_PATH_SIZE + 16];
    size_t size;
    uint64_t length;
    if (rn_file_read(&file->bytes, &size, path, LARGEST_FILE, err) != RN_OK) return RN_ERROR;
    if (size < LENGTH_SIZE)
        return rn_fail(err, "%s: expected a safetensors file, got %zu bytes", path, size);
    memcpy(&length, file->bytes, LENGTH_SIZE);
    size -= LENGTH_SIZE;
    if (length > size || length > LARGEST_HEADER)
        return rn_fail(err,
                       "%s: expected a safetensors file, got a header of %llu bytes with %zu bytes "
                       "left (is it cut off?)",
                       path, (unsigned long long)length, size);
    const char *header = file->bytes + LENGTH_SIZE;
    snprintf(where, sizeof where, "%s: header", path);
    if (rn_json_parse(&file->header, header, (size_t)length, where, err) != RN_OK) return RN_ERROR;
    return read_header(file, header + length, size - (size_t)length, path, err);
}

rn_status rn_safetensors_load(rn_safetensors *file, const char *path, rn_err *err) {
    *file = (rn_safetensors){0};
    rn_status status = load(file, path, err);
    if (status != RN_OK) rn_safetensors_free(file);
    return status;
}

const rn_safetensor *rn_safetensors_find(const rn_safetensors *file, const char *name) {
    rn_safetensor wanted = {.name = name}, *key = &wanted;
    if (file->count == 0) return NULL;
    const rn_safetensor *const *found =
        bsearch(&key, file->sorted, file->count, sizeof *file->sorted, compare_names);
    return found ? *found : NULL;
}

const char *rn_safetensors_text(const rn_safetensors *file, const char *key) {
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(file->metadata, key));
}

void rn_safetensors_free(rn_safetensors *file) {
    cJSON_Delete(file->header);
    free(file->tensor);
    free((void *)file->sorted);
    free(file->bytes);
    *file = (rn_safetensors){0};
}

bool rn_safetensor_to_real(rn_float *out, const rn_safetensor *tensor) {
    if (!rn_dtype_is_real(tensor->dtype)) return false;
    rn_dtype_to_real(out, tensor->dtype, tensor->bytes, rn_safetensor_count(tensor));
    return true;
}

/* ---- save ---------------------------------------------------------------------------------- */

/* The order in the file: larger elements first, else that of the list. The caller frees. */
static size_t *aligned_order(const rn_safetensor *list, size_t count) {
    size_t *order = rn_vec_zeros(count, sizeof *order), n = 0;
    for (size_t size = ALIGN; size > 0; size /= 2)
        for (size_t i = 0; i < count; i++)
            if (rn_dtype_size(list[i].dtype) == size) order[n++] = i;
    return order;
}

static void add_tensor(cJSON *header, const rn_safetensor *tensor, size_t begin) {
    cJSON *entry = cJSON_AddObjectToObject(header, tensor->name);
    cJSON_AddStringToObject(entry, "dtype", rn_dtype_name(tensor->dtype));
    cJSON *shape = cJSON_AddArrayToObject(entry, "shape");
    for (int d = 0; d < tensor->dims; d++)
        cJSON_AddItemToArray(shape, cJSON_CreateNumber((double)tensor->shape[d]));
    cJSON *offsets = cJSON_AddArrayToObject(entry, "data_offsets");
    cJSON_AddItemToArray(offsets, cJSON_CreateNumber((double)begin));
    cJSON_AddItemToArray(offsets, cJSON_CreateNumber((double)(begin + tensor->size)));
}

/* The JSON header, not padded; the caller frees it with cJSON_free. */
static char *make_header(const rn_safetensor *list, const size_t *order, size_t count,
                         const cJSON *metadata) {
    cJSON *header = cJSON_CreateObject();
    size_t begin = 0;
    if (metadata) cJSON_AddItemToObject(header, METADATA, cJSON_Duplicate(metadata, true));
    for (size_t i = 0; i < count; i++) {
        add_tensor(header, &list[order[i]], begin);
        begin += list[order[i]].size;
    }
    char *text = cJSON_PrintUnformatted(header);
    RN_CHECK(text, "out of memory for a header of %zu tensors", count);
    cJSON_Delete(header);
    return text;
}

static void check_list(const rn_safetensor *list, size_t count, const cJSON *metadata) {
    size_t size;
    const rn_safetensor **sorted = sort_by_name(list, count);
    const char *twice = name_given_twice(sorted, count);
    const cJSON *item;
    RN_CHECK(!twice, "%s is given twice", twice);
    free((void *)sorted);
    for (size_t i = 0; i < count; i++) {
        RN_CHECK(strcmp(list[i].name, METADATA) != 0, "a tensor named %s", METADATA);
        RN_CHECK(list[i].dims >= 0 && list[i].dims <= RN_SAFETENSOR_DIMS, "%s: %d dimensions",
                 list[i].name, list[i].dims);
        RN_CHECK(byte_size(&size, &list[i]) && size == list[i].size,
                 "%s: %zu bytes do not fit the shape", list[i].name, list[i].size);
    }
    RN_CHECK(!metadata || cJSON_IsObject(metadata), "metadata is no object");
    cJSON_ArrayForEach(item, metadata) RN_CHECK(cJSON_IsString(item), "%s: no text", item->string);
}

rn_status rn_safetensors_stream(const char *path, const rn_safetensor *list, size_t count,
                                const cJSON *metadata, rn_safetensor_write *write, void *context,
                                rn_err *err) {
    rn_file file;
    check_list(list, count, metadata);
    if (rn_file_begin(&file, path, err) != RN_OK) return RN_ERROR;
    size_t *order = aligned_order(list, count);
    char *header = make_header(list, order, count, metadata);
    size_t used = strlen(header), padding = (ALIGN - used % ALIGN) % ALIGN;
    uint64_t length = used + padding;
    rn_file_write(&file, &length, LENGTH_SIZE);
    rn_file_write(&file, header, used);
    rn_file_write(&file, "        ", padding);
    for (size_t i = 0; i < count; i++) write(&file, &list[order[i]], context);
    cJSON_free(header);
    free(order);
    return rn_file_commit(&file, err);
}

static void write_bytes(rn_file *out, const rn_safetensor *tensor, void *context) {
    (void)context;
    rn_file_write(out, tensor->bytes, tensor->size);
}

rn_status rn_safetensors_save(const char *path, const rn_safetensor *list, size_t count,
                              const cJSON *metadata, rn_err *err) {
    return rn_safetensors_stream(path, list, count, metadata, write_bytes, NULL, err);
}
