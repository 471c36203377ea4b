/* fused_steps.c - launches of several training steps in one kernel.
 *
 * The kernel is in kernels/native_cpu/fused_steps.cl.
 */
#include "backend/native/cpu/fused_steps.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "backend/native/cpu/gather.h"
#include "backend/native/cpu/program.h"
#include "backend/native/cpu/sparse.h"
#include "backend/opencl/pace.h"
#include "base/memory.h"
#include "common/codes.h"

typedef clmlp_cpu_steps_sparse_dropout_arguments steps_arguments;

/* Limits, in operations. Up to SMALL_STEP a step is worth fusing: beyond, separate launches balance their tiles better
 * than they cost. LONG_LAUNCH bounds a launch, so that others get their turn. SHARE is the least work of a member. */
static const char PACE[] = "cpu_steps"; /* of all kernels for fused steps */
static const double SMALL_STEP = 1.5e8, LONG_LAUNCH = 4e8, SHARE = 1e5;

clmlp_status clmlp_native_steps_create(clmlp_opencl *opencl, clmlp_error *error)
{
    clmlp_native *native = clmlp_native_of(opencl);
    const cl_uint zero = 0;
    TRY(clmlp_native_wanted("CLMLP_NATIVE_STEPS", &native->steps_wanted, error));
    const size_t bytes = (TEAM_WORDS + (size_t)TEAM_LISTS * TEAM_LINE * native->units) * sizeof zero;
    TRY(clmlp_opencl_create_buffer(opencl, bytes, &native->team, error));
    TRY_CL(opencl, clEnqueueFillBuffer(opencl->queue, native->team, &zero, sizeof zero, 0, bytes, 0, NULL, NULL),
           "clearing a buffer", error);
    return CLMLP_OK;
}

void clmlp_native_steps_release(clmlp_opencl *opencl)
{
    if (clmlp_native_of(opencl)->team != NULL) (void)clReleaseMemObject(clmlp_native_of(opencl)->team);
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
    const double allowed = clmlp_opencl_pace_allows(opencl, PACE, flops * (double)args->count, flops);
    if (allowed < flops) return 0; /* launches for one step can be divided */
    const double most = fmin(LONG_LAUNCH, allowed) / (flops + 1.0);
    return most < 1.0 ? 1 : most < (double)args->count ? (size_t)most : args->count;
}

static size_t team_size(const clmlp_native *native, double flops)
{
    const double worth = flops / SHARE;
    return worth < 1.0 ? 1 : worth < (double)native->units ? (size_t)worth : native->units;
}

/* theta(l), z(l + 1), a(l + 1), delta(l + 1) and the state of theta(l) for every l, as arguments and in the table of
 * sizes. */
static void describe_layers(const clmlp_steps_args *args, steps_arguments *arguments)
{
#define LAYER_FIELDS(l) {&arguments->theta_t##l, &arguments->theta##l, &arguments->z##l, &arguments->a##l, \
                         &arguments->delta##l, &arguments->state_0##l, &arguments->state_1##l}
    cl_mem *const pointers[STEPS_LAYERS][7] = {LAYER_FIELDS(1), LAYER_FIELDS(2), LAYER_FIELDS(3), LAYER_FIELDS(4)};
#undef LAYER_FIELDS
    for (size_t l = 0; l + 1 < args->L; l++) {
        const clmlp_opencl_tensor *theta = (const clmlp_opencl_tensor *)args->theta[l];
        const clmlp_opencl_tensor *z = (const clmlp_opencl_tensor *)args->z[l + 1];
        const clmlp_opencl_tensor *a = (const clmlp_opencl_tensor *)args->a[l + 1];
        const clmlp_opencl_tensor *delta = (const clmlp_opencl_tensor *)args->delta[l + 1];
        cl_ulong *of = arguments->sizes.of[l];
        of[STEPS_S_IN] = args->s[l];
        of[STEPS_S_OUT] = args->s[l + 1];
        of[STEPS_THETA_STRIDE] = theta->panel_stride;
        of[STEPS_COPY_STRIDE] = theta->copy_stride;
        of[STEPS_A_STRIDE] = a != NULL ? a->panel_stride : 0;
        of[STEPS_DELTA_STRIDE] = delta->panel_stride;
        of[STEPS_Z_STRIDE] = z != NULL ? z->panel_stride : 0;
        *pointers[l][0] = theta->buffer;
        *pointers[l][1] = theta->copy;
        *pointers[l][2] = z != NULL ? z->buffer : NULL;
        *pointers[l][3] = a != NULL ? a->buffer : NULL;
        *pointers[l][4] = delta->buffer;
        *pointers[l][5] = clmlp_opencl_state(args->optimizer, args->state[l], 0);
        *pointers[l][6] = clmlp_opencl_state(args->optimizer, args->state[l], 1);
    }
}

