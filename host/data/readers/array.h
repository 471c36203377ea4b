/* array.h - what IDX and NPY files have in common: typed elements of a dense array of known shape. */
#ifndef CLMLP_DATA_ARRAY_H
#define CLMLP_DATA_ARRAY_H

#include "data/readers/table.h"

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

/* The columns of a table whose x is filled become targets and features as the request says; `shape` is for messages. */
clmlp_status clmlp_array_take_columns(clmlp_table *table, const char *path, size_t rank, const char *shape,
                                      const clmlp_table_request *request, clmlp_error *error);

/* The columns [*count] of n that request->target means: one number, or a list. strict: all of a list have to be there;
 * what is no such number gives none, and is counted in *absent, which may be NULL. */
clmlp_status clmlp_array_list_targets(const char *path, const clmlp_table_request *request, size_t n, bool strict,
                                      size_t *columns, size_t *count, size_t *absent, clmlp_error *error);

/* Read the elements, which start at the input's position, and make the table: the first dimension are its
 * rows, the others its columns; a target column is taken out as the request says. Memory grows with what
 * is really there, not with what the header claims. */
clmlp_status clmlp_array_read(clmlp_table *table, clmlp_input *input, const clmlp_array_header *header,
                              const clmlp_table_request *request, clmlp_error *error);

#endif
