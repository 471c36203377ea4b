/* fused_steps.c - launches of several training steps in one kernel.
 *
 * The kernel is in kernels/native_cpu/fused_steps.cl.
 */
#include "backend/native/cpu/fused_steps.h"

#include <math.h>
#include <string.h>

#include "backend/native/cpu/gather.h"
#include "backend/native/cpu/program.h"
#include "backend/native/cpu/sparse.h"
#include "backend/native/steps.h"
#include "backend/opencl/pace.h"
#include "common/codes.h"

/* Limits, in operations. Up to SMALL_STEP a step is worth fusing: beyond, separate launches balance their tiles better
 * than they cost. A launch has SHORT_LAUNCH, or up to MOST_STEPS steps within LONG_LAUNCH: others are to get their
 * turn, and a team that stalled is one work-group until its launch ends. SHARE is the least work of a member: with
 * less, waiting for the others takes longer than it saves. */
static const char PACE[] = "cpu_steps"; /* of all kernels for fused steps */
static const double SMALL_STEP = 3e8, SHORT_LAUNCH = 4e8, LONG_LAUNCH = 2e9, MOST_STEPS = 64.0, SHARE = 6e5;

clmlp_status clmlp_native_steps_create(clmlp_opencl *opencl, clmlp_error *error)
{
    clmlp_native *native = clmlp_native_of(opencl);
    const cl_uint zero = 0;
    TRY(clmlp_native_wanted(CLMLP_SWITCH_NATIVE_STEPS, &native->steps_wanted, error));
    const size_t bytes = (TEAM_WORDS + (size_t)TEAM_LISTS * TEAM_LINE * native->units) * sizeof zero;
    TRY(clmlp_opencl_create_buffer(opencl, bytes, &native->team, error));
    TRY_CL(opencl, clEnqueueFillBuffer(opencl->queue, native->team, &zero, sizeof zero, 0, bytes, 0, NULL, NULL),
           "clearing a buffer", error);
    return CLMLP_OK;
}

void clmlp_native_steps_release(clmlp_opencl *opencl)
{
    if (clmlp_native_of(opencl)->team != NULL) (void)clReleaseMemObject(clmlp_native_of(opencl)->team);
    clmlp_native_scratch_release(opencl, &clmlp_native_of(opencl)->partial);
}

static double step_flops(const clmlp_opencl *opencl, const clmlp_steps_args *args)
{
    const double products = clmlp_native_share(opencl, args->x, args->s[1], CLMLP_FOR_Z) +
                            clmlp_native_share(opencl, args->x, args->s[1], CLMLP_FOR_GRADIENT);
    double flops = 0.0;
    for (size_t l = 0; l + 1 < args->L; l++) {
        flops += 2.0 * (l == 0 ? products : 3.0) * (double)args->M * (double)args->s[l + 1] * (double)args->s[l];
    }
    return flops;
}

/* How many of these steps to fuse into a launch; 0: none. */
static size_t steps_of_launch(clmlp_opencl *opencl, const clmlp_steps_args *args, double flops)
{
    const clmlp_native *native = clmlp_native_of(opencl);
    const bool possible = native->team != NULL && args->L - 1 <= STEPS_LAYERS;
    if (!possible || opencl->profile.on || opencl->finish_each || native->steps_wanted < 0) return 0;
    if (native->steps_wanted == 0 && flops > SMALL_STEP) return 0;
    const double all = flops * (double)args->count, allowed = clmlp_opencl_pace_allows(opencl, PACE, all, flops);
    if (allowed < flops) return 0; /* launches for one step can be divided */
    const double wanted = fmax(SHORT_LAUNCH, fmin(MOST_STEPS * flops, LONG_LAUNCH));
    const double most = (allowed < all ? fmin(wanted, allowed) : wanted) / (flops + 1.0);
    return most < 1.0 ? 1 : most < (double)args->count ? (size_t)most : args->count;
}

static size_t team_size(const clmlp_native *native, double flops)
{
    const double worth = flops / SHARE;
    return worth < 1.0 ? 1 : worth < (double)native->units ? (size_t)worth : native->units;
}

/* The kernels with dropout and an update rule, once. */
static clmlp_status prepare_dropout(clmlp_opencl *opencl, clmlp_optimizer optimizer, clmlp_error *error)
{
    static clmlp_interface_of *const interfaces[] = {
#define DROPOUT_INTERFACE(name) clmlp_interface_##name,
        CLMLP_CPU_DROPOUT_KERNEL_LIST(DROPOUT_INTERFACE)
#undef DROPOUT_INTERFACE
    };
    cl_program program = NULL;
    if ((unsigned)optimizer >= CLMLP_OPTIMIZER_COUNT) return clmlp_opencl_rule_missing(opencl, optimizer, error);
    if (opencl->rules[optimizer].kernels[RULE_cpu_steps_dropout] != NULL) return CLMLP_OK;
    TRY(clmlp_native_cpu_program(opencl, "native_cpu/fused_steps.cl", optimizer, true, &program, error));
    const clmlp_status status = clmlp_opencl_rule_create(opencl, optimizer, program, RULE_cpu_steps_dropout, interfaces,
                                                         sizeof interfaces / sizeof *interfaces, error);
    (void)clReleaseProgram(program); /* its kernels still have it */
    return status;
}

/* Which kernel, by dropout and whether input data come without their zeros. */
static size_t kernel_of(bool dropout, bool sparse)
{
    if (dropout) return sparse ? RULE_cpu_steps_sparse_dropout : RULE_cpu_steps_dropout;
    return sparse ? RULE_cpu_steps_sparse : RULE_cpu_steps;
}

/* Where the kernel prepares the rows of a batch, step by step: copied (picked) or compressed. buffer NULL: not that
 * way. */
