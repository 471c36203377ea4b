/* csv_common.c - what both ways to read a text file do alike: errors with their place, targets, names, a new start. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"
#include "data/columns/missing.h"
#include "data/quote.h"
#include "data/readers/csv/csv.h"

/* A number with its thousands apart, as it may be meant. */
static void ask_about_groups(char *hint, size_t size, const clmlp_csv_reader *reader, const clmlp_field *field)
{
    const bool decimal_comma = reader->fields.decimal == CLMLP_DECIMAL_COMMA;
    char whole[64], fraction[64];
    size_t length = 0, marks = 0, others = 0;
    const char mark = field->text[strcspn(field->text, ".,")];
    hint[0] = '\0';
    if (field->length >= sizeof whole) return;
    for (size_t i = 0; i < field->length; i++) {
        const char c = field->text[i];
        marks += c == mark;
        others += c != mark && (c == '.' || c == ',');
        if (c != mark) whole[length++] = c == ',' ? '.' : c;
        fraction[i] = c == mark ? '.' : c;
    }
    whole[length] = fraction[field->length] = '\0';
    const char *const what = mark == ',' ? "comma" : "point", *const s = marks > 1 ? "s" : "";
    if (marks > 1 || others > 0) {
        (void)snprintf(hint, size, "; is it %s? then write it without the %s%s", whole, what, s);
        return;
    }
    const bool may_be_comma = reader->fields.delimiter != ','; /* else --decimal , would not help */
    (void)snprintf(hint, size, "; is it %s (then write it without the %s) or %s (%s)?", whole, what, fraction,
                   decimal_comma  ? "say --decimal ."
                   : may_be_comma ? "say --decimal ,"
                                  : "then write it with a point");
}

enum { HINT_LENGTH = 256 };

/* What may be meant by a field that is no number. */
static void hint_at(char hint[HINT_LENGTH], const clmlp_csv_reader *reader, const clmlp_field *field,
                    clmlp_csv_form form)
{
    const bool decimal_comma = reader->fields.decimal == CLMLP_DECIMAL_COMMA;
    const char *const comma = memchr(field->text, ',', field->length);
    const char *text = "";
    if (form == CLMLP_CSV_GROUPS) {
        ask_about_groups(hint, HINT_LENGTH, reader, field);
        return;
    }
    if (form == CLMLP_CSV_DATE) text = "; dates are written 2026-01-31";
    else if (form == CLMLP_CSV_MOMENT) text = "; dates with a time are written 2026-01-31 20:00:00";
    else if (form == CLMLP_CSV_TIME) text = "; times need a day, 2026-01-31 20:00, or write hours as a number, 20.5";
    else if (form == CLMLP_CSV_MONTH) text = "; dates have a day, 2026-01-31";
    else if (form == CLMLP_CSV_BLANKS) text = "; numbers are written without blanks";
    else if (form == CLMLP_CSV_UNIT) text = "; numbers are written without a unit";
    else if (decimal_comma && memchr(field->text, '.', field->length) != NULL) {
        text = "; decimals are written with a comma (--decimal ,)";
    } else if (!decimal_comma && comma != NULL && comma > field->text && comma[-1] >= '0' && comma[-1] <= '9') {
        text = "; decimals are written with a point (or say --decimal ,)";
    } else if (reader->layout.columns == 1) {
        text = "; columns are separated by commas, tabs or semicolons";
    }
    (void)snprintf(hint, HINT_LENGTH, "%s", text);
}

