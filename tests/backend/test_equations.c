/* test_equations.c - every equation of every backend against naive loops within bounds. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/device.h"
#include "backend/native/gpu/tiles.h"
#include "backend/registry.h"
#include "equations/equations.h"
#include "networks.h"
#include "share.h"

/* Sizes that hurt: 1, odd, just around the tile sizes of GEMM kernels, tall and flat. */
static const shape shapes[] = {
    {1, 1, 1},   {1, 1, 10},  {2, 3, 1},    {3, 5, 7},     {31, 33, 32}, {32, 31, 33}, {33, 32, 31},
    {63, 65, 64}, {64, 63, 65}, {65, 64, 63}, {1, 300, 2},   {257, 2, 3},  {5, 1, 130},  {128, 17, 10},
    {130, 200, 70}, {300, 785, 12}, {1100, 150, 77}, {260, 70, 200},
};
/* for simulators, which take seconds for what a device does in microseconds */
static const shape small_shapes[] = {{1, 1, 1}, {3, 5, 7}, {17, 9, 10}, {5, 33, 2}, {33, 2, 31}};

/* CLMLP_TEST_SMALL is "opencl" where the CPU path shall have all sizes. */
static bool is_small(const char *spec)
{
    const char *const asked = getenv("CLMLP_TEST_SMALL");
    return asked != NULL && (strcmp(asked, "opencl") != 0 || strcmp(spec, "cpu") != 0);
}

static const shape *chosen_shapes(const char *spec, size_t *count)
{
    *count = is_small(spec) ? sizeof small_shapes / sizeof *small_shapes : sizeof shapes / sizeof *shapes;
    return is_small(spec) ? small_shapes : shapes;
}

/* Of the largest sizes, where naive loops take long, each activation takes one in three. */
static bool takes(int g, size_t i, shape size)
{
    const bool large = size.M * size.s_in * size.s_out > 500000;
    if (large && getenv("CLMLP_TEST_WHOLE") == NULL) return i % 3 == (size_t)g % 3;
    return activation_takes(g, i);
}

static void test_everything(const char *spec, clmlp_precision precision)
{
    size_t count = 0;
    const shape *sizes = chosen_shapes(spec, &count);
    subject s = open_subject(spec, precision);
    OK(clmlp_backend_prepare(s.backend, NULL, CLMLP_SELU, error));
    test_nan(&s);
    test_unknown_codes(&s);
    test_unknown_rule(&s);
    for (int g = CLMLP_SELU; g < CLMLP_ACTIVATION_COUNT; g++) test_extremes(&s, (clmlp_activation)g);
    for (size_t i = 0; i < count; i++) {
        for (int g = 0; g < CLMLP_ACTIVATION_COUNT; g++) {
            if (!takes(g, i, sizes[i])) continue;
            test_forward(&s, sizes[i], (clmlp_activation)g);
            test_hidden(&s, sizes[i], (clmlp_activation)g);
        }
        for (int o = 0; o < CLMLP_OUTPUT_COUNT; o++) {
            test_output(&s, sizes[i], (clmlp_output)o, 4.0, false);
            test_output(&s, sizes[i], (clmlp_output)o, 4.0, true);
        }
        test_output(&s, sizes[i], CLMLP_OUTPUT_SIGMOID, 1000.0, true); /* saturated: large, finite costs */
        test_output(&s, sizes[i], CLMLP_OUTPUT_SOFTMAX, 1000.0, false);
        test_gradient_and_update(&s, sizes[i], 0.0);
        test_gradient_and_update(&s, sizes[i], 0.25);
        test_output_product(&s, sizes[i]);
        test_late_decay(&s, sizes[i]);
        test_descend(&s, sizes[i]);
        test_scale(&s, sizes[i]);
        test_gathered(&s, sizes[i]);
        if (!s.backend->ops->gathers) test_gather(&s, sizes[i]);
    }
    clmlp_device_close(s.device);
}

Test(equations, of_the_cpu_path_in_float_stay_within_their_bounds)
{
    test_everything("cpu", CLMLP_F32);
}

Test(equations, of_the_cpu_path_in_double_stay_within_their_bounds)
{
    test_everything("cpu", CLMLP_F64);
}

/* Whether the device that "opencl" takes has double precision. */
static bool has_double(void)
{
    clmlp_device *device = open_device("opencl", CLMLP_F32, 0);
    const bool fp64 = clmlp_device_get_info(device)->fp64;
    clmlp_device_close(device);
    return fp64;
}

Test(equations, of_clblast_in_float_stay_within_their_bounds)
{
    test_everything("opencl+clblast", CLMLP_F32);
}

