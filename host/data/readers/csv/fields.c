/* fields.c - fields of a CSV line: delimiters, quotes, line ends. */
#include "data/readers/csv/fields.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"
#include "base/utf8.h"
#include "data/quote.h"

static bool is_blank(const clmlp_fields *fields, char c)
{
    return c == ' ' || (c == '\t' && fields->delimiter != '\t');
}

static size_t count_characters(const char *begin, const char *end)
{
    size_t count = 0;
    for (; begin < end; begin++) count += ((unsigned char)*begin & 0xc0) != 0x80;
    return count;
}

static void move_mark(clmlp_fields *fields, const char *to)
{
    fields->before_mark += count_characters(fields->mark, to);
    fields->mark = to;
}

static clmlp_status read_more(clmlp_fields *fields, clmlp_error *error)
{
    move_mark(fields, fields->input->next);
    TRY(clmlp_input_more(fields->input, fields->input->next, error));
    fields->mark = fields->input->next;
    return CLMLP_OK;
}

clmlp_status clmlp_fields_open(clmlp_fields *fields, clmlp_input *input, clmlp_delimiter delimiter,
                               clmlp_decimal decimal, clmlp_error *error)
{
    memset(fields, 0, sizeof *fields);
    fields->input = input;
    fields->decimal = decimal;
    const size_t size = (size_t)(input->end - input->next);
    if (size >= 3 && memcmp(input->next, "\xef\xbb\xbf", 3) == 0) input->next += 3;
    if (size >= 2 && (memcmp(input->next, "\xff\xfe", 2) == 0 || memcmp(input->next, "\xfe\xff", 2) == 0)) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: UTF-16 text; save it as UTF-8", input->path);
    }
    const char *nul = memchr(input->next, '\0', (size_t)(input->end - input->next));
    if (nul != NULL) {
        return clmlp_fail(error, CLMLP_BAD_INPUT,
                          "%s: neither text nor IDX nor NPY (found a NUL byte at offset %zu)", input->path,
                          (size_t)(nul - input->buffer));
    }
    TRY(clmlp_find_delimiter(&fields->delimiter, input, delimiter, decimal, error));
    fields->line = 1;
    fields->mark = input->next;
    return CLMLP_OK;
}

void clmlp_fields_close(clmlp_fields *fields)
{
    free(fields->unquoted);
    memset(fields, 0, sizeof *fields);
}

/* After the line end at p; NULL: it may be a CR whose LF is still to be read. */
static char *after_line_end(const clmlp_input *input, char *p)
{
    if (*p == '\n') return p + 1;
    if (p + 1 == input->end && !input->at_end) return NULL;
    return p + (p[1] == '\n' ? 2 : 1);
}

clmlp_status clmlp_fields_find_row(clmlp_fields *fields, bool *found, clmlp_error *error)
{
    clmlp_input *input = fields->input;
    for (;;) {
        char *p = input->next;
        if (fields->stop > 0 && clmlp_input_position(input) >= fields->stop) {
            *found = false;
            return CLMLP_OK;
        }
        while (is_blank(fields, *p)) p++;
        if (*p == '\n' || *p == '\r') {
            char *after = after_line_end(input, p);
            if (after != NULL) {
                clmlp_fields_new_line(fields, after);
                continue;
            }
        } else if (p < input->end) {
            *found = true;
            return CLMLP_OK;
        }
        if (input->at_end) {
            *found = false;
            return CLMLP_OK;
        }
        TRY(read_more(fields, error));
    }
}

static clmlp_status fail_at(const clmlp_fields *fields, const clmlp_field *field, clmlp_error *error, const char *what)
{
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s:%zu:%zu: %s", fields->input->path, field->line, field->column, what);
}

/* Consume what ends the field at p: a delimiter, a line end or the end of the file. *cut: the buffer ends
 * before that can be told. */
static void finish_field(clmlp_fields *fields, clmlp_field *field, char *p, bool *cut)
{
    clmlp_input *input = fields->input;
    field->ends_row = true;
    if (p == input->end) {
        *cut = !input->at_end;
        if (!*cut) input->next = p;
    } else if (*p == fields->delimiter) {
        field->ends_row = false;
        input->next = p + 1;
    } else {
        char *after = after_line_end(input, p);
        *cut = after == NULL;
        if (!*cut) clmlp_fields_new_line(fields, after);
    }
}

