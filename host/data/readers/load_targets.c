/* load_targets.c - the targets of a table become those of a data set: classes or numbers, without missing ones. */
#include "data/readers/load_targets.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "data/quote.h"
#include "data/readers/label_rows.h"
#include "data/similar.h"
#include "data/targets.h"

clmlp_status clmlp_check_target_known(const char *path, const clmlp_table_request *request, clmlp_error *error)
{
    if (!request->asks_target || request->target != NULL || request->target_kind == CLMLP_TARGET_NONE) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_INPUT,
                      "%s: which column are the targets? (the model does not say); say --target COL (a name, a number "
                      "or last), or --labels FILE for targets in a file of their own", path);
}

bool clmlp_has_indices(const clmlp_load_options *options)
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

bool clmlp_asks_for_kind(const clmlp_load_options *options)
{
    return options->target_kind == CLMLP_TARGET_AUTO && options->class_names == NULL && options->class_indices == 0;
}

clmlp_target_kind clmlp_kind_to_read(const clmlp_load_options *options)
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

/* yes and Yes are two classes, seldom on purpose. */
static clmlp_status note_similar(clmlp_dataset *dataset, const char *path, clmlp_error *error)
{
    char first[CLMLP_QUOTE_LENGTH], second[CLMLP_QUOTE_LENGTH];
    size_t count = 0, a = 0, b = 0;
    TRY(clmlp_find_similar(dataset->class_names, dataset->K, &count, &a, &b, error));
    if (count == 0) return CLMLP_OK;
    const char *const x = dataset->class_names[a], *const y = dataset->class_names[b];
    return clmlp_notes_add(&dataset->notes, error,
                           "%s: classes %s and %s differ only in case or in space around them; if they mean one class, "
                           "spell it one way", path, clmlp_quote(first, x, strlen(x)),
                           clmlp_quote(second, y, strlen(y)));
}

/* One 1 in each row that is not missing, and zeros else, below names that differ? */
static bool is_one_hot(const clmlp_table *table, size_t m)
{
    const size_t K = table->target_count;
    if (table->output_names == NULL) return false;
    for (size_t i = 0; i < m; i++) {
        size_t ones = 0, unknown = 0;
        for (size_t k = 0; k < K; k++) {
            const double value = table->y[i * K + k];
            unknown += isnan(value) ? 1 : 0;
            if (!isnan(value) && value != 0.0 && value != 1.0) return false;
            ones += (size_t)(value == 1.0);
        }
        if (ones != 1 && unknown == 0) return false;
    }
    return true;
}

/* Classes of one-hot rows; with known classes in their order. */
static clmlp_status take_one_hot(clmlp_dataset *dataset, const clmlp_table *table, const clmlp_load_options *options,
                                 clmlp_error *error)
{
    const char *const *known = options->class_names, *const *names = (const char *const *)table->output_names;
    const size_t K = table->target_count;
    clmlp_status status = CLMLP_OK;
    uint32_t *map = NULL;
    TRY_CLEANUP(clmlp_allocate(&map, K, sizeof *map, "a table of classes", error));
    for (size_t k = 0; k < K; k++) {
        const size_t found = known == NULL ? k : clmlp_find_name(known, options->class_count, names[k]);
        if (known != NULL && found == options->class_count) {
            char quoted[CLMLP_QUOTE_LENGTH], list[CLMLP_QUOTE_LIST_LENGTH];
            status = clmlp_fail(error, CLMLP_BAD_INPUT, "%s:%zu:1: found class %s, expected one of %s",
                                table->classes.path, table->names_line,
                                clmlp_quote(quoted, names[k], strlen(names[k])),
                                clmlp_quote_list(list, known, options->class_count));
            goto cleanup;
        }
        map[k] = (uint32_t)found;
    }
    TRY_CLEANUP(clmlp_allocate(&dataset->labels, dataset->m, sizeof *dataset->labels, "labels", error));
    for (size_t i = 0; i < dataset->m; i++) {
        size_t unknown = 0;
        for (size_t k = 0; k < K; k++) {
            if (table->y[i * K + k] == 1.0) dataset->labels[i] = map[k];
            unknown += isnan(table->y[i * K + k]) ? 1 : 0;
        }
        if (unknown > 0) dataset->labels[i] = CLMLP_NO_LABEL;
    }
    dataset->target_kind = CLMLP_TARGET_CLASSES;
    dataset->K = known == NULL ? K : options->class_count;
    TRY_CLEANUP(clmlp_duplicate_list(&dataset->class_names, known == NULL ? names : known, dataset->K, error));
cleanup:
    free(map);
    return status;
}

