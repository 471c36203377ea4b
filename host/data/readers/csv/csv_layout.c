/* csv_layout.c - first row of a CSV file: header or data, and which column is the target. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"
#include "data/readers/csv/csv.h"
#include "data/nearest.h"

bool clmlp_target_index(const char *target, size_t columns, size_t *index)
{
    int64_t number = 0;
    if (target == NULL || target[0] == '\0' || strcmp(target, "last") == 0) {
        *index = columns - 1;
        return true;
    }
    if (!clmlp_parse_int64(target, target + strlen(target), &number)) return false;
    if (number < 1 || (uint64_t)number > columns) return false;
    *index = (size_t)number - 1;
    return true;
}

static clmlp_status read_cells(clmlp_csv_layout *layout, clmlp_fields *fields, size_t most, clmlp_error *error)
{
    size_t capacity = 0, text_capacity = 0, text_length = 0;
    bool found = false;
    TRY(clmlp_fields_find_row(fields, &found, error));
    if (!found) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: is empty, expected rows of numbers", fields->input->path);
    }
    clmlp_field field = {0};
    while (!field.ends_row) {
        TRY(clmlp_fields_next(fields, &field, error));
        if (layout->columns == most) {
            return clmlp_fail(error, CLMLP_BAD_INPUT, "%s:%zu:%zu: found more than %zu columns, expected at most as "
                              "many (--max-columns N allows N)", fields->input->path, field.line, field.column, most);
        }
        TRY(clmlp_grow(&layout->cells, &capacity, layout->columns + 1, sizeof *layout->cells, "a row", error));
        TRY(clmlp_grow(&layout->texts, &text_capacity, text_length + field.length + 1, 1, "a row", error));
        memcpy(layout->texts + text_length, field.text, field.length);
        layout->texts[text_length + field.length] = '\0';
        layout->cells[layout->columns++] = (clmlp_csv_cell){text_length, field};
        text_length += field.length + 1;
    }
    for (size_t j = 0; j < layout->columns; j++) layout->cells[j].field.text = layout->texts + layout->cells[j].offset;
    return CLMLP_OK;
}

/* What a cell of the first row says about it. Infinity is a number: nobody calls a column so. */
typedef enum cell_kind { CELL_TEXT, CELL_NUMBER, CELL_EMPTY, CELL_MISSING, CELL_KINDS } cell_kind;

static cell_kind kind_of(const clmlp_fields *fields, const clmlp_field *field)
{
    double value = 0.0;
    if (field->length == 0) return CELL_EMPTY;
    if (clmlp_is_missing(&fields->marks, field->text, field->length)) return CELL_MISSING;
    return clmlp_fields_number(fields, field, &value) ? CELL_NUMBER : CELL_TEXT;
}

/* The column called `target`, or layout->columns. */
static clmlp_status find_named(const clmlp_csv_layout *layout, const clmlp_fields *fields, const char *target,
                               size_t *found, clmlp_error *error)
{
    *found = layout->columns;
    for (size_t j = 0; target != NULL && j < layout->columns; j++) {
        if (strcmp(layout->cells[j].field.text, target) != 0) continue;
        if (*found < layout->columns) {
            char quoted[CLMLP_QUOTE_LENGTH];
            return clmlp_fail(error, CLMLP_BAD_INPUT,
                              "%s:%zu:%zu: two columns are called %s (%zu and %zu); name the target by its index",
                              fields->input->path, layout->cells[j].field.line, layout->cells[j].field.column,
                              clmlp_quote(quoted, target, strlen(target)), *found + 1, j + 1);
        }
        *found = j;
    }
    return CLMLP_OK;
}

