/* scale.c - the learnable scale of the inputs: its slopes, and theta with it. */
#include <math.h>

#include "equations.h"

/* dJ/ds and dJ/dtheta from dJ/dW. What bounds them: gamma_n of n terms, one rounding. */
static void reference_slopes(expected *sums, expected *slopes, const matrix *theta, const matrix *gradient,
                             const matrix *scale, clmlp_precision precision)
{
    const double u = unit_roundoff(precision), n = (double)theta->rows, gamma = n * u / (1.0 - n * u);
    const double least = precision == CLMLP_F64 ? 0x1p-1022 : 0x1p-126;
    for (size_t i = 0; i < theta->columns; i++) {
        long double sum = 0.0L, magnitude = 0.0L;
        for (size_t j = 0; j < theta->rows; j++) {
            const size_t at = j * theta->columns + i;
            const long double term = (long double)gradient->values[at] * (long double)theta->values[at];
            const double product = gradient->values[at] * scale->values[i];
            sum += term;
            magnitude += fabsl(term);
            slopes->value.values[at] = product;
            slopes->bound.values[at] = 1.001 * u * fabs(product) + least;
        }
        sums->value.values[i] = i == 0 ? 0.0 : (double)sum;
        sums->bound.values[i] = i == 0 ? 0.0 : 1.001 * gamma * (double)magnitude + least;
    }
}

void test_scale(subject *s, shape size)
{
    const size_t columns = size.s_in + 1;
    matrix theta = matrix_create(size.s_out, columns), gradient = matrix_create(size.s_out, columns);
    matrix scale = matrix_create(1, columns);
    expected sums = expected_create(1, columns), slopes = expected_create(size.s_out, columns);
    expected folded = expected_create(size.s_out, columns);
    matrix_randomize(&theta, 12, 1, 1.0, s->precision);
    matrix_randomize(&gradient, 12, 2, 1.0, s->precision);
    matrix_randomize(&scale, 12, 3, 2.0, s->precision);
    scale.values[0] = 1.0;
    clmlp_tensor *tt = input(s, CLMLP_TENSOR_THETA_ONE_WAY, &theta), *ts = input(s, CLMLP_TENSOR_THETA_ONE_WAY, &scale);
    clmlp_tensor *tg = input(s, CLMLP_TENSOR_THETA_ONE_WAY, &gradient);
    clmlp_tensor *sum = output(s, CLMLP_TENSOR_THETA_ONE_WAY, 1, columns);
    clmlp_tensor *w = output(s, CLMLP_TENSOR_THETA_ONE_WAY, size.s_out, columns);
    const clmlp_scale_slopes_args args = {.s_in = size.s_in, .s_out = size.s_out, .theta = tt, .scale = ts,
                                          .gradient = tg, .scale_gradient = sum};
    OK(s->backend->ops->scale_slopes(s->backend, &args, error));
    reference_slopes(&sums, &slopes, &theta, &gradient, &scale, s->precision);
    check(s, "the slopes of the scale", sum, &sums, size);
    check(s, "the gradient with the scale", tg, &slopes, size);

    const clmlp_fold_scale_args fold = {.s_in = size.s_in, .s_out = size.s_out, .theta = tt, .scale = ts, .folded = w};
    OK(s->backend->ops->fold_scale(s->backend, &fold, error));
    reference_slopes(&sums, &folded, &theta, &theta, &scale, s->precision); /* theta diag(s) */
    check(s, "theta with the scale", w, &folded, size);
    destroy(s, tt), destroy(s, ts), destroy(s, tg), destroy(s, sum), destroy(s, w);
    matrix_free(&theta), matrix_free(&gradient), matrix_free(&scale);
    expected_free(&sums), expected_free(&slopes), expected_free(&folded);
}
