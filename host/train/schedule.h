/* schedule.h - the learning rate in each step of a run. The formulas are in clmlp/schedule.h. */
#ifndef CLMLP_TRAIN_SCHEDULE_H
#define CLMLP_TRAIN_SCHEDULE_H

#include "clmlp/schedule.h"
#include "clmlp/status.h"

/* Where the rate of a step comes from. */
typedef enum clmlp_rate_source {
    CLMLP_RATE_SCHEDULED, /* the schedule */
    CLMLP_RATE_FIXED,     /* `other`, in every step: that of a step from a file */
    CLMLP_RATE_SWEPT      /* alpha (other / alpha)^(t / (T - 1)): from alpha to `other`, equal factors apart */
} clmlp_rate_source;

/* A schedule as the user set it, and the run that it is for. All zero: the rate is constant. */
typedef struct clmlp_schedule_settings {
    clmlp_rate_schedule set;
    size_t steps; /* T; 0: not known yet */
    clmlp_rate_source source;
    double other;
} clmlp_schedule_settings;

/* Out of range is CLMLP_BAD_ARGUMENT, with what was found and expected. What needs T is checked where T is known.
 * rate: alpha. */
clmlp_status clmlp_schedule_check(const clmlp_schedule_settings *settings, double rate, clmlp_error *error);

/* Whether the rate is alpha in all steps, to the bit. */
bool clmlp_schedule_is_constant(const clmlp_schedule_settings *settings);

/* The rate of step t = 0 .. T - 1; NaN behind the run's end, and for a schedule that is none. */
double clmlp_schedule_rate_of_step(const clmlp_schedule_settings *settings, double rate, size_t step);

#endif
