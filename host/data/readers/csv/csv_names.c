/* csv_names.c - the names of the columns of a text file: in messages, and for features, which all need another. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "data/quote.h"
#include "data/readers/csv/csv.h"

char *clmlp_csv_column(char out[CLMLP_CSV_COLUMN_LENGTH], const clmlp_csv_layout *layout, size_t j)
{
    char quoted[CLMLP_QUOTE_LENGTH];
    if (layout->has_header && layout->cells[j].field.length > 0) {
        const clmlp_field *name = &layout->cells[j].field;
        (void)snprintf(out, CLMLP_CSV_COLUMN_LENGTH, "column %s", clmlp_quote(quoted, name->text, name->length));
    } else {
        (void)snprintf(out, CLMLP_CSV_COLUMN_LENGTH, "column %zu", j + 1);
    }
    return out;
}

char *clmlp_csv_option(char out[CLMLP_CSV_COLUMN_LENGTH], const clmlp_csv_layout *layout, size_t j)
{
    const clmlp_field *const name = &layout->cells[j].field;
    const bool fits = layout->has_header && name->length > 0 && name->length <= 40 && /* else it would be cut */
                      strpbrk(name->text, ",'\"") == NULL && name->text[strspn(name->text, "0123456789-")] != '\0';
    if (fits) return clmlp_quote(out, name->text, name->length);
    (void)snprintf(out, CLMLP_CSV_COLUMN_LENGTH, "%zu", j + 1);
    return out;
}

clmlp_status clmlp_csv_fail_in(const clmlp_csv_layout *layout, const char *path, size_t j, const char *what,
                               clmlp_error *error)
{
    char name[CLMLP_CSV_COLUMN_LENGTH];
    const clmlp_field *const field = &layout->cells[j].field;
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s:%zu:%zu: %s %s", path, field->line, field->column,
                      clmlp_csv_column(name, layout, j), what);
}

/* Columns of training data are known by name from now on: all of them need one, and the target is one of them. */
static clmlp_status check_names(const clmlp_csv_layout *layout, const char *path, const char *const *names,
                                const size_t *source, size_t count, bool *empty, clmlp_error *error)
{
    char what[CLMLP_QUOTE_LENGTH + 96];
    size_t j = 0, earlier = 0, texts = 0;
    for (j = 0; j < layout->features; j++) texts += names[j][0] != '\0';
    *empty = texts == 0;
    if (*empty) return CLMLP_OK;
    TRY(clmlp_find_repeated(names, layout->features, true, &j, &earlier, error));
    if (j < layout->features && names[j][0] == '\0') {
        (void)snprintf(what, sizeof what, "has no name; give it one, or leave it out with --ignore %zu", source[j] + 1);
        return clmlp_csv_fail_in(layout, path, source[j], what, error);
    }
    if (j == layout->features) TRY(clmlp_find_repeated(names, count, false, &j, &earlier, error));
    if (j >= count || names[j][0] == '\0') return CLMLP_OK;
    const size_t second = source[j] > source[earlier] ? source[j] : source[earlier];
    (void)snprintf(what, sizeof what, "stands here once more (first as column %zu); columns are told apart by name, so "
                   "rename one or leave it out with --ignore NUMBER",
                   source[j] > source[earlier] ? source[earlier] + 1 : source[j] + 1);
    return clmlp_csv_fail_in(layout, path, second, what, error);
}

clmlp_status clmlp_csv_name_features(const clmlp_csv_layout *layout, const char *path,
                                     const clmlp_table_request *request, clmlp_columns **named, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    const char **names = NULL;
    size_t *source = NULL, count = layout->features, repeated = 0, earlier = 0;
    bool empty = false;
    if (!layout->has_header || layout->features == 0) return CLMLP_OK;
    TRY_CLEANUP(clmlp_allocate(&names, layout->columns, sizeof *names, "the names of columns", error));
    TRY_CLEANUP(clmlp_allocate(&source, layout->columns, sizeof *source, "a list of columns", error));
    for (size_t j = 0; j < layout->columns; j++) {
        const size_t place = clmlp_csv_is_target(layout, j) ? CLMLP_CSV_NOWHERE : layout->place[j];
        if (place == CLMLP_CSV_NOWHERE) continue;
        names[place] = layout->cells[j].field.text;
        source[place] = j;
    }
    for (size_t j = 0; j < layout->columns; j++) {
        if (!clmlp_csv_is_target(layout, j)) continue;
        names[count] = layout->cells[j].field.text;
        source[count++] = j;
    }
    if (clmlp_for_training(request)) {
        TRY_CLEANUP(check_names(layout, path, names, source, count, &empty, error));
    } else {
        TRY_CLEANUP(clmlp_find_repeated(names, layout->features, true, &repeated, &earlier, error));
        empty = repeated < layout->features; /* names that tell nothing apart; the model has none */
    }
    if (!empty) TRY_CLEANUP(clmlp_columns_create(named, names, layout->features, error));
cleanup:
    free(source);
    free(names);
    return status;
}
