/* launch.c - how the ranks were started: by srun, or by the mpirun of one MPI or another. */
#include "ranks/launch.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_number(const char *name, size_t expected)
{
    char text[32];
    const char *const found = getenv(name);
    (void)snprintf(text, sizeof text, "%zu", expected);
    return found != NULL && strcmp(found, text) == 0;
}

/* mpirun within a job of Slurm counts its own processes, not those of a step. */
static bool is_srun(const clmlp_ranks *ranks)
{
    return is_number("SLURM_STEP_NUM_TASKS", clmlp_ranks_count(ranks)) &&
           is_number("SLURM_PROCID", clmlp_ranks_rank(ranks));
}

static bool is_mpich(const clmlp_ranks *ranks)
{
    return strncmp(clmlp_ranks_library(ranks), "Open MPI", strlen("Open MPI")) != 0;
}

void clmlp_cli_launch_text(const clmlp_ranks *ranks, char *text, size_t size)
{
    const size_t count = clmlp_ranks_count(ranks);
    text[0] = '\0';
    if (count == 1) return;
    if (!is_srun(ranks)) (void)snprintf(text, size, "mpirun -n %zu ", count);
    else (void)snprintf(text, size, "srun -n %zu --mpi=%s ", count, is_mpich(ranks) ? "pmi2" : "pmix");
}

const char *clmlp_cli_bind_text(const clmlp_ranks *ranks)
{
    if (is_srun(ranks)) return "srun --cpus-per-task=N --cpu-bind=cores";
    return is_mpich(ranks) ? "mpirun -bind-to core:N" : "mpirun --map-by slot:PE=N --bind-to core";
}
