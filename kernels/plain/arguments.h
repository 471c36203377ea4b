/* plain/arguments.h - what the host passes to the plain kernels; see common/arguments.h. */
#ifndef CLMLP_PLAIN_ARGUMENTS_H
#define CLMLP_PLAIN_ARGUMENTS_H

#define SET_BIAS_UNIT_ARGUMENTS(FIRST, NEXT) FIRST(OUT, layer) NEXT(SIZE, stride) NEXT(SIZE, rows) NEXT(SIZE, column)

#define GATHER_ROWS_ARGUMENTS(FIRST, NEXT)                                                 \
    FIRST(IN, from) NEXT(IN_UINT, order) NEXT(SIZE, first) NEXT(SIZE, M) NEXT(SIZE, stride) \
    NEXT(OUT, batch)

#define ACTIVATE_ARGUMENTS(FIRST, NEXT)                                                    \
    FIRST(IN, z) NEXT(SIZE, z_first) NEXT(SIZE, z_stride) NEXT(SIZE, M) NEXT(SIZE, s)      \
    NEXT(INT, code) NEXT(OUT, a)

#define MULTIPLY_DERIVATIVE_ARGUMENTS(FIRST, NEXT) \
    FIRST(OUT, delta) NEXT(IN, z) NEXT(IN, a) NEXT(SIZE, M) NEXT(SIZE, s) NEXT(INT, code)

/* with dropout */
#define ACTIVATE_DROPOUT_ARGUMENTS(FIRST, NEXT) ACTIVATE_ARGUMENTS(FIRST, NEXT) NEXT(DROPOUT, dropout)
#define MULTIPLY_DERIVATIVE_DROPOUT_ARGUMENTS(FIRST, NEXT) \
    MULTIPLY_DERIVATIVE_ARGUMENTS(FIRST, NEXT) NEXT(DROPOUT, dropout)

#define OUTPUT_ROWS_ARGUMENTS(FIRST, NEXT)                                                 \
    FIRST(IN, z) NEXT(IN, y) NEXT(IN, w) NEXT(SIZE, M) NEXT(SIZE, K) NEXT(INT, output)     \
    NEXT(INT, right)                                                                       \
    NEXT(OUT, h) NEXT(OUT, delta) NEXT(OUT, row_cost) NEXT(OUT_UINT, row_right)

#define ADD_SCORES_ARGUMENTS(FIRST, NEXT)                                                  \
    FIRST(IN, row_cost) NEXT(IN_UINT, row_right) NEXT(SIZE, M) NEXT(SIZE, slot)            \
    NEXT(OUT, scores) NEXT(OUT_UINT, rights)

#define ADD_DECAY_ARGUMENTS(FIRST, NEXT) \
    FIRST(OUT, gradient) NEXT(IN, theta) NEXT(SIZE, count) NEXT(SIZE, stride) NEXT(SCALAR, decay)

#define DESCEND_ARGUMENTS(FIRST, NEXT)                                                     \
    FIRST(OUT, theta) NEXT(IN, gradient) NEXT(SIZE, count) NEXT(SIZE, stride)              \
    NEXT(SCALAR, decay) NEXT(NUMBERS, numbers) STATE_ARGUMENTS(NEXT, )

#define SCALE_SLOPES_ARGUMENTS(FIRST, NEXT)                                                  \
    FIRST(OUT, gradient) NEXT(IN, theta) NEXT(IN, scale) NEXT(OUT, scale_gradient)           \
    NEXT(SIZE, s_in) NEXT(SIZE, s_out) NEXT(SIZE, width) NEXT(SIZE, panel) NEXT(SIZE, row)   \
    NEXT(SIZE, scale_row) NEXT(SIZE, bias)

#define FOLD_SCALE_ARGUMENTS(FIRST, NEXT)                                                    \
    FIRST(IN, theta) NEXT(IN, scale) NEXT(OUT, folded) NEXT(SIZE, s_in) NEXT(SIZE, s_out)    \
    NEXT(SIZE, width) NEXT(SIZE, panel) NEXT(SIZE, row) NEXT(SIZE, scale_row)

#define DOT_PARTS_ARGUMENTS(FIRST, NEXT)                                                   \
    FIRST(IN, x) NEXT(IN, y) NEXT(SIZE, panels) NEXT(SIZE, stride) NEXT(SIZE, begin)       \
    NEXT(SIZE, extent) NEXT(SIZE, width) NEXT(SIZE, last) NEXT(SIZE, first) NEXT(OUT, parts)

#define ADD_PARTS_ARGUMENTS(FIRST, NEXT) FIRST(IN, parts) NEXT(SIZE, count) NEXT(SIZE, slot) NEXT(OUT, sums_of)

#define CLIP_FACTOR_ARGUMENTS(FIRST, NEXT) \
    FIRST(OUT, sums_of) NEXT(SIZE, slot) NEXT(SCALAR, limit) NEXT(SCALAR, margin)

#define COMBINE_ARGUMENTS(FIRST, NEXT)                                                     \
    FIRST(IN, x) NEXT(SCALAR, a) NEXT(SIZE, a_slot) NEXT(IN, y) NEXT(SCALAR, b)            \
    NEXT(SIZE, b_slot) NEXT(IN, sums_of) NEXT(OUT, result) NEXT(SIZE, panels)              \
    NEXT(SIZE, stride) NEXT(SIZE, extent) NEXT(SIZE, width) NEXT(SIZE, last)               \
    NEXT(OUT, copy) NEXT(SIZE, copy_stride) NEXT(SIZE, copied)

#endif
