/* find_rate.c - a range test: a short training whose rate grows from step to step. */
#include "clmlp/find_rate.h"

#include <math.h>
#include <stdlib.h>

#include "base/argument.h"
#include "base/memory.h"
#include "base/rounded.h"
#include "base/structure.h"
#include "train/run.h"

enum { LEAST_STEPS = 100, MOST_STEPS = 2000, LOOKS = 50, WINDOWS = 25 };

static const double TOO_HIGH = 4.0; /* times the least cost */

void clmlp_find_rate_config_init(clmlp_find_rate_config *config, size_t size)
{
    static const clmlp_find_rate_config defaults = {.size = sizeof defaults, .from = 1e-5, .to = 100.0};
    clmlp_structure_init(config, size, &defaults, sizeof defaults);
}

typedef struct sweep {
    clmlp_run *run;
    clmlp_find_rate_result *result;
    size_t least;       /* index of the point with the least smoothed cost */
    double sum, weight; /* of the weighted mean */
} sweep;

static clmlp_status check(const clmlp_find_rate_config *config, clmlp_precision precision, clmlp_error *error)
{
    const bool ordered = config->from > 0.0 && config->to > config->from;
    if (ordered && config->to <= clmlp_largest_number(precision)) return CLMLP_OK;
    if (ordered && isfinite(config->to)) {
        return clmlp_fail_beyond(error, precision, "the last rate of the sweep is %g", config->to);
    }
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "rates from %g to %g (expected two numbers > 0, the smaller first)",
                      config->from, config->to);
}

/* Whole epochs with LEAST_STEPS steps, of which at most MOST_STEPS are taken. */
static size_t choose_steps(size_t m, size_t M, size_t *epochs)
{
    const size_t an_epoch = clmlp_batches(m, M), steps = clmlp_batches(LEAST_STEPS, an_epoch) * an_epoch;
    *epochs = clmlp_batches(LEAST_STEPS, an_epoch);
    return steps < MOST_STEPS ? steps : MOST_STEPS;
}

/* The next point; false: the sweep ends here. */
static bool add_point(sweep *s, double cost)
{
    clmlp_find_rate_result *const result = s->result;
    const clmlp_rule_settings *const rule = &s->run->descent.rule;
    const size_t i = result->count;
    const double share = (double)WINDOWS / (double)result->steps, keep = 1.0 - (share < 1.0 ? share : 1.0);
    const double rate = clmlp_schedule_rate_of_step(&rule->schedule, rule->rate, i);
    s->sum = keep * s->sum + (1.0 - keep) * cost;
    s->weight = keep * s->weight + (1.0 - keep);
    const double smoothed = s->sum / s->weight;
    if (!isfinite(smoothed)) { /* a cost that is no number is no point of the table */
        result->diverged = true;
        result->end_rate = rate;
        return false;
    }
    clmlp_rate_point *const points = result->points;
    points[result->count++] = (clmlp_rate_point){rate, cost, smoothed};
    /* before the first window is full, the mean is of a few batches, and may be near 0 by chance */
    const size_t first = result->steps / WINDOWS;
    if (i <= first || smoothed < points[s->least].smoothed) s->least = i;
    if (i <= first) return true;
    if (smoothed <= TOO_HIGH * points[s->least].smoothed || smoothed <= points[first].smoothed) return true;
    result->diverged = true;
    result->end_rate = rate;
    return false;
}

/* The steps of the epoch that have no point yet. */
static bool add_points(sweep *s)
{
    const clmlp_run *const r = s->run;
    for (size_t i = s->result->count - r->steps_before; i < r->done; i++) {
        const size_t left = r->m - i * r->M;
        if (!add_point(s, r->scores[i].cost / (double)(left < r->M ? left : r->M))) return false;
    }
    return true;
}

/* To the end, or to where the cost is beyond use. It is looked at now and then, for looking waits for the device. At
 * the end of an epoch clmlp_run_steps itself says that a cost was not finite. */
static clmlp_status run_sweep(sweep *s, clmlp_error *error)
{
    const size_t chunk = clmlp_batches(s->result->steps, LOOKS);
    bool goes_on = true;
    while (goes_on && s->result->count < s->result->steps) {
        const size_t left = s->result->steps - s->result->count;
        const clmlp_status status = clmlp_run_steps(s->run, left < chunk ? left : chunk, error);
        if (status != CLMLP_OK && status != CLMLP_DIVERGED) return status;
        if (status == CLMLP_OK) TRY(clmlp_run_read_costs(s->run, error));
        goes_on = add_points(s) && status == CLMLP_OK;
    }
    return CLMLP_OK;
}

