/* memory_table.c - columns in memory become a table, as if a text file had held them. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/argument.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"
#include "data/readers/array_cells.h"
#include "data/nearest.h"
#include "data/quote.h"

static const char PATH[] = "data"; /* what messages call a table from memory */

/* --- columns in memory ------------------------------------------------------------------------------------ */

/* The caller's columns, and which of them become what. */
typedef struct memory {
    size_t m, count, target; /* target: count where there is none */
    const char *const *names;
    const double *const *numbers;
    const char *const *const *texts;
    const clmlp_table_request *request;
    bool *kept;      /* [count] */
    size_t *source;  /* [count] which column each feature is */
    bool *categorical;
    clmlp_table *table;
    clmlp_error *error;
} memory;

static bool is_number(const memory *t, size_t j)
{
    return t->numbers[j] != NULL;
}

static const char *quote(char out[CLMLP_QUOTE_LENGTH], const char *name)
{
    return clmlp_quote(out, name, strlen(name));
}

/* Where the targets are: a name, else a number from 1, else the last. */
static clmlp_status find_target(memory *t)
{
    const clmlp_table_request *const request = t->request;
    const bool wants = request->target_kind != CLMLP_TARGET_NONE;
    const char *const target = request->target;
    char quoted[CLMLP_QUOTE_LENGTH], nearest[CLMLP_NEAREST_LENGTH];
    int64_t number = 0;
    t->target = t->count;
    if (!wants && target == NULL) return CLMLP_OK;
    if (target == NULL || target[0] == '\0') t->target = t->count - 1;
    else t->target = clmlp_find_name(t->names, t->count, target);
    if (t->target < t->count || !wants) return CLMLP_OK;
    if (request->target_is_name) {
        return clmlp_fail(t->error, CLMLP_BAD_INPUT, "%s: no target column %s", PATH, quote(quoted, target));
    }
    if (strcmp(target, "last") == 0) {
        t->target = t->count - 1;
    } else if (clmlp_parse_int64(target, target + strlen(target), &number) && number >= 1 &&
               (uint64_t)number <= t->count) {
        t->target = (size_t)number - 1;
    } else {
        return clmlp_fail(t->error, CLMLP_BAD_INPUT, "%s: no target column %s%s", PATH, quote(quoted, target),
                          clmlp_did_you_mean(nearest, target, t->names, t->count));
    }
    return CLMLP_OK;
}

static bool may_be_feature(const memory *t, size_t j)
{
    return t->kept[j] && j != t->target;
}

/* Columns that the model does not have. */
static clmlp_status note_extra(const memory *t)
{
    const clmlp_columns *const columns = t->request->columns;
    char list[CLMLP_QUOTE_LIST_LENGTH];
    const char **extra = NULL;
    size_t count = 0;
    TRY(clmlp_allocate(&extra, t->count, sizeof *extra, "the names of columns", t->error));
    for (size_t j = 0; j < t->count; j++) {
        const size_t place = clmlp_find_name((const char *const *)columns->names, columns->count, t->names[j]);
        if (may_be_feature(t, j) && place == columns->count) extra[count++] = t->names[j];
    }
    const clmlp_status status =
        count == 0 ? CLMLP_OK
                   : clmlp_notes_add(&t->table->notes, t->error, "%s: left out %s, which the model does not take: %s",
                                     PATH, count == 1 ? "a column" : "columns", clmlp_quote_list(list, extra, count));
    free(extra);
    return status;
}

static clmlp_status place_by_name(memory *t)
{
    const clmlp_columns *const columns = t->request->columns;
    char quoted[CLMLP_QUOTE_LENGTH], list[CLMLP_QUOTE_LIST_LENGTH], nearest[CLMLP_NEAREST_LENGTH];
    for (size_t f = 0; f < columns->count; f++) {
        const size_t j = clmlp_find_name(t->names, t->count, columns->names[f]);
        if (j == t->count || !t->kept[j]) {
            return clmlp_fail(t->error, CLMLP_BAD_INPUT, "%s: no column %s, which the model takes (found %s)%s",
                              PATH, quote(quoted, columns->names[f]), clmlp_quote_list(list, t->names, t->count),
                              clmlp_did_you_mean(nearest, columns->names[f], t->names, t->count));
        }
        if (j == t->target) {
            return clmlp_fail(t->error, CLMLP_BAD_INPUT, "%s: column %s is a feature of the model, so it cannot be the "
                              "target", PATH, quote(quoted, columns->names[f]));
        }
        t->source[f] = j;
    }
    t->table->n = columns->count;
    return note_extra(t);
}

