/* bench_options.c - what the commands of clmlp bench measure where the command line does not say. */
#include <clmlp/clmlp.h>

#include "commands/bench.h"

clmlp_cli_bench_options clmlp_cli_bench_defaults(void)
{
    return (clmlp_cli_bench_options){.layers = {3, {784, 512, 10}},
                                     .batches = {4, {8, 32, 128, 512}},
                                     .widths = {4, {16, 64, 256, 1024}},
                                     .batch = 128,
                                     .m = 512,
                                     .n = 512,
                                     .k = 512,
                                     .activation = CLMLP_SIGMOID,
                                     .output = CLMLP_OUTPUT_SIGMOID,
                                     .config = clmlp_bench_config_default(),
                                     .load = clmlp_load_options_default(),
                                     .device = clmlp_device_options_default()};
}
