/* family.c - the GPU family: choice of tiles per product, launches. */
#include "backend/native/gpu/family.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/native/cpu/scratch.h"
#include "backend/native/gpu/kernels.h"
#include "backend/native/gpu/options.h"
#include "backend/native/gpu/tiles.h"
#include "backend/opencl/tuning.h"
#include "base/memory.h"
#include "base/switch.h"

static clmlp_status ask_limits(const clmlp_opencl *opencl, clmlp_gpu_limits *limits, clmlp_error *error)
{
    cl_ulong local = 0;
    cl_uint units = 0;
    TRY_CL(opencl, clmlp_opencl_group_limit(opencl->device, &limits->group), "asking for the largest work-group",
           error);
    TRY_CL(opencl, clGetDeviceInfo(opencl->device, CL_DEVICE_LOCAL_MEM_SIZE, sizeof local, &local, NULL),
           "asking for the size of local memory", error);
    TRY_CL(opencl, clGetDeviceInfo(opencl->device, CL_DEVICE_MAX_COMPUTE_UNITS, sizeof units, &units, NULL),
           "asking for the number of compute units", error);
    limits->local_bytes = (size_t)local;
    limits->units = units > 0 ? units : 1;
    limits->element = clmlp_precision_size(opencl->base.precision);
    limits->kind = clmlp_gpu_kind_of_device(opencl->device);
    return CLMLP_OK;
}

static const char BY_SIZE[] = "by-size"; /* what clmlp_gpu_choose says, a choice for each product */

static clmlp_status list_candidates(const clmlp_opencl *opencl, clmlp_tiles **list, size_t *count, clmlp_error *error)
{
    clmlp_gpu_limits limits;
    size_t all = 0;
    const clmlp_gpu_tiles *candidates = clmlp_gpu_candidates(NATIVE_forward, &all);
    TRY(ask_limits(opencl, &limits, error));
    TRY(clmlp_allocate(list, all + 1, sizeof **list, "the candidates", error));
    memcpy((*list)[0].text, BY_SIZE, sizeof BY_SIZE);
    *count = 1;
    for (size_t i = 0; i < all; i++) {
        if (clmlp_gpu_tiles_problem(&candidates[i], NATIVE_forward, &limits) != NULL) continue;
        clmlp_gpu_format_tiles(&candidates[i], (*list)[(*count)++].text);
    }
    return CLMLP_OK;
}

/* The candidate that a text, tiles or a number, names, or count. */
static size_t find_tiles(const char *text, const clmlp_gpu_tiles *candidates, size_t count)
{
    char name[CLMLP_TILES_LENGTH], number[24];
    for (size_t i = 0; i < count; i++) {
        clmlp_gpu_format_tiles(&candidates[i], name);
        (void)snprintf(number, sizeof number, "%zu", i);
        if (strcmp(text, name) == 0 || strcmp(text, number) == 0) return i;
    }
    return count;
}

/* Leave one candidate of some operations, or say what stands against it in problem [size]. */
static bool force_candidate(clmlp_gpu *gpu, const char *text, bool for_output, char *problem, size_t size)
{
    const clmlp_native_kernel operation = for_output ? NATIVE_output : NATIVE_forward;
    size_t count = 0;
    const clmlp_gpu_tiles *candidates = clmlp_gpu_candidates(operation, &count);
    const size_t found = find_tiles(text, candidates, count);
    if (found == count) {
        (void)snprintf(problem, size, "found '%s', expected 0 to %zu, or tiles as `clmlp tune` lists them", text,
                       count - 1);
        return false;
    }
    const char *why = clmlp_gpu_tiles_problem(&candidates[found], operation, &gpu->limits);
    if (why != NULL) {
        (void)snprintf(problem, size, "%s", why);
        return false;
    }
    for (int k = 0; k < NATIVE_COUNT; k++) {
        if ((k == NATIVE_output) != for_output) continue;
        for (size_t c = 0; c < gpu->of[k].count; c++) gpu->of[k].excluded[c] = c != found;
    }
    return true;
}

