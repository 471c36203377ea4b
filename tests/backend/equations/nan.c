/* nan.c - a NaN reaches what depends on it; a code that is none gives NaN. */
#include "equations.h"

#include <math.h>

#include "backend/backend.h"

static void expect_nan(subject *s, const char *what, const clmlp_tensor *tensor, size_t rows, size_t nan_row,
                       size_t nan_column)
{
    matrix found = matrix_create(tensor->rows, tensor->columns);
    get(s, tensor, 0, rows, found.values);
    for (size_t i = 0; i < rows * tensor->columns; i++) {
        const bool reached = i / tensor->columns == nan_row || i % tensor->columns == nan_column;
        cr_assert_eq(isnan(found.values[i]) != 0, reached, "%s, %s, element %zu: found %g", what, s->spec, i,
                     found.values[i]);
    }
    matrix_free(&found);
}

/* A NaN reaches all that depends on it, and, through no padding or tile, anything else. */
void test_nan(subject *s)
{
    enum { M = 5, s_in = 6, s_out = 7, row = 2, column = 3, nowhere = 1000 };
    matrix a = matrix_create(M, s_in), theta = matrix_create(s_out, s_in + 1), y = matrix_create(M, s_out);
    matrix delta = matrix_create(M, s_out);
    clmlp_batch_score score;
    matrix_randomize(&a, 10, 1, 1.0, s->precision);
    matrix_randomize(&theta, 10, 2, 1.0, s->precision);
    matrix_randomize(&delta, 10, 3, 1.0, s->precision);
    clmlp_tensor *tfinite = input(s, CLMLP_TENSOR_LAYER, &a);
    a.values[row * s_in + s_in - 1] = (double)NAN;
    delta.values[row * s_out + column] = (double)NAN;
    clmlp_tensor *ta = input(s, CLMLP_TENSOR_LAYER, &a), *tt = input(s, CLMLP_TENSOR_THETA, &theta);
    clmlp_tensor *td = input(s, CLMLP_TENSOR_MATRIX, &delta), *ty = input(s, CLMLP_TENSOR_TARGET, &y);
    clmlp_tensor *out = output(s, CLMLP_TENSOR_LAYER, M, s_out), *z = output(s, CLMLP_TENSOR_MATRIX, M, s_out);
    clmlp_tensor *back = output(s, CLMLP_TENSOR_MATRIX, M, s_in), *h = output(s, CLMLP_TENSOR_MATRIX, M, s_out);
    clmlp_tensor *tg = output(s, CLMLP_TENSOR_THETA_ONE_WAY, s_out, s_in + 1);
    const clmlp_forward_args forward = {.M = M, .s_in = s_in, .s_out = s_out, .a_in = ta, .theta = tt, .a_out = out,
                                        .activation = CLMLP_RELU};
    OK(s->backend->ops->forward(s->backend, &forward, error));
    expect_nan(s, "a", out, M, row, nowhere);
    const clmlp_hidden_args hidden = {.M = M, .s_in = s_in, .s_out = s_out, .delta_next = td, .theta = tt,
                                      .a = tfinite, .delta = back, .activation = CLMLP_TANH};
    OK(s->backend->ops->hidden_delta(s->backend, &hidden, error));
    expect_nan(s, "delta(l)", back, M, row, nowhere);
    const clmlp_gradient_args gradient = {.M = M, .divisor = (double)M, .s_in = s_in, .s_out = s_out,
                                          .delta = td, .a = tfinite, .theta = tt, .gradient = tg};
    OK(s->backend->ops->gradient(s->backend, &gradient, error));
    expect_nan(s, "gradient", tg, s_out, column, nowhere);
    OK(s->backend->ops->scores_reserve(s->backend, 1, M, M, error));
    for (int o = 0; o < CLMLP_OUTPUT_COUNT; o++) {
        const clmlp_output_args args = {.M = M, .s_in = s_in, .K = s_out, .a_in = ta, .theta = tt, .z = z, .y = ty,
                                        .output = (clmlp_output)o, .h = h};
        OK(s->backend->ops->output_delta(s->backend, &args, error));
        expect_nan(s, "h", h, M, row, nowhere);
        OK(s->backend->ops->scores_read(s->backend, 0, 1, &score, error));
        cr_assert(isnan(score.cost), "%s, output %s: cost %g", s->spec, clmlp_output_name((clmlp_output)o), score.cost);
    }
    destroy(s, tfinite), destroy(s, ta), destroy(s, tt), destroy(s, td), destroy(s, ty), destroy(s, out);
    destroy(s, z), destroy(s, back), destroy(s, h), destroy(s, tg);
    matrix_free(&a), matrix_free(&theta), matrix_free(&y), matrix_free(&delta);
}

/* Everything NaN: M rows of a tensor. */
static void expect_all_nan(subject *s, const char *what, const clmlp_tensor *tensor, size_t M)
{
    matrix found = matrix_create(tensor->rows, tensor->columns);
    get(s, tensor, 0, M, found.values);
    for (size_t i = 0; i < M * tensor->columns; i++) {
        cr_assert(isnan(found.values[i]), "%s, %s, element %zu: found %g for a code that is none", what, s->spec, i,
                  found.values[i]);
    }
    matrix_free(&found);
}

