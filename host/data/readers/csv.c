/* csv.c - CSV and TSV: numbers straight from the read buffer, the rest through fields.h. */
#include "data/readers/csv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"
#include "data/missing.h"
#include "data/quote.h"

bool clmlp_csv_looks_like_number(const clmlp_csv_reader *reader, const clmlp_field *field)
{
    double value = 0.0;
    size_t marks = 0, digits = 0;
    const bool sign = field->length > 0 && (field->text[0] == '-' || field->text[0] == '+');
    for (size_t i = sign; i < field->length; i++) {
        const char c = field->text[i];
        marks += c == '.' || c == ',';
        digits += c >= '0' && c <= '9';
    }
    return marks > 0 && digits > 0 && marks + digits + sign == field->length &&
           !clmlp_fields_number(&reader->fields, field, &value);
}

/* Why a field is not a finite number. */
clmlp_status clmlp_csv_not_a_number(const clmlp_csv_reader *reader, const clmlp_field *field, size_t column, bool parsed)
{
    char quoted[CLMLP_QUOTE_LENGTH], name[CLMLP_CSV_COLUMN_LENGTH];
    const char *path = reader->fields.input->path, *hint = "";
    (void)clmlp_csv_column(name, &reader->layout, column);
    if (field->length == 0) {
        return clmlp_fail(reader->error, CLMLP_BAD_INPUT, "%s:%zu:%zu: missing value (found nothing, expected a number "
                          "in %s)", path, field->line, field->column, name);
    }
    const char *comma = memchr(field->text, ',', field->length);
    const bool decimal_comma = reader->fields.decimal == CLMLP_DECIMAL_COMMA;
    if (!parsed && decimal_comma && memchr(field->text, '.', field->length) != NULL) {
        hint = "; decimals are written with a comma (--decimal ,)";
    } else if (!parsed && !decimal_comma && comma != NULL && comma > field->text && comma[-1] >= '0' &&
               comma[-1] <= '9') {
        hint = "; decimals are written with a point (or say --decimal ,)";
    } else if (!parsed && reader->layout.columns == 1) {
        hint = "; columns are separated by commas, tabs or semicolons";
    }
    const bool asks = clmlp_for_training(reader->request) && column != reader->layout.target && !parsed &&
                      clmlp_csv_looks_like_number(reader, field);
    return clmlp_fail(reader->error, CLMLP_BAD_INPUT, "%s:%zu:%zu: found %s, expected a %snumber in %s%s%s", path,
                      field->line, field->column, clmlp_quote(quoted, field->text, field->length),
                      parsed ? "finite " : "", name, hint, asks ? "; if it is a text, say --categorical" : "");
}

static clmlp_status parse_field(const clmlp_csv_reader *reader, const clmlp_field *field, size_t column, double *value)
{
    const bool parsed = clmlp_fields_number(&reader->fields, field, value);
    if (!parsed || !isfinite(*value)) return clmlp_csv_not_a_number(reader, field, column, parsed);
    return CLMLP_OK;
}

/* A feature. Where it is no number, a column of another kind may be: the file is then read again. */
static clmlp_status parse_feature(clmlp_csv_reader *reader, const clmlp_field *field, size_t column, double *value)
{
    const clmlp_table_request *const request = reader->request;
    const bool parsed = clmlp_fields_number(&reader->fields, field, value);
    if (parsed && isfinite(*value)) return CLMLP_OK;
    const bool missing = clmlp_is_missing(field->text, field->length);
    const bool refused = missing ? request->missing_values == CLMLP_MISSING_VALUES_ERROR
                                 : parsed || clmlp_csv_looks_like_number(reader, field);
    reader->wants_cells = clmlp_for_training(request) && !refused;
    return clmlp_csv_not_a_number(reader, field, column, parsed);
}

/* At the last field found, or the first surplus one. */
clmlp_status clmlp_csv_wrong_count(const clmlp_csv_reader *reader, const clmlp_field *last, size_t found)
{
    const clmlp_csv_layout *layout = &reader->layout;
    return clmlp_fail(reader->error, CLMLP_BAD_INPUT,
                      "%s:%zu:%zu: found %zu field%s, expected %zu as in the %s, line %zu",
                      reader->fields.input->path, last->line, last->column, found, found == 1 ? "" : "s",
                      layout->columns, layout->has_header ? "header" : "first row", layout->cells[0].field.line);
}

