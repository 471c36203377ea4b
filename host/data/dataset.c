/* dataset.c - data sets from memory: checked copies of features and targets. */
#include "data/dataset.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/argument.h"
#include "base/memory.h"
#include "base/rounded.h"

size_t clmlp_storage_size(clmlp_storage storage)
{
    switch (storage) {
    case CLMLP_STORE_U8: return sizeof(uint8_t);
    case CLMLP_STORE_F32: return sizeof(float);
    case CLMLP_STORE_F64: return sizeof(double);
    }
    return 0; /* there is no such storage */
}

double clmlp_dataset_feature(const clmlp_dataset *dataset, size_t i, size_t j)
{
    const size_t at = i * dataset->n + j;
    if (dataset->encoded != NULL) {
        double value = 0.0;
        clmlp_encoded_load(dataset->encoded, i, j, 1, &value);
        return value;
    }
    if (dataset->sparse != NULL) {
        double value = 0.0;
        clmlp_sparse_load(dataset->sparse, i, j, 1, &value);
        return value;
    }
    switch (dataset->storage) {
    case CLMLP_STORE_U8: return (double)((const uint8_t *)dataset->x)[at];
    case CLMLP_STORE_F32: return (double)((const float *)dataset->x)[at];
    case CLMLP_STORE_F64: return ((const double *)dataset->x)[at];
    }
    return (double)NAN;
}

static double target_of(const clmlp_dataset *dataset, size_t i, size_t k)
{
    if (dataset->target_kind == CLMLP_TARGET_CLASSES) return dataset->labels[i] == k ? 1.0 : 0.0;
    return dataset->y[i * dataset->K + k];
}

void clmlp_dataset_targets(const clmlp_dataset *dataset, const uint32_t *order, size_t first, size_t rows,
                           clmlp_precision precision, void *out)
{
    const size_t K = dataset->K;
    float *f32 = out;
    double *f64 = out;
    for (size_t r = 0; r < rows; r++) {
        const size_t i = order != NULL ? order[first + r] : first + r;
        for (size_t k = 0; k < K; k++) {
            if (precision == CLMLP_F32) f32[r * K + k] = (float)target_of(dataset, i, k);
            else f64[r * K + k] = target_of(dataset, i, k);
        }
    }
}

size_t clmlp_dataset_example_place(const clmlp_dataset *dataset, size_t i, char *text, size_t size)
{
    const char *const path = dataset->path != NULL ? dataset->path : "";
    int length = 0;
    if (dataset->source != NULL) i = dataset->source[i];
    if (dataset->first_line > 0) length = snprintf(text, size, "%.200s:%zu", path, dataset->first_line + i);
    else length = snprintf(text, size, "%.200s%sexample %zu", path, path[0] != '\0' ? ": " : "", i + 1);
    return (size_t)length < size ? (size_t)length : size - 1;
}

char *clmlp_dataset_feature_place(char text[CLMLP_PLACE_LENGTH], const clmlp_dataset *dataset, size_t i, size_t j)
{
    const size_t used = clmlp_dataset_example_place(dataset, i, text, CLMLP_PLACE_LENGTH);
    if (dataset->columns != NULL) {
        const size_t column = dataset->encoded != NULL ? dataset->encoded->column_of[j] : j;
        (void)snprintf(text + used, CLMLP_PLACE_LENGTH - used, ", column '%.60s'", dataset->columns->names[column]);
    } else if (dataset->index_base == CLMLP_INDEX_BASE_ZERO) {
        (void)snprintf(text + used, CLMLP_PLACE_LENGTH - used, ", index %zu", j);
    } else {
        (void)snprintf(text + used, CLMLP_PLACE_LENGTH - used, ", %s %zu",
                       dataset->index_base == CLMLP_INDEX_BASE_ONE ? "index" : "feature", j + 1);
    }
    return text;
}

