/* csv_marks.c - numbers that may be the caller's marks of a missing value, in another spelling. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "data/columns/missing.h"
#include "data/quote.h"
#include "data/readers/csv/csv.h"

const char *clmlp_csv_empty_hint(const clmlp_csv_reader *reader, size_t length)
{
    if (length > 0 || clmlp_is_missing(&reader->fields.marks, "", 0)) return "";
    return "; the list of --missing-values does not have the empty cell (an empty item, such as a comma at its end)";
}

clmlp_status clmlp_csv_check_spelling(const clmlp_csv_reader *reader, const clmlp_field *field, size_t column,
                                      double value)
{
    char quoted[CLMLP_QUOTE_LENGTH], name[CLMLP_CSV_COLUMN_LENGTH];
    clmlp_text option = {0};
    char *text = NULL;
    clmlp_status status = CLMLP_OK;
    if (!reader->marks_numbers || !clmlp_marks_have_number(&reader->fields.marks, value)) return CLMLP_OK;
    TRY_CLEANUP(clmlp_allocate(&text, field->length + 1, 1, "a text", reader->error));
    memcpy(text, field->text, field->length);
    const char *const more[] = {text};
    TRY_CLEANUP(clmlp_marks_option(&option, &reader->fields.marks, more, 1, reader->error));
    status = clmlp_fail(reader->error, CLMLP_BAD_INPUT,
                        "%s:%zu:%zu: found %s in %s: a value, or a missing one? (that number means \"no value\" in "
                        "another spelling; %s takes both)", reader->fields.input->path, field->line, field->column,
                        clmlp_quote(quoted, field->text, field->length),
                        clmlp_csv_column(name, &reader->layout, column), option.data);
cleanup:
    free(text);
    free(option.data);
    return status;
}

clmlp_status clmlp_csv_check_text(const clmlp_csv_reader *reader, const clmlp_field *field, size_t column)
{
    double value = 0.0;
    if (!reader->marks_numbers || clmlp_is_missing(&reader->fields.marks, field->text, field->length)) return CLMLP_OK;
    if (!clmlp_fields_number(&reader->fields, field, &value)) return CLMLP_OK;
    return clmlp_csv_check_spelling(reader, field, column, value);
}
