/* test_gpu_tiles.c - tiles of the GPU family: which are possible, which are taken. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "backend/native/gpu/tiles.h"
#include "networks.h"

static const clmlp_gpu_limits large = {.group = 1024, .local_bytes = 48 * 1024, .element = 4, .units = 132};
static const clmlp_gpu_limits small = {.group = 256, .local_bytes = 32 * 1024, .element = 4, .units = 24};
static const clmlp_native_kernel operations[] = {NATIVE_forward, NATIVE_hidden, NATIVE_descend, NATIVE_output};
static const clmlp_gpu_tiles good = {32, 32, 32, 2, 4, 2};

Test(gpu_tiles, of_all_candidates_are_possible_on_a_large_device)
{
    for (size_t o = 0; o < sizeof operations / sizeof *operations; o++) {
        size_t count = 0;
        const clmlp_gpu_tiles *candidates = clmlp_gpu_candidates(operations[o], &count);
        cr_assert_gt(count, 0);
        for (size_t i = 0; i < count; i++) {
            const char *problem = clmlp_gpu_tiles_problem(&candidates[i], operations[o], &large);
            cr_assert_null(problem, "operation %d, candidate %zu: %s", (int)operations[o], i, problem);
        }
    }
}

Test(gpu_tiles, exist_for_the_least_that_opencl_demands)
{
    /* 32 KiB of local memory, double precision; small work-groups are no rule, but there are such devices */
    const clmlp_gpu_limits least = {.group = 32, .local_bytes = 32 * 1024, .element = 8, .units = 1};
    const clmlp_gpu_size size = {100, 100, 100};
    for (size_t o = 0; o < sizeof operations / sizeof *operations; o++) {
        size_t count = 0;
        (void)clmlp_gpu_candidates(operations[o], &count);
        cr_assert_lt(clmlp_gpu_choose(operations[o], &size, &least, NULL), count, "operation %d", (int)operations[o]);
    }
}

static void expect_problem(clmlp_gpu_tiles tiles, clmlp_native_kernel operation, clmlp_gpu_limits limits,
                           const char *expected)
{
    const char *problem = clmlp_gpu_tiles_problem(&tiles, operation, &limits);
    cr_assert_not_null(problem, "expected: %s", expected);
    cr_assert_not_null(strstr(problem, expected), "found '%s', expected '%s'", problem, expected);
}

Test(gpu_tiles, that_cannot_work_are_refused_and_told_why)
{
    clmlp_gpu_tiles t = good;
    cr_assert_null(clmlp_gpu_tiles_problem(&t, NATIVE_forward, &large));
    t.split = 0, expect_problem(t, NATIVE_forward, large, "0"), t = good;
    t.tile_m = 33, expect_problem(t, NATIVE_forward, large, "whole number of blocks"), t = good;
    t.work_n = 2, expect_problem(t, NATIVE_forward, large, "vectors"), t = good;
    t.tile_k = 12, expect_problem(t, NATIVE_forward, large, "slices"), t = good;
    t.tile_m = t.tile_n = 128, expect_problem(t, NATIVE_forward, large, "work-items"), t = good;
    t.tile_k = 256, expect_problem(t, NATIVE_forward, large, "local memory"), t = good;
    t.work_m = 16, t.work_n = 16, t.tile_m = t.tile_n = 64, t.split = 1;
    expect_problem(t, NATIVE_forward, large, "registers");
    t = good, t.tile_m = 24, t.tile_n = 40;
    expect_problem(t, NATIVE_output, large, "to a row");
}

Test(gpu_tiles, take_no_more_than_48_KiB_whatever_a_device_reports)
{
    clmlp_gpu_limits generous = large;
    generous.local_bytes = 228 * 1024;
    expect_problem((clmlp_gpu_tiles){32, 32, 256, 2, 4, 2}, NATIVE_forward, generous, "local memory");
}

static clmlp_gpu_tiles chosen(const clmlp_gpu_limits *limits, size_t rows, size_t columns, size_t length)
{
    size_t count = 0;
    const clmlp_gpu_size size = {rows, columns, length};
    const clmlp_gpu_tiles *candidates = clmlp_gpu_candidates(NATIVE_forward, &count);
    const size_t i = clmlp_gpu_choose(NATIVE_forward, &size, limits, NULL);
    cr_assert_lt(i, count);
    return candidates[i];
}

Test(gpu_tiles, are_large_for_large_products)
{
    cr_assert_eq(chosen(&large, 4096, 4096, 4096).tile_m, 128);
    cr_assert_eq(chosen(&small, 4096, 4096, 4096).tile_m, 128);
}

