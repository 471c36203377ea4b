/* model.c - models: topology, theta's layout in one allocation. */
#include "model/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/argument.h"
#include "base/memory.h"

/* Random numbers are addressed by a 31-bit layer number. */
#define LAYERS_MAX ((size_t)INT32_MAX)

static clmlp_status check_topology(size_t L, const size_t *s, clmlp_activation activation, clmlp_output output,
                                   clmlp_error *error)
{
    if (L < 2 || L > LAYERS_MAX || s == NULL) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "a network of %zu layers (expected at least 2: input and output)",
                          L);
    }
    for (size_t l = 1; l <= L; l++) {
        if (s[l - 1] == 0) return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "layer %zu has 0 units (expected >= 1)", l);
    }
    if ((size_t)activation >= CLMLP_ACTIVATION_COUNT) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "no such activation: %d", (int)activation);
    }
    if ((size_t)output >= CLMLP_OUTPUT_COUNT) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "no such output: %d", (int)output);
    }
    return CLMLP_OK;
}

/* theta_at [L]: where each theta(l), of s_{l+1} (s_l + 1) elements, begins; last their number. */
static clmlp_status place_theta(size_t *theta_at, size_t L, const size_t *s, clmlp_error *error)
{
    theta_at[0] = 0;
    for (size_t l = 1; l < L; l++) {
        size_t columns = 0, elements = 0, bytes = 0;
        if (!clmlp_add(s[l - 1], 1, &columns) || !clmlp_multiply(s[l], columns, &elements) ||
            !clmlp_add(theta_at[l - 1], elements, &theta_at[l]) ||
            !clmlp_multiply(theta_at[l], sizeof(double), &bytes)) {
            return clmlp_fail(error, CLMLP_BAD_ARGUMENT,
                              "layers %zu and %zu of %zu and %zu units: too many parameters for a memory address", l,
                              l + 1, s[l - 1], s[l]);
        }
    }
    return CLMLP_OK;
}

clmlp_status clmlp_model_allocate(clmlp_model **out, size_t L, const size_t *s, clmlp_activation activation,
                                  clmlp_output output, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    clmlp_model *model = NULL;
    TRY(check_topology(L, s, activation, output, error));
    TRY(clmlp_allocate(&model, 1, sizeof *model, "a model", error));
    model->L = L;
    model->activation = activation;
    model->output = output;
    model->scaling.kind = CLMLP_SCALE_NONE;
    model->scaling.n = s[0];
    model->target_scaling.kind = CLMLP_SCALE_NONE;
    model->target_scaling.n = s[L - 1];
    model->precision = CLMLP_F32;
    TRY_CLEANUP(clmlp_allocate(&model->s, L, sizeof *model->s, "the sizes of the layers", error));
    memcpy(model->s, s, L * sizeof *s);
    TRY_CLEANUP(clmlp_allocate(&model->theta_at, L, sizeof *model->theta_at, "the layout of theta", error));
    TRY_CLEANUP(place_theta(model->theta_at, L, s, error));
    TRY_CLEANUP(clmlp_allocate(&model->theta, model->theta_at[L - 1], sizeof *model->theta, "theta", error));
    TRY_CLEANUP(clmlp_duplicate(&model->target, "", error));
    *out = model;
    model = NULL;
cleanup:
    clmlp_model_destroy(model);
    return status;
}

clmlp_status clmlp_model_create(clmlp_model **out, size_t L, const size_t *s, clmlp_activation activation,
                                clmlp_output output, uint64_t seed, clmlp_error *error)
{
    clmlp_model *model = NULL;
    REQUIRE(out != NULL, "out");
    REQUIRE(s != NULL, "s");
    TRY(clmlp_model_allocate(&model, L, s, activation, output, error));
    *out = model;
    return clmlp_model_initialise(model, CLMLP_INITIALISATION_GLOROT_UNIFORM, seed, error);
}

/* A single large index makes theta large: refuse what this machine cannot hold before it is tried. The model has theta,
 * and training another one, for the start of its epoch. */
static clmlp_status check_memory(const clmlp_dataset *dataset, size_t L, const size_t *s, clmlp_error *error)
{
    char needed[32], there[32];
    double bytes = 0.0;
    for (size_t l = 1; l < L; l++) bytes += ((double)s[l - 1] + 1.0) * (double)s[l] * (double)sizeof(double);
    if (dataset->sparse == NULL || 2.0 * bytes <= (double)clmlp_physical_memory()) return CLMLP_OK;
    const bool fits = bytes < 0x1p63;
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s%sthe largest index gives the network %zu inputs and %zu unit%s "
                      "behind them: theta takes %s, twice, this machine has %s",
                      dataset->path != NULL ? dataset->path : "", dataset->path != NULL ? ": " : "", s[0], s[1],
                      s[1] == 1 ? "" : "s",
                      fits ? clmlp_format_bytes(needed, (unsigned long long)bytes) : "more than 8 EiB",
                      clmlp_format_bytes(there, clmlp_physical_memory()));
}

