/* load.c - clmlp_dataset_load: choose the reader, join features and targets. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/argument.h"
#include "base/memory.h"
#include "base/structure.h"
#include "data/readers/array_cells.h"
#include "data/apart.h"
#include "data/columns/encode_cells.h"
#include "data/readers/choose.h"
#include "data/readers/divide/same_file.h"
#include "data/readers/load.h"
#include "data/readers/load_targets.h"
#include "data/readers/svmlight_line.h"
#include "data/readers/table.h"
#include "data/weights.h"

void clmlp_load_options_init(clmlp_load_options *options, size_t size)
{
    static const clmlp_load_options defaults = {
        .size = sizeof defaults, .target_kind = CLMLP_TARGET_CLASSES, .header = CLMLP_HEADER_AUTO,
        .missing_values = CLMLP_MISSING_VALUES_IMPUTE};
    clmlp_structure_init(options, size, &defaults, sizeof defaults);
}

static clmlp_status read_table(clmlp_table *table, const char *path, const clmlp_table_request *request,
                               clmlp_format format, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    clmlp_input input = {0};
    memset(table, 0, sizeof *table);
    TRY_CLEANUP(clmlp_division_open(request->division, &input, path, request->max_input, error));
    clmlp_table_reader *reader = NULL;
    TRY_CLEANUP(clmlp_choose_reader(&reader, table, path, &input, format, error));
    if (reader != clmlp_svmlight_read) TRY_CLEANUP(clmlp_check_target_known(input.path, request, error));
    if (reader != clmlp_csv_read) TRY_CLEANUP(clmlp_array_suits(request->columns, input.path, error));
    if (reader != clmlp_csv_read && request->keep != NULL) {
        status = clmlp_fail(error, CLMLP_BAD_INPUT, "%s: only a text file has columns whose texts can be kept (--keep)",
                            input.path);
        goto cleanup;
    }
    TRY_CLEANUP(reader(table, &input, request, error));
    if (reader != clmlp_csv_read && request->columns != NULL && !clmlp_columns_are_numbers(request->columns)) {
        TRY_CLEANUP(clmlp_cells_from_array(table, request->columns, input.path, error));
    }
cleanup:
    clmlp_input_close(&input);
    return status;
}

/* The texts that mean "no value": as given, or as in the training data. */
static clmlp_marks marks_of(const clmlp_load_options *options)
{
    if (options->missing_texts == NULL) return clmlp_columns_marks(options->columns);
    return (clmlp_marks){.texts = options->missing_texts, .count = options->missing_count};
}

/* What the model takes is no surprise. */
static size_t max_columns(const clmlp_load_options *options)
{
    const size_t beyond = options->max_columns > 0 ? options->max_columns : (size_t)CLMLP_MAX_COLUMNS;
    const size_t known = options->expected_features + (options->columns != NULL ? options->columns->count : 0);
    size_t most = 0;
    return clmlp_add(beyond, known, &most) && clmlp_add(most, options->output_count, &most) ? most : SIZE_MAX;
}

static clmlp_status load_labels(clmlp_dataset *dataset, const clmlp_table *cells, const char *path,
                                const clmlp_load_options *options, clmlp_division *division, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    clmlp_table table = {0};
    const clmlp_table_request request = {.target_kind = clmlp_kind_to_read(options),
                                         .guesses_kind = clmlp_asks_for_kind(options) && dataset->survey == NULL,
                                         .header = options->header,
                                         .delimiter = options->delimiter,
                                         .decimal = options->decimal,
                                         .marks = marks_of(options),
                                         .labels_file = true,
                                         .max_input = options->max_input,
                                         .max_columns = max_columns(options),
                                         .division = division,
                                         .expected_rows = dataset->m,
                                         .output_names = options->output_names,
                                         .output_count = options->output_names != NULL ? options->output_count : 0};
    TRY_CLEANUP(read_table(&table, options->labels_path, &request, CLMLP_FORMAT_AUTO, error));
    if (table.m != dataset->m) {
        status = clmlp_fail(error, CLMLP_BAD_INPUT, "%s: found %zu row%s, expected %zu as in %s", table.classes.path,
                            table.m, table.m == 1 ? "" : "s", dataset->m, path);
        goto cleanup;
    }
    TRY_CLEANUP(clmlp_notes_move(&dataset->notes, &table.notes, error));
    TRY_CLEANUP(clmlp_load_targets(dataset, cells, &table, options, error));
cleanup:
    clmlp_table_release(&table);
    return status;
}

static size_t max_categories(const clmlp_load_options *options)
{
    return options->max_categories > 0 ? options->max_categories : (size_t)CLMLP_MAX_CATEGORIES;
}

