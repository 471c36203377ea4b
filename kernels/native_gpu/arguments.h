/* native_gpu/arguments.h - what the host passes to the kernels of the GPU family; see common/arguments.h. Names are
 * those of native_cpu/arguments.h, so that the host fills one struct for both. */
#ifndef CLMLP_GPU_ARGUMENTS_H
#define CLMLP_GPU_ARGUMENTS_H

#define GPU_FORWARD_ARGUMENTS(FIRST, NEXT)                                                       \
    FIRST(IN, a) NEXT(SIZE, a_row) NEXT(IN_UINT, order) NEXT(SIZE, first) NEXT(IN, theta_t)      \
    NEXT(SIZE, theta_stride) NEXT(SIZE, M) NEXT(SIZE, s_in) NEXT(SIZE, s_out) NEXT(OUT, z)       \
    NEXT(SIZE, z_stride) NEXT(OUT, a_out) NEXT(SIZE, out_stride)

#define GPU_HIDDEN_ARGUMENTS(FIRST, NEXT)                                                        \
    FIRST(IN, delta_next) NEXT(SIZE, next_stride) NEXT(IN, theta) NEXT(SIZE, theta_stride)       \
    NEXT(SIZE, M) NEXT(SIZE, s_in) NEXT(SIZE, s_out) NEXT(IN, z) NEXT(SIZE, z_stride)            \
    NEXT(IN, a) NEXT(SIZE, a_stride) NEXT(OUT, delta) NEXT(SIZE, delta_stride)

/* with dropout */
#define GPU_FORWARD_DROPOUT_ARGUMENTS(FIRST, NEXT) GPU_FORWARD_ARGUMENTS(FIRST, NEXT) NEXT(DROPOUT, dropout)
#define GPU_HIDDEN_DROPOUT_ARGUMENTS(FIRST, NEXT) GPU_HIDDEN_ARGUMENTS(FIRST, NEXT) NEXT(DROPOUT, dropout)

#define GPU_DESCEND_ARGUMENTS(FIRST, NEXT)                                                       \
    FIRST(IN, a) NEXT(SIZE, a_row) NEXT(IN_UINT, order) NEXT(SIZE, first) NEXT(IN, delta)        \
    NEXT(SIZE, delta_stride) NEXT(SIZE, M) NEXT(SIZE, s_in) NEXT(SIZE, s_out)                    \
    NEXT(SCALAR, scale) NEXT(SCALAR, decay) NEXT(NUMBERS, numbers) NEXT(OUT, theta_t)            \
    NEXT(OUT, gradient) NEXT(SIZE, theta_stride) STATE_ARGUMENTS(NEXT, )

/* of a product in parts: those of its kernel, and the sums of the parts [parts][rows of the result x partial_stride] */
#define GPU_PARTS_OF(NEXT) NEXT(OUT, partial) NEXT(SIZE, partial_stride) NEXT(SIZE, parts)
#define GPU_FORWARD_PARTS_ARGUMENTS(FIRST, NEXT) GPU_FORWARD_ARGUMENTS(FIRST, NEXT) GPU_PARTS_OF(NEXT)
#define GPU_HIDDEN_PARTS_ARGUMENTS(FIRST, NEXT) GPU_HIDDEN_ARGUMENTS(FIRST, NEXT) GPU_PARTS_OF(NEXT)
#define GPU_DESCEND_PARTS_ARGUMENTS(FIRST, NEXT) GPU_DESCEND_ARGUMENTS(FIRST, NEXT) GPU_PARTS_OF(NEXT)
#define GPU_FORWARD_DROPOUT_SUM_ARGUMENTS(FIRST, NEXT) GPU_FORWARD_DROPOUT_ARGUMENTS(FIRST, NEXT) GPU_PARTS_OF(NEXT)
#define GPU_HIDDEN_DROPOUT_SUM_ARGUMENTS(FIRST, NEXT) GPU_HIDDEN_DROPOUT_ARGUMENTS(FIRST, NEXT) GPU_PARTS_OF(NEXT)

#define GPU_UPDATE_ARGUMENTS(FIRST, NEXT)                                                        \
    FIRST(OUT, theta_t) NEXT(IN, gradient) NEXT(SIZE, theta_stride) NEXT(SIZE, s_in)             \
    NEXT(SIZE, s_out) NEXT(SCALAR, decay) NEXT(NUMBERS, numbers) STATE_ARGUMENTS(NEXT, )

#define GPU_OUTPUT_ARGUMENTS(FIRST, NEXT)                                                        \
    FIRST(IN, a) NEXT(SIZE, a_row) NEXT(IN_UINT, order) NEXT(SIZE, first) NEXT(IN, theta_t)      \
    NEXT(SIZE, theta_stride) NEXT(SIZE, M) NEXT(SIZE, s_in) NEXT(SIZE, K) NEXT(INT, output)      \
    NEXT(INT, right) NEXT(OUT, z) NEXT(SIZE, z_stride) NEXT(IN, y) NEXT(SIZE, y_width)           \
    NEXT(IN_UINT, y_order) NEXT(SIZE, y_first) NEXT(OUT, h) NEXT(SIZE, h_stride)                 \
    NEXT(OUT, delta) NEXT(SIZE, delta_stride) NEXT(SIZE, slot) NEXT(OUT, scores)                 \
    NEXT(OUT_UINT, rights) NEXT(IN, w)

/* Many steps of a network that has its layers and theta in local memory; as STEPS_ARGUMENTS of native_cpu. */
#define GPU_STEPS_ARGUMENTS(FIRST, NEXT)                                                         \
    FIRST(SIZES, sizes) NEXT(SIZE, layers) NEXT(SIZE, steps) NEXT(SIZE, M) NEXT(IN, x)           \
    NEXT(SIZE, x_row) NEXT(IN, y) NEXT(SIZE, y_row) NEXT(IN, w) NEXT(IN_UINT, order)             \
    NEXT(SIZE, first) NEXT(INT, output) NEXT(INT, right) NEXT(SCALAR, scale)                     \
    NEXT(SCALAR, decay) NEXT(IN, numbers) NEXT(SIZE, slot) NEXT(OUT, scores)                     \
    NEXT(OUT_UINT, rights) NEXT(OUT, theta_t1) NEXT(OUT, theta_t2) NEXT(OUT, theta_t3)           \
    NEXT(OUT, theta_t4) STATE_ARGUMENTS(NEXT, 1) STATE_ARGUMENTS(NEXT, 2)                        \
    STATE_ARGUMENTS(NEXT, 3) STATE_ARGUMENTS(NEXT, 4)
#define GPU_STEPS_DROPOUT_ARGUMENTS(FIRST, NEXT) GPU_STEPS_ARGUMENTS(FIRST, NEXT) NEXT(STEPS_DROPOUT, dropouts)

#endif
