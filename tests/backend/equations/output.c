/* output.c - the output layer against naive loops: h, delta and cost. */
#include "equations.h"

#include "backend/backend.h"

static void random_targets(matrix *y, clmlp_output output_layer, clmlp_precision precision)
{
    matrix_randomize(y, 2, 7, 1.0, precision);
    for (size_t r = 0; r < y->rows; r++) {
        const size_t one = r % y->columns;
        for (size_t k = 0; k < y->columns; k++) {
            double *value = &y->values[r * y->columns + k];
            *value = target_for(output_layer, *value, k == one);
        }
    }
}

/* Some examples weigh nothing. */
static void random_weights(matrix *w, clmlp_precision precision)
{
    matrix_randomize(w, 2, 8, 3.0, precision);
    for (size_t r = 0; r < w->rows; r++) {
        if (w->values[r] < 0.0) w->values[r] = r % 5 == 0 ? 0.0 : -w->values[r];
    }
}

static size_t count_right(const matrix *h, const matrix *y, clmlp_right right)
{
    size_t count = 0;
    for (size_t r = 0; r < h->rows; r++) {
        const double *hr = h->values + r * h->columns, *yr = y->values + r * h->columns;
        size_t ht = 0, yt = 0, agree = 0;
        for (size_t k = 0; k < h->columns; k++) {
            if (hr[k] > hr[ht]) ht = k;
            if (yr[k] > yr[yt]) yt = k;
            agree += (hr[k] > 0.5) == (yr[k] > 0.5);
        }
        count += right == CLMLP_RIGHT_LARGEST ? ht == yt : right == CLMLP_RIGHT_SIDES ? agree == h->columns : 0;
    }
    return count;
}

void test_output(subject *s, shape size, clmlp_output output_layer, double z_scale, bool weighed)
{
    const size_t K = size.s_out;
    matrix z = matrix_create(size.M, K), y = matrix_create(size.M, K), h_found = matrix_create(size.M, K);
    matrix w = matrix_create(size.M, 1);
    expected h = expected_create(size.M, K), delta = expected_create(size.M, K), cost = expected_create(1, 1);
    matrix_randomize(&z, 3, 1, z_scale, s->precision);
    random_targets(&y, output_layer, s->precision);
    random_weights(&w, s->precision);
    clmlp_tensor *tz = input(s, CLMLP_TENSOR_MATRIX, &z), *ty = input(s, CLMLP_TENSOR_TARGET, &y);
    clmlp_tensor *th = output(s, CLMLP_TENSOR_MATRIX, size.M, K), *td = output(s, CLMLP_TENSOR_MATRIX, size.M, K);
    clmlp_tensor *tw = weighed ? input(s, CLMLP_TENSOR_WEIGHT, &w) : NULL;
    reference_output(&h, &delta, &cost, &z, &y, weighed ? &w : NULL, output_layer, s->precision);
    OK(s->backend->ops->scores_reserve(s->backend, 3, size.M, 3 * size.M, error));
    for (int right = CLMLP_RIGHT_LARGEST; right <= CLMLP_RIGHT_NEVER; right++) {
        clmlp_batch_score score;
        size_t worst = 0;
        const clmlp_output_args args = {.M = size.M, .K = K, .output = output_layer, .right = (clmlp_right)right,
                                        .z = tz, .y = ty, .w = tw, .h = th, .delta = td, .slot = (size_t)right};
        OK(s->backend->ops->output_delta(s->backend, &args, error));
        check(s, "h", th, &h, size);
        check(s, "delta(L)", td, &delta, size);
        OK(s->backend->ops->scores_read(s->backend, (size_t)right, 1, &score, error));
        cr_assert(worst_fraction(&cost, &score.cost, &worst) <= 1.0,
                  "cost%s, %s, %s, output %s, M %zu, K %zu: found %.17g, expected %.17g +- %g",
                  weighed ? " with weights" : "", s->spec, clmlp_precision_name(s->precision),
                  clmlp_output_name(output_layer), size.M, K, score.cost, cost.value.values[0],
                  cost.bound.values[0]);
        get(s, th, 0, size.M, h_found.values);
        cr_assert_eq((size_t)score.right, count_right(&h_found, &y, (clmlp_right)right));
    }
    destroy(s, tz), destroy(s, ty), destroy(s, th), destroy(s, td), destroy(s, tw);
    matrix_free(&z), matrix_free(&y), matrix_free(&w), matrix_free(&h_found);
    expected_free(&h), expected_free(&delta), expected_free(&cost);
}

/* The output layer from a(L-1): z, then all else from it. */
void test_output_product(subject *s, shape size)
{
    matrix a = matrix_create(size.M, size.s_in), theta = matrix_create(size.s_out, size.s_in + 1);
    matrix z_found = matrix_create(size.M, size.s_out), y = matrix_create(size.M, size.s_out);
    expected z = expected_create(size.M, size.s_out), h = expected_create(size.M, size.s_out);
    expected delta = expected_create(size.M, size.s_out), cost = expected_create(1, 1);
    clmlp_batch_score score;
    size_t worst = 0;
    matrix_randomize(&a, 7, 1, 1.0, s->precision);
    matrix_randomize(&theta, 7, 2, 1.0, s->precision);
    random_targets(&y, CLMLP_OUTPUT_SIGMOID, s->precision);
    clmlp_tensor *ta = input(s, CLMLP_TENSOR_LAYER, &a), *tt = input(s, CLMLP_TENSOR_THETA_ONE_WAY, &theta);
    clmlp_tensor *ty = input(s, CLMLP_TENSOR_TARGET, &y), *tz = output(s, CLMLP_TENSOR_MATRIX, size.M, size.s_out);
    clmlp_tensor *td = output(s, CLMLP_TENSOR_MATRIX, size.M, size.s_out);
    const clmlp_output_args args = {.M = size.M, .s_in = size.s_in, .K = size.s_out, .a_in = ta, .theta = tt,
                                    .output = CLMLP_OUTPUT_SIGMOID, .right = CLMLP_RIGHT_SIDES, .z = tz, .y = ty,
                                    .delta = td, .slot = 0};
    OK(s->backend->ops->scores_reserve(s->backend, 1, size.M, size.M, error));
    OK(s->backend->ops->output_delta(s->backend, &args, error));
    reference_z(&z, &a, &theta, s->precision);
    check(s, "z(L)", tz, &z, size);
    get(s, tz, 0, size.M, z_found.values);
    reference_output(&h, &delta, &cost, &z_found, &y, NULL, CLMLP_OUTPUT_SIGMOID, s->precision);
    check(s, "delta(L)", td, &delta, size);
    OK(s->backend->ops->scores_read(s->backend, 0, 1, &score, error));
    cr_assert(worst_fraction(&cost, &score.cost, &worst) <= 1.0);
    destroy(s, ta), destroy(s, tt), destroy(s, ty), destroy(s, tz), destroy(s, td);
    matrix_free(&a), matrix_free(&theta), matrix_free(&z_found), matrix_free(&y);
    expected_free(&z), expected_free(&h), expected_free(&delta), expected_free(&cost);
}
