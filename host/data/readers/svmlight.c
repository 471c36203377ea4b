/* svmlight.c - svmlight's text, and libsvm's, as sparse rows: LABEL[,LABEL...] [qid:N] INDEX:VALUE ... # comment. */
#include "data/readers/svmlight.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"
#include "data/quote.h"
#include "data/readers/table.h"

typedef struct place {
    size_t line, column; /* 0: there is none */
} place;

typedef struct svmlight_reader {
    clmlp_table *table;
    clmlp_input *input;
    const clmlp_table_request *request;
    clmlp_error *error;
    clmlp_svmlight_line line;
    size_t first_line, last_line; /* with an example */
    size_t y_capacity, count_capacity;
    bool any;         /* an index was seen */
    uint32_t largest; /* index */
    place zero;       /* the first index 0 */
    clmlp_index_base said; /* by a comment of scikit-learn */
    place at_largest;
    place list;       /* the first comma between labels */
    place unlabelled; /* the first example without a label ... */
    char found[CLMLP_QUOTE_LENGTH]; /* ... and what stands there */
    size_t queries;
} svmlight_reader;

static place place_of(const svmlight_reader *reader, const char *at)
{
    return (place){reader->line.number, clmlp_svmlight_column(&reader->line, at)};
}

static clmlp_status fail_at(const svmlight_reader *reader, place at, const char *found, const char *expected)
{
    return clmlp_fail(reader->error, CLMLP_BAD_INPUT, "%s:%zu:%zu: found %s, expected %s", reader->input->path, at.line,
                      at.column, found, expected);
}

/* --- labels ---------------------------------------------------------------------------------------------- */

/* The classes of +1, 1, 01 and 1.0 are one: whole numbers have one spelling. Other texts stay as they are. */
static clmlp_status add_label(svmlight_reader *reader, const char *text, size_t length, place at)
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

/* Labels are numbers, and not some of the model's several labels. */
static bool reads_numbers(const clmlp_table_request *request)
{
    return request->target_kind == CLMLP_TARGET_VALUES && !request->several_labels;
}

/* A label that has to be a number, or missing. */
static clmlp_status add_value(svmlight_reader *reader, const clmlp_svmlight_token *token)
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
    return fail_at(reader, at, clmlp_quote(quoted, token->text, token->length), "a finite number as the target");
}

/* "1,3,7" as labels of their own; *count: how many. */
static clmlp_status add_labels(svmlight_reader *reader, const clmlp_svmlight_token *token, uint32_t *count)
{
    const char *const end = token->text + token->length;
    for (const char *p = token->text;; p++) {
        const char *comma = memchr(p, ',', (size_t)(end - p));
        if (comma != NULL && reader->list.line == 0) reader->list = place_of(reader, comma);
        const char *const stop = comma != NULL ? comma : end;
        if (stop == p) return fail_at(reader, place_of(reader, p), "nothing", "a label beside the comma");
        TRY(add_label(reader, p, (size_t)(stop - p), place_of(reader, p)));
        ++*count;
        if (comma == NULL) return CLMLP_OK;
        p = comma;
    }
}

/* token NULL: the example has no label. */
static clmlp_status take_target(svmlight_reader *reader, const clmlp_svmlight_token *token)
{
    clmlp_table *const table = reader->table;
    uint32_t count = 0;
    if (reader->request->target_kind == CLMLP_TARGET_NONE) return CLMLP_OK;
    if (token == NULL && reads_numbers(reader->request)) {
        return fail_at(reader, reader->unlabelled, reader->found, "a number as the target");
    }
    if (reads_numbers(reader->request)) return add_value(reader, token);
    TRY(clmlp_grow(&table->label_counts, &reader->count_capacity, table->m + 1, sizeof *table->label_counts, "labels",
                   reader->error));
    if (token != NULL) TRY(add_labels(reader, token, &count));
    table->label_counts[table->m] = count;
    return CLMLP_OK;
}

/* --- an example ------------------------------------------------------------------------------------------ */

