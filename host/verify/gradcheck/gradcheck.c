/* gradcheck.c - the gradient check: sample elements of theta, compare, report the worst. */
#include "verify/gradcheck/gradcheck.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/argument.h"
#include "base/memory.h"
#include "base/structure.h"
#include "data/dataset.h"
#include "data/order.h"
#include "data/scaling.h"
#include "data/weights.h"
#include "train/dropout.h"
#include "train/smoothing.h"
#include "verify/gradcheck/difference.h"

static const double SAFETY = 2.0; /* of two first-order errors; clmlp/gradcheck.h */

enum { BIASES = 4 }; /* one in so many of a sample is a bias */

typedef struct check {
    const clmlp_model *model;
    const clmlp_gradcheck_config *config;
    clmlp_gradcheck_result *result;
    clmlp_cost_at_point_inputs inputs;
    double *x, *y, *w;
    double *raw, *scale; /* of the inputs; NULL: they have none */
    clmlp_step_record *step;  /* of the backend whose gradient is checked */
    uint32_t *order;   /* elements of one layer, those to check in front */
    clmlp_cost_at_point *point;
    double work, done; /* of all layers; so far */
} check;

void clmlp_gradcheck_config_init(clmlp_gradcheck_config *config, size_t size)
{
    static const clmlp_gradcheck_config defaults = {
        .size = sizeof defaults, .examples = 200, .sample = 500, .seed = 1};
    clmlp_structure_init(config, size, &defaults, sizeof defaults);
}

static clmlp_status check_arguments(const clmlp_model *model, const clmlp_dataset *dataset,
                                    const clmlp_gradcheck_config *config, clmlp_error *error)
{
    if (!(config->lambda >= 0.0) || !isfinite(config->lambda)) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "lambda is %g (expected a number >= 0)", config->lambda);
    }
    TRY(clmlp_model_check_single(model, "a gradient check", error));
    if (model->L > 2 && model->activation == CLMLP_STEP) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT,
                          "the gradient of a network with the step activation cannot be checked: its derivative is 0 "
                          "wherever it has one, so J jumps or stays as it is (use another activation)");
    }
    for (size_t l = 1; l < model->L; l++) {
        if (model->theta_at[l] - model->theta_at[l - 1] <= UINT32_MAX) continue;
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "theta(%zu) has %zu elements (at most 4294967295)", l,
                          model->theta_at[l] - model->theta_at[l - 1]);
    }
    const clmlp_smoothing smoothing = clmlp_smoothing_for(model, config->label_smoothing);
    TRY(clmlp_smoothing_check(&smoothing, CLMLP_F64, error));
    TRY(clmlp_dropout_check(config->dropout, config->dropout_count, model, error));
    return clmlp_model_check_data(model, dataset, true, "the data", error);
}

static clmlp_status take_data(check *c, const clmlp_dataset *dataset, clmlp_error *error)
{
    const clmlp_model *const model = c->model;
    const clmlp_smoothing smoothing = clmlp_smoothing_for(model, c->config->label_smoothing);
    const size_t wanted = c->config->examples, M = wanted == 0 || wanted > dataset->m ? dataset->m : wanted;
    TRY(clmlp_allocate(&c->x, M * dataset->n, sizeof *c->x, "the examples to check", error));
    TRY(clmlp_allocate(&c->y, M * dataset->K, sizeof *c->y, "the targets to check", error));
    clmlp_scaling_apply(&model->scaling, dataset, NULL, 0, M, CLMLP_F64, c->x);
    clmlp_scaling_apply_targets(&model->target_scaling, dataset, NULL, 0, M, CLMLP_F64, c->y);
    clmlp_smoothing_apply(&smoothing, M * dataset->K, CLMLP_F64, c->y);
    if (dataset->weights != NULL) {
        TRY(clmlp_allocate(&c->w, M, sizeof *c->w, "the weights to check", error));
        clmlp_dataset_take_weights(dataset, NULL, 0, M, CLMLP_F64, c->w);
    }
    c->inputs = (clmlp_cost_at_point_inputs){.model = model, .theta = model->theta, .x = c->x, .y = c->y, .w = c->w,
                                             .M = M, .lambda = c->config->lambda,
                                             .dropout = clmlp_dropouts_for(c->config->dropout,
                                                                           c->config->dropout_count,
                                                                           c->config->seed)};
    c->inputs.dropout.step = 1; /* as of the step that the backend does */
    c->result->examples = M;
    return CLMLP_OK;
}