char *clmlp_dataset_target_place(char text[CLMLP_PLACE_LENGTH], const clmlp_dataset *dataset, size_t i, size_t k)
{
    const char *const name = dataset->output_names != NULL ? dataset->output_names[k] : dataset->target;
    if (dataset->target == NULL) { /* in a file of their own, whose lines are not known */
        const size_t whole = dataset->source != NULL ? dataset->source[i] : i;
        if (name == NULL) {
            (void)snprintf(text, CLMLP_PLACE_LENGTH, "example %zu, target %zu", whole + 1, k + 1);
        } else {
            (void)snprintf(text, CLMLP_PLACE_LENGTH, "example %zu, target '%.60s'", whole + 1, name);
        }
        return text;
    }
    const size_t used = clmlp_dataset_example_place(dataset, i, text, CLMLP_PLACE_LENGTH);
    if (dataset->output_names == NULL && dataset->K > 1 && dataset->target_kind == CLMLP_TARGET_VALUES) {
        (void)snprintf(text + used, CLMLP_PLACE_LENGTH - used, ", target %zu", k + 1);
    } else {
        (void)snprintf(text + used, CLMLP_PLACE_LENGTH - used, ", target column '%.60s'", name);
    }
    return text;
}

clmlp_status clmlp_dataset_check_targets(const clmlp_dataset *dataset, const uint32_t *order, size_t first,
                                         size_t rows, clmlp_precision precision, const void *targets,
                                         clmlp_error *error)
{
    const size_t K = dataset->K, count = rows * K;
    if (dataset->target_kind == CLMLP_TARGET_CLASSES) return CLMLP_OK;
    const size_t at = clmlp_first_infinite(precision, targets, count);
    if (at == count) return CLMLP_OK;
    const size_t r = first + at / K, i = order != NULL ? order[r] : r, k = at % K;
    char place[CLMLP_PLACE_LENGTH];
    return clmlp_fail_beyond(error, precision, "%s: found %g", clmlp_dataset_target_place(place, dataset, i, k),
                             target_of(dataset, i, k));
}

/* The features of a data set from memory, checked. */
static clmlp_status create(clmlp_dataset **out, size_t m, size_t n, const double *x, clmlp_error *error)
{
    size_t count = 0;
    if (m == 0 || n == 0) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "a data set needs examples and features (found m = %zu, n = %zu)",
                          m, n);
    }
    if (m >= UINT32_MAX || !clmlp_multiply(m, n, &count)) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "too many examples or features (found m = %zu, n = %zu)", m, n);
    }
    for (size_t at = 0; at < count; at++) {
        if (isfinite(x[at])) continue;
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "x, row %zu, column %zu: found %g, expected a finite number",
                          at / n + 1, at % n + 1, x[at]);
    }
    clmlp_dataset *dataset = NULL;
    clmlp_status status = CLMLP_OK;
    TRY(clmlp_allocate(&dataset, 1, sizeof *dataset, "a data set", error));
    *dataset = (clmlp_dataset){.m = m, .n = n, .storage = CLMLP_STORE_F64};
    TRY_CLEANUP(clmlp_allocate(&dataset->x, count, sizeof(double), "the data", error));
    memcpy(dataset->x, x, count * sizeof(double));
    *out = dataset;
cleanup:
    if (status != CLMLP_OK) clmlp_dataset_destroy(dataset);
    return status;
}

clmlp_status clmlp_dataset_copy_targets(clmlp_dataset *dataset, size_t K, const double *y, clmlp_error *error)
{
    size_t count = 0;
    if (!clmlp_multiply(dataset->m, K, &count)) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "too many outputs (found K = %zu)", K);
    }
    for (size_t at = 0; at < count; at++) {
        if (isfinite(y[at])) continue;
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "y, row %zu, column %zu: found %g, expected a finite number",
                          at / K + 1, at % K + 1, y[at]);
    }
    TRY(clmlp_allocate(&dataset->y, count, sizeof(double), "targets", error));
    memcpy(dataset->y, y, count * sizeof(double));
    dataset->K = K;
    dataset->target_kind = CLMLP_TARGET_VALUES;
    return CLMLP_OK;
}

