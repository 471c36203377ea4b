/* family.c - the GPU family: choice of tiles per product, programs built on demand. */
#include "backend/native/gpu/family.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/native/gpu/fit.h"
#include "backend/native/gpu/tiles.h"
#include "backend/opencl/tuning.h"
#include "base/memory.h"
#include "common/codes.h"

static clmlp_interface_of *const interfaces[] = {
#define GPU_INTERFACE(name) clmlp_interface_gpu_##name,
    CLMLP_NATIVE_KERNEL_LIST(GPU_INTERFACE)
#undef GPU_INTERFACE
};
static clmlp_interface_of *const dropout_interfaces[] = {clmlp_interface_gpu_forward_dropout,
                                                         clmlp_interface_gpu_hidden_dropout};
static const char *const defines[] = {"GPU_FORWARD", "GPU_HIDDEN", "GPU_DESCEND", "GPU_UPDATE", "GPU_OUTPUT"};

_Static_assert(sizeof defines / sizeof *defines == (size_t)NATIVE_COUNT, "a name for each kernel");

_Static_assert(sizeof dropout_interfaces / sizeof *dropout_interfaces == (size_t)NATIVE_WITH_DROPOUT, "with dropout");

/* What a kernel is built for: an update rule, which counts as sgd where the operation has none; or dropout. */
enum { OF_DROPOUT = CLMLP_OPTIMIZER_COUNT, FLAVOURS };

/* An operation's kernel with one of its candidates for tiles. */
typedef struct variant {
    cl_program program;
    cl_kernel kernel;
    bool judged; /* it fits the device and spills nothing that others do not */
} variant;

/* An operation with all its candidates; the update, which has none, counts as one. */
typedef struct operation_variants {
    size_t count;
    variant *variants[FLAVOURS]; /* [count] each */
    bool *excluded;    /* [count] that are not to be taken */
} operation_variants;

typedef struct clmlp_gpu {
    clmlp_gpu_limits limits;
    operation_variants of[NATIVE_COUNT];
    size_t output; /* the candidate for the output layer */
} clmlp_gpu;

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
    return CLMLP_OK;
}

/* What a kernel is told when the device multiplies and adds in one instruction; nothing where it does not say. */
static const char *fma_option(const clmlp_opencl *opencl)
{
    const bool is_double = opencl->base.precision == CLMLP_F64;
    cl_device_fp_config found = 0;
    const cl_int code = clGetDeviceInfo(opencl->device, is_double ? CL_DEVICE_DOUBLE_FP_CONFIG
                                                                  : CL_DEVICE_SINGLE_FP_CONFIG,
                                        sizeof found, &found, NULL);
    return code == CL_SUCCESS && (found & CL_FP_FMA) != 0 ? " -D CLMLP_FMA" : "";
}

static clmlp_interface_of *interface_of(clmlp_native_kernel operation, size_t flavour)
{
    return flavour == OF_DROPOUT ? dropout_interfaces[operation] : interfaces[operation];
}

static clmlp_status build_variant(clmlp_opencl *opencl, clmlp_native_kernel operation, size_t flavour,
                                  const clmlp_gpu_tiles *t, variant *v, clmlp_error *error)
{
    static const char *const files[] = {"native_gpu/layers.cl", "native_gpu/output.cl"};
    const bool has_activation = operation == NATIVE_forward || operation == NATIVE_hidden;
    const char *const extra = has_activation ? clmlp_opencl_activation_option(opencl) : "";
    char options[224], rule[CLMLP_RULE_OPTION] = CLMLP_DROPOUT_OPTION;
    cl_int code = CL_SUCCESS;
    if (flavour != OF_DROPOUT) clmlp_opencl_rule_option((clmlp_optimizer)flavour, rule);
    if (t == NULL) {
        (void)snprintf(options, sizeof options, " -D VW=4%s%s -D %s", fma_option(opencl), rule, defines[operation]);
    } else {
        (void)snprintf(options, sizeof options,
                       " -D VW=4%s%s%s -D %s -D TILE_M=%u -D TILE_N=%u -D TILE_K=%u -D WORK_M=%u -D WORK_N=%u"
                       " -D SPLIT=%u -D PAD=%u",
                       fma_option(opencl), rule, extra, defines[operation], t->tile_m, t->tile_n, t->tile_k, t->work_m,
                       t->work_n, t->split, t->pad);
    }
    TRY(clmlp_opencl_build_files(opencl, files, sizeof files / sizeof *files, options, &v->program, error));
    const char *const name = interface_of(operation, flavour)().name;
    if (t == NULL) return clmlp_opencl_create_kernel(opencl, v->program, name, &v->kernel, error);
    v->kernel = clCreateKernel(v->program, name, &code);
    code = clmlp_opencl_made(code, v->kernel);
    TRY_CL(opencl, code, name, error);
    return CLMLP_OK;
}

