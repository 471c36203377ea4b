/* probe/arguments.h - what the host passes to the kernels that measure and qualify; see common/arguments.h. */
#ifndef CLMLP_PROBE_ARGUMENTS_H
#define CLMLP_PROBE_ARGUMENTS_H

#define PEAK_MULTIPLY_ADD_ARGUMENTS(FIRST, NEXT) FIRST(OUT, sums) NEXT(SIZE, rounds) NEXT(SCALAR, r)

#define PEAK_COPY_ARGUMENTS(FIRST, NEXT) FIRST(IN_UINT4, from) NEXT(OUT_UINT4, to)

/* of qualify_scalar and qualify_vector */
#define QUALIFY_FUNCTION_ARGUMENTS(FIRST, NEXT) \
    FIRST(INT, code) NEXT(IN, x) NEXT(IN, y) NEXT(IN, w) NEXT(SIZE, count) NEXT(OUT, results)

#define QUALIFY_BARRIERS_LOCAL_ARGUMENTS(FIRST, NEXT) \
    FIRST(LOCAL_UINT, box) NEXT(UINT, rounds) NEXT(OUT_UINT, results)

#define QUALIFY_BARRIERS_GLOBAL_ARGUMENTS(FIRST, NEXT) \
    FIRST(OUT_UINT, boxes) NEXT(UINT, rounds) NEXT(OUT_UINT, results)

#define QUALIFY_CHAIN_ARGUMENTS(FIRST, NEXT) \
    FIRST(IN_UINT, from) NEXT(OUT_UINT, to) NEXT(UINT, count) NEXT(UINT, turn)

#endif
