/* decide.h - whether one thing is faster than another, beyond noise. Pure statistics: no clock, no device.
 *
 * Samples are ratios of two times of one round. The order within each round is random. So, of two things that are
 * equally fast, each is the faster one in a round with probability 1/2, whatever else the machine does, and whether one
 * round looks like the last one. That is all that is assumed: it is the sign test, and the interval for the median that
 * belongs to it (Dixon and Mood, "The statistical sign test", JASA 1946).
 */
#ifndef CLMLP_BENCH_DECIDE_H
#define CLMLP_BENCH_DECIDE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct clmlp_interval {
    double low, middle, high; /* NaN: a sample was none. Infinite ends: there were too few */
} clmlp_interval;

/* The interval that holds the true median of samples [count] with probability 1 - risk or more, and their median.
 * They are sorted in place. risk 1: the median alone. */
clmlp_interval clmlp_median_interval(double *samples, size_t count, double risk);

/* How many times as fast as another thing, of the logarithms of the ratio in each round. */
clmlp_interval clmlp_speed_interval(double *logarithms, size_t count, double risk);

typedef enum clmlp_finding {
    CLMLP_UNDECIDED, /* noise hides it; also where a number is NaN */
    CLMLP_FASTER,    /* by CLMLP_LEAST_GAIN or more */
    CLMLP_NOT_FASTER /* not by CLMLP_WORTHWHILE: what it is compared with stays */
} clmlp_finding;

/* Two runs of one thing differ by up to 2 %, as its memory happens to lie. 5 % are not worth a longer search. */
#define CLMLP_LEAST_GAIN 1.02
#define CLMLP_WORTHWHILE 1.05

clmlp_finding clmlp_speed_finding(const clmlp_interval *speed);

/* Which of `count` to take, by their speeds beside the default's; valid [count]: not rejected. The default is taken
 * unless another one is faster; of those that are, the one with the largest median. *doubtful: where the default would
 * be taken, one that noise may hide, of the largest median; count: there is none, it is decided. */
size_t clmlp_decide(const clmlp_interval *speeds, const bool *valid, size_t count, size_t preferred, size_t *doubtful);

/* Rounds without which nothing can be decided with this risk. */
size_t clmlp_rounds_needed(double risk);

#endif
