/* ensemble.c - clmlp train --ensemble: members of other seeds, each on all examples or on all but a fold. */
#include "commands/ensemble.h"

#include "message.h"

typedef clmlp_cli_ensemble_plan ensemble_plan;

/* What one member is trained on: all examples, or all but a fold, by which its epoch is chosen. */
typedef struct member_data {
    const clmlp_dataset *train;
    clmlp_dataset *held_out, *rest; /* of folds */
} member_data;

static void give_back(member_data *data)
{
    clmlp_dataset_destroy(data->held_out);
    clmlp_dataset_destroy(data->rest);
}

static clmlp_status take_data(member_data *data, const ensemble_plan *plan, size_t number, clmlp_train_config *config,
                              clmlp_error *error)
{
    const clmlp_cli_train_options *const o = plan->options;
    *data = (member_data){.train = plan->train};
    if (o->members == 1 || o->members_by != CLMLP_CLI_BY_FOLDS) return CLMLP_OK;
    const clmlp_status status = clmlp_dataset_fold_alike(plan->train, o->members, number, o->config.seed,
                                                         &data->held_out, &data->rest, error);
    if (status != CLMLP_OK) return status;
    data->train = data->rest;
    config->validation = data->held_out;
    config->keep_best = config->early_stopping == 0;
    if (config->batch > clmlp_dataset_examples(data->rest)) config->batch = 0;
    return CLMLP_OK;
}

static void note_best(const member_data *data, size_t number, const clmlp_train_result *result)
{
    if (data->held_out == NULL || result->best_epoch == 0) return;
    clmlp_cli_note("member %zu: kept epoch %zu of %zu, the best on the %zu examples that it left out", number + 1,
                   result->best_epoch, result->epochs, clmlp_dataset_examples(data->held_out));
}

static clmlp_status train_first(clmlp_model *model, const ensemble_plan *plan, clmlp_train_result *result,
                                clmlp_error *error)
{
    member_data data;
    clmlp_train_config config = plan->options->config;
    clmlp_status status = take_data(&data, plan, 0, &config, error);
    if (status == CLMLP_OK) {
        status = clmlp_train(model, plan->device, data.train, plan->test, &config, result, error);
    }
    if (status == CLMLP_OK) note_best(&data, 0, result);
    if (data.held_out != NULL) {
        result->best_epoch = 0;
        result->has_validation = plan->has_validation;
    }
    give_back(&data);
    return status;
}

/* One more member: the same settings, another seed. *result: that of the members before it, then of all. */
static clmlp_status train_member(clmlp_model *model, const ensemble_plan *plan, size_t number,
                                 clmlp_train_result *result, clmlp_error *error)
{
    const clmlp_cli_train_options *const o = plan->options;
    clmlp_model *member = NULL;
    member_data data;
    clmlp_train_result own = {.size = sizeof own};
    clmlp_train_config config = o->config;
    config.seed += number;
    config.history_path = NULL; /* it is the first member's, as the checks are */
    config.inspector = NULL;
    config.checkpoint_path = NULL;
    clmlp_status status = take_data(&data, plan, number, &config, error);
    if (status == CLMLP_OK) {
        /* all of `train`, so that scaling is the same in each member */
        status = clmlp_cli_make_model(&o->network, clmlp_model_output(model), config.seed, plan->train, &member, error);
    }
    if (status == CLMLP_OK) status = clmlp_train(member, plan->device, data.train, plan->test, &config, &own, error);
    if (status == CLMLP_OK) note_best(&data, number, &own);
    if (status == CLMLP_OK) status = clmlp_model_add_member(model, member, error);
    clmlp_model_destroy(member);
    give_back(&data);
    if (status == CLMLP_DIVERGED) {
        result->diverged_epoch = own.diverged_epoch;
        result->diverged_step = own.diverged_step;
    }
    result->steps += own.steps;
    result->seconds += own.seconds;
    return status;
}

clmlp_status clmlp_cli_train_ensemble(clmlp_model *model, const clmlp_cli_ensemble_plan *plan,
                                      clmlp_train_result *result, clmlp_error *error)
{
    const size_t members = plan->options->members;
    clmlp_status status = train_first(model, plan, result, error);
    const double samples = result->samples_per_second * result->seconds;
    for (size_t k = 1; k < members && status == CLMLP_OK; k++) {
        clmlp_cli_note("member %zu of %zu, seed %llu", k + 1, members,
                       (unsigned long long)(plan->options->config.seed + k));
        status = train_member(model, plan, k, result, error);
    }
    if (members > 1 && result->seconds > 0.0) {
        result->samples_per_second = (double)clmlp_model_members(model) * samples / result->seconds;
    }
    return status;
}