static clmlp_status check_order(const svmlight_reader *reader, const clmlp_svmlight_token *token, uint32_t index,
                                uint32_t before)
{
    char text[32], expected[96];
    if (index > before) return CLMLP_OK;
    (void)snprintf(text, sizeof text, "index %" PRIu32, index);
    if (index == before) (void)snprintf(expected, sizeof expected, "it once in the line");
    else (void)snprintf(expected, sizeof expected, "indices in ascending order (%" PRIu32 " stands before it)", before);
    return fail_at(reader, place_of(reader, token->text), text, expected);
}

static clmlp_status take_pair(svmlight_reader *reader, const clmlp_svmlight_token *token, bool first, uint32_t *before)
{
    uint32_t index = 0;
    double value = 0.0;
    TRY(clmlp_svmlight_pair(&reader->line, token, &index, &value, reader->error));
    if (!first) TRY(check_order(reader, token, index, *before));
    *before = index;
    if (index == 0 && reader->zero.line == 0) reader->zero = place_of(reader, token->text);
    return clmlp_sparse_add(reader->table->sparse, index, value, reader->error);
}

static clmlp_status take_example(svmlight_reader *reader, clmlp_svmlight_token token)
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
static void take_comment(svmlight_reader *reader, const char *comment, const char *end)
{
    static const char zero[] = "# Column indices are zero-based", one[] = "# Column indices are one-based";
    size_t length = (size_t)(end - comment);
    if (length > 0 && comment[length - 1] == '\r') length--;
    if (length == strlen(zero) && memcmp(comment, zero, length) == 0) reader->said = CLMLP_INDEX_BASE_ZERO;
    if (length == strlen(one) && memcmp(comment, one, length) == 0) reader->said = CLMLP_INDEX_BASE_ONE;
}

/* A line between begin and end, which is its line end or that of the file. */
static clmlp_status take_line(svmlight_reader *reader, const char *begin, const char *end)
{
    clmlp_svmlight_token token;
    const char *const nul = memchr(begin, '\0', (size_t)(end - begin));
    const char *const comment = memchr(begin, '#', (size_t)(end - begin));
    if (comment != NULL && reader->table->m == 0) take_comment(reader, comment, end);
    if (comment != NULL) end = comment;
    else if (end > begin && end[-1] == '\r') end--;
    reader->line = (clmlp_svmlight_line){.path = reader->input->path, .begin = begin, .next = begin, .end = end,
                                         .number = reader->line.number + 1};
    if (nul != NULL) return fail_at(reader, place_of(reader, nul), "a NUL byte", "text");
    if (!clmlp_svmlight_next(&reader->line, &token)) return CLMLP_OK;
    if (reader->table->m >= UINT32_MAX - 1) {
        return clmlp_fail(reader->error, CLMLP_BAD_INPUT, "%s: more than %lu rows", reader->input->path,
                          (unsigned long)UINT32_MAX - 1);
    }
    if (reader->first_line == 0) reader->first_line = reader->line.number;
    reader->last_line = reader->line.number;
    return take_example(reader, token);
}

