/* fold.c - one fold of clmlp train --cross-validate: trained without a part of the data, measured on that part. */
#include "commands/fold.h"

#include <stdio.h>
#include <string.h>

#include "interrupt.h"
#include "message.h"
#include "reports/metric_title.h"

/* What one fold owns. */
typedef struct fold_run {
    clmlp_dataset *held_out, *rest, *validation; /* validation NULL: none */
    clmlp_model *model;
    clmlp_evaluation *evaluation;
} fold_run;

static clmlp_status run_fold(fold_run *run, const clmlp_cli_fold_plan *plan, size_t folds, size_t fold,
                             const clmlp_cancel *cancel, clmlp_error *error)
{
    clmlp_train_config config = *plan->config;
    config.history_path = NULL;
    config.inspector = NULL;
    config.on_epoch = (clmlp_on_epoch){NULL, NULL};
    config.on_progress = (clmlp_on_progress){NULL, NULL};
    config.on_first_step = (clmlp_on_first_step){clmlp_cli_first_step_is_done, NULL};
    config.cancel = cancel;
    config.ranks = NULL; /* each fold is trained by one of them */
    clmlp_status status = clmlp_dataset_fold(plan->data, folds, fold, config.seed, &run->held_out, &run->rest, error);
    if (status != CLMLP_OK) return status;
    clmlp_cli_tell_notes(run->held_out);
    if (config.batch > clmlp_dataset_examples(run->rest)) config.batch = 0;
    status = clmlp_cli_make_model(plan->network, plan->output, config.seed, run->rest, &run->model, error);
    if (status == CLMLP_OK) status = plan->load_validation(plan->context, run->model, &run->validation, error);
    config.validation = run->validation;
    if (status == CLMLP_OK) status = clmlp_train(run->model, plan->device, run->rest, NULL, &config, NULL, error);
    if (status != CLMLP_OK) return status;
    return clmlp_evaluate(run->model, plan->device, run->held_out, config.lambda, &run->evaluation, error);
}

void clmlp_cli_fold_run(clmlp_cli_fold_result *result, const clmlp_cli_fold_plan *plan, size_t folds, size_t fold,
                        const clmlp_cancel *cancel, bool collect)
{
    fold_run run = {NULL, NULL, NULL, NULL, NULL};
    memset(result, 0, sizeof *result);
    if (collect) clmlp_cli_collect_notes(result->notes, sizeof result->notes);
    const clmlp_status status = run_fold(&run, plan, folds, fold, cancel, &result->error);
    clmlp_cli_collect_notes(NULL, 0);
    result->error.status = status;
    result->examples = clmlp_dataset_examples(run.held_out);
    for (int i = 0; status == CLMLP_OK && i < CLMLP_METRIC_COUNT; i++) {
        result->has[i] = clmlp_metrics_has(run.evaluation->metrics, (clmlp_metric)i);
        result->values[i] = clmlp_metrics_value(run.evaluation->metrics, (clmlp_metric)i);
    }
    clmlp_evaluation_destroy(run.evaluation);
    clmlp_model_destroy(run.model);
    clmlp_dataset_destroy(run.validation);
    clmlp_dataset_destroy(run.rest);
    clmlp_dataset_destroy(run.held_out);
}

static void tell_notes(const char *notes)
{
    char note[sizeof((clmlp_cli_fold_result *)0)->notes];
    while (*notes != '\0') {
        const size_t length = strcspn(notes, "\n");
        (void)snprintf(note, sizeof note, "%.*s", (int)length, notes);
        clmlp_cli_tell(note);
        notes += length + (notes[length] != '\0');
    }
}

void clmlp_cli_fold_tell(const clmlp_cli_fold_result *result, size_t folds, size_t fold)
{
    enum { SHOWN = 3 };
    char text[160] = "";
    size_t used = 0, shown = 0;
    tell_notes(result->notes);
    for (int i = 0; i < CLMLP_METRIC_COUNT && shown < SHOWN; i++) {
        if (!result->has[i]) continue;
        const int length = snprintf(text + used, sizeof text - used, "%s%s %.4g", shown == 0 ? "" : ", ",
                                    clmlp_cli_metric_title((clmlp_metric)i), result->values[i]);
        if (length < 0 || (size_t)length >= sizeof text - used) break;
        used += (size_t)length;
        shown++;
    }
    clmlp_cli_note("fold %zu of %zu: %zu examples held out, %s", fold + 1, folds, result->examples, text);
}

int clmlp_cli_fold_fail(const clmlp_cli_fold_result *result, const clmlp_cli_fold_plan *plan, size_t folds,
                        size_t fold)
{
    const clmlp_error *const error = &result->error;
    tell_notes(result->notes);
    if (error->status == CLMLP_INTERRUPTED) {
        clmlp_cli_note("interrupted in fold %zu of %zu; no model was written", fold + 1, folds);
        return CLMLP_CLI_INTERRUPTED;
    }
    clmlp_cli_error("fold %zu of %zu failed; no model was written", fold + 1, folds);
    if (error->status != CLMLP_DIVERGED) return clmlp_cli_fail(error, false);
    /* the model of a fold is kept nowhere */
    const char *const end = strstr(error->message, "; the model holds");
    clmlp_cli_error("%.*s", end != NULL ? (int)(end - error->message) : (int)strlen(error->message), error->message);
    clmlp_cli_error("hint: try a smaller --rate (it was %g)", plan->config->rate);
    return CLMLP_CLI_DIVERGED;
}
