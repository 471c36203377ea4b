/* arguments.h - what the host passes to a kernel: a struct and a table for each, made from the lists in kernels/.
 *
 * A launch fills the struct of its kernel by name: clmlp_activate_arguments. The table says where each argument lies in
 * it, in the kernel's order. A kernel may take its arguments from the struct of another one: one launch fits both. What
 * the struct holds for each KIND of a list is CLMLP_KIND_LIST's type.
 *
 * Here are the kernels of kernels/plain. What is built on the runtime lists its own in an arguments.h of its own.
 */
#ifndef CLMLP_BACKEND_ARGUMENTS_H
#define CLMLP_BACKEND_ARGUMENTS_H

#include <CL/cl.h>
#include <stdbool.h>
#include <stddef.h>

#include "backend/backend.h"
#include "base/error.h"
#include "common/codes.h"
#include "plain/arguments.h"

/* As the kernel of fused steps takes it. */
typedef struct clmlp_step_sizes {
    cl_ulong of[STEPS_LAYERS][STEPS_SIZES];
} clmlp_step_sizes;

/* As the kernel of fused steps with dropout takes it: of a(l + 2), l the index. */
typedef struct clmlp_step_dropouts {
    clmlp_dropout of[STEPS_LAYERS];
} clmlp_step_dropouts;

/* X(KIND, type here, type in the kernel, its address space: GLOBAL, LOCAL or PRIVATE). Numbers are double here, and
 * rounded for the kernel. LOCAL_UINT: bytes of local memory. */
#define CLMLP_KIND_LIST(X)                              \
    X(IN, cl_mem, "REAL*", GLOBAL)                      \
    X(OUT, cl_mem, "REAL*", GLOBAL)                     \
    X(IN_UINT, cl_mem, "uint*", GLOBAL)                 \
    X(OUT_UINT, cl_mem, "uint*", GLOBAL)                \
    X(IN_UINT4, cl_mem, "uint4*", GLOBAL)               \
    X(OUT_UINT4, cl_mem, "uint4*", GLOBAL)              \
    X(TEAM, cl_mem, "uint*", GLOBAL)                    \
    X(LOCAL_UINT, size_t, "uint*", LOCAL)               \
    X(SIZE, cl_ulong, "ulong", PRIVATE)                 \
    X(INT, cl_int, "int", PRIVATE)                      \
    X(UINT, cl_uint, "uint", PRIVATE)                   \
    X(SCALAR, double, "REAL", PRIVATE)                  \
    X(NUMBERS, const double *, "update_numbers", PRIVATE) \
    X(SIZES, clmlp_step_sizes, "step_sizes", PRIVATE)   \
    X(DROPOUT, clmlp_dropout, "dropout_numbers", PRIVATE) \
    X(STEPS_DROPOUT, clmlp_step_dropouts, "step_dropouts", PRIVATE) \
    X(STATE_0, cl_mem, "REAL*", GLOBAL)                 \
    X(STATE_1, cl_mem, "REAL*", GLOBAL)

typedef enum clmlp_argument_kind {
#define KIND_ENUM(KIND, type, kernel_type, space) CLMLP_KIND_##KIND,
    CLMLP_KIND_LIST(KIND_ENUM)
#undef KIND_ENUM
} clmlp_argument_kind;

#define KIND_TYPE(KIND, type, kernel_type, space) typedef type clmlp_kind_##KIND;
CLMLP_KIND_LIST(KIND_TYPE)
#undef KIND_TYPE

/* A list names the state of all rules; a kernel has as much of it as its rule. */
#define STATE_ARGUMENTS(NEXT, l) NEXT(STATE_0, state_0##l) NEXT(STATE_1, state_1##l)

/* One argument of a kernel: where it lies in the struct. */
typedef struct clmlp_parameter {
    const char *name;
    clmlp_argument_kind kind;
    size_t offset;
} clmlp_parameter;

typedef struct clmlp_interface {
    const char *name; /* of the kernel */
    const clmlp_parameter *parameters; /* [count], in the kernel's order, with the state of all rules */
    size_t count;
} clmlp_interface;

/* The table of a kernel: clmlp_interface_NAME. */
typedef clmlp_interface clmlp_interface_of(void);

