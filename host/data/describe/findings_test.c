/* findings_test.c - what does not fit between training and test data, and rows that stand in both. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "data/column_view.h"
#include "data/describe/describe.h"

enum { SHOWN = 5 };

/* What is compared: for each column of the training data the one of the test data, and the kind that texts of either
 * are read as. */
typedef struct pairing {
    size_t *column;          /* [columns]; the test data's number of columns: there is none */
    clmlp_column_kind *kind; /* [columns] */
    bool complete, by_name;
} pairing;

static const char *quote(char out[CLMLP_QUOTE_LENGTH], const char *text)
{
    return clmlp_quote(out, text, strlen(text));
}

/* --- which column is which --------------------------------------------------------------------------------- */

static clmlp_status pair_columns(const clmlp_description *d, pairing *p, clmlp_error *error)
{
    const clmlp_described_file *const data = &d->data, *const test = &d->test;
    const clmlp_columns *const a = data->dataset->columns, *const b = test->dataset->columns;
    const bool by_name = a != NULL && b != NULL && !a->numbered && !b->numbered;
    if (by_name) {
        TRY(clmlp_find_names((const char *const *)a->names, a->count, (const char *const *)b->names, b->count,
                             p->column, error));
    }
    p->by_name = by_name;
    p->complete = by_name || data->column_count == test->column_count;
    for (size_t c = 0; c < data->column_count; c++) {
        if (!by_name) p->column[c] = p->complete ? c : test->column_count;
        p->kind[c] = data->columns[c].column.kind;
        if (p->column[c] == test->column_count) p->complete = false;
        else if (p->kind[c] == CLMLP_COLUMN_CATEGORICAL) p->kind[c] = test->columns[p->column[c]].column.kind;
    }
    return CLMLP_OK;
}

/* Columns of the training data that the test data lack. */
static clmlp_status find_absent(clmlp_description *d, const pairing *p, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    char name[160], place[CLMLP_PLACE_LENGTH];
    clmlp_text names = {0};
    size_t count = 0;
    const size_t none = d->test.column_count;
    (void)clmlp_describe_place(place, &d->test, d->test.dataset->m, none);
    if (!p->complete && d->data.column_count > 0 && !p->by_name) {
        return clmlp_describe_add(d, CLMLP_DATA_FINDING_TEST_COLUMNS, 1, place,
                                  "every command that takes data for the model will refuse this file", error,
                                  "has %zu columns of features, the training data have %zu", none,
                                  d->data.column_count);
    }
    for (size_t c = 0; c < d->data.column_count; c++) {
        if (p->column[c] < none || count++ >= SHOWN) continue;
        clmlp_describe_name(name, sizeof name, &d->data, c);
        TRY_CLEANUP(clmlp_text_append(&names, error, "%s%s", count > 1 ? ", " : "", name + strlen("column ")));
    }
    if (count > SHOWN) TRY_CLEANUP(clmlp_text_append(&names, error, " and %zu more", count - SHOWN));
    if (count > 0) {
        TRY_CLEANUP(clmlp_describe_add(d, CLMLP_DATA_FINDING_TEST_COLUMNS, count, place,
                                       "every command that takes data for the model will refuse this file; train "
                                       "without them (--ignore), or add them", error,
                                       "lacks %s of the training data: %s", count == 1 ? "a column" : "columns",
                                       names.data));
    }
cleanup:
    free(names.data);
    return status;
}

static clmlp_status find_absent_target(clmlp_description *d, clmlp_error *error)
{
    char quoted[CLMLP_QUOTE_LENGTH], place[CLMLP_PLACE_LENGTH];
    const clmlp_dataset *const data = d->data.dataset, *const test = d->test.dataset;
    if (data->target_kind == CLMLP_TARGET_NONE || test->target_kind != CLMLP_TARGET_NONE) return CLMLP_OK;
    (void)clmlp_describe_place(place, &d->test, test->m, d->test.column_count);
    return clmlp_describe_add(d, CLMLP_DATA_FINDING_TEST_COLUMNS, 1, place,
                              "clmlp predict needs none, clmlp evaluate does: --test-labels FILE names their file",
                              error, data->target != NULL ? "has no targets (%s)" : "has no targets",
                              data->target != NULL ? quote(quoted, data->target) : "");
}

/* --- kinds, texts, classes ----------------------------------------------------------------------------------- */

