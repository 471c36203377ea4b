/* csv_cells.c - text files whose columns are not all numbers: the cells of each column, of whatever kind. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"
#include "data/columns/date.h"
#include "data/quote.h"
#include "data/readers/csv/csv.h"
#include "data/readers/divide/division.h"
#include "data/targets.h"

static const char *quote(char out[CLMLP_QUOTE_LENGTH], const clmlp_field *field)
{
    return clmlp_quote(out, field->text, field->length);
}

/* --- a cell ---------------------------------------------------------------------------------------------- */

static clmlp_status refuse_missing(const clmlp_csv_reader *reader, const clmlp_field *field, size_t column)
{
    char quoted[CLMLP_QUOTE_LENGTH], name[CLMLP_CSV_COLUMN_LENGTH];
    return clmlp_fail(reader->error, CLMLP_BAD_INPUT, "%s:%zu:%zu: missing value (found %s) in %s",
                      reader->fields.input->path, field->line, field->column,
                      field->length == 0 ? "nothing" : quote(quoted, field),
                      clmlp_csv_column(name, &reader->layout, column));
}

static clmlp_status wrong_kind(const clmlp_csv_reader *reader, const clmlp_field *field, size_t column,
                               clmlp_column_kind kind)
{
    static const char *const wanted[] = {"a finite number", "one of true, false, yes, no", "a text",
                                         "a date such as 2026-01-31"}; /* order of the kinds */
    char quoted[CLMLP_QUOTE_LENGTH], name[CLMLP_CSV_COLUMN_LENGTH];
    return clmlp_fail(reader->error, CLMLP_BAD_INPUT, "%s:%zu:%zu: found %s, expected %s in %s, as in the training "
                      "data%s", reader->fields.input->path, field->line, field->column, quote(quoted, field),
                      wanted[kind], clmlp_csv_column(name, &reader->layout, column),
                      clmlp_csv_empty_hint(reader, field->length));
}

static clmlp_status add_cell(clmlp_csv_reader *reader, const clmlp_field *field, size_t column)
{
    clmlp_cells *const cells = &reader->table->cells[reader->layout.place[column]];
    const char *text = field->text;
    size_t length = field->length;
    char number[32];
    double value = 0.0;
    bool fits = true;
    const bool missing = clmlp_is_missing(&reader->fields.marks, text, length);
    const bool was_lost = cells->state == CLMLP_CELLS_LOST;
    if (missing && reader->request->missing_values == CLMLP_MISSING_VALUES_ERROR) {
        return refuse_missing(reader, field, column);
    }
    if (!missing && cells->state != CLMLP_CELLS_TEXTS && !was_lost) {
        const bool parsed = clmlp_fields_number(&reader->fields, field, &value);
        const bool others = cells->expects && cells->kind != CLMLP_COLUMN_NUMERIC; /* no number is expected, then */
        if ((parsed && !isfinite(value)) || (!others && clmlp_csv_form_of(reader, field) != CLMLP_CSV_PLAIN)) {
            return clmlp_csv_not_a_number(reader, field, column, parsed);
        }
        if (parsed) TRY(clmlp_csv_check_spelling(reader, field, column, value));
        if (parsed && reader->fields.decimal == CLMLP_DECIMAL_COMMA) {
            text = clmlp_format_double(number, value, 17);
            length = strlen(text);
        }
    }
    if (cells->state == CLMLP_CELLS_TEXTS) TRY(clmlp_csv_check_text(reader, field, column));
    TRY(clmlp_cells_add(cells, text, length, missing, &fits, reader->error));
    if (!fits) return wrong_kind(reader, field, column, cells->kind);
    const bool is_lost = cells->state == CLMLP_CELLS_LOST && !was_lost;
    if (!is_lost && cells->state != CLMLP_CELLS_TEXTS) return CLMLP_OK;
    return clmlp_csv_remember_text(reader, field, column, is_lost);
}

/* --- rows ------------------------------------------------------------------------------------------------ */

