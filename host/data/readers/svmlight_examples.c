/* svmlight_examples.c - the lines of svmlight text, an example each. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"
#include "data/readers/svmlight_reader.h"

typedef clmlp_svmlight_place place;

static place place_of(const clmlp_svmlight_reader *reader, const char *at)
{
    return (place){reader->line.number, clmlp_svmlight_column(&reader->line, at)};
}

clmlp_status clmlp_svmlight_fail_at(const clmlp_svmlight_reader *reader, place at, const char *found,
                                    const char *expected)
{
    return clmlp_fail(reader->error, CLMLP_BAD_INPUT, "%s:%zu:%zu: found %s, expected %s", reader->input->path, at.line,
                      at.column, found, expected);
}

/* --- labels ---------------------------------------------------------------------------------------------- */

/* The classes of +1, 1, 01 and 1.0 are one: whole numbers have one spelling. Other texts stay as they are. */
static clmlp_status add_label(clmlp_svmlight_reader *reader, const char *text, size_t length, place at)
{
    char spelling[32];
    double value = 0.0;
    if (clmlp_parse_double(text, text + length, &value) && value == floor(value) && fabs(value) <= 0x1p53) {
        length = (size_t)snprintf(spelling, sizeof spelling, "%" PRId64, (int64_t)value);
        text = spelling;
    } else if (text[0] == '+' && clmlp_parse_double(text, text + length, &value)) {
        text++;
        length--;
    }
    return clmlp_classes_add(&reader->table->classes, text, length, at.line, at.column, reader->error);
}

bool clmlp_svmlight_reads_numbers(const clmlp_table_request *request)
{
    return request->target_kind == CLMLP_TARGET_VALUES && !request->several_labels;
}

/* A label that has to be a number, or missing. */
static clmlp_status add_value(clmlp_svmlight_reader *reader, const clmlp_svmlight_token *token)
{
    clmlp_table *const table = reader->table;
    char quoted[CLMLP_QUOTE_LENGTH];
    const place at = place_of(reader, token->text);
    TRY(clmlp_grow(&table->y, &reader->y_capacity, table->m + 1, sizeof *table->y, "targets", reader->error));
    if (clmlp_is_missing(&table->classes.marks, token->text, token->length)) {
        table->y[table->m] = (double)NAN;
        clmlp_missing_add(&table->classes.missing, 1, at.line, at.column);
        return CLMLP_OK;
    }
    if (clmlp_parse_double(token->text, token->text + token->length, &table->y[table->m]) &&
        isfinite(table->y[table->m])) {
        return CLMLP_OK;
    }
    return clmlp_svmlight_fail_at(reader, at, clmlp_quote(quoted, token->text, token->length),
                                  "a finite number as the target");
}

/* "1,3,7" as labels of their own; *count: how many. */
static clmlp_status add_labels(clmlp_svmlight_reader *reader, const clmlp_svmlight_token *token, uint32_t *count)
{
    const char *const end = token->text + token->length;
    for (const char *p = token->text;; p++) {
        const char *comma = memchr(p, ',', (size_t)(end - p));
        if (comma != NULL && reader->list.line == 0) reader->list = place_of(reader, comma);
        const char *const stop = comma != NULL ? comma : end;
        if (stop == p) {
            return clmlp_svmlight_fail_at(reader, place_of(reader, p), "nothing", "a label beside the comma");
        }
        TRY(add_label(reader, p, (size_t)(stop - p), place_of(reader, p)));
        ++*count;
        if (comma == NULL) return CLMLP_OK;
        p = comma;
    }
}

/* token NULL: the example has no label. */
static clmlp_status take_target(clmlp_svmlight_reader *reader, const clmlp_svmlight_token *token)
{
    clmlp_table *const table = reader->table;
    uint32_t count = 0;
    if (reader->request->target_kind == CLMLP_TARGET_NONE) return CLMLP_OK;
    if (token == NULL && clmlp_svmlight_reads_numbers(reader->request)) {
        return clmlp_svmlight_fail_at(reader, reader->unlabelled, reader->found, "a number as the target");
    }
    if (clmlp_svmlight_reads_numbers(reader->request)) return add_value(reader, token);
    TRY(clmlp_grow(&table->label_counts, &reader->count_capacity, table->m + 1, sizeof *table->label_counts, "labels",
                   reader->error));
    if (token != NULL) TRY(add_labels(reader, token, &count));
    table->label_counts[table->m] = count;
    return CLMLP_OK;
}

/* --- an example ------------------------------------------------------------------------------------------ */

static clmlp_status check_order(const clmlp_svmlight_reader *reader, const clmlp_svmlight_token *token, uint32_t index,
                                uint32_t before)
{
    char text[32], expected[96];
    if (index > before) return CLMLP_OK;
    (void)snprintf(text, sizeof text, "index %" PRIu32, index);
    if (index == before) (void)snprintf(expected, sizeof expected, "it once in the line");
    else (void)snprintf(expected, sizeof expected, "indices in ascending order (%" PRIu32 " stands before it)", before);
    return clmlp_svmlight_fail_at(reader, place_of(reader, token->text), text, expected);
}