static clmlp_status find_kind(clmlp_description *d, size_t c, size_t t, clmlp_error *error)
{
    const clmlp_column_summary *const a = &d->data.columns[c].column, *const b = &d->test.columns[t].column;
    char place[CLMLP_PLACE_LENGTH], quoted[CLMLP_QUOTE_LENGTH], because[CLMLP_QUOTE_LENGTH + 32] = "";
    double value = 0.0;
    size_t row = 0;
    if (a->kind == b->kind || a->distinct == 0 || b->distinct == 0) return CLMLP_OK;
    for (; row < d->test.dataset->m; row++) {
        const clmlp_cell_value cell = clmlp_view_cell(d->test.dataset, t, row);
        if (cell.text == NULL || clmlp_cell_parse(cell.text, a->kind, &value)) continue;
        (void)snprintf(because, sizeof because, ", because of %s", quote(quoted, cell.text));
        break;
    }
    return clmlp_describe_add(d, CLMLP_DATA_FINDING_TEST_KIND, 1, clmlp_describe_place(place, &d->test, row, t),
                              "every command that takes data for the model will refuse this file: mend the cells",
                              error, "is %s%s; in the training data it is %s", clmlp_column_kind_name(b->kind), because,
                              clmlp_column_kind_name(a->kind));
}

static bool has_level(const clmlp_encoder *encoder, const char *text)
{
    size_t low = 0, high = encoder->level_count; /* levels are in byte order */
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = strcmp(encoder->levels[middle], text);
        if (order == 0) return true;
        if (order < 0) low = middle + 1;
        else high = middle;
    }
    return false;
}

/* The first row that has a text which is not among the training data's. */
static size_t first_unknown(const clmlp_description *d, const clmlp_encoder *known, size_t t)
{
    const clmlp_encoder *const own = d->test.dataset->encoded->columns[t].encoder;
    size_t row = 0;
    for (; row < d->test.dataset->m; row++) {
        const uint32_t level = clmlp_view_level(d->test.dataset, t, row);
        if (level < own->level_count && !has_level(known, own->levels[level])) break;
    }
    return row;
}

static clmlp_status find_levels(clmlp_description *d, size_t c, size_t t, clmlp_error *error)
{
    const clmlp_summary *const a = &d->data.columns[c], *const b = &d->test.columns[t];
    char place[CLMLP_PLACE_LENGTH], quoted[CLMLP_QUOTE_LENGTH];
    clmlp_status status = CLMLP_OK;
    clmlp_text list = {0};
    size_t rows = 0, levels = 0;
    if (a->column.kind != CLMLP_COLUMN_CATEGORICAL || b->column.kind != CLMLP_COLUMN_CATEGORICAL) return CLMLP_OK;
    const clmlp_encoder *const known = d->data.dataset->encoded->columns[c].encoder;
    for (size_t k = 0; k < b->level_count; k++) {
        if (has_level(known, b->levels[k].text)) continue;
        rows += b->levels[k].count;
        if (levels++ >= SHOWN) continue;
        TRY_CLEANUP(clmlp_text_append(&list, error, "%s%s (%zu)", levels > 1 ? ", " : "",
                                      quote(quoted, b->levels[k].text), b->levels[k].count));
    }
    if (levels > SHOWN) TRY_CLEANUP(clmlp_text_append(&list, error, " and %zu more", levels - SHOWN));
    if (levels == 0) return CLMLP_OK;
    TRY_CLEANUP(clmlp_describe_add(d, CLMLP_DATA_FINDING_TEST_LEVELS, rows,
                                   clmlp_describe_place(place, &d->test, first_unknown(d, known, t), t),
                                   "their features will all be 0 (--unseen error refuses them)", error,
                                   "%zu row%s that the training data do not have: %s", rows,
                                   rows == 1 ? " has a text" : "s have texts",
                                   list.data));
cleanup:
    free(list.data);
    return status;
}

static clmlp_status find_classes(clmlp_description *d, clmlp_error *error)
{
    const clmlp_dataset *const data = d->data.dataset, *const test = d->test.dataset;
    char place[CLMLP_PLACE_LENGTH], quoted[CLMLP_QUOTE_LENGTH];
    size_t rows = 0, first = 0;
    if (data->target_kind != CLMLP_TARGET_CLASSES || test->target_kind != CLMLP_TARGET_CLASSES) return CLMLP_OK;
    for (size_t i = 0; i < test->m; i++) {
        const char *const name = test->class_names[test->labels[i]];
        if (clmlp_find_name((const char *const *)data->class_names, data->K, name) < data->K) continue;
        if (rows++ == 0) first = i;
    }
    if (rows == 0) return CLMLP_OK;
    return clmlp_describe_add(d, CLMLP_DATA_FINDING_TEST_CLASSES, rows,
                              clmlp_describe_place(place, &d->test, first, d->test.column_count),
                              "a model cannot tell what it was not shown; train --test and evaluate refuse such rows",
                              error, "has class %s, which the training data do not; so do %zu rows in all",
                              quote(quoted, test->class_names[test->labels[first]]), rows);
}

/* --- rows in both -------------------------------------------------------------------------------------------- */

