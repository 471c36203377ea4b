/* sparse.h - features that are mostly 0, kept as the others alone (compressed sparse rows): rows become dense on the
 * way to the device. */
#ifndef CLMLP_DATA_SPARSE_H
#define CLMLP_DATA_SPARSE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Zero-initialise one that grows; release with clmlp_sparse_destroy. */
typedef struct clmlp_sparse {
    size_t m;          /* rows */
    size_t *starts;    /* [m + 1] row i is [starts[i], starts[i + 1]) of the next two; NULL: no row was added */
    uint32_t *columns; /* ascending in each row, from 0 */
    double *values;    /* beside them; -0 is kept, 0 is not */
    size_t count;      /* of the row that is being added, too */
    size_t start_capacity, column_capacity, value_capacity;
} clmlp_sparse;

/* One more number of the row that is being added, and the end of that row. Errors: CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_sparse_add(clmlp_sparse *sparse, uint32_t column, double value, clmlp_error *error);
clmlp_status clmlp_sparse_end_row(clmlp_sparse *sparse, clmlp_error *error);

/* The rows of a part behind those that are there. Errors: CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_sparse_append(clmlp_sparse *sparse, const clmlp_sparse *part, clmlp_error *error);

void clmlp_sparse_destroy(clmlp_sparse *sparse); /* NULL is fine */

/* Features [first, first + count) of row i. */
void clmlp_sparse_load(const clmlp_sparse *sparse, size_t i, size_t first, size_t count, double *to);

/* The rows `rows` [m], in that order. Errors: CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_sparse_select(clmlp_sparse **out, const clmlp_sparse *sparse, const uint32_t *rows, size_t m,
                                 clmlp_error *error);

/* Row i becomes row r <= i, for r = 0, 1, ...; then there are the first m rows alone. */
void clmlp_sparse_move(clmlp_sparse *sparse, size_t r, size_t i);
void clmlp_sparse_cut(clmlp_sparse *sparse, size_t m);

#endif
