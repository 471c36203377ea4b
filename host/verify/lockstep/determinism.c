/* determinism.c - the same training several times, compared after every step.
 *
 * The runs go side by side. Each has matrices of its own, all take the same batches, and after each step all are
 * compared with the first.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/argument.h"
#include "base/memory.h"
#include "base/structure.h"
#include "train/batch_loader.h"
#include "train/dropout.h"
#include "train/minimise/minimise.h"
#include "train/score/score.h"
#include "verify/step/step.h"
#include "verify/lockstep/take.h"
#include "clmlp/verify.h"

typedef struct repetition {
    const clmlp_verify_config *config;
    clmlp_batch_loader *loader;
    size_t M, runs;
    bool shuffles;
    clmlp_stepper **steppers;   /* [runs] */
    clmlp_minimisation **minimisations; /* [runs]; NULL: steps of an optimizer */
    clmlp_step_record *first, *other;  /* of run 1, and of the one that is compared */
    clmlp_determinism_result *result;
} repetition;

static clmlp_status check(const clmlp_model *model, clmlp_precision precision, const clmlp_dataset *dataset,
                          const clmlp_verify_config *config, size_t runs, clmlp_error *error)
{
    if (runs < 2) return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%zu runs (expected 2 or more)", runs);
    if (config->steps == 0) return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "0 steps (expected 1 or more)");
    TRY(clmlp_verify_minimiser_check(config, dataset->m, error));
    TRY(clmlp_verify_rule_check(config, model, precision, error));
    TRY(clmlp_lambda_check(config->lambda, dataset->m, precision, error));
    TRY(clmlp_verify_scale_check(config, error));
    if (model->L > 2 && model->activation == CLMLP_STEP) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "a network with the step activation cannot be trained");
    }
    const clmlp_smoothing smoothing = clmlp_smoothing_for(model, config->label_smoothing);
    TRY(clmlp_smoothing_check(&smoothing, precision, error));
    TRY(clmlp_dropout_check(config->dropout, config->dropout_count, model, error));
    TRY(clmlp_model_check_data(model, dataset, true, "training data", error));
    if (config->batch <= dataset->m && dataset->m <= UINT32_MAX) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "batches of %zu of %zu examples (expected at most all, and 2^32 - 1)",
                      config->batch, dataset->m);
}

/* Between any two steps of any run, and while the runs are prepared: there may be thousands. */
static clmlp_status look_at_cancel(const repetition *r, clmlp_error *error)
{
    if (!clmlp_cancel_requested(r->config->cancel)) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_INTERRUPTED, "interrupted after %zu of %zu steps", r->result->steps,
                      r->config->steps);
}

static clmlp_status prepare(repetition *r, const clmlp_model *model, clmlp_device *device,
                            const clmlp_dataset *dataset, clmlp_error *error)
{
    clmlp_backend *backend = device->backend;
    r->M = r->config->batch == 0 ? dataset->m : r->config->batch;
    r->shuffles = r->config->shuffle && r->M < dataset->m;
    TRY(clmlp_allocate(&r->steppers, r->runs, sizeof *r->steppers, "runs", error));
    for (size_t i = 0; i < r->runs; i++) {
        TRY(look_at_cancel(r, error));
        TRY(clmlp_stepper_create(&r->steppers[i], backend, model, r->M, error));
    }
    TRY(clmlp_step_record_create(&r->first, model, r->M, backend->precision, true, error));
    TRY(clmlp_step_record_create(&r->other, model, r->M, backend->precision, true, error));
    return clmlp_batch_loader_create(&r->loader, backend, dataset, model, r->M, r->shuffles, CLMLP_TO_TRAIN,
                                     r->config->label_smoothing, error);
}

static void release(repetition *r)
{
    for (size_t i = 0; r->minimisations != NULL && i < r->runs; i++) clmlp_minimise_end(r->minimisations[i]);
    free(r->minimisations);
    clmlp_batch_loader_destroy(r->loader);
    clmlp_step_record_destroy(r->first);
    clmlp_step_record_destroy(r->other);
    for (size_t i = 0; r->steppers != NULL && i < r->runs; i++) clmlp_stepper_destroy(r->steppers[i]);
    free(r->steppers);
}