static clmlp_status take_pair(clmlp_svmlight_reader *reader, const clmlp_svmlight_token *token, bool first,
                              uint32_t *before)
{
    uint32_t index = 0;
    double value = 0.0;
    TRY(clmlp_svmlight_pair(&reader->line, token, &index, &value, reader->error));
    if (!first) TRY(check_order(reader, token, index, *before));
    *before = index;
    if (index == 0 && reader->zero.line == 0) reader->zero = place_of(reader, token->text);
    return clmlp_sparse_add(reader->table->sparse, index, value, reader->error);
}

static clmlp_status take_example(clmlp_svmlight_reader *reader, clmlp_svmlight_token token)
{
    uint32_t before = 0;
    bool more = true, first = true;
    const char *last = NULL;
    if (memchr(token.text, ':', token.length) == NULL) {
        TRY(take_target(reader, &token));
        more = clmlp_svmlight_next(&reader->line, &token);
    } else {
        if (reader->unlabelled.line == 0) {
            reader->unlabelled = place_of(reader, token.text);
            (void)clmlp_quote(reader->found, token.text, token.length);
        }
        TRY(take_target(reader, NULL));
    }
    if (more && clmlp_svmlight_is_query(&token)) {
        reader->queries++;
        more = clmlp_svmlight_next(&reader->line, &token);
    }
    for (; more; more = clmlp_svmlight_next(&reader->line, &token), first = false) {
        TRY(take_pair(reader, &token, first, &before));
        last = token.text;
    }
    if (last != NULL && (!reader->any || before > reader->largest)) { /* the last index is the largest of the line */
        reader->any = true;
        reader->largest = before;
        reader->at_largest = place_of(reader, last);
    }
    TRY(clmlp_sparse_end_row(reader->table->sparse, reader->error));
    reader->table->m++;
    return CLMLP_OK;
}

/* What scikit-learn writes above its data. */
static void take_comment(clmlp_svmlight_reader *reader, const char *comment, const char *end)
{
    static const char zero[] = "# Column indices are zero-based", one[] = "# Column indices are one-based";
    size_t length = (size_t)(end - comment);
    if (length > 0 && comment[length - 1] == '\r') length--;
    if (length == strlen(zero) && memcmp(comment, zero, length) == 0) reader->said = CLMLP_INDEX_BASE_ZERO;
    if (length == strlen(one) && memcmp(comment, one, length) == 0) reader->said = CLMLP_INDEX_BASE_ONE;
}

/* A line between begin and end, which is its line end or that of the file. */
static clmlp_status take_line(clmlp_svmlight_reader *reader, const char *begin, const char *end)
{
    clmlp_svmlight_token token;
    const char *const nul = memchr(begin, '\0', (size_t)(end - begin));
    const char *const comment = memchr(begin, '#', (size_t)(end - begin));
    if (comment != NULL && reader->table->m == 0) take_comment(reader, comment, end);
    if (comment != NULL) end = comment;
    else if (end > begin && end[-1] == '\r') end--;
    reader->line = (clmlp_svmlight_line){.path = reader->input->path, .begin = begin, .next = begin, .end = end,
                                         .number = reader->line.number + 1};
    if (nul != NULL) return clmlp_svmlight_fail_at(reader, place_of(reader, nul), "a NUL byte", "text");
    if (!clmlp_svmlight_next(&reader->line, &token)) return CLMLP_OK;
    if (reader->table->m >= UINT32_MAX - 1) {
        return clmlp_fail(reader->error, CLMLP_BAD_INPUT, "%s: more than %lu rows", reader->input->path,
                          (unsigned long)UINT32_MAX - 1);
    }
    if (reader->first_line == 0) reader->first_line = reader->line.number;
    reader->last_line = reader->line.number;
    return take_example(reader, token);
}

clmlp_status clmlp_svmlight_lines(clmlp_svmlight_reader *reader, size_t most, uint64_t stop)
{
    clmlp_input *const input = reader->input;
    size_t searched = 0; /* bytes of the line that have no end in them */
    while (reader->table->m < most && clmlp_input_position(input) < stop) {
        const size_t there = (size_t)(input->end - input->next);
        char *const end = memchr(input->next + searched, '\n', there - searched);
        if (end == NULL && !input->at_end) {
            searched = there;
            TRY(clmlp_input_more(input, input->next, reader->error));
            continue;
        }
        searched = 0;
        if (end == NULL && there == 0) return CLMLP_OK;
        TRY(take_line(reader, input->next, end != NULL ? end : input->end));
        input->next = end != NULL ? end + 1 : input->end;
    }
    return CLMLP_OK;
}
