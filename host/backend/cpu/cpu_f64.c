/* cpu_f64.c - the CPU path's equations in double. */
#include <cblas.h>
#include <math.h>

#include "backend/cpu/cpu_backend.h"
#include "base/random.h"

#define REAL double
#define NAME(x) x##_f64
#define GEMM cblas_dgemm
#define EXP exp
#define EXPM1 expm1
#define LOG log
#define LOG1P log1p
#define TANH tanh
#define ERFC erfc
#define FABS fabs
#define SQRT sqrt

#include "backend/cpu/cpu_equations.inc"