/* Why a field is not a finite number. */
clmlp_status clmlp_csv_not_a_number(const clmlp_csv_reader *reader, const clmlp_field *field, size_t column,
                                    bool parsed)
{
    char quoted[CLMLP_QUOTE_LENGTH], name[CLMLP_CSV_COLUMN_LENGTH], option[CLMLP_CSV_COLUMN_LENGTH];
    char hint[HINT_LENGTH] = "", asks[CLMLP_CSV_COLUMN_LENGTH + 64] = "";
    const char *const path = reader->fields.input->path;
    (void)clmlp_csv_column(name, &reader->layout, column);
    const bool feature = !clmlp_csv_is_target(&reader->layout, column) && !reader->request->labels_file;
    const clmlp_columns *const columns = reader->request->columns;
    const bool fills = clmlp_for_training(reader->request) || (columns != NULL && columns->encoders != NULL);
    const bool unknown = feature && !fills && clmlp_is_missing(&reader->fields.marks, field->text, field->length);
    const char *const why = unknown ? "; the model has no value to put in its place" : "";
    if (field->length == 0) {
        return clmlp_fail(reader->error, CLMLP_BAD_INPUT, "%s:%zu:%zu: missing value (found nothing, expected a number "
                          "in %s)%s%s", path, field->line, field->column, name, why,
                          clmlp_csv_empty_hint(reader, 0));
    }
    double value = 0.0;
    const bool finite = parsed && clmlp_fields_number(&reader->fields, field, &value) && isfinite(value);
    if (finite) { /* so it is one of the texts that mean "no value" */
        return clmlp_fail(reader->error, CLMLP_BAD_INPUT, "%s:%zu:%zu: missing value (found %s) in %s%s", path,
                          field->line, field->column, clmlp_quote(quoted, field->text, field->length), name, why);
    }
    const clmlp_csv_form form = parsed ? CLMLP_CSV_PLAIN : clmlp_csv_form_of(reader, field);
    if (!parsed) hint_at(hint, reader, field, form);
    if (form != CLMLP_CSV_PLAIN && feature && clmlp_for_training(reader->request)) {
        (void)snprintf(asks, sizeof asks, "; if it is a text, say --categorical %s",
                       clmlp_csv_option(option, &reader->layout, column));
    }
    if (form != CLMLP_CSV_PLAIN && !feature && reader->request->guesses_kind) {
        (void)snprintf(asks, sizeof asks, "; if it is a class, say --task classify");
    }
    return clmlp_fail(reader->error, CLMLP_BAD_INPUT, "%s:%zu:%zu: found %s, expected a %snumber%s in %s%s%s",
                      path, field->line, field->column, clmlp_quote(quoted, field->text, field->length),
                      parsed ? "finite " : "", form >= CLMLP_CSV_DATE && feature ? " or date" : "", name, hint,
                      asks[0] != '\0' ? asks : why);
}

static clmlp_status parse_field(const clmlp_csv_reader *reader, const clmlp_field *field, size_t column, double *value)
{
    const bool parsed = clmlp_fields_number(&reader->fields, field, value);
    if (!parsed || !isfinite(*value)) return clmlp_csv_not_a_number(reader, field, column, parsed);
    return CLMLP_OK;
}

