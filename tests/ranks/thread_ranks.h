/* thread_ranks.h - ranks that are threads of one process, without a life line. */
#ifndef TEST_THREAD_RANKS_H
#define TEST_THREAD_RANKS_H

#include "clmlp/ranks.h"
#include "thread_transport.h"

/* Rank `rank` of `count`, on host "a", "b", ... Ends the process where there is no memory. */
clmlp_ranks *thread_ranks_join(thread_world *world, size_t rank, size_t count);

#endif
