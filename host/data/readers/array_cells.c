/* array_cells.c - numbers from arrays as the cells of columns, of whatever kind a model has there. */
#include "data/readers/array_cells.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"
#include "data/quote.h"

const char *clmlp_show_number(char text[32], double value)
{
    double again = 0.0;
    for (int digits = 15; digits <= 17; digits++) {
        (void)clmlp_format_double(text, value, digits);
        if (clmlp_parse_double(text, text + strlen(text), &again) && again == value) break;
    }
    return text;
}

clmlp_status clmlp_cells_add_value(clmlp_cells *cells, double value, bool *fits, clmlp_error *error)
{
    char number[32];
    const char *text = number;
    if (isnan(value)) return clmlp_cells_add(cells, "", 0, true, fits, error);
    if (cells->expects && cells->kind == CLMLP_COLUMN_NUMERIC) return clmlp_cells_add_number(cells, value, error);
    (void)clmlp_show_number(number, value);
    if (cells->expects && cells->kind == CLMLP_COLUMN_BOOLEAN && (value == 0.0 || value == 1.0)) {
        text = value == 1.0 ? "true" : "false";
    }
    return clmlp_cells_add(cells, text, strlen(text), false, fits, error);
}

clmlp_status clmlp_wrong_cell(const char *path, size_t i, const char *name, const char *found, clmlp_column_kind kind,
                               clmlp_error *error)
{
    char quoted[CLMLP_QUOTE_LENGTH], column[CLMLP_QUOTE_LENGTH];
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: row %zu, column %s: found %s, expected %s values, as in the "
                      "training data", path, i + 1, clmlp_quote(column, name, strlen(name)),
                      clmlp_quote(quoted, found, strlen(found)), clmlp_column_kind_name(kind));
}

clmlp_status clmlp_array_suits(const clmlp_columns *columns, const char *path, clmlp_error *error)
{
    if (columns == NULL || columns->encoders == NULL) return CLMLP_OK;
    for (size_t j = 0; j < columns->count; j++) {
        const clmlp_column_kind kind = columns->encoders[j]->kind;
        if (kind == CLMLP_COLUMN_NUMERIC || kind == CLMLP_COLUMN_BOOLEAN) continue;
        char quoted[CLMLP_QUOTE_LENGTH];
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: the model's column %s is %s, which only a text file has", path,
                          clmlp_quote(quoted, columns->names[j], strlen(columns->names[j])),
                          clmlp_column_kind_name(kind));
    }
    return CLMLP_OK;
}

clmlp_status clmlp_cells_from_array(clmlp_table *table, const clmlp_columns *columns, const char *path,
                                    clmlp_error *error)
{
    const clmlp_dataset array = {.n = table->n, .storage = table->storage, .x = table->x, .sparse = table->sparse};
    char number[32];
    bool fits = true;
    TRY(clmlp_allocate(&table->cells, table->n, sizeof *table->cells, "the columns", error));
    for (size_t j = 0; j < table->n; j++) {
        clmlp_cells_expect(&table->cells[j], columns->encoders[j]->kind);
        for (size_t i = 0; i < table->m; i++) {
            const double value = clmlp_dataset_feature(&array, i, j);
            TRY(clmlp_cells_add_value(&table->cells[j], value, &fits, error));
            if (fits) continue;
            return clmlp_wrong_cell(path, i, columns->names[j], clmlp_show_number(number, value),
                                    columns->encoders[j]->kind, error);
        }
    }
    free(table->x);
    table->x = NULL;
    clmlp_sparse_destroy(table->sparse);
    table->sparse = NULL;
    return clmlp_duplicate_list(&table->cell_names, (const char *const *)columns->names, columns->count, error);
}