/* A code that is none gives no number that could be taken for a result. */
static void test_unknown_activation(subject *s, clmlp_activation g)
{
    enum { M = 5, s_in = 6, s_out = 7 };
    matrix a = matrix_create(M, s_in), theta = matrix_create(s_out, s_in + 1), y = matrix_create(M, s_out);
    matrix_randomize(&a, 11, 1, 1.0, s->precision);
    matrix_randomize(&theta, 11, 2, 1.0, s->precision);
    clmlp_tensor *ta = input(s, CLMLP_TENSOR_LAYER, &a), *tt = input(s, CLMLP_TENSOR_THETA, &theta);
    clmlp_tensor *td = input(s, CLMLP_TENSOR_MATRIX, &y), *zeros = input(s, CLMLP_TENSOR_LAYER, &y);
    clmlp_tensor *back = input(s, CLMLP_TENSOR_MATRIX, &a), *z = input(s, CLMLP_TENSOR_MATRIX, &a);
    const clmlp_forward_args forward = {.M = M, .s_in = s_in, .s_out = s_out, .a_in = ta, .theta = tt, .a_out = zeros,
                                        .activation = g};
    OK(s->backend->ops->forward(s->backend, &forward, error));
    expect_all_nan(s, "a", zeros, M);
    const clmlp_hidden_args hidden = {.M = M, .s_in = s_in, .s_out = s_out, .delta_next = td, .theta = tt, .a = ta,
                                      .z = z, .delta = back, .activation = g};
    OK(s->backend->ops->hidden_delta(s->backend, &hidden, error));
    expect_all_nan(s, "delta(l)", back, M);
    destroy(s, ta), destroy(s, tt), destroy(s, td), destroy(s, zeros), destroy(s, back), destroy(s, z);
    matrix_free(&a), matrix_free(&theta), matrix_free(&y);
}

void test_unprepared(subject *s, clmlp_activation g)
{
    test_unknown_activation(s, g);
}

void test_unknown_codes(subject *s)
{
    enum { M = 5, s_in = 6, s_out = 7 };
    matrix a = matrix_create(M, s_in), theta = matrix_create(s_out, s_in + 1), y = matrix_create(M, s_out);
    clmlp_batch_score score;
    matrix_randomize(&a, 11, 1, 1.0, s->precision);
    matrix_randomize(&theta, 11, 2, 1.0, s->precision);
    clmlp_tensor *ta = input(s, CLMLP_TENSOR_LAYER, &a), *tt = input(s, CLMLP_TENSOR_THETA, &theta);
    clmlp_tensor *ty = input(s, CLMLP_TENSOR_TARGET, &y), *td = input(s, CLMLP_TENSOR_MATRIX, &y);
    clmlp_tensor *z = input(s, CLMLP_TENSOR_MATRIX, &y), *h = input(s, CLMLP_TENSOR_MATRIX, &y);
    test_unknown_activation(s, CLMLP_ACTIVATION_COUNT);
    OK(s->backend->ops->scores_reserve(s->backend, 2, M, 2 * M, error));
    clmlp_output_args args = {.M = M, .s_in = s_in, .K = s_out, .a_in = ta, .theta = tt, .z = z, .y = ty,
                              .output = CLMLP_OUTPUT_COUNT, .h = h, .delta = td};
    OK(s->backend->ops->output_delta(s->backend, &args, error));
    expect_all_nan(s, "h", h, M);
    expect_all_nan(s, "delta(L)", td, M);
    OK(s->backend->ops->scores_read(s->backend, 0, 1, &score, error));
    cr_assert(isnan(score.cost), "%s: cost %g", s->spec, score.cost);
    args.output = CLMLP_OUTPUT_SIGMOID;
    args.right = (clmlp_right)(CLMLP_RIGHT_NEVER + 1);
    args.slot = 1;
    OK(s->backend->ops->output_delta(s->backend, &args, error));
    OK(s->backend->ops->scores_read(s->backend, 1, 1, &score, error));
    cr_assert_not(score.right <= (double)M, "%s: %g rows right of %d", s->spec, score.right, (int)M);
    destroy(s, ta), destroy(s, tt), destroy(s, ty), destroy(s, td), destroy(s, z), destroy(s, h);
    matrix_free(&a), matrix_free(&theta), matrix_free(&y);
}

/* The same of an update rule that is none. Kernels are built for a rule: there is an error instead of a launch. */
void test_unknown_rule(subject *s)
{
    enum { s_in = 6, s_out = 7 };
    const clmlp_optimizer none = CLMLP_OPTIMIZER_COUNT;
    matrix theta = matrix_create(s_out, s_in + 1);
    matrix_randomize(&theta, 12, 1, 1.0, s->precision);
    clmlp_tensor *tt = input(s, CLMLP_TENSOR_THETA, &theta), *tg = input(s, CLMLP_TENSOR_THETA_ONE_WAY, &theta);
    const clmlp_update_args step = {.s_in = s_in, .s_out = s_out, .rule = {.optimizer = none, .numbers = {0.3}},
                                    .gradient = tg, .theta = tt};
    if (s->backend->ops->prepare_rule == NULL) {
        OK(s->backend->ops->update(s->backend, &step, error));
        expect_all_nan(s, "theta", tt, s_out);
    } else {
        cr_assert_eq(s->backend->ops->update(s->backend, &step, NULL), CLMLP_BAD_ARGUMENT);
        cr_assert_eq(s->backend->ops->prepare_rule(s->backend, none, NULL), CLMLP_BAD_ARGUMENT);
        for (int r = 0; r < CLMLP_OPTIMIZER_COUNT; r++) {
            OK(s->backend->ops->prepare_rule(s->backend, (clmlp_optimizer)r, error));
        }
    }
    destroy(s, tt), destroy(s, tg);
    matrix_free(&theta);
}
