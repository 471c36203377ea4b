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