clmlp_status clmlp_dataset_create(clmlp_dataset **out, size_t m, size_t n, const double *x, size_t K, const double *y,
                                  clmlp_error *error)
{
    clmlp_dataset *dataset = NULL;
    REQUIRE(out != NULL, "out");
    REQUIRE(x != NULL, "x");
    REQUIRE((y != NULL) == (K > 0), "y");
    TRY(create(&dataset, m, n, x, error));
    const clmlp_status status = K > 0 ? clmlp_dataset_copy_targets(dataset, K, y, error) : CLMLP_OK;
    if (status == CLMLP_OK) *out = dataset;
    else clmlp_dataset_destroy(dataset);
    return status;
}

clmlp_status clmlp_number_names(char ***out, size_t count, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    const char **names = NULL;
    char(*digits)[24] = NULL;
    TRY_CLEANUP(clmlp_allocate(&names, count, sizeof *names, "the names of classes", error));
    TRY_CLEANUP(clmlp_allocate(&digits, count, sizeof *digits, "the names of classes", error));
    for (size_t k = 0; k < count; k++) {
        (void)snprintf(digits[k], sizeof digits[k], "%zu", k);
        names[k] = digits[k];
    }
    TRY_CLEANUP(clmlp_duplicate_list(out, names, count, error));
cleanup:
    free(digits);
    free(names);
    return status;
}

clmlp_status clmlp_dataset_check_classes(size_t m, size_t class_count, const char *const *class_names,
                                         const unsigned *labels, clmlp_error *error)
{
    REQUIRE(class_count > 0, "class_count");
    REQUIRE(labels != NULL, "labels");
    for (size_t k = 0; class_names != NULL && k < class_count; k++) REQUIRE(class_names[k] != NULL, "class_names");
    for (size_t i = 0; i < m; i++) {
        if (labels[i] < class_count) continue;
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "label of row %zu: found %u, expected less than %zu", i + 1,
                          labels[i], class_count);
    }
    return CLMLP_OK;
}

clmlp_status clmlp_dataset_copy_classes(clmlp_dataset *dataset, size_t class_count, const char *const *class_names,
                                        const unsigned *labels, clmlp_error *error)
{
    if (class_names == NULL) TRY(clmlp_number_names(&dataset->class_names, class_count, error));
    else TRY(clmlp_duplicate_list(&dataset->class_names, class_names, class_count, error));
    TRY(clmlp_allocate(&dataset->labels, dataset->m, sizeof *dataset->labels, "labels", error));
    for (size_t i = 0; i < dataset->m; i++) dataset->labels[i] = labels[i];
    dataset->K = class_count;
    dataset->target_kind = CLMLP_TARGET_CLASSES;
    return CLMLP_OK;
}

clmlp_status clmlp_dataset_create_classes(clmlp_dataset **out, size_t m, size_t n, const double *x, size_t class_count,
                                          const char *const *class_names, const unsigned *labels, clmlp_error *error)
{
    clmlp_dataset *dataset = NULL;
    REQUIRE(out != NULL, "out");
    REQUIRE(x != NULL, "x");
    TRY(clmlp_dataset_check_classes(m, class_count, class_names, labels, error));
    TRY(create(&dataset, m, n, x, error));
    const clmlp_status status = clmlp_dataset_copy_classes(dataset, class_count, class_names, labels, error);
    if (status == CLMLP_OK) *out = dataset;
    else clmlp_dataset_destroy(dataset);
    return status;
}

void clmlp_dataset_destroy(clmlp_dataset *dataset)
{
    if (dataset == NULL) return;
    free(dataset->x);
    clmlp_encoded_destroy(dataset->encoded);
    clmlp_sparse_destroy(dataset->sparse);
    free(dataset->labels);
    free(dataset->y);
    free(dataset->class_names);
    free(dataset->output_names);
    free(dataset->target);
    free(dataset->path);
    free(dataset->source);
    free(dataset->weights);
    clmlp_columns_destroy(dataset->columns);
    clmlp_kept_release(&dataset->kept);
    clmlp_notes_release(&dataset->notes);
    free(dataset);
}

size_t clmlp_dataset_examples(const clmlp_dataset *dataset)
{
    return dataset != NULL ? dataset->m : 0;
}

size_t clmlp_dataset_features(const clmlp_dataset *dataset)
{
    return dataset != NULL ? dataset->n : 0;
}

