/* What the environment says of launchers, and modules that are missing or wrong. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "clmlp/ranks.h"

static const char *const VARIABLES[] = {
    "CLMLP_MPI", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "PMI_RANK", "PMI_SIZE", "PMIX_RANK", "SLURM_PROCID",
    "SLURM_STEP_NUM_TASKS", "SLURM_NTASKS", "CLMLP_MPI_DIR"};

static void forget(void)
{
    for (size_t i = 0; i < sizeof VARIABLES / sizeof *VARIABLES; i++) (void)unsetenv(VARIABLES[i]);
}

TestSuite(launch, .init = forget);

static void set(const char *name, const char *value)
{
    cr_assert_eq(setenv(name, value, 1), 0);
}

static void expect(size_t rank, size_t count)
{
    size_t r = 99, n = 99;
    clmlp_ranks_expected(&r, &n);
    cr_expect(r == rank && n == count, "found %zu of %zu, expected %zu of %zu", r, n, rank, count);
    clmlp_ranks_expected(NULL, NULL);
}

Test(launch, a_process_without_a_launcher_is_alone)
{
    clmlp_ranks *ranks = NULL;
    const char text[] = "abc";
    char copy[4] = "";
    set("CLMLP_MPI_DIR", "/nonexistent"); /* so that nothing could be loaded */
    expect(0, 1);
    cr_assert_eq(clmlp_ranks_open(&ranks, NULL, NULL), CLMLP_OK);
    cr_expect(clmlp_ranks_rank(ranks) == 0 && clmlp_ranks_count(ranks) == 1);
    cr_expect(clmlp_ranks_local_rank(ranks) == 0 && clmlp_ranks_local_count(ranks) == 1);
    cr_expect_str_eq(clmlp_ranks_library(ranks), "");
    cr_expect_str_eq(clmlp_ranks_host(ranks, 0), "");
    cr_expect_eq(clmlp_ranks_gather(ranks, text, sizeof text, copy, NULL), CLMLP_OK);
    cr_expect_str_eq(copy, text);
    cr_expect_eq(clmlp_ranks_share(ranks, 0, copy, sizeof copy, NULL), CLMLP_OK);
    cr_expect_eq(clmlp_ranks_share(ranks, 1, copy, sizeof copy, NULL), CLMLP_BAD_ARGUMENT);
    cr_expect_eq(clmlp_ranks_same(ranks, "x", text, sizeof text, NULL), CLMLP_OK);
    cr_expect_eq(clmlp_ranks_agree(ranks, CLMLP_OK, NULL), CLMLP_OK);
    cr_expect_eq(clmlp_ranks_agree(ranks, CLMLP_IO, NULL), CLMLP_IO);
    cr_expect(!clmlp_ranks_failure(ranks, NULL, NULL, NULL, 0));
    clmlp_ranks_close(ranks);
}

Test(launch, one_process_of_a_launcher_is_alone_too)
{
    clmlp_ranks *ranks = NULL;
    set("CLMLP_MPI_DIR", "/nonexistent");
    set("OMPI_COMM_WORLD_RANK", "0");
    set("OMPI_COMM_WORLD_SIZE", "1");
    expect(0, 1);
    cr_assert_eq(clmlp_ranks_open(&ranks, NULL, NULL), CLMLP_OK);
    clmlp_ranks_close(ranks);
    set("CLMLP_MPI", "openmpi");
    cr_assert_eq(clmlp_ranks_open(&ranks, NULL, NULL), CLMLP_OK);
    clmlp_ranks_close(ranks);
}

static void expect_two_launchers(void)
{
    clmlp_ranks *ranks = NULL;
    clmlp_error error = {.message = ""};
    cr_assert_eq(clmlp_ranks_open(&ranks, NULL, &error), CLMLP_BAD_ARGUMENT);
    cr_assert_not_null(strstr(error.message, "two launchers"), "%s", error.message);
}

Test(launch, each_launcher_says_which_rank_of_how_many)
{
    set("PMI_RANK", "2");
    set("PMI_SIZE", "4");
    expect(2, 4);
    set("OMPI_COMM_WORLD_RANK", "1"); /* mpirun of Open MPI below one of MPICH, or the other way round: who knows */
    set("OMPI_COMM_WORLD_SIZE", "3");
    expect(0, 1);
    expect_two_launchers();
    set("CLMLP_MPI", "openmpi");
    expect(1, 3);
    set("CLMLP_MPI", "none");
    expect(0, 1);
    forget();
    set("PMIX_RANK", "5");
    set("SLURM_PROCID", "5");
    set("SLURM_STEP_NUM_TASKS", "8");
    expect(5, 8);
}

