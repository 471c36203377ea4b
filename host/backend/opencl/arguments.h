/* arguments.h - what the host passes to a kernel: a struct and a table for each, made from the lists in kernels/.
 *
 * A launch fills the struct of its kernel by name: clmlp_activate_arguments. The table says where each argument lies in
 * it, in the kernel's order. A kernel of the GPU family takes its arguments from the struct of the CPU family's: one
 * launch fits both. What the struct holds for each KIND of a list is CLMLP_KIND_LIST's type.
 */
#ifndef CLMLP_BACKEND_ARGUMENTS_H
#define CLMLP_BACKEND_ARGUMENTS_H

#include <CL/cl.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "common/codes.h"
#include "native_cpu/arguments.h"
#include "native_gpu/arguments.h"
#include "plain/arguments.h"
#include "probe/arguments.h"

/* As the kernel of fused steps takes it. */
typedef struct clmlp_step_sizes {
    cl_ulong of[STEPS_LAYERS][STEPS_SIZES];
} clmlp_step_sizes;

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

/* Every kernel: X(name, list of arguments, kernel whose struct has them). */
#define CLMLP_INTERFACE_LIST(X)                                                          \
    X(set_bias_unit, SET_BIAS_UNIT_ARGUMENTS, set_bias_unit)                             \
    X(gather_rows, GATHER_ROWS_ARGUMENTS, gather_rows)                                   \
    X(activate, ACTIVATE_ARGUMENTS, activate)                                            \
    X(multiply_derivative, MULTIPLY_DERIVATIVE_ARGUMENTS, multiply_derivative)           \
    X(output_rows, OUTPUT_ROWS_ARGUMENTS, output_rows)                                   \
    X(add_scores, ADD_SCORES_ARGUMENTS, add_scores)                                      \
    X(add_decay, ADD_DECAY_ARGUMENTS, add_decay)                                         \
    X(descend, DESCEND_ARGUMENTS, descend)                                               \
    X(cpu_forward, CPU_FORWARD_ARGUMENTS, cpu_forward)                                   \
    X(cpu_hidden, CPU_HIDDEN_ARGUMENTS, cpu_hidden)                                      \
    X(cpu_descend, CPU_DESCEND_ARGUMENTS, cpu_descend)                                   \
    X(cpu_update, CPU_UPDATE_ARGUMENTS, cpu_update)                                      \
    X(cpu_output, CPU_OUTPUT_ARGUMENTS, cpu_output)                                      \
    X(cpu_gather, CPU_GATHER_ARGUMENTS, cpu_gather)                                      \
    X(cpu_compress_rows, CPU_COMPRESS_ARGUMENTS, cpu_compress_rows)                      \
    X(cpu_compress_columns, CPU_COMPRESS_ARGUMENTS, cpu_compress_rows)                   \
    X(cpu_steps_sparse, CPU_STEPS_SPARSE_ARGUMENTS, cpu_steps_sparse)                    \
    X(cpu_steps, CPU_STEPS_ARGUMENTS, cpu_steps_sparse)                                  \
    X(gpu_forward, GPU_FORWARD_ARGUMENTS, cpu_forward)                                   \
    X(gpu_hidden, GPU_HIDDEN_ARGUMENTS, cpu_hidden)                                      \
    X(gpu_descend, GPU_DESCEND_ARGUMENTS, cpu_descend)                                   \
    X(gpu_update, GPU_UPDATE_ARGUMENTS, cpu_update)                                      \
    X(gpu_output, GPU_OUTPUT_ARGUMENTS, cpu_output)                                      \
    X(peak_multiply_add, PEAK_MULTIPLY_ADD_ARGUMENTS, peak_multiply_add)                 \
    X(peak_copy, PEAK_COPY_ARGUMENTS, peak_copy)                                         \
    X(qualify_scalar, QUALIFY_FUNCTION_ARGUMENTS, qualify_scalar)                        \
    X(qualify_vector, QUALIFY_FUNCTION_ARGUMENTS, qualify_scalar)                        \
    X(qualify_barriers_local, QUALIFY_BARRIERS_LOCAL_ARGUMENTS, qualify_barriers_local)  \
    X(qualify_barriers_global, QUALIFY_BARRIERS_GLOBAL_ARGUMENTS, qualify_barriers_global) \
    X(qualify_chain, QUALIFY_CHAIN_ARGUMENTS, qualify_chain)

typedef enum clmlp_interface_name {
#define INTERFACE_ENUM(name, LIST, owner) INTERFACE_##name,
    CLMLP_INTERFACE_LIST(INTERFACE_ENUM)
#undef INTERFACE_ENUM
    INTERFACE_COUNT
} clmlp_interface_name;

/* The structs. A kernel that takes its arguments from another's struct has one, too; nobody fills it. */
#define ARGUMENT_FIELD(KIND, name) clmlp_kind_##KIND name;
#define ARGUMENT_STRUCT(name, LIST, owner) \
    typedef struct clmlp_##name##_arguments { LIST(ARGUMENT_FIELD, ARGUMENT_FIELD) } clmlp_##name##_arguments;
CLMLP_INTERFACE_LIST(ARGUMENT_STRUCT)
#undef ARGUMENT_STRUCT
#undef ARGUMENT_FIELD

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

clmlp_interface clmlp_interface_of(clmlp_interface_name name);

/* The kernel's type and address space for a kind: "ulong", CL_KERNEL_ARG_ADDRESS_PRIVATE. */
const char *clmlp_argument_type(clmlp_argument_kind kind);
cl_kernel_arg_address_qualifier clmlp_argument_space(clmlp_argument_kind kind);

/* Whether a kernel whose rule has `states` matrices of state takes it. */
bool clmlp_argument_is_passed(clmlp_argument_kind kind, size_t states);

/* Set the arguments of a kernel from its struct. */
cl_int clmlp_arguments_set(cl_kernel kernel, clmlp_interface_name name, const void *arguments, size_t states,
                           bool is_double);

#endif
