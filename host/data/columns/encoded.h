/* encoded.h - columns of a data set as they are kept, numbers and codes, and as features, which are made row by row on
 * the way to the device: one-hot rows never lie in host memory. */
#ifndef CLMLP_DATA_ENCODED_H
#define CLMLP_DATA_ENCODED_H

#include "data/columns/columns.h"

typedef struct clmlp_encoded_column {
    const clmlp_encoder *encoder; /* of the data set's columns */
    size_t first;                 /* feature */
    size_t number;                /* numeric, boolean, date: which of the row's numbers */
    void *codes;                  /* [m], categorical, else NULL: owned */
    size_t code_size;
    uint32_t *map;                /* level of each code: owned */
} clmlp_encoded_column;

typedef struct clmlp_encoded {
    size_t count, width;  /* columns, features */
    size_t stride;        /* numbers in a row */
    double *numbers;      /* [m x stride] */
    clmlp_encoded_column *columns; /* [count] */
    uint32_t *column_of;  /* [width] */
    bool fitted;          /* the encoders were fitted to these rows, not taken from a model */
    bool refuse_unseen;   /* as the reader was told */
} clmlp_encoded;

/* *out = the columns raw [count], as read, with the encoders of `columns`, which stay with the caller and have to
 * outlive it. On success `numbers` [m x stride] and all codes belong to *out: raw[j].codes must come from malloc, and
 * raw[j].numbers point into the first row of numbers. Errors: CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_encoded_create(clmlp_encoded **out, const clmlp_columns *columns, const clmlp_raw_column *raw,
                                  double *numbers, size_t stride, clmlp_error *error);
void clmlp_encoded_destroy(clmlp_encoded *encoded); /* NULL is fine */

/* Features [first, first + count) of row i. */
void clmlp_encoded_load(const clmlp_encoded *encoded, size_t i, size_t first, size_t count, double *to);

/* What column c has in row i, as it was read: a number (NaN: missing), or a level of its encoder (level_count or
 * CLMLP_LEVEL_UNSEEN: missing or unknown). */
double clmlp_encoded_number(const clmlp_encoded *encoded, size_t c, size_t i);
uint32_t clmlp_encoded_level(const clmlp_encoded *encoded, size_t c, size_t i);

/* Whether scaling applies to feature j. */
bool clmlp_encoded_scales(const clmlp_encoded *encoded, size_t j);

#endif