static clmlp_status place_in_order(memory *t)
{
    const size_t expected = t->request->expected_features;
    size_t n = 0;
    for (size_t j = 0; j < t->count; j++) {
        if (may_be_feature(t, j)) t->source[n++] = j;
    }
    if (n == 0) return clmlp_fail(t->error, CLMLP_BAD_INPUT, "%s: no column is left to be a feature", PATH);
    if (expected > 0 && n != expected) {
        return clmlp_fail(t->error, CLMLP_BAD_INPUT, "%s: found %zu features, expected %zu", PATH, n, expected);
    }
    t->table->n = n;
    if (expected == 0) return CLMLP_OK;
    return clmlp_notes_add(&t->table->notes, t->error, "%s: the model does not know the names of its columns, so they "
                           "were taken by position", PATH);
}

static clmlp_status place(memory *t)
{
    const clmlp_table_request *const request = t->request;
    const clmlp_choice choice = {.features = request->features, .ignore = request->ignore, .path = PATH,
                                 .names = t->names, .columns = t->count, .target = t->target};
    TRY(clmlp_choose_columns(&choice, t->kept, t->error));
    if (request->categorical != NULL) {
        TRY(clmlp_choose_listed(&choice, "--categorical", request->categorical, t->categorical, t->error));
    }
    const bool by_name = request->columns != NULL && !request->columns->numbered;
    return by_name ? place_by_name(t) : place_in_order(t);
}

/* Text of cell i; NULL: it is missing. */
static const char *cell_text(const memory *t, size_t j, size_t i, char number[32])
{
    if (is_number(t, j)) return isnan(t->numbers[j][i]) ? NULL : clmlp_show_number(number, t->numbers[j][i]);
    const char *const text = t->texts[j][i];
    return text == NULL || clmlp_is_missing(&t->request->marks, text, strlen(text)) ? NULL : text;
}

static clmlp_status read_column(const memory *t, size_t j, clmlp_cells *cells)
{
    char number[32], quoted[CLMLP_QUOTE_LENGTH];
    bool fits = true;
    for (size_t i = 0; i < t->m; i++) {
        const char *const text = cell_text(t, j, i, number);
        if (text == NULL && t->request->missing_values == CLMLP_MISSING_VALUES_ERROR) {
            return clmlp_fail(t->error, CLMLP_BAD_INPUT, "%s: row %zu, column %s: missing value", PATH, i + 1,
                              quote(quoted, t->names[j]));
        }
        if (is_number(t, j)) TRY(clmlp_cells_add_value(cells, t->numbers[j][i], &fits, t->error));
        else TRY(clmlp_cells_add(cells, text, text != NULL ? strlen(text) : 0, text == NULL, &fits, t->error));
        if (!fits) return clmlp_wrong_cell(PATH, i, t->names[j], text, cells->kind, t->error);
    }
    return CLMLP_OK;
}

/* All features; one that began as numbers and has a text is read once more, as texts. */
static clmlp_status read_features(memory *t)
{
    clmlp_table *const table = t->table;
    const clmlp_columns *const columns = t->request->columns;
    char quoted[CLMLP_QUOTE_LENGTH];
    TRY(clmlp_allocate(&table->cells, table->n, sizeof *table->cells, "the columns", t->error));
    for (size_t f = 0; f < table->n; f++) {
        clmlp_cells *const cells = &table->cells[f];
        const size_t j = t->source[f];
        const bool plain = columns != NULL && columns->encoders == NULL;
        if (t->categorical[j]) clmlp_cells_expect(cells, CLMLP_COLUMN_CATEGORICAL);
        else if (plain || (columns == NULL && is_number(t, j))) clmlp_cells_expect(cells, CLMLP_COLUMN_NUMERIC);
        else if (columns != NULL) clmlp_cells_expect(cells, columns->encoders[f]->kind);
        TRY(read_column(t, j, cells));
        if (plain && cells->missing > 0) {
            return clmlp_fail(t->error, CLMLP_BAD_INPUT, "%s: column %s: %zu missing values; the model has no value to "
                              "put in their place", PATH, quote(quoted, t->names[j]), cells->missing);
        }
        if (cells->state != CLMLP_CELLS_LOST) continue;
        clmlp_cells_release(cells);
        clmlp_cells_expect(cells, CLMLP_COLUMN_CATEGORICAL);
        TRY(read_column(t, j, cells));
        TRY(clmlp_notes_add(&table->notes, t->error, "%s: column %s is taken as categories, %zu different texts, "
                            "because not all of them are numbers or dates", PATH, quote(quoted, t->names[j]),
                            cells->dictionary.count));
    }
    return CLMLP_OK;
}

