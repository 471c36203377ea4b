/* ensemble.c - the members of an ensemble, trained one after another, from the first or from where a checkpoint is;
 * each on all examples, or on all but a fold. */
#include "commands/ensemble.h"

#include <stdio.h>

#include "commands/checkpoint.h"
#include "message.h"

bool clmlp_cli_ensemble_check(const clmlp_cli_train_options *o, int *status)
{
    const size_t done = clmlp_cli_checkpoint_number(&o->checkpoints, "members");
    const size_t epochs = clmlp_cli_checkpoint_number(&o->checkpoints, "epochs");
    if (done == 0) return true;
    if (done >= o->members) {
        *status = clmlp_cli_usage_error("train", "--resume %s: is of a run whose member %zu of an ensemble is under "
                                        "way, and there are to be %zu (--ensemble)", o->checkpoints.resume, done + 1,
                                        o->members);
        return false;
    }
    if (o->config.epochs == epochs) return true;
    *status = clmlp_cli_usage_error("train", "--epochs '%zu': contradicts --resume %s, whose finished members were "
                                    "trained with --epochs '%zu'", o->config.epochs, o->checkpoints.resume, epochs);
    return false;
}

/* The members that a checkpoint has to their end become the model. */
static clmlp_status take_finished(const clmlp_cli_train_options *o, const clmlp_cli_ensemble *ensemble,
                                  clmlp_error *error)
{
    clmlp_model *finished = NULL;
    clmlp_status status = clmlp_model_load(&finished, o->checkpoints.resume, NULL, error);
    if (status == CLMLP_OK) status = clmlp_model_remove_member(finished, error);
    if (status != CLMLP_OK) {
        clmlp_model_destroy(finished);
        return status;
    }
    clmlp_model_destroy(*ensemble->model);
    *ensemble->model = finished;
    return CLMLP_OK;
}

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

static clmlp_status take_data(member_data *data, const clmlp_cli_train_options *o, const clmlp_cli_ensemble *ensemble,
                              size_t number, clmlp_train_config *config, clmlp_error *error)
{
    *data = (member_data){.train = ensemble->train};
    if (o->members == 1 || o->members_by != CLMLP_CLI_BY_FOLDS) return CLMLP_OK;
    const clmlp_status status = clmlp_dataset_fold_alike(ensemble->train, o->members, number, o->config.seed,
                                                         &data->held_out, &data->rest, error);
    if (status != CLMLP_OK) return status;
    data->train = data->rest;
    config->validation = data->held_out;
    config->keep_best = config->early_stopping == 0;
    if (config->batch > clmlp_dataset_examples(data->rest)) config->batch = 0;
    return CLMLP_OK;
}

/* How a member of an ensemble came to its end. */
static void note_end(const clmlp_cli_train_options *o, const member_data *data, size_t number, bool keeps_best,
                     const clmlp_train_result *result)
{
    const char *const early = result->stopped_early ? ", where it stopped early" : "";
    char note[160];
    if (o->members == 1) return;
    if (result->best_epoch == 0 && keeps_best) {
        (void)snprintf(note, sizeof note, "member %zu: no epoch had a defined value of --monitor, so that none was the "
                       "best: the last theta was kept", number + 1);
        clmlp_cli_tell(note);
    } else if (result->best_epoch == 0) {
        clmlp_cli_note("member %zu: %zu epoch%s, %zu step%s", number + 1, result->epochs,
                       result->epochs == 1 ? "" : "s", result->steps, result->steps == 1 ? "" : "s");
    } else if (data->held_out != NULL) {
        clmlp_cli_note("member %zu: kept epoch %zu of %zu%s, the best on the %zu examples that it left out", number + 1,
                       result->best_epoch, result->epochs, early, clmlp_dataset_examples(data->held_out));
    } else {
        clmlp_cli_note("member %zu: kept epoch %zu of %zu%s: validation %s %.6g", number + 1, result->best_epoch,
                       result->epochs, early, o->config.monitor != NULL ? o->config.monitor : "cost", result->best);
    }
}

