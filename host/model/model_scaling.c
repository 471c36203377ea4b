/* model_scaling.c - the scalings that a model keeps: of its features, and of targets that are numbers. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/argument.h"
#include "base/memory.h"
#include "model/model.h"

static void get(const clmlp_scaling *scaling, double *offset, double *divisor)
{
    const bool own = clmlp_scale_has_numbers(scaling->kind);
    for (size_t j = 0; j < scaling->n; j++) {
        if (offset != NULL) offset[j] = own ? scaling->offset[j] : 0.0;
        if (divisor != NULL) divisor[j] = own ? scaling->divisor[j] : scaling->kind == CLMLP_SCALE_PIXEL ? 255.0 : 1.0;
    }
}

/* what: "feature" or "target", for the message */
static clmlp_status set(clmlp_scaling *scaling, clmlp_scale scale, const double *offset, const double *divisor,
                        const char *what, clmlp_error *error)
{
    double *arrays = NULL;
    const size_t n = scaling->n;
    if (clmlp_scale_has_numbers(scale)) {
        const double least = clmlp_scale_least_divisor(scale);
        REQUIRE(offset != NULL, "offset");
        REQUIRE(divisor != NULL, "divisor");
        for (size_t j = 0; j < n; j++) {
            if (isfinite(offset[j]) && isfinite(divisor[j]) && divisor[j] >= least) continue;
            return clmlp_fail(
                error, CLMLP_BAD_ARGUMENT,
                "arguments 'offset' and 'divisor', %s %zu: found %g and %g, expected finite numbers, "
                "the second %s 0",
                what, j + 1, offset[j], divisor[j], least > 0.0 ? ">" : ">=");
        }
        TRY(clmlp_allocate(&arrays, n, 2 * sizeof *arrays, "the scaling", error));
        memcpy(arrays, offset, n * sizeof *arrays);
        memcpy(arrays + n, divisor, n * sizeof *arrays);
    }
    free(scaling->offset);
    *scaling = (clmlp_scaling){
        .kind = scale, .n = n, .offset = arrays, .divisor = arrays != NULL ? arrays + n : NULL};
    return CLMLP_OK;
}

/* --- features ------------------------------------------------------------------------------------------------- */

clmlp_status clmlp_model_fit_scaling(clmlp_model *model, const clmlp_dataset *dataset, clmlp_scale scale,
                                     clmlp_error *error)
{
    clmlp_scaling fitted;
    REQUIRE(model != NULL, "model");
    REQUIRE(dataset != NULL, "dataset");
    REQUIRE_CODE(scale, CLMLP_SCALE_COUNT, "scale");
    TRY(clmlp_model_check_data(model, dataset, false, "training data", error));
    memset(&fitted, 0, sizeof fitted);
    TRY(clmlp_scaling_fit(&fitted, dataset, scale, error));
    free(model->scaling.offset);
    model->scaling = fitted;
    return CLMLP_OK;
}

clmlp_status clmlp_model_get_scaling(const clmlp_model *model, double *offset, double *divisor, clmlp_error *error)
{
    REQUIRE(model != NULL, "model");
    get(&model->scaling, offset, divisor);
    return CLMLP_OK;
}

clmlp_status clmlp_model_set_scaling(clmlp_model *model, clmlp_scale scale, const double *offset, const double *divisor,
                                     clmlp_error *error)
{
    REQUIRE(model != NULL, "model");
    REQUIRE_CODE(scale, CLMLP_SCALE_COUNT, "scale");
    REQUIRE(scale != CLMLP_SCALE_AUTO, "scale");
    return set(&model->scaling, scale, offset, divisor, "feature", error);
}

clmlp_scale clmlp_model_scale(const clmlp_model *model)
{
    return model != NULL ? model->scaling.kind : CLMLP_SCALE_COUNT;
}

/* --- targets -------------------------------------------------------------------------------------------------- */

static clmlp_status check_output(const clmlp_model *model, clmlp_scale scale, clmlp_error *error)
{
    if (scale != CLMLP_SCALE_STANDARD || model->output == CLMLP_OUTPUT_LINEAR) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT,
                      "the targets of a %s output cannot be scaled: its cost is defined for targets from 0 to 1 (only "
                      "those of a linear output can)",
                      clmlp_output_name(model->output));
}

clmlp_status clmlp_model_fit_target_scaling(clmlp_model *model, const clmlp_dataset *dataset, clmlp_scale scale,
                                            clmlp_error *error)
{
    clmlp_scaling fitted;
    REQUIRE(model != NULL, "model");
    REQUIRE(dataset != NULL, "dataset");
    REQUIRE(scale == CLMLP_SCALE_AUTO || scale == CLMLP_SCALE_NONE || scale == CLMLP_SCALE_STANDARD, "scale");
    const bool values = dataset->target_kind == CLMLP_TARGET_VALUES;
    if (scale == CLMLP_SCALE_AUTO) {
        scale = values && model->output == CLMLP_OUTPUT_LINEAR ? CLMLP_SCALE_STANDARD : CLMLP_SCALE_NONE;
    }
    TRY(check_output(model, scale, error));
    if (scale == CLMLP_SCALE_NONE) return set(&model->target_scaling, scale, NULL, NULL, "target", error);
    if (!values) return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "targets that are no numbers cannot be scaled");
    TRY(clmlp_model_check_data(model, dataset, true, "training data", error));
    memset(&fitted, 0, sizeof fitted);
    TRY(clmlp_scaling_fit_targets(&fitted, dataset, scale, error));
    free(model->target_scaling.offset);
    model->target_scaling = fitted;
    return CLMLP_OK;
}

clmlp_status clmlp_model_get_target_scaling(const clmlp_model *model, double *offset, double *divisor,
                                            clmlp_error *error)
{
    REQUIRE(model != NULL, "model");
    get(&model->target_scaling, offset, divisor);
    return CLMLP_OK;
}

clmlp_status clmlp_model_set_target_scaling(clmlp_model *model, clmlp_scale scale, const double *offset,
                                            const double *divisor, clmlp_error *error)
{
    REQUIRE(model != NULL, "model");
    REQUIRE(scale == CLMLP_SCALE_NONE || scale == CLMLP_SCALE_STANDARD, "scale");
    TRY(check_output(model, scale, error));
    return set(&model->target_scaling, scale, offset, divisor, "target", error);
}

clmlp_scale clmlp_model_target_scale(const clmlp_model *model)
{
    return model != NULL ? model->target_scaling.kind : CLMLP_SCALE_COUNT;
}