clmlp_status clmlp_model_create_for(clmlp_model **out, const clmlp_dataset *dataset, const size_t *hidden,
                                    size_t hidden_count, clmlp_activation activation, clmlp_output output,
                                    uint64_t seed, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    clmlp_model *model = NULL;
    size_t *s = NULL;
    size_t L = 0;
    REQUIRE(out != NULL, "out");
    REQUIRE(dataset != NULL, "dataset");
    REQUIRE(hidden != NULL || hidden_count == 0, "hidden");
    if (dataset->target_kind == CLMLP_TARGET_NONE || dataset->K == 0) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "a model for data without targets has no outputs");
    }
    if (!clmlp_add(hidden_count, 2, &L)) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%zu hidden layers are too many", hidden_count);
    }
    TRY(clmlp_allocate(&s, L, sizeof *s, "the sizes of the layers", error));
    s[0] = dataset->n;
    if (hidden_count > 0) memcpy(s + 1, hidden, hidden_count * sizeof *s);
    s[L - 1] = dataset->K;
    TRY_CLEANUP(check_memory(dataset, L, s, error));
    TRY_CLEANUP(clmlp_model_create(&model, L, s, activation, output, seed, error));
    if (dataset->target_kind == CLMLP_TARGET_CLASSES) {
        TRY_CLEANUP(clmlp_duplicate_list(&model->class_names, (const char *const *)dataset->class_names, dataset->K,
                                         error));
    }
    TRY_CLEANUP(clmlp_duplicate_list(&model->output_names, (const char *const *)dataset->output_names,
                                     dataset->output_names != NULL ? dataset->K : 0, error));
    TRY_CLEANUP(clmlp_model_adopt_columns(model, dataset, error));
    *out = model;
    model = NULL;
cleanup:
    free(s);
    clmlp_model_destroy(model);
    return status;
}

clmlp_status clmlp_model_copy(clmlp_model **out, const clmlp_model *model, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    clmlp_model *copy = NULL;
    const size_t n = model->s[0];
    TRY(clmlp_model_allocate(&copy, model->L, model->s, model->activation, model->output, error));
    memcpy(copy->theta, model->theta, clmlp_model_parameters(model) * sizeof *copy->theta);
    for (size_t k = 0; k < model->others; k++) {
        double *theta = NULL;
        TRY_CLEANUP(clmlp_model_grow(copy, &theta, error));
        memcpy(theta, model->other_theta[k], clmlp_model_parameters(model) * sizeof *theta);
    }
    copy->precision = model->precision;
    copy->lambda = model->lambda;
    copy->seed = model->seed;
    copy->initialisation = model->initialisation;
    copy->scaling.kind = model->scaling.kind;
    if (model->scaling.offset != NULL) {
        TRY_CLEANUP(clmlp_model_set_scaling(copy, model->scaling.kind, model->scaling.offset, model->scaling.divisor,
                                            error));
    }
    copy->scaling.n = n;
    if (model->target_scaling.kind != CLMLP_SCALE_NONE) {
        TRY_CLEANUP(clmlp_model_set_target_scaling(copy, model->target_scaling.kind, model->target_scaling.offset,
                                                   model->target_scaling.divisor, error));
    }
    copy->index_base = model->index_base;
    TRY_CLEANUP(clmlp_columns_copy(&copy->columns, model->columns, error));
    *out = copy;
    copy = NULL;
cleanup:
    clmlp_model_destroy(copy);
    return status;
}

void clmlp_model_destroy(clmlp_model *model)
{
    if (model == NULL) return;
    free(model->target);
    free(model->class_names);
    free(model->output_names);
    clmlp_columns_destroy(model->columns);
    free(model->scaling.offset);
    free(model->target_scaling.offset);
    free(model->theta);
    for (size_t k = 0; k < model->others; k++) free(model->other_theta[k]);
    free(model->other_theta);
    free(model->theta_at);
    free(model->s);
    free(model);
}

bool clmlp_activation_needs_z(clmlp_activation activation)
{
    switch (activation) {
    case CLMLP_SIGMOID:
    case CLMLP_TANH:
    case CLMLP_RELU:
    case CLMLP_LINEAR:
    case CLMLP_STEP:
    case CLMLP_SELU:
    case CLMLP_LEAKY_RELU:
    case CLMLP_ELU:
    case CLMLP_SOFTPLUS: return false;
    case CLMLP_SWISH:
    case CLMLP_MISH:
    case CLMLP_GELU:
    case CLMLP_GELU_TANH: return true;
    case CLMLP_ACTIVATION_COUNT: break;
    }
    return true;
}
