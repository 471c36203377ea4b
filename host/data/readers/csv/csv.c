/* csv.c - CSV and TSV: numbers straight from the read buffer, the rest through fields.h. */
#include "data/readers/csv/csv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"
#include "data/quote.h"
#include "data/readers/divide/division.h"

/* A feature. Where it is no number, a column of another kind may be: the file is then read again. */
static clmlp_status parse_feature(clmlp_csv_reader *reader, const clmlp_field *field, size_t column, double *value)
{
    const clmlp_table_request *const request = reader->request;
    const bool parsed = clmlp_fields_number(&reader->fields, field, value);
    if (parsed && isfinite(*value) && !reader->marks_numbers) return CLMLP_OK;
    const bool missing = clmlp_is_missing(&reader->fields.marks, field->text, field->length);
    if (parsed && isfinite(*value) && !missing) return clmlp_csv_check_spelling(reader, field, column, *value);
    const bool refused = missing ? request->missing_values == CLMLP_MISSING_VALUES_ERROR
                                 : parsed || clmlp_csv_form_of(reader, field) != CLMLP_CSV_PLAIN;
    const bool fills = request->columns != NULL && request->columns->encoders != NULL;
    reader->wants_cells = !refused && (clmlp_for_training(request) || (fills && missing));
    return clmlp_csv_not_a_number(reader, field, column, parsed);
}

/* One number through the general reader: blanks, quotes, CR, the end of the buffer, and all errors. */
static clmlp_status read_odd_number(clmlp_csv_reader *reader, size_t column, double *to)
{
    const bool last = column + 1 == reader->layout.columns;
    clmlp_field field;
    TRY(clmlp_fields_next(&reader->fields, &field, reader->error));
    if (field.ends_row && !last) return clmlp_csv_wrong_count(reader, &field, column + 1);
    TRY(parse_feature(reader, &field, column, to));
    return field.ends_row || !last ? CLMLP_OK : clmlp_csv_too_long(reader);
}

/* Columns [first, stop) of a row, usually without leaving the buffer. The place in it is kept in a local
 * variable: through input->next each number would wait for the store of the one before. */
static clmlp_status read_numbers(clmlp_csv_reader *reader, size_t first, size_t stop, double *to)
{
    clmlp_fields *fields = &reader->fields;
    clmlp_input *input = fields->input;
    const size_t last = reader->layout.columns - 1;
    const char delimiter = fields->delimiter;
    const bool point = fields->decimal == CLMLP_DECIMAL_POINT, marks_numbers = reader->marks_numbers;
    char *p = input->next;
    for (size_t j = first; j < stop; j++, to++) {
        const char *after = point ? clmlp_scan_double(p, input->end, to) : NULL;
        if (after != NULL && *after == (j == last ? '\n' : delimiter) && isfinite(*to) &&
            !(marks_numbers && clmlp_marks_have_number(&fields->marks, *to))) {
            p += after - p + 1;
            if (j == last) clmlp_fields_new_line(fields, p);
            continue;
        }
        input->next = p;
        TRY(read_odd_number(reader, j, to));
        p = input->next;
    }
    input->next = p;
    return CLMLP_OK;
}

static clmlp_status read_target(clmlp_csv_reader *reader, size_t column)
{
    clmlp_field field;
    const bool last = column + 1 == reader->layout.columns;
    TRY(clmlp_fields_next(&reader->fields, &field, reader->error));
    if (field.ends_row && !last) return clmlp_csv_wrong_count(reader, &field, column + 1);
    TRY(clmlp_csv_take_target(reader, &field, column));
    return field.ends_row || !last ? CLMLP_OK : clmlp_csv_too_long(reader);
}

