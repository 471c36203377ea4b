/* check_data.c - check that a data set fits a model. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "data/quote.h"
#include "model/model.h"

/* The softmax cost is for rows that add up to 1; this far from it is taken for rounding in the file. */
#define ROW_SUM_SLACK 1e-6

/* Shortest of a few forms that reads back as the same number, so that 1.0000001 is not shown as 1. */
static const char *show(char text[32], double value)
{
    static const int digits[] = {6, 9, 15, 17};
    for (size_t i = 0; i < sizeof digits / sizeof *digits; i++) {
        (void)snprintf(text, 32, "%.*g", digits[i], value);
        if (strtod(text, NULL) == value) break;
    }
    return text;
}

static clmlp_status check_classes(const clmlp_model *model, const clmlp_dataset *dataset, const char *role,
                                  clmlp_error *error)
{
    const size_t K = model->s[model->L - 1];
    if (model->target_scaling.kind != CLMLP_SCALE_NONE) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%s: the targets are classes, the model's are numbers, which it "
                          "scales", role);
    }
    if (dataset->K != K) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%s: %zu classes, the model has %zu outputs", role, dataset->K,
                          K);
    }
    for (size_t k = 0; model->class_names != NULL && k < K; k++) {
        if (strcmp(dataset->class_names[k], model->class_names[k]) != 0) {
            return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%s: class %zu is \"%s\", the model's is \"%s\"", role, k + 1,
                              dataset->class_names[k], model->class_names[k]);
        }
    }
    return CLMLP_OK;
}

/* All of y [K] within [0, highest]; what: else. */
static clmlp_status check_range(const clmlp_dataset *dataset, const double *y, double highest, const char *what,
                                size_t example, const char *role, clmlp_error *error)
{
    char text[32], quoted[CLMLP_QUOTE_LENGTH], which[CLMLP_QUOTE_LENGTH + 40];
    const size_t K = dataset->K;
    for (size_t k = 0; k < K; k++) {
        if (y[k] >= 0.0 && y[k] <= highest) continue;
        const char *const name = clmlp_dataset_output_name(dataset, k);
        (void)snprintf(which, sizeof which, name != NULL ? "target %zu, %s," : "target %zu", k + 1,
                       name != NULL ? clmlp_quote(quoted, name, strlen(name)) : "");
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT,
                          "%s: %s of example %zu is %s: %s; use --output linear for real targets", role, which,
                          example, show(text, y[k]), what);
    }
    return CLMLP_OK;
}

static clmlp_status check_sum(const double *y, size_t K, size_t example, const char *role, clmlp_error *error)
{
    char text[32];
    double sum = 0.0;
    for (size_t k = 0; k < K; k++) sum += y[k];
    if (!(fabs(sum - 1.0) <= ROW_SUM_SLACK)) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT,
                          "%s: the targets of example %zu add up to %s, not to 1, which the softmax output's cost is "
                          "defined for; use --output sigmoid for several labels at once",
                          role, example, show(text, sum));
    }
    return CLMLP_OK;
}

static clmlp_status check_row(const clmlp_dataset *dataset, const double *y, clmlp_output output, size_t example,
                              const char *role, clmlp_error *error)
{
    switch (output) {
    case CLMLP_OUTPUT_SIGMOID:
        return check_range(dataset, y, 1.0, "outside [0, 1], which the sigmoid output's cost is defined for", example,
                           role, error);
    case CLMLP_OUTPUT_SOFTMAX:
        TRY(check_range(dataset, y, HUGE_VAL, "below 0, which the softmax output's cost is not defined for", example,
                        role, error));
        return check_sum(y, dataset->K, example, role, error);
    case CLMLP_OUTPUT_LINEAR: return CLMLP_OK;
    case CLMLP_OUTPUT_COUNT: break;
    }
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%s: no such output: %d", role, (int)output);
}

