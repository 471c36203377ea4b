/* common/activation.h - g and g', once for all kernels. No include guard: included for each type of number, with
 *   VALUE      REAL, or a vector of REALs
 *   OF(name)   the name of a function for that type
 * common/scalar.h and vector.h do that. An unknown code gives NaN.
 */
#define ALL(x) ((VALUE)(x))

/* g(z). A NaN stays one: relu is written so that the comparison with NaN keeps z. */
INLINE VALUE OF(activation)(const int code, const VALUE z)
{
    switch (code) {
    case CODE_SIGMOID: return ALL(ONE) / (ALL(ONE) + exp(-z));
    case CODE_TANH: return tanh(z);
    case CODE_RELU: return z < ALL(ZERO) ? ALL(ZERO) : z;
    case CODE_LINEAR: return z;
    case CODE_STEP: return z > ALL(ZERO) ? ALL(ONE) : ALL(ZERO);
    case CODE_SWISH: return z / (ALL(ONE) + exp(-z));
    default: return ALL(NOT_A_NUMBER);
    }
}

/* The derivative of z sigmoid(z). */
INLINE VALUE OF(swish_derivative)(const VALUE z)
{
    const VALUE s = ALL(ONE) / (ALL(ONE) + exp(-z));
    return s * (ALL(ONE) + z * (ALL(ONE) - s));
}

/* g'(z) from a = g(z), or from z where a does not tell it. A z that is not kept is NaN here. */
INLINE VALUE OF(derivative)(const int code, const VALUE a, const VALUE z)
{
    switch (code) {
    case CODE_SIGMOID: return a * (ALL(ONE) - a);
    case CODE_TANH: return ALL(ONE) - a * a;
    case CODE_RELU: return a > ALL(ZERO) ? ALL(ONE) : ALL(ZERO);
    case CODE_LINEAR: return ALL(ONE);
    case CODE_STEP: return ALL(ZERO);
    case CODE_SWISH: return OF(swish_derivative)(z);
    default: return ALL(NOT_A_NUMBER);
    }
}

#undef ALL
#undef VALUE
#undef OF
