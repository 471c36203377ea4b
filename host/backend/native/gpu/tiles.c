/* tiles.c - tile sizes of the GPU family: parse, check, estimate; no OpenCL. */
#include "backend/native/gpu/tiles.h"

#include <math.h>
#include <string.h>

enum { LOCAL_BYTES = 48 * 1024 }; /* what every NVIDIA driver gives a work-group, whatever it reports */

/* What a kind of GPU has. */
static const struct {
    const char *name;
    size_t rate, registers, local, most, units;
} kinds[] = {
#define GPU_KIND(NAME, text, rate, registers, local, most, units) {text, rate, registers, local, most, units},
    CLMLP_GPU_KIND_LIST(GPU_KIND)
#undef GPU_KIND
};

clmlp_gpu_kind clmlp_gpu_kind_of(const char *vendor, const char *name, unsigned capability)
{
    const char *const gfx = strstr(name, "gfx");
    if (strstr(vendor, "NVIDIA") != NULL) {
        const bool narrow = capability == 60 || (capability >= 70 && capability <= 80);
        return capability >= 90 ? CLMLP_GPU_HOPPER : narrow ? CLMLP_GPU_VOLTA : CLMLP_GPU_NVIDIA;
    }
    if (gfx != NULL) return gfx[3] == '1' ? CLMLP_GPU_RDNA : gfx[3] == '9' ? CLMLP_GPU_CDNA : CLMLP_GPU_UNKNOWN;
    return strstr(vendor, "Intel") != NULL ? CLMLP_GPU_XE : CLMLP_GPU_UNKNOWN;
}

const char *clmlp_gpu_kind_name(clmlp_gpu_kind kind)
{
    return kinds[kind].name;
}

/* {tile_m, tile_n, tile_k, work_m, work_n, split} */
static const clmlp_gpu_tiles products[] = {
    {128, 128, 8, 8, 8, 1}, /* large products */
    {128, 128, 16, 8, 8, 1},
    {64, 64, 16, 4, 8, 1},
    {64, 64, 16, 4, 4, 1},
    {64, 32, 16, 4, 4, 1},
    {32, 32, 32, 4, 4, 4}, /* batches of 32 to 128 */
    {16, 32, 64, 4, 4, 8},
    {16, 16, 64, 4, 4, 8}, /* layers of 10 or 25 units */
    {16, 16, 32, 2, 4, 1}, /* devices that allow little: 32 work-items */
};
/* Few rows, so that a batch of 128 is 16 work-groups or 32, and many items to share the sums of each. Where the block
 * is as high as the tile, the product takes its factors from memory (kernels/native_gpu/direct.h). */
