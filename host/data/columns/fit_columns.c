/* fit_columns.c - columns of a table that is nothing but numbers, with what a model has to keep of them. */
#include <stdlib.h>

#include "base/memory.h"
#include "data/dataset.h"
#include "data/select.h"

/* The medians of all features. */
static clmlp_status fit(clmlp_columns *columns, const clmlp_dataset *dataset, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    double *values = NULL;
    size_t size = 0;
    if (!clmlp_multiply(dataset->m, CLMLP_COLUMNS_AT_ONCE, &size)) {
        return clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "too much data");
    }
    TRY_CLEANUP(clmlp_allocate(&values, size, sizeof *values, "the medians of columns", error));
    for (size_t first = 0; first < columns->count; first += CLMLP_COLUMNS_AT_ONCE) {
        const size_t left = columns->count - first, count = left < CLMLP_COLUMNS_AT_ONCE ? left : CLMLP_COLUMNS_AT_ONCE;
        clmlp_dataset_columns_of(dataset, first, count, values);
        for (size_t j = 0; j < count; j++) {
            clmlp_encoder **const encoder = &columns->encoders[first + j];
            TRY_CLEANUP(clmlp_encoder_create(encoder, columns->names[first + j], CLMLP_COLUMN_NUMERIC, error));
            (*encoder)->fill[0] = clmlp_median(values + j * dataset->m, dataset->m);
        }
    }
cleanup:
    free(values);
    return status;
}

clmlp_status clmlp_dataset_fit_columns(clmlp_columns **out, const clmlp_dataset *dataset, clmlp_error *error)
{
    clmlp_columns *columns = NULL;
    clmlp_status status = CLMLP_OK;
    TRY(clmlp_columns_copy(&columns, dataset->columns, error));
    if (columns != NULL && columns->encoders == NULL) {
        TRY_CLEANUP(clmlp_allocate(&columns->encoders, columns->count, sizeof(clmlp_encoder *), "a list of columns",
                                   error));
        TRY_CLEANUP(fit(columns, dataset, error));
    }
    *out = columns;
    columns = NULL;
cleanup:
    clmlp_columns_destroy(columns);
    return status;
}
