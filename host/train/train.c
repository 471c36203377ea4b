#include "clmlp/train.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "train/history.h"
#include "train/score.h"

enum { SCORE_ROWS = 512 }; /* rows of a batch when only scoring: large enough to be worth a launch */

#define NAME_OF(name, text) text,
static const char *const optimizer_names[] = {CLMLP_OPTIMIZER_LIST(NAME_OF)};
#undef NAME_OF

const char *clmlp_optimizer_name(clmlp_optimizer optimizer)
{
    return (unsigned)optimizer < CLMLP_OPTIMIZER_COUNT ? optimizer_names[optimizer] : "?";
}

bool clmlp_optimizer_parse(const char *name, clmlp_optimizer *optimizer)
{
    const size_t index = clmlp_find_name(optimizer_names, CLMLP_OPTIMIZER_COUNT, name);
    if (index == CLMLP_OPTIMIZER_COUNT) return false;
    *optimizer = (clmlp_optimizer)index;
    return true;
}

clmlp_train_config clmlp_train_config_default(void)
{
    return (clmlp_train_config){
        .rate = 0.5, .lambda = 0.0, .epochs = 30, .batch = 32, .seed = 1, .shuffle = true, .optimizer = CLMLP_SGD};
}

/* A run under way. */
typedef struct run {
    clmlp_model *model;
    clmlp_backend *backend;
    clmlp_train_config config;
    size_t m, M, steps_per_epoch, score_rows;
    bool shuffles;
    clmlp_network *network;
    clmlp_feed *train, *test;
    clmlp_right train_right, test_right;
    clmlp_batch_score *scores; /* as many as slots are read at once */
    double *theta;             /* at the start of the epoch, laid out as the model's */
    double squares;            /* of that theta */
    clmlp_output_file history;
    clmlp_train_result result;
    double start;
} run;

static clmlp_status check(const clmlp_model *model, const clmlp_dataset *train, const clmlp_dataset *test,
                          const clmlp_train_config *config, clmlp_error *error)
{
    if (!(config->rate > 0.0) || !isfinite(config->rate)) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "the learning rate is %g (expected a number > 0)", config->rate);
    }
    if (!(config->lambda >= 0.0) || !isfinite(config->lambda)) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "lambda is %g (expected a number >= 0)", config->lambda);
    }
    if (config->epochs == 0 || config->epochs > UINT32_MAX) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%zu epochs (expected 1 .. 4294967295)", config->epochs);
    }
    if ((unsigned)config->optimizer >= CLMLP_OPTIMIZER_COUNT) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "there is no optimizer number %d", (int)config->optimizer);
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

static clmlp_status prepare(run *r, const clmlp_dataset *train, const clmlp_dataset *test, clmlp_error *error)
{
    const clmlp_scaling *scaling = &r->model->scaling;
    r->m = train->m;
    r->M = r->config.batch == 0 ? train->m : r->config.batch;
    r->shuffles = r->config.shuffle && r->M < r->m;
    r->steps_per_epoch = clmlp_batches(r->m, r->M);
    r->score_rows = larger(r->M, smaller(SCORE_ROWS, r->m));
    r->train_right = clmlp_right_for(r->model, train);
    TRY(clmlp_network_create(&r->network, r->backend, r->model, r->score_rows, CLMLP_FOR_TRAINING, error));
    size_t slots = r->steps_per_epoch;
    if (test != NULL) slots += clmlp_batches(test->m, smaller(r->score_rows, test->m));
    slots = larger(slots, clmlp_batches(r->m, r->score_rows));
    const size_t scored = r->m + (test != NULL ? test->m : 0);
    TRY(r->backend->ops->scores_reserve(r->backend, slots, r->score_rows, scored, error));
    if (test != NULL) {
        r->test_right = clmlp_right_for(r->model, test);
        TRY(clmlp_feed_create(&r->test, r->backend, test, scaling, smaller(r->score_rows, test->m), false, true,
                              error));
    }
    TRY(clmlp_feed_create(&r->train, r->backend, train, scaling, r->score_rows, r->shuffles, true, error));
    r->result.streamed = r->train->streamed;
    TRY(clmlp_allocate(&r->scores, slots, sizeof *r->scores, "the costs of an epoch", error));
    TRY(clmlp_allocate(&r->theta, clmlp_model_parameters(r->model), sizeof *r->theta, "theta", error));
    if (r->config.history_path != NULL) TRY(clmlp_output_open(&r->history, r->config.history_path, error));
    return CLMLP_OK;
}

