/* forward.c - z and a of a layer against naive loops. */
#include "equations.h"

#include "backend/backend.h"

void test_forward(subject *s, shape size, clmlp_activation g)
{
    matrix a = matrix_create(size.M, size.s_in), theta = matrix_create(size.s_out, size.s_in + 1);
    matrix z_found = matrix_create(size.M, size.s_out);
    expected z = expected_create(size.M, size.s_out), a_out = expected_create(size.M, size.s_out);
    matrix_randomize(&a, 1, 1, 1.0, s->precision);
    matrix_randomize(&theta, 1, 2, 2.0, s->precision);
    clmlp_tensor *ta = input(s, CLMLP_TENSOR_LAYER, &a), *ttheta = input(s, CLMLP_TENSOR_THETA, &theta);
    clmlp_tensor *tz = output(s, CLMLP_TENSOR_MATRIX, size.M, size.s_out);
    clmlp_tensor *tout = output(s, CLMLP_TENSOR_LAYER, size.M, size.s_out);
    clmlp_tensor *in_place = output(s, CLMLP_TENSOR_LAYER, size.M, size.s_out);
    clmlp_forward_args args = {.M = size.M, .s_in = size.s_in, .s_out = size.s_out, .a_in = ta, .theta = ttheta,
                               .z = tz, .a_out = tout, .activation = g};
    OK(s->backend->ops->forward(s->backend, &args, error));
    reference_z(&z, &a, &theta, s->precision);
    check(s, "z", tz, &z, size);
    get(s, tz, 0, size.M, z_found.values);
    reference_activation(&a_out, &z_found, g, s->precision);
    check(s, "a", tout, &a_out, size);

    /* without a z of its own: the same product, so the same numbers */
    args.z = NULL;
    args.a_out = in_place;
    OK(s->backend->ops->forward(s->backend, &args, error));
    check(s, "a in place", in_place, &a_out, size);

    destroy(s, ta), destroy(s, ttheta), destroy(s, tz), destroy(s, tout), destroy(s, in_place);
    matrix_free(&a), matrix_free(&theta), matrix_free(&z_found);
    expected_free(&z), expected_free(&a_out);
}
