/* scaling_slowest.c - of times that all ranks have measured the longest. */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "bench/scaling.h"
#include "ranks/exchange.h"

clmlp_status clmlp_bench_slowest(clmlp_ranks *ranks, double *values, size_t count, clmlp_error *error)
{
    const size_t N = clmlp_ranks_count(ranks);
    double *all = NULL;
    clmlp_status status = CLMLP_OK;
    if (N == 1) return CLMLP_OK;
    TRY_CLEANUP(clmlp_allocate(&all, N, count * sizeof *all, "the ranks' times", error));
    TRY_CLEANUP(clmlp_ranks_gather(ranks, values, count * sizeof *values, all, error));
    for (size_t r = 0; r < N; r++) {
        for (size_t i = 0; i < count; i++) values[i] = fmax(values[i], all[r * count + i]);
    }
cleanup:
    if (status != CLMLP_OK) clmlp_exchange_settle(ranks); /* else a message may still come there */
    free(all);
    return status;
}
