/* model_parts.c - what a model has, read and set: names, columns, theta. */
#include "model/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/argument.h"
#include "base/memory.h"

clmlp_status clmlp_model_set_class_names(clmlp_model *model, const char *const *names, clmlp_error *error)
{
    char **copy = NULL;
    REQUIRE(model != NULL, "model");
    const size_t K = model->s[model->L - 1];
    for (size_t k = 0; names != NULL && k < K; k++) REQUIRE(names[k] != NULL, "names");
    TRY(clmlp_duplicate_list(&copy, names, K, error));
    free(model->class_names);
    model->class_names = copy;
    return CLMLP_OK;
}

clmlp_status clmlp_model_set_output_names(clmlp_model *model, const char *const *names, clmlp_error *error)
{
    char **copy = NULL;
    size_t j = 0, earlier = 0;
    REQUIRE(model != NULL, "model");
    const size_t K = model->s[model->L - 1];
    for (size_t k = 0; names != NULL && k < K; k++) REQUIRE(names[k] != NULL, "names");
    if (names != NULL) {
        TRY(clmlp_find_repeated(names, K, true, &j, &earlier, error));
        if (j < K) {
            return clmlp_fail(error, CLMLP_BAD_ARGUMENT, names[j][0] == '\0' ? "argument 'names': name %zu is empty"
                              : "argument 'names': name %zu stands there once more", j + 1);
        }
    }
    TRY(clmlp_duplicate_list(&copy, names, K, error));
    free(model->output_names);
    model->output_names = copy;
    return CLMLP_OK;
}

clmlp_status clmlp_model_set_columns(clmlp_model *model, const clmlp_columns *columns, clmlp_error *error)
{
    clmlp_columns *copy = NULL;
    REQUIRE(model != NULL, "model");
    const size_t width = columns != NULL ? clmlp_columns_width(columns) : 0;
    if (columns != NULL && width != model->s[0]) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT,
                          "argument 'columns': found %zu, expected %zu, the model's features", width, model->s[0]);
    }
    TRY(clmlp_columns_copy(&copy, columns, error));
    clmlp_columns_destroy(model->columns);
    model->columns = copy;
    return CLMLP_OK;
}

clmlp_status clmlp_model_adopt_columns(clmlp_model *model, const clmlp_dataset *dataset, clmlp_error *error)
{
    if (model->index_base == CLMLP_INDEX_BASE_AUTO) model->index_base = dataset->index_base;
    const bool nameless = model->class_names == NULL && model->output_names == NULL;
    if (nameless && dataset->output_names != NULL && dataset->K == model->s[model->L - 1]) {
        TRY(clmlp_model_set_output_names(model, (const char *const *)dataset->output_names, error));
    }
    if (model->columns == NULL && dataset->columns != NULL) {
        clmlp_columns *columns = NULL;
        TRY(clmlp_model_set_target(model, dataset->target, error));
        TRY(clmlp_dataset_fit_columns(&columns, dataset, error));
        const clmlp_status status = clmlp_model_set_columns(model, columns, error);
        clmlp_columns_destroy(columns);
        return status;
    }
    /* a number says nothing in a model that knows names */
    const bool fits = (model->columns == NULL) == (dataset->columns == NULL);
    if (model->target[0] != '\0' || dataset->target == NULL || !fits) return CLMLP_OK;
    return clmlp_model_set_target(model, dataset->target, error);
}

clmlp_status clmlp_model_get_theta(const clmlp_model *model, size_t l, double *theta, clmlp_error *error)
{
    REQUIRE(model != NULL, "model");
    REQUIRE(l >= 1 && l < model->L, "l");
    REQUIRE(theta != NULL, "theta");
    memcpy(theta, model->theta + model->theta_at[l - 1],
           (model->theta_at[l] - model->theta_at[l - 1]) * sizeof *theta);
    return CLMLP_OK;
}

