/* plain_kernels.c - the plain kernels: built, launched, released. */
#include <stdio.h>

#include "backend/opencl/opencl.h"

static clmlp_interface_of *const interfaces[] = {
#define KERNEL_INTERFACE(name) clmlp_interface_##name,
    CLMLP_KERNEL_LIST(KERNEL_INTERFACE)
#undef KERNEL_INTERFACE
};
static clmlp_interface_of *const dropout_interfaces[] = {
#define KERNEL_INTERFACE(name) clmlp_interface_##name,
    CLMLP_DROPOUT_KERNEL_LIST(KERNEL_INTERFACE)
#undef KERNEL_INTERFACE
};

void clmlp_opencl_release_dropout(clmlp_opencl *opencl)
{
    for (int k = 0; k < DROPOUT_KERNEL_COUNT; k++) {
        if (opencl->dropout_kernels[k] != NULL) (void)clReleaseKernel(opencl->dropout_kernels[k]);
        opencl->dropout_kernels[k] = NULL;
    }
    if (opencl->dropout_program != NULL) (void)clReleaseProgram(opencl->dropout_program);
    opencl->dropout_program = NULL;
}

void clmlp_opencl_unbuild(clmlp_opencl *opencl)
{
    for (int k = 0; k < KERNEL_COUNT; k++) {
        if (opencl->kernels[k] != NULL) (void)clReleaseKernel(opencl->kernels[k]);
        opencl->kernels[k] = NULL;
    }
    if (opencl->program != NULL) (void)clReleaseProgram(opencl->program);
    opencl->program = NULL;
    opencl->extra_plain = false;
    clmlp_opencl_release_dropout(opencl);
    clmlp_opencl_rule_release(opencl);
}

clmlp_status clmlp_opencl_build(clmlp_opencl *opencl, clmlp_error *error)
{
    static const char *const files[] = {"plain/batch.cl", "plain/activation.cl", "plain/output.cl", "plain/descent.cl",
                                        "plain/vectors.cl"};
    static clmlp_interface_of *const descend[] = {clmlp_interface_descend};
    TRY(clmlp_opencl_build_files(opencl, files, sizeof files / sizeof *files, "", &opencl->program, error));
    for (int k = 0; k < KERNEL_COUNT; k++) {
        const char *const name = interfaces[k]().name;
        TRY(clmlp_opencl_create_kernel(opencl, opencl->program, name, &opencl->kernels[k], error));
    }
    return clmlp_opencl_rule_create(opencl, CLMLP_SGD, opencl->program, RULE_descend, descend, 1, error);
}

clmlp_status clmlp_opencl_launch_over(clmlp_opencl *opencl, clmlp_kernel kernel, const size_t global[2], size_t group,
                                      const void *arguments, clmlp_error *error)
{
    const clmlp_launch launch = {.kernel = opencl->kernels[kernel], .interface = interfaces[kernel],
                                 .global = {(global[0] + group - 1) / group * group, global[1]}, .local = {group, 1}};
    return clmlp_opencl_enqueue(opencl, &launch, arguments, error);
}

clmlp_status clmlp_opencl_launch(clmlp_opencl *opencl, clmlp_kernel kernel, size_t items, size_t group,
                                 const void *arguments, clmlp_error *error)
{
    const size_t global[2] = {items, 1};
    return clmlp_opencl_launch_over(opencl, kernel, global, group, arguments, error);
}

static clmlp_status build_dropout(clmlp_opencl *opencl, clmlp_error *error)
{
    static const char *const files[] = {"plain/activation.cl"};
    if (opencl->dropout_program == NULL) {
        char options[64];
        (void)snprintf(options, sizeof options, "%s%s", CLMLP_DROPOUT_OPTION, clmlp_opencl_activation_option(opencl));
        TRY(clmlp_opencl_build_files(opencl, files, 1, options, &opencl->dropout_program, error));
    }
    for (int k = 0; k < DROPOUT_KERNEL_COUNT; k++) {
        const char *const name = dropout_interfaces[k]().name;
        if (opencl->dropout_kernels[k] != NULL) continue;
        TRY(clmlp_opencl_create_kernel(opencl, opencl->dropout_program, name, &opencl->dropout_kernels[k], error));
    }
    return CLMLP_OK;
}

clmlp_status clmlp_opencl_launch_dropout(clmlp_opencl *opencl, clmlp_dropout_kernel kernel, size_t items, size_t group,
                                         const void *arguments, clmlp_error *error)
{
    TRY(build_dropout(opencl, error));
    const clmlp_launch launch = {.kernel = opencl->dropout_kernels[kernel], .interface = dropout_interfaces[kernel],
                                 .global = {(items + group - 1) / group * group, 1}, .local = {group, 1}};
    return clmlp_opencl_enqueue(opencl, &launch, arguments, error);
}
