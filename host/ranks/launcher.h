/* launcher.h - what started this process, by its environment: which MPI, and which rank of how many. */
#ifndef CLMLP_RANKS_LAUNCHER_H
#define CLMLP_RANKS_LAUNCHER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

typedef struct clmlp_launch {
    const char *mpi; /* "openmpi", "mpich"; NULL: none, this process is alone */
    bool known;      /* rank and count are what a launcher said */
    size_t rank, count;
} clmlp_launch;

/* asked: "openmpi", "mpich", "none"; NULL: CLMLP_MPI says, or else the launcher. Errors: CLMLP_BAD_ARGUMENT (another
 * name; srun started several processes without an MPI). */
clmlp_status clmlp_launch_find(clmlp_launch *launch, const char *asked, clmlp_error *error);

#endif
