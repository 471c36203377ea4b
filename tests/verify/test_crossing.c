/* The sizes that qualification and tuning try are beyond the tile that the device has, whichever that is. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "backend/device.h"
#include "backend/probe/probe.h"
#include "networks.h"
#include "verify/qualify/crossing.h"

static clmlp_device *open_with(clmlp_engine engine, const char *family, const char *tiles)
{
    clmlp_device *device = NULL;
    clmlp_device_options options = clmlp_device_options_default();
    options.spec = "opencl";
    options.engine = engine;
    const clmlp_knobs knobs = {.tiles = tiles, .family = family};
    OK(clmlp_device_open_with(&device, &options, &knobs, error));
    return device;
}

/* Whether a size is more than a tile of its equation in every direction. */
static bool is_beyond(clmlp_backend *backend, clmlp_equation equation, clmlp_product_size size)
{
    size_t rows = size.M, columns = size.s_out, length = size.s_in;
    if (equation == CLMLP_EQUATION_HIDDEN_DELTA) columns = size.s_in, length = size.s_out;
    if (equation == CLMLP_EQUATION_GRADIENT) rows = size.s_in + 1, length = size.M;
    clmlp_probe_tile tile;
    backend->ops->probes->tile(backend, equation, rows, columns, length, &tile);
    return rows > tile.rows && columns > tile.columns && length > tile.length;
}

static void expect_beyond(clmlp_device *device)
{
    static const clmlp_equation equations[] = {CLMLP_EQUATION_FORWARD, CLMLP_EQUATION_OUTPUT_DELTA,
                                               CLMLP_EQUATION_HIDDEN_DELTA, CLMLP_EQUATION_GRADIENT};
    clmlp_backend *backend = device->backend;
    clmlp_product_size sizes[CLMLP_CROSSINGS];
    const size_t count = clmlp_crossing_sizes(backend, SIZE_MAX, sizes);
    for (size_t e = 0; e < sizeof equations / sizeof *equations; e++) {
        bool found = false;
        for (size_t i = 0; i < count; i++) found = found || is_beyond(backend, equations[e], sizes[i]);
        cr_assert(found, "tiles %s: %s stays within a tile", clmlp_device_tiles(device),
                  clmlp_equation_name(equations[e]));
    }
}

/* Whether some size has more examples, or inputs, than a block of tiles has rows. */
static bool is_beyond_block(clmlp_backend *backend, bool inputs)
{
    clmlp_product_size sizes[CLMLP_CROSSINGS];
    const size_t count = clmlp_crossing_sizes(backend, SIZE_MAX, sizes);
    clmlp_probe_tile tile;
    bool found = false;
    backend->ops->probes->tile(backend, CLMLP_EQUATION_FORWARD, 1, 1, 1, &tile);
    for (size_t i = 0; i < count; i++) {
        found = found || ((inputs ? sizes[i].s_in + 1 : sizes[i].M) > tile.rows * tile.block &&
                          sizes[i].s_out > tile.columns);
    }
    return found;
}

Test(crossing, is_beyond_the_tiles_of_the_cpu_family)
{
    static const char *const tiles[] = {"4x2x4/8", "6x2x8/8", "12x2x16/8", "8x3x16/32", "3x1x4/2", "1x15x16/5"};
    for (size_t i = 0; i < sizeof tiles / sizeof *tiles; i++) {
        clmlp_device *device = open_with(CLMLP_ENGINE_NATIVE, "cpu", tiles[i]);
        expect_beyond(device);
        cr_assert(is_beyond_block(device->backend, false) && is_beyond_block(device->backend, true), "%s", tiles[i]);
        clmlp_device_close(device);
    }
}

Test(crossing, has_the_sizes_of_the_widest_tile)
{
    clmlp_device *device = open_with(CLMLP_ENGINE_NATIVE, "cpu", "12x2x16/8");
    const clmlp_product_size all = clmlp_crossing_of_all(device->backend, SIZE_MAX);
    cr_assert(all.M == 13 && all.s_in == 33 && all.s_out == 33, "%zu x %zu x %zu", all.M, all.s_in, all.s_out);
    clmlp_device_close(device);
}

Test(crossing, keeps_to_a_limit)
{
    clmlp_device *device = open_with(CLMLP_ENGINE_NATIVE, "cpu", "12x2x16/8");
    clmlp_product_size sizes[CLMLP_CROSSINGS];
    const size_t count = clmlp_crossing_sizes(device->backend, 8000, sizes);
    cr_assert_gt(count, 0);
    for (size_t i = 0; i < count; i++) cr_assert(sizes[i].M * sizes[i].s_in * sizes[i].s_out <= 8000);
    cr_assert_eq(clmlp_crossing_of_all(device->backend, 8000).s_out, 1);
    clmlp_device_close(device);
}

Test(crossing, leaves_out_blocks_that_are_too_large_to_check)
{
    clmlp_device *device = open_with(CLMLP_ENGINE_NATIVE, "cpu", "12x2x16/9999");
    expect_beyond(device);
    cr_assert_not(is_beyond_block(device->backend, false));
    clmlp_device_close(device);
}

Test(crossing, is_beyond_the_tiles_of_the_gpu_family)
{
    static const char *const tiles[] = {"by-size", "16x16x32/2x4", "64x32x16/4x4"};
    for (size_t i = 0; i < sizeof tiles / sizeof *tiles; i++) {
        clmlp_device *device = open_with(CLMLP_ENGINE_NATIVE, "gpu", tiles[i]);
        expect_beyond(device);
        clmlp_device_close(device);
    }
}

Test(crossing, is_beyond_the_tiles_of_clblast)
{
    static const char *const sets[] = {"default", "cpu-128", "cpu-128-direct"};
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        clmlp_device *device = open_with(CLMLP_ENGINE_CLBLAST, NULL, sets[i]);
        expect_beyond(device);
        clmlp_device_close(device);
    }
}

Test(crossing, needs_no_tiles_on_the_cpu_path)
{
    clmlp_device *device = open_device("cpu", CLMLP_F32, 0);
    clmlp_product_size sizes[CLMLP_CROSSINGS];
    cr_assert_eq(clmlp_crossing_sizes(device->backend, SIZE_MAX, sizes), 0);
    cr_assert_eq(clmlp_crossing_of_all(device->backend, SIZE_MAX).M, 1);
    clmlp_device_close(device);
}
