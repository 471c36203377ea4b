/* ensemble.c - the members of an ensemble, trained one after another, from the first or from where a checkpoint is. */
#include "commands/ensemble.h"

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

/* Member `number`, from 0: the same data and settings, another seed. *result: that of the members before it, then of
 * all. */
static clmlp_status train_member(const clmlp_cli_train_options *o, const clmlp_cli_ensemble *ensemble, size_t number,
                                 bool resumed, clmlp_train_result *result, clmlp_error *error)
{
    clmlp_model *member = NULL;
    clmlp_train_result own = {.size = sizeof own};
    clmlp_train_config config = o->config;
    clmlp_status status = CLMLP_OK;
    if (!resumed) config.resume_path = NULL;
    char *const note = clmlp_cli_checkpoint_text(o, *ensemble->model, number > 0 ? result : NULL);
    config.checkpoint_note = note;
    if (note == NULL) {
        *error = (clmlp_error){.status = CLMLP_OUT_OF_MEMORY, .message = "not enough memory for a checkpoint"};
        return error->status;
    }
    if (number == 0) {
        status = clmlp_train(*ensemble->model, ensemble->device, ensemble->train, ensemble->test, &config, &own, error);
        *result = own;
        cJSON_free(note);
        return status;
    }
    config.seed += number;
    config.history_path = NULL; /* it is the first member's, as the checks are */
    config.inspector = NULL;
    config.members = *ensemble->model;
    status = clmlp_cli_make_model(&o->network, clmlp_model_output(*ensemble->model), config.seed, ensemble->train,
                                  &member, error);
    if (status == CLMLP_OK) {
        status = clmlp_train(member, ensemble->device, ensemble->train, ensemble->test, &config, &own, error);
    }
    if (status == CLMLP_OK) status = clmlp_model_add_member(*ensemble->model, member, error);
    clmlp_model_destroy(member);
    cJSON_free(note);
    if (status == CLMLP_DIVERGED) {
        result->diverged_epoch = own.diverged_epoch;
        result->diverged_step = own.diverged_step;
    }
    result->has_validation = own.has_validation;
    result->has_test = own.has_test;
    result->streamed = own.streamed;
    if (status == CLMLP_INTERRUPTED) {
        clmlp_cli_note("interrupted in member %zu of %zu, after %zu of %zu epochs; the model has those before it",
                       number + 1, o->members, own.epochs, config.epochs);
    }
    const double samples = result->samples_per_second * result->seconds + own.samples_per_second * own.seconds;
    result->steps += own.steps;
    result->seconds += own.seconds;
    if (result->seconds > 0.0) result->samples_per_second = samples / result->seconds;
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
        if (k > 0) {
            clmlp_cli_note("member %zu of %zu, seed %llu", k + 1, o->members,
                           (unsigned long long)(o->config.seed + k));
        }
        *member = k;
        status = train_member(o, ensemble, k, k == first, result, error);
    }
    return status;
}