static void release_variant(variant *v)
{
    if (v->kernel != NULL) (void)clReleaseKernel(v->kernel);
    if (v->program != NULL) (void)clReleaseProgram(v->program);
    *v = (variant){.kernel = NULL};
}

static void format_tiles(const clmlp_gpu_tiles *t, char text[CLMLP_TILES_LENGTH])
{
    (void)snprintf(text, CLMLP_TILES_LENGTH, "%ux%ux%u/%ux%u", t->tile_m, t->tile_n, t->tile_k, t->work_m, t->work_n);
}

/* A candidate's kernel, built once. *fits: whether the device runs it; else it is excluded, and *misfit says why. */
static clmlp_status try_variant(clmlp_opencl *opencl, clmlp_native_kernel operation, size_t flavour, size_t candidate,
                                bool *fits, clmlp_gpu_misfit *misfit, clmlp_error *error)
{
    const clmlp_gpu *const gpu = clmlp_native_of(opencl)->gpu;
    size_t count = 0;
    const clmlp_gpu_tiles *const tiles = &clmlp_gpu_candidates(operation, &count)[candidate];
    variant *const v = &gpu->of[operation].variants[flavour][candidate];
    *fits = v->kernel != NULL;
    if (*fits) return CLMLP_OK;
    TRY(build_variant(opencl, operation, flavour, tiles, v, error));
    *fits = clmlp_gpu_kernel_fits(opencl, v->kernel, clmlp_gpu_items(tiles), gpu->limits.local_bytes, misfit);
    if (*fits) return CLMLP_OK;
    release_variant(v);
    gpu->of[operation].excluded[candidate] = true;
    return CLMLP_OK;
}

/* Whether the kernel of a candidate has private memory that the leanest one does without: registers are spilled to it.
 * Where that one has as much, the driver counts something else. */
static clmlp_status find_spills(clmlp_opencl *opencl, clmlp_native_kernel operation, size_t flavour, size_t candidate,
                                bool *spills, clmlp_error *error)
{
    clmlp_gpu *const gpu = clmlp_native_of(opencl)->gpu;
    operation_variants *const of = &gpu->of[operation];
    const cl_ulong bytes = clmlp_gpu_private_bytes(opencl, of->variants[flavour][candidate].kernel);
    size_t count = 0, leanest = candidate;
    clmlp_gpu_misfit misfit = {0};
    char name[CLMLP_TILES_LENGTH];
    bool fits = bytes == 0;
    *spills = false;
    while (!fits) {
        leanest = clmlp_gpu_leanest(operation, &gpu->limits, of->excluded); /* at the last the candidate itself */
        TRY(try_variant(opencl, operation, flavour, leanest, &fits, &misfit, error));
    }
    *spills = bytes > clmlp_gpu_private_bytes(opencl, of->variants[flavour][leanest].kernel);
    if (!*spills) return CLMLP_OK;
    format_tiles(&clmlp_gpu_candidates(operation, &count)[candidate], name);
    clmlp_opencl_remark(opencl, "%s: tiles %s are passed over, they spill %llu bytes of each work-item",
                        interface_of(operation, flavour)().name, name, (unsigned long long)bytes);
    return CLMLP_OK;
}