static bool interrupted(const run *r)
{
    return r->config.interrupt != NULL && *r->config.interrupt != 0;
}

/* Reading its cost waits for all that the step did. */
static clmlp_status wait_for_first_step(run *r, clmlp_error *error)
{
    TRY(r->backend->ops->scores_read(r->backend, 0, 1, r->scores, error));
    r->config.on_first_step(r->config.context);
    return CLMLP_OK;
}

/* As many steps as the backend likes to take in one call, from this batch on. */
static clmlp_status steps_at_once(run *r, const clmlp_batch *batch, size_t step, double decay, size_t *taken,
                                  clmlp_error *error)
{
    const bool first = step == 0 && r->config.on_first_step != NULL;
    TRY(clmlp_many_steps(r->network, batch, first ? 1 : clmlp_feed_ahead(r->train), r->train_right, step,
                         r->config.rate, decay, taken, error));
    if (*taken > 1) clmlp_feed_skip(r->train, *taken - 1);
    return CLMLP_OK;
}

/* Enqueue the steps of an epoch; *steps is how many there were before an interruption. */
static clmlp_status descend_epoch(run *r, size_t epoch, size_t *steps, clmlp_error *error)
{
    const double decay = r->config.lambda / (double)r->m;
    const size_t report = larger(r->steps_per_epoch / 100, 1);
    clmlp_batch batch;
    size_t taken = 0;

    *steps = 0;
    TRY(clmlp_feed_begin(r->train, r->M, r->shuffles, error));
    while (!interrupted(r)) {
        TRY(clmlp_feed_next(r->train, &batch, error));
        if (batch.M == 0) break;
        TRY(steps_at_once(r, &batch, *steps, decay, &taken, error));
        if (taken == 0) {
            TRY(clmlp_forward(r->network, &batch, error));
            TRY(clmlp_backward(r->network, &batch, r->train_right, *steps, error));
            TRY(clmlp_descend(r->network, &batch, r->config.rate, decay, error));
            taken = 1;
        }
        TRY(clmlp_feed_done(r->train, error));
        TRY(r->backend->ops->flush(r->backend, error));
        if (*steps == 0 && epoch == 1 && r->config.on_first_step != NULL) TRY(wait_for_first_step(r, error));
        const bool reports = *steps / report != (*steps + taken) / report;
        *steps += taken;
        if (r->config.on_progress != NULL && reports) {
            r->config.on_progress(epoch, (double)*steps / (double)r->steps_per_epoch, r->config.context);
        }
    }
    return CLMLP_OK;
}

static clmlp_status diverged(run *r, size_t epoch, size_t step, clmlp_error *error)
{
    r->result.diverged_epoch = epoch;
    r->result.diverged_step = step;
    return clmlp_fail(error, CLMLP_DIVERGED,
                      "training diverged: the cost of epoch %zu, step %zu is not finite; the model holds the last good "
                      "theta",
                      epoch, step);
}

/* theta at the start of the epoch is good once its first batch had a finite cost. */
static clmlp_status check_costs(run *r, size_t epoch, size_t steps, clmlp_error *error)
{
    for (size_t step = 0; step < steps; step++) {
        if (isfinite(r->scores[step].cost)) continue;
        if (step > 0) memcpy(r->model->theta, r->theta, clmlp_model_parameters(r->model) * sizeof *r->theta);
        return diverged(r, epoch, step + 1, error);
    }
    if (steps > 0) memcpy(r->model->theta, r->theta, clmlp_model_parameters(r->model) * sizeof *r->theta);
    return CLMLP_OK;
}

/* Read theta, and what the lambda term needs of it. */
static clmlp_status take_theta(run *r, clmlp_error *error)
{
    TRY(clmlp_network_get_theta(r->network, r->model, r->theta, error));
    r->squares = r->config.lambda > 0.0 ? clmlp_theta_squares(r->model, r->theta) : 0.0;
    return CLMLP_OK;
}

static clmlp_status score_test(run *r, clmlp_score *score, clmlp_error *error)
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

/* What an epoch cost, its record, and the callback. */
static clmlp_status finish_epoch(run *r, size_t number, size_t steps, double began, bool *go_on, clmlp_error *error)
{
    clmlp_epoch epoch = {.epoch = number, .epochs = r->config.epochs, .has_test = r->test != NULL};
    TRY(r->backend->ops->scores_read(r->backend, 0, steps, r->scores, error));
    epoch.samples_per_second = rate_of((double)r->m, clmlp_seconds() - began);
    TRY(check_costs(r, number, steps, error));
    epoch.train = clmlp_score_of(r->scores, steps, r->m, r->config.lambda, r->squares, r->train_right);
    TRY(take_theta(r, error));
    if (epoch.has_test) TRY(score_test(r, &epoch.test, error));
    r->result.epochs = number;
    epoch.step = r->result.steps;
    epoch.seconds = clmlp_seconds() - r->start;
    if (r->history.stream != NULL) TRY(clmlp_history_write(&r->history, &epoch, error));
    if (r->config.on_epoch != NULL) *go_on = r->config.on_epoch(&epoch, r->config.context);
    return CLMLP_OK;
}

