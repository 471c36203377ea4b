/* arguments.c - the tables of what the host passes to each plain kernel, and how it is passed to any. */
#include "backend/opencl/arguments.h"

#include <stddef.h>
#include <string.h>

#include "base/random.h"

CLMLP_PLAIN_INTERFACE_LIST(CLMLP_DEFINE_INTERFACE)

const char *clmlp_argument_type(clmlp_argument_kind kind)
{
    static const char *const types[] = {
#define KIND_TEXT(KIND, type, kernel_type, space) kernel_type,
        CLMLP_KIND_LIST(KIND_TEXT)
#undef KIND_TEXT
    };
    return types[kind];
}

cl_kernel_arg_address_qualifier clmlp_argument_space(clmlp_argument_kind kind)
{
    static const cl_kernel_arg_address_qualifier spaces[] = {
#define KIND_SPACE(KIND, type, kernel_type, space) CL_KERNEL_ARG_ADDRESS_##space,
        CLMLP_KIND_LIST(KIND_SPACE)
#undef KIND_SPACE
    };
    return spaces[kind];
}

bool clmlp_argument_is_passed(clmlp_argument_kind kind, size_t states)
{
    if (kind == CLMLP_KIND_STATE_0) return states > 0;
    if (kind == CLMLP_KIND_STATE_1) return states > 1;
    return true;
}

/* A kernel whose arguments are being set, and what it had before. last NULL: nothing is known of that. */
typedef struct setter {
    cl_kernel kernel;
    clmlp_last_arguments *last;
    size_t at; /* in last->bytes */
} setter;

/* What the kernel has already is left as it is. value NULL: so many bytes of local memory. */
static cl_int set(setter *to, cl_uint index, size_t size, const void *value)
{
    const void *const what = value != NULL ? value : &size;
    const size_t bytes = value != NULL ? size : sizeof size, at = to->at;
    clmlp_last_arguments *const last = to->last;
    const bool has_room = last != NULL && bytes <= sizeof last->bytes - at;
    if (has_room) to->at += bytes;
    if (has_room && last->known && memcmp(last->bytes + at, what, bytes) == 0) return CL_SUCCESS;
    const cl_int code = clSetKernelArg(to->kernel, index, size, value);
    if (has_room) memcpy(last->bytes + at, what, bytes);
    return code;
}

/* Numbers in the kernel's precision. */
static cl_int set_numbers(setter *to, cl_uint index, const double *numbers, size_t count, bool is_double)
{
    float rounded[UPDATE_NUMBERS];
    if (is_double) return set(to, index, count * sizeof *numbers, numbers);
    for (size_t i = 0; i < count; i++) rounded[i] = (float)numbers[i];
    return set(to, index, count * sizeof *rounded, rounded);
}

/* Both as dropout_numbers of kernels/common/dropout.h lies in memory. */
typedef struct dropout_f32 {
    float scale, rest;
    cl_uint key[2], step, layer, threshold, on, first;
} dropout_f32;

typedef struct dropout_f64 {
    double scale, rest;
    cl_uint key[2], step, layer, threshold, on, first;
} dropout_f64;

/* Of `count` layers. */
static cl_int set_dropout(setter *to, cl_uint index, const clmlp_dropout *list, size_t count, bool is_double)
{
    dropout_f64 wide[STEPS_LAYERS];
    dropout_f32 single[STEPS_LAYERS];
    for (size_t i = 0; i < count; i++) {
        const clmlp_dropout *const d = &list[i];
        const double scale = 1.0 / (1.0 - d->p), rest = 1.0 - d->p;
        const cl_uint low = (cl_uint)d->seed, high = (cl_uint)(d->seed >> 32), on = d->p > 0.0;
        const cl_uint threshold = clmlp_random_threshold(d->p);
        wide[i] = (dropout_f64){scale, rest, {low, high}, d->step, d->layer, threshold, on, d->first};
        single[i] = (dropout_f32){(float)scale, (float)rest, {low, high}, d->step, d->layer, threshold, on, d->first};
    }
    return is_double ? set(to, index, count * sizeof *wide, wide)
                     : set(to, index, count * sizeof *single, single);
}

static cl_int set_argument(setter *to, cl_uint index, clmlp_argument_kind kind, const void *value, bool is_double)
{
    switch (kind) {
    case CLMLP_KIND_SCALAR: return set_numbers(to, index, value, 1, is_double);
    case CLMLP_KIND_NUMBERS:
        return set_numbers(to, index, *(const double *const *)value, UPDATE_NUMBERS, is_double);
    case CLMLP_KIND_DROPOUT: return set_dropout(to, index, value, 1, is_double);
    case CLMLP_KIND_STEPS_DROPOUT: return set_dropout(to, index, value, STEPS_LAYERS, is_double);
    case CLMLP_KIND_LOCAL_UINT: return set(to, index, *(const size_t *)value, NULL);
#define SIZE_CASE(KIND) \
    case CLMLP_KIND_##KIND: return set(to, index, sizeof(clmlp_kind_##KIND), value);
        SIZE_CASE(IN) SIZE_CASE(OUT) SIZE_CASE(IN_UINT) SIZE_CASE(OUT_UINT) SIZE_CASE(IN_UINT4) SIZE_CASE(OUT_UINT4)
        SIZE_CASE(TEAM) SIZE_CASE(STATE_0) SIZE_CASE(STATE_1) SIZE_CASE(SIZE) SIZE_CASE(INT) SIZE_CASE(UINT)
        SIZE_CASE(SIZES)
#undef SIZE_CASE
    }
    return CL_INVALID_ARG_VALUE;
}

cl_int clmlp_arguments_set(cl_kernel kernel, clmlp_interface_of *interface, const void *arguments, size_t states,
                           bool is_double, clmlp_last_arguments *last)
{
    const clmlp_interface table = interface();
    setter to = {kernel, last, 0};
    cl_uint index = 0;
    cl_int code = CL_SUCCESS;
    for (size_t i = 0; i < table.count && code == CL_SUCCESS; i++) {
        const clmlp_parameter *const p = &table.parameters[i];
        if (!clmlp_argument_is_passed(p->kind, states)) continue;
        code = set_argument(&to, index++, p->kind, (const char *)arguments + p->offset, is_double);
    }
    if (last != NULL) last->known = code == CL_SUCCESS;
    return code;
}