typedef struct step_input {
    clmlp_native_rows picked, for_z, for_gradient;
    cl_int ready; /* they are the same for all steps, and have been prepared */
} step_input;

static clmlp_status prepare_input(clmlp_opencl *opencl, const clmlp_steps_args *args, step_input *in,
                                  clmlp_error *error)
{
    const size_t s_out = args->s[1];
    memset(in, 0, sizeof *in);
    in->ready = args->rows.order == NULL && args->M == args->x->rows;
    if (in->ready) {
        clmlp_native_rows *const out[2] = {[CLMLP_FOR_Z] = &in->for_z, [CLMLP_FOR_GRADIENT] = &in->for_gradient};
        for (int use = 1; use >= 0; use--) {
            TRY(clmlp_native_source(opencl, args->x, args->rows, args->M, s_out, (clmlp_native_use)use, out[use],
                                    error));
            if (out[use]->indices == NULL && out[use]->panel_stride != 0) in->picked = *out[use];
        }
        return CLMLP_OK;
    }
    const bool z = clmlp_native_compressed_scratch(opencl, args->x, args->M, s_out, CLMLP_FOR_Z, &in->for_z);
    const bool gradient = clmlp_native_compressed_scratch(opencl, args->x, args->M, s_out, CLMLP_FOR_GRADIENT,
                                                          &in->for_gradient);
    if (!z || !gradient) {
        (void)clmlp_native_gather_scratch(opencl, args->x, args->rows, args->M, CLMLP_FOR_GRADIENT, &in->picked);
    }
    clmlp_native_gather_reset(opencl); /* what is there will be overwritten */
    return CLMLP_OK;
}

/* Where the sums of the parts of all gradients go. NULL: not every gradient is in parts, or there is no room; then a
 * gradient's parts are added one after the other, with the same bits. */
static cl_mem partial_sums(clmlp_opencl *opencl, const clmlp_steps_args *args, const step_input *in)
{
    clmlp_native *const native = clmlp_native_of(opencl);
    const size_t element = clmlp_precision_size(opencl->base.precision);
    clmlp_opencl_cache_key none = {.from = NULL};
    size_t all = 0;
    if (in->for_z.indices != NULL || in->for_gradient.indices != NULL) return NULL;
    for (size_t l = 0; l + 1 < args->L; l++) {
        if (DESCEND_PARTS(args->M, (args->s[l] + 1) * args->s[l + 1]) == 1) return NULL;
        all += DESCEND_TILES(args->s[l], args->s[l + 1], native->rows, native->columns);
    }
    const size_t bytes = DESCEND_PARTS(args->M, 1) * all * native->rows * native->columns * element;
    return clmlp_native_scratch_reserve(opencl, &native->partial, bytes, &none) ? native->partial.buffer : NULL;
}

clmlp_status clmlp_native_steps(clmlp_backend *backend, const clmlp_steps_args *args, size_t *taken,
                                clmlp_error *error)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    const clmlp_opencl_tensor *x = (const clmlp_opencl_tensor *)args->x, *y = (const clmlp_opencl_tensor *)args->y;
    const double flops = step_flops(opencl, args);
    step_input in;
    *taken = steps_of_launch(opencl, args, flops);
    if (*taken == 0) return CLMLP_OK;
    const cl_ulong slot = clmlp_steps_reserve_scores(opencl, args->slot, *taken, args->M, opencl->score_rows);
    TRY(prepare_input(opencl, args, &in, error));
    clmlp_steps_arguments arguments = {
        .layers = args->L - 1, .steps = *taken, .M = args->M, .x = x->buffer, .x_row = x->stride,
        .picked = in.picked.buffer, .picked_stride = in.picked.panel_stride, .ready = in.ready, .y = y->buffer,
        .y_row = y->stride, .w = clmlp_opencl_buffer(args->w), .order = clmlp_opencl_buffer(args->rows.order),
        .first = args->rows.first,
        .code = (cl_int)args->activation, .output = (cl_int)args->output, .right = (cl_int)args->right,
        .scale = 1.0 / args->divisor, .decay = args->decay, .block_tiles = clmlp_native_of(opencl)->block,
        .slot = slot, .scores = opencl->scores, .rights = opencl->rights, .team = clmlp_native_of(opencl)->team,
        .row_values = in.for_z.buffer, .row_values_stride = in.for_z.panel_stride, .row_indices = in.for_z.indices,
        .row_indices_stride = in.for_z.row, .column_values = in.for_gradient.buffer,
        .column_values_stride = in.for_gradient.panel_stride, .column_indices = in.for_gradient.indices,
        .column_indices_stride = in.for_gradient.row, .dropouts = clmlp_steps_dropouts(args),
    };
    clmlp_steps_describe(args, &arguments);
    arguments.partial = partial_sums(opencl, args, &in);
    const bool sparse = in.for_z.indices != NULL || in.for_gradient.indices != NULL;
    const clmlp_launch shape = {.global = {team_size(clmlp_native_of(opencl), flops), 1}, .local = {1, 1},
                                .work = flops * (double)*taken, .division = CLMLP_UNDIVIDED, .pace = PACE};
    const bool dropout = args->dropout.count > 0;
    if (dropout) TRY(prepare_dropout(opencl, args->optimizer, error));
    TRY(clmlp_steps_numbers(opencl, args, *taken, &arguments.numbers, error));
    const size_t kernel = kernel_of(dropout, sparse);
    const clmlp_status status =
        clmlp_opencl_rule_enqueue(opencl, args->optimizer, kernel, &shape, &arguments, error);
    (void)clReleaseMemObject(arguments.numbers); /* the launch still has it */
    return status;
}
