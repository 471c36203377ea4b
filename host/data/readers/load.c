/* load.c - clmlp_dataset_load: choose the reader, join features and targets. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/argument.h"
#include "base/memory.h"
#include "base/structure.h"
#include "base/text.h"
#include "data/encode_cells.h"
#include "data/quote.h"
#include "data/readers/choose.h"
#include "data/readers/label_rows.h"
#include "data/readers/svmlight.h"
#include "data/table.h"
#include "data/targets.h"

void clmlp_load_options_init(clmlp_load_options *options, size_t size)
{
    static const clmlp_load_options defaults = {
        .size = sizeof defaults, .target_kind = CLMLP_TARGET_CLASSES, .header = CLMLP_HEADER_AUTO,
        .missing_values = CLMLP_MISSING_VALUES_IMPUTE};
    clmlp_structure_init(options, size, &defaults, sizeof defaults);
}

/* Where a model does not say which column the targets are, and the file has columns. */
static clmlp_status check_target_known(const char *path, const clmlp_table_request *request, clmlp_error *error)
{
    if (!request->asks_target || request->target != NULL || request->target_kind == CLMLP_TARGET_NONE) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_INPUT,
                      "%s: which column are the targets? (the model does not say); say --target COL (a name, a number "
                      "or last), or --labels FILE for targets in a file of their own", path);
}

static clmlp_status read_table(clmlp_table *table, const char *path, const clmlp_table_request *request,
                               clmlp_format format, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    clmlp_input input = {0};
    memset(table, 0, sizeof *table);
    TRY_CLEANUP(clmlp_input_open(&input, path, error));
    clmlp_table_reader *reader = NULL;
    TRY_CLEANUP(clmlp_choose_reader(&reader, table, path, &input, format, error));
    if (reader != clmlp_svmlight_read) TRY_CLEANUP(check_target_known(input.path, request, error));
    if (reader != clmlp_csv_read && request->columns != NULL && request->columns->encoders != NULL) {
        status = clmlp_fail(error, CLMLP_BAD_INPUT, "%s: the model takes columns of several kinds (texts, dates, or "
                            "numbers that may be missing), which only a text file has", path);
        goto cleanup;
    }
    TRY_CLEANUP(reader(table, &input, request, error));
cleanup:
    clmlp_input_close(&input);
    return status;
}

static bool has_indices(const clmlp_load_options *options)
{
    return options->class_names == NULL && options->class_indices > 0;
}

/* Labels that are the numbers of K outputs. */
static clmlp_status take_indices(clmlp_dataset *dataset, clmlp_classes *classes, size_t K, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    char **names = NULL;
    clmlp_error why = {.message = ""};
    TRY_CLEANUP(clmlp_number_names(&names, K, error));
    status = clmlp_classes_finish(classes, (const char *const *)names, K, &dataset->labels, &dataset->class_names,
                                  &dataset->K, &dataset->notes, &why);
    if (status == CLMLP_OK) goto cleanup;
    status = clmlp_fail(error, status, "%s%s", why.message, status != CLMLP_BAD_INPUT ? "" :
                        "; the model has no class names, so its classes are numbered from 0: give their names in that "
                        "order (--class-names)");
cleanup:
    free(names);
    return status;
}

/* Whether the targets have to be looked at to know what they are. Class names say it. */
static bool asks_for_kind(const clmlp_load_options *options)
{
    return options->target_kind == CLMLP_TARGET_AUTO && options->class_names == NULL && options->class_indices == 0;
}

/* As classes, targets can be read before it is known what they are. */
static clmlp_target_kind kind_to_read(const clmlp_load_options *options)
{
    return options->target_kind == CLMLP_TARGET_AUTO ? CLMLP_TARGET_CLASSES : options->target_kind;
}

/* A class of one example can be learned by heart, not tested. */
static clmlp_status note_single(clmlp_dataset *dataset, const char *path, clmlp_error *error)
{
    size_t *counts = NULL, singles = 0, first = 0;
    char quoted[CLMLP_QUOTE_LENGTH];
    TRY(clmlp_allocate(&counts, dataset->K, sizeof *counts, "the sizes of the classes", error));
    (void)clmlp_dataset_class_counts(dataset, counts, NULL);
    for (size_t k = 0; k < dataset->K; k++) {
        if (counts[k] == 1 && singles++ == 0) first = k;
    }
    free(counts);
    if (singles == 0) return CLMLP_OK;
    (void)clmlp_quote(quoted, dataset->class_names[first], strlen(dataset->class_names[first]));
    if (singles == 1) return clmlp_notes_add(&dataset->notes, error, "%s: class %s has one example", path, quoted);
    return clmlp_notes_add(&dataset->notes, error, "%s: %zu classes have one example each, the first of them %s", path,
                           singles, quoted);
}

