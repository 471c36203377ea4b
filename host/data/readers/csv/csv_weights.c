/* csv_weights.c - the column of a text file that says what each example counts in training. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "data/nearest.h"
#include "data/readers/csv/csv.h"

static clmlp_status fail_at(const clmlp_csv_layout *layout, const char *path, size_t j, const char *what,
                            clmlp_error *error)
{
    char name[CLMLP_CSV_COLUMN_LENGTH];
    const clmlp_field *const field = &layout->cells[j].field;
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s:%zu:%zu: %s %s", path, field->line, field->column,
                      clmlp_csv_column(name, layout, j), what);
}

static clmlp_status no_weights(const clmlp_csv_layout *layout, const char *path, const char *text, clmlp_error *error)
{
    char quoted[CLMLP_QUOTE_LENGTH], list[CLMLP_QUOTE_LIST_LENGTH], nearest[CLMLP_NEAREST_LENGTH];
    const size_t columns = layout->columns, line = layout->cells[0].field.line;
    const char **names = NULL;
    (void)clmlp_quote(quoted, text, strlen(text));
    if (!layout->has_header) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s:%zu:1: no column %s for the weights: the file has no header, so "
                          "give the column's number (1 to %zu)", path, line, quoted, columns);
    }
    TRY(clmlp_allocate(&names, columns, sizeof *names, "the names of columns", error));
    for (size_t j = 0; j < columns; j++) names[j] = layout->cells[j].field.text;
    const clmlp_status status =
        clmlp_fail(error, CLMLP_BAD_INPUT, "%s:%zu:1: no column %s for the weights, expected a number from 1 to %zu or "
                   "one of %s%s", path, line, quoted, columns, clmlp_quote_list(list, names, columns),
                   clmlp_did_you_mean(nearest, text, names, columns));
    free(names);
    return status;
}

clmlp_status clmlp_csv_find_weights(clmlp_csv_layout *layout, const char *path, const clmlp_table_request *request,
                                    bool by_name, clmlp_error *error)
{
    const char *const text = request->weights;
    size_t found = layout->columns;
    layout->weight = layout->columns;
    if (text == NULL || request->labels_file) return CLMLP_OK;
    for (size_t j = 0; layout->has_header && j < layout->columns; j++) {
        if (strcmp(layout->cells[j].field.text, text) != 0) continue;
        if (found < layout->columns) {
            return fail_at(layout, path, j, "stands here once more; say by number which has the weights", error);
        }
        found = j;
    }
    /* a number of the training file need not fit data that are matched by name */
    const bool number = found == layout->columns && text[0] >= '0' && text[0] <= '9' &&
                        !(by_name && request->skip_weights);
    if (number && !clmlp_target_index(text, layout->columns, &found)) found = layout->columns;
    if (found == layout->columns) return request->skip_weights ? CLMLP_OK : no_weights(layout, path, text, error);
    if (clmlp_csv_is_target(layout, found)) {
        return fail_at(layout, path, found, "cannot be both the weights and the target; say which is the target "
                                            "(--target COL)", error);
    }
    layout->weight = found;
    return CLMLP_OK;
}

clmlp_status clmlp_csv_take_weight(clmlp_csv_reader *reader, const clmlp_field *field)
{
    clmlp_table *const table = reader->table;
    char name[CLMLP_CSV_COLUMN_LENGTH], quoted[CLMLP_QUOTE_LENGTH];
    double value = 0.0;
    (void)clmlp_csv_column(name, &reader->layout, reader->layout.weight);
    if (table->weight_column == NULL) TRY(clmlp_duplicate(&table->weight_column, name, reader->error));
    TRY(clmlp_grow(&table->weights, &reader->w_capacity, table->m + 1, sizeof *table->weights, "weights",
                   reader->error));
    if (clmlp_fields_number(&reader->fields, field, &value) && isfinite(value) && value >= 0.0) {
        table->weights[table->m] = value;
        return CLMLP_OK;
    }
    return clmlp_fail(reader->error, CLMLP_BAD_INPUT, "%s:%zu:%zu: found %s in %s, expected a weight: a finite number "
                      ">= 0", reader->fields.input->path, field->line, field->column,
                      field->length == 0 ? "nothing" : clmlp_quote(quoted, field->text, field->length), name);
}