static void scan_plain(clmlp_fields *fields, clmlp_field *field, bool *cut)
{
    const clmlp_input *input = fields->input;
    char *p = input->next;
    while (p < input->end && *p != fields->delimiter && *p != '\n' && *p != '\r') p++;
    const char *last = p;
    while (last > input->next && is_blank(fields, last[-1])) last--;
    field->quoted = false;
    field->text = input->next;
    field->length = (size_t)(last - input->next);
    finish_field(fields, field, p, cut);
}

/* Copy without the quotes; start is behind the opening one, close at the closing one. */
static clmlp_status unquote(clmlp_fields *fields, clmlp_field *field, const char *start, const char *close,
                            clmlp_error *error)
{
    TRY(clmlp_grow(&fields->unquoted, &fields->unquoted_capacity, (size_t)(close - start) + 1, 1, "a quoted field",
                   error));
    size_t length = 0;
    for (const char *p = start; p < close; p++) {
        fields->unquoted[length++] = *p;
        if (*p == '"') p++;
    }
    field->quoted = true;
    field->text = fields->unquoted;
    field->length = length;
    return CLMLP_OK;
}

static clmlp_status scan_quoted(clmlp_fields *fields, clmlp_field *field, bool *cut, clmlp_error *error)
{
    const clmlp_input *input = fields->input;
    char *start = input->next + 1, *close = start;
    for (;; close += 2) {
        close = memchr(close, '"', (size_t)(input->end - close));
        *cut = (close == NULL || close + 1 == input->end) && !input->at_end;
        if (*cut) return CLMLP_OK;
        if (close == NULL) return fail_at(fields, field, error, "this quote is never closed");
        if (close[1] != '"') break;
    }
    char *p = close + 1;
    while (is_blank(fields, *p)) p++;
    if (p < input->end && *p != fields->delimiter && *p != '\n' && *p != '\r') {
        return fail_at(fields, field, error,
                       "text follows the closing quote (a quote inside a quoted field is written twice)");
    }
    TRY(unquote(fields, field, start, close, error));
    finish_field(fields, field, p, cut);
    if (*cut) return CLMLP_OK;
    for (char *q = start; (q = memchr(q, '\n', (size_t)(close - q))) != NULL; q++) { /* lines inside quotes */
        fields->line++;
        if (field->ends_row) continue;
        fields->mark = q + 1;
        fields->before_mark = 0;
    }
    return CLMLP_OK;
}

clmlp_status clmlp_fields_next(clmlp_fields *fields, clmlp_field *field, clmlp_error *error)
{
    clmlp_input *input = fields->input;
    bool cut = false;
    do {
        if (cut) TRY(read_more(fields, error));
        cut = false;
        while (is_blank(fields, *input->next)) input->next++;
        move_mark(fields, input->next);
        field->line = fields->line;
        field->column = fields->before_mark + 1;
        if (*input->next == '"') {
            TRY(scan_quoted(fields, field, &cut, error));
        } else {
            scan_plain(fields, field, &cut);
        }
    } while (cut);
    if (memchr(field->text, '\0', field->length) != NULL) {
        return fail_at(fields, field, error, "found a NUL byte; is this a text file?");
    }
    if (fields->odd_line == 0 && clmlp_utf8_valid_length(field->text, field->length) < field->length) {
        fields->odd_line = field->line;
        fields->odd_column = field->column;
    }
    return CLMLP_OK;
}

bool clmlp_fields_number(const clmlp_fields *fields, const clmlp_field *field, double *value)
{
    enum { LONGEST = 512 }; /* longer ones are no numbers that anyone writes */
    const char *const end = field->text + field->length;
    if (fields->decimal == CLMLP_DECIMAL_POINT) return clmlp_parse_double(field->text, end, value);
    char text[LONGEST];
    if (field->length > sizeof text || memchr(field->text, '.', field->length) != NULL) return false;
    for (size_t i = 0; i < field->length; i++) text[i] = (char)(field->text[i] == ',' ? '.' : field->text[i]);
    return clmlp_parse_double(text, text + field->length, value);
}
