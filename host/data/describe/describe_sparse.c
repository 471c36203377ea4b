/* describe_sparse.c - sparse data in a description: all features at once, in time that zeros do not take. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

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

/* A slot for each column that has numbers. A file of a few bytes may claim billions of columns, so where there are more
 * columns than numbers only those with numbers have one. */
typedef struct slots {
    stored *slots;   /* [count] */
    uint32_t *names; /* [count] ascending, the column of each slot; NULL: slot j is that of column j */
    size_t count;
} slots;

static int by_number(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* On failure, too, both arrays have to be released. */
static clmlp_status make_slots(slots *s, const clmlp_dataset *dataset, clmlp_error *error)
{
    const clmlp_sparse *const sparse = dataset->sparse;
    s->count = dataset->n;
    if (dataset->n > sparse->count) {
        s->count = 0;
        TRY(clmlp_allocate(&s->names, sparse->count, sizeof *s->names, "a description", error));
        if (sparse->count > 0) {
            memcpy(s->names, sparse->columns, sparse->count * sizeof *s->names);
            qsort(s->names, sparse->count, sizeof *s->names, by_number);
        }
        for (size_t at = 0; at < sparse->count; at++) {
            if (at == 0 || s->names[at] != s->names[s->count - 1]) s->names[s->count++] = s->names[at];
        }
    }
    return clmlp_allocate(&s->slots, s->count, sizeof *s->slots, "a description", error);
}

static stored *slot_of(const slots *s, uint32_t column)
{
    if (s->names == NULL) return &s->slots[column];
    const uint32_t *const name = bsearch(&column, s->names, s->count, sizeof column, by_number);
    return &s->slots[name - s->names];
}

clmlp_status clmlp_summarize_sparse(clmlp_column_summary *all, const clmlp_dataset *dataset, clmlp_error *error)
{
    const clmlp_sparse *const sparse = dataset->sparse;
    const double numbers = (double)dataset->m * (double)dataset->n;
    slots s = {.count = 0};
    double mean = 0.0;
    clmlp_status status = CLMLP_OK;
    TRY_CLEANUP(make_slots(&s, dataset, error));
    *all = (clmlp_column_summary){.size = sizeof *all, .rows = dataset->m, .features = dataset->n,
                                  .deviation = (double)NAN, .median = (double)NAN};
    if (sparse->count > 0 && (double)sparse->count == numbers) all->least = all->most = sparse->values[0];
    for (size_t at = 0; at < sparse->count; at++) {
        const double value = sparse->values[at];
        stored *const column = slot_of(&s, sparse->columns[at]);
        if (column->count++ == 0) column->first = value;
        column->differ = column->differ || value != column->first;
        all->least = value < all->least ? value : all->least;
        all->most = value > all->most ? value : all->most;
        mean += (value - mean) / (double)(at + 1);
    }
    all->mean = mean * ((double)sparse->count / numbers);
    for (size_t j = 0; j < s.count; j++) {
        const bool zeros = s.slots[j].count > 0 && s.slots[j].count < dataset->m && s.slots[j].first != 0.0;
        all->distinct += s.slots[j].differ || zeros;
    }
cleanup:
    free(s.slots);
    free(s.names);
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