/* A model that knows no medians takes plain numbers. */
static clmlp_status make_plain(clmlp_table *table, clmlp_error *error)
{
    size_t size = 0;
    double *x = NULL;
    if (!clmlp_multiply(table->m, table->n, &size)) return clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "too much data");
    TRY(clmlp_allocate(&x, size, sizeof *x, "the data", error));
    for (size_t i = 0; i < table->m; i++) {
        for (size_t j = 0; j < table->n; j++) x[i * table->n + j] = table->cells[j].numbers[i];
    }
    for (size_t j = 0; j < table->n; j++) clmlp_cells_release(&table->cells[j]);
    free(table->cells);
    table->cells = NULL;
    table->x = x;
    return CLMLP_OK;
}

static clmlp_status read_values(memory *t)
{
    clmlp_table *const table = t->table;
    char number[32], found[CLMLP_QUOTE_LENGTH], name[CLMLP_QUOTE_LENGTH];
    TRY(clmlp_allocate(&table->y, t->m, sizeof *table->y, "targets", t->error));
    for (size_t i = 0; i < t->m; i++) {
        const char *const text = cell_text(t, t->target, i, number);
        table->y[i] = (double)NAN;
        if (text == NULL) clmlp_missing_add(&table->classes.missing, 1, i + 1, t->target + 1);
        else if (is_number(t, t->target)) table->y[i] = t->numbers[t->target][i];
        else if (!clmlp_parse_double(text, text + strlen(text), &table->y[i]) || !isfinite(table->y[i])) {
            return clmlp_fail(t->error, CLMLP_BAD_INPUT, "%s: row %zu, column %s: found %s, expected a finite number",
                              PATH, i + 1, quote(name, t->names[t->target]), quote(found, text));
        }
    }
    return CLMLP_OK;
}

/* A text that means "no value" and is no known class; NULL: there is none. */
static const char *text_of_nothing(const clmlp_table_request *request)
{
    const char *mark = NULL;
    for (size_t i = 0; (mark = clmlp_mark(&request->marks, i)) != NULL; i++) {
        if (clmlp_find_name(request->class_names, request->class_count, mark) == request->class_count) break;
    }
    return mark;
}

static clmlp_status read_targets(memory *t)
{
    const char *const nothing = text_of_nothing(t->request);
    char number[32];
    if (t->request->target_kind == CLMLP_TARGET_NONE) return CLMLP_OK;
    t->table->has_target = true;
    t->table->target_count = 1;
    TRY(clmlp_duplicate(&t->table->target, t->names[t->target], t->error));
    TRY(clmlp_duplicate_list(&t->table->output_names, &t->names[t->target], 1, t->error));
    if (t->request->target_kind == CLMLP_TARGET_VALUES) return read_values(t);
    for (size_t i = 0; i < t->m; i++) {
        const char *text = cell_text(t, t->target, i, number);
        if (text == NULL) text = nothing;
        /* a text that is a known class is no missing target, so it stays as it is */
        if (!is_number(t, t->target) && t->texts[t->target][i] != NULL) text = t->texts[t->target][i];
        if (text == NULL) {
            return clmlp_fail(t->error, CLMLP_BAD_INPUT, "%s: row %zu, column %zu: missing target, where each of the "
                              "missing_texts is a class", PATH, i + 1, t->target + 1);
        }
        TRY(clmlp_classes_add(&t->table->classes, text, strlen(text), i + 1, t->target + 1, t->error));
    }
    return CLMLP_OK;
}