/* What the targets are by their values. Whoever only looks is told the question, and they are classes. */
static clmlp_status decide_kind(clmlp_dataset *dataset, const clmlp_table *table, clmlp_error *error)
{
    clmlp_error why = {.message = ""};
    const bool looks = dataset->survey != NULL;
    const clmlp_status status = clmlp_targets_decide(&table->classes, dataset->target, &dataset->target_kind,
                                                     looks ? &why : error);
    if (looks && status != CLMLP_OK && status != CLMLP_BAD_INPUT && error != NULL) *error = why;
    if (!looks || status != CLMLP_BAD_INPUT) return status;
    dataset->target_kind = CLMLP_TARGET_CLASSES;
    return clmlp_duplicate(&dataset->survey->question, why.message, error);
}

/* Numbers, with the names of their columns. */
static void take_values(clmlp_dataset *dataset, clmlp_table *table)
{
    dataset->target_kind = CLMLP_TARGET_VALUES;
    dataset->K = table->target_count;
    dataset->y = table->y;
    dataset->output_names = table->output_names;
    table->y = NULL;
    table->output_names = NULL;
}

/* The target columns of a table become the data set's. */
static clmlp_status take_columns(clmlp_dataset *dataset, clmlp_table *table, const clmlp_load_options *options,
                                 clmlp_error *error)
{
    if (table->target_count > 1) {
        const bool may_be_classes = options->labels_path != NULL && clmlp_kind_to_read(options) == CLMLP_TARGET_CLASSES;
        if (may_be_classes && is_one_hot(table, dataset->m)) return take_one_hot(dataset, table, options, error);
        take_values(dataset, table);
        return CLMLP_OK;
    }
    dataset->target_kind = clmlp_kind_to_read(options);
    if (clmlp_asks_for_kind(options)) TRY(decide_kind(dataset, table, error));
    if (dataset->target_kind == CLMLP_TARGET_CLASSES && clmlp_has_indices(options)) {
        return take_indices(dataset, &table->classes, options->class_indices, error);
    }
    if (dataset->target_kind == CLMLP_TARGET_CLASSES) {
        return clmlp_classes_finish(&table->classes, options->class_names, options->class_count, &dataset->labels,
                                    &dataset->class_names, &dataset->K, &dataset->notes, error);
    }
    if (clmlp_asks_for_kind(options)) TRY(clmlp_targets_values(&table->classes, &table->y, error));
    take_values(dataset, table);
    return CLMLP_OK;
}

/* Whether some target of an example is not known. */
static bool lacks_target(const clmlp_dataset *dataset, size_t i)
{
    if (dataset->labels != NULL) return dataset->labels[i] == CLMLP_NO_LABEL;
    for (size_t k = 0; k < dataset->K; k++) {
        if (isnan(dataset->y[i * dataset->K + k])) return true;
    }
    return false;
}

/* Rows without a target are an error, at the first of them. */
static clmlp_status refuse_missing(const clmlp_dataset *dataset, const clmlp_table *table, clmlp_error *error)
{
    const clmlp_missing *const missing = &table->classes.missing;
    const bool several = table->target_count > 1;
    char quoted[CLMLP_QUOTE_LENGTH], place[64], which[CLMLP_QUOTE_LENGTH + 16] = "";
    (void)snprintf(place, sizeof place, table->classes.binary ? " row %zu, column %zu" : "%zu:%zu", missing->line,
                   missing->column);
    char *const *const names = dataset->output_names != NULL ? dataset->output_names : table->output_names;
    if (several && names != NULL) {
        const char *const name = names[table->first_missing];
        (void)snprintf(which, sizeof which, " in column %s", clmlp_quote(quoted, name, strlen(name)));
    }
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s:%s: missing target%s (%zu of %zu rows %s)%s", table->classes.path,
                      place, which, missing->count, dataset->m, several ? "lack one or more" : "have none",
                      missing->count < dataset->m ? "; --missing-targets drop leaves such rows out" : "");
}

