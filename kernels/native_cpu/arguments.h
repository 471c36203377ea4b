/* native_cpu/arguments.h - what the host passes to the kernels of the CPU family; see common/arguments.h. */
#ifndef CLMLP_CPU_ARGUMENTS_H
#define CLMLP_CPU_ARGUMENTS_H

#define CPU_FORWARD_ARGUMENTS(FIRST, NEXT)                                                       \
    FIRST(IN, a) NEXT(SIZE, a_row) NEXT(SIZE, a_stride) NEXT(IN_UINT, order) NEXT(SIZE, first)   \
    NEXT(IN, theta_t) NEXT(SIZE, theta_stride) NEXT(SIZE, M) NEXT(SIZE, s_in) NEXT(SIZE, s_out)  \
    NEXT(INT, code) NEXT(OUT, z) NEXT(SIZE, z_stride) NEXT(OUT, a_out) NEXT(SIZE, out_stride)    \
    NEXT(IN_UINT, indices)

#define CPU_HIDDEN_ARGUMENTS(FIRST, NEXT)                                                        \
    FIRST(IN, delta_next) NEXT(SIZE, next_stride) NEXT(IN, theta) NEXT(SIZE, theta_stride)       \
    NEXT(SIZE, M) NEXT(SIZE, s_in) NEXT(SIZE, s_out) NEXT(IN, z) NEXT(SIZE, z_stride)            \
    NEXT(IN, a) NEXT(SIZE, a_stride) NEXT(INT, code) NEXT(OUT, delta) NEXT(SIZE, delta_stride)

/* with dropout */
#define CPU_FORWARD_DROPOUT_ARGUMENTS(FIRST, NEXT) CPU_FORWARD_ARGUMENTS(FIRST, NEXT) NEXT(DROPOUT, dropout)
#define CPU_HIDDEN_DROPOUT_ARGUMENTS(FIRST, NEXT) CPU_HIDDEN_ARGUMENTS(FIRST, NEXT) NEXT(DROPOUT, dropout)

#define CPU_DESCEND_ARGUMENTS(FIRST, NEXT)                                                       \
    FIRST(IN, a) NEXT(SIZE, a_row) NEXT(SIZE, a_stride) NEXT(IN_UINT, order) NEXT(SIZE, first)   \
    NEXT(IN, delta) NEXT(SIZE, delta_stride) NEXT(SIZE, M) NEXT(SIZE, s_in) NEXT(SIZE, s_out)    \
    NEXT(SCALAR, scale) NEXT(SCALAR, decay) NEXT(NUMBERS, numbers) NEXT(OUT, theta_t)            \
    NEXT(OUT, gradient) NEXT(SIZE, theta_stride) NEXT(OUT, theta) NEXT(SIZE, copy_stride)        \
    NEXT(IN_UINT, indices) NEXT(IN, columns) NEXT(SIZE, columns_stride) STATE_ARGUMENTS(NEXT, )

#define CPU_UPDATE_ARGUMENTS(FIRST, NEXT)                                                        \
    FIRST(OUT, theta_t) NEXT(IN, gradient) NEXT(SIZE, theta_stride) NEXT(SIZE, s_in)             \
    NEXT(SIZE, s_out) NEXT(SCALAR, decay) NEXT(NUMBERS, numbers) NEXT(OUT, theta)                \
    NEXT(SIZE, copy_stride) STATE_ARGUMENTS(NEXT, )

#define CPU_OUTPUT_ARGUMENTS(FIRST, NEXT)                                                        \
    FIRST(IN, a) NEXT(SIZE, a_row) NEXT(SIZE, a_stride) NEXT(IN_UINT, order) NEXT(SIZE, first)   \
    NEXT(IN, theta_t) NEXT(SIZE, theta_stride) NEXT(SIZE, M) NEXT(SIZE, s_in) NEXT(SIZE, K)      \
    NEXT(INT, output) NEXT(INT, right) NEXT(OUT, z) NEXT(SIZE, z_stride) NEXT(IN, y)             \
    NEXT(SIZE, y_width) NEXT(IN_UINT, y_order) NEXT(SIZE, y_first) NEXT(OUT, h)                  \
    NEXT(SIZE, h_stride) NEXT(OUT, delta) NEXT(SIZE, delta_stride) NEXT(SIZE, slot)              \
    NEXT(OUT, scores) NEXT(OUT_UINT, rights) NEXT(IN, w)

