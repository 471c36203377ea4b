/* train.c - the training loop: epochs of batches, their scores, the last good theta. */
#include "clmlp/train.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/argument.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/structure.h"
#include "base/text.h"
#include "train/history.h"
#include "train/run.h"

void clmlp_train_config_init(clmlp_train_config *config, size_t size)
{
    static const clmlp_train_config defaults = {
        .size = sizeof defaults, .rate = 0.5, .epochs = 30, .batch = 32, .seed = 1, .shuffle = true};
    clmlp_structure_init(config, size, &defaults, sizeof defaults);
}

static clmlp_status check(const clmlp_model *model, const clmlp_dataset *train, const clmlp_dataset *test,
                          const clmlp_train_config *config, clmlp_error *error)
{
    const clmlp_rule_settings rule = {.optimizer = config->optimizer, .rate = config->rate};
    TRY(clmlp_rule_check(&rule, error));
    if (!(config->lambda >= 0.0) || !isfinite(config->lambda)) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "lambda is %g (expected a number >= 0)", config->lambda);
    }
    if (config->epochs == 0 || config->epochs > UINT32_MAX) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%zu epochs (expected 1 .. 4294967295)", config->epochs);
    }
    if (model->L > 2 && model->activation == CLMLP_STEP) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT,
                          "a network with the step activation cannot be trained: its derivative is 0, so no gradient "
                          "reaches the hidden layers (it can only predict; use sigmoid, tanh or relu)");
    }
    TRY(clmlp_model_check_data(model, train, true, "training data", error));
    if (train->target_kind == CLMLP_TARGET_CLASSES && train->K < 2) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT,
                          "the training data has one class only, '%s': there is nothing to tell apart",
                          train->class_names[0]);
    }
    if (test != NULL) TRY(clmlp_model_check_data(model, test, true, "test data", error));
    if (train->m > UINT32_MAX) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%zu training examples (at most 4294967295)", train->m);
    }
    if (config->batch > train->m) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "a batch of %zu is larger than the training data: %zu examples",
                          config->batch, train->m);
    }
    return CLMLP_OK;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static clmlp_status prepare(clmlp_run *r, clmlp_device *device, clmlp_error *error)
{
    r->m = r->train_data->m;
    r->M = r->config.batch == 0 ? r->m : r->config.batch;
    r->shuffles = r->config.shuffle && r->M < r->m;
    r->steps_per_epoch = clmlp_batches(r->m, r->M);
    r->score_rows = larger(r->M, smaller(CLMLP_SCORE_ROWS, r->m));
    r->train_right = clmlp_right_for(r->model, r->train_data);
    r->descent = (clmlp_descent){.rule = {.optimizer = r->config.optimizer, .rate = r->config.rate},
                                 .decay = r->config.lambda / (double)r->m, .right = r->train_right};
    r->slots = r->steps_per_epoch;
    if (r->test_data != NULL) {
        r->test_right = clmlp_right_for(r->model, r->test_data);
        r->slots += clmlp_batches(r->test_data->m, smaller(r->score_rows, r->test_data->m));
    }
    r->slots = larger(r->slots, clmlp_batches(r->m, r->score_rows));
    TRY(clmlp_run_place(r, device, error));
    r->result.streamed = r->train->streamed;
    TRY(clmlp_allocate(&r->scores, r->slots, sizeof *r->scores, "the costs of an epoch", error));
    r->block = clmlp_model_parameters(r->model) + clmlp_network_state_size(r->network, r->model);
    TRY(clmlp_allocate(&r->theta, r->block, sizeof *r->theta, "theta", error));
    if (r->config.inspector != NULL) {
        TRY(clmlp_allocate(&r->good, r->block, sizeof *r->good, "theta of the last good epoch", error));
        TRY(clmlp_allocate(&r->before, r->block, sizeof *r->before, "theta before a step", error));
        TRY(clmlp_allocate(&r->after, r->block, sizeof *r->after, "theta after a step", error));
    }
    if (r->config.history_path != NULL) TRY(clmlp_output_open(&r->history, r->config.history_path, error));
    return CLMLP_OK;
}

