/* run.c - what a training run has on a device: network, loaders, theta and costs. */
#include "train/run.h"

#include <math.h>

#include "base/memory.h"

static size_t examples(const clmlp_held_out *held)
{
    return held->data != NULL ? held->data->m : 0;
}

static clmlp_status place_held_out(clmlp_run *run, clmlp_held_out *held, clmlp_error *error)
{
    const size_t m = examples(held), rows = run->score_rows < m ? run->score_rows : m;
    if (held->data == NULL) return CLMLP_OK;
    return clmlp_batch_loader_create(&held->loader, run->backend, held->data, run->model, rows, false, CLMLP_TO_SCORE,
                                     0.0, error);
}

bool clmlp_all_finite(const double *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(values[i])) return false;
    }
    return true;
}

bool clmlp_run_keeps_best(const clmlp_run *run)
{
    return run->config.keep_best || run->config.early_stopping > 0;
}

clmlp_status clmlp_run_place(clmlp_run *run, clmlp_device *device, clmlp_error *error)
{
    const size_t validation_m = examples(&run->validation), test_m = examples(&run->test);
    const size_t held_out_m = validation_m > test_m ? validation_m : test_m; /* one pass at a time */
    run->device = device;
    run->backend = device->backend;
    /* the network has room for more than a step */
    const clmlp_network_size size = {run->model->L, run->model->s, run->M};
    TRY(clmlp_backend_prepare(run->backend, &size, run->model->activation, error));
    TRY(clmlp_network_create(&run->network, run->backend, run->model, run->score_rows, CLMLP_FOR_TRAINING, error));
    TRY(clmlp_network_set_optimizer(run->network, run->config.optimizer, error));
    const bool shared = clmlp_ranks_count(run->config.ranks) > 1;
    TRY(clmlp_network_set_clipping(run->network, run->config.clip_norm > 0.0 || shared, error));
    if (clmlp_run_keeps_best(run)) TRY(clmlp_best_place(&run->best, run->network, error));
    TRY(clmlp_monitor_place(&run->monitor, run->network, error));
    if (run->config.input_scale_rate > 0.0) TRY(clmlp_network_learn_input_scale(run->network, error));
    TRY(run->backend->ops->scores_reserve(run->backend, run->slots, run->score_rows, run->m + held_out_m, error));
    TRY(place_held_out(run, &run->validation, error));
    TRY(place_held_out(run, &run->test, error));
    return clmlp_batch_loader_create(&run->train, run->backend, run->train_data, run->model, run->score_rows,
                                     run->shuffles, CLMLP_TO_TRAIN, run->config.label_smoothing, error);
}

void clmlp_run_record_times(clmlp_run *run, bool on)
{
    clmlp_backend *const backend = run->backend;
    if (run->config.timed_epoch == 0 || run->device->profiles || backend->ops->profile == NULL) return;
    (void)backend->ops->profile(backend, on, NULL); /* whoever reads the times finds none */
}

void clmlp_run_leave(clmlp_run *run)
{
    if (run->backend != NULL) clmlp_run_record_times(run, false); /* it ended within that epoch */
    clmlp_minimise_end(run->minimisation);
    run->minimisation = NULL;
    clmlp_batch_loader_destroy(run->validation.loader);
    clmlp_batch_loader_destroy(run->test.loader);
    clmlp_batch_loader_destroy(run->train);
    clmlp_best_leave(&run->best);
    clmlp_monitor_leave(&run->monitor, run->backend);
    clmlp_network_destroy(run->network);
    run->validation.loader = run->test.loader = run->train = NULL;
    run->network = NULL;
}

clmlp_status clmlp_run_get_block(clmlp_run *run, double *block, clmlp_error *error)
{
    TRY(clmlp_network_get_theta(run->network, run->model, block, error));
    return clmlp_network_get_state(run->network, run->model, block + clmlp_model_parameters(run->model), error);
}

clmlp_status clmlp_run_put_block(clmlp_run *run, const double *block, clmlp_error *error)
{
    run->inspected = 0;
    TRY(clmlp_network_put_theta(run->network, run->model, block, error));
    return clmlp_network_put_state(run->network, run->model, block + clmlp_model_parameters(run->model), error);
}

