/* update_rule.c - the kernels of each update rule, which have its formula built in, and the arguments they share. */
#include <stdio.h>

#include "backend/opencl/opencl.h"

static const char *const kernel_names[] = {
#define RULE_NAME(name) #name,
    CLMLP_RULE_KERNEL_LIST(RULE_NAME)
#undef RULE_NAME
};

clmlp_status clmlp_opencl_rule_create(clmlp_opencl *opencl, clmlp_optimizer optimizer, cl_program program,
                                      clmlp_rule_kernel first, clmlp_rule_kernel last, clmlp_error *error)
{
    clmlp_opencl_rule *const rule = &opencl->rules[optimizer];
    cl_int code = CL_SUCCESS;
    for (int k = (int)first; k <= (int)last; k++) {
        rule->kernels[k] = clCreateKernel(program, kernel_names[k], &code);
        TRY_CL(opencl, code, kernel_names[k], error);
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

clmlp_status clmlp_opencl_rule_enqueue(clmlp_opencl *opencl, clmlp_optimizer optimizer, clmlp_rule_kernel kernel,
                                       const size_t global[2], const size_t local[2], const clmlp_argument *arguments,
                                       size_t count, clmlp_error *error)
{
    const bool known = (unsigned)optimizer < CLMLP_OPTIMIZER_COUNT;
    if (!known || opencl->rules[optimizer].kernels[kernel] == NULL) {
        return clmlp_opencl_rule_missing(opencl, optimizer, error);
    }
    return clmlp_opencl_enqueue(opencl, opencl->rules[optimizer].kernels[kernel], kernel_names[kernel], global, local,
                                arguments, count, error);
}

void clmlp_opencl_rule_option(clmlp_optimizer optimizer, char option[CLMLP_RULE_OPTION])
{
    option[0] = '\0';
    if (optimizer != CLMLP_SGD) (void)snprintf(option, CLMLP_RULE_OPTION, " -D UPDATE_RULE=%d", (int)optimizer);
}

clmlp_argument clmlp_opencl_numbers(const clmlp_opencl *opencl, const clmlp_update_rule *rule,
                                    float rounded[UPDATE_NUMBERS])
{
    if (opencl->base.precision == CLMLP_F64) return (clmlp_argument){sizeof rule->numbers, rule->numbers};
    for (int i = 0; i < UPDATE_NUMBERS; i++) rounded[i] = (float)rule->numbers[i];
    return (clmlp_argument){UPDATE_NUMBERS * sizeof *rounded, rounded};
}

size_t clmlp_opencl_state(clmlp_optimizer optimizer, clmlp_tensor *const *state, cl_mem buffers[UPDATE_STATES_MAX],
                          clmlp_argument *arguments)
{
    const size_t states = clmlp_optimizer_states(optimizer);
    for (size_t k = 0; k < states && k < UPDATE_STATES_MAX; k++) {
        buffers[k] = clmlp_opencl_buffer(state != NULL ? state[k] : NULL);
        arguments[k] = (clmlp_argument)ARGUMENT(buffers[k]);
    }
    return states;
}

clmlp_status clmlp_opencl_prepare_rule(clmlp_backend *backend, clmlp_optimizer optimizer, clmlp_error *error)
{
    static const char *const files[] = {"plain/descent.cl"};
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    char option[CLMLP_RULE_OPTION];
    if ((unsigned)optimizer >= CLMLP_OPTIMIZER_COUNT) return clmlp_opencl_rule_missing(opencl, optimizer, error);
    clmlp_opencl_rule *const rule = &opencl->rules[optimizer];
    if (rule->kernels[RULE_descend] != NULL) return CLMLP_OK;
    clmlp_opencl_rule_option(optimizer, option);
    if (rule->program == NULL) TRY(clmlp_opencl_build_files(opencl, files, 1, option, &rule->program, error));
    return clmlp_opencl_rule_create(opencl, optimizer, rule->program, RULE_descend, RULE_descend, error);
}
