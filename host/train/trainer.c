/* trainer.c - training step by step or epoch by epoch, in the caller's own loop; clmlp_train is one such loop. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/argument.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/structure.h"
#include "data/fingerprint.h"
#include "train/checkpoint/checkpoint.h"
#include "train/dropout.h"
#include "train/run.h"

struct clmlp_trainer {
    clmlp_run run;
    bool ended; /* finished, or failed: no more steps */
};

/* When its rows count as right; returns the batches of a pass over it. */
static size_t prepare_held_out(const clmlp_run *r, clmlp_held_out *held)
{
    if (held->data == NULL) return 0;
    held->right = clmlp_right_for(r->model, held->data);
    return clmlp_batches(held->data->m, clmlp_smaller(r->score_rows, held->data->m));
}

static clmlp_status prepare(clmlp_run *r, clmlp_device *device, clmlp_error *error)
{
    r->m = r->train_data->m;
    r->M = r->config.batch == 0 ? r->m : r->config.batch;
    r->shuffles = r->config.shuffle && r->M < r->m;
    const bool drops = r->config.last_batch == CLMLP_LAST_BATCH_DROP;
    r->steps_per_epoch = drops ? r->m / r->M : clmlp_batches(r->m, r->M);
    r->epoch_rows = drops ? r->steps_per_epoch * r->M : r->m;
    r->score_rows = clmlp_larger(r->M, clmlp_score_rows(r->train_data));
    r->train_right = clmlp_right_for(r->model, r->train_data);
    const clmlp_train_config *const config = &r->config;
    r->descent = (clmlp_descent){.rule = CLMLP_RULE_OF_CONFIG, .decay = r->config.lambda / (double)r->m,
                                 .input_scale_rate = config->input_scale_rate, .right = r->train_right,
                                 .dropout = clmlp_dropouts_for(config->dropout, config->dropout_count, config->seed)};
    r->descent.rule.schedule.steps = r->config.epochs * r->steps_per_epoch;
    TRY(clmlp_rule_check(&r->descent.rule, r->model->L, error)); /* what the number of steps decides */
    TRY(clmlp_rule_check_rounded(&r->descent.rule, r->model->L, r->model->s, device->backend->precision, error));
    TRY(clmlp_rule_check_input_scale(&r->descent.rule, config->input_scale_rate, device->backend->precision, error));
    TRY(clmlp_lambda_check(config->lambda, r->m, device->backend->precision, error));
    if (config->short_gradients && device->backend->precision != CLMLP_F32) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "gradients in 16 bits (--gradients bf16) are not had with f64");
    }
    const clmlp_smoothing smoothing = clmlp_smoothing_for(r->model, config->label_smoothing);
    TRY(clmlp_smoothing_check(&smoothing, device->backend->precision, error));
    TRY(clmlp_divergence_measure(&r->divergence, r->model, r->train_data, &smoothing, device->backend->precision,
                                 error));
    r->result.mean_cost = r->divergence.mean;
    if (clmlp_run_keeps_best(r) || config->monitor != NULL) {
        TRY(clmlp_monitor_choose(&r->monitor, r->model, r->validation.data, config->monitor, error));
    }
    r->patience = (clmlp_patience){.more = r->monitor.more, .tolerance = config->tolerance,
                                   .epochs = config->early_stopping, .min_epochs = config->min_epochs};
    const size_t validation_slots = prepare_held_out(r, &r->validation), test_slots = prepare_held_out(r, &r->test);
    r->slots = r->steps_per_epoch + clmlp_larger(validation_slots, test_slots);
    r->slots = clmlp_larger(r->slots, clmlp_batches(r->m, r->score_rows));
    TRY(clmlp_run_place(r, device, error));
    r->result.streamed = r->train->streamed;
    TRY(clmlp_allocate(&r->scores, r->slots, sizeof *r->scores, "the costs of an epoch", error));
    TRY(clmlp_allocate(&r->pass, clmlp_batches(r->m, r->score_rows), sizeof *r->pass, "the costs of a pass", error));
    r->block = clmlp_model_parameters(r->model) + clmlp_network_state_size(r->network, r->model);
    TRY(clmlp_allocate(&r->theta, r->block, sizeof *r->theta, "theta", error));
    if (r->config.local_steps > 1) {
        TRY(clmlp_allocate(&r->local, r->block + 1, sizeof *r->local, "theta that is averaged", error));
    }
    if (r->config.inspector != NULL) {
        TRY(clmlp_allocate(&r->good, r->block, sizeof *r->good, "theta of the last good epoch", error));
        TRY(clmlp_allocate(&r->before, r->block, sizeof *r->before, "theta before a step", error));
        TRY(clmlp_allocate(&r->after, r->block, sizeof *r->after, "theta after a step", error));
    }
    return CLMLP_OK;
}