/* More fields than columns: count them. */
clmlp_status clmlp_csv_too_long(clmlp_csv_reader *reader)
{
    clmlp_field first, field;
    size_t found = reader->layout.columns + 1;
    TRY(clmlp_fields_next(&reader->fields, &first, reader->error));
    for (field = first; !field.ends_row; found++) TRY(clmlp_fields_next(&reader->fields, &field, reader->error));
    return clmlp_csv_wrong_count(reader, &first, found);
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
    const bool point = fields->decimal == CLMLP_DECIMAL_POINT;
    char *p = input->next;
    for (size_t j = first; j < stop; j++, to++) {
        const char *after = point ? clmlp_scan_double(p, input->end, to) : NULL;
        if (after != NULL && *after == (j == last ? '\n' : delimiter) && isfinite(*to)) {
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

/* The target (or left-out) field of row table->m. */
clmlp_status clmlp_csv_take_target(clmlp_csv_reader *reader, const clmlp_field *field)
{
    clmlp_table *table = reader->table;
    const clmlp_csv_layout *layout = &reader->layout;
    if (!layout->keeps_target) return CLMLP_OK;
    if (reader->request->target_kind == CLMLP_TARGET_VALUES) {
        TRY(clmlp_grow(&table->y, &reader->y_capacity, table->m + 1, sizeof *table->y, "targets", reader->error));
        if (!clmlp_is_missing(field->text, field->length)) {
            return parse_field(reader, field, layout->target, &table->y[table->m]);
        }
        table->y[table->m] = (double)NAN;
        clmlp_missing_add(&table->classes.missing, 1, field->line, field->column);
        return CLMLP_OK;
    }
    return clmlp_classes_add(&table->classes, field->text, field->length, field->line, field->column, reader->error);
}

static clmlp_status read_target(clmlp_csv_reader *reader)
{
    clmlp_field field;
    const size_t column = reader->layout.target;
    const bool last = column + 1 == reader->layout.columns;
    TRY(clmlp_fields_next(&reader->fields, &field, reader->error));
    if (field.ends_row && !last) return clmlp_csv_wrong_count(reader, &field, column + 1);
    TRY(clmlp_csv_take_target(reader, &field));
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
        case CLMLP_CSV_TARGET: TRY(read_target(reader)); break;
        case CLMLP_CSV_SKIPPED: TRY(skip_fields(reader, run->first, run->stop)); break;
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

static clmlp_status read_rows(clmlp_csv_reader *reader)
{
    for (;;) {
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
}

/* The first row, which is data. */
static clmlp_status take_first_row(clmlp_csv_reader *reader)
{
    const clmlp_csv_layout *layout = &reader->layout;
    double *row = NULL;
    TRY(reserve_row(reader, &row));
    for (size_t j = 0; j < layout->columns; j++) {
        const clmlp_field *field = &layout->cells[j].field;
        if (j == layout->target) TRY(clmlp_csv_take_target(reader, field));
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

/* Which column of the file each feature was. */
static clmlp_status keep_sources(const clmlp_csv_reader *reader)
{
    const clmlp_csv_layout *const layout = &reader->layout;
    TRY(clmlp_allocate(&reader->table->source, layout->features, sizeof *reader->table->source, "a list of columns",
                       reader->error));
    for (size_t j = 0; j < layout->columns; j++) {
        if (layout->place[j] != CLMLP_CSV_NOWHERE) reader->table->source[layout->place[j]] = j;
    }
    return CLMLP_OK;
}

clmlp_status clmlp_csv_no_rows(const clmlp_csv_reader *reader)
{
    return clmlp_fail(reader->error, CLMLP_BAD_INPUT, "%s:%zu:1: found only a header, expected rows of data after it",
                      reader->fields.input->path, reader->layout.cells[0].field.line);
}

/* Names of the columns and of the target for the table. */
static clmlp_status keep_names(const clmlp_csv_reader *reader)
{
    const clmlp_csv_layout *layout = &reader->layout;
    clmlp_status status = CLMLP_OK;
    const char **names = NULL;
    char index[32];
    reader->table->columns = layout->columns;
    if (layout->has_header) {
        TRY_CLEANUP(clmlp_allocate(&names, layout->columns, sizeof *names, "the names of columns", reader->error));
        for (size_t j = 0; j < layout->columns; j++) names[j] = layout->cells[j].field.text;
        reader->table->names_line = layout->cells[0].field.line;
        TRY_CLEANUP(clmlp_duplicate_list(&reader->table->names, names, layout->columns, reader->error));
    }
    TRY_CLEANUP(keep_sources(reader));
    if (!reader->request->labels_file) {
        TRY_CLEANUP(clmlp_csv_name_features(layout, reader->fields.input->path, reader->request,
                                            &reader->table->named, reader->error));
    }
    if (layout->keeps_target) {
        const bool named = layout->has_header && layout->cells[layout->target].field.length > 0;
        (void)snprintf(index, sizeof index, "%zu", layout->target + 1);
        TRY_CLEANUP(clmlp_duplicate(&reader->table->target, named ? names[layout->target] : index, reader->error));
        reader->table->has_target = true;
    }
cleanup:
    free(names);
    return status;
}

clmlp_status clmlp_csv_start(clmlp_csv_reader *reader, clmlp_input *input)
{
    clmlp_csv_layout *const layout = &reader->layout;
    clmlp_error *const error = reader->error;
    TRY(clmlp_fields_open(&reader->fields, input, reader->request->delimiter, reader->request->decimal, error));
    TRY(clmlp_csv_first_row(layout, &reader->fields, reader->request, error));
    TRY(clmlp_csv_place_columns(layout, input->path, reader->request, &reader->table->notes, error));
    reader->n = layout->features;
    return CLMLP_OK;
}

clmlp_status clmlp_csv_finish(clmlp_csv_reader *reader)
{
    const clmlp_csv_layout *const layout = &reader->layout;
    const size_t first = layout->has_header ? reader->first_line : layout->cells[0].field.line;
    const size_t last = reader->last_line != 0 ? reader->last_line : first;
    if (last - first == reader->table->m - 1) reader->table->first_line = first;
    return keep_names(reader);
}

static clmlp_status read_all(clmlp_csv_reader *reader, clmlp_input *input)
{
    const clmlp_csv_layout *const layout = &reader->layout;
    TRY(clmlp_csv_start(reader, input));
    if (!layout->in_order) TRY(clmlp_allocate(&reader->row, reader->n, sizeof *reader->row, "a row", reader->error));
    if (!layout->has_header) TRY(take_first_row(reader));
    TRY(read_rows(reader));
    if (layout->may_be_header) TRY(reconsider_first_row(reader));
    if (reader->table->m == 0) return clmlp_csv_no_rows(reader);
    TRY(leave_out_index(reader));
    return clmlp_csv_finish(reader);
}

static void release(clmlp_csv_reader *reader)
{
    free(reader->row);
    reader->row = NULL;
    clmlp_csv_layout_release(&reader->layout);
    clmlp_fields_close(&reader->fields);
}

clmlp_status clmlp_csv_restart(clmlp_csv_reader *reader, clmlp_input *input)
{
    release(reader);
    clmlp_table_release(reader->table);
    free(reader->x);
    reader->x = NULL;
    reader->x_capacity = reader->y_capacity = reader->n = 0;
    reader->first_line = reader->last_line = 0;
    reader->wants_cells = false;
    if (reader->error != NULL) *reader->error = (clmlp_error){.status = CLMLP_OK};
    TRY(clmlp_input_restart(input, reader->error));
    reader->table->classes.path = input->path;
    return CLMLP_OK;
}

/* Numbers as long as there is nothing else, for they are fast. */
static clmlp_status read_file(clmlp_csv_reader *reader, clmlp_input *input)
{
    const clmlp_columns *const columns = reader->request->columns;
    const bool encoded = columns != NULL && columns->encoders != NULL;
    if (clmlp_for_training(reader->request) || encoded) TRY(clmlp_input_keep(input, reader->error));
    if (encoded || reader->request->categorical != NULL) return clmlp_csv_read_cells(reader, input);
    const clmlp_status status = read_all(reader, input);
    if (!reader->wants_cells) return status;
    TRY(clmlp_csv_restart(reader, input));
    return clmlp_csv_read_cells(reader, input);
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
    const clmlp_status status = read_file(&reader, input);
    table->storage = CLMLP_STORE_F64;
    table->n = reader.n;
    table->x = reader.x;
    if (status == CLMLP_OK && reader.x != NULL && table->m > 0) {
        void *exact = realloc(reader.x, table->m * reader.n * sizeof(double));
        if (exact != NULL) table->x = exact;
    }
    for (size_t j = 0; j < reader.text_count; j++) free(reader.texts[j].text);
    free(reader.texts);
    release(&reader);
    return status;
}
