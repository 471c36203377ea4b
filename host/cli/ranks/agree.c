/* agree.c - what one rank found wrong ends all of them. */
#include "ranks/agree.h"

#include <stdint.h>
#include <stdlib.h>

#include "message.h"

bool clmlp_cli_all_go_on(clmlp_ranks *ranks, bool mine, int *status)
{
    const size_t count = clmlp_ranks_count(ranks);
    const int32_t own[2] = {!mine, *status};
    clmlp_error error = {.status = CLMLP_OK};
    size_t rank = 0;
    if (count == 1) return mine;
    int32_t *const all = calloc(count, sizeof own);
    if (all == NULL) {
        clmlp_ranks_fail(ranks, CLMLP_OUT_OF_MEMORY, "not enough memory for the list of ranks");
        clmlp_cli_error("not enough memory for the list of ranks");
        *status = CLMLP_CLI_FAILED;
        return false;
    }
    const clmlp_status result = clmlp_ranks_gather(ranks, own, sizeof own, all, &error);
    while (result == CLMLP_OK && rank < count && all[2 * rank] == 0) rank++;
    const bool go_on = result == CLMLP_OK && rank == count;
    if (result != CLMLP_OK) {
        *status = clmlp_cli_fail(&error, false);
    } else if (!go_on) {
        *status = all[2 * rank + 1];
        if (rank > 0 && mine) {
            clmlp_cli_error("rank %zu (host %s) cannot go on: exit status %d", rank, clmlp_ranks_host(ranks, rank),
                            *status);
        }
    }
    free(all);
    return go_on;
}
