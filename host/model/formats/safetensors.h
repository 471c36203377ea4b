/* safetensors.h - the safetensors container: named matrices of numbers, and a map of texts.
 *
 *     8 bytes     length of the header, little-endian
 *     header      JSON, UTF-8: {"__metadata__": {key: text}, name: {"dtype", "shape", "data_offsets"}}
 *     data        the tensors, little-endian, row-major, without gaps or overlaps
 *
 * Format: https://github.com/huggingface/safetensors ("Format"). What a header claims is checked against
 * the size of the file before anything is allocated for it.
 */
#ifndef CLMLP_MODEL_SAFETENSORS_H
#define CLMLP_MODEL_SAFETENSORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "base/file.h"
#include "clmlp/precision.h"

struct cJSON;

/* Types of elements that are read, X(name, bytes). Only F32 and F64 are written. */
#define CLMLP_ELEMENT_LIST(X) \
    X(F32, 4)                 \
    X(F64, 8)                 \
    X(F16, 2)                 \
    X(BF16, 2)

typedef enum clmlp_element {
#define CLMLP_ELEMENT_ENUM(name, bytes) CLMLP_ELEMENT_##name,
    CLMLP_ELEMENT_LIST(CLMLP_ELEMENT_ENUM)
#undef CLMLP_ELEMENT_ENUM
    CLMLP_ELEMENT_COUNT
} clmlp_element;

/* A tensor of an open file. */
typedef struct clmlp_stored_tensor {
    const char *name; /* owned by the file */
    clmlp_element element;
    size_t rank;
    size_t shape[2];     /* the first two; 1 from `rank` on */
    size_t count;        /* elements, all dimensions multiplied */
    uint64_t begin, end; /* bytes within the data */
} clmlp_stored_tensor;

/* A file open for reading. */
typedef struct clmlp_safetensors {
    const char *path; /* borrowed */
    FILE *stream;
    struct cJSON *header;
    clmlp_stored_tensor *tensors; /* [count], in the order of their data */
    size_t count;
    uint64_t data_at; /* where the data begins in the file */
} clmlp_safetensors;

/* Open a file, and read and check its header. `file` is overwritten; release it with close, also after a
 * failure. Errors: CLMLP_IO, CLMLP_BAD_INPUT, CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_safetensors_open(clmlp_safetensors *file, const char *path, clmlp_error *error);
void clmlp_safetensors_close(clmlp_safetensors *file);

/* The same for metadata that came elsewhere: `texts`, an object of texts, which belongs to `file` from then on, also
 * after a failure. Its tensors are only counted: `count`, which take `data_size` bytes. */
clmlp_status clmlp_safetensors_of_texts(clmlp_safetensors *file, const char *path, struct cJSON *texts, size_t count,
                                        uint64_t data_size, clmlp_error *error);

/* The text under a key of __metadata__; NULL: there is none. Owned by the file. */
const char *clmlp_safetensors_metadata(const clmlp_safetensors *file, const char *key);

/* The elements of a tensor, in order: element e goes to out[(e / columns) * stride + e % columns]. */
clmlp_status clmlp_safetensors_read(const clmlp_safetensors *file, const clmlp_stored_tensor *tensor,
                                    size_t columns, size_t stride, double *out, clmlp_error *error);

/* A tensor to write, its elements [rows x columns] at values[row * stride + column]. */
typedef struct clmlp_tensor_source {
    const char *name;
    size_t rank; /* 1: shape [rows], columns is 1; 2: shape [rows x columns] */
    size_t rows, columns, stride;
    const double *values;
    bool wide; /* in F64, whatever the precision of the file */
} clmlp_tensor_source;

/* Write a file: beside its name, flushed, renamed. Metadata is an object of texts, borrowed.
 * Errors: CLMLP_IO, CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_safetensors_write(const char *path, const struct cJSON *metadata,
                                     const clmlp_tensor_source *tensors, size_t count, clmlp_precision precision,
                                     clmlp_error *error);

/* The same into a file that is open; it is closed whatever happens. */
clmlp_status clmlp_safetensors_write_in(clmlp_output_file *file, const struct cJSON *metadata,
                                        const clmlp_tensor_source *tensors, size_t count, clmlp_precision precision,
                                        clmlp_error *error);

#endif
