/* label_rows.c - lists of several labels as rows of 0 and 1. */
#include "data/readers/label_rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "data/quote.h"

/* y [m x K]: 1 for each label of a row; labels has those of all rows, one after the other. */
static clmlp_status fill_rows(clmlp_dataset *dataset, const uint32_t *labels, const uint32_t *counts,
                              clmlp_error *error)
{
    size_t count = 0;
    if (!clmlp_multiply(dataset->m, dataset->K, &count)) {
        return clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "too many targets");
    }
    TRY(clmlp_allocate(&dataset->y, count, sizeof *dataset->y, "targets", error));
    for (size_t i = 0; i < dataset->m; i++) {
        for (uint32_t c = 0; c < counts[i]; c++) dataset->y[i * dataset->K + *labels++] = 1.0;
    }
    return CLMLP_OK;
}

clmlp_status clmlp_take_label_lists(clmlp_dataset *dataset, clmlp_table *table, const char *const *known, size_t count,
                                    clmlp_error *error)
{
    uint32_t *labels = NULL;
    clmlp_status status = CLMLP_OK;
    TRY_CLEANUP(clmlp_classes_finish(&table->classes, known, known != NULL ? count : 0, &labels, &dataset->output_names,
                                     &dataset->K, &dataset->notes, error));
    if (table->classes.missing.count > 0) {
        status = clmlp_fail(error, CLMLP_BAD_INPUT, "%s:%zu:%zu: found a missing value, expected labels",
                            table->classes.path, table->classes.missing.line, table->classes.missing.column);
        goto cleanup;
    }
    dataset->target_kind = CLMLP_TARGET_VALUES;
    TRY_CLEANUP(fill_rows(dataset, labels, table->label_counts, error));
cleanup:
    free(labels);
    return status;
}
