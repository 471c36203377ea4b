/* test_equations.c - every equation of every backend against naive loops within bounds. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/device.h"
#include "backend/native/gpu/tiles.h"
#include "backend/registry.h"
#include "networks.h"
#include "reference.h"
#include "share.h"

/* Sizes that hurt: 1, odd, just around the tile sizes of GEMM kernels, tall and flat. */
typedef struct shape {
    size_t M, s_in, s_out;
} shape;

static const shape shapes[] = {
    {1, 1, 1},   {1, 1, 10},  {2, 3, 1},    {3, 5, 7},     {31, 33, 32}, {32, 31, 33}, {33, 32, 31},
    {63, 65, 64}, {64, 63, 65}, {65, 64, 63}, {1, 300, 2},   {257, 2, 3},  {5, 1, 130},  {128, 17, 10},
    {130, 200, 70}, {300, 785, 12}, {1100, 150, 77},
};
/* for simulators, which take seconds for what a device does in microseconds */
static const shape small_shapes[] = {{1, 1, 1}, {3, 5, 7}, {17, 9, 10}, {5, 33, 2}, {33, 2, 31}};

enum { GUARD_ROWS = 3 };     /* rows beyond M that must stay as they are */
static const double guard = -12345.0;

/* What is tested: the CPU path and the best OpenCL device, each in each precision it has. */
typedef struct subject {
    const char *spec;
    clmlp_precision precision;
    clmlp_device *device;
    clmlp_backend *backend;
} subject;

static bool is_small(void)
{
    return getenv("CLMLP_TEST_SMALL") != NULL;
}

static const shape *chosen_shapes(size_t *count)
{
    *count = is_small() ? sizeof small_shapes / sizeof *small_shapes : sizeof shapes / sizeof *shapes;
    return is_small() ? small_shapes : shapes;
}

static subject open_subject(const char *spec, clmlp_precision precision)
{
    subject s = {.spec = spec, .precision = precision, .device = open_device(spec, precision, 0)};
    s.backend = s.device->backend;
    return s;
}

static void put(subject *s, clmlp_tensor *tensor, size_t first, size_t rows, const double *values)
{
    const size_t count = rows * tensor->columns;
    float *rounded = calloc(count + 1, sizeof *rounded);
    for (size_t i = 0; i < count; i++) rounded[i] = (float)values[i];
    OK(s->backend->ops->tensor_write(s->backend, tensor, first, rows,
                                     s->precision == CLMLP_F64 ? (const void *)values : rounded, error));
    free(rounded);
}

static void get(subject *s, const clmlp_tensor *tensor, size_t first, size_t rows, double *values)
{
    const size_t count = rows * tensor->columns;
    float *rounded = calloc(count + 1, sizeof *rounded);
    OK(s->backend->ops->tensor_read(s->backend, tensor, first, rows,
                                    s->precision == CLMLP_F64 ? (void *)values : rounded, error));
    for (size_t i = 0; i < count && s->precision == CLMLP_F32; i++) values[i] = (double)rounded[i];
    free(rounded);
}

static clmlp_tensor *input(subject *s, clmlp_tensor_kind kind, const matrix *m)
{
    clmlp_tensor *tensor = NULL;
    OK(clmlp_tensor_create(s->backend, kind, m->rows, m->columns, "a test", &tensor, error));
    put(s, tensor, 0, m->rows, m->values);
    return tensor;
}

/* An output filled with NaN, so that anything not written is noticed, and guard rows behind it: batches
 * may be shorter than the matrix, theta always has its size. */
static clmlp_tensor *output(subject *s, clmlp_tensor_kind kind, size_t rows, size_t columns)
{
    clmlp_tensor *tensor = NULL;
    const bool fixed = kind == CLMLP_TENSOR_THETA || kind == CLMLP_TENSOR_THETA_ONE_WAY;
    matrix fill = matrix_create(rows + (fixed ? 0 : GUARD_ROWS), columns);
    for (size_t i = 0; i < fill.rows * columns; i++) fill.values[i] = i < rows * columns ? (double)NAN : guard;
    OK(clmlp_tensor_create(s->backend, kind, fill.rows, columns, "a test", &tensor, error));
    put(s, tensor, 0, fill.rows, fill.values);
    matrix_free(&fill);
    return tensor;
}

