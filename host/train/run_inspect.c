/* run_inspect.c - what an inspector is shown of a run. */
#include <math.h>
#include <string.h>

#include "train/inspect.h"
#include "train/run.h"

static const double *state_of(const clmlp_run *run, const double *block)
{
    const bool has_state = clmlp_network_state_size(run->network, run->model) > 0;
    return has_state ? block + clmlp_model_parameters(run->model) : NULL;
}

static clmlp_inspection inspection_of(const clmlp_run *run, size_t index, const double *theta)
{
    const size_t first = index * run->M, left = run->m - first;
    return (clmlp_inspection){.device = run->device,
                              .network = run->network,
                              .model = run->model,
                              .dataset = run->train_data,
                              .order = run->shuffles ? run->train->order : NULL,
                              .first = first,
                              .M = left < run->M ? left : run->M,
                              .theta = theta,
                              .state = state_of(run, theta),
                              .descent = run->descent,
                              .label_smoothing = run->config.label_smoothing,
                              .step = run->steps_before + index + 1,
                              .slot = index - run->scored,
                              .seed = run->config.seed};
}

static void swap(double **a, double **b)
{
    double *const kept = *a;
    *a = *b;
    *b = kept;
}

clmlp_status clmlp_run_before_step(clmlp_run *run, size_t index, bool *wanted, clmlp_error *error)
{
    clmlp_inspector *const inspector = run->config.inspector;
    const size_t step = run->steps_before + index + 1;
    *wanted = inspector != NULL && inspector->wants(inspector, step, run->config.seed);
    if (!*wanted) return CLMLP_OK;
    if (run->inspected == 0 || run->inspected + 1 != step) return clmlp_run_get_block(run, run->before, error);
    swap(&run->before, &run->after);
    return CLMLP_OK;
}

/* Make network and batch loaders anew on the CPU path, in front of step `index` of the epoch. */
static clmlp_status move_to_cpu(clmlp_run *run, size_t index, clmlp_error *error)
{
    const clmlp_device_options options = {.size = sizeof options, .spec = "cpu", .precision = run->backend->precision};
    TRY(clmlp_run_read_costs(run, error)); /* of the steps before it */
    if (run->best.epoch > 0) TRY(clmlp_best_get(&run->best, run->network, run->model, run->after, error));
    clmlp_run_leave(run);
    TRY(clmlp_device_open(&run->cpu, &options, error));
    TRY(clmlp_run_place(run, run->cpu, error));
    TRY(clmlp_run_put_block(run, run->before, error));
    if (run->best.epoch > 0) TRY(clmlp_best_put(&run->best, run->network, run->model, run->after, error));
    if (run->shuffles) clmlp_batch_loader_shuffle(run->train, run->config.seed, run->epoch);
    TRY(clmlp_batch_loader_begin(run->train, run->M, run->shuffles, error));
    return clmlp_batch_loader_seek(run->train, index * run->M, error);
}

clmlp_status clmlp_run_inspect(clmlp_run *run, size_t index, bool *again, clmlp_error *error)
{
    clmlp_inspector *const inspector = run->config.inspector;
    clmlp_inspection inspection = inspection_of(run, index, run->before);
    const size_t parameters = clmlp_model_parameters(run->model);
    clmlp_verdict verdict = CLMLP_GO_ON;
    if (run->minimisation == NULL) { /* whose points are looked at while it works */
        TRY(clmlp_run_get_block(run, run->after, error));
        run->inspected = inspection.step;
        inspection.theta_after = run->after;
        inspection.state_after = state_of(run, run->after);
    }
    const clmlp_status status = inspector->inspect(inspector, &inspection, &verdict, error);
    if (status == CLMLP_MISMATCH && clmlp_all_finite(run->before, parameters)) {
        memcpy(run->model->theta, run->before, parameters * sizeof *run->before);
    }
    TRY(status);
    *again = verdict == CLMLP_GO_ON_ON_CPU;
    return *again ? move_to_cpu(run, index, error) : CLMLP_OK;
}

/* --- iterations of a minimiser --------------------------------------------------------------------------------- */

/* How the inspector watches a minimiser. */
static clmlp_status watch_with(clmlp_run *run, const clmlp_vector_watch **watch, clmlp_error *error)
{
    const clmlp_inspection inspection = inspection_of(run, 0, run->model->theta);
    return run->config.inspector->watch(run->config.inspector, &inspection, watch, error);
}

clmlp_status clmlp_run_minimises(clmlp_run *run, clmlp_error *error)
{
    const clmlp_train_config *const config = &run->config;
    const clmlp_vector_watch *watch = NULL;
    if (config->minimiser == CLMLP_NO_MINIMISER) return CLMLP_OK;
    TRY(clmlp_network_set_clipping(run->network, true, error)); /* gradients are stored, and can be watched */
    if (config->inspector != NULL) TRY(watch_with(run, &watch, error));
    const clmlp_minimise_setting setting = {
        .minimiser = config->minimiser, .pairs = config->lbfgs_pairs > 0 ? config->lbfgs_pairs : CLMLP_LBFGS_PAIRS,
        .network = run->network, .loader = run->train, .descent = &run->descent, .lambda = config->lambda, .m = run->m,
        .cancel = run->sharing == NULL ? config->cancel : NULL, /* ranks learn of it with an evaluation */
        .watch = watch, .sharing = run->sharing};
    return clmlp_minimise_begin(&run->minimisation, &setting, error);
}

