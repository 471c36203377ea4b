/* agree.c - what one rank found wrong ends all of them. */
#include "ranks/agree.h"

#include <stdio.h>
#include <string.h>

#include "message.h"

/* What this rank complained about, as an error that others are told. */
static void take_complaint(int status, clmlp_error *error)
{
    static const char program[] = "clmlp: ";
    const char *said = clmlp_cli_hushed();
    error->status = status == CLMLP_CLI_BAD_USAGE     ? CLMLP_BAD_INPUT
                    : status == CLMLP_CLI_INTERRUPTED ? CLMLP_INTERRUPTED
                                                      : CLMLP_RANKS;
    if (said == NULL || *said == '\0') said = "it cannot go on";
    if (strncmp(said, program, sizeof program - 1) == 0) said += sizeof program - 1;
    (void)snprintf(error->message, sizeof error->message, "%.*s", (int)strcspn(said, "\n"), said);
}

bool clmlp_cli_all_go_on(clmlp_ranks *ranks, bool mine, int *status)
{
    clmlp_error error = {.status = CLMLP_OK};
    if (clmlp_ranks_count(ranks) == 1) return mine;
    if (!mine) take_complaint(*status, &error);
    if (clmlp_ranks_agree(ranks, error.status, &error) == CLMLP_OK) return true;
    if (mine) *status = clmlp_cli_fail(&error, false);
    return false;
}
