/* steps.c - what launches of several training steps have in common: how their kernels are told the network. */
#include "backend/native/steps.h"

#include <stdlib.h>

#include "base/memory.h"
#include "common/codes.h"

void clmlp_steps_describe(const clmlp_steps_args *args, clmlp_steps_arguments *arguments)
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

clmlp_step_dropouts clmlp_steps_dropouts(const clmlp_steps_args *args)
{
    clmlp_step_dropouts list = {{{.p = 0.0}}};
    for (size_t l = 2; l < args->L; l++) list.of[l - 2] = clmlp_dropout_of(&args->dropout, l);
    return list;
}

cl_ulong clmlp_steps_reserve_scores(clmlp_opencl *opencl, size_t slot, size_t count, size_t M, size_t rows)
{
    const size_t parts = (M + rows - 1) / rows;
    const size_t first = clmlp_opencl_score_offset(opencl, slot, parts);
    for (size_t t = 1; t < count; t++) (void)clmlp_opencl_score_offset(opencl, slot + t, parts);
    return first;
}

clmlp_status clmlp_steps_numbers(clmlp_opencl *opencl, const clmlp_steps_args *args, size_t steps, cl_mem *out,
                                 clmlp_error *error)
{
    const double *const numbers = args->numbers;
    const size_t count = steps * (args->L - 1) * UPDATE_NUMBERS; /* as many as the caller has */
    const bool is_double = opencl->base.precision == CLMLP_F64;
    float *rounded = NULL;
    cl_int code = CL_SUCCESS;
    if (!is_double) TRY(clmlp_allocate(&rounded, count, sizeof *rounded, "the numbers of many steps", error));
    for (size_t i = 0; i < count && !is_double; i++) rounded[i] = (float)numbers[i];
    *out = clmlp_opencl_new_buffer(opencl, CL_MEM_READ_ONLY | CL_MEM_COPY_HOST_PTR,
                                   count * clmlp_precision_size(opencl->base.precision),
                                   is_double ? (void *)(uintptr_t)numbers : rounded, &code);
    free(rounded);
    TRY_CL(opencl, code, "creating a buffer", error);
    return CLMLP_OK;
}
