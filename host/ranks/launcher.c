/* launcher.c - what started this process, by its environment. */
#include "ranks/launcher.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "clmlp/ranks.h"

/* A variable that is a number of at least `least`; false: there is none. */
static bool read_number(const char *name, int64_t least, size_t *number)
{
    const char *const text = getenv(name);
    int64_t value = 0;
    if (text == NULL || !clmlp_parse_int64(text, text + strlen(text), &value) || value < least) return false;
    *number = (size_t)value;
    return true;
}

static bool read_both(const char *rank, const char *count, clmlp_launch *launch)
{
    size_t r = 0, n = 0;
    if (!read_number(rank, 0, &r) || !read_number(count, 1, &n) || r >= n) return false;
    launch->rank = r;
    launch->count = n;
    launch->known = true;
    return true;
}

/* Slurm has no ranks in mind where a script or a shell runs without srun: a step's number of tasks is there only
 * within one. */
static bool read_slurm(clmlp_launch *launch)
{
    return read_both("SLURM_PROCID", "SLURM_STEP_NUM_TASKS", launch);
}

/* Which MPI the launcher speaks for; NULL: none that is known. */
static const char *find_launcher(clmlp_launch *launch)
{
    if (read_both("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", launch)) return "openmpi";
    if (read_both("PMI_RANK", "PMI_SIZE", launch)) return "mpich"; /* hydra's mpiexec, and srun --mpi=pmi2 */
    if (getenv("PMIX_RANK") != NULL) {                             /* srun --mpi=pmix */
        (void)read_slurm(launch);
        return "openmpi";
    }
    return NULL;
}

/* Numbers of a launcher that are none, or two launchers that disagree: several processes would each train alone. */
static clmlp_status check_launchers(clmlp_error *error)
{
    static const char *const names[][2] = {{"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"}, {"PMI_RANK", "PMI_SIZE"}};
    clmlp_launch found[2] = {{.count = 0}, {.count = 0}};
    for (size_t i = 0; i < 2; i++) {
        const char *const rank = getenv(names[i][0]), *const count = getenv(names[i][1]);
        if (rank == NULL || count == NULL || read_both(names[i][0], names[i][1], &found[i])) continue;
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "the environment has %s=%s and %s=%s (expected a rank below a "
                          "number of processes; CLMLP_MPI=none: this process is alone)", names[i][0], rank, names[i][1],
                          count);
    }
    const bool agree = found[0].count == found[1].count && found[0].rank == found[1].rank;
    if (found[0].count == 0 || found[1].count == 0 || agree) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "the environment has two launchers: Open MPI says rank %zu of %zu, "
                      "and PMI rank %zu of %zu (CLMLP_MPI=openmpi, mpich or none says which one counts)", found[0].rank,
                      found[0].count, found[1].rank, found[1].count);
}

static bool is(const char *name, const char *expected)
{
    return name != NULL && strcmp(name, expected) == 0;
}

clmlp_status clmlp_launch_find(clmlp_launch *launch, const char *asked, clmlp_error *error)
{
    const char *const variable = getenv("CLMLP_MPI");
    const bool from_variable = asked == NULL && variable != NULL && *variable != '\0';
    const char *const name = from_variable ? variable : asked;
    *launch = (clmlp_launch){.count = 1};
    if (is(name, "none")) return CLMLP_OK;
    if (name != NULL && !is(name, "openmpi") && !is(name, "mpich")) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%s: found '%s', expected openmpi, mpich or none",
                          from_variable ? "CLMLP_MPI" : "the MPI", name);
    }
    if (name == NULL) TRY(check_launchers(error));
    const char *const found = find_launcher(launch);
    if (name != NULL) {
        launch->mpi = launch->known && launch->count == 1 ? NULL : is(name, "mpich") ? "mpich" : "openmpi";
        return CLMLP_OK;
    }
    if (found != NULL) {
        launch->mpi = launch->known && launch->count == 1 ? NULL : found;
        return CLMLP_OK;
    }
    clmlp_launch slurm = {.count = 1};
    if (!read_slurm(&slurm) || slurm.count == 1) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT,
                      "srun started %zu processes, but no MPI for them: say srun --mpi=pmix (Open MPI) or --mpi=pmi2 "
                      "(MPICH); where each is to work alone, CLMLP_MPI=none",
                      slurm.count);
}

void clmlp_ranks_expected(size_t *rank, size_t *count)
{
    clmlp_launch launch;
    const bool several = clmlp_launch_find(&launch, NULL, NULL) == CLMLP_OK && launch.mpi != NULL;
    if (rank != NULL) *rank = several ? launch.rank : 0;
    if (count != NULL) *count = several ? launch.count : 1;
}
