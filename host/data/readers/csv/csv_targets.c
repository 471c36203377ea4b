/* csv_targets.c - which columns of a text file are its targets: one, or several in a list. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "data/columns/missing.h"
#include "data/quote.h"
#include "data/readers/csv/csv.h"

bool clmlp_csv_has_target(const clmlp_csv_layout *layout)
{
    return layout->target < layout->columns || layout->target_count > 1;
}

/* The columns of a list that the first row can tell, released with free(). */
static clmlp_status list_targets(const clmlp_csv_layout *layout, const clmlp_choice *how, const char *list,
                                 size_t **columns, size_t *count, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    const char **names = NULL;
    clmlp_choice choice = *how;
    *columns = NULL;
    TRY_CLEANUP(clmlp_allocate(&names, layout->columns, sizeof *names, "the names of columns", error));
    TRY_CLEANUP(clmlp_allocate(columns, layout->columns, sizeof **columns, "a list of columns", error));
    for (size_t j = 0; j < layout->columns; j++) names[j] = layout->cells[j].field.text;
    choice.line = layout->cells[0].field.line;
    choice.names = layout->has_header || how->names_only ? names : NULL;
    choice.columns = choice.target = layout->columns;
    TRY_CLEANUP(clmlp_choose_in_order(&choice, "--target", list, *columns, count, error));
cleanup:
    free(names);
    if (status != CLMLP_OK) {
        free(*columns);
        *columns = NULL;
    }
    return status;
}

clmlp_status clmlp_csv_set_targets(clmlp_csv_layout *layout, const size_t *targets, size_t count, clmlp_error *error)
{
    free(layout->slots);
    layout->slots = NULL;
    layout->target_count = 0;
    layout->target = count == 1 ? targets[0] : layout->columns;
    if (count < 2) return CLMLP_OK;
    TRY(clmlp_allocate(&layout->slots, layout->columns, sizeof *layout->slots, "a list of columns", error));
    for (size_t j = 0; j < layout->columns; j++) layout->slots[j] = CLMLP_CSV_NOWHERE;
    for (size_t k = 0; k < count; k++) layout->slots[targets[k]] = k;
    layout->target_count = count;
    return CLMLP_OK;
}

clmlp_status clmlp_csv_list_targets(clmlp_csv_layout *layout, const char *path, const clmlp_table_request *request,
                                    const char *list, bool strict, clmlp_error *error)
{
    const clmlp_choice how = {.path = path, .lenient = !strict, .absent = &layout->absent_targets,
                              .no_numbers = request->target_is_name, .never_whole = request->output_count > 1};
    size_t *columns = NULL, count = 0;
    layout->absent_targets = 0;
    TRY(list_targets(layout, &how, list, &columns, &count, error));
    const clmlp_status status = clmlp_csv_set_targets(layout, columns, count, error);
    free(columns);
    return status;
}

clmlp_status clmlp_csv_find_learned(const clmlp_csv_layout *layout, const char *path,
                                    const clmlp_table_request *request, size_t **columns, size_t *count,
                                    clmlp_error *error)
{
    const clmlp_choice how = {.path = path, .lenient = true, .never_whole = request->output_count > 1};
    return list_targets(layout, &how, request->model_target, columns, count, error);
}

clmlp_status clmlp_csv_names_target(const clmlp_csv_layout *layout, const clmlp_fields *fields,
                                    const clmlp_table_request *request, const char *list, bool *named,
                                    clmlp_error *error)
{
    const clmlp_choice how = {.path = fields->input->path, .lenient = true, .names_only = true,
                              .never_whole = request->output_count > 1};
    size_t *columns = NULL, count = 0;
    double value = 0.0;
    *named = false;
    TRY(list_targets(layout, &how, list, &columns, &count, error));
    for (size_t i = 0; i < count; i++) {
        const clmlp_field *const field = &layout->cells[columns[i]].field;
        const bool missing = clmlp_is_missing(&fields->marks, field->text, field->length);
        *named = *named || (!missing && !clmlp_fields_number(fields, field, &value));
    }
    free(columns);
    return CLMLP_OK;
}

/* --- the model's outputs --------------------------------------------------------------------------------- */

