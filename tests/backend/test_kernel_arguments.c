/* test_kernel_arguments.c - each kernel has the arguments that the host passes: count, names, types, address spaces. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "backend/native/arguments.h"
#include "backend/opencl/opencl.h"
#include "backend/probe/arguments.h"
#include "clmlp/optimizer.h"
#include "networks.h"

enum { TEXT = 128, KERNELS = 32, LARGEST = 4096, FILES = 5 };

/* A program as the engines build it; rule: it has the update rule in it. */
typedef struct program_case {
    const char *files[FILES], *options;
    bool rule;
} program_case;

#define GPU_FILES {"native_gpu/layers.cl", "native_gpu/output.cl"}
#define GPU_TILES " -D VW=4 -D TILE_M=16 -D TILE_N=16 -D TILE_K=16 -D WORK_M=2 -D WORK_N=4 -D SPLIT=1 -D ACTIVATION=0"
#define GPU_STEPS_FILES {"native_gpu/layers.cl", "native_gpu/output.cl", "native_gpu/fused_steps.cl"}
#define GPU_STEPS \
    GPU_TILES " -D GPU_STEPS -D SPACE=__local -D STEPS_MEMORY=256 -D OUTPUT_ROWS=8 -D LANES_A_ROW=4"
#define GPU_SUM " -D VW=4 -D ACTIVATION=0 -D GPU_SUM"

static const program_case programs[] = {
    {{"plain/batch.cl", "plain/activation.cl", "plain/output.cl", "plain/descent.cl",
      "plain/vectors.cl"}, "", false},
    {{"plain/activation.cl"}, CLMLP_DROPOUT_OPTION, false},
    {{"plain/descent.cl"}, "", true},
    {{"native_cpu/fused_steps.cl"}, " -D VW=4 -D MR=3 -D NV=1" CLMLP_DROPOUT_OPTION, true},
    {{"plain/input_scale.cl"}, "", false},
    {{"native_cpu/fused_steps.cl"}, " -D VW=4 -D MR=3 -D NV=1", true},
    {GPU_FILES, GPU_TILES " -D GPU_FORWARD", false},
    {GPU_FILES, GPU_TILES " -D GPU_HIDDEN", false},
    {GPU_FILES, GPU_TILES " -D GPU_FORWARD" CLMLP_DROPOUT_OPTION, false},
    {GPU_FILES, GPU_TILES " -D GPU_HIDDEN" CLMLP_DROPOUT_OPTION, false},
    {GPU_FILES, GPU_TILES " -D GPU_DESCEND", true},
    {GPU_FILES, GPU_TILES " -D GPU_OUTPUT", false},
    {GPU_FILES, GPU_TILES " -D GPU_FORWARD -D GPU_PARTS", false},
    {GPU_FILES, GPU_TILES " -D GPU_HIDDEN -D GPU_PARTS", false},
    {GPU_FILES, GPU_TILES " -D GPU_DESCEND -D GPU_PARTS", false},
    {GPU_FILES, GPU_SUM " -D GPU_FORWARD", false},
    {GPU_FILES, GPU_SUM " -D GPU_HIDDEN", false},
    {GPU_FILES, GPU_SUM " -D GPU_FORWARD" CLMLP_DROPOUT_OPTION, false},
    {GPU_FILES, GPU_SUM " -D GPU_HIDDEN" CLMLP_DROPOUT_OPTION, false},
    {GPU_FILES, GPU_SUM " -D GPU_DESCEND", true},
    {GPU_FILES, " -D VW=4 -D GPU_UPDATE", true},
    {GPU_STEPS_FILES, GPU_STEPS, true},
    {GPU_STEPS_FILES, GPU_STEPS CLMLP_DROPOUT_OPTION, true},
    {{"probe/peak.cl"}, " -w -D PEAK_WIDTH=1", false},
    {{"probe/qualify.cl"}, " -D VW=4", false},
};

/* Every kernel that the host launches. */
static clmlp_interface_of *const interfaces[] = {
#define INTERFACE(name, LIST, owner) clmlp_interface_##name,
    CLMLP_PLAIN_INTERFACE_LIST(INTERFACE)
    CLMLP_NATIVE_INTERFACE_LIST(INTERFACE)
    CLMLP_PROBE_INTERFACE_LIST(INTERFACE)
#undef INTERFACE
};

enum { INTERFACES = sizeof interfaces / sizeof *interfaces };

static size_t find_interface(const char *kernel)
{
    size_t i = 0;
    while (i < INTERFACES && strcmp(interfaces[i]().name, kernel) != 0) i++;
    cr_assert(i < INTERFACES, "kernel %s is in none of the lists of arguments.h", kernel);
    return i;
}

/* A driver may say "REAL*" or what that is. */
static bool is_type(const char *found, const char *type, bool is_double)
{
    char text[TEXT];
    if (strcmp(found, type) == 0) return true;
    (void)snprintf(text, sizeof text, "%s%s", is_double ? "double" : "float", type + strlen("REAL"));
    return strncmp(type, "REAL", strlen("REAL")) == 0 && strcmp(found, text) == 0;
}