clmlp_status clmlp_load_label_lists(clmlp_dataset *dataset, clmlp_table *table, const clmlp_load_options *options,
                                    clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    char **numbers = NULL;
    if (options->output_names == NULL && clmlp_has_indices(options)) {
        TRY(clmlp_number_names(&numbers, options->class_indices, error));
    }
    const char *const *const known = numbers != NULL ? (const char *const *)numbers : options->output_names;
    status = clmlp_take_label_lists(dataset, table, known,
                                    numbers != NULL ? options->class_indices : options->output_count, error);
    free(numbers);
    return status;
}

static void forget_targets(clmlp_dataset *dataset)
{
    free(dataset->labels);
    free(dataset->y);
    free(dataset->class_names);
    dataset->labels = NULL;
    dataset->y = NULL;
    dataset->class_names = NULL;
    dataset->K = 0;
    dataset->target_kind = CLMLP_TARGET_NONE;
}

static clmlp_status remember_missing(clmlp_survey *survey, const clmlp_classes *classes, clmlp_error *error)
{
    const clmlp_missing *const missing = &classes->missing;
    clmlp_text place = {0};
    const clmlp_status status = clmlp_text_append(&place, error,
                                                  classes->binary ? "%s: row %zu, column %zu" : "%s:%zu:%zu",
                                                  classes->path, missing->line, missing->column);
    survey->missing = missing->count;
    survey->missing_place = place.data;
    return status;
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
    if (dataset->survey != NULL) TRY(remember_missing(dataset->survey, &table->classes, error));
    if (dataset->survey != NULL && missing->count == dataset->m) {
        forget_targets(dataset);
        return CLMLP_OK;
    }
    if (options->missing_targets == CLMLP_MISSING_TARGETS_ERROR || missing->count == dataset->m) {
        return refuse_missing(dataset, table, error);
    }
    const size_t K = dataset->K;
    TRY(clmlp_allocate(&dataset->source, dataset->m, sizeof *dataset->source, "the places of examples", error));
    for (size_t i = 0; i < dataset->m; i++) {
        if (lacks_target(dataset, i)) continue;
        if (dataset->x != NULL) memmove((char *)dataset->x + kept * bytes, (const char *)dataset->x + i * bytes, bytes);
        if (dataset->sparse != NULL) clmlp_sparse_move(dataset->sparse, kept, i);
        for (size_t j = 0; cells != NULL && j < cells->n; j++) clmlp_cells_move(&cells->cells[j], kept, i);
        clmlp_kept_move(&dataset->kept, kept, i);
        if (dataset->weights != NULL) dataset->weights[kept] = dataset->weights[i];
        if (dataset->labels != NULL) dataset->labels[kept] = dataset->labels[i];
        else memmove(dataset->y + kept * K, dataset->y + i * K, K * sizeof *dataset->y);
        dataset->source[kept++] = (uint32_t)i;
    }
    if (dataset->survey == NULL) {
        TRY(clmlp_notes_add(&dataset->notes, error, "%s: %zu of %zu rows %s and were left out", path, missing->count,
                            dataset->m, table->target_count > 1 ? "lack one or more targets" : "have no target"));
    }
    for (size_t j = 0; cells != NULL && j < cells->n; j++) clmlp_cells_cut(&cells->cells[j], kept);
    if (dataset->sparse != NULL) clmlp_sparse_cut(dataset->sparse, kept);
    dataset->m = kept;
    return CLMLP_OK;
}

clmlp_status clmlp_load_targets(clmlp_dataset *dataset, const clmlp_table *cells, clmlp_table *table,
                                const clmlp_load_options *options, clmlp_error *error)
{
    TRY(take_columns(dataset, table, options, error));
    TRY(drop_missing(dataset, cells, table, options, error));
    const bool learned = options->class_names != NULL || clmlp_has_indices(options) || dataset->survey != NULL;
    if (dataset->target_kind != CLMLP_TARGET_CLASSES || learned) return CLMLP_OK;
    TRY(note_similar(dataset, table->classes.path, error));
    return note_single(dataset, table->classes.path, error);
}
