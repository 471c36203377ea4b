/* describe_sparse.c - sparse data in a description: all features at once, in time that zeros do not take. */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/text.h"
#include "data/describe/describe.h"

bool clmlp_lists_columns(const clmlp_dataset *dataset)
{
    static const size_t COLUMNS = 1000, NUMBERS = (size_t)1 << 24; /* with their zeros: seconds */
    return dataset->sparse == NULL || (dataset->n <= COLUMNS && dataset->m <= NUMBERS / dataset->n);
}

/* What is stored of a column. */
typedef struct stored {
    double first;
    uint32_t count;
    bool differ;
} stored;

static int by_number(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* The columns that have something stored, in order, so that an index far out takes no memory by itself. */
static clmlp_status list_columns(uint32_t **columns, size_t *count, const clmlp_sparse *sparse, clmlp_error *error)
{
    TRY(clmlp_allocate(columns, sparse->count, sizeof **columns, "a description", error));
    for (size_t at = 0; at < sparse->count; at++) (*columns)[at] = sparse->columns[at];
    qsort(*columns, sparse->count, sizeof **columns, by_number);
    *count = 0;
    for (size_t at = 0; at < sparse->count; at++) {
        if (*count == 0 || (*columns)[*count - 1] != (*columns)[at]) (*columns)[(*count)++] = (*columns)[at];
    }
    return CLMLP_OK;
}

clmlp_status clmlp_summarize_sparse(clmlp_column_summary *all, const clmlp_dataset *dataset, clmlp_error *error)
{
    const clmlp_sparse *const sparse = dataset->sparse;
    const double numbers = (double)dataset->m * (double)dataset->n;
    clmlp_status status = CLMLP_OK;
    stored *columns = NULL;
    uint32_t *listed = NULL;
    size_t width = dataset->n;
    double mean = 0.0;
    if (dataset->n > sparse->count) TRY_CLEANUP(list_columns(&listed, &width, sparse, error));
    TRY_CLEANUP(clmlp_allocate(&columns, width, sizeof *columns, "a description", error));
    *all = (clmlp_column_summary){.size = sizeof *all, .rows = dataset->m, .features = dataset->n,
                                  .deviation = (double)NAN, .median = (double)NAN};
    if (sparse->count > 0 && (double)sparse->count == numbers) all->least = all->most = sparse->values[0];
    for (size_t at = 0; at < sparse->count; at++) {
        const double value = sparse->values[at];
        size_t j = sparse->columns[at];
        if (listed != NULL) {
            const uint32_t *const found = bsearch(&sparse->columns[at], listed, width, sizeof *listed, by_number);
            j = found != NULL ? (size_t)(found - listed) : 0; /* each is in the list */
        }
        stored *const column = &columns[j];
        if (column->count++ == 0) column->first = value;
        column->differ = column->differ || value != column->first;
        all->least = value < all->least ? value : all->least;
        all->most = value > all->most ? value : all->most;
        mean += (value - mean) / (double)(at + 1);
    }
    all->mean = mean * ((double)sparse->count / numbers);
    for (size_t j = 0; j < width; j++) {
        const bool zeros = columns[j].count > 0 && columns[j].count < dataset->m && columns[j].first != 0.0;
        all->distinct += columns[j].differ || zeros;
    }
cleanup:
    free(listed);
    free(columns);
    return status;
}

clmlp_status clmlp_find_in_sparse(clmlp_description *d, clmlp_error *error)
{
    const clmlp_dataset *const dataset = d->data.dataset;
    const clmlp_sparse *const sparse = dataset->sparse;
    char place[CLMLP_PLACE_LENGTH], number[32];
    size_t count = 0, row = 0, first = 0;
    for (size_t i = 0; i < dataset->m; i++) {
        for (size_t at = sparse->starts[i]; at < sparse->starts[i + 1]; at++) {
            if (!isinf((float)sparse->values[at]) || count++ > 0) continue;
            row = i;
            first = at;
        }
    }
    if (count == 0) return CLMLP_OK;
    return clmlp_describe_add(d, CLMLP_DATA_FINDING_BEYOND_FLOAT, count,
                              clmlp_dataset_feature_place(place, dataset, row, sparse->columns[first]),
                              "mend it, or train with --precision f64", error,
                              "%s is beyond what a float holds (%zu such value%s)",
                              clmlp_format_double(number, sparse->values[first], 9), count, count == 1 ? "" : "s");
}