/* A kernel for the size, with the best tiles that the driver takes. *chosen: which. */
static clmlp_status kernel_for(clmlp_opencl *opencl, clmlp_native_kernel operation, size_t flavour,
                               const clmlp_gpu_size *size, size_t *chosen, clmlp_error *error)
{
    clmlp_gpu *gpu = clmlp_native_of(opencl)->gpu;
    size_t count = 0;
    clmlp_gpu_misfit misfit = {.text = "none is possible"};
    (void)clmlp_gpu_candidates(operation, &count);
    for (;;) {
        bool fits = false, spills = false;
        *chosen = clmlp_gpu_choose(operation, size, &gpu->limits, gpu->of[operation].excluded);
        if (*chosen >= count) {
            return clmlp_fail(error, CLMLP_DEVICE, "%s: no tiles of %s fit into work-groups of %zu items and %zu "
                              "bytes of local memory: %s", opencl->name, interfaces[operation]().name,
                              gpu->limits.group, gpu->limits.local_bytes, misfit.text);
        }
        variant *const v = &gpu->of[operation].variants[flavour][*chosen];
        if (v->judged) return CLMLP_OK;
        TRY(try_variant(opencl, operation, flavour, *chosen, &fits, &misfit, error));
        if (!fits) continue;
        TRY(find_spills(opencl, operation, flavour, *chosen, &spills, error));
        v->judged = !spills;
        if (v->judged) return CLMLP_OK;
        release_variant(v);
        gpu->of[operation].excluded[*chosen] = true;
    }
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
        format_tiles(&candidates[i], (*list)[(*count)++].text);
    }
    return CLMLP_OK;
}

/* The candidate that a text, tiles or a number, names, or count. */
static size_t find_tiles(const char *text, const clmlp_gpu_tiles *candidates, size_t count)
{
    char name[CLMLP_TILES_LENGTH], number[24];
    for (size_t i = 0; i < count; i++) {
        format_tiles(&candidates[i], name);
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
            variant *const variants = gpu->of[k].variants[r];
            for (size_t c = 0; variants != NULL && c < gpu->of[k].count; c++) release_variant(&variants[c]);
            free(variants);
        }
        free(gpu->of[k].excluded);
    }
    free(gpu);
    clmlp_native_of(opencl)->gpu = NULL;
}

static clmlp_status make_room(clmlp_gpu *gpu, clmlp_error *error)
{
    for (int k = 0; k < NATIVE_COUNT; k++) {
        operation_variants *of = &gpu->of[k];
        size_t count = 0;
        (void)clmlp_gpu_candidates((clmlp_native_kernel)k, &count);
        if (count == 0) count = 1;
        TRY(clmlp_allocate(&of->excluded, count, sizeof *of->excluded, "the kernels of a GPU", error));
        for (int r = 0; r < FLAVOURS; r++) {
            TRY(clmlp_allocate(&of->variants[r], count, sizeof *of->variants[r], "the kernels of a GPU", error));
        }
        of->count = count;
    }
    return CLMLP_OK;
}

/* The other kernel with the rule is built when a size first needs it. */
static clmlp_status prepare_rule(clmlp_opencl *opencl, clmlp_optimizer optimizer, clmlp_error *error)
{
    variant *const v = clmlp_native_of(opencl)->gpu->of[NATIVE_update].variants[optimizer];
    return v->kernel != NULL ? CLMLP_OK : build_variant(opencl, NATIVE_update, optimizer, NULL, v, error);
}

/* Those that know fewer activations go; a launch builds what it needs. */
static clmlp_status prepare_extra(clmlp_opencl *opencl, clmlp_error *error)
{
    static const clmlp_native_kernel with_activation[] = {NATIVE_forward, NATIVE_hidden};
    clmlp_native *const native = clmlp_native_of(opencl);
    (void)error;
    for (size_t k = 0; !native->extra && k < sizeof with_activation / sizeof *with_activation; k++) {
        operation_variants *const of = &native->gpu->of[with_activation[k]];
        for (size_t c = 0; c < of->count; c++) release_variant(&of->variants[CLMLP_SGD][c]);
        for (size_t c = 0; c < of->count; c++) release_variant(&of->variants[OF_DROPOUT][c]);
    }
    native->extra = true;
    return CLMLP_OK;
}