/* Whether the smoothed cost fell by more than batches differ by chance, from where its first window is full to the
 * least. The variance v of a batch's cost is half the mean square of what successive ones differ by, which a slow fall
 * hardly changes. That of a mean with weights w (1 - w)^k is v w / (2 - w); that of the difference of two, twice that.
 * Beyond 3 standard deviations is 1 chance in 700, for each of some WINDOWS means. */
static bool fell_beyond_noise(const sweep *s)
{
    const clmlp_find_rate_result *const result = s->result;
    const clmlp_rate_point *const points = result->points;
    const size_t first = result->steps / WINDOWS;
    const double share = (double)WINDOWS / (double)result->steps, w = share < 1.0 ? share : 1.0;
    double squares = 0.0;
    if (s->least <= first) return false;
    for (size_t i = 1; i <= s->least; i++) {
        const double change = points[i].cost - points[i - 1].cost;
        squares += change * change;
    }
    const double variance = 0.5 * squares / (double)s->least, deviation = sqrt(2.0 * variance * w / (2.0 - w));
    return points[first].smoothed - points[s->least].smoothed > 3.0 * deviation;
}

static void propose(const sweep *s)
{
    clmlp_find_rate_result *const result = s->result;
    if (result->count == 0) return;
    result->best_rate = result->points[s->least].rate;
    result->best_cost = result->points[s->least].smoothed;
    if (s->least >= result->steps / 10 && fell_beyond_noise(s)) result->proposal = result->best_rate / 10.0;
    result->still_falling = !result->diverged && s->least + 1 == result->count;
}

/* What a trainer is made with: the settings of `config` that have to do with a step. */
static clmlp_train_config settings_of(const clmlp_train_config *config, double rate)
{
    clmlp_train_config own = *config;
    own.rate = rate;
    own.schedule = (clmlp_rate_schedule){.kind = CLMLP_SCHEDULE_CONSTANT};
    own.history_path = NULL;
    own.on_epoch = (clmlp_on_epoch){NULL, NULL};
    own.on_progress = (clmlp_on_progress){NULL, NULL};
    own.on_first_step = (clmlp_on_first_step){NULL, NULL};
    own.on_shares = (clmlp_on_shares){NULL, NULL};
    own.inspector = NULL;
    own.validation = NULL;
    own.early_stopping = 0;
    own.monitor = NULL;
    own.keep_best = false;
    own.checkpoint_path = own.resume_path = NULL;
    own.wants_checkpoint.function = NULL;
    return own;
}

clmlp_status clmlp_find_rate(const clmlp_model *model, clmlp_device *device, const clmlp_dataset *train,
                             const clmlp_train_config *config, const clmlp_find_rate_config *sweep_config,
                             clmlp_find_rate_result *result, clmlp_error *error)
{
    clmlp_find_rate_result own = {.size = sizeof own, .end_rate = NAN, .best_rate = NAN, .best_cost = NAN,
                                  .proposal = NAN};
    const clmlp_find_rate_result none = own;
    clmlp_train_config training = clmlp_train_config_default();
    clmlp_find_rate_config range = clmlp_find_rate_config_default();
    clmlp_model *copy = NULL;
    clmlp_trainer *trainer = NULL;
    clmlp_status status = CLMLP_OK;
    REQUIRE(result != NULL, "result");
    TRY(clmlp_structure_check(result, "result", error));
    clmlp_structure_give(result, &none, sizeof none);
    REQUIRE(model != NULL, "model");
    REQUIRE(device != NULL, "device");
    REQUIRE(train != NULL, "train");
    TRY(clmlp_structure_take(&training, sizeof training, config, "config", error));
    TRY(clmlp_structure_take(&range, sizeof range, sweep_config, "sweep", error));
    TRY(check(&range, device->backend->precision, error));
    training = settings_of(&training, range.from);
    own.steps = choose_steps(train->m, training.batch == 0 ? train->m : training.batch, &training.epochs);
    TRY_CLEANUP(clmlp_model_copy(&copy, model, error));
    TRY_CLEANUP(clmlp_trainer_create(&trainer, copy, device, train, NULL, &training, error));
    TRY_CLEANUP(clmlp_allocate(&own.points, own.steps, sizeof *own.points, "the points of a sweep", error));
    sweep s = {.run = clmlp_trainer_own_run(trainer), .result = &own};
    s.run->descent.rule.schedule =
        (clmlp_schedule_settings){.steps = own.steps, .source = CLMLP_RATE_SWEPT, .other = range.to};
    TRY_CLEANUP(run_sweep(&s, error));
    propose(&s);
    clmlp_structure_give(result, &own, sizeof own);
    own.points = NULL;
cleanup:
    free(own.points);
    clmlp_trainer_destroy(trainer);
    clmlp_model_destroy(copy);
    return status;
}