/* All ranks have come so far, with the same data. What is different in their settings is the caller's to find. */
static clmlp_status join_ranks(clmlp_run *r, clmlp_status status, clmlp_error *error)
{
    clmlp_ranks *const ranks = r->config.ranks;
    char device[2048] = "";
    if (clmlp_ranks_count(ranks) <= 1) return status;
    TRY(clmlp_ranks_agree(ranks, status, error));
    const uint64_t train = clmlp_dataset_checksum(r->train_data), held = clmlp_dataset_checksum(r->validation.data);
    TRY(clmlp_ranks_same(ranks, "training data", &train, sizeof train, error));
    TRY(clmlp_ranks_same(ranks, "validation data", &held, sizeof held, error));
    clmlp_sharing_describe(r->device, device, sizeof device);
    TRY(clmlp_sharing_create(&r->sharing, ranks, r->model->L, &r->config, device, error));
    r->sharing->limits = clmlp_score_limits_of(r->train_data, r->M, r->M);
    r->result.shared_by_speed = r->sharing->measures;
    /* what goes in another form, or seldom, is not summed where it lies */
    if (!r->sharing->alike || r->config.short_gradients || r->config.local_steps > 1) return CLMLP_OK;
    return clmlp_network_share_gradients(r->network, ranks, error);
}

/* What training begins with: theta as it is, or all that a checkpoint has; and the order of the next batches. The
 * history comes last, so that what fails before it changes no file. */
static clmlp_status begin(clmlp_run *r, clmlp_error *error)
{
    const char *const resumed = r->config.resume_path, *const history = r->config.history_path;
    TRY(clmlp_run_minimises(r, error));
    r->start = r->saved_at = r->epoch_began = clmlp_seconds();
    r->saved_steps = SIZE_MAX;
    if (resumed != NULL) TRY(clmlp_run_restore(r, resumed, error));
    else TRY(clmlp_run_take_theta(r, error));
    /* its theta is finite, so no epoch before it is ever looked at again */
    if (r->good != NULL) memcpy(r->good, r->theta, r->block * sizeof *r->theta);
    if (r->shuffles) clmlp_batch_loader_shuffle(r->train, r->config.seed, r->under_way ? r->epoch : r->epoch + 1);
    return history != NULL && resumed == NULL ? clmlp_history_open(&r->history, history, error) : CLMLP_OK;
}

/* `status`: what came of preparing it here. */
static clmlp_status begin_together(clmlp_run *r, clmlp_status status, clmlp_error *error)
{
    clmlp_ranks *const ranks = r->config.ranks;
    TRY(join_ranks(r, status, error));
    status = begin(r, error);
    if (r->sharing == NULL) return status;
    clmlp_exchange_times before;
    if (status == CLMLP_OK) {
        status = clmlp_sharing_tell(r->sharing, &r->config.on_shares, r->M, r->result.epochs, error);
    }
    status = clmlp_ranks_agree(ranks, status, error);
    if (status == CLMLP_OK) {
        status = clmlp_sharing_check_start(r->sharing, r->theta, r->block, r->result.epochs, r->result.steps, r->done,
                                           error);
    }
    clmlp_exchange_take_times(ranks, &before); /* what follows is counted */
    return status;
}

clmlp_status clmlp_trainer_create(clmlp_trainer **out, clmlp_model *model, clmlp_device *device,
                                  const clmlp_dataset *train, const clmlp_dataset *test,
                                  const clmlp_train_config *config, clmlp_error *error)
{
    clmlp_trainer *trainer = NULL;
    clmlp_status status = CLMLP_OK;
    clmlp_train_config own = clmlp_train_config_default();
    REQUIRE(out != NULL, "out");
    REQUIRE(model != NULL, "model");
    REQUIRE(device != NULL, "device");
    REQUIRE(train != NULL, "train");
    TRY(clmlp_structure_take(&own, sizeof own, config, "config", error));
    status = clmlp_train_check(model, train, test, &own, error);
    if (status == CLMLP_OK) status = clmlp_allocate(&trainer, 1, sizeof *trainer, "a trainer", error);
    if (clmlp_ranks_count(own.ranks) > 1) status = clmlp_ranks_agree(own.ranks, status, error); /* before one fails */
    if (status != CLMLP_OK) {
        free(trainer);
        return status;
    }
    trainer->run = (clmlp_run){.model = model, .train_data = train, .test = {.data = test},
                               .validation = {.data = own.validation}, .config = own,
                               .result = {.size = sizeof trainer->run.result, .best = (double)NAN}};
    TRY_CLEANUP(prepare(&trainer->run, device, error));
    model->lambda = own.lambda;
    model->precision = device->backend->precision;
    TRY_CLEANUP(clmlp_model_adopt_columns(model, train, error));
cleanup:
    status = begin_together(&trainer->run, status, error);
    if (status == CLMLP_OK) *out = trainer;
    else clmlp_trainer_destroy(trainer);
    return status;
}

