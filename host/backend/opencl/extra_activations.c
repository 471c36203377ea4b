/* extra_activations.c - kernels that know the activations from CODE_FIRST_EXTRA on, for the networks that need them.
 *
 * A switch with all of them takes PoCL 1.4 times as long to build. So programs have them from the first network on that
 * needs one.
 */
#include "backend/opencl/opencl.h"
#include "common/codes.h"

clmlp_status clmlp_opencl_expect_activation(clmlp_backend *backend, clmlp_activation activation, clmlp_error *error)
{
    (void)error;
    (void)clmlp_opencl_wants_extra((clmlp_opencl *)backend, activation);
    return CLMLP_OK;
}

clmlp_status clmlp_opencl_prepare_activation(clmlp_backend *backend, clmlp_activation activation, clmlp_error *error)
{
    static const char *const files[] = {"plain/activation.cl"};
    static const struct {
        clmlp_kernel kernel;
        const char *name;
    } parts[] = {{KERNEL_activate, "activate"}, {KERNEL_multiply_derivative, "multiply_derivative"}};
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    cl_program program = NULL;
    clmlp_status status = CLMLP_OK;
    if (!clmlp_opencl_wants_extra(opencl, activation) || opencl->extra_plain) return CLMLP_OK;
    TRY(clmlp_opencl_build_files(opencl, files, 1, clmlp_opencl_activation_option(opencl), &program, error));
    for (size_t k = 0; k < sizeof parts / sizeof *parts && status == CLMLP_OK; k++) {
        cl_kernel *const kernel = &opencl->kernels[parts[k].kernel];
        (void)clReleaseKernel(*kernel);
        status = clmlp_opencl_create_kernel(opencl, program, parts[k].name, kernel, error);
    }
    (void)clReleaseProgram(program); /* the kernels still have it */
    TRY(status);
    clmlp_opencl_release_dropout(opencl); /* made anew when they are needed */
    opencl->extra_plain = true;
    return CLMLP_OK;
}
