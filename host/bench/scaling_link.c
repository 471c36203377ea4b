/* scaling_link.c - time sums over the ranks at hand, and say which link they show. */
#include <math.h>
#include <stdlib.h>

#include "backend/backend.h" /* clmlp_precision_size */
#include "base/argument.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/structure.h"
#include "bench/measure.h"
#include "bench/scaling.h"
#include "data/select.h"
#include "ranks/add.h"
#include "ranks/exchange.h"
#include "ranks/piece.h"

_Static_assert((int)CLMLP_BENCH_ONE_ROUND == (int)CLMLP_PIECE_SMALL, "the model is that of the sums");

/* Numbers of the smallest sum, and how many times as many each next one has: up to 4 Mi of them. */
enum { SIZES = 12, TIMES = 4, LEAST_SUMS = 5, MOST_SUMS = 1000 };

typedef struct sums {
    clmlp_ranks *ranks;
    clmlp_precision precision;
    const clmlp_bench_config *config;
    void *values;  /* [of the largest sum], all 0; owned */
    size_t repeats; /* that rank 0 has time for */
    double samples[MOST_SUMS];
} sums;

/* --- gamma --------------------------------------------------------------------------------------------------- */

/* What the ordered sum does with the slices of several ranks, in this process alone: seconds a byte of them. */
static double time_adding(sums *s)
{
    enum { RANKS = 4, NUMBERS = 1 << 16, REPEATED = 25 };
    const size_t size = clmlp_precision_size(s->precision);
    const void *parts[RANKS];
    for (size_t rank = 0; rank < RANKS; rank++) parts[rank] = (unsigned char *)s->values + rank * NUMBERS * size;
    for (size_t i = 0; i < REPEATED; i++) {
        const double began = clmlp_seconds();
        clmlp_add_in_order(s->precision, RANKS, parts, s->values, NUMBERS);
        s->samples[i] = clmlp_seconds() - began;
    }
    return clmlp_median(s->samples, REPEATED) / (double)(RANKS * NUMBERS * size);
}

/* --- sums over the ranks ---------------------------------------------------------------------------------------- */

/* `many` sums begun at once, each of as many numbers. */
static clmlp_status sum_once(sums *s, size_t numbers, size_t many, double *seconds, clmlp_error *error)
{
    const size_t bytes = numbers * clmlp_precision_size(s->precision);
    size_t ticket = 0;
    const double began = clmlp_seconds();
    for (size_t i = 0; i < many; i++) {
        TRY(clmlp_exchange_begin(s->ranks, s->precision, (unsigned char *)s->values + i * bytes, numbers, &ticket,
                                 error));
    }
    TRY(clmlp_exchange_wait(s->ranks, ticket, error));
    *seconds = clmlp_seconds() - began;
    return CLMLP_OK;
}

/* As often as rank 0 has time for; the slowest rank's median. */
static clmlp_status time_sums(sums *s, size_t numbers, size_t many, double *seconds, clmlp_error *error)
{
    double first = 0.0;
    TRY(sum_once(s, numbers, many, &first, error)); /* buffers grow */
    TRY(sum_once(s, numbers, many, &first, error));
    const double fitting = s->config->seconds / (SIZES + 1) / first;
    s->repeats = fitting < LEAST_SUMS ? LEAST_SUMS : fitting > MOST_SUMS ? MOST_SUMS : (size_t)fitting;
    TRY(clmlp_ranks_share(s->ranks, 0, &s->repeats, sizeof s->repeats, error));
    if (s->repeats < 1 || s->repeats > MOST_SUMS) {
        return clmlp_fail(error, CLMLP_RANKS, "rank 0 asks for %zu sums", s->repeats);
    }
    for (size_t i = 0; i < s->repeats; i++) TRY(sum_once(s, numbers, many, &s->samples[i], error));
    *seconds = clmlp_median(s->samples, s->repeats);
    return clmlp_bench_slowest(s->ranks, seconds, 1, error);
}