static clmlp_status plan(clmlp_opencl *opencl, clmlp_error *error)
{
    clmlp_native *native = clmlp_native_of(opencl);
    TRY(clmlp_allocate(&native->gpu, 1, sizeof *native->gpu, "the kernels of a GPU", error));
    native->lanes = 4;
    TRY(make_room(native->gpu, error));
    TRY(ask_limits(opencl, &native->gpu->limits, error));
    return force_tiles(opencl, error);
}

/* The output layer's tiles are the same for all sizes: scores have their place by its rows a work-group. The
 * other kernels are built when a size first needs them. */
static clmlp_status build(clmlp_opencl *opencl, clmlp_error *error)
{
    const clmlp_gpu_size typical = {128, 10, 512};
    size_t count = 0;
    clmlp_gpu *gpu = clmlp_native_of(opencl)->gpu;
    TRY(kernel_for(opencl, NATIVE_output, CLMLP_SGD, &typical, &gpu->output, error));
    opencl->score_rows = clmlp_gpu_candidates(NATIVE_output, &count)[gpu->output].tile_m;
    return prepare_rule(opencl, CLMLP_SGD, error);
}

/* Work-items for a kernel without tiles: one for 4 numbers. */
static clmlp_status launch_update(clmlp_opencl *opencl, const clmlp_native_launch *what, const void *arguments,
                                  clmlp_error *error)
{
    const variant *const v = clmlp_native_of(opencl)->gpu->of[NATIVE_update].variants[what->optimizer];
    const size_t items = what->rows * ((what->columns + 3) / 4), group = opencl->group;
    const clmlp_launch one = {.kernel = v->kernel, .interface = interfaces[NATIVE_update],
                              .states = clmlp_optimizer_states(what->optimizer),
                              .global = {(items + group - 1) / group * group, 1}, .local = {group, 1}};
    return clmlp_opencl_enqueue(opencl, &one, arguments, error);
}

static clmlp_status launch(clmlp_opencl *opencl, const clmlp_native_launch *what, const void *arguments,
                           clmlp_error *error)
{
    clmlp_gpu *gpu = clmlp_native_of(opencl)->gpu;
    const clmlp_native_kernel kernel = what->kernel;
    const clmlp_gpu_size size = {what->rows, what->columns, what->length};
    size_t chosen = gpu->output, candidates = 0;
    if ((unsigned)what->optimizer >= CLMLP_OPTIMIZER_COUNT ||
        gpu->of[NATIVE_update].variants[what->optimizer]->kernel == NULL) {
        return clmlp_opencl_rule_missing(opencl, what->optimizer, error);
    }
    if (what->dropout && (int)kernel >= (int)NATIVE_WITH_DROPOUT) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "kernel number %d has no dropout", (int)kernel);
    }
    if (kernel == NATIVE_update) return launch_update(opencl, what, arguments, error);
    const size_t flavour = what->dropout ? (size_t)OF_DROPOUT : (size_t)what->optimizer;
    if (kernel != NATIVE_output) TRY(kernel_for(opencl, kernel, flavour, &size, &chosen, error));
    const clmlp_gpu_tiles *tiles = &clmlp_gpu_candidates(kernel, &candidates)[chosen];
    const size_t items = clmlp_gpu_items(tiles);
    const size_t across = kernel == NATIVE_output ? 1 : (what->columns + tiles->tile_n - 1) / tiles->tile_n;
    const clmlp_launch one = {.kernel = gpu->of[kernel].variants[flavour][chosen].kernel,
                              .interface = interface_of(kernel, flavour),
                              .states = clmlp_optimizer_states(what->optimizer),
                              .global = {(what->rows + tiles->tile_m - 1) / tiles->tile_m * items, across},
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
    const size_t chosen = output ? gpu->output
                                 : clmlp_gpu_choose(kernel, &size, &gpu->limits, gpu->of[kernel].excluded);
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
    .tile = tile,
};