/* The costs of an epoch that was cut short, and theta as it is. */
static clmlp_status stop_within(run *r, size_t number, size_t steps, clmlp_error *error)
{
    TRY(r->backend->ops->scores_read(r->backend, 0, steps, r->scores, error));
    TRY(check_costs(r, number, steps, error));
    return take_theta(r, error);
}

/* J of the final theta over all data; from here on the model holds it. */
static clmlp_status finish(run *r, clmlp_error *error)
{
    const size_t rows = r->train->capacity, count = clmlp_batches(r->m, rows);
    r->result.seconds = clmlp_seconds() - r->start;
    r->result.samples_per_second = rate_of((double)r->result.epochs * (double)r->m, r->result.seconds);
    TRY(clmlp_score_pass(r->network, r->train, rows, r->train_right, 0, NULL, error));
    TRY(r->backend->ops->scores_read(r->backend, 0, count, r->scores, error));
    r->result.train = clmlp_score_of(r->scores, count, r->m, r->config.lambda, r->squares, r->train_right);
    if (!isfinite(r->result.train.cost)) return diverged(r, r->result.epochs, r->result.steps, error);
    memcpy(r->model->theta, r->theta, clmlp_model_parameters(r->model) * sizeof *r->theta);
    r->result.has_test = r->test != NULL;
    if (r->test != NULL) TRY(score_test(r, &r->result.test, error));
    return CLMLP_OK;
}

/* The gradient-descent loop. */
static clmlp_status descend(run *r, clmlp_error *error)
{
    bool go_on = true;
    r->start = clmlp_seconds();
    TRY(take_theta(r, error));
    if (r->shuffles) clmlp_feed_shuffle(r->train, r->config.seed, 1);
    for (size_t epoch = 1; epoch <= r->config.epochs && go_on; epoch++) {
        const double began = clmlp_seconds();
        size_t steps = 0;
        TRY(descend_epoch(r, epoch, &steps, error));
        r->result.steps += steps;
        if (interrupted(r) && steps < r->steps_per_epoch) {
            TRY(stop_within(r, epoch, steps, error));
            break;
        }
        /* while the device is still busy with this epoch */
        if (r->shuffles) clmlp_feed_shuffle(r->train, r->config.seed, epoch + 1);
        TRY(finish_epoch(r, epoch, steps, began, &go_on, error));
        if (interrupted(r)) break;
    }
    const bool cut_short = interrupted(r) && r->result.epochs < r->config.epochs;
    TRY(finish(r, error));
    if (!cut_short) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_INTERRUPTED, "interrupted after %zu of %zu epochs", r->result.epochs,
                      r->config.epochs);
}

static void release(run *r)
{
    clmlp_feed_destroy(r->test);
    clmlp_feed_destroy(r->train);
    clmlp_network_destroy(r->network);
    free(r->theta);
    free(r->scores);
}

clmlp_status clmlp_train(clmlp_model *model, clmlp_device *device, const clmlp_dataset *train,
                         const clmlp_dataset *test, const clmlp_train_config *config, clmlp_train_result *result,
                         clmlp_error *error)
{
    run r = {.model = model, .backend = device->backend};
    clmlp_error history_error = {.status = CLMLP_OK};

    r.config = config != NULL ? *config : clmlp_train_config_default();
    if (result != NULL) memset(result, 0, sizeof *result);
    TRY(check(model, train, test, &r.config, error));
    clmlp_status status = prepare(&r, train, test, error);
    if (status == CLMLP_OK) {
        model->lambda = r.config.lambda;
        model->precision = device->backend->precision;
        status = descend(&r, error);
    }
    /* what was recorded is kept, however training ended */
    if (r.history.stream != NULL) {
        const clmlp_status kept = clmlp_output_commit(&r.history, &history_error);
        if (status == CLMLP_OK && kept != CLMLP_OK) status = clmlp_fail(error, kept, "%s", history_error.message);
    }
    release(&r);
    if (result != NULL) *result = r.result;
    return status;
}
