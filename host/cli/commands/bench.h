/* bench.h - what the commands of clmlp bench share. */
#ifndef CLMLP_CLI_BENCH_H
#define CLMLP_CLI_BENCH_H

#include "reports/bench.h"

/* clmlp bench crossover; argv[0] is "crossover". */
int clmlp_cli_bench_crossover(int argc, char **argv);

/* clmlp bench scaling; argv[0] is "scaling". Run by all ranks. */
int clmlp_cli_bench_scaling(int argc, char **argv);

/* Defaults of all options. */
clmlp_cli_bench_options clmlp_cli_bench_defaults(void);

#endif
