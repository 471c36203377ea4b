/* svmlight.c - svmlight's text, and libsvm's, as sparse rows: LABEL[,LABEL...] [qid:N] INDEX:VALUE ... # comment. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "data/readers/divide/division.h"
#include "data/readers/svmlight_reader.h"

/* --- the whole file -------------------------------------------------------------------------------------- */

/* What the features are counted from: what is known, else what a comment says, else 0 where an index 0 was found. A
 * model's base that a comment contradicts is an error. */
static clmlp_status find_base(clmlp_svmlight_reader *reader)
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
        return clmlp_svmlight_fail_at(reader, reader->zero, "index 0",
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
static clmlp_status ask_about_far_index(const clmlp_svmlight_reader *reader, size_t features)
{
    const size_t many = (size_t)1 << 20, few = reader->table->sparse->count + 1;
    char text[48], expected[192];
    if (features <= many || features / 1000 <= few) return CLMLP_OK;
    (void)snprintf(text, sizeof text, "index %" PRIu32, reader->largest);
    (void)snprintf(expected, sizeof expected,
                   "a smaller one: that makes %zu features, and only %zu numbers are stored%s", features,
                   reader->table->sparse->count,
                   features <= INT32_MAX ? " (--svmlight-features N says that it is right)" : "");
    return clmlp_svmlight_fail_at(reader, reader->at_largest, text, expected);
}

/* The number of features, and the place of an index beyond those that there may be. */
static clmlp_status find_width(clmlp_svmlight_reader *reader)
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
    return clmlp_svmlight_fail_at(reader, reader->at_largest, text, most);
}

/* Whether examples have several labels, or one each. */
static clmlp_status find_labels(clmlp_svmlight_reader *reader)
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
    if (clmlp_svmlight_reads_numbers(request)) return CLMLP_OK;
    table->several = request->several_labels || reader->list.line > 0;
    if (reader->list.line > 0 && request->one_label) {
        return clmlp_svmlight_fail_at(reader, reader->list, "a list of labels",
                                      "one label for each example, as the model has");
    }
    if (!table->several && reader->unlabelled.line > 0) {
        return clmlp_svmlight_fail_at(reader, reader->unlabelled, reader->found, "a label in front");
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

static clmlp_status describe_form(const clmlp_svmlight_reader *reader)
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

static clmlp_status finish(clmlp_svmlight_reader *reader)
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

/* A byte order mark, which only UTF-8 may have. */
static clmlp_status skip_mark(const clmlp_svmlight_reader *reader)
{
    clmlp_input *const input = reader->input;
    const size_t size = (size_t)(input->end - input->next);
    if (size >= 3 && memcmp(input->next, "\xef\xbb\xbf", 3) == 0) input->next += 3;
    if (size >= 2 && (memcmp(input->next, "\xff\xfe", 2) == 0 || memcmp(input->next, "\xfe\xff", 2) == 0)) {
        return clmlp_fail(reader->error, CLMLP_BAD_INPUT, "%s: UTF-16 text; save it as UTF-8", input->path);
    }
    return CLMLP_OK;
}

clmlp_status clmlp_svmlight_read(clmlp_table *table, clmlp_input *input, const clmlp_table_request *request,
                                 clmlp_error *error)
{
    clmlp_svmlight_reader reader = {.table = table, .input = input, .request = request, .error = error};
    TRY(check_request(request, input->path, error));
    table->classes.path = input->path;
    table->classes.marks = request->marks;
    table->storage = CLMLP_STORE_F64;
    TRY(clmlp_allocate(&table->sparse, 1, sizeof *table->sparse, "the data", error));
    TRY(skip_mark(&reader));
    TRY(clmlp_svmlight_lines(&reader, clmlp_division_head(request->division), UINT64_MAX));
    TRY(clmlp_svmlight_read_rest(&reader));
    return finish(&reader);
}
