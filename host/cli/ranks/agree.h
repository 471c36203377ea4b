/* agree.h - what one rank found wrong ends all of them. */
#ifndef CLMLP_CLI_RANKS_AGREE_H
#define CLMLP_CLI_RANKS_AGREE_H

#include <stdbool.h>

#include <clmlp/ranks.h>

/* Whether all ranks may go on. *status: of a rank that may not, what it would exit with, after saying why; then that of
 * the first such rank, on all of them. Collective; of one rank, or NULL, it is `mine`. */
bool clmlp_cli_all_go_on(clmlp_ranks *ranks, bool mine, int *status);

#endif
