/* common/output.h - the output layer of one number, once for all kernels: h, and its cost from z. The costs of a row
 * are added up. No include guard: included for each type of number, with
 *   VALUE               REAL, or a vector of REALs
 *   OF(name)            the name of a function for that type
 *   LOG1P_UNIT(e)       log(1 + e) for 0 <= e <= 1
 *   SIGMOID_OF(z, e)    sigmoid(z), where e = exp(-|z|)
 *
 *   sigmoid   h = 1 / (1 + exp(-z))              cost = max(z, 0) - z y + log(1 + exp(-|z|))
 *   softmax   h = exp(z - top) / sum             cost = y (log_sum - (z - top))
 *   linear    h = z                              cost = (z - y)^2 / 2
 *
 * top: the largest z of the row; sum: of exp(z - top); log_sum: its logarithm. An unknown code gives NaN.
 */
#define ALL(x) ((VALUE)(x))

/* sigmoid(z) by one exponential for h and cost; close to 0 it keeps all digits. For SIGMOID_OF. */
INLINE VALUE OF(sigmoid_of)(const VALUE z, const VALUE e)
{
    return (z < ALL(ZERO) ? e : ALL(ONE)) / (ALL(ONE) + e);
}

INLINE VALUE OF(output_value)(const int output, const VALUE z, const VALUE y, const VALUE top, const VALUE sum,
                              const VALUE log_sum, VALUE *cost)
{
    switch (output) {
    case CODE_OUTPUT_SIGMOID: {
        const VALUE e = exp(-fabs(z));
        *cost = (z < ALL(ZERO) ? ALL(ZERO) : z) - z * y + LOG1P_UNIT(e);
        return SIGMOID_OF(z, e);
    }
    case CODE_OUTPUT_SOFTMAX:
        *cost = y * (log_sum - (z - top));
        return exp(z - top) / sum;
    case CODE_OUTPUT_LINEAR:
        *cost = (z - y) * (z - y) * ALL(HALF);
        return z;
    default:
        *cost = ALL(NOT_A_NUMBER);
        return ALL(NOT_A_NUMBER);
    }
}

#undef ALL
#undef VALUE
#undef OF
#undef LOG1P_UNIT
#undef SIGMOID_OF
