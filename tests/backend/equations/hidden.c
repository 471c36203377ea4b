/* hidden.c - delta of a hidden layer against naive loops; z is given only where g' needs it. */
#include "equations.h"

#include "backend/backend.h"
#include "model/model.h"

void test_hidden(subject *s, shape size, clmlp_activation g)
{
    matrix delta = matrix_create(size.M, size.s_out), theta = matrix_create(size.s_out, size.s_in + 1);
    matrix a = matrix_create(size.M, size.s_in), z = matrix_create(size.M, size.s_in);
    const bool with_z = clmlp_activation_needs_z(g);
    expected result = expected_create(size.M, size.s_in);
    matrix_randomize(&delta, 4, 1, 1.0, s->precision);
    matrix_randomize(&theta, 4, 2, 1.0, s->precision);
    matrix_randomize(&a, 4, 3, 1.0, s->precision);
    matrix_randomize(&z, 4, 4, 6.0, s->precision);
    clmlp_tensor *td = input(s, CLMLP_TENSOR_MATRIX, &delta), *tt = input(s, CLMLP_TENSOR_THETA, &theta);
    clmlp_tensor *ta = input(s, CLMLP_TENSOR_LAYER, &a), *out = output(s, CLMLP_TENSOR_MATRIX, size.M, size.s_in);
    clmlp_tensor *tz = with_z ? input(s, CLMLP_TENSOR_MATRIX, &z) : NULL;
    const clmlp_hidden_args args = {.M = size.M, .s_in = size.s_in, .s_out = size.s_out, .delta_next = td,
                                    .theta = tt, .z = tz, .a = ta, .delta = out, .activation = g};
    OK(s->backend->ops->hidden_delta(s->backend, &args, error));
    reference_hidden(&result, &delta, &theta, with_z ? &z : NULL, &a, g, s->precision);
    check(s, "delta(l)", out, &result, size);
    destroy(s, td), destroy(s, tt), destroy(s, tz), destroy(s, ta), destroy(s, out);
    matrix_free(&delta), matrix_free(&theta), matrix_free(&a), matrix_free(&z);
    expected_free(&result);
}

/* Where exp, squares and cubes overflow or vanish: a and g' of one unit, z = each of these, delta(l+1) = theta = 1. */
void test_extremes(subject *s, clmlp_activation g)
{
    static const double values[] = {0.0, 1e-30, -1e-30, 1e-3, -1e-3, 9.0, -9.0, 19.0, -19.0, 33.0, -33.0, 90.0, -90.0,
                                    750.0, -750.0, 1e7, -1e7, 1e14, -1e14, 1e30, -1e30};
    enum { M = sizeof values / sizeof *values };
    const shape size = {M, 1, 1};
    matrix x = matrix_create(M, 1), theta = matrix_create(1, 2), one = matrix_create(M, 1), found = matrix_create(M, 1);
    expected a = expected_create(M, 1), slope = expected_create(M, 1);
    for (size_t i = 0; i < M; i++) {
        x.values[i] = s->precision == CLMLP_F32 ? (double)(float)values[i] : values[i];
        one.values[i] = 1.0;
    }
    theta.values[1] = 1.0;
    clmlp_tensor *tx = input(s, CLMLP_TENSOR_LAYER, &x), *tt = input(s, CLMLP_TENSOR_THETA, &theta);
    clmlp_tensor *ta = output(s, CLMLP_TENSOR_LAYER, M, 1), *tz = output(s, CLMLP_TENSOR_MATRIX, M, 1);
    clmlp_tensor *td = input(s, CLMLP_TENSOR_MATRIX, &one), *out = output(s, CLMLP_TENSOR_MATRIX, M, 1);
    const clmlp_forward_args forward = {.M = M, .s_in = 1, .s_out = 1, .a_in = tx, .theta = tt, .z = tz, .a_out = ta,
                                        .activation = g};
    OK(s->backend->ops->forward(s->backend, &forward, error));
    reference_activation(&a, &x, g, s->precision);
    check(s, "a of extremes", ta, &a, size);
    get(s, ta, 0, M, found.values);
    const clmlp_hidden_args hidden = {.M = M, .s_in = 1, .s_out = 1, .delta_next = td, .theta = tt, .a = ta,
                                      .z = clmlp_activation_needs_z(g) ? tz : NULL, .delta = out, .activation = g};
    OK(s->backend->ops->hidden_delta(s->backend, &hidden, error));
    reference_hidden(&slope, &one, &theta, &x, &found, g, s->precision);
    check(s, "g' of extremes", out, &slope, size);
    destroy(s, tx), destroy(s, tt), destroy(s, ta), destroy(s, tz), destroy(s, td), destroy(s, out);
    matrix_free(&x), matrix_free(&theta), matrix_free(&one), matrix_free(&found);
    expected_free(&a), expected_free(&slope);
}
