/* decide.c - whether one thing is faster than another, beyond noise: the sign test. */
#include "bench/decide.h"

#include <math.h>
#include <stdlib.h>

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* P(just k of n fair coins show heads). */
static double coins(size_t n, size_t k)
{
    return exp(lgamma((double)n + 1.0) - lgamma((double)k + 1.0) - lgamma((double)(n - k) + 1.0) -
               (double)n * log(2.0));
}

/* How many samples may be left out at each end: the most for which 2 P(heads < that) <= risk. */
static size_t ends(size_t count, double risk)
{
    double tail = 0.0;
    size_t k = 0;
    while (k < (count + 1) / 2) {
        tail += coins(count, k);
        if (!(2.0 * tail <= risk)) break;
        k++;
    }
    return k;
}

clmlp_interval clmlp_median_interval(double *samples, size_t count, double risk)
{
    clmlp_interval interval = {(double)NAN, (double)NAN, (double)NAN};
    if (count == 0) return interval;
    for (size_t i = 0; i < count; i++) {
        if (isnan(samples[i])) return interval;
    }
    qsort(samples, count, sizeof *samples, ascending);
    interval.middle = (samples[(count - 1) / 2] + samples[count / 2]) / 2.0;
    interval.low = interval.high = interval.middle;
    if (risk >= 1.0) return interval;
    const size_t k = ends(count, risk);
    interval.low = k > 0 ? samples[k - 1] : -(double)INFINITY;
    interval.high = k > 0 ? samples[count - k] : (double)INFINITY;
    return interval;
}

clmlp_interval clmlp_speed_interval(double *logarithms, size_t count, double risk)
{
    const clmlp_interval found = clmlp_median_interval(logarithms, count, risk);
    return (clmlp_interval){exp(found.low), exp(found.middle), exp(found.high)};
}

clmlp_finding clmlp_speed_finding(const clmlp_interval *speed)
{
    if (speed->low > CLMLP_LEAST_GAIN) return CLMLP_FASTER;
    return speed->high < CLMLP_WORTHWHILE ? CLMLP_NOT_FASTER : CLMLP_UNDECIDED;
}

size_t clmlp_decide(const clmlp_interval *speeds, const bool *valid, size_t count, size_t preferred, size_t *doubtful)
{
    size_t winner = preferred, doubt = count;
    for (size_t i = 0; i < count; i++) {
        if (!valid[i] || i == preferred) continue;
        const clmlp_finding finding = clmlp_speed_finding(&speeds[i]);
        if (finding == CLMLP_FASTER && (winner == preferred || speeds[i].middle > speeds[winner].middle)) winner = i;
        if (finding != CLMLP_UNDECIDED) continue;
        if (doubt == count || !(speeds[i].middle <= speeds[doubt].middle)) doubt = i;
    }
    *doubtful = winner == preferred ? doubt : count;
    return winner;
}

size_t clmlp_rounds_needed(double risk)
{
    size_t count = 1;
    while (risk < 1.0 && risk > 0.0 && ends(count, risk) == 0) count++;
    return count;
}
