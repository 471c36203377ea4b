/* fused_steps.c - launches of several training steps in one kernel, for networks that fit one work-group.
 *
 * The kernel is in kernels/native_gpu/fused_steps.cl.
 */
#include "backend/native/gpu/fused_steps.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/native/cpu/gather.h"
#include "backend/native/cpu/scratch.h"
#include "backend/native/gpu/family.h"
#include "backend/native/gpu/fit.h"
#include "backend/native/gpu/kernels.h"
#include "backend/native/steps.h"
#include "backend/opencl/pace.h"
#include "base/memory.h"
#include "common/codes.h"

/* Limits, in operations, by count and not measured: up to SMALL_STEP one compute unit takes less time for a step than
 * the launches of single steps cost. LONG_LAUNCH bounds a launch, so that others get their turn: some milliseconds. */
static const double SMALL_STEP = 2e6, LONG_LAUNCH = 1.5e8;
static const char PACE[] = "gpu_steps"; /* of all kernels for fused steps */

/* A kernel for an update rule, with or without dropout. */
typedef struct fused_kernel {
    const clmlp_gpu_tiles *tiles, *output; /* that it was built for; NULL: not built */
    clmlp_activation activation;
    cl_program program;
    cl_kernel kernel; /* NULL: the device cannot run it */
} fused_kernel;

typedef struct clmlp_gpu_fused {
    int wanted; /* of CLMLP_NATIVE_STEPS: 1 always, -1 never, 0 it says nothing; -1 on CPUs, unless it says always */
    fused_kernel kernels[CLMLP_OPTIMIZER_COUNT][2];
} clmlp_gpu_fused;

/* What a launch takes: tiles for all products, and of the output layer's kernel. */
typedef struct fused_plan {
    const clmlp_gpu_tiles *tiles, *output;
    size_t memory; /* vectors of local memory beside those of the tiles */
} fused_plan;

clmlp_status clmlp_gpu_steps_create(clmlp_opencl *opencl, clmlp_error *error)
{
    clmlp_native *const native = clmlp_native_of(opencl);
    cl_device_type type = 0;
    TRY(clmlp_allocate(&native->gpu_fused, 1, sizeof *native->gpu_fused, "fused steps", error));
    TRY(clmlp_native_wanted(CLMLP_SWITCH_NATIVE_STEPS, &native->gpu_fused->wanted, error));
    TRY_CL(opencl, clGetDeviceInfo(opencl->device, CL_DEVICE_TYPE, sizeof type, &type, NULL),
           "asking for the type of the device", error);
    /* there a launch costs little, and so large a kernel takes long to build */
    if ((type & CL_DEVICE_TYPE_CPU) != 0 && native->gpu_fused->wanted == 0) native->gpu_fused->wanted = -1;
    return CLMLP_OK;
}

static void release_kernel(fused_kernel *k)
{
    if (k->kernel != NULL) (void)clReleaseKernel(k->kernel);
    if (k->program != NULL) (void)clReleaseProgram(k->program);
    *k = (fused_kernel){.kernel = NULL};
}

void clmlp_gpu_steps_release(clmlp_opencl *opencl)
{
    clmlp_gpu_fused *const fused = clmlp_native_of(opencl)->gpu_fused;
    for (size_t i = 0; fused != NULL && i < 2 * CLMLP_OPTIMIZER_COUNT; i++) {
        release_kernel(&fused->kernels[i / 2][i % 2]);
    }
    free(fused);
    clmlp_native_of(opencl)->gpu_fused = NULL;
}

/* --- which steps ----------------------------------------------------------------------------------------------- */

/* Whether sums over `length` have the same order with both: the same slices, added up in the same order. Slices that
 * are empty add 0. */
static bool same_order(const clmlp_gpu_tiles *one, const clmlp_gpu_tiles *other, size_t length)
{
    const size_t slice = one->tile_k / one->split, other_slice = other->tile_k / other->split;
    if (length <= slice && length <= other_slice) return true;
    if (slice != other_slice) return false;
    return one->tile_k == other->tile_k || (length <= one->tile_k && length <= other->tile_k);
}

static size_t whole_vectors(size_t columns)
{
    return (columns + 3) / 4;
}

/* Vectors of local memory for theta, a batch and all layers. */
static size_t vectors_of(const clmlp_steps_args *args)
{
    size_t vectors = args->M * whole_vectors(args->s[0]);
    for (size_t l = 1; l < args->L; l++) {
        const size_t layers = (size_t)1 + (args->z[l] != NULL) + (l + 1 < args->L);
        vectors += layers * args->M * whole_vectors(args->s[l]);
        vectors += (args->s[l - 1] + 1) * ((const clmlp_opencl_tensor *)args->theta[l - 1])->panel_stride / 4;
    }
    return vectors;
}

