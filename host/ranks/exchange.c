/* exchange.c - sums over the ranks, beside the computation. */
#include "ranks/exchange.h"

#include "base/argument.h"
#include "base/memory.h"
#include "ranks/inside.h"

static clmlp_status begin(clmlp_ranks *ranks, const clmlp_job *job, size_t *ticket, clmlp_error *error)
{
    size_t bytes = 0;
    REQUIRE(job->values != NULL || job->count == 0, "values");
    if (!clmlp_multiply(job->count, sizeof(double), &bytes)) {
        return clmlp_refuse(error, "count", "count <= SIZE_MAX / 8");
    }
    REQUIRE(ticket != NULL, "ticket");
    if (ranks != NULL) ranks->all_know = false;
    if (!clmlp_ranks_alone(ranks)) return clmlp_courier_begin(ranks->courier, job, ticket, error);
    *ticket = ranks != NULL ? ++ranks->tickets : 1;
    return CLMLP_OK;
}

clmlp_status clmlp_exchange_begin(clmlp_ranks *ranks, clmlp_precision precision, void *values, size_t count,
                                  size_t *ticket, clmlp_error *error)
{
    const clmlp_job job = {.kind = CLMLP_JOB_SUM, .precision = precision, .values = values, .count = count};
    REQUIRE_CODE(precision, CLMLP_PRECISION_COUNT, "precision");
    return begin(ranks, &job, ticket, error);
}

clmlp_status clmlp_exchange_begin_short(clmlp_ranks *ranks, uint16_t *values, size_t count, size_t *ticket,
                                        clmlp_error *error)
{
    const clmlp_job job = {.kind = CLMLP_JOB_SUM, .is_short = true, .values = values, .count = count};
    return begin(ranks, &job, ticket, error);
}

clmlp_status clmlp_exchange_wait(clmlp_ranks *ranks, size_t ticket, clmlp_error *error)
{
    if (clmlp_ranks_alone(ranks)) return CLMLP_OK;
    return clmlp_courier_wait(ranks->courier, ticket, ranks->patience, error);
}

clmlp_status clmlp_exchange_sum(clmlp_ranks *ranks, double *values, size_t count, clmlp_error *error)
{
    size_t ticket = 0;
    TRY(clmlp_exchange_begin(ranks, CLMLP_F64, values, count, &ticket, error));
    return clmlp_exchange_wait(ranks, ticket, error);
}

bool clmlp_exchange_is_direct(const clmlp_ranks *ranks, const void *values, size_t bytes)
{
    return !clmlp_ranks_alone(ranks) && clmlp_courier_is_direct(ranks->courier, values, bytes);
}

size_t clmlp_exchange_adder(const clmlp_ranks *ranks, clmlp_precision precision, size_t count, size_t index,
                            bool is_direct)
{
    const size_t size = precision == CLMLP_F64 ? sizeof(double) : sizeof(float);
    if (clmlp_ranks_alone(ranks)) return 0;
    return clmlp_piece_adder(ranks->place.count, size, count, index, !is_direct);
}

void clmlp_exchange_settle(clmlp_ranks *ranks)
{
    if (!clmlp_ranks_alone(ranks)) (void)clmlp_courier_settle(ranks->courier);
}

void clmlp_exchange_take_times(clmlp_ranks *ranks, clmlp_exchange_times *times)
{
    clmlp_courier_times taken = {0};
    if (!clmlp_ranks_alone(ranks)) clmlp_courier_take_times(ranks->courier, &taken);
    *times = (clmlp_exchange_times){.waited = taken.waited, .busy = taken.busy, .bytes = taken.bytes,
                                    .sums = taken.sums};
}
