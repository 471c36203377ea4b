/* real.h - REAL, the type that a program computes in: float, or double with -D CLMLP_DOUBLE. */
#ifndef CLMLP_REAL_H
#define CLMLP_REAL_H

#ifdef CLMLP_DOUBLE
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
typedef double REAL;
#else
typedef float REAL;
#endif

/* what is written is what is computed: error bounds and equal bits rest on it */
#pragma OPENCL FP_CONTRACT OFF

/* arrays of registers are passed by address, which only works where a function becomes part of its caller */
#define INLINE static inline __attribute__((always_inline))

/* A constant of codes.h: without a suffix it is a double, which a device need not have. */
#ifdef CLMLP_DOUBLE
#define CONSTANT(x) x
#else
#define CONSTANT_(x) x##f
#define CONSTANT(x) CONSTANT_(x)
#endif

#define ZERO ((REAL)0)
#define ONE ((REAL)1)
#define TWO ((REAL)2)
#define HALF CONSTANT(0.5)
#define NOT_A_NUMBER ((REAL)NAN)

#endif
