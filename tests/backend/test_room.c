/* test_room.c - matrices for which there is no room, and blocks that are as large as the room. */
#include <criterion/criterion.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/backend.h"
#include "backend/opencl/opencl.h"
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