/* "by-size", or "TILES" or "TILES,TILES", the second for the output layer. */
static clmlp_status force_tiles(clmlp_opencl *opencl, clmlp_error *error)
{
    clmlp_gpu *gpu = clmlp_native_of(opencl)->gpu;
    char text[CLMLP_TILES_LENGTH], part[CLMLP_TILES_LENGTH], problem[256];
    const char *const variable = clmlp_native_of(opencl)->tiles_variable;
    const clmlp_tiles_source source = clmlp_tuning_tiles(opencl, "gpu", variable, text);
    const bool by_size = source == CLMLP_TILES_UNSET || strcmp(text, BY_SIZE) == 0;
    const char *const comma = strchr(text, ',');
    memcpy(opencl->base.tiles, BY_SIZE, sizeof BY_SIZE);
    (void)snprintf(part, sizeof part, "%.*s", (int)strcspn(text, ","), text);
    if (!by_size && !(force_candidate(gpu, part, false, problem, sizeof problem) &&
                      (comma == NULL || force_candidate(gpu, comma + 1, true, problem, sizeof problem)))) {
        if (source == CLMLP_TILES_ASKED) return clmlp_tuning_refuse(opencl, variable, text, problem, error);
        for (int k = 0; k < NATIVE_COUNT; k++) { /* they are from another time */
            for (size_t c = 0; c < gpu->of[k].count; c++) gpu->of[k].excluded[c] = false;
        }
        return CLMLP_OK;
    }
    opencl->base.tuned = source == CLMLP_TILES_STORED;
    if (!by_size) memcpy(opencl->base.tiles, text, sizeof text);
    return CLMLP_OK;
}

static void release(clmlp_opencl *opencl)
{
    clmlp_gpu *gpu = clmlp_native_of(opencl)->gpu;
    if (gpu == NULL) return;
    for (int k = 0; k < NATIVE_COUNT; k++) {
        for (int r = 0; r < FLAVOURS; r++) {
            clmlp_gpu_variant *const variants = gpu->of[k].variants[r];
            for (size_t c = 0; variants != NULL && c < gpu->of[k].count; c++) clmlp_gpu_release_variant(&variants[c]);
        }
        free(gpu->of[k].variants[0]);
        free(gpu->of[k].excluded);
    }
    clmlp_native_scratch_release(opencl, &gpu->partial);
    free(gpu);
    clmlp_native_of(opencl)->gpu = NULL;
}

static clmlp_status make_room(clmlp_gpu *gpu, clmlp_error *error)
{
    for (int k = 0; k < NATIVE_COUNT; k++) {
        clmlp_gpu_operation *of = &gpu->of[k];
        size_t count = 0;
        (void)clmlp_gpu_candidates((clmlp_native_kernel)k, &count);
        if (count == 0) count = 1;
        TRY(clmlp_allocate(&of->excluded, count, sizeof *of->excluded, "the kernels of a GPU", error));
        TRY(clmlp_allocate(&of->variants[0], FLAVOURS * count, sizeof *of->variants[0], "the kernels of a GPU", error));
        for (int r = 1; r < FLAVOURS; r++) of->variants[r] = of->variants[0] + (size_t)r * count;
        of->count = count;
    }
    return CLMLP_OK;
}

/* The other kernel with the rule is built when a size first needs it. */
static clmlp_status prepare_rule(clmlp_opencl *opencl, clmlp_optimizer optimizer, clmlp_error *error)
{
    clmlp_gpu_variant *const v = clmlp_native_of(opencl)->gpu->of[NATIVE_update].variants[optimizer];
    return v->kernel != NULL ? CLMLP_OK : clmlp_gpu_build_variant(opencl, NATIVE_update, optimizer, NULL, v, error);
}

/* Each kernel is built for one activation, when a launch first needs it. */
static clmlp_status prepare_extra(clmlp_opencl *opencl, clmlp_error *error)
{
    (void)opencl, (void)error;
    return CLMLP_OK;
}

static clmlp_status plan(clmlp_opencl *opencl, clmlp_error *error)
{
    clmlp_native *native = clmlp_native_of(opencl);
    TRY(clmlp_allocate(&native->gpu, 1, sizeof *native->gpu, "the kernels of a GPU", error));
    native->lanes = 4;
    TRY(make_room(native->gpu, error));
    TRY(ask_limits(opencl, &native->gpu->limits, error));
    TRY(clmlp_switch_number(CLMLP_SWITCH_NATIVE_PARTS, &native->gpu->parts_wanted, error));
    return force_tiles(opencl, error);
}