/* What a list of kernels, X(name, list of arguments, kernel whose struct has them), becomes in a header: struct and
 * table of each. A kernel that takes its arguments from another's struct has a struct, too; nobody fills it. */
#define CLMLP_ARGUMENT_FIELD(KIND, name) clmlp_kind_##KIND name;
#define CLMLP_DECLARE_INTERFACE(name, LIST, owner)            \
    typedef struct clmlp_##name##_arguments {                 \
        LIST(CLMLP_ARGUMENT_FIELD, CLMLP_ARGUMENT_FIELD)      \
    } clmlp_##name##_arguments;                               \
    clmlp_interface clmlp_interface_##name(void);

/* And in a source file. */
#define CLMLP_PARAMETER(KIND, name) {#name, CLMLP_KIND_##KIND, offsetof(owner_arguments, name)},
#define CLMLP_DEFINE_INTERFACE(kernel, LIST, owner)                                                \
    clmlp_interface clmlp_interface_##kernel(void)                                                 \
    {                                                                                              \
        typedef clmlp_##owner##_arguments owner_arguments;                                         \
        static const clmlp_parameter parameters[] = {LIST(CLMLP_PARAMETER, CLMLP_PARAMETER)};      \
        return (clmlp_interface){#kernel, parameters, sizeof parameters / sizeof *parameters};     \
    }

/* Every kernel of kernels/plain. */
#define CLMLP_PLAIN_INTERFACE_LIST(X)                                          \
    X(set_bias_unit, SET_BIAS_UNIT_ARGUMENTS, set_bias_unit)                   \
    X(gather_rows, GATHER_ROWS_ARGUMENTS, gather_rows)                         \
    X(activate, ACTIVATE_ARGUMENTS, activate_dropout)                          \
    X(multiply_derivative, MULTIPLY_DERIVATIVE_ARGUMENTS, multiply_derivative_dropout) \
    X(activate_dropout, ACTIVATE_DROPOUT_ARGUMENTS, activate_dropout)          \
    X(multiply_derivative_dropout, MULTIPLY_DERIVATIVE_DROPOUT_ARGUMENTS, multiply_derivative_dropout) \
    X(output_rows, OUTPUT_ROWS_ARGUMENTS, output_rows)                         \
    X(add_scores, ADD_SCORES_ARGUMENTS, add_scores)                            \
    X(add_decay, ADD_DECAY_ARGUMENTS, add_decay)                               \
    X(dot_parts, DOT_PARTS_ARGUMENTS, dot_parts)                               \
    X(add_parts, ADD_PARTS_ARGUMENTS, add_parts)                               \
    X(clip_factor, CLIP_FACTOR_ARGUMENTS, clip_factor)                         \
    X(combine, COMBINE_ARGUMENTS, combine)                                     \
    X(descend, DESCEND_ARGUMENTS, descend)                                     \
    X(scale_slopes, SCALE_SLOPES_ARGUMENTS, scale_slopes)                      \
    X(fold_scale, FOLD_SCALE_ARGUMENTS, fold_scale)
CLMLP_PLAIN_INTERFACE_LIST(CLMLP_DECLARE_INTERFACE)

/* The kernel's type and address space for a kind: "ulong", CL_KERNEL_ARG_ADDRESS_PRIVATE. */
const char *clmlp_argument_type(clmlp_argument_kind kind);
cl_kernel_arg_address_qualifier clmlp_argument_space(clmlp_argument_kind kind);

/* Whether a kernel whose rule has `states` matrices of state takes it. */
bool clmlp_argument_is_passed(clmlp_argument_kind kind, size_t states);

/* What was set last, one argument after the other, as the kernel has them. Beyond the room nothing is remembered. */
typedef struct clmlp_last_arguments {
    bool known; /* all of it is what the kernel has */
    unsigned char bytes[2048];
} clmlp_last_arguments;

/* Set the arguments of a kernel from its struct: all, or those that are not as they were last. last NULL: all. */
cl_int clmlp_arguments_set(cl_kernel kernel, clmlp_interface_of *interface, const void *arguments, size_t states,
                           bool is_double, clmlp_last_arguments *last);

#endif
