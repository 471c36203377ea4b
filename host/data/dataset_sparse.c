/* dataset_sparse.c - sparse data sets from memory, checked, and what is known of sparse ones. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/argument.h"
#include "base/memory.h"
#include "data/dataset.h"

static clmlp_status check_row(size_t i, size_t n, size_t count, const uint32_t *columns, const double *values,
                              clmlp_error *error)
{
    for (size_t at = 0; at < count; at++) {
        if (columns[at] >= n) {
            return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "row %zu: found column %" PRIu32 ", expected less than %zu",
                              i + 1, columns[at], n);
        }
        if (at > 0 && columns[at] <= columns[at - 1]) {
            return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "row %zu: found column %" PRIu32 " after %" PRIu32
                              ", expected ascending columns", i + 1, columns[at], columns[at - 1]);
        }
        if (isfinite(values[at])) continue;
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "row %zu, column %" PRIu32 ": found %g, expected a finite number",
                          i + 1, columns[at], values[at]);
    }
    return CLMLP_OK;
}

static clmlp_status copy_rows(clmlp_sparse *sparse, size_t m, size_t n, const size_t *starts, const uint32_t *columns,
                              const double *values, clmlp_error *error)
{
    if (starts[0] != 0) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "argument 'starts': found %zu in front, expected 0", starts[0]);
    }
    for (size_t i = 0; i < m; i++) {
        const size_t start = starts[i], end = starts[i + 1];
        if (end < start) {
            return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "argument 'starts', row %zu: found %zu after %zu", i + 1, end,
                              start);
        }
        if (end > start) TRY(check_row(i, n, end - start, columns + start, values + start, error));
        for (size_t at = start; at < end; at++) TRY(clmlp_sparse_add(sparse, columns[at], values[at], error));
        TRY(clmlp_sparse_end_row(sparse, error));
    }
    return CLMLP_OK;
}

static clmlp_status create(clmlp_dataset **out, size_t m, size_t n, const size_t *starts, const uint32_t *columns,
                           const double *values, clmlp_error *error)
{
    clmlp_dataset *dataset = NULL;
    clmlp_status status = CLMLP_OK;
    REQUIRE(out != NULL, "out");
    REQUIRE(starts != NULL, "starts");
    if (m == 0 || n == 0 || m >= UINT32_MAX || n > UINT32_MAX) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "too few or too many examples or features (found m = %zu, n = "
                          "%zu)", m, n);
    }
    REQUIRE(columns != NULL || starts[m] == 0, "columns");
    REQUIRE(values != NULL || starts[m] == 0, "values");
    TRY(clmlp_allocate(&dataset, 1, sizeof *dataset, "a data set", error));
    *dataset = (clmlp_dataset){.m = m, .n = n, .storage = CLMLP_STORE_F64};
    TRY_CLEANUP(clmlp_allocate(&dataset->sparse, 1, sizeof *dataset->sparse, "the data", error));
    TRY_CLEANUP(copy_rows(dataset->sparse, m, n, starts, columns, values, error));
    *out = dataset;
    dataset = NULL;
cleanup:
    clmlp_dataset_destroy(dataset);
    return status;
}

clmlp_status clmlp_dataset_create_sparse(clmlp_dataset **out, size_t m, size_t n, const size_t *starts,
                                         const uint32_t *columns, const double *values, size_t K, const double *y,
                                         clmlp_error *error)
{
    clmlp_dataset *dataset = NULL;
    REQUIRE((y != NULL) == (K > 0), "y");
    REQUIRE(out != NULL, "out");
    TRY(create(&dataset, m, n, starts, columns, values, error));
    const clmlp_status status = K > 0 ? clmlp_dataset_copy_targets(dataset, K, y, error) : CLMLP_OK;
    if (status == CLMLP_OK) *out = dataset;
    else clmlp_dataset_destroy(dataset);
    return status;
}

clmlp_status clmlp_dataset_create_sparse_classes(clmlp_dataset **out, size_t m, size_t n, const size_t *starts,
                                                 const uint32_t *columns, const double *values, size_t class_count,
                                                 const char *const *class_names, const unsigned *labels,
                                                 clmlp_error *error)
{
    clmlp_dataset *dataset = NULL;
    REQUIRE(out != NULL, "out");
    TRY(clmlp_dataset_check_classes(m, class_count, class_names, labels, error));
    TRY(create(&dataset, m, n, starts, columns, values, error));
    const clmlp_status status = clmlp_dataset_copy_classes(dataset, class_count, class_names, labels, error);
    if (status == CLMLP_OK) *out = dataset;
    else clmlp_dataset_destroy(dataset);
    return status;
}

bool clmlp_dataset_is_sparse(const clmlp_dataset *dataset)
{
    return dataset != NULL && dataset->sparse != NULL;
}

clmlp_index_base clmlp_dataset_index_base(const clmlp_dataset *dataset)
{
    return dataset != NULL ? dataset->index_base : CLMLP_INDEX_BASE_AUTO;
}