static clmlp_status read_lines(svmlight_reader *reader)
{
    clmlp_input *const input = reader->input;
    size_t searched = 0; /* bytes of the line that have no end in them */
    const size_t size = (size_t)(input->end - input->next);
    if (size >= 3 && memcmp(input->next, "\xef\xbb\xbf", 3) == 0) input->next += 3;
    if (size >= 2 && (memcmp(input->next, "\xff\xfe", 2) == 0 || memcmp(input->next, "\xfe\xff", 2) == 0)) {
        return clmlp_fail(reader->error, CLMLP_BAD_INPUT, "%s: UTF-16 text; save it as UTF-8", input->path);
    }
    for (;;) {
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
}

/* --- the whole file -------------------------------------------------------------------------------------- */

/* What the features are counted from: what is known, else what a comment says, else 0 where an index 0 was found. A
 * model's base that a comment contradicts is an error. */
static clmlp_status find_base(svmlight_reader *reader)
{
    const char *const path = reader->input->path;
    clmlp_index_base *const base = &reader->table->index_base;
    const clmlp_index_base known = reader->request->index_base, said = reader->said;
    if (reader->request->base_of_model && said != CLMLP_INDEX_BASE_AUTO && said != known) {
        return clmlp_fail(reader->error, CLMLP_BAD_INPUT, "%s: a comment says that indices are counted from %d, in the "
                          "training data they are counted from %d", path, said == CLMLP_INDEX_BASE_ONE,
                          known == CLMLP_INDEX_BASE_ONE);
    }
    *base = known != CLMLP_INDEX_BASE_AUTO ? known : said;
    if (*base == CLMLP_INDEX_BASE_ONE && reader->zero.line > 0) {
        return fail_at(reader, reader->zero, "index 0",
                       reader->request->base_of_model
                           ? "1 or more: in the training data the indices are counted from 1"
                           : reader->request->index_base == CLMLP_INDEX_BASE_ONE
                                 ? "1 or more, as --index-base 1 says"
                                 : "1 or more, as a comment says (--index-base 0 overrides it)");
    }
    if (*base != CLMLP_INDEX_BASE_AUTO) return CLMLP_OK; /* nothing had to be guessed */
    *base = reader->zero.line > 0 ? CLMLP_INDEX_BASE_ZERO : CLMLP_INDEX_BASE_ONE;
    if (*base == CLMLP_INDEX_BASE_ZERO) {
        return clmlp_notes_add(&reader->table->notes, reader->error, "%s:%zu:%zu: indices are counted from 0", path,
                               reader->zero.line, reader->zero.column);
    }
    return clmlp_notes_add(&reader->table->notes, reader->error,
                           "%s: indices are counted from 1: there is no index 0 (--index-base 0 counts from 0)", path);
}

/* Memory goes by the largest index, so one that has next to nothing to do with the rest needs somebody to say so. */
static clmlp_status ask_about_far_index(const svmlight_reader *reader, size_t features)
{
    const size_t many = (size_t)1 << 20, few = reader->table->sparse->count + 1;
    char text[48], expected[192];
    if (features <= many || features / 1000 <= few) return CLMLP_OK;
    (void)snprintf(text, sizeof text, "index %" PRIu32, reader->largest);
    (void)snprintf(expected, sizeof expected,
                   "a smaller one: that makes %zu features, and only %zu numbers are stored%s", features,
                   reader->table->sparse->count,
                   features <= INT32_MAX ? " (--svmlight-features N says that it is right)" : "");
    return fail_at(reader, reader->at_largest, text, expected);
}

/* The number of features, and the place of an index beyond those that there may be. */
static clmlp_status find_width(svmlight_reader *reader)
{
    const clmlp_table_request *const request = reader->request;
    const size_t expected = request->expected_features > 0 ? request->expected_features : request->svmlight_features;
    const size_t base = reader->table->index_base == CLMLP_INDEX_BASE_ONE ? 1 : 0;
    const size_t found = reader->any ? (size_t)reader->largest - base + 1 : 0;
    char text[48], most[160];
    reader->table->n = expected > 0 ? expected : found;
    if (reader->table->n == 0) {
        return clmlp_fail(reader->error, CLMLP_BAD_INPUT, "%s: no index:value in any of %zu examples",
                          reader->input->path, reader->table->m);
    }
    if (expected == 0 && request->survey == NULL) TRY(ask_about_far_index(reader, found));
    if (found <= reader->table->n) return CLMLP_OK;
    (void)snprintf(text, sizeof text, "index %" PRIu32, reader->largest);
    (void)snprintf(most, sizeof most, "at most %zu: %s%zu feature%s, counted from %zu", expected + base - 1,
                   request->expected_features > 0 ? "the model takes " : "--svmlight-features says ", expected,
                   expected == 1 ? "" : "s", base);
    return fail_at(reader, reader->at_largest, text, most);
}

/* Whether examples have several labels, or one each. */
static clmlp_status find_labels(svmlight_reader *reader)
{
    const clmlp_table_request *const request = reader->request;
    clmlp_table *const table = reader->table;
    if (request->target_kind == CLMLP_TARGET_NONE) {
        if (request->leaves_out) return CLMLP_OK;
        return clmlp_notes_add(&table->notes, reader->error,
                               "%s: its labels were left out: the targets are in a file of their own",
                               reader->input->path);
    }
    table->has_target = true;
    table->target_count = 1; /* lists are counted when all labels are known */
    if (reads_numbers(request)) return CLMLP_OK;
    table->several = request->several_labels || reader->list.line > 0;
    if (reader->list.line > 0 && request->one_label) {
        return fail_at(reader, reader->list, "a list of labels", "one label for each example, as the model has");
    }
    if (!table->several && reader->unlabelled.line > 0) {
        return fail_at(reader, reader->unlabelled, reader->found, "a label in front");
    }
    return CLMLP_OK;
}

static clmlp_status check_request(const clmlp_table_request *request, const char *path, clmlp_error *error)
{
    if (request->labels_file) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: svmlight text has features and cannot be a file of labels",
                          path);
    }
    if (request->features != NULL || request->ignore != NULL || request->categorical != NULL) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: svmlight text has no columns to choose (--features, --ignore, "
                          "--categorical)", path);
    }
    /* with a model it may be that of the model, which had other data; so it may be of test data */
    const bool tests = request->survey != NULL && request->survey->target_is_optional;
    const bool others = !clmlp_for_training(request) || tests;
    if (others || request->target == NULL || strcmp(request->target, "last") == 0) {
        return CLMLP_OK;
    }
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: in svmlight text the label is in front of each line (--target)",
                      path);
}

