/* finish.c - the end of a training: the theta that is kept, and its costs over all data. */
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "train/costs.h"

/* The cost of all data is not finite under the final theta. */
static clmlp_status end_diverged(clmlp_run *r, size_t rows, size_t count, clmlp_error *error)
{
    clmlp_error why = {.message = ""};
    size_t batch = 0;
    while (batch + 1 < count && isfinite(r->pass[batch].cost)) batch++;
    const clmlp_status shown = clmlp_run_show_end(r, batch * rows, clmlp_smaller(rows, r->m - batch * rows), &why);
    return clmlp_run_diverged(r, r->result.epochs, r->result.steps, shown, &why, error);
}

/* Whoever stops a training early does not hear that it diverged: it might have recovered. */
static clmlp_status check_end(clmlp_run *r, size_t count, clmlp_error *error)
{
    const clmlp_divergence *const d = &r->divergence;
    const double cost = clmlp_score_of(r->pass, count, r->m, 0.0, 0.0, r->train_right).cost;
    const double decay = clmlp_run_decay_term(r, r->squares);
    if (!clmlp_has_diverged(d, cost, decay)) return CLMLP_OK;
    r->result.diverged_epoch = r->result.epochs;
    r->result.diverged_step = r->result.steps;
    if (!clmlp_has_diverged(d, cost, 0.0)) {
        return clmlp_fail(error, CLMLP_DIVERGED,
                          "training diverged: J went from %g to %g, of which %g is the lambda term, and is worse than "
                          "guessing (predicting the mean of the targets costs %g); the model holds the %s",
                          d->start + d->start_decay, cost + decay, decay, d->mean, clmlp_run_held(r));
    }
    return clmlp_fail(error, CLMLP_DIVERGED,
                      "training diverged: the cost went from %g to %g, which is worse than guessing (predicting the "
                      "mean of the targets costs %g); the model holds the %s", d->start, cost, d->mean,
                      clmlp_run_held(r));
}

/* The best theta takes the place of the last one, where it is kept. */
static clmlp_status take_best(clmlp_run *r, clmlp_error *error)
{
    if (r->best.epoch == 0) return CLMLP_OK;
    TRY(clmlp_best_restore(&r->best, r->network, error));
    return clmlp_run_take_theta(r, error);
}

clmlp_status clmlp_run_finish(clmlp_run *r, clmlp_error *error)
{
    const size_t rows = r->train->capacity;
    r->result.seconds = clmlp_seconds() - r->start;
    r->result.part_seconds = r->result.seconds - r->resumed_seconds;
    r->result.part_steps = r->result.steps - r->resumed_steps;
    clmlp_run_tell_sharing(r);
    r->result.samples_per_second = clmlp_rate_of((double)r->result.epochs * (double)r->epoch_rows, r->result.seconds);
    TRY(clmlp_run_read_costs(r, error)); /* while theta is what they are of */
    TRY(take_best(r, error));
    TRY(clmlp_run_score(r, r->squares, &r->result.train, NULL, error));
    if (!isfinite(r->result.train.cost)) return end_diverged(r, rows, clmlp_batches(r->m, rows), error);
    if (!r->cut_short) TRY(check_end(r, clmlp_batches(r->m, rows), error));
    memcpy(r->model->theta, r->theta, clmlp_model_parameters(r->model) * sizeof *r->theta);
    r->result.good_epochs = r->best.epoch > 0 ? r->best.epoch : r->result.epochs;
    r->result.best_epoch = r->best.epoch;
    if (r->best.epoch > 0) r->result.best = r->best.value;
    r->result.has_validation = r->validation.data != NULL;
    r->result.has_test = r->test.data != NULL;
    TRY(clmlp_run_score_held_out(r, &r->validation, r->squares, &r->result.validation, error));
    return clmlp_run_score_held_out(r, &r->test, r->squares, &r->result.test, error);
}
