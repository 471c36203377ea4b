/* agree.h - what one rank found wrong ends all of them. */
#ifndef CLMLP_CLI_RANKS_AGREE_H
#define CLMLP_CLI_RANKS_AGREE_H

#include <stdbool.h>

#include <clmlp/ranks.h>

/* Whether all ranks may go on. *status: of a rank that may not, what it exits with, after saying why; then also what
 * the others exit with, after rank 0 said it with that rank's name. Collective; of one rank, or NULL, it is `mine`. */
bool clmlp_cli_all_go_on(clmlp_ranks *ranks, bool mine, int *status);

/* The same behind the options, where nothing was done together yet: all ranks come here, also one that refused them.
 * So it does not matter which rank is the first to refuse what all of them refuse. */
bool clmlp_cli_all_take_options(bool mine, int *status);

#endif
