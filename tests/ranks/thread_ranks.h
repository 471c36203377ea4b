/* thread_ranks.h - ranks that are threads of one process, without a life line. */
#ifndef TEST_THREAD_RANKS_H
#define TEST_THREAD_RANKS_H

#include <stdbool.h>

#include "clmlp/ranks.h"
#include "thread_transport.h"

/* Rank `rank` of `count`, on host "a", "b", ... Ends the process where there is no memory. */
clmlp_ranks *thread_ranks_join(thread_world *world, size_t rank, size_t count);

/* Give back what that made; false: its thread hangs. Not collective. */
bool thread_ranks_leave(clmlp_ranks *ranks);

#endif
