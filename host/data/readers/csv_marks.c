/* csv_marks.c - numbers that may be the caller's marks of a missing value, in another spelling. */
#include "data/missing.h"
#include "data/quote.h"
#include "data/readers/csv.h"

clmlp_status clmlp_csv_check_spelling(const clmlp_csv_reader *reader, const clmlp_field *field, size_t column,
                                      double value)
{
    char quoted[CLMLP_QUOTE_LENGTH], name[CLMLP_CSV_COLUMN_LENGTH];
    if (!reader->marks_numbers || !clmlp_marks_have_number(&reader->fields.marks, value)) return CLMLP_OK;
    return clmlp_fail(reader->error, CLMLP_BAD_INPUT,
                      "%s:%zu:%zu: found %s in %s: a value, or a missing one? (that number means \"no value\" in "
                      "another spelling; --missing-values takes both)", reader->fields.input->path, field->line,
                      field->column, clmlp_quote(quoted, field->text, field->length),
                      clmlp_csv_column(name, &reader->layout, column));
}

clmlp_status clmlp_csv_check_text(const clmlp_csv_reader *reader, const clmlp_field *field, size_t column)
{
    double value = 0.0;
    if (!reader->marks_numbers || clmlp_is_missing(&reader->fields.marks, field->text, field->length)) return CLMLP_OK;
    if (!clmlp_fields_number(&reader->fields, field, &value)) return CLMLP_OK;
    return clmlp_csv_check_spelling(reader, field, column, value);
}