/* Kernels are built when a size first needs them, one of the output layer now: a device that can have none is told of
 * when it is opened. There is room for the costs of its tiles with the fewest rows. */
static clmlp_status build(clmlp_opencl *opencl, clmlp_error *error)
{
    const clmlp_gpu_size typical = {128, 10, 512};
    size_t chosen = 0;
    const clmlp_gpu *const gpu = clmlp_native_of(opencl)->gpu;
    TRY(clmlp_gpu_kernel_for(opencl, NATIVE_output, 0, &typical, &chosen, error));
    opencl->score_rows = clmlp_gpu_fewest_rows(&gpu->limits, gpu->of[NATIVE_output].excluded);
    clmlp_opencl_remark(opencl, "tiles as for GPUs of the kind %s with %zu units",
                        clmlp_gpu_kind_name(gpu->limits.kind), clmlp_gpu_units(&gpu->limits));
    return prepare_rule(opencl, CLMLP_SGD, error);
}

/* Work-items for a kernel without tiles: one for 4 numbers. */
static clmlp_status launch_update(clmlp_opencl *opencl, const clmlp_native_launch *what, const void *arguments,
                                  clmlp_error *error)
{
    const clmlp_gpu_variant *const v = clmlp_native_of(opencl)->gpu->of[NATIVE_update].variants[what->optimizer];
    const size_t items = what->rows * ((what->columns + 3) / 4), group = opencl->group;
    const clmlp_launch one = {.kernel = v->kernel,
                              .interface = clmlp_gpu_interface_of(NATIVE_update, (size_t)what->optimizer),
                              .states = clmlp_optimizer_states(what->optimizer),
                              .global = {(items + group - 1) / group * group, 1}, .local = {group, 1}};
    return clmlp_opencl_enqueue(opencl, &one, arguments, error);
}

static size_t flavour_of(const clmlp_native_launch *what)
{
    if (has_rule(what->kernel)) return (size_t)what->optimizer;
    if (!has_activation(what->kernel)) return 0;
    const bool known = (unsigned)what->activation < CLMLP_ACTIVATION_COUNT;
    return (known ? (size_t)what->activation : CLMLP_ACTIVATION_COUNT) + (what->dropout ? OF_DROPOUT : 0);
}

/* The arguments of a whole product, and those of one in parts, which begin with them. */
typedef union part_arguments {
    clmlp_cpu_forward_dropout_arguments forward;
    clmlp_cpu_hidden_dropout_arguments hidden;
    clmlp_cpu_descend_arguments descend;
    clmlp_forward_in_parts_arguments forward_in_parts;
    clmlp_hidden_in_parts_arguments hidden_in_parts;
    clmlp_descend_in_parts_arguments descend_in_parts;
} part_arguments;

static void add_parts(part_arguments *all, clmlp_native_kernel kernel, const void *arguments, cl_mem partial,
                      size_t stride, size_t parts)
{
    if (kernel == NATIVE_forward) {
        all->forward = *(const clmlp_cpu_forward_dropout_arguments *)arguments;
        all->forward_in_parts.partial = partial;
        all->forward_in_parts.partial_stride = stride;
        all->forward_in_parts.parts = parts;
    } else if (kernel == NATIVE_hidden) {
        all->hidden = *(const clmlp_cpu_hidden_dropout_arguments *)arguments;
        all->hidden_in_parts.partial = partial;
        all->hidden_in_parts.partial_stride = stride;
        all->hidden_in_parts.parts = parts;
    } else {
        all->descend = *(const clmlp_cpu_descend_arguments *)arguments;
        all->descend_in_parts.partial = partial;
        all->descend_in_parts.partial_stride = stride;
        all->descend_in_parts.parts = parts;
    }
}