/* The cells of a table become the features of the data set. They are fitted to the rows that have a target. */
static clmlp_status encode(clmlp_dataset *dataset, clmlp_table *table, const clmlp_load_options *options,
                           clmlp_error *error)
{
    clmlp_columns *columns = NULL;
    const clmlp_encode_request request = {.path = table->classes.path,
                                          .columns = options->columns,
                                          .max_categories = max_categories(options),
                                          .refuse_missing = options->missing_values == CLMLP_MISSING_VALUES_ERROR,
                                          .refuse_unseen = options->unseen == CLMLP_UNSEEN_ERROR,
                                          .describes = dataset->survey != NULL};
    TRY(clmlp_encode_cells(&columns, &dataset->encoded, table->cells, (const char *const *)table->cell_names, table->n,
                           &request, &dataset->notes, error));
    if (options->columns == NULL) columns->numbered = table->numbered;
    clmlp_columns_destroy(dataset->columns);
    dataset->columns = columns;
    dataset->n = clmlp_columns_width(columns);
    return CLMLP_OK;
}

/* Columns that are numbers and nothing else: the model's, where it knows what stands for a missing one. Else the
 * file's, by number in a text file without names. */
static clmlp_status name_numbers(clmlp_dataset *dataset, const clmlp_table *table, const clmlp_table_request *request,
                                 clmlp_error *error)
{
    clmlp_columns *columns = NULL;
    if (request->columns != NULL && request->columns->encoders != NULL) {
        TRY(clmlp_columns_copy(&columns, request->columns, error));
    } else if (dataset->columns == NULL && clmlp_for_training(request) && table->names == NULL &&
               dataset->sparse == NULL && !table->classes.binary) {
        TRY(clmlp_columns_create_numbered(&columns, table->source, table->n, error));
    }
    if (columns == NULL) return CLMLP_OK;
    clmlp_columns_destroy(dataset->columns);
    dataset->columns = columns;
    return CLMLP_OK;
}

/* What a description has to know of the file. */
static void hand_over(clmlp_survey *survey, clmlp_table *table)
{
    survey->rows = table->m;
    survey->form = table->form;
    survey->source = table->source;
    survey->thousands = table->thousands;
    survey->thousands_count = table->thousands_count;
    survey->odd_line = table->odd_line;
    survey->odd_column = table->odd_column;
    table->form = NULL;
    table->source = NULL;
    table->thousands = NULL;
    table->thousands_count = 0;
}

void clmlp_survey_release(clmlp_survey *survey)
{
    for (size_t i = 0; i < survey->thousands_count; i++) free(survey->thousands[i].text);
    free(survey->thousands);
    free(survey->form);
    free(survey->source);
    free(survey->question);
    free(survey->missing_place);
    memset(survey, 0, sizeof *survey);
}

static clmlp_index_base index_base_of(const clmlp_load_options *options)
{
    const bool known = options->model_index_base != CLMLP_INDEX_BASE_AUTO;
    return known ? options->model_index_base : options->index_base;
}

/* Whether an example of the model has one label, and not a list of them. */
static bool has_one_label(const clmlp_load_options *options)
{
    return options->class_names != NULL || (options->expected_features > 0 && !clmlp_has_indices(options) &&
                                            (options->output_names == NULL || options->output_count == 1));
}

clmlp_table_request clmlp_load_request(const clmlp_load_options *options)
{
    const bool column = options->labels_path == NULL;
    return (clmlp_table_request){.guesses_kind = column && clmlp_asks_for_kind(options),
                                 .target_kind = column ? clmlp_kind_to_read(options) : CLMLP_TARGET_NONE,
                                 .leaves_out = options->target_kind == CLMLP_TARGET_NONE,
                                 .target = options->target,
                                 .header = options->header,
                                 .delimiter = options->delimiter,
                                 .decimal = options->decimal,
                                 .class_names = options->class_names,
                                 .class_count = options->class_names != NULL ? options->class_count : 0,
                                 .expected_features = options->expected_features,
                                 .columns = options->columns,
                                 .features = options->features,
                                 .ignore = options->ignore,
                                 .model_target = options->model_target,
                                 .categorical = options->categorical,
                                 .max_categories = max_categories(options),
                                 .missing_values = options->missing_values,
                                 .marks = marks_of(options),
                                 .keep = options->keep,
                                 .weights = options->weights,
                                 .skip_weights = options->skip_weights,
                                 .target_is_name = options->target_is_name && options->target != NULL,
                                 .output_names = options->output_names,
                                 .output_count = options->output_names != NULL ? options->output_count : 0,
                                 .index_base = index_base_of(options),
                                 .base_of_model = options->model_index_base != CLMLP_INDEX_BASE_AUTO,
                                 .svmlight_features = options->svmlight_features,
                                 .max_input = options->max_input,
                                 .max_columns = max_columns(options),
                                 .asks_target = options->asks_target,
                                 .several_labels = options->output_names != NULL && options->output_count > 1,
                                 .one_label = has_one_label(options)};
}

