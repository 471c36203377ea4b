/* apart.c - numbers such as -999, far from all others of their column: they may mean that there is no value. */
#include "data/apart.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"
#include "data/column_view.h"
#include "data/quote.h"

/* -1, or digits that are all 9: two or more, or one with a sign. */
static bool may_be_mark(double value)
{
    double nines = 9.0;
    if (value == -1.0 || value == -9.0) return true;
    while (nines < fabs(value)) nines = 10.0 * nines + 9.0;
    return nines == fabs(value) && nines >= 99.0;
}

size_t clmlp_count_apart(const clmlp_dataset *dataset, size_t c, double value)
{
    enum { OTHERS = 3, ROWS = 2 };
    double seen[OTHERS] = {0.0}, least = (double)INFINITY, most = -(double)INFINITY;
    size_t count = 0, others = 0;
    if (!may_be_mark(value)) return 0;
    for (size_t i = 0; i < dataset->m; i++) {
        const double x = clmlp_view_number(dataset, c, i);
        if (isnan(x)) continue;
        if (x == value) {
            count++;
            continue;
        }
        least = x < least ? x : least;
        most = x > most ? x : most;
        size_t k = 0;
        while (k < others && seen[k] != x) k++;
        if (k == others && others < OTHERS) seen[others++] = x;
    }
    const double gap = value < least ? least - value : value - most;
    const bool enough = count >= ROWS && 100.0 * (double)count >= (double)dataset->m && others == OTHERS;
    if (!enough || !(gap > most - least)) return 0;
    return fabs(value) < 99.0 && !(least > 0.0) ? 0 : count;
}

/* Least and most [columns] of the numbers, row by row, as they lie in memory. */
static void find_range(const clmlp_dataset *dataset, size_t columns, double *least, double *most)
{
    for (size_t c = 0; c < columns; c++) {
        least[c] = (double)INFINITY;
        most[c] = -(double)INFINITY;
    }
    const bool plain = dataset->encoded == NULL && dataset->storage == CLMLP_STORE_F64;
    for (size_t i = 0; i < dataset->m; i++) {
        const double *const row = plain ? (const double *)dataset->x + i * columns : NULL;
        for (size_t c = 0; c < columns; c++) {
            if (!plain && clmlp_view_kind(dataset, c) != CLMLP_COLUMN_NUMERIC) continue;
            const double x = plain ? row[c] : clmlp_view_number(dataset, c, i);
            least[c] = x < least[c] ? x : least[c];
            most[c] = x > most[c] ? x : most[c];
        }
    }
}

static clmlp_status note(clmlp_dataset *dataset, const char *path, bool text, size_t c, double value,
                         clmlp_error *error)
{
    const clmlp_marks marks = clmlp_columns_marks(dataset->columns);
    const size_t count = clmlp_count_apart(dataset, c, value);
    const char *const name = clmlp_view_name(dataset, c);
    const char *const number_of_it = name == NULL && dataset->columns != NULL ? dataset->columns->names[c] : NULL;
    char number[32], quoted[CLMLP_QUOTE_LENGTH];
    clmlp_text advice = {0};
    if (count == 0) return CLMLP_OK;
    const char *const more[] = {clmlp_format_double(number, value, 17)};
    if (number_of_it != NULL) (void)snprintf(quoted, sizeof quoted, "%.20s", number_of_it);
    else (void)snprintf(quoted, sizeof quoted, "%zu", c + 1);
    if (name != NULL) (void)clmlp_quote(quoted, name, strlen(name));
    clmlp_status status = clmlp_text_append(&advice, error, "%s",
                                            text ? "" : "put another one in its place, or leave these rows out");
    if (status == CLMLP_OK && text) status = clmlp_marks_option(&advice, &marks, more, 1, error);
    if (status == CLMLP_OK) {
        status = clmlp_notes_add(&dataset->notes, error,
                                 "%s: column %s: %s stands in %zu of %zu rows, far from all other values; if it means "
                                 "that there is no value: %s", path, quoted, number, count, dataset->m, advice.data);
    }
    free(advice.data);
    return status;
}

clmlp_status clmlp_note_apart(clmlp_dataset *dataset, const char *path, bool text, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    double *least = NULL, *most = NULL;
    const size_t columns = clmlp_view_columns(dataset);
    TRY_CLEANUP(clmlp_allocate(&least, columns, sizeof *least, "a list of columns", error));
    TRY_CLEANUP(clmlp_allocate(&most, columns, sizeof *most, "a list of columns", error));
    find_range(dataset, columns, least, most);
    for (size_t c = 0; c < columns; c++) {
        if (!(least[c] < most[c])) continue;
        TRY_CLEANUP(note(dataset, path, text, c, least[c], error));
        TRY_CLEANUP(note(dataset, path, text, c, most[c], error));
    }
cleanup:
    free(most);
    free(least);
    return status;
}