static void check(subject *s, const char *what, const clmlp_tensor *tensor, const expected *e, shape size)
{
    const size_t rows = e->value.rows, columns = e->value.columns;
    matrix found = matrix_create(rows + GUARD_ROWS, columns);
    size_t worst = 0;
    get(s, tensor, 0, tensor->rows, found.values);
    const double fraction = worst_fraction(e, found.values, &worst);
    cr_assert(fraction <= 1.0, "%s, %s, %s, M %zu, s_in %zu, s_out %zu: element %zu: found %.17g, expected %.17g +- %g", what,
              s->spec, clmlp_precision_name(s->precision), size.M, size.s_in, size.s_out, worst, found.values[worst],
              e->value.values[worst], e->bound.values[worst]);
    for (size_t i = rows * columns; i < tensor->rows * columns; i++) {
        cr_assert_eq(found.values[i], guard, "%s, %s: wrote behind its last row", what, s->spec);
    }
    matrix_free(&found);
}

static void destroy(subject *s, clmlp_tensor *tensor)
{
    clmlp_tensor_destroy(s->backend, tensor);
}

static void test_forward(subject *s, shape size, clmlp_activation g)
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

static void test_output(subject *s, shape size, clmlp_output output_layer, double z_scale)
{
    const size_t K = size.s_out;
    matrix z = matrix_create(size.M, K), y = matrix_create(size.M, K), h_found = matrix_create(size.M, K);
    expected h = expected_create(size.M, K), delta = expected_create(size.M, K), cost = expected_create(1, 1);
    matrix_randomize(&z, 3, 1, z_scale, s->precision);
    random_targets(&y, output_layer, s->precision);
    clmlp_tensor *tz = input(s, CLMLP_TENSOR_MATRIX, &z), *ty = input(s, CLMLP_TENSOR_TARGET, &y);
    clmlp_tensor *th = output(s, CLMLP_TENSOR_MATRIX, size.M, K), *td = output(s, CLMLP_TENSOR_MATRIX, size.M, K);
    reference_output(&h, &delta, &cost, &z, &y, output_layer, s->precision);
    OK(s->backend->ops->scores_reserve(s->backend, 3, size.M, 3 * size.M, error));
    for (int right = CLMLP_RIGHT_LARGEST; right <= CLMLP_RIGHT_NEVER; right++) {
        clmlp_batch_score score;
        size_t worst = 0;
        const clmlp_output_args args = {.M = size.M, .K = K, .output = output_layer, .right = (clmlp_right)right,
                                        .z = tz, .y = ty, .h = th, .delta = td, .slot = (size_t)right};
        OK(s->backend->ops->output_delta(s->backend, &args, error));
        check(s, "h", th, &h, size);
        check(s, "delta(L)", td, &delta, size);
        OK(s->backend->ops->scores_read(s->backend, (size_t)right, 1, &score, error));
        cr_assert(worst_fraction(&cost, &score.cost, &worst) <= 1.0,
                  "cost, %s, %s, output %s, M %zu, K %zu: found %.17g, expected %.17g +- %g", s->spec,
                  clmlp_precision_name(s->precision), clmlp_output_name(output_layer), size.M, K, score.cost,
                  cost.value.values[0], cost.bound.values[0]);
        get(s, th, 0, size.M, h_found.values);
        cr_assert_eq((size_t)score.right, count_right(&h_found, &y, (clmlp_right)right));
    }
    destroy(s, tz), destroy(s, ty), destroy(s, th), destroy(s, td);
    matrix_free(&z), matrix_free(&y), matrix_free(&h_found);
    expected_free(&h), expected_free(&delta), expected_free(&cost);
}

/* The output layer from a(L-1): z, then all else from it. */
static void test_output_product(subject *s, shape size)
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
    reference_output(&h, &delta, &cost, &z_found, &y, CLMLP_OUTPUT_SIGMOID, s->precision);
    check(s, "delta(L)", td, &delta, size);
    OK(s->backend->ops->scores_read(s->backend, 0, 1, &score, error));
    cr_assert(worst_fraction(&cost, &score.cost, &worst) <= 1.0);
    destroy(s, ta), destroy(s, tt), destroy(s, ty), destroy(s, tz), destroy(s, td);
    matrix_free(&a), matrix_free(&theta), matrix_free(&z_found), matrix_free(&y);
    expected_free(&z), expected_free(&h), expected_free(&delta), expected_free(&cost);
}