/* Targets in another order than the outputs would be wrong in silence. */
static clmlp_status check_order(const clmlp_model *model, const clmlp_dataset *dataset, const char *role,
                                clmlp_error *error)
{
    char a[CLMLP_QUOTE_LENGTH], b[CLMLP_QUOTE_LENGTH];
    if (model->output_names == NULL || dataset->output_names == NULL) return CLMLP_OK;
    for (size_t k = 0; k < dataset->K; k++) {
        const char *const found = dataset->output_names[k], *const expected = model->output_names[k];
        const size_t known = clmlp_find_name((const char *const *)model->output_names, dataset->K, found);
        if (known == k || known == dataset->K) continue;
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT,
                          "%s: target %zu is %s, the model's is %s; load it with the model's output_names to match by "
                          "name", role, k + 1, clmlp_quote(a, found, strlen(found)),
                          clmlp_quote(b, expected, strlen(expected)));
    }
    return CLMLP_OK;
}

static clmlp_status check_values(const clmlp_model *model, const clmlp_dataset *dataset, const char *role,
                                 clmlp_error *error)
{
    const size_t K = model->s[model->L - 1];
    if (dataset->K != K) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%s: %zu targets per example, the model has %zu outputs", role,
                          dataset->K, K);
    }
    TRY(check_order(model, dataset, role, error));
    for (size_t i = 0; i < dataset->m; i++) {
        TRY(check_row(dataset, dataset->y + i * K, model->output, i + 1, role, error));
    }
    return CLMLP_OK;
}

/* Data in another order of columns would give wrong results in silence. */
static clmlp_status check_columns(const clmlp_model *model, const clmlp_dataset *dataset, const char *role,
                                  clmlp_error *error)
{
    if (model->columns == NULL || dataset->columns == NULL) return CLMLP_OK;
    const size_t j = clmlp_columns_compare(dataset->columns, model->columns);
    char a[CLMLP_QUOTE_LENGTH], b[CLMLP_QUOTE_LENGTH];
    if (dataset->columns->count != model->columns->count) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT,
                          "%s: %zu columns, the model has %zu; load it with the model's columns to match by name", role,
                          dataset->columns->count, model->columns->count);
    }
    if (j == model->columns->count) return CLMLP_OK;
    const char *const found = dataset->columns->names[j], *const expected = model->columns->names[j];
    if (strcmp(found, expected) != 0) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT,
                          "%s: column %zu is %s, the model's is %s; load it with the model's columns to match by name",
                          role, j + 1, clmlp_quote(a, found, strlen(found)),
                          clmlp_quote(b, expected, strlen(expected)));
    }
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT,
                      "%s: column %s is not encoded as the model's; load it with the model's columns", role,
                      clmlp_quote(a, found, strlen(found)));
}

/* Features that are counted otherwise would be one off. */
static clmlp_status check_base(const clmlp_model *model, const clmlp_dataset *dataset, const char *role,
                               clmlp_error *error)
{
    const clmlp_index_base mine = dataset->index_base, known = model->index_base;
    if (mine == CLMLP_INDEX_BASE_AUTO || known == CLMLP_INDEX_BASE_AUTO || mine == known) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%s: its indices are counted from %d, those of the model's training "
                      "data from %d", role, mine == CLMLP_INDEX_BASE_ONE, known == CLMLP_INDEX_BASE_ONE);
}

clmlp_status clmlp_model_check_data(const clmlp_model *model, const clmlp_dataset *dataset, bool with_targets,
                                    const char *role, clmlp_error *error)
{
    if (dataset->n != model->s[0]) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%s: %zu features, the model takes %zu", role, dataset->n,
                          model->s[0]);
    }
    TRY(check_columns(model, dataset, role, error));
    TRY(check_base(model, dataset, role, error));
    if (!with_targets) return CLMLP_OK;
    switch (dataset->target_kind) {
    case CLMLP_TARGET_CLASSES: return check_classes(model, dataset, role, error);
    case CLMLP_TARGET_VALUES: return check_values(model, dataset, role, error);
    case CLMLP_TARGET_NONE:
    case CLMLP_TARGET_AUTO:
    case CLMLP_TARGET_KIND_COUNT: break;
    }
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%s: no targets, %zu per example expected", role,
                      model->s[model->L - 1]);
}