static void check_argument(cl_kernel kernel, const char *name, cl_uint index, const clmlp_parameter *p, bool is_double)
{
    char found[TEXT] = "";
    const char *const type = clmlp_argument_type(p->kind);
    cl_kernel_arg_address_qualifier space = 0;
    cr_assert_eq(clGetKernelArgInfo(kernel, index, CL_KERNEL_ARG_NAME, sizeof found, found, NULL), CL_SUCCESS);
    cr_assert_str_eq(found, p->name, "%s, argument %u: found %s, the host passes %s", name, index, found, p->name);
    cr_assert_eq(clGetKernelArgInfo(kernel, index, CL_KERNEL_ARG_TYPE_NAME, sizeof found, found, NULL), CL_SUCCESS);
    cr_assert(is_type(found, type, is_double), "%s, %s: found %s, the host passes %s", name, p->name, found, type);
    cr_assert_eq(clGetKernelArgInfo(kernel, index, CL_KERNEL_ARG_ADDRESS_QUALIFIER, sizeof space, &space, NULL),
                 CL_SUCCESS);
    cr_assert_eq(space, clmlp_argument_space(p->kind), "%s, %s: address space %#x", name, p->name, (unsigned)space);
}

/* The driver takes what the host passes: its sizes are right, too. */
static void check_set(cl_kernel kernel, clmlp_interface_of *of, size_t states, bool is_double)
{
    static const double numbers[UPDATE_NUMBERS];
    const double *const at = numbers;
    const size_t local_bytes = 64;
    const clmlp_interface interface = of();
    char arguments[LARGEST] = {0};
    for (size_t i = 0; i < interface.count; i++) {
        const clmlp_parameter *p = &interface.parameters[i];
        cr_assert(p->offset + sizeof(clmlp_step_sizes) + sizeof(clmlp_step_dropouts) <= sizeof arguments);
        if (p->kind == CLMLP_KIND_NUMBERS) memcpy(arguments + p->offset, &at, sizeof at);
        if (p->kind == CLMLP_KIND_LOCAL_UINT) memcpy(arguments + p->offset, &local_bytes, sizeof local_bytes);
    }
    cr_assert_eq(clmlp_arguments_set(kernel, of, arguments, states, is_double, NULL), CL_SUCCESS, "%s", interface.name);
}

static void check_kernel(cl_kernel kernel, size_t states, bool is_double, bool seen[INTERFACES])
{
    char text[TEXT] = "";
    cl_uint found = 0, passed = 0;
    cr_assert_eq(clGetKernelInfo(kernel, CL_KERNEL_FUNCTION_NAME, sizeof text, text, NULL), CL_SUCCESS);
    cr_assert_eq(clGetKernelInfo(kernel, CL_KERNEL_NUM_ARGS, sizeof found, &found, NULL), CL_SUCCESS);
    const size_t found_at = find_interface(text);
    const clmlp_interface interface = interfaces[found_at]();
    for (size_t i = 0; i < interface.count; i++) {
        const clmlp_parameter *const p = &interface.parameters[i];
        if (!clmlp_argument_is_passed(p->kind, states)) continue;
        cr_assert(passed < found, "%s has %u arguments, the host passes more: %s", text, found, p->name);
        check_argument(kernel, text, passed++, p, is_double);
    }
    cr_assert_eq(found, passed, "%s has %u arguments, the host passes %u", text, found, passed);
    check_set(kernel, interfaces[found_at], states, is_double);
    seen[found_at] = true;
}

static void check_program(clmlp_opencl *opencl, const program_case *c, clmlp_optimizer optimizer,
                          bool seen[INTERFACES])
{
    char options[512], rule[CLMLP_RULE_OPTION];
    cl_kernel kernels[KERNELS];
    cl_program program = NULL;
    cl_uint count = 0;
    size_t files = 0;
    while (files < FILES && c->files[files] != NULL) files++;
    clmlp_opencl_rule_option(optimizer, rule);
    cr_assert(snprintf(options, sizeof options, " -cl-kernel-arg-info%s%s", c->options, rule) < (int)sizeof options);
    OK(clmlp_opencl_build_files(opencl, c->files, files, options, &program, error));
    cr_assert_eq(clCreateKernelsInProgram(program, KERNELS, kernels, &count), CL_SUCCESS);
    cr_assert(count > 0, "%s%s: no kernels", c->files[0], options);
    for (cl_uint k = 0; k < count; k++) {
        check_kernel(kernels[k], clmlp_optimizer_states(optimizer), opencl->base.precision == CLMLP_F64, seen);
        (void)clReleaseKernel(kernels[k]);
    }
    (void)clReleaseProgram(program);
}

static void check_all(clmlp_precision precision)
{
    bool seen[INTERFACES] = {false};
    clmlp_device *device = open_device("opencl+clblast", precision, 0);
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        /* one rule for each number of matrices of state, on which the arguments depend */
        for (size_t states = 0; states <= (programs[i].rule ? UPDATE_STATES_MAX : 0); states++) {
            int rule = 0;
            while (rule < CLMLP_OPTIMIZER_COUNT && clmlp_optimizer_states((clmlp_optimizer)rule) != states) rule++;
            check_program((clmlp_opencl *)device->backend, &programs[i], (clmlp_optimizer)rule, seen);
        }
    }
    for (size_t i = 0; i < INTERFACES; i++) {
        cr_assert(seen[i], "no program has a kernel %s", interfaces[i]().name);
    }
    clmlp_device_close(device);
}

Test(kernel_arguments, are_what_the_host_passes_in_float)
{
    check_all(CLMLP_F32);
}

Test(kernel_arguments, are_what_the_host_passes_in_double)
{
    check_all(CLMLP_F64);
}
