/* schedule.h - options of the learning rate's schedule: rows for a command's table, checks, and a text. */
#ifndef CLMLP_CLI_SCHEDULE_H
#define CLMLP_CLI_SCHEDULE_H

#include <clmlp/clmlp.h>

#include "options/options.h"

/* Which of them were given. */
typedef struct clmlp_cli_schedule_given {
    bool kind, warmup, min_rate, decay, every;
} clmlp_cli_schedule_given;

/* set: a clmlp_rate_schedule */
#define CLMLP_CLI_SCHEDULE_ROWS(set, given)                                                                            \
    {"schedule", &clmlp_cli_schedule, &(set).kind, "NAME",                                                             \
     "how the rate goes from step to step: constant, step, exponential, cosine, flat-cosine, coslog4, inverse or "     \
     "linear (docs/mathematics.md)", NULL, &(given).kind},                                                             \
    {"warmup", &clmlp_cli_span, &(set).warmup, "N|P%",                                                                 \
     "in the first N steps, or P% of all, the rate grows linearly from 0; the schedule has the others", "none",        \
     &(given).warmup},                                                                                                 \
    {"min-rate", &clmlp_cli_non_negative, &(set).min_rate, "R",                                                        \
     "least rate of the schedule, >= 0 and at most --rate", NULL, &(given).min_rate},                                  \
    {"decay", &clmlp_cli_positive, &(set).decay, "D",                                                                  \
     "factor of step and exponential, at most 1; power of inverse", "0.1; 0.5 of inverse", &(given).decay},            \
    {"decay-every", &clmlp_cli_span, &(set).decay_every, "N|P%",                                                       \
     "steps, or % of all, after which step and exponential have multiplied the rate by D",                             \
     "a third of those without warm-up", &(given).every}

/* False, with a usage error: an option was given that the schedule has no use for. */
bool clmlp_cli_check_schedule(const char *command, const clmlp_rate_schedule *set,
                              const clmlp_cli_schedule_given *given, int *status);

/* Steps of a training of m examples, over all epochs: what a schedule is a function of. */
size_t clmlp_cli_steps(const clmlp_train_config *config, size_t m);

/* "" for a constant rate; else ", cosine down to 0.01, warm-up of 20 steps", into text [size]. steps: of the run. */
void clmlp_cli_schedule_text(const clmlp_rate_schedule *set, size_t steps, char *text, size_t size);

#endif
