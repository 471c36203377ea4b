/* schedule.c - the learning rate in each step of a run. */
#include "train/schedule.h"

#include <math.h>

#include "base/error.h"

static const double PI = 3.14159265358979323846;

/* --- what a schedule has ---------------------------------------------------------------------------------------- */

bool clmlp_schedule_has_decay(clmlp_schedule schedule)
{
    return schedule == CLMLP_SCHEDULE_INVERSE || clmlp_schedule_has_interval(schedule);
}

bool clmlp_schedule_has_interval(clmlp_schedule schedule)
{
    return schedule == CLMLP_SCHEDULE_STEP || schedule == CLMLP_SCHEDULE_EXPONENTIAL;
}

bool clmlp_schedule_has_least(clmlp_schedule schedule)
{
    return schedule > CLMLP_SCHEDULE_CONSTANT && schedule < CLMLP_SCHEDULE_COUNT;
}

static bool is_set(const clmlp_span *span)
{
    return span->steps > 0 || span->share > 0.0;
}

static size_t steps_of(const clmlp_span *span, size_t all)
{
    return span->share > 0.0 ? (size_t)(span->share * (double)all + 0.5) : span->steps;
}

size_t clmlp_schedule_warmup(const clmlp_rate_schedule *schedule, size_t steps)
{
    return schedule != NULL ? steps_of(&schedule->warmup, steps) : 0;
}

size_t clmlp_schedule_interval(const clmlp_rate_schedule *schedule, size_t steps)
{
    if (schedule == NULL || !clmlp_schedule_has_interval(schedule->kind)) return 0;
    const size_t warmup = clmlp_schedule_warmup(schedule, steps), left = steps > warmup ? steps - warmup : 0;
    const bool given = is_set(&schedule->decay_every);
    const size_t interval = given ? steps_of(&schedule->decay_every, steps) : left / 3 + (left % 3 != 0);
    return interval > 0 ? interval : 1;
}

double clmlp_schedule_decay(const clmlp_rate_schedule *schedule)
{
    if (schedule == NULL || !clmlp_schedule_has_decay(schedule->kind)) return 0.0;
    if (schedule->decay > 0.0) return schedule->decay;
    return schedule->kind == CLMLP_SCHEDULE_INVERSE ? 0.5 : 0.1;
}

bool clmlp_schedule_is_constant(const clmlp_schedule_settings *settings)
{
    return settings->source == CLMLP_RATE_SCHEDULED && settings->set.kind == CLMLP_SCHEDULE_CONSTANT &&
           !is_set(&settings->set.warmup);
}

/* --- what can be set -------------------------------------------------------------------------------------------- */

static clmlp_status check_span(const char *what, const clmlp_span *span, clmlp_error *error)
{
    if (!(span->share >= 0.0 && span->share < 1.0)) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%s is %g of all steps (expected a share >= 0 and < 1)", what,
                          span->share);
    }
    if (span->share > 0.0 && span->steps > 0) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%s is both %zu steps and %g of all steps (expected one of them)",
                          what, span->steps, span->share);
    }
    return CLMLP_OK;
}

clmlp_status clmlp_schedule_check(const clmlp_schedule_settings *settings, double rate, clmlp_error *error)
{
    const clmlp_rate_schedule *const set = &settings->set;
    if ((unsigned)set->kind >= CLMLP_SCHEDULE_COUNT) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "there is no schedule number %d", (int)set->kind);
    }
    if (!(set->min_rate >= 0.0 && set->min_rate <= rate)) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "the least rate (--min-rate) is %g (expected a number >= 0, and at "
                          "most the learning rate, which is %g)", set->min_rate, rate);
    }
    const bool factor = clmlp_schedule_has_interval(set->kind);
    if (!(set->decay >= 0.0 && isfinite(set->decay)) || (factor && set->decay > 1.0)) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "the decay (--decay) is %g (expected a number > 0%s)", set->decay,
                          factor ? " and at most 1" : "");
    }
    TRY(check_span("the warm-up (--warmup)", &set->warmup, error));
    TRY(check_span("the interval of the decay (--decay-every)", &set->decay_every, error));
    const size_t warmup = clmlp_schedule_warmup(set, settings->steps);
    if (settings->steps == 0 || warmup < settings->steps) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "the warm-up (--warmup) takes %zu steps, and the run has %zu (expected "
                      "fewer than those)", warmup, settings->steps);
}

/* --- the formulas ----------------------------------------------------------------------------------------------- */

/* From 1 at done = 0 to 0 at 1. */
static double half_wave(double done)
{
    return (1.0 + cos(PI * done)) / 2.0;
}

/* From r at height 0 to alpha at 1; rounding leads no further. */
static double between(const clmlp_rate_schedule *s, double rate, double height)
{
    return fmin(rate, s->min_rate + (rate - s->min_rate) * height);
}

/* Step u = 0 .. n - 1 of the schedule, behind the warm-up; every: N. */
static double rate_within(const clmlp_rate_schedule *s, double rate, size_t u, size_t n, size_t every)
{
    const double done = (double)u / (double)n, decay = clmlp_schedule_decay(s);
    switch (s->kind) {
    case CLMLP_SCHEDULE_CONSTANT: return rate;
    case CLMLP_SCHEDULE_STEP: return fmax(s->min_rate, rate * pow(decay, (double)(u / every)));
    case CLMLP_SCHEDULE_EXPONENTIAL: return fmax(s->min_rate, rate * pow(decay, (double)u / (double)every));
    case CLMLP_SCHEDULE_COSINE: return between(s, rate, half_wave(done));
    case CLMLP_SCHEDULE_FLAT_COSINE: return done < 0.5 ? rate : between(s, rate, half_wave(2.0 * done - 1.0));
    case CLMLP_SCHEDULE_COSLOG4: return between(s, rate, (1.0 - cos(2.0 * PI * log2(1.0 + 15.0 * done))) / 2.0);
    case CLMLP_SCHEDULE_INVERSE: return fmax(s->min_rate, rate / pow((double)u + 1.0, decay));
    case CLMLP_SCHEDULE_LINEAR: return between(s, rate, 1.0 - done);
    case CLMLP_SCHEDULE_COUNT: break;
    }
    return NAN;
}

double clmlp_schedule_rate(const clmlp_rate_schedule *schedule, double rate, size_t steps, size_t step)
{
    if (schedule == NULL || step >= steps) return NAN;
    const size_t warmup = clmlp_schedule_warmup(schedule, steps);
    if (step < warmup) return rate * ((double)step / (double)warmup);
    return rate_within(schedule, rate, step - warmup, steps - warmup, clmlp_schedule_interval(schedule, steps));
}

double clmlp_schedule_rate_of_step(const clmlp_schedule_settings *settings, double rate, size_t step)
{
    if (clmlp_schedule_is_constant(settings)) return rate; /* of any number of steps */
    switch (settings->source) {
    case CLMLP_RATE_SCHEDULED: return clmlp_schedule_rate(&settings->set, rate, settings->steps, step);
    case CLMLP_RATE_FIXED: return settings->other;
    case CLMLP_RATE_SWEPT: break;
    }
    if (step >= settings->steps) return NAN;
    const double last = (double)(settings->steps > 1 ? settings->steps - 1 : 1);
    return rate * pow(settings->other / rate, (double)step / last);
}
