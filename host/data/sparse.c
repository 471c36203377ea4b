/* sparse.c - features that are mostly 0: rows that grow, are picked, and become dense. */
#include "data/sparse.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

clmlp_status clmlp_sparse_add(clmlp_sparse *sparse, uint32_t column, double value, clmlp_error *error)
{
    const size_t wanted = sparse->count + 1;
    if (value == 0.0 && !signbit(value)) return CLMLP_OK;
    TRY(clmlp_grow(&sparse->columns, &sparse->column_capacity, wanted, sizeof *sparse->columns, "the data", error));
    TRY(clmlp_grow(&sparse->values, &sparse->value_capacity, wanted, sizeof *sparse->values, "the data", error));
    sparse->columns[sparse->count] = column;
    sparse->values[sparse->count++] = value;
    return CLMLP_OK;
}

clmlp_status clmlp_sparse_end_row(clmlp_sparse *sparse, clmlp_error *error)
{
    TRY(clmlp_grow(&sparse->starts, &sparse->start_capacity, sparse->m + 2, sizeof *sparse->starts, "the data",
                   error));
    if (sparse->m == 0) sparse->starts[0] = 0;
    sparse->starts[++sparse->m] = sparse->count;
    return CLMLP_OK;
}

clmlp_status clmlp_sparse_append(clmlp_sparse *sparse, const clmlp_sparse *part, clmlp_error *error)
{
    const size_t count = sparse->count + part->count;
    if (part->m == 0) return CLMLP_OK;
    TRY(clmlp_grow(&sparse->starts, &sparse->start_capacity, sparse->m + part->m + 1, sizeof *sparse->starts,
                   "the data", error));
    if (sparse->m == 0) sparse->starts[0] = 0;
    for (size_t i = 1; i <= part->m; i++) sparse->starts[sparse->m + i] = sparse->count + part->starts[i];
    sparse->m += part->m;
    if (part->count == 0) return CLMLP_OK; /* there may be no arrays */
    TRY(clmlp_grow(&sparse->columns, &sparse->column_capacity, count, sizeof *sparse->columns, "the data", error));
    TRY(clmlp_grow(&sparse->values, &sparse->value_capacity, count, sizeof *sparse->values, "the data", error));
    memcpy(sparse->columns + sparse->count, part->columns, part->count * sizeof *sparse->columns);
    memcpy(sparse->values + sparse->count, part->values, part->count * sizeof *sparse->values);
    sparse->count = count;
    return CLMLP_OK;
}

void clmlp_sparse_destroy(clmlp_sparse *sparse)
{
    if (sparse == NULL) return;
    free(sparse->starts);
    free(sparse->columns);
    free(sparse->values);
    free(sparse);
}

/* The first place of [from, end) whose column is not below `column`; end: there is none. */
static size_t find(const clmlp_sparse *sparse, size_t from, size_t end, size_t column)
{
    while (from < end) {
        const size_t middle = from + (end - from) / 2;
        if (sparse->columns[middle] < column) from = middle + 1;
        else end = middle;
    }
    return from;
}

void clmlp_sparse_load(const clmlp_sparse *sparse, size_t i, size_t first, size_t count, double *to)
{
    const size_t end = sparse->starts[i + 1];
    for (size_t j = 0; j < count; j++) to[j] = 0.0;
    for (size_t at = find(sparse, sparse->starts[i], end, first); at < end; at++) {
        if (sparse->columns[at] - first >= count) return;
        to[sparse->columns[at] - first] = sparse->values[at];
    }
}

clmlp_status clmlp_sparse_select(clmlp_sparse **out, const clmlp_sparse *sparse, const uint32_t *rows, size_t m,
                                 clmlp_error *error)
{
    clmlp_sparse *part = NULL;
    clmlp_status status = CLMLP_OK;
    size_t count = 0;
    for (size_t r = 0; r < m; r++) count += sparse->starts[rows[r] + 1] - sparse->starts[rows[r]];
    TRY(clmlp_allocate(&part, 1, sizeof *part, "the data", error));
    TRY_CLEANUP(clmlp_allocate(&part->starts, m + 1, sizeof *part->starts, "the data", error));
    TRY_CLEANUP(clmlp_allocate(&part->columns, count, sizeof *part->columns, "the data", error));
    TRY_CLEANUP(clmlp_allocate(&part->values, count, sizeof *part->values, "the data", error));
    part->start_capacity = m + 1;
    part->column_capacity = part->value_capacity = count;
    for (size_t r = 0; r < m; r++) {
        const size_t start = sparse->starts[rows[r]], length = sparse->starts[rows[r] + 1] - start;
        if (length > 0) { /* an empty row may stand before any number is there */
            memcpy(part->columns + part->count, sparse->columns + start, length * sizeof *part->columns);
            memcpy(part->values + part->count, sparse->values + start, length * sizeof *part->values);
        }
        part->count += length;
        part->starts[++part->m] = part->count;
    }
    *out = part;
    part = NULL;
cleanup:
    clmlp_sparse_destroy(part);
    return status;
}

void clmlp_sparse_move(clmlp_sparse *sparse, size_t r, size_t i)
{
    const size_t from = sparse->starts[i], length = sparse->starts[i + 1] - from, to = sparse->starts[r];
    if (length > 0) {
        memmove(sparse->columns + to, sparse->columns + from, length * sizeof *sparse->columns);
        memmove(sparse->values + to, sparse->values + from, length * sizeof *sparse->values);
    }
    sparse->starts[r + 1] = to + length;
}

void clmlp_sparse_cut(clmlp_sparse *sparse, size_t m)
{
    sparse->m = m;
    sparse->count = sparse->starts[m];
}