clmlp_status clmlp_csv_no_target(const clmlp_csv_layout *layout, const char *path, const clmlp_table_request *request,
                                 const char *target, clmlp_error *error)
{
    char quoted[CLMLP_QUOTE_LENGTH], list[CLMLP_QUOTE_LIST_LENGTH], nearest[CLMLP_NEAREST_LENGTH];
    const size_t line = layout->cells[0].field.line;
    int64_t number = 0;
    (void)clmlp_quote(quoted, target, strlen(target));
    const bool is_number = clmlp_parse_int64(target, target + strlen(target), &number);
    if (is_number && (number < 1 || (uint64_t)number > layout->columns)) { /* else it is a name */
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s:%zu:1: no target column %s (found %zu columns)", path, line,
                          quoted, layout->columns);
    }
    if (!layout->has_header) {
        return clmlp_fail(error, CLMLP_BAD_INPUT,
                          "%s:%zu:1: no target column %s: the file has no header, so give the column's index (1 to "
                          "%zu)",
                          path, line, quoted, layout->columns);
    }
    clmlp_status status = CLMLP_OK;
    const char **names = NULL;
    TRY(clmlp_allocate(&names, layout->columns, sizeof *names, "the names of columns", error));
    for (size_t j = 0; j < layout->columns; j++) names[j] = layout->cells[j].field.text;
    const bool scores = !clmlp_for_training(request) && request->model_target == NULL && !request->leaves_out;
    status = clmlp_fail(error, CLMLP_BAD_INPUT,
                        scores ? "%s:%zu:1: no target column %s, which scores need (found %s)%s"
                               : "%s:%zu:1: no target column %s, expected one of %s%s", path, line,
                        quoted, clmlp_quote_list(list, names, layout->columns),
                        clmlp_did_you_mean(nearest, target, names, layout->columns));
    free(names);
    return status;
}

/* Features called 0, 1, 2, ...: what pandas writes above columns without names. From three on that is hardly
 * data, but it may be. */
static bool counts_columns(const clmlp_csv_layout *layout)
{
    size_t features = 0;
    for (size_t j = 0; j < layout->columns; j++) {
        const clmlp_field *field = &layout->cells[j].field;
        int64_t value = 0;
        if (clmlp_csv_is_target(layout, j)) continue;
        if (!clmlp_parse_int64(field->text, field->text + field->length, &value) || (uint64_t)value != j) return false;
        features++;
    }
    return features >= 3;
}

const char *clmlp_csv_comment_hint(const clmlp_field *first)
{
    static const char *const begins[] = {"#", "//", "/*", "% ", "-- "};
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++) {
        const size_t length = strlen(begins[i]);
        if (first->length < length || memcmp(first->text, begins[i], length) != 0) continue;
        return "; the file begins with a line that looks like a comment: remove it";
    }
    return "";
}

static char *describe(char out[CLMLP_QUOTE_LENGTH + 32], const clmlp_fields *fields, const clmlp_field *field)
{
    static const char *const words[CELL_KINDS] = {"text ", "number ", "an empty cell", "the missing value "};
    const cell_kind kind = kind_of(fields, field);
    char quoted[CLMLP_QUOTE_LENGTH];
    (void)snprintf(out, CLMLP_QUOTE_LENGTH + 32, "%s%s", words[kind],
                   kind == CELL_EMPTY ? "" : clmlp_quote(quoted, field->text, field->length));
    return out;
}

static clmlp_status ask(const clmlp_fields *fields, const clmlp_field *text, const clmlp_field *other,
                        clmlp_error *error)
{
    char a[CLMLP_QUOTE_LENGTH + 32], b[CLMLP_QUOTE_LENGTH + 32];
    return clmlp_fail(error, CLMLP_BAD_INPUT,
                      "%s:%zu:%zu: does the first row name the columns? (found %s and %s); say --header yes or "
                      "--header no%s", fields->input->path, text->line, text->column, describe(a, fields, text),
                      describe(b, fields, other), clmlp_csv_comment_hint(text));
}

/* Several targets may be labels: yes is a value then. */
static bool is_boolean(const clmlp_field *field)
{
    double value = 0.0;
    return clmlp_parse_boolean(field->text, field->text + field->length, &value);
}

/* Without an answer from the caller. The table of docs/files.md ("The first row") and tests/data/test_first_row.c:
 * texts without numbers are a header, numbers without texts are data, the rest is asked. */
