/* identifiers.c - features that tell the rows apart and nothing else. */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "data/quote.h"
#include "data/readers/table.h"

/* Fewer rows may differ by chance. */
enum { ROWS = 20 };

double clmlp_table_feature(const clmlp_table *table, size_t i, size_t j)
{
    if (table->cells != NULL) {
        const clmlp_cells *const cells = &table->cells[j];
        return cells->state == CLMLP_CELLS_NUMBERS ? cells->numbers[i] : (double)NAN;
    }
    const clmlp_dataset view = {.m = table->m, .n = table->n, .storage = table->storage, .x = table->x};
    return clmlp_dataset_feature(&view, i, j);
}

/* Nearly all features are told from identifiers by their first rows. */
static bool may_be_identifier(const clmlp_table *table, size_t j)
{
    for (size_t i = 0; i < ROWS; i++) {
        const double value = clmlp_table_feature(table, i, j);
        if (value != floor(value)) return false;
        for (size_t earlier = 0; earlier < i; earlier++) {
            if (clmlp_table_feature(table, earlier, j) == value) return false;
        }
    }
    return true;
}

static int compare_numbers(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Whether values [m], which are sorted then, all differ. Most that do not show it in their first part. */
static bool are_distinct(double *values, size_t m)
{
    size_t count = ROWS;
    do {
        count = count < m / 8 ? 8 * count : m;
        qsort(values, count, sizeof *values, compare_numbers);
        for (size_t i = 1; i < count; i++) {
            if (values[i - 1] == values[i]) return false;
        }
    } while (count < m);
    return true;
}

/* Whether values [m], whose order may change, are integers and all differ. */
static bool are_distinct_integers(double *values, size_t m)
{
    bool ascending = true;
    for (size_t i = 0; i < m; i++) {
        if (values[i] != floor(values[i])) return false;
        ascending = ascending && (i == 0 || values[i - 1] < values[i]);
    }
    return ascending || are_distinct(values, m);
}

static clmlp_status add_note(clmlp_table *table, const char *path, size_t j, const char *what, clmlp_error *error)
{
    char quoted[CLMLP_QUOTE_LENGTH], number[32];
    const char *const name = table->named != NULL ? table->named->names[j] : NULL;
    (void)snprintf(number, sizeof number, "%zu", table->source[j] + 1);
    (void)clmlp_quote(quoted, name != NULL ? name : number, strlen(name != NULL ? name : number));
    /* --ignore takes lists and ranges of numbers, so such names go by their number */
    const bool by_name = name != NULL && name[strcspn(name, ",0123456789")] == '\0';
    return clmlp_notes_add(&table->notes, error,
                           "%s: column %s holds another %s in each row; if it only names the rows, leave it out "
                           "with --ignore %s",
                           path, name != NULL ? quoted : number, what, by_name ? quoted : number);
}

clmlp_status clmlp_note_identifiers(clmlp_table *table, const char *path, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    double *values = NULL;
    if (table->m < ROWS || table->n < 2 || table->storage == CLMLP_STORE_U8) return CLMLP_OK;
    for (size_t j = 0; j < table->n; j++) {
        const clmlp_cells *const cells = table->cells != NULL ? &table->cells[j] : NULL;
        if (cells != NULL && cells->state == CLMLP_CELLS_TEXTS && cells->dictionary.count == table->m) {
            TRY_CLEANUP(add_note(table, path, j, "text", error));
        }
        if (!may_be_identifier(table, j)) continue;
        if (values == NULL) TRY_CLEANUP(clmlp_allocate(&values, table->m, sizeof *values, "a column", error));
        for (size_t i = 0; i < table->m; i++) values[i] = clmlp_table_feature(table, i, j);
        if (are_distinct_integers(values, table->m)) TRY_CLEANUP(add_note(table, path, j, "integer", error));
    }
cleanup:
    free(values);
    return status;
}
