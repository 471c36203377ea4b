/* agree.c - what one rank found wrong ends all of them. */
#include "ranks/agree.h"

#include "cluster.h"
#include "message.h"

/* What this rank complained about, as an error that others are told. */
static void take_complaint(int status, clmlp_error *error)
{
    error->status = status == CLMLP_CLI_BAD_USAGE     ? CLMLP_BAD_INPUT
                    : status == CLMLP_CLI_INTERRUPTED ? CLMLP_INTERRUPTED
                                                      : CLMLP_IO;
    clmlp_cli_first_hushed(error->message, sizeof error->message, "it cannot go on");
}

bool clmlp_cli_all_go_on(clmlp_ranks *ranks, bool mine, int *status)
{
    clmlp_error error = {.status = CLMLP_OK};
    if (clmlp_ranks_count(ranks) == 1) return mine;
    if (!mine) take_complaint(*status, &error);
    if (!mine && !clmlp_cli_cluster_do_all_know()) { /* others may be at something else that all do together */
        clmlp_ranks_fail(ranks, error.status, error.message);
        return false;
    }
    if (clmlp_ranks_agree(ranks, error.status, &error) == CLMLP_OK) return true;
    clmlp_cli_cluster_all_know();
    if (mine) *status = clmlp_cli_fail(&error, false);
    return false;
}

bool clmlp_cli_all_take_options(bool mine, int *status)
{
    if (!mine) clmlp_cli_cluster_all_know();
    return clmlp_cli_all_go_on(clmlp_cli_cluster_ranks(), mine, status);
}