/* Bits, so that a NaN equals itself and 0 does not equal -0. */
static bool same(repetition *r, clmlp_quantity quantity, size_t layer, const double *first, const double *other,
                 size_t count)
{
    if (first == NULL || memcmp(first, other, count * sizeof *first) == 0) return true;
    size_t i = 0;
    while (memcmp(&first[i], &other[i], sizeof *first) == 0) i++;
    r->result->quantity = quantity;
    r->result->layer = layer;
    r->result->element = i;
    r->result->first = first[i];
    r->result->other = other[i];
    return false;
}

/* What a scale of the inputs moves by, its state, and s; theta(1) says the rest. */
static bool same_scale(repetition *r)
{
    const clmlp_scale_record *const a = r->first->scale, *const b = r->other->scale;
    const size_t columns = r->first->s[0] + 1;
    if (a == NULL) return true;
    bool equal = same(r, CLMLP_QUANTITY_SCALE_GRADIENT, 1, a->slopes, b->slopes, columns);
    for (size_t k = 0; k < r->first->states && equal; k++) {
        const clmlp_quantity quantity = k == 0 ? CLMLP_QUANTITY_SCALE_STATE : CLMLP_QUANTITY_SCALE_STATE2;
        equal = same(r, quantity, 1, a->state_after[k], b->state_after[k], columns);
    }
    return equal && same(r, CLMLP_QUANTITY_SCALE, 1, a->scale_after, b->scale_after, columns);
}

/* In the order of computation. */
static bool same_step(repetition *r)
{
    const clmlp_step_record *a = r->first, *b = r->other;
    const size_t L = a->L, M = a->M, *s = a->s;
    bool equal = true;
    for (size_t l = 2; l <= L && equal; l++) {
        equal = same(r, CLMLP_QUANTITY_Z, l, a->z[l - 1], b->z[l - 1], M * s[l - 1]) &&
                same(r, CLMLP_QUANTITY_A, l, a->a[l - 1], b->a[l - 1], M * s[l - 1]);
    }
    equal = equal && same(r, CLMLP_QUANTITY_COST, L, &a->cost, &b->cost, 1) &&
            same(r, CLMLP_QUANTITY_RIGHT, L, &a->right, &b->right, 1);
    for (size_t l = L; l >= 2 && equal; l--) {
        equal = same(r, CLMLP_QUANTITY_DELTA, l, a->delta[l - 1], b->delta[l - 1], M * s[l - 1]);
    }
    for (size_t l = 1; l < L && equal; l++) {
        equal = same(r, CLMLP_QUANTITY_GRADIENT, l, a->gradient[l - 1], b->gradient[l - 1], s[l] * (s[l - 1] + 1));
    }
    for (size_t l = 1; l < L && equal; l++) {
        for (size_t k = 0; k < a->states && equal; k++) {
            equal = same(r, clmlp_quantity_of_state(k), l, a->state_after[k][l - 1], b->state_after[k][l - 1],
                         s[l] * (s[l - 1] + 1));
        }
    }
    equal = equal && same_scale(r);
    for (size_t l = 1; l < L && equal; l++) {
        equal = same(r, CLMLP_QUANTITY_THETA, l, a->after[l - 1], b->after[l - 1], s[l] * (s[l - 1] + 1));
    }
    return equal;
}

/* An iteration of run i; the record has the point that it ended with. */
static clmlp_status iterate(const repetition *r, size_t i, clmlp_step_record *record, clmlp_error *error)
{
    clmlp_batch_score score = {0.0, 0.0};
    TRY(clmlp_minimise_iterate(r->minimisations[i], &score, error));
    if (!isfinite(score.cost)) {
        return clmlp_fail(error, CLMLP_DIVERGED, "the cost is not finite after %zu iterations of %s: there is nothing "
                                                 "to "
                          "go on from", r->minimisations[i]->iterations, clmlp_minimiser_name(r->config->minimiser));
    }
    return clmlp_stepper_read(r->steppers[i], record, error);
}

static clmlp_status iterate_all(repetition *r, clmlp_error *error)
{
    TRY(iterate(r, 0, r->first, error));
    for (size_t i = 1; i < r->runs && r->result->identical; i++) {
        TRY(look_at_cancel(r, error));
        TRY(iterate(r, i, r->other, error));
        r->result->identical = same_step(r);
        if (!r->result->identical) r->result->run = i + 1;
    }
    return CLMLP_OK;
}

