/* test_schedule.c - the learning rate in each step: numbers worked out by hand, what is refused, and that a step uses
 * its own. */
#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "networks.h"
#include "train/optimizer.h"

#define KIND(name) .kind = CLMLP_SCHEDULE_##name
#define ANY_RATE 0.8

/* Rates of a run of T = 12 steps, alpha 0.8, r 0.2 unless the row says otherwise. */
static const struct point {
    clmlp_rate_schedule schedule;
    size_t step;
    double rate;
} points[] = {
    {{KIND(CONSTANT)}, 0, 0.8},
    {{KIND(CONSTANT)}, 11, 0.8},
    {{KIND(CONSTANT), .warmup = {4, 0.0}}, 0, 0.0},
    {{KIND(CONSTANT), .warmup = {4, 0.0}}, 1, 0.2},
    {{KIND(CONSTANT), .warmup = {4, 0.0}}, 3, 0.6},
    {{KIND(CONSTANT), .warmup = {4, 0.0}}, 4, 0.8},
    {{KIND(CONSTANT), .warmup = {0, 0.25}}, 2, 0.8 * 2 / 3}, /* 3 steps */
    {{KIND(CONSTANT), .warmup = {0, 0.25}}, 3, 0.8},
    /* N is a third of 12, d 0.1 */
    {{KIND(STEP)}, 3, 0.8},
    {{KIND(STEP)}, 4, 0.08},
    {{KIND(STEP)}, 11, 0.008},
    {{KIND(STEP), .decay = 0.5, .decay_every = {5, 0.0}}, 9, 0.4},
    {{KIND(STEP), .decay = 0.5, .decay_every = {5, 0.0}}, 10, 0.2},
    {{KIND(STEP), .decay = 0.5, .decay_every = {0, 0.5}}, 5, 0.8},
    {{KIND(STEP), .decay = 0.5, .decay_every = {0, 0.5}}, 6, 0.4},
    {{KIND(STEP), .min_rate = 0.05}, 8, 0.05},
    {{KIND(STEP), .warmup = {2, 0.0}}, 5, 0.8}, /* N is a third of 10, rounded up */
    {{KIND(STEP), .warmup = {2, 0.0}}, 6, 0.08},
    {{KIND(EXPONENTIAL)}, 0, 0.8},
    {{KIND(EXPONENTIAL)}, 2, 0.25298221281347035}, /* 0.8 / sqrt(10) */
    {{KIND(EXPONENTIAL)}, 8, 0.008},
    {{KIND(EXPONENTIAL), .decay = 0.9, .decay_every = {1, 0.0}}, 3, 0.5832},
    {{KIND(EXPONENTIAL), .min_rate = 0.1}, 8, 0.1},
    {{KIND(COSINE)}, 0, 0.8},
    {{KIND(COSINE)}, 4, 0.6},
    {{KIND(COSINE)}, 6, 0.4},
    {{KIND(COSINE), .min_rate = 0.2}, 8, 0.35},
    {{KIND(COSINE), .min_rate = 0.8}, 8, 0.8},
    {{KIND(COSINE), .warmup = {6, 0.0}}, 6, 0.8},
    {{KIND(COSINE), .warmup = {6, 0.0}}, 9, 0.4},
    {{KIND(FLAT_COSINE)}, 0, 0.8},
    {{KIND(FLAT_COSINE)}, 6, 0.8},
    {{KIND(FLAT_COSINE)}, 9, 0.4},
    {{KIND(FLAT_COSINE)}, 10, 0.2},
    {{KIND(FLAT_COSINE), .min_rate = 0.2}, 8, 0.65},
    {{KIND(COSLOG4)}, 0, 0.0},
    {{KIND(COSLOG4), .min_rate = 0.2}, 0, 0.2},
    {{KIND(COSLOG4)}, 4, 0.7443447763449647}, /* 0.4 (1 - cos(2 pi log2 6)) */
    {{KIND(COSLOG4), .min_rate = 0.2}, 4, 0.7582585822587233},
    {{KIND(INVERSE)}, 0, 0.8},
    {{KIND(INVERSE)}, 3, 0.4},
    {{KIND(INVERSE), .decay = 1.0}, 7, 0.1},
    {{KIND(INVERSE), .decay = 1.0, .min_rate = 0.15}, 7, 0.15},
    {{KIND(INVERSE), .decay = 1.0, .warmup = {4, 0.0}}, 7, 0.2},
    {{KIND(LINEAR)}, 0, 0.8},
    {{KIND(LINEAR)}, 3, 0.6},
    {{KIND(LINEAR)}, 11, 0.8 / 12},
    {{KIND(LINEAR), .min_rate = 0.2}, 6, 0.5},
};

