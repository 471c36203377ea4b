/* tiles.c - tile sizes of the GPU family: parse, check, estimate; no OpenCL. */
#include "backend/native/gpu/tiles.h"

#include <math.h>

enum {
    LOCAL_BYTES = 48 * 1024, /* what every NVIDIA driver gives a work-group, whatever it reports */
    REGISTERS = 224,         /* of the 255 that an item can have */
};

/* {tile_m, tile_n, tile_k, work_m, work_n, split, pad} */
static const clmlp_gpu_tiles products[] = {
    {128, 128, 16, 8, 8, 1, 4}, /* large products */
    {128, 128, 8, 8, 8, 1, 4}, /* the same where local memory is 32 KiB */
    {64, 64, 16, 4, 8, 1, 4},
    {64, 64, 16, 4, 4, 1, 4},
    {64, 32, 16, 4, 4, 1, 4},
    {32, 32, 32, 2, 4, 2, 4}, /* batches of 32 to 128 */
    {16, 32, 32, 2, 4, 4, 4},
    {16, 16, 64, 2, 4, 8, 4}, /* layers of 10 or 25 units */
    {16, 16, 16, 2, 4, 1, 4}, /* devices that allow little: 32 work-items, 5 KiB */
};
/* few rows, so that a batch of 128 is 16 work-groups, and many items to share the sums of each */
static const clmlp_gpu_tiles outputs[] = {
    {8, 16, 64, 1, 4, 8, 4},
    {8, 16, 32, 1, 4, 2, 4},
    {8, 16, 16, 1, 4, 1, 4},
};

const clmlp_gpu_tiles *clmlp_gpu_candidates(clmlp_native_kernel operation, size_t *count)
{
    if (operation == NATIVE_output) {
        *count = sizeof outputs / sizeof *outputs;
        return outputs;
    }
    *count = operation == NATIVE_update ? 0 : sizeof products / sizeof *products;
    return products;
}

size_t clmlp_gpu_items(const clmlp_gpu_tiles *t)
{
    return (size_t)(t->tile_m / t->work_m) * (t->tile_n / t->work_n) * t->split;
}

size_t clmlp_gpu_local_bytes(const clmlp_gpu_tiles *t, clmlp_native_kernel operation, size_t element)
{
    const size_t steps = (size_t)2 * t->tile_k * (t->tile_m + t->tile_n + 2 * t->pad);
    const size_t sums = t->split > 1 ? (size_t)t->split * t->tile_m * t->tile_n : 0;
    const size_t tallies = operation == NATIVE_output ? clmlp_gpu_items(t) * (3 * element + 16) : 0;
    return (steps > sums ? steps : sums) * element + tallies;
}

/* Vectors of a tile that an item fetches in a step. */
static size_t fetches(const clmlp_gpu_tiles *t, size_t extent)
{
    const size_t items = clmlp_gpu_items(t);
    return (extent * t->tile_k / 4 + items - 1) / items;
}

size_t clmlp_gpu_registers(const clmlp_gpu_tiles *t, size_t element)
{
    const size_t a = fetches(t, t->tile_m), b = fetches(t, t->tile_n);
    const size_t numbers = (size_t)t->work_m * t->work_n + t->work_m + t->work_n + 4 * (a + b);
    return numbers * element / 4 + 2 * (a + b) + 16; /* addresses of rows, indices */
}

static bool is_power_of_2(size_t n)
{
    return n != 0 && (n & (n - 1)) == 0;
}

const char *clmlp_gpu_tiles_problem(const clmlp_gpu_tiles *t, clmlp_native_kernel operation,
                                    const clmlp_gpu_limits *limits)
{
    const size_t local = limits->local_bytes < LOCAL_BYTES ? limits->local_bytes : LOCAL_BYTES;
    if (t->tile_m == 0 || t->tile_n == 0 || t->tile_k == 0 || t->work_m == 0 || t->work_n == 0 || t->split == 0) {
        return "a size is 0";
    }
    if (t->tile_m % t->work_m != 0 || t->tile_n % t->work_n != 0) return "a tile is not a whole number of blocks";
    if (t->tile_m % 4 != 0 || t->work_n % 4 != 0 || t->pad % 4 != 0) return "a tile or block is not in whole vectors";
    if (t->work_m > 2 && t->work_m % 4 != 0) return "a block is not in whole vectors";
    if (t->tile_k % (4 * t->split) != 0) return "tile_k is not a whole number of slices";
    const size_t items = clmlp_gpu_items(t);
    if (items > limits->group) return "more work-items than the device allows a work-group";
    if (operation == NATIVE_output && !(items % t->tile_m == 0 && is_power_of_2(items / t->tile_m))) {
        return "no power of 2 of work-items to a row";
    }
    if (clmlp_gpu_local_bytes(t, operation, limits->element) > local) return "more local memory than there is";
    if (clmlp_gpu_registers(t, limits->element) > REGISTERS) return "more registers than a work-item can have";
    return NULL;
}

/* A model, not a measurement. A compute unit does 128 multiply-adds a cycle where local memory keeps up, which
 * it does better the squarer and larger a block is; and each step waits for memory and a barrier once. */
double clmlp_gpu_estimate(const clmlp_gpu_tiles *t, const clmlp_gpu_size *size, const clmlp_gpu_limits *limits)
{
    const double wait = 300.0, rate = 128.0;
    const double block = (double)t->work_m * t->work_n;
    const double efficiency = block / (block + 2.0 * (t->work_m + t->work_n));
    const double groups = ceil((double)size->rows / t->tile_m) * ceil((double)size->columns / t->tile_n);
    const double step = (double)t->tile_m * t->tile_n * t->tile_k / (rate * efficiency);
    const double lanes = (double)clmlp_gpu_items(t);
    const double alone = lanes < rate ? step * rate / lanes : step; /* a small group does not fill a unit */
    const double steps = ceil((double)size->length / t->tile_k), waves = ceil(groups / (double)limits->units);
    return steps * (waves > 1.0 ? waves * (step + wait / 2.0) : alone + wait);
}

size_t clmlp_gpu_choose(clmlp_native_kernel operation, const clmlp_gpu_size *size, const clmlp_gpu_limits *limits,
                        const bool *excluded)
{
    size_t count = 0;
    const clmlp_gpu_tiles *candidates = clmlp_gpu_candidates(operation, &count);
    size_t best = count;
    double lowest = 0.0;
    for (size_t i = 0; i < count; i++) {
        if (excluded != NULL && excluded[i]) continue;
        if (clmlp_gpu_tiles_problem(&candidates[i], operation, limits) != NULL) continue;
        const double estimate = clmlp_gpu_estimate(&candidates[i], size, limits);
        if (best < count && !(estimate < lowest)) continue;
        best = i;
        lowest = estimate;
    }
    return best;
}