static bool interrupted(const clmlp_run *r)
{
    return clmlp_cancel_requested(r->config.cancel);
}

/* Reading its cost waits for all that the step did. */
static clmlp_status wait_for_first_step(clmlp_run *r, clmlp_error *error)
{
    TRY(r->backend->ops->scores_read(r->backend, 0, 1, r->scores, error));
    r->config.on_first_step.function(r->config.on_first_step.context);
    return CLMLP_OK;
}

/* One step that is looked at, or as many as the backend likes to take in one call up to one that is. */
static clmlp_status advance(clmlp_run *r, const clmlp_batch *batch, size_t index, bool inspected, size_t *taken,
                            clmlp_error *error)
{
    const bool waits = index == 0 && r->config.on_first_step.function != NULL;
    const size_t number = r->steps_before + index + 1;
    if (!inspected) {
        const size_t most = waits ? 1 : clmlp_run_unseen(r, index, clmlp_batch_loader_ahead(r->train));
        return clmlp_step_advance(r->network, r->train, batch, &r->descent, number, index, most, taken, error);
    }
    *taken = 1;
    TRY(clmlp_step_take(r->network, batch, &r->descent, number, index, error));
    TRY(clmlp_batch_loader_done(r->train, error));
    return r->backend->ops->flush(r->backend, error);
}

static void tell_progress(const clmlp_run *r, size_t steps)
{
    const clmlp_on_progress *const tell = &r->config.on_progress;
    if (tell->function != NULL) tell->function(r->epoch, (double)steps / (double)r->steps_per_epoch, tell->context);
}

/* Enqueue the steps of an epoch; *steps is how many there were before an interruption. */
static clmlp_status descend_epoch(clmlp_run *r, size_t *steps, clmlp_error *error)
{
    const size_t report = larger(r->steps_per_epoch / 100, 1);
    clmlp_batch batch;
    size_t taken = 0;

    *steps = r->scored = 0;
    TRY(clmlp_batch_loader_begin(r->train, r->M, r->shuffles, error));
    while (!interrupted(r)) {
        bool inspected = false, again = false;
        TRY(clmlp_batch_loader_next(r->train, &batch, error));
        if (batch.M == 0) break;
        TRY(clmlp_run_before_step(r, *steps, &inspected, error));
        TRY(advance(r, &batch, *steps, inspected, &taken, error));
        if (inspected) TRY(clmlp_run_inspect(r, *steps, &again, error));
        if (again) continue;
        if (*steps == 0 && r->epoch == 1 && r->config.on_first_step.function != NULL) {
            TRY(wait_for_first_step(r, error));
        }
        const bool reports = *steps / report != (*steps + taken) / report;
        *steps += taken;
        if (reports) tell_progress(r, *steps);
    }
    return CLMLP_OK;
}

/* `shown`: what came of showing it to the inspector, with `why`. */
static clmlp_status diverged(clmlp_run *r, size_t epoch, size_t step, clmlp_status shown, const clmlp_error *why,
                             clmlp_error *error)
{
    r->result.diverged_epoch = epoch;
    r->result.diverged_step = step;
    return clmlp_fail(error, CLMLP_DIVERGED,
                      "training diverged: the cost of epoch %zu, step %zu is not finite; the model holds the last good "
                      "theta%s%s",
                      epoch, step, shown != CLMLP_OK ? "; the step could not be shown: " : "",
                      shown != CLMLP_OK ? why->message : "");
}

static void keep_theta(clmlp_run *r)
{
    memcpy(r->model->theta, r->theta, clmlp_model_parameters(r->model) * sizeof *r->theta);
    if (r->good != NULL) memcpy(r->good, r->theta, r->block * sizeof *r->theta);
}

