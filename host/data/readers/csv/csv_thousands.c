/* csv_thousands.c - columns whose fractions may be thousands: 1.167 beside 836. What was read is looked at first; where
 * it may be so, the texts decide. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "data/columns/missing.h"
#include "data/quote.h"
#include "data/readers/csv/csv.h"

/* More rows would cost time in each file, and tell no more. */
enum { LOOKED_AT = 10000 };

/* What speaks for thousands in a column, until something speaks against them. */
typedef struct suspicion {
    bool against;
    size_t fractions, hundreds; /* 1.167; 836 */
    size_t line, column;        /* of the first fraction */
    char fraction[16], hundred[8];
} suspicion;

/* --- by value ------------------------------------------------------------------------------------------------ */

/* Three decimals at most, below 1000 and not below 1. */
static void look_at_value(suspicion *s, double value)
{
    const double size = fabs(value), thousandths = size * 1000.0;
    if (isnan(value) || s->against) return;
    if (size == floor(size)) {
        s->against = size >= 1000.0;
        s->hundreds += size >= 100.0;
    } else {
        s->against = size < 1.0 || size >= 1000.0 || fabs(thousandths - rint(thousandths)) > 1e-6;
        s->fractions++;
    }
}

/* --- by text ------------------------------------------------------------------------------------------------- */

static size_t count_digits(const char *p, const char *end)
{
    size_t count = 0;
    while (p + count < end && p[count] >= '0' && p[count] <= '9') count++;
    return count;
}

/* One to three digits, or these with the mark and three more. Nothing else is a number with or without thousands. */
static void look_at_text(suspicion *s, const clmlp_field *field, char mark)
{
    const char *const end = field->text + field->length;
    const char *const p = field->text + (field->length > 0 && (field->text[0] == '-' || field->text[0] == '+'));
    const size_t whole = count_digits(p, end), left = (size_t)(end - p) - whole;
    const bool fraction = left == 4 && p[whole] == mark && count_digits(p + whole + 1, end) == 3 && p[0] != '0';
    s->against = s->against || whole < 1 || whole > 3 || (left > 0 && !fraction);
    if (s->against) return;
    if (fraction && s->fractions++ == 0) {
        s->line = field->line;
        s->column = field->column;
        memcpy(s->fraction, field->text, field->length); /* at most 8 */
    }
    if (!fraction && whole == 3 && p[0] != '0' && s->hundreds++ == 0) memcpy(s->hundred, p, 3);
}

static bool stands(const suspicion *s)
{
    return !s->against && s->fractions > 0 && s->hundreds > 0;
}

/* --- columns ------------------------------------------------------------------------------------------------- */

static void look_at_target(suspicion *s, const clmlp_csv_reader *reader, size_t j)
{
    const clmlp_table *const table = reader->table;
    const clmlp_csv_layout *const layout = &reader->layout;
    const char mark = reader->fields.decimal == CLMLP_DECIMAL_COMMA ? ',' : '.';
    const size_t rows = table->m < LOOKED_AT ? table->m : LOOKED_AT;
    const size_t count = layout->slots != NULL ? layout->target_count : 1, k = layout->slots != NULL ? layout->slots[j]
                                                                                                     : 0;
    for (size_t i = 0; table->y != NULL && i < rows; i++) look_at_value(s, table->y[i * count + k]);
    const clmlp_real_targets *const real = &table->classes.real;
    if (table->classes.is_real) {
        for (size_t i = 0; i < real->m && i < rows; i++) look_at_value(s, real->y[i]);
        return;
    }
    for (size_t i = table->classes.unused; table->y == NULL && i < table->classes.count && !s->against; i++) {
        const clmlp_field field = {.text = clmlp_class_text(&table->classes, i),
                                   .length = clmlp_class_length(&table->classes, i)};
        if (!clmlp_is_missing(&reader->fields.marks, field.text, field.length)) look_at_text(s, &field, mark);
    }
}