clmlp_status clmlp_run_read_costs(clmlp_run *r, clmlp_error *error)
{
    if (r->sharing != NULL) return CLMLP_OK; /* each step brings its own */
    const size_t end = clmlp_smaller(r->done * r->M, r->epoch_rows), begin = clmlp_smaller(r->scored * r->M, end);
    const clmlp_score_limits limits = clmlp_score_limits_of(r->train_data, r->M, end - begin);
    TRY(clmlp_scores_take(r->backend, &limits, 0, r->done - r->scored, r->scores + r->scored, error));
    r->scored = r->done;
    return CLMLP_OK;
}

clmlp_status clmlp_run_score_pass(clmlp_run *r, clmlp_batch_loader *loader, const clmlp_dataset *data,
                                  clmlp_right right, clmlp_batch_score *scores, clmlp_error *error)
{
    const size_t rows = loader->capacity, count = clmlp_batches(data->m, rows);
    size_t first = 0, own = count;
    if (r->sharing != NULL) clmlp_sharing_batches(r->sharing, count, &first, &own);
    const size_t end = clmlp_smaller((first + own) * rows, data->m), begin = clmlp_smaller(first * rows, end);
    const clmlp_score_limits limits = clmlp_score_limits_of(data, rows, end - begin);
    for (size_t i = 0; i < count; i++) scores[i] = (clmlp_batch_score){.cost = 0.0, .right = 0.0};
    TRY(clmlp_score_part(r->network, loader, rows, right, first, own, error));
    if (own > 0) TRY(clmlp_scores_take(r->backend, &limits, 0, own, scores + first, error));
    return r->sharing != NULL ? clmlp_sharing_add_scores(r->sharing, scores, count, error) : CLMLP_OK;
}

bool clmlp_run_interrupted(const clmlp_run *r)
{
    return r->sharing != NULL ? r->sharing->stops : clmlp_cancel_requested(r->config.cancel);
}

void clmlp_run_tell_sharing(clmlp_run *r)
{
    clmlp_sharing *const s = r->sharing;
    clmlp_exchange_times times;
    r->result.ranks = clmlp_ranks_count(r->config.ranks);
    if (s == NULL) return;
    clmlp_exchange_take_times(s->ranks, &times);
    r->result.exchange_seconds += times.waited;
    r->result.exchange_bytes += times.bytes;
    r->result.slowest_seconds = r->result.fastest_seconds = s->computed[0];
    r->result.slowest_rank = 0;
    for (size_t k = 1; k < s->count; k++) {
        if (s->computed[k] < r->result.fastest_seconds) r->result.fastest_seconds = s->computed[k];
        if (!(s->computed[k] > r->result.slowest_seconds)) continue;
        r->result.slowest_seconds = s->computed[k];
        r->result.slowest_rank = k;
    }
}

clmlp_status clmlp_run_compare_ranks(clmlp_run *r, clmlp_error *error)
{
    bool changed = false;
    if (r->sharing == NULL) return CLMLP_OK;
    TRY(clmlp_sharing_compare(r->sharing, r->theta, r->block, r->epoch, r->result.steps, &changed, error));
    if (changed) TRY(clmlp_run_put_block(r, r->theta, error));
    if (r->epoch >= r->config.epochs || !clmlp_sharing_measure(r->sharing)) return CLMLP_OK;
    return clmlp_sharing_tell(r->sharing, &r->config.on_shares, r->M, r->epoch, error);
}

bool clmlp_run_is_minimised(const clmlp_run *r)
{
    return r->minimisation != NULL && r->minimisation->end != CLMLP_END_NONE;
}

void clmlp_run_tell_minimiser(clmlp_run *r)
{
    const clmlp_minimisation *const m = r->minimisation;
    if (m == NULL) return;
    r->result.iterations = m->iterations;
    r->result.evaluations = m->evaluations;
    r->result.end = m->end != CLMLP_END_NONE ? m->end : r->epoch == r->config.epochs ? CLMLP_END_ITERATIONS : m->end;
}