static clmlp_status read_weight(clmlp_csv_reader *reader)
{
    clmlp_field field;
    const size_t column = reader->layout.weight;
    const bool last = column + 1 == reader->layout.columns;
    TRY(clmlp_fields_next(&reader->fields, &field, reader->error));
    if (field.ends_row && !last) return clmlp_csv_wrong_count(reader, &field, column + 1);
    TRY(clmlp_csv_take_weight(reader, &field));
    return field.ends_row || !last ? CLMLP_OK : clmlp_csv_too_long(reader);
}

/* Columns [first, stop) of a row, whatever they hold. */
static clmlp_status skip_fields(clmlp_csv_reader *reader, size_t first, size_t stop)
{
    clmlp_field field = {0};
    for (size_t j = first; j < stop; j++) {
        const bool last = j + 1 == reader->layout.columns;
        TRY(clmlp_fields_next(&reader->fields, &field, reader->error));
        if (field.ends_row && !last) return clmlp_csv_wrong_count(reader, &field, j + 1);
        if (last && !field.ends_row) return clmlp_csv_too_long(reader);
    }
    return CLMLP_OK;
}

/* A column whose texts are kept, and what it is besides; *to moves on where it is a feature. */
static clmlp_status read_kept(clmlp_csv_reader *reader, size_t column, double **to)
{
    clmlp_field field;
    const bool last = column + 1 == reader->layout.columns;
    TRY(clmlp_fields_next(&reader->fields, &field, reader->error));
    if (field.ends_row && !last) return clmlp_csv_wrong_count(reader, &field, column + 1);
    TRY(clmlp_csv_keep(reader, &field, column));
    if (clmlp_csv_is_target(&reader->layout, column)) TRY(clmlp_csv_take_target(reader, &field, column));
    else if (column == reader->layout.weight) TRY(clmlp_csv_take_weight(reader, &field));
    else if (reader->layout.place[column] != CLMLP_CSV_NOWHERE) TRY(parse_feature(reader, &field, column, (*to)++));
    return field.ends_row || !last ? CLMLP_OK : clmlp_csv_too_long(reader);
}

static clmlp_status reserve_row(clmlp_csv_reader *reader, double **row)
{
    const size_t rows = reader->table->m;
    if (rows >= UINT32_MAX - 1) {
        return clmlp_fail(reader->error, CLMLP_BAD_INPUT, "%s: more than %lu rows", reader->fields.input->path,
                          (unsigned long)UINT32_MAX - 1);
    }
    size_t wanted = 0;
    if (!clmlp_multiply(rows + 1, reader->n, &wanted)) wanted = SIZE_MAX;
    TRY(clmlp_grow(&reader->x, &reader->x_capacity, wanted, sizeof(double), "the data", reader->error));
    *row = reader->x == NULL ? NULL : reader->x + rows * reader->n;
    return CLMLP_OK;
}

/* The fields of a row, numbers to `to` in the order of the columns. */
static clmlp_status read_row(clmlp_csv_reader *reader, double *to)
{
    const clmlp_csv_layout *const layout = &reader->layout;
    for (size_t r = 0; r < layout->run_count; r++) {
        const clmlp_csv_run *const run = &layout->runs[r];
        switch (run->kind) {
        case CLMLP_CSV_NUMBERS:
            TRY(read_numbers(reader, run->first, run->stop, to));
            to += run->stop - run->first;
            break;
        case CLMLP_CSV_TARGET:
            for (size_t j = run->first; j < run->stop; j++) TRY(read_target(reader, j));
            break;
        case CLMLP_CSV_WEIGHT: TRY(read_weight(reader)); break;
        case CLMLP_CSV_SKIPPED: TRY(skip_fields(reader, run->first, run->stop)); break;
        case CLMLP_CSV_KEPT:
            for (size_t j = run->first; j < run->stop; j++) TRY(read_kept(reader, j, &to));
            break;
        }
    }
    return CLMLP_OK;
}