/* Whether any of the columns may hold thousands; `suspicions` [columns] says which. */
static bool look(suspicion *suspicions, const clmlp_csv_reader *reader)
{
    const clmlp_csv_layout *const layout = &reader->layout;
    const clmlp_table *const table = reader->table;
    const size_t rows = table->m < LOOKED_AT ? table->m : LOOKED_AT;
    bool any = false;
    for (size_t j = 0; j < layout->columns; j++) {
        suspicion *const s = &suspicions[j];
        const size_t place = layout->place[j];
        const bool target = clmlp_csv_is_target(layout, j);
        const clmlp_cells *const cells = place != CLMLP_CSV_NOWHERE && table->cells != NULL ? &table->cells[place]
                                                                                          : NULL;
        const bool numbers = cells != NULL ? cells->state == CLMLP_CELLS_NUMBERS : reader->x != NULL;
        if (target && layout->keeps_target) look_at_target(s, reader, j);
        else if (target || place == CLMLP_CSV_NOWHERE || !numbers) s->against = true;
        for (size_t i = 0; !target && !s->against && i < rows; i++) {
            look_at_value(s, cells != NULL ? cells->numbers[i] : reader->x[i * reader->n + place]);
        }
        s->against = !stands(s);
        any = any || !s->against;
        s->fractions = s->hundreds = 0;
    }
    return any;
}

/* The file once more, as texts. */
static clmlp_status read_texts(suspicion *suspicions, const clmlp_csv_reader *reader, clmlp_fields *fields)
{
    const clmlp_csv_layout *const layout = &reader->layout;
    const char mark = fields->decimal == CLMLP_DECIMAL_COMMA ? ',' : '.';
    clmlp_field field = {0};
    for (size_t row = 0;; row++) {
        bool found = false;
        TRY(clmlp_fields_find_row(fields, &found, reader->error));
        if (!found) return CLMLP_OK;
        for (size_t j = 0; j == 0 || !field.ends_row; j++) {
            TRY(clmlp_fields_next(fields, &field, reader->error));
            if ((row == 0 && layout->has_header) || j >= layout->columns || suspicions[j].against) continue;
            if (clmlp_is_missing(&reader->fields.marks, field.text, field.length)) continue;
            look_at_text(&suspicions[j], &field, mark);
        }
    }
}

static clmlp_status tell(const clmlp_csv_reader *reader, size_t j, const suspicion *s)
{
    clmlp_table *const table = reader->table;
    const char *const path = reader->fields.input->path;
    char name[CLMLP_CSV_COLUMN_LENGTH];
    clmlp_text text = {0};
    (void)clmlp_csv_column(name, &reader->layout, j);
    if (reader->request->survey == NULL) {
        return clmlp_notes_add(&table->notes, reader->error,
                               "%s:%zu:%zu: %s: all its fractions have three decimals, %s beside %s; if these are "
                               "thousands, write them without the mark", path, s->line, s->column, name, s->fraction,
                               s->hundred);
    }
    TRY(clmlp_grow(&table->thousands, &table->thousands_capacity, table->thousands_count + 1, sizeof *table->thousands,
                   "a list of columns", reader->error));
    TRY(clmlp_text_append(&text, reader->error, "all fractions of %s have three decimals, %s in line %zu beside %s",
                          name, s->fraction, s->line, s->hundred));
    table->thousands[table->thousands_count++] = (clmlp_thousands){.column = j, .count = s->fractions,
                                                                  .text = text.data};
    return CLMLP_OK;
}

clmlp_status clmlp_csv_tell_thousands(const clmlp_csv_reader *reader, clmlp_input *input)
{
    clmlp_status status = CLMLP_OK;
    suspicion *suspicions = NULL;
    clmlp_fields fields = {0};
    const size_t columns = reader->layout.columns;
    if (!clmlp_for_training(reader->request)) return CLMLP_OK;
    TRY(clmlp_allocate(&suspicions, columns, sizeof *suspicions, "a list of columns", reader->error));
    if (!look(suspicions, reader)) goto cleanup;
    TRY_CLEANUP(clmlp_input_restart(input, reader->error));
    TRY_CLEANUP(clmlp_fields_open(&fields, input, reader->request->delimiter, reader->request->decimal,
                                  reader->error));
    TRY_CLEANUP(read_texts(suspicions, reader, &fields));
    for (size_t j = 0; j < columns; j++) {
        if (stands(&suspicions[j])) TRY_CLEANUP(tell(reader, j, &suspicions[j]));
    }
cleanup:
    clmlp_fields_close(&fields);
    free(suspicions);
    return status;
}