/* Vectors of local memory beside those that the tiles, or the tallies of the output layer, need. */
static size_t room_beside(const clmlp_gpu_tiles *t, const clmlp_gpu_limits *limits)
{
    const size_t tile = clmlp_gpu_local_bytes(t, NATIVE_forward, limits->element);
    const size_t tallies = clmlp_gpu_items(t) * (3 * limits->element + 16);
    const size_t pool = tile > tallies ? tile : tallies, local = clmlp_gpu_local_limit(limits);
    return pool < local ? (local - pool) / (4 * limits->element) : 0;
}

/* The tiles of all products, or NULL in plan->tiles: single steps take others, with another order of sums. */
static clmlp_status plan_tiles(clmlp_opencl *opencl, const clmlp_steps_args *args, fused_plan *plan,
                               clmlp_error *error)
{
    const clmlp_gpu_tiles *first = NULL, *tiles = NULL;
    bool same = true;
    plan->tiles = NULL;
    const clmlp_native_launch top = {.kernel = NATIVE_output, .rows = args->M, .columns = args->s[args->L - 1],
                                     .length = args->s[args->L - 2]};
    TRY(clmlp_gpu_tiles_of(opencl, &top, &plan->output, error));
    for (size_t l = 1; l < args->L && same; l++) { /* their sums of the bias depend on more than the order */
        const clmlp_native_launch what = {.kernel = NATIVE_descend, .optimizer = args->optimizer,
                                          .rows = args->s[l - 1] + 1, .columns = args->s[l], .length = args->M};
        TRY(clmlp_gpu_tiles_of(opencl, &what, &tiles, error));
        if (first == NULL) first = tiles;
        same = tiles != NULL && tiles == first;
    }
    for (size_t l = 1; l < args->L && same; l++) {
        const bool dropped = l + 1 < args->L && clmlp_dropout_of(&args->dropout, l + 1).p > 0.0;
        const clmlp_native_launch what = {.kernel = NATIVE_forward, .dropout = dropped,
                                          .activation = l + 1 < args->L ? args->activation : CLMLP_SIGMOID,
                                          .rows = args->M, .columns = args->s[l], .length = args->s[l - 1]};
        const bool in_output = l + 1 == args->L && args->s[l] <= clmlp_native_gpu.widest_output;
        if (!in_output) TRY(clmlp_gpu_tiles_of(opencl, &what, &tiles, error));
        if (in_output) tiles = plan->output;
        same = tiles != NULL && same_order(first, tiles, args->s[l - 1]);
    }
    for (size_t l = 2; l < args->L && same; l++) {
        const clmlp_native_launch what = {.kernel = NATIVE_hidden, .activation = args->activation,
                                          .dropout = clmlp_dropout_of(&args->dropout, l).p > 0.0,
                                          .rows = args->M, .columns = args->s[l - 1], .length = args->s[l]};
        TRY(clmlp_gpu_tiles_of(opencl, &what, &tiles, error));
        same = tiles != NULL && same_order(first, tiles, args->s[l]);
    }
    if (same && clmlp_gpu_items(plan->output) <= clmlp_gpu_items(first)) plan->tiles = first;
    return CLMLP_OK;
}

static double step_flops(const clmlp_steps_args *args)
{
    double flops = 0.0;
    for (size_t l = 1; l < args->L; l++) flops += 6.0 * (double)args->M * (double)args->s[l] * (double)args->s[l - 1];
    return flops;
}

/* How many of these steps to fuse into a launch; 0: none. */
static clmlp_status plan_steps(clmlp_opencl *opencl, const clmlp_steps_args *args, fused_plan *plan, size_t *steps,
                               clmlp_error *error)
{
    const clmlp_gpu_fused *const fused = clmlp_native_of(opencl)->gpu_fused;
    const double flops = step_flops(args);
    *steps = 0;
    if (args->L - 1 > STEPS_LAYERS || opencl->profile.on || opencl->finish_each || fused->wanted < 0) return CLMLP_OK;
    if (fused->wanted == 0 && flops > SMALL_STEP) return CLMLP_OK;
    if (vectors_of(args) > clmlp_gpu_local_limit(clmlp_gpu_limits_of(opencl))) return CLMLP_OK;
    TRY(plan_tiles(opencl, args, plan, error));
    if (plan->tiles == NULL) return CLMLP_OK;
    plan->memory = room_beside(plan->tiles, clmlp_gpu_limits_of(opencl));
    if (vectors_of(args) > plan->memory) return CLMLP_OK;
    const double all = flops * (double)args->count, allowed = clmlp_opencl_pace_allows(opencl, PACE, all, flops);
    if (allowed < flops) return CLMLP_OK; /* launches for one step can be divided */
    const double most = fmin(LONG_LAUNCH, allowed < all ? allowed : LONG_LAUNCH) / (flops + 1.0);
    *steps = most < 1.0 ? 1 : most < (double)args->count ? (size_t)most : args->count;
    return CLMLP_OK;
}

/* --- launches -------------------------------------------------------------------------------------------------- */

