/* gradient.c - the gradient and the update against naive loops. */
#include "equations.h"

#include "backend/backend.h"

/* Deltas pass back through theta as it is now: its copy, where there is one, has moved with it. */
static void check_back(subject *s, shape size, clmlp_tensor *tt, clmlp_tensor *td, clmlp_tensor *ta,
                       const matrix *delta, const matrix *a, const char *what)
{
    matrix theta = matrix_create(size.s_out, size.s_in + 1);
    expected back = expected_create(size.M, size.s_in);
    clmlp_tensor *out = output(s, CLMLP_TENSOR_MATRIX, size.M, size.s_in);
    const clmlp_hidden_args hidden = {.M = size.M, .s_in = size.s_in, .s_out = size.s_out, .delta_next = td,
                                      .theta = tt, .a = ta, .delta = out, .activation = CLMLP_TANH};
    get(s, tt, 0, size.s_out, theta.values);
    OK(s->backend->ops->hidden_delta(s->backend, &hidden, error));
    reference_hidden(&back, delta, &theta, NULL, a, CLMLP_TANH, s->precision);
    check(s, what, out, &back, size);
    destroy(s, out);
    matrix_free(&theta);
    expected_free(&back);
}

void test_gradient_and_update(subject *s, shape size, double decay)
{
    const size_t columns = size.s_in + 1;
    const double rate = 0.3;
    matrix delta = matrix_create(size.M, size.s_out), a = matrix_create(size.M, size.s_in);
    matrix theta = matrix_create(size.s_out, columns), gradient_found = matrix_create(size.s_out, columns);
    expected gradient = expected_create(size.s_out, columns), updated = expected_create(size.s_out, columns);
    matrix_randomize(&delta, 5, 1, 1.0, s->precision);
    matrix_randomize(&a, 5, 2, 1.0, s->precision);
    matrix_randomize(&theta, 5, 3, 1.0, s->precision);
    clmlp_tensor *td = input(s, CLMLP_TENSOR_MATRIX, &delta), *ta = input(s, CLMLP_TENSOR_LAYER, &a);
    clmlp_tensor *tt = input(s, CLMLP_TENSOR_THETA, &theta);
    clmlp_tensor *tg = output(s, CLMLP_TENSOR_THETA_ONE_WAY, size.s_out, columns);
    const clmlp_gradient_args args = {.M = size.M, .divisor = (double)size.M, .s_in = size.s_in, .s_out = size.s_out,
                                      .delta = td, .a = ta, .theta = tt, .decay = decay, .gradient = tg};
    OK(s->backend->ops->gradient(s->backend, &args, error));
    reference_gradient(&gradient, &delta, &a, &theta, decay, s->precision);
    check(s, "gradient", tg, &gradient, size);

    get(s, tg, 0, size.s_out, gradient_found.values);
    const clmlp_update_args step = {.s_in = size.s_in, .s_out = size.s_out, .rule = SGD_RULE(rate), .gradient = tg,
                                    .theta = tt};
    OK(s->backend->ops->update(s->backend, &step, error));
    reference_update(&updated, &theta, &gradient_found, rate, s->precision);
    check(s, "theta", tt, &updated, size);
    check_back(s, size, tt, td, ta, &delta, &a, "delta(l) after update");
    destroy(s, td), destroy(s, ta), destroy(s, tt), destroy(s, tg);
    matrix_free(&delta), matrix_free(&a), matrix_free(&theta), matrix_free(&gradient_found);
    expected_free(&gradient), expected_free(&updated);
}

