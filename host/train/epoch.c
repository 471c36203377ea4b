/* epoch.c - the steps of an epoch, and its record. */
#include "base/clock.h"
#include "base/memory.h"
#include "train/checkpoint/checkpoint.h"
#include "train/costs.h"

static const double SECONDS_AHEAD = 0.1;

static bool interrupted(const clmlp_run *r)
{
    return clmlp_run_interrupted(r);
}

/* --- steps ----------------------------------------------------------------------------------------------------- */

/* Reading its cost waits for all that the step did. */
static clmlp_status wait_for_first_step(clmlp_run *r, clmlp_error *error)
{
    const clmlp_score_limits limits = clmlp_score_limits_of(r->train_data, r->M, r->M);
    if (r->sharing == NULL) TRY(clmlp_scores_take(r->backend, &limits, 0, 1, r->scores + r->done, error));
    r->config.on_first_step.function(r->config.on_first_step.context);
    return CLMLP_OK;
}

/* One step of all ranks; its cost is known then. Where they go apart it is when they meet. */
static clmlp_status advance_together(clmlp_run *r, const clmlp_batch *batch, size_t number, size_t most, size_t *taken,
                                     clmlp_error *error)
{
    const size_t K = r->config.local_steps;
    *taken = 1;
    if (K > 1) {
        const bool meets = number % K == 0 || most == 1 || r->done + 1 == r->steps_per_epoch;
        TRY(clmlp_run_step_alone(r, batch, number, meets, error));
    } else {
        TRY(clmlp_shared_step(r->sharing, r->network, batch, &r->descent, number, &r->scores[r->done], error));
        r->scored = r->done + 1;
    }
    TRY(clmlp_batch_loader_done(r->train, error));
    return r->backend->ops->flush(r->backend, error);
}

/* One step, or as many as the backend likes to take in one call. Where some are looked at all are taken by the same
 * kernels: those of several steps in one call are others, which nobody would have looked at. */
static clmlp_status advance(clmlp_run *r, const clmlp_batch *batch, size_t most, size_t *taken, clmlp_error *error)
{
    const size_t index = r->done, number = r->steps_before + index + 1, slot = index - r->scored;
    const bool waits = !r->stepped && r->config.on_first_step.function != NULL;
    if (r->sharing != NULL) return advance_together(r, batch, number, most, taken, error);
    if (r->config.inspector == NULL) {
        most = waits ? 1 : clmlp_smaller(most, clmlp_batch_loader_ahead(r->train));
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
    const clmlp_share all = {.count = 0};
    TRY(clmlp_batch_loader_begin_shared(r->train, r->M, r->shuffles, r->sharing != NULL ? &r->sharing->share : &all,
                                        error));
    if (r->done > 0) TRY(clmlp_batch_loader_seek(r->train, r->done * r->M, error));
    r->inside = true;
    return CLMLP_OK;
}

/* Enqueue steps until the epoch has `goal` of them, or somebody wants to stop. */
static clmlp_status descend_to(clmlp_run *r, size_t goal, clmlp_error *error)
{
    const size_t report = clmlp_larger(r->steps_per_epoch / 100, 1);
    clmlp_batch batch;
    size_t taken = 0;
    TRY(enter_epoch(r, error));
    while (r->done < goal && !interrupted(r)) {
        bool inspected = false, again = false;
        /* between two meetings of ranks theta is no one's but this rank's */
        if (r->sharing == NULL || r->scored == r->done) TRY(clmlp_run_save_if_due(r, CLMLP_BEFORE_STEP, error));
        TRY(clmlp_batch_loader_next(r->train, &batch, error));
        if (batch.divisor == 0.0) break;
        TRY(clmlp_run_before_step(r, r->done, &inspected, error));
        TRY(advance(r, &batch, goal - r->done, &taken, error));
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

/* An iteration of the minimiser, as the one step of the epoch, unless it was undone. Its cost, that of the theta that
 * it begins with, is on the host. */
static clmlp_status minimise(clmlp_run *r, clmlp_error *error)
{
    TRY(clmlp_run_iterate(r, &r->scores[0], error));
    if (r->minimisation->cut_short) return CLMLP_OK;
    if (r->epoch == 1 && r->config.on_first_step.function != NULL) {
        r->config.on_first_step.function(r->config.on_first_step.context);
    }
    r->inside = false;
    r->done = r->scored = 1;
    r->result.steps++;
    clmlp_run_tell_minimiser(r);
    return CLMLP_OK;
}

/* --- an epoch ------------------------------------------------------------------------------------------------- */

/* What an epoch cost, its record, and the callback. */
static clmlp_status finish_epoch(clmlp_run *r, clmlp_error *error)
{
    clmlp_epoch epoch = {.epoch = r->epoch, .epochs = r->config.epochs, .has_test = r->test.data != NULL,
                         .has_validation = r->validation.data != NULL};
    TRY(clmlp_run_read_costs(r, error));
    TRY(clmlp_run_check_costs(r, error));
    epoch.train = clmlp_run_score_met(r);
    TRY(clmlp_run_take_theta(r, error));
    TRY(clmlp_run_compare_ranks(r, error));
    TRY(clmlp_run_score_validation(r, &epoch, error));
    TRY(clmlp_run_judge(r, &epoch, error));
    TRY(clmlp_run_score_held_out(r, &r->test, r->squares, &epoch.test, error));
    r->result.epochs = r->epoch;
    epoch.step = r->result.steps;
    epoch.rate = clmlp_schedule_rate_of_step(&r->descent.rule.schedule, r->descent.rule.rate, r->result.steps - 1);
    const double now = clmlp_seconds();
    epoch.seconds = now - r->start;
    epoch.samples_per_second = clmlp_rate_of((double)r->epoch_rows, now - r->epoch_began);
    clmlp_run_record_times(r, false);
    r->epoch_began = now; /* all of the time belongs to an epoch, as in the summary */
    r->under_way = false;
    const char *const metric = r->monitor.measures ? r->monitor.name : NULL;
    if (r->history.open) TRY(clmlp_history_write(&r->history, &epoch, metric, error));
    if (r->config.on_epoch.function != NULL) r->config.on_epoch.function(&epoch, r->config.on_epoch.context);
    return clmlp_run_save_if_due(r, CLMLP_AFTER_EPOCH, error);
}

static void begin_epoch(clmlp_run *r)
{
    r->epoch++;
    if (r->epoch == r->config.timed_epoch) clmlp_run_record_times(r, true);
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
        else TRY(descend_to(r, r->done + clmlp_smaller(most, left), error));
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
