/* device_gradient.c - a device's gradient, checked as one training step. */
#include <string.h>

#include "verify/gradcheck/gradcheck.h"
#include "verify/step/step_checker.h"

static const double RATE = 0.5; /* of the descent that a step ends with, and that is not looked at */

/* A scale of the inputs, which a step at any rate has the gradient of. */
static clmlp_status put_scale(clmlp_step_record *step, const clmlp_cost_at_point_inputs *inputs, clmlp_error *error)
{
    const size_t columns = step->s[0] + 1;
    step->descent.input_scale_rate = 1.0;
    TRY(clmlp_scale_record_create(step, error));
    memcpy(step->scale->raw, inputs->raw, step->s[1] * columns * sizeof *inputs->raw);
    memcpy(step->scale->scale, inputs->scale, columns * sizeof *inputs->scale);
    return CLMLP_OK;
}

clmlp_status clmlp_gradient_step(clmlp_step_record **out, clmlp_backend *backend,
                                 const clmlp_cost_at_point_inputs *inputs, clmlp_error *error)
{
    const clmlp_model *const model = inputs->model;
    const size_t M = inputs->M;
    clmlp_step_record *step = NULL;
    clmlp_stepper *stepper = NULL;
    clmlp_status status = CLMLP_OK;
    TRY(clmlp_lambda_check(inputs->lambda, M, backend->precision, error));
    TRY_CLEANUP(clmlp_step_record_create(&step, model, M, backend->precision, true, error));
    TRY_CLEANUP(clmlp_stepper_create(&stepper, backend, model, M, error));
    step->M = M;
    step->number = 1;
    step->descent.rule.rate = RATE;
    step->descent.decay = inputs->lambda / (double)M;
    step->descent.dropout = inputs->dropout;
    memcpy(step->x, inputs->x, M * model->s[0] * sizeof *step->x);
    memcpy(step->y, inputs->y, M * model->s[model->L - 1] * sizeof *step->y);
    if (inputs->w != NULL) {
        TRY_CLEANUP(clmlp_step_record_weigh(step, error));
        memcpy(step->w, inputs->w, M * sizeof *step->w);
    }
    for (size_t l = 1; l < model->L; l++) {
        const size_t count = model->theta_at[l] - model->theta_at[l - 1];
        memcpy(step->theta[l - 1], inputs->theta + model->theta_at[l - 1], count * sizeof *inputs->theta);
    }
    if (inputs->raw != NULL) TRY_CLEANUP(put_scale(step, inputs, error));
    TRY_CLEANUP(clmlp_stepper_run(stepper, step, true, error));
    *out = step;
cleanup:
    clmlp_stepper_destroy(stepper);
    if (status != CLMLP_OK) clmlp_step_record_destroy(step);
    return status;
}

/* Gradients of a scale of the inputs: its own, and that of raw. */
static bool is_of_scale(const clmlp_finding *finding)
{
    return finding->quantity == CLMLP_QUANTITY_SCALE_GRADIENT || finding->quantity == CLMLP_QUANTITY_RAW_GRADIENT;
}

/* The theta(l) whose gradient a finding is about: z(l+1), a(l+1), delta(l+1), and the cost, are on the way to it. */
static clmlp_gradcheck_layer *layer_of(const clmlp_finding *finding, clmlp_gradcheck_result *result)
{
    if (is_of_scale(finding)) return &result->layers[result->count - 1];
    const bool of_theta = finding->quantity == CLMLP_QUANTITY_GRADIENT ||
                          finding->quantity == CLMLP_QUANTITY_GRADIENT_TREND;
    return &result->layers[finding->layer - (of_theta ? 1 : 2)];
}

static void count(const clmlp_finding *finding, clmlp_gradcheck_layer *layer, clmlp_gradcheck_result *result)
{
    if (finding->failed == 0) return;
    if (result->device_failed == 0) result->device_failure = *finding;
    layer->device_failed += finding->failed;
    result->device_failed += finding->failed;
    result->passed = false;
}

/* Of lock-step. */
static clmlp_status take_equation(const clmlp_checked_tensor *checked, void *context, clmlp_error *error)
{
    const clmlp_finding *const finding = &checked->finding;
    clmlp_gradcheck_result *const result = context;
    (void)error;
    if (strcmp(finding->equation, clmlp_equation_name(CLMLP_EQUATION_UPDATE)) == 0) return CLMLP_OK;
    clmlp_gradcheck_layer *const layer = layer_of(finding, result);
    count(finding, layer, result);
    /* of what fails the first, else what comes nearest to its bound */
    if (layer->device_equation.failed > 0) return CLMLP_OK;
    const bool worse = finding->max_of_bound > layer->device_equation.max_of_bound;
    if (layer->device_equation.rows == 0 || worse || finding->failed > 0) layer->device_equation = *finding;
    return CLMLP_OK;
}

/* Of the free run. */
static clmlp_status take_gradient(const clmlp_checked_tensor *checked, void *context, clmlp_error *error)
{
    const clmlp_finding *const finding = &checked->finding;
    clmlp_gradcheck_result *const result = context;
    (void)error;
    if (finding->quantity != CLMLP_QUANTITY_GRADIENT && finding->quantity != CLMLP_QUANTITY_SCALE_GRADIENT) {
        return CLMLP_OK;
    }
    clmlp_gradcheck_layer *const layer = layer_of(finding, result);
    layer->device_gradient = *finding;
    count(finding, layer, result);
    return CLMLP_OK;
}

clmlp_status clmlp_gradcheck_device(clmlp_device *device, const clmlp_cost_at_point_inputs *inputs,
                                    clmlp_gradcheck_result *result, clmlp_error *error)
{
    clmlp_backend *const backend = device->backend;
    clmlp_step_checker *checker = NULL;
    clmlp_step_record *step = NULL;
    clmlp_status status = CLMLP_OK;
    TRY_CLEANUP(clmlp_gradient_step(&step, backend, inputs, error));
    TRY_CLEANUP(clmlp_step_checker_create(&checker, inputs->model, inputs->M, backend->precision, backend, error));
    TRY_CLEANUP(clmlp_step_checker_check(checker, step, 1, take_equation, result, error));
    TRY_CLEANUP(clmlp_step_checker_begin(checker, inputs->model, error));
    TRY_CLEANUP(clmlp_step_checker_follow(checker, step, 1, take_gradient, result, error));
cleanup:
    clmlp_step_checker_destroy(checker);
    clmlp_step_record_destroy(step);
    return status;
}
