#include <stdio.h>

#include "backend/opencl/native.h"

static const char *const kernel_names[] = {
#define NATIVE_NAME(name) "cpu_" #name,
    CLMLP_NATIVE_KERNEL_LIST(NATIVE_NAME)
#undef NATIVE_NAME
};

_Static_assert((size_t)NATIVE_COUNT <= sizeof((clmlp_native *)0)->kernels / sizeof(cl_kernel), "room for kernels");

/* Lanes that the device computes with: 4, 8 or 16. */
static cl_uint vector_width(const clmlp_opencl *opencl)
{
    const cl_device_info what = opencl->base.precision == CLMLP_F64 ? CL_DEVICE_NATIVE_VECTOR_WIDTH_DOUBLE
                                                                    : CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT;
    cl_uint width = 0;
    if (clGetDeviceInfo(opencl->device, what, sizeof width, &width, NULL) != CL_SUCCESS) width = 4;
    return width >= 16 ? 16 : width >= 8 ? 8 : 4;
}

clmlp_status clmlp_native_build(clmlp_opencl *opencl, clmlp_error *error)
{
    static const char *const files[] = {"codes.h", "real.h", "vector.h", "native_cpu.cl"};
    clmlp_native *native = &opencl->native;
    char options[128];
    cl_int code = CL_SUCCESS;
    const cl_uint lanes = vector_width(opencl);
    /* accumulators, a row of vectors and a broadcast fill the registers: 16 of them, or 32 with AVX-512 */
    const unsigned rows = lanes * clmlp_precision_size(opencl->base.precision) >= 64 ? 12 : 6, vectors = 2;
    const unsigned panel = 6 * lanes; /* holds both 6 or 12 rows and 2 vectors without a rest */

    native->rows = rows;
    native->columns = vectors * lanes;
    native->lanes = lanes;
    native->panel = panel;
    opencl->score_rows = rows;
    (void)snprintf(options, sizeof options, " -D VW=%u -D MR=%u -D NV=%u -D PANEL=%u", (unsigned)lanes, rows,
                   vectors, panel);
    TRY(clmlp_opencl_build_files(opencl, files, sizeof files / sizeof *files, options, &native->program, error));
    for (int k = 0; k < NATIVE_COUNT; k++) {
        native->kernels[k] = clCreateKernel(native->program, kernel_names[k], &code);
        TRY_CL(opencl, code, kernel_names[k], error);
    }
    return CLMLP_OK;
}

void clmlp_native_release(clmlp_opencl *opencl)
{
    for (int k = 0; k < NATIVE_COUNT; k++) {
        if (opencl->native.kernels[k] != NULL) (void)clReleaseKernel(opencl->native.kernels[k]);
    }
    if (opencl->native.program != NULL) (void)clReleaseProgram(opencl->native.program);
}

clmlp_status clmlp_native_launch(clmlp_opencl *opencl, clmlp_native_kernel kernel, size_t tile_rows,
                                 size_t tile_columns, const clmlp_argument *arguments, size_t count,
                                 clmlp_error *error)
{
    const size_t global[2] = {tile_rows, tile_columns}, local[2] = {1, 1};
    return clmlp_opencl_enqueue(opencl, opencl->native.kernels[kernel], kernel_names[kernel], global, local, arguments,
                                count, error);
}