/* A product whose sums are cut into parts, each for work-groups of its own; then the parts are added. */
static clmlp_status launch_parts(clmlp_opencl *opencl, const clmlp_native_launch *what, const clmlp_gpu_size *size,
                                 const void *arguments, size_t wanted, clmlp_error *error)
{
    clmlp_gpu *const gpu = clmlp_native_of(opencl)->gpu;
    const clmlp_native_kernel kernel = what->kernel;
    const size_t flavour = OF_SUM + flavour_of(what), stride = (what->columns + 3) / 4 * 4, group = opencl->group;
    size_t chosen = 0, count = 0, bytes = 0;
    clmlp_opencl_cache_key none = {.from = NULL};
    part_arguments all;
    TRY(clmlp_gpu_kernel_for(opencl, kernel, OF_PARTS, size, &chosen, error));
    const clmlp_gpu_tiles *const tiles = &clmlp_gpu_candidates(kernel, &count)[chosen];
    const size_t steps = (size->length + tiles->tile_k - 1) / tiles->tile_k, parts = wanted < steps ? wanted : steps;
    clmlp_gpu_variant *const sum = &gpu->of[kernel].variants[flavour][0];
    if (sum->kernel == NULL) TRY(clmlp_gpu_build_variant(opencl, kernel, flavour, NULL, sum, error));
    if (!clmlp_multiply(parts * what->rows, stride * gpu->limits.element, &bytes) ||
        !clmlp_native_scratch_reserve(opencl, &gpu->partial, bytes, &none)) {
        return clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "%s: no memory for a product in %zu parts (CLMLP_NATIVE_PARTS=1 "
                          "has none)", opencl->name, parts);
    }
    add_parts(&all, kernel, arguments, gpu->partial.buffer, stride, parts);
    const size_t items = clmlp_gpu_items(tiles), across = (what->columns + tiles->tile_n - 1) / tiles->tile_n;
    const clmlp_launch product = {.kernel = gpu->of[kernel].variants[OF_PARTS][chosen].kernel,
                                  .interface = clmlp_gpu_interface_of(kernel, OF_PARTS),
                                  .global = {(size->rows + tiles->tile_m - 1) / tiles->tile_m * items, across * parts},
                                  .local = {items, 1},
                                  .work = 2.0 * (double)size->rows * (double)size->columns * (double)size->length};
    TRY(clmlp_opencl_enqueue(opencl, &product, &all, error));
    const size_t fours = what->rows * (stride / 4);
    const clmlp_launch added = {.kernel = sum->kernel, .interface = clmlp_gpu_interface_of(kernel, flavour),
                                .states = has_rule(kernel) ? clmlp_optimizer_states(what->optimizer) : 0,
                                .global = {(fours + group - 1) / group * group, 1}, .local = {group, 1}};
    return clmlp_opencl_enqueue(opencl, &added, &all, error);
}

/* How many parts a product is cut into. */
static size_t parts_of(const clmlp_gpu *gpu, clmlp_native_kernel kernel, const clmlp_gpu_size *size, size_t chosen)
{
    size_t count = 0;
    if ((int)kernel >= (int)IN_PARTS) return 1;
    if (gpu->parts_wanted > 0) return gpu->parts_wanted;
    return clmlp_gpu_parts(&clmlp_gpu_candidates(kernel, &count)[chosen], size, &gpu->limits);
}

/* The result that tiles share: the last row of the gradient, the bias, comes with the others. */
static clmlp_gpu_size size_of(const clmlp_native_launch *what)
{
    const size_t rows = what->kernel == NATIVE_descend ? what->rows - 1 : what->rows;
    return (clmlp_gpu_size){rows, what->columns, what->length};
}

clmlp_status clmlp_gpu_tiles_of(clmlp_opencl *opencl, const clmlp_native_launch *what, const clmlp_gpu_tiles **tiles,
                                clmlp_error *error)
{
    const clmlp_gpu_size size = size_of(what);
    const clmlp_gpu *const gpu = clmlp_native_of(opencl)->gpu;
    size_t count = 0, chosen = clmlp_gpu_choose(what->kernel, &size, &gpu->limits, gpu->of[what->kernel].excluded);
    const clmlp_gpu_tiles *const list = clmlp_gpu_candidates(what->kernel, &count);
    *tiles = NULL;
    if (chosen < count && parts_of(gpu, what->kernel, &size, chosen) > 1) return CLMLP_OK;
    TRY(clmlp_gpu_kernel_for(opencl, what->kernel, flavour_of(what), &size, &chosen, error));
    *tiles = &list[chosen];
    return CLMLP_OK;
}

