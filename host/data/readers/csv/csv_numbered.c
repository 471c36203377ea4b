/* csv_numbered.c - the first row of a text file for a model whose training file had no header: may it be data? */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"
#include "data/columns/date.h"
#include "data/quote.h"
#include "data/readers/csv/csv.h"

/* Whether the cell may stand in the column. *shows: a name of the column could hardly do so. */
static bool may_be_value(const clmlp_fields *fields, const clmlp_field *field, const clmlp_encoder *encoder,
                         bool *shows)
{
    const char *const end = field->text + field->length;
    double value = 0.0;
    bool time = false;
    if (clmlp_is_missing(&fields->marks, field->text, field->length)) return true;
    switch (encoder->kind) {
    case CLMLP_COLUMN_NUMERIC: return *shows = clmlp_fields_number(fields, field, &value) && isfinite(value);
    case CLMLP_COLUMN_BOOLEAN: return *shows = clmlp_parse_boolean(field->text, end, &value);
    case CLMLP_COLUMN_DATE: return *shows = clmlp_parse_date(field->text, end, &value, &time);
    case CLMLP_COLUMN_CATEGORICAL:
        *shows = clmlp_find_name((const char *const *)encoder->levels, encoder->level_count, field->text) <
                 encoder->level_count;
        return true;
    case CLMLP_COLUMN_KIND_COUNT: break;
    }
    return false;
}

static bool may_be_target(const clmlp_fields *fields, const clmlp_field *field, const clmlp_table_request *request)
{
    double value = 0.0;
    return clmlp_is_missing(&fields->marks, field->text, field->length) || clmlp_fields_number(fields, field, &value) ||
           clmlp_find_name(request->class_names, request->class_count, field->text) < request->class_count;
}

/* kept [columns], from clmlp_choose_columns. *strange: where all could be data, a text that no row of the training data
 * had; NULL: none. */
static bool is_row(const clmlp_csv_layout *layout, const clmlp_fields *fields, const clmlp_table_request *request,
                   const bool *kept, const clmlp_field **strange)
{
    const clmlp_columns *const columns = request->columns;
    const clmlp_field *unknown = NULL;
    size_t next = 0, showing = 0;
    for (size_t j = 0; j < layout->columns; j++) {
        const clmlp_field *const field = &layout->cells[j].field;
        bool shows = false;
        if (clmlp_csv_is_target(layout, j)) {
            if (!may_be_target(fields, field, request)) return false;
            continue;
        }
        if (!kept[j]) continue;
        if (next == columns->count || !may_be_value(fields, field, columns->encoders[next++], &shows)) return false;
        showing += shows;
        if (!shows && unknown == NULL && !clmlp_is_missing(&fields->marks, field->text, field->length)) unknown = field;
    }
    if (next < columns->count) return false;
    if (showing == 0) *strange = unknown;
    return showing > 0;
}

/* The features of the model by their numbers, into kept [columns]. Returns how many others there are; 0: the numbers do
 * not tell, because an option chooses, or because the file may lack a target that stood among them. */
static size_t choose_by_number(const clmlp_csv_layout *layout, const clmlp_table_request *request, bool *kept)
{
    const clmlp_columns *const columns = request->columns;
    const char *const learned = request->model_target != NULL ? request->model_target : request->target;
    int64_t number = 0;
    size_t others = 0;
    if (columns == NULL || !columns->numbered || request->features != NULL || request->ignore != NULL) return 0;
    if (!clmlp_csv_has_target(layout)) {
        if (learned == NULL || !clmlp_parse_int64(learned, learned + strlen(learned), &number)) return 0;
        if ((uint64_t)number <= layout->columns) return 0;
    }
    for (size_t c = 0; c < columns->count; c++) {
        const char *const name = columns->names[c];
        if (!clmlp_parse_int64(name, name + strlen(name), &number)) return 0;
        if (number < 1 || (uint64_t)number > layout->columns) return 0;
        if (clmlp_csv_is_target(layout, (size_t)number - 1)) return 0;
        kept[number - 1] = true;
    }
    for (size_t j = 0; j < layout->columns; j++) others += !kept[j] && !clmlp_csv_is_target(layout, j);
    return others;
}

clmlp_status clmlp_csv_propose_ignore(clmlp_text *text, const clmlp_csv_layout *layout,
                                      const clmlp_table_request *request, size_t surplus, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    clmlp_text list = {0};
    bool *kept = NULL;
    TRY_CLEANUP(clmlp_allocate(&kept, layout->columns, sizeof *kept, "a list of columns", error));
    const size_t others = choose_by_number(layout, request, kept);
    if (others == 0 || others != surplus) goto cleanup;
    for (size_t j = 0; j < layout->columns; j++) {
        if (kept[j] || clmlp_csv_is_target(layout, j)) continue;
        TRY_CLEANUP(clmlp_text_append(&list, error, "%s%zu", list.length > 0 ? "," : "", j + 1));
    }
    TRY_CLEANUP(clmlp_text_append(text, error, "; the training left out column%s %s: say --ignore %s",
                                  others > 1 ? "s" : "", list.data, list.data));
cleanup:
    free(kept);
    free(list.data);
    return status;
}

clmlp_status clmlp_csv_is_row_of_model(const clmlp_csv_layout *layout, const clmlp_fields *fields,
                                       const clmlp_table_request *request, bool *is_data, clmlp_error *error)
{
    const clmlp_columns *const columns = request->columns;
    const clmlp_field *strange = NULL;
    bool *kept = NULL, texts = false;
    char quoted[CLMLP_QUOTE_LENGTH];
    *is_data = false;
    for (size_t j = 0; columns != NULL && columns->encoders != NULL && j < columns->count; j++) {
        texts = texts || columns->encoders[j]->kind != CLMLP_COLUMN_NUMERIC;
    }
    if (!texts || !columns->numbered) return CLMLP_OK;
    TRY(clmlp_allocate(&kept, layout->columns, sizeof *kept, "a list of columns", error));
    const clmlp_choice choice = {.features = request->features, .ignore = request->ignore,
                                 .path = fields->input->path, .line = layout->cells[0].field.line,
                                 .columns = layout->columns, .target = layout->target};
    /* what the training left out may stand here, too: the width is refused later, with what to say */
    const bool by_number = choose_by_number(layout, request, kept) > 0;
    for (size_t j = 0; !by_number && j < layout->columns; j++) kept[j] = false;
    const clmlp_status status = by_number ? CLMLP_OK : clmlp_choose_columns(&choice, kept, error);
    if (status == CLMLP_OK) *is_data = is_row(layout, fields, request, kept, &strange);
    free(kept);
    if (strange == NULL) return status;
    return clmlp_fail(error, CLMLP_BAD_INPUT,
                      "%s:%zu:%zu: does the first row name the columns? (found text %s, which the training data did "
                      "not have); say --header yes or --header no", fields->input->path, strange->line, strange->column,
                      clmlp_quote(quoted, strange->text, strange->length));
}
