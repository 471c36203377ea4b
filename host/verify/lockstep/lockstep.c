/* lockstep.c - the verification run: steps on a device, each compared with the reference. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/argument.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/structure.h"
#include "train/dropout.h"
#include "train/score/score.h"
#include "verify/step/bundle.h"
#include "verify/lockstep/dump.h"
#include "verify/step/step_checker.h"
#include "verify/lockstep/fused_steps.h"
#include "verify/lockstep/minimised.h"
#include "verify/lockstep/take.h"
#include "verify/step/transfers.h"
#include "verify/ranks/together.h"

void clmlp_verify_config_init(clmlp_verify_config *config, size_t size)
{
    static const clmlp_verify_config defaults = {
        .size = sizeof defaults, .steps = 3, .batch = 32, CLMLP_RULE_DEFAULTS .seed = 1, .shuffle = true};
    clmlp_structure_init(config, size, &defaults, sizeof defaults);
}

typedef struct verification {
    const clmlp_model *model;
    clmlp_device *device;
    const clmlp_dataset *dataset;
    clmlp_verify_config config;
    size_t M;
    clmlp_batch_stream stream;
    bool shuffles;
    clmlp_batch_loader *loader;
    clmlp_stepper *stepper;
    clmlp_step_record *step;
    clmlp_step_checker *checker;
    clmlp_together *together; /* NULL: this process takes the steps alone */
    clmlp_verify_result *result;
    clmlp_batch_score *costs; /* [costs_room], of the steps that were taken */
    size_t costs_room;
    size_t capacity; /* of the findings */
    size_t failure;  /* index of the first one that failed; valid unless passed */
} verification;

static clmlp_status check_minimiser(const verification *v, clmlp_error *error)
{
    const clmlp_verify_config *const config = &v->config;
    TRY(clmlp_verify_minimiser_check(config, v->dataset->m, error));
    if (config->minimiser == CLMLP_NO_MINIMISER || !config->free_run) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%s cannot run freely beside the reference (--free-run): the line "
                      "search decides by the numbers that it meets, and two right runs part (expected lock-step)",
                      clmlp_minimiser_name(config->minimiser));
}

/* What several ranks do not have. */
static clmlp_status check_ranks(const clmlp_verify_config *config, clmlp_error *error)
{
    const char *const what = config->free_run ? "a free run (--free-run)"
                             : config->dump != NULL ? "tensors in files (--dump)"
                             : config->bundle != NULL ? "a step to be replayed (--bundle)"
                             : config->minimiser != CLMLP_NO_MINIMISER ? clmlp_minimiser_name(config->minimiser) : NULL;
    const size_t count = clmlp_ranks_count(config->ranks);
    if (count <= 1 || what == NULL) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%zu ranks are verified in lock-step, without %s: one process has it",
                      count, what);
}

static clmlp_status check(const verification *v, clmlp_error *error)
{
    const clmlp_verify_config *config = &v->config;
    TRY(check_ranks(config, error));
    if (config->steps == 0) return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "0 steps to compare (expected 1 or more)");
    TRY(check_minimiser(v, error));
    TRY(clmlp_verify_rule_check(config, v->model, v->device->backend->precision, error));
    TRY(clmlp_lambda_check(config->lambda, v->dataset->m, v->device->backend->precision, error));
    TRY(clmlp_verify_scale_check(config, error));
    const clmlp_smoothing smoothing = clmlp_smoothing_for(v->model, config->label_smoothing);
    TRY(clmlp_smoothing_check(&smoothing, v->device->backend->precision, error));
    if (v->model->L > 2 && v->model->activation == CLMLP_STEP) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT,
                          "a network with the step activation cannot be trained, so that there are no steps to verify");
    }
    TRY(clmlp_dropout_check(config->dropout, config->dropout_count, v->model, error));
    TRY(clmlp_model_check_data(v->model, v->dataset, true, "the data", error));
    if (config->batch <= v->dataset->m && v->dataset->m <= UINT32_MAX) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "a batch of %zu is larger than the data: %zu examples (at most "
                      "4294967295)", config->batch, v->dataset->m);
}

