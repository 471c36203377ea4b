/* kernels.c - the kernels of the GPU family, built on demand, with the tiles that fit. */
#include "backend/native/gpu/kernels.h"

#include <stdio.h>

#include "backend/native/gpu/fit.h"
#include "backend/native/gpu/options.h"
#include "common/codes.h"

static clmlp_interface_of *const interfaces[] = {
#define GPU_INTERFACE(name) clmlp_interface_gpu_##name,
    CLMLP_NATIVE_KERNEL_LIST(GPU_INTERFACE)
#undef GPU_INTERFACE
};
static clmlp_interface_of *const dropout_interfaces[] = {clmlp_interface_gpu_forward_dropout,
                                                         clmlp_interface_gpu_hidden_dropout};
static clmlp_interface_of *const parts_interfaces[IN_PARTS] = {
    clmlp_interface_gpu_forward_parts, clmlp_interface_gpu_hidden_parts, clmlp_interface_gpu_descend_parts};
static clmlp_interface_of *const sum_interfaces[IN_PARTS] = {
    clmlp_interface_gpu_forward_sum, clmlp_interface_gpu_hidden_sum, clmlp_interface_gpu_descend_sum};
static clmlp_interface_of *const dropout_sum_interfaces[] = {clmlp_interface_gpu_forward_dropout_sum,
                                                             clmlp_interface_gpu_hidden_dropout_sum};
static const char *const defines[] = {"GPU_FORWARD", "GPU_HIDDEN", "GPU_DESCEND", "GPU_UPDATE", "GPU_OUTPUT"};

_Static_assert(sizeof defines / sizeof *defines == (size_t)NATIVE_COUNT, "a name for each kernel");

_Static_assert(sizeof dropout_interfaces / sizeof *dropout_interfaces == (size_t)NATIVE_WITH_DROPOUT, "with dropout");

clmlp_interface_of *clmlp_gpu_interface_of(clmlp_native_kernel operation, size_t flavour)
{
    const bool sum = flavour >= OF_SUM;
    const bool dropout = has_activation(operation) && (sum ? flavour - OF_SUM : flavour) >= OF_DROPOUT;
    if (flavour == OF_PARTS) return parts_interfaces[operation];
    if (sum) return dropout ? dropout_sum_interfaces[operation] : sum_interfaces[operation];
    return dropout ? dropout_interfaces[operation] : interfaces[operation];
}

/* What a flavour is built with. */
static void flavour_option(clmlp_native_kernel operation, size_t flavour, char option[CLMLP_GPU_OPTION])
{
    const bool sum = flavour >= OF_SUM;
    const size_t own = sum ? flavour - OF_SUM : flavour;
    char rule[CLMLP_RULE_OPTION];
    option[0] = '\0';
    if (flavour == OF_PARTS) {
        (void)snprintf(option, CLMLP_GPU_OPTION, " -D GPU_PARTS");
    } else if (has_rule(operation)) {
        clmlp_opencl_rule_option((clmlp_optimizer)own, rule);
        (void)snprintf(option, CLMLP_GPU_OPTION, "%s%s", rule, sum ? " -D GPU_SUM" : "");
    } else if (has_activation(operation)) {
        const int activation = (int)own % OF_DROPOUT;
        (void)snprintf(option, CLMLP_GPU_OPTION, " -D ACTIVATION=%d%s%s%s", activation,
                       activation >= CODE_FIRST_EXTRA ? " -D EXTRA_ACTIVATIONS" : "",
                       own >= OF_DROPOUT ? CLMLP_DROPOUT_OPTION : "", sum ? " -D GPU_SUM" : "");
    }
}

void clmlp_gpu_tile_options(const clmlp_opencl *opencl, const clmlp_gpu_tiles *t, char options[CLMLP_GPU_TILE_OPTIONS])
{
    (void)snprintf(options, CLMLP_GPU_TILE_OPTIONS,
                   " -D VW=4%s -D TILE_M=%u -D TILE_N=%u -D TILE_K=%u -D WORK_M=%u -D WORK_N=%u -D SPLIT=%u",
                   clmlp_gpu_fma_option(opencl), t->tile_m, t->tile_n, t->tile_k, t->work_m, t->work_n, t->split);
}

