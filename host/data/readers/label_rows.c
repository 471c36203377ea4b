/* label_rows.c - targets that are rows of 0 and 1: one-hot rows of a labels file, and lists of several labels. */
#include "data/readers/label_rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "data/quote.h"

bool clmlp_is_one_hot(const clmlp_dataset *rows, char *const *names)
{
    if (names == NULL) return false;
    for (size_t k = 0; k < rows->n; k++) {
        if (names[k][0] == '\0') return false;
        for (size_t other = 0; other < k; other++) {
            if (strcmp(names[k], names[other]) == 0) return false;
        }
    }
    for (size_t i = 0; i < rows->m; i++) {
        size_t ones = 0;
        for (size_t k = 0; k < rows->n; k++) {
            const double value = clmlp_dataset_feature(rows, i, k);
            if (value != 0.0 && value != 1.0) return false;
            ones += value == 1.0;
        }
        if (ones != 1) return false;
    }
    return true;
}

clmlp_status clmlp_take_one_hot(clmlp_dataset *dataset, const clmlp_dataset *rows, const clmlp_table *table,
                                const clmlp_load_options *options, clmlp_error *error)
{
    const char *const *known = options->class_names;
    clmlp_status status = CLMLP_OK;
    uint32_t *map = NULL;
    TRY_CLEANUP(clmlp_allocate(&map, rows->n, sizeof *map, "a table of classes", error));
    for (size_t k = 0; k < rows->n; k++) {
        const size_t found = known == NULL ? k : clmlp_find_name(known, options->class_count, table->names[k]);
        if (known != NULL && found == options->class_count) {
            char quoted[CLMLP_QUOTE_LENGTH], list[CLMLP_QUOTE_LIST_LENGTH];
            status = clmlp_fail(error, CLMLP_BAD_INPUT, "%s:%zu:1: found class %s, expected one of %s",
                                options->labels_path, table->names_line,
                                clmlp_quote(quoted, table->names[k], strlen(table->names[k])),
                                clmlp_quote_list(list, known, options->class_count));
            goto cleanup;
        }
        map[k] = (uint32_t)found;
    }
    TRY_CLEANUP(clmlp_allocate(&dataset->labels, rows->m, sizeof *dataset->labels, "labels", error));
    for (size_t i = 0; i < rows->m; i++) {
        for (size_t k = 0; k < rows->n; k++) {
            if (clmlp_dataset_feature(rows, i, k) == 1.0) dataset->labels[i] = map[k];
        }
    }
    dataset->target_kind = CLMLP_TARGET_CLASSES;
    dataset->K = known == NULL ? rows->n : options->class_count;
    TRY_CLEANUP(clmlp_duplicate_list(&dataset->class_names, known == NULL ? (const char *const *)table->names : known,
                                     dataset->K, error));
cleanup:
    free(map);
    return status;
}

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
    TRY_CLEANUP(clmlp_classes_finish(&table->classes, known, known != NULL ? count : 0, &labels, &dataset->label_names,
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