/* From the order of the columns to that of the features. */
static void put_in_order(const clmlp_csv_reader *reader, double *row)
{
    const clmlp_csv_layout *const layout = &reader->layout;
    const double *from = reader->row;
    for (size_t j = 0; j < layout->columns; j++) {
        if (layout->place[j] != CLMLP_CSV_NOWHERE) row[layout->place[j]] = *from++;
    }
}

static clmlp_status read_rows(clmlp_csv_reader *reader, size_t most)
{
    while (reader->table->m < most) {
        bool found = false;
        double *row = NULL;
        TRY(clmlp_fields_find_row(&reader->fields, &found, reader->error));
        if (!found) return CLMLP_OK;
        if (reader->last_line == 0) reader->first_line = reader->fields.line;
        reader->last_line = reader->fields.line;
        TRY(reserve_row(reader, &row));
        TRY(read_row(reader, reader->row != NULL ? reader->row : row));
        if (reader->row != NULL) put_in_order(reader, row);
        reader->table->m++;
    }
    return CLMLP_OK;
}

/* The first row, which is data. */
static clmlp_status take_first_row(clmlp_csv_reader *reader)
{
    const clmlp_csv_layout *layout = &reader->layout;
    double *row = NULL;
    TRY(reserve_row(reader, &row));
    for (size_t j = 0; j < layout->columns; j++) {
        const clmlp_field *field = &layout->cells[j].field;
        TRY(clmlp_csv_keep(reader, field, j));
        if (clmlp_csv_is_target(layout, j)) TRY(clmlp_csv_take_target(reader, field, j));
        else if (j == layout->weight) TRY(clmlp_csv_take_weight(reader, field));
        else if (layout->place[j] != CLMLP_CSV_NOWHERE) TRY(parse_feature(reader, field, j, &row[layout->place[j]]));
    }
    reader->table->m++;
    return CLMLP_OK;
}

/* The first row of a labels file was read as a class: was it the header after all? One row too many says yes. Names
 * above numbers make sure that nothing is taken for granted when a row of numbers is missing. */
static clmlp_status reconsider_first_row(clmlp_csv_reader *reader)
{
    clmlp_table *table = reader->table;
    const size_t expected = reader->request->expected_rows;
    if (table->m == expected + 1) {
        clmlp_classes_drop_first(&table->classes);
        table->m--;
        reader->layout.has_header = true;
        return CLMLP_OK;
    }
    if (!clmlp_classes_first_is_name(&table->classes)) return CLMLP_OK;
    const clmlp_field *first = &reader->layout.cells[0].field;
    char quoted[CLMLP_QUOTE_LENGTH];
    return clmlp_fail(reader->error, CLMLP_BAD_INPUT,
                      "%s:%zu:%zu: does the first row name the column? (found text %s above numbers, %zu rows in all, "
                      "expected %zu); say --header yes or --header no", reader->fields.input->path, first->line,
                      first->column, clmlp_quote(quoted, first->text, first->length), table->m, expected);
}

/* Does the first feature count the rows, from 0 or 1? */
static bool counts_rows(const clmlp_csv_reader *reader)
{
    const double first = reader->x[0];
    if (first != 0.0 && first != 1.0) return false;
    for (size_t i = 0; i < reader->table->m; i++) {
        if (reader->x[i * reader->n] != first + (double)i) return false;
    }
    return true;
}

/* Where the first column is the index that pandas or R writes, it is no feature. */
static clmlp_status leave_out_index(clmlp_csv_reader *reader)
{
    clmlp_csv_layout *const layout = &reader->layout;
    char name[CLMLP_CSV_COLUMN_LENGTH];
    const size_t m = reader->table->m, n = reader->n;
    if (!layout->may_be_index || n < 2 || !counts_rows(reader)) return CLMLP_OK;
    const bool from_0 = reader->x[0] == 0.0;
    for (size_t i = 0; i < m; i++) {
        memmove(reader->x + i * (n - 1), reader->x + i * n + 1, (n - 1) * sizeof *reader->x);
    }
    reader->n--;
    clmlp_csv_drop_index(layout);
    return clmlp_notes_add(&reader->table->notes, reader->error, "%s: left out %s%s, which counts the rows from %d",
                           reader->fields.input->path, clmlp_csv_column(name, layout, 0),
                           layout->cells[0].field.length == 0 ? " (it has no name)" : "", from_0 ? 0 : 1);
}

