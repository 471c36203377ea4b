/* cluster.h - the program as one of several ranks (clmlp/ranks.h): mpirun -n N clmlp train ...
 *
 * Rank 0 speaks for all. The others print nothing and write no files; what one of them complains about goes to rank 0,
 * which says it with the rank's name.
 */
#ifndef CLMLP_CLI_CLUSTER_H
#define CLMLP_CLI_CLUSTER_H

#include <stdbool.h>

#include <clmlp/ranks.h>

/* First of all: a rank other than 0 is silent from now on. Returns whether this is one. */
bool clmlp_cli_cluster_begin(void);

/* Join the others, who must have been started with the same words. false, with *status, after saying why not. Once
 * joined, nothing is done again. */
bool clmlp_cli_cluster_join(int argc, char **argv, int *status);

/* NULL: there is one process, or they have not joined. */
clmlp_ranks *clmlp_cli_cluster_ranks(void);

/* Whether this is rank 0, or the only process. */
bool clmlp_cli_is_root(void);

/* All ranks end with what went wrong, or will be told so: it need not be told at the end. */
void clmlp_cli_cluster_all_know(void);
bool clmlp_cli_cluster_do_all_know(void);

/* Last of all: tell the others of a failure, or wait for them. Returns the exit status, and does not where MPI has to
 * be left without its farewell. */
int clmlp_cli_cluster_end(int status);

#endif