/* The target column of a table becomes the data set's. */
static clmlp_status take_column(clmlp_dataset *dataset, clmlp_table *table, const clmlp_load_options *options,
                                clmlp_error *error)
{
    dataset->target_kind = kind_to_read(options);
    if (asks_for_kind(options)) {
        TRY(clmlp_targets_decide(&table->classes, dataset->target, &dataset->target_kind, error));
    }
    if (dataset->target_kind == CLMLP_TARGET_CLASSES && has_indices(options)) {
        return take_indices(dataset, &table->classes, options->class_indices, error);
    }
    if (dataset->target_kind == CLMLP_TARGET_CLASSES) {
        return clmlp_classes_finish(&table->classes, options->class_names, options->class_count, &dataset->labels,
                                    &dataset->class_names, &dataset->K, &dataset->notes, error);
    }
    if (asks_for_kind(options)) TRY(clmlp_targets_values(&table->classes, &table->y, error));
    dataset->y = table->y;
    dataset->K = 1;
    table->y = NULL;
    return CLMLP_OK;
}

/* Lists of labels become rows of 0 and 1. */
static clmlp_status take_label_lists(clmlp_dataset *dataset, clmlp_table *table, const clmlp_load_options *options,
                                     clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    char **numbers = NULL;
    if (options->label_names == NULL && has_indices(options)) {
        TRY(clmlp_number_names(&numbers, options->class_indices, error));
    }
    const char *const *const known = numbers != NULL ? (const char *const *)numbers : options->label_names;
    status = clmlp_take_label_lists(dataset, table, known,
                                    numbers != NULL ? options->class_indices : options->label_count, error);
    free(numbers);
    return status;
}

/* Several columns of a labels file. */
static clmlp_status take_columns(clmlp_dataset *dataset, const clmlp_table *table, const clmlp_load_options *options,
                                 clmlp_error *error)
{
    const clmlp_dataset rows = {.m = table->m, .n = table->n, .storage = table->storage, .x = table->x};
    if (kind_to_read(options) == CLMLP_TARGET_CLASSES && clmlp_is_one_hot(&rows, table->names)) {
        return clmlp_take_one_hot(dataset, &rows, table, options, error);
    }
    dataset->target_kind = CLMLP_TARGET_VALUES;
    dataset->K = rows.n;
    size_t count = 0;
    if (!clmlp_multiply(rows.m, rows.n, &count)) return clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "too many targets");
    TRY(clmlp_allocate(&dataset->y, count, sizeof *dataset->y, "targets", error));
    for (size_t i = 0; i < rows.m; i++) {
        for (size_t k = 0; k < rows.n; k++) dataset->y[i * rows.n + k] = clmlp_dataset_feature(&rows, i, k);
    }
    return CLMLP_OK;
}

/* Leave out the examples without a target, or complain. The file of the targets is table->classes.path. cells: a table
 * with the data's, which are not yet encoded; NULL: there are none. */