void clmlp_trainer_destroy(clmlp_trainer *trainer)
{
    if (trainer == NULL) return;
    clmlp_run *const r = &trainer->run;
    clmlp_history_close(&r->history);
    clmlp_run_leave(r);
    clmlp_device_close(r->cpu);
    clmlp_sharing_destroy(r->sharing);
    free(r->local);
    free(r->good);
    free(r->before);
    free(r->after);
    free(r->theta);
    free(r->pass);
    free(r->scores);
    free(trainer);
}

/* --- training -------------------------------------------------------------------------------------------------- */

/* A file that cannot be written takes nothing of what was learned: the model gets the last theta, or the best one. That
 * failure is what is told, whatever follows. */
static void hold_what_was_learned(clmlp_run *r)
{
    if (clmlp_run_stop(r, NULL) == CLMLP_OK) (void)clmlp_run_finish(r, NULL);
}

/* Of the machine, not of the training or a file. */
static bool is_failure(clmlp_status status)
{
    return status == CLMLP_DEVICE || status == CLMLP_OUT_OF_MEMORY || status == CLMLP_RANKS;
}

/* What the others cannot know of: what all come to alike is no news. */
static void tell_ranks(const clmlp_run *r, clmlp_status status, const clmlp_error *error)
{
    const bool known = status == CLMLP_OK || status == CLMLP_INTERRUPTED || status == CLMLP_DIVERGED ||
                       status == CLMLP_MISMATCH || status == CLMLP_RANKS;
    if (r->sharing == NULL || known) return;
    clmlp_ranks_fail(r->sharing->ranks, status, error != NULL ? error->message : clmlp_status_text(status));
}

static clmlp_status run_steps(clmlp_trainer *trainer, size_t most, clmlp_error *error)
{
    REQUIRE(trainer != NULL, "trainer");
    if (trainer->ended) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "argument 'trainer': its training has ended");
    }
    if (trainer->run.stopped) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "argument 'trainer': early stopping has ended its training after "
                          "%zu epochs", trainer->run.result.epochs);
    }
    if (clmlp_trainer_epochs_left(trainer) == 0) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "argument 'trainer': all of its %zu epochs are done",
                          trainer->run.config.epochs);
    }
    const clmlp_status status = clmlp_run_steps(&trainer->run, most, error);
    /* whoever is asked to stop may be asked for its score */
    trainer->ended = status != CLMLP_OK && status != CLMLP_INTERRUPTED;
    tell_ranks(&trainer->run, status, error);
    if (status == CLMLP_IO && trainer->run.sharing == NULL) hold_what_was_learned(&trainer->run);
    const bool lost = is_failure(status) || (status == CLMLP_IO && trainer->run.sharing != NULL);
    if (lost) clmlp_run_hold_last(&trainer->run);
    return status;
}

clmlp_status clmlp_trainer_run_epoch(clmlp_trainer *trainer, clmlp_error *error)
{
    return run_steps(trainer, SIZE_MAX, error);
}

clmlp_status clmlp_trainer_run_step(clmlp_trainer *trainer, double *cost, clmlp_error *error)
{
    REQUIRE(trainer != NULL, "trainer");
    clmlp_run *const r = &trainer->run;
    TRY(run_steps(trainer, 1, error));
    TRY(clmlp_run_read_costs(r, error));
    const size_t index = r->done - 1, first = index * r->M, left = r->m - first;
    if (!isfinite(r->scores[index].cost)) {
        trainer->ended = true;
        return clmlp_run_check(r, error);
    }
    if (cost != NULL) *cost = r->scores[index].cost / (double)(left < r->M ? left : r->M);
    return CLMLP_OK;
}