/* The outputs called otherwise than the columns that their targets are: by position, then, and said. */
static clmlp_status note_others(const clmlp_csv_layout *layout, const char *path, const clmlp_table_request *request,
                                const char *const *names, clmlp_notes *notes, clmlp_error *error)
{
    char output[CLMLP_QUOTE_LENGTH], column[CLMLP_QUOTE_LENGTH];
    for (size_t k = 0; k < layout->target_count; k++) {
        if (strcmp(names[k], request->output_names[k]) == 0) continue;
        return clmlp_notes_add(notes, error,
                               "%s: the targets are not called as the model's outputs, so they were taken in the order "
                               "given (output %zu, %s, is compared with %s)", path, k + 1,
                               clmlp_quote(output, request->output_names[k], strlen(request->output_names[k])),
                               clmlp_quote(column, names[k], strlen(names[k])));
    }
    return CLMLP_OK;
}

clmlp_status clmlp_csv_match_targets(clmlp_csv_layout *layout, const char *path, const clmlp_table_request *request,
                                     clmlp_notes *notes, clmlp_error *error)
{
    const size_t count = layout->target_count;
    clmlp_status status = CLMLP_OK;
    const char **names = NULL;
    size_t *output = NULL, known = 0;
    const bool has_names = layout->has_header && request->output_names != NULL && layout->keeps_target;
    if (!has_names || count < 2 || request->output_count != count) return CLMLP_OK;
    TRY_CLEANUP(clmlp_allocate(&names, count, sizeof *names, "the names of columns", error));
    TRY_CLEANUP(clmlp_allocate(&output, count, sizeof *output, "the places of columns", error));
    for (size_t j = 0; j < layout->columns; j++) {
        if (layout->slots[j] != CLMLP_CSV_NOWHERE) names[layout->slots[j]] = layout->cells[j].field.text;
    }
    TRY_CLEANUP(clmlp_find_names(names, count, request->output_names, count, output, error));
    for (size_t k = 0; k < count; k++) known += output[k] < count;
    for (size_t k = 0; k < count; k++) {
        for (size_t other = 0; other < k; other++) known -= output[k] < count && output[k] == output[other];
    }
    if (known < count) {
        TRY_CLEANUP(note_others(layout, path, request, names, notes, error));
        goto cleanup;
    }
    for (size_t j = 0; j < layout->columns; j++) {
        if (layout->slots[j] != CLMLP_CSV_NOWHERE) layout->slots[j] = output[layout->slots[j]];
    }
cleanup:
    free(output);
    free(names);
    return status;
}

/* --- cells ----------------------------------------------------------------------------------------------- */

static clmlp_status not_a_target(const clmlp_csv_reader *reader, const clmlp_field *field, size_t column)
{
    char quoted[CLMLP_QUOTE_LENGTH], name[CLMLP_CSV_COLUMN_LENGTH];
    double value = 0.0;
    const bool parsed = clmlp_fields_number(&reader->fields, field, &value);
    return clmlp_fail(reader->error, CLMLP_BAD_INPUT,
                      "%s:%zu:%zu: found %s, expected a %s in %s: several targets are numbers, or labels that are 0 or "
                      "1", reader->fields.input->path, field->line, field->column,
                      clmlp_quote(quoted, field->text, field->length),
                      parsed ? "finite number" : "number, or one of true, false, yes, no,",
                      clmlp_csv_column(name, &reader->layout, column));
}

clmlp_status clmlp_csv_take_one_of_several(clmlp_csv_reader *reader, const clmlp_field *field, size_t column)
{
    clmlp_table *const table = reader->table;
    const size_t count = reader->layout.target_count, k = reader->layout.slots[column];
    size_t wanted = 0;
    if (!clmlp_multiply(table->m + 1, count, &wanted)) wanted = SIZE_MAX;
    TRY(clmlp_grow(&table->y, &reader->y_capacity, wanted, sizeof *table->y, "targets", reader->error));
    if (table->target_columns == NULL) {
        TRY(clmlp_allocate(&table->target_columns, count, sizeof *table->target_columns, "targets", reader->error));
    }
    clmlp_target_column *const target = &table->target_columns[k];
    double *const value = &table->y[table->m * count + k];
    if (clmlp_is_missing(&reader->fields.marks, field->text, field->length)) {
        *value = (double)NAN;
        if (table->rows_missing == 0 || table->last_missing != table->m) {
            if (table->rows_missing++ == 0) table->first_missing = k;
            table->last_missing = table->m;
            clmlp_missing_add(&table->classes.missing, 1, field->line, field->column);
        }
        return CLMLP_OK;
    }
    if (clmlp_fields_number(&reader->fields, field, value) && isfinite(*value)) {
        if (*value != 0.0 && *value != 1.0 && !target->has_number) {
            target->has_number = true;
            target->number = *value;
        }
        return clmlp_csv_check_spelling(reader, field, column, *value);
    }
    if (!clmlp_parse_boolean(field->text, field->text + field->length, value)) {
        return not_a_target(reader, field, column);
    }
    if (target->booleans++ == 0) {
        target->line = field->line;
        target->column = field->column;
    }
    return CLMLP_OK;
}