/* A handful of roundings and calls of pow, cos and log2, of at most 1 ulp each, of numbers that are at most alpha; the
 * argument of cos is at most 8 pi, and its own rounding goes into the cosine. */
static const double BOUND = 0.8 * (8.0 + 8.0 * 3.15 * 4.0) * DBL_EPSILON;

Test(schedule, rates_are_their_formula)
{
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        const struct point *const p = &points[i];
        const double rate = clmlp_schedule_rate(&p->schedule, ANY_RATE, 12, p->step);
        cr_assert(fabs(rate - p->rate) <= BOUND, "row %zu, %s, step %zu: found %.17g, expected %.17g +- %g", i,
                  clmlp_schedule_name(p->schedule.kind), p->step, rate, p->rate, BOUND);
    }
}

Test(schedule, coslog4_has_four_waves_that_double)
{
    const clmlp_rate_schedule coslog4 = {KIND(COSLOG4)};
    /* 1 + 15 p = 2, 4, 8 at steps 1, 3, 7 of 15: the ends of the waves; sqrt(2), ... at their tops, of a long run */
    static const size_t ends[] = {1, 3, 7};
    for (size_t i = 0; i < 3; i++) cr_assert_leq(clmlp_schedule_rate(&coslog4, 1.0, 15, ends[i]), BOUND);
    for (int wave = 0; wave < 4; wave++) {
        const size_t top = (size_t)((ldexp(sqrt(2.0), wave) - 1.0) / 15.0 * 1e6 + 0.5);
        cr_assert_geq(clmlp_schedule_rate(&coslog4, 1.0, 1000000, top), 1.0 - 1e-9, "wave %d", wave);
    }
}

/* No schedule leads above alpha, below r, or to a NaN, whatever the length. */
Test(schedule, rates_stay_between_the_least_and_alpha)
{
    static const size_t lengths[] = {1, 2, 3, 31, 32, 33, 64, 1000};
    for (int kind = 0; kind < CLMLP_SCHEDULE_COUNT; kind++) {
        for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
            const size_t T = lengths[i], warmup = T / 3;
            const clmlp_rate_schedule schedule = {
                .kind = (clmlp_schedule)kind, .min_rate = kind == 0 ? 0.0 : 0.03, .warmup = {warmup, 0.0}};
            for (size_t t = 0; t < T; t++) {
                const double rate = clmlp_schedule_rate(&schedule, 0.7, T, t);
                const double least = t < warmup ? 0.0 : schedule.min_rate;
                cr_assert(rate >= least && rate <= 0.7, "%s, step %zu of %zu: %g", clmlp_schedule_name(schedule.kind),
                          t, T, rate);
            }
            cr_assert(isnan(clmlp_schedule_rate(&schedule, 0.7, T, T)), "%s", clmlp_schedule_name(schedule.kind));
        }
    }
    const clmlp_rate_schedule none = {.kind = CLMLP_SCHEDULE_COUNT};
    cr_assert(isnan(clmlp_schedule_rate(&none, 0.7, 5, 1)));
}

