/* family.c - choice between the CPU and the GPU family; building the CPU family's program. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/native/native.h"
#include "backend/native/cpu/tiles.h"
#include "backend/native/gpu/family.h"
#include "backend/opencl/tuning.h"
#include "base/memory.h"
#include "common/codes.h"

static const char *const kernel_names[] = {
#define NATIVE_NAME(name) "cpu_" #name,
    CLMLP_NATIVE_KERNEL_LIST(NATIVE_NAME)
#undef NATIVE_NAME
};
static const char *const files[] = {"native_cpu/fused_steps.cl"};

_Static_assert((size_t)NATIVE_COUNT <= sizeof((clmlp_native *)0)->kernels / sizeof(cl_kernel), "room for kernels");

const char *clmlp_native_kernel_name(const clmlp_backend *backend, clmlp_equation equation)
{
    static const char *const names[2][CLMLP_EQUATION_COUNT] = {
        {"cpu_forward", "cpu_output", "cpu_hidden", "cpu_descend", "cpu_descend"},
        {"gpu_forward", "gpu_output", "gpu_hidden", "gpu_descend", "gpu_descend"}};
    return names[((const clmlp_opencl *)backend)->native.family == &clmlp_native_gpu][equation];
}

cl_uint clmlp_native_lanes(const clmlp_opencl *opencl)
{
    const cl_device_info what = opencl->base.precision == CLMLP_F64 ? CL_DEVICE_NATIVE_VECTOR_WIDTH_DOUBLE
                                                                    : CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT;
    cl_uint width = 0;
    if (clGetDeviceInfo(opencl->device, what, sizeof width, &width, NULL) != CL_SUCCESS) width = 4;
    return width >= 16 ? 16 : width >= 8 ? 8 : 4;
}

/* 16 vector registers, or 32 with AVX-512. */
static unsigned vector_registers(const clmlp_opencl *opencl)
{
    return clmlp_native_lanes(opencl) * clmlp_precision_size(opencl->base.precision) >= 64 ? 32 : 16;
}

static clmlp_status cpu_candidates(const clmlp_opencl *opencl, clmlp_tiles **list, size_t *count, clmlp_error *error)
{
    clmlp_cpu_tiles *tiles = NULL;
    clmlp_status status = CLMLP_OK;
    TRY(clmlp_cpu_candidates(clmlp_native_lanes(opencl), vector_registers(opencl), &tiles, count, error));
    TRY_CLEANUP(clmlp_allocate(list, *count, sizeof **list, "the candidates", error));
    for (size_t i = 0; i < *count; i++) clmlp_cpu_tiles_format(&tiles[i], (*list)[i].text, CLMLP_TILES_LENGTH);
cleanup:
    free(tiles);
    return status;
}

static clmlp_status choose_tiles(clmlp_opencl *opencl, clmlp_cpu_tiles *tiles, clmlp_error *error)
{
    clmlp_cpu_tiles *candidates = NULL;
    size_t count = 0;
    char text[CLMLP_TILES_LENGTH];
    const clmlp_tiles_source source = clmlp_tuning_tiles(opencl, "cpu", text);
    if (source != CLMLP_TILES_UNSET) {
        const char *problem = clmlp_cpu_tiles_parse(text, tiles)
                                  ? clmlp_cpu_tiles_problem(tiles)
                                  : "expected ROWSxVECTORSxLANES/BLOCK such as 12x2x16/8";
        opencl->base.tuned = problem == NULL && source == CLMLP_TILES_STORED;
        if (problem == NULL) return CLMLP_OK;
        if (source == CLMLP_TILES_ASKED) return clmlp_tuning_refuse(opencl, text, problem, error);
    }
    TRY(clmlp_cpu_candidates(clmlp_native_lanes(opencl), vector_registers(opencl), &candidates, &count, error));
    *tiles = candidates[0];
    free(candidates);
    return CLMLP_OK;
}

