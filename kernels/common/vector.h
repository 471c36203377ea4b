/* vector.h - REALV, a vector of VW REALs, and what the kernels of the CPU class do with it.
 *
 * -D VW=4|8|16   lanes: the width that the device computes with
 */
#ifndef CLMLP_VECTOR_H
#define CLMLP_VECTOR_H

#include "common/codes.h"
#include "common/real.h"

#ifndef VW
#error "VW, the lanes of a vector, is not defined"
#endif

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)

#ifdef CLMLP_DOUBLE
#define REALV JOIN(double, VW)
#define MASKV JOIN(long, VW)
#define BITS ulong
#define AS_BITS as_ulong
#define AS_MASKV JOIN(as_long, VW)
#else
#define REALV JOIN(float, VW)
#define MASKV JOIN(int, VW)
#define BITS uint
#define AS_BITS as_uint
#define AS_MASKV JOIN(as_int, VW)
#endif
#define LOADV JOIN(vload, VW)
#define STOREV JOIN(vstore, VW)
#define SPLAT(x) ((REALV)(x))

#define UNROLL __attribute__((opencl_unroll_hint))
#define KEEP_LOOP __attribute__((opencl_unroll_hint(1)))

/* 0, 1, ..., VW - 1 */
#if VW == 4
#define LANES ((REALV)(0, 1, 2, 3))
#elif VW == 8
#define LANES ((REALV)(0, 1, 2, 3, 4, 5, 6, 7))
#elif VW == 16
#define LANES ((REALV)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15))
#else
#error "VW must be 4, 8 or 16"
#endif

/* The lanes combined pairwise, in a fixed order. */
#if VW == 16
#define FOLD_TO_4(op, v, r) do { const JOIN(REAL_NAME, 8) f8 = op((v).lo, (v).hi); r = op(f8.lo, f8.hi); } while (0)
#elif VW == 8
#define FOLD_TO_4(op, v, r) do { r = op((v).lo, (v).hi); } while (0)
#else
#define FOLD_TO_4(op, v, r) do { r = (v); } while (0)
#endif
#ifdef CLMLP_DOUBLE
#define REAL_NAME double
#else
#define REAL_NAME float
#endif
#define FOLD(name, op)                               \
    REAL name(const REALV v)                         \
    {                                                \
        JOIN(REAL_NAME, 4) four;                     \
        FOLD_TO_4(op, v, four);                      \
        const JOIN(REAL_NAME, 2) two = op(four.lo, four.hi); \
        return op(two.lo, two.hi);                   \
    }
#define ADD_OP(a, b) ((a) + (b))
#define MAX_OP(a, b) ((a) > (b) ? (a) : (b))
#define MIN_OP(a, b) ((a) < (b) ? (a) : (b))
FOLD(sum_lanes, ADD_OP)
FOLD(max_lanes, MAX_OP)
FOLD(min_lanes, MIN_OP)

/* g, g' and the update rule: activation_v(), derivative_v(), updated_v() */
#define VALUE REALV
#define OF(name) name##_v
#include "common/activation.h"

#define VALUE REALV
#define OF(name) name##_v
#include "common/update.h"

/* log(1 + e) for 0 <= e <= 1: e + e^2 q(e), q by Remez's algorithm so that the largest relative error of the whole is
 * 5.2e-9, less than a tenth of a float's u. Several times faster than a general log1p, and without a division. Beside
 * log1p in double every float from 2^-63 to 1 is within 1.43 ulp; ulp.c of host/verify/qualify derives a limit. */
REALV log1p_unit(const REALV e)
{
#ifdef CLMLP_DOUBLE
    return log1p(e);
#else
    REALV q = SPLAT(-0x1.b2f588p-9f);
    q = fma(q, e, SPLAT(0x1.4b0836p-6f));
    q = fma(q, e, SPLAT(-0x1.d86324p-5f));
    q = fma(q, e, SPLAT(0x1.b579c2p-4f));
    q = fma(q, e, SPLAT(-0x1.3a7a82p-3f));
    q = fma(q, e, SPLAT(0x1.935cap-3f));
    q = fma(q, e, SPLAT(-0x1.ff26e2p-3f));
    q = fma(q, e, SPLAT(0x1.554dfp-2f));
    q = fma(q, e, SPLAT(-0x1.ffffd2p-2f));
    return fma(e * q, e, e);
#endif
}

#endif