/* Rows: what is set, in a run of `steps` steps (0: not known yet), and what the message names; NULL: it is taken. */
static const struct setting {
    clmlp_rate_schedule set;
    size_t steps;
    const char *complaint;
} settings[] = {
    {{KIND(CONSTANT)}, 1, NULL},
    {{.kind = (clmlp_schedule)-1}, 9, "there is no schedule number -1"},
    {{.kind = CLMLP_SCHEDULE_COUNT}, 9, "there is no schedule number 8"},
    {{KIND(COSINE), .min_rate = -0.1}, 9, "the least rate (--min-rate) is -0.1"},
    {{KIND(COSINE), .min_rate = 0.8}, 9, NULL},
    {{KIND(COSINE), .min_rate = 0.81}, 9, "at most the learning rate, which is 0.8"},
    {{KIND(COSINE), .min_rate = (double)NAN}, 9, "the least rate (--min-rate) is nan"},
    {{KIND(STEP), .decay = 1.01}, 9, "the decay (--decay) is 1.01 (expected a number > 0 and at most 1)"},
    {{KIND(INVERSE), .decay = 1.01}, 9, NULL},
    {{KIND(INVERSE), .decay = -1.0}, 9, "the decay (--decay) is -1 (expected a number > 0)"},
    {{KIND(INVERSE), .decay = (double)INFINITY}, 9, "the decay (--decay) is inf"},
    {{KIND(COSINE), .warmup = {9, 0.0}}, 9, "the warm-up (--warmup) takes 9 steps, and the run has 9"},
    {{KIND(COSINE), .warmup = {9, 0.0}}, 0, NULL},
    {{KIND(COSINE), .warmup = {8, 0.0}}, 9, NULL},
    {{KIND(COSINE), .warmup = {0, 0.99}}, 9, "the warm-up (--warmup) takes 9 steps, and the run has 9"},
    {{KIND(COSINE), .warmup = {0, 1.0}}, 9, "the warm-up (--warmup) is 1 of all steps"},
    {{KIND(COSINE), .warmup = {0, (double)NAN}}, 9, "the warm-up (--warmup) is nan of all steps"},
    {{KIND(COSINE), .warmup = {3, 0.1}}, 9, "the warm-up (--warmup) is both 3 steps and 0.1 of all steps"},
    {{KIND(STEP), .decay_every = {0, -0.5}}, 9, "the interval of the decay (--decay-every) is -0.5 of all steps"},
};

Test(schedule, settings_out_of_range_are_refused)
{
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        const struct setting *const s = &settings[i];
        const clmlp_rule_settings rule = {.optimizer = CLMLP_SGD, .rate = ANY_RATE, .momentum = 0.9,
                                          .schedule = {.set = s->set, .steps = s->steps}};
        clmlp_error error = {.message = ""};
        cr_assert_eq(clmlp_rule_check(&rule, &error), s->complaint == NULL ? CLMLP_OK : CLMLP_BAD_ARGUMENT, "row %zu: %s",
                     i, error.message);
        if (s->complaint != NULL) cr_assert_not_null(strstr(error.message, s->complaint), "%s", error.message);
    }
}

/* A launch of many steps gets the numbers of each of them. */
Test(schedule, the_rule_of_a_step_has_its_rate)
{
    const clmlp_rule_settings rule = {.optimizer = CLMLP_MOMENTUM, .rate = ANY_RATE, .momentum = 0.9,
                                      .schedule = {.set = {KIND(LINEAR), .warmup = {5, 0.0}}, .steps = 33}};
    double *numbers = NULL;
    OK(clmlp_rule_of_steps(&rule, 4, 30, &numbers, error));
    for (size_t i = 0; i < 30; i++) {
        const double expected = clmlp_schedule_rate(&rule.schedule.set, ANY_RATE, 33, i + 3);
        const clmlp_update_rule one = clmlp_rule_of_step(&rule, i + 4);
        cr_assert(numbers[i * UPDATE_NUMBERS + UPDATE_RATE] == expected, "step %zu", i);
        cr_assert(one.numbers[UPDATE_RATE] == expected, "step %zu", i);
    }
    free(numbers);
}

Test(schedule, a_constant_rate_is_the_rate_in_any_number_of_steps)
{
    const clmlp_rule_settings rule = {.optimizer = CLMLP_SGD, .rate = 0.1};
    cr_assert(clmlp_rule_of_step(&rule, 1).numbers[UPDATE_RATE] == 0.1);
    cr_assert(clmlp_rule_of_step(&rule, 1000000007).numbers[UPDATE_RATE] == 0.1);
}
