/* keep.c - what becomes of a trial that has ended: it is logged and told, and the model of the best one is kept. */
#include "search/keep.h"

#include <math.h>
#include <stdio.h>

#include <clmlp/model.h>

#include "message.h"
#include "search/log.h"
#include "search/scratch.h"

void clmlp_cli_tell_trial(const clmlp_cli_search_run *run, const clmlp_cli_trial *trial, const char *more)
{
    char text[1024], rounds[64] = "", best[64] = "";
    clmlp_cli_trial_text(&run->plan, trial, text, sizeof text);
    if (run->rounds > 1) {
        (void)snprintf(rounds, sizeof rounds, ", round %zu of %zu, %zu epochs", trial->round, run->rounds,
                       trial->epochs);
    }
    if (isnan(trial->value)) {
        clmlp_cli_note("trial %zu of %zu%s: %s: %s%s", trial->number, run->wanted, rounds, text,
                       trial->message[0] != '\0' ? trial->message : "failed", more);
        return;
    }
    if (run->best < run->count && run->trials[run->best].number != trial->number) {
        (void)snprintf(best, sizeof best, " (best: %.5g, trial %zu)", run->trials[run->best].value,
                       run->trials[run->best].number);
    }
    clmlp_cli_note("trial %zu of %zu%s: %s: %s %.5g%s%s", trial->number, run->wanted, rounds, text, trial->metric,
                   trial->value, best, more);
}

/* Write the model of a trial to --model. */
static bool save(clmlp_cli_search_run *run, const clmlp_cli_trial *trial, int *status)
{
    clmlp_error error = {.status = CLMLP_OK};
    clmlp_model *model = NULL;
    clmlp_status result = clmlp_model_load(&model, run->path, NULL, &error);
    if (result == CLMLP_OK) result = clmlp_model_save(model, run->model, &error);
    clmlp_model_destroy(model);
    if (result == CLMLP_OK) return true;
    *status = clmlp_cli_fail(&error, false);
    clmlp_cli_scratch_keep(run->path);
    clmlp_cli_error("the model of trial %zu is left in %s", trial->number, run->path);
    run->path[0] = '\0';
    return false;
}

bool clmlp_cli_is_best_trial(const clmlp_cli_search_run *run, const clmlp_cli_trial *trial)
{
    return trial->round == run->rounds && !isnan(trial->value) &&
           (run->best == run->count || clmlp_cli_trial_better(trial, &run->trials[run->best]));
}

bool clmlp_cli_keep_best(clmlp_cli_search_run *run, size_t index, bool has_model, int *status)
{
    clmlp_cli_trial *const trial = &run->trials[index];
    const bool better = clmlp_cli_is_best_trial(run, trial);
    if (better) {
        run->best = index;
        run->best_is_kept = false;
    }
    if (better && has_model && !save(run, trial, status)) return false;
    if (better) run->best_is_kept = has_model;
    if (has_model) (void)remove(run->path);
    return true;
}

bool clmlp_cli_keep_trial(clmlp_cli_search_run *run, size_t index, const char *complaint, bool has_model, int *status)
{
    clmlp_cli_trial *const trial = &run->trials[index];
    if (complaint != NULL) {
        clmlp_cli_error("trial %zu: %s", trial->number, complaint);
        *status = CLMLP_CLI_FAILED;
        return false;
    }
    if (trial->status == CLMLP_CLI_INTERRUPTED || clmlp_cancel_requested(run->plan.cancel)) {
        trial->done = false;
        if (has_model) (void)remove(run->path);
        *status = CLMLP_CLI_INTERRUPTED;
        return false;
    }
    if (run->log != NULL && !clmlp_cli_log_add(run->log, trial)) {
        clmlp_cli_error("--log '%s': cannot be written", run->log_path);
        *status = CLMLP_CLI_FAILED;
        return false;
    }
    return clmlp_cli_keep_best(run, index, has_model, status);
}

bool clmlp_cli_is_misuse(const clmlp_cli_search_run *run, int *status)
{
    const clmlp_cli_trial *const first = &run->trials[0];
    if (!first->done || first->round != 1 || first->status != CLMLP_CLI_BAD_USAGE) return false;
    clmlp_cli_error("%s", first->message);
    *status = CLMLP_CLI_BAD_USAGE;
    return true;
}