static clmlp_status drop_missing(clmlp_dataset *dataset, const clmlp_table *cells, const clmlp_table *table,
                                 const clmlp_load_options *options, clmlp_error *error)
{
    const clmlp_missing *const missing = &table->classes.missing;
    const char *const path = table->classes.path;
    const size_t bytes = dataset->n * clmlp_storage_size(dataset->storage);
    size_t kept = 0;
    if (missing->count == 0) return CLMLP_OK;
    if (options->missing_targets == CLMLP_MISSING_TARGETS_ERROR || missing->count == dataset->m) {
        const char *const format = table->classes.binary
                                       ? "%s: row %zu, column %zu: missing target (%zu of %zu rows have none)%s"
                                       : "%s:%zu:%zu: missing target (%zu of %zu rows have none)%s";
        return clmlp_fail(error, CLMLP_BAD_INPUT, format, path, missing->line, missing->column, missing->count,
                          dataset->m,
                          missing->count < dataset->m ? "; --missing-targets drop leaves such rows out" : "");
    }
    for (size_t i = 0; i < dataset->m; i++) {
        if (dataset->labels != NULL ? dataset->labels[i] == CLMLP_NO_LABEL : isnan(dataset->y[i])) continue;
        if (dataset->x != NULL) memmove((char *)dataset->x + kept * bytes, (const char *)dataset->x + i * bytes, bytes);
        if (dataset->sparse != NULL) clmlp_sparse_move(dataset->sparse, kept, i);
        for (size_t j = 0; cells != NULL && j < cells->n; j++) clmlp_cells_move(&cells->cells[j], kept, i);
        if (dataset->labels != NULL) dataset->labels[kept] = dataset->labels[i];
        else dataset->y[kept] = dataset->y[i];
        kept++;
    }
    TRY(clmlp_notes_add(&dataset->notes, error, "%s: %zu of %zu rows have no target and were left out", path,
                        missing->count, dataset->m));
    for (size_t j = 0; cells != NULL && j < cells->n; j++) clmlp_cells_cut(&cells->cells[j], kept);
    if (dataset->sparse != NULL) clmlp_sparse_cut(dataset->sparse, kept);
    dataset->m = kept;
    dataset->first_line = 0; /* lines do not follow each other any more */
    return CLMLP_OK;
}

/* The target column of a table, without the rows that have none. */
static clmlp_status take_targets(clmlp_dataset *dataset, const clmlp_table *cells, clmlp_table *table,
                                 const clmlp_load_options *options, clmlp_error *error)
{
    TRY(take_column(dataset, table, options, error));
    TRY(drop_missing(dataset, cells, table, options, error));
    const bool learned = options->class_names != NULL || has_indices(options);
    if (dataset->target_kind != CLMLP_TARGET_CLASSES || learned) return CLMLP_OK;
    return note_single(dataset, table->classes.path, error);
}

static clmlp_status load_labels(clmlp_dataset *dataset, const clmlp_table *cells, const char *path,
                                const clmlp_load_options *options, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    clmlp_table table = {0};
    const clmlp_table_request request = {.target_kind = kind_to_read(options),
                                         .header = options->header,
                                         .delimiter = options->delimiter,
                                         .decimal = options->decimal,
                                         .labels_file = true,
                                         .expected_rows = dataset->m};
    TRY_CLEANUP(read_table(&table, options->labels_path, &request, CLMLP_FORMAT_AUTO, error));
    if (table.m != dataset->m) {
        status = clmlp_fail(error, CLMLP_BAD_INPUT, "%s: found %zu row%s, expected %zu as in %s", options->labels_path,
                            table.m, table.m == 1 ? "" : "s", dataset->m, path);
        goto cleanup;
    }
    TRY_CLEANUP(clmlp_notes_move(&dataset->notes, &table.notes, error));
    if (table.has_target) {
        TRY_CLEANUP(take_targets(dataset, cells, &table, options, error));
    } else {
        TRY_CLEANUP(take_columns(dataset, &table, options, error));
    }
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
                                          .refuse_unseen = options->unseen == CLMLP_UNSEEN_ERROR};
    TRY(clmlp_encode_cells(&columns, &dataset->encoded, table->cells, (const char *const *)table->cell_names, table->n,
                           &request, &dataset->notes, error));
    if (options->columns == NULL) columns->numbered = table->numbered;
    clmlp_columns_destroy(dataset->columns);
    dataset->columns = columns;
    dataset->n = clmlp_columns_width(columns);
    return CLMLP_OK;
}

static clmlp_index_base index_base_of(const clmlp_load_options *options)
{
    const bool known = options->model_index_base != CLMLP_INDEX_BASE_AUTO;
    return known ? options->model_index_base : options->index_base;
}

/* Whether an example of the model has one label, and not a list of them. */
static bool has_one_label(const clmlp_load_options *options)
{
    return options->class_names != NULL || (options->expected_features > 0 && !has_indices(options) &&
                                            options->label_names == NULL);
}

