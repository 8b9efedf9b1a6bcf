/* safetensors.h: named tensors in a file, in the safetensors format
 * (https://huggingface.co/docs/safetensors: 8 bytes little-endian header length, a JSON header
 * {"NAME": {"dtype", "shape", "data_offsets"}, "__metadata__": {"KEY": "TEXT"}}, then the data
 * without holes). Files of the Python package are read and written files are read by it. */
#ifndef RN_TRAIN_SAFETENSORS_H
#define RN_TRAIN_SAFETENSORS_H

#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "train/dtype.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RN_SAFETENSOR_DIMS = 8 };

/** One tensor, row-major. dims 0 is a scalar; a dimension may be 0. */
typedef struct rn_safetensor {
    const char *name;
    rn_dtype dtype;
    int dims;
    int64_t shape[RN_SAFETENSOR_DIMS];
    const void *bytes; /**< may stand at any address: read it by memcpy or rn_safetensor_to_real */
    size_t size;       /**< in bytes: the product of the shape times rn_dtype_size */
} rn_safetensor;

/** A file in memory. Free with rn_safetensors_free; a zeroed one may be freed too. */
typedef struct rn_safetensors {
    rn_safetensor *tensor; /**< in the order of their data */
    size_t count;
    const cJSON *metadata; /**< object of strings, part of `header`; NULL when the file has none */
    const rn_safetensor **sorted; /**< by name */
    cJSON *header;
    char *bytes;
} rn_safetensors;

/** Reads a whole file and checks all of it: offsets that leave the data, overlap or have holes,
 * sizes that do not fit the shape, names given twice and other types than those above fail. */
rn_status rn_safetensors_load(rn_safetensors *file, const char *path, rn_err *err);

/** NULL when there is none of that name. */
const rn_safetensor *rn_safetensors_find(const rn_safetensors *file, const char *name);

/** Text from the metadata, or NULL. */
const char *rn_safetensors_text(const rn_safetensors *file, const char *key);

void rn_safetensors_free(rn_safetensors *file);

/** Number of elements of a tensor. */
size_t rn_safetensor_count(const rn_safetensor *tensor);

/** Converts F64, F32, F16 or BF16 into out[0 .. count-1]; false (and nothing written) for others.
 */
bool rn_safetensor_to_real(rn_float *out, const rn_safetensor *tensor);

/** Writes one tensor's `size` bytes to a file with rn_file_write, in pieces of any size. */
typedef void rn_safetensor_write(rn_file *out, const rn_safetensor *tensor, void *context);

/** Saves through a temporary file (base/file.h). The data go from `bytes` to the file without a
 * copy; tensors with larger elements come first, so that each is aligned. Names must be unique and
 * sizes fit shapes (checked); `metadata` is an object of strings or NULL. */
rn_status rn_safetensors_save(const char *path, const rn_safetensor *list, size_t count,
                              const cJSON *metadata, rn_err *err);

/** The same, where `write` produces the data of each tensor (a pointer into `list`) in its turn;
 * `bytes` is not looked at. */
rn_status rn_safetensors_stream(const char *path, const rn_safetensor *list, size_t count,
                                const cJSON *metadata, rn_safetensor_write *write, void *context,
                                rn_err *err);

#endif