clmlp_status clmlp_model_set_theta(clmlp_model *model, size_t l, const double *theta, clmlp_error *error)
{
    REQUIRE(model != NULL, "model");
    REQUIRE(l >= 1 && l < model->L, "l");
    REQUIRE(theta != NULL, "theta");
    const size_t columns = model->s[l - 1] + 1, count = model->theta_at[l] - model->theta_at[l - 1];
    for (size_t i = 0; i < count; i++) {
        if (isfinite(theta[i])) continue;
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT,
                          "argument 'theta', row %zu, column %zu: found %g, expected a finite number", i / columns,
                          i % columns, theta[i]);
    }
    memcpy(model->theta + model->theta_at[l - 1], theta, count * sizeof *theta);
    return CLMLP_OK;
}

clmlp_status clmlp_model_set_target(clmlp_model *model, const char *target, clmlp_error *error)
{
    char *copy = NULL;
    REQUIRE(model != NULL, "model");
    TRY(clmlp_duplicate(&copy, target != NULL ? target : "", error));
    free(model->target);
    model->target = copy;
    return CLMLP_OK;
}

size_t clmlp_model_layers(const clmlp_model *model)
{
    return model != NULL ? model->L : 0;
}

size_t clmlp_model_units(const clmlp_model *model, size_t l)
{
    return model != NULL && l >= 1 && l <= model->L ? model->s[l - 1] : 0;
}

size_t clmlp_model_parameters(const clmlp_model *model)
{
    return model != NULL ? model->theta_at[model->L - 1] : 0;
}

clmlp_activation clmlp_model_activation(const clmlp_model *model)
{
    return model != NULL ? model->activation : CLMLP_ACTIVATION_COUNT;
}

clmlp_output clmlp_model_output(const clmlp_model *model)
{
    return model != NULL ? model->output : CLMLP_OUTPUT_COUNT;
}

clmlp_initialisation clmlp_model_initialisation(const clmlp_model *model)
{
    return model != NULL ? model->initialisation : CLMLP_INITIALISATION_COUNT;
}

double clmlp_model_lambda(const clmlp_model *model)
{
    return model != NULL ? model->lambda : (double)NAN;
}

const char *const *clmlp_model_class_names(const clmlp_model *model)
{
    return model != NULL ? (const char *const *)model->class_names : NULL;
}

const char *clmlp_model_output_name(const clmlp_model *model, size_t k)
{
    if (model == NULL || k >= model->s[model->L - 1]) return NULL;
    if (model->class_names != NULL) return model->class_names[k];
    return model->output_names != NULL ? model->output_names[k] : NULL;
}

const char *const *clmlp_model_output_names(const clmlp_model *model)
{
    return model != NULL ? (const char *const *)model->output_names : NULL;
}

const clmlp_columns *clmlp_model_columns(const clmlp_model *model)
{
    return model != NULL ? model->columns : NULL;
}

clmlp_index_base clmlp_model_index_base(const clmlp_model *model)
{
    return model != NULL ? model->index_base : CLMLP_INDEX_BASE_AUTO;
}

clmlp_status clmlp_model_set_index_base(clmlp_model *model, clmlp_index_base base, clmlp_error *error)
{
    REQUIRE(model != NULL, "model");
    REQUIRE_CODE(base, CLMLP_INDEX_BASE_COUNT, "base");
    model->index_base = base;
    return CLMLP_OK;
}

const char *clmlp_model_target(const clmlp_model *model)
{
    return model != NULL ? model->target : "";
}

double *clmlp_model_theta(clmlp_model *model, size_t l)
{
    return model != NULL && l >= 1 && l < model->L ? model->theta + model->theta_at[l - 1] : NULL;
}

const double *clmlp_model_theta_const(const clmlp_model *model, size_t l)
{
    return model != NULL && l >= 1 && l < model->L ? model->theta + model->theta_at[l - 1] : NULL;
}