static clmlp_status prepare(verification *v, clmlp_error *error)
{
    clmlp_backend *backend = v->device->backend;
    v->M = v->config.batch == 0 ? v->dataset->m : v->config.batch;
    v->shuffles = v->config.shuffle && v->M < v->dataset->m;
    TRY(clmlp_stepper_create(&v->stepper, backend, v->model, v->M, error));
    TRY(clmlp_step_record_create(&v->step, v->model, v->M, backend->precision, true, error));
    TRY(clmlp_step_checker_create(&v->checker, v->model, v->M, backend->precision, backend, error));
    clmlp_step_checker_keep_elements(v->checker, v->config.dump != NULL);
    const clmlp_descent descent = {.rule = clmlp_verify_rule(&v->config),
                                   .decay = v->config.lambda / (double)v->dataset->m,
                                   .input_scale_rate = v->config.input_scale_rate,
                                   .dropout = clmlp_dropouts_for(v->config.dropout, v->config.dropout_count,
                                                                 v->config.seed)};
    TRY(clmlp_step_record_set_descent(v->step, &descent, error));
    if (v->config.free_run) TRY(clmlp_step_checker_begin(v->checker, v->model, error));
    TRY(clmlp_batch_loader_create(&v->loader, backend, v->dataset, v->model, v->M, v->shuffles, CLMLP_TO_TRAIN,
                                  v->config.label_smoothing, error));
    v->stream =
        (clmlp_batch_stream){.loader = v->loader, .rows = v->M, .shuffles = v->shuffles, .seed = v->config.seed};
    return CLMLP_OK;
}

static void release(verification *v)
{
    free(v->costs);
    clmlp_together_destroy(v->together);
    clmlp_batch_loader_destroy(v->loader);
    clmlp_step_checker_destroy(v->checker);
    clmlp_step_record_destroy(v->step);
    clmlp_stepper_destroy(v->stepper);
}

/* --- findings ---------------------------------------------------------------------------------------------------- */

static clmlp_status keep_finding(const clmlp_finding *finding, void *context, clmlp_error *error)
{
    verification *const v = context;
    clmlp_verify_result *result = v->result;
    TRY(clmlp_grow(&result->findings, &v->capacity, result->count + 1, sizeof *result->findings, "findings", error));
    if (finding->failed > 0 && result->passed) {
        result->passed = false;
        v->failure = result->count;
    }
    result->findings[result->count++] = *finding;
    if (v->config.on_finding.function != NULL) v->config.on_finding.function(finding, v->config.on_finding.context);
    return CLMLP_OK;
}

/* Of several ranks findings are told when all of them have theirs. */
static clmlp_status add_finding(verification *v, const clmlp_finding *finding, clmlp_error *error)
{
    return v->together != NULL ? clmlp_together_add(v->together, finding, error) : keep_finding(finding, v, error);
}

static clmlp_status take(const clmlp_checked_tensor *checked, void *context, clmlp_error *error)
{
    verification *v = context;
    /* an iteration has many points; minimised.c dumps the last */
    const bool dumps = v->config.dump != NULL && v->config.minimiser == CLMLP_NO_MINIMISER;
    if (dumps) TRY(clmlp_dump_tensor(v->config.dump, checked, error));
    return add_finding(v, &checked->finding, error);
}

/* The step that failed, so that it can be done again elsewhere. */
static clmlp_status save_bundle(verification *v, size_t number, clmlp_error *error)
{
    clmlp_bundle_info info = {.step = number, .M = v->step->M, .seed = v->config.seed};
    char text[sizeof info.why - 8];
    (void)snprintf(info.why, sizeof info.why, "verify: %s",
                   clmlp_finding_text(&v->result->findings[v->failure], text, sizeof text));
    clmlp_bundle_describe(&info, v->device);
    TRY(clmlp_bundle_write(v->config.bundle, v->model, v->step, &info, error));
    v->result->bundle_written = true;
    return CLMLP_OK;
}

/* --- steps ------------------------------------------------------------------------------------------------------- */

/* Before the first step: what was sent has arrived. */
static clmlp_status verify_transfers(verification *v, clmlp_error *error)
{
    clmlp_finding inputs[CLMLP_INPUTS], theta;
    size_t count = 0;
    if (!v->loader->streamed) TRY(clmlp_check_data(v->loader, v->model->L, inputs, &count, error));
    for (size_t i = 0; i < count; i++) TRY(add_finding(v, &inputs[i], error));
    for (size_t l = 1; l < v->model->L; l++) {
        TRY(clmlp_check_theta(v->stepper->network, v->model, l, v->step, &theta, error));
        TRY(add_finding(v, &theta, error));
    }
    return v->together != NULL ? clmlp_together_merge(v->together, keep_finding, v, error) : CLMLP_OK;
}

