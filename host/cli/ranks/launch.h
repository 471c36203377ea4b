/* launch.h - how the ranks were started, in the words that one types. */
#ifndef CLMLP_CLI_RANKS_LAUNCH_H
#define CLMLP_CLI_RANKS_LAUNCH_H

#include <stddef.h>

#include <clmlp/ranks.h>

/* "mpirun -n 4 ", or of srun "srun -n 4 --mpi=pmix ", into text [size]; "" for one process. */
void clmlp_cli_launch_text(const clmlp_ranks *ranks, char *text, size_t size);

/* What gives each rank N cores of its own: "mpirun --map-by slot:PE=N --bind-to core". */
const char *clmlp_cli_bind_text(const clmlp_ranks *ranks);

#endif