static const clmlp_gpu_tiles outputs[] = {
    {8, 16, 128, 4, 4, 16},
    {8, 16, 64, 4, 4, 8},
    {8, 16, 32, 2, 4, 2},
    {4, 16, 256, 4, 4, 32},
    {4, 16, 128, 4, 4, 16},
    {4, 16, 64, 4, 4, 8},
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

bool clmlp_gpu_is_direct(const clmlp_gpu_tiles *t)
{
    return t->tile_m == t->work_m;
}

/* Numbers of a tile in local memory, with what is behind every 4 rows: PADDING of tile.h. */
static size_t padded(const clmlp_gpu_tiles *t, size_t extent, size_t element)
{
    const size_t lanes = t->tile_k < 16 ? t->tile_k / 4 : 4;
    return t->tile_k / 4 * (4 * extent + 128 / element / lanes);
}

size_t clmlp_gpu_local_bytes(const clmlp_gpu_tiles *t, clmlp_native_kernel operation, size_t element)
{
    const size_t pair = padded(t, t->tile_m, element) + padded(t, t->tile_n, element);
    const size_t steps = clmlp_gpu_is_direct(t) ? 0 : 2 * pair;
    const size_t sums = t->split > 1 ? (size_t)t->split * t->tile_m * t->tile_n : 0;
    const size_t tallies = operation == NATIVE_output ? clmlp_gpu_items(t) * (3 * element + 16) : 0;
    return (steps > sums ? steps : sums) * element + tallies;
}

size_t clmlp_gpu_local_limit(const clmlp_gpu_limits *limits)
{
    return limits->local_bytes < LOCAL_BYTES ? limits->local_bytes : LOCAL_BYTES;
}

/* Vectors of a tile that an item fetches in a step. */
static size_t fetches(const clmlp_gpu_tiles *t, size_t extent)
{
    const size_t items = clmlp_gpu_items(t);
    return (extent * t->tile_k / 4 + items - 1) / items;
}

/* Sums; what is multiplied, twice, for it is loaded ahead; what is fetched; indices. NVIDIA's compiler takes from 10 %
 * less to 26 % more (docs/native-engine.md). */
size_t clmlp_gpu_registers(const clmlp_gpu_tiles *t, size_t element)
{
    const size_t next = 4 * (fetches(t, t->tile_m) + fetches(t, t->tile_n));
    const size_t numbers = (size_t)t->work_m * t->work_n + 2 * (t->work_m + t->work_n) + next;
    return numbers * element / 4 + 24;
}

size_t clmlp_gpu_resident(const clmlp_gpu_tiles *t, const clmlp_gpu_limits *limits)
{
    const size_t registers = kinds[limits->kind].registers / (clmlp_gpu_items(t) *
                                                              clmlp_gpu_registers(t, limits->element));
    const size_t local = kinds[limits->kind].local / clmlp_gpu_local_bytes(t, NATIVE_forward, limits->element);
    const size_t both = registers < local ? registers : local;
    return both > 1 ? both : 1;
}

size_t clmlp_gpu_units(const clmlp_gpu_limits *limits)
{
    const size_t units = limits->units / kinds[limits->kind].units;
    return units > 0 ? units : 1;
}

size_t clmlp_gpu_register_limit(const clmlp_gpu_tiles *t, const clmlp_gpu_limits *limits)
{
    const bool large = t->work_m * t->work_n >= 64;
    if (!large || clmlp_gpu_resident(t, limits) < 2) return 0;
    return kinds[limits->kind].registers / (2 * clmlp_gpu_items(t)) / 8 * 8;
}

static bool is_power_of_2(size_t n)
{
    return n != 0 && (n & (n - 1)) == 0;
}

const char *clmlp_gpu_tiles_problem(const clmlp_gpu_tiles *t, clmlp_native_kernel operation,
                                    const clmlp_gpu_limits *limits)
{
    const size_t local = clmlp_gpu_local_limit(limits);
    if (t->tile_m == 0 || t->tile_n == 0 || t->tile_k == 0 || t->work_m == 0 || t->work_n == 0 || t->split == 0) {
        return "a size is 0";
    }
    if (t->tile_m % t->work_m != 0 || t->tile_n % t->work_n != 0) return "a tile is not a whole number of blocks";
    if (t->tile_m % 4 != 0 || t->work_n % 4 != 0) return "a tile or block is not in whole vectors";
    if (t->work_m > 2 && t->work_m % 4 != 0) return "a block is not in whole vectors";
    if (t->tile_k % (4 * t->split) != 0) return "tile_k is not a whole number of slices";
    const size_t items = clmlp_gpu_items(t);
    if (items % (t->tile_m / 4) != 0 || items % (t->tile_n / 4) != 0) return "work-items do not fetch whole rows";
    if (items > limits->group) return "more work-items than the device allows a work-group";
    if (operation == NATIVE_output && !(items % t->tile_m == 0 && is_power_of_2(items / t->tile_m))) {
        return "no power of 2 of work-items to a row";
    }
    if (clmlp_gpu_local_bytes(t, operation, limits->element) > local) return "more local memory than there is";
    if (clmlp_gpu_registers(t, limits->element) > kinds[limits->kind].most) {
        return "more registers than a work-item can have";
    }
    return NULL;
}

/* The second launch of a product in parts: what a launch costs, and the parts, written once and read once, by 16 bytes
 * a cycle and unit. */
static double sum_of_parts(const clmlp_gpu_size *size, const clmlp_gpu_limits *limits, double parts)
{
    const double launch = 3000.0, results = (double)size->rows * (double)size->columns;
    return launch + 2.0 * parts * results * (double)limits->element / (16.0 * (double)clmlp_gpu_units(limits));
}

static const double FETCHED = 64.0; /* bytes that a unit gets of the cache of the device in a cycle */

/* A model, not a measurement. A unit multiplies and adds as fast as local memory keeps up, which it does better the
 * squarer and larger a block is. Each step waits for memory and a barrier once; the less of that is seen, the more
 * work-groups a unit has. */
double clmlp_gpu_estimate(const clmlp_gpu_tiles *t, const clmlp_gpu_size *size, const clmlp_gpu_limits *limits,
                          size_t parts)
{
    const double wait = 300.0, rate = (double)kinds[limits->kind].rate;
    const double block = (double)t->work_m * t->work_n;
    const double efficiency = block / (block + 2.0 * (t->work_m + t->work_n));
    const double tiles = ceil((double)size->rows / t->tile_m) * ceil((double)size->columns / t->tile_n);
    const double groups = tiles * (double)parts;
    const double multiply = (double)t->tile_m * t->tile_n * t->tile_k / (rate * efficiency);
    const double fetch = (double)(t->tile_m + t->tile_n) * t->tile_k * (double)limits->element / FETCHED;
    const double step = multiply > fetch ? multiply : fetch;
    const double lanes = (double)clmlp_gpu_items(t), resident = (double)clmlp_gpu_resident(t, limits);
    const double small = lanes < rate ? multiply * rate / lanes : multiply; /* a small group does not fill a unit */
    const double alone = small > fetch ? small : fetch;
    const double steps = ceil(ceil((double)size->length / t->tile_k) / (double)parts);
    const double waves = ceil(groups / (double)clmlp_gpu_units(limits));
    const double others = waves < resident ? waves : resident;
    const double product = steps * (waves > 1.0 ? waves * (step + wait / (others * others)) : alone + wait);
    return parts > 1 ? product + sum_of_parts(size, limits, (double)parts) : product;
}

/* Beside the product, in cycles: a slice's sum is added, a row's cost is added up, the work-items of a row are halved,
 * a number of h is computed. Each is done one after the other. */
double clmlp_gpu_estimate_output(const clmlp_gpu_tiles *t, const clmlp_gpu_size *size, const clmlp_gpu_limits *limits)
{
    const double slice = 12.0, row = 50.0, level = 75.0, column = 100.0;
    const double lanes = (double)clmlp_gpu_items(t) / t->tile_m, resident = (double)clmlp_gpu_resident(t, limits);
    const double groups = ceil((double)size->rows / t->tile_m);
    const double waves = ceil(groups / (double)clmlp_gpu_units(limits)), rounds = ceil(waves / resident);
    const double rest = slice * t->split + row * t->tile_m + level * log2(lanes) +
                        column * ceil((double)size->columns / lanes);
    return clmlp_gpu_estimate(t, size, limits, 1) + rounds * rest;
}

size_t clmlp_gpu_fewest_rows(const clmlp_gpu_limits *limits, const bool *excluded)
{
    size_t count = 0, fewest = 0;
    const clmlp_gpu_tiles *const candidates = clmlp_gpu_candidates(NATIVE_output, &count);
    for (size_t i = 0; i < count; i++) {
        if (excluded != NULL && excluded[i]) continue;
        if (clmlp_gpu_tiles_problem(&candidates[i], NATIVE_output, limits) != NULL) continue;
        if (fewest == 0 || candidates[i].tile_m < fewest) fewest = candidates[i].tile_m;
    }
    return fewest;
}

size_t clmlp_gpu_parts(const clmlp_gpu_tiles *t, const clmlp_gpu_size *size, const clmlp_gpu_limits *limits)
{
    const size_t steps = (size->length + t->tile_k - 1) / t->tile_k;
    size_t best = 1;
    double lowest = clmlp_gpu_estimate(t, size, limits, 1);
    for (size_t parts = 2; parts <= steps && parts <= CLMLP_GPU_PARTS; parts++) {
        const double estimate = clmlp_gpu_estimate(t, size, limits, parts);
        if (!(estimate < lowest)) continue;
        best = parts;
        lowest = estimate;
    }
    return best;
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
        const clmlp_gpu_tiles *const t = &candidates[i];
        const double estimate =
            operation == NATIVE_output
                ? clmlp_gpu_estimate_output(t, size, limits)
                : clmlp_gpu_estimate(t, size, limits, clmlp_gpu_parts(t, size, limits));
        if (best < count && !(estimate < lowest)) continue;
        best = i;
        lowest = estimate;
    }
    return best;
}