static clmlp_status take(clmlp_csv_reader *reader, const clmlp_field *field, size_t column)
{
    TRY(clmlp_csv_keep(reader, field, column));
    if (clmlp_csv_is_target(&reader->layout, column)) return clmlp_csv_take_target(reader, field, column);
    if (column == reader->layout.weight) return clmlp_csv_take_weight(reader, field);
    return reader->layout.place[column] != CLMLP_CSV_NOWHERE ? add_cell(reader, field, column) : CLMLP_OK;
}

/* Most cells are plain. All others, and all errors, go through the general reader. */
static clmlp_status read_row(clmlp_csv_reader *reader)
{
    const clmlp_csv_layout *const layout = &reader->layout;
    const size_t columns = layout->columns;
    clmlp_fields *const fields = &reader->fields;
    clmlp_field field = {0};
    for (size_t j = 0; j < columns; j++) {
        const bool last = j + 1 == columns;
        char *after = NULL;
        if (layout->place[j] != CLMLP_CSV_NOWHERE && !clmlp_csv_is_kept(layout, j)) {
            clmlp_cells *const cells = &reader->table->cells[layout->place[j]];
            TRY(clmlp_csv_take_plain(reader, cells, last ? '\n' : fields->delimiter, &after));
        }
        if (after != NULL) {
            fields->input->next = after;
            if (last) clmlp_fields_new_line(fields, after);
            continue;
        }
        TRY(clmlp_fields_next(fields, &field, reader->error));
        if (field.ends_row && !last) return clmlp_csv_wrong_count(reader, &field, j + 1);
        TRY(take(reader, &field, j));
        if (last && !field.ends_row) return clmlp_csv_too_long(reader);
    }
    return CLMLP_OK;
}

static bool any_lost(const clmlp_table *table)
{
    for (size_t j = 0; j < table->n; j++) {
        if (table->cells[j].state == CLMLP_CELLS_LOST) return true;
    }
    return false;
}

static clmlp_status read_rows(clmlp_csv_reader *reader, size_t most)
{
    clmlp_table *const table = reader->table;
    while (table->m < most) {
        bool found = false;
        TRY(clmlp_fields_find_row(&reader->fields, &found, reader->error));
        if (!found) break;
        if (reader->last_line == 0) reader->first_line = reader->fields.line;
        reader->last_line = reader->fields.line;
        if (table->m >= UINT32_MAX - 1) {
            return clmlp_fail(reader->error, CLMLP_BAD_INPUT, "%s: more than %lu rows", reader->fields.input->path,
                              (unsigned long)UINT32_MAX - 1);
        }
        TRY(read_row(reader));
        table->m++;
    }
    return CLMLP_OK;
}

/* A file that has to be read again, because a column turned out to be texts, should not be read to its end first. */
static clmlp_status read_all_rows(clmlp_csv_reader *reader)
{
    clmlp_table *const table = reader->table;
    const size_t head = clmlp_division_head(reader->request->division);
    if (!reader->layout.has_header) {
        for (size_t j = 0; j < reader->layout.columns; j++) TRY(take(reader, &reader->layout.cells[j].field, j));
        table->m++;
    }
    TRY(read_rows(reader, head));
    if (table->m == head && any_lost(table)) return CLMLP_OK;
    TRY(clmlp_csv_read_rest(reader, read_rows));
    return table->m > 0 ? CLMLP_OK : clmlp_csv_no_rows(reader);
}

/* --- columns --------------------------------------------------------------------------------------------- */

/* Columns that --categorical names, into chosen [columns]. */
static clmlp_status choose_categorical(const clmlp_csv_reader *reader, bool *chosen)
{
    const clmlp_csv_layout *const layout = &reader->layout;
    const char **names = NULL;
    TRY(clmlp_allocate(&names, layout->columns, sizeof *names, "the names of columns", reader->error));
    for (size_t j = 0; j < layout->columns; j++) names[j] = layout->cells[j].field.text;
    const clmlp_choice choice = {.path = reader->fields.input->path,
                                 .line = layout->cells[0].field.line,
                                 .names = layout->has_header ? names : NULL,
                                 .columns = layout->columns,
                                 .target = layout->target,
                                 .slots = layout->slots};
    const clmlp_status status = clmlp_choose_listed(&choice, "--categorical", reader->request->categorical, chosen,
                                                    reader->error);
    free(names);
    return status;
}

