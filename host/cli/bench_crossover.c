/* bench_crossover.c - clmlp bench crossover. */
#include "bench.h"
#include "message.h"

int clmlp_cli_bench_crossover(int argc, char **argv)
{
    (void)argc, (void)argv;
    clmlp_cli_error("crossover: not there");
    return CLMLP_CLI_FAILED;
}