clmlp_status clmlp_run_iterate(clmlp_run *run, clmlp_batch_score *score, clmlp_error *error)
{
    clmlp_inspector *const inspector = run->config.inspector;
    const size_t step = run->steps_before + 1;
    const size_t iterations = run->minimisation->iterations, evaluations = run->minimisation->evaluations;
    bool wanted = false, again = false;
    TRY(clmlp_run_before_step(run, 0, &wanted, error));
    if (inspector != NULL) inspector->begin(inspector, run->minimisation, step, wanted);
    const clmlp_status status = clmlp_minimise_iterate(run->minimisation, score, error);
    if (status != CLMLP_OK && status != CLMLP_DIVERGED) return status;
    /* what diverged may be wrong */
    if (wanted && !run->minimisation->cut_short) TRY(clmlp_run_inspect(run, 0, &again, error));
    if (!again) return status;
    TRY(clmlp_run_minimises(run, error));
    run->minimisation->iterations = iterations;
    run->minimisation->evaluations = evaluations;
    inspector->begin(inspector, run->minimisation, step, false);
    return clmlp_minimise_iterate(run->minimisation, score, error);
}

/* --- where training diverged ----------------------------------------------------------------------------------- */

/* Epoch `epoch` again from a block, `steps_before` steps into the run, up to the step `last` or the first after which
 * theta is not finite. *index is that step, run->before the block before it. */
static clmlp_status find_step(clmlp_run *run, size_t epoch, size_t steps_before, const double *block, size_t last,
                              size_t *index, clmlp_error *error)
{
    const size_t parameters = clmlp_model_parameters(run->model);
    clmlp_batch batch;
    if (run->shuffles) clmlp_batch_loader_shuffle(run->train, run->config.seed, epoch);
    TRY(clmlp_run_put_block(run, block, error));
    TRY(clmlp_run_get_block(run, run->before, error));
    TRY(clmlp_batch_loader_begin(run->train, run->M, run->shuffles, error));
    for (*index = 0; *index < last; ++*index) {
        TRY(clmlp_batch_loader_next(run->train, &batch, error));
        TRY(clmlp_step_take(run->network, &batch, &run->descent, steps_before + *index + 1, *index, error));
        TRY(clmlp_batch_loader_done(run->train, error));
        TRY(clmlp_run_get_block(run, run->after, error));
        if (!clmlp_all_finite(run->after, parameters)) break;
        swap(&run->before, &run->after);
    }
    return CLMLP_OK;
}

static bool shows_divergence(const clmlp_run *run)
{
    /* an iteration is no step that could be shown */
    return run->config.inspector != NULL && run->config.inspector->diverged != NULL && run->minimisation == NULL;
}

/* block: at the start of epoch `epoch`, which `steps_before` steps came before. */
static clmlp_status show_within(clmlp_run *run, size_t epoch, size_t steps_before, const double *block, size_t last,
                                clmlp_error *error)
{
    size_t index = 0;
    TRY(find_step(run, epoch, steps_before, block, last, &index, error));
    clmlp_inspection inspection = inspection_of(run, index, run->before);
    inspection.step = steps_before + index + 1;
    return run->config.inspector->diverged(run->config.inspector, &inspection, error);
}

clmlp_status clmlp_run_show_divergence(clmlp_run *run, size_t index, clmlp_error *error)
{
    if (!shows_divergence(run)) return CLMLP_OK;
    /* a finite cost may hide an infinite theta for a while: it was made in the epoch before */
    if (run->epoch > 1 && !clmlp_all_finite(run->theta, clmlp_model_parameters(run->model))) {
        return show_within(run, run->epoch - 1, run->steps_before - run->steps_per_epoch, run->good,
                           run->steps_per_epoch - 1, error);
    }
    return show_within(run, run->epoch, run->steps_before, run->theta, index, error);
}

clmlp_status clmlp_run_show_end(clmlp_run *run, size_t first, size_t rows, clmlp_error *error)
{
    const size_t steps = run->result.steps - run->steps_before;
    if (!shows_divergence(run)) return CLMLP_OK;
    if (steps > 0 && !clmlp_all_finite(run->theta, clmlp_model_parameters(run->model))) {
        return show_within(run, run->epoch, run->steps_before, run->good, steps - 1, error);
    }
    clmlp_inspection inspection = inspection_of(run, 0, run->theta);
    inspection.order = NULL;
    inspection.first = first;
    inspection.M = rows;
    inspection.step = run->result.steps + 1;
    return run->config.inspector->diverged(run->config.inspector, &inspection, error);
}
