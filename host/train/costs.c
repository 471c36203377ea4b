/* costs.c - what the steps of an epoch cost, whether training diverged, and the last good theta. */
#include "train/costs.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* The costs of the epoch are on the host, and the device's slots free. */
static clmlp_status score_train(clmlp_run *r, double lambda, double squares, clmlp_score *score, clmlp_error *error)
{
    const size_t rows = r->train->capacity, count = clmlp_batches(r->m, rows);
    r->inside = false; /* the pass takes the loader from the epoch */
    TRY(clmlp_run_score_pass(r, r->train, r->train_data, r->train_right, r->pass, error));
    *score = clmlp_score_of(r->pass, count, r->m, lambda, squares, r->train_right);
    return CLMLP_OK;
}

/* The model holds the best theta instead of the last good one, if that came later: then the best one is no worse.
 * r->theta is scratch. */
static void hold_best(clmlp_run *r)
{
    if (r->best.epoch == 0 || r->best.epoch > r->result.good_epochs) return;
    r->theta_epochs = SIZE_MAX;
    if (clmlp_best_get(&r->best, r->network, r->model, r->theta, NULL) != CLMLP_OK) return;
    memcpy(r->model->theta, r->theta, clmlp_model_parameters(r->model) * sizeof *r->theta);
    r->result.good_epochs = r->result.best_epoch = r->best.epoch;
    r->result.best = r->best.value;
}

void clmlp_run_hold_last(clmlp_run *r)
{
    const size_t parameters = clmlp_model_parameters(r->model);
    /* the epoch that led to it began well: keep_theta has seen its costs */
    if (r->theta_epochs == r->result.good_epochs + 1 && clmlp_all_finite(r->theta, parameters)) {
        memcpy(r->model->theta, r->theta, parameters * sizeof *r->theta);
        r->result.good_epochs = r->theta_epochs;
    }
    hold_best(r);
}

const char *clmlp_run_held(const clmlp_run *r)
{
    if (r->result.good_epochs == 0) return "theta that it began with";
    return r->result.best_epoch > 0 ? "best theta" : "last good theta";
}

/* `shown`: what came of showing it to the inspector, with `why`. */
clmlp_status clmlp_run_diverged(clmlp_run *r, size_t epoch, size_t step, clmlp_status shown, const clmlp_error *why,
                             clmlp_error *error)
{
    r->result.diverged_epoch = epoch;
    r->result.diverged_step = step;
    hold_best(r);
    if (epoch == 1 && step == 1) { /* no step was too long yet */
        char largest[CLMLP_PLACE_LENGTH + 64];
        return clmlp_fail(error, CLMLP_DIVERGED, "training cannot begin: the cost of the first step is not finite, "
                          "because of the data or the initial theta; the largest number of the data is %s%s%s",
                          clmlp_scaling_largest(largest, &r->model->scaling, &r->model->target_scaling, r->train_data),
                          shown != CLMLP_OK ? "; the step could not be shown: " : "",
                          shown != CLMLP_OK ? why->message : "");
    }
    return clmlp_fail(error, CLMLP_DIVERGED,
                      "training diverged: the cost of epoch %zu, step %zu is not finite; the model holds the "
                      "%s%s%s",
                      epoch, step, clmlp_run_held(r), shown != CLMLP_OK ? "; the step could not be shown: " : "",
                      shown != CLMLP_OK ? why->message : "");
}

/* Data term of J over the first `steps` of the epoch, as it was met. */
static double met_cost(const clmlp_run *r, size_t steps)
{
    return clmlp_score_of(r->scores, steps, clmlp_smaller(steps * r->M, r->epoch_rows), 0.0, 0.0, r->train_right).cost;
}

/* J and accuracy of the epoch, as they were met; lambda / m keeps the full m. */
clmlp_score clmlp_run_score_met(const clmlp_run *r)
{
    const double lambda = r->config.lambda;
    const bool all = r->epoch_rows == r->m;
    return clmlp_score_of(r->scores, r->done, r->epoch_rows,
                          all ? lambda : lambda * ((double)r->epoch_rows / (double)r->m), r->squares, r->train_right);
}

/* lambda term of J, of theta whose squares are given. */
double clmlp_run_decay_term(const clmlp_run *r, double squares)
{
    return r->config.lambda / (2.0 * (double)r->m) * squares;
}