static void test_hidden(subject *s, shape size, clmlp_activation g)
{
    matrix delta = matrix_create(size.M, size.s_out), theta = matrix_create(size.s_out, size.s_in + 1);
    matrix a = matrix_create(size.M, size.s_in);
    expected result = expected_create(size.M, size.s_in);
    matrix_randomize(&delta, 4, 1, 1.0, s->precision);
    matrix_randomize(&theta, 4, 2, 1.0, s->precision);
    matrix_randomize(&a, 4, 3, 1.0, s->precision);
    clmlp_tensor *td = input(s, CLMLP_TENSOR_MATRIX, &delta), *tt = input(s, CLMLP_TENSOR_THETA, &theta);
    clmlp_tensor *ta = input(s, CLMLP_TENSOR_LAYER, &a), *out = output(s, CLMLP_TENSOR_MATRIX, size.M, size.s_in);
    const clmlp_hidden_args args = {.M = size.M, .s_in = size.s_in, .s_out = size.s_out, .delta_next = td,
                                    .theta = tt, .a = ta, .delta = out, .activation = g};
    OK(s->backend->ops->hidden_delta(s->backend, &args, error));
    reference_hidden(&result, &delta, &theta, &a, g, s->precision);
    check(s, "delta(l)", out, &result, size);
    destroy(s, td), destroy(s, tt), destroy(s, ta), destroy(s, out);
    matrix_free(&delta), matrix_free(&theta), matrix_free(&a);
    expected_free(&result);
}

static void test_gradient_and_update(subject *s, shape size, double decay)
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
    clmlp_tensor *tt = input(s, CLMLP_TENSOR_THETA, &theta), *tg = output(s, CLMLP_TENSOR_THETA_ONE_WAY, size.s_out, columns);
    const clmlp_gradient_args args = {.M = size.M, .divisor = (double)size.M, .s_in = size.s_in, .s_out = size.s_out, .delta = td, .a = ta,
                                      .theta = tt, .decay = decay, .gradient = tg};
    OK(s->backend->ops->gradient(s->backend, &args, error));
    reference_gradient(&gradient, &delta, &a, &theta, decay, s->precision);
    check(s, "gradient", tg, &gradient, size);

    get(s, tg, 0, size.s_out, gradient_found.values);
    const clmlp_update_args step = {.s_in = size.s_in, .s_out = size.s_out, .rule = SGD_RULE(rate), .gradient = tg,
                                    .theta = tt};
    OK(s->backend->ops->update(s->backend, &step, error));
    reference_update(&updated, &theta, &gradient_found, rate, s->precision);
    check(s, "theta", tt, &updated, size);
    destroy(s, td), destroy(s, ta), destroy(s, tt), destroy(s, tg);
    matrix_free(&delta), matrix_free(&a), matrix_free(&theta), matrix_free(&gradient_found);
    expected_free(&gradient), expected_free(&updated);
}

