/* test_room.c - matrices for which there is no room, and blocks that are as large as the room. */
#include <criterion/criterion.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/backend.h"
#include "backend/opencl/opencl.h"
#include "backend/probe/opencl_probe.h"
#include "faults.h"
#include "networks.h"

static size_t largest;

/* In place of the library's (-Wl,--wrap). */
cl_mem __real_clmlp_opencl_new_buffer(clmlp_opencl *opencl, cl_mem_flags flags, size_t bytes, void *host, cl_int *code);
cl_mem __wrap_clmlp_opencl_new_buffer(clmlp_opencl *opencl, cl_mem_flags flags, size_t bytes, void *host, cl_int *code);
cl_mem __wrap_clmlp_opencl_new_buffer(clmlp_opencl *opencl, cl_mem_flags flags, size_t bytes, void *host, cl_int *code)
{
    if (bytes > largest) largest = bytes;
    return __real_clmlp_opencl_new_buffer(opencl, flags, bytes, host, code);
}

static clmlp_device *open_family(const char *family)
{
    const bool clblast = strcmp(family, "clblast") == 0;
    cr_assert_eq(setenv("CLMLP_NATIVE_FAMILY", clblast ? "cpu" : family, 1), 0);
    return open_device(clblast ? "opencl+clblast" : "opencl+native", CLMLP_F32, 0);
}

static const char *const families[] = {"cpu", "gpu", "clblast"};

/* No size wraps around, and what the device refuses is no error of the device: who asks may take less. */
Test(room, a_matrix_that_is_too_large_is_no_memory)
{
    for (size_t f = 0; f < sizeof families / sizeof *families; f++) {
        clmlp_device *const device = open_family(families[f]);
        clmlp_backend *const backend = device->backend;
        for (int kind = CLMLP_TENSOR_LAYER; kind <= CLMLP_TENSOR_THETA_ONE_WAY; kind++) {
            for (size_t less = 1; less <= 96; less++) {
                size_t bytes = 0;
                const clmlp_status wide = backend->ops->tensor_bytes(backend, (clmlp_tensor_kind)kind, 1,
                                                                     SIZE_MAX - less, &bytes, NULL);
                cr_assert_eq(wide, CLMLP_OUT_OF_MEMORY, "%s, kind %d, 1 x (SIZE_MAX - %zu): %zu bytes", families[f],
                             kind, less, bytes);
                const clmlp_status tall = backend->ops->tensor_bytes(backend, (clmlp_tensor_kind)kind, SIZE_MAX - less,
                                                                     3, &bytes, NULL);
                cr_assert_eq(tall, CLMLP_OUT_OF_MEMORY, "%s, kind %d, (SIZE_MAX - %zu) x 3: %zu bytes", families[f],
                             kind, less, bytes);
            }
            clmlp_error why = {.message = ""};
            clmlp_tensor *tensor = NULL;
            const clmlp_status made =
                backend->ops->tensor_create(backend, (clmlp_tensor_kind)kind, 1 << 20, 1 << 21, &tensor, &why);
            cr_assert_eq(made, CLMLP_OUT_OF_MEMORY, "%s, kind %d: %s", families[f], kind, why.message);
            cr_assert_null(tensor);
        }
        clmlp_device_close(device);
    }
}

/* Beyond every cache where there is room for that, else a quarter of the room. */
Test(room, a_copy_is_timed_with_as_much_as_fits)
{
    static const struct { uint64_t limit; size_t bytes; } rooms[] = {{(uint64_t)64 << 20, 16 << 20},
                                                                     {(uint64_t)2 << 30, 256 << 20}};
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++) {
        clmlp_device *const device = open_device("opencl+native", CLMLP_F32, rooms[i].limit);
        double flops = 0.0, bytes = 0.0;
        largest = 0;
        OK(device->backend->ops->peak(device->backend, &flops, &bytes, error));
        cr_assert(flops > 0.0 && bytes > 0.0);
        cr_assert_eq(largest, rooms[i].bytes, "%zu bytes with a limit of %zu", largest, (size_t)rooms[i].limit);
        clmlp_device_close(device);
    }
}

/* Each width is tried; that one of them cannot be measured is an error, whatever the others gave. */
Test(room, a_width_that_does_not_build_is_an_error)
{
    static const int widths[] = {1, 4}; /* alone, and in the list of vectors */
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        char head[128];
        double flops = 0.0, bytes = 0.0;
        clmlp_error why = {.message = ""};
        static const char same[] = "const VECTOR factor";
        (void)snprintf(head, sizeof head, "#if PEAK_WIDTH == %d\n#error planted\n#endif\n", widths[i]);
        plant_fault_below("peak", "probe/peak.cl", head, same, same);
        clmlp_device *const device = open_device("opencl+native", CLMLP_F32, 64 << 20);
        cr_assert_neq(device->backend->ops->peak(device->backend, &flops, &bytes, &why), CLMLP_OK, "width %d",
                      widths[i]);
        clmlp_device_close(device);
    }
}

/* As many bytes as the one to copy, and no byte behind them: what is timed is a copy. */
Test(room, the_copy_that_is_timed_is_one)
{
    enum { ITEMS = 256, NUMBERS = 4 * ITEMS };
    static const char *const files[] = {"probe/peak.cl"};
    static const size_t global = ITEMS, local = 64;
    cl_uint from[NUMBERS], to[NUMBERS];
    cl_int code = CL_SUCCESS;
    cl_program program = NULL;
    cl_kernel kernel = NULL;
    clmlp_device *const device = open_device("opencl+native", CLMLP_F32, 0);
    clmlp_opencl *const opencl = (clmlp_opencl *)device->backend;
    for (cl_uint i = 0; i < NUMBERS; i++) from[i] = i * 2654435761U;
    OK(clmlp_opencl_build_files(opencl, files, 1, " -w -D PEAK_WIDTH=1", &program, error));
    OK(clmlp_opencl_create_kernel(opencl, program, "peak_copy", &kernel, error));
    cl_mem source = clmlp_opencl_new_buffer(opencl, CL_MEM_READ_WRITE, sizeof from, NULL, &code);
    cl_mem target = clmlp_opencl_new_buffer(opencl, CL_MEM_READ_WRITE, sizeof to, NULL, &code);
    cr_assert_eq(code, CL_SUCCESS);
    cr_assert_eq(clEnqueueWriteBuffer(opencl->queue, source, CL_TRUE, 0, sizeof from, from, 0, NULL, NULL), CL_SUCCESS);
    const clmlp_peak_copy_arguments arguments = {.from = source, .to = target};
    cr_assert_eq(clmlp_arguments_set(kernel, clmlp_interface_peak_copy, &arguments, 0, false, NULL), CL_SUCCESS);
    cr_assert_eq(clEnqueueNDRangeKernel(opencl->queue, kernel, 1, NULL, &global, &local, 0, NULL, NULL), CL_SUCCESS);
    cr_assert_eq(clEnqueueReadBuffer(opencl->queue, target, CL_TRUE, 0, sizeof to, to, 0, NULL, NULL), CL_SUCCESS);
    for (size_t i = 0; i < NUMBERS; i++) cr_assert_eq(to[i], from[i], "number %zu", i);
    cr_assert_eq(clReleaseMemObject(source), CL_SUCCESS);
    cr_assert_eq(clReleaseMemObject(target), CL_SUCCESS);
    cr_assert_eq(clReleaseKernel(kernel), CL_SUCCESS);
    cr_assert_eq(clReleaseProgram(program), CL_SUCCESS);
    clmlp_device_close(device);
}