static clmlp_status rows_a_score(clmlp_opencl *opencl, const clmlp_native_launch *what, size_t *rows,
                                 clmlp_error *error)
{
    const clmlp_gpu_tiles *tiles = NULL;
    TRY(clmlp_gpu_tiles_of(opencl, what, &tiles, error));
    *rows = tiles->tile_m; /* the output layer is never in parts */
    return CLMLP_OK;
}

const clmlp_gpu_limits *clmlp_gpu_limits_of(const clmlp_opencl *opencl)
{
    return &clmlp_native_of(opencl)->gpu->limits;
}

static clmlp_status launch(clmlp_opencl *opencl, const clmlp_native_launch *what, const void *arguments,
                           clmlp_error *error)
{
    clmlp_gpu *gpu = clmlp_native_of(opencl)->gpu;
    const clmlp_native_kernel kernel = what->kernel;
    const clmlp_gpu_size size = size_of(what);
    size_t candidates = 0;
    if ((unsigned)what->optimizer >= CLMLP_OPTIMIZER_COUNT ||
        gpu->of[NATIVE_update].variants[what->optimizer]->kernel == NULL) {
        return clmlp_opencl_rule_missing(opencl, what->optimizer, error);
    }
    if (what->dropout && (int)kernel >= (int)NATIVE_WITH_DROPOUT) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "kernel number %d has no dropout", (int)kernel);
    }
    if (kernel == NATIVE_update) return launch_update(opencl, what, arguments, error);
    const clmlp_gpu_tiles *const list = clmlp_gpu_candidates(kernel, &candidates);
    const size_t flavour = flavour_of(what);
    size_t chosen = clmlp_gpu_choose(kernel, &size, &gpu->limits, gpu->of[kernel].excluded);
    const size_t parts = chosen < candidates ? parts_of(gpu, kernel, &size, chosen) : 1;
    if (parts > 1) return launch_parts(opencl, what, &size, arguments, parts, error);
    TRY(clmlp_gpu_kernel_for(opencl, kernel, flavour, &size, &chosen, error));
    const clmlp_gpu_tiles *const tiles = &list[chosen];
    const size_t items = clmlp_gpu_items(tiles);
    const size_t across = kernel == NATIVE_output ? 1 : (what->columns + tiles->tile_n - 1) / tiles->tile_n;
    const clmlp_launch one = {.kernel = gpu->of[kernel].variants[flavour][chosen].kernel,
                              .interface = clmlp_gpu_interface_of(kernel, flavour),
                              .states = clmlp_optimizer_states(what->optimizer),
                              .global = {(size.rows + tiles->tile_m - 1) / tiles->tile_m * items, across},
                              .local = {items, 1},
                              .work = 2.0 * (double)size.rows * (double)size.columns * (double)size.length};
    return clmlp_opencl_enqueue(opencl, &one, arguments, error);
}

static void tile(const clmlp_opencl *opencl, clmlp_equation equation, size_t rows, size_t columns, size_t length,
                 clmlp_probe_tile *out)
{
    const clmlp_gpu *gpu = clmlp_native_of(opencl)->gpu;
    const bool output = equation == CLMLP_EQUATION_OUTPUT_DELTA;
    const clmlp_native_kernel kernel = output ? NATIVE_output : NATIVE_forward;
    const clmlp_gpu_size size = {rows, columns, length};
    size_t count = 0;
    const clmlp_gpu_tiles *candidates = clmlp_gpu_candidates(kernel, &count);
    const size_t chosen = clmlp_gpu_choose(kernel, &size, &gpu->limits, gpu->of[kernel].excluded);
    *out = (clmlp_probe_tile){1, 1, 1, 1};
    if (chosen >= count) return; /* none fits, which the launch reports */
    const clmlp_gpu_tiles *t = &candidates[chosen];
    *out = (clmlp_probe_tile){t->tile_m, t->tile_n, t->tile_k, 1};
}

/* Beyond this many outputs, a product in tiles of its own beats one in rows. */
enum { NARROW = 32 };

const clmlp_native_family clmlp_native_gpu = {
    .name = "gpu",
    .row_major = true,
    .widest_output = NARROW,
    .candidates = list_candidates,
    .plan = plan,
    .build = build,
    .release = release,
    .prepare_rule = prepare_rule,
    .prepare_extra = prepare_extra,
    .launch = launch,
    .rows_a_score = rows_a_score,
    .tile = tile,
};
