/* epoch.c - the steps of an epoch, what they cost, and the last good theta. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "train/checkpoint/checkpoint.h"
#include "train/run.h"

static const double SECONDS_AHEAD = 0.1;

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static bool interrupted(const clmlp_run *r)
{
    return clmlp_cancel_requested(r->config.cancel);
}

/* --- steps ----------------------------------------------------------------------------------------------------- */

/* Reading its cost waits for all that the step did. */
static clmlp_status wait_for_first_step(clmlp_run *r, clmlp_error *error)
{
    TRY(r->backend->ops->scores_read(r->backend, 0, 1, r->scores + r->done, error));
    r->config.on_first_step.function(r->config.on_first_step.context);
    return CLMLP_OK;
}

/* One step that is looked at, or as many as the backend likes to take in one call up to one that is. */
static clmlp_status advance(clmlp_run *r, const clmlp_batch *batch, size_t most, bool inspected, size_t *taken,
                            clmlp_error *error)
{
    const size_t index = r->done, number = r->steps_before + index + 1, slot = index - r->scored;
    const bool waits = !r->stepped && r->config.on_first_step.function != NULL;
    if (!inspected) {
        most = waits ? 1 : clmlp_run_unseen(r, index, smaller(most, clmlp_batch_loader_ahead(r->train)));
        return clmlp_step_advance(r->network, r->train, batch, &r->descent, number, slot, most, taken, error);
    }
    *taken = 1;
    TRY(clmlp_step_take(r->network, batch, &r->descent, number, slot, error));
    TRY(clmlp_batch_loader_done(r->train, error));
    return r->backend->ops->flush(r->backend, error);
}

/* The device may be far behind what is enqueued. Now and then it is waited for, or the share would tell nothing; how
 * often, by how long the steps since the last time took. */
static clmlp_status catch_up(clmlp_run *r, clmlp_error *error)
{
    clmlp_catching_up *const c = &r->catching_up;
    if (r->done < c->next) return CLMLP_OK;
    TRY(clmlp_run_read_costs(r, error));
    const double now = clmlp_seconds(), a_step = (now - c->since) / (double)(r->done - c->from);
    const double steps = a_step > 0.0 ? SECONDS_AHEAD / a_step : (double)r->steps_per_epoch;
    c->every = steps < (double)r->steps_per_epoch ? (size_t)steps + 1 : r->steps_per_epoch;
    *c = (clmlp_catching_up){.every = c->every, .next = r->done + c->every, .from = r->done, .since = now};
    return CLMLP_OK;
}

static clmlp_status tell_progress(clmlp_run *r, clmlp_error *error)
{
    const clmlp_on_progress *const tell = &r->config.on_progress;
    if (tell->function == NULL) return CLMLP_OK;
    TRY(catch_up(r, error));
    tell->function(r->epoch, (double)r->done / (double)r->steps_per_epoch, tell->context);
    return CLMLP_OK;
}

/* The batches of the epoch under way, from its next one on: in the order that was chosen for it. */
static clmlp_status enter_epoch(clmlp_run *r, clmlp_error *error)
{
    if (r->inside) return CLMLP_OK;
    TRY(clmlp_batch_loader_begin(r->train, r->M, r->shuffles, error));
    if (r->done > 0) TRY(clmlp_batch_loader_seek(r->train, r->done * r->M, error));
    r->inside = true;
    return CLMLP_OK;
}

/* Enqueue steps until the epoch has `goal` of them, or somebody wants to stop. */
static clmlp_status descend_to(clmlp_run *r, size_t goal, clmlp_error *error)
{
    const size_t report = larger(r->steps_per_epoch / 100, 1);
    clmlp_batch batch;
    size_t taken = 0;
    TRY(enter_epoch(r, error));
    while (r->done < goal && !interrupted(r)) {
        bool inspected = false, again = false;
        TRY(clmlp_run_save_if_due(r, CLMLP_BEFORE_STEP, error));
        TRY(clmlp_batch_loader_next(r->train, &batch, error));
        if (batch.M == 0) break;
        TRY(clmlp_run_before_step(r, r->done, &inspected, error));
        TRY(advance(r, &batch, goal - r->done, inspected, &taken, error));
        if (inspected) TRY(clmlp_run_inspect(r, r->done, &again, error));
        if (again) continue;
        if (!r->stepped && r->config.on_first_step.function != NULL) TRY(wait_for_first_step(r, error));
        r->stepped = true;
        const bool reports = r->done / report != (r->done + taken) / report;
        r->done += taken;
        r->result.steps += taken;
        if (reports) TRY(tell_progress(r, error));
    }
    return CLMLP_OK;
}