Test(gpu_tiles, leave_few_compute_units_idle_with_small_batches)
{
    const clmlp_gpu_tiles t = chosen(&large, 128, 512, 784);
    const size_t groups = (128 + t.tile_m - 1) / t.tile_m * ((512 + t.tile_n - 1) / t.tile_n);
    cr_assert_geq(groups, large.units * 3 / 4, "%zu work-groups of %u x %u", groups, t.tile_m, t.tile_n);
}

Test(gpu_tiles, that_were_refused_by_the_driver_are_not_chosen_again)
{
    const clmlp_gpu_size size = {4096, 4096, 4096};
    size_t count = 0;
    (void)clmlp_gpu_candidates(NATIVE_forward, &count);
    bool *excluded = calloc(count, sizeof *excluded);
    for (size_t n = 0; n < count; n++) {
        const size_t i = clmlp_gpu_choose(NATIVE_forward, &size, &large, excluded);
        cr_assert(i < count && !excluded[i], "chose %zu again", i);
        excluded[i] = true;
    }
    cr_assert_eq(clmlp_gpu_choose(NATIVE_forward, &size, &large, excluded), count, "there is none left");
    free(excluded);
}

Test(gpu_tiles, are_for_the_kind_of_gpu_that_the_driver_describes)
{
    static const struct {
        const char *vendor, *name;
        unsigned capability;
        clmlp_gpu_kind kind;
    } cases[] = {
        {"NVIDIA Corporation", "NVIDIA H100 80GB HBM3", 90, CLMLP_GPU_HOPPER},
        {"NVIDIA Corporation", "NVIDIA GeForce RTX 5090", 120, CLMLP_GPU_HOPPER},
        {"NVIDIA Corporation", "NVIDIA GeForce RTX 4090", 89, CLMLP_GPU_NVIDIA},
        {"NVIDIA Corporation", "NVIDIA A100-SXM4-40GB", 80, CLMLP_GPU_VOLTA},
        {"NVIDIA Corporation", "NVIDIA GeForce GTX 1080", 61, CLMLP_GPU_NVIDIA},
        {"NVIDIA Corporation", "", 0, CLMLP_GPU_NVIDIA},
        {"Advanced Micro Devices, Inc.", "gfx90a:sramecc+:xnack-", 0, CLMLP_GPU_CDNA},
        {"Advanced Micro Devices, Inc.", "gfx1100", 0, CLMLP_GPU_RDNA},
        {"AMD", "AMD Radeon RX 6800 (radeonsi, navi21, LLVM 15.0.6, gfx1030)", 0, CLMLP_GPU_RDNA},
        {"Advanced Micro Devices, Inc.", "Tahiti", 0, CLMLP_GPU_UNKNOWN},
        {"Intel(R) Corporation", "Intel(R) Arc(TM) A770 Graphics", 0, CLMLP_GPU_XE},
        {"ARM", "Mali-G78", 0, CLMLP_GPU_UNKNOWN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const clmlp_gpu_kind kind = clmlp_gpu_kind_of(cases[i].vendor, cases[i].name, cases[i].capability);
        cr_assert_eq(kind, cases[i].kind, "%s: found %s, expected %s", cases[i].name, clmlp_gpu_kind_name(kind),
                     clmlp_gpu_kind_name(cases[i].kind));
    }
}

/* Of 8 x 8 numbers of a work-item Intel's compiler spills a thousand bytes and more (docs/native-engine.md). */
Test(gpu_tiles, have_no_large_blocks_on_intel)
{
    const clmlp_gpu_limits xe = {.group = 1024, .local_bytes = 64 * 1024, .element = 4, .units = 512,
                                 .kind = CLMLP_GPU_XE};
    const clmlp_gpu_tiles t = chosen(&xe, 4096, 4096, 4096);
    cr_assert_lt(t.work_m * t.work_n, 64, "%u x %u", t.work_m, t.work_n);
    cr_assert_eq(clmlp_gpu_units(&xe), 32, "found %zu", clmlp_gpu_units(&xe));
}

Test(gpu_tiles, of_large_products_share_a_multiprocessor_between_two_work_groups)
{
    clmlp_gpu_limits hopper = large;
    hopper.kind = CLMLP_GPU_HOPPER;
    const clmlp_gpu_tiles t = chosen(&hopper, 4096, 4096, 4096);
    cr_assert_eq(clmlp_gpu_resident(&t, &hopper), 2);
    cr_assert_eq(clmlp_gpu_register_limit(&t, &hopper), 128, "found %zu", clmlp_gpu_register_limit(&t, &hopper));
    cr_assert_eq(clmlp_gpu_register_limit(&good, &hopper), 0, "a small block needs no limit");
}

Test(gpu_tiles, cut_a_product_into_parts_only_where_compute_units_are_idle)
{
    clmlp_gpu_limits hopper = large;
    hopper.kind = CLMLP_GPU_HOPPER;
    const clmlp_gpu_size few = {128, 128, 60000}, many = {4096, 4096, 4096}, short_sum = {32, 32, 16};
    size_t count = 0;
    const clmlp_gpu_tiles *const candidates = clmlp_gpu_candidates(NATIVE_descend, &count);
    const clmlp_gpu_tiles *const large_tile = &candidates[0];
    cr_assert_gt(clmlp_gpu_parts(large_tile, &few, &hopper), 16);
    cr_assert_leq(clmlp_gpu_parts(large_tile, &few, &hopper), CLMLP_GPU_PARTS);
    cr_assert_eq(clmlp_gpu_parts(large_tile, &many, &hopper), 1);
    cr_assert_eq(clmlp_gpu_parts(large_tile, &short_sum, &hopper), 1);
}

/* The tile of the output layer for so many rows of 10 outputs above `length` units, on a GPU with so many units. */
static clmlp_gpu_tiles output_tile(size_t units, size_t rows, size_t length)
{
    clmlp_gpu_limits hopper = large;
    size_t count = 0;
    const clmlp_gpu_size size = {rows, 10, length};
    hopper.kind = CLMLP_GPU_HOPPER;
    hopper.units = units;
    const clmlp_gpu_tiles *const candidates = clmlp_gpu_candidates(NATIVE_output, &count);
    const size_t i = clmlp_gpu_choose(NATIVE_output, &size, &hopper, NULL);
    cr_assert_lt(i, count);
    return candidates[i];
}

static void expect_output_tile(size_t units, size_t rows, size_t length, unsigned tile_m, unsigned tile_k)
{
    const clmlp_gpu_tiles t = output_tile(units, rows, length);
    cr_expect(t.tile_m == tile_m && t.tile_k == tile_k, "%zu rows of %zu on %zu units: %u rows, steps of %u", rows,
              length, units, t.tile_m, t.tile_k);
}

/* As docs/native-engine.md counts. */
Test(gpu_tiles, of_the_output_layer_have_few_rows_while_units_are_idle)
{
    static const size_t units[] = {132, 80, 40, 16};
    for (size_t u = 0; u < sizeof units / sizeof *units; u++) {
        expect_output_tile(units[u], 32, 128, 4, 128);
        expect_output_tile(units[u], 128, 512, 4, 256);
        expect_output_tile(units[u], 32, 25, 4, 64);
    }
    expect_output_tile(132, 1024, 1024, 4, 256);
    expect_output_tile(80, 1024, 1024, 8, 128);
    expect_output_tile(40, 1024, 1024, 8, 128);
    expect_output_tile(16, 1024, 1024, 8, 64);
    expect_output_tile(132, 1437, 25, 4, 64);
    expect_output_tile(16, 1437, 25, 8, 32);
    expect_output_tile(132, 60000, 512, 8, 64);
}

/* Else fused steps, whose products have slices of 8, too, had other bits than single ones. */
Test(gpu_tiles, of_the_output_layer_have_slices_of_8_where_steps_are_fused)
{
    for (size_t rows = 1; rows <= 128; rows++) {
        const clmlp_gpu_tiles t = output_tile(132, rows, 25);
        cr_assert_eq(t.tile_k / t.split, 8, "%zu rows: %u by %u", rows, t.tile_k, t.split);
    }
}

Test(gpu_tiles, of_the_output_layer_leave_room_for_the_costs_of_the_lowest)
{
    size_t count = 0;
    const clmlp_gpu_tiles *const candidates = clmlp_gpu_candidates(NATIVE_output, &count);
    bool *const excluded = calloc(count, sizeof *excluded);
    cr_assert_eq(clmlp_gpu_fewest_rows(&large, NULL), 4);
    for (size_t i = 0; i < count; i++) excluded[i] = candidates[i].tile_m == 4;
    cr_assert_eq(clmlp_gpu_fewest_rows(&large, excluded), 8);
    for (size_t i = 0; i < count; i++) excluded[i] = true;
    cr_assert_eq(clmlp_gpu_fewest_rows(&large, excluded), 0);
    free(excluded);
}

/* What opening the native engine says with a variable in the environment. */
static void expect_refusal(const char *variable, const char *value, const char *expected)
{
    clmlp_device *device = NULL;
    clmlp_error why = {0};
    clmlp_device_options options = clmlp_device_options_default();
    options.spec = "opencl";
    options.engine = CLMLP_ENGINE_NATIVE;
    cr_assert_eq(setenv(variable, value, 1), 0);
    cr_assert_eq(clmlp_device_open(&device, &options, &why), CLMLP_BAD_ARGUMENT);
    cr_assert_not_null(strstr(why.message, expected), "found: %s", why.message);
}

Test(native_family, with_a_name_that_is_not_one_is_an_error)
{
    expect_refusal("CLMLP_NATIVE_FAMILY", "tpu", "found 'tpu', expected cpu or gpu");
}

Test(native_family, takes_no_tiles_that_are_not_candidates)
{
    cr_assert_eq(setenv("CLMLP_NATIVE_FAMILY", "gpu", 1), 0);
    expect_refusal("CLMLP_NATIVE_TILES", "99", "found '99', expected 0 to");
    expect_refusal("CLMLP_NATIVE_TILES", "0,-1", "found '-1', expected 0 to");
    expect_refusal("CLMLP_NATIVE_TILES", "2x", "found '2x'");
}

Test(native_family, takes_no_parts_that_are_not_a_number_of_them)
{
    cr_assert_eq(setenv("CLMLP_NATIVE_FAMILY", "gpu", 1), 0);
    expect_refusal("CLMLP_NATIVE_PARTS", "0", "found '0', expected 1 to 64");
    expect_refusal("CLMLP_NATIVE_PARTS", "2x", "found '2x', expected 1 to 64");
    expect_refusal("CLMLP_NATIVE_PARTS", "65", "found '65', expected 1 to 64");
    cr_assert_eq((int)CLMLP_GPU_PARTS, 64, "the limit in host/base/switch.c");
}

/* The compilers' own FP_FAST_FMAF is missing from most that have an fma in hardware. */
Test(native_family, of_gpus_multiplies_and_adds_in_one_where_the_device_says_so)
{
    cr_assert_eq(setenv("CLMLP_NATIVE_FAMILY", "gpu", 1), 0);
    for (int p = 0; p < 2; p++) {
        const clmlp_precision precision = p == 0 ? CLMLP_F32 : CLMLP_F64;
        clmlp_device *device = open_device("opencl+native", precision, 0);
        const clmlp_opencl *opencl = (const clmlp_opencl *)device->backend;
        cl_device_fp_config has = 0;
        cr_assert_eq(clGetDeviceInfo(opencl->device, p == 0 ? CL_DEVICE_SINGLE_FP_CONFIG : CL_DEVICE_DOUBLE_FP_CONFIG,
                                     sizeof has, &has, NULL), CL_SUCCESS);
        cr_assert_eq(strstr(opencl->built, " -D CLMLP_FMA ") != NULL, (has & CL_FP_FMA) != 0, "%s", opencl->built);
        clmlp_device_close(device);
    }
}

/* Without the hint, Intel's runtime for CPUs never finishes its own vectorising of these kernels. */
Test(native_family, of_cpus_tells_vectorisers_that_every_kernel_is_one_of_vectors)
{
    cr_assert_eq(setenv("CLMLP_NATIVE_FAMILY", "cpu", 1), 0);
    clmlp_device *device = open_device("opencl+native", CLMLP_F32, 0);
    cl_kernel kernels[32];
    cl_uint count = 0;
    cr_assert_eq(
        clCreateKernelsInProgram(clmlp_native_of((clmlp_opencl *)device->backend)->program, 32, kernels, &count),
        CL_SUCCESS);
    cr_assert_geq(count, 10);
    for (cl_uint k = 0; k < count; k++) {
        char name[64] = "", attributes[512] = "";
        (void)clGetKernelInfo(kernels[k], CL_KERNEL_FUNCTION_NAME, sizeof name, name, NULL);
        (void)clGetKernelInfo(kernels[k], CL_KERNEL_ATTRIBUTES, sizeof attributes, attributes, NULL);
        cr_assert_not_null(strstr(attributes, "vec_type_hint"), "%s: '%s'", name, attributes);
        (void)clReleaseKernel(kernels[k]);
    }
    clmlp_device_close(device);
}