static clmlp_status describe_form(const svmlight_reader *reader)
{
    const clmlp_table *const table = reader->table;
    const double there = (double)table->sparse->count, all = (double)table->m * (double)table->n;
    clmlp_text form = {0};
    const clmlp_status status = clmlp_text_append(
        &form, reader->error, "svmlight text, indices counted from %d, %zu of %.0f numbers stored (%.3g %%)",
        table->index_base == CLMLP_INDEX_BASE_ONE, table->sparse->count, all, 100.0 * there / all);
    reader->table->form = form.data;
    return status;
}

static clmlp_status finish(svmlight_reader *reader)
{
    clmlp_table *const table = reader->table;
    const clmlp_table_request *const request = reader->request;
    if (table->m == 0) {
        return clmlp_fail(reader->error, CLMLP_BAD_INPUT, "%s: is empty, expected examples",
                          reader->input->path);
    }
    TRY(find_base(reader));
    TRY(find_width(reader));
    TRY(find_labels(reader));
    if (table->index_base == CLMLP_INDEX_BASE_ONE) {
        for (size_t at = 0; at < table->sparse->count; at++) table->sparse->columns[at]--;
    }
    if (request->survey != NULL) TRY(describe_form(reader));
    if (reader->last_line - reader->first_line == table->m - 1) table->first_line = reader->first_line;
    if (reader->queries > 0) {
        TRY(clmlp_notes_add(&table->notes, reader->error, "%s: left out qid, which %zu example%s", reader->input->path,
                            reader->queries, reader->queries == 1 ? " has" : "s have"));
    }
    if (request->columns == NULL || request->columns->numbered) return CLMLP_OK;
    return clmlp_notes_add(&table->notes, reader->error,
                           "%s: has no names of columns, so they were taken by position, in the order of the training "
                           "data", reader->input->path);
}

clmlp_status clmlp_svmlight_read(clmlp_table *table, clmlp_input *input, const clmlp_table_request *request,
                                 clmlp_error *error)
{
    svmlight_reader reader = {.table = table, .input = input, .request = request, .error = error};
    TRY(check_request(request, input->path, error));
    table->classes.path = input->path;
    table->classes.marks = request->marks;
    table->storage = CLMLP_STORE_F64;
    TRY(clmlp_allocate(&table->sparse, 1, sizeof *table->sparse, "the data", error));
    TRY(read_lines(&reader));
    return finish(&reader);
}