/* The lambda term comes with the gradient, or later with the update: theta has the same bits. */
static void test_late_decay(subject *s, shape size)
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
static void test_descend(subject *s, shape size)
{
    const size_t columns = size.s_in + 1;
    const double rate = 0.3, decay = 0.25;
    if (s->backend->ops->descend == NULL) return;
    matrix delta = matrix_create(size.M, size.s_out), a = matrix_create(size.M, size.s_in);
    matrix theta = matrix_create(size.s_out, columns), updated = matrix_create(size.s_out, columns);
    expected gradient = expected_create(size.s_out, columns), result = expected_create(size.s_out, columns);
    expected back = expected_create(size.M, size.s_in);
    matrix_randomize(&delta, 8, 1, 1.0, s->precision);
    matrix_randomize(&a, 8, 2, 1.0, s->precision);
    matrix_randomize(&theta, 8, 3, 1.0, s->precision);
    clmlp_tensor *td = input(s, CLMLP_TENSOR_MATRIX, &delta), *ta = input(s, CLMLP_TENSOR_LAYER, &a);
    clmlp_tensor *tt = input(s, CLMLP_TENSOR_THETA, &theta);
    clmlp_tensor *out = output(s, CLMLP_TENSOR_MATRIX, size.M, size.s_in);
    const clmlp_gradient_args args = {.M = size.M, .divisor = (double)size.M, .s_in = size.s_in, .s_out = size.s_out, .delta = td, .a = ta,
                                      .theta = tt, .decay = decay};
    const clmlp_update_args update = {.s_in = size.s_in, .s_out = size.s_out, .rule = SGD_RULE(rate), .theta = tt};
    OK(s->backend->ops->descend(s->backend, &args, &update, error));
    reference_gradient(&gradient, &delta, &a, &theta, decay, s->precision);
    reference_update(&result, &theta, &gradient.value, rate, s->precision);
    /* the gradient's own error, times the rate, comes on top of the update's */
    for (size_t i = 0; i < size.s_out * columns; i++) result.bound.values[i] += 1.01 * rate * gradient.bound.values[i];
    check(s, "theta after descend", tt, &result, size);

    get(s, tt, 0, size.s_out, updated.values);
    const clmlp_hidden_args hidden = {.M = size.M, .s_in = size.s_in, .s_out = size.s_out, .delta_next = td,
                                      .theta = tt, .a = ta, .delta = out, .activation = CLMLP_TANH};
    OK(s->backend->ops->hidden_delta(s->backend, &hidden, error));
    reference_hidden(&back, &delta, &updated, &a, CLMLP_TANH, s->precision);
    check(s, "delta(l) after descend", out, &back, size);
    destroy(s, td), destroy(s, ta), destroy(s, tt), destroy(s, out);
    matrix_free(&delta), matrix_free(&a), matrix_free(&theta), matrix_free(&updated);
    expected_free(&gradient), expected_free(&result), expected_free(&back);
}