/* The table that a file with these columns would have given. */
static clmlp_status read_table(memory *t)
{
    clmlp_table *const table = t->table;
    clmlp_status status = CLMLP_OK;
    const char **names = NULL;
    TRY(clmlp_check_target_known(PATH, t->request, t->error));
    TRY(find_target(t));
    TRY(place(t));
    TRY(read_features(t));
    TRY(read_targets(t));
    TRY_CLEANUP(clmlp_allocate(&names, table->n, sizeof *names, "the names of columns", t->error));
    TRY_CLEANUP(clmlp_allocate(&table->source, table->n, sizeof *table->source, "a list of columns", t->error));
    for (size_t f = 0; f < table->n; f++) {
        const clmlp_columns *const columns = t->request->columns;
        names[f] = columns != NULL ? columns->names[f] : t->names[t->source[f]];
        table->source[f] = t->source[f];
    }
    TRY_CLEANUP(clmlp_columns_create(&table->named, names, table->n, t->error));
    TRY_CLEANUP(clmlp_duplicate_list(&table->cell_names, names, table->n, t->error));
    if (t->request->columns != NULL && t->request->columns->encoders == NULL) {
        TRY_CLEANUP(make_plain(table, t->error));
    }
cleanup:
    free(names);
    return status;
}

/* Names that tell the columns apart, and one array for each; numbers are finite or missing. */
static clmlp_status check(const memory *t, clmlp_error *error)
{
    char quoted[CLMLP_QUOTE_LENGTH];
    size_t j = 0, earlier = 0;
    for (j = 0; j < t->count; j++) {
        REQUIRE(t->names[j] != NULL, "names");
        REQUIRE(is_number(t, j) || (t->texts != NULL && t->texts[j] != NULL), "texts");
    }
    TRY(clmlp_find_repeated(t->names, t->count, true, &j, &earlier, error));
    if (j < t->count) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "argument 'names': name %zu, %s, is empty or stands there twice",
                          j + 1, quote(quoted, t->names[j]));
    }
    for (j = 0; j < t->count; j++) {
        for (size_t i = 0; is_number(t, j) && i < t->m; i++) {
            if (!isinf(t->numbers[j][i])) continue;
            return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "row %zu, column %s: found %g, expected a finite number or "
                              "NaN", i + 1, quote(quoted, t->names[j]), t->numbers[j][i]);
        }
    }
    return CLMLP_OK;
}

static clmlp_status create(clmlp_dataset *dataset, memory *t, const clmlp_load_options *options)
{
    clmlp_status status = CLMLP_OK;
    clmlp_table table;
    memset(&table, 0, sizeof table);
    t->table = &table;
    table.m = t->m;
    table.storage = CLMLP_STORE_F64;
    table.classes.path = PATH;
    table.classes.binary = true;
    table.classes.guesses_kind = t->request->guesses_kind;
    table.classes.marks = t->request->marks;
    TRY_CLEANUP(clmlp_allocate(&t->kept, t->count, sizeof *t->kept, "a list of columns", t->error));
    TRY_CLEANUP(clmlp_allocate(&t->categorical, t->count, sizeof *t->categorical, "a list of columns", t->error));
    TRY_CLEANUP(clmlp_allocate(&t->source, t->count, sizeof *t->source, "a list of columns", t->error));
    TRY_CLEANUP(read_table(t));
    TRY_CLEANUP(clmlp_dataset_take_table(dataset, &table, PATH, options, t->request, t->error));
cleanup:
    free(t->source);
    free(t->categorical);
    free(t->kept);
    clmlp_table_release(&table);
    return status;
}

clmlp_status clmlp_dataset_create_columns(clmlp_dataset **out, size_t m, size_t count, const char *const *names,
                                          const double *const *numbers, const char *const *const *texts,
                                          const clmlp_load_options *given, clmlp_error *error)
{
    clmlp_load_options options = clmlp_load_options_default();
    clmlp_dataset *dataset = NULL;
    REQUIRE(out != NULL, "out");
    REQUIRE(m > 0 && m < UINT32_MAX, "m");
    REQUIRE(count > 0, "count");
    REQUIRE(names != NULL, "names");
    REQUIRE(numbers != NULL, "numbers");
    TRY(clmlp_load_options_take(&options, given, error));
    REQUIRE(options.labels_path == NULL, "options.labels_path");
    const clmlp_table_request request = clmlp_load_request(&options);
    memory t = {.m = m, .count = count, .names = names, .numbers = numbers, .texts = texts, .request = &request,
                .error = error};
    TRY(check(&t, error));
    TRY(clmlp_allocate(&dataset, 1, sizeof *dataset, "a data set", error));
    const clmlp_status status = create(dataset, &t, &options);
    if (status == CLMLP_OK) *out = dataset;
    else clmlp_dataset_destroy(dataset);
    return status;
}