Test(launch, what_is_no_number_is_no_launcher)
{
    static const char *const bad[][2] = {{"x", "4"}, {"0", ""}, {"-1", "4"}, {"4", "4"}, {"0", "0"},
                                         {"0", "99999999999999999999"}, {"0 ", "4"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        set("PMI_RANK", bad[i][0]);
        set("PMI_SIZE", bad[i][1]);
        expect(0, 1);
        clmlp_ranks *ranks = NULL;
        clmlp_error error = {.message = ""};
        cr_assert_eq(clmlp_ranks_open(&ranks, NULL, &error), CLMLP_BAD_ARGUMENT, "case %zu", i);
        cr_assert_not_null(strstr(error.message, "PMI_SIZE"), "%s", error.message);
    }
}

static void expect_failure(const char *mpi, clmlp_status status, const char *part, const char *other)
{
    clmlp_ranks *ranks = NULL;
    clmlp_error error = {.message = ""};
    const clmlp_ranks_options options = {.size = sizeof options, .mpi = mpi};
    cr_expect_eq(clmlp_ranks_open(&ranks, &options, &error), status);
    cr_expect_null(ranks);
    cr_expect(strstr(error.message, part) != NULL && strstr(error.message, other) != NULL, "%s", error.message);
}

Test(launch, srun_without_an_mpi_is_told_what_to_say)
{
    set("SLURM_PROCID", "1");
    set("SLURM_STEP_NUM_TASKS", "2");
    expect_failure(NULL, CLMLP_BAD_ARGUMENT, "srun --mpi=pmix", "CLMLP_MPI=none");
    set("SLURM_STEP_NUM_TASKS", "1");
    expect(0, 1);
    forget();
    set("SLURM_PROCID", "0"); /* the script of sbatch itself */
    set("SLURM_NTASKS", "8");
    expect(0, 1);
}

Test(launch, an_mpi_that_is_none_is_refused)
{
    expect_failure("lam", CLMLP_BAD_ARGUMENT, "found 'lam'", "openmpi, mpich or none");
    set("CLMLP_MPI", "OpenMPI");
    expect_failure(NULL, CLMLP_BAD_ARGUMENT, "CLMLP_MPI: found 'OpenMPI'", "openmpi, mpich or none");
}

Test(launch, a_module_that_is_missing_or_wrong_is_named)
{
    set("PMI_RANK", "0");
    set("PMI_SIZE", "2");
    set("CLMLP_MPI_DIR", "/nonexistent");
    expect_failure(NULL, CLMLP_NO_DEVICE, "clmlp-mpich.so, is not in /nonexistent", "libmpich-dev");
    set("CLMLP_MPI_DIR", FAKE_MODULES "/version");
    expect_failure(NULL, CLMLP_NO_DEVICE, "clmlp-mpich.so was made for another clmlp", "version 99, expected 1");
    set("CLMLP_MPI_DIR", FAKE_MODULES "/name");
    expect_failure(NULL, CLMLP_NO_DEVICE, "is a module for openmpi", "expected one for mpich");
    set("CLMLP_MPI_DIR", FAKE_MODULES "/none");
    expect_failure(NULL, CLMLP_NO_DEVICE, "is no module of clmlp", "clmlp_transport_table");
    set("CLMLP_MPI_DIR", FAKE_MODULES "/text");
    expect_failure(NULL, CLMLP_NO_DEVICE, "clmlp-mpich.so cannot be loaded", "libmpich-dev");
}

Test(launch, options_that_cannot_be_are_refused)
{
    clmlp_ranks *ranks = NULL;
    clmlp_ranks_options options = {.size = sizeof options, .timeout = -1.0};
    cr_expect_eq(clmlp_ranks_open(&ranks, &options, NULL), CLMLP_BAD_ARGUMENT);
    cr_expect_eq(clmlp_ranks_open(NULL, NULL, NULL), CLMLP_BAD_ARGUMENT);
    options = (clmlp_ranks_options){.size = 0};
    cr_expect_eq(clmlp_ranks_open(&ranks, &options, NULL), CLMLP_BAD_ARGUMENT);
}