/* Iterations until the first run comes to its end. */
static clmlp_status repeat_iterations(repetition *r, size_t m, clmlp_error *error)
{
    const clmlp_verify_config *const config = r->config;
    const size_t pairs = config->lbfgs_pairs > 0 ? config->lbfgs_pairs : CLMLP_LBFGS_PAIRS;
    TRY(clmlp_allocate(&r->minimisations, r->runs, sizeof *r->minimisations, "runs", error));
    r->first->M = r->other->M = m;
    r->first->descent.right = clmlp_right_of_output(r->steppers[0]->network->output);
    for (size_t i = 0; i < r->runs; i++) {
        const clmlp_minimise_setting setting = {
            .minimiser = config->minimiser, .pairs = pairs, .network = r->steppers[i]->network, .loader = r->loader,
            .descent = &r->first->descent, .lambda = config->lambda, .m = m, .cancel = config->cancel};
        TRY(clmlp_minimise_begin(&r->minimisations[i], &setting, error));
    }
    for (size_t step = 1; step <= config->steps && r->result->identical; step++) {
        if (r->minimisations[0]->end != CLMLP_END_NONE) break;
        TRY(look_at_cancel(r, error));
        TRY(iterate_all(r, error));
        r->result->steps = step;
    }
    return CLMLP_OK;
}

static clmlp_status step_all(repetition *r, const clmlp_batch *batch, clmlp_error *error)
{
    TRY(clmlp_stepper_run_batch(r->steppers[0], batch, r->first, error));
    for (size_t i = 1; i < r->runs && r->result->identical; i++) {
        TRY(look_at_cancel(r, error));
        TRY(clmlp_stepper_run_batch(r->steppers[i], batch, r->other, error));
        r->result->identical = same_step(r);
        if (!r->result->identical) r->result->run = i + 1;
    }
    return clmlp_batch_loader_done(r->loader, error);
}

static clmlp_status repeat(repetition *r, size_t m, clmlp_error *error)
{
    const clmlp_descent descent = {.rule = clmlp_verify_rule(r->config),
                                   .decay = r->config->lambda / (double)m,
                                   .input_scale_rate = r->config->input_scale_rate,
                                   .dropout = clmlp_dropouts_for(r->config->dropout, r->config->dropout_count,
                                                                 r->config->seed)};
    clmlp_batch_stream stream = {.loader = r->loader, .rows = r->M, .shuffles = r->shuffles, .seed = r->config->seed};
    clmlp_batch batch;
    TRY(clmlp_step_record_set_descent(r->first, &descent, error));
    TRY(clmlp_step_record_set_descent(r->other, &descent, error));
    const bool iterates = r->config->minimiser != CLMLP_NO_MINIMISER;
    if (iterates) TRY(repeat_iterations(r, m, error));
    for (size_t step = 1; step <= r->config->steps && r->result->identical && !iterates; step++) {
        TRY(look_at_cancel(r, error));
        TRY(clmlp_batch_stream_next(&stream, &batch, error));
        r->first->number = r->other->number = step;
        TRY(step_all(r, &batch, error));
        r->result->steps = step;
    }
    if (!r->result->identical) r->result->step = r->result->steps;
    return CLMLP_OK;
}

clmlp_status clmlp_verify_determinism(const clmlp_model *model, clmlp_device *device, const clmlp_dataset *dataset,
                                      const clmlp_verify_config *config, size_t runs,
                                      clmlp_determinism_result *result, clmlp_error *error)
{
    clmlp_verify_config own_config = clmlp_verify_config_default();
    clmlp_determinism_result own = {.size = sizeof own, .runs = runs};
    repetition r = {.config = &own_config, .runs = runs, .result = &own};
    clmlp_status status = CLMLP_OK;
    REQUIRE(result != NULL, "result");
    TRY(clmlp_structure_check(result, "result", error));
    clmlp_structure_give(result, &own, sizeof own);
    TRY(clmlp_lockstep_take(&own_config, config, model, device, error));
    REQUIRE(dataset != NULL, "dataset");
    TRY(check(model, device->backend->precision, dataset, r.config, runs, error));
    own.identical = true;
    TRY_CLEANUP(prepare(&r, model, device, dataset, error));
    TRY_CLEANUP(repeat(&r, dataset->m, error));
cleanup:
    own.identical = own.identical && clmlp_verdict_stands(status, own.steps);
    clmlp_structure_give(result, &own, sizeof own);
    release(&r);
    return status;
}