/* A scale of the inputs begins with raw = theta(1) and s = 1, to the bit. */
static clmlp_status verify_first_scale(verification *v, clmlp_error *error)
{
    clmlp_finding begins[CLMLP_SCALE_BEGINS];
    clmlp_check_scale_begins(v->step, begins);
    for (size_t i = 0; i < CLMLP_SCALE_BEGINS; i++) TRY(add_finding(v, &begins[i], error));
    return CLMLP_OK;
}

/* The batch was taken; it is the loader's until the next one. */
static clmlp_status run_step(verification *v, const clmlp_batch *batch, size_t number, clmlp_error *error)
{
    clmlp_finding inputs[CLMLP_INPUTS];
    size_t count = 0;
    TRY(clmlp_take_batch(v->loader, batch, v->step, error));
    TRY(clmlp_stepper_run_batch(v->stepper, batch, v->step, error));
    v->result->device_seconds += v->stepper->seconds;
    if (batch->M > 0 && clmlp_has_batch(v->loader, batch)) {
        TRY(clmlp_check_batch(v->loader, batch, v->step, number, inputs, &count, error));
    }
    for (size_t i = 0; i < count; i++) TRY(add_finding(v, &inputs[i], error));
    if (number == 1 && v->step->scale != NULL) TRY(verify_first_scale(v, error));
    TRY(clmlp_batch_loader_done(v->loader, error));
    return v->config.dump != NULL ? clmlp_dump_inputs(v->config.dump, v->step, number, error) : CLMLP_OK;
}

/* What is about all ranks, and the findings of all. */
static clmlp_status check_ranks_of_step(verification *v, const clmlp_batch *batch, clmlp_error *error)
{
    if (v->together == NULL) return CLMLP_OK;
    TRY(clmlp_together_check(v->together, v->loader, batch, v->step, error));
    return clmlp_together_merge(v->together, keep_finding, v, error);
}

static clmlp_status verify_step(verification *v, size_t number, clmlp_error *error)
{
    const bool passed = v->result->passed;
    clmlp_batch batch;
    v->step->number = number;
    TRY(clmlp_batch_stream_next(&v->stream, &batch, error));
    TRY(run_step(v, &batch, number, error));
    TRY(clmlp_grow(&v->costs, &v->costs_room, number, sizeof *v->costs, "costs", error));
    v->costs[number - 1] = (clmlp_batch_score){.cost = v->step->cost, .right = v->step->right};
    TRY((v->config.free_run ? clmlp_step_checker_follow : clmlp_step_checker_check)(v->checker, v->step, number, take,
                                                                                    v, error));
    TRY(check_ranks_of_step(v, &batch, error));
    v->result->steps = number;
    if (passed && !v->result->passed && v->config.bundle != NULL) TRY(save_bundle(v, number, error));
    clmlp_step_record_hand_on(v->step);
    return v->together != NULL ? clmlp_together_go_on(v->together, v->stepper, v->step, error) : CLMLP_OK;
}

/* Training takes several steps in a call where the backend can: the same bits. */
static clmlp_status verify_fused_steps(verification *v, clmlp_error *error)
{
    const size_t most = (v->model->L - 1) * (1 + v->step->states) + 1;
    clmlp_finding *findings = NULL;
    size_t taken = 0;
    TRY(clmlp_allocate(&findings, most, sizeof *findings, "findings", error));
    clmlp_status status = clmlp_check_fused_steps(v->loader, v->model, v->step, v->M, v->shuffles, v->config.seed,
                                                  v->config.steps, v->costs, findings, &taken, error);
    for (size_t i = 0; i < most && taken > 0 && status == CLMLP_OK; i++) status = add_finding(v, &findings[i], error);
    free(findings);
    return status;
}

/* Ranks stop at the same step: somebody's wish comes with one. */
static bool is_stopped(const verification *v)
{
    return v->together != NULL ? v->together->sharing->stops : clmlp_cancel_requested(v->config.cancel);
}

