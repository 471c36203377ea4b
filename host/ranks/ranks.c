/* ranks.c - what a rank is asked, and that one cannot go on. */
#include <stdio.h>

#include "base/argument.h"
#include "ranks/inside.h"

static const double TELLING = 10.0; /* seconds for rank 0 to take note */

size_t clmlp_ranks_rank(const clmlp_ranks *ranks)
{
    return ranks != NULL ? ranks->place.rank : 0;
}

size_t clmlp_ranks_count(const clmlp_ranks *ranks)
{
    return ranks != NULL ? ranks->place.count : 1;
}

size_t clmlp_ranks_local_rank(const clmlp_ranks *ranks)
{
    return ranks != NULL ? ranks->place.local_rank : 0;
}

size_t clmlp_ranks_local_count(const clmlp_ranks *ranks)
{
    return ranks != NULL ? ranks->place.local_count : 1;
}

const char *clmlp_ranks_host(const clmlp_ranks *ranks, size_t rank)
{
    return ranks != NULL && ranks->hosts != NULL && rank < ranks->place.count ? ranks->hosts[rank] : "";
}

const char *clmlp_ranks_library(const clmlp_ranks *ranks)
{
    return ranks != NULL ? ranks->place.library : "";
}

void clmlp_ranks_fail(clmlp_ranks *ranks, clmlp_status status, const char *text)
{
    if (ranks == NULL || status == CLMLP_OK) return;
    const clmlp_status kept = (unsigned)status < CLMLP_STATUS_COUNT ? status : CLMLP_RANKS;
    if (!clmlp_failure_set(&ranks->failure, ranks->place.rank, kept, text != NULL ? text : clmlp_status_text(kept))) {
        return;
    }
    if (ranks->watch != NULL) clmlp_watch_tell(ranks->watch, TELLING);
}

bool clmlp_ranks_all_know(const clmlp_ranks *ranks)
{
    return ranks != NULL && ranks->all_know;
}

void clmlp_ranks_when_gone(clmlp_ranks *ranks, clmlp_ranks_gone *gone, void *context)
{
    if (ranks != NULL) clmlp_failure_call(&ranks->failure, gone, context);
}

bool clmlp_ranks_failure(const clmlp_ranks *ranks, size_t *rank, clmlp_status *status, char *text, size_t size)
{
    if (ranks == NULL || !clmlp_failure_happened(&ranks->failure)) return false;
    if (rank != NULL) *rank = ranks->failure.rank;
    if (status != NULL) *status = ranks->failure.status;
    if (text != NULL && size > 0) (void)snprintf(text, size, "%s", ranks->failure.text);
    return true;
}