/* Whether theta at the start of the epoch counts as diverged, by the cost of so many of its steps. */
static bool was_bad(const clmlp_run *r, size_t steps)
{
    return clmlp_has_diverged(&r->divergence, met_cost(r, steps), clmlp_run_decay_term(r, r->squares));
}

/* theta at the start of the epoch had finite costs. It is good where its first batch had a good one, or the whole of
 * the epoch: a batch may be too small to tell. */
static void keep_theta(clmlp_run *r, size_t steps)
{
    if (r->good != NULL) memcpy(r->good, r->theta, r->block * sizeof *r->theta);
    if (was_bad(r, 1) && was_bad(r, steps)) return;
    memcpy(r->model->theta, r->theta, clmlp_model_parameters(r->model) * sizeof *r->theta);
    r->result.good_epochs = r->epoch - 1;
}

/* Data term of J at the initial theta, which is r->theta in the first epoch; the network is as it was afterwards. */
static clmlp_status measure_start(clmlp_run *r, double *cost, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    double *now = NULL;
    clmlp_score score;
    TRY(clmlp_allocate(&now, r->block, sizeof *now, "theta", error));
    TRY_CLEANUP(clmlp_run_get_block(r, now, error));
    TRY_CLEANUP(clmlp_run_put_block(r, r->theta, error));
    TRY_CLEANUP(score_train(r, 0.0, 0.0, &score, error));
    TRY_CLEANUP(clmlp_run_put_block(r, now, error));
    *cost = score.cost;
cleanup:
    free(now);
    return status;
}

/* What the first epoch began with. Its cost tells, unless it is so high that steps in it may have raised it. */
static clmlp_status find_start(clmlp_run *r, clmlp_error *error)
{
    double met, start = HUGE_VAL;
    if (r->epoch != 1 || r->done == 0) return CLMLP_OK;
    met = met_cost(r, r->done);
    if (!(met <= r->divergence.guess)) TRY(measure_start(r, &start, error));
    r->divergence.start = start < met ? start : met;
    r->divergence.start_decay = clmlp_run_decay_term(r, r->squares);
    return CLMLP_OK;
}

/* theta at the start of the epoch is of use once its first batch had a finite cost. */
clmlp_status clmlp_run_check_costs(clmlp_run *r, clmlp_error *error)
{
    for (size_t step = 0; step < r->done; step++) {
        if (isfinite(r->scores[step].cost)) continue;
        clmlp_error why = {.message = ""};
        const clmlp_status shown = clmlp_run_show_divergence(r, step, &why);
        if (step > 0) keep_theta(r, step);
        return clmlp_run_diverged(r, r->epoch, step + 1, shown, &why, error);
    }
    if (r->done == 0) return CLMLP_OK;
    TRY(find_start(r, error));
    keep_theta(r, r->done);
    return CLMLP_OK;
}

/* Read theta, and what the lambda term needs of it. */
clmlp_status clmlp_run_take_theta(clmlp_run *r, clmlp_error *error)
{
    r->theta_epochs = SIZE_MAX; /* a read that fails leaves parts of two */
    TRY(clmlp_run_get_block(r, r->theta, error));
    r->theta_epochs = r->epoch > 0 && r->done < r->steps_per_epoch ? r->epoch - 1 : r->epoch;
    r->squares = r->config.lambda > 0.0 ? clmlp_theta_squares(r->model, r->theta) : 0.0;
    return CLMLP_OK;
}

clmlp_status clmlp_run_score(clmlp_run *r, double squares, clmlp_score *train, clmlp_score *test, clmlp_error *error)
{
    TRY(clmlp_run_read_costs(r, error));
    TRY(score_train(r, r->config.lambda, squares, train, error));
    return test != NULL ? clmlp_run_score_held_out(r, &r->test, squares, test, error) : CLMLP_OK;
}

clmlp_status clmlp_run_check(clmlp_run *r, clmlp_error *error)
{
    TRY(clmlp_run_read_costs(r, error));
    return clmlp_run_check_costs(r, error);
}

clmlp_status clmlp_run_stop(clmlp_run *r, clmlp_error *error)
{
    if (!r->under_way) return CLMLP_OK;
    TRY(clmlp_run_read_costs(r, error));
    TRY(clmlp_run_check_costs(r, error));
    r->under_way = false;
    return clmlp_run_take_theta(r, error);
}
