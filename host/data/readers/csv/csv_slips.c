/* csv_slips.c - texts among the numbers of a column, which make it categorical: where the first is, what helps. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "data/columns/date.h"
#include "data/columns/missing.h"
#include "data/quote.h"
#include "data/readers/csv/csv.h"

/* More texts than these are no few ways to write "no value". */
enum { LISTED = 4 };

/* What a column of texts holds: distinct ones by kind, and rows. */
typedef struct slips {
    size_t count, present;      /* texts, and rows that have one */
    size_t values, rows;        /* those that are numbers, or those that are dates, whichever are more */
    bool dates;
    size_t other_count;
    const char *others[LISTED]; /* the first of those that are none */
} slips;

static bool is_value(const clmlp_csv_reader *reader, const char *text, bool date)
{
    const clmlp_field field = {.text = text, .length = strlen(text)};
    double value = 0.0;
    bool time = false;
    return date ? clmlp_parse_date(text, text + field.length, &value, &time)
                : clmlp_fields_number(&reader->fields, &field, &value);
}

static slips count(const clmlp_csv_reader *reader, const clmlp_cells *cells)
{
    const clmlp_dictionary *const dictionary = &cells->dictionary;
    const clmlp_raw_column raw = {.codes = cells->codes, .code_size = cells->code_size};
    slips s = {.count = dictionary->count, .present = cells->m - cells->missing};
    size_t numbers = 0, dates = 0;
    for (size_t code = 1; code <= dictionary->count; code++) {
        const char *const text = clmlp_dictionary_text(dictionary, code);
        if (is_value(reader, text, false)) numbers++;
        else if (is_value(reader, text, true)) dates++;
    }
    s.dates = dates > numbers;
    s.values = s.dates ? dates : numbers;
    if (s.values == 0) return s;
    for (size_t code = 1; code <= dictionary->count; code++) {
        const char *const text = clmlp_dictionary_text(dictionary, code);
        if (!is_value(reader, text, s.dates) && s.other_count++ < LISTED) s.others[s.other_count - 1] = text;
    }
    for (size_t i = 0; i < cells->m; i++) {
        const uint32_t code = clmlp_raw_code(&raw, i);
        s.rows += code != 0 && is_value(reader, clmlp_dictionary_text(dictionary, code), s.dates);
    }
    return s;
}

/* By text or by row: a code may be in most rows, and a slip, too. */
static bool are_mostly_values(const slips *s)
{
    return s->values > 0 && (2 * s->values >= s->count || 2 * s->rows >= s->present);
}

clmlp_status clmlp_csv_remember_text(clmlp_csv_reader *reader, const clmlp_field *field, size_t column, bool lost)
{
    clmlp_csv_text *const text = &reader->texts[column];
    if (text->line > 0) return CLMLP_OK;
    if (!lost && (text->asked || clmlp_is_missing(&reader->fields.marks, field->text, field->length))) return CLMLP_OK;
    double value = 0.0;
    bool time = false;
    if (!lost && (clmlp_fields_number(&reader->fields, field, &value) ||
                  clmlp_parse_date(field->text, field->text + field->length, &value, &time))) return CLMLP_OK;
    text->line = field->line;
    text->column = field->column;
    text->lost = lost;
    TRY(clmlp_allocate(&text->text, field->length + 1, 1, "a text", reader->error));
    memcpy(text->text, field->text, field->length);
    return CLMLP_OK;
}

/* What helps where the texts mean "no value". */
static clmlp_status advise(clmlp_text *advice, const clmlp_csv_reader *reader, size_t j, const slips *s)
{
    const clmlp_csv_text *const text = &reader->texts[j];
    TRY(clmlp_text_append(advice, reader->error, "%s", clmlp_csv_empty_hint(reader, strlen(text->text))));
    if (!are_mostly_values(s)) return CLMLP_OK;
    if (s->other_count > LISTED) {
        return clmlp_text_append(advice, reader->error, "; %zu of its texts are no %ss: mend them, or name those that "
                                 "mean no value with --missing-values", s->other_count, s->dates ? "date" : "number");
    }
    TRY(clmlp_text_append(advice, reader->error, "; if %s no value, say ", s->other_count == 1 ? "it means"
                                                                                               : "such texts mean"));
    return clmlp_marks_option(advice, &reader->fields.marks, s->others, s->other_count, reader->error);
}

static clmlp_status tell(const clmlp_csv_reader *reader, size_t j, const slips *s, const char *advice)
{
    const clmlp_csv_text *const text = &reader->texts[j];
    const char *const path = reader->fields.input->path;
    const bool mostly = are_mostly_values(s);
    char quoted[CLMLP_QUOTE_LENGTH], name[CLMLP_CSV_COLUMN_LENGTH], option[CLMLP_CSV_COLUMN_LENGTH];
    (void)clmlp_quote(quoted, text->text, strlen(text->text));
    (void)clmlp_csv_column(name, &reader->layout, j);
    if (s->count <= reader->request->max_categories) {
        return clmlp_notes_add(&reader->table->notes, reader->error,
                               "%s:%zu:%zu: %s is taken as categories, %zu different texts, because of %s%s", path,
                               text->line, text->column, name, s->count, quoted, advice);
    }
    const char *const what = !mostly ? "number or date" : s->dates ? "date" : "number";
    return clmlp_fail(reader->error, CLMLP_BAD_INPUT,
                      "%s:%zu:%zu: found %s, expected a %s in %s, as in %s rows%s; as categories it has %zu different "
                      "texts (--max-categories %zu, or leave it out: --ignore %s)", path, text->line, text->column,
                      quoted, what, name, mostly ? "most other" : "the first", advice, s->count, s->count,
                      clmlp_csv_option(option, &reader->layout, j));
}

clmlp_status clmlp_csv_tell_texts(const clmlp_csv_reader *reader)
{
    const clmlp_csv_layout *const layout = &reader->layout;
    if (reader->request->survey != NULL) return CLMLP_OK;
    for (size_t j = 0; j < layout->columns; j++) {
        if (layout->place[j] == CLMLP_CSV_NOWHERE || reader->texts[j].line == 0 || reader->texts[j].asked) continue;
        const clmlp_cells *const cells = &reader->table->cells[layout->place[j]];
        if (cells->state != CLMLP_CELLS_TEXTS) continue;
        const slips s = count(reader, cells);
        if (!reader->texts[j].lost && !are_mostly_values(&s)) continue;
        clmlp_text advice = {0};
        clmlp_status status = advise(&advice, reader, j, &s);
        if (status == CLMLP_OK) status = tell(reader, j, &s, advice.data != NULL ? advice.data : "");
        free(advice.data);
        TRY(status);
    }
    return CLMLP_OK;
}