static clmlp_status read_all(clmlp_csv_reader *reader, clmlp_input *input)
{
    const clmlp_csv_layout *const layout = &reader->layout;
    TRY(clmlp_csv_start(reader, input));
    if (!layout->in_order) TRY(clmlp_allocate(&reader->row, reader->n, sizeof *reader->row, "a row", reader->error));
    if (!layout->has_header) TRY(take_first_row(reader));
    TRY(read_rows(reader, clmlp_division_head(reader->request->division)));
    TRY(clmlp_csv_read_rest(reader, read_rows));
    if (layout->may_be_header) TRY(reconsider_first_row(reader));
    if (reader->table->m == 0) return clmlp_csv_no_rows(reader);
    TRY(leave_out_index(reader));
    return clmlp_csv_finish(reader);
}

/* Numbers as long as there is nothing else, for they are fast. */
static clmlp_status read_file(clmlp_csv_reader *reader, clmlp_input *input)
{
    const clmlp_columns *const columns = reader->request->columns;
    const bool fills = columns != NULL && columns->encoders != NULL;
    const bool kinds = fills && !clmlp_columns_are_numbers(columns);
    if (clmlp_for_training(reader->request) || fills) TRY(clmlp_input_keep(input, reader->error));
    const bool alike = reader->request->survey != NULL && reader->request->survey->like != NULL;
    if (kinds || alike || reader->request->categorical != NULL) return clmlp_csv_read_cells(reader, input);
    const clmlp_status status = read_all(reader, input);
    if (!reader->wants_cells) return status;
    TRY(clmlp_csv_restart(reader, input));
    return clmlp_csv_read_cells(reader, input);
}

/* Texts are bytes. Where these are not UTF-8, the same words of another file may be other texts. */
static clmlp_status tell_encoding(const clmlp_csv_reader *reader)
{
    const clmlp_fields *const fields = &reader->fields;
    clmlp_table *const table = reader->table;
    if (fields->odd_line == 0) return CLMLP_OK;
    table->odd_line = fields->odd_line;
    table->odd_column = fields->odd_column;
    if (reader->request->survey != NULL) return CLMLP_OK;
    return clmlp_notes_add(&table->notes, reader->error,
                           "%s:%zu:%zu: this text is not UTF-8, so it differs from the same one in a UTF-8 file; where "
                           "it is Windows' or Latin-1, iconv -f CP1252 -t UTF-8 converts the file",
                           fields->input->path, fields->odd_line, fields->odd_column);
}

clmlp_status clmlp_csv_read(clmlp_table *table, clmlp_input *input, const clmlp_table_request *request,
                            clmlp_error *error)
{
    clmlp_csv_reader reader;
    memset(&reader, 0, sizeof reader);
    reader.table = table;
    reader.request = request;
    reader.error = error;
    table->classes.path = input->path;
    table->classes.marks = request->marks;
    clmlp_status status = read_file(&reader, input);
    if (status == CLMLP_OK) status = tell_encoding(&reader);
    if (status == CLMLP_OK) status = clmlp_csv_tell_thousands(&reader, input);
    table->storage = CLMLP_STORE_F64;
    table->n = reader.n;
    table->x = reader.x;
    if (status == CLMLP_OK && reader.x != NULL && table->m > 0) {
        void *exact = realloc(reader.x, table->m * reader.n * sizeof(double));
        if (exact != NULL) table->x = exact;
    }
    for (size_t j = 0; j < reader.text_count; j++) free(reader.texts[j].text);
    free(reader.texts);
    clmlp_csv_release(&reader);
    return status;
}