/* The costs of the epoch are on the host, and the device's slots free. */
static clmlp_status score_train(clmlp_run *r, double lambda, double squares, clmlp_score *score, clmlp_error *error)
{
    const size_t rows = r->train->capacity, count = clmlp_batches(r->m, rows);
    r->inside = false; /* the pass takes the loader from the epoch */
    TRY(clmlp_score_pass(r->network, r->train, rows, r->train_right, 0, NULL, error));
    TRY(r->backend->ops->scores_read(r->backend, 0, count, r->pass, error));
    *score = clmlp_score_of(r->pass, count, r->m, lambda, squares, r->train_right);
    return CLMLP_OK;
}

/* An iteration of the minimiser, as the one step of the epoch; its cost, that of the theta that it begins with, is on
 * the host. */
static clmlp_status minimise(clmlp_run *r, clmlp_error *error)
{
    const clmlp_minimisation *const m = r->minimisation;
    TRY(clmlp_minimise_iterate(r->minimisation, &r->scores[0], error));
    if (r->epoch == 1 && r->config.on_first_step.function != NULL) {
        r->config.on_first_step.function(r->config.on_first_step.context);
    }
    r->inside = false;
    r->done = r->scored = 1;
    r->result.steps++;
    r->result.iterations = m->iterations;
    r->result.evaluations = m->evaluations;
    r->result.end = m->end != CLMLP_END_NONE ? m->end : r->epoch == r->config.epochs ? CLMLP_END_ITERATIONS : m->end;
    return CLMLP_OK;
}

bool clmlp_run_is_minimised(const clmlp_run *r)
{
    return r->minimisation != NULL && r->minimisation->end != CLMLP_END_NONE;
}

/* --- costs ----------------------------------------------------------------------------------------------------- */

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

static const char *held(const clmlp_run *r)
{
    return r->result.best_epoch > 0 ? "best" : "last good";
}

/* `shown`: what came of showing it to the inspector, with `why`. */
static clmlp_status diverged(clmlp_run *r, size_t epoch, size_t step, clmlp_status shown, const clmlp_error *why,
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
                      "training diverged: the cost of epoch %zu, step %zu is not finite; the model holds the %s "
                      "theta%s%s",
                      epoch, step, held(r), shown != CLMLP_OK ? "; the step could not be shown: " : "",
                      shown != CLMLP_OK ? why->message : "");
}

/* Data term of J over the first `steps` of the epoch, as it was met. */
static double met_cost(const clmlp_run *r, size_t steps)
{
    return clmlp_score_of(r->scores, steps, smaller(steps * r->M, r->epoch_rows), 0.0, 0.0, r->train_right).cost;
}

/* J and accuracy of the epoch, as they were met; lambda / m keeps the full m. */
static clmlp_score score_met(const clmlp_run *r)
{
    const double lambda = r->config.lambda;
    const bool all = r->epoch_rows == r->m;
    return clmlp_score_of(r->scores, r->done, r->epoch_rows,
                          all ? lambda : lambda * ((double)r->epoch_rows / (double)r->m), r->squares, r->train_right);
}

/* lambda term of J, of theta whose squares are given. */
static double decay_term(const clmlp_run *r, double squares)
{
    return r->config.lambda / (2.0 * (double)r->m) * squares;
}

/* Whether theta at the start of the epoch counts as diverged, by the cost of so many of its steps. */
static bool was_bad(const clmlp_run *r, size_t steps)
{
    return clmlp_has_diverged(&r->divergence, met_cost(r, steps), decay_term(r, r->squares));
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
    r->divergence.start_decay = decay_term(r, r->squares);
    return CLMLP_OK;
}