/* The dropout of a(2) and on, in the first step. */
static clmlp_step_dropouts dropouts_of(const clmlp_steps_args *args)
{
    clmlp_step_dropouts list = {{{.p = 0.0}}};
    for (size_t l = 2; l < args->L; l++) list.of[l - 2] = clmlp_dropout_of(&args->dropout, l);
    return list;
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

/* The costs of the steps lie one after the other; returns where the first is. */
static cl_ulong reserve_scores(clmlp_opencl *opencl, size_t slot, size_t count, size_t M)
{
    const size_t parts = (M + opencl->score_rows - 1) / opencl->score_rows;
    const size_t first = clmlp_opencl_score_offset(opencl, slot, parts);
    for (size_t t = 1; t < count; t++) (void)clmlp_opencl_score_offset(opencl, slot + t, parts);
    return first;
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

/* The numbers of `steps` steps of every layer, in the device's precision. */
static clmlp_status create_numbers(clmlp_opencl *opencl, const double *numbers, size_t layers, size_t steps,
                                   cl_mem *out, clmlp_error *error)
{
    const size_t count = steps * layers * UPDATE_NUMBERS; /* as many as the caller has */
    const bool is_double = opencl->base.precision == CLMLP_F64;
    float *rounded = NULL;
    cl_int code = CL_SUCCESS;
    if (!is_double) TRY(clmlp_allocate(&rounded, count, sizeof *rounded, "the numbers of many steps", error));
    for (size_t i = 0; i < count && !is_double; i++) rounded[i] = (float)numbers[i];
    *out = clCreateBuffer(opencl->context, CL_MEM_READ_ONLY | CL_MEM_COPY_HOST_PTR,
                          count * clmlp_precision_size(opencl->base.precision),
                          is_double ? (void *)(uintptr_t)numbers : rounded, &code);
    code = clmlp_opencl_made(code, *out);
    free(rounded);
    TRY_CL(opencl, code, "creating a buffer", error);
    return CLMLP_OK;
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
    const cl_ulong slot = reserve_scores(opencl, args->slot, *taken, args->M);
    TRY(prepare_input(opencl, args, &in, error));
    steps_arguments arguments = {
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
        .column_indices_stride = in.for_gradient.row, .dropouts = dropouts_of(args),
    };
    describe_layers(args, &arguments);
    const bool sparse = in.for_z.indices != NULL || in.for_gradient.indices != NULL;
    const clmlp_launch shape = {.global = {team_size(clmlp_native_of(opencl), flops), 1}, .local = {1, 1},
                                .work = flops * (double)*taken, .division = CLMLP_UNDIVIDED, .pace = PACE};
    const bool dropout = args->dropout.count > 0;
    if (dropout) TRY(prepare_dropout(opencl, args->optimizer, error));
    TRY(create_numbers(opencl, args->numbers, args->L - 1, *taken, &arguments.numbers, error));
    const size_t kernel = kernel_of(dropout, sparse);
    const clmlp_status status =
        clmlp_opencl_rule_enqueue(opencl, args->optimizer, kernel, &shape, &arguments, error);
    (void)clReleaseMemObject(arguments.numbers); /* the launch still has it */
    return status;
}
