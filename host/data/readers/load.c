/* load.c - clmlp_dataset_load: choose the reader, join features and targets. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/argument.h"
#include "base/memory.h"
#include "base/structure.h"
#include "base/text.h"
#include "data/quote.h"
#include "data/table.h"

void clmlp_load_options_init(clmlp_load_options *options, size_t size)
{
    static const clmlp_load_options defaults = {
        .size = sizeof defaults, .target_kind = CLMLP_TARGET_CLASSES, .header = CLMLP_HEADER_AUTO};
    clmlp_structure_init(options, size, &defaults, sizeof defaults);
}

typedef clmlp_status table_reader(clmlp_table *table, clmlp_input *input, const clmlp_table_request *request,
                                  clmlp_error *error);

/* Does name [length] end in `suffix`, in which '#' stands for any digit? Letter case does not matter. */
static bool ends_in(const char *name, size_t length, const char *suffix)
{
    const size_t tail = strlen(suffix);
    if (length < tail) return false;
    for (size_t i = 0; i < tail; i++) {
        const unsigned char c = (unsigned char)name[length - tail + i];
        if (suffix[i] == '#' ? !isdigit(c) : tolower(c) != suffix[i]) return false;
    }
    return true;
}

static table_reader *reader_by_name(const char *path)
{
    static const struct {
        const char *suffix;
        table_reader *reader;
    } kinds[] = {{".csv", clmlp_csv_read}, {".tsv", clmlp_csv_read}, {".txt", clmlp_csv_read},
                 {".npy", clmlp_npy_read}, {".idx", clmlp_idx_read}, {"-idx#-ubyte", clmlp_idx_read},
                 {".idx#-ubyte", clmlp_idx_read}};
    size_t length = strlen(path);
    if (ends_in(path, length, ".gz")) length -= 3;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (ends_in(path, length, kinds[i].suffix)) return kinds[i].reader;
    }
    return NULL;
}

static table_reader *reader_by_content(const clmlp_input *input)
{
    const size_t size = (size_t)(input->end - input->next);
    const unsigned char *bytes = (const unsigned char *)input->next;
    if (size >= 6 && memcmp(bytes, "\x93NUMPY", 6) == 0) return clmlp_npy_read;
    if (size >= 4 && bytes[0] == 0 && bytes[1] == 0 && bytes[2] >= 0x08 && bytes[2] <= 0x0e && bytes[3] <= 8) {
        return clmlp_idx_read;
    }
    return clmlp_csv_read; /* which notices what is not text */
}

static clmlp_status read_table(clmlp_table *table, const char *path, const clmlp_table_request *request,
                               clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    clmlp_input input = {0};
    memset(table, 0, sizeof *table);
    TRY_CLEANUP(clmlp_input_open(&input, path, error));
    table_reader *reader = reader_by_name(path);
    if (reader == NULL) reader = reader_by_content(&input);
    TRY_CLEANUP(reader(table, &input, request, error));
cleanup:
    clmlp_input_close(&input);
    return status;
}

/* The target column of a table becomes the data set's. */
static clmlp_status take_column(clmlp_dataset *dataset, clmlp_table *table, const clmlp_load_options *options,
                                clmlp_error *error)
{
    dataset->target_kind = options->target_kind;
    if (options->target_kind == CLMLP_TARGET_CLASSES) {
        return clmlp_classes_finish(&table->classes, options->class_names, options->class_count, &dataset->labels,
                                    &dataset->class_names, &dataset->K, error);
    }
    dataset->y = table->y;
    dataset->K = 1;
    table->y = NULL;
    return CLMLP_OK;
}

/* One 1 in each row and zeros else, below names that differ? */
static bool is_one_hot(const clmlp_dataset *rows, char *const *names)
{
    if (names == NULL) return false;
    for (size_t k = 0; k < rows->n; k++) {
        if (names[k][0] == '\0') return false;
        for (size_t other = 0; other < k; other++) {
            if (strcmp(names[k], names[other]) == 0) return false;
        }
    }
    for (size_t i = 0; i < rows->m; i++) {
        size_t ones = 0;
        for (size_t k = 0; k < rows->n; k++) {
            const double value = clmlp_dataset_feature(rows, i, k);
            if (value != 0.0 && value != 1.0) return false;
            ones += value == 1.0;
        }
        if (ones != 1) return false;
    }
    return true;
}