/* theta at the start of the epoch is good once its first batch had a finite cost. */
static clmlp_status check_costs(clmlp_run *r, size_t steps, clmlp_error *error)
{
    for (size_t step = 0; step < steps; step++) {
        if (isfinite(r->scores[step].cost)) continue;
        clmlp_error why = {.message = ""};
        const clmlp_status shown = clmlp_run_show_divergence(r, step, &why);
        if (step > 0) keep_theta(r);
        return diverged(r, r->epoch, step + 1, shown, &why, error);
    }
    if (steps > 0) keep_theta(r);
    return CLMLP_OK;
}

/* Read theta, and what the lambda term needs of it. */
static clmlp_status take_theta(clmlp_run *r, clmlp_error *error)
{
    TRY(clmlp_run_get_block(r, r->theta, error));
    r->squares = r->config.lambda > 0.0 ? clmlp_theta_squares(r->model, r->theta) : 0.0;
    return CLMLP_OK;
}

static clmlp_status score_test(clmlp_run *r, clmlp_score *score, clmlp_error *error)
{
    const size_t rows = r->test->capacity, count = clmlp_batches(r->test->m, rows), first = r->steps_per_epoch;
    TRY(clmlp_score_pass(r->network, r->test, rows, r->test_right, first, NULL, error));
    TRY(r->backend->ops->scores_read(r->backend, first, count, r->scores + first, error));
    *score = clmlp_score_of(r->scores + first, count, r->test->m, r->config.lambda, r->squares, r->test_right);
    return CLMLP_OK;
}

static double rate_of(double count, double seconds)
{
    return seconds > 0.0 ? count / seconds : 0.0;
}

static clmlp_status read_costs(clmlp_run *r, size_t steps, clmlp_error *error)
{
    return r->backend->ops->scores_read(r->backend, r->scored, steps - r->scored, r->scores + r->scored, error);
}

/* What an epoch cost, its record, and the callback. */
static clmlp_status finish_epoch(clmlp_run *r, size_t steps, double began, clmlp_error *error)
{
    clmlp_epoch epoch = {.epoch = r->epoch, .epochs = r->config.epochs, .has_test = r->test != NULL};
    TRY(read_costs(r, steps, error));
    epoch.samples_per_second = rate_of((double)r->m, clmlp_seconds() - began);
    TRY(check_costs(r, steps, error));
    epoch.train = clmlp_score_of(r->scores, steps, r->m, r->config.lambda, r->squares, r->train_right);
    TRY(take_theta(r, error));
    if (epoch.has_test) TRY(score_test(r, &epoch.test, error));
    r->result.epochs = r->epoch;
    epoch.step = r->result.steps;
    epoch.seconds = clmlp_seconds() - r->start;
    if (r->history.stream != NULL) TRY(clmlp_history_write(&r->history, &epoch, error));
    if (r->config.on_epoch.function != NULL) r->config.on_epoch.function(&epoch, r->config.on_epoch.context);
    return CLMLP_OK;
}

/* The costs of an epoch that was cut short, and theta as it is. */
static clmlp_status stop_within(clmlp_run *r, size_t steps, clmlp_error *error)
{
    TRY(read_costs(r, steps, error));
    TRY(check_costs(r, steps, error));
    return take_theta(r, error);
}

/* The cost of all data is not finite under the final theta. */
static clmlp_status end_diverged(clmlp_run *r, size_t rows, size_t count, clmlp_error *error)
{
    clmlp_error why = {.message = ""};
    size_t batch = 0;
    while (batch + 1 < count && isfinite(r->scores[batch].cost)) batch++;
    const clmlp_status shown = clmlp_run_show_end(r, batch * rows, smaller(rows, r->m - batch * rows), &why);
    return diverged(r, r->result.epochs, r->result.steps, shown, &why, error);
}

