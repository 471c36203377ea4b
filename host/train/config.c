/* config.c - what training is configured with, and what may be trained with. */
#include <math.h>
#include <string.h>

#include "base/argument.h"
#include "base/structure.h"
#include "clmlp/train.h"
#include "data/weights.h"
#include "train/dropout.h"
#include "train/inspect.h"
#include "train/run.h"

void clmlp_train_config_init(clmlp_train_config *config, size_t size)
{
    static const clmlp_train_config defaults = {
        .size = sizeof defaults, CLMLP_RULE_DEFAULTS .epochs = 30, .batch = 32, .seed = 1, .shuffle = true};
    clmlp_structure_init(config, size, &defaults, sizeof defaults);
}

/* Of a part of weighed data all may be 0. */
static bool any_weight(const clmlp_dataset *dataset)
{
    for (size_t i = 0; i < dataset->m; i++) {
        if (clmlp_dataset_weight(dataset, i) > 0.0) return true;
    }
    return false;
}

/* What a minimiser does not have. */
static clmlp_status check_minimiser(const clmlp_dataset *train, const clmlp_train_config *config, clmlp_error *error)
{
    const clmlp_minimiser_companions beside = CLMLP_COMPANIONS_OF_CONFIG;
    const char *other = NULL;
    TRY(clmlp_minimiser_check(config->minimiser, &beside, train->m, error));
    if (config->minimiser == CLMLP_NO_MINIMISER) return CLMLP_OK;
    if (config->last_batch == CLMLP_LAST_BATCH_DROP) other = "batches that are dropped (--last-batch)";
    const clmlp_inspector *const inspector = config->inspector;
    if (inspector != NULL && inspector->watch == NULL) other = "this inspector";
    if (other == NULL) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%s cannot be had with %s (sgd and its like can)",
                      clmlp_minimiser_name(config->minimiser), other);
}

/* What several ranks do not have. */
static clmlp_status check_ranks(const clmlp_train_config *config, clmlp_error *error)
{
    REQUIRE_CODE(config->sharing, CLMLP_SHARE_COUNT, "sharing");
    const size_t count = clmlp_ranks_count(config->ranks);
    for (size_t r = 0; config->shares != NULL && r < count; r++) {
        if (config->shares[r] > 0.0 && isfinite(config->shares[r])) continue;
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "the share of rank %zu weighs %g (expected a number > 0)", r,
                          config->shares[r]);
    }
    if (config->short_gradients && (config->local_steps > 1 || config->minimiser != CLMLP_NO_MINIMISER)) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "gradients in 16 bits (--gradients bf16) are not had with %s",
                          config->local_steps > 1 ? "steps of each rank on its own (--local-steps)"
                                                  : clmlp_minimiser_name(config->minimiser));
    }
    if (config->local_steps > 1 && config->minimiser != CLMLP_NO_MINIMISER) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%s has no steps that ranks could take by themselves "
                          "(--local-steps)", clmlp_minimiser_name(config->minimiser));
    }
    if (count <= 1 || config->inspector == NULL) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "steps of %zu ranks cannot be looked at one by one (--self-check): "
                      "mpirun -n %zu clmlp verify does it", count, count);
}

static clmlp_status check_last_batch(const clmlp_train_config *config, size_t m, clmlp_error *error)
{
    REQUIRE_CODE(config->last_batch, CLMLP_LAST_BATCH_COUNT, "last_batch");
    const bool drops = config->last_batch == CLMLP_LAST_BATCH_DROP && config->batch != 0 && m % config->batch != 0;
    if (!drops || config->shuffle) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "the last %zu examples would never be trained on: they are too few "
                      "for a batch, which is dropped, and the order is the same in each epoch", m % config->batch);
}

/* The validation data suit the model, if there are some. */
static clmlp_status check_early_stopping(const clmlp_model *model, const clmlp_train_config *config, clmlp_error *error)
{
    const bool stops = config->early_stopping > 0;
    clmlp_monitor monitor;
    if (!(config->tolerance >= 0.0) || !isfinite(config->tolerance)) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "a tolerance of %g (expected a number >= 0)", config->tolerance);
    }
    if (!stops && !config->keep_best && config->monitor == NULL) return CLMLP_OK;
    if (config->validation == NULL) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%s needs validation data (--validation 0.2 holds some out)",
                          stops ? "early stopping" : config->keep_best ? "keeping the best theta" : "a monitor");
    }
    return clmlp_monitor_choose(&monitor, model, config->validation, config->monitor, error);
}

clmlp_status clmlp_train_check(const clmlp_model *model, const clmlp_dataset *train, const clmlp_dataset *test,
                               const clmlp_train_config *config, clmlp_error *error)
{
    const clmlp_rule_settings rule = CLMLP_RULE_OF_CONFIG;
    TRY(clmlp_rule_check(&rule, model->L, error));
    if (!(config->input_scale_rate >= 0.0) || !isfinite(config->input_scale_rate)) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "the factor of the rate of the inputs' scale is %g (expected a "
                          "number >= 0)", config->input_scale_rate);
    }
    if (config->input_scale_rate > 0.0 && config->minimiser != CLMLP_NO_MINIMISER) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT,
                          "a scale of the inputs (--input-scale-rate) and lbfgs or cg do not go together");
    }
    TRY(check_minimiser(train, config, error));
    TRY(check_ranks(config, error));
    const clmlp_model *const members = config->members;
    if (members != NULL && (members->L != model->L || memcmp(members->s, model->s, model->L * sizeof *model->s) != 0)) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "the members of the ensemble (config.members) are other networks");
    }
    if (config->epochs == 0 || config->epochs > UINT32_MAX) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%zu epochs (expected 1 .. 4294967295)", config->epochs);
    }
    if (!(config->checkpoint_seconds >= 0.0) || isinf(config->checkpoint_seconds)) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "a checkpoint every %g seconds (expected a number >= 0)",
                          config->checkpoint_seconds);
    }
    TRY(clmlp_model_check_single(model, "training", error));
    if (model->L > 2 && model->activation == CLMLP_STEP) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT,
                          "a network with the step activation cannot be trained: its derivative is 0, so no gradient "
                          "reaches the hidden layers (it can only predict; use sigmoid, tanh or relu)");
    }
    TRY(clmlp_dropout_check(config->dropout, config->dropout_count, model, error));
    TRY(clmlp_model_check_data(model, train, true, "training data", error));
    if (train->target_kind == CLMLP_TARGET_CLASSES && train->K < 2) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT,
                          "the training data has one class only, '%s': there is nothing to tell apart",
                          train->class_names[0]);
    }
    if (!any_weight(train)) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "all of the %zu training examples weigh 0", train->m);
    }
    if (test != NULL) TRY(clmlp_model_check_data(model, test, true, "test data", error));
    if (config->validation != NULL) {
        TRY(clmlp_model_check_data(model, config->validation, true, "validation data", error));
    }
    TRY(check_early_stopping(model, config, error));
    if (train->m > UINT32_MAX) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%zu training examples (at most 4294967295)", train->m);
    }
    if (config->batch > train->m) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "a batch of %zu is larger than the training data: %zu examples",
                          config->batch, train->m);
    }
    return check_last_batch(config, train->m, error);
}