/* At the last field found, or the first surplus one. */
clmlp_status clmlp_csv_wrong_count(const clmlp_csv_reader *reader, const clmlp_field *last, size_t found)
{
    const clmlp_csv_layout *layout = &reader->layout;
    return clmlp_fail(reader->error, CLMLP_BAD_INPUT,
                      "%s:%zu:%zu: found %zu field%s, expected %zu as in the %s, line %zu%s",
                      reader->fields.input->path, last->line, last->column, found, found == 1 ? "" : "s",
                      layout->columns, layout->has_header ? "header" : "first row", layout->cells[0].field.line,
                      clmlp_csv_comment_hint(&layout->cells[0].field));
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

/* A label, which may be a number with the decimal mark of the file. */
static clmlp_status take_class(clmlp_csv_reader *reader, const clmlp_field *field, size_t column)
{
    clmlp_classes *const classes = &reader->table->classes;
    char number[64];
    double value = 0.0;
    const bool missing = clmlp_is_missing(&reader->fields.marks, field->text, field->length);
    const bool asks = reader->request->guesses_kind && reader->request->survey == NULL && !missing;
    if (asks && clmlp_csv_form_of(reader, field) != CLMLP_CSV_PLAIN) {
        return clmlp_csv_not_a_number(reader, field, column, false);
    }
    const char *const comma = memchr(field->text, ',', field->length);
    if (reader->fields.decimal == CLMLP_DECIMAL_COMMA && comma != NULL && field->length < sizeof number && !missing &&
        clmlp_fields_number(&reader->fields, field, &value)) {
        memcpy(number, field->text, field->length);
        number[comma - field->text] = '.';
        return clmlp_classes_add(classes, number, field->length, field->line, field->column, reader->error);
    }
    return clmlp_classes_add(classes, field->text, field->length, field->line, field->column, reader->error);
}

/* The target (or left-out) field of row table->m. */
clmlp_status clmlp_csv_take_target(clmlp_csv_reader *reader, const clmlp_field *field, size_t column)
{
    clmlp_table *table = reader->table;
    const clmlp_csv_layout *layout = &reader->layout;
    if (!layout->keeps_target) return CLMLP_OK;
    if (layout->slots != NULL) return clmlp_csv_take_one_of_several(reader, field, column);
    if (reader->request->target_kind == CLMLP_TARGET_VALUES) {
        TRY(clmlp_grow(&table->y, &reader->y_capacity, table->m + 1, sizeof *table->y, "targets", reader->error));
        if (!clmlp_is_missing(&reader->fields.marks, field->text, field->length)) {
            TRY(parse_field(reader, field, layout->target, &table->y[table->m]));
            return clmlp_csv_check_spelling(reader, field, layout->target, table->y[table->m]);
        }
        table->y[table->m] = (double)NAN;
        clmlp_missing_add(&table->classes.missing, 1, field->line, field->column);
        return CLMLP_OK;
    }
    TRY(clmlp_csv_check_text(reader, field, column));
    return take_class(reader, field, column);
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

/* What was found or said about the text. */
static clmlp_status describe_form(const clmlp_csv_reader *reader)
{
    const clmlp_csv_layout *const layout = &reader->layout;
    const char delimiter = reader->fields.delimiter;
    clmlp_text form = {0};
    TRY(clmlp_text_append(&form, reader->error, "text"));
    reader->table->form = form.data;
    if (layout->columns > 1) {
        TRY(clmlp_text_append(&form, reader->error, ", columns separated by %s",
                              delimiter == ',' ? "commas" : delimiter == ';' ? "semicolons" : "tabs"));
        reader->table->form = form.data;
    }
    const clmlp_status status = layout->has_header
                                    ? clmlp_text_append(&form, reader->error, ", their names in line %zu",
                                                        layout->cells[0].field.line)
                                    : clmlp_text_append(&form, reader->error, ", no names");
    reader->table->form = form.data;
    return status;
}

/* Names of the columns and of the target for the table. */
static clmlp_status keep_names(const clmlp_csv_reader *reader)
{
    const clmlp_csv_layout *layout = &reader->layout;
    clmlp_status status = CLMLP_OK;
    const char **names = NULL;
    reader->table->columns = layout->columns;
    TRY(describe_form(reader));
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
    if (layout->keeps_target) TRY_CLEANUP(clmlp_csv_name_targets(reader));
cleanup:
    free(names);
    return status;
}

clmlp_status clmlp_csv_start(clmlp_csv_reader *reader, clmlp_input *input)
{
    clmlp_csv_layout *const layout = &reader->layout;
    clmlp_error *const error = reader->error;
    TRY(clmlp_fields_open(&reader->fields, input, reader->request->delimiter, reader->request->decimal, error));
    reader->fields.marks = reader->request->marks;
    reader->marks_numbers = clmlp_marks_have_numbers(&reader->fields.marks);
    TRY(clmlp_csv_first_row(layout, &reader->fields, reader->request, error));
    TRY(clmlp_csv_place_columns(layout, input->path, reader->request, &reader->table->notes, error));
    /* a text in the first row may yet be found to be its name */
    reader->table->classes.guesses_kind = reader->request->guesses_kind && !layout->may_be_header;
    reader->n = layout->features;
    return clmlp_csv_begin_kept(reader);
}

clmlp_status clmlp_csv_finish(clmlp_csv_reader *reader)
{
    const clmlp_csv_layout *const layout = &reader->layout;
    const size_t first = layout->has_header ? reader->first_line : layout->cells[0].field.line;
    const size_t last = reader->last_line != 0 ? reader->last_line : first;
    if (last - first == reader->table->m - 1) reader->table->first_line = first;
    TRY(clmlp_csv_finish_targets(reader));
    return keep_names(reader);
}

void clmlp_csv_release(clmlp_csv_reader *reader)
{
    free(reader->row);
    reader->row = NULL;
    clmlp_csv_layout_release(&reader->layout);
    clmlp_fields_close(&reader->fields);
}

clmlp_status clmlp_csv_restart(clmlp_csv_reader *reader, clmlp_input *input)
{
    clmlp_csv_release(reader);
    clmlp_table_release(reader->table);
    free(reader->x);
    reader->x = NULL;
    reader->x_capacity = reader->y_capacity = reader->w_capacity = reader->n = 0;
    reader->first_line = reader->last_line = 0;
    reader->wants_cells = false;
    if (reader->error != NULL) *reader->error = (clmlp_error){.status = CLMLP_OK};
    TRY(clmlp_input_restart(input, reader->error));
    reader->table->classes.path = input->path;
    reader->table->classes.marks = reader->request->marks;
    return CLMLP_OK;
}