static clmlp_status find_rows(clmlp_description *d, const pairing *p, clmlp_error *error)
{
    const clmlp_dataset *const data = d->data.dataset, *const test = d->test.dataset;
    const bool sparse = data->sparse != NULL || test->sparse != NULL;
    const clmlp_row_view a = {.dataset = data, .kind = p->kind, .columns = d->data.column_count, .sparse = sparse},
                         b = {.dataset = test, .column = p->column, .kind = p->kind, .sparse = sparse,
                              .columns = sparse ? d->test.column_count : d->data.column_count};
    char place[CLMLP_PLACE_LENGTH], other[CLMLP_PLACE_LENGTH], targets[64] = "";
    clmlp_row_key *a_keys = NULL, *b_keys = NULL;
    clmlp_status status = CLMLP_OK;
    TRY_CLEANUP(clmlp_row_keys(&a_keys, &a, error));
    TRY_CLEANUP(clmlp_row_keys(&b_keys, &b, error));
    const clmlp_row_pairs pairs = clmlp_find_shared(&a, a_keys, &b, b_keys);
    if (pairs.count == 0) goto cleanup;
    if (data->target_kind == test->target_kind && data->target_kind != CLMLP_TARGET_NONE) {
        (void)snprintf(targets, sizeof targets, ", %zu of them with the same target", pairs.same_target);
    }
    (void)clmlp_dataset_example_place(data, pairs.other, other, sizeof other);
    TRY_CLEANUP(clmlp_describe_add(d, CLMLP_DATA_FINDING_TEST_ROWS, pairs.count,
                                   clmlp_describe_place(place, &d->test, pairs.row, d->test.column_count),
                                   "scores of such rows say how well they were learned by heart: leave them out of one "
                                   "of the files", error,
                                   "has the features of %s; so %s %zu of %zu rows%s", other,
                                   pairs.count == 1 ? "has" : "have", pairs.count, test->m, targets));
cleanup:
    free(a_keys);
    free(b_keys);
    return status;
}

/* --- where either is sparse ---------------------------------------------------------------------------------- */

/* Columns are taken by position. A sparse file may have fewer: the others are 0. */
static clmlp_status find_width(clmlp_description *d, bool *fits, clmlp_error *error)
{
    const clmlp_dataset *const data = d->data.dataset, *const test = d->test.dataset;
    const size_t expected = clmlp_view_columns(data), found = clmlp_view_columns(test);
    char place[CLMLP_PLACE_LENGTH];
    *fits = found == expected || (test->sparse != NULL && found < expected);
    if (*fits) return CLMLP_OK;
    (void)clmlp_describe_place(place, &d->test, test->m, d->test.column_count);
    return clmlp_describe_add(d, CLMLP_DATA_FINDING_TEST_COLUMNS, 1, place,
                              data->sparse != NULL && test->sparse != NULL
                                  ? "every command that takes data for the model will refuse this file; train with "
                                    "--svmlight-features"
                                  : "every command that takes data for the model will refuse this file",
                              error, "has %zu columns of features, the training data have %zu", found, expected);
}

static clmlp_status find_in_sparse_test(clmlp_description *d, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    pairing p = {.complete = true};
    const size_t columns = d->test.column_count > d->data.column_count ? d->test.column_count : d->data.column_count;
    TRY_CLEANUP(find_width(d, &p.complete, error));
    TRY_CLEANUP(find_absent_target(d, error));
    TRY_CLEANUP(find_classes(d, error));
    if (!p.complete) goto cleanup;
    TRY_CLEANUP(clmlp_allocate(&p.column, columns, sizeof *p.column, "a list of columns", error));
    TRY_CLEANUP(clmlp_allocate(&p.kind, columns, sizeof *p.kind, "a list of columns", error));
    for (size_t c = 0; c < columns; c++) {
        p.column[c] = c;
        p.kind[c] = CLMLP_COLUMN_NUMERIC;
    }
    TRY_CLEANUP(find_rows(d, &p, error));
cleanup:
    free(p.column);
    free(p.kind);
    return status;
}

clmlp_status clmlp_find_in_test(clmlp_description *d, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    if (d->data.dataset->sparse != NULL || d->test.dataset->sparse != NULL) return find_in_sparse_test(d, error);
    pairing p = {.complete = true};
    const size_t columns = d->data.column_count, none = d->test.column_count;
    TRY_CLEANUP(clmlp_allocate(&p.column, columns, sizeof *p.column, "a list of columns", error));
    TRY_CLEANUP(clmlp_allocate(&p.kind, columns, sizeof *p.kind, "a list of columns", error));
    TRY_CLEANUP(pair_columns(d, &p, error));
    TRY_CLEANUP(find_absent(d, &p, error));
    TRY_CLEANUP(find_absent_target(d, error));
    for (size_t c = 0; c < columns; c++) {
        if (p.column[c] < none) TRY_CLEANUP(find_kind(d, c, p.column[c], error));
    }
    for (size_t c = 0; c < columns; c++) {
        if (p.column[c] < none) TRY_CLEANUP(find_levels(d, c, p.column[c], error));
    }
    TRY_CLEANUP(find_classes(d, error));
    if (p.complete) TRY_CLEANUP(find_rows(d, &p, error));
cleanup:
    free(p.column);
    free(p.kind);
    return status;
}