clmlp_status clmlp_trainer_finish(clmlp_trainer *trainer, clmlp_train_result *result, clmlp_error *error)
{
    REQUIRE(trainer != NULL, "trainer");
    if (result != NULL) TRY(clmlp_structure_check(result, "result", error));
    clmlp_run *const r = &trainer->run;
    clmlp_status status = CLMLP_OK;
    if (trainer->ended) {
        clmlp_structure_give(result, &r->result, sizeof r->result);
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "argument 'trainer': its training has ended");
    }
    trainer->ended = true;
    TRY_CLEANUP(clmlp_run_stop(r, error));
    TRY_CLEANUP(clmlp_run_finish(r, error));
cleanup:
    tell_ranks(r, status, error);
    if (is_failure(status)) clmlp_run_hold_last(r);
    clmlp_structure_give(result, &r->result, sizeof r->result);
    return status;
}

const clmlp_train_result *clmlp_trainer_own_result(const clmlp_trainer *trainer)
{
    return &trainer->run.result;
}

clmlp_run *clmlp_trainer_own_run(clmlp_trainer *trainer)
{
    return &trainer->run;
}

/* --- looking at it --------------------------------------------------------------------------------------------- */

size_t clmlp_trainer_epochs(const clmlp_trainer *trainer)
{
    return trainer != NULL ? trainer->run.result.epochs : 0;
}

size_t clmlp_trainer_epochs_left(const clmlp_trainer *trainer)
{
    if (trainer == NULL || trainer->run.stopped || clmlp_run_is_minimised(&trainer->run)) return 0;
    return trainer->run.config.epochs - trainer->run.result.epochs;
}

size_t clmlp_trainer_steps(const clmlp_trainer *trainer)
{
    return trainer != NULL ? trainer->run.result.steps : 0;
}

/* theta and state as they are now: *out [block], released with free(). */
static clmlp_status take_block(clmlp_run *r, double **out, clmlp_error *error)
{
    TRY(clmlp_allocate(out, r->block, sizeof **out, "theta", error));
    return clmlp_run_get_block(r, *out, error);
}

clmlp_status clmlp_trainer_score(clmlp_trainer *trainer, clmlp_score *train, clmlp_score *test, clmlp_error *error)
{
    REQUIRE(trainer != NULL, "trainer");
    REQUIRE(train != NULL, "train");
    REQUIRE(test == NULL || trainer->run.test.data != NULL, "test");
    clmlp_run *const r = &trainer->run;
    double *block = NULL;
    clmlp_status status = CLMLP_OK;
    TRY_CLEANUP(take_block(r, &block, error));
    const double squares = r->config.lambda > 0.0 ? clmlp_theta_squares(r->model, block) : 0.0;
    TRY_CLEANUP(clmlp_run_score(r, squares, train, test, error));
cleanup:
    free(block);
    return status;
}

clmlp_status clmlp_trainer_get_theta(clmlp_trainer *trainer, size_t l, double *theta, clmlp_error *error)
{
    REQUIRE(trainer != NULL, "trainer");
    REQUIRE(l >= 1 && l < trainer->run.model->L, "l");
    REQUIRE(theta != NULL, "theta");
    const clmlp_model *const model = trainer->run.model;
    double *block = NULL;
    clmlp_status status = CLMLP_OK;
    TRY_CLEANUP(take_block(&trainer->run, &block, error));
    memcpy(theta, block + model->theta_at[l - 1], (model->theta_at[l] - model->theta_at[l - 1]) * sizeof *theta);
cleanup:
    free(block);
    return status;
}

clmlp_status clmlp_trainer_save(clmlp_trainer *trainer, const char *path, clmlp_error *error)
{
    REQUIRE(trainer != NULL, "trainer");
    REQUIRE(path != NULL, "path");
    clmlp_model *const model = trainer->run.model;
    double *block = NULL, *const own = model->theta;
    clmlp_status status = CLMLP_OK;
    TRY_CLEANUP(take_block(&trainer->run, &block, error));
    model->theta = block; /* the model itself keeps its last good theta */
    status = clmlp_model_save(model, path, error);
    model->theta = own;
cleanup:
    free(block);
    return status;
}

clmlp_status clmlp_trainer_checkpoint(clmlp_trainer *trainer, const char *path, clmlp_error *error)
{
    REQUIRE(trainer != NULL, "trainer");
    REQUIRE(path != NULL, "path");
    if (trainer->ended || trainer->run.cut_short) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "argument 'trainer': its training has ended");
    }
    return clmlp_run_save(&trainer->run, path, error);
}