/* The family's kernels, with an update rule. */
static clmlp_status build_program(clmlp_opencl *opencl, clmlp_optimizer optimizer, cl_program *program,
                                  clmlp_error *error)
{
    const clmlp_native *native = &opencl->native;
    char options[128], rule[CLMLP_RULE_OPTION];
    clmlp_opencl_rule_option(optimizer, rule);
    (void)snprintf(options, sizeof options, " -D VW=%zu -D MR=%zu -D NV=%zu%s", native->lanes, native->rows,
                   native->columns / native->lanes, rule);
    return clmlp_opencl_build_files(opencl, files, sizeof files / sizeof *files, options, program, error);
}

static clmlp_status build(clmlp_opencl *opencl, clmlp_error *error)
{
    clmlp_native *native = &opencl->native;
    clmlp_cpu_tiles tiles;
    cl_int code = CL_SUCCESS;

    TRY(choose_tiles(opencl, &tiles, error));
    clmlp_cpu_tiles_format(&tiles, opencl->base.tiles, sizeof opencl->base.tiles);
    native->rows = tiles.rows;
    native->columns = (size_t)tiles.vectors * tiles.lanes;
    native->block = tiles.block;
    native->lanes = tiles.lanes;
    opencl->score_rows = tiles.rows;
    TRY(build_program(opencl, CLMLP_SGD, &native->program, error));
    for (int k = 0; k < NATIVE_COUNT; k++) {
        if (k == NATIVE_descend || k == NATIVE_update) continue;
        native->kernels[k] = clCreateKernel(native->program, kernel_names[k], &code);
        TRY_CL(opencl, code, kernel_names[k], error);
    }
    native->gather = clCreateKernel(native->program, "cpu_gather", &code);
    TRY_CL(opencl, code, "cpu_gather", error);
    (void)clGetDeviceInfo(opencl->device, CL_DEVICE_MAX_COMPUTE_UNITS, sizeof native->units, &native->units, NULL);
    TRY(clmlp_native_sparse_create(opencl, error));
    TRY(clmlp_native_steps_create(opencl, error));
    return clmlp_opencl_rule_create(opencl, CLMLP_SGD, native->program, RULE_cpu_descend, RULE_cpu_steps_sparse, error);
}

static clmlp_status prepare_rule(clmlp_opencl *opencl, clmlp_optimizer optimizer, clmlp_error *error)
{
    clmlp_opencl_rule *const rule = &opencl->rules[optimizer];
    if (rule->kernels[RULE_cpu_descend] != NULL) return CLMLP_OK;
    if (rule->program == NULL) TRY(build_program(opencl, optimizer, &rule->program, error));
    return clmlp_opencl_rule_create(opencl, optimizer, rule->program, RULE_cpu_descend, RULE_cpu_steps_sparse, error);
}

static void release(clmlp_opencl *opencl)
{
    clmlp_native_gather_release(opencl);
    clmlp_native_sparse_release(opencl);
    clmlp_native_steps_release(opencl);
    for (int k = 0; k < NATIVE_COUNT; k++) {
        if (opencl->native.kernels[k] != NULL) (void)clReleaseKernel(opencl->native.kernels[k]);
    }
    if (opencl->native.program != NULL) (void)clReleaseProgram(opencl->native.program);
}

static size_t tiles(size_t n, size_t tile)
{
    return (n + tile - 1) / tile;
}

static clmlp_status launch(clmlp_opencl *opencl, const clmlp_native_launch *what, const clmlp_argument *arguments,
                           size_t count, clmlp_error *error)
{
    const clmlp_native_kernel kernel = what->kernel;
    const bool whole_rows = kernel == NATIVE_update || kernel == NATIVE_output;
    const size_t down = kernel == NATIVE_update ? what->rows : tiles(what->rows, opencl->native.rows);
    const size_t blocks = whole_rows ? 1 : tiles(down, opencl->native.block), block = tiles(down, blocks);
    const size_t across = whole_rows ? 1 : tiles(what->columns, opencl->native.columns) * blocks;
    const size_t global[2] = {block, across};
    const size_t local[2] = {1, 1};
    if (kernel == NATIVE_descend || kernel == NATIVE_update) {
        const clmlp_rule_kernel of_rule = kernel == NATIVE_descend ? RULE_cpu_descend : RULE_cpu_update;
        return clmlp_opencl_rule_enqueue(opencl, what->optimizer, of_rule, global, local, arguments, count, error);
    }
    return clmlp_opencl_enqueue(opencl, opencl->native.kernels[kernel], kernel_names[kernel], global, local, arguments,
                                count, error);
}