/* theta(1) = raw diag(s), to the bit: s is 1/2, 1 or 2, a third of the inputs each. */
static clmlp_status take_scale(check *c, clmlp_error *error)
{
    enum { SCALES = 3 };
    const size_t columns = c->model->s[0] + 1, count = c->model->s[1] * columns;
    if (!c->config->input_scale) return CLMLP_OK;
    TRY(clmlp_allocate(&c->raw, count, sizeof *c->raw, "the scale of the inputs", error));
    TRY(clmlp_allocate(&c->scale, columns, sizeof *c->scale, "the scale of the inputs", error));
    clmlp_order_shuffle(c->order, columns, c->config->seed, 0);
    for (size_t i = 0; i < columns; i++) c->scale[i] = i == 0 ? 1.0 : ldexp(1.0, (int)(c->order[i] % SCALES) - 1);
    for (size_t at = 0; at < count; at++) c->raw[at] = c->model->theta[at] / c->scale[at % columns];
    c->inputs.raw = c->raw;
    c->inputs.scale = c->scale;
    return CLMLP_OK;
}

/* What one element of theta(l) takes, in multiplications or so: a unit of layer l+1, then everything behind it. */
static double work_of(const check *c, size_t l)
{
    const size_t *const s = c->model->s;
    double work = 8.0;
    for (size_t n = l + 2; n <= c->model->L; n++) {
        work += (double)s[n - 1] * (8.0 + (n == l + 2 ? 1.0 : (double)s[n - 2]));
    }
    return work;
}

static clmlp_status prepare_layers(check *c, clmlp_error *error)
{
    const clmlp_model *const model = c->model;
    size_t largest = 0;
    const size_t rows = model->L - 1 + (c->config->input_scale ? 1 : 0);
    TRY(clmlp_allocate(&c->result->layers, rows, sizeof *c->result->layers, "a gradient check", error));
    c->result->count = rows;
    for (size_t l = 1; l < model->L; l++) {
        clmlp_gradcheck_layer *const layer = &c->result->layers[l - 1];
        layer->layer = l;
        layer->elements = model->theta_at[l] - model->theta_at[l - 1];
        const size_t sample = c->config->sample;
        layer->checked = sample == 0 || sample > layer->elements ? layer->elements : sample;
        c->work += (double)layer->checked * work_of(c, l);
        largest = layer->elements > largest ? layer->elements : largest;
    }
    return clmlp_allocate(&c->order, largest, sizeof *c->order, "the elements to check", error);
}

static void release(check *c)
{
    clmlp_cost_at_point_destroy(c->point);
    clmlp_step_record_destroy(c->step);
    free(c->scale), free(c->raw);
    free(c->order), free(c->w), free(c->y), free(c->x);
}

/* Have the elements to check in front: of a sample, up to a quarter biases, which are few, and both ends of theta(l),
 * where what is cut off goes missing. */
static void choose(check *c, const clmlp_gradcheck_layer *layer)
{
    const size_t columns = c->model->s[layer->layer - 1] + 1, elements = layer->elements, count = layer->checked;
    uint32_t *const order = c->order;
    size_t front = 0;
    if (count == elements) {
        for (size_t i = 0; i < elements; i++) order[i] = (uint32_t)i;
        return;
    }
    clmlp_order_shuffle(order, elements, c->config->seed, (uint32_t)layer->layer);
    const uint32_t ends[] = {(uint32_t)(elements - 1), (uint32_t)(elements - columns), (uint32_t)(columns - 1)};
    size_t biases = (count + BIASES - 1) / BIASES;
    for (size_t i = 0; i < elements && front < count; i++) {
        const bool end = order[i] == ends[0] || order[i] == ends[1] || order[i] == ends[2];
        const bool bias = order[i] % columns == 0 && biases > 0;
        if (!end && !bias) continue;
        if (bias) biases--;
        const uint32_t swapped = order[front];
        order[front++] = order[i];
        order[i] = swapped;
    }
}

