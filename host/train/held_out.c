/* held_out.c - the scores of data that are not trained on, and what early stopping makes of them. */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "train/run.h"
#include "train/score/overflow.h"

/* A batch costs what is not finite: is that an overflow, of theta as it is on the device, or the device's fault? */
static clmlp_status judge_infinite(clmlp_run *r, const clmlp_held_out *held, double cost, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    double *theta = NULL;
    bool may = true;
    TRY(clmlp_allocate(&theta, r->block, sizeof *theta, "theta", error));
    TRY_CLEANUP(clmlp_run_get_block(r, theta, error));
    TRY_CLEANUP(clmlp_score_may_overflow(r->model, theta, held->data, r->backend->precision, &may, error));
    if (!may) {
        status = clmlp_fail(error, CLMLP_DEVICE, "%s, engine %s: a batch that is not trained on costs %g, which its "
                            "examples and theta are too small for: the device computes or transfers wrongly",
                            r->device->info.name, r->backend->ops->engine, cost);
    }
cleanup:
    free(theta);
    return status;
}

static clmlp_status score(clmlp_run *r, const clmlp_held_out *held, double squares, const clmlp_sink *sink,
                          clmlp_score *out, clmlp_error *error)
{
    if (held->data == NULL) return CLMLP_OK;
    const size_t rows = held->loader->capacity, count = clmlp_batches(held->data->m, rows);
    clmlp_batch_score *const scores = r->scores + r->steps_per_epoch;
    if (sink == NULL) {
        TRY(clmlp_run_score_pass(r, held->loader, held->data, held->right, scores, error));
    } else {
        const clmlp_score_limits limits = clmlp_score_limits_of(held->data, rows, held->data->m);
        TRY(clmlp_score_pass(r->network, held->loader, rows, held->right, 0, sink, error));
        TRY(clmlp_scores_take(r->backend, &limits, 0, count, scores, error));
    }
    for (size_t i = 0; i < count; i++) {
        if (isfinite(scores[i].cost)) continue;
        TRY(judge_infinite(r, held, scores[i].cost, error));
        break;
    }
    *out = clmlp_score_of(scores, count, held->data->m, r->config.lambda, squares, held->right);
    return CLMLP_OK;
}

clmlp_status clmlp_run_score_held_out(clmlp_run *r, const clmlp_held_out *held, double squares, clmlp_score *out,
                                      clmlp_error *error)
{
    return score(r, held, squares, NULL, out, error);
}

/* What decides when training stops is rank 0's: predictions of unlike devices have other last bits. */
static clmlp_status agree_on_validation(clmlp_run *r, clmlp_epoch *epoch, clmlp_error *error)
{
    double values[] = {epoch->validation.cost, epoch->validation.accuracy, epoch->monitored};
    if (r->sharing == NULL || r->validation.data == NULL) return CLMLP_OK;
    TRY(clmlp_ranks_share(r->sharing->ranks, 0, values, sizeof values, error));
    epoch->validation = (clmlp_score){.cost = values[0], .accuracy = values[1]};
    epoch->monitored = values[2];
    return CLMLP_OK;
}

clmlp_status clmlp_run_score_validation(clmlp_run *r, clmlp_epoch *epoch, clmlp_error *error)
{
    clmlp_monitor *const monitor = &r->monitor;
    clmlp_sink sink = {.function = NULL};
    epoch->monitored = (double)NAN;
    TRY(clmlp_monitor_begin(monitor, r->network, &sink, error));
    const clmlp_status status = score(r, &r->validation, r->squares, monitor->measures ? &sink : NULL,
                                      &epoch->validation, error);
    const clmlp_status ended = clmlp_monitor_end(monitor, r->network, &epoch->monitored, error);
    if (monitor->name != NULL && !monitor->measures) {
        epoch->monitored = monitor->accuracy ? epoch->validation.accuracy : epoch->validation.cost;
    }
    TRY(status);
    TRY(ended);
    return agree_on_validation(r, epoch, error);
}

clmlp_status clmlp_run_judge(clmlp_run *r, clmlp_epoch *epoch, clmlp_error *error)
{
    bool keep = false;
    if (!clmlp_run_keeps_best(r)) return CLMLP_OK;
    /* a finite value may hide an infinite theta */
    const double value = clmlp_all_finite(r->theta, clmlp_model_parameters(r->model)) ? epoch->monitored : (double)NAN;
    clmlp_best_see(&r->best, &r->patience, r->epoch, value, &keep);
    if (keep) TRY(clmlp_best_keep(&r->best, r->network, error));
    r->stopped = r->epoch < r->config.epochs && clmlp_best_stops(&r->best, &r->patience, r->epoch);
    r->result.stopped_early = r->stopped;
    epoch->best_epoch = r->best.epoch;
    return CLMLP_OK;
}