/* Whether the column of that name is categorical in the data that this is to be like. */
static bool is_categorical_like(const clmlp_csv_reader *reader, size_t j)
{
    const clmlp_columns *const like = reader->request->survey != NULL ? reader->request->survey->like : NULL;
    char number[24];
    if (like == NULL || like->encoders == NULL) return false;
    (void)snprintf(number, sizeof number, "%zu", j + 1);
    const char *const name = like->numbered ? number : reader->layout.cells[j].field.text;
    const size_t found = clmlp_find_name((const char *const *)like->names, like->count, name);
    return found < like->count && like->encoders[found]->kind == CLMLP_COLUMN_CATEGORICAL;
}

/* Empty cells for each feature, and the kind of those that have one already. */
static clmlp_status prepare(clmlp_csv_reader *reader)
{
    const clmlp_csv_layout *const layout = &reader->layout;
    const clmlp_columns *const columns = reader->request->columns;
    clmlp_table *const table = reader->table;
    bool *categorical = NULL;
    if (reader->texts == NULL) {
        TRY(clmlp_allocate(&reader->texts, layout->columns, sizeof *reader->texts, "the columns", reader->error));
        reader->text_count = layout->columns;
    }
    TRY(clmlp_allocate(&table->cells, layout->features, sizeof *table->cells, "the columns", reader->error));
    table->n = layout->features;
    TRY(clmlp_allocate(&categorical, layout->columns, sizeof *categorical, "a list of columns", reader->error));
    const clmlp_status status = choose_categorical(reader, categorical);
    for (size_t j = 0; status == CLMLP_OK && j < layout->columns; j++) {
        const size_t place = layout->place[j];
        if (place == CLMLP_CSV_NOWHERE) continue;
        clmlp_csv_text *const text = &reader->texts[j];
        text->asked = columns != NULL || categorical[j] || is_categorical_like(reader, j);
        if (columns != NULL) clmlp_cells_expect(&table->cells[place], columns->encoders[place]->kind);
        else if (text->asked || text->lost) {
            clmlp_cells_expect(&table->cells[place], CLMLP_COLUMN_CATEGORICAL);
        }
    }
    free(categorical);
    return status;
}

/* Whether the first row's text is no value of the column: it names it, then. */
static bool names_column(const clmlp_field *field, const clmlp_cells *cells)
{
    const clmlp_dictionary *const dictionary = &cells->dictionary;
    size_t numbers = 0, booleans = 0;
    double value = 0.0;
    if (cells->state == CLMLP_CELLS_NUMBERS || cells->state == CLMLP_CELLS_DATES) return cells->missing < cells->m;
    if (field->length == 0 || clmlp_parse_boolean(field->text, field->text + field->length, &value)) return false;
    for (size_t code = 1; code <= dictionary->count; code++) {
        const char *const text = clmlp_dictionary_text(dictionary, code), *const end = text + strlen(text);
        numbers += clmlp_parse_double(text, end, &value);
        booleans += clmlp_parse_boolean(text, end, &value);
    }
    return dictionary->count > 0 && (numbers == dictionary->count || booleans == dictionary->count);
}

/* The same of the target. */
static bool names_target(const clmlp_csv_layout *layout, const clmlp_table *table)
{
    double value = 0.0;
    for (size_t j = 0; layout->keeps_target && layout->slots != NULL && j < layout->columns; j++) {
        const clmlp_field *const field = &layout->cells[j].field; /* a label may be yes, but nothing else is a text */
        if (layout->slots[j] == CLMLP_CSV_NOWHERE || field->length == 0) continue;
        if (!clmlp_parse_boolean(field->text, field->text + field->length, &value)) return true;
    }
    if (!layout->keeps_target || layout->slots != NULL || layout->cells[layout->target].field.length == 0) return false;
    if (table->y != NULL) return true; /* all numbers, below a text */
    return clmlp_targets_are_numbers(&table->classes);
}