/* Rows by number: the same bits as from gathered rows. */
static void test_gathered(subject *s, shape size)
{
    const uint32_t chosen[] = {3, 1, 0, 2, 3, 0};
    enum { M = 4 };
    if (!s->backend->ops->gathers) return;
    const size_t theta_size = size.s_out * (size.s_in + 1);
    matrix all = matrix_create(4, size.s_in), theta = matrix_create(size.s_out, size.s_in + 1);
    matrix picked = matrix_create(M, size.s_in), delta = matrix_create(M, size.s_out);
    clmlp_tensor *order = NULL;
    double *found[2];
    matrix_randomize(&all, 9, 1, 1.0, s->precision);
    matrix_randomize(&theta, 9, 2, 1.0, s->precision);
    matrix_randomize(&delta, 9, 3, 1.0, s->precision);
    for (size_t r = 0; r < M; r++) {
        memcpy(picked.values + r * size.s_in, all.values + chosen[2 + r] * size.s_in, size.s_in * sizeof(double));
    }
    OK(clmlp_tensor_create(s->backend, CLMLP_TENSOR_ORDER, 6, 1, "a test", &order, error));
    OK(s->backend->ops->tensor_write(s->backend, order, 0, 6, chosen, error));
    clmlp_tensor *tt = input(s, CLMLP_TENSOR_THETA_ONE_WAY, &theta), *td = input(s, CLMLP_TENSOR_MATRIX, &delta);
    clmlp_tensor *in[2] = {input(s, CLMLP_TENSOR_INPUT, &all), input(s, CLMLP_TENSOR_INPUT, &picked)};
    clmlp_tensor *out = output(s, CLMLP_TENSOR_LAYER, M, size.s_out);
    clmlp_tensor *tg = output(s, CLMLP_TENSOR_THETA_ONE_WAY, size.s_out, size.s_in + 1);
    for (int dense = 0; dense < 2; dense++) {
        const clmlp_rows rows = {dense ? NULL : order, dense ? 0 : 2};
        const clmlp_forward_args forward = {.M = M, .s_in = size.s_in, .s_out = size.s_out, .a_in = in[dense],
                                            .a_rows = rows, .theta = tt, .a_out = out, .activation = CLMLP_TANH};
        const clmlp_gradient_args gradient = {.M = M, .divisor = (double)M, .s_in = size.s_in, .s_out = size.s_out, .delta = td,
                                              .a = in[dense], .a_rows = rows, .theta = tt, .decay = 0.5,
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

static void test_gather(subject *s, shape size)
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
static void test_nan(subject *s)
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
    const clmlp_gradient_args gradient = {.M = M, .divisor = (double)M, .s_in = s_in, .s_out = s_out, .delta = td, .a = tfinite,
                                          .theta = tt, .gradient = tg};
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
static void test_unknown_codes(subject *s)
{
    enum { M = 5, s_in = 6, s_out = 7 };
    const clmlp_activation g = CLMLP_ACTIVATION_COUNT;
    matrix a = matrix_create(M, s_in), theta = matrix_create(s_out, s_in + 1), y = matrix_create(M, s_out);
    clmlp_batch_score score;
    matrix_randomize(&a, 11, 1, 1.0, s->precision);
    matrix_randomize(&theta, 11, 2, 1.0, s->precision);
    clmlp_tensor *ta = input(s, CLMLP_TENSOR_LAYER, &a), *tt = input(s, CLMLP_TENSOR_THETA, &theta);
    clmlp_tensor *ty = input(s, CLMLP_TENSOR_TARGET, &y), *td = input(s, CLMLP_TENSOR_MATRIX, &y);
    clmlp_tensor *zeros = input(s, CLMLP_TENSOR_LAYER, &y), *back = input(s, CLMLP_TENSOR_MATRIX, &a);
    clmlp_tensor *z = input(s, CLMLP_TENSOR_MATRIX, &y), *h = input(s, CLMLP_TENSOR_MATRIX, &y);
    const clmlp_forward_args forward = {.M = M, .s_in = s_in, .s_out = s_out, .a_in = ta, .theta = tt, .a_out = zeros,
                                        .activation = g};
    OK(s->backend->ops->forward(s->backend, &forward, error));
    expect_all_nan(s, "a", zeros, M);
    const clmlp_hidden_args hidden = {.M = M, .s_in = s_in, .s_out = s_out, .delta_next = td, .theta = tt, .a = ta,
                                      .delta = back, .activation = g};
    OK(s->backend->ops->hidden_delta(s->backend, &hidden, error));
    expect_all_nan(s, "delta(l)", back, M);
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
    destroy(s, ta), destroy(s, tt), destroy(s, ty), destroy(s, td), destroy(s, zeros), destroy(s, back);
    destroy(s, z), destroy(s, h);
    matrix_free(&a), matrix_free(&theta), matrix_free(&y);
}

/* The same of an update rule that is none. Kernels are built for a rule: there is an error instead of a launch. */
static void test_unknown_rule(subject *s)
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

static void test_everything(const char *spec, clmlp_precision precision)
{
    size_t count = 0;
    const shape *sizes = chosen_shapes(&count);
    subject s = open_subject(spec, precision);
    test_nan(&s);
    test_unknown_codes(&s);
    test_unknown_rule(&s);
    for (size_t i = 0; i < count; i++) {
        for (int g = 0; g < CLMLP_ACTIVATION_COUNT; g++) {
            test_forward(&s, sizes[i], (clmlp_activation)g);
            test_hidden(&s, sizes[i], (clmlp_activation)g);
        }
        for (int o = 0; o < CLMLP_OUTPUT_COUNT; o++) test_output(&s, sizes[i], (clmlp_output)o, 4.0);
        test_output(&s, sizes[i], CLMLP_OUTPUT_SIGMOID, 1000.0); /* saturated: large, finite costs */
        test_output(&s, sizes[i], CLMLP_OUTPUT_SOFTMAX, 1000.0);
        test_gradient_and_update(&s, sizes[i], 0.0);
        test_gradient_and_update(&s, sizes[i], 0.25);
        test_output_product(&s, sizes[i]);
        test_late_decay(&s, sizes[i]);
        test_descend(&s, sizes[i]);
        test_gathered(&s, sizes[i]);
        if (!s.backend->ops->gathers) test_gather(&s, sizes[i]);
    }
    clmlp_device_close(s.device);
}

Test(equations, of_the_cpu_path_in_float_stay_within_their_bounds)
{
    test_everything("cpu", CLMLP_F32);
}

Test(equations, of_the_cpu_path_in_double_stay_within_their_bounds)
{
    test_everything("cpu", CLMLP_F64);
}

/* Whether the device that "opencl" takes has double precision. */
static bool has_double(void)
{
    clmlp_device *device = open_device("opencl", CLMLP_F32, 0);
    const bool fp64 = clmlp_device_get_info(device)->fp64;
    clmlp_device_close(device);
    return fp64;
}

Test(equations, of_clblast_in_float_stay_within_their_bounds)
{
    test_everything("opencl+clblast", CLMLP_F32);
}

Test(equations, of_clblast_in_double_stay_within_their_bounds)
{
    if (!has_double()) cr_skip_test("the OpenCL device has no double precision");
    test_everything("opencl+clblast", CLMLP_F64);
}

Test(equations, of_native_in_float_stay_within_their_bounds)
{
    test_everything("opencl+native", CLMLP_F32);
}

Test(equations, of_native_in_double_stay_within_their_bounds)
{
    if (!has_double()) cr_skip_test("the OpenCL device has no double precision");
    test_everything("opencl+native", CLMLP_F64);
}

/* --- with every tile that is worth trying ----------------------------------------------------------------------- */

/* What depends on tiles, with tiles [candidate]. */
static void test_candidate(const char *tiles, size_t candidate)
{
    size_t count = 0;
    const shape *sizes = chosen_shapes(&count);
    cr_assert_eq(setenv("CLMLP_NATIVE_TILES", tiles, 1), 0);
    subject s = open_subject("opencl+native", CLMLP_F32);
    cr_assert_eq(strncmp(s.backend->tiles, tiles, strlen(s.backend->tiles)), 0, "tiles %s, not %s", s.backend->tiles, tiles);
    for (size_t i = 0; i < count; i++) {
        test_forward(&s, sizes[i], (clmlp_activation)((i + candidate) % CLMLP_ACTIVATION_COUNT));
        test_hidden(&s, sizes[i], (clmlp_activation)((i + candidate) % CLMLP_ACTIVATION_COUNT));
        test_output(&s, sizes[i], (clmlp_output)((i + candidate) % CLMLP_OUTPUT_COUNT), 4.0);
        test_gradient_and_update(&s, sizes[i], 0.25);
        test_output_product(&s, sizes[i]);
        test_late_decay(&s, sizes[i]);
        test_descend(&s, sizes[i]);
        test_gathered(&s, sizes[i]);
    }
    clmlp_device_close(s.device);
}

/* The candidates of the family in CLMLP_NATIVE_FAMILY that are in the share, so that the list of tests need not know how
 * many there are. */
Test(candidates, of_native_stay_within_their_bounds)
{
    size_t count = 0, outputs = 0, tried = 0;
    if (getenv("CLMLP_TEST_SHARE") == NULL) cr_skip_test("a test of its own");
    clmlp_device_info info;
    clmlp_tiles *list = NULL;
    OK(clmlp_device_find("opencl", &info, error));
    OK(clmlp_backend_candidates(&info, CLMLP_ENGINE_NATIVE, NULL, CLMLP_F32, &list, &count, error));
    (void)clmlp_gpu_candidates(NATIVE_output, &outputs);
    for (size_t i = 0; i < count; i++) tried += strcmp(list[i].text, "by-size") != 0; /* that is any of the others */
    share part = share_of("candidates", tried);
    for (size_t i = 0; i < count; i++) {
        char tiles[CLMLP_TILES_LENGTH];
        const bool gpu = strcmp(getenv("CLMLP_NATIVE_FAMILY"), "gpu") == 0;
        if (strcmp(list[i].text, "by-size") == 0 || !share_takes(&part, list[i].text)) continue;
        if (gpu) (void)snprintf(tiles, sizeof tiles, "%.*s,%zu", (int)sizeof tiles - 24, list[i].text, i % outputs);
        else (void)snprintf(tiles, sizeof tiles, "%s", list[i].text);
        test_candidate(tiles, i);
    }
    free(list);
}