clmlp_status clmlp_csv_finish_targets(const clmlp_csv_reader *reader)
{
    const clmlp_csv_layout *const layout = &reader->layout;
    char name[CLMLP_CSV_COLUMN_LENGTH];
    for (size_t j = 0; layout->keeps_target && layout->slots != NULL && j < layout->columns; j++) {
        if (layout->slots[j] == CLMLP_CSV_NOWHERE) continue;
        const clmlp_target_column *const target = &reader->table->target_columns[layout->slots[j]];
        if (target->booleans == 0) continue;
        (void)clmlp_csv_column(name, layout, j);
        if (target->has_number) {
            return clmlp_fail(reader->error, CLMLP_BAD_INPUT,
                              "%s:%zu:%zu: found a text such as true or yes in the target %s, which also has the "
                              "number %g", reader->fields.input->path, target->line, target->column, name,
                              target->number);
        }
        TRY(clmlp_notes_add(&reader->table->notes, reader->error,
                            "%s: target %s: true and yes are taken as 1, false and no as 0",
                            reader->fields.input->path, name));
    }
    return CLMLP_OK;
}

/* Whether all have a name, and no two the same. */
static clmlp_status have_names(const char *const *names, size_t count, bool *named, clmlp_error *error)
{
    size_t repeated = 0, earlier = 0;
    TRY(clmlp_find_repeated(names, count, true, &repeated, &earlier, error));
    *named = repeated == count;
    return CLMLP_OK;
}

/* Column of each target, into columns [count]. */
static void columns_of(const clmlp_csv_layout *layout, size_t *columns)
{
    if (layout->slots == NULL) columns[0] = layout->target;
    for (size_t j = 0; layout->slots != NULL && j < layout->columns; j++) {
        if (layout->slots[j] != CLMLP_CSV_NOWHERE) columns[layout->slots[j]] = j;
    }
}

clmlp_status clmlp_csv_name_targets(const clmlp_csv_reader *reader)
{
    const clmlp_csv_layout *const layout = &reader->layout;
    const size_t count = layout->slots != NULL ? layout->target_count : 1;
    clmlp_table *const table = reader->table;
    clmlp_status status = CLMLP_OK;
    const char **names = NULL;
    size_t *columns = NULL;
    clmlp_text list = {0};
    bool named = false;
    TRY_CLEANUP(clmlp_allocate(&names, count, sizeof *names, "the names of targets", reader->error));
    TRY_CLEANUP(clmlp_allocate(&columns, count, sizeof *columns, "a list of columns", reader->error));
    columns_of(layout, columns);
    for (size_t k = 0; k < count; k++) names[k] = layout->cells[columns[k]].field.text;
    if (layout->has_header) TRY_CLEANUP(have_names(names, count, &named, reader->error));
    for (size_t k = 0; k < count; k++) {
        char number[32];
        (void)snprintf(number, sizeof number, "%zu", columns[k] + 1);
        /* one name is whole, whatever it has in it */
        if (count == 1) TRY_CLEANUP(clmlp_text_append(&list, reader->error, "%s", named ? names[k] : number));
        else TRY_CLEANUP(clmlp_list_append(&list, named ? names[k] : number, reader->error));
    }
    if (named) TRY_CLEANUP(clmlp_duplicate_list(&table->output_names, names, count, reader->error));
    table->target = list.data;
    table->target_count = count;
    table->has_target = true;
    list.data = NULL;
cleanup:
    free(list.data);
    free(columns);
    free(names);
    return status;
}
