/* csv_kept.c - columns of a text file that are carried along as texts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "data/readers/csv/csv.h"

clmlp_status clmlp_csv_find_kept(clmlp_csv_layout *layout, const char *path, const clmlp_table_request *request,
                                 const char *const *names, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    size_t *columns = NULL;
    const clmlp_choice choice = {.path = path,
                                 .line = layout->cells[0].field.line,
                                 .names = layout->has_header ? names : NULL,
                                 .columns = layout->columns,
                                 .target = layout->columns};
    if (request->keep == NULL) return CLMLP_OK;
    TRY_CLEANUP(clmlp_allocate(&columns, layout->columns, sizeof *columns, "a list of columns", error));
    TRY_CLEANUP(clmlp_allocate(&layout->kept, layout->columns, sizeof *layout->kept, "a list of columns", error));
    TRY_CLEANUP(clmlp_choose_in_order(&choice, "--keep", request->keep, columns, &layout->kept_count, error));
    for (size_t j = 0; j < layout->columns; j++) layout->kept[j] = CLMLP_CSV_NOWHERE;
    for (size_t c = 0; c < layout->kept_count; c++) layout->kept[columns[c]] = c;
cleanup:
    free(columns);
    return status;
}

clmlp_status clmlp_csv_begin_kept(clmlp_csv_reader *reader)
{
    const clmlp_csv_layout *const layout = &reader->layout;
    const size_t count = layout->kept_count;
    clmlp_status status = CLMLP_OK;
    const char **names = NULL;
    char(*numbers)[32] = NULL;
    if (count == 0) return CLMLP_OK;
    TRY_CLEANUP(clmlp_allocate(&names, count, sizeof *names, "the names of columns", reader->error));
    TRY_CLEANUP(clmlp_allocate(&numbers, count, sizeof *numbers, "the names of columns", reader->error));
    for (size_t j = 0; j < layout->columns; j++) {
        const size_t c = layout->kept[j];
        if (c == CLMLP_CSV_NOWHERE) continue;
        (void)snprintf(numbers[c], sizeof numbers[c], "column_%zu", j + 1);
        const bool named = layout->has_header && layout->cells[j].field.length > 0;
        names[c] = named ? layout->cells[j].field.text : numbers[c];
    }
    TRY_CLEANUP(clmlp_kept_begin(&reader->table->kept, names, count, reader->error));
cleanup:
    free(numbers);
    free(names);
    return status;
}

clmlp_status clmlp_csv_keep(clmlp_csv_reader *reader, const clmlp_field *field, size_t column)
{
    if (!clmlp_csv_is_kept(&reader->layout, column)) return CLMLP_OK;
    return clmlp_kept_add(&reader->table->kept, reader->table->m, reader->layout.kept[column], field->text,
                          field->length, reader->error);
}