/* J of the final theta over all data; from here on the model holds it. */
static clmlp_status finish(clmlp_run *r, clmlp_error *error)
{
    const size_t rows = r->train->capacity, count = clmlp_batches(r->m, rows);
    r->result.seconds = clmlp_seconds() - r->start;
    r->result.samples_per_second = rate_of((double)r->result.epochs * (double)r->m, r->result.seconds);
    TRY(clmlp_score_pass(r->network, r->train, rows, r->train_right, 0, NULL, error));
    TRY(r->backend->ops->scores_read(r->backend, 0, count, r->scores, error));
    r->result.train = clmlp_score_of(r->scores, count, r->m, r->config.lambda, r->squares, r->train_right);
    if (!isfinite(r->result.train.cost)) return end_diverged(r, rows, count, error);
    memcpy(r->model->theta, r->theta, clmlp_model_parameters(r->model) * sizeof *r->theta);
    r->result.has_test = r->test != NULL;
    if (r->test != NULL) TRY(score_test(r, &r->result.test, error));
    return CLMLP_OK;
}

/* The gradient-descent loop. */
static clmlp_status descend(clmlp_run *r, clmlp_error *error)
{
    r->start = clmlp_seconds();
    TRY(take_theta(r, error));
    if (r->good != NULL) memcpy(r->good, r->theta, r->block * sizeof *r->theta);
    if (r->shuffles) clmlp_batch_loader_shuffle(r->train, r->config.seed, 1);
    for (size_t epoch = 1; epoch <= r->config.epochs; epoch++) {
        const double began = clmlp_seconds();
        size_t steps = 0;
        r->epoch = epoch;
        r->steps_before = r->result.steps;
        const clmlp_status status = descend_epoch(r, &steps, error);
        r->result.steps += steps;
        TRY(status);
        if (interrupted(r) && steps < r->steps_per_epoch) {
            TRY(stop_within(r, steps, error));
            break;
        }
        /* while the device is still busy with this epoch */
        if (r->shuffles) clmlp_batch_loader_shuffle(r->train, r->config.seed, r->epoch + 1);
        TRY(finish_epoch(r, steps, began, error));
        if (interrupted(r)) break;
    }
    const bool cut_short = interrupted(r) && r->result.epochs < r->config.epochs;
    TRY(finish(r, error));
    if (!cut_short) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_INTERRUPTED, "interrupted after %zu of %zu epochs", r->result.epochs,
                      r->config.epochs);
}

static void release(clmlp_run *r)
{
    clmlp_run_leave(r);
    clmlp_device_close(r->cpu);
    free(r->good);
    free(r->before);
    free(r->after);
    free(r->theta);
    free(r->scores);
}

clmlp_status clmlp_train(clmlp_model *model, clmlp_device *device, const clmlp_dataset *train,
                         const clmlp_dataset *test, const clmlp_train_config *config, clmlp_train_result *result,
                         clmlp_error *error)
{
    clmlp_run r = {.model = model, .train_data = train, .test_data = test};
    clmlp_error history_error = {.status = CLMLP_OK};

    if (result != NULL) TRY(clmlp_structure_check(result, "result", error));
    clmlp_structure_give(result, &r.result, sizeof r.result);
    REQUIRE(model != NULL, "model");
    REQUIRE(device != NULL, "device");
    REQUIRE(train != NULL, "train");
    r.config = clmlp_train_config_default();
    TRY(clmlp_structure_take(&r.config, sizeof r.config, config, "config", error));
    TRY(check(model, train, test, &r.config, error));
    clmlp_status status = prepare(&r, device, error);
    if (status == CLMLP_OK) {
        model->lambda = r.config.lambda;
        model->precision = device->backend->precision;
        status = descend(&r, error);
    }
    /* save the history, however training ended */
    if (r.history.stream != NULL) {
        const clmlp_status kept = clmlp_output_commit(&r.history, &history_error);
        if (status == CLMLP_OK && kept != CLMLP_OK) status = clmlp_fail(error, kept, "%s", history_error.message);
    }
    release(&r);
    clmlp_structure_give(result, &r.result, sizeof r.result);
    return status;
}
