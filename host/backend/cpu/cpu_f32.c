/* cpu_f32.c - the CPU path's equations in float. */
#include <cblas.h>
#include <math.h>

#include "backend/cpu/cpu_backend.h"
#include "base/random.h"

#define REAL float
#define NAME(x) x##_f32
#define GEMM cblas_sgemm
#define EXP expf
#define EXPM1 expm1f
#define LOG logf
#define LOG1P log1pf
#define TANH tanhf
#define ERFC erfcf
#define FABS fabsf
#define SQRT sqrtf

#include "backend/cpu/cpu_equations.inc"
