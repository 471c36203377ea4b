/* common/activation.h - g and g', once for all kernels. No include guard: included for each type of number, with
 *   VALUE      REAL, or a vector of REALs
 *   OF(name)   the name of a function for that type
 * common/scalar.h and vector.h do that. An unknown code gives NaN. So does one from CODE_FIRST_EXTRA on without
 * -D EXTRA_ACTIVATIONS: programs for other networks build in less time.
 */
#define ALL(x) ((VALUE)(x))

#ifdef EXTRA_ACTIVATIONS
/* sigmoid(y) and 1 - sigmoid(y); neither cancels. */
INLINE void OF(two_sides)(const VALUE y, VALUE *s, VALUE *rest)
{
    const VALUE e = exp(-fabs(y)), large = ALL(ONE) / (ALL(ONE) + e), small = e * large;
    *s = y < ALL(ZERO) ? small : large;
    *rest = y < ALL(ZERO) ? large : small;
}

/* z sigmoid(y) is z (1 + tanh(y/2)) / 2 without its cancellation. */
INLINE VALUE OF(gelu_tanh)(const VALUE z)
{
    VALUE s, rest;
    OF(two_sides)(ALL(CONSTANT(GELU_RISE)) * z * (ALL(ONE) + ALL(CONSTANT(GELU_CUBE)) * z * z), &s, &rest);
    return z * s;
}

INLINE VALUE OF(gelu_tanh_derivative)(const VALUE any)
{
    const VALUE flat = ALL(CONSTANT(GELU_FLAT)), z = any > flat ? flat : any < -flat ? -flat : any, square = z * z;
    VALUE s, rest;
    OF(two_sides)(ALL(CONSTANT(GELU_RISE)) * z * (ALL(ONE) + ALL(CONSTANT(GELU_CUBE)) * square), &s, &rest);
    return s * (ALL(ONE) + z * rest * ALL(CONSTANT(GELU_RISE)) * (ALL(ONE) + ALL(CONSTANT(GELU_CUBE_SLOPE)) * square));
}

/* The normal distribution below z. */
INLINE VALUE OF(gauss_below)(const VALUE z)
{
    return ALL(HALF) * erfc(z * ALL(-CONSTANT(ROOT_HALF)));
}

INLINE VALUE OF(gelu_derivative)(const VALUE z)
{
    return OF(gauss_below)(z) + z * (ALL(CONSTANT(GAUSS_PEAK)) * exp(-ALL(HALF) * (z * z)));
}

/* tanh(softplus(z)) = n / d, n = (1 + e^z)^2 - 1 and d = n + 2, both divided by e^2z for z > 0. */
INLINE VALUE OF(mish)(const VALUE z)
{
    const VALUE e = exp(-fabs(z)), below = e * (e + ALL(TWO)), above = ALL(ONE) + e + e;
    const VALUE n = z < ALL(ZERO) ? below : above, d = z < ALL(ZERO) ? below + ALL(TWO) : above + e * e * ALL(TWO);
    return z * (n / d);
}

/* n / d + z (1 - (n / d)^2) sigmoid(z), and (1 - (n / d)^2) sigmoid(z) = 4 e (1 + e) / d^2, by e more for z > 0. */
INLINE VALUE OF(mish_derivative)(const VALUE z)
{
    const VALUE e = exp(-fabs(z)), below = e * (e + ALL(TWO)), above = ALL(ONE) + e + e;
    const VALUE n = z < ALL(ZERO) ? below : above, d = z < ALL(ZERO) ? below + ALL(TWO) : above + e * e * ALL(TWO);
    const VALUE p = z < ALL(ZERO) ? ALL(ONE) : e;
    return n / d + z * (ALL((REAL)4) * p * e * (ALL(ONE) + e) / (d * d));
}

INLINE VALUE OF(extra_activation)(const int code, const VALUE z)
{
    switch (code) {
    case CODE_SELU: return z > ALL(ZERO) ? ALL(CONSTANT(SELU_SCALE)) * z : ALL(CONSTANT(SELU_BELOW)) * expm1(z);
    case CODE_MISH: return OF(mish)(z);
    case CODE_LEAKY_RELU: return z > ALL(ZERO) ? z : ALL(CONSTANT(LEAKY_SLOPE)) * z;
    case CODE_ELU: return z > ALL(ZERO) ? z : expm1(z);
    case CODE_GELU: return z * OF(gauss_below)(z);
    case CODE_GELU_TANH: return OF(gelu_tanh)(z);
    case CODE_SOFTPLUS: return (z > ALL(ZERO) ? z : ALL(ZERO)) + log1p(exp(-fabs(z)));
    default: return ALL(NOT_A_NUMBER);
    }
}

INLINE VALUE OF(extra_derivative)(const int code, const VALUE a, const VALUE z)
{
    switch (code) {
    case CODE_SELU: return a > ALL(ZERO) ? ALL(CONSTANT(SELU_SCALE)) : a + ALL(CONSTANT(SELU_BELOW));
    case CODE_MISH: return OF(mish_derivative)(z);
    case CODE_LEAKY_RELU: return a > ALL(ZERO) ? ALL(ONE) : ALL(CONSTANT(LEAKY_SLOPE));
    case CODE_ELU: return a > ALL(ZERO) ? ALL(ONE) : a + ALL(ONE);
    case CODE_GELU: return OF(gelu_derivative)(z);
    case CODE_GELU_TANH: return OF(gelu_tanh_derivative)(z);
    case CODE_SOFTPLUS: return -expm1(-a);
    default: return ALL(NOT_A_NUMBER);
    }
}
#endif

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
#ifdef EXTRA_ACTIVATIONS
    default: return OF(extra_activation)(code, z);
#else
    default: return ALL(NOT_A_NUMBER);
#endif
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
#ifdef EXTRA_ACTIVATIONS
    default: return OF(extra_derivative)(code, a, z);
#else
    default: return ALL(NOT_A_NUMBER);
#endif
    }
}

#undef ALL
#undef VALUE
#undef OF