/* The lambda term comes with the gradient, or later with the update: theta has the same bits. */
void test_late_decay(subject *s, shape size)
{
    const size_t columns = size.s_in + 1, count = size.s_out * columns;
    const double decay = 0.25;
    matrix delta = matrix_create(size.M, size.s_out), a = matrix_create(size.M, size.s_in);
    matrix theta = matrix_create(size.s_out, columns), found = matrix_create(2, count);
    matrix_randomize(&delta, 10, 1, 1.0, s->precision);
    matrix_randomize(&a, 10, 2, 1.0, s->precision);
    matrix_randomize(&theta, 10, 3, 1.0, s->precision);
    clmlp_tensor *td = input(s, CLMLP_TENSOR_MATRIX, &delta), *ta = input(s, CLMLP_TENSOR_LAYER, &a);
    clmlp_tensor *tg = output(s, CLMLP_TENSOR_THETA_ONE_WAY, size.s_out, columns);
    for (int late = 0; late < 2; late++) {
        clmlp_tensor *tt = input(s, CLMLP_TENSOR_THETA, &theta);
        const clmlp_gradient_args args = {.M = size.M, .divisor = (double)size.M, .s_in = size.s_in,
                                          .s_out = size.s_out, .delta = td, .a = ta, .theta = tt,
                                          .decay = late ? 0.0 : decay, .gradient = tg};
        const clmlp_update_args step = {.s_in = size.s_in, .s_out = size.s_out, .rule = SGD_RULE(0.3),
                                        .decay = late ? decay : 0.0, .gradient = tg, .theta = tt};
        OK(s->backend->ops->gradient(s->backend, &args, error));
        OK(s->backend->ops->update(s->backend, &step, error));
        get(s, tt, 0, size.s_out, found.values + (size_t)late * count);
        destroy(s, tt);
    }
    for (size_t i = 0; i < count; i++) {
        cr_assert(found.values[i] == found.values[count + i], "theta[%zu][%zu] of %zu x %zu: %.17g, late %.17g",
                  i / columns, i % columns, size.s_out, columns, found.values[i], found.values[count + i]);
    }
    destroy(s, td), destroy(s, ta), destroy(s, tg);
    matrix_free(&delta), matrix_free(&a), matrix_free(&theta), matrix_free(&found);
}

/* Gradient and update in one, with theta that deltas pass back through afterwards. */
void test_descend(subject *s, shape size)
{
    const size_t columns = size.s_in + 1;
    const double rate = 0.3, decay = 0.25;
    if (s->backend->ops->descend == NULL) return;
    matrix delta = matrix_create(size.M, size.s_out), a = matrix_create(size.M, size.s_in);
    matrix theta = matrix_create(size.s_out, columns);
    expected gradient = expected_create(size.s_out, columns), result = expected_create(size.s_out, columns);
    matrix_randomize(&delta, 8, 1, 1.0, s->precision);
    matrix_randomize(&a, 8, 2, 1.0, s->precision);
    matrix_randomize(&theta, 8, 3, 1.0, s->precision);
    clmlp_tensor *td = input(s, CLMLP_TENSOR_MATRIX, &delta), *ta = input(s, CLMLP_TENSOR_LAYER, &a);
    clmlp_tensor *tt = input(s, CLMLP_TENSOR_THETA, &theta);
    const clmlp_gradient_args args = {.M = size.M, .divisor = (double)size.M, .s_in = size.s_in, .s_out = size.s_out,
                                      .delta = td, .a = ta, .theta = tt, .decay = decay};
    const clmlp_update_args update = {.s_in = size.s_in, .s_out = size.s_out, .rule = SGD_RULE(rate), .theta = tt};
    OK(s->backend->ops->descend(s->backend, &args, &update, error));
    reference_gradient(&gradient, &delta, &a, &theta, decay, s->precision);
    reference_update(&result, &theta, &gradient.value, rate, s->precision);
    /* the gradient's own error, times the rate, comes on top of the update's */
    for (size_t i = 0; i < size.s_out * columns; i++) result.bound.values[i] += 1.01 * rate * gradient.bound.values[i];
    check(s, "theta after descend", tt, &result, size);

    check_back(s, size, tt, td, ta, &delta, &a, "delta(l) after descend");
    destroy(s, td), destroy(s, ta), destroy(s, tt);
    matrix_free(&delta), matrix_free(&a), matrix_free(&theta);
    expected_free(&gradient), expected_free(&result);
}
