/* update_rule.c - the kernels of each update rule, which have its formula built in. */
#include <stdio.h>

#include "backend/opencl/opencl.h"

clmlp_status clmlp_opencl_rule_create(clmlp_opencl *opencl, clmlp_optimizer optimizer, cl_program program, size_t first,
                                      clmlp_interface_of *const *interfaces, size_t count, clmlp_error *error)
{
    clmlp_opencl_rule *const rule = &opencl->rules[optimizer];
    for (size_t k = 0; k < count; k++) {
        const char *const name = interfaces[k]().name;
        rule->interfaces[first + k] = interfaces[k];
        TRY(clmlp_opencl_create_kernel(opencl, program, name, &rule->kernels[first + k], error));
    }
    return CLMLP_OK;
}

void clmlp_opencl_rule_release(clmlp_opencl *opencl)
{
    for (int r = 0; r < CLMLP_OPTIMIZER_COUNT; r++) {
        for (int k = 0; k < RULE_KERNEL_COUNT; k++) {
            if (opencl->rules[r].kernels[k] != NULL) (void)clReleaseKernel(opencl->rules[r].kernels[k]);
        }
        if (opencl->rules[r].program != NULL) (void)clReleaseProgram(opencl->rules[r].program);
        opencl->rules[r] = (clmlp_opencl_rule){.program = NULL};
    }
}

clmlp_status clmlp_opencl_rule_missing(const clmlp_opencl *opencl, clmlp_optimizer optimizer, clmlp_error *error)
{
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%s: the kernels of the optimizer %s (number %d) were not made",
                      opencl->name, clmlp_optimizer_name(optimizer), (int)optimizer);
}

clmlp_status clmlp_opencl_rule_enqueue(clmlp_opencl *opencl, clmlp_optimizer optimizer, size_t kernel,
                                       const clmlp_launch *shape, const void *arguments, clmlp_error *error)
{
    const bool known = (unsigned)optimizer < CLMLP_OPTIMIZER_COUNT;
    const clmlp_opencl_rule *const rule = known ? &opencl->rules[optimizer] : NULL;
    if (rule == NULL || rule->kernels[kernel] == NULL) return clmlp_opencl_rule_missing(opencl, optimizer, error);
    clmlp_launch launch = *shape;
    launch.kernel = rule->kernels[kernel];
    launch.interface = rule->interfaces[kernel];
    launch.states = clmlp_optimizer_states(optimizer);
    return clmlp_opencl_enqueue(opencl, &launch, arguments, error);
}

void clmlp_opencl_rule_option(clmlp_optimizer optimizer, char option[CLMLP_RULE_OPTION])
{
    option[0] = '\0';
    if (optimizer != CLMLP_SGD) (void)snprintf(option, CLMLP_RULE_OPTION, " -D UPDATE_RULE=%d", (int)optimizer);
}

clmlp_status clmlp_opencl_prepare_rule(clmlp_backend *backend, clmlp_optimizer optimizer, clmlp_error *error)
{
    static const char *const files[] = {"plain/descent.cl"};
    static clmlp_interface_of *const descend[] = {clmlp_interface_descend};
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    char option[CLMLP_RULE_OPTION];
    if ((unsigned)optimizer >= CLMLP_OPTIMIZER_COUNT) return clmlp_opencl_rule_missing(opencl, optimizer, error);
    clmlp_opencl_rule *const rule = &opencl->rules[optimizer];
    if (rule->kernels[RULE_descend] != NULL) return CLMLP_OK;
    clmlp_opencl_rule_option(optimizer, option);
    if (rule->program == NULL) TRY(clmlp_opencl_build_files(opencl, files, 1, option, &rule->program, error));
    return clmlp_opencl_rule_create(opencl, optimizer, rule->program, RULE_descend, descend, 1, error);
}
