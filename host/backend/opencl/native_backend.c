#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/opencl/native.h"
#include "backend/opencl/native_gpu.h"

static const char *const kernel_names[] = {
#define NATIVE_NAME(name) "cpu_" #name,
    CLMLP_NATIVE_KERNEL_LIST(NATIVE_NAME)
#undef NATIVE_NAME
};

enum { BLOCK = 8 }; /* tiles of a block of rows: 48 rows of 784 floats are 150 KB, a part of a level 2 cache */

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

static clmlp_status build(clmlp_opencl *opencl, clmlp_error *error)
{
    static const char *const files[] = {"codes.h", "real.h", "vector.h", "native_cpu.cl"};
    clmlp_native *native = &opencl->native;
    char options[128];
    cl_int code = CL_SUCCESS;
    const cl_uint lanes = vector_width(opencl);
    /* accumulators, a row of vectors and a broadcast fill the registers: 16 of them, or 32 with AVX-512 */
    const unsigned rows = lanes * clmlp_precision_size(opencl->base.precision) >= 64 ? 12 : 6, vectors = 2;
    /* both hold tiles of 6 or 12 rows and of 2 vectors without a rest */
    const unsigned unit = 6 * (unsigned)lanes, panel = 192;

    native->rows = rows;
    native->columns = vectors * lanes;
    native->lanes = lanes;
    native->panel = panel;
    native->panel_unit = unit;
    opencl->score_rows = rows;
    (void)snprintf(options, sizeof options, " -D VW=%u -D MR=%u -D NV=%u -D PANEL=%u", (unsigned)lanes, rows,
                   vectors, panel);
    TRY(clmlp_opencl_build_files(opencl, files, sizeof files / sizeof *files, options, &native->program, error));
    for (int k = 0; k < NATIVE_COUNT; k++) {
        native->kernels[k] = clCreateKernel(native->program, kernel_names[k], &code);
        TRY_CL(opencl, code, kernel_names[k], error);
    }
    native->gather = clCreateKernel(native->program, "cpu_gather", &code);
    TRY_CL(opencl, code, "cpu_gather", error);
    return CLMLP_OK;
}

static void release(clmlp_opencl *opencl)
{
    clmlp_native_gather_release(opencl);
    for (int k = 0; k < NATIVE_COUNT; k++) {
        if (opencl->native.kernels[k] != NULL) (void)clReleaseKernel(opencl->native.kernels[k]);
    }
    if (opencl->native.program != NULL) (void)clReleaseProgram(opencl->native.program);
}

static size_t tiles(size_t n, size_t tile)
{
    return (n + tile - 1) / tile;
}

static clmlp_status launch(clmlp_opencl *opencl, clmlp_native_kernel kernel, size_t rows, size_t columns,
                           size_t length, const clmlp_argument *arguments, size_t count, clmlp_error *error)
{
    (void)length;
    const bool whole_rows = kernel == NATIVE_update || kernel == NATIVE_output;
    const size_t down = kernel == NATIVE_update ? rows : tiles(rows, opencl->native.rows);
    const size_t block = !whole_rows && down > BLOCK ? BLOCK : down;
    const size_t across = whole_rows ? 1 : tiles(columns, opencl->native.columns) * tiles(down, block);
    const size_t global[2] = {block, across};
    const size_t local[2] = {1, 1};
    return clmlp_opencl_enqueue(opencl, opencl->native.kernels[kernel], kernel_names[kernel], global, local, arguments,
                                count, error);
}

static const clmlp_native_family cpu_family = {
    .name = "cpu",
    .widest_output = SIZE_MAX,
    .build = build,
    .release = release,
    .launch = launch,
};

/* CPUs have caches and vectors; everything else is taken to be built like a GPU. */
static clmlp_status choose_family(const clmlp_opencl *opencl, const clmlp_native_family **family, clmlp_error *error)
{
    const char *name = getenv("CLMLP_NATIVE_FAMILY");
    cl_device_type type = 0;
    TRY_CL(opencl, clGetDeviceInfo(opencl->device, CL_DEVICE_TYPE, sizeof type, &type, NULL),
           "asking for the type of the device", error);
    *family = (type & CL_DEVICE_TYPE_CPU) != 0 ? &cpu_family : &clmlp_native_gpu;
    if (name == NULL || name[0] == '\0') return CLMLP_OK;
    *family = strcmp(name, cpu_family.name) == 0 ? &cpu_family : &clmlp_native_gpu;
    if (strcmp(name, (*family)->name) == 0) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "CLMLP_NATIVE_FAMILY: found '%s', expected %s or %s", name,
                      cpu_family.name, clmlp_native_gpu.name);
}

clmlp_status clmlp_native_build(clmlp_opencl *opencl, clmlp_error *error)
{
    TRY(choose_family(opencl, &opencl->native.family, error));
    return opencl->native.family->build(opencl, error);
}

void clmlp_native_release(clmlp_opencl *opencl)
{
    if (opencl->native.family != NULL) opencl->native.family->release(opencl);
}
