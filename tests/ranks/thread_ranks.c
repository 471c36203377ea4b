/* thread_ranks.c - ranks that are threads of one process. */
#include "thread_ranks.h"

#include <stdio.h>
#include <stdlib.h>

#include "ranks/inside.h"

static void *some(size_t count, size_t size)
{
    void *const memory = calloc(count, size);
    if (memory == NULL) abort();
    return memory;
}

clmlp_ranks *thread_ranks_join(thread_world *world, size_t rank, size_t count)
{
    clmlp_ranks *const ranks = some(1, sizeof *ranks);
    clmlp_failure_init(&ranks->failure);
    ranks->place = (clmlp_transport_place){.rank = rank, .count = count, .local_rank = rank, .local_count = count};
    ranks->table = &thread_transport_table;
    ranks->transport = thread_transport(world, rank);
    ranks->hosts = some(count, sizeof *ranks->hosts);
    ranks->said = some(count, CLMLP_SAID);
    ranks->message = some(CLMLP_ERROR_LENGTH, 1);
    for (size_t r = 0; r < count; r++) snprintf(ranks->hosts[r], sizeof *ranks->hosts, "%c", (char)('a' + r));
    if (clmlp_courier_start(&ranks->courier, ranks->table, ranks->transport, rank, count, &ranks->failure, NULL) !=
        CLMLP_OK) {
        abort();
    }
    return ranks;
}

bool thread_ranks_leave(clmlp_ranks *ranks)
{
    if (!clmlp_courier_stop(ranks->courier)) return false;
    clmlp_failure_destroy(&ranks->failure);
    free(ranks->transport);
    free(ranks->message);
    free(ranks->said);
    free(ranks->hosts);
    free(ranks);
    return true;
}