static double rms(const double *values, size_t count)
{
    double squares = 0.0;
    for (size_t i = 0; i < count; i++) squares += values[i] * values[i];
    return sqrt(squares / (double)count);
}

static double magnitude(const clmlp_gradcheck_element *e)
{
    return fabs(e->analytic) > fabs(e->numeric) ? fabs(e->analytic) : fabs(e->numeric);
}

static clmlp_gradcheck_element element_of_theta(const check *c, size_t l, size_t at)
{
    const size_t columns = c->model->s[l - 1] + 1;
    clmlp_gradcheck_element e = {.row = at / columns, .column = at % columns};
    clmlp_difference(c->point, l, &e);
    e.analytic = c->step->gradient[l - 1][at];
    e.rounding += clmlp_cost_at_point_gradient_bound(c->point, l, e.row, e.column);
    return e;
}

static clmlp_gradcheck_element element_of_scale(const check *c, size_t i)
{
    clmlp_gradcheck_element e = {.column = i};
    clmlp_scale_difference(c->point, c->raw, c->scale, &e);
    e.analytic = c->step->scale->slopes[i];
    e.rounding += clmlp_cost_at_point_scale_bound(c->point, c->raw, c->step->gradient[0], c->scale[i], i);
    return e;
}

static void take_element(clmlp_gradcheck_layer *layer, clmlp_gradcheck_element e, double typical, bool first)
{
    const double error = fabs(e.analytic - e.numeric), bound = SAFETY * (e.truncation + e.rounding);
    e.of_bound = error == 0.0 ? 0.0 : error / bound;
    if (!isfinite(e.of_bound)) e.of_bound = (double)INFINITY;
    if (!(error <= bound)) layer->failed++;
    layer->kinks += e.kink;
    const double relative = error == 0.0 ? 0.0 : error / (magnitude(&e) > typical ? magnitude(&e) : typical);
    if (!(relative <= layer->max_relative)) layer->max_relative = isnan(relative) ? (double)INFINITY : relative;
    if (first || e.of_bound > layer->worst.of_bound) layer->worst = e;
}

static void tell(const check *c, double fraction)
{
    const clmlp_on_fraction *const progress = &c->config->on_progress;
    if (progress->function != NULL) progress->function(fraction, progress->context);
}

static clmlp_status check_layer(check *c, clmlp_gradcheck_layer *layer, clmlp_error *error)
{
    const size_t often = layer->checked / 50 + 1;
    const double each = work_of(c, layer->layer) / c->work;
    const double typical = rms(c->step->gradient[layer->layer - 1], layer->elements);
    choose(c, layer);
    for (size_t i = 0; i < layer->checked; i++) {
        if (clmlp_cancel_requested(c->config->cancel)) {
            return clmlp_fail(error, CLMLP_INTERRUPTED, "interrupted in layer %zu after %zu of %zu elements",
                              layer->layer, i, layer->checked);
        }
        take_element(layer, element_of_theta(c, layer->layer, c->order[i]), typical, i == 0);
        c->done += each;
        if ((i + 1) % often == 0) tell(c, c->done < 1.0 ? c->done : 1.0);
    }
    return CLMLP_OK;
}