/* The kernel for a plan, built once; k->kernel is NULL where the device cannot run it. */
static clmlp_status prepare(clmlp_opencl *opencl, const clmlp_steps_args *args, const fused_plan *plan,
                            fused_kernel *k, clmlp_error *error)
{
    static const char *const files[] = {"native_gpu/layers.cl", "native_gpu/output.cl", "native_gpu/fused_steps.cl"};
    const bool dropout = args->dropout.count > 0;
    const size_t items = clmlp_gpu_items(plan->tiles);
    const bool extra = (int)args->activation >= CODE_FIRST_EXTRA;
    char options[448], tiles[CLMLP_GPU_TILE_OPTIONS], rule[CLMLP_RULE_OPTION];
    clmlp_gpu_misfit misfit;
    cl_int code = CL_SUCCESS;
    if (k->tiles == plan->tiles && k->output == plan->output && k->activation == args->activation) return CLMLP_OK;
    release_kernel(k);
    clmlp_opencl_rule_option(args->optimizer, rule);
    clmlp_gpu_tile_options(opencl, plan->tiles, tiles);
    (void)snprintf(options, sizeof options,
                   "%s%s -D ACTIVATION=%d%s%s -D GPU_STEPS -D SPACE=__local -D STEPS_MEMORY=%zu -D OUTPUT_ROWS=%u"
                   " -D LANES_A_ROW=%zu",
                   tiles, rule, (int)args->activation, extra ? " -D EXTRA_ACTIVATIONS" : "",
                   dropout ? CLMLP_DROPOUT_OPTION : "", plan->memory, plan->output->tile_m,
                   clmlp_gpu_items(plan->output) / plan->output->tile_m);
    TRY(clmlp_opencl_build_files(opencl, files, sizeof files / sizeof *files, options, &k->program, error));
    k->kernel = clCreateKernel(k->program, dropout ? "gpu_steps_dropout" : "gpu_steps", &code);
    code = clmlp_opencl_made(code, k->kernel);
    TRY_CL(opencl, code, "making the kernel of fused steps", error);
    if (!clmlp_gpu_kernel_fits(opencl, k->kernel, items, clmlp_gpu_limits_of(opencl)->local_bytes, &misfit)) {
        release_kernel(k);
    }
    k->tiles = plan->tiles;
    k->output = plan->output;
    k->activation = args->activation;
    return CLMLP_OK;
}

static clmlp_status enqueue(clmlp_opencl *opencl, const clmlp_steps_args *args, const fused_plan *plan,
                            cl_kernel kernel, size_t steps, clmlp_error *error)
{
    const clmlp_opencl_tensor *const y = (const clmlp_opencl_tensor *)args->y;
    const size_t items = clmlp_gpu_items(plan->tiles);
    clmlp_native_rows in;
    TRY(clmlp_native_source(opencl, args->x, args->rows, args->M, args->s[1], CLMLP_FOR_Z, &in, error));
    clmlp_steps_arguments arguments = {
        .layers = args->L - 1, .steps = steps, .M = args->M, .x = in.buffer, .x_row = in.row, .y = y->buffer,
        .y_row = y->stride, .w = clmlp_opencl_buffer(args->w), .order = in.order, .first = in.first,
        .code = (cl_int)args->activation, .output = (cl_int)args->output, .right = (cl_int)args->right,
        .scale = 1.0 / args->divisor, .decay = args->decay, .scores = opencl->scores, .rights = opencl->rights,
        .slot = clmlp_steps_reserve_scores(opencl, args->slot, steps, args->M, plan->output->tile_m),
        .dropouts = clmlp_steps_dropouts(args)};
    clmlp_steps_describe(args, &arguments);
    TRY(clmlp_steps_numbers(opencl, args, steps, &arguments.numbers, error));
    const clmlp_launch one = {
        .kernel = kernel,
        .interface = args->dropout.count > 0 ? clmlp_interface_gpu_steps_dropout : clmlp_interface_gpu_steps,
        .states = clmlp_optimizer_states(args->optimizer), .global = {items, 1}, .local = {items, 1},
        .work = step_flops(args) * (double)steps, .division = CLMLP_UNDIVIDED, .pace = PACE};
    const clmlp_status status = clmlp_opencl_enqueue(opencl, &one, &arguments, error);
    (void)clReleaseMemObject(arguments.numbers); /* the launch still has it */
    return status;
}

clmlp_status clmlp_gpu_steps(clmlp_backend *backend, const clmlp_steps_args *args, size_t *taken, clmlp_error *error)
{
    clmlp_opencl *const opencl = (clmlp_opencl *)backend;
    fused_plan plan;
    size_t steps = 0;
    *taken = 0;
    if ((unsigned)args->optimizer >= CLMLP_OPTIMIZER_COUNT) {
        return clmlp_opencl_rule_missing(opencl, args->optimizer, error);
    }
    TRY(plan_steps(opencl, args, &plan, &steps, error));
    if (steps == 0) return CLMLP_OK;
    fused_kernel *const k = &clmlp_native_of(opencl)->gpu_fused->kernels[args->optimizer][args->dropout.count > 0];
    TRY(prepare(opencl, args, &plan, k, error));
    if (k->kernel == NULL) return CLMLP_OK;
    TRY(enqueue(opencl, args, &plan, k->kernel, steps, error));
    *taken = steps;
    return CLMLP_OK;
}