Test(equations, of_clblast_in_double_stay_within_their_bounds)
{
    if (!has_double()) cr_skip_test("the OpenCL device has no double precision");
    test_everything("opencl+clblast", CLMLP_F64);
}

Test(equations, of_native_in_float_stay_within_their_bounds)
{
    test_everything("opencl+native", CLMLP_F32);
}

Test(equations, of_native_in_double_stay_within_their_bounds)
{
    if (!has_double()) cr_skip_test("the OpenCL device has no double precision");
    test_everything("opencl+native", CLMLP_F64);
}

/* Kernels know some activations only from the first network on that has one. */
static void test_prepared(const char *spec)
{
    const shape size = {5, 6, 7};
    subject s = open_subject(spec, CLMLP_F32);
    test_unprepared(&s, CLMLP_GELU);
    test_forward(&s, size, CLMLP_SIGMOID);
    OK(clmlp_backend_prepare(s.backend, NULL, CLMLP_SOFTPLUS, error));
    for (int g = 0; g < CLMLP_ACTIVATION_COUNT; g++) {
        test_forward(&s, size, (clmlp_activation)g);
        test_hidden(&s, size, (clmlp_activation)g);
    }
    test_descend(&s, size);
    test_gathered(&s, size);
    clmlp_device_close(s.device);
}

Test(equations, with_an_activation_that_kernels_do_not_know_are_nan_until_they_are_prepared)
{
    test_prepared("opencl+clblast");
    test_prepared("opencl+native");
}

/* --- with every tile that is worth trying ----------------------------------------------------------------------- */

/* What depends on tiles, with tiles [candidate]. */
static void test_candidate(const char *tiles, size_t candidate)
{
    size_t count = 0;
    const shape *sizes = chosen_shapes("opencl+native", &count);
    char parts[8]; /* of the products of GPUs: whole, or in two or three */
    (void)snprintf(parts, sizeof parts, "%zu", candidate % 3 + 1);
    cr_assert_eq(setenv("CLMLP_NATIVE_PARTS", parts, 1), 0);
    cr_assert_eq(setenv("CLMLP_NATIVE_TILES", tiles, 1), 0);
    subject s = open_subject("opencl+native", CLMLP_F32);
    OK(clmlp_backend_prepare(s.backend, NULL, CLMLP_SELU, error));
    const char *const taken = s.backend->tiles;
    cr_assert_eq(strncmp(taken, tiles, strlen(taken)), 0, "tiles %s, not %s", taken, tiles);
    for (size_t i = 0; i < count; i++) {
        test_forward(&s, sizes[i], (clmlp_activation)((i + candidate) % CLMLP_ACTIVATION_COUNT));
        test_hidden(&s, sizes[i], (clmlp_activation)((i + candidate) % CLMLP_ACTIVATION_COUNT));
        test_output(&s, sizes[i], (clmlp_output)((i + candidate) % CLMLP_OUTPUT_COUNT), 4.0, i % 2 == 1);
        test_gradient_and_update(&s, sizes[i], 0.25);
        test_output_product(&s, sizes[i]);
        test_late_decay(&s, sizes[i]);
        test_descend(&s, sizes[i]);
        test_scale(&s, sizes[i]);
        test_gathered(&s, sizes[i]);
    }
    clmlp_device_close(s.device);
}

/* The candidates of the family in CLMLP_NATIVE_FAMILY that are in the share. So the list of tests need not know how
 * many there are. */
Test(candidates, of_native_stay_within_their_bounds)
{
    size_t count = 0, outputs = 0, tried = 0;
    if (getenv("CLMLP_TEST_SHARE") == NULL) cr_skip_test("a test of its own");
    clmlp_device_info info;
    clmlp_tiles *list = NULL;
    OK(clmlp_device_find("opencl", &info, error));
    OK(clmlp_backend_candidates(&info, CLMLP_ENGINE_NATIVE, NULL, CLMLP_F32, &list, &count, error));
    (void)clmlp_gpu_candidates(NATIVE_output, &outputs);
    for (size_t i = 0; i < count; i++) tried += strcmp(list[i].text, "by-size") != 0; /* that is any of the others */
    share part = share_of("candidates", tried);
    for (size_t i = 0; i < count; i++) {
        char tiles[CLMLP_TILES_LENGTH];
        const bool gpu = strcmp(getenv("CLMLP_NATIVE_FAMILY"), "gpu") == 0;
        if (strcmp(list[i].text, "by-size") == 0 || !share_takes(&part, list[i].text)) continue;
        if (gpu) (void)snprintf(tiles, sizeof tiles, "%.*s,%zu", (int)sizeof tiles - 24, list[i].text, i % outputs);
        else (void)snprintf(tiles, sizeof tiles, "%s", list[i].text);
        test_candidate(tiles, i);
    }
    free(list);
}