#define CPU_GATHER_ARGUMENTS(FIRST, NEXT)                                                        \
    FIRST(IN, from) NEXT(SIZE, width) NEXT(IN_UINT, order) NEXT(SIZE, first) NEXT(SIZE, M)        \
    NEXT(OUT, batch) NEXT(SIZE, batch_stride) NEXT(SIZE, s_in) NEXT(OUT, columns)                 \
    NEXT(SIZE, columns_stride)

#define CPU_COLUMNS_ARGUMENTS(FIRST, NEXT)                                                       \
    FIRST(IN, a) NEXT(SIZE, a_stride) NEXT(SIZE, M) NEXT(OUT, columns) NEXT(SIZE, columns_stride)

/* of cpu_compress_rows and cpu_compress_columns */
#define CPU_COMPRESS_ARGUMENTS(FIRST, NEXT)                                                      \
    FIRST(IN, x) NEXT(SIZE, x_row) NEXT(IN_UINT, order) NEXT(SIZE, first) NEXT(SIZE, M)          \
    NEXT(SIZE, width) NEXT(OUT, values) NEXT(SIZE, values_stride) NEXT(OUT_UINT, indices)        \
    NEXT(SIZE, indices_stride)

/* theta(l), its copy (0: none), z(l + 1) (0: not kept), a(l + 1) (0 for the last), delta(l + 1) */
#define STEPS_LAYER_ARGUMENTS(NEXT, l) \
    NEXT(OUT, theta_t##l) NEXT(OUT, theta##l) NEXT(OUT, z##l) NEXT(OUT, a##l) NEXT(OUT, delta##l)

#define STEPS_ARGUMENTS(FIRST, NEXT)                                                             \
    FIRST(SIZES, sizes) NEXT(SIZE, layers) NEXT(SIZE, steps) NEXT(SIZE, M) NEXT(IN, x)           \
    NEXT(SIZE, x_row) NEXT(OUT, picked) NEXT(SIZE, picked_stride) NEXT(INT, ready) NEXT(IN, y)   \
    NEXT(SIZE, y_row) NEXT(IN, w) NEXT(IN_UINT, order) NEXT(SIZE, first) NEXT(INT, code)         \
    NEXT(INT, output) NEXT(INT, right) NEXT(SCALAR, scale) NEXT(SCALAR, decay) NEXT(IN, numbers)                   \
    NEXT(SIZE, block_tiles) NEXT(SIZE, slot) NEXT(OUT, scores) NEXT(OUT_UINT, rights)            \
    NEXT(TEAM, team) NEXT(OUT, partial) STEPS_LAYER_ARGUMENTS(NEXT, 1)                           \
    STEPS_LAYER_ARGUMENTS(NEXT, 2) STEPS_LAYER_ARGUMENTS(NEXT, 3) STEPS_LAYER_ARGUMENTS(NEXT, 4) \
    STATE_ARGUMENTS(NEXT, 1) STATE_ARGUMENTS(NEXT, 2) STATE_ARGUMENTS(NEXT, 3) STATE_ARGUMENTS(NEXT, 4)

/* where the rows of a batch are compressed to, for z and for the gradient; indices 0: they are not */
#define STEPS_COMPRESSED_ARGUMENTS(FIRST, NEXT)                                                  \
    FIRST(OUT, row_values) NEXT(SIZE, row_values_stride) NEXT(OUT_UINT, row_indices)             \
    NEXT(SIZE, row_indices_stride) NEXT(OUT, column_values) NEXT(SIZE, column_values_stride)     \
    NEXT(OUT_UINT, column_indices) NEXT(SIZE, column_indices_stride)

/* with dropout of each hidden layer */
#define STEPS_DROPOUT_ARGUMENTS(FIRST, NEXT) STEPS_ARGUMENTS(FIRST, NEXT) NEXT(STEPS_DROPOUT, dropouts)

#define CPU_STEPS_ARGUMENTS(FIRST, NEXT) STEPS_ARGUMENTS(FIRST, NEXT)
#define CPU_STEPS_DROPOUT_ARGUMENTS(FIRST, NEXT) STEPS_DROPOUT_ARGUMENTS(FIRST, NEXT)
#define CPU_STEPS_SPARSE_DROPOUT_ARGUMENTS(FIRST, NEXT) \
    STEPS_DROPOUT_ARGUMENTS(FIRST, NEXT) STEPS_COMPRESSED_ARGUMENTS(NEXT, NEXT)
#define CPU_STEPS_SPARSE_ARGUMENTS(FIRST, NEXT) STEPS_ARGUMENTS(FIRST, NEXT) STEPS_COMPRESSED_ARGUMENTS(NEXT, NEXT)

#endif