clmlp_status clmlp_dataset_take_table(clmlp_dataset *dataset, clmlp_table *table, const char *path,
                                      const clmlp_load_options *options, const clmlp_table_request *request,
                                      clmlp_error *error)
{
    clmlp_survey *const survey = dataset->survey;
    if (request->weights != NULL && !request->skip_weights && table->weights == NULL) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: this kind of data has no column of weights", path);
    }
    const bool may_identify = clmlp_for_training(request) && survey == NULL && table->sparse == NULL;
    if (may_identify) TRY(clmlp_note_identifiers(table, path, error));
    *dataset = (clmlp_dataset){.m = table->m,
                               .n = table->n,
                               .storage = table->storage,
                               .x = table->x,
                               .sparse = table->sparse,
                               .index_base = table->index_base,
                               .pixels = table->pixels,
                               .target = table->target,
                               .columns = table->named,
                               .weights = table->weights,
                               .first_line = table->first_line,
                               .survey = survey};
    const clmlp_table *const cells = table->cells != NULL ? table : NULL;
    dataset->kept = table->kept;
    memset(&table->kept, 0, sizeof table->kept);
    table->weights = NULL;
    table->x = NULL;
    table->sparse = NULL;
    table->named = NULL;
    table->target = NULL;
    TRY(clmlp_duplicate(&dataset->path, path, error));
    TRY(clmlp_notes_move(&dataset->notes, &table->notes, error));
    if (table->has_target && table->several) {
        TRY(clmlp_load_label_lists(dataset, table, options, error));
    } else if (table->has_target) {
        TRY(clmlp_load_targets(dataset, cells, table, options, error));
    }
    if (options->labels_path != NULL && options->target_kind != CLMLP_TARGET_NONE) {
        TRY(load_labels(dataset, cells, path, options, request->division, error));
    }
    TRY(cells != NULL ? encode(dataset, table, options, error)
                      : name_numbers(dataset, table, request, error));
    if (options->missing_texts != NULL) TRY(clmlp_keep_marks(dataset, request, error));
    if (dataset->weights != NULL) TRY(clmlp_weights_finish(dataset, table->weight_column, error));
    if (survey != NULL) hand_over(survey, table);
    const bool numbers = may_identify && dataset->storage != CLMLP_STORE_U8;
    const bool text = table->form != NULL && strncmp(table->form, "text", 4) == 0;
    return numbers ? clmlp_note_apart(dataset, path, text, error) : CLMLP_OK;
}

static clmlp_status load_data(clmlp_dataset *dataset, const char *path, const clmlp_load_options *options,
                              clmlp_division *division, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    clmlp_table table = {0};
    clmlp_table_request request = clmlp_load_request(options);
    request.survey = dataset->survey;
    request.division = division;
    if (dataset->survey != NULL) request.guesses_kind = false; /* classes, where a training would ask */
    TRY_CLEANUP(read_table(&table, path, &request, options->format, error));
    TRY_CLEANUP(clmlp_dataset_take_table(dataset, &table, clmlp_input_name(path), options, &request, error));
cleanup:
    clmlp_table_release(&table);
    return status;
}

/* Data and labels cannot both come through one pipe. */
static clmlp_status check_streams(const char *data, const char *labels, clmlp_error *error)
{
    struct stat a, b;
    const bool standard = clmlp_input_is_standard(data) && clmlp_input_is_standard(labels);
    const bool pipe = stat(data, &a) == 0 && stat(labels, &b) == 0 && S_ISFIFO(a.st_mode) && a.st_dev == b.st_dev &&
                      a.st_ino == b.st_ino;
    if (!standard && !pipe) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: data and labels cannot both come from %s, which can be read once",
                      clmlp_input_name(labels), standard ? "the standard input" : "one pipe");
}

static clmlp_status check_bases(const clmlp_load_options *options, const char *path, clmlp_error *error)
{
    const clmlp_index_base given = options->index_base, model = options->model_index_base;
    if (given == CLMLP_INDEX_BASE_AUTO || model == CLMLP_INDEX_BASE_AUTO || given == model) return CLMLP_OK;
    const int from = model == CLMLP_INDEX_BASE_ONE ? 1 : 0;
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: --index-base %d: the training data of the model counts its indices "
                      "from %d", clmlp_input_name(path), 1 - from, from);
}

