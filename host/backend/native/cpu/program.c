/* program.c - the programs of the CPU family: its kernels for the tiles that were chosen. */
#include "backend/native/cpu/program.h"

#include <stdio.h>

clmlp_status clmlp_native_cpu_program(clmlp_opencl *opencl, const char *file, clmlp_optimizer optimizer, bool dropout,
                                      cl_program *program, clmlp_error *error)
{
    const clmlp_native *native = clmlp_native_of(opencl);
    char options[160], rule[CLMLP_RULE_OPTION];
    clmlp_opencl_rule_option(optimizer, rule);
    (void)snprintf(options, sizeof options, " -D VW=%zu -D MR=%zu -D NV=%zu%s%s%s", native->lanes, native->rows,
                   native->columns / native->lanes, rule, dropout ? CLMLP_DROPOUT_OPTION : "",
                   clmlp_opencl_activation_option(opencl));
    return clmlp_opencl_build_files(opencl, &file, 1, options, program, error);
}