static clmlp_status load_data(clmlp_dataset *dataset, const char *path, const clmlp_load_options *options,
                              clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    clmlp_table table = {0};
    const bool column = options->labels_path == NULL;
    const clmlp_table_request request = {.target_kind = column ? kind_to_read(options) : CLMLP_TARGET_NONE,
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
                                         .index_base = index_base_of(options),
                                         .base_of_model = options->model_index_base != CLMLP_INDEX_BASE_AUTO,
                                         .svmlight_features = options->svmlight_features,
                                         .asks_target = options->asks_target,
                                         .several_labels = options->label_names != NULL,
                                         .one_label = has_one_label(options)};
    TRY_CLEANUP(read_table(&table, path, &request, options->format, error));
    if (clmlp_for_training(&request) && table.sparse == NULL) TRY_CLEANUP(clmlp_note_identifiers(&table, path, error));
    *dataset = (clmlp_dataset){.m = table.m,
                               .n = table.n,
                               .storage = table.storage,
                               .x = table.x,
                               .sparse = table.sparse,
                               .index_base = table.index_base,
                               .pixels = table.pixels,
                               .target = table.target,
                               .columns = table.named,
                               .first_line = table.first_line};
    const clmlp_table *const cells = table.cells != NULL ? &table : NULL;
    table.x = NULL;
    table.sparse = NULL;
    table.named = NULL;
    table.target = NULL;
    TRY_CLEANUP(clmlp_duplicate(&dataset->path, path, error));
    TRY_CLEANUP(clmlp_notes_move(&dataset->notes, &table.notes, error));
    if (table.has_target && table.several) {
        TRY_CLEANUP(take_label_lists(dataset, &table, options, error));
    } else if (table.has_target) {
        TRY_CLEANUP(take_targets(dataset, cells, &table, options, error));
    }
    if (options->labels_path != NULL && options->target_kind != CLMLP_TARGET_NONE) {
        TRY_CLEANUP(load_labels(dataset, cells, path, options, error));
    }
    if (cells != NULL) TRY_CLEANUP(encode(dataset, &table, options, error));
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
                      labels, standard ? "the standard input" : "one pipe");
}

static clmlp_status check_bases(const clmlp_load_options *options, const char *path, clmlp_error *error)
{
    const clmlp_index_base given = options->index_base, model = options->model_index_base;
    if (given == CLMLP_INDEX_BASE_AUTO || model == CLMLP_INDEX_BASE_AUTO || given == model) return CLMLP_OK;
    const int from = model == CLMLP_INDEX_BASE_ONE ? 1 : 0;
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: --index-base %d: the training data of the model counts its indices "
                      "from %d", path, 1 - from, from);
}

clmlp_status clmlp_dataset_load(clmlp_dataset **out, const char *path, const clmlp_load_options *given,
                                clmlp_error *error)
{
    clmlp_load_options own = clmlp_load_options_default();
    const clmlp_load_options *const options = &own;
    clmlp_status status = CLMLP_OK;
    clmlp_dataset *dataset = NULL;
    REQUIRE(out != NULL, "out");
    REQUIRE(path != NULL, "path");
    TRY(clmlp_structure_take(&own, sizeof own, given, "options", error));
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
    REQUIRE(options->label_names == NULL || options->label_count > 0, "options.label_count");
    for (size_t k = 0; options->label_names != NULL && k < options->label_count; k++) {
        REQUIRE(options->label_names[k] != NULL, "options.label_names");
    }
    TRY(check_bases(options, path, error));
    const size_t columns = clmlp_columns_count(options->columns);
    const size_t width = columns > 0 ? clmlp_columns_width(options->columns) : 0;
    REQUIRE(columns == 0 || options->expected_features == 0 || options->expected_features == width, "options.columns");
    REQUIRE(options->categorical == NULL || (columns == 0 && options->expected_features == 0), "options.categorical");
    if (columns > 0) own.expected_features = columns;
    REQUIRE(options->class_names == NULL || options->class_count > 0, "options.class_count");
    for (size_t k = 0; options->class_names != NULL && k < options->class_count; k++) {
        REQUIRE(options->class_names[k] != NULL, "options.class_names");
    }
    TRY_CLEANUP(clmlp_allocate(&dataset, 1, sizeof *dataset, "a data set", error));
    if (options->labels_path != NULL && options->target_kind != CLMLP_TARGET_NONE) {
        TRY_CLEANUP(check_streams(path, options->labels_path, error));
    }
    TRY_CLEANUP(load_data(dataset, path, options, error));
    *out = dataset;
cleanup:
    if (status != CLMLP_OK) clmlp_dataset_destroy(dataset);
    return status;
}