clmlp_status clmlp_gpu_build_variant(clmlp_opencl *opencl, clmlp_native_kernel operation, size_t flavour,
                                     const clmlp_gpu_tiles *t, clmlp_gpu_variant *v, clmlp_error *error)
{
    static const char *const files[] = {"native_gpu/layers.cl", "native_gpu/output.cl"};
    char options[448], what[CLMLP_GPU_OPTION], registers[CLMLP_GPU_OPTION], tiles[CLMLP_GPU_TILE_OPTIONS];
    cl_int code = CL_SUCCESS;
    flavour_option(operation, flavour, what);
    if (t == NULL) {
        (void)snprintf(options, sizeof options, " -D VW=4%s%s -D %s", clmlp_gpu_fma_option(opencl), what,
                       defines[operation]);
    } else {
        clmlp_gpu_register_option(opencl, &clmlp_native_of(opencl)->gpu->limits, t, registers);
        clmlp_gpu_tile_options(opencl, t, tiles);
        (void)snprintf(options, sizeof options, "%s%s%s -D %s", tiles, what, registers, defines[operation]);
    }
    TRY(clmlp_opencl_build_files(opencl, files, sizeof files / sizeof *files, options, &v->program, error));
    const char *const name = clmlp_gpu_interface_of(operation, flavour)().name;
    if (t == NULL) return clmlp_opencl_create_kernel(opencl, v->program, name, &v->kernel, error);
    v->kernel = clCreateKernel(v->program, name, &code);
    code = clmlp_opencl_made(code, v->kernel);
    TRY_CL(opencl, code, name, error);
    return CLMLP_OK;
}

void clmlp_gpu_release_variant(clmlp_gpu_variant *v)
{
    if (v->kernel != NULL) (void)clReleaseKernel(v->kernel);
    if (v->program != NULL) (void)clReleaseProgram(v->program);
    *v = (clmlp_gpu_variant){.kernel = NULL};
}

void clmlp_gpu_format_tiles(const clmlp_gpu_tiles *t, char text[CLMLP_TILES_LENGTH])
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
    clmlp_gpu_variant *const v = &gpu->of[operation].variants[flavour][candidate];
    *fits = v->kernel != NULL;
    if (*fits) return CLMLP_OK;
    TRY(clmlp_gpu_build_variant(opencl, operation, flavour, tiles, v, error));
    *fits = clmlp_gpu_kernel_fits(opencl, v->kernel, clmlp_gpu_items(tiles), gpu->limits.local_bytes, misfit);
    if (*fits) return CLMLP_OK;
    clmlp_gpu_release_variant(v);
    gpu->of[operation].excluded[candidate] = true;
    return CLMLP_OK;
}

/* Whether the kernel of a candidate has private memory that the leanest one does without: registers are spilled to it.
 * Where that one has as much, the driver counts something else. */
static clmlp_status find_spills(clmlp_opencl *opencl, clmlp_native_kernel operation, size_t flavour, size_t candidate,
                                bool *spills, clmlp_error *error)
{
    clmlp_gpu *const gpu = clmlp_native_of(opencl)->gpu;
    clmlp_gpu_operation *const of = &gpu->of[operation];
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
    clmlp_gpu_format_tiles(&clmlp_gpu_candidates(operation, &count)[candidate], name);
    clmlp_opencl_remark(opencl, "%s: tiles %s are passed over, they spill %llu bytes of each work-item",
                        clmlp_gpu_interface_of(operation, flavour)().name, name, (unsigned long long)bytes);
    return CLMLP_OK;
}

clmlp_status clmlp_gpu_kernel_for(clmlp_opencl *opencl, clmlp_native_kernel operation, size_t flavour,
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
        clmlp_gpu_variant *const v = &gpu->of[operation].variants[flavour][*chosen];
        if (v->judged) return CLMLP_OK;
        TRY(try_variant(opencl, operation, flavour, *chosen, &fits, &misfit, error));
        if (!fits) continue;
        TRY(find_spills(opencl, operation, flavour, *chosen, &spills, error));
        v->judged = !spills;
        if (v->judged) return CLMLP_OK;
        clmlp_gpu_release_variant(v);
        gpu->of[operation].excluded[*chosen] = true;
    }
}
