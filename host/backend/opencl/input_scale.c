/* input_scale.c - the learnable scale of the inputs, for any layout of theta; built when it is first used. */
#include "backend/opencl/opencl.h"

static clmlp_interface_of *const interfaces[CLMLP_SCALE_KERNELS] = {clmlp_interface_scale_slopes,
                                                                    clmlp_interface_fold_scale};

static clmlp_status build(clmlp_opencl *opencl, clmlp_error *error)
{
    static const char *const files[] = {"plain/input_scale.cl"};
    clmlp_opencl_input_scale *const own = &opencl->input_scale;
    if (own->program == NULL) TRY(clmlp_opencl_build_files(opencl, files, 1, "", &own->program, error));
    for (size_t k = 0; k < CLMLP_SCALE_KERNELS; k++) {
        const char *const name = interfaces[k]().name;
        if (own->kernels[k] != NULL) continue;
        TRY(clmlp_opencl_create_kernel(opencl, own->program, name, &own->kernels[k], error));
    }
    return CLMLP_OK;
}

void clmlp_opencl_input_scale_release(clmlp_opencl *opencl)
{
    clmlp_opencl_input_scale *const own = &opencl->input_scale;
    for (size_t k = 0; k < CLMLP_SCALE_KERNELS; k++) {
        if (own->kernels[k] != NULL) (void)clReleaseKernel(own->kernels[k]);
    }
    if (own->program != NULL) (void)clReleaseProgram(own->program);
    *own = (clmlp_opencl_input_scale){.program = NULL};
}

static clmlp_status launch(clmlp_opencl *opencl, size_t kernel, size_t items, const void *arguments, clmlp_error *error)
{
    TRY(build(opencl, error));
    const size_t group = opencl->group;
    const clmlp_launch launch = {.kernel = opencl->input_scale.kernels[kernel], .interface = interfaces[kernel],
                                 .global = {(items + group - 1) / group * group, 1}, .local = {group, 1}};
    return clmlp_opencl_enqueue(opencl, &launch, arguments, error);
}

clmlp_status clmlp_opencl_scale_slopes(clmlp_opencl *opencl, const clmlp_scale_slopes_args *args,
                                       clmlp_opencl_places theta, size_t scale_row, size_t bias, clmlp_error *error)
{
    const clmlp_scale_slopes_arguments arguments = {
        .gradient = clmlp_opencl_buffer(args->gradient), .theta = clmlp_opencl_buffer(args->theta),
        .scale = clmlp_opencl_buffer(args->scale), .scale_gradient = clmlp_opencl_buffer(args->scale_gradient),
        .s_in = args->s_in, .s_out = args->s_out, .width = theta.width, .panel = theta.panel, .row = theta.row,
        .scale_row = scale_row, .bias = bias};
    return launch(opencl, 0, args->s_in + 1, &arguments, error);
}

clmlp_status clmlp_opencl_fold_scale(clmlp_opencl *opencl, const clmlp_fold_scale_args *args,
                                     clmlp_opencl_places theta, size_t scale_row, clmlp_error *error)
{
    const clmlp_fold_scale_arguments arguments = {
        .theta = clmlp_opencl_buffer(args->theta), .scale = clmlp_opencl_buffer(args->scale),
        .folded = clmlp_opencl_buffer(args->folded), .s_in = args->s_in, .s_out = args->s_out, .width = theta.width,
        .panel = theta.panel, .row = theta.row, .scale_row = scale_row};
    return launch(opencl, 1, (args->s_in + 1) * args->s_out, &arguments, error);
}