/* Of sums of one number: what one takes longer that is begun behind another. That many are on their way at once. */
static clmlp_status time_overhead(sums *s, double alone, double *overhead, clmlp_error *error)
{
    enum { AT_ONCE = 4 };
    const double others = (double)clmlp_ranks_count(s->ranks) - 1.0;
    double together = 0.0;
    TRY(time_sums(s, 1, AT_ONCE, &together, error));
    *overhead = fmax(together - alone, 0.0) / (AT_ONCE - 1.0) / others;
    return CLMLP_OK;
}

/* Up to the size of which so few sums take more than the whole time: all ranks know the same times. */
static clmlp_status time_sizes(sums *s, clmlp_bench_link_result *result, clmlp_error *error)
{
    const double size = (double)clmlp_precision_size(s->precision);
    size_t numbers = 1;
    for (result->count = 0; result->count < SIZES; numbers *= TIMES) {
        const size_t i = result->count;
        const clmlp_status going = clmlp_cancel_requested(s->config->cancel)
                                       ? clmlp_fail(error, CLMLP_INTERRUPTED, "interrupted while measuring")
                                       : CLMLP_OK;
        TRY(clmlp_ranks_agree(s->ranks, going, error));
        TRY(time_sums(s, numbers, 1, &result->measured[i], error));
        result->bytes[i] = size * (double)numbers;
        result->count++;
        if (LEAST_SUMS * result->measured[i] > s->config->seconds) break;
    }
    return CLMLP_OK;
}

/* --- the link --------------------------------------------------------------------------------------------------- */

static void fit(clmlp_bench_link_result *result)
{
    double scratch[SIZES], distances[SIZES];
    clmlp_fit_link(result->ranks, result->bytes, result->measured, result->count, scratch, &result->link);
    result->worst = 0.0;
    for (size_t i = 0; i < result->count; i++) {
        result->fitted[i] = clmlp_bench_sum_seconds(CLMLP_SUMMING_ORDERED, result->ranks, result->bytes[i],
                                                    &result->link);
        distances[i] = fabs(result->fitted[i] / result->measured[i] - 1.0);
        result->worst = fmax(result->worst, distances[i]);
    }
    result->residual = clmlp_median(distances, result->count);
}

static clmlp_status measure_link(sums *s, clmlp_bench_link_result *result, clmlp_error *error)
{
    const size_t largest = (size_t)1 << 2 * (SIZES - 1), size = clmlp_precision_size(s->precision);
    double gamma = NAN;
    _Static_assert(TIMES == 4, "largest");
    clmlp_status status = clmlp_allocate(&s->values, largest, size, "sums over the ranks", error);
    if (status == CLMLP_OK) gamma = time_adding(s);
    TRY(clmlp_ranks_agree(s->ranks, status, error));
    TRY(clmlp_bench_slowest(s->ranks, &gamma, 1, error));
    result->link = (clmlp_link){(double)NAN, (double)NAN, (double)NAN, gamma};
    result->residual = result->worst = (double)NAN;
    if (result->ranks == 1) return CLMLP_OK;
    TRY(time_sizes(s, result, error));
    TRY(time_overhead(s, result->measured[0], &result->link.overhead, error));
    fit(result);
    return CLMLP_OK;
}

clmlp_status clmlp_bench_link(clmlp_ranks *ranks, clmlp_precision precision, const clmlp_bench_config *given,
                              clmlp_bench_link_result *result, clmlp_error *error)
{
    clmlp_bench_link_result own = {.size = sizeof own};
    clmlp_bench_config config;
    sums *s = NULL;
    clmlp_status status = CLMLP_OK;
    REQUIRE(result != NULL, "result");
    TRY(clmlp_structure_check(result, "result", error));
    REQUIRE_CODE(precision, CLMLP_PRECISION_COUNT, "precision");
    TRY(clmlp_bench_check(given, &config, error));
    TRY(clmlp_allocate(&s, 1, sizeof *s, "sums over the ranks", error));
    s->ranks = ranks;
    s->precision = precision;
    s->config = &config;
    own.ranks = clmlp_ranks_count(ranks);
    TRY_CLEANUP(measure_link(s, &own, error));
    clmlp_structure_give(result, &own, sizeof own);
cleanup:
    clmlp_exchange_settle(ranks);
    free(s->values);
    free(s);
    return status;
}