/* s of every input, or of a sample. */
static clmlp_status check_scale(check *c, clmlp_gradcheck_layer *layer, clmlp_error *error)
{
    const size_t inputs = c->model->s[0], sample = c->config->sample;
    const double typical = rms(c->step->scale->slopes + 1, inputs);
    layer->elements = inputs;
    layer->checked = sample == 0 || sample > inputs ? inputs : sample;
    clmlp_order_shuffle(c->order, inputs, c->config->seed, 0);
    for (size_t i = 0; i < layer->checked; i++) {
        if (clmlp_cancel_requested(c->config->cancel)) {
            return clmlp_fail(error, CLMLP_INTERRUPTED, "interrupted in the scale of the inputs after %zu of %zu", i,
                              layer->checked);
        }
        take_element(layer, element_of_scale(c, c->order[i] + 1), typical, i == 0);
    }
    return CLMLP_OK;
}

static clmlp_status check_all(check *c, clmlp_backend *analytic, clmlp_error *error)
{
    clmlp_gradcheck_result *const result = c->result;
    TRY(clmlp_gradient_step(&c->step, analytic, &c->inputs, error));
    clmlp_cost_at_point_inputs inputs = c->inputs;
    inputs.sides = c->step->a;
    TRY(clmlp_cost_at_point_create(&c->point, &inputs, error));
    result->cost = c->point->J;
    if (!isfinite(result->cost)) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "J is %g for this theta and data: there is no gradient to check",
                          result->cost);
    }
    result->passed = true;
    for (size_t i = 0; i < result->count; i++) {
        clmlp_gradcheck_layer *const layer = &result->layers[i];
        TRY(layer->layer > 0 ? check_layer(c, layer, error) : check_scale(c, layer, error));
        result->elements += layer->elements;
        result->checked += layer->checked;
        result->passed = result->passed && layer->failed == 0;
        if (layer->max_relative > result->max_relative) result->max_relative = layer->max_relative;
    }
    tell(c, 1.0);
    return CLMLP_OK;
}

clmlp_status clmlp_gradcheck_backend(const clmlp_model *model, const clmlp_dataset *dataset, clmlp_backend *analytic,
                                     clmlp_device *device, const clmlp_gradcheck_config *config,
                                     clmlp_gradcheck_result *result, clmlp_error *error)
{
    const clmlp_gradcheck_config defaults = clmlp_gradcheck_config_default();
    check c = {.model = model, .config = config != NULL ? config : &defaults, .result = result};
    clmlp_status status = CLMLP_OK;
    *result = (clmlp_gradcheck_result){.size = sizeof *result};
    TRY(check_arguments(model, dataset, c.config, error));
    TRY_CLEANUP(take_data(&c, dataset, error));
    TRY_CLEANUP(prepare_layers(&c, error));
    TRY_CLEANUP(take_scale(&c, error));
    TRY_CLEANUP(check_all(&c, analytic, error));
    result->has_device = device != NULL;
    if (device != NULL) TRY_CLEANUP(clmlp_gradcheck_device(device, &c.inputs, result, error));
cleanup:
    result->passed = result->passed && status == CLMLP_OK;
    release(&c);
    return status;
}

clmlp_status clmlp_gradcheck(const clmlp_model *model, const clmlp_dataset *dataset, clmlp_device *device,
                             const clmlp_gradcheck_config *given, clmlp_gradcheck_result *result, clmlp_error *error)
{
    clmlp_gradcheck_config config = clmlp_gradcheck_config_default();
    clmlp_gradcheck_result own = {.size = sizeof own};
    const clmlp_device_options options = {.size = sizeof options, .spec = "cpu", .precision = CLMLP_F64};
    clmlp_device *cpu = NULL;
    REQUIRE(result != NULL, "result");
    TRY(clmlp_structure_check(result, "result", error));
    clmlp_structure_give(result, &own, sizeof own);
    TRY(clmlp_structure_take(&config, sizeof config, given, "config", error));
    REQUIRE(model != NULL, "model");
    REQUIRE(dataset != NULL, "dataset");
    TRY(clmlp_device_open(&cpu, &options, error));
    const clmlp_status status = clmlp_gradcheck_backend(model, dataset, cpu->backend, device, &config, &own, error);
    clmlp_structure_give(result, &own, sizeof own);
    clmlp_device_close(cpu);
    return status;
}