/* Classes of one-hot rows; with known classes in their order. */
static clmlp_status take_one_hot(clmlp_dataset *dataset, const clmlp_dataset *rows, const clmlp_table *table,
                                 const clmlp_load_options *options, clmlp_error *error)
{
    const char *const *known = options->class_names;
    clmlp_status status = CLMLP_OK;
    uint32_t *map = NULL;
    TRY_CLEANUP(clmlp_allocate(&map, rows->n, sizeof *map, "a table of classes", error));
    for (size_t k = 0; k < rows->n; k++) {
        const size_t found = known == NULL ? k : clmlp_find_name(known, options->class_count, table->names[k]);
        if (known != NULL && found == options->class_count) {
            char quoted[CLMLP_QUOTE_LENGTH], list[CLMLP_QUOTE_LIST_LENGTH];
            status = clmlp_fail(error, CLMLP_BAD_INPUT, "%s:%zu:1: found class %s, expected one of %s",
                                options->labels_path, table->names_line,
                                clmlp_quote(quoted, table->names[k], strlen(table->names[k])),
                                clmlp_quote_list(list, known, options->class_count));
            goto cleanup;
        }
        map[k] = (uint32_t)found;
    }
    TRY_CLEANUP(clmlp_allocate(&dataset->labels, rows->m, sizeof *dataset->labels, "labels", error));
    for (size_t i = 0; i < rows->m; i++) {
        for (size_t k = 0; k < rows->n; k++) {
            if (clmlp_dataset_feature(rows, i, k) == 1.0) dataset->labels[i] = map[k];
        }
    }
    dataset->target_kind = CLMLP_TARGET_CLASSES;
    dataset->K = known == NULL ? rows->n : options->class_count;
    TRY_CLEANUP(clmlp_duplicate_list(&dataset->class_names, known == NULL ? (const char *const *)table->names : known,
                                     dataset->K, error));
cleanup:
    free(map);
    return status;
}

/* Several columns of a labels file. */
static clmlp_status take_columns(clmlp_dataset *dataset, const clmlp_table *table, const clmlp_load_options *options,
                                 clmlp_error *error)
{
    const clmlp_dataset rows = {.m = table->m, .n = table->n, .storage = table->storage, .x = table->x};
    if (options->target_kind == CLMLP_TARGET_CLASSES && is_one_hot(&rows, table->names)) {
        return take_one_hot(dataset, &rows, table, options, error);
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

static clmlp_status load_labels(clmlp_dataset *dataset, const char *path, const clmlp_load_options *options,
                                clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    clmlp_table table = {0};
    const clmlp_table_request request = {.target_kind = options->target_kind,
                                         .header = options->header,
                                         .labels_file = true,
                                         .expected_rows = dataset->m};
    TRY_CLEANUP(read_table(&table, options->labels_path, &request, error));
    if (table.m != dataset->m) {
        status = clmlp_fail(error, CLMLP_BAD_INPUT, "%s: found %zu row%s, expected %zu as in %s", options->labels_path,
                            table.m, table.m == 1 ? "" : "s", dataset->m, path);
        goto cleanup;
    }
    TRY_CLEANUP(clmlp_notes_move(&dataset->notes, &table.notes, error));
    TRY_CLEANUP(table.has_target ? take_column(dataset, &table, options, error)
                                 : take_columns(dataset, &table, options, error));
cleanup:
    clmlp_table_release(&table);
    return status;
}

static clmlp_status load_data(clmlp_dataset *dataset, const char *path, const clmlp_load_options *options,
                              clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    clmlp_table table = {0};
    const bool column = options->labels_path == NULL;
    const clmlp_table_request request = {.target_kind = column ? options->target_kind : CLMLP_TARGET_NONE,
                                         .leaves_out = options->target_kind == CLMLP_TARGET_NONE,
                                         .target = options->target,
                                         .header = options->header,
                                         .expected_features = options->expected_features,
                                         .columns = options->columns,
                                         .features = options->features,
                                         .ignore = options->ignore,
                                         .model_target = options->model_target};
    TRY_CLEANUP(read_table(&table, path, &request, error));
    if (clmlp_for_training(&request)) TRY_CLEANUP(clmlp_note_identifiers(&table, path, error));
    *dataset = (clmlp_dataset){.m = table.m,
                               .n = table.n,
                               .storage = table.storage,
                               .x = table.x,
                               .pixels = table.pixels,
                               .target = table.target,
                               .columns = table.named};
    table.x = NULL;
    table.named = NULL;
    table.target = NULL;
    TRY_CLEANUP(clmlp_notes_move(&dataset->notes, &table.notes, error));
    if (table.has_target) TRY_CLEANUP(take_column(dataset, &table, options, error));
cleanup:
    clmlp_table_release(&table);
    return status;
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
    const size_t columns = clmlp_columns_count(options->columns);
    REQUIRE(columns == 0 || options->expected_features == 0 || options->expected_features == columns,
            "options.columns");
    if (columns > 0) own.expected_features = columns;
    REQUIRE(options->class_names == NULL || options->class_count > 0, "options.class_count");
    for (size_t k = 0; options->class_names != NULL && k < options->class_count; k++) {
        REQUIRE(options->class_names[k] != NULL, "options.class_names");
    }
    if (options->columns != NULL && options->columns->encoders != NULL) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT,
                          "%s: the model takes columns that are encoded, which no reader gives", path);
    }
    TRY(clmlp_allocate(&dataset, 1, sizeof *dataset, "a data set", error));
    TRY_CLEANUP(load_data(dataset, path, options, error));
    if (options->labels_path != NULL && options->target_kind != CLMLP_TARGET_NONE) {
        TRY_CLEANUP(load_labels(dataset, path, options, error));
    }
    *out = dataset;
cleanup:
    if (status != CLMLP_OK) clmlp_dataset_destroy(dataset);
    return status;
}