static clmlp_status verify_steps(verification *v, clmlp_error *error)
{
    TRY(verify_transfers(v, error));
    for (size_t number = 1; number <= v->config.steps && (v->result->passed || v->config.go_on); number++) {
        if (is_stopped(v)) {
            return clmlp_fail(error, CLMLP_INTERRUPTED, "interrupted after %zu of %zu steps", number - 1,
                              v->config.steps);
        }
        TRY(verify_step(v, number, error));
    }
    /* with a scale of the inputs, and of several ranks, training takes its steps one by one */
    const bool fuses = v->step->scale == NULL && v->together == NULL;
    return v->result->passed && fuses ? verify_fused_steps(v, error) : CLMLP_OK;
}

static clmlp_status save_iteration(void *context, size_t number, clmlp_error *error)
{
    return save_bundle(context, number, error);
}

/* All examples are one batch, in their order. */
static clmlp_status take_all(verification *v, clmlp_error *error)
{
    clmlp_finding inputs[CLMLP_INPUTS];
    clmlp_batch batch;
    size_t count = 0;
    TRY(clmlp_batch_loader_begin(v->loader, v->M, false, error));
    TRY(clmlp_batch_loader_next(v->loader, &batch, error));
    TRY(clmlp_take_batch(v->loader, &batch, v->step, error));
    v->step->M = batch.M;
    if (clmlp_has_batch(v->loader, &batch)) {
        TRY(clmlp_check_batch(v->loader, &batch, v->step, 0, inputs, &count, error));
    }
    for (size_t i = 0; i < count; i++) TRY(add_finding(v, &inputs[i], error));
    return clmlp_batch_loader_done(v->loader, error);
}

static clmlp_status verify_iterations(verification *v, clmlp_error *error)
{
    TRY(verify_transfers(v, error));
    TRY(take_all(v, error));
    v->step->descent.right = clmlp_right_of_output(v->model->output);
    if (v->config.dump != NULL) {
        TRY(clmlp_dump_inputs(v->config.dump, v->step, 1, error));
        TRY(clmlp_dump_minimiser(v->config.dump, v->config.minimiser, error));
    }
    return clmlp_verify_minimised(&(clmlp_minimised){.config = &v->config, .network = v->stepper->network,
                                                     .loader = v->loader, .step = v->step, .checker = v->checker,
                                                     .sink = take, .save = save_iteration, .context = v,
                                                     .result = v->result}, error);
}

/* Up to the first step; of several ranks all come so far, or none does. */
static clmlp_status begin(verification *v, clmlp_error *error)
{
    clmlp_ranks *const ranks = v->config.ranks;
    const bool shared = clmlp_ranks_count(ranks) > 1;
    clmlp_status status = check(v, error);
    v->result->passed = status == CLMLP_OK;
    if (status == CLMLP_OK) status = prepare(v, error);
    if (!shared) return status;
    TRY(clmlp_ranks_agree(ranks, status, error));
    TRY(clmlp_together_create(&v->together, v->model, v->device, v->dataset, &v->config, v->M, error));
    v->stepper->sharing = v->together->sharing;
    v->step->shared = &v->together->record;
    v->stream.share = &v->together->sharing->share;
    if (!v->together->sharing->alike) return CLMLP_OK;
    return clmlp_network_share_gradients(v->stepper->network, ranks, error);
}

clmlp_status clmlp_verify(const clmlp_model *model, clmlp_device *device, const clmlp_dataset *dataset,
                          const clmlp_verify_config *config, clmlp_verify_result *result, clmlp_error *error)
{
    const double began = clmlp_seconds();
    clmlp_verify_result own = {.size = sizeof own};
    verification v = {.model = model, .device = device, .dataset = dataset, .result = &own};
    REQUIRE(result != NULL, "result");
    TRY(clmlp_structure_check(result, "result", error));
    clmlp_structure_give(result, &own, sizeof own);
    v.config = clmlp_verify_config_default();
    TRY(clmlp_lockstep_take(&v.config, config, model, device, error));
    REQUIRE(dataset != NULL, "dataset");
    own.ranks = clmlp_ranks_count(v.config.ranks);
    clmlp_status status = begin(&v, error);
    const bool iterates = v.config.minimiser != CLMLP_NO_MINIMISER;
    if (status == CLMLP_OK) status = (iterates ? verify_iterations : verify_steps)(&v, error);
    if (v.together != NULL) clmlp_together_tell(v.together, status, error);
    if (!own.passed && own.count > 0) own.first_failure = &own.findings[v.failure];
    own.passed = own.passed && clmlp_verdict_stands(status, own.steps);
    own.seconds = clmlp_seconds() - began;
    clmlp_structure_give(result, &own, sizeof own);
    release(&v);
    return status;
}