size_t clmlp_dataset_outputs(const clmlp_dataset *dataset)
{
    return dataset != NULL ? dataset->K : 0;
}

clmlp_target_kind clmlp_dataset_target_kind(const clmlp_dataset *dataset)
{
    return dataset != NULL ? dataset->target_kind : CLMLP_TARGET_NONE;
}

const char *clmlp_dataset_target(const clmlp_dataset *dataset)
{
    return dataset != NULL ? dataset->target : NULL;
}

clmlp_status clmlp_dataset_class_counts(const clmlp_dataset *dataset, size_t *counts, clmlp_error *error)
{
    REQUIRE(dataset != NULL && dataset->target_kind == CLMLP_TARGET_CLASSES, "dataset");
    REQUIRE(counts != NULL, "counts");
    memset(counts, 0, dataset->K * sizeof *counts);
    for (size_t i = 0; i < dataset->m; i++) counts[dataset->labels[i]]++;
    return CLMLP_OK;
}

const char *clmlp_dataset_class_name(const clmlp_dataset *dataset, size_t k)
{
    if (dataset == NULL || dataset->target_kind != CLMLP_TARGET_CLASSES || k >= dataset->K) return NULL;
    return dataset->class_names[k];
}

const char *clmlp_dataset_output_name(const clmlp_dataset *dataset, size_t k)
{
    if (dataset == NULL || k >= dataset->K) return NULL;
    if (dataset->target_kind == CLMLP_TARGET_CLASSES) return dataset->class_names[k];
    return dataset->output_names != NULL ? dataset->output_names[k] : NULL;
}

size_t clmlp_dataset_kept(const clmlp_dataset *dataset)
{
    return dataset != NULL ? dataset->kept.count : 0;
}

const char *clmlp_dataset_kept_name(const clmlp_dataset *dataset, size_t c)
{
    return c < clmlp_dataset_kept(dataset) ? dataset->kept.names[c] : NULL;
}

const char *clmlp_dataset_kept_text(const clmlp_dataset *dataset, size_t i, size_t c)
{
    return c < clmlp_dataset_kept(dataset) && i < dataset->m ? clmlp_kept_text(&dataset->kept, i, c) : NULL;
}

const clmlp_columns *clmlp_dataset_columns(const clmlp_dataset *dataset)
{
    return dataset != NULL ? dataset->columns : NULL;
}

size_t clmlp_dataset_notes(const clmlp_dataset *dataset)
{
    return dataset != NULL ? dataset->notes.count : 0;
}

const char *clmlp_dataset_note(const clmlp_dataset *dataset, size_t i)
{
    return dataset != NULL && i < dataset->notes.count ? dataset->notes.texts[i] : NULL;
}

static clmlp_status check_example(const clmlp_dataset *dataset, size_t i, clmlp_error *error)
{
    REQUIRE(dataset != NULL, "dataset");
    if (i < dataset->m) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "argument 'i': found %zu, expected less than %zu, the examples", i,
                      dataset->m);
}

clmlp_status clmlp_dataset_place(const clmlp_dataset *dataset, size_t i, size_t *row, size_t *line, clmlp_error *error)
{
    TRY(check_example(dataset, i, error));
    const size_t whole = dataset->source != NULL ? dataset->source[i] : i;
    if (row != NULL) *row = whole + 1;
    if (line != NULL) *line = dataset->first_line > 0 ? dataset->first_line + whole : 0;
    return CLMLP_OK;
}

clmlp_status clmlp_dataset_row(const clmlp_dataset *dataset, size_t i, double *features, double *targets,
                               clmlp_error *error)
{
    TRY(check_example(dataset, i, error));
    if (features != NULL && dataset->sparse != NULL) {
        clmlp_sparse_load(dataset->sparse, i, 0, dataset->n, features);
    } else if (features != NULL) {
        for (size_t j = 0; j < dataset->n; j++) features[j] = clmlp_dataset_feature(dataset, i, j);
    }
    if (targets != NULL) clmlp_dataset_targets(dataset, NULL, i, 1, CLMLP_F64, targets);
    return CLMLP_OK;
}