/* theta at the start of the epoch is of use once its first batch had a finite cost. */
static clmlp_status check_costs(clmlp_run *r, clmlp_error *error)
{
    for (size_t step = 0; step < r->done; step++) {
        if (isfinite(r->scores[step].cost)) continue;
        clmlp_error why = {.message = ""};
        const clmlp_status shown = clmlp_run_show_divergence(r, step, &why);
        if (step > 0) keep_theta(r, step);
        return diverged(r, r->epoch, step + 1, shown, &why, error);
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

static double rate_of(double count, double seconds)
{
    return seconds > 0.0 ? count / seconds : 0.0;
}

/* What an epoch cost, its record, and the callback. */
static clmlp_status finish_epoch(clmlp_run *r, clmlp_error *error)
{
    clmlp_epoch epoch = {.epoch = r->epoch, .epochs = r->config.epochs, .has_test = r->test.data != NULL,
                         .has_validation = r->validation.data != NULL};
    TRY(clmlp_run_read_costs(r, error));
    TRY(check_costs(r, error));
    epoch.train = score_met(r);
    TRY(clmlp_run_take_theta(r, error));
    TRY(clmlp_run_score_validation(r, &epoch, error));
    TRY(clmlp_run_judge(r, &epoch, error));
    TRY(clmlp_run_score_held_out(r, &r->test, r->squares, &epoch.test, error));
    r->result.epochs = r->epoch;
    epoch.step = r->result.steps;
    epoch.rate = clmlp_schedule_rate_of_step(&r->descent.rule.schedule, r->descent.rule.rate, r->result.steps - 1);
    const double now = clmlp_seconds();
    epoch.seconds = now - r->start;
    epoch.samples_per_second = rate_of((double)r->epoch_rows, now - r->epoch_began);
    r->epoch_began = now; /* all of the time belongs to an epoch, as in the summary */
    r->under_way = false;
    const char *const metric = r->monitor.measures ? r->monitor.name : NULL;
    if (r->history.open) TRY(clmlp_history_write(&r->history, &epoch, metric, error));
    if (r->config.on_epoch.function != NULL) r->config.on_epoch.function(&epoch, r->config.on_epoch.context);
    return clmlp_run_save_if_due(r, CLMLP_AFTER_EPOCH, error);
}

clmlp_status clmlp_run_check(clmlp_run *r, clmlp_error *error)
{
    TRY(clmlp_run_read_costs(r, error));
    return check_costs(r, error);
}

clmlp_status clmlp_run_stop(clmlp_run *r, clmlp_error *error)
{
    if (!r->under_way) return CLMLP_OK;
    TRY(clmlp_run_read_costs(r, error));
    TRY(check_costs(r, error));
    r->under_way = false;
    return clmlp_run_take_theta(r, error);
}

/* --- an epoch ------------------------------------------------------------------------------------------------- */

static void begin_epoch(clmlp_run *r)
{
    r->epoch++;
    r->steps_before = r->result.steps;
    r->done = r->scored = 0;
    r->inside = false;
    r->under_way = true;
    r->catching_up = (clmlp_catching_up){
        .every = r->catching_up.every, .next = r->catching_up.every, .from = 0, .since = clmlp_seconds()};
}

clmlp_status clmlp_run_steps(clmlp_run *r, size_t most, clmlp_error *error)
{
    /* not a step, not even an epoch, is begun once somebody wants to stop */
    if (!r->under_way && !interrupted(r)) begin_epoch(r);
    if (!interrupted(r)) {
        const size_t left = r->steps_per_epoch - r->done;
        if (r->minimisation != NULL) TRY(minimise(r, error));
        else TRY(descend_to(r, r->done + smaller(most, left), error));
    }
    if (r->under_way && r->done == r->steps_per_epoch) {
        /* while the device is still busy with this epoch */
        if (r->shuffles) clmlp_batch_loader_shuffle(r->train, r->config.seed, r->epoch + 1);
        return finish_epoch(r, error);
    }
    if (!interrupted(r)) return CLMLP_OK;
    TRY(clmlp_run_save_if_due(r, CLMLP_BEFORE_STOP, error));
    r->cut_short = true;
    TRY(clmlp_run_stop(r, error));
    return clmlp_fail(error, CLMLP_INTERRUPTED, "interrupted after %zu of %zu epochs", r->result.epochs,
                      r->config.epochs);
}

/* --- the end --------------------------------------------------------------------------------------------------- */

/* The cost of all data is not finite under the final theta. */
static clmlp_status end_diverged(clmlp_run *r, size_t rows, size_t count, clmlp_error *error)
{
    clmlp_error why = {.message = ""};
    size_t batch = 0;
    while (batch + 1 < count && isfinite(r->pass[batch].cost)) batch++;
    const clmlp_status shown = clmlp_run_show_end(r, batch * rows, smaller(rows, r->m - batch * rows), &why);
    return diverged(r, r->result.epochs, r->result.steps, shown, &why, error);
}

/* Whoever stops a training early does not hear that it diverged: it might have recovered. */
static clmlp_status check_end(clmlp_run *r, size_t count, clmlp_error *error)
{
    const clmlp_divergence *const d = &r->divergence;
    const double cost = clmlp_score_of(r->pass, count, r->m, 0.0, 0.0, r->train_right).cost;
    const double decay = decay_term(r, r->squares);
    if (!clmlp_has_diverged(d, cost, decay)) return CLMLP_OK;
    r->result.diverged_epoch = r->result.epochs;
    r->result.diverged_step = r->result.steps;
    if (!clmlp_has_diverged(d, cost, 0.0)) {
        return clmlp_fail(error, CLMLP_DIVERGED,
                          "training diverged: J went from %g to %g, of which %g is the lambda term, and is worse than "
                          "guessing (predicting the mean of the targets costs %g); the model holds the last good theta",
                          d->start + d->start_decay, cost + decay, decay, d->mean);
    }
    return clmlp_fail(error, CLMLP_DIVERGED,
                      "training diverged: the cost went from %g to %g, which is worse than guessing (predicting the "
                      "mean of the targets costs %g); the model holds the last good theta", d->start, cost, d->mean);
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
    r->result.samples_per_second = rate_of((double)r->result.epochs * (double)r->epoch_rows, r->result.seconds);
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
