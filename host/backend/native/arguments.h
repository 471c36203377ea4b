/* arguments.h - what the host passes to the kernels of native: struct and table of each, as opencl/arguments.h says.
 *
 * A kernel of the GPU family takes its arguments from the struct of the CPU family's: one launch fits both.
 */
#ifndef CLMLP_BACKEND_NATIVE_ARGUMENTS_H
#define CLMLP_BACKEND_NATIVE_ARGUMENTS_H

#include "backend/opencl/arguments.h"
#include "native_cpu/arguments.h"
#include "native_gpu/arguments.h"

/* Every kernel of kernels/native_cpu and kernels/native_gpu. */
#define CLMLP_NATIVE_INTERFACE_LIST(X)                                 \
    X(cpu_forward_dropout, CPU_FORWARD_DROPOUT_ARGUMENTS, cpu_forward_dropout) \
    X(cpu_hidden_dropout, CPU_HIDDEN_DROPOUT_ARGUMENTS, cpu_hidden_dropout) \
    X(cpu_forward, CPU_FORWARD_ARGUMENTS, cpu_forward_dropout)         \
    X(cpu_hidden, CPU_HIDDEN_ARGUMENTS, cpu_hidden_dropout)            \
    X(cpu_descend, CPU_DESCEND_ARGUMENTS, cpu_descend)                 \
    X(cpu_update, CPU_UPDATE_ARGUMENTS, cpu_update)                    \
    X(cpu_output, CPU_OUTPUT_ARGUMENTS, cpu_output)                    \
    X(cpu_gather, CPU_GATHER_ARGUMENTS, cpu_gather)                    \
    X(cpu_columns, CPU_COLUMNS_ARGUMENTS, cpu_columns)                 \
    X(cpu_compress_rows, CPU_COMPRESS_ARGUMENTS, cpu_compress_rows)    \
    X(cpu_compress_columns, CPU_COMPRESS_ARGUMENTS, cpu_compress_rows) \
    X(cpu_steps_sparse_dropout, CPU_STEPS_SPARSE_DROPOUT_ARGUMENTS, cpu_steps_sparse_dropout) \
    X(cpu_steps_dropout, CPU_STEPS_DROPOUT_ARGUMENTS, cpu_steps_sparse_dropout) \
    X(cpu_steps_sparse, CPU_STEPS_SPARSE_ARGUMENTS, cpu_steps_sparse_dropout) \
    X(cpu_steps, CPU_STEPS_ARGUMENTS, cpu_steps_sparse_dropout)        \
    X(gpu_forward_dropout, GPU_FORWARD_DROPOUT_ARGUMENTS, cpu_forward_dropout) \
    X(gpu_hidden_dropout, GPU_HIDDEN_DROPOUT_ARGUMENTS, cpu_hidden_dropout) \
    X(gpu_forward, GPU_FORWARD_ARGUMENTS, cpu_forward_dropout)         \
    X(gpu_hidden, GPU_HIDDEN_ARGUMENTS, cpu_hidden_dropout)            \
    X(gpu_descend, GPU_DESCEND_ARGUMENTS, cpu_descend)                 \
    X(gpu_update, GPU_UPDATE_ARGUMENTS, cpu_update)                    \
    X(gpu_forward_parts, GPU_FORWARD_PARTS_ARGUMENTS, forward_in_parts) \
    X(gpu_hidden_parts, GPU_HIDDEN_PARTS_ARGUMENTS, hidden_in_parts)   \
    X(gpu_descend_parts, GPU_DESCEND_PARTS_ARGUMENTS, descend_in_parts) \
    X(gpu_forward_sum, GPU_FORWARD_PARTS_ARGUMENTS, forward_in_parts)  \
    X(gpu_hidden_sum, GPU_HIDDEN_PARTS_ARGUMENTS, hidden_in_parts)     \
    X(gpu_descend_sum, GPU_DESCEND_PARTS_ARGUMENTS, descend_in_parts)  \
    X(gpu_forward_dropout_sum, GPU_FORWARD_DROPOUT_SUM_ARGUMENTS, forward_in_parts) \
    X(gpu_hidden_dropout_sum, GPU_HIDDEN_DROPOUT_SUM_ARGUMENTS, hidden_in_parts) \
    X(gpu_output, GPU_OUTPUT_ARGUMENTS, cpu_output)                    \
    X(gpu_steps, GPU_STEPS_ARGUMENTS, cpu_steps_sparse_dropout)        \
    X(gpu_steps_dropout, GPU_STEPS_DROPOUT_ARGUMENTS, cpu_steps_sparse_dropout)
CLMLP_NATIVE_INTERFACE_LIST(CLMLP_DECLARE_INTERFACE)

/* A product in parts: it begins as the arguments of the whole product do. */
#define CLMLP_DECLARE_IN_PARTS(name, LIST)               \
    typedef struct clmlp_##name##_in_parts_arguments {   \
        LIST(CLMLP_ARGUMENT_FIELD, CLMLP_ARGUMENT_FIELD) \
        cl_mem partial;                                  \
        cl_ulong partial_stride, parts;                  \
    } clmlp_##name##_in_parts_arguments;
CLMLP_DECLARE_IN_PARTS(forward, CPU_FORWARD_DROPOUT_ARGUMENTS)
CLMLP_DECLARE_IN_PARTS(hidden, CPU_HIDDEN_DROPOUT_ARGUMENTS)
CLMLP_DECLARE_IN_PARTS(descend, CPU_DESCEND_ARGUMENTS)

#endif