static clmlp_status inspect_header(clmlp_csv_layout *layout, const clmlp_fields *fields,
                                   const clmlp_table_request *request, clmlp_error *error)
{
    const clmlp_field *found[CELL_KINDS] = {NULL}, *targets[CELL_KINDS] = {NULL}; /* the first of each kind */
    for (size_t j = 0; j < layout->columns; j++) {
        const clmlp_field *field = &layout->cells[j].field;
        const bool is_target = clmlp_csv_is_target(layout, j);
        const cell_kind kind = is_target && layout->slots != NULL && is_boolean(field) ? CELL_NUMBER
                                                                                       : kind_of(fields, field);
        const clmlp_field **const first = is_target ? targets : found;
        if (first[kind] == NULL) first[kind] = field;
    }
    /* of several targets one that is a text, else a number */
    static const cell_kind order[] = {CELL_TEXT, CELL_NUMBER, CELL_MISSING, CELL_EMPTY};
    cell_kind target_kind = CELL_EMPTY;
    for (size_t i = sizeof order / sizeof *order; i-- > 0;) {
        if (targets[order[i]] != NULL) target_kind = order[i];
    }
    const clmlp_field *const target = targets[target_kind];
    if (target != NULL && layout->columns == 1) { /* a labels file: its rows are counted */
        layout->has_header = target_kind == CELL_TEXT && request->target_kind == CLMLP_TARGET_VALUES;
        layout->may_be_header = target_kind == CELL_TEXT && !layout->has_header;
        return CLMLP_OK;
    }
    if (found[CELL_TEXT] != NULL) {
        if (found[CELL_NUMBER] != NULL) return ask(fields, found[CELL_TEXT], found[CELL_NUMBER], error);
        if (found[CELL_MISSING] != NULL) return ask(fields, found[CELL_TEXT], found[CELL_MISSING], error);
        if (target_kind == CELL_NUMBER || target_kind == CELL_MISSING) {
            return ask(fields, found[CELL_TEXT], target, error);
        }
        layout->has_header = true;
        return CLMLP_OK;
    }
    if (target_kind == CELL_TEXT) {
        const clmlp_field *feature = found[CELL_NUMBER];
        if (feature == NULL) feature = found[CELL_MISSING] != NULL ? found[CELL_MISSING] : found[CELL_EMPTY];
        layout->has_header = feature == NULL; /* a text is no value of several targets, so it is a name */
        if (feature == NULL) return CLMLP_OK;
        if (layout->slots == NULL &&
            clmlp_find_name(request->class_names, request->class_count, target->text) < request->class_count) {
            return CLMLP_OK;
        }
        return ask(fields, target, feature, error);
    }
    if (!counts_columns(layout)) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_INPUT,
                      "%s:%zu:1: does the first row number the columns, or is it data? (found 0, 1, 2, ...); say "
                      "--header yes or --header no", fields->input->path, layout->cells[0].field.line);
}

/* Does the first row name all columns of the model? Numbers alone may be data, so they are asked about. */
static clmlp_status names_columns(const clmlp_csv_layout *layout, const clmlp_fields *fields,
                                  const clmlp_columns *columns, bool *named, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    const char **names = NULL;
    size_t *place = NULL, found = 0, texts = 0;
    *named = false;
    if (columns == NULL || columns->numbered || columns->count > layout->columns) return CLMLP_OK;
    TRY_CLEANUP(clmlp_allocate(&names, layout->columns, sizeof *names, "the names of columns", error));
    TRY_CLEANUP(clmlp_allocate(&place, columns->count, sizeof *place, "the places of columns", error));
    for (size_t j = 0; j < layout->columns; j++) names[j] = layout->cells[j].field.text;
    TRY_CLEANUP(clmlp_find_names((const char *const *)columns->names, columns->count, names, layout->columns, place,
                                 error));
    for (size_t j = 0; j < columns->count; j++) {
        if (place[j] == layout->columns) continue;
        found++;
        texts += kind_of(fields, &layout->cells[place[j]].field) == CELL_TEXT;
    }
    *named = found == columns->count && texts > 0;
    if (found == columns->count && texts == 0) {
        status = clmlp_fail(error, CLMLP_BAD_INPUT,
                            "%s:%zu:1: does the first row name the columns? (found the names of all columns that the "
                            "model takes, which may be numbers, too); say --header yes or --header no",
                            fields->input->path, layout->cells[0].field.line);
    }
cleanup:
    free(place);
    free(names);
    return status;
}

static clmlp_status one_column(const clmlp_csv_layout *layout, const clmlp_fields *fields, clmlp_error *error)
{
    return clmlp_fail(error, CLMLP_BAD_INPUT,
                      "%s:%zu:1: found one column, expected features beside the target (columns are separated by "
                      "commas, tabs or semicolons)%s", fields->input->path, layout->cells[0].field.line,
                      clmlp_csv_comment_hint(&layout->cells[0].field));
}