clmlp_status clmlp_load_options_take(clmlp_load_options *options, const clmlp_load_options *given, clmlp_error *error)
{
    TRY(clmlp_structure_take(options, sizeof *options, given, "options", error));
    REQUIRE_CODE(options->target_kind, CLMLP_TARGET_KIND_COUNT, "options.target_kind");
    REQUIRE_CODE(options->header, CLMLP_HEADER_COUNT, "options.header");
    REQUIRE_CODE(options->delimiter, CLMLP_DELIMITER_COUNT, "options.delimiter");
    REQUIRE_CODE(options->decimal, CLMLP_DECIMAL_COUNT, "options.decimal");
    REQUIRE_CODE(options->missing_targets, CLMLP_MISSING_TARGETS_COUNT, "options.missing_targets");
    REQUIRE_CODE(options->missing_values, CLMLP_MISSING_VALUES_COUNT, "options.missing_values");
    REQUIRE_CODE(options->unseen, CLMLP_UNSEEN_COUNT, "options.unseen");
    REQUIRE_CODE(options->format, CLMLP_FORMAT_COUNT, "options.format");
    REQUIRE_CODE(options->index_base, CLMLP_INDEX_BASE_COUNT, "options.index_base");
    REQUIRE_CODE(options->model_index_base, CLMLP_INDEX_BASE_COUNT, "options.model_index_base");
    const size_t columns = clmlp_columns_count(options->columns);
    const size_t width = columns > 0 ? clmlp_columns_width(options->columns) : 0;
    REQUIRE(columns == 0 || options->expected_features == 0 || options->expected_features == width, "options.columns");
    REQUIRE(options->categorical == NULL || (columns == 0 && options->expected_features == 0), "options.categorical");
    if (columns > 0) options->expected_features = columns;
    REQUIRE(options->class_names == NULL || options->class_count > 0, "options.class_count");
    REQUIRE(options->missing_texts == NULL || options->missing_count > 0, "options.missing_count");
    for (size_t i = 0; options->missing_texts != NULL && i < options->missing_count; i++) {
        REQUIRE(options->missing_texts[i] != NULL, "options.missing_texts");
    }
    for (size_t k = 0; options->class_names != NULL && k < options->class_count; k++) {
        REQUIRE(options->class_names[k] != NULL, "options.class_names");
    }
    REQUIRE(options->output_names == NULL || options->output_count > 0, "options.output_count");
    for (size_t k = 0; options->output_names != NULL && k < options->output_count; k++) {
        REQUIRE(options->output_names[k] != NULL, "options.output_names");
    }
    return CLMLP_OK;
}

clmlp_status clmlp_dataset_load(clmlp_dataset **out, const char *path, const clmlp_load_options *options,
                                clmlp_error *error)
{
    return clmlp_dataset_survey(out, NULL, path, options, error);
}

clmlp_status clmlp_dataset_survey(clmlp_dataset **out, clmlp_survey *survey, const char *path,
                                  const clmlp_load_options *given, clmlp_error *error)
{
    clmlp_division division = {.ranks = NULL};
    return clmlp_dataset_load_divided(out, survey, &division, path, given, error);
}

/* The data set that this rank has; the others may have failed. */
static clmlp_status load(clmlp_dataset **out, clmlp_survey *survey, clmlp_division *division, const char *path,
                         const clmlp_load_options *options, clmlp_error *error)
{
    TRY(clmlp_allocate(out, 1, sizeof **out, "a data set", error));
    (*out)->survey = survey;
    if (options->labels_path != NULL && options->target_kind != CLMLP_TARGET_NONE) {
        TRY(check_streams(path, options->labels_path, error));
    }
    TRY(load_data(*out, path, options, division, error));
    (*out)->survey = NULL;
    return CLMLP_OK;
}

clmlp_status clmlp_dataset_load_divided(clmlp_dataset **out, clmlp_survey *survey, clmlp_division *division,
                                        const char *path, const clmlp_load_options *given, clmlp_error *error)
{
    clmlp_load_options own = clmlp_load_options_default();
    clmlp_dataset *dataset = NULL;
    clmlp_error unseen; /* ranks exchange their messages, also where nobody wants one */
    if (error == NULL) error = &unseen;
    REQUIRE(out != NULL, "out");
    REQUIRE(path != NULL, "path");
    TRY(clmlp_load_options_take(&own, given, error));
    TRY(check_bases(&own, path, error));
    if (survey != NULL) {
        own.missing_targets = CLMLP_MISSING_TARGETS_DROP;
        own.max_categories = SIZE_MAX;
    }
    TRY(clmlp_division_begin(division, own.ranks, error));
    clmlp_status status = load(&dataset, survey, division, path, &own, error);
    status = clmlp_division_end(division, status, error);
    if (status == CLMLP_OK) *out = dataset;
    else clmlp_dataset_destroy(dataset);
    return status;
}
