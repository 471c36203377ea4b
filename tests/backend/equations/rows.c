/* rows.c - rows that are chosen by number: the same bits as from gathered rows. */
#include "equations.h"

#include <stdlib.h>
#include <string.h>

#include "backend/backend.h"

/* Rows by number: the same bits as from gathered rows. Few rows, which a product picks, or so many that they are
 * copied first. */
void test_gathered(subject *s, shape size)
{
    enum { FEW = 4, MANY = 260 };
    const size_t M = size.M < MANY ? FEW : MANY, theta_size = size.s_out * (size.s_in + 1);
    uint32_t chosen[MANY + 2];
    if (!s->backend->ops->gathers) return;
    for (size_t r = 0; r < M + 2; r++) chosen[r] = (uint32_t)((7 * r + 3) % M / 2); /* some twice, some never */
    matrix all = matrix_create(M, size.s_in), theta = matrix_create(size.s_out, size.s_in + 1);
    /* and one that is not in the product, so that all the others are taken from where they lie */
    matrix picked = matrix_create(M + 1, size.s_in), delta = matrix_create(M, size.s_out);
    clmlp_tensor *order = NULL;
    double *found[2];
    matrix_randomize(&all, 9, 1, 1.0, s->precision);
    matrix_randomize(&theta, 9, 2, 1.0, s->precision);
    matrix_randomize(&delta, 9, 3, 1.0, s->precision);
    for (size_t r = 0; r < M; r++) {
        memcpy(picked.values + r * size.s_in, all.values + chosen[2 + r] * size.s_in, size.s_in * sizeof(double));
    }
    OK(clmlp_tensor_create(s->backend, CLMLP_TENSOR_ORDER, M + 2, 1, "a test", &order, error));
    OK(s->backend->ops->tensor_write(s->backend, order, 0, M + 2, chosen, error));
    clmlp_tensor *tt = input(s, CLMLP_TENSOR_THETA_ONE_WAY, &theta), *td = input(s, CLMLP_TENSOR_MATRIX, &delta);
    clmlp_tensor *in[2] = {input(s, CLMLP_TENSOR_INPUT, &all), input(s, CLMLP_TENSOR_INPUT, &picked)};
    clmlp_tensor *out = output(s, CLMLP_TENSOR_LAYER, M, size.s_out);
    clmlp_tensor *tg = output(s, CLMLP_TENSOR_THETA_ONE_WAY, size.s_out, size.s_in + 1);
    for (int dense = 0; dense < 2; dense++) {
        const clmlp_rows rows = {dense ? NULL : order, dense ? 0 : 2};
        const clmlp_forward_args forward = {.M = M, .s_in = size.s_in, .s_out = size.s_out, .a_in = in[dense],
                                            .a_rows = rows, .theta = tt, .a_out = out, .activation = CLMLP_TANH};
        const clmlp_gradient_args gradient = {.M = M, .divisor = (double)M, .s_in = size.s_in, .s_out = size.s_out,
                                              .delta = td, .a = in[dense], .a_rows = rows, .theta = tt, .decay = 0.5,
                                              .gradient = tg};
        found[dense] = calloc(M * size.s_out + theta_size, sizeof(double));
        OK(s->backend->ops->forward(s->backend, &forward, error));
        OK(s->backend->ops->gradient(s->backend, &gradient, error));
        get(s, out, 0, M, found[dense]);
        get(s, tg, 0, size.s_out, found[dense] + M * size.s_out);
    }
    cr_assert_arr_eq(found[0], found[1], (M * size.s_out + theta_size) * sizeof(double), "%s", s->spec);
    destroy(s, order), destroy(s, in[0]), destroy(s, in[1]), destroy(s, tt), destroy(s, out);
    destroy(s, td), destroy(s, tg);
    matrix_free(&all), matrix_free(&theta), matrix_free(&picked), matrix_free(&delta);
    free(found[0]), free(found[1]);
}

void test_gather(subject *s, shape size)
{
    const uint32_t chosen[] = {2, 0, 1, 2, 3};
    matrix all = matrix_create(4, size.s_in), found = matrix_create(4, size.s_in);
    clmlp_tensor *order = NULL;
    matrix_randomize(&all, 6, 1, 1.0, s->precision);
    OK(clmlp_tensor_create(s->backend, CLMLP_TENSOR_ORDER, 5, 1, "a test", &order, error));
    OK(s->backend->ops->tensor_write(s->backend, order, 0, 5, chosen, error));
    const clmlp_tensor_kind kinds[] = {CLMLP_TENSOR_INPUT, CLMLP_TENSOR_TARGET};
    for (int kind = 0; kind < 2; kind++) {
        clmlp_tensor *from = input(s, kinds[kind], &all);
        clmlp_tensor *batch = output(s, kinds[kind], 4, size.s_in);
        for (int ordered = 0; ordered < 2; ordered++) {
            OK(s->backend->ops->gather(s->backend, from, ordered ? order : NULL, 1, 3, size.s_in, batch, error));
            get(s, batch, 0, 3, found.values);
            for (size_t r = 0; r < 3; r++) {
                const size_t row = ordered ? chosen[1 + r] : 1 + r;
                cr_assert_arr_eq(found.values + r * size.s_in, all.values + row * size.s_in,
                                 size.s_in * sizeof(double), "gather, %s, row %zu", s->spec, r);
            }
        }
        destroy(s, from), destroy(s, batch);
    }
    destroy(s, order);
    matrix_free(&all), matrix_free(&found);
}