/* Sums go along whole panels; see kernels/native_cpu/layers.cl. */
static void tile(const clmlp_opencl *opencl, clmlp_equation equation, size_t rows, size_t columns, size_t length,
                 clmlp_probe_tile *out)
{
    const clmlp_native *native = &opencl->native;
    (void)rows, (void)columns, (void)length;
    *out = (clmlp_probe_tile){native->rows, native->columns, native->lanes, native->block};
    if (equation == CLMLP_EQUATION_HIDDEN_DELTA) out->length = native->columns;
    if (equation == CLMLP_EQUATION_GRADIENT) out->length = native->rows;
}

static const clmlp_native_family cpu_family = {
    .name = "cpu",
    .widest_output = SIZE_MAX,
    .candidates = cpu_candidates,
    .build = build,
    .release = release,
    .prepare_rule = prepare_rule,
    .launch = launch,
    .tile = tile,
};

/* CPUs have caches and vectors; everything else is taken to be built like a GPU. */
static clmlp_status find_family(const clmlp_opencl *opencl, const char *asked, const clmlp_native_family **family,
                                clmlp_error *error)
{
    const char *name = asked != NULL ? asked : getenv("CLMLP_NATIVE_FAMILY");
    cl_device_type type = 0;
    TRY_CL(opencl, clGetDeviceInfo(opencl->device, CL_DEVICE_TYPE, sizeof type, &type, NULL),
           "asking for the type of the device", error);
    *family = (type & CL_DEVICE_TYPE_CPU) != 0 ? &cpu_family : &clmlp_native_gpu;
    if (name == NULL || name[0] == '\0') return CLMLP_OK;
    *family = strcmp(name, cpu_family.name) == 0 ? &cpu_family : &clmlp_native_gpu;
    if (strcmp(name, (*family)->name) == 0) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%s: found '%s', expected %s or %s",
                      asked != NULL ? "family" : "CLMLP_NATIVE_FAMILY", name, cpu_family.name, clmlp_native_gpu.name);
}

static clmlp_status choose_family(const clmlp_opencl *opencl, const clmlp_native_family **family, clmlp_error *error)
{
    return find_family(opencl, opencl->family, family, error);
}

clmlp_status clmlp_native_wanted(const char *variable, int *wanted, clmlp_error *error)
{
    const char *text = getenv(variable);
    *wanted = 0;
    if (text == NULL || text[0] == '\0') return CLMLP_OK;
    *wanted = strcmp(text, "always") == 0 ? 1 : -1;
    if (*wanted == 1 || strcmp(text, "never") == 0) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%s: found '%s', expected always or never", variable, text);
}

clmlp_status clmlp_native_build(clmlp_opencl *opencl, clmlp_error *error)
{
    TRY(choose_family(opencl, &opencl->native.family, error));
    return opencl->native.family->build(opencl, error);
}

clmlp_status clmlp_native_prepare_rule(clmlp_backend *backend, clmlp_optimizer optimizer, clmlp_error *error)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    if ((unsigned)optimizer >= CLMLP_OPTIMIZER_COUNT) return clmlp_opencl_rule_missing(opencl, optimizer, error);
    return opencl->native.family->prepare_rule(opencl, optimizer, error);
}

clmlp_status clmlp_native_candidates(const clmlp_opencl *opencl, clmlp_tiles **list, size_t *count,
                                     clmlp_error *error)
{
    const clmlp_native_family *family = NULL;
    TRY(choose_family(opencl, &family, error));
    return family->candidates(opencl, list, count, error);
}

const char *clmlp_native_family_name(const clmlp_opencl *opencl)
{
    const clmlp_native_family *family = NULL;
    return choose_family(opencl, &family, NULL) == CLMLP_OK ? family->name : NULL;
}

const char *clmlp_native_usual_family(const clmlp_opencl *opencl)
{
    const clmlp_native_family *family = NULL;
    return find_family(opencl, NULL, &family, NULL) == CLMLP_OK ? family->name : NULL;
}

void clmlp_native_release(clmlp_opencl *opencl)
{
    if (opencl->native.family != NULL) opencl->native.family->release(opencl);
}
