/* array_elements.h - single elements of IDX and NPY files: their bytes as numbers, and which cannot be kept. */
#ifndef CLMLP_DATA_ARRAY_ELEMENTS_H
#define CLMLP_DATA_ARRAY_ELEMENTS_H

#include "data/dataset.h"

/* X(name, text, bytes, storage): element types and what they are kept as (without loss, except that
 * 64-bit integers beyond 2^53 are errors). */
#define CLMLP_ELEMENT_LIST(X)        \
    X(BOOL, "bool", 1, U8)           \
    X(U8, "uint8", 1, U8)            \
    X(I8, "int8", 1, F32)            \
    X(I16, "int16", 2, F32)          \
    X(U16, "uint16", 2, F32)         \
    X(I32, "int32", 4, F64)          \
    X(U32, "uint32", 4, F64)         \
    X(I64, "int64", 8, F64)          \
    X(U64, "uint64", 8, F64)         \
    X(F32, "float32", 4, F32)        \
    X(F64, "float64", 8, F64)

typedef enum clmlp_element {
#define CLMLP_ELEMENT_ENUM(name, text, bytes, storage) CLMLP_ELEMENT_##name,
    CLMLP_ELEMENT_LIST(CLMLP_ELEMENT_ENUM)
#undef CLMLP_ELEMENT_ENUM
    CLMLP_ELEMENT_COUNT
} clmlp_element;

enum { CLMLP_ARRAY_RANK = 8 };

typedef struct clmlp_array_header {
    clmlp_element element;
    bool big_endian;
    bool idx; /* IDX, the format of images */
    size_t rank;
    size_t shape[CLMLP_ARRAY_RANK]; /* row-major; the first dimension counts the examples */
} clmlp_array_header;

typedef struct clmlp_element_type {
    const char *name;
    size_t bytes;
    clmlp_storage storage;
} clmlp_element_type;
const clmlp_element_type *clmlp_element_type_of(clmlp_element element);

/* `count` elements into `to`, in the storage of their type. */
void clmlp_elements_decode(void *to, const unsigned char *from, size_t count, const clmlp_array_header *header);

/* Whether all that was decoded into `to` is surely finite and, of integers, exact. */
bool clmlp_elements_are_good(const void *to, size_t count, const clmlp_array_header *header);

/* Whether the value at p cannot be kept: it is not finite, or an integer that a double would round. text: that value;
 * of an integer always. */
bool clmlp_element_is_bad(const unsigned char *p, const clmlp_array_header *header, char text[32]);

bool clmlp_element_is_nan(const unsigned char *p, const clmlp_array_header *header);

#endif