/* Member `number`, from 0, on its data; the first one is in the ensemble already. */
static clmlp_status train_on(const member_data *data, const clmlp_cli_train_options *o,
                             const clmlp_cli_ensemble *ensemble, size_t number, clmlp_train_config *config,
                             clmlp_train_result *own, clmlp_error *error)
{
    clmlp_model *member = NULL;
    if (number == 0) {
        return clmlp_train(*ensemble->model, ensemble->device, data->train, ensemble->test, config, own, error);
    }
    config->seed += number;
    config->history_path = NULL; /* it is the first member's, as the checks and times are */
    config->inspector = NULL;
    config->timed_epoch = 0;
    config->members = *ensemble->model;
    /* scaling is that of all of `train`, so that it is the same in each member */
    clmlp_status status = clmlp_cli_make_model(&o->network, clmlp_model_output(*ensemble->model), config->seed,
                                               ensemble->train, &member, error);
    if (status == CLMLP_OK) {
        status = clmlp_train(member, ensemble->device, data->train, ensemble->test, config, own, error);
    }
    if (status == CLMLP_OK) status = clmlp_model_add_member(*ensemble->model, member, error);
    clmlp_model_destroy(member);
    return status;
}

/* The result of member `number` joins that of the members before it. */
static void join(clmlp_train_result *result, const clmlp_train_result *own, size_t number)
{
    const double samples = result->samples_per_second * result->seconds + own->samples_per_second * own->seconds;
    if (number == 0) {
        *result = *own;
        return;
    }
    result->has_validation = own->has_validation;
    result->has_test = own->has_test;
    result->streamed = own->streamed;
    result->steps += own->steps;
    result->seconds += own->seconds;
    if (result->seconds > 0.0) result->samples_per_second = samples / result->seconds;
}

/* Member `number`, from 0: the same settings, another seed. *result: that of the members before it, then of all. */
static clmlp_status train_member(const clmlp_cli_train_options *o, const clmlp_cli_ensemble *ensemble, size_t number,
                                 bool resumed, clmlp_train_result *result, clmlp_error *error)
{
    member_data data;
    clmlp_train_result own = {.size = sizeof own};
    clmlp_train_config config = o->config;
    if (!resumed) config.resume_path = NULL;
    clmlp_status status = take_data(&data, o, ensemble, number, &config, error);
    if (status != CLMLP_OK) return status;
    char *const note = clmlp_cli_checkpoint_text(o, *ensemble->model, number > 0 ? result : NULL);
    if (note == NULL) {
        give_back(&data);
        *error = (clmlp_error){.status = CLMLP_OUT_OF_MEMORY, .message = "not enough memory for a checkpoint"};
        return error->status;
    }
    config.checkpoint_note = note;
    status = train_on(&data, o, ensemble, number, &config, &own, error);
    cJSON_free(note);
    if (status == CLMLP_OK) note_end(o, &data, number, config.early_stopping > 0 || config.keep_best, &own);
    if (status == CLMLP_DIVERGED && number > 0) {
        result->diverged_epoch = own.diverged_epoch;
        result->diverged_step = own.diverged_step;
    }
    if (status == CLMLP_INTERRUPTED && o->members > 1) {
        clmlp_cli_note("interrupted in member %zu of %zu, after %zu of %zu epochs; the model %s", number + 1,
                       o->members, own.epochs, config.epochs,
                       number > 0 ? "has those before it" : "is this one network, no ensemble");
    }
    join(result, &own, number);
    if (data.held_out != NULL) { /* its fold is no validation data, and its best epoch was said */
        result->best_epoch = 0;
        result->has_validation = o->config.validation != NULL;
    }
    give_back(&data);
    return status;
}

clmlp_status clmlp_cli_ensemble_train(const clmlp_cli_train_options *o, const clmlp_cli_ensemble *ensemble,
                                      clmlp_train_result *result, size_t *member, clmlp_error *error)
{
    const size_t first = clmlp_cli_checkpoint_number(&o->checkpoints, "members");
    clmlp_status status = CLMLP_OK;
    if (first > 0) {
        status = take_finished(o, ensemble, error);
        clmlp_cli_checkpoint_finished(&o->checkpoints, result);
    }
    for (size_t k = first; k < o->members && status == CLMLP_OK; k++) {
        if (o->members > 1) {
            clmlp_cli_note("member %zu of %zu, seed %llu", k + 1, o->members,
                           (unsigned long long)o->config.seed + k);
        }
        *member = k;
        status = train_member(o, ensemble, k, k == first, result, error);
    }
    return status;
}