/* A row of texts was taken for a header. Above nothing but texts it may be data. */
static clmlp_status check_header(const clmlp_csv_reader *reader)
{
    const clmlp_csv_layout *const layout = &reader->layout;
    char quoted[CLMLP_QUOTE_LENGTH];
    size_t first = layout->columns;
    if (!layout->guessed_header || names_target(layout, reader->table)) return CLMLP_OK;
    for (size_t j = 0; j < layout->columns; j++) {
        if (layout->place[j] == CLMLP_CSV_NOWHERE) continue;
        if (names_column(&layout->cells[j].field, &reader->table->cells[layout->place[j]])) return CLMLP_OK;
        if (first == layout->columns && layout->cells[j].field.length > 0) first = j;
    }
    const clmlp_field *const field = &layout->cells[first < layout->columns ? first : 0].field;
    return clmlp_fail(reader->error, CLMLP_BAD_INPUT,
                      "%s:%zu:%zu: does the first row name the columns? (found text %s, and texts in all rows below); "
                      "say --header yes or --header no", reader->fields.input->path, field->line, field->column,
                      quote(quoted, field));
}

/* --- the table ------------------------------------------------------------------------------------------- */

/* As in files of numbers: what pandas or R writes in front is no feature. */
static clmlp_status leave_out_index(clmlp_csv_reader *reader)
{
    clmlp_table *const table = reader->table;
    char name[CLMLP_CSV_COLUMN_LENGTH];
    const clmlp_cells *const first = &table->cells[0];
    if (!reader->layout.may_be_index || table->n < 2 || first->state != CLMLP_CELLS_NUMBERS) return CLMLP_OK;
    const double from = first->numbers[0];
    if (from != 0.0 && from != 1.0) return CLMLP_OK;
    for (size_t i = 0; i < table->m; i++) {
        if (first->numbers[i] != from + (double)i) return CLMLP_OK; /* also where one is missing: NaN */
    }
    clmlp_cells_release(&table->cells[0]);
    table->n--;
    reader->n--;
    memmove(table->cells, table->cells + 1, table->n * sizeof *table->cells);
    memset(&table->cells[table->n], 0, sizeof *table->cells);
    clmlp_csv_drop_index(&reader->layout);
    return clmlp_notes_add(&table->notes, reader->error, "%s: left out %s%s, which counts the rows from %d",
                           reader->fields.input->path, clmlp_csv_column(name, &reader->layout, 0),
                           reader->layout.cells[0].field.length == 0 ? " (it has no name)" : "", from == 0.0 ? 0 : 1);
}

/* Names for the encoders: the model's, the file's, or numbers. */
static clmlp_status name_cells(const clmlp_csv_reader *reader)
{
    clmlp_table *const table = reader->table;
    const clmlp_columns *const given = reader->request->columns, *const named = given != NULL ? given : table->named;
    clmlp_status status = CLMLP_OK;
    const char **names = NULL;
    char(*digits)[24] = NULL;
    if (named != NULL) {
        return clmlp_duplicate_list(&table->cell_names, (const char *const *)named->names, table->n, reader->error);
    }
    table->numbered = true;
    TRY_CLEANUP(clmlp_allocate(&names, table->n, sizeof *names, "the names of columns", reader->error));
    TRY_CLEANUP(clmlp_allocate(&digits, table->n, sizeof *digits, "the names of columns", reader->error));
    for (size_t j = 0; j < table->n; j++) {
        (void)snprintf(digits[j], sizeof digits[j], "%zu", table->source[j] + 1);
        names[j] = digits[j];
    }
    TRY_CLEANUP(clmlp_duplicate_list(&table->cell_names, names, table->n, reader->error));
cleanup:
    free(digits);
    free(names);
    return status;
}

clmlp_status clmlp_csv_read_cells(clmlp_csv_reader *reader, clmlp_input *input)
{
    TRY(clmlp_csv_start(reader, input));
    TRY(prepare(reader));
    TRY(read_all_rows(reader));
    while (any_lost(reader->table)) { /* now it is known that they hold texts */
        TRY(clmlp_csv_restart(reader, input));
        TRY(clmlp_csv_start(reader, input));
        TRY(prepare(reader));
        TRY(read_all_rows(reader));
    }
    TRY(check_header(reader));
    TRY(clmlp_csv_tell_texts(reader));
    TRY(leave_out_index(reader));
    TRY(clmlp_csv_finish(reader));
    return name_cells(reader);
}