/* Whether the first row is the header, which a text of it that is the target's name says, too. */
static clmlp_status decide_header(clmlp_csv_layout *layout, const clmlp_fields *fields,
                                  const clmlp_table_request *request, const char *target, clmlp_error *error)
{
    const clmlp_field as_field = {.text = target, .length = target != NULL ? strlen(target) : 0};
    size_t named = layout->columns;
    layout->has_header = request->header == CLMLP_HEADER_YES;
    if (request->header != CLMLP_HEADER_AUTO) return CLMLP_OK;
    if (target != NULL && clmlp_is_list(target)) {
        TRY(clmlp_csv_names_target(layout, fields, request, target, &layout->has_header, error));
    } else if (target != NULL && kind_of(fields, &as_field) == CELL_TEXT) {
        TRY(find_named(layout, fields, target, &named, error));
        layout->has_header = named < layout->columns;
    }
    if (!layout->has_header) TRY(names_columns(layout, fields, request->columns, &layout->has_header, error));
    bool is_data = false;
    TRY(clmlp_csv_is_row_of_model(layout, fields, request, &is_data, error));
    if (layout->has_header || is_data) return CLMLP_OK;
    TRY(inspect_header(layout, fields, request, error));
    layout->guessed_header = layout->has_header;
    return CLMLP_OK;
}

/* All columns of a labels file. */
static clmlp_status take_all(clmlp_csv_layout *layout, clmlp_error *error)
{
    size_t *targets = NULL;
    TRY(clmlp_allocate(&targets, layout->columns, sizeof *targets, "a list of columns", error));
    for (size_t j = 0; j < layout->columns; j++) targets[j] = j;
    const clmlp_status status = clmlp_csv_set_targets(layout, targets, layout->columns, error);
    free(targets);
    return status;
}

/* The column of that number, if it has no name; layout->columns: there is none. */
static size_t find_nameless(const clmlp_csv_layout *layout, const char *target)
{
    size_t j = layout->columns;
    if (!layout->has_header || target == NULL || strcmp(target, "last") == 0) return j;
    const bool found = clmlp_target_index(target, layout->columns, &j) && layout->cells[j].field.length == 0;
    return found ? j : layout->columns;
}

/* Header and target column. A name in the header goes before an index; naming a text of the first row as
 * the target makes that row the header. */
static clmlp_status decide(clmlp_csv_layout *layout, const clmlp_fields *fields, const clmlp_table_request *request,
                           clmlp_error *error)
{
    const size_t expected = request->expected_features;
    const char *const path = fields->input->path;
    const bool described = request->survey != NULL; /* one column may stand alone then */
    const bool wants = request->target_kind != CLMLP_TARGET_NONE && (!described || layout->columns > 1);
    const bool all = wants && request->labels_file && layout->columns > 1;
    const bool leaves_out = request->leaves_out && request->target != NULL && expected > 0 &&
                            layout->columns > expected;
    const char *target = request->labels_file || !(wants || leaves_out) ? NULL : request->target;
    const bool list = target != NULL && clmlp_is_list(target);
    const bool by_number = !request->target_is_name && ((wants && !all) || leaves_out);
    size_t named = layout->columns;
    layout->keeps_target = wants;
    layout->target = layout->columns;
    if ((wants || leaves_out) && layout->columns == 1 && !request->labels_file) {
        return one_column(layout, fields, error);
    }
    if (list) TRY(clmlp_csv_list_targets(layout, path, request, target, false, error));
    else if (by_number) (void)clmlp_target_index(target, layout->columns, &layout->target);
    TRY(decide_header(layout, fields, request, target, error));
    if (list) return clmlp_csv_list_targets(layout, path, request, target, wants, error);
    if (all) return take_all(layout, error);
    if (layout->has_header) TRY(find_named(layout, fields, target, &named, error));
    if (named < layout->columns) layout->target = named;
    else if (request->target_is_name) layout->target = find_nameless(layout, target);
    if (described && request->survey->target_is_optional && layout->target == layout->columns) {
        layout->keeps_target = false;
    }
    if (layout->keeps_target && layout->target == layout->columns) {
        return clmlp_csv_no_target(layout, path, request, target, error);
    }
    return CLMLP_OK;
}

clmlp_status clmlp_csv_first_row(clmlp_csv_layout *layout, clmlp_fields *fields, const clmlp_table_request *request,
                                 clmlp_error *error)
{
    memset(layout, 0, sizeof *layout);
    TRY(read_cells(layout, fields, request->max_columns, error));
    return decide(layout, fields, request, error);
}

void clmlp_csv_layout_release(clmlp_csv_layout *layout)
{
    free(layout->place);
    free(layout->runs);
    free(layout->slots);
    free(layout->kept);
    free(layout->cells);
    free(layout->texts);
    memset(layout, 0, sizeof *layout);
}
